//! The connection's description: offered, answered, and made anew when it no longer leads anywhere.
//!
//! **Invariant:** at most one offer is under way, and an answer is taken only for the last one that was made.

use super::super::{
    encodings::Demand,
    meeting::{ANSWER_PATIENCE, Inner},
    path::PathWatch,
    peer::{NotTaken, Peer},
    port::ToSession,
};
use super::{MORE_PAIRS, State};
use crate::browser::{clock, fatal};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wire::{Offer, Track};

/// Pairs of receiving sections made with the first offer: enough for four others without a second one.
const FIRST_PAIRS: usize = 4;

/// At most so many, however many people there are: what a room of a hundred takes for sound (`crypto::voices`).
const MOST_FIRST_PAIRS: usize = 16;

/// A shared screen: picture and sound.
const SCREEN: [Track; 2] = [Track::Screen, Track::ScreenAudio];

/// Milliseconds before another connection is tried after one that failed.
const BREATH: f64 = 2_000.0;

/// How far the connection's description has come.
pub(super) enum Negotiation {
    /// Nothing is under way.
    Rest,
    /// The browser is making an offer, or taking an answer.
    Browser,
    /// An offer is made; it was given to the session if we were inside, and will be again when we are.
    Offered(Offer),
}

/// Why another offer is needed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// There are more sections.
    Sections,
    /// We came back: the way to the host may have changed, and the host may have forgotten.
    Restart,
}

impl State {
    /// Makes the connection and its first offer, unless there is one. Before the frame worker is ready for transforms nothing happens: when
    /// it is, this is called again.
    pub(in crate::engine) fn connect(&mut self, inner: &Inner) {
        let Some(parts) = &self.parts else { return };
        if self.peer.is_some() || self.leaving || !self.switchboard.frames_ready() {
            return;
        }
        let tell = inner.whenever_told(State::way_changed);
        let relay = self.relay.clone().filter(|relay| relay.is_fresh(clock::now()));
        let made = Peer::new(parts.frame_worker(), (relay, self.over), tell).and_then(|peer| {
            if self.local.shares() {
                peer.add_sending(&SCREEN)?;
            }
            let pairs = self.roster.len().next_multiple_of(MORE_PAIRS).clamp(FIRST_PAIRS, MOST_FIRST_PAIRS);
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
    pub(in crate::engine) fn rebuild(&mut self, inner: &Inner) {
        self.give_up_connection(inner);
        self.connect(inner);
    }

    /// Gives the connection up.
    pub(super) fn give_up_connection(&mut self, inner: &Inner) {
        inner.answer.cancel();
        inner.wayless.cancel();
        self.peer = None;
        self.negotiation = Negotiation::Rest;
        self.due = None;
        self.seats = self.seats.succeed();
        self.path = PathWatch::default();
        // To the host another connection begins with all layers, and it says only what is to change.
        self.layers_wanted.clear();
        self.duty = None;
    }

    /// The host could not use our offer.
    pub(in crate::engine) fn refused(&mut self, inner: &Inner) {
        self.unanswered = self.unanswered.saturating_sub(1);
        self.rebuild_later(inner);
    }

    /// Gives it up after a breath: what failed just now would fail again.
    pub(in crate::engine) fn rebuild_later(&mut self, inner: &Inner) {
        inner.answer.set(BREATH);
    }

    pub(super) fn send_tracks(&self) {
        if let Some(peer) = &self.peer {
            for track in [Track::Audio, Track::Camera, Track::Screen, Track::ScreenAudio, Track::Herald] {
                peer.send(track, self.local.track(track), self.demand(track));
            }
        }
    }

    /// What is to be encoded of a picture of ours.
    pub(super) fn demand(&self, track: Track) -> Demand {
        Demand {
            pictures: self.pictures,
            film: self.local.shares_film(),
            layers: self.layers_wanted.get(&track).cloned().unwrap_or_default(),
        }
    }

    /// Encodes our pictures as person and host want them.
    pub(super) fn shape_tracks(&self) {
        if let Some(peer) = &self.peer {
            [Track::Camera, Track::Screen].into_iter().for_each(|track| peer.shape(track, self.demand(track)));
        }
    }

    /// Makes sections for our screen, if there are none yet.
    pub(super) fn open_screen_sections(&mut self, inner: &Inner) {
        let Some(peer) = self.peer.clone() else { return };
        match peer.add_sending(&SCREEN) {
            Ok(true) => self.offer(inner, Due::Sections),
            Ok(false) => {}
            Err(error) => fatal::note(&error),
        }
    }

    pub(super) fn offer(&mut self, inner: &Inner, due: Due) {
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

    pub(super) fn send_offer(&mut self, inner: &Inner, offer: &Offer) {
        self.unanswered += 1;
        self.tell_session(&ToSession::Offer(offer.clone()));
        inner.answer.set(ANSWER_PATIENCE);
    }

    pub(in crate::engine) fn answered(&mut self, inner: &Inner, sdp: String) {
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
        // Taking an answer wakes every layer that it names, also those that shall sleep.
        self.shape_tracks();
        self.subscribe();
        self.look_for_way(inner);
        if let Some(due) = self.due.take() {
            self.offer(inner, due);
        }
    }

    pub(super) fn is_current(&self, peer: &Rc<Peer>) -> bool {
        self.peer.as_ref().is_some_and(|current| Rc::ptr_eq(current, peer))
    }
}
