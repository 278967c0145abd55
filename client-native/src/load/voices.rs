//! Rooms in which everybody sends sound and some speak: whose turn it is, how many streams that takes, and how soon who was heard.
//!
//! ```text
//!  s    0     1     2     3        everybody sends frames of one size, always; who speaks says so inside the seal, by its level;
//!       ├─ last ────┤              the one who came last begins, and those who came before it follow, a second apart
//!             ├─ before ──┤        two at a time
//! ```
//! **Invariant:** turns follow from the time since the measuring began and from the number of people, so that speakers and listeners agree on
//! them; and what is counted as heard was opened, from inside the speaker's own seal.

use super::histogram::Histogram;
use crypto::frames::AudioLevel;
use crypto::voices::{DIRECT_MEMBERS, Plan};
use std::time::Duration;

/// Between two beginnings.
const EVERY: Duration = Duration::from_secs(1);
/// How many speak at the same time, once they all do.
const AT_ONCE: u32 = 2;
/// A voice.
const SPOKEN: AudioLevel = AudioLevel { voice: true, below_loudest: 30 };
/// A quiet room.
const QUIET: AudioLevel = AudioLevel { voice: false, below_loudest: 75 };

/// The turns of one person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turns {
    /// Which it is, of those in its room, from 0.
    pub(super) person: u32,
    pub(super) people: u32,
}

impl Turns {
    /// When the turn began in which this person speaks; both since the measuring began.
    pub(super) fn at(self, passed: Duration) -> Option<Duration> {
        let now = u32::try_from(passed.as_micros() / EVERY.as_micros()).ok()?;
        let turn = (0..AT_ONCE).filter_map(|ago| now.checked_sub(ago)).find(|turn| self.speaker(*turn) == self.person)?;
        Some(EVERY * turn)
    }

    fn speaker(self, turn: u32) -> u32 {
        let people = self.people.max(1);
        people - 1 - turn % people
    }
}

/// How loud somebody is who speaks, or does not.
pub(super) fn level(speaks: bool) -> AudioLevel {
    if speaks { SPOKEN } else { QUIET }
}

/// Whether a frame says that its sender speaks.
pub(super) fn is_spoken(level: Option<AudioLevel>) -> bool {
    level.is_some_and(|level| level == SPOKEN)
}

/// Streams in a room of so many who all send sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Streams {
    /// The most that one member receives.
    pub(super) most: usize,
    /// What all receive together.
    pub(super) all: usize,
}

impl Streams {
    /// By the plan, with leaves from 0 on.
    pub(super) fn of(people: u32) -> Self {
        let plan = Plan::of(0..people);
        let each = || (0..people).map(|me| plan.hears(me, |_| true).len());
        Self { most: each().max().unwrap_or(0), all: each().sum() }
    }

    /// The most that one member receives while a room grows to this size.
    pub(super) fn most_up_to(people: u32) -> usize {
        // In between, plans only grow.
        let sizes = [DIRECT_MEMBERS as u32, 32, 128, people].map(|size| size.min(people));
        sizes.into_iter().map(|size| Self::of(size).most).max().unwrap_or(0)
    }
}

/// What came of a load of voices.
#[derive(Clone, Debug)]
pub struct Voices {
    /// How often somebody began to speak.
    pub turns: u64,
    /// By those who herald, among them.
    pub turns_of_heralds: u64,
    /// Turns, times everybody else in the room.
    pub due: u64,
    /// Those in which the listener opened a frame that says it is spoken.
    pub heard: u64,
    /// From the moment at which somebody begins to speak to the first such frame, ms: 50 and 99 of 100, and the longest.
    pub found: [Option<f64>; 3],
    /// Members that passed voices on.
    pub heralds: usize,
    /// Streams of sound that one member received, the most; and what the plan allows.
    pub streams: [usize; 2],
    /// What one member received, the most: kbit/s, RTP headers and payloads.
    pub kbit: f64,
    /// Changes that the host was told of, while people took turns, in what it sends to whom.
    pub changes: u64,
}

impl Voices {
    pub(super) fn found(times: &Histogram) -> [Option<f64>; 3] {
        [times.quantile(0.5), times.quantile(0.99), times.max()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_speak_at_a_time_and_everybody_has_a_turn() {
        let speaking = |millis| -> Vec<(u32, Duration)> {
            let passed = Duration::from_millis(millis);
            (0..20).filter_map(|person| Some((person, Turns { person, people: 20 }.at(passed)?))).collect()
        };
        let second = |second| Duration::from_secs(second);
        assert_eq!(speaking(0), [(19, second(0))]);
        assert_eq!(speaking(1_000), [(18, second(1)), (19, second(0))]);
        assert_eq!(speaking(2_999), [(17, second(2)), (18, second(1))]);
        assert_eq!(speaking(20_500), [(0, second(19)), (19, second(20))]);
    }

    #[test]
    fn streams_are_those_of_the_plan_also_on_the_way_there() {
        assert_eq!((Streams::of(13), Streams::of(2)), (Streams { most: 12, all: 156 }, Streams { most: 1, all: 2 }));
        // Eight heralds receive seven others and the four of their group that are none and, once more, the other one itself.
        assert_eq!(Streams::of(20), Streams { most: 11, all: 12 * 8 + 8 * 11 });
        assert_eq!((Streams::of(100).most, Streams::most_up_to(100)), (27, 27));
        assert_eq!((Streams::of(34).most, Streams::most_up_to(34)), (19, 19));
        let mut most = 0;
        for people in 2..140 {
            most = most.max(Streams::of(people).most);
            assert_eq!(Streams::most_up_to(people), most, "{people}");
        }
    }
}
