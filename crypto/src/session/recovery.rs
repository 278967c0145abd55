//! Catching up, and helping others to.
//!
//! **Invariant:** a member who has missed commits gets them from the log, else from a member, else comes in again by the front door; it
//! never stays behind in silence.

use super::api::Millis;
use super::body;
use super::core::Core;
use super::letter::{Letter, PastCommit};
use super::queue::Intent;
use super::room::{Fate, Room};
use crate::group::Grounds;
use crate::group::{Leave, ReceiveError};
use crate::sorted::SortedMap;
use std::collections::VecDeque;
use wire::{Attempt, Epoch, Incarnation, Opaque, ParticipantId, RoomStanding, ToHost};

/// Nothing is committed this long after the host has forgotten the room, ms: a member who is ahead may come back first.
const RECOVERY: u64 = 2_000;
/// How long after the log was asked a member is asked, ms.
const ASK_AFTER: u64 = 1_500;
/// How long we may stay behind before we come in anew, ms.
const BEHIND_FOR: u64 = 12_000;
/// Least time between two requests for the log, between two helps to one seat, and between two repetitions of lines to one member, ms.
pub(super) const SPACING: u64 = 700;
/// Messages held that are of an epoch we have not reached.
const EARLY: usize = 64;

/// What is known of being behind.
#[derive(Default)]
pub(super) struct Recovery {
    behind_since: Option<Millis>,
    fetched_at: Option<Millis>,
    asked_at: Option<Millis>,
    asked: usize,
    early: VecDeque<Vec<u8>>,
    helped: SortedMap<ParticipantId, Millis>,
    broken_at: Option<u64>,
}

impl Recovery {
    /// Somebody is ahead of us.
    pub(super) fn behind(&mut self, now: Millis) {
        self.behind_since.get_or_insert(now);
    }

    /// We have moved.
    pub(super) fn caught_up(&mut self) {
        self.behind_since = None;
        self.fetched_at = None;
        self.asked_at = None;
        self.broken_at = None;
    }

    /// Others may have merged what we cannot.
    pub(super) fn broken(&mut self, epoch: u64) {
        self.broken_at = Some(epoch);
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        let since = self.behind_since?;
        let ask = self.asked_at.map_or(since.saturating_add(ASK_AFTER), |at| at.saturating_add(ASK_AFTER));
        Some(ask.min(since.saturating_add(BEHIND_FOR)))
    }
}

impl Room {
    /// Asks the log for what we miss.
    pub(super) fn fetch(&mut self, core: &mut Core) {
        if self.recovery.fetched_at.is_none_or(|at| core.now >= at.saturating_add(SPACING)) {
            self.recovery.fetched_at = Some(core.now);
            core.send(ToHost::Fetch(Epoch(self.group.epoch())));
        }
    }

    pub(super) fn watch_recovery(&mut self, core: &mut Core) {
        let Some(since) = self.recovery.behind_since else { return };
        if core.now >= since.saturating_add(BEHIND_FOR) || self.recovery.broken_at == Some(self.group.epoch()) {
            self.fate = Some(Fate::Rejoin);
        } else if core.now >= self.recovery.asked_at.unwrap_or(since).saturating_add(ASK_AFTER) {
            self.ask_a_member(core);
            self.fetch(core);
        }
    }

    fn ask_a_member(&mut self, core: &mut Core) {
        self.recovery.asked_at = Some(core.now);
        let seats = self.presence.seats.present_ones();
        let Some(seat) = seats.get(self.recovery.asked % seats.len().max(1)) else { return };
        self.recovery.asked = self.recovery.asked.wrapping_add(1);
        core.write_to(*seat, &Letter::CommitsPlease { epoch: self.group.epoch() });
    }

    /// The log begins after what we miss.
    pub(super) fn log_begins_at(&mut self, core: &mut Core, epoch: Epoch) {
        if epoch.0 > self.group.epoch() {
            self.recovery.behind(core.now);
            self.ask_a_member(core);
        }
    }

    /// Somebody misses commits. They went through the host in the open, so whoever asks may have them.
    pub(super) fn help(&mut self, core: &mut Core, to: ParticipantId, epoch: u64) {
        let now = core.now;
        self.recovery.helped.retain(|_, at| now < at.saturating_add(SPACING));
        let commits = self.history.since(epoch);
        if commits.is_empty() || self.recovery.helped.insert(to, now).is_some() {
            return;
        }
        core.write_to(to, &Letter::CommitsHere(commits));
    }

    /// A member sends what we miss: judged like the log.
    pub(super) fn helped(&mut self, core: &mut Core, commits: Vec<PastCommit>) {
        for PastCommit { epoch, commit } in commits {
            if epoch == self.group.epoch() && self.fate.is_none() {
                self.apply(core, commit, None);
            }
        }
    }

    /// The host has taken us back.
    pub(super) fn resumed(&mut self, core: &mut Core, standing: RoomStanding, life: Incarnation) {
        self.ready = true;
        self.presence.listen_from(core.now);
        self.recovery.fetched_at = None;
        let (head, attempt, window) = match standing {
            RoomStanding::Resumed { head, attempt } => (head, attempt, 0),
            RoomStanding::Rebuilt { head } => {
                self.queue.attempt = Attempt(0);
                (head, Attempt(0), RECOVERY)
            }
            RoomStanding::Empty | RoomStanding::Occupied => return,
        };
        self.queue.resend(life);
        self.queue.hold(core.now.saturating_add(window));
        // The head moves with an entry that all refuse, too: at a later attempt we are one behind it and miss nothing.
        let expected = self.group.epoch().saturating_add(u64::from(self.queue.attempt.0 > 0));
        if head.0 > expected {
            self.recovery.behind(core.now);
        }
        if head.0 > self.group.epoch() || attempt > self.queue.attempt {
            self.fetch(core);
        }
        self.introduce(core);
        self.tell_board_again();
        self.vouching.resumed(core.now);
        self.make_up_for_lines(core);
        self.presence.beat_soon(core.now);
    }

    /// An MLS message to all members. True if it changes nothing but when that member was heard.
    pub(super) fn sealed(&mut self, core: &mut Core, bytes: Vec<u8>) -> bool {
        match self.group.receive_message(&bytes) {
            Ok(message) => {
                let still = self.is_as_usual(message.from, core.now);
                self.hear(core, message.from);
                let Some(said) = body::read(&message.payload) else { return false };
                let still = still && self.is_plain_beat(message.from, &said);
                if said.body.is_for_all() {
                    self.presence.holes.counted(message.from, said.counter, core.now);
                }
                self.heard_body(core, message.from, said.body);
                return still;
            }
            Err(ReceiveError::Ahead) => {
                if self.recovery.early.len() >= EARLY {
                    self.recovery.early.pop_front();
                }
                self.recovery.early.push_back(bytes);
                self.recovery.behind(core.now);
                self.fetch(core);
            }
            Err(_) => {}
        }
        false
    }

    /// Messages that came before the commit they follow.
    pub(super) fn hear_early(&mut self, core: &mut Core) {
        for bytes in core::mem::take(&mut self.recovery.early) {
            self.sealed(core, bytes);
        }
    }

    /// We leave: tells the others in words they can show to everybody.
    pub(super) fn leave(&mut self, core: &mut Core) {
        self.leave_votes(core);
        let leave = self.group.sign_leave();
        self.say(core, &body::Body::Leave(leave));
    }

    /// A member leaves: whoever's turn it is commits that.
    pub(super) fn heard_leave(&mut self, core: &mut Core, leave: Leave) {
        if !self.group.verify_leave(&leave) || leave.member == self.group.my_id() {
            return;
        }
        core.asides.left(leave.member);
        let due = self.turn(core, Some(leave.member));
        self.queue.want(Intent::Remove { member: leave.member, grounds: Grounds::Leave(leave), due }, core.now);
    }

    /// What the host brings from another member, besides joins.
    pub(super) fn letter(&mut self, core: &mut Core, from: ParticipantId, letter: Letter) {
        match letter {
            Letter::Sealed(bytes) => core.still = self.sealed(core, bytes),
            // It does not push out what is said once.
            Letter::Vouch(_) if self.recovery.early.len() >= EARLY / 2 => {}
            Letter::Vouch(bytes) => {
                self.sealed(core, bytes);
            }
            Letter::CommitsPlease { epoch } => self.help(core, from, epoch),
            Letter::CommitsHere(commits) => self.helped(core, commits),
            Letter::File { id, piece } => self.heard_piece(core, id, piece),
            Letter::Door(_) => {}
        }
    }
}

/// Reads a letter.
pub(super) fn open(body: &Opaque) -> Option<Letter> {
    Letter::read(body)
}
