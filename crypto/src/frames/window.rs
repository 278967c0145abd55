//! Which counters of one key were seen.

/// How far behind the newest frame a frame may come: two and a half seconds of audio, four of video.
/// Retransmission and playout are long over by then; a larger window would only cost memory.
const WIDTH: u64 = 128;

/// A sliding window over counters. It moves only by [`record`](Self::record), after authentication.
#[derive(Default)]
pub(super) struct ReplayWindow {
    /// One above the highest counter seen.
    next: u64,
    /// Bit n: the counter `next - 1 - n` was seen.
    seen: u128,
}

impl ReplayWindow {
    /// Whether a frame with this counter may still be accepted.
    pub(super) fn admits(&self, counter: u64) -> bool {
        match (self.next).checked_sub(counter.saturating_add(1)) {
            None => true,
            Some(0) if counter == u64::MAX => self.next != u64::MAX,
            Some(behind) => behind < WIDTH && self.seen >> behind & 1 == 0,
        }
    }

    /// The frame with this counter was authentic.
    pub(super) fn record(&mut self, counter: u64) {
        let after = counter.saturating_add(1);
        if after > self.next {
            let ahead = after - self.next;
            self.seen = if ahead < WIDTH { self.seen << ahead } else { 0 } | 1;
            self.next = after;
        } else if self.next - after < WIDTH {
            self.seen |= 1 << (self.next - after);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn edges_of_the_window() {
        let mut window = ReplayWindow::default();
        assert!(window.admits(0));
        window.record(0);
        assert!(!window.admits(0) && window.admits(1));
        window.record(WIDTH);
        assert!(!window.admits(0), "fell out of the window");
        assert!(window.admits(1), "the oldest inside");
        window.record(u64::MAX);
        assert!(!window.admits(u64::MAX));
        assert!(!window.admits(5));
    }

    proptest! {
        #[test]
        fn agrees_with_a_set(counters in proptest::collection::vec(0_u64..400, 1..300)) {
            let (mut window, mut seen, mut highest) = (ReplayWindow::default(), HashSet::new(), 0);
            for counter in counters {
                let expected = !seen.contains(&counter) && counter + WIDTH > highest;
                prop_assert_eq!(window.admits(counter), expected);
                if expected {
                    window.record(counter);
                    seen.insert(counter);
                    highest = highest.max(counter);
                }
            }
        }
    }
}
