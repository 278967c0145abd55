//! Signed frames: each member vouches for its own, and looks whether others do for theirs (a room policy, PROTOCOL.md §10).
//!
//! **Invariant:** a member's word counts for frames of its own leaf alone; what is signed is signed by MLS, in a message that only members
//! read; and where the policy is off nothing of this is said, remembered or waited for.
//!
//! ```text
//! frame worker ── hashes of what it sealed, every 500 ms ──▶ Vouch, to all members
//!              ── hashes of what it opened, every 100 ms ──▶ ledger of whom it claims ◀── their Vouch
//!                                                               └─▶ Doubt: notice, mark on the roster, word to the others
//! ```

use super::api::{Doubt, Millis, Notice};
use super::body::{Body, FrameRun, Vouch};
use super::core::Core;
use super::ledger::Ledger;
use super::letter::Letter;
use super::room::Room;
use crate::frames::{FrameHash, FrameReport, Kid};
use crate::group::{Group, MemberId};
use crate::sorted::SortedMap;
use std::collections::VecDeque;

/// Most frames in one list, and most that are held while the connection is gone: some seconds of everything a member can send.
pub(super) const LIST: usize = 1_024;
/// How long a member is marked after the last frame that gave reason to, ms.
const MARKED: u64 = 5_000;
/// How often the others are told, and how often we show what one of them tells, of one member, ms.
const TELL: u64 = 30_000;
/// Epochs whose leaves are remembered: frames are opened for one after theirs, and told of a little later.
const KEPT: usize = 3;

/// What was vouched for and what was not.
#[derive(Default)]
pub(super) struct Vouching {
    ledgers: SortedMap<MemberId, Ledger>,
    /// With the moment of the last frame that gave reason.
    doubts: SortedMap<MemberId, (Doubt, Millis)>,
    /// Our own frames, not yet vouched for.
    unsaid: VecDeque<FrameHash>,
    /// Those of the last lists, to be said again after a break of the connection.
    said: VecDeque<FrameHash>,
    number: u32,
    restarted: bool,
    leaves: VecDeque<(u64, Vec<(u32, MemberId)>)>,
    told: SortedMap<MemberId, Millis>,
    heard: SortedMap<MemberId, Millis>,
}

impl Vouching {
    /// A new epoch.
    pub(super) fn remember(&mut self, group: &Group) {
        while self.leaves.len() >= KEPT {
            self.leaves.pop_front();
        }
        self.leaves.push_back((group.epoch(), group.members().iter().map(|member| (member.leaf, member.id)).collect()));
    }

    /// Somebody is here, perhaps again: with another leaf, which vouches for nothing that the old one sealed.
    pub(super) fn came(&mut self, member: MemberId, now: Millis) {
        let mut ledger = Ledger::default();
        ledger.was_deaf(now);
        self.ledgers.insert(member, ledger);
    }

    pub(super) fn forget(&mut self, member: MemberId) {
        self.ledgers.remove(&member);
        self.doubts.remove(&member);
        self.told.remove(&member);
        self.heard.remove(&member);
    }

    /// What is held against what comes in a member's name.
    pub(super) fn doubt(&self, member: MemberId) -> Option<Doubt> {
        self.doubts.get(&member).map(|(doubt, _)| *doubt)
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        let overdue = self.ledgers.values().filter_map(Ledger::deadline);
        overdue.chain(self.doubts.values().map(|(_, last)| last.saturating_add(MARKED))).min()
    }

    /// What the frame worker sealed last, it did not tell.
    pub(super) fn frame_worker_restarted(&mut self) {
        self.restarted = true;
    }

    /// We were deaf and dumb until now: says again what may not have arrived, and holds nothing against anybody.
    pub(super) fn resumed(&mut self, now: Millis) {
        self.ledgers.values_mut().for_each(|ledger| ledger.was_deaf(now));
        let unsaid = core::mem::take(&mut self.unsaid);
        self.unsaid = self.said.drain(..).chain(unsaid).collect();
        self.trim();
    }

    fn member_at(&self, frame: &FrameHash) -> Option<MemberId> {
        let (_, leaves) = self.leaves.iter().find(|(epoch, _)| *epoch == frame.epoch)?;
        leaves.iter().find(|(leaf, _)| *leaf == frame.leaf()).map(|(_, member)| *member)
    }

    fn trim(&mut self) {
        self.unsaid.drain(..self.unsaid.len().saturating_sub(LIST));
        self.said.drain(..self.said.len().saturating_sub(LIST));
    }

    /// The next list.
    fn list(&mut self, at: Millis) -> Vouch {
        let number = self.number;
        self.number = number.wrapping_add(1);
        let vouch = Vouch { number, at, restarted: core::mem::take(&mut self.restarted), runs: runs(&self.unsaid) };
        self.said.extend(self.unsaid.drain(..));
        self.trim();
        vouch
    }
}

/// Frames of one key with counters in a row make one run.
fn runs(frames: &VecDeque<FrameHash>) -> Vec<FrameRun> {
    let mut runs: Vec<FrameRun> = Vec::new();
    for frame in frames {
        let next = |run: &FrameRun| run.first.saturating_add(run.hashes.len() as u64);
        match runs.iter_mut().rev().find(|run| run.kid == frame.kid) {
            Some(run) if next(run) == frame.counter => run.hashes.push(frame.hash),
            _ => runs.push(FrameRun { kid: frame.kid, first: frame.counter, hashes: vec![frame.hash] }),
        }
    }
    runs
}

impl Room {
    /// What the frame worker has sealed and opened.
    pub(super) fn frames_told(&mut self, core: &mut Core, report: FrameReport) {
        // While the connection is gone nothing is held against anybody: no list comes.
        let up = core.connection.is_up();
        for frame in report.opened.into_iter().filter(|_| up) {
            let Some(member) = self.vouching.member_at(&frame) else { continue };
            let doubt = self.vouching.ledgers.entry(member).or_default().opened(core.now, frame);
            self.doubted(core, member, doubt);
        }
        if let Some(sealed) = report.sealed {
            self.vouching.unsaid.extend(sealed);
            self.vouching.trim();
            self.vouch(core, report.at);
        }
    }

    fn vouch(&mut self, core: &mut Core, at: Millis) {
        if self.is_alone() || !core.connection.is_up() {
            return;
        }
        let vouch = self.vouching.list(at);
        let me = self.group.my_id();
        // Frames in our own name come back to us where somebody passes them on; they are held against what we sealed.
        let doubt = self.vouching.ledgers.entry(me).or_default().vouched(core.now, &vouch);
        let plain = self.people.unnumbered(&Body::Vouch(vouch));
        if let Ok(sealed) = self.group.seal_application(&plain) {
            core.write_to_all(&Letter::Vouch(sealed));
        }
        self.doubted(core, me, doubt);
    }

    /// A member vouches for its frames.
    pub(super) fn heard_vouch(&mut self, core: &mut Core, from: MemberId, mut vouch: Vouch) {
        let Some(leaf) = self.group.member(from).map(|member| member.leaf) else { return };
        // Nobody's word counts for another's frames.
        vouch.runs.retain(|run| Kid::leaf_of(run.kid) == leaf);
        let doubt = self.vouching.ledgers.entry(from).or_default().vouched(core.now, &vouch);
        self.doubted(core, from, doubt);
    }

    pub(super) fn watch_vouching(&mut self, core: &mut Core) {
        let now = core.now;
        let overdue: Vec<(MemberId, Option<Doubt>)> =
            self.vouching.ledgers.iter_mut().map(|(member, ledger)| (*member, ledger.overdue(now))).collect();
        overdue.into_iter().for_each(|(member, doubt)| self.doubted(core, member, doubt));
        self.vouching.doubts.retain(|_, (_, last)| now < last.saturating_add(MARKED));
    }

    /// There is reason to doubt what comes in a member's name.
    fn doubted(&mut self, core: &mut Core, member: MemberId, doubt: Option<Doubt>) {
        let Some(doubt) = doubt else { return };
        let before = self.vouching.doubt(member);
        self.vouching.doubts.insert(member, (before.map_or(doubt, |before| before.max(doubt)), core.now));
        if before >= Some(doubt) {
            return;
        }
        match doubt {
            Doubt::Unvouched => core.notice(Notice::Unvouched { member }),
            Doubt::Forged => {
                core.notice(Notice::Forged { member });
                if rarely(&mut self.vouching.told, member, core.now) {
                    self.say(core, &Body::Forged { member });
                }
            }
        }
    }

    /// Another member was brought forged frames in somebody's name; perhaps nobody else was.
    pub(super) fn heard_of_forgery(&mut self, core: &mut Core, by: MemberId, member: MemberId) {
        let seen = self.vouching.doubt(member) == Some(Doubt::Forged);
        if !seen && self.group.member(member).is_some() && rarely(&mut self.vouching.heard, member, core.now) {
            core.notice(Notice::ForgedElsewhere { member, by });
        }
    }
}

/// True once in [`TELL`] for each member.
fn rarely(last: &mut SortedMap<MemberId, Millis>, member: MemberId, now: Millis) -> bool {
    let due = last.get(&member).is_none_or(|at| now >= at.saturating_add(TELL));
    if due {
        last.insert(member, now);
    }
    due
}
