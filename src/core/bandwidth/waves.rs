//! Delay that comes and goes by itself and holds up all packets alike: the jitter of radio links.
//!
//! **Invariant:** a queue of our own is not taken for a wave: it lets packets out at the pace of the line, while a wave ends in one bunch.

/// A delay that falls by so much in one bunch, microseconds, was a wave, or a machine that was busy for a moment.
const FALL: i64 = 40_000;
/// How long the last two are remembered, microseconds. One alone was a busy machine.
const MEMORY: i64 = 3_000_000;
/// How long the longest crest is remembered, microseconds: it is a rare one.
const CREST_MEMORY: i64 = 10_000_000;
/// Above the base by this much, microseconds, delay is high: troughs are seldom quite at the base.
pub(super) const HIGH: i64 = 50_000;
/// From one slot to the next, a delay that was high falls by this much when a wave ends, microseconds. A queue drains in a few slots.
const STEEP: i64 = 30_000;
/// How many slots a crest is taken to last while none has ended.
const UNKNOWN: usize = 6;
/// How many it lasts at least and at most.
const CREST: (usize, usize) = (2, 9);

/// What is known of a path's waves. All times in microseconds of the receiver's clock.
#[derive(Default)]
pub(super) struct Waves {
    /// How far the delay has fallen in the bunch that arrives now.
    fallen: i64,
    /// When the last two were seen, the newest first.
    seen: [Option<i64>; 2],
    /// Slots in a row in which delay was high, and the delay of the last.
    run: usize,
    high: i64,
    /// When the longest crest of late ended, and how many slots it took.
    crest: Option<(i64, usize)>,
}

impl Waves {
    /// A packet left so long after the one before, and came so long after it, at this moment.
    pub(super) fn packet(&mut self, left_apart: i64, came_apart: i64, at: i64) {
        let before = self.fallen;
        if left_apart > 0 && came_apart * 4 < left_apart {
            self.fallen += left_apart - came_apart;
        } else if came_apart > 0 {
            self.fallen = 0;
        }
        if self.fallen > FALL && before <= FALL {
            self.seen = [Some(at), self.seen[0]];
            if self.run == 0 {
                self.crest_ended(0, at);
            }
        }
    }

    /// The least delay of a slot that ends now, above the base.
    pub(super) fn slot(&mut self, above: i64, at: i64) {
        if above > HIGH {
            (self.run, self.high) = (self.run + 1, above);
            return;
        }
        let run = core::mem::take(&mut self.run);
        if self.high - above > STEEP && run > 0 {
            self.crest_ended(run, at);
        }
    }

    fn crest_ended(&mut self, slots: usize, at: i64) {
        if self.crest.is_none_or(|(before, longest)| slots > longest || at - before >= CREST_MEMORY) {
            self.crest = Some((at, slots));
        }
    }

    /// True while delay comes in waves.
    pub(super) fn come(&self, now: i64) -> bool {
        self.seen[1].is_some_and(|at| now - at < MEMORY)
    }

    /// Slots that no crest lasted of late.
    pub(super) fn longer_than_any(&self, now: i64) -> usize {
        let known = self.crest.filter(|(at, _)| now - at < CREST_MEMORY);
        known.map_or(UNKNOWN, |(_, slots)| slots.clamp(CREST.0, CREST.1)) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slots of 100 ms, in each of which delay stands so high, in milliseconds; then the window, if delay comes in waves.
    fn after(slots: &[i64]) -> Option<usize> {
        let mut waves = Waves::default();
        let mut before = 0;
        for (at, &high) in (1..).zip(slots) {
            let at = at * 100_000;
            // A wave ends in a bunch: what left during its fall comes at once.
            waves.packet((before - high).max(0) * 1_000, 0, at);
            waves.packet(10_000, 10_000, at);
            waves.slot(high * 1_000, at);
            before = high;
        }
        let now = slots.len() as i64 * 100_000;
        waves.come(now).then(|| waves.longer_than_any(now))
    }

    #[test]
    fn one_fall_is_a_busy_machine_and_two_are_waves() {
        assert_eq!(after(&[0, 120, 0, 0, 0]), None);
        assert!(after(&[0, 120, 0, 120, 0]).is_some());
        let long_ago = [&[0, 120, 0][..], &[0; 40], &[120, 0]].concat();
        assert_eq!(after(&long_ago), None);
    }

    #[test]
    fn a_queue_must_outlast_the_longest_crest_of_late() {
        assert_eq!(after(&[0, 120, 0, 120, 0]), Some(3));
        assert_eq!(after(&[0, 120, 0, 120, 120, 120, 120, 120, 0, 120, 0]), Some(6));
        assert_eq!(after(&[&[0, 120, 0][..], &[120; 15], &[0]].concat()), Some(10));
    }
}
