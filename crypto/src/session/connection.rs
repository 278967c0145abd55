//! The socket, the seat at the host, and the way back to it.
//!
//! **Invariant:** while the session lives there is a socket, one being opened, or a moment at which the next one will be.

use super::api::Millis;
use ed25519_dalek::{Signer, SigningKey};
use wire::{Incarnation, Nonce, ParticipantId, ResumeKey, ResumeSignature, resume_statement};

/// First pause before the socket is opened again, ms; doubled each time, with up to as much again at random.
const FIRST_PAUSE: u64 = 300;
/// Longest pause, ms. Longer spares a struggling host, shorter brings people back sooner.
const LONGEST_PAUSE: u64 = 5_000;
/// How long a socket may take to open, and the host to greet and to seat us, ms.
const PATIENCE: u64 = 10_000;

/// Where the socket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Closed until then.
    Pausing { until: Millis },
    /// Asked for.
    Opening { until: Millis },
    /// Open; the host has not greeted, or not answered who we said we are.
    Greeting { until: Millis },
    /// Seated.
    Up,
}

/// A seat at the host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) participant: ParticipantId,
    pub(super) incarnation: Incarnation,
}

/// The socket and the seat.
pub(super) struct Connection {
    link: Link,
    failures: u32,
    key: SigningKey,
    seat: Option<Seat>,
    heard: Millis,
    said: Millis,
}

impl Connection {
    /// A socket is being opened. `entropy` becomes the key with which this participant comes back.
    pub(super) fn new(now: Millis, entropy: [u8; 32]) -> Self {
        let link = Link::Opening { until: now.saturating_add(PATIENCE) };
        Self { link, failures: 0, key: SigningKey::from_bytes(&entropy), seat: None, heard: now, said: now }
    }

    pub(super) fn is_up(&self) -> bool {
        self.link == Link::Up
    }

    pub(super) fn is_greeting(&self) -> bool {
        matches!(self.link, Link::Greeting { .. })
    }

    pub(super) fn is_pausing(&self) -> bool {
        matches!(self.link, Link::Pausing { .. })
    }

    pub(super) fn seat(&self) -> Option<Seat> {
        self.seat
    }

    /// The seat is not ours any more.
    pub(super) fn give_up_seat(&mut self) {
        self.seat = None;
    }

    pub(super) fn opened(&mut self, now: Millis) {
        if matches!(self.link, Link::Opening { .. }) {
            self.link = Link::Greeting { until: now.saturating_add(PATIENCE) };
        }
    }

    pub(super) fn seated(&mut self, now: Millis, seat: Seat) {
        self.link = Link::Up;
        self.failures = 0;
        self.seat = Some(seat);
        self.heard = now;
    }

    /// The socket is gone: another in a while. `chance` is any number.
    pub(super) fn lost(&mut self, now: Millis, chance: u32) {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10)).min(LONGEST_PAUSE / 2);
        self.failures = self.failures.saturating_add(1);
        let pause = pause.saturating_add(u64::from(chance) % (pause + 1));
        self.link = Link::Pausing { until: now.saturating_add(pause) };
    }

    /// Another socket at this moment, and none before.
    pub(super) fn pause(&mut self, until: Millis) {
        self.link = Link::Pausing { until };
    }

    /// A socket is asked for now.
    pub(super) fn opening(&mut self, now: Millis) {
        self.link = Link::Opening { until: now.saturating_add(PATIENCE) };
    }

    /// True when the pause is over, or the host let us wait too long.
    pub(super) fn wants_socket(&self, now: Millis) -> bool {
        self.deadline().is_some_and(|until| now >= until)
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        match self.link {
            Link::Pausing { until } | Link::Opening { until } | Link::Greeting { until } => Some(until),
            Link::Up => None,
        }
    }

    pub(super) fn resume_key(&self) -> ResumeKey {
        ResumeKey(self.key.verifying_key().to_bytes())
    }

    pub(super) fn sign(&self, seat: Seat, nonce: Nonce) -> ResumeSignature {
        let signature = self.key.sign(&resume_statement(seat.incarnation, seat.participant, nonce)).to_bytes();
        let (mut first, mut second) = ([0; 32], [0; 32]);
        first.copy_from_slice(&signature[..32]);
        second.copy_from_slice(&signature[32..]);
        ResumeSignature(first, second)
    }

    /// The host said something.
    pub(super) fn heard(&mut self, now: Millis) {
        self.heard = now;
    }

    pub(super) fn last_heard(&self) -> Millis {
        self.heard
    }

    /// We said something.
    pub(super) fn said(&mut self, now: Millis) {
        self.said = now;
    }

    pub(super) fn last_said(&self) -> Millis {
        self.said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let mut connection = Connection::new(0, [1; 32]);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            connection.lost(1_000, 0);
            pauses.push(connection.deadline().unwrap() - 1_000);
        }
        assert_eq!(pauses, [300, 600, 1_200, 2_400, 2_500, 2_500, 2_500, 2_500]);
        connection.lost(0, u32::MAX);
        assert!(connection.deadline().unwrap() <= LONGEST_PAUSE);
    }

    #[test]
    fn a_seat_starts_the_pauses_anew() {
        let mut connection = Connection::new(0, [1; 32]);
        connection.lost(0, 0);
        connection.lost(0, 0);
        connection.seated(9, Seat { participant: ParticipantId([1; 16]), incarnation: Incarnation([1; 8]) });
        assert!(connection.is_up());
        connection.lost(10, 0);
        assert_eq!(connection.deadline(), Some(310));
    }
}
