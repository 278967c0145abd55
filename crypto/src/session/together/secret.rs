//! Secret votes among members: who says what when, around [`crate::vote`].
//!
//! **Invariant:** a member publishes one ballot for a question, in however many rounds it is counted, and goes into another round only while it has
//! published none: so of all rounds in which it takes part one can be added up. Whoever gets two sums learns their difference, which may be what
//! one person chose (decision 0045).
//!
//! ```text
//! author  Open (roster) ─▶ all  Keys ─▶ author  Voters ─▶ all of them  Ready (chosen)   as people choose; nothing of it can be counted
//!                                                         all have     Ready (here)     by itself, within a moment
//!                                                         all are here Ballot ──▶ counted by everybody
//!         Close: who is here and has not chosen abstains, and all go on as if everybody had
//!         somebody has gone before the ballots: those who stay  Again (who, fresh keys), Ready (chosen) ─▶ as above, by itself
//!         who leaves after having chosen  Ballot: it counts, if nobody else has to be gone without
//! ```

use super::super::api::Millis;
use super::question::{Choices, Question, Stage, VoteId};
use super::round::Round;
use crate::group::MemberId;
use crate::sorted::SortedSet;
use crate::vote::{Context, FEWEST, MOST, Voter};

/// Largest message of a vote, bytes: a ballot for eight answers of which one may be chosen is 1,856.
pub(super) const MESSAGE: usize = 2_048;
/// How long the author waits for the keys of all whom it asked, ms. Longer keeps those waiting who are there, shorter leaves out who is slow.
const GATHERING: u64 = 5_000;
/// How long after a vote was closed it can still be counted, ms: longer than it takes to notice that somebody has gone.
const COUNTING: u64 = 60_000;

/// What a secret vote is made of.
pub(super) struct Sealed {
    first: Context,
    me: MemberId,
    author: MemberId,
    /// Whom the author asked.
    roster: Vec<MemberId>,
    /// Whom the author named as voters.
    named: Option<Vec<MemberId>>,
    round: Round,
    /// It is not the first round.
    again: bool,
    /// What the person chose, and among how many voters it did.
    choice: Option<(Choices, usize)>,
    /// The person chose, and is asked again because so many have gone since.
    pub(super) asked_again: bool,
    /// Who was a voter and has gone.
    without: Vec<MemberId>,
    /// Who went on among whom, with which keys, before we knew who votes.
    early: Vec<(MemberId, Vec<MemberId>, Vec<u8>)>,
    /// The author names the voters then.
    name_at: Option<Millis>,
    closing_since: Option<Millis>,
    pub(super) result: Option<Vec<usize>>,
    void: bool,
}

/// What is to be said of it.
pub(super) enum Say {
    Keys(Vec<u8>),
    Voters(Vec<MemberId>),
    Ready { voters: usize, here: bool },
    Ballot(Vec<u8>),
    Again { voters: Vec<MemberId>, keys: Vec<u8> },
    Renounce,
}

/// What there is to go by: the time, who is in the tree, fresh and uniform randomness.
pub(super) struct Moment<'a> {
    pub(super) now: Millis,
    pub(super) present: &'a SortedSet<Voter>,
    /// We have not only just come back: what was said meanwhile has been said again.
    pub(super) is_told: bool,
    pub(super) seed: [u8; 32],
}

impl Sealed {
    /// A vote that was opened; `None` if it cannot be a secret one.
    pub(super) fn new(
        group: &[u8],
        (id, author): (VoteId, MemberId),
        question: &Question,
        roster: Vec<MemberId>,
        me: MemberId,
    ) -> Option<Self> {
        let first = Context::new(group, &id.0, question.answers.len(), question.many)?;
        let distinct: SortedSet<&MemberId> = roster.iter().collect();
        let fits = (FEWEST..=MOST).contains(&roster.len()) && distinct.len() == roster.len();
        fits.then_some(Self {
            round: Round::new(first.clone(), me, None),
            first,
            me,
            author,
            roster,
            named: None,
            again: false,
            choice: None,
            asked_again: false,
            without: Vec::new(),
            early: Vec::new(),
            name_at: None,
            closing_since: None,
            result: None,
            void: false,
        })
    }

    /// Our keys, if we were asked. Once.
    pub(super) fn announce(&mut self, seed: [u8; 32]) -> Option<Say> {
        if !self.asks_us() || self.again {
            return None;
        }
        self.round.announce(seed).map(Say::Keys)
    }

    /// The author waits for the others.
    pub(super) fn gather(&mut self, now: Millis) {
        self.name_at = Some(now.saturating_add(GATHERING));
    }

    /// Somebody's keys for the first round.
    pub(super) fn hear_keys(&mut self, voter: MemberId, message: Vec<u8>) {
        if self.roster.contains(&voter) && !self.again {
            self.round.hear_keys(voter, message);
        }
    }

    /// Whom the author names; the first naming counts.
    pub(super) fn hear_voters(&mut self, voters: Vec<MemberId>) {
        if self.named.is_none() {
            self.void |= !voters.iter().all(|voter| self.roster.contains(voter));
            if !self.again {
                self.round.is_among(voters.iter().map(|voter| voter.0).collect());
            }
            self.named = Some(voters);
        }
    }

    /// Somebody has chosen, or is there, in the round of so many.
    pub(super) fn hear_ready(&mut self, voter: MemberId, voters: usize, here: bool) {
        if self.round.voters().is_none_or(|now| now.len() == voters) {
            self.round.hear_ready(voter, here);
        }
    }

    /// Somebody's ballot.
    pub(super) fn hear_ballot(&mut self, voter: MemberId, message: Vec<u8>) {
        if self.roster.contains(&voter) {
            self.round.hear_ballot(voter, message);
        }
    }

    /// Somebody goes on without those who have gone. Whoever has gone for one has gone for all: rounds become smaller alone, and so everybody
    /// comes to the same one.
    pub(super) fn hear_again(&mut self, voter: MemberId, voters: &[MemberId], keys: Vec<u8>, moment: &Moment<'_>) -> Vec<Say> {
        let set: SortedSet<Voter> = voters.iter().map(|voter| voter.0).collect();
        let mut said = Vec::new();
        if !set.contains(&voter.0) || self.is_over() || set.iter().any(|one| !self.roster.contains(&MemberId(*one))) {
            return said;
        }
        let have_gone = |voter: &Voter| set.contains(voter) || !moment.present.contains(voter);
        let smaller = match self.round.voters() {
            Some(now) if *now == set => self.again.then_some(false),
            Some(now) => (set.is_subset(now) && now.iter().all(have_gone)).then_some(true),
            // Who came later takes it as it is told.
            None if !self.asks_us() || self.roster.iter().all(|voter| have_gone(&voter.0)) => Some(true),
            // Whom the author left out, or whom this one would: that is known once the author has named the voters.
            None => {
                if self.early.iter().all(|(other, ..)| *other != voter) {
                    self.early.push((voter, voters.to_vec(), keys));
                }
                return said;
            }
        };
        match smaller {
            Some(true) => said = self.go_on_among(set, moment),
            Some(false) => {}
            None => return said,
        }
        self.round.hear_keys(voter, keys);
        said
    }

    /// The person's choice. Once, but for who is asked again.
    pub(super) fn choose(&mut self, choices: Choices) -> Option<Say> {
        let open = self.round.is_formed() && self.is_voter(self.me) && !self.round.has_ours() && !self.is_over();
        if !open || self.closing_since.is_some() || self.choice.is_some() {
            return None;
        }
        self.asked_again = false;
        self.choice = Some((choices, self.numbers().0));
        Some(self.say_chosen())
    }

    fn say_chosen(&mut self) -> Say {
        self.round.hear_ready(self.me, false);
        Say::Ready { voters: self.numbers().0, here: false }
    }

    /// What the person chose.
    pub(super) fn chosen(&self) -> Option<Choices> {
        self.choice.map(|(choices, _)| choices)
    }

    /// Who opened it, or a moderator, wants the result. Who wanted it first counts.
    pub(super) fn close(&mut self, now: Millis) {
        self.closing_since.get_or_insert(now);
    }

    /// We leave: what was chosen counts all the same, and who waits for our ballot has it.
    pub(super) fn leave(&mut self, seed: [u8; 32]) -> Option<Say> {
        if self.is_over() || (self.choice.is_none() && !self.round.said().1) {
            return None;
        }
        self.round.cast(self.chosen().unwrap_or_default(), seed).map(Say::Ballot)
    }

    /// A voter who is here will cast no other ballot: it cannot be counted any more.
    pub(super) fn hear_renounced(&mut self, voter: MemberId) {
        self.void |= self.is_voter(voter) && self.result.is_none();
    }

    /// Whether we were asked. Then nobody speaks for others to us but they themselves.
    pub(super) fn asks_us(&self) -> bool {
        self.roster.contains(&self.me)
    }

    pub(super) fn is_voter(&self, member: MemberId) -> bool {
        self.round.votes(&member.0)
    }

    pub(super) fn is_over(&self) -> bool {
        self.void || self.result.is_some() || self.round.is_void()
    }

    pub(super) fn stage(&self) -> Stage {
        match () {
            () if self.result.is_some() => Stage::Closed,
            () if self.is_over() => Stage::Void,
            () if !self.round.is_formed() => Stage::Gathering,
            () if self.closing_since.is_some() => Stage::Counting,
            () => Stage::Open,
        }
    }

    /// How many may vote, and how many have.
    pub(super) fn numbers(&self) -> (usize, usize) {
        (self.round.voters().map_or(self.roster.len(), SortedSet::len), self.round.ready())
    }

    /// Nothing is ever due any more.
    pub(super) fn rests(&self) -> bool {
        self.is_over() && self.round.is_burnt() && self.name_at.is_none()
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        let over = self.closing_since.map(|at| at.saturating_add(COUNTING)).filter(|_| !self.is_over());
        [self.name_at, over].into_iter().flatten().min()
    }

    /// Whether something waits for our having been told everything.
    pub(super) fn waits_to_be_told(&self, present: &SortedSet<Voter>) -> bool {
        !self.is_over() && self.is_stuck(present)
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, moment: &Moment<'_>) -> Vec<Say> {
        if self.is_over() {
            self.round.burn();
            self.name_at = None;
            return Vec::new();
        }
        let mut said = Vec::new();
        said.extend(self.name_voters(moment));
        if self.round.voters().is_some() {
            for (voter, voters, keys) in core::mem::take(&mut self.early) {
                said.extend(self.hear_again(voter, &voters, keys, moment));
            }
        }
        if moment.is_told && self.is_stuck(moment.present) {
            said.extend(self.go_on_without(moment));
        }
        if self.round.come_forward(self.closing_since.is_some()) {
            said.push(Say::Ready { voters: self.numbers().0, here: true });
        }
        let choices = self.chosen().unwrap_or_default();
        said.extend(self.round.cast_with_the_others(choices, moment.seed).map(Say::Ballot));
        self.result = self.round.count();
        self.void |= !self.is_over() && self.closing_since.is_some_and(|at| moment.now >= at.saturating_add(COUNTING));
        said
    }

    /// The author has the keys of all who are here, or has waited long enough.
    fn name_voters(&mut self, moment: &Moment<'_>) -> Option<Say> {
        let at = self.name_at?;
        let has_keys = |voter: &MemberId| self.round.all_keys().any(|(other, _)| other == *voter);
        let here = |voter: &&MemberId| moment.present.contains(&voter.0);
        let waits = self.roster.iter().filter(here).any(|voter| !has_keys(voter));
        if waits && moment.now < at {
            return None;
        }
        self.name_at = None;
        let voters: Vec<MemberId> = self.roster.iter().filter(here).filter(|voter| has_keys(voter)).copied().collect();
        self.hear_voters(voters.clone());
        Some(Say::Voters(voters))
    }

    /// Somebody has gone on whom it depends.
    fn is_stuck(&self, present: &SortedSet<Voter>) -> bool {
        if self.round.voters().is_none() {
            return !present.contains(&self.author.0);
        }
        self.round.lacks(present)
    }

    fn go_on_without(&mut self, moment: &Moment<'_>) -> Vec<Say> {
        let Some(voters) = self.round.voters() else {
            self.void = true;
            return Vec::new();
        };
        let staying = voters.iter().filter(|voter| moment.present.contains(*voter)).copied().collect();
        self.go_on_among(staying, moment)
    }

    /// Another round, unless our ballot of this one has left us.
    fn go_on_among(&mut self, voters: SortedSet<Voter>, moment: &Moment<'_>) -> Vec<Say> {
        let mine = voters.contains(&self.me.0);
        if self.round.has_ours() || voters.len() < FEWEST {
            self.void = true;
            return if mine { vec![Say::Renounce] } else { Vec::new() };
        }
        let before: Vec<MemberId> = self
            .round
            .voters()
            .map_or_else(|| self.roster.clone(), |voters| voters.iter().map(|voter| MemberId(*voter)).collect());
        self.without.extend(before.into_iter().filter(|voter| !voters.contains(&voter.0)));
        self.round = Round::new(self.first.of(&voters), self.me, Some(voters.clone()));
        self.again = true;
        if self.closing_since.is_some() {
            self.closing_since = Some(moment.now);
        }
        if !mine {
            return Vec::new();
        }
        let members = voters.iter().map(|voter| MemberId(*voter)).collect();
        let keys = self.round.announce(moment.seed);
        let mut said: Vec<Say> = keys.map(|keys| Say::Again { voters: members, keys }).into_iter().collect();
        // What was chosen among many is not cast among few unasked.
        let (few, chosen) = (voters.len(), self.choice.is_some());
        self.choice = self.choice.filter(|(_, among)| few.saturating_mul(4) >= among.saturating_mul(3));
        self.asked_again |= chosen && self.choice.is_none();
        if self.choice.is_some() {
            said.push(self.say_chosen());
        }
        said
    }

    /// Who was a voter and has gone.
    pub(super) fn without(&self) -> &[MemberId] {
        &self.without
    }

    // ---- what is said again ----

    pub(super) fn roster(&self) -> &[MemberId] {
        &self.roster
    }

    pub(super) fn named(&self) -> Option<&[MemberId]> {
        self.named.as_deref()
    }

    /// Keys of this round as they are said again.
    pub(super) fn all_keys(&self) -> impl Iterator<Item = (MemberId, Say)> {
        let voters = self.round.voters().filter(|_| self.again);
        let voters: Option<Vec<MemberId>> = voters.map(|voters| voters.iter().map(|voter| MemberId(*voter)).collect());
        let say = move |(voter, keys): (MemberId, &Vec<u8>)| match voters.clone() {
            None => (voter, Say::Keys(keys.clone())),
            Some(voters) => (voter, Say::Again { voters, keys: keys.clone() }),
        };
        self.round.all_keys().map(say)
    }

    /// Ballots, as they were cast.
    pub(super) fn all_ballots(&self) -> impl Iterator<Item = (MemberId, &Vec<u8>)> {
        self.round.all_ballots()
    }

    /// What we said of ourselves.
    pub(super) fn readiness(&self) -> impl Iterator<Item = Say> {
        let (voters, (chosen, here)) = (self.numbers().0, self.round.said());
        [chosen.then_some(Say::Ready { voters, here: false }), here.then_some(Say::Ready { voters, here: true })]
            .into_iter()
            .flatten()
    }
}
