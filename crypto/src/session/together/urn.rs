//! Votes as members keep them: ballots, closings, and how they are shown.
//!
//! **Invariant:** a voter has one ballot, the first; of a vote that is closed only those count that its closing names.

use super::super::api::Millis;
use super::question::{Choices, Question, Stage, Vote, VoteId};
use super::secret::Sealed;
use super::votes::{VOTERS, VoteSaid};
use crate::group::MemberId;
use crate::sorted::SortedMap;

/// Votes that run at one time; of one person one.
const RUNNING: usize = 4;
/// Votes that are kept; the oldest that is over goes first.
const KEPT: usize = 12;
/// Messages kept of votes that we have not heard of.
const EARLY: usize = 2 * VOTERS;

/// A vote as members keep it.
pub(super) struct Running {
    pub(super) id: VoteId,
    pub(super) author: MemberId,
    pub(super) author_name: String,
    pub(super) question: Question,
    pub(super) ballots: SortedMap<MemberId, Ballot>,
    pub(super) closed: Option<Closed>,
    /// What makes it secret, if it is.
    pub(super) sealed: Option<Box<Sealed>>,
    /// What those are called who may vote in secret: somebody who has gone is named all the same.
    pub(super) names: SortedMap<MemberId, String>,
}

pub(super) struct Ballot {
    pub(super) name: String,
    pub(super) choices: Choices,
}

pub(super) struct Closed {
    pub(super) by: MemberId,
    pub(super) at: Millis,
    pub(super) voters: Vec<MemberId>,
}

impl Running {
    /// Takes a ballot in, unless the voter has one, or the vote is over and it was not among those that had come.
    pub(super) fn take(&mut self, voter: MemberId, ballot: Ballot) -> bool {
        let late = self.closed.as_ref().is_some_and(|closed| !closed.voters.contains(&voter));
        if late || !self.question.takes(ballot.choices) || self.ballots.contains_key(&voter) || self.ballots.len() >= VOTERS {
            return false;
        }
        self.ballots.insert(voter, ballot);
        true
    }

    /// It is over, by whatever way.
    pub(super) fn is_over(&self) -> bool {
        self.sealed.as_ref().map_or(self.closed.is_some(), |sealed| sealed.is_over())
    }

    /// Who chose what, in the order of names: ids mean nothing to anybody.
    fn named(&self) -> Vec<(String, Choices)> {
        let mut named: Vec<(String, Choices)> = self.counted().map(|ballot| (ballot.name.clone(), ballot.choices)).collect();
        named.sort_by(|(one, _), (other, _)| one.cmp(other));
        named
    }

    fn counted(&self) -> impl Iterator<Item = &Ballot> {
        let counts = |voter: &MemberId| self.closed.as_ref().is_none_or(|closed| closed.voters.contains(voter));
        self.ballots.iter().filter(move |(voter, _)| counts(voter)).map(|(_, ballot)| ballot)
    }

    pub(super) fn shown(&self, me: MemberId, present: &[MemberId]) -> Vote {
        if let Some(sealed) = &self.sealed {
            return self.shown_sealed(sealed, me);
        }
        let over = self.closed.is_some();
        let gone = self.ballots.keys().filter(|voter| !present.contains(voter)).count();
        let counts = |answer| self.counted().filter(|ballot| ballot.choices.has(answer)).count();
        Vote {
            id: self.id,
            author: self.author,
            author_name: self.author_name.clone(),
            question: self.question.clone(),
            stage: if over { Stage::Closed } else { Stage::Open },
            voters: present.len().saturating_add(gone),
            voted: self.counted().count(),
            may_vote: true,
            mine: self.ballots.get(&me).map(|ballot| ballot.choices),
            counts: if over { (0..self.question.answers.len()).map(counts).collect() } else { Vec::new() },
            ballots: if over { self.named() } else { Vec::new() },
            without: Vec::new(),
            asked_again: false,
        }
    }
}

impl Running {
    fn shown_sealed(&self, sealed: &Sealed, me: MemberId) -> Vote {
        let (voters, voted) = sealed.numbers();
        Vote {
            id: self.id,
            author: self.author,
            author_name: self.author_name.clone(),
            question: self.question.clone(),
            stage: sealed.stage(),
            voters,
            voted,
            may_vote: sealed.is_voter(me),
            mine: sealed.chosen(),
            counts: sealed.result.clone().unwrap_or_default(),
            ballots: Vec::new(),
            without: sealed.without().iter().filter_map(|voter| self.names.get(voter).cloned()).collect(),
            asked_again: sealed.asked_again,
        }
    }
}

/// All votes of this meeting that are kept, in the order in which they were heard of.
#[derive(Default)]
pub(in crate::session) struct Votes {
    pub(super) all: Vec<Running>,
    pub(super) shown: Option<Vec<Vote>>,
    /// What was said of votes that we have not heard of yet: who repeats a ballot may be faster than who repeats the question.
    early: Vec<(MemberId, VoteSaid)>,
    /// When we shall have been told what was before, if a vote waits for that.
    pub(super) told_at: Option<Millis>,
}

impl Votes {
    /// Keeps what somebody said of a vote that we do not know, while we are being told what was before.
    pub(super) fn keep_early(&mut self, from: MemberId, said: VoteSaid) {
        if self.early.len() < EARLY {
            self.early.push((from, said));
        }
    }

    /// What was said early of this vote.
    pub(super) fn said_early(&mut self, id: VoteId) -> Vec<(MemberId, VoteSaid)> {
        let (of_it, rest) = core::mem::take(&mut self.early).into_iter().partition(|(_, said)| said.id() == id);
        self.early = rest;
        of_it
    }

    pub(super) fn find(&mut self, id: VoteId) -> Option<&mut Running> {
        self.all.iter_mut().find(|vote| vote.id == id)
    }

    /// The secret vote of this id.
    pub(super) fn sealed(&mut self, id: VoteId) -> Option<&mut Sealed> {
        self.find(id)?.sealed.as_deref_mut()
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        self.all.iter().filter_map(|vote| vote.sealed.as_ref()?.deadline()).chain(self.told_at).min()
    }

    /// Whether another vote by this author fits.
    pub(super) fn has_room_for(&self, author: MemberId) -> bool {
        let running = self.all.iter().filter(|vote| !vote.is_over());
        running.clone().count() < RUNNING && running.clone().all(|vote| vote.author != author)
    }

    pub(super) fn open(
        &mut self,
        id: VoteId,
        (author, author_name): (MemberId, String),
        question: Question,
        sealed: Option<Sealed>,
    ) {
        if self.all.len() >= KEPT
            && let Some(over) = self.all.iter().position(Running::is_over)
        {
            self.all.remove(over);
        }
        self.all.push(Running {
            id,
            author,
            author_name,
            question,
            ballots: SortedMap::new(),
            closed: None,
            sealed: sealed.map(Box::new),
            names: SortedMap::new(),
        });
    }
}
