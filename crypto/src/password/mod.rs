//! From what people typed to the secrets of a room (PROTOCOL.md §3).
//!
//! ```text
//! room name ──Argon2id──► NameKey ──HKDF──► room id          (the host sees this)
//!                           │   └───HKDF──► LinkSecret ──┬─► knock key
//! password ──OpaqueString──┐└─HKDF─► salt                │
//!                    Password──Argon2id──► PwKey ─────────┴─HKDF──► Prs ──► cpace
//! ```
//!
//! Invariant: **nothing derived from the password leaves this module but through [`cpace`]**, whose every run is one guess
//! that a member sees, and through [`Secrets::hand`], sealed from one moderator to another. [`Prs`] and [`PwKey`] offer no bytes, cannot be printed or copied, and are wiped when dropped.

pub(crate) mod common;
pub mod cpace;
mod golomb;
pub(crate) mod prepare;

use crate::name::RoomName;
use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use sha2::Sha512;
use std::sync::Arc;
use wire::RoomId;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use common::CommonPasswords;

/// Salt of the name's Argon2id, and with it the name of this protocol version.
const NAME_SALT: &[u8] = b"incamera/1 name";

/// What a room's name is worth after Argon2id: the root of everything that only people with the link can know.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct NameKey([u8; 32]);

impl NameKey {
    /// `Argon2id(name, "incamera/1 name", 64 MiB, t = 3, p = 1)`: about 0.1 s, in WASM 0.22 s. Start it while the person types.
    pub fn derive(name: &RoomName) -> Self {
        let mut key = Self([0; 32]);
        argon2id(name.as_str().as_bytes(), NAME_SALT, Cost::Thrice, &mut key.0);
        key
    }

    /// `HKDF(name_key, "room id")[..16]`: what the host knows the room by.
    pub fn room_id(&self) -> RoomId {
        let mut id = [0; 16];
        expand(None, &self.0, &[b"room id"], &mut id);
        RoomId(id)
    }

    /// `HKDF(name_key, "link secret")`: what everybody who has the link holds.
    pub fn link_secret(&self) -> LinkSecret {
        let mut secret = LinkSecret([0; 32]);
        expand(None, &self.0, &[b"link secret"], &mut secret.0);
        secret
    }
}

/// What everybody who has the link holds, and the host (unless it guessed a typed name) does not.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct LinkSecret([u8; 32]);

impl LinkSecret {
    /// `HKDF-SHA512(salt = link_secret, ikm = 0x01 ‖ pw_key, or 0x00 without password, "prs")`, 64 bytes.
    pub fn prs(&self, password: Option<&PwKey>) -> Prs {
        let mut ikm = Zeroizing::new([0; 33]);
        let ikm = match password {
            Some(key) => {
                ikm[0] = 1;
                ikm[1..].copy_from_slice(&key.0);
                &ikm[..]
            }
            None => &ikm[..1],
        };
        let mut prs = Prs([0; 64]);
        expand(Some(&self.0), ikm, &[b"prs"], &mut prs.0);
        prs
    }

    /// `HKDF(link_secret, "knock")`: the key of the HMAC on a knock (PROTOCOL.md §4.1). Whoever lacks it takes no slot and makes no guess.
    pub fn knock_key(&self) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        expand(None, &self.0, &[b"knock"], &mut *key);
        key
    }

    /// `HKDF(link_secret, "knock waiting room")`: the key of the HMAC on what a guest of the waiting room asks with.
    pub fn ask_key(&self) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        expand(None, &self.0, &[b"knock waiting room"], &mut *key);
        key
    }

    /// `HKDF(link_secret, "prs waiting room")`, 64 bytes: what runs of the waiting room are made on. Whoever has the link has it.
    pub fn waiting_prs(&self) -> Prs {
        let mut prs = Prs([0; 64]);
        expand(None, &self.0, &[b"prs waiting room"], &mut prs.0);
        prs
    }

    /// A secret without a name, for simulated worlds that cannot spend Argon2id on every room.
    #[doc(hidden)]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// A password that a room may have: prepared (RFC 8265), and none of those that anybody tries first.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes what was typed.
    ///
    /// # Errors
    /// [`PasswordError`]: the person has to choose another password.
    pub fn new(typed: &str, common: &CommonPasswords) -> Result<Self, PasswordError> {
        let prepared = prepare::opaque_string(typed)?;
        if common.contains(&prepared) { Err(PasswordError::Common) } else { Ok(Self(prepared)) }
    }
}

/// A password after Argon2id. Belongs to one room and one generation of its password.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct PwKey([u8; 32]);

impl PwKey {
    /// `Argon2id(OpaqueString(password), HKDF(name_key, "password salt" ‖ pw_gen), 64 MiB, t = 3, p = 1)`.
    ///
    /// `pw_gen` counts the passwords this room has had in this meeting, from 0; it goes in as four bytes, big endian.
    pub fn derive(password: &Password, name: &NameKey, pw_gen: u32) -> Self {
        let mut salt = Zeroizing::new([0; 32]);
        expand(None, &name.0, &[b"password salt", &pw_gen.to_be_bytes()], &mut *salt);
        let mut key = Self([0; 32]);
        argon2id(password.0.as_bytes(), &*salt, Cost::Thrice, &mut key.0);
        key
    }
}

/// Why a password cannot be used. The fault is with the one who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing was typed.
    #[error("the password is empty")]
    Empty,
    /// More than [`MAX_PASSWORD_BYTES`].
    #[error("the password is too long")]
    TooLong,
    /// A character that RFC 8265 does not admit (control characters, characters not assigned yet …).
    #[error("the password holds a character that cannot be typed reliably")]
    Character,
    /// One of the 10,000 most common passwords: the first things anybody would try.
    #[error("the password is one of the most common ones")]
    Common,
}

/// Longest password in bytes of UTF-8. Beyond any sentence, and short enough that preparing it costs nothing.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// What a PAKE run is made on: equivalent to the password. Held by members who typed it and by moderators, sent to nobody else.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Prs([u8; 64]);

impl Prs {
    fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// For simulated worlds that cannot spend Argon2id on every participant.
    #[doc(hidden)]
    pub fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }
}

/// All that a session needs to know about a room before it speaks to anybody.
pub struct Secrets {
    /// What the host knows the room by.
    pub room: RoomId,
    /// What everybody with the link holds.
    pub link: LinkSecret,
    /// What joining is decided on. `None` for who has no password and asks to be let in: it answers no knock, and no password is
    /// ever sent to it.
    pub prs: Option<Arc<Prs>>,
    /// Whether `prs` has a password in it.
    pub has_password: bool,
    /// Which password of this meeting `prs` was made from.
    pub pw_gen: u32,
}

impl Secrets {
    /// Runs the whole derivation, with one Argon2id for the password on top of the one already spent on the name.
    pub fn derive(name: &NameKey, password: Option<&Password>, pw_gen: u32) -> Self {
        let NewPassword { prs, has_password, pw_gen } = NewPassword::derive(name, password, pw_gen);
        Self { room: name.room_id(), link: name.link_secret(), prs: Some(prs), has_password, pw_gen }
    }

    /// What somebody without the password holds: the link, with which to ask to be let in.
    pub fn to_ask(name: &NameKey) -> Self {
        Self { room: name.room_id(), link: name.link_secret(), prs: None, has_password: false, pw_gen: 0 }
    }

    /// Hands what joining is decided on to whoever seals it for another moderator; `None` for who has no password.
    pub(crate) fn hand<T>(&self, seal: impl FnOnce(&[u8]) -> T) -> Option<T> {
        self.prs.as_ref().map(|prs| seal(prs.as_bytes()))
    }

    /// From now on joining is decided on another password.
    pub fn renew(&mut self, new: NewPassword) {
        let NewPassword { prs, has_password, pw_gen } = new;
        (self.prs, self.has_password, self.pw_gen) = (Some(prs), has_password, pw_gen);
    }
}

/// What joining is decided on from some generation of the password on.
#[derive(Clone)]
pub struct NewPassword {
    /// Shared, not copied: commands are.
    prs: Arc<Prs>,
    /// Whether there is a password in it.
    pub has_password: bool,
    /// The generation it is for.
    pub pw_gen: u32,
}

impl NewPassword {
    /// Runs the derivation for one generation: an Argon2id, if there is a password.
    pub fn derive(name: &NameKey, password: Option<&Password>, pw_gen: u32) -> Self {
        let key = password.map(|password| PwKey::derive(password, name, pw_gen));
        Self { prs: Arc::new(name.link_secret().prs(key.as_ref())), has_password: key.is_some(), pw_gen }
    }

    /// What another moderator has handed on.
    pub(crate) fn handed(bytes: &[u8], has_password: bool, pw_gen: u32) -> Option<Self> {
        Some(Self { prs: Arc::new(Prs(bytes.try_into().ok()?)), has_password, pw_gen })
    }

    /// For simulated worlds that cannot spend Argon2id.
    #[doc(hidden)]
    pub fn from_bytes(prs: [u8; 64], pw_gen: u32) -> Self {
        Self { prs: Arc::new(Prs::from_bytes(prs)), has_password: true, pw_gen }
    }
}

impl core::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "NewPassword(generation {})", self.pw_gen)
    }
}

/// How often Argon2id passes over its 64 MiB. Memory is the price that an attacker's hardware pays; passes are the person's wait.
#[derive(Clone, Copy)]
pub(crate) enum Cost {
    /// For what carries enough entropy already.
    Once = 1,
    /// For what people chose.
    Thrice = 3,
}

/// Argon2id (RFC 9106) version 0x13 with 64 MiB and one lane.
pub(crate) fn argon2id(secret: &[u8], salt: &[u8], cost: Cost, out: &mut [u8]) {
    const MEMORY_KIB: u32 = 64 * 1024;
    let hashed = Params::new(MEMORY_KIB, cost as u32, 1, Some(out.len()))
        .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(secret, salt, out));
    assert!(matches!(hashed, Ok(Ok(()))), "parameters, salts and lengths are fixed in this crate");
}

/// HKDF-SHA512 (RFC 5869), the pieces of `info` put one after the other.
pub(crate) fn expand(salt: Option<&[u8]>, secret: &[u8], info: &[&[u8]], out: &mut [u8]) {
    let expanded = Hkdf::<Sha512>::new(salt, secret).expand_multi_info(info, out);
    assert!(expanded.is_ok(), "outputs are far below 255 hashes");
}

#[cfg(test)]
mod tests;
