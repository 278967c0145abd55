//! The session, and the frame keys it gives out.
//!
//! **Invariant:** keys go from the session into sealer and opener in the same step in which the session gives them, before anything else
//! it wants is done; they go nowhere else.

use crate::{RoomKeys, clock, entropy};
use crypto::frames::{AudioLevel, Expected, FrameOpener, FrameSealer, OpenError, SealError, Stream};
use crypto::name::Language;
use crypto::session::{Devices, Event, Input, Output, Session, Setup};
use wire::{ToHost, Track};

/// What the session wants done by others.
pub(crate) enum Act {
    OpenSocket,
    CloseSocket,
    Send(ToHost),
    Tell(Event),
    /// Nothing more: wake it at this moment of [`clock::millis`].
    Wait(Option<u64>),
}

/// What is known of a frame that was opened; its content is in the caller's buffer.
pub(crate) struct OpenedFrame {
    pub(crate) key_frame: Option<bool>,
}

/// A session with its frame keys.
pub(crate) struct Keyholder {
    session: Session,
    sealer: FrameSealer,
    opener: FrameOpener,
}

impl Keyholder {
    /// A session that wants its socket opened.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn new(room: &RoomKeys, person: String, media: Devices) -> std::io::Result<Self> {
        let setup =
            Setup { secrets: room.secrets(), person, language: Language::English, entropy: entropy()?, media, failed_tries: 0 };
        let sealer = FrameSealer::new(u32::from_be_bytes(entropy()?));
        Ok(Self { session: Session::new(setup, clock::millis()), sealer, opener: FrameOpener::new() })
    }

    /// Something happened. Afterwards [`act`](Self::act) until [`Act::Wait`].
    pub(crate) fn handle(&mut self, input: Input) {
        self.session.handle(clock::millis(), input);
    }

    /// What is to be done next.
    pub(crate) fn act(&mut self) -> Act {
        loop {
            match self.session.poll() {
                Output::Keys(keys, change) => {
                    if change.new_group {
                        self.opener = FrameOpener::new();
                    }
                    self.sealer.install(&keys);
                    self.opener.install(clock::millis(), &keys, change.removal);
                }
                Output::PauseSealing(true) => self.sealer.pause(),
                Output::PauseSealing(false) => self.sealer.resume(),
                Output::OpenSocket => return Act::OpenSocket,
                Output::CloseSocket => return Act::CloseSocket,
                Output::Send(message) => return Act::Send(message),
                Output::Event(event) => return Act::Tell(event),
                Output::Wait(moment) => return Act::Wait(moment),
            }
        }
    }

    /// Seals one frame of ours. Sound is sealed as what it is here: silence.
    pub(crate) fn seal(&mut self, track: Track, key_frame: bool, plain: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        let stream = stream_of(track);
        if stream.is_audio() {
            return self.sealer.seal_audio(stream, AudioLevel::SILENCE, plain, out);
        }
        self.sealer.seal(stream, 0, Some(key_frame), plain, out)
    }

    /// Opens one frame that came in for this leaf's track.
    pub(crate) fn open(&mut self, leaf: u32, track: Track, sealed: &[u8], out: &mut Vec<u8>) -> Result<OpenedFrame, OpenError> {
        let expected = Expected { leaf, stream: stream_of(track) };
        let opened = self.opener.open(clock::millis(), expected, sealed, out)?;
        Ok(OpenedFrame { key_frame: opened.key_frame })
    }
}

fn stream_of(track: Track) -> Stream {
    match track {
        Track::Audio => Stream::Audio,
        Track::Camera => Stream::Camera,
        Track::Screen => Stream::Screen,
        Track::ScreenAudio => Stream::ScreenAudio,
        Track::Herald => Stream::Herald,
    }
}
