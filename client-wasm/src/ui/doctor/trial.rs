//! The trial itself: a room of its own, somebody who sends into it, and one after the other those who receive.
//!
//! Invariant: all of them are the client that people meet with, in a room and with a password that were drawn a moment ago and that
//! nobody else knows; no camera and no microphone is opened.

use super::Board;
use super::lines::{self, Finding, Line, Tone};
use crate::browser::{clock, clock::sleep, site};
use crate::engine::{devices::LevelMeter, made_up::MadeUp};
use crate::model::{End, JoinRequest, Measured, MeetingCommand, MeetingEvent, Over, Phase, SoundWishes, Taken, Typed};
use crate::ui::view::prelude::*;
use crate::ui::{Call, app::Ui, browser, common, parts::play};
use crypto::{name::RoomName, password::CommonPasswords};
use std::{cell::Cell, cell::RefCell, rc::Rc};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlAudioElement, MediaStream, Response};
use wire::Track;

/// Milliseconds that somebody may take to be inside.
const INSIDE_WITHIN: f64 = 20_000.0;
/// Milliseconds in which picture and sound must have come, whichever way they take: the relay is looked for after four seconds of them.
const SEEN_WITHIN: f64 = 20_000.0;
/// The same where one way alone may be taken.
const SEEN_BY_ONE_WAY_WITHIN: f64 = 12_000.0;
/// Milliseconds for which delay and loss are watched.
const WATCHED: f64 = 2_500.0;
/// Milliseconds between two looks.
const LOOK: f64 = 200.0;

/// The room.
struct Place {
    ui: Ui,
    room: RoomName,
    password: Typed,
}

/// One participant.
struct Guest {
    call: Rc<dyn Call>,
    seen: Rc<Seen>,
}

#[derive(Default)]
struct Seen {
    inside: Cell<bool>,
    ended: Cell<Option<End>>,
    picture: RefCell<Option<MediaStream>>,
    ear: RefCell<Option<Ear>>,
}

impl Seen {
    fn hear(&self, event: MeetingEvent) {
        match event {
            MeetingEvent::Phase(Phase::Ended(end)) => self.ended.set(Some(end)),
            MeetingEvent::Phase(Phase::Joined | Phase::AloneOrApart) => self.inside.set(true),
            MeetingEvent::Stream { track: Track::Camera, stream: Some(stream), .. } => {
                self.picture.replace(Some(stream));
            }
            MeetingEvent::Stream { track: Track::Audio, stream: Some(stream), .. } => self.listen(&stream),
            _ => {}
        }
    }
}

impl Seen {
    fn listen(&self, stream: &MediaStream) {
        let Ok(player) = HtmlAudioElement::new() else { return };
        player.set_muted(true);
        player.set_src_object(Some(stream));
        play(&player);
        self.ear.replace(LevelMeter::new(stream).map(|meter| Ear { _player: player, meter, heard: Cell::new(false) }));
    }
}

/// Hears a sound for the person, who does not: Chromium gives one to a meter only where an element plays it, if with its volume at nothing.
struct Ear {
    _player: HtmlAudioElement,
    meter: LevelMeter,
    heard: Cell<bool>,
}

impl Ear {
    fn hears(&self) -> bool {
        self.heard.set(self.heard.get() || self.meter.level() > 0);
        self.heard.get()
    }
}

impl Place {
    /// Nothing when what passwords are compared with cannot be had.
    async fn drawn(ui: Ui) -> Option<Self> {
        let common = CommonPasswords::of(&browser::fetch_bytes(common::FILE).await?)?;
        let room = RoomName::draw(ui.tongue.get_untracked().word_list(), browser::entropy());
        let password = browser::entropy().iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Self { ui, room, password: Typed::new(password, common) })
    }

    /// Somebody who sends this, or nothing.
    fn join(&self, sends: Option<MediaStream>, over: Over) -> Guest {
        let opened = sends.is_some();
        let request = JoinRequest {
            room: self.room.clone(),
            password: Some(self.password.clone()),
            asking: false,
            person: if opened { "1" } else { "2" }.to_owned(),
            language: self.ui.tongue.get_untracked().word_list(),
            failed_tries: 0,
            // A look at the host is not worth one of the rooms that a person may open.
            tokens: Vec::new(),
            waits: false,
            preview: sends,
            microphone_on: opened,
            camera_on: opened,
            trouble: None,
            sound: SoundWishes::default(),
            over,
        };
        let seen = Rc::<Seen>::default();
        let hears = seen.clone();
        let call = self.ui.with_engine(|engine| engine.join(request, Box::new(move |event| hears.hear(event))));
        Guest { call, seen }
    }
}

impl Guest {
    /// Waits until it is inside; why it is not, if that was said.
    async fn comes_in(&self) -> Result<(), Option<End>> {
        let mut waited = 0.0;
        while !self.seen.inside.get() {
            if let Some(end) = self.seen.ended.get() {
                return Err(Some(end));
            }
            if waited >= INSIDE_WITHIN {
                return Err(None);
            }
            sleep(LOOK).await;
            waited += LOOK;
        }
        Ok(())
    }

    /// A look at what comes in.
    async fn looks(&self) -> Measured {
        let found = Rc::new(Cell::new(None));
        let told = found.clone();
        self.call.measure(Box::new(move |measured| told.set(Some(measured))));
        for _ in 0..10 {
            sleep(LOOK).await;
            if let Some(measured) = found.get() {
                return measured;
            }
        }
        Measured::default()
    }

    /// Looks until `enough` has come, or time is up. `each` is told of every look.
    async fn watches(&self, within: f64, enough: impl Fn(&Measured) -> bool, each: impl Fn(&Self)) -> Measured {
        let begun = clock::now();
        loop {
            let measured = self.looks().await;
            each(self);
            if enough(&measured) || clock::now() - begun >= within || self.seen.ended.get().is_some() {
                return measured;
            }
        }
    }

    /// Says goodbye, and waits until that is said.
    async fn leaves(self) {
        self.call.command(MeetingCommand::Leave);
        for _ in 0..10 {
            if self.seen.ended.get().is_some() {
                break;
            }
            sleep(LOOK).await;
        }
    }
}

/// Tries everything in its order, and writes down what it finds.
pub(super) async fn run(ui: Ui, board: Board, made_up: Option<MadeUp>) {
    let missing = ui.with_engine(|engine| engine.unsupported());
    lines::abilities(missing).into_iter().for_each(|(line, finding)| board.note(line, finding));
    board.note(Line::Clock, Finding::TRYING);
    board.note(Line::Clock, lines::clock(clocks_apart().await));
    if missing.is_none() {
        meet(ui, board, made_up.as_ref()).await;
    }
    board.give_up_the_rest();
}

async fn meet(ui: Ui, board: Board, made_up: Option<&MadeUp>) {
    let stream = made_up.and_then(|made_up| made_up.stream().ok());
    board.note(Line::Room, Finding::TRYING);
    let Some(place) = Place::drawn(ui).await else { return board.note(Line::Room, lines::room(Some(None))) };
    let sender = place.join(stream.or_else(|| MediaStream::new().ok()), Over::Any);
    let made = sender.comes_in().await;
    board.note(Line::Room, lines::room(made.err()));
    if made.is_ok() {
        receive(&place, board, made_up).await;
        for (line, over, taken) in
            [(Line::Udp, Over::Udp, Taken::Udp), (Line::Tcp, Over::Tcp, Taken::Tcp), (Line::Relay, Over::Relay, Taken::Relay)]
        {
            board.note(line, Finding::TRYING);
            let guest = place.join(None, over);
            let mut carried = false;
            if guest.comes_in().await.is_ok() {
                let by_it = |measured: &Measured| lines::carried(measured, taken);
                let measured = guest.watches(SEEN_BY_ONE_WAY_WITHIN, by_it, |guest| board.show(guest.picture())).await;
                carried = lines::carried(&measured, taken);
            }
            board.note(line, lines::way(line, carried));
            guest.leaves().await;
        }
    }
    sender.leaves().await;
}

/// Somebody to whom every way is open, as people have it.
async fn receive(place: &Place, board: Board, made_up: Option<&MadeUp>) {
    [Line::Picture, Line::Sound, Line::Way, Line::Delay, Line::Loss]
        .into_iter()
        .for_each(|line| board.note(line, Finding::TRYING));
    let guest = place.join(None, Over::Any);
    let tone = || match guest.hears() {
        true => Tone::Heard,
        false if made_up.is_some_and(MadeUp::sounds) => Tone::Unheard,
        false => Tone::Unmade,
    };
    let mut measured = Measured::default();
    if guest.comes_in().await.is_ok() {
        measured = guest
            .watches(
                SEEN_WITHIN,
                |measured| lines::arrived(measured) && tone() != Tone::Unheard,
                |guest| board.show(guest.picture()),
            )
            .await;
        if lines::arrived(&measured) {
            sleep(WATCHED).await;
            measured = guest.looks().await;
        }
    }
    lines::meeting(&measured, tone()).into_iter().for_each(|(line, finding)| board.note(line, finding));
    guest.leaves().await;
}

impl Guest {
    fn hears(&self) -> bool {
        self.seen.ear.borrow().as_ref().is_some_and(Ear::hears)
    }

    fn picture(&self) -> Option<MediaStream> {
        self.seen.picture.borrow().clone()
    }
}

/// Seconds between this device's clock and the host's, as its answers are dated (RFC 9110 §6.6.1). Nothing where the page is not the host's.
async fn clocks_apart() -> Option<u32> {
    if site::host_elsewhere().is_some() {
        return None;
    }
    let answer: Response = JsFuture::from(browser::window().fetch_with_str("health")).await.ok()?.dyn_into().ok()?;
    let date = answer.headers().get("date").ok()??;
    let there = js_sys::Date::parse(&date);
    let apart = (js_sys::Date::now() - there).abs() / 1_000.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
    apart.is_finite().then_some(apart as u32)
}
