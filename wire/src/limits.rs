//! What a stranger can make the host hold. Each constant says what it trades and which way to turn it.

/// Largest WebSocket message in either direction, bytes. What lets one more into a room of 500 who have all moved their keys is 1.4 MB, a kick
/// of somebody where nobody has is 0.6 MB (`cargo xtask bench group`); smaller would cut large rooms off, larger lets one message cost more
/// memory.
pub const MESSAGE_BYTES: usize = 2 * 1024 * 1024;

/// Largest message that somebody who is not yet a member may send, bytes. A knock with an X-Wing KeyPackage is under 4 KB.
pub const STRANGER_MESSAGE_BYTES: usize = 16 * 1024;

/// Largest SDP offer, bytes. 100 people in one PeerConnection are about 150 KB.
pub const SDP_BYTES: usize = 256 * 1024;

/// Bytes that may wait for one participant who reads slowly. Above it the participant is cut off and resumes from the log.
/// Must be more than [`LOG_BYTES`], or a full log could not be fetched.
pub const MAILBOX_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of commits one room's log keeps. Older commits go first; who needs them asks a member.
pub const LOG_BYTES: usize = 4 * 1024 * 1024;

/// Commits older than this are dropped, seconds (PROTOCOL.md §6: an old state plus the log would open later epochs).
pub const LOG_SECONDS: u64 = 600;

/// Rooms on one host.
pub const ROOMS: usize = 10_000;

/// Participants in one room, strangers included.
pub const PARTICIPANTS: usize = 512;

/// Newcomers who knock at one room at the same time. More wait outside: each costs members a run of the PAKE.
pub const STRANGERS: usize = 32;

/// Messages a stranger may send at once. A join takes three, asking to be let in four.
pub const STRANGER_MESSAGES: u32 = 32;

/// Seconds after which a stranger may send one more: who waits to be let in says so every 20 s, for as long as it takes. Shorter lets a stranger
/// cost members more, longer leaves those who wait with less to say.
pub const STRANGER_SECONDS: u32 = 10;

/// Members among whom one member's tracks are shared: tracks per participant (audio, camera, screen, screen audio, herald).
pub const TRACKS: usize = 5;

/// Media sections in one offer: own tracks plus two for each other participant shown.
pub const MEDIA_SECTIONS: usize = 256;

/// How long the seat of a participant whose socket dropped is kept for a resume, seconds.
/// Longer forgives longer tunnels; shorter tells the others sooner that somebody has gone for good.
pub const SEAT_SECONDS: u64 = 30;

/// Silence on a WebSocket after which it counts as dropped, seconds. Members send a heartbeat every 5 s.
pub const SILENCE_SECONDS: u64 = 12;
