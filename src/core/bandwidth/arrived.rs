//! How much arrives: bytes by the receiver's clock over the last half second.
//!
//! **Invariant:** fixed memory; a clock that jumps makes the meter begin anew, and never a rate that was not there.

/// Length of one slot, microseconds.
const SLOT: i64 = 50_000;
/// Slots: half a second. Shorter follows single frames, longer is late when the path shrinks.
const SLOTS: usize = 10;
/// Slots that must have passed before the meter says anything.
const LEAST: i64 = 4;
/// Slots of one burst: long enough for what a line carries to show through its packets.
const BURST: i64 = 3;
/// Among how many of the last slots the densest burst is looked for. Longer would still count what a line carried before it shrank.
const BURST_WITHIN: i64 = 6;

/// Counts what arrives.
#[derive(Debug, Default)]
pub(crate) struct ArrivalMeter {
    bytes: [u32; SLOTS],
    /// Number of the newest slot, since the epoch of the receiver's clock.
    newest: Option<i64>,
    first: i64,
}

impl ArrivalMeter {
    /// So many bytes arrived at a moment of the receiver's clock, in microseconds.
    pub(crate) fn count(&mut self, arrived: i64, bytes: u16) {
        let slot = arrived.div_euclid(SLOT);
        let newest = *self.newest.get_or_insert_with(|| {
            self.first = slot;
            slot
        });
        let step = slot - newest;
        if step.unsigned_abs() >= 2 * SLOTS as u64 {
            *self = Self { newest: Some(slot), first: slot, ..Self::default() };
        } else if step > 0 {
            (newest + 1..=slot).for_each(|passed| self.bytes[place(passed)] = 0);
            self.newest = Some(slot);
        } else if -step >= SLOTS as i64 {
            return;
        }
        let sum = &mut self.bytes[place(slot)];
        *sum = sum.saturating_add(bytes.into());
    }

    /// Bits per second over the slots that are complete.
    pub(crate) fn rate(&self) -> Option<f64> {
        let newest = self.newest?;
        let complete = (newest - self.first).min(SLOTS as i64 - 1);
        if complete < LEAST {
            return None;
        }
        Some(self.rate_between(newest - complete, newest))
    }

    /// Bits per second in the densest burst of late. Of a line that was held up, that is what it carries, even if little was sent before.
    pub(crate) fn burst(&self) -> Option<f64> {
        let rate = self.rate()?;
        let newest = self.newest?;
        let from = (newest - BURST_WITHIN).max(self.first);
        let bursts = (from..=newest - BURST).map(|at| self.rate_between(at, at + BURST));
        Some(bursts.fold(rate, f64::max))
    }

    fn rate_between(&self, from: i64, to: i64) -> f64 {
        let bytes: u64 = (from..to).map(|slot| u64::from(self.bytes[place(slot)])).sum();
        bytes as f64 * 8.0 * 1e6 / ((to - from) * SLOT) as f64
    }
}

/// Always within the array: the remainder of a division by its length.
fn place(slot: i64) -> usize {
    slot.rem_euclid(SLOTS as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_steady_stream_is_measured_within_a_twentieth() {
        let mut meter = ArrivalMeter::default();
        assert_eq!(meter.rate(), None);
        for at in 0..1_000 {
            // 1,250 bytes every 10 ms: 1 Mbit/s.
            meter.count(at * 10_000 + 7, 1_250);
        }
        assert!((meter.rate().unwrap() - 1e6).abs() < 5e4);
    }

    #[test]
    fn half_a_second_after_a_change_the_old_rate_is_forgotten() {
        let mut meter = ArrivalMeter::default();
        (0..200).for_each(|at| meter.count(at * 10_000, 1_250));
        (0..60).for_each(|at| meter.count(2_000_000 + at * 10_000, 125));
        assert!((meter.rate().unwrap() - 1e5).abs() < 1e4);
    }

    #[test]
    fn a_burst_after_little_shows_what_the_line_carries() {
        let mut meter = ArrivalMeter::default();
        (0..200).for_each(|at| meter.count(at * 10_000, 125));
        (0..20).for_each(|at| meter.count(2_000_000 + at * 10_000, 1_250));
        assert!(meter.rate().unwrap() < 5e5 && (meter.burst().unwrap() - 1e6).abs() < 5e4, "{meter:?}");
    }

    proptest! {
        #[test]
        fn any_clock_gives_a_bounded_rate(times in proptest::collection::vec((any::<i32>(), any::<u16>()), 0..200)) {
            let mut meter = ArrivalMeter::default();
            for (at, bytes) in times {
                meter.count(i64::from(at) * 250, bytes);
                prop_assert!(meter.rate().is_none_or(|rate| (0.0..=1e9).contains(&rate)));
                prop_assert!(meter.burst() >= meter.rate());
                prop_assert!(meter.burst().is_none_or(|rate| (0.0..=4e9).contains(&rate)));
            }
        }
    }
}
