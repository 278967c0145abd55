//! One member's frames: those it has vouched for, and those that were opened in its name.
//!
//! **Invariant:** a frame in a member's name is soon either vouched for by that member or a [`Doubt`]; and it is called forged only when the
//! member's own signed word speaks against it, not because the host is slow for a while.
//!
//! Three things can be found of a frame F that was opened:
//! * the member vouched for another frame under F's key and counter: forged, at once;
//! * a list that the member made well after F came does not have it: forged. When a list was made is known from the sender's clock, whose offset
//!   from ours is that of the quickest of its last lists, so that one that the host holds back does not count as made when it comes;
//! * nothing for [`PATIENCE`], and frames go on coming: nobody vouches for it. The lists do not come, or some are missing. (Where no more
//!   frames come either, the member has gone, and what it sealed last is in no list.)

use super::api::{Doubt, Millis};
use super::body::{FrameRun, Vouch};
use crate::frames::{FrameHash, HASH_BYTES};
use crate::sorted::SortedMap;
use std::collections::VecDeque;

/// How long after a frame came a list without it must have been made, ms. Less would take a way to the host that is slower than the media's for a
/// forger; more tells people later. Lists come twice a second, so that it is told within 0.7 s and two ways.
const MARGIN: i64 = 200;
/// How long a frame waits for somebody to vouch for it, ms: six lists.
const PATIENCE: u64 = 3_000;
/// Frames that go on coming for so long after one that nobody vouches for are no last words, ms: twice the time between two lists.
const LAST_WORDS: u64 = 1_000;
/// For so long, ms, frames are not waited for after their list came to deaf ears or was never made: those that we are told of a little late.
const DEAF: u64 = 1_000;
/// Lists whose way is remembered: sixteen seconds' worth. Fewer would let a host that slows down gradually pass for another clock.
const WAYS: usize = 32;
/// So many must have come before one is held against a frame: the first may all have been slow.
const FEW_WAYS: usize = 4;
/// After a list is missing, frames are not called forged for so long, ms: they may have been in it.
const EXCUSED: u64 = 2_000;
/// Frames remembered for each key: those that a replay window still lets in, twice over.
const FRAMES: usize = 256;
/// Keys remembered: streams and layers of two epochs.
const KEYS: usize = 32;
/// Most frames that wait.
const WAITING: usize = 2_048;

/// What is known of one member's frames.
#[derive(Default)]
pub(super) struct Ledger {
    /// By KID, with the moment of the last list that named it.
    keys: SortedMap<u64, (Millis, SortedMap<u64, [u8; HASH_BYTES]>)>,
    waiting: SortedMap<FrameHash, Waiting>,
    /// Number of the next list.
    next: Option<u32>,
    /// By how much our clock was ahead of the sender's when each of the last lists came, ms.
    ways: VecDeque<i64>,
    excused_until: Millis,
    deaf_until: Millis,
    /// When a frame was opened last.
    last: Millis,
}

struct Waiting {
    since: Millis,
    excused: bool,
}

impl Ledger {
    /// A frame in the member's name was opened.
    pub(super) fn opened(&mut self, now: Millis, frame: FrameHash) -> Option<Doubt> {
        if let Some(verdict) = self.known(&frame) {
            return verdict;
        }
        self.last = now;
        if now < self.deaf_until {
            return None;
        }
        let overflow = self.waiting.len() >= WAITING;
        if overflow {
            self.waiting.pop_first();
        }
        self.waiting.entry(frame).or_insert(Waiting { since: now, excused: now < self.excused_until });
        overflow.then_some(Doubt::Unvouched)
    }

    /// The member vouches for frames. Their keys must be its own.
    pub(super) fn vouched(&mut self, now: Millis, vouch: &Vouch) -> Option<Doubt> {
        if vouch.restarted {
            self.begin_anew(now);
        }
        if self.next.is_some_and(|next| vouch.number > next) {
            self.excuse(now);
        }
        self.next = Some(self.next.unwrap_or(0).max(vouch.number.saturating_add(1)));
        vouch.runs.iter().for_each(|run| self.remember(now, run));
        self.keys.retain(|_, (named, _)| now < named.saturating_add(2 * PATIENCE));
        let found = self.look_again();
        let missed = self.made_at(now, vouch.at).and_then(|made| self.missing(made));
        found.max(missed)
    }

    /// Frames that have waited too long.
    pub(super) fn overdue(&mut self, now: Millis) -> Option<Doubt> {
        let (last, mut unvouched) = (self.last, false);
        self.waiting.retain(|_, frame| {
            let waits = now < frame.since.saturating_add(PATIENCE);
            unvouched |= !waits && last >= frame.since.saturating_add(LAST_WORDS);
            waits
        });
        unvouched.then_some(Doubt::Unvouched)
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        self.waiting.values().map(|frame| frame.since.saturating_add(PATIENCE)).min()
    }

    /// We were deaf: what was vouched for meanwhile we shall not hear.
    pub(super) fn was_deaf(&mut self, now: Millis) {
        self.waiting.clear();
        self.deaf_until = now.saturating_add(DEAF);
    }

    /// The member's frame worker was started anew, and has forgotten what it had not told.
    fn begin_anew(&mut self, now: Millis) {
        self.was_deaf(now);
        self.ways.clear();
        self.next = None;
    }

    /// A list is missing.
    fn excuse(&mut self, now: Millis) {
        self.excused_until = now.saturating_add(EXCUSED);
        self.waiting.values_mut().for_each(|frame| frame.excused = true);
    }

    fn remember(&mut self, now: Millis, run: &FrameRun) {
        if self.keys.len() >= KEYS && !self.keys.contains_key(&run.kid) {
            let oldest = self.keys.iter().min_by_key(|(_, (named, _))| *named).map(|(kid, _)| *kid);
            oldest.map(|kid| self.keys.remove(&kid));
        }
        let (named, frames) = self.keys.entry(run.kid).or_default();
        *named = now;
        for (hash, place) in run.hashes.iter().zip(0..) {
            frames.entry(run.first.saturating_add(place)).or_insert(*hash);
        }
        while frames.len() > FRAMES {
            frames.pop_first();
        }
    }

    /// What the member's word says of this frame, if it says anything.
    fn known(&self, frame: &FrameHash) -> Option<Option<Doubt>> {
        let (_, frames) = self.keys.get(&frame.kid)?;
        let hash = frames.get(&frame.counter)?;
        Some((*hash != frame.hash).then_some(Doubt::Forged))
    }

    fn look_again(&mut self) -> Option<Doubt> {
        let mut doubt = None;
        let mut waiting = core::mem::take(&mut self.waiting);
        waiting.retain(|frame, _| match self.known(frame) {
            Some(verdict) => {
                doubt = doubt.max(verdict);
                false
            }
            None => true,
        });
        self.waiting = waiting;
        doubt
    }

    /// When a list that has just come was made, by our clock, if that is known.
    fn made_at(&mut self, now: Millis, at: Millis) -> Option<i64> {
        let (now, at) = (i64::try_from(now).ok()?, i64::try_from(at).ok()?);
        if self.ways.len() >= WAYS {
            self.ways.pop_front();
        }
        self.ways.push_back(now.checked_sub(at)?);
        let quickest = self.ways.iter().min().filter(|_| self.ways.len() >= FEW_WAYS)?;
        at.checked_add(*quickest)
    }

    /// Frames that a list of this moment should have had.
    fn missing(&mut self, made: i64) -> Option<Doubt> {
        let before = self.waiting.len();
        let should = |frame: &Waiting| {
            !frame.excused && i64::try_from(frame.since).is_ok_and(|since| since.saturating_add(MARGIN) <= made)
        };
        self.waiting.retain(|_, frame| !should(frame));
        (self.waiting.len() < before).then_some(Doubt::Forged)
    }
}
