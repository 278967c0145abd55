//! What host and members both have to read: ids, envelopes, media descriptions and their codec.
//!
//! **Invariant:** nothing in this crate is, holds or derives a secret of the room. Whatever a member
//! wants to keep from the host travels through here as [`Opaque`] bytes, which have a length and nothing else.
//!
//! ```text
//! member ── ToHost ──▶ host ── FromHost ──▶ member        one postcard value per binary WebSocket message
//! ```

mod codec;
mod from_host;
mod ids;
pub mod limits;
mod media;
pub mod permission;
mod to_host;

pub use codec::{DecodeError, decode, encode};
pub use from_host::{Entered, FromHost, LayersWanted, LogEntry, Refusal, RelayAccess, RelayOver, RelayWay, RoomStanding};
pub use ids::{
    Attempt, Epoch, Incarnation, Nonce, Opaque, ParticipantId, ResumeKey, ResumeSignature, RoomId, Slot, Ticket, TicketHash,
};
pub use media::{Mid, Offer, PixelHeight, Publication, Subscription, Track};
pub use to_host::{CommitSubmission, Creation, Entry, Identity, Opening, ToHost, resume_statement};

/// Version of the envelopes, the first byte of every message.
///
/// Changes when a program of the version before would misread a message, or could not read one that it may be sent: with every field,
/// and every variant that goes to those who did not ask for it. What was never released needs no version of its own.
///
/// A host and a client of different versions do not talk: the host hangs up, and [`decode`] names the other version
/// ([`DecodeError::OtherVersion`]), so that a client can have the page loaded again. The page comes from its host, so this
/// happens to pages that stay open while their host is replaced.
pub const VERSION: u8 = 1;
