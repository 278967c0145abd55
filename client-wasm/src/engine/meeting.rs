//! One meeting as the interface holds it: passes commands, events and time to its [`State`].
//!
//! **Invariant:** the state changes inside [`Inner::change`], and what came of it is told to the interface after the change is
//! complete and nothing is borrowed: an event's receiver may give the next command at once.

use super::{
    local::Local,
    port::{FromFrames, FromSession},
    seats::SeatId,
    state::State,
    warm,
};
use crate::{
    browser::{
        clock::{self, Timer},
        departure::Departure,
        network::NetworkWatch,
        task,
    },
    model::{End, JoinRequest, Measured, MeetingCommand, MeetingEvent},
};
use std::{
    cell::RefCell,
    future::Future,
    rc::{Rc, Weak},
};
use web_sys::Blob;

/// Milliseconds in which heights are gathered before the host hears of them. That a layout has settled is for the interface to say.
pub(super) const GATHERING: f64 = 50.0;

/// Milliseconds the host has for its answer before we begin again with a new connection.
pub(super) const ANSWER_PATIENCE: f64 = 8_000.0;

/// Milliseconds without a report of the frame worker, of which ten come a second, before it is asked about; twice that, and it is dead.
pub(super) const FRAMES_PATIENCE: f64 = 2_000.0;

/// Milliseconds the session has for its goodbye before we end without it.
const GOODBYE_PATIENCE: f64 = 1_500.0;

/// Milliseconds the session has for it when the link is to be void first.
const BURNING_PATIENCE: f64 = 4_000.0;

/// A meeting's state and its timers.
pub(crate) struct Inner {
    state: RefCell<State>,
    on_event: Box<dyn Fn(MeetingEvent)>,
    me: Weak<Self>,
    /// Heights have been gathered.
    pub(super) layout: Timer,
    /// The host has not answered.
    pub(super) answer: Timer,
    /// No way to the host was found.
    pub(super) wayless: Timer,
    /// There is something to tell the interface.
    later: Timer,
    /// The frame worker has not said anything for too long.
    pub(super) frames: Timer,
    _departure: Departure,
    _network: NetworkWatch,
}

impl Inner {
    pub(crate) fn join(request: JoinRequest, on_event: Box<dyn Fn(MeetingEvent)>) -> Rc<Self> {
        clock::mark("incamera-joining");
        let (parts, switchboard) = warm::take().map_or_else(Default::default, |warm| (Some(warm.parts), warm.switchboard));
        let local = Local::new(&request);
        let inner = Rc::new_cyclic(|me: &Weak<Self>| Self {
            state: RefCell::new(State::new(parts, switchboard.clone(), local)),
            on_event,
            me: me.clone(),
            layout: timer(me, |inner| inner.change(State::settle)),
            answer: timer(me, |inner| inner.change(State::rebuild)),
            wayless: timer(me, |inner| inner.change(|state, _| state.seek_relay())),
            later: timer(me, |inner| inner.change(|_, _| ())),
            frames: timer(me, |inner| inner.change(State::frames_silent)),
            _network: NetworkWatch::new(
                weakly(me, |inner| inner.change(|state, _| state.network_is_back())),
                weakly(me, |inner| inner.change(State::way_interrupted)),
            ),
            _departure: Departure::new(weakly(me, |inner| inner.command(MeetingCommand::Leave))),
        });
        switchboard.connect(&inner);
        inner.change_quietly(|state, inner| state.begin(inner, &request));
        inner
    }

    /// Changes the state, then tells the interface.
    pub(super) fn change(&self, change: impl FnOnce(&mut State, &Self)) {
        change(&mut self.state.borrow_mut(), self);
        self.tell();
    }

    /// Tells the interface what has come about, and what comes of that.
    fn tell(&self) {
        loop {
            let events = self.state.borrow_mut().take_events();
            if events.is_empty() {
                return;
            }
            events.into_iter().for_each(|event| (self.on_event)(event));
        }
    }

    /// Changes the state and tells the interface later, for calls that come from the interface itself.
    fn change_quietly(&self, change: impl FnOnce(&mut State, &Self)) {
        change(&mut self.state.borrow_mut(), self);
        self.later.set(0.0);
    }

    /// Does something that takes time, then changes the state by what came of it.
    pub(super) fn after<T: 'static>(
        &self,
        work: impl Future<Output = T> + 'static,
        change: impl FnOnce(&mut State, &Self, T) + 'static,
    ) {
        let Some(inner) = self.me.upgrade() else { return };
        task::spawn_local(async move {
            let result = work.await;
            inner.change(|state, inner| change(state, inner, result));
        });
    }

    /// A callback for the browser that changes the state by what it is told, if the meeting still is.
    pub(super) fn whenever_told<T: 'static>(&self, change: impl Fn(&mut State, &Self, T) + 'static) -> impl Fn(T) + 'static {
        let me = self.me.clone();
        move |told| {
            if let Some(inner) = me.upgrade() {
                inner.change(|state, inner| change(state, inner, told));
            }
        }
    }

    /// A callback for the browser that changes the state, if the meeting still is.
    pub(super) fn whenever(&self, change: impl Fn(&mut State, &Self) + 'static) -> impl Fn() + 'static {
        weakly(&self.me, move |inner| inner.change(&change))
    }

    pub(crate) fn session_says(&self, message: FromSession, file: Option<Blob>) {
        self.change(|state, inner| match message {
            FromSession::Roster(roster) => state.roster(inner, roster),
            FromSession::Answer(sdp) => state.answered(inner, sdp),
            FromSession::OfferRefused => state.refused(inner),
            FromSession::LayersWanted(wanted) => state.layers_wanted(wanted.track, wanted.layers),
            FromSession::Relay(access) => state.relay_came(inner, access),
            FromSession::File(id) => file.into_iter().for_each(|blob| state.event(inner, MeetingEvent::FileCame { id, blob })),
            FromSession::Event(event) => state.event(inner, event),
        });
    }

    pub(crate) fn frames_say(&self, message: FromFrames) {
        self.frames.set(FRAMES_PATIENCE);
        self.change(|state, _| state.frames_live());
        self.change(|state, inner| match message {
            FromFrames::Ready => state.connect(inner),
            FromFrames::FirstFrame => clock::mark("incamera-first-frame"),
            FromFrames::Levels(levels) => state.levels(inner, &levels),
            FromFrames::Veiled { seat, veiled } => state.veiled(SeatId(seat), veiled),
        });
    }

    pub(crate) fn frames_broke(&self) {
        self.change(State::restart_frames);
    }

    pub(crate) fn command(&self, command: MeetingCommand) {
        self.change_quietly(|state, inner| state.command(inner, command));
    }

    /// Tells of the connection as it is, if there is one.
    pub(crate) fn measure(&self, tell: impl FnOnce(Measured) + 'static) {
        let peer = self.state.borrow().connection();
        task::spawn_local(async move {
            tell(match peer {
                Some(peer) => peer.measured().await,
                None => Measured::default(),
            });
        });
    }

    /// Ends the meeting even if the session does not say goodbye in time. Keeps it alive until then.
    pub(super) fn end_soon(&self) {
        self.end_within(GOODBYE_PATIENCE);
    }

    /// The same, when the link is to be void first.
    pub(super) fn end_after_burning(&self) {
        self.end_within(BURNING_PATIENCE);
    }

    fn end_within(&self, millis: f64) {
        self.after(clock::sleep(millis), |state, inner, ()| state.end(inner, End::Left));
    }
}

fn timer(me: &Weak<Inner>, call: impl Fn(&Inner) + 'static) -> Timer {
    Timer::new(weakly(me, call))
}

/// For callbacks that may outlive the meeting.
fn weakly(me: &Weak<Inner>, call: impl Fn(&Inner) + 'static) -> impl Fn() + 'static {
    let me = me.clone();
    move || {
        if let Some(inner) = me.upgrade() {
            call(&inner);
        }
    }
}
