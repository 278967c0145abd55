//! Votes: a question, some answers, and who gave which.
//!
//! **Invariant:** a ballot that was cast stays, and each voter has one; so all who have the same ballots count the same. When a vote closes, who
//! closes it names whose ballots had come: those and no others count, for everybody, however late they arrive.
//!
//! Who may write to everybody opens votes; who opened one, or a moderator, closes it. Each repeats to newcomers what it said itself; for those who
//! have gone the two in the lowest places speak, and are believed only by who has just come.

use super::super::core::Core;
use super::super::room::Room;
use super::question::{Choices, Question, Vote, VoteAct, VoteId};
use super::secret::{MESSAGE, Moment, Say, Sealed};
use super::urn::{Ballot, Closed};
use super::{News, Word, tell};
use crate::group::MemberId;
use crate::sorted::SortedSet;
use serde::{Deserialize, Serialize};

/// Most voters.
pub(super) const VOTERS: usize = wire::limits::PARTICIPANTS;
/// How long what belongs to a vote that is over is repeated, ms: as long as somebody may be on its way back.
const REPEATED_FOR: u64 = 120_000;

/// What members say of votes. Numbered in this order and never renumbered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session) enum VoteSaid {
    /// 0. This is asked; if it is secret, of these.
    Open { id: VoteId, author: MemberId, question: Question, roster: Vec<MemberId> },
    /// 1. This is the voter's choice.
    Cast { id: VoteId, voter: MemberId, choices: Choices },
    /// 2. It is over; the ballots of these have come.
    Close { id: VoteId, voters: Vec<MemberId> },
    /// 3. Of a secret vote: the voter's keys.
    Keys { id: VoteId, voter: MemberId, keys: Vec<u8> },
    /// 4. From its author: these vote.
    Voters { id: VoteId, voters: Vec<MemberId> },
    /// 5. The voter's ballot.
    Ballot { id: VoteId, voter: MemberId, ballot: Vec<u8> },
    /// 6. The voter is here and there will be no other ballot of it: it cannot be counted.
    Renounce { id: VoteId, voter: MemberId },
    /// 7. Of a secret vote: somebody has gone, and these go on; the voter's keys among them.
    Again { id: VoteId, voter: MemberId, voters: Vec<MemberId>, keys: Vec<u8> },
    /// 8. Of a secret vote of so many: the sender has chosen, or its device is there to cast.
    Ready { id: VoteId, voters: u16, here: bool },
}

impl VoteSaid {
    /// Of which vote.
    pub(super) fn id(&self) -> VoteId {
        match self {
            Self::Open { id, .. } | Self::Cast { id, .. } | Self::Close { id, .. } | Self::Keys { id, .. } => *id,
            Self::Voters { id, .. }
            | Self::Ballot { id, .. }
            | Self::Renounce { id, .. }
            | Self::Again { id, .. }
            | Self::Ready { id, .. } => *id,
        }
    }

    pub(super) fn is_within_caps(&self) -> bool {
        match self {
            Self::Open { question, roster, .. } => question.is_within_caps() && roster.len() <= crate::vote::MOST,
            Self::Cast { .. } | Self::Renounce { .. } | Self::Ready { .. } => true,
            Self::Again { voters, keys, .. } => voters.len() <= crate::vote::MOST && keys.len() <= MESSAGE,
            Self::Close { voters, .. } | Self::Voters { voters, .. } => voters.len() <= VOTERS,
            Self::Keys { keys: bytes, .. } | Self::Ballot { ballot: bytes, .. } => bytes.len() <= MESSAGE,
        }
    }
}

impl Room {
    /// What the person wants.
    pub(super) fn vote(&mut self, core: &mut Core, act: VoteAct) {
        match act {
            VoteAct::Open(question) => self.open_vote(core, question),
            VoteAct::Cast(id, choices) => self.cast(core, id, choices),
            VoteAct::Close(id) => self.close_vote(core, id),
        }
    }

    fn open_vote(&mut self, core: &mut Core, question: Question) {
        let me = self.group.my_id();
        let question = question.tidy().filter(|_| self.may_chat() && self.together.votes.has_room_for(me));
        let Some(question) = question.filter(|_| core.connection.is_up()) else { return Self::not_allowed(core) };
        let drawn = core.draw();
        let id = VoteId(core::array::from_fn(|place| drawn.get(place).copied().unwrap_or_default()));
        let roster: Vec<MemberId> =
            if question.secret { self.group.members().iter().map(|member| member.id).collect() } else { Vec::new() };
        let Ok(sealed) = self.seal((id, me), &question, &roster) else { return Self::not_allowed(core) };
        self.together.votes.open(id, (me, core.name.clone()), question.clone(), sealed);
        self.say_vote(core, VoteSaid::Open { id, author: me, question, roster });
        if let Some(sealed) = self.together.votes.sealed(id) {
            sealed.gather(core.now);
        }
        self.announce_keys(core, id);
        self.watch_votes(core);
    }

    /// What makes a vote secret, if it is to be; an error if it cannot be.
    fn seal(&self, of: (VoteId, MemberId), question: &Question, roster: &[MemberId]) -> Result<Option<Sealed>, ()> {
        if !question.secret {
            return Ok(None);
        }
        Sealed::new(self.group.group_id(), of, question, roster.to_vec(), self.group.my_id()).map(Some).ok_or(())
    }

    fn announce_keys(&mut self, core: &mut Core, id: VoteId) {
        let seed = core.draw();
        if let Some(say) = self.together.votes.sealed(id).and_then(|sealed| sealed.announce(seed)) {
            self.say_sealed(core, id, say);
        }
    }

    fn cast(&mut self, core: &mut Core, id: VoteId, choices: Choices) {
        let me = self.group.my_id();
        let ballot = Ballot { name: core.name.clone(), choices };
        let Some(vote) = self.together.votes.find(id).filter(|vote| vote.closed.is_none()) else { return };
        if let Some(sealed) = &mut vote.sealed {
            if let Some(say) =
                Some(choices).filter(|choices| vote.question.takes(*choices)).and_then(|choices| sealed.choose(choices))
            {
                self.say_sealed(core, id, say);
            }
        } else if vote.take(me, ballot) {
            self.say_vote(core, VoteSaid::Cast { id, voter: me, choices });
        }
        self.watch_votes(core);
    }

    fn close_vote(&mut self, core: &mut Core, id: VoteId) {
        let me = self.group.my_id();
        let governs = self.moderates(me);
        let running = self.together.votes.find(id).filter(|vote| !vote.is_over());
        let Some(vote) = running.filter(|vote| (vote.author == me || governs) && core.connection.is_up()) else {
            return Self::not_allowed(core);
        };
        let voters: Vec<MemberId> = vote.ballots.keys().copied().collect();
        vote.closed = Some(Closed { by: me, at: core.now, voters: voters.clone() });
        if let Some(sealed) = &mut vote.sealed {
            sealed.close(core.now);
        }
        self.say_vote(core, VoteSaid::Close { id, voters });
        self.watch_votes(core);
    }

    pub(super) fn heard_vote(&mut self, core: &mut Core, from: MemberId, said: VoteSaid) {
        let opens = matches!(said, VoteSaid::Open { .. });
        if !opens && self.together.votes.find(said.id()).is_none() {
            if self.is_catching_up(core.now) {
                self.together.votes.keep_early(from, said);
            }
            return;
        }
        let own_or_gone = |voter| self.may_speak_for(core, from, voter);
        match said {
            VoteSaid::Open { id, author, question, roster } => self.heard_of_vote(core, from, (id, author), (question, roster)),
            VoteSaid::Cast { id, voter, choices } if own_or_gone(voter) => {
                let ballot = Ballot { name: self.people.name_of(voter), choices };
                if let Some(vote) = self.together.votes.find(id).filter(|vote| vote.sealed.is_none()) {
                    vote.take(voter, ballot);
                }
            }
            VoteSaid::Close { id, voters } => {
                let governs = self.moderates(from);
                if let Some(vote) = self.together.votes.find(id).filter(|vote| vote.closed.is_none() && !vote.is_over())
                    && (governs || vote.author == from)
                {
                    vote.closed = Some(Closed { by: from, at: core.now, voters });
                    if let Some(sealed) = &mut vote.sealed {
                        sealed.close(core.now);
                    }
                }
            }
            VoteSaid::Keys { voter, .. } | VoteSaid::Ballot { voter, .. } | VoteSaid::Again { voter, .. }
                if own_or_gone(voter) =>
            {
                self.heard_sealed(core, from, said);
            }
            VoteSaid::Voters { .. } | VoteSaid::Ready { .. } | VoteSaid::Renounce { .. } => self.heard_sealed(core, from, said),
            VoteSaid::Cast { .. } | VoteSaid::Keys { .. } | VoteSaid::Ballot { .. } | VoteSaid::Again { .. } => {}
        }
    }

    /// Something of a secret vote, from whom it may come.
    fn heard_sealed(&mut self, core: &mut Core, from: MemberId, said: VoteSaid) {
        let (present, is_told, seed) = (self.present(), !self.is_catching_up(core.now), core.draw());
        let moment = Moment { now: core.now, present: &present, is_told, seed };
        let id = said.id();
        let Some(vote) = self.together.votes.find(id) else { return };
        let (author, Some(sealed)) = (vote.author, vote.sealed.as_mut()) else { return };
        // Who has only just come believes of those who have gone what it is told.
        let itself = |voter| voter == from || !sealed.asks_us();
        let told = author == from || (!is_told && !present.contains(&author.0));
        let mut answers = Vec::new();
        match said {
            VoteSaid::Keys { voter, keys, .. } if itself(voter) => sealed.hear_keys(voter, keys),
            VoteSaid::Voters { voters, .. } if told => sealed.hear_voters(voters),
            VoteSaid::Ballot { voter, ballot, .. } => sealed.hear_ballot(voter, ballot),
            VoteSaid::Renounce { voter, .. } if voter == from => sealed.hear_renounced(voter),
            VoteSaid::Again { voter, voters, keys, .. } if itself(voter) => {
                answers = sealed.hear_again(voter, &voters, keys, &moment);
            }
            VoteSaid::Ready { voters, here, .. } => sealed.hear_ready(from, usize::from(voters), here),
            _ => {}
        }
        answers.into_iter().for_each(|say| self.say_sealed(core, id, say));
    }

    /// Who is in the tree.
    fn present(&self) -> SortedSet<[u8; 16]> {
        self.group.members().iter().map(|member| member.id.0).collect()
    }

    fn heard_of_vote(
        &mut self,
        core: &mut Core,
        from: MemberId,
        (id, author): (VoteId, MemberId),
        (question, roster): (Question, Vec<MemberId>),
    ) {
        let may = self.may_speak_for(core, from, author) && self.group.state().may_chat(from);
        let Ok(sealed) = self.seal((id, author), &question, &roster) else { return };
        let votes = &mut self.together.votes;
        if may && votes.find(id).is_none() && votes.has_room_for(author) {
            let name = self.people.name_of(author);
            self.together.votes.open(id, (author, name), question, sealed);
            for (from, said) in self.together.votes.said_early(id) {
                self.heard_vote(core, from, said);
            }
            self.announce_keys(core, id);
        }
    }

    /// What secret votes have due.
    fn watch_sealed(&mut self, core: &mut Core) {
        let (present, is_told) = (self.present(), !self.is_catching_up(core.now));
        let mut said = Vec::new();
        let mut waits = false;
        for vote in &mut self.together.votes.all {
            let Some(sealed) = vote.sealed.as_mut().filter(|sealed| !sealed.rests()) else { continue };
            for voter in sealed.roster() {
                let name = self.people.name_of(*voter);
                if !name.is_empty() {
                    vote.names.insert(*voter, name);
                }
            }
            let id = vote.id;
            let moment = Moment { now: core.now, present: &present, is_told, seed: core.draw() };
            said.extend(sealed.tick(&moment).into_iter().map(|say| (id, say)));
            waits |= !is_told && sealed.waits_to_be_told(&present);
        }
        self.together.votes.told_at = waits.then(|| self.presence.listening_since().saturating_add(super::CATCHING_UP));
        said.into_iter().for_each(|(id, say)| self.say_sealed(core, id, say));
    }

    /// We leave: who waits for our ballot has it.
    pub(in crate::session) fn leave_votes(&mut self, core: &mut Core) {
        let mut said = Vec::new();
        for vote in &mut self.together.votes.all {
            let seed = core.draw();
            said.extend(vote.sealed.as_mut().and_then(|sealed| sealed.leave(seed)).map(|say| (vote.id, say)));
        }
        said.into_iter().for_each(|(id, say)| self.say_sealed(core, id, say));
    }

    fn say_sealed(&mut self, core: &mut Core, id: VoteId, say: Say) {
        let voter = self.group.my_id();
        self.say_vote(core, said_by(id, voter, say));
    }

    /// Says again what we said of votes, and what those said who have gone, if it is for us to say.
    pub(super) fn repeat_votes(&mut self, core: &mut Core) {
        let mut said = Vec::new();
        let now = core.now;
        for vote in &self.together.votes.all {
            let fresh = vote.closed.as_ref().is_none_or(|closed| now < closed.at.saturating_add(REPEATED_FOR));
            if !fresh {
                continue;
            }
            let id = vote.id;
            if !vote.is_over() && self.speaks_for(vote.author) {
                let roster = vote.sealed.as_ref().map(|sealed| sealed.roster().to_vec()).unwrap_or_default();
                said.push(VoteSaid::Open { id, author: vote.author, question: vote.question.clone(), roster });
            }
            if let Some(sealed) = &vote.sealed {
                said.extend(self.repeated(id, vote.author, sealed));
            }
            let ballots = vote.ballots.iter().filter(|(voter, _)| self.speaks_for(**voter));
            said.extend(ballots.map(|(voter, ballot)| VoteSaid::Cast { id: vote.id, voter: *voter, choices: ballot.choices }));
            if let Some(closed) = vote.closed.as_ref().filter(|closed| closed.by == self.group.my_id()) {
                said.push(VoteSaid::Close { id, voters: closed.voters.clone() });
            }
        }
        said.into_iter().for_each(|said| self.say_vote(core, said));
    }

    /// What is ours to say again of a secret vote.
    fn repeated(&self, id: VoteId, author: MemberId, sealed: &Sealed) -> Vec<VoteSaid> {
        let ours = |voter: MemberId| self.speaks_for(voter);
        let me = self.group.my_id();
        let named = sealed.named().filter(|_| ours(author));
        let mut said: Vec<VoteSaid> = named.map(|voters| VoteSaid::Voters { id, voters: voters.to_vec() }).into_iter().collect();
        let keys = sealed.all_keys().filter(|(voter, _)| ours(*voter));
        said.extend(keys.map(|(voter, say)| said_by(id, voter, say)));
        let ballots = sealed.all_ballots().filter(|(voter, _)| ours(*voter));
        said.extend(ballots.map(|(voter, ballot)| VoteSaid::Ballot { id, voter, ballot: ballot.clone() }));
        said.extend(sealed.readiness().map(|say| said_by(id, me, say)));
        said
    }

    fn say_vote(&mut self, core: &mut Core, said: VoteSaid) {
        self.say_word(core, Word::Vote(said));
    }

    /// Tells the screen how votes stand, if that changed.
    pub(super) fn watch_votes(&mut self, core: &mut Core) {
        self.watch_sealed(core);
        let me = self.group.my_id();
        let present: Vec<MemberId> = self.group.members().iter().map(|member| member.id).collect();
        let now: Vec<Vote> = self.together.votes.all.iter().map(|vote| vote.shown(me, &present)).collect();
        if self.together.votes.shown.as_ref() != Some(&now) {
            self.together.votes.shown = Some(now.clone());
            tell(core, News::Votes(now));
        }
    }
}

/// What this voter says of this vote.
fn said_by(id: VoteId, voter: MemberId, say: Say) -> VoteSaid {
    match say {
        Say::Keys(keys) => VoteSaid::Keys { id, voter, keys },
        Say::Voters(voters) => VoteSaid::Voters { id, voters },
        Say::Ready { voters, here } => VoteSaid::Ready { id, voters: u16::try_from(voters).unwrap_or(u16::MAX), here },
        Say::Ballot(ballot) => VoteSaid::Ballot { id, voter, ballot },
        Say::Again { voters, keys } => VoteSaid::Again { id, voter, voters, keys },
        Say::Renounce => VoteSaid::Renounce { id, voter },
    }
}
