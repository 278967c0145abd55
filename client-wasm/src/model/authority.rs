//! What moderators may do.
//!
//! Invariant: a password that was typed goes this way once, and is wiped on both sides.

use super::{MemberId, Rule};
use crypto::password::{CommonPasswords, Password, PasswordError};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What a moderator may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Govern {
    /// A rule on or off.
    Rule(Rule, bool),
    /// Makes somebody a moderator, or no longer.
    Moderator(MemberId, bool),
    /// Lets somebody speak where only moderators do, or no longer.
    Speaker(MemberId, bool),
    /// Gives the chair away.
    HandOver(MemberId),
    /// Another password for those who come; `None` for none.
    Password(Option<Typed>),
    /// Puts people out.
    Remove(Vec<MemberId>),
    /// Puts people out, and ends the password they know.
    Ban(Vec<MemberId>),
    /// Ends the meeting for all.
    End,
}

/// A password as typed, and what it is to be none of. It is not printed, and wiped when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Typed {
    text: String,
    /// Goes along, since only the page fetches files.
    #[zeroize(skip)]
    common: CommonPasswords,
}

impl Typed {
    /// What was typed.
    pub fn new(text: String, common: CommonPasswords) -> Self {
        Self { text, common }
    }

    /// What was typed, for the client that betrays it.
    #[cfg(feature = "leak-for-the-audit")]
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// For the derivation.
    ///
    /// # Errors
    /// When it cannot be a room's.
    pub fn checked(&self) -> Result<Password, PasswordError> {
        Password::new(&self.text, &self.common)
    }
}

impl core::fmt::Debug for Typed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Typed(…)")
    }
}
