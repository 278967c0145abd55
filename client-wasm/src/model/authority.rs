//! What moderators may do, and the rules of a room.
//!
//! Invariant: a password that was typed goes this way once, and is wiped on both sides.

use super::MemberId;
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

/// A rule that moderators switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// Nobody is let in.
    Locked,
    /// People may ask to be let in.
    WaitingRoom,
    /// Only moderators share their screen.
    ModeratorsShare,
    /// Only moderators write to everybody.
    ModeratorsChat,
    /// Only moderators, and those they let, speak.
    ModeratorsSpeak,
    /// Everybody signs what they send.
    SignedFrames,
}

/// The rules of the room, which the group has signed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// The rules that are on.
    pub on: Vec<Rule>,
    /// People come in by password, or by the link alone where there is none.
    pub takes_passwords: bool,
    /// There is a password.
    pub has_password: bool,
    /// How often it was changed in this meeting.
    pub pw_gen: u32,
    /// This device knows the present password.
    pub knows_password: bool,
}

impl Rules {
    /// Whether a rule is on.
    pub fn has(&self, rule: Rule) -> bool {
        self.on.contains(&rule)
    }
}
