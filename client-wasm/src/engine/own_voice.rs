//! What our own microphone gives, told to nobody but the person in front of it: nothing at all while it is open, or speech while it is closed.
//!
//! **Invariant:** of each, one word until it is over.
//!
//! Pure: levels come in, ten a second, words come out.

use super::speaking;
use crate::model::MediaEvent;

/// Reports in a row from an open microphone without anything that could be a person, before it is looked into: ten seconds.
const QUIET_AFTER: u32 = 100;
/// Reports before it is looked into again, when it turned out that the room is quiet: two minutes.
const QUIET_AGAIN: u32 = 1_200;
/// Loud reports of the last [`REMEMBERED`] that are speech. A cough is shorter.
const SPEAKS_FROM: u32 = 12;
/// Reports remembered: three seconds, pauses between words included.
const REMEMBERED: u32 = 30;
/// Reports for which nothing is said again of speech into a closed microphone: half a minute.
const SAID_FOR: u32 = 300;

/// How little a microphone gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quiet {
    /// Not a single sample differs from zero. A microphone that was switched off at the device gives that, and nothing else does.
    Zeros,
    /// So little that it may be what a browser puts there itself when it takes out echo.
    Faint,
    /// A room, or more.
    Sound,
}

/// What one report found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The microphone is open.
    pub(crate) open: bool,
    /// How loud it is, 0 to 100, whether open or closed.
    pub(crate) level: u8,
    /// How little it gives.
    pub(crate) quiet: Quiet,
}

/// What comes of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The person is to be told.
    Tell(MediaEvent),
    /// The open microphone gives so little that it is to be looked at without what browsers do to sound.
    LookInto,
}

/// What is known of our voice.
#[derive(Debug, Default)]
pub(crate) struct OwnVoice {
    zeros: u32,
    quiet: u32,
    silent: bool,
    /// The last reports, newest in the lowest bit: 1 was loud, the microphone being closed.
    loud: u32,
    said_since: Option<u32>,
}

impl OwnVoice {
    /// Whether the microphone is open and gives nothing.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent
    }

    /// Takes a report; `None` while there is no microphone.
    pub(crate) fn hear(&mut self, heard: Option<Heard>) -> Option<Finding> {
        let heard = heard.unwrap_or(Heard { open: false, level: 0, quiet: Quiet::Sound });
        let count = |so_far: u32, goes_on: bool| if heard.open && goes_on { so_far.saturating_add(1) } else { 0 };
        self.zeros = count(self.zeros, heard.quiet == Quiet::Zeros);
        self.quiet = count(self.quiet, heard.quiet != Quiet::Sound);
        let silent = self.zeros >= QUIET_AFTER || self.silent && self.quiet > 0;
        if silent != self.silent {
            self.silent = silent;
            return Some(Finding::Tell(MediaEvent::Silent(silent)));
        }
        if self.quiet % QUIET_AGAIN == QUIET_AFTER && !silent {
            return Some(Finding::LookInto);
        }
        self.speaks_closed(heard).then_some(Finding::Tell(MediaEvent::SpeaksClosed))
    }

    /// It was looked into, and there is nothing. What the person is to be told, if it still is so.
    pub(crate) fn is_dead(&mut self) -> Option<MediaEvent> {
        let news = self.quiet > 0 && !self.silent;
        self.silent |= news;
        news.then_some(MediaEvent::Silent(true))
    }

    fn speaks_closed(&mut self, heard: Heard) -> bool {
        if heard.open {
            (self.loud, self.said_since) = (0, None);
            return false;
        }
        self.said_since = self.said_since.map(|since| since.saturating_add(1)).filter(|since| *since < SAID_FOR);
        self.loud = (self.loud << 1 | u32::from(heard.level >= speaking::BEGINS)) & (u32::MAX >> (u32::BITS - REMEMBERED));
        let speaks = self.loud.count_ones() >= SPEAKS_FROM && self.said_since.is_none();
        if speaks {
            self.said_since = Some(0);
        }
        speaks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(voice: &mut OwnVoice, times: u32, heard: Heard) -> Vec<(u32, Finding)> {
        (1..=times).filter_map(|at| Some((at, voice.hear(Some(heard))?))).collect()
    }

    const ZEROS: Heard = Heard { open: true, level: 0, quiet: Quiet::Zeros };
    const FAINT: Heard = Heard { open: true, level: 0, quiet: Quiet::Faint };
    const ROOM: Heard = Heard { open: true, level: 5, quiet: Quiet::Sound };
    const CLOSED_LOUD: Heard = Heard { open: false, level: 70, quiet: Quiet::Sound };
    const SILENT: Finding = Finding::Tell(MediaEvent::Silent(true));
    const OVER: Finding = Finding::Tell(MediaEvent::Silent(false));

    #[test]
    fn an_open_microphone_of_zeros_is_told_once_and_its_end_too() {
        let mut voice = OwnVoice::default();
        assert_eq!(tell(&mut voice, 500, ROOM), []);
        assert_eq!(tell(&mut voice, 99, ZEROS), []);
        assert_eq!(tell(&mut voice, 1, ROOM), []);
        assert_eq!(tell(&mut voice, 3_000, ZEROS), [(100, SILENT)]);
        assert_eq!(tell(&mut voice, 500, FAINT), []);
        assert_eq!(tell(&mut voice, 5, ROOM), [(1, OVER)]);
        assert_eq!(tell(&mut voice, 300, Heard { open: false, ..ZEROS }), []);
    }

    #[test]
    fn a_quiet_room_is_looked_into_and_is_no_dead_microphone() {
        let mut voice = OwnVoice::default();
        assert_eq!(tell(&mut voice, 1_400, FAINT), [(100, Finding::LookInto), (1_300, Finding::LookInto)]);
        assert_eq!(voice.is_dead(), Some(MediaEvent::Silent(true)));
        assert_eq!(voice.is_dead(), None);
        assert_eq!(tell(&mut voice, 2_000, FAINT), []);
        assert_eq!(tell(&mut voice, 2, ROOM), [(1, OVER)]);
        assert_eq!(voice.is_dead(), None, "it gave something meanwhile");
    }

    #[test]
    fn who_speaks_into_a_closed_microphone_is_told_after_a_second_and_not_again_soon() {
        let mut voice = OwnVoice::default();
        assert_eq!(tell(&mut voice, 200, Heard { level: 20, ..CLOSED_LOUD }), []);
        assert_eq!(tell(&mut voice, 11, CLOSED_LOUD), [], "a cough");
        assert_eq!(tell(&mut voice, 30, Heard { level: 0, ..CLOSED_LOUD }), []);
        assert_eq!(tell(&mut voice, 300, CLOSED_LOUD), [(12, Finding::Tell(MediaEvent::SpeaksClosed))]);
        assert_eq!(tell(&mut voice, 20, CLOSED_LOUD).len(), 1, "half a minute later");
        assert_eq!(tell(&mut voice, 20, Heard { open: true, ..CLOSED_LOUD }), []);
    }
}
