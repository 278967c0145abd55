//! What is known of one receiving section: who is expected there, and how it goes.
//!
//! **Invariant:** a seat without an expected source opens nothing.
//!
//! Pure: outcomes and times come in.

use super::veil::Veil;
use crypto::frames::{AudioLevel, Expected, OpenError, Stream};

/// Milliseconds between two requests for a key frame: one round trip and an encoder's answer.
const ASK_EVERY: f64 = 500.0;

/// One receiving section.
#[derive(Default)]
pub(super) struct Seat {
    expected: Option<Expected>,
    veil: Veil,
    lifted: bool,
    /// A picture was dropped, so that what follows may build on something that is not there.
    gap: bool,
    asked: Option<f64>,
}

impl Seat {
    /// From now on this source (leaf, stream) is expected, or none.
    pub(super) fn begin(&mut self, source: Option<(u32, u8)>) {
        let expected = source.and_then(|(leaf, number)| Some(Expected { leaf, stream: Stream::from_number(number)? }));
        *self = Self { expected, ..Self::default() };
    }

    /// Whose frames may be shown here.
    pub(super) fn expected(&self) -> Option<Expected> {
        self.expected
    }

    /// A frame was opened; of a picture, whether it is a key frame. True when one should be asked for.
    pub(super) fn opened(&mut self, now: f64, key_frame: Option<bool>) -> bool {
        self.lifted |= self.veil.opened();
        match key_frame {
            Some(true) => self.gap = false,
            Some(false) if self.gap && self.asked.is_none_or(|asked| now - asked >= ASK_EVERY) => {
                self.asked = Some(now);
                return true;
            }
            _ => {}
        }
        false
    }

    /// Whether a veil was lifted since this was asked last.
    pub(super) fn unveil(&mut self) -> bool {
        std::mem::take(&mut self.lifted)
    }

    /// A frame could not be opened at `now` milliseconds. True when the track is to be veiled.
    pub(super) fn failed(&mut self, now: f64, error: OpenError) -> bool {
        match error {
            // Browsers repeat frames by themselves; nothing is missing.
            OpenError::Replay | OpenError::Empty => false,
            // Keys are on their way, or frames of the keys before are: that heals by itself, or takes much longer.
            OpenError::UnknownEpoch | OpenError::Retired => {
                self.gap = true;
                self.veil.failed(now, super::veil::LONG_PATIENCE)
            }
            _ => {
                self.gap = true;
                self.veil.failed(now, super::veil::PATIENCE)
            }
        }
    }
}

/// Our scale of 0 to 100 as it travels: 100 is -10 dB below the loudest, 2 units are 1 dB.
pub(super) fn level_inside(level: u8) -> AudioLevel {
    match level.min(100) {
        0 => AudioLevel::SILENCE,
        level => AudioLevel { voice: false, below_loudest: 60 - level / 2 },
    }
}

/// The reverse of [`level_inside`].
pub(super) fn level_outside(level: AudioLevel) -> u8 {
    60_u8.saturating_sub(level.below_loudest).saturating_mul(2).min(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_gap_a_key_frame_is_asked_for_until_one_comes() {
        let mut seat = Seat::default();
        assert!(!seat.opened(0.0, Some(false)), "no gap, no request");
        seat.failed(1.0, OpenError::UnknownEpoch);
        assert!(seat.opened(2.0, Some(false)));
        assert!(!seat.opened(100.0, Some(false)), "not twice in a round trip");
        assert!(seat.opened(600.0, Some(false)));
        seat.opened(700.0, Some(true));
        assert!(!seat.opened(2_000.0, Some(false)));
    }

    #[test]
    fn frames_that_the_browser_repeats_are_no_gap() {
        let mut seat = Seat::default();
        assert!((0..1000).all(|n| !seat.failed(f64::from(n) * 20.0, OpenError::Replay)));
        assert!(!seat.opened(30_000.0, Some(false)));
    }

    #[test]
    fn forged_frames_veil_and_the_next_honest_one_heals() {
        let mut seat = Seat::default();
        assert!((0..100).any(|n| seat.failed(f64::from(n) * 20.0, OpenError::Forged)));
        seat.opened(3_000.0, Some(true));
        assert!(seat.unveil() && !seat.unveil());
    }

    #[test]
    fn levels_travel_within_one_unit() {
        for level in 0..=100 {
            let came = level_outside(level_inside(level));
            assert!(came.abs_diff(level) <= 1, "{level} came as {came}");
        }
        assert_eq!(level_outside(AudioLevel { voice: true, below_loudest: 0 }), 100);
    }

    #[test]
    fn a_number_that_is_no_stream_opens_nothing() {
        let mut seat = Seat::default();
        seat.begin(Some((3, 9)));
        assert_eq!(seat.expected(), None);
    }
}
