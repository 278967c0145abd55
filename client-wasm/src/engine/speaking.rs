//! Who speaks, found by each client for itself from the levels that travel inside the encrypted frames.
//!
//! **Invariant:** what is shown does not follow syllables: somebody speaks from the second loud report in a row on,
//! and no longer after 600 ms without one.
//!
//! Pure: levels and times come in, changes come out.

use crate::model::MemberId;
use crypto::sorted::SortedMap;

/// Level at which speech is believed to begin, 0 to 100 (see [`super::devices::LevelMeter::level`]): -38 dB below full scale.
/// Higher misses quiet voices, lower takes keyboards and fans for speech.
pub(crate) const BEGINS: u8 = 44;

/// Level that keeps speech going once it has begun: the ends of sentences are soft.
const GOES_ON: u8 = 34;

/// Milliseconds of silence after which somebody no longer speaks. Shorter flickers between words, longer names the wrong one.
const LINGERS: f64 = 600.0;

#[derive(Default)]
struct Voice {
    loud_reports: u8,
    speaking: bool,
    last_loud: f64,
}

/// All voices of a meeting.
#[derive(Default)]
pub(crate) struct Voices {
    voices: SortedMap<MemberId, Voice>,
}

impl Voices {
    /// Takes one report of a level (0 to 100, ten a second or so) at `now` milliseconds. True or false when it changes whether that member speaks.
    pub(crate) fn heard(&mut self, now: f64, member: MemberId, level: u8) -> Option<bool> {
        let voice = self.voices.entry(member).or_default();
        let threshold = if voice.speaking { GOES_ON } else { BEGINS };
        if level < threshold {
            voice.loud_reports = 0;
            return None;
        }
        voice.loud_reports = voice.loud_reports.saturating_add(1);
        voice.last_loud = now;
        let begins = !voice.speaking && voice.loud_reports >= 2;
        voice.speaking |= begins;
        begins.then_some(true)
    }

    /// Who has fallen silent by `now`, or was never heard again (muted, gone).
    pub(crate) fn fell_silent(&mut self, now: f64) -> Vec<MemberId> {
        let mut silent = Vec::new();
        for (member, voice) in &mut self.voices {
            if voice.speaking && now - voice.last_loud >= LINGERS {
                voice.speaking = false;
                voice.loud_reports = 0;
                silent.push(*member);
            }
        }
        silent
    }

    /// Forgets everybody who is not in the meeting any more.
    pub(crate) fn retain(&mut self, is_here: impl Fn(MemberId) -> bool) {
        self.voices.retain(|member, _| is_here(*member));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 16]);

    #[test]
    fn a_single_knock_on_the_table_is_not_speech() {
        let mut voices = Voices::default();
        assert_eq!(voices.heard(0.0, ANN, 90), None);
        assert_eq!(voices.heard(100.0, ANN, 0), None);
        assert_eq!(voices.heard(200.0, ANN, 90), None);
    }

    #[test]
    fn pauses_between_words_do_not_end_speech() {
        let mut voices = Voices::default();
        voices.heard(0.0, ANN, 60);
        assert_eq!(voices.heard(100.0, ANN, 60), Some(true));
        assert_eq!(voices.heard(600.0, ANN, 40), None);
        assert_eq!(voices.fell_silent(1100.0), []);
        assert_eq!(voices.fell_silent(1200.0), [ANN]);
        assert_eq!(voices.fell_silent(1300.0), []);
    }

    #[test]
    fn soft_sound_alone_never_begins_speech() {
        let mut voices = Voices::default();
        assert!((0..50).all(|n| voices.heard(f64::from(n) * 100.0, ANN, 40).is_none()));
    }
}
