//! The least delay of late, against the least there was: what stands in a queue.
//!
//! **Invariant:** jitter alone does not show here for long. A queue holds every packet up; jitter lets some through. That a path has jitter of
//! its own shows when packets overtake each other, or when some that left apart arrive in one bunch.

use super::waves::{HIGH, Waves};

/// Length of a slot, microseconds.
const SLOT: i64 = 100_000;
/// Slots over which the latest least is taken when packets overtake each other: long enough for some that were not held up.
const JITTERY_SLOTS: usize = 4;
/// Slots that are kept: a second, longer than any wave.
const SLOTS: usize = 10;
/// How long an overtaking is remembered, microseconds.
const MEMORY: i64 = 3_000_000;
/// Half the time over which the base is taken, microseconds. Shorter forgets what the path was like before a long queue, longer keeps an old path.
const EPOCH: i64 = 8_000_000;
/// A least delay this much above the base is a queue.
const QUEUE: i64 = 10_000;
/// The same while packets overtake each other: chance keeps the least of a few above the base.
const JITTERY_QUEUE: i64 = 25_000;
/// The least delay of one slot is this much above that of the slot before while a queue grows, for more than one slot of the last few: a path that
/// becomes longer takes one step.
const GROWING: i64 = 2_000;
/// See [`GROWING`].
const LAST_FEW: usize = 4;
/// A queue this long is too long, whether it still grows or is full.
const LONG: i64 = 80_000;
/// Two halves of the slots whose least delays differ by less than this did neither fill nor drain. Sent to at less than it carries, a line lets
/// a queue of ours go at ten times this pace.
const STILL: i64 = 7_500;

/// What stands in the way of packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    /// Nothing that would not stand there anyway.
    Empty,
    /// Packets are held up without exception, but less and less or all the same.
    Stands,
    /// They are held up more and more, or very much.
    Grows,
}

/// Keeps the least delays of one path. All times in microseconds of two clocks whose distance does not matter.
#[derive(Default)]
pub(crate) struct LeastDelay {
    /// The least of each of the last slots, the newest first.
    slots: [Option<i64>; SLOTS],
    slot: i64,
    epochs: [Option<i64>; 2],
    epoch: i64,
    last_sent: i64,
    last_at: i64,
    overtaken: Option<i64>,
    waves: Waves,
    /// What [`LeastDelay::change`] was when the last slot was complete.
    changed: Option<i64>,
}

impl LeastDelay {
    /// A packet that left at `sent` arrived at `at`. Packets come in the order of arrival.
    pub(crate) fn arrived(&mut self, sent: i64, at: i64) {
        let delay = at - sent;
        let slot = at.div_euclid(SLOT);
        if slot != self.slot {
            self.changed = self.change();
            if let Some(above) = self.slots[0].zip(self.base()).map(|(least, base)| least - base) {
                self.waves.slot(above, at);
            }
            let passed = usize::try_from(slot - self.slot).unwrap_or(SLOTS).min(SLOTS);
            self.slots.rotate_right(passed % SLOTS);
            self.slots.iter_mut().take(passed).for_each(|least| *least = None);
            self.slot = slot;
        }
        least(&mut self.slots[0], delay);
        let epoch = at.div_euclid(EPOCH);
        if epoch != self.epoch {
            self.epochs = if epoch == self.epoch + 1 { [None, self.epochs[0]] } else { [None, None] };
            self.epoch = epoch;
        }
        least(&mut self.epochs[0], delay);
        self.waves.packet(sent - self.last_sent, at - self.last_at, at);
        // What left in one burst may be swapped by anything.
        if sent + 5_000 < self.last_sent {
            self.overtaken = Some(at);
        }
        self.last_sent = self.last_sent.max(sent);
        self.last_at = at;
    }

    /// How much longer the queue became in the second half of the slots, if it stood through all of them.
    fn change(&self) -> Option<i64> {
        let (late, early) = self.slots.split_at(SLOTS / 2);
        let (late, early) = (late.iter().flatten().min()?, early.iter().flatten().min()?);
        let stands = !self.slots.contains(&None) && self.queue() != Queue::Empty && early - self.base()? > QUEUE;
        stands.then_some(late - early)
    }

    /// True when what holds everything up did not become less for a second.
    pub(crate) fn does_not_drain(&self) -> bool {
        self.changed.is_some_and(|change| change > -STILL)
    }

    /// True when it became neither more nor less.
    pub(crate) fn stands_still(&self) -> bool {
        self.changed.is_some_and(|change| change.abs() < STILL)
    }

    /// What stands still did so although less was sent than the path carries: it is no queue of ours, but the path is longer than it was (another
    /// route, another network), or others keep a queue full. That is its base now.
    pub(crate) fn rebase(&mut self) {
        self.epochs = [self.latest(SLOTS), None];
        self.changed = None;
    }

    fn base(&self) -> Option<i64> {
        self.epochs.iter().flatten().min().copied()
    }

    /// True when packets were held up very much for half a second, all of them.
    pub(crate) fn stood_all_along(&self) -> bool {
        let (latest, _) = self.slots.split_at(SLOTS / 2);
        self.base().is_some_and(|base| latest.iter().all(|least| least.is_some_and(|least| least - base > HIGH)))
    }

    /// True while the path delays all packets alike, now more and now less.
    pub(crate) fn comes_in_waves(&self) -> bool {
        self.waves.come(self.slot * SLOT)
    }

    fn lately(&self, at: Option<i64>) -> bool {
        at.is_some_and(|at| self.slot * SLOT - at < MEMORY)
    }

    /// The least delay of so many slots.
    fn latest(&self, slots: usize) -> Option<i64> {
        self.slots.iter().take(slots).flatten().min().copied()
    }

    /// What stands in the way now.
    pub(crate) fn queue(&self) -> Queue {
        let Some(base) = self.base() else { return Queue::Empty };
        let (slots, queue) = match (self.comes_in_waves(), self.lately(self.overtaken)) {
            (true, _) => (self.waves.longer_than_any(self.slot * SLOT), HIGH),
            (_, true) => (JITTERY_SLOTS, JITTERY_QUEUE),
            _ => (1, QUEUE),
        };
        let latest = self.latest(slots);
        let Some(latest) = latest.filter(|latest| latest - base > queue) else { return Queue::Empty };
        let grows = slots > 1 || latest - base >= LONG || self.steps() > 1;
        if grows { Queue::Grows } else { Queue::Stands }
    }

    /// In how many of the last few slots the least delay rose.
    fn steps(&self) -> usize {
        let rises = |pair: &[Option<i64>]| matches!(pair, [Some(late), Some(early)] if late - early >= GROWING);
        self.slots.windows(2).take(LAST_FEW - 1).filter(|pair| rises(pair)).count()
    }
}

fn least(of: &mut Option<i64>, delay: i64) {
    *of = Some(of.map_or(delay, |before| before.min(delay)));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// True when a queue was ever seen between two packets, sent every 10 ms with these delays in milliseconds.
    fn seen(delays: impl Fn(i64) -> i64, from: i64, to: i64) -> bool {
        let mut packets: Vec<(i64, i64)> = (0..to).map(|at| (at * 10_000, (at * 10 + delays(at)) * 1_000)).collect();
        packets.sort_by_key(|packet| packet.1);
        let mut least = LeastDelay::default();
        let mut found = false;
        for (sent, at) in packets {
            least.arrived(sent, at);
            found |= sent >= from * 10_000 && least.queue() != Queue::Empty;
        }
        found
    }

    #[test]
    fn a_queue_is_seen_and_jitter_is_not() {
        assert!(!seen(|_| 30, 0, 500));
        assert!(seen(|at| 30 + (at - 300).clamp(0, 50), 300, 500));
        let jitter = |at: i64| (at.wrapping_mul(2_654_435_761) >> 9).rem_euclid(200);
        assert!(!seen(jitter, 50, 3_000));
        assert!(seen(|at| jitter(at) + (at - 1_000).clamp(0, 100), 1_000, 2_000));
    }

    #[test]
    fn waves_are_told_from_a_queue_of_our_own() {
        // Delays that change every 80 ms for all alike; what is overtaken waits.
        let wave = |at: i64| ((at / 8 + 1) * 48_271 % 2_147_483_647 * 48_271 % 2_147_483_647) % 200;
        let mut least = LeastDelay::default();
        let (mut last, mut standing) = (0, 0);
        for at in 0..6_000 {
            last = last.max(at * 10 + wave(at));
            least.arrived(at * 10_000, last * 1_000);
            standing += i32::from(at > 100 && least.queue() != Queue::Empty);
        }
        assert!(least.comes_in_waves() && standing < 1_800, "{standing} of 5,900");
        // A queue of our own fills and drains at the pace of the line.
        let mut least = LeastDelay::default();
        for at in 0..2_000i64 {
            let queue = (at % 400 - 200).abs() / 2;
            least.arrived(at * 10_000, (at * 10 + queue) * 1_000);
            assert!(!least.comes_in_waves());
        }
    }

    #[test]
    fn a_queue_is_seen_soon_after_a_machine_was_busy_for_a_moment() {
        // What leaves between 3.0 and 3.05 s arrives at 3.05; from 3.5 s on a queue grows by a third of a second per second.
        let delays = |at: i64| if (300..305).contains(&at) { 70 - (at - 300) * 10 } else { 20 + (at - 350).max(0) * 10 / 3 };
        assert!(!seen(delays, 300, 350));
        assert!(seen(delays, 350, 410));
    }

    #[test]
    fn a_longer_path_becomes_the_base_in_time() {
        assert!(seen(|at| if at < 100 { 20 } else { 80 }, 100, 300));
        assert!(!seen(|at| if at < 100 { 20 } else { 80 }, 1_800, 4_000));
    }

    #[test]
    fn what_stands_still_for_a_second_is_told_from_what_drains() {
        let mut least = LeastDelay::default();
        let mut still = Vec::new();
        for at in 0..400 {
            least.arrived(at * 10_000, (at * 10 + if at < 100 { 20 } else { 80 }) * 1_000);
            still.extend(least.stands_still().then_some(at));
        }
        assert!(still.first().is_some_and(|at| (200..230).contains(at)), "{:?}", still.first());
        least.rebase();
        assert_eq!((least.queue(), least.stands_still()), (Queue::Empty, false));
        // Of 400 ms, 20 go each second.
        let mut least = LeastDelay::default();
        for at in 0..900 {
            let queue = (400 - (at - 100).max(0) / 5) * i64::from(at >= 100);
            least.arrived(at * 10_000, (at * 10 + 20 + queue) * 1_000);
            assert!(!least.stands_still(), "packet {at}");
        }
    }

    #[test]
    fn a_step_does_not_grow() {
        for step in [15, 30, 70] {
            let mut least = LeastDelay::default();
            for at in 0..200 {
                least.arrived(at * 10_000, (at * 10 + 20 + if at < 100 { 0 } else { step }) * 1_000);
                assert_ne!(least.queue(), Queue::Grows, "{step} ms more, packet {at}");
            }
        }
        let mut least = LeastDelay::default();
        let mut grown = Vec::new();
        for at in 0..200 {
            least.arrived(at * 10_000, at * 10_000 + 20_000 + (at - 100).max(0) * 1_000);
            grown.extend((least.queue() == Queue::Grows).then_some(at));
        }
        assert!(grown.first().is_some_and(|at| (100..135).contains(at)), "{:?}", grown.first());
    }
}
