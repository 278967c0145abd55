//! Notices that the way to the host has broken, long before the browser does.
//!
//! Everybody who has a microphone sends sound without pauses, muted or not, so silence is a reason to look: at what the connection has
//! received of any kind. Where that stands still too, the way is broken: another network, another outer address of a NAT, a dead relay.
//! The browser says "disconnected" after five seconds.
//!
//! **Invariant:** a way that brings anything is not started anew, nor is one for ever that a few new starts did not mend: silence may have
//! other reasons.
//!
//! Pure: reports, counts and times come in.

/// Milliseconds without a sound frame of anybody, or a byte of anything, before the way counts as broken: 35 frames in a row, and one
/// report of the host's on what we send (every 500 ms). Shorter would mistake a burst of losses for it, and a new start in the middle of
/// one costs a second; longer is silence for people.
const PATIENCE: f64 = 700.0;

/// New starts in a row that bring nothing, before silence is taken for what it is.
const TRIES: u32 = 3;

/// What is known of the way.
#[derive(Default)]
pub(crate) struct PathWatch {
    /// When sound was heard last, or when a new start was made since, or when bytes were seen to come.
    since: Option<f64>,
    /// What had been received when the silence began.
    received: Option<f64>,
    /// A count was asked for and has not come.
    counting: bool,
    tries: u32,
}

impl PathWatch {
    /// A report of the frame worker at `now` milliseconds: whether sound frames came since the last one, and whether any are due at all.
    /// True when [`count`](Self::count) is to be told what has been received so far: when silence begins, and when it lasts too long.
    pub(crate) fn report(&mut self, now: f64, heard: bool, due: bool) -> bool {
        if heard || !due {
            *self = Self { since: heard.then_some(now), ..Self::default() };
            return false;
        }
        let look = !self.counting && self.tries < TRIES && self.since.is_some() && (self.received.is_none() || self.is_late(now));
        self.counting |= look;
        look
    }

    /// So many bytes have been received on this connection, as of `now` milliseconds; `None` where the browser does not say. True when the
    /// way should be started anew.
    pub(crate) fn count(&mut self, now: f64, received: Option<f64>) -> bool {
        if !std::mem::take(&mut self.counting) {
            // Sound came while this was counted.
            return false;
        }
        let received = received.unwrap_or_default();
        match self.received.replace(received) {
            None => false,
            Some(before) if received > before => {
                (self.since, self.tries) = (Some(now), 0);
                false
            }
            Some(_) => {
                let broken = self.is_late(now);
                if broken {
                    self.since = Some(now);
                    self.tries += 1;
                }
                broken
            }
        }
    }

    fn is_late(&self, now: f64) -> bool {
        let patience = PATIENCE * f64::from(1_u32 << self.tries.min(TRIES));
        self.since.is_some_and(|since| now - since >= patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reports(watch: &mut PathWatch, from: u32, to: u32, heard: bool, due: bool) -> Vec<u32> {
        reports_of(watch, (from, to), heard, due, |_| Some(1_000.0))
    }

    fn reports_of(
        watch: &mut PathWatch,
        (from, to): (u32, u32),
        heard: bool,
        due: bool,
        received: impl Fn(u32) -> Option<f64>,
    ) -> Vec<u32> {
        let starts = |at: &u32| watch.report(f64::from(*at), heard, due) && watch.count(f64::from(*at), received(*at));
        (from..to).step_by(100).filter(starts).collect()
    }

    #[test]
    fn silence_on_a_way_that_brings_other_things_is_no_broken_way_until_it_brings_nothing() {
        let mut watch = PathWatch::default();
        reports(&mut watch, 0, 5_000, true, true);
        // The host's reports go on twice a second, then end.
        let received = |at: u32| Some(f64::from(at.min(30_000) / 500));
        assert!(reports_of(&mut watch, (5_000, 30_000), false, true, received).is_empty());
        let starts = reports_of(&mut watch, (30_000, 60_000), false, true, received);
        assert!(starts.len() == 3 && starts[0] <= 31_400, "{starts:?}");
    }

    #[test]
    fn where_the_browser_does_not_count_silence_alone_decides() {
        let mut watch = PathWatch::default();
        reports(&mut watch, 0, 5_000, true, true);
        assert_eq!(reports_of(&mut watch, (5_000, 60_000), false, true, |_| None), [5_600, 7_000, 9_800]);
    }

    #[test]
    fn a_count_that_comes_after_sound_says_nothing() {
        let mut watch = PathWatch::default();
        watch.report(0.0, true, true);
        assert!(watch.report(100.0, false, true) && !watch.count(100.0, Some(5.0)));
        assert!(watch.report(700.0, false, true) && !watch.report(800.0, false, true), "one count at a time");
        watch.report(900.0, true, true);
        assert!(!watch.count(900.0, Some(5.0)));
    }

    #[test]
    fn silence_after_sound_starts_the_way_anew_a_few_times_only() {
        let mut watch = PathWatch::default();
        assert!(reports(&mut watch, 0, 5_000, true, true).is_empty());
        assert_eq!(reports(&mut watch, 5_000, 60_000, false, true), [5_600, 7_000, 9_800]);
        assert!(reports(&mut watch, 60_000, 60_100, true, true).is_empty());
        assert_eq!(reports(&mut watch, 60_100, 61_000, false, true).len(), 1);
    }

    #[test]
    fn nothing_is_missed_before_anything_was_heard_or_when_nobody_has_a_microphone() {
        let mut watch = PathWatch::default();
        assert!(reports(&mut watch, 0, 10_000, false, true).is_empty());
        reports(&mut watch, 10_000, 11_000, true, true);
        assert!(reports(&mut watch, 11_000, 20_000, false, false).is_empty());
        assert!(reports(&mut watch, 20_000, 30_000, false, true).is_empty());
    }
}
