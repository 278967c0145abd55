//! What moderators may do.
//!
//! Invariant: a password that was typed goes this way once, and is wiped on both sides.

use super::{MemberId, Rule};
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

/// A password as typed. It is not printed, and wiped when dropped.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Typed(String);

impl Typed {
    /// What was typed.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// For the derivation.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Typed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Typed(…)")
    }
}
