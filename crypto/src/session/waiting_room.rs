//! The waiting room as moderators keep it.
//!
//! **Invariant:** one moderator holds the run with a guest, and whatever any moderator decides about that guest is done by the one who holds
//! it; members learn of a guest only from a moderator, and nobody but a moderator's person lets it in.
//!
//! The lowest live leaf among moderators answers, the next after two seconds. It tells the others who waits ([`Body::Waiting`]), and they tell
//! it what their persons decide ([`Body::Decision`]). When it goes, its guests hear nothing more, ask anew, and another answers.

use super::api::{Event, Guest, Millis};
use super::body::{self, Board, Body, Decision, Waiter};
use super::core::Core;
use super::letter::Letter;
use super::queue::Intent;
use super::room::Room;
use crate::admission::waiting::{self, Ask, Turned, WAITING, WaitingMessage, WaitingRoom};
use crate::admission::{self, DoorMessage, Told};
use crate::group::{Admission, How, Member, MemberId, WelcomePackage};
use crate::sorted::SortedMap;
use wire::ParticipantId;

/// How often guests are told that they are still on a moderator's screen, ms.
pub(super) const HERE: u64 = 7_000;

/// A question whose turn at our door has not come.
struct Question {
    from: ParticipantId,
    ask: Ask,
    due: Millis,
}

/// Who waits, here and at other moderators' doors.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) keeper: WaitingRoom,
    questions: Vec<Question>,
    /// Seats to which a person said no. They are not answered again.
    refused: Vec<ParticipantId>,
    boards: SortedMap<MemberId, (Millis, Board)>,
    here_at: Millis,
    /// What the others were told last, and the screen.
    told: Board,
    shown: Vec<Guest>,
}

impl Waiting {
    pub(super) fn deadline(&self) -> Option<Millis> {
        let questions = self.questions.iter().map(|question| question.due).min();
        let here = self.keeper.guests().next().map(|_| self.here_at);
        [questions, here, self.keeper.deadline().filter(|at| *at < Millis::MAX)].into_iter().flatten().min()
    }

    /// A member is gone, and what it said of its guests with it.
    pub(super) fn forget(&mut self, member: MemberId) {
        self.boards.remove(&member);
    }

    /// Somebody already answers this seat, or a person has said no to it.
    fn is_dealt_with(&self, seat: ParticipantId) -> bool {
        let mut boards = self.boards.values().map(|(_, board)| board);
        self.refused.contains(&seat)
            || boards.any(|board| board.refused.contains(&seat) || board.waiters.iter().any(|waiter| waiter.seat == seat))
    }

    fn board(&self, now: Millis) -> Board {
        let waiter = |guest: &waiting::Guest| Waiter {
            id: guest.id,
            seat: guest.seat,
            name: body::tidy_name(&guest.name),
            words: guest.words,
            seconds: u32::try_from(now.saturating_sub(guest.since) / 1_000).unwrap_or(u32::MAX),
        };
        Board { waiters: self.keeper.guests().map(waiter).collect(), refused: self.refused.clone() }
    }
}

impl Room {
    fn is_moderator(&self) -> bool {
        self.group.state().is_moderator(self.group.my_id())
    }

    /// What somebody says who asks to be let in, or waits.
    pub(super) fn heard_waiting(&mut self, core: &mut Core, from: ParticipantId, message: &WaitingMessage) {
        let reply = match message {
            WaitingMessage::Ask(ask) => return self.asked(core, from, ask),
            WaitingMessage::Proof(proof) => self.waiting.keeper.proved(core.now, from, proof),
            WaitingMessage::Sealed(sealed) => self.waiting.keeper.heard(core.now, from, sealed, &self.group, &mut core.rng),
            WaitingMessage::Offer(_) | WaitingMessage::Confirmed(..) | WaitingMessage::Closed(_) => None,
        };
        self.answer_waiting(core, reply.map(|reply| (from, reply)));
    }

    fn answer_waiting(&self, core: &mut Core, said: impl IntoIterator<Item = Turned>) {
        for (to, message) in said {
            core.write_to(to, &Letter::Door(DoorMessage::Waiting(message)));
        }
    }

    /// Somebody asks to be let in.
    fn asked(&mut self, core: &mut Core, from: ParticipantId, ask: &Ask) {
        if !self.is_moderator() || !ask.is_genuine(&core.secrets.link, core.secrets.room) {
            return;
        }
        if !self.group.state().takes_guests() {
            return self.answer_waiting(core, [(from, WaitingMessage::Closed(ask.nonce))]);
        }
        let due = self.rank_among(core, |member| self.group.state().is_moderator(member.id));
        self.waiting.questions.retain(|question| question.from != from);
        if self.waiting.questions.len() < WAITING {
            self.waiting.questions.push(Question { from, ask: ask.clone(), due });
        }
    }

    /// Answers whose turn has come, tells guests that they are seen, and the screen and the other moderators who waits.
    pub(super) fn watch_waiting(&mut self, core: &mut Core) {
        self.waiting.keeper.expire(core.now);
        let (due, later): (Vec<Question>, _) =
            core::mem::take(&mut self.waiting.questions).into_iter().partition(|question| question.due <= core.now);
        self.waiting.questions = later;
        for Question { from, ask, .. } in due {
            if self.people.sits_here(from) || self.waiting.is_dealt_with(from) {
                continue;
            }
            let door = admission::Door { secrets: &core.secrets, group: &self.group, how: How::WaitingRoom };
            let offer = self.waiting.keeper.asked(core.now, from, &ask, &door, &mut core.rng);
            self.answer_waiting(core, offer.map(|offer| (from, offer)));
        }
        if core.now >= self.waiting.here_at {
            self.waiting.here_at = core.now.saturating_add(HERE);
            let here = self.waiting.keeper.here();
            self.answer_waiting(core, here);
        }
        self.tell_who_waits(core);
    }

    /// Tells the other moderators and the screen, if there is news.
    fn tell_who_waits(&mut self, core: &mut Core) {
        let board = self.waiting.board(core.now);
        if !board.says_the_same(&self.waiting.told) {
            self.say(core, &Body::Waiting(board.clone()));
            self.waiting.told = board;
        }
        let guests = if self.is_moderator() { self.all_guests() } else { Vec::new() };
        if guests != self.waiting.shown {
            self.waiting.shown.clone_from(&guests);
            core.tell(Event::Waiting(guests));
        }
    }

    /// Those who wait here, then those who wait at the other moderators' doors.
    fn all_guests(&self) -> Vec<Guest> {
        let mine = self.waiting.keeper.guests().map(|guest| Guest {
            id: guest.id,
            name: body::tidy_name(&guest.name),
            words: guest.words,
            since: guest.since,
        });
        let theirs = self.waiting.boards.values().flat_map(|(at, board)| board.waiters.iter().map(move |waiter| (*at, waiter)));
        let theirs = theirs.map(|(at, waiter)| {
            let since = at.saturating_sub(u64::from(waiter.seconds) * 1_000);
            Guest { id: waiter.id, name: waiter.name.clone(), words: waiter.words, since }
        });
        mine.chain(theirs).collect()
    }

    /// A member says who waits at its door.
    pub(super) fn heard_board(&mut self, core: &mut Core, from: MemberId, board: Board) {
        if self.group.state().is_moderator(from) {
            self.waiting.boards.insert(from, (core.now, board));
        }
    }

    /// A newcomer may be a moderator one day, or is one already: it is told what it missed.
    pub(super) fn tell_board_again(&mut self) {
        self.waiting.told = Board::default();
    }

    /// The person at this screen decided.
    pub(super) fn decide(&mut self, core: &mut Core, decision: Decision, compared: bool) {
        if !self.is_moderator() {
            return;
        }
        if let Decision::Admit(guests) = &decision
            && compared
        {
            let waiting: Vec<MemberId> = self.all_guests().into_iter().map(|guest| guest.id).collect();
            self.people.verified.extend(guests.iter().filter(|guest| waiting.contains(guest)).copied());
        }
        if self.concerns_others(&decision) {
            self.say(core, &Body::Decision(decision.clone()));
        }
        self.decided(core, decision);
    }

    fn concerns_others(&self, decision: &Decision) -> bool {
        let theirs: Vec<&Waiter> = self.waiting.boards.values().flat_map(|(_, board)| &board.waiters).collect();
        let is_theirs = |guest: &MemberId| theirs.iter().any(|waiter| waiter.id == *guest);
        match decision {
            Decision::Admit(guests) => guests.iter().any(is_theirs),
            Decision::Refuse(guest) => is_theirs(guest),
            Decision::Line(_) => !theirs.is_empty(),
        }
    }

    /// Another moderator's person decided.
    pub(super) fn heard_decision(&mut self, core: &mut Core, from: MemberId, decision: Decision) {
        if self.group.state().is_moderator(from) && self.is_moderator() {
            self.decided(core, decision);
        }
    }

    /// What is decided is done about those whose runs we hold.
    fn decided(&mut self, core: &mut Core, decision: Decision) {
        match decision {
            Decision::Admit(guests) => {
                for guest in guests {
                    if let Some(newcomer) = self.waiting.keeper.admit(guest) {
                        self.queue.want(Intent::Admit(Box::new(newcomer)), core.now);
                    }
                }
            }
            Decision::Refuse(guest) => {
                let said = self.waiting.keeper.refuse(guest);
                if let Some((seat, _)) = &said {
                    if self.waiting.refused.len() >= WAITING {
                        self.waiting.refused.remove(0);
                    }
                    self.waiting.refused.push(*seat);
                }
                self.answer_waiting(core, said);
            }
            Decision::Line(line) => {
                let said = self.waiting.keeper.tell(&line);
                self.answer_waiting(core, said);
            }
        }
    }

    /// The log accepted our commit: lets in those whom it admits.
    pub(super) fn welcome_guests(&mut self, core: &mut Core, added: &[Member], package: &WelcomePackage, told: &Told) {
        for member in added {
            if let Some((to, welcome)) = self.waiting.keeper.welcome(member.id, package, told) {
                self.people.seat(member.id, to);
                self.answer_waiting(core, [(to, welcome)]);
            }
        }
    }

    /// We were let in by the waiting room; `compared`: our person has made sure that it is the right one.
    pub(super) fn came_as_guest(&mut self, core: &mut Core, compared: bool) {
        core.tell(Event::RoomVerified(false));
        if compared {
            self.confirm_words(core);
        }
    }

    /// Our person has compared the words with the moderator who let us in: the group is the moderator's, so that one is verified.
    pub(super) fn confirm_words(&mut self, core: &mut Core) {
        // Who let us in anew after we were lost is not who compared.
        if let Some(Admission::WaitingRoom { by }) = self.group.me().map(|me| me.admitted) {
            self.people.verified.insert(by);
        }
        self.room_is_verified(core);
    }

    /// Somebody in here is known to be who it is.
    pub(super) fn room_is_verified(&self, core: &mut Core) {
        if self.group.me().is_some_and(|me| !me.is_doorkeeper()) {
            core.tell(Event::RoomVerified(true));
        }
    }

    /// The epoch has moved. Says to whom it can promise nothing any more that they shall ask anew, and names those whose Add is wanted.
    pub(super) fn rebase_waiting(&mut self, core: &mut Core) -> Vec<MemberId> {
        // Who is no moderator any more says so to its guests: they ask anew, and somebody else has to answer.
        let state = self.group.state();
        for (_, (_, board)) in self.waiting.boards.iter_mut().filter(|(by, _)| !state.is_moderator(**by)) {
            board.waiters.clear();
        }
        let (voids, admitted) = self.waiting.keeper.rebase(&self.group);
        self.answer_waiting(core, voids);
        admitted
    }
}
