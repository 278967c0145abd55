//! Lines of chat, and those that somebody missed.
//!
//! **Invariant:** a line is shown once, by whomever it reaches twice; and it is repeated only to somebody who was a member when it
//! was said.
//!
//! The host keeps no messages, so what is said while a member's connection is gone does not reach it. Whoever comes back says so
//! ([`Body::Missed`]), and each member repeats to it alone what it said in the last while ([`Body::Again`]): at once, but not more often
//! than every [`SPACING`] ms, so that a member cannot have everybody talk to it without end. Whoever asks sooner is answered then, because
//! a connection that breaks twice in a row may have lost the first answer.

use super::CHAT_CHARACTERS;
use super::api::{Event, Millis};
use super::body::{Body, Line};
use super::core::Core;
use super::letter::Letter;
use super::post::{FileLine, Post, PostEvent, What};
use super::recovery::SPACING;
use super::room::Room;
use crate::files::Offer;
use crate::group::MemberId;
use crate::sorted::{SortedMap, SortedSet};
use std::collections::VecDeque;

/// How long own lines are kept to be repeated, ms: as long as a seat is kept, and until its loss is noticed.
/// Longer reaches people who were away longer; what is older than this they would have to come in anew for.
const KEPT_FOR: u64 = (wire::limits::SEAT_SECONDS + wire::limits::SILENCE_SECONDS) * 1_000;
/// Own lines kept at most.
const KEPT: usize = 32;
/// Lines of one member that are remembered as shown.
const SHOWN: usize = 128;

/// What was said.
#[derive(Default)]
pub(super) struct Chat {
    next: u32,
    mine: VecDeque<Said>,
    shown: SortedMap<MemberId, SortedSet<u32>>,
    /// The epoch in which somebody came while we were here.
    came: SortedMap<MemberId, u64>,
    /// Until when those who asked lately wait for another answer, and whether they have asked again.
    answered: SortedMap<MemberId, Answered>,
}

struct Answered {
    until: Millis,
    asked_again: bool,
}

struct Said {
    at: Millis,
    epoch: u64,
    number: u32,
    what: What,
}

impl Said {
    /// As it is said again to one.
    fn again(&self, to: MemberId) -> Body {
        let number = self.number;
        match &self.what {
            What::Text(text) => Body::Again { to, line: Line { number, text: text.clone() } },
            What::File(offer) => Body::Post(Post::FileAgain { to, line: FileLine { number, offer: offer.clone() } }),
        }
    }
}

impl Chat {
    /// Somebody was admitted with the commit that began this epoch.
    pub(super) fn came(&mut self, member: MemberId, epoch: u64) {
        // Whoever comes anew counts its lines anew.
        self.shown.remove(&member);
        self.came.insert(member, epoch);
    }

    pub(super) fn forget(&mut self, member: MemberId) {
        self.shown.remove(&member);
        self.came.remove(&member);
        self.answered.remove(&member);
    }

    /// A member asks. True when it is answered now.
    fn asked(&mut self, member: MemberId, now: Millis) -> bool {
        let waits = self.answered.get_mut(&member).filter(|answered| now < answered.until);
        if let Some(answered) = waits {
            answered.asked_again = true;
            return false;
        }
        self.answered.insert(member, Answered { until: now.saturating_add(SPACING), asked_again: false });
        true
    }

    /// When the next of those who asked again is answered.
    pub(super) fn deadline(&self) -> Option<Millis> {
        self.answered.values().filter(|answered| answered.asked_again).map(|answered| answered.until).min()
    }

    /// Who has asked again and has waited long enough.
    fn due(&self, now: Millis) -> Vec<MemberId> {
        let due = self.answered.iter().filter(|(_, answered)| answered.asked_again && now >= answered.until);
        due.map(|(member, _)| *member).collect()
    }

    /// Keeps it to be repeated; gives its number.
    fn say(&mut self, now: Millis, epoch: u64, what: What) -> u32 {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        self.mine.retain(|said| now < said.at.saturating_add(KEPT_FOR));
        if self.mine.len() >= KEPT {
            self.mine.pop_front();
        }
        self.mine.push_back(Said { at: now, epoch, number, what });
        number
    }

    /// True when this line was not shown before.
    fn is_news(&mut self, from: MemberId, number: u32) -> bool {
        let shown = self.shown.entry(from).or_default();
        if shown.len() >= SHOWN {
            // Older than all that is remembered: shown, as far as anybody can tell.
            if shown.first().is_some_and(|oldest| number < *oldest) {
                return false;
            }
            shown.pop_first();
        }
        shown.insert(number)
    }

    /// What a member may have missed.
    fn missed_by(&self, member: MemberId, now: Millis) -> Vec<Body> {
        let came = self.came.get(&member).copied().unwrap_or(0);
        let recent = |said: &&Said| now < said.at.saturating_add(KEPT_FOR) && said.epoch >= came;
        self.mine.iter().filter(recent).map(|said| said.again(member)).collect()
    }
}

impl Room {
    /// We say something.
    pub(super) fn chat(&mut self, core: &mut Core, text: &str) {
        let text: String = text.chars().take(CHAT_CHARACTERS).collect();
        let number = self.chat.say(core.now, self.group.epoch(), What::Text(text.clone()));
        self.say(core, &Body::Chat(Line { number, text: text.clone() }));
        core.tell(Event::Chat { from: self.group.my_id(), text });
    }

    /// We offer a file to everybody.
    pub(super) fn chat_file(&mut self, core: &mut Core, offer: Offer) {
        let number = self.chat.say(core.now, self.group.epoch(), What::File(offer.clone()));
        let file = offer.info.clone();
        self.say(core, &Body::Post(Post::File(FileLine { number, offer })));
        core.tell(Event::Post(PostEvent::Offered { from: self.group.my_id(), file }));
    }

    /// A member offers a file, or offers it again.
    pub(super) fn heard_file(&mut self, core: &mut Core, from: MemberId, line: FileLine) {
        if self.group.state().may_chat(from) && self.chat.is_news(from, line.number) {
            let file = line.offer.info.clone();
            core.files.offered(from, line.offer);
            core.tell(Event::Post(PostEvent::Offered { from, file }));
        }
    }

    /// A member says something, or says it again.
    pub(super) fn heard_line(&mut self, core: &mut Core, from: MemberId, line: Line) {
        if self.chat.is_news(from, line.number) {
            core.tell(Event::Chat { from, text: line.text });
        }
    }

    /// We are back: what was said meanwhile did not reach us, nor perhaps others what we said into a dead connection.
    pub(super) fn make_up_for_lines(&mut self, core: &mut Core) {
        self.say(core, &Body::Missed);
        self.together.repeat_soon(core);
        let others: Vec<MemberId> = self.others().map(|member| member.id).collect();
        for member in others {
            self.repeat_lines(core, member);
        }
    }

    /// A member is back.
    pub(super) fn missed(&mut self, core: &mut Core, from: MemberId) {
        self.together.repeat_soon(core);
        if self.chat.asked(from, core.now) {
            self.repeat_lines(core, from);
        }
    }

    pub(super) fn watch_chat(&mut self, core: &mut Core) {
        for member in self.chat.due(core.now) {
            self.missed(core, member);
        }
    }

    /// To a member alone, what we said lately.
    fn repeat_lines(&mut self, core: &mut Core, to: MemberId) {
        let (lines, seat) = (self.chat.missed_by(to, core.now), self.people.seat_of(to));
        let Some(seat) = seat.filter(|_| !lines.is_empty()) else { return };
        for line in lines {
            let plain = self.people.unnumbered(&line);
            if let Ok(sealed) = self.group.seal_application(&plain) {
                core.write_to(seat, &Letter::Sealed(sealed));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEN: MemberId = MemberId([2; 16]);

    #[test]
    fn a_line_is_news_once() {
        let mut chat = Chat::default();
        assert!(chat.is_news(BEN, 0) && chat.is_news(BEN, 2) && chat.is_news(BEN, 1) && !chat.is_news(BEN, 0));
        assert!((3..1_000).all(|number| chat.is_news(BEN, number)));
        assert!(!chat.is_news(BEN, 0) && !chat.is_news(BEN, 999));
        assert!(chat.shown[&BEN].len() <= SHOWN);
    }

    #[test]
    fn only_what_is_recent_and_was_said_among_members_is_repeated() {
        let mut chat = Chat::default();
        chat.say(0, 1, What::Text("old".into()));
        chat.say(KEPT_FOR, 1, What::Text("before".into()));
        chat.came(BEN, 2);
        chat.say(KEPT_FOR + 1, 2, What::Text("now".into()));
        let text = |body| if let Body::Again { line, .. } = body { line.text } else { String::new() };
        let texts = |member| chat.missed_by(member, KEPT_FOR + 2).into_iter().map(text).collect::<Vec<_>>();
        assert_eq!(texts(BEN), ["now"]);
        assert_eq!(texts(MemberId([3; 16])), ["before", "now"]);
    }
}
