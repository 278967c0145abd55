//! One round of a secret vote: keys, who has chosen, who is there, ballots.
//!
//! **Invariant:** our ballot leaves this round only when every voter of it has a ballot here or has said that its device is there, or when we leave
//! ourselves; and once only.

use super::question::Choices;
use crate::group::MemberId;
use crate::sorted::{SortedMap, SortedSet};
use crate::vote::{Ballot, Context, Electorate, FEWEST, Keys, Secret, Voter, begin, read_keys};

/// A round.
pub(super) struct Round {
    context: Context,
    me: Voter,
    /// Who votes in it, once that is known.
    voters: Option<SortedSet<Voter>>,
    secret: Option<Secret>,
    /// As they were announced, and read.
    keys: SortedMap<Voter, (Vec<u8>, Keys)>,
    electorate: Option<Electorate>,
    /// As they came; those that came before the electorate was known are not checked yet.
    messages: SortedMap<Voter, Vec<u8>>,
    ballots: SortedMap<Voter, Ballot>,
    /// Who has said that it has chosen.
    chosen: SortedSet<Voter>,
    /// Whose device has said that it is there for the count.
    here: SortedSet<Voter>,
    void: bool,
}

impl Round {
    pub(super) fn new(context: Context, me: MemberId, voters: Option<SortedSet<Voter>>) -> Self {
        Self {
            context,
            me: me.0,
            voters,
            secret: None,
            keys: SortedMap::new(),
            electorate: None,
            messages: SortedMap::new(),
            ballots: SortedMap::new(),
            chosen: SortedSet::new(),
            here: SortedSet::new(),
            void: false,
        }
    }

    /// Our keys. Once.
    pub(super) fn announce(&mut self, seed: [u8; 32]) -> Option<Vec<u8>> {
        if self.secret.is_some() || self.keys.contains_key(&self.me) {
            return None;
        }
        let (secret, message) = begin(&self.context, &self.me, seed);
        self.secret = Some(secret);
        self.hear_keys(MemberId(self.me), message.clone());
        Some(message)
    }

    /// Somebody's keys; the first count.
    pub(super) fn hear_keys(&mut self, voter: MemberId, message: Vec<u8>) {
        if !self.keys.contains_key(&voter.0)
            && let Some(keys) = read_keys(&self.context, &voter.0, &message)
        {
            self.keys.insert(voter.0, (message, keys));
            self.form();
        }
    }

    /// These vote.
    pub(super) fn is_among(&mut self, voters: SortedSet<Voter>) {
        self.void |= voters.len() < FEWEST;
        self.voters.get_or_insert(voters);
        self.form();
    }

    /// All keys of all voters are here.
    fn form(&mut self) {
        let Some(voters) = self.voters.as_ref().filter(|_| self.electorate.is_none() && !self.void) else { return };
        let keys: Option<SortedMap<Voter, Keys>> =
            voters.iter().map(|voter| Some((*voter, self.keys.get(voter)?.1.clone()))).collect();
        let Some(keys) = keys else { return };
        self.electorate = Electorate::new(&self.context, keys);
        self.void |= self.electorate.is_none();
        for (voter, message) in core::mem::take(&mut self.messages) {
            self.hear_ballot(MemberId(voter), message);
        }
    }

    /// Somebody's ballot; the first that holds counts.
    pub(super) fn hear_ballot(&mut self, voter: MemberId, message: Vec<u8>) {
        if self.messages.contains_key(&voter.0) {
            return;
        }
        let Some(electorate) = &self.electorate else {
            self.messages.insert(voter.0, message);
            return;
        };
        if let Some(ballot) = electorate.read_ballot(&voter.0, &message) {
            self.ballots.insert(voter.0, ballot);
            self.messages.insert(voter.0, message);
        }
    }

    /// Somebody has chosen, or is there for the count.
    pub(super) fn hear_ready(&mut self, voter: MemberId, here: bool) {
        self.chosen.insert(voter.0);
        if here {
            self.here.insert(voter.0);
        }
    }

    /// Says that we are there for the count, if it is time: all have chosen, or somebody wants the result. Once.
    pub(super) fn come_forward(&mut self, closing: bool) -> bool {
        let due = self.may_cast() && (closing || self.all(|voter| self.chosen.contains(voter)));
        due && self.here.insert(self.me)
    }

    /// Our ballot, if everybody is there. Once.
    pub(super) fn cast_with_the_others(&mut self, choices: Choices, seed: [u8; 32]) -> Option<Vec<u8>> {
        if !self.all(|voter| self.here.contains(voter)) {
            return None;
        }
        self.cast(choices, seed)
    }

    /// Our ballot. Once.
    pub(super) fn cast(&mut self, choices: Choices, seed: [u8; 32]) -> Option<Vec<u8>> {
        if !self.may_cast() {
            return None;
        }
        let message = self.electorate.as_ref()?.cast(&self.me, self.secret.as_ref()?, choices.0, seed)?;
        self.hear_ballot(MemberId(self.me), message.clone());
        Some(message)
    }

    fn may_cast(&self) -> bool {
        let known = self.electorate.is_some() && self.secret.is_some();
        known && self.votes(&self.me) && !self.messages.contains_key(&self.me)
    }

    /// Whether there is the ballot of every voter, or this instead.
    fn all(&self, or: impl Fn(&Voter) -> bool) -> bool {
        let voters = self.voters.as_ref().filter(|_| self.electorate.is_some());
        voters.is_some_and(|voters| voters.iter().all(|voter| self.ballots.contains_key(voter) || or(voter)))
    }

    /// The count, if every ballot is here.
    pub(super) fn count(&mut self) -> Option<Vec<usize>> {
        if !self.all(|_| false) {
            return None;
        }
        let result = self.electorate.as_ref()?.tally(&self.ballots);
        self.void |= result.is_none();
        result
    }

    /// Whether one of the voters has gone and left no ballot.
    pub(super) fn lacks(&self, present: &SortedSet<Voter>) -> bool {
        let lost = |voter: &Voter| !present.contains(voter) && !self.ballots.contains_key(voter);
        self.voters.as_ref().is_some_and(|voters| voters.iter().any(lost))
    }

    /// Our secret is gone: there will be no ballot of ours in this round.
    pub(super) fn burn(&mut self) {
        self.secret = None;
    }

    pub(super) fn voters(&self) -> Option<&SortedSet<Voter>> {
        self.voters.as_ref()
    }

    pub(super) fn votes(&self, member: &Voter) -> bool {
        self.voters.as_ref().is_some_and(|voters| voters.contains(member))
    }

    /// Ballots can be made.
    pub(super) fn is_formed(&self) -> bool {
        self.electorate.is_some()
    }

    pub(super) fn is_void(&self) -> bool {
        self.void
    }

    /// Whether our ballot has left us.
    pub(super) fn has_ours(&self) -> bool {
        self.messages.contains_key(&self.me)
    }

    pub(super) fn is_burnt(&self) -> bool {
        self.secret.is_none()
    }

    /// Who has chosen, as far as we know.
    pub(super) fn ready(&self) -> usize {
        let voters = self.voters.iter().flat_map(SortedSet::iter);
        voters.filter(|voter| self.chosen.contains(*voter) || self.ballots.contains_key(*voter)).count()
    }

    /// What we said of ourselves: that we have chosen, that we are there.
    pub(super) fn said(&self) -> (bool, bool) {
        (self.chosen.contains(&self.me), self.here.contains(&self.me))
    }

    /// Keys, as they were announced.
    pub(super) fn all_keys(&self) -> impl Iterator<Item = (MemberId, &Vec<u8>)> {
        self.keys.iter().map(|(voter, (message, _))| (MemberId(*voter), message))
    }

    /// Ballots, as they were cast.
    pub(super) fn all_ballots(&self) -> impl Iterator<Item = (MemberId, &Vec<u8>)> {
        self.messages.iter().map(|(voter, message)| (MemberId(*voter), message))
    }
}
