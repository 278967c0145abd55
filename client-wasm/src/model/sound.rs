//! How people hear and are heard: what arrives, what goes out, and what is done to a microphone's sound.
//!
//! Invariant: nothing here names a sound or a device to anybody else; what the others are told is in a member's card.

use super::{DeviceKind, MemberId};
use crypto::sorted::SortedMap;
use serde::{Deserialize, Serialize};
use web_sys::MediaStream;

/// What is done about noise behind a voice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Noise {
    /// Nothing: for music.
    Off,
    /// What the browser does.
    #[default]
    Browser,
    /// What our own filter takes out beyond that: keys, fans, traffic.
    Filter,
}

/// What is done to our microphone's sound before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundWishes {
    /// What the loudspeaker plays is taken out.
    pub echo: bool,
    /// Soft and loud are made alike.
    pub even: bool,
    /// What is done about noise.
    pub noise: Noise,
}

impl Default for SoundWishes {
    fn default() -> Self {
        Self { echo: true, even: true, noise: Noise::Browser }
    }
}

/// How a stream comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Flow {
    /// As it should.
    #[default]
    Well,
    /// With gaps that one hears or sees.
    Gaps,
    /// Not at all.
    Nothing,
}

/// How what a member sends comes to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Their voice.
    pub sound: Flow,
    /// Their picture: well, or with gaps.
    pub picture: Flow,
}

/// What the meeting tells about sound, devices and the way to the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaEvent {
    /// How what the others send comes; always everybody of whom something is known. It never leaves the page.
    #[serde(skip)]
    Arrivals(SortedMap<MemberId, Arrival>),
    /// Our own way to the host is weak (true), or no longer.
    Weak(bool),
    /// Our microphone is open and has given nothing but zeros for ten seconds (true), or gives sound again.
    Silent(bool),
    /// We speak while our microphone is closed. Found on this device; nothing of it goes out.
    SpeaksClosed,
    /// How loud our microphone is, 0 to 100; only while it was asked for.
    Level(u8),
    /// Our own filter does not run here: the browser does what it can about noise from now on.
    Unfiltered,
    /// A device went away, and this other one of its kind serves now.
    Switched {
        /// Which kind.
        kind: DeviceKind,
        /// What the browser calls the one that serves; empty if it does not say.
        label: String,
    },
}

/// What the interface asks about sound and devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaCommand {
    /// Treat the microphone's sound like this from now on.
    Sound(SoundWishes),
    /// Tell the microphone's level ten times a second, or no longer.
    Level(bool),
    /// Share what a file plays, in the place of a screen. It stays the last: it never leaves the page.
    #[serde(skip)]
    ShareFilm(MediaStream),
}
