//! When a track counts as one that cannot be authenticated.
//!
//! **Invariant:** one opened frame heals, one bad frame does not veil: epochs change while frames are under way.
//!
//! Pure: outcomes and times come in, changes come out.

/// Unopenable frames since the last opened one, before a track is veiled. Fewer would veil at every change of keys.
const FRAMES: u32 = 10;

/// Milliseconds without an opened frame, before a track is veiled.
pub(super) const PATIENCE: f64 = 1_000.0;

/// The same while keys may be on their way.
pub(super) const LONG_PATIENCE: f64 = 4_000.0;

/// One receiving track.
#[derive(Default)]
pub(super) struct Veil {
    failures: u32,
    since: f64,
    veiled: bool,
}

impl Veil {
    /// A frame was opened. True when that lifts the veil.
    pub(super) fn opened(&mut self) -> bool {
        std::mem::take(self).veiled
    }

    /// A frame could not be opened at `now` milliseconds. True when that is one too many.
    pub(super) fn failed(&mut self, now: f64, patience: f64) -> bool {
        if self.failures == 0 {
            self.since = now;
        }
        self.failures = self.failures.saturating_add(1);
        if self.veiled || self.failures < FRAMES || now - self.since < patience {
            return false;
        }
        self.veiled = true;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_at_a_change_of_keys_does_not_veil() {
        let mut veil = Veil::default();
        assert!((0..100).all(|n| !veil.failed(f64::from(n), PATIENCE)));
        assert!(!veil.opened());
        assert!(!veil.failed(5_000.0, PATIENCE), "counting begins anew");
    }

    #[test]
    fn lasting_failure_veils_once_and_one_opened_frame_heals() {
        let mut veil = Veil::default();
        assert_eq!((0..200).filter(|n| veil.failed(f64::from(*n) * 20.0, PATIENCE)).count(), 1);
        assert!(veil.opened());
        assert!(!veil.opened());
    }
}
