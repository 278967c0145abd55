//! One file on its way here: which pieces are asked for, and when to ask again.
//!
//! **Invariant:** a piece is taken once, only if it was asked for and only if it is what was offered; what is on its way is never more than
//! a window.

use super::api::Millis;
use crate::files::{ChunkHash, LIST, Offer};
use crate::sorted::SortedSet;
use std::collections::VecDeque;

/// Pieces that are asked for and have not come, for one file. More keeps long ways busy, less keeps queues short.
pub(super) const WINDOW: usize = 16;
/// How long nothing may come before we ask again, ms.
const AGAIN: u64 = 5_000;
/// How long nothing may come, from somebody who is here, before we give up, ms.
pub(super) const GIVE_UP: u64 = 60_000;

/// A file that the person wants to have.
pub(super) struct Fetch {
    /// Who wanted it first gets it first.
    pub(super) order: u64,
    hashes: Option<Vec<ChunkHash>>,
    /// Not asked for.
    missing: VecDeque<u32>,
    /// Asked for.
    pub(super) asked: SortedSet<u32>,
    pub(super) came: u32,
    /// When something came, or we began or came back.
    pub(super) moved: Millis,
    pub(super) asked_at: Option<Millis>,
    pub(super) waiting: bool,
}

impl Fetch {
    pub(super) fn new(order: u64, now: Millis) -> Self {
        let missing = VecDeque::from([LIST]);
        Self { order, hashes: None, missing, asked: SortedSet::new(), came: 0, moved: now, asked_at: None, waiting: false }
    }

    /// What was asked for is lost, as far as anybody can tell.
    pub(super) fn begin_again(&mut self) {
        let lost = std::mem::take(&mut self.asked);
        lost.into_iter().rev().for_each(|index| self.missing.push_front(index));
        self.asked_at = None;
    }

    /// What is to be asked for now; empty if enough is on its way.
    pub(super) fn ask(&mut self, now: Millis) -> Vec<u32> {
        match self.asked_at {
            None => self.moved = now,
            Some(at) if now >= at.max(self.moved).saturating_add(AGAIN) => self.begin_again(),
            Some(_) => {}
        }
        let room = WINDOW.saturating_sub(self.asked.len());
        if room < WINDOW / 2 {
            return Vec::new();
        }
        let next: Vec<u32> = self.missing.drain(..room.min(self.missing.len())).collect();
        self.asked.extend(next.iter().copied());
        if !next.is_empty() {
            self.asked_at = Some(now);
        }
        next
    }

    /// A piece that was asked for: `None` if it is not what was offered, nothing for the page if it was the list.
    pub(super) fn take(&mut self, offer: &Offer, index: u32, sealed: &[u8]) -> Option<Option<Vec<u8>>> {
        let piece = match &self.hashes {
            None => {
                let hashes = offer.open_list(sealed)?;
                self.missing = (0..).take(hashes.len()).collect();
                self.hashes = Some(hashes);
                None
            }
            Some(hashes) => {
                let bytes = offer.open_chunk(index, sealed, hashes)?;
                self.came = self.came.saturating_add(1);
                Some(bytes)
            }
        };
        self.asked.remove(&index);
        Some(piece)
    }

    pub(super) fn deadline(&self) -> Millis {
        let again = self.asked_at.map_or(0, |at| at.max(self.moved).saturating_add(AGAIN));
        again.min(self.moved.saturating_add(GIVE_UP))
    }
}
