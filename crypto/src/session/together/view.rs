//! What the person does and what the screen shows, as plain values.
//!
//! **Invariant:** lists are always whole: the screen never has to add one to another.

use super::question::{Vote, VoteAct};
use super::reactions::Reaction;
use super::timer::{Countdown, TimerAct};
use crate::group::MemberId;
use serde::{Deserialize, Serialize};

/// What the person does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Raises the own hand, or lowers it.
    Hand(bool),
    /// Lowers somebody's hand, or (`None`) everybody's. Moderators only.
    LowerHand(Option<MemberId>),
    /// Reacts to what is said.
    React(Reaction),
    /// Starts, changes or stops the countdown.
    Timer(TimerAct),
    /// Opens a vote, casts a ballot, closes a vote.
    Vote(VoteAct),
}

/// What the screen shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// Whose hands are up, the first to be raised first; ourselves included.
    Hands(Vec<MemberId>),
    /// A moderator has lowered our hand.
    HandLowered {
        /// Who.
        by: MemberId,
    },
    /// Somebody reacts; ourselves included.
    Reacted {
        /// Who.
        from: MemberId,
        /// How.
        reaction: Reaction,
    },
    /// The countdown was started or changed; none: it was stopped. That its time is up is not told.
    Timer(Option<Countdown>),
    /// All votes, in the order in which they were opened.
    Votes(Vec<Vote>),
}
