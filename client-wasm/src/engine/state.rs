//! Sequences the parts of one meeting: session, connection, seats, devices.
//!
//! **Invariant:** what is on screen follows the roster, which is the group's and not the host's: a seat is filled only for a
//! member of the group, and the frame worker opens in it only what that member's leaf has sealed.

use super::{
    local::Local,
    meeting::Inner,
    own_voice::OwnVoice,
    parts::Parts,
    path::PathWatch,
    peer::Peer,
    port::{Join, Seated, ToFrames, ToSession, stream_of},
    reception::Reception,
    relay::Relay,
    seats::{SeatId, Seats, Wanted},
    speaking::Voices,
    warm::Switchboard,
};
use crate::{
    browser::{clock, fatal},
    model::{End, JoinRequest, MeetingEvent, MemberId, Over, Phase, Pictures},
};
use crypto::sorted::SortedMap;
use crypto::voices::Ways;
use crypto::{name::Language, voices::Duty};
use negotiation::{Due, Negotiation};
use recovery::FramesLife;
use std::rc::Rc;
use web_sys::MediaStream;
use wire::{ParticipantId, PixelHeight, Track};

mod hearing;
mod negotiation;
mod recovery;
mod relaying;
mod sound;
mod wishes;

/// Pairs added at a time when there are more people. More saves offers, fewer saves sections that nobody fills.
const MORE_PAIRS: usize = 4;

/// Receiving sections at most, sound and pictures together (`wire::limits::MEDIA_SECTIONS` less our own).
const MOST_SEATS: usize = wire::limits::MEDIA_SECTIONS - wire::limits::TRACKS;

/// Height asked for until the interface has said how high a picture's place is.
const FIRST_HEIGHT: PixelHeight = PixelHeight(360);

/// The most that is asked for of a camera by those who save data: the smallest layer.
const THRIFTY_HEIGHT: PixelHeight = PixelHeight(180);

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
    heights: SortedMap<(MemberId, Track), PixelHeight>,
    /// What the person wants to spend on pictures.
    pictures: Pictures,
    /// Which layers of our pictures somebody wants, as the host says.
    layers_wanted: SortedMap<Track, Vec<bool>>,
    local: Local,
    voices: Voices,
    path: PathWatch,
    /// The ways to the host that may be taken.
    over: Over,
    /// The host's relay, once it was needed.
    relay: Option<Rc<Relay>>,
    reception: Reception,
    own_voice: OwnVoice,
    /// Somebody looks at our microphone's level.
    level_wanted: bool,
    /// What the frame worker was told that we pass on.
    duty: Option<Duty>,
    frames: FramesLife,
    phase: Phase,
    was_inside: bool,
    leaving: bool,
    /// Offers that the session has and the host has not answered; only the answer to the last one counts.
    unanswered: usize,
    outbox: Vec<MeetingEvent>,
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
            heights: SortedMap::new(),
            pictures: Pictures::default(),
            layers_wanted: SortedMap::new(),
            local,
            voices: Voices::default(),
            path: PathWatch::default(),
            over: Over::Any,
            relay: None,
            reception: Reception::default(),
            own_voice: OwnVoice::default(),
            level_wanted: false,
            duty: None,
            frames: FramesLife::default(),
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

    pub(super) fn connection(&self) -> Option<Rc<Peer>> {
        self.peer.clone()
    }

    // ---- beginning and end ----

    pub(super) fn begin(&mut self, inner: &Inner, request: &JoinRequest) {
        self.over = request.over;
        self.local.on_ended(inner.whenever(State::device_ended));
        self.filter_voice(inner);
        self.tell_session(&ToSession::Join(Join {
            room: request.room.as_str().to_owned(),
            password: request.password.clone(),
            asking: request.asking,
            person: request.person.clone(),
            french: matches!(request.language, Language::French),
            failed_tries: request.failed_tries,
            tokens: request.tokens.clone(),
            waits: request.waits,
            devices: self.local.announced(),
        }));
        self.connect(inner);
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
        inner.wayless.cancel();
        inner.frames.cancel();
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
            MeetingEvent::Muted { by } => self.muted(by),
            other => self.outbox.push(other),
        }
    }

    fn phase(&mut self, inner: &Inner, phase: Phase) {
        let came_back = self.was_inside && !self.is_inside();
        self.phase = phase;
        self.outbox.push(MeetingEvent::Phase(phase));
        if !self.is_inside() {
            self.unanswered = 0;
            inner.answer.cancel();
            return;
        }
        self.was_inside = true;
        match &self.negotiation {
            // First of all: an offer of a connection that has failed meanwhile leads nowhere.
            _ if came_back && !self.peer.as_ref().is_some_and(|peer| peer.is_alive()) => self.rebuild(inner),
            Negotiation::Offered(offer) => {
                let offer = offer.clone();
                self.send_offer(inner, &offer);
            }
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

    // ---- who is received ----

    /// The layout has settled.
    pub(super) fn settle(&mut self, inner: &Inner) {
        self.arrange(inner);
    }

    fn arrange(&mut self, inner: &Inner) {
        let Some(peer) = self.peer.clone() else { return };
        self.take_duty(inner);
        let ways = self.ways();
        let others = self.roster.iter().filter(|seated| !seated.me);
        let wanted: Vec<Wanted> = others.flat_map(|seated| self.wanted(seated, &ways)).collect();
        let arranged = self.seats.arrange(&wanted);
        for (seat, left) in &arranged.emptied {
            self.expect(*seat, None);
            // Somebody who only changed connection is seated again below, under the same name.
            self.show(left, None);
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
    fn wanted(&self, seated: &Seated, ways: &Ways) -> Vec<Wanted> {
        let had = || self.seats.held_of(seated.member).map(|held| (held.track, held.participant)).collect();
        // What somebody says they share counts more than what the host says they send.
        let shares = |track: &Track| match track {
            Track::Audio | Track::Camera | Track::Herald => true,
            Track::Screen => seated.screen,
            Track::ScreenAudio => seated.screen_sound,
        };
        let sends = |participant| seated.tracks.iter().copied().filter(shares).map(|track| (track, participant)).collect();
        let sources: Vec<_> = match seated.participant {
            Some(participant) if !seated.tracks.is_empty() => sends(participant),
            _ => had(),
        };
        let wanted = |(track, participant): (Track, ParticipantId)| {
            let height = if track.is_audio() { PixelHeight(0) } else { self.height(seated.member, track, ways) };
            Wanted { member: seated.member, track, leaf: seated.leaf, participant, height }
        };
        sources.into_iter().map(wanted).filter(|source| sound::takes(ways, source)).collect()
    }

    /// How high a picture is asked for: as high as its place, unless the person wants to spend less.
    fn height(&self, member: MemberId, track: Track, ways: &Ways) -> PixelHeight {
        let unsaid = if ways.crowded { PixelHeight(0) } else { FIRST_HEIGHT };
        let said = self.heights.get(&(member, track)).copied().unwrap_or(unsaid);
        match self.pictures {
            Pictures::None => PixelHeight(0),
            Pictures::SaveData if track == Track::Camera => said.min(THRIFTY_HEIGHT),
            Pictures::SaveData | Pictures::Best | Pictures::Standard => said,
        }
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
    pub(super) fn levels(&mut self, inner: &Inner, levels: &[(u32, u8)]) {
        let now = clock::now();
        self.watch_path(inner, now, !levels.is_empty());
        self.look_at_reception(inner, now);
        self.hear_myself(inner);
        let mine = self.local.level();
        self.tell_frames(ToFrames::Level(mine));
        let member = |leaf: u32| self.roster.iter().find(|seated| seated.leaf == leaf && !seated.me).map(|seated| seated.member);
        let heard = levels.iter().filter_map(|(leaf, level)| Some((member(*leaf)?, *level)));
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
