//! The session, and the frame keys it gives out.
//!
//! **Invariant:** keys go from the session into sealer and opener in the same step in which the session gives them, before anything else
//! it wants is done; they go nowhere else.

use crate::{Frame, RoomKeys, clock, entropy};
use crypto::frames::{AudioLevel, Expected, FrameOpener, FrameReports, FrameSealer, OpenError, SealError, Stream};
use crypto::name::Language;
use crypto::session::{Command, Devices, Event, Input, Output, Session, Setup};
use crypto::voices::{Duty, Sound};
use wire::{ToHost, Track};

/// How often it is looked whether the session is to be told what was sealed and opened, ms.
const REPORT: u64 = 100;

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
    /// The leaf that sealed it: of sound, not always the one from which it came.
    pub(crate) leaf: u32,
    pub(crate) key_frame: Option<bool>,
    pub(crate) level: Option<AudioLevel>,
}

/// A session with its frame keys.
pub(crate) struct Keyholder {
    session: Session,
    sealer: FrameSealer,
    opener: FrameOpener,
    sound: Sound,
    reports: FrameReports,
    /// Something happened to the session since it was asked last what it wants. Asking costs it a look at everybody in the room, which is
    /// too much for each packet of media.
    asks: bool,
    wake: Option<u64>,
    #[cfg(feature = "forging")]
    forger: crate::member::Forger,
}

impl Keyholder {
    /// A session that wants its socket opened.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn new(room: &RoomKeys, person: String, media: Devices) -> std::io::Result<Self> {
        let setup = Setup {
            secrets: room.secrets(),
            person,
            language: Language::English,
            entropy: entropy()?,
            media,
            failed_tries: 0,
            tokens: Vec::new(),
            waits: false,
        };
        let sealer = FrameSealer::new(u32::from_be_bytes(entropy()?));
        Ok(Self {
            session: Session::new(setup, clock::millis()),
            sealer,
            opener: FrameOpener::new(),
            sound: Sound::default(),
            reports: FrameReports::default(),
            asks: true,
            wake: None,
            #[cfg(feature = "forging")]
            forger: crate::member::Forger::default(),
        })
    }

    /// Something happened. Afterwards [`act`](Self::act) until [`Act::Wait`].
    pub(crate) fn handle(&mut self, input: Input) {
        self.asks = true;
        self.session.handle(clock::millis(), input);
    }

    /// What is to be done next.
    pub(crate) fn act(&mut self) -> Act {
        if let Some(report) = self.reports.due(clock::millis(), &mut self.sealer, &mut self.opener) {
            self.handle(Input::Do(Command::Frames(report)));
        }
        while self.asks {
            match self.session.poll() {
                Output::Keys(keys, change) => {
                    if change.new_group {
                        self.opener = FrameOpener::new();
                    }
                    self.sealer.install(&keys);
                    self.sound.set_leaf(keys.my_leaf);
                    self.opener.install(clock::millis(), &keys, change.removal);
                    #[cfg(feature = "forging")]
                    self.forger.keep(&keys);
                }
                Output::PauseSealing(true) => self.sealer.pause(),
                Output::PauseSealing(false) => self.sealer.resume(),
                Output::OpenSocket => return Act::OpenSocket,
                Output::CloseSocket => return Act::CloseSocket,
                Output::Send(message) => return Act::Send(message),
                Output::Event(event) => return Act::Tell(event),
                Output::Wait(moment) => (self.asks, self.wake) = (false, moment),
            }
        }
        // Where frames are signed there is something to report soon.
        let report = self.sealer.signs().then(|| clock::millis().saturating_add(REPORT));
        Act::Wait([self.wake, report].into_iter().flatten().min())
    }

    /// What we pass on from now on.
    pub(crate) fn set_duty(&mut self, duty: Option<Duty>) {
        self.sound.set_duty(duty);
    }

    /// Seals one frame of ours. Of a herald's nothing of the frame counts: it holds what is to be passed on.
    pub(crate) fn seal(&mut self, frame: &Frame, out: &mut Vec<u8>) -> Result<(), SealError> {
        let stream = stream_of(frame.track);
        if stream.is_audio() {
            return self.sound.seal(clock::millis(), (&mut self.sealer, stream), frame.level, &frame.content, out);
        }
        self.sealer.seal(stream, 0, Some(frame.key_frame), &frame.content, out)
    }

    /// Seals a frame of sound in the name of another leaf, as what a herald of this session passes on.
    #[cfg(feature = "forging")]
    pub(crate) fn forge(&mut self, leaf: u32, frame: &Frame, out: &mut Vec<u8>) -> Result<(), SealError> {
        let forged = self.forger.seal(leaf, frame)?;
        self.sealer.seal_herald(Some(&forged), out)
    }

    /// Opens one frame that came in for this leaf's track. Nothing: it is genuine, and there is nothing new in it.
    pub(crate) fn open(
        &mut self,
        leaf: u32,
        track: Track,
        sealed: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<OpenedFrame>, OpenError> {
        let (now, expected) = (clock::millis(), Expected { leaf, stream: stream_of(track) });
        let opened = if expected.stream.is_audio() {
            self.sound.open(now, (&mut self.opener, expected), sealed, out)?
        } else {
            Some((leaf, self.opener.open(now, expected, sealed, out)?))
        };
        Ok(opened.map(|(leaf, opened)| OpenedFrame { leaf, key_frame: opened.key_frame, level: opened.level }))
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
