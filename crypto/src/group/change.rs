//! The record inside every commit, and what it makes of the room state.
//!
//! **Invariant:** [`Change::apply`] is a function of the parent state, the committer and the record (plus, for one kind of
//! grounds, the commits of this very epoch that were refused, which all members have refused alike). Every member computes the
//! same next state or the same refusal before anything of the commit is staged.

use super::{
    Admission, CredentialId, Grounds, MemberId, Refusal,
    state::{Line, Lost, MAX_LINES, POLICY_ENDED, RoomState, Settings},
    statement::{Return, leave_holds, return_holds, return_statement, silence_holds, silences_needed},
};
use serde::{Deserialize, Serialize};

/// How a newcomer is let in, as its doorkeeper says in the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// 0. It proved the password, or the link where there is none.
    Password,
    /// 1. It asked, and a moderator said yes.
    WaitingRoom,
    /// 2. It was a member before, and its old leaf's key says so.
    Rejoin,
}

impl How {
    /// What the roster says of whom this member let in this way.
    pub(super) fn admission(self, by: MemberId, pw_gen: u32) -> Admission {
        match self {
            Self::Password => Admission::Password { by, pw_gen },
            Self::WaitingRoom => Admission::WaitingRoom { by },
            Self::Rejoin => Admission::Rejoined { by, guest: false },
        }
    }
}

/// One newcomer: must be exactly one Add of the same commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Admitted {
    pub(super) credential: CredentialId,
    pub(super) key: [u8; 32],
    pub(super) how: How,
    /// For who rejoins, and for nobody else.
    pub(super) returns: Option<Return>,
}

/// The record: what the commit does, on what generation it was built, and on what grounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Change {
    pub(super) pw_gen: u32,
    pub(super) psk_gen: u32,
    pub(super) admitted: Vec<Admitted>,
    pub(super) removed: Vec<(MemberId, Grounds)>,
    pub(super) settings: Option<Settings>,
    /// A moderator wants somebody out who was lost already: nobody who is lost comes back as who it was.
    pub(super) forgets: bool,
}

/// What the verdict on a record rests on.
#[derive(Clone, Copy)]
pub(super) struct Parent<'a> {
    pub(super) state: &'a RoomState,
    pub(super) group_id: &'a [u8],
    pub(super) epoch: u64,
    /// Hash and committer of the commits that leave this epoch and were refused.
    pub(super) refused: &'a [([u8; 32], MemberId)],
}

impl Change {
    /// The state after this record by this committer, or why members refuse it.
    pub(super) fn apply(&self, parent: Parent<'_>, by: MemberId) -> Result<RoomState, Refusal> {
        let state = parent.state;
        state.line(by).ok_or(Refusal::Stranger)?;
        if self.pw_gen != state.settings.pw_gen || self.psk_gen != state.psk_gen {
            return Err(Refusal::Generation);
        }
        let mut next = state.clone();
        if let Some(settings) = &self.settings {
            apply_settings(&mut next, state, by, settings)?;
        }
        for (member, grounds) in &self.removed {
            let rejoins =
                self.admitted.iter().any(|newcomer| newcomer.returns.as_ref().is_some_and(|said| said.member == *member));
            if matches!(grounds, Grounds::Rejoins) != rejoins {
                return Err(Refusal::Grounds);
            }
            remove(&mut next, parent, by, (*member, grounds))?;
        }
        if self.forgets && !state.is_moderator(by) {
            return Err(Refusal::NotModerator);
        }
        if self.forgets || self.removed.iter().any(|(_, grounds)| matches!(grounds, Grounds::Moderator)) {
            forget_lost(&mut next);
        }
        for newcomer in &self.admitted {
            admit(&mut next, parent, by, newcomer)?;
        }
        if !self.removed.is_empty() || next.settings.pw_gen != state.settings.pw_gen {
            next.psk_gen = state.psk_gen.checked_add(1).ok_or(Refusal::Generation)?;
            next.psk_born = parent.epoch + 1;
        }
        Ok(next)
    }
}

fn remove(next: &mut RoomState, parent: Parent<'_>, by: MemberId, what: (MemberId, &Grounds)) -> Result<(), Refusal> {
    let (member, grounds) = what;
    let place = next.roster.iter().position(|line| line.id == member).ok_or(Refusal::Stranger)?;
    if member == by || !grounds_hold(parent, by, member, grounds) {
        return Err(Refusal::Grounds);
    }
    let line = next.roster.remove(place);
    // Who fell silent may have lost its network only, and keeps its place for when it is back; who left or was put out does not.
    match grounds {
        Grounds::Silence(_) | Grounds::Unheard | Grounds::Rejoins => next.lose(&line),
        Grounds::Moderator | Grounds::Leave(_) | Grounds::RefusedCommit(_) => next.settings.forget(member),
    }
    Ok(())
}

/// Who is put out may have been here before as somebody who was lost, and would come back as that. So nobody comes back as who it was any
/// more, but who is first in line to own the room: it cannot be put out.
fn forget_lost(next: &mut RoomState) {
    let first = next.settings.succession.first().copied();
    next.lost.retain(|lost| Some(lost.id) == first);
}

fn grounds_hold(parent: Parent<'_>, by: MemberId, member: MemberId, grounds: &Grounds) -> bool {
    let state = parent.state;
    match grounds {
        Grounds::Moderator | Grounds::Unheard => state.is_moderator(by) && state.owner() != Some(member),
        Grounds::Leave(leave) => leave.member == member && leave_holds(state, parent.group_id, leave),
        Grounds::Silence(statements) => {
            let mut speakers: Vec<MemberId> = Vec::new();
            // Nobody speaks twice, so more statements than people are there to cost time.
            if statements.len() > state.roster.len() {
                return false;
            }
            for said in statements {
                if said.member != member || !silence_holds(state, parent.group_id, parent.epoch, said) {
                    return false;
                }
                speakers.push(said.by);
            }
            speakers.sort_unstable();
            speakers.dedup();
            speakers.len() >= silences_needed(state)
        }
        // Its own signature stands in the same record, and is checked where it is admitted.
        Grounds::Rejoins => true,
        Grounds::RefusedCommit(hash) => parent.refused.contains(&(*hash, member)),
    }
}

fn apply_settings(next: &mut RoomState, state: &RoomState, by: MemberId, settings: &Settings) -> Result<(), Refusal> {
    if !state.is_moderator(by) {
        return Err(Refusal::NotModerator);
    }
    let handed_over = settings.succession != state.settings.succession || settings.moderators != state.settings.moderators;
    if handed_over && state.owner() != Some(by) {
        return Err(Refusal::NotModerator);
    }
    let step = settings.pw_gen.checked_sub(state.settings.pw_gen);
    if !matches!(step, Some(0 | 1)) {
        return Err(Refusal::Generation);
    }
    // What is ended stays ended, and the state stays small.
    if !settings.is_within_caps() || (state.has(POLICY_ENDED) && settings.policy & POLICY_ENDED == 0) {
        return Err(Refusal::Settings);
    }
    next.settings = settings.clone();
    Ok(())
}

fn admit(next: &mut RoomState, parent: Parent<'_>, by: MemberId, newcomer: &Admitted) -> Result<(), Refusal> {
    let state = parent.state;
    let open = match newcomer.how {
        // A member comes back into a locked room: it is locked for others.
        How::Rejoin => !state.has(POLICY_ENDED),
        How::Password => state.takes_passwords(),
        How::WaitingRoom if !state.is_moderator(by) => return Err(Refusal::NotModerator),
        How::WaitingRoom => state.takes_guests(),
    };
    if !open {
        return Err(Refusal::Closed);
    }
    if next.seen.len() >= 2 * MAX_LINES {
        return Err(Refusal::Closed);
    }
    if !next.is_fresh(&newcomer.credential, &newcomer.key) {
        return Err(Refusal::NotFresh);
    }
    let mut admitted = newcomer.how.admission(by, state.settings.pw_gen);
    let id = match (&newcomer.how, &newcomer.returns) {
        (How::Rejoin, Some(said)) => {
            let lost = take_lost(next, parent.group_id, newcomer, said)?;
            admitted = Admission::Rejoined { by, guest: lost.guest };
            lost.id
        }
        (How::Password | How::WaitingRoom, None) => MemberId::of_first_key(&newcomer.key),
        _ => return Err(Refusal::Malformed),
    };
    next.enter(Line { id, credential: newcomer.credential, key: newcomer.key, admitted });
    Ok(())
}

/// Whoever comes back was lost before, or in this very commit, and signs for its new leaf with its old key.
fn take_lost(next: &mut RoomState, group_id: &[u8], newcomer: &Admitted, said: &Return) -> Result<Lost, Refusal> {
    let place = next.lost.iter().position(|lost| lost.id == said.member).ok_or(Refusal::Stranger)?;
    let lost = next.lost.remove(place);
    let statement = return_statement(group_id, said.member, &newcomer.credential, &newcomer.key);
    return_holds(&lost.key, &statement, said).then_some(lost).ok_or(Refusal::Grounds)
}
