//! One herald's choice: which voice of its group goes into its next frame.
//!
//! Invariant: **the herald's encoder sets the pace, and each of its ticks takes one frame or none**: nothing that comes in, or fails to,
//! changes when or how much is sent.

use super::Duty;
use crate::frames::AudioLevel;
use crate::sorted::SortedMap;
use std::collections::VecDeque;

/// A voice of which nothing came for so long is not there, milliseconds.
const GONE_MS: u64 = 200;
/// How long the second herald leaves a voice to the first after that passed it on, milliseconds. Less than a few lost packets would have
/// both pass on one voice; more would keep somebody silent longer when the first herald fails.
const YIELDS_MS: u64 = 300;
/// So much louder than the present voice, in halves of a decibel, somebody must be to take its place.
const MARGIN: u16 = 12;
/// Below this, in halves of a decibel above silence, nobody speaks: −50 dBov. The present voice may then be replaced at once.
const QUIET: u16 = 2 * (127 - 50);
/// Two who speak at once change places at most so often, milliseconds.
const STAYS_MS: u64 = 500;
/// Most frames that wait: above it the oldest go. 160 ms.
const MOST_WAITING: usize = 8;
/// Ticks after which a queue that was never shorter than [`SPARE`] loses a frame: clocks differ, and a delay that is not needed goes.
const LOOKED_AT: u32 = 100;
const SPARE: usize = 3;

/// What is known of one voice.
struct Voice {
    /// Halves of a decibel above silence; falls by one with each frame (25 dB a second), so that pauses between words do not count.
    loudness: u16,
    last: u64,
}

/// Chooses and queues.
pub struct Herald {
    duty: Duty,
    voices: SortedMap<u32, Voice>,
    present: Option<u32>,
    since: u64,
    /// Whom the first herald passes on, and until when that counts.
    yielded: Option<(u32, u64)>,
    waiting: VecDeque<Vec<u8>>,
    ticks: u32,
    fewest: usize,
}

impl Herald {
    /// A herald that has heard nobody yet.
    pub fn new(duty: Duty) -> Self {
        Self {
            duty,
            voices: SortedMap::new(),
            present: None,
            since: 0,
            yielded: None,
            waiting: VecDeque::new(),
            ticks: 0,
            fewest: usize::MAX,
        }
    }

    /// The group has changed.
    pub fn change(&mut self, duty: Duty) {
        self.voices.retain(|leaf, _| duty.group.contains(leaf));
        self.duty = duty;
    }

    /// A frame of somebody's microphone was opened (or is our own): its level, and the frame as it was sealed.
    pub fn heard(&mut self, now_ms: u64, leaf: u32, level: AudioLevel, sealed: &[u8]) {
        if !self.duty.group.contains(&leaf) {
            return;
        }
        let loudness = 2 * (127 - u16::from(level.below_loudest.min(127)));
        let voice = self.voices.entry(leaf).or_insert(Voice { loudness, last: now_ms });
        voice.loudness = loudness.max(voice.loudness.saturating_sub(1));
        voice.last = now_ms;
        self.choose(now_ms);
        if self.present == Some(leaf) {
            self.waiting.push_back(sealed.to_vec());
            if self.waiting.len() > MOST_WAITING {
                self.waiting.pop_front();
            }
        }
    }

    /// A frame of this herald was opened that passes on the voice at `leaf`.
    pub fn other_passes_on(&mut self, now_ms: u64, herald: u32, leaf: u32) {
        if self.duty.yields_to == Some(herald) {
            self.yielded = Some((leaf, now_ms.saturating_add(YIELDS_MS)));
            self.choose(now_ms);
        }
    }

    /// What goes into the next frame; nothing when nothing is there.
    pub fn tick(&mut self) -> Option<Vec<u8>> {
        self.fewest = self.fewest.min(self.waiting.len());
        self.ticks += 1;
        if self.ticks >= LOOKED_AT {
            if self.fewest >= SPARE {
                self.waiting.pop_front();
            }
            (self.ticks, self.fewest) = (0, usize::MAX);
        }
        self.waiting.pop_front()
    }

    fn choose(&mut self, now_ms: u64) {
        let yielded = self.yielded.filter(|(_, until)| now_ms < *until).map(|(leaf, _)| leaf);
        let here = |(leaf, voice): &(&u32, &Voice)| now_ms.saturating_sub(voice.last) < GONE_MS && Some(**leaf) != yielded;
        let loudest = self.voices.iter().filter(here).max_by_key(|(_, voice)| voice.loudness);
        let present = self.present.and_then(|leaf| self.voices.get_key_value(&leaf)).filter(here);
        let better = match (loudest, present) {
            (Some((leaf, voice)), Some((_, before))) => {
                let may = before.loudness < QUIET || now_ms.saturating_sub(self.since) >= STAYS_MS;
                Some(*leaf).filter(|_| may && voice.loudness >= before.loudness.saturating_add(MARGIN))
            }
            (loudest, _) => loudest.map(|(leaf, _)| *leaf),
        };
        let next = better.or(present.map(|(leaf, _)| *leaf));
        if next != self.present {
            (self.present, self.since) = (next, now_ms);
            self.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIETLY: AudioLevel = AudioLevel { voice: false, below_loudest: 70 };
    const SPOKEN: AudioLevel = AudioLevel { voice: true, below_loudest: 30 };

    fn herald(yields_to: Option<u32>) -> Herald {
        Herald::new(Duty { group: vec![1, 2, 3], yields_to })
    }

    /// Runs 20 ms at a time; whose frame each tick passed on.
    fn run(herald: &mut Herald, from: u64, to: u64, level: impl Fn(u64, u32) -> Option<AudioLevel>) -> Vec<Option<u8>> {
        let mut passed = Vec::new();
        for now in (from..to).step_by(20) {
            for leaf in 1..=3 {
                if let Some(level) = level(now, leaf) {
                    herald.heard(now, leaf, level, &[leaf as u8]);
                }
            }
            passed.push(herald.tick().map(|frame| frame[0]));
        }
        passed
    }

    #[test]
    fn whoever_begins_to_speak_is_passed_on_at_once() {
        let mut herald = herald(None);
        let passed = run(&mut herald, 0, 2_000, |now, leaf| Some(if leaf == 2 && now >= 1_000 { SPOKEN } else { QUIETLY }));
        assert_eq!(passed[51], Some(2));
        assert!(passed[51..].iter().all(|&who| who == Some(2)), "{passed:?}");
    }

    #[test]
    fn a_pause_between_words_keeps_the_floor() {
        let mut herald = herald(None);
        let speaks = |now: u64| (now / 600).is_multiple_of(2);
        let passed = run(&mut herald, 0, 5_000, |now, leaf| Some(if leaf == 1 && speaks(now) { SPOKEN } else { QUIETLY }));
        assert!(passed[2..].iter().all(|&who| who == Some(1)), "{passed:?}");
    }

    #[test]
    fn the_second_takes_whom_the_first_does_not_and_all_when_the_first_fails() {
        let mut second = herald(Some(1));
        let level = |_: u64, leaf: u32| {
            Some(if leaf == 2 {
                SPOKEN
            } else if leaf == 3 {
                AudioLevel { below_loudest: 45, ..SPOKEN }
            } else {
                QUIETLY
            })
        };
        let mut passed = Vec::new();
        for now in (0..1_000).step_by(20) {
            second.other_passes_on(now, 1, 2);
            passed.extend(run(&mut second, now, now + 20, level));
        }
        assert!(passed[1..].iter().all(|&who| who == Some(3)), "{passed:?}");
        let alone = run(&mut second, 1_000, 2_000, level);
        assert!(alone[20..].iter().all(|&who| who == Some(2)), "{alone:?}");
        second.other_passes_on(2_000, 3, 2);
        assert!(run(&mut second, 2_000, 2_200, level).iter().all(|&who| who == Some(2)), "only the first herald counts");
    }

    #[test]
    fn a_voice_that_ends_makes_room() {
        let mut herald = herald(None);
        let passed = run(&mut herald, 0, 3_000, |now, leaf| match leaf {
            1 => (now < 1_000).then_some(SPOKEN),
            _ => Some(QUIETLY),
        });
        assert_eq!(passed[49], Some(1));
        assert!(passed[61..].iter().all(|who| who.is_some_and(|who| who != 1)), "{passed:?}");
    }

    #[test]
    fn a_burst_is_not_kept_for_ever() {
        let mut herald = herald(None);
        (0..50).for_each(|_| herald.heard(0, 1, SPOKEN, &[1]));
        assert_eq!(herald.waiting.len(), MOST_WAITING);
        run(&mut herald, 20, 15_000, |_, leaf| (leaf == 1).then_some(SPOKEN));
        assert!(herald.waiting.len() < SPARE, "{}", herald.waiting.len());
    }

    #[test]
    fn strangers_to_the_group_are_not_passed_on() {
        let mut herald = herald(None);
        herald.heard(0, 9, SPOKEN, &[9]);
        assert_eq!(herald.tick(), None);
    }
}
