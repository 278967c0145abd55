//! Notices that the way to the host has broken, long before the browser does.
//!
//! Everybody who has a microphone sends sound without pauses, muted or not, so silence on the wire means a broken way: another
//! network, another outer address of a NAT, a dead relay. The browser says "disconnected" after five seconds.
//!
//! **Invariant:** a way that is not mended by a few new starts is not started anew for ever: silence may have other reasons.
//!
//! Pure: reports and times come in.

/// Milliseconds without a sound frame of anybody before the way counts as broken: 35 frames in a row. Shorter would mistake a burst of
/// losses for it, and a new start in the middle of one costs a second; longer is silence for people.
const PATIENCE: f64 = 700.0;

/// New starts in a row that bring nothing, before silence is taken for what it is.
const TRIES: u32 = 3;

/// What is known of the way.
#[derive(Default)]
pub(crate) struct PathWatch {
    /// When sound was heard last, or when a new start was made since.
    since: Option<f64>,
    tries: u32,
}

impl PathWatch {
    /// A report of the frame worker at `now` milliseconds: whether sound frames came since the last one, and whether any are due at all.
    /// True when the way should be started anew.
    pub(crate) fn report(&mut self, now: f64, heard: bool, due: bool) -> bool {
        if heard || !due {
            *self = Self { since: heard.then_some(now), tries: 0 };
            return false;
        }
        let patience = PATIENCE * f64::from(1_u32 << self.tries.min(TRIES));
        if self.tries >= TRIES || self.since.is_none_or(|since| now - since < patience) {
            return false;
        }
        self.since = Some(now);
        self.tries += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reports(watch: &mut PathWatch, from: u32, to: u32, heard: bool, due: bool) -> Vec<u32> {
        (from..to).step_by(100).filter(|&at| watch.report(f64::from(at), heard, due)).collect()
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
