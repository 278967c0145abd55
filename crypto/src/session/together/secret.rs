//! Secret votes among members: who says what when, around [`crate::vote`].
//!
//! **Invariant:** a member publishes one ballot or says that there will be none, never both; and one recovery, which takes out of the count those
//! who have said so themselves and nobody else. Of somebody who is merely gone there may be a ballot that the host kept from us, and the
//! difference of two counts would tell what it says.
//!
//! ```text
//! author  Open (roster) ─▶ all  Keys ─▶ author  Voters ─▶ all of them  Ballot ──▶ counted by everybody when all have come
//!                                       who leaves without having voted  Renounce ─▶ all others  Recover ─▶ counted
//!                                       Close: who is here and has not voted abstains; void if somebody is gone without a word
//! ```

use super::super::api::Millis;
use super::question::{Choices, Question, Stage, VoteId};
use crate::group::MemberId;
use crate::sorted::{SortedMap, SortedSet};
use crate::vote::{Ballot, Context, Electorate, FEWEST, Keys, MOST, Recovery, Secret, Voter, begin, read_keys};

/// Largest message of a vote, bytes: a ballot for eight answers of which one may be chosen is 1,856.
pub(super) const MESSAGE: usize = 2_048;
/// How long the author waits for the keys of all whom it asked, ms. Longer keeps those waiting who are there, shorter leaves out who is slow.
const GATHERING: u64 = 5_000;
/// How long after a vote was closed it can still be counted, ms: longer than it takes to notice that somebody has gone.
const COUNTING: u64 = 60_000;

/// What a secret vote is made of.
pub(super) struct Sealed {
    context: Context,
    me: MemberId,
    /// Whom the author asked.
    roster: Vec<MemberId>,
    secret: Option<Secret>,
    keys: SortedMap<Voter, (Vec<u8>, Keys)>,
    /// Whom the author named as voters.
    named: Option<Vec<MemberId>>,
    electorate: Option<Electorate>,
    /// As they came; those that came before the electorate was known are not checked yet.
    messages: SortedMap<Voter, Vec<u8>>,
    ballots: SortedMap<Voter, Ballot>,
    /// The author names the voters then.
    name_at: Option<Millis>,
    closing_since: Option<Millis>,
    /// Who has said that there will be no ballot.
    renounced: SortedSet<Voter>,
    recovered: Option<Vec<u8>>,
    recoveries: SortedMap<Voter, Vec<u8>>,
    pub(super) result: Option<Vec<usize>>,
    void: bool,
}

/// What is to be said of it.
pub(super) enum Say {
    Keys(Vec<u8>),
    Voters(Vec<MemberId>),
    Ballot(Vec<u8>),
    Renounce,
    Recover(Vec<u8>),
}

impl Sealed {
    /// A vote that was opened; `None` if it cannot be a secret one.
    pub(super) fn new(group: &[u8], id: VoteId, question: &Question, roster: Vec<MemberId>, me: MemberId) -> Option<Self> {
        let context = Context::new(group, &id.0, question.answers.len(), question.many)?;
        let distinct: SortedSet<&MemberId> = roster.iter().collect();
        let fits = (FEWEST..=MOST).contains(&roster.len()) && distinct.len() == roster.len();
        fits.then_some(Self {
            context,
            me,
            roster,
            secret: None,
            keys: SortedMap::new(),
            named: None,
            electorate: None,
            messages: SortedMap::new(),
            ballots: SortedMap::new(),
            name_at: None,
            closing_since: None,
            renounced: SortedSet::new(),
            recovered: None,
            recoveries: SortedMap::new(),
            result: None,
            void: false,
        })
    }

    /// Our keys, if we were asked. Once.
    pub(super) fn announce(&mut self, seed: [u8; 32]) -> Option<Say> {
        if !self.roster.contains(&self.me) || self.secret.is_some() || self.keys.contains_key(&self.me.0) {
            return None;
        }
        let (secret, message) = begin(&self.context, &self.me.0, seed);
        self.secret = Some(secret);
        self.hear_keys(self.me, message.clone());
        Some(Say::Keys(message))
    }

    /// The author waits for the others.
    pub(super) fn gather(&mut self, now: Millis) {
        self.name_at = Some(now.saturating_add(GATHERING));
    }

    /// Somebody's keys; the first count.
    pub(super) fn hear_keys(&mut self, voter: MemberId, message: Vec<u8>) {
        if self.roster.contains(&voter)
            && !self.keys.contains_key(&voter.0)
            && let Some(keys) = read_keys(&self.context, &voter.0, &message)
        {
            self.keys.insert(voter.0, (message, keys));
            self.form();
        }
    }

    /// Whom the author names; the first naming counts.
    pub(super) fn hear_voters(&mut self, voters: Vec<MemberId>) {
        if self.named.is_none() {
            self.void |= voters.len() < FEWEST || !voters.iter().all(|voter| self.roster.contains(voter));
            self.named = Some(voters);
            self.form();
        }
    }

    /// All keys of all who were named are here.
    fn form(&mut self) {
        let Some(named) = self.named.as_ref().filter(|_| self.electorate.is_none() && !self.void) else { return };
        let keys: Option<SortedMap<Voter, Keys>> =
            named.iter().map(|voter| Some((voter.0, self.keys.get(&voter.0)?.1.clone()))).collect();
        let Some(keys) = keys else { return };
        self.electorate = Electorate::new(&self.context, keys);
        self.void |= self.electorate.is_none();
        for (voter, message) in core::mem::take(&mut self.messages) {
            self.hear_ballot(MemberId(voter), message);
        }
    }

    /// Somebody's ballot; the first that holds counts.
    pub(super) fn hear_ballot(&mut self, voter: MemberId, message: Vec<u8>) {
        if self.messages.contains_key(&voter.0) || !self.roster.contains(&voter) || self.renounced.contains(&voter.0) {
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

    /// Our ballot. Once.
    pub(super) fn cast(&mut self, choices: Choices, seed: [u8; 32]) -> Option<Say> {
        let (electorate, secret) = (self.electorate.as_ref()?, self.secret.as_ref()?);
        if self.messages.contains_key(&self.me.0) || self.renounced.contains(&self.me.0) || self.is_over() {
            return None;
        }
        let message = electorate.cast(&self.me.0, secret, choices.0, seed)?;
        self.hear_ballot(self.me, message.clone());
        Some(Say::Ballot(message))
    }

    /// Who opened it, or a moderator, wants the result. Who wanted it first counts.
    pub(super) fn close(&mut self, now: Millis) {
        self.closing_since.get_or_insert(now);
    }

    /// We leave: if we have not voted, we say that we never shall.
    pub(super) fn renounce(&mut self) -> Option<Say> {
        let waited_for = self.roster.contains(&self.me) && !self.is_over() && !self.messages.contains_key(&self.me.0);
        (waited_for && self.renounced.insert(self.me.0)).then_some(Say::Renounce)
    }

    /// Somebody will not vote. Who has voted cannot take it back.
    pub(super) fn hear_renounced(&mut self, voter: MemberId) {
        if self.roster.contains(&voter) && !self.messages.contains_key(&voter.0) {
            self.renounced.insert(voter.0);
        }
    }

    /// Whether we were asked. Then nobody speaks for others to us but they themselves.
    pub(super) fn asks_us(&self) -> bool {
        self.roster.contains(&self.me)
    }

    /// What somebody who stays takes out for those who have gone; the first counts. It is checked when all have come.
    pub(super) fn hear_recovery(&mut self, voter: MemberId, message: Vec<u8>) {
        if self.is_voter(voter) {
            self.recoveries.entry(voter.0).or_insert(message);
        }
    }

    pub(super) fn is_voter(&self, member: MemberId) -> bool {
        self.electorate.as_ref().is_some_and(|electorate| electorate.voters().any(|voter| *voter == member.0))
    }

    pub(super) fn is_over(&self) -> bool {
        self.void || self.result.is_some()
    }

    pub(super) fn stage(&self) -> Stage {
        match () {
            () if self.void => Stage::Void,
            () if self.result.is_some() => Stage::Closed,
            () if self.electorate.is_none() => Stage::Gathering,
            () if self.closing_since.is_some() => Stage::Counting,
            () => Stage::Open,
        }
    }

    /// How many may vote, and how many ballots are here.
    pub(super) fn numbers(&self) -> (usize, usize) {
        (self.named.as_ref().map_or(self.roster.len(), Vec::len), self.ballots.len())
    }

    /// Nothing is ever due any more.
    pub(super) fn rests(&self) -> bool {
        self.is_over() && self.secret.is_none() && self.name_at.is_none()
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        let over = self.closing_since.map(|at| at.saturating_add(COUNTING)).filter(|_| !self.is_over());
        [self.name_at, over].into_iter().flatten().min()
    }

    /// Does what is due. `seed` must be fresh and uniform each time.
    pub(super) fn tick(&mut self, now: Millis, present: &SortedSet<Voter>, seed: [u8; 32]) -> Vec<Say> {
        if self.is_over() {
            self.secret = None;
            self.name_at = None;
            return Vec::new();
        }
        let mut said = Vec::new();
        said.extend(self.name_voters(now, present));
        if self.closing_since.is_some() {
            said.extend(self.cast(Choices::default(), seed));
            let lost = self.missing().any(|voter| !present.contains(voter));
            self.void |= lost;
        }
        said.extend(self.recover(seed));
        self.count();
        self.void |= !self.is_over() && self.closing_since.is_some_and(|at| now >= at.saturating_add(COUNTING));
        said
    }

    /// The author has the keys of all who are here, or has waited long enough.
    fn name_voters(&mut self, now: Millis, present: &SortedSet<Voter>) -> Option<Say> {
        let at = self.name_at?;
        let here = |voter: &&MemberId| present.contains(&voter.0);
        let waits = self.roster.iter().filter(here).any(|voter| !self.keys.contains_key(&voter.0));
        if waits && now < at {
            return None;
        }
        self.name_at = None;
        let voters: Vec<MemberId> =
            self.roster.iter().filter(here).filter(|voter| self.keys.contains_key(&voter.0)).copied().collect();
        self.hear_voters(voters.clone());
        Some(Say::Voters(voters))
    }

    /// Of whom there is neither a ballot nor a word that there will be none.
    fn missing(&self) -> impl Iterator<Item = &Voter> {
        let voters = self.electorate.iter().flat_map(Electorate::voters);
        voters.filter(|voter| !self.ballots.contains_key(*voter) && !self.renounced.contains(*voter))
    }

    /// Those who vote and have said that they will not; nothing while somebody is missing.
    fn taken_out(&self) -> Option<SortedSet<Voter>> {
        let electorate = self.electorate.as_ref().filter(|_| self.missing().next().is_none())?;
        Some(electorate.voters().filter(|voter| self.renounced.contains(*voter)).copied().collect())
    }

    /// All others have voted: what takes those out who will not. Once.
    fn recover(&mut self, seed: [u8; 32]) -> Option<Say> {
        let gone = self.taken_out().filter(|gone| !gone.is_empty() && self.recovered.is_none())?;
        let electorate = self.electorate.as_ref()?;
        if electorate.voters().count() < gone.len().saturating_add(FEWEST) {
            self.void = true;
            return None;
        }
        let message = electorate.recover(&self.me.0, self.secret.as_ref()?, &gone, seed)?;
        self.recovered = Some(message.clone());
        self.recoveries.insert(self.me.0, message.clone());
        Some(Say::Recover(message))
    }

    /// Counts, if everything is here.
    fn count(&mut self) {
        let (Some(electorate), Some(gone)) = (&self.electorate, self.taken_out()) else { return };
        if gone.is_empty() {
            self.result = electorate.tally(&self.ballots, &gone, &SortedMap::new());
            self.void |= self.result.is_none();
            return;
        }
        let staying: Vec<&Voter> = electorate.voters().filter(|voter| !gone.contains(*voter)).collect();
        if !staying.iter().all(|voter| self.recoveries.contains_key(*voter)) {
            return;
        }
        // Each voter's first recovery counts: one that does not hold is the end of it.
        let read = |voter: &&Voter| electorate.read_recovery(voter, &gone, self.recoveries.get(*voter)?);
        let recoveries: Option<SortedMap<Voter, Recovery>> = staying.iter().map(|voter| Some((**voter, read(voter)?))).collect();
        self.result = recoveries.and_then(|recoveries| electorate.tally(&self.ballots, &gone, &recoveries));
        self.void |= self.result.is_none();
    }

    // ---- what is said again ----

    pub(super) fn roster(&self) -> &[MemberId] {
        &self.roster
    }

    pub(super) fn named(&self) -> Option<&[MemberId]> {
        self.named.as_deref()
    }

    /// Who has said that there will be no ballot.
    pub(super) fn renounced(&self) -> impl Iterator<Item = MemberId> {
        self.renounced.iter().map(|voter| MemberId(*voter))
    }

    /// Keys, as they were announced.
    pub(super) fn all_keys(&self) -> impl Iterator<Item = (MemberId, &Vec<u8>)> {
        self.keys.iter().map(|(voter, (message, _))| (MemberId(*voter), message))
    }

    /// Ballots, as they were cast.
    pub(super) fn all_ballots(&self) -> impl Iterator<Item = (MemberId, &Vec<u8>)> {
        self.messages.iter().map(|(voter, message)| (MemberId(*voter), message))
    }

    /// Our own recovery.
    pub(super) fn recovered(&self) -> Option<&Vec<u8>> {
        self.recovered.as_ref()
    }
}
