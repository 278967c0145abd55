//! CPace: a balanced PAKE (draft-irtf-cfrg-cpace-21, suite CPACE-RISTR255-SHA512, initiator and responder, with explicit key
//! confirmation). About a hundred lines over `curve25519-dalek`; the draft's vectors and `pakery-cpace` are its judges.
//!
//! ```text
//! start ─► State ──finish(peer's share)──► Keys ──verify(peer's tag)──► Confirmed ─► join keys
//!            │                              │                              │
//!          share()                     tag() of the responder        tag() of the initiator
//! ```
//!
//! Invariant: **one run answers one guess.** `State` and `Keys` are consumed by the step that could tell a guess right from
//! wrong, so a share meets one peer share and a transcript one tag; no key exists before the peer's tag was right, and the
//! initiator (the doorkeeper) cannot make its own tag before that.

use super::Prs;
use curve25519_dalek::{
    ristretto::{CompressedRistretto, RistrettoPoint},
    scalar::Scalar,
    traits::IsIdentity,
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A compressed ristretto255 point.
pub type Share = [u8; 32];
/// An HMAC-SHA512 cut to 32 bytes.
pub type Tag = [u8; 32];

/// Who began. In a room the doorkeeper is the initiator and the joiner the responder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Sent the first share.
    Initiator,
    /// Answered it, and confirms first.
    Responder,
}

/// Which way something sealed under a join key travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the doorkeeper to the joiner.
    FromInitiator,
    /// From the joiner to the doorkeeper.
    FromResponder,
}

/// Why a run came to nothing. Either is the peer's doing, or the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CpaceError {
    /// The peer's share is no point of the group, or the neutral one. No guess was answered.
    #[error("the share is not a valid point")]
    InvalidShare,
    /// The tag is wrong: another password, other associated data, or bytes changed on the way. One guess is spent.
    #[error("the confirmation does not fit")]
    WrongTag,
}

/// Our ephemeral secret of one run.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct State {
    scalar: Scalar,
    share: Share,
    ci: Vec<u8>,
    sid: Vec<u8>,
}

/// Begins a run.
///
/// `ci` is the channel identifier and `sid` the session id, which both sides must know alike (PROTOCOL.md §4).
/// `wide` must be fresh and uniform; it is wiped.
pub fn start(prs: &Prs, ci: &[u8], sid: &[u8], wide: Zeroizing<[u8; 64]>) -> State {
    start_with(prs.as_bytes(), ci, sid, Scalar::from_bytes_mod_order_wide(&wide))
}

fn start_with(prs: &[u8], ci: &[u8], sid: &[u8], scalar: Scalar) -> State {
    let share = (generator(prs, ci, sid) * scalar).compress().to_bytes();
    State { scalar, share, ci: ci.to_vec(), sid: sid.to_vec() }
}

impl State {
    /// What to send.
    pub fn share(&self) -> Share {
        self.share
    }

    /// Takes the peer's share in. `my_ad` and `peer_ad` are each side's associated data, bound into every key and tag.
    ///
    /// # Errors
    /// [`CpaceError::InvalidShare`].
    pub fn finish(self, role: Role, my_ad: &[u8], peer_share: &Share, peer_ad: &[u8]) -> Result<Keys, CpaceError> {
        let shared = scalar_mult_vfy(&self.scalar, peer_share)?;
        let transcript = match role {
            Role::Initiator => transcript(&self.share, my_ad, peer_share, peer_ad),
            Role::Responder => transcript(peer_share, peer_ad, &self.share, my_ad),
        };
        let mut whole = Vec::new();
        for part in [b"incamera/1 transcript", &self.ci[..], &self.sid[..]] {
            prepend_len(&mut whole, part);
        }
        whole.extend_from_slice(&transcript);
        Ok(Keys { role, isk: isk(&self.sid, &shared, &transcript), transcript, hash: Sha512::digest(&whole).into() })
    }
}

/// Both shares are in; nothing is proved yet.
#[derive(ZeroizeOnDrop)]
pub struct Keys {
    #[zeroize(skip)]
    role: Role,
    isk: Zeroizing<[u8; 64]>,
    transcript: Vec<u8>,
    hash: [u8; 64],
}

impl Keys {
    /// The tag that proves our knowledge of the password, for the side that confirms first.
    ///
    /// Only the responder has one at this stage: the initiator gets its tag from [`Confirmed`].
    pub fn tag(&self) -> Option<Tag> {
        (self.role == Role::Responder).then(|| self.tag_of(Role::Responder))
    }

    /// Checks the peer's tag in constant time. Our own tag, reflected, does not pass.
    ///
    /// # Errors
    /// [`CpaceError::WrongTag`], and the run is over.
    pub fn verify(self, tag: &Tag) -> Result<Confirmed, CpaceError> {
        let peer = match self.role {
            Role::Initiator => Role::Responder,
            Role::Responder => Role::Initiator,
        };
        if bool::from(self.tag_of(peer).ct_eq(tag)) { Ok(Confirmed(self)) } else { Err(CpaceError::WrongTag) }
    }

    /// SHA-512 over CI, sid, both shares and both sides' associated data. Not secret.
    pub fn transcript_hash(&self) -> [u8; 64] {
        self.hash
    }

    /// Two tag keys, so that one side's tag is never the other's.
    fn tag_of(&self, role: Role) -> Tag {
        let key = self.key(match role {
            Role::Initiator => b"confirm initiator",
            Role::Responder => b"confirm responder",
        });
        let mut tag = [0; 32];
        if let Ok(mac) = <Hmac<Sha512> as Mac>::new_from_slice(&*key) {
            tag.copy_from_slice(&mac.chain_update(&self.transcript).finalize().into_bytes()[..32]);
        }
        tag
    }

    fn key(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        let expanded =
            Hkdf::<Sha512>::new(Some(b"incamera/1 cpace"), &*self.isk).expand_multi_info(&[label, b"\0", &self.hash], &mut *key);
        assert!(expanded.is_ok(), "32 bytes are far below 255 hashes");
        key
    }
}

/// The peer has proved that it knows the password, and that it saw what we saw.
#[derive(ZeroizeOnDrop)]
pub struct Confirmed(Keys);

impl Confirmed {
    /// Our own tag, which the peer may have now.
    pub fn tag(&self) -> Tag {
        self.0.tag_of(self.0.role)
    }

    /// The key that seals what travels one way. The two directions differ.
    pub fn join_key(&self, direction: Direction) -> Zeroizing<[u8; 32]> {
        self.0.key(match direction {
            Direction::FromInitiator => b"join key from initiator",
            Direction::FromResponder => b"join key from responder",
        })
    }

    /// See [`Keys::transcript_hash`].
    pub fn transcript_hash(&self) -> [u8; 64] {
        self.0.hash
    }
}

const DSI: &[u8] = b"CPaceRistretto255";
const DSI_ISK: &[u8] = b"CPaceRistretto255_ISK";
/// Input block of SHA-512: the password fills the first block alone, so that its length does not show in the time (draft §7.1).
const BLOCK_BYTES: usize = 128;

/// `lv_cat(DSI, PRS, zeros, CI, sid)`.
fn generator_string(prs: &[u8], ci: &[u8], sid: &[u8]) -> Zeroizing<Vec<u8>> {
    let used = 1 + lv_len(prs) + lv_len(DSI);
    let zeros = [0; BLOCK_BYTES];
    let padding = zeros.get(..BLOCK_BYTES.saturating_sub(used)).unwrap_or_default();
    // Grown once: a reallocation would leave a copy of the password-equivalent behind.
    let mut string = Zeroizing::new(Vec::with_capacity([DSI, prs, padding, ci, sid].iter().map(|part| lv_len(part)).sum()));
    for part in [DSI, prs, padding, ci, sid] {
        prepend_len(&mut string, part);
    }
    string
}

fn generator(prs: &[u8], ci: &[u8], sid: &[u8]) -> RistrettoPoint {
    let hash = Zeroizing::new(<[u8; 64]>::from(Sha512::digest(&*generator_string(prs, ci, sid))));
    RistrettoPoint::from_uniform_bytes(&hash)
}

fn scalar_mult_vfy(scalar: &Scalar, share: &Share) -> Result<Zeroizing<[u8; 32]>, CpaceError> {
    let point = CompressedRistretto(*share).decompress().ok_or(CpaceError::InvalidShare)?;
    let product = Zeroizing::new(point * scalar);
    if product.is_identity() {
        return Err(CpaceError::InvalidShare);
    }
    Ok(Zeroizing::new(product.compress().to_bytes()))
}

/// `lv_cat(Ya, ADa, Yb, ADb)`.
fn transcript(initiator: &Share, initiator_ad: &[u8], responder: &Share, responder_ad: &[u8]) -> Vec<u8> {
    let mut transcript = Vec::new();
    for part in [initiator, initiator_ad, responder, responder_ad] {
        prepend_len(&mut transcript, part);
    }
    transcript
}

/// `SHA-512(lv_cat(DSI_ISK, sid, K) ‖ transcript)`.
fn isk(sid: &[u8], shared: &[u8; 32], transcript: &[u8]) -> Zeroizing<[u8; 64]> {
    let parts = [DSI_ISK, sid, &shared[..]];
    let mut input = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| lv_len(part)).sum::<usize>() + transcript.len()));
    for part in parts {
        prepend_len(&mut input, part);
    }
    input.extend_from_slice(transcript);
    Zeroizing::new(Sha512::digest(&*input).into())
}

/// Appends a part after its length in LEB128 (draft §4, `prepend_len`).
fn prepend_len(out: &mut Vec<u8>, part: &[u8]) {
    let mut length = part.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(part);
}

/// Bytes that [`prepend_len`] appends.
fn lv_len(part: &[u8]) -> usize {
    let bits = (usize::BITS - part.len().leading_zeros()).max(1) as usize;
    bits.div_ceil(7) + part.len()
}

#[cfg(test)]
mod tests;
