//! Sequences the parts of one meeting: session, connection, seats, devices.
//!
//! **Invariant:** what is on screen follows the roster, which is the group's and not the host's: a seat is filled only for a
//! member of the group, and the frame worker opens in it only what that member's leaf has sealed.

use super::{
    local::Local,
    meeting::{ANSWER_PATIENCE, Inner, LAYOUT_SETTLES},
    parts::Parts,
    peer::{NotTaken, Peer},
    port::{Join, Seated, ToFrames, ToSession, stream_of},
    seats::{SeatId, Seats, Wanted},
    speaking::Voices,
    warm::Switchboard,
};
use crate::{
    browser::{clock, fatal},
    model::{End, JoinRequest, MeetingCommand, MeetingEvent, MemberId, Phase},
};
use crypto::name::Language;
use std::{collections::BTreeMap, rc::Rc};
use wasm_bindgen::JsValue;
use web_sys::MediaStream;
use wire::{Offer, ParticipantId, PixelHeight, Track};

/// Pairs of receiving sections made with the first offer: enough for four others without a second one.
const FIRST_PAIRS: usize = 4;

/// Pairs added at a time when there are more people. More saves offers, fewer saves sections that nobody fills.
const MORE_PAIRS: usize = 4;

/// Receiving sections at most, sound and pictures together (`wire::limits::MEDIA_SECTIONS` less our own).
const MOST_SEATS: usize = wire::limits::MEDIA_SECTIONS - wire::limits::TRACKS;

/// Height asked for until the interface has said how high a picture's place is.
const FIRST_HEIGHT: PixelHeight = PixelHeight(360);

/// Milliseconds before another connection is tried after one that failed.
const BREATH: f64 = 2_000.0;

/// All of a meeting that changes.
pub(super) struct State {
    parts: Option<Parts>,
    switchboard: Rc<Switchboard>,
    peer: Option<Rc<Peer>>,
    negotiation: Negotiation,
    /// What is due when the present negotiation is through.
    due: Option<Due>,
    seats: Seats,
    roster: Vec<Seated>,
    heights: BTreeMap<(MemberId, Track), PixelHeight>,
    local: Local,
    voices: Voices,
    phase: Phase,
    was_inside: bool,
    leaving: bool,
    /// Offers that the session has and the host has not answered; only the answer to the last one counts.
    unanswered: usize,
    outbox: Vec<MeetingEvent>,
}

/// How far the connection's description has come.
enum Negotiation {
    /// Nothing is under way.
    Rest,
    /// The browser is making an offer, or taking an answer.
    Browser,
    /// An offer is made; it was given to the session if we were inside, and will be again when we are.
    Offered(Offer),
}

/// Why another offer is needed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// There are more sections.
    Sections,
    /// We came back: the way to the host may have changed, and the host may have forgotten.
    Restart,
}

impl State {
    pub(super) fn new(parts: Option<Parts>, switchboard: Rc<Switchboard>, local: Local) -> Self {
        Self {
            parts,
            switchboard,
            peer: None,
            negotiation: Negotiation::Rest,
            due: None,
            seats: Seats::default(),
            roster: Vec::new(),
            heights: BTreeMap::new(),
            local,
            voices: Voices::default(),
            phase: Phase::Connecting,
            was_inside: false,
            leaving: false,
            unanswered: 0,
            outbox: Vec::new(),
        }
    }

    pub(super) fn take_events(&mut self) -> Vec<MeetingEvent> {
        std::mem::take(&mut self.outbox)
    }

    // ---- beginning and end ----

    pub(super) fn begin(&mut self, inner: &Inner, request: &JoinRequest) {
        self.local.on_ended(inner.whenever(State::device_ended));
        self.tell_session(&ToSession::Join(Join {
            room: request.room.as_str().to_owned(),
            password: request.password.as_ref().map(|password| password.to_string()),
            person: request.person.clone(),
            french: matches!(request.language, Language::French),
            failed_tries: request.failed_tries,
            devices: self.local.announced(),
        }));
        if self.switchboard.frames_ready() {
            self.connect(inner);
        }
    }

    /// The end: workers with all their keys are gone when this returns.
    pub(super) fn end(&mut self, inner: &Inner, end: End) {
        if matches!(self.phase, Phase::Ended(_)) {
            return;
        }
        self.phase = Phase::Ended(end);
        self.hang_up(inner);
        self.parts = None;
        self.outbox.push(MeetingEvent::Phase(self.phase));
    }

    /// Nobody sees or hears us any more.
    fn hang_up(&mut self, inner: &Inner) {
        fatal::cuts(None);
        self.peer = None;
        self.negotiation = Negotiation::Rest;
        inner.answer.cancel();
        inner.layout.cancel();
        if self.was_inside {
            self.local.stop();
        } else {
            self.local.release();
        }
    }

    fn is_inside(&self) -> bool {
        matches!(self.phase, Phase::Joined | Phase::AloneOrApart)
    }

    // ---- what the session says ----

    pub(super) fn event(&mut self, inner: &Inner, event: MeetingEvent) {
        match event {
            MeetingEvent::Phase(Phase::Ended(end)) => self.end(inner, end),
            MeetingEvent::Phase(phase) => self.phase(inner, phase),
            other => self.outbox.push(other),
        }
    }

    fn phase(&mut self, inner: &Inner, phase: Phase) {
        let came_back = self.phase == Phase::Reconnecting;
        self.phase = phase;
        self.outbox.push(MeetingEvent::Phase(phase));
        if !self.is_inside() {
            self.unanswered = 0;
            inner.answer.cancel();
            return;
        }
        self.was_inside = true;
        match &self.negotiation {
            Negotiation::Offered(offer) => {
                let offer = offer.clone();
                self.send_offer(inner, &offer);
            }
            _ if came_back && !self.peer.as_ref().is_some_and(|peer| peer.is_alive()) => self.rebuild(inner),
            _ if came_back => self.offer(inner, Due::Restart),
            _ => {}
        }
        if came_back {
            self.seats.untell();
            self.subscribe();
        }
    }

    pub(super) fn roster(&mut self, inner: &Inner, roster: Vec<Seated>) {
        let knew_myself = self.myself();
        self.roster = roster;
        self.voices.retain(|member| self.roster.iter().any(|seated| seated.member == member));
        if knew_myself != self.myself() {
            self.show_myself();
        }
        self.arrange(inner);
    }

    fn myself(&self) -> Option<MemberId> {
        self.roster.iter().find(|seated| seated.me).map(|seated| seated.member)
    }

    fn show_myself(&mut self) {
        if let Some(member) = self.myself() {
            self.outbox.push(MeetingEvent::Stream { member, track: Track::Camera, stream: self.local.picture() });
        }
    }

    // ---- connection ----

    /// Makes the connection and its first offer; the frame worker is ready for transforms.
    pub(super) fn connect(&mut self, inner: &Inner) {
        let Some(parts) = &self.parts else { return };
        if self.peer.is_some() || self.leaving {
            return;
        }
        let failed = inner.whenever(State::rebuild_later);
        let made = Peer::new(parts.frame_worker(), failed).and_then(|peer| {
            let pairs = FIRST_PAIRS.max(self.roster.len().next_multiple_of(MORE_PAIRS));
            peer.add_pairs(&mut self.seats, pairs).map(|()| peer)
        });
        match made {
            Ok(peer) => self.peer = Some(Rc::new(peer)),
            Err(error) => {
                // No transform, no call: the person is told, and nothing is sent.
                fatal::note(&error);
                return fatal::show();
            }
        }
        self.send_tracks();
        self.offer(inner, Due::Sections);
        self.arrange(inner);
    }

    /// Gives the connection up and makes another one: its way is lost, or the host knows nothing of it.
    pub(super) fn rebuild(&mut self, inner: &Inner) {
        inner.answer.cancel();
        self.peer = None;
        self.negotiation = Negotiation::Rest;
        self.due = None;
        self.seats = self.seats.succeed();
        self.connect(inner);
    }

    /// The host could not use our offer.
    pub(super) fn refused(&mut self, inner: &Inner) {
        self.unanswered = self.unanswered.saturating_sub(1);
        self.rebuild_later(inner);
    }

    /// Gives it up after a breath: what failed just now would fail again.
    pub(super) fn rebuild_later(&mut self, inner: &Inner) {
        inner.answer.set(BREATH);
    }

    fn send_tracks(&self) {
        if let Some(peer) = &self.peer {
            peer.send(Track::Audio, self.local.audio());
            peer.send(Track::Camera, self.local.video());
        }
    }

    fn offer(&mut self, inner: &Inner, due: Due) {
        let Some(peer) = self.peer.clone() else { return };
        if !matches!(self.negotiation, Negotiation::Rest) {
            self.due = self.due.max(Some(due));
            return;
        }
        self.negotiation = Negotiation::Browser;
        let offering = peer.clone();
        inner.after(async move { offering.offer(due == Due::Restart).await }, move |state, inner, made| {
            state.offered(inner, &peer, made);
        });
    }

    fn offered(&mut self, inner: &Inner, peer: &Rc<Peer>, made: Result<Offer, JsValue>) {
        if !self.is_current(peer) {
            return;
        }
        let offer = match made {
            Ok(offer) => offer,
            Err(error) => {
                fatal::note(&error);
                return self.rebuild_later(inner);
            }
        };
        peer.name_seats(&mut self.seats);
        if self.is_inside() {
            self.send_offer(inner, &offer);
        }
        self.negotiation = Negotiation::Offered(offer);
    }

    fn send_offer(&mut self, inner: &Inner, offer: &Offer) {
        self.unanswered += 1;
        self.tell_session(&ToSession::Offer(offer.clone()));
        inner.answer.set(ANSWER_PATIENCE);
    }

    pub(super) fn answered(&mut self, inner: &Inner, sdp: String) {
        self.unanswered = self.unanswered.saturating_sub(1);
        if self.unanswered > 0 {
            return;
        }
        let (Some(peer), Negotiation::Offered(_)) = (self.peer.clone(), &self.negotiation) else { return };
        inner.answer.cancel();
        self.negotiation = Negotiation::Browser;
        let answering = peer.clone();
        inner.after(async move { answering.answer(&sdp).await }, move |state, inner, taken| {
            state.took(inner, &peer, taken);
        });
    }

    fn took(&mut self, inner: &Inner, peer: &Rc<Peer>, taken: Result<(), NotTaken>) {
        if !self.is_current(peer) {
            return;
        }
        match taken {
            Err(NotTaken::AnotherHost) => return self.rebuild(inner),
            Err(NotTaken::Refused) => return self.rebuild_later(inner),
            Ok(()) => {}
        }
        self.negotiation = Negotiation::Rest;
        peer.name_seats(&mut self.seats);
        self.subscribe();
        if let Some(due) = self.due.take() {
            self.offer(inner, due);
        }
    }

    fn is_current(&self, peer: &Rc<Peer>) -> bool {
        self.peer.as_ref().is_some_and(|current| Rc::ptr_eq(current, peer))
    }

    // ---- who is received ----

    /// The layout has settled.
    pub(super) fn settle(&mut self, inner: &Inner) {
        self.arrange(inner);
    }

    fn arrange(&mut self, inner: &Inner) {
        let Some(peer) = self.peer.clone() else { return };
        let wanted: Vec<Wanted> = self.roster.iter().filter(|seated| !seated.me).flat_map(|seated| self.wanted(seated)).collect();
        let arranged = self.seats.arrange(&wanted);
        for (seat, left) in &arranged.emptied {
            self.expect(*seat, None);
            // Somebody who only changed connection is seated again below, under the same name.
            self.outbox.push(MeetingEvent::Stream { member: left.member, track: left.track, stream: None });
        }
        for (seat, came) in arranged.filled.iter().chain(&arranged.moved) {
            self.expect(*seat, Some((came.leaf, stream_of(came.track))));
        }
        for (seat, came) in &arranged.filled {
            self.show(came, peer.stream(*seat));
        }
        let short = arranged.short_of_audio.max(arranged.short_of_video);
        let room = MOST_SEATS.saturating_sub(self.seats.len()) / 2;
        let more = short.next_multiple_of(MORE_PAIRS).min(room);
        if more > 0 && peer.add_pairs(&mut self.seats, more).is_ok() {
            self.offer(inner, Due::Sections);
            return self.arrange(inner);
        }
        self.subscribe();
    }

    /// What we want of a member. While the host says nothing about what they send, as just after a way back, that is what we had:
    /// pictures do not go and come.
    fn wanted(&self, seated: &Seated) -> Vec<Wanted> {
        let had = || self.seats.held_of(seated.member).map(|held| (held.track, held.participant)).collect();
        let sends = |participant| seated.tracks.iter().map(|&track| (track, participant)).collect();
        let sources: Vec<_> = match seated.participant {
            Some(participant) if !seated.tracks.is_empty() => sends(participant),
            _ => had(),
        };
        let wanted = |(track, participant): (Track, ParticipantId)| {
            let said = self.heights.get(&(seated.member, track)).copied();
            let height = if track.is_audio() { PixelHeight(0) } else { said.unwrap_or(FIRST_HEIGHT) };
            Wanted { member: seated.member, track, leaf: seated.leaf, participant, height }
        };
        sources.into_iter().map(wanted).collect()
    }

    fn show(&mut self, who: &Wanted, stream: Option<MediaStream>) {
        self.outbox.push(MeetingEvent::Stream { member: who.member, track: who.track, stream });
        self.outbox.push(MeetingEvent::Veiled { member: who.member, track: who.track, veiled: false });
    }

    fn expect(&self, seat: SeatId, source: Option<(u32, u8)>) {
        self.tell_frames(ToFrames::Seat { seat: seat.0, source });
    }

    fn subscribe(&mut self) {
        if !self.is_inside() {
            return;
        }
        let changes = self.seats.subscriptions();
        if !changes.is_empty() {
            self.tell_session(&ToSession::Subscribe(changes));
        }
    }

    // ---- what the frame worker says ----

    /// Ten times a second: who is loud, ourselves included.
    pub(super) fn levels(&mut self, levels: &[(u16, u8)]) {
        let now = clock::now();
        let mine = self.local.level();
        self.tell_frames(ToFrames::Level(mine));
        let heard = levels.iter().filter_map(|(seat, level)| Some((self.seats.holder(SeatId(*seat))?.member, *level)));
        let all: Vec<_> = heard.chain(self.myself().map(|me| (me, mine))).collect();
        for (member, level) in all {
            if let Some(speaking) = self.voices.heard(now, member, level) {
                self.outbox.push(MeetingEvent::Speaking { member, speaking });
            }
        }
        let silent = self.voices.fell_silent(now);
        self.outbox.extend(silent.into_iter().map(|member| MeetingEvent::Speaking { member, speaking: false }));
    }

    pub(super) fn veiled(&mut self, seat: SeatId, veiled: bool) {
        if let Some(holder) = self.seats.holder(seat) {
            self.outbox.push(MeetingEvent::Veiled { member: holder.member, track: holder.track, veiled });
        }
    }

    // ---- what the person wants ----

    pub(super) fn command(&mut self, inner: &Inner, command: MeetingCommand) {
        if matches!(self.phase, Phase::Ended(_)) {
            return;
        }
        match command {
            MeetingCommand::Chat(text) => self.tell_session(&ToSession::Chat(text)),
            MeetingCommand::Microphone(on) => self.microphone(inner, on),
            MeetingCommand::Camera(on) => self.camera(inner, on),
            MeetingCommand::UseDevices { audio, video } => self.use_devices(inner, audio, video),
            MeetingCommand::Height { member, track, pixels } => {
                self.heights.insert((member, track), PixelHeight(pixels));
                inner.layout.set(LAYOUT_SETTLES);
            }
            MeetingCommand::ShowSafetyCode => self.tell_session(&ToSession::ShowSafetyCode),
            MeetingCommand::HideSafetyCode => self.tell_session(&ToSession::HideSafetyCode),
            MeetingCommand::StartSafetyCheck => self.tell_session(&ToSession::StartSafetyCheck),
            MeetingCommand::ConfirmSafetyCode => self.tell_session(&ToSession::ConfirmSafetyCode),
            MeetingCommand::Leave => self.leave(inner),
        }
    }

    fn leave(&mut self, inner: &Inner) {
        self.leaving = true;
        self.tell_session(&ToSession::Leave);
        self.hang_up(inner);
        inner.end_soon();
    }

    fn microphone(&mut self, inner: &Inner, on: bool) {
        if self.local.set_microphone(on) {
            self.announce();
        } else {
            self.open(inner, true, false);
        }
    }

    fn camera(&mut self, inner: &Inner, on: bool) {
        if on && self.local.video().is_none() {
            return self.open(inner, false, true);
        }
        if !on {
            self.local.close_camera();
            self.devices_changed();
        }
    }

    fn use_devices(&mut self, inner: &Inner, audio: Option<String>, video: Option<String>) {
        let (sound, picture) = (audio.is_some(), video.is_some() && self.local.video().is_some());
        self.local.want(audio, video);
        if sound || picture {
            self.open(inner, sound, picture);
        }
    }

    /// Opens devices, and sends from them.
    fn open(&self, inner: &Inner, audio: bool, video: bool) {
        let (audio, video) = self.local.wanted(audio, video);
        inner.after(super::devices::open(audio, video), |state, _, opened| {
            if matches!(state.phase, Phase::Ended(_)) {
                return super::devices::stop(&opened.stream);
            }
            state.local.take(&opened.stream);
            state.devices_changed();
        });
    }

    /// A device was pulled out.
    fn device_ended(&mut self, _: &Inner) {
        if self.local.drop_ended() {
            self.devices_changed();
        }
    }

    fn devices_changed(&mut self) {
        self.send_tracks();
        self.show_myself();
        self.announce();
    }

    fn announce(&self) {
        self.tell_session(&ToSession::Devices(self.local.announced()));
    }

    fn tell_session(&self, message: &ToSession) {
        if let Some(parts) = &self.parts {
            parts.tell_session(message);
        }
    }

    fn tell_frames(&self, message: ToFrames) {
        if let Some(parts) = &self.parts {
            parts.tell_frames(&message);
        }
    }
}
