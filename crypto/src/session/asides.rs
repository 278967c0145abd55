//! What is said to one member alone.
//!
//! **Invariant:** a line leaves this session sealed to a key that its addressee drew for it and uses once. It is held until the addressee
//! says that it has it, is shown there once, and on the screen of who wrote it stands how far it is.
//!
//! ```text
//!   who writes                                  who reads
//!     KeyPlease ─────────────────────────────▶  draws a one-time key (HPKE, X-Wing)
//!     ◀────────────────────────────────── Key
//!     Sealed: all lines that wait for it ────▶  opens, forgets the key, shows what is news
//!     ◀────────────────────────────────── Got
//! ```
//!
//! All four go to one seat. The host learns from them who writes to whom, when, and about how much: as from any letter to one seat.
//! What is lost, or meets somebody who is away, begins again with another key; so a letter that is brought twice is opened once.

use super::CHAT_CHARACTERS;
use super::api::{Event, Millis, Notice};
use super::body::{self, Body};
use super::core::Core;
use super::letter::Letter;
use super::post::{self, Aside, Delivery, LETTER_BYTES, LETTER_LINES, Post, PostCommand, PostEvent, PostId, What};
use super::recovery::SPACING;
use super::room::Room;
use crate::group::{self, Envelope, MemberId};
use crate::sorted::{SortedMap, SortedSet};
use std::collections::VecDeque;

/// How long an answer may take before we ask again, ms.
const AGAIN: u64 = 4_000;
/// How long a key that we drew waits for its letter, ms. Longer keeps what could open it for longer.
const KEY_FOR: u64 = 20_000;
/// How long a line is held for somebody who was lost and may come back, ms.
const HELD_FOR: u64 = 600_000;
/// Lines held for all together.
const HELD: usize = 128;
/// Asides of one member that are remembered as shown.
const SHOWN: usize = 256;

/// Lines for one and keys for who has some for us. It outlives the room: whoever comes back in is who it was.
#[derive(Default)]
pub(super) struct Asides {
    held: VecDeque<Held>,
    /// Our questions, by whom they are to.
    asked: SortedMap<MemberId, Asked>,
    /// Keys that we drew, by who asked.
    drawn: SortedMap<MemberId, Drawn>,
    shown: SortedMap<MemberId, VecDeque<PostId>>,
    /// They said goodbye: nothing reaches them any more.
    left: SortedSet<MemberId>,
}

/// A line that waits for its addressee to say that it has it.
struct Held {
    to: MemberId,
    aside: Aside,
    delivery: Delivery,
    gone_since: Option<Millis>,
}

/// A question of ours.
struct Asked {
    again: Millis,
    /// Nobody has answered it.
    open: bool,
}

struct Drawn {
    envelope: Envelope,
    at: Millis,
}

impl Asides {
    /// Somebody said goodbye.
    pub(super) fn left(&mut self, member: MemberId) {
        self.left.insert(member);
    }

    /// Whether it did, or was put out.
    pub(super) fn has_left(&self, member: MemberId) -> bool {
        self.left.contains(&member)
    }

    /// Somebody is in the group anew.
    pub(super) fn came(&mut self, member: MemberId) {
        self.left.remove(&member);
        self.asked.remove(&member);
    }

    fn hold(&mut self, to: MemberId, aside: Aside) {
        self.held.push_back(Held { to, aside, delivery: Delivery::Sending, gone_since: None });
        if let Some(asked) = self.asked.get_mut(&to).filter(|asked| !asked.open) {
            asked.again = 0;
        }
    }

    /// The oldest lines for somebody, as many as a letter takes.
    fn letter(&self, to: MemberId) -> Vec<Aside> {
        let mut room = LETTER_BYTES;
        let mut fits = |held: &&Held| {
            room = room.saturating_sub(held.aside.what.weight());
            room > 0
        };
        let mine = self.held.iter().filter(|held| held.to == to);
        mine.take(LETTER_LINES).take_while(|held| fits(held)).map(|held| held.aside.clone()).collect()
    }

    /// True when this was not shown before.
    fn is_news(&mut self, from: MemberId, id: PostId) -> bool {
        let shown = self.shown.entry(from).or_default();
        if shown.contains(&id) {
            return false;
        }
        if shown.len() >= SHOWN {
            shown.pop_front();
        }
        shown.push_back(id);
        true
    }

    /// The addressee has these: those of them that were waiting for it to say so.
    fn got(&mut self, from: MemberId, ids: &[PostId]) -> Vec<PostId> {
        let has = |held: &Held| held.to == from && ids.contains(&held.aside.id);
        let delivered = self.held.iter().filter(|held| has(held)).map(|held| held.aside.id).collect();
        self.held.retain(|held| !has(held));
        match self.held.iter().any(|held| held.to == from) {
            true => self.asked.insert(from, Asked { again: 0, open: false }),
            false => self.asked.remove(&from),
        };
        delivered
    }
}

impl Room {
    /// Whether the rules let one member write to another alone: who may write to nobody else may write to those who moderate.
    pub(super) fn may_write(&self, from: MemberId, to: MemberId) -> bool {
        let state = self.group.state();
        state.may_chat(from) || state.is_moderator(to)
    }

    /// What the person wants of these.
    pub(super) fn posts(&mut self, core: &mut Core, command: PostCommand) {
        match command {
            PostCommand::Say { to, text } => self.say_aside(core, to, &text),
            PostCommand::Offer { to, file, hashes } => self.offer_file(core, to, file, hashes),
            PostCommand::Fetch(id) => {
                let state = core.files.fetch(id, core.now);
                core.tell(Event::Post(PostEvent::File { id, state }));
            }
            PostCommand::Stop(id) => core.files.stop(id),
            PostCommand::Read { id, index, bytes } => self.piece_read(core, id, index, bytes.as_deref()),
        }
    }

    /// We say something to one member.
    pub(super) fn say_aside(&mut self, core: &mut Core, to: MemberId, text: &str) {
        let me = self.group.my_id();
        if to == me || !self.may_write(me, to) || self.group.member(to).is_none() {
            return core.notice(Notice::NotDone);
        }
        hold_aside(core, to, What::Text(body::cut_to(text, CHAT_CHARACTERS)));
    }

    pub(super) fn asides_deadline(&self, core: &Core) -> Option<Millis> {
        let due = core.asides.held.iter().filter_map(|held| match held.gone_since {
            Some(since) => Some(since.saturating_add(HELD_FOR)),
            None if self.is_reachable(held.to, core.now) => Some(core.asides.asked.get(&held.to).map_or(0, |asked| asked.again)),
            None => None,
        });
        let stale = core.asides.drawn.values().map(|drawn| drawn.at.saturating_add(KEY_FOR)).min();
        due.chain(stale).min()
    }

    /// A letter would reach this member now.
    pub(super) fn reaches(&self, member: MemberId, now: Millis) -> bool {
        self.group.member(member).is_some() && self.people.seat_of(member).is_some() && self.is_live(member, now)
    }

    /// And we may write it one.
    fn is_reachable(&self, member: MemberId, now: Millis) -> bool {
        self.reaches(member, now) && self.may_write(self.group.my_id(), member)
    }

    /// Says how far lines are, and asks those for a key who can be reached.
    pub(super) fn watch_asides(&mut self, core: &mut Core) {
        let now = core.now;
        core.asides.drawn.retain(|_, drawn| now < drawn.at.saturating_add(KEY_FOR));
        if core.asides.held.is_empty() {
            return;
        }
        self.follow_asides(core);
        let addressees: SortedSet<MemberId> = core.asides.held.iter().map(|held| held.to).collect();
        for to in addressees {
            let due = core.asides.asked.get(&to).is_none_or(|asked| now >= asked.again);
            if due && self.is_reachable(to, now) {
                core.asides.asked.insert(to, Asked { again: now.saturating_add(AGAIN), open: true });
                self.post(core, &Post::KeyPlease { to });
            }
        }
    }

    fn follow_asides(&self, core: &mut Core) {
        let now = core.now;
        let mut told = Vec::new();
        let left = core.asides.left.clone();
        for held in &mut core.asides.held {
            let here = self.group.member(held.to).is_some();
            held.gone_since = (!here).then(|| held.gone_since.unwrap_or(now));
            let given_up = held.gone_since.is_some_and(|since| left.contains(&held.to) || now >= since.saturating_add(HELD_FOR));
            let delivery = match () {
                () if given_up => Delivery::Lost,
                () if !self.is_reachable(held.to, now) => Delivery::Away,
                () => Delivery::Sending,
            };
            if delivery != held.delivery {
                if delivery == Delivery::Sending {
                    core.asides.asked.remove(&held.to);
                }
                held.delivery = delivery;
                told.push((held.aside.id, delivery));
            }
        }
        core.asides.held.retain(|held| held.delivery != Delivery::Lost);
        told.into_iter().for_each(|(id, delivery)| core.tell(Event::Post(PostEvent::Delivery { id, delivery })));
    }

    /// To one member alone.
    pub(super) fn post(&mut self, core: &mut Core, post: &Post) {
        let Some(seat) = post.to().and_then(|to| self.people.seat_of(to)) else { return };
        let plain = self.people.unnumbered(&Body::Post(post.clone()));
        if let Ok(sealed) = self.group.seal_application(&plain) {
            core.write_to(seat, &Letter::Sealed(sealed));
        }
    }

    /// A member has something for us, or answers.
    pub(super) fn heard_post(&mut self, core: &mut Core, from: MemberId, post: Post) {
        let me = self.group.my_id();
        if post.to().is_some_and(|to| to != me) || from == me {
            return;
        }
        match post {
            Post::KeyPlease { .. } => self.draw_key(core, from),
            Post::Key { key, .. } => self.seal_asides(core, from, &key),
            Post::Sealed { sealed, .. } => self.open_asides(core, from, &sealed),
            Post::File(line) | Post::FileAgain { line, .. } => self.heard_file(core, from, line),
            Post::Got { ids, .. } => {
                for id in core.asides.got(from, &ids) {
                    core.tell(Event::Post(PostEvent::Delivery { id, delivery: Delivery::Delivered }));
                }
            }
        }
    }

    fn draw_key(&mut self, core: &mut Core, from: MemberId) {
        let asks_again = core.asides.drawn.get(&from).is_some_and(|drawn| core.now < drawn.at.saturating_add(SPACING));
        if asks_again || !self.may_write(from, self.group.my_id()) {
            return;
        }
        let Ok(envelope) = Envelope::draw(&core.draw()) else { return };
        let key = envelope.public().to_vec();
        core.asides.drawn.insert(from, Drawn { envelope, at: core.now });
        self.post(core, &Post::Key { to: from, key });
    }

    fn seal_asides(&mut self, core: &mut Core, to: MemberId, key: &[u8]) {
        let me = self.group.my_id();
        let Some(asked) = core.asides.asked.get_mut(&to).filter(|asked| asked.open) else { return };
        asked.open = false;
        let letter = core.asides.letter(to);
        let info = group::aside_info(self.group.group_id(), me, to);
        if let Some(sealed) = group::seal_to(key, &info, &post::write(&letter)) {
            self.post(core, &Post::Sealed { to, sealed });
        }
    }

    fn open_asides(&mut self, core: &mut Core, from: MemberId, sealed: &[u8]) {
        let me = self.group.my_id();
        let Some(drawn) = core.asides.drawn.remove(&from) else { return };
        let info = group::aside_info(self.group.group_id(), from, me);
        let opened = drawn.envelope.open(&info, sealed);
        let Some(asides) = opened.and_then(|plain| post::read(&plain)).filter(|_| self.may_write(from, me)) else { return };
        let ids = asides.iter().map(|aside| aside.id).collect();
        for Aside { id, what } in asides {
            if core.asides.is_news(from, id) {
                let told = what.told();
                if let What::File(offer) = what {
                    core.files.offered(from, offer);
                }
                core.tell(Event::Post(PostEvent::Said { id, with: from, mine: false, what: told }));
            }
        }
        self.post(core, &Post::Got { to: from, ids });
    }
}

/// A line for somebody: on our own screen at once, with the other when it can be.
pub(super) fn hold_aside(core: &mut Core, to: MemberId, what: What) {
    if core.asides.held.len() >= HELD {
        return core.notice(Notice::NotDone);
    }
    let [a, b, c, d, e, f, g, h, ..] = core.draw();
    let id = PostId([a, b, c, d, e, f, g, h]);
    core.tell(Event::Post(PostEvent::Said { id, with: to, mine: true, what: what.told() }));
    core.asides.hold(to, Aside { id, what });
}
