//! One person of the simulated world: a real session, real frame keys, and what their screen shows.
//!
//! **Invariant:** the person does what the shell of the browser client does, and nothing cleverer: hands messages over,
//! wakes the session when it asked to be woken, gives keys to the frame worker, comes back to the portal when told no.

use super::network::{Millis, Wire};
use crypto::frames::{EpochKeys, FrameOpener, FrameSealer};
use crypto::password::Secrets;
use crypto::session::{Command, Devices, End, Event, Input, Notice, Output, Person as Row, Phase, Session, Setup};
use std::collections::VecDeque;
use wire::{FromHost, ToHost};

/// What a person wants done outside.
#[derive(Debug)]
pub enum Wish {
    /// Open a socket.
    Open,
    /// Close the socket.
    Close,
    /// Send over the socket.
    Send(ToHost),
}

/// One person.
pub struct Person {
    /// Their number, also part of their name.
    pub number: usize,
    /// The session, while the tab is open.
    pub session: Option<Session>,
    /// The socket, if there is one.
    pub wire: Option<Wire>,
    /// When the session wants to be woken.
    pub wake: Option<Millis>,
    /// Where the session says it is.
    pub phase: Phase,
    /// The roster on screen.
    pub roster: Vec<Row>,
    /// Lines of chat on screen.
    pub chat: Vec<String>,
    /// Notices shown.
    pub notices: Vec<Notice>,
    /// The newest keys of the frame worker.
    pub keys: Option<EpochKeys>,
    /// True while the session says not to seal.
    pub paused: bool,
    /// The frame worker's sealing half.
    pub sealer: FrameSealer,
    /// The frame worker's opening half.
    pub opener: FrameOpener,
    /// True when the person typed the right password.
    pub knows_password: bool,
    /// Wrong passwords typed so far.
    pub failed_tries: u8,
}

impl Person {
    /// Somebody with a closed browser.
    pub fn new(number: usize) -> Self {
        Self {
            number,
            session: None,
            wire: None,
            wake: None,
            phase: Phase::Ended(End::Left),
            roster: Vec::new(),
            chat: Vec::new(),
            notices: Vec::new(),
            keys: None,
            paused: false,
            sealer: FrameSealer::new(0),
            opener: FrameOpener::new(),
            knows_password: true,
            failed_tries: 0,
        }
    }

    /// Opens a tab and clicks on "Join". `generation` is the frame worker's random number.
    pub fn open_tab(&mut self, now: Millis, secrets: Secrets, entropy: [u8; 32], generation: u32) -> Vec<Wish> {
        let setup = Setup {
            secrets,
            person: format!("person {}", self.number),
            language: crypto::name::Language::English,
            entropy,
            media: Devices { microphone: true, camera: true, ..Devices::default() },
            failed_tries: self.failed_tries,
            tokens: Vec::new(),
            waits: false,
        };
        self.close_tab();
        self.phase = Phase::Connecting;
        self.sealer = FrameSealer::new(generation);
        self.opener = FrameOpener::new();
        self.session = Some(Session::new(setup, now));
        self.drain(now)
    }

    /// The tab is gone, with everything in it.
    pub fn close_tab(&mut self) {
        self.session = None;
        self.wire = None;
        self.wake = None;
        self.keys = None;
        self.paused = false;
        self.phase = Phase::Ended(End::Left);
        self.roster.clear();
        self.chat.clear();
        self.notices.clear();
    }

    /// True while the person is in the group and connected.
    pub fn is_in(&self) -> bool {
        self.session.is_some() && matches!(self.phase, Phase::Joined | Phase::AloneOrApart)
    }

    /// True while a tab is open that has not ended.
    pub fn is_trying(&self) -> bool {
        self.session.is_some() && !matches!(self.phase, Phase::Ended(_))
    }

    /// Feeds one input and returns what is wanted outside.
    pub fn handle(&mut self, now: Millis, input: Input) -> Vec<Wish> {
        let Some(session) = &mut self.session else { return Vec::new() };
        session.handle(now, input);
        self.drain(now)
    }

    /// A message of the host.
    pub fn hear(&mut self, now: Millis, message: FromHost) -> Vec<Wish> {
        self.handle(now, Input::Host(message))
    }

    /// A click.
    pub fn click(&mut self, now: Millis, command: Command) -> Vec<Wish> {
        self.handle(now, Input::Do(command))
    }

    fn drain(&mut self, now: Millis) -> Vec<Wish> {
        let mut wishes = VecDeque::new();
        while let Some(session) = &mut self.session {
            match session.poll() {
                Output::OpenSocket => wishes.push_back(Wish::Open),
                Output::CloseSocket => wishes.push_back(Wish::Close),
                Output::Send(message) => wishes.push_back(Wish::Send(message)),
                Output::Keys(keys, change) => {
                    self.sealer.install(&keys);
                    self.opener.install(now, &keys, change.removal);
                    self.keys = Some(keys);
                }
                Output::PauseSealing(paused) => self.paused = paused,
                Output::Event(event) => self.see(event),
                Output::Wait(deadline) => {
                    self.wake = deadline;
                    break;
                }
            }
        }
        wishes.into()
    }

    fn see(&mut self, event: Event) {
        match event {
            Event::Phase(phase) => {
                if let Phase::Ended(End::WrongPassword { tries }) = phase {
                    self.failed_tries = tries;
                }
                self.phase = phase;
            }
            Event::People(rows) => self.roster = rows,
            Event::Chat { text, .. } => self.chat.push(text),
            Event::Notice(notice) => self.notices.push(notice),
            _ => {}
        }
    }
}
