//! Times, counted in classes.
//!
//! **Invariant:** however many times go in, it stays of one size; what comes out is at most one part in 64 too high and never too low.

use std::time::Duration;

/// Classes in each doubling. More are finer and take more memory.
const FINE: u64 = 64;
const FINE_BITS: u32 = FINE.trailing_zeros();
/// Up to 2⁴⁰ microseconds: twelve days.
const CLASSES: usize = (40 - FINE_BITS as usize) * FINE as usize;

/// Microseconds in classes.
#[derive(Clone)]
pub(crate) struct Histogram {
    classes: Vec<u64>,
    count: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { classes: vec![0; CLASSES], count: 0, max: 0 }
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        if let Some(class) = self.classes.get_mut(class_of(micros).min(CLASSES - 1)) {
            *class += 1;
        }
        self.count += 1;
        self.max = self.max.max(micros);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.classes.iter_mut().zip(&other.classes).for_each(|(ours, theirs)| *ours += theirs);
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    /// Milliseconds that this share of all times does not exceed; nothing when there are none.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        let rank = ((self.count as f64 * share).ceil() as u64).clamp(1, self.count.max(1));
        let mut below = 0;
        let class = self.classes.iter().position(|count| {
            below += count;
            below >= rank
        })?;
        Some(upper_end(class).min(self.max) as f64 / 1_000.0)
    }

    /// The longest, in milliseconds; nothing when there are none.
    pub(crate) fn max(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max as f64 / 1_000.0)
    }
}

/// Below [`FINE`] each microsecond has its class, above each doubling has [`FINE`].
fn class_of(micros: u64) -> usize {
    let doublings = (u64::BITS - (micros / FINE).leading_zeros()).saturating_sub(1);
    if micros < FINE {
        return micros as usize;
    }
    (u64::from(doublings) * FINE + (micros >> doublings)) as usize
}

fn upper_end(class: usize) -> u64 {
    let class = class as u64;
    if class < 2 * FINE {
        return class;
    }
    let doublings = class / FINE - 1;
    ((class - doublings * FINE + 1) << doublings) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_each_other_without_gaps() {
        let mut before = 0;
        for micros in 0..200_000 {
            let class = class_of(micros);
            assert!(class == before || class == before + 1, "{micros}");
            assert!(micros <= upper_end(class) && upper_end(class) <= micros + micros / FINE, "{micros} {class}");
            before = class;
        }
        assert!(class_of(u64::MAX) >= CLASSES, "which is cut");
    }

    #[test]
    fn quantiles_are_near_and_never_too_low() {
        let mut times = Histogram::default();
        assert_eq!((times.quantile(0.5), times.max()), (None, None));
        (1..=10_000u64).for_each(|micros| times.add(Duration::from_micros(micros)));
        for (share, exact) in [(0.5, 5.0), (0.95, 9.5), (0.99, 9.9), (1.0, 10.0)] {
            let got = times.quantile(share).unwrap();
            assert!((exact..=exact * 1.02).contains(&got), "{share}: {got}");
        }
        assert_eq!(times.max(), Some(10.0));
        let mut twice = times.clone();
        twice.merge(&times);
        assert_eq!((twice.quantile(0.5), twice.count), (times.quantile(0.5), 20_000));
    }
}
