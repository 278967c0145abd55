//! What one core has counted since it began.
//!
//! **Invariant:** numbers and nothing else: nothing in here says whose they are, and counting costs an addition where it happens. Whoever wants
//! to see them takes a copy.

use std::time::Duration;
use wire::{FromHost, Refusal, RoomStanding};

/// Upper bounds of a [`Histogram`]'s classes, microseconds: from a turn that found nothing to a path to the other end of the world.
pub const BOUNDS: [u64; 14] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000];

/// How often something took how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// How many fell into each class of [`BOUNDS`]; the last class has no upper bound.
    pub classes: [u64; BOUNDS.len() + 1],
    /// All of them together, microseconds.
    pub micros: u64,
}

impl Histogram {
    /// It took so long once.
    pub fn took(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let class = BOUNDS.iter().position(|&bound| micros <= bound).unwrap_or(BOUNDS.len());
        if let Some(count) = self.classes.get_mut(class) {
            *count += 1;
        }
        self.micros = self.micros.saturating_add(micros);
    }

    /// Adds what another core counted.
    pub fn add(&mut self, other: &Self) {
        self.classes.iter_mut().zip(other.classes).for_each(|(own, theirs)| *own += theirs);
        self.micros = self.micros.saturating_add(other.micros);
    }
}

/// Every cause of [`FromHost::Refused`], in the order of [`Words::refused`].
pub const REFUSALS: [Refusal; 10] = [
    Refusal::HostFull,
    Refusal::RoomFull,
    Refusal::TooManyKnocking,
    Refusal::NotAMember,
    Refusal::SeatUnknown,
    Refusal::TooLarge,
    Refusal::Malformed,
    Refusal::TooFast,
    Refusal::SlotAhead,
    Refusal::OfferUnusable,
];

/// What was said over WebSockets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// People who entered a room as new.
    pub entered: u64,
    /// People who came back to a seat or with a ticket.
    pub returned: u64,
    /// Rooms that somebody founded.
    pub founded: u64,
    /// Newcomers whom members let in.
    pub admitted: u64,
    /// Commits that got a place in a log.
    pub commits: u64,
    /// Refusals, by cause in the order of [`REFUSALS`].
    pub refused: [u64; REFUSALS.len()],
}

impl Words {
    /// The host says this to one participant.
    pub(crate) fn say(&mut self, message: &FromHost) {
        match message {
            FromHost::Entered(entered) => match entered.standing {
                RoomStanding::Empty | RoomStanding::Occupied => self.entered += 1,
                RoomStanding::Resumed { .. } | RoomStanding::Rebuilt { .. } => self.returned += 1,
            },
            FromHost::Created => self.founded += 1,
            FromHost::Admitted => self.admitted += 1,
            FromHost::Refused(why) => {
                let class = REFUSALS.iter().position(|known| known == why);
                if let Some(count) = class.and_then(|class| self.refused.get_mut(class)) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
}

/// What happened to media.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packets {
    /// Packets of sound that came in and were authentic and new.
    pub sound_in: u64,
    /// The same of pictures.
    pub pictures_in: u64,
    /// Packets of sound that left, one for each receiver.
    pub sound_out: u64,
    /// The same of pictures.
    pub pictures_out: u64,
    /// Packets sent again because a receiver missed them.
    pub repeated: u64,
    /// Packets that senders should have sent by now, as of their receiver reports.
    pub due_in: u64,
    /// Of them, those that have not come.
    pub lost_in: u64,
    /// Packets that receivers should have got by now, by their reports.
    pub due_out: u64,
    /// Of them, those that have not arrived.
    pub lost_out: u64,
    /// Packets of pictures given up because they waited too long for a narrow path, or too many did.
    pub given_up: u64,
    /// Key frames that senders were asked for.
    pub key_frames_asked: u64,
    /// Handshakes that ended with keys.
    pub handshakes: u64,
    /// Connectivity checks and media from unknown addresses that did not authenticate.
    pub forged: u64,
    /// Round trips to receivers, as their reports of arrival show them.
    pub round_trips: Histogram,
}

/// How much there is on one core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// Open WebSockets.
    pub connections: usize,
    /// Rooms with at least one seat.
    pub rooms: usize,
    /// Members who are connected.
    pub members: usize,
    /// People who have not been let in (yet).
    pub strangers: usize,
    /// Members whose connection dropped and whose seat is kept.
    pub away: usize,
    /// People whose media can be opened.
    pub media: usize,
    /// Bytes of commits in all logs.
    pub log_bytes: usize,
}

/// Everything that a core can say about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How much there is.
    pub presence: Presence,
    /// What was said.
    pub words: Words,
    /// What happened to media.
    pub packets: Packets,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_falls_into_the_first_class_that_holds_it() {
        let mut histogram = Histogram::default();
        for micros in [0, 50, 51, 1_000_000, 1_000_001] {
            histogram.took(Duration::from_micros(micros));
        }
        assert_eq!((histogram.classes[0], histogram.classes[1]), (2, 1));
        assert_eq!((histogram.classes[BOUNDS.len() - 1], histogram.classes[BOUNDS.len()]), (1, 1));
        assert_eq!(histogram.micros, 2_000_102);
        let mut twice = histogram.clone();
        twice.add(&histogram);
        assert_eq!((twice.classes[0], twice.micros), (4, 4_000_204));
    }

    #[test]
    fn every_cause_of_a_refusal_is_counted_under_its_own() {
        let mut words = Words::default();
        REFUSALS.iter().for_each(|&why| words.say(&FromHost::Refused(why)));
        assert_eq!(words.refused, [1; REFUSALS.len()]);
    }
}
