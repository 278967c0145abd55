//! What anybody can make the host hold or do.
//!
//! **Invariant:** everything that grows by what comes in from outside has a number here or in [`wire::limits`].

use std::time::Duration;
use wire::limits;

/// The host's limits. [`Caps::default`] is for real hosts; tests turn single ones down.
#[derive(Clone, Debug)]
pub struct Caps {
    /// Rooms at the same time. More rooms need more memory: about 1 KB each when empty.
    pub rooms: usize,
    /// Participants in one room, strangers included.
    pub participants: usize,
    /// Strangers in one room at the same time.
    pub strangers: usize,
    /// Messages one stranger may send at once (heartbeats are free).
    pub stranger_messages: u32,
    /// Seconds after which it may send one more.
    pub stranger_seconds: u32,
    /// Bytes of commits that one room's log keeps.
    pub log_bytes: usize,
    /// Bytes of commits that all logs together keep. Above it, a room that commits gives up its own older entries first.
    pub all_logs_bytes: usize,
    /// How long a commit is kept.
    pub log_age: Duration,
    /// How long a dropped member's seat is kept.
    pub seat_kept: Duration,
    /// Silence after which a connection counts as dropped.
    pub silence: Duration,
    /// Time from opening a socket to a seat. Longer lets idle sockets pile up, shorter cuts off slow phones.
    pub enter_within: Duration,
    /// How long a host that has just started lets the members of forgotten meetings return before somebody else may found a
    /// room, and how long a rebuilt room waits with commits for the member in the highest epoch. Longer saves more meetings from
    /// being split by a restart, shorter lets the first newcomer in sooner.
    pub returns_within: Duration,
    /// Messages that may come at once on one connection.
    pub message_burst: u32,
    /// Messages per second that one connection may send for long. Members send about one.
    pub messages_per_second: u32,
    /// Bytes that may come at once on one connection.
    pub byte_burst: u32,
    /// Bytes per second that one connection may send for long. A large room's doorkeeper comes near half of it.
    pub bytes_per_second: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            rooms: limits::ROOMS,
            participants: limits::PARTICIPANTS,
            strangers: limits::STRANGERS,
            stranger_messages: limits::STRANGER_MESSAGES,
            stranger_seconds: limits::STRANGER_SECONDS,
            log_bytes: limits::LOG_BYTES,
            all_logs_bytes: 512 * 1024 * 1024,
            log_age: Duration::from_secs(limits::LOG_SECONDS),
            seat_kept: Duration::from_secs(limits::SEAT_SECONDS),
            silence: Duration::from_secs(limits::SILENCE_SECONDS),
            enter_within: Duration::from_secs(10),
            returns_within: Duration::from_secs(2),
            message_burst: 300,
            messages_per_second: 60,
            byte_burst: 8 * 1024 * 1024,
            bytes_per_second: 1024 * 1024,
        }
    }
}
