//! A member without a screen: signalling, a real session with real keys, and media by another WebRTC implementation than the host's (the
//! `webrtc` crate), for loads and tests, and for whatever else needs a member that nobody looks at.
//!
//! ```text
//!  Member ── member      one task: sequences the parts below, in the order in which things happen
//!    ├─ signalling       WebSocket to the host                ├─ media      ICE, DTLS, SRTP, RTP: all of it the `webrtc` crate's
//!    ├─ keyholder        crypto::session, SFrame keys         ├─ frames     frames to packets and back
//!    └─ reception        which section receives whom, and what came
//!  load                  many members, their frames, and what became of each
//! ```
//!
//! **Invariant:** what goes out was sealed by [`crypto::frames::FrameSealer`] and what is shown was opened by
//! [`crypto::frames::FrameOpener`] under the keys of a session that joined as everybody does; nothing here knows a way around either.

mod clock;
mod frames;
mod keyholder;
pub mod load;
mod media;
mod member;
mod reception;
mod room;
mod signalling;

pub use member::{Event, Frame, JoinError, Joining, Member, Opened, Published, Seats, Traffic};
pub use room::RoomKeys;
pub use signalling::{HostAddress, NotAHost};

use ring::rand::{SecureRandom as _, SystemRandom};

/// Fresh bytes of the system's.
///
/// # Errors
/// When the system has none.
pub(crate) fn entropy<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| std::io::Error::other("this machine has no randomness"))?;
    Ok(bytes)
}
