//! When the host's relay is asked for, and what is done with it.
//!
//! **Invariant:** it is asked for only after a way without it was sought in vain: whoever has one takes up no room at the relay.

use super::super::{meeting::Inner, port::ToSession, relay::Relay};
use super::State;
use crate::browser::{clock, site};
use crate::model::Over;
use std::rc::Rc;
use wire::RelayAccess;

/// Milliseconds from an answer until a way should have been found: three times what it takes on a bad mobile network. Shorter relays people
/// who need not be, longer keeps those waiting who must.
const PATIENCE: f64 = 4_000.0;

impl State {
    /// An answer was taken. Whoever needed the relay before does not wait.
    pub(super) fn look_for_way(&self, inner: &Inner) {
        if !self.is_wayless() {
            inner.wayless.cancel();
        } else if self.relay.is_some() {
            self.seek_relay();
        } else {
            inner.wayless.set(if self.over == Over::Relay { 0.0 } else { PATIENCE });
        }
    }

    /// None was found in time, or the browser has given up.
    pub(in crate::engine) fn seek_relay(&self) {
        if self.is_inside() && self.is_wayless() && matches!(self.over, Over::Any | Over::Relay) {
            self.tell_session(&ToSession::SeekRelay);
        }
    }

    /// The host has answered. Servers are named to a connection when it is made: this makes another one, and nothing is lost with the old one,
    /// which leads nowhere.
    pub(in crate::engine) fn relay_came(&mut self, inner: &Inner, access: RelayAccess) {
        let Some(host) = site::host_name() else { return };
        self.relay = Relay::of(access, &host, clock::now()).map(Rc::new);
        if self.relay.is_some() && self.is_wayless() {
            self.rebuild(inner);
        }
    }

    /// There is a connection, it leads nowhere yet, and a relay that holds is not among what it tries.
    fn is_wayless(&self) -> bool {
        let now = clock::now();
        self.peer.as_ref().is_some_and(|peer| !peer.is_connected() && !peer.relay().is_some_and(|relay| relay.is_fresh(now)))
    }
}
