//! What a vote asks, what can be answered, and a vote as the screen shows it.
//!
//! **Invariant:** a question that is said is whole: text and answers on one line each, within their lengths, and no answer is empty.

use crate::group::MemberId;
use serde::{Deserialize, Serialize};

/// Longest question, in characters.
pub const QUESTION_CHARACTERS: usize = 300;
/// Longest answer, in characters.
pub const ANSWER_CHARACTERS: usize = 120;
/// Fewest and most answers.
pub const ANSWERS: core::ops::RangeInclusive<usize> = 2..=8;

/// Names a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VoteId(pub [u8; 16]);

/// Answers, one bit each; the first answer is the lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices(pub u8);

impl Choices {
    /// Whether this answer is among them.
    pub fn has(self, answer: usize) -> bool {
        self.0.checked_shr(u32::try_from(answer).unwrap_or(u32::MAX)).is_some_and(|bits| bits & 1 == 1)
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// In words, at most [`QUESTION_CHARACTERS`].
    pub text: String,
    /// The answers to choose from, [`ANSWERS`] of at most [`ANSWER_CHARACTERS`] each.
    pub answers: Vec<String>,
    /// Several answers may be chosen.
    pub many: bool,
    /// Nobody is to know who chose what ([`crate::vote`]). Who votes is fixed when it is opened: three at least, a hundred at most.
    pub secret: bool,
}

impl Question {
    /// As it may be said: whole, on one line each; `None` for what cannot be a question.
    pub fn tidy(self) -> Option<Self> {
        let answers: Vec<String> = self.answers.iter().map(|answer| super::one_line(answer, ANSWER_CHARACTERS)).collect();
        let text = super::one_line(&self.text, QUESTION_CHARACTERS);
        let whole = !text.is_empty() && ANSWERS.contains(&answers.len()) && answers.iter().all(|answer| !answer.is_empty());
        whole.then_some(Self { text, answers, ..self })
    }

    pub(super) fn is_within_caps(&self) -> bool {
        self.clone().tidy().as_ref() == Some(self)
    }

    /// Whether these can be somebody's choice; none is a blank ballot.
    pub(super) fn takes(&self, choices: Choices) -> bool {
        let known = 1_u16
            .checked_shl(u32::try_from(self.answers.len()).unwrap_or(u32::MAX))
            .is_some_and(|end| u16::from(choices.0) < end);
        known && (self.many || choices.0.count_ones() <= 1)
    }
}

/// What the person does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VoteAct {
    /// Opens a vote.
    Open(Question),
    /// Casts a ballot, once.
    Cast(VoteId, Choices),
    /// Closes a vote.
    Close(VoteId),
}

/// How far a vote is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// A secret vote waits for the devices of those who were asked, or who stayed; a moment.
    Gathering,
    /// Ballots can be cast.
    Open,
    /// A secret vote was closed and waits for what it needs to be counted.
    Counting,
    /// It is over, and counted.
    Closed,
    /// A secret vote could not be counted: too few were there, or somebody has gone in the moment of the count.
    Void,
}

/// A vote as the screen shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Which.
    pub id: VoteId,
    /// Who opened it.
    pub author: MemberId,
    /// What its author called itself when it was opened.
    pub author_name: String,
    /// What is asked.
    pub question: Question,
    /// How far it is.
    pub stage: Stage,
    /// How many may vote.
    pub voters: usize,
    /// How many have.
    pub voted: usize,
    /// Whether we may vote.
    pub may_vote: bool,
    /// What we chose.
    pub mine: Option<Choices>,
    /// How many chose each answer; empty until it is over.
    pub counts: Vec<usize>,
    /// Who chose what, by the names they had; empty until it is over, and for ever if it is secret.
    pub ballots: Vec<(String, Choices)>,
    /// Of a secret vote: who may have voted and has gone, by the names they had. It is counted without them.
    pub without: Vec<String>,
    /// So many have gone since we chose that our choice was not cast: we are asked again.
    pub asked_again: bool,
}
