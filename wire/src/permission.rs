//! Permission to open rooms, on hosts that do not let anybody open one: who one is said over HTTPS, tokens are issued blindly (RFC 9497, RFC 9576),
//! and a token is redeemed over the WebSocket.
//!
//! **Invariant:** what identifies a person ([`Identification`]) and what opens a room ([`Token`]) share no byte that the host has seen on both
//! sides: the host issues [`Blinded`] elements and is shown what they were blinded from.

use core::fmt;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Where it is asked for: GET says what the host wants to know ([`Permission`]), POST identifies ([`Identification`], answered by [`Answer`]).
pub const PERMISSION_PATH: &str = "/permission";

/// Tokens that are issued at once. More let a person open more rooms before being asked again; fewer say less about how many that may be.
pub const TOKENS_AT_ONCE: usize = 4;

/// Longest body of a POST, bytes.
pub const IDENTIFICATION_BYTES: usize = 4 * 1024;

/// Longest name, word or password in it, bytes. Longer than anybody's.
pub const CREDENTIAL_BYTES: usize = 1024;

/// A day of UTC, counted from 1970: for as long a key issues tokens. They are redeemed until the end of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period(pub u32);

/// The key with which a host issues in one period: a point of ristretto255 (RFC 9496), 32 bytes. It is the same for everybody, and a client holds
/// the host to the one that it was shown before it said who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerKey {
    /// When it issues.
    pub period: Period,
    /// The point.
    pub point: [u8; 32],
}

/// What a host wants to know of who opens a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asks {
    /// A word that the operator hands out.
    Word,
    /// Name and password in the organisation's directory.
    Account,
}

/// The answer to GET.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// What is asked.
    pub asks: Asks,
    /// With what it issues now.
    pub key: IssuerKey,
}

/// A blinded element (RFC 9497 §2), 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blinded(pub [u8; 32]);

/// Who somebody is, and what is to be issued.
#[derive(Serialize, Deserialize)]
pub struct Identification {
    /// What was asked for.
    pub by: Credential,
    /// In which period the client believes to be: the one of the key that it was shown.
    pub period: Period,
    /// [`TOKENS_AT_ONCE`] at most.
    pub blinded: Vec<Blinded>,
}

/// How somebody is identified. It cannot be printed.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub enum Credential {
    /// The word.
    Word(String),
    /// As in the directory.
    Account {
        /// The name.
        name: String,
        /// The password.
        password: String,
    },
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(..)")
    }
}

/// The answer to POST.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Issued.
    Issued(Issued),
    /// Not, and why.
    NotIssued(NotIssued),
}

/// Evaluated elements in the order of the blinded ones, and one proof that all were evaluated with the key that everybody is shown
/// (a batched DLEQ proof, RFC 9497 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// Points, 32 bytes each.
    pub evaluated: Vec<[u8; 32]>,
    /// The proof: two scalars.
    pub proof: ([u8; 32], [u8; 32]),
}

/// Why nothing was issued. Each says who is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotIssued {
    /// The word, or name and password, is not right.
    Wrong,
    /// Right, but this account may open no rooms.
    NotAllowed,
    /// Too many tries. Later.
    TooOften,
    /// This person, or all who have this word, have opened as many rooms as they may today.
    EnoughForToday,
    /// Another period has begun: ask for its key and again.
    OtherPeriod,
    /// The host cannot ask its directory. Nothing is wrong with what was typed, as far as anybody knows.
    DirectoryUnreachable,
    /// This cannot be read, or answers something else than the host asks.
    Malformed,
}

/// What opens one room: a nonce that only its holder knew, and what the issuer's key makes of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Token {
    /// In which period it was issued.
    #[zeroize(skip)]
    pub period: Period,
    /// 32 random bytes of the client.
    pub nonce: [u8; 32],
    /// The output of the VOPRF, 64 bytes in two halves (serde stops at 32).
    pub output: ([u8; 32], [u8; 32]),
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_identifies_and_what_opens_cannot_be_printed() {
        let by = Credential::Account { name: "fatou".into(), password: "secret".into() };
        let token = Token { period: Period(3), nonce: [0xab; 32], output: ([0xcd; 32], [0xef; 32]) };
        let shown = format!("{by:?} {token:?}");
        assert_eq!(shown, "Credential(..) Token(..)");
    }
}
