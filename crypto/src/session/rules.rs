//! The rules of a room and the wishes of those who set them, as plain values.
//!
//! **Invariant:** [`Rules`] are read off the state that the group has signed, and nowhere else.

use crate::group::{self, MemberId};
use crate::password::NewPassword;
use serde::{Deserialize, Serialize};

/// What a moderator may do. All of it is signed in the group state, or rests on it, and every member judges it.
#[derive(Clone, Debug)]
pub enum Govern {
    /// A rule on or off.
    Rule(Rule, bool),
    /// Makes somebody a moderator, or no longer. The owner only.
    Moderator(MemberId, bool),
    /// Lets somebody speak where only moderators do, or no longer.
    Speaker(MemberId, bool),
    /// Another owner; the one before stays a moderator. The owner only.
    HandOver(MemberId),
    /// Another password, or none, for those who come; those inside notice nothing. Made for the generation after [`Rules::pw_gen`].
    Password(NewPassword),
    /// Puts people out. They may come in again with the password.
    Remove(Vec<MemberId>),
    /// Puts people out, and in the same commit ends the password: until a moderator sets another, who comes asks to be let in.
    Ban(Vec<MemberId>),
    /// Ends the meeting for all.
    End,
}

/// A rule that moderators switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// Nobody is admitted.
    Locked,
    /// People may ask to be let in.
    WaitingRoom,
    /// Only moderators share their screen.
    ModeratorsShare,
    /// Only moderators write to everybody.
    ModeratorsChat,
    /// Only moderators and those they let speak are heard.
    ModeratorsSpeak,
    /// Everybody signs what their frames hash to.
    SignedFrames,
}

impl Rule {
    /// Its bit in the policy.
    pub(super) fn policy(self) -> u32 {
        match self {
            Self::Locked => group::POLICY_LOCKED,
            Self::WaitingRoom => group::POLICY_WAITING_ROOM,
            Self::ModeratorsShare => group::POLICY_MODERATORS_SHARE,
            Self::ModeratorsChat => group::POLICY_MODERATORS_CHAT,
            Self::ModeratorsSpeak => group::POLICY_MODERATORS_SPEAK,
            Self::SignedFrames => group::POLICY_SIGNED_FRAMES,
        }
    }
}

/// The rules of the room, as the group has signed them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// The rules that are on.
    pub on: Vec<Rule>,
    /// People come in by password, or by the link where there is none.
    pub takes_passwords: bool,
    /// There is a password.
    pub has_password: bool,
    /// Its generation: how often it has been changed in this meeting.
    pub pw_gen: u32,
    /// We know the present password, and so can let people in who do.
    pub knows_password: bool,
}

impl Rules {
    /// Whether a rule is on.
    pub fn has(&self, rule: Rule) -> bool {
        self.on.contains(&rule)
    }

    pub(super) fn of(state: &group::RoomState, our_gen: u32, link_says: bool) -> Self {
        const ALL: [Rule; 6] = [
            Rule::Locked,
            Rule::WaitingRoom,
            Rule::ModeratorsShare,
            Rule::ModeratorsChat,
            Rule::ModeratorsSpeak,
            Rule::SignedFrames,
        ];
        let pw_gen = state.settings().pw_gen;
        Self {
            on: ALL.into_iter().filter(|rule| state.has(rule.policy())).collect(),
            takes_passwords: state.takes_passwords(),
            has_password: if pw_gen == 0 { link_says } else { state.has(group::POLICY_HAS_PASSWORD) },
            pw_gen,
            knows_password: our_gen == pw_gen,
        }
    }
}
