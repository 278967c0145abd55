//! Who was heard how loud, in the page's measure (`crypto::voices` does the passing on).
//!
//! **Invariant:** a level that is reported came inside a seal, with the voice of whom it is reported of.
//!
//! Pure: times and frames come in.

use super::seat::{level_inside, level_outside};
use crypto::sorted::SortedMap;
use crypto::{
    frames::{AudioLevel, Expected, FrameOpener, FrameSealer, OpenError, Opened, SealError, Stream},
    voices::{self, Duty},
};

/// Sound, coming and going.
pub(super) struct Sound {
    /// How loud we are.
    level: AudioLevel,
    /// Loudest level of each leaf since the last report, 0 to 100.
    heard: SortedMap<u32, u8>,
    ways: voices::Sound,
}

impl Sound {
    pub(super) fn new() -> Self {
        Self { level: AudioLevel::SILENCE, heard: SortedMap::new(), ways: voices::Sound::default() }
    }

    /// How loud we are, 0 to 100.
    pub(super) fn set_level(&mut self, level: u8) {
        self.level = level_inside(level);
    }

    /// Under which leaf we seal from now on.
    pub(super) fn set_leaf(&mut self, leaf: u32) {
        self.ways.set_leaf(leaf);
    }

    /// What we pass on from now on.
    pub(super) fn set_duty(&mut self, duty: Option<Duty>) {
        self.ways.set_duty(duty);
    }

    /// The loudest level of everybody heard since this was asked last: leaf, and 0 to 100.
    pub(super) fn take_levels(&mut self) -> Vec<(u32, u8)> {
        std::mem::take(&mut self.heard).into_iter().collect()
    }

    /// Seals a frame of the encoder; of a herald's, nothing but its moment counts.
    pub(super) fn seal(
        &mut self,
        now: u64,
        by: (&mut FrameSealer, Stream),
        came: &[u8],
        goes: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        self.ways.seal(now, by, self.level, came, goes)
    }

    /// Opens a frame of sound. `Ok(None)`: genuine, and there is nothing in it to play.
    pub(super) fn open(
        &mut self,
        now: u64,
        (opener, expected): (&mut FrameOpener, Expected),
        came: &[u8],
        goes: &mut Vec<u8>,
    ) -> Result<Option<Opened>, OpenError> {
        if expected.stream == Stream::Herald {
            // That something came is worth a report, whoever speaks: silence on the wire is taken for a broken way.
            self.heard.entry(expected.leaf).or_default();
        }
        let Some((leaf, opened)) = self.ways.open(now, (opener, expected), came, goes)? else { return Ok(None) };
        if let Some(level) = opened.level.map(level_outside) {
            let loudest = self.heard.entry(leaf).or_default();
            *loudest = level.max(*loudest);
        }
        Ok(Some(opened))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::frames::EpochKeys;
    use zeroize::Zeroizing;

    struct Member {
        sealer: FrameSealer,
        opener: FrameOpener,
        sound: Sound,
    }

    fn member(leaf: u32) -> Member {
        let keys = EpochKeys::new(1, leaf, Zeroizing::new([3; 32]), vec![0, 1, 2]);
        let mut member = Member { sealer: FrameSealer::new(leaf), opener: FrameOpener::new(), sound: Sound::new() };
        member.sealer.install(&keys);
        member.opener.install(0, &keys, false);
        member.sound.set_leaf(leaf);
        member
    }

    impl Member {
        fn seal(&mut self, now: u64, stream: Stream) -> Vec<u8> {
            let mut goes = Vec::new();
            self.sound.seal(now, (&mut self.sealer, stream), &[9; 80], &mut goes).unwrap();
            goes
        }

        fn open(&mut self, now: u64, leaf: u32, stream: Stream, came: &[u8]) -> Option<Vec<u8>> {
            let mut goes = Vec::new();
            let opened = self.sound.open(now, (&mut self.opener, Expected { leaf, stream }), came, &mut goes).unwrap();
            opened.map(|_| goes)
        }
    }

    #[test]
    fn a_voice_goes_over_a_herald_with_its_level_and_not_back_to_the_speaker() {
        let (mut speaker, mut herald, mut listener) = (member(0), member(1), member(2));
        herald.sound.set_duty(Some(Duty { group: vec![0, 1], yields_to: None }));
        speaker.sound.set_level(80);
        let voice = speaker.seal(0, Stream::Audio);
        assert_eq!(herald.open(10, 0, Stream::Audio, &voice), Some(vec![9; 80]));
        let passed_on = herald.seal(20, Stream::Herald);
        assert_eq!(listener.open(30, 1, Stream::Herald, &passed_on), Some(vec![9; 80]));
        assert_eq!(listener.sound.take_levels(), [(0, 80), (1, 0)]);
        assert_eq!(speaker.open(30, 1, Stream::Herald, &passed_on), None);
        assert_eq!(speaker.sound.take_levels(), [(1, 0)], "the herald is there, and nobody was heard");
    }

    #[test]
    fn a_herald_passes_itself_on_and_keeps_its_pace_with_nothing_to_say() {
        let (mut herald, mut listener) = (member(1), member(2));
        herald.sound.set_duty(Some(Duty { group: vec![0, 1], yields_to: None }));
        let nothing = herald.seal(0, Stream::Herald);
        assert_eq!(listener.open(5, 1, Stream::Herald, &nothing), None);
        herald.sound.set_level(80);
        herald.seal(10, Stream::Audio);
        let voice = herald.seal(20, Stream::Herald);
        assert_eq!(voice.len(), nothing.len());
        assert_eq!(listener.open(25, 1, Stream::Herald, &voice), Some(vec![9; 80]));
        assert_eq!(listener.sound.take_levels(), [(1, 80)]);
        herald.sound.set_duty(None);
        herald.seal(30, Stream::Audio);
        let after = herald.seal(40, Stream::Herald);
        assert_eq!(listener.open(45, 1, Stream::Herald, &after), None, "no herald any more");
    }
}
