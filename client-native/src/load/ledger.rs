//! What one receiver has seen.
//!
//! **Invariant:** a frame counts once, as opened, early or failed; it is told from others by what stands inside its seal, so that nothing
//! that was not opened is counted as delivered whole.

use super::histogram::Histogram;
use super::stamp::Stamp;
use super::voices;
use crate::clock;
use crate::member::{Event, Opened};
use crypto::frames::OpenError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One receiver's account. The member's task writes it, the load reads it.
#[derive(Default)]
pub(super) struct Ledger {
    seen: Mutex<Seen>,
    /// Frames that count have begun.
    measuring: AtomicBool,
}

/// What was seen.
#[derive(Clone, Default)]
pub(super) struct Seen {
    /// Streams of which something was opened: publisher, and whether it is a picture.
    pub(super) begun: BTreeSet<(u32, bool)>,
    /// Frames that count, opened.
    pub(super) opened: u64,
    /// Frames that came before the keys of their epoch, since the measuring began: the group's way is slower than the media's.
    pub(super) early: u64,
    /// Frames that could not be opened for any other reason, since the measuring began.
    pub(super) failed: u64,
    /// The first of those reasons.
    pub(super) failure: Option<OpenError>,
    /// From the stamp to the opened frame, of frames that count.
    pub(super) latency: Histogram,
    /// Turns of which something was heard: who spoke since when, and how long it took until the first frame that says so was opened.
    pub(super) turns: BTreeMap<(u32, Duration), Duration>,
    /// The way of its media was lost.
    pub(super) lost: bool,
}

impl Ledger {
    /// The member's task has seen something.
    pub(super) fn note(&self, event: &Event<'_>) {
        match event {
            Event::Opened(frame) => self.opened(frame),
            Event::Unopened(_, error) if self.measuring.load(Ordering::Relaxed) => self.unopened(*error),
            Event::MediaLost => self.seen().lost = true,
            _ => {}
        }
    }

    fn opened(&self, frame: &Opened<'_>) {
        let now = clock::elapsed();
        let Some(stamp) = Stamp::read(frame.track, frame.content) else { return };
        let mut seen = self.seen();
        seen.begun.insert((stamp.publisher, stamp.picture));
        if stamp.measured {
            seen.opened += 1;
            seen.latency.add(now.saturating_sub(stamp.sent));
        }
        if let Some(began) = stamp.spoken.filter(|_| voices::is_spoken(frame.level)) {
            seen.turns.entry((stamp.publisher, began)).or_insert(now.saturating_sub(began));
        }
    }

    fn unopened(&self, error: OpenError) {
        let mut seen = self.seen();
        match error {
            OpenError::UnknownEpoch => seen.early += 1,
            error => {
                seen.failed += 1;
                seen.failure.get_or_insert(error);
            }
        }
    }

    /// From now on failures count.
    pub(super) fn measure(&self) {
        self.measuring.store(true, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self) -> Seen {
        self.seen().clone()
    }

    /// How many streams have begun, and how many frames that count have come, opened or not.
    pub(super) fn progress(&self) -> (usize, u64) {
        let seen = self.seen();
        (seen.begun.len(), seen.opened + seen.early + seen.failed)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::group::MemberId;
    use wire::Track;

    fn stamped(measured: bool) -> Vec<u8> {
        Stamp { publisher: 3, picture: true, measured, sent: clock::elapsed(), spoken: None, number: 1 }.write(100)
    }

    #[test]
    fn only_stamped_frames_count_and_only_once_the_measuring_has_begun() {
        let ledger = Ledger::default();
        let opened = |content: &[u8]| {
            ledger.note(&Event::Opened(Opened {
                from: MemberId([0; 16]),
                track: Track::Camera,
                key_frame: Some(false),
                level: None,
                content,
            }));
        };
        opened(&stamped(false));
        opened(&[0; 100]);
        ledger.note(&Event::Unopened(Track::Camera, OpenError::Forged));
        let seen = ledger.snapshot();
        assert!(seen.begun.contains(&(3, true)) && seen.opened == 0 && seen.failed == 0 && seen.latency.max().is_none());
        ledger.measure();
        opened(&stamped(true));
        ledger.note(&Event::Unopened(Track::Camera, OpenError::UnknownEpoch));
        ledger.note(&Event::Unopened(Track::Camera, OpenError::Forged));
        ledger.note(&Event::Unopened(Track::Camera, OpenError::Own));
        let seen = ledger.snapshot();
        assert_eq!((seen.opened, seen.early, seen.failed, seen.failure), (1, 1, 2, Some(OpenError::Forged)));
        assert!(seen.latency.max().is_some());
        assert_eq!(ledger.progress(), (1, 4));
    }

    #[test]
    fn somebody_is_heard_by_the_level_inside_and_at_the_first_frame() {
        let ledger = Ledger::default();
        let began = clock::elapsed().saturating_sub(Duration::from_millis(1)).max(Duration::from_nanos(1));
        let opened = |spoken: Option<Duration>, loud: bool| {
            let stamp = Stamp { publisher: 3, picture: false, measured: true, sent: clock::elapsed(), spoken, number: 1 };
            let (level, content) = (Some(voices::level(loud)), stamp.write(80));
            let from = MemberId([0; 16]);
            ledger.note(&Event::Opened(Opened { from, track: Track::Audio, key_frame: None, level, content: &content }));
        };
        opened(None, false);
        opened(Some(began), false);
        assert!(ledger.snapshot().turns.is_empty());
        opened(Some(began), true);
        let first = ledger.snapshot().turns;
        opened(Some(began), true);
        assert_eq!((first.len(), ledger.snapshot().turns), (1, first));
    }
}
