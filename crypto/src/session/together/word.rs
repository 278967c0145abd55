//! What members say to each other about these things ([`Body::Together`](super::super::body::Body)).
//!
//! **Invariant:** what is too long is not read at all.

use super::reactions::Reaction;
use super::timer::TimerSaid;
use super::votes::VoteSaid;
use crate::group::MemberId;
use serde::{Deserialize, Serialize};

/// One message. Kinds are numbered in this order and never renumbered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session) enum Word {
    /// 0. My hand has been up for so many ms, or is down.
    Hand(Option<u32>),
    /// 1. Lower your hand, or (`None`) all of you. Heeded when a moderator says it.
    LowerHand(Option<MemberId>),
    /// 2. I react to what is said.
    React(Reaction),
    /// 3. The countdown.
    Timer(TimerSaid),
    /// 4. Of a vote.
    Vote(VoteSaid),
}

impl Word {
    /// What is longer is dropped unread.
    pub(in crate::session) fn is_within_caps(&self) -> bool {
        match self {
            Self::Hand(_) | Self::LowerHand(_) | Self::React(_) => true,
            Self::Timer(said) => said.is_within_caps(),
            Self::Vote(said) => said.is_within_caps(),
        }
    }
}
