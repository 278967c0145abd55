//! What breaks on the way and is mended without asking anybody: the network, the way to the host, the frame worker.
//!
//! **Invariant:** while something is broken nothing leaves this page unsealed, and nothing that was sealed before a frame worker began
//! is opened by it (PROTOCOL.md §8).

use super::super::{
    meeting::{FRAMES_PATIENCE, Inner},
    peer::Way,
    port::ToSession,
};
use super::{Due, State};
use crate::{
    browser::{clock, fatal},
    model::Phase,
};
use wire::Track;

/// Frame workers that may break within [`RESTARTS_FORGOTTEN`], before the person is told to load the page again.
const RESTARTS: u32 = 3;

/// Milliseconds that a new frame worker has to say its first word.
const FRAMES_BEGINNING: f64 = 10_000.0;

/// Milliseconds after which a broken frame worker is forgotten.
const RESTARTS_FORGOTTEN: f64 = 60_000.0;

/// How the frame workers of this meeting have lived.
#[derive(Default)]
pub(super) struct FramesLife {
    /// It has been silent for a while and was given another chance: this page itself may have been asleep.
    suspected: bool,
    restarts: u32,
    restarted: f64,
}

impl State {
    /// The browser says that the way to the host has changed for the worse.
    pub(in crate::engine) fn way_changed(&mut self, inner: &Inner, way: Way) {
        match way {
            Way::Interrupted => self.way_interrupted(inner),
            Way::Lost => {
                // Where there is no way some browsers know at once, and would be given up and made again before patience ends.
                self.seek_relay();
                self.rebuild_later(inner);
            }
        }
    }

    /// The way may be another one: ICE looks for it at once. Without the session this waits until it is back, which restarts too.
    pub(in crate::engine) fn way_interrupted(&mut self, inner: &Inner) {
        if self.is_inside() {
            self.offer(inner, Due::Restart);
        }
    }

    /// There is a network again.
    pub(in crate::engine) fn network_is_back(&mut self) {
        self.tell_session(&ToSession::NetworkIsBack);
    }

    /// Sound frames came, or not: nobody who has a microphone is silent on the wire for long.
    pub(super) fn watch_path(&mut self, inner: &Inner, now: f64, heard: bool) {
        let inside = self.is_inside();
        let sends =
            |member| self.roster.iter().any(|seated| seated.member == member && seated.participant.is_some() && seated.connected);
        let due = inside
            && self.seats.holders().any(|holder| matches!(holder.track, Track::Audio | Track::Herald) && sends(holder.member));
        let Some(peer) = self.peer.clone().filter(|_| self.path.report(now, heard, due)) else { return };
        let counted = peer.clone();
        inner.after(async move { counted.received().await }, move |state, inner, received| {
            if state.is_current(&peer) && state.path.count(clock::now(), received) {
                state.way_interrupted(inner);
            }
        });
    }

    /// The frame worker lives.
    pub(in crate::engine) fn frames_live(&mut self) {
        self.frames.suspected = false;
    }

    /// No report has come for too long.
    pub(in crate::engine) fn frames_silent(&mut self, inner: &Inner) {
        if std::mem::replace(&mut self.frames.suspected, true) {
            return self.restart_frames(inner);
        }
        inner.frames.set(FRAMES_PATIENCE);
    }

    /// The frame worker is broken, and with it every transform: another one, another connection, other keys.
    pub(in crate::engine) fn restart_frames(&mut self, inner: &Inner) {
        let now = clock::now();
        if matches!(self.phase, Phase::Ended(_)) || self.leaving {
            return;
        }
        if now - self.frames.restarted > RESTARTS_FORGOTTEN {
            self.frames.restarts = 0;
        }
        self.frames.restarts += 1;
        (self.frames.restarted, self.frames.suspected) = (now, false);
        self.give_up_connection(inner);
        self.switchboard.frames_begin();
        inner.frames.set(FRAMES_BEGINNING);
        let begun =
            self.parts.as_mut().filter(|_| self.frames.restarts <= RESTARTS).map(|parts| parts.restart_frames(&self.switchboard));
        match begun {
            // It says when it is ready, and then there is another connection.
            Some(Ok(())) => {}
            Some(Err(error)) => {
                fatal::note(&error);
                fatal::show();
            }
            None => fatal::show(),
        }
    }
}
