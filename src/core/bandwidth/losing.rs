//! How much a path loses for good, averaged: what sound must do about it.
//!
//! **Invariant:** the answer does not flap: what begins at one share of loss ends at half of it.

/// Packets over which losses are averaged.
const OVER: f64 = 300.0;
/// Loss from which on it is much, and below which it no longer is. In-band repair and repetition mend less than this by themselves.
const MUCH: (f64, f64) = (0.04, 0.02);

/// The losses of one path.
#[derive(Default)]
pub(super) struct Losing {
    share: f64,
    is_much: bool,
}

impl Losing {
    /// So many packets were reported, of which so many as lost; `late`: they had been, and came.
    pub(super) fn report(&mut self, (total, lost, late): (u32, u32, u32)) {
        if total > 0 {
            let (total, lost) = (f64::from(total), f64::from(lost.saturating_sub(late).min(total)));
            self.share += (lost / total - self.share) * total / (total + OVER);
        }
        self.is_much = self.share > if self.is_much { MUCH.1 } else { MUCH.0 };
    }

    /// True while so much is lost that sound should be sent twice.
    pub(super) fn is_much(&self) -> bool {
        self.is_much
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_at_one_share_and_ends_at_half_of_it() {
        let mut losing = Losing::default();
        let mut settled = |lost| {
            (0..100).for_each(|_| losing.report((100, lost, 0)));
            losing.is_much()
        };
        assert_eq!([0, 3, 5, 3, 1, 3].map(&mut settled), [false, false, true, true, false, false]);
    }

    #[test]
    fn what_comes_late_is_not_lost() {
        let mut losing = Losing::default();
        (0..100).for_each(|_| losing.report((100, 10, 10)));
        assert!(!losing.is_much());
    }
}
