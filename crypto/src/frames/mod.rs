//! Media frames, sealed and opened with SFrame (RFC 9605, AES_256_GCM_SHA512) under the group's keys (PROTOCOL.md §8).
//!
//! Invariant: **a frame is accepted once, in its own stream, from the member it claims, in an epoch that member belongs to;
//! and no two frames are ever sealed under one key and counter.** Everything else is an [`OpenError`], and nothing that an
//! unauthenticated header says changes any state: look, authenticate, then commit.
//!
//! ```text
//! MLS exporter ─► EpochKeys ─► base key of each leaf ─► key of each KID ─► one AEAD key, counters 0, 1, 2 …
//! ```
//!
//! What travels:
//! ```text
//! audio      ┌ SFrame header ┬ ciphertext of (level │ padding length │ Opus │ padding) ┬ tag 16 ┐
//! herald     ┌ SFrame header ┬ ciphertext of (length │ another member's sealed audio frame │ zeros) ┬ tag 16 ┐
//! picture    ┌ 0x10 key, 0x11 delta ┬ SFrame header ┬ ciphertext of the VP8 frame ┬ tag 16 ┐
//! ```
//! The first byte of a picture is what VP8 packetizers need to see; it is written and taken off here, and authenticated.
//! The audio level and the padding of audio are described in [`audio`]; what heralds are, in [`crate::voices`]. Not covered by the tag of the frame itself but bound
//! by it all the same (metadata of RFC 9605 §4.4.3): the stream, and whether the frame is a key frame.
//!
//! Members hold each other's keys, so that "from the member it claims" holds against outsiders. Against members it takes the room's policy: then
//! sealer and opener remember a hash of each frame ([`vouch`]), and senders vouch for theirs ([`crate::session`]).

mod aead;
pub mod audio;
mod header;
mod herald;
mod keys;
mod kid;
mod opener;
mod sealer;
mod vouch;
mod window;

pub use audio::AudioLevel;
pub use herald::MOST_PASSED_ON;
pub use keys::EpochKeys;
pub use kid::{Kid, Stream};
pub use opener::{Expected, FrameOpener, OpenError, Opened};
pub use sealer::{FrameSealer, SealError};
pub use vouch::{FrameHash, FrameReport, FrameReports, HASH_BYTES};

/// What the AEAD binds beside the header: the stream, and what kind of frame it is.
fn metadata(stream: Stream, key_frame: Option<bool>) -> [u8; 2] {
    let kind = match key_frame {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    };
    [stream as u8, kind]
}

/// The clear first byte of a picture: as much of VP8's frame header as packetizers look at (RFC 7741 §4.3: bit 0 is "not a key frame").
const SHIM_KEY: u8 = 0x10;
/// The same of a frame that builds on another.
const SHIM_DELTA: u8 = 0x11;

#[cfg(test)]
mod tests;
