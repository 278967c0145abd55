//! What we want committed, until it is or cannot be.
//!
//! **Invariant:** what is wanted names people, never places, and is wanted once; what becomes of it is for the log to say.

use super::api::Millis;
use super::core::Core;
use super::govern::Wish;
use crate::group::{Grounds, MemberId, Plan, ProvenKeyPackage};
use wire::{Attempt, CommitSubmission, Incarnation, LogEntry, Slot};

/// Least time between two commits that admit somebody, ms: who comes in between shares the next one.
const BATCH: u64 = 200;
/// When a commit the host has not answered is sent again, ms.
pub(super) const RESEND: u64 = 4_000;
/// Own keys move at least this often, ms, in a group of up to [`UPDATE_MEMBERS`]; each member draws its moment between the two. Sooner heals
/// faster, and costs a commit.
const UPDATE_FROM: u64 = 60_000;
const UPDATE_TO: u64 = 180_000;
/// In a larger group each member waits longer in proportion, so that all together they commit once in four seconds: everybody takes in
/// everybody's commits.
const UPDATE_MEMBERS: usize = 30;

/// Something that takes a commit.
pub(super) enum Intent {
    /// Let a newcomer in who proved the password, or to whom a person said yes.
    Admit(Box<ProvenKeyPackage>),
    /// Remove somebody. It is our turn to do so at `due`.
    Remove { member: MemberId, grounds: Grounds, due: Millis },
    /// Move our own keys.
    Update,
    /// Change the settings; numbered, to know those of a commit from those that came after it.
    Wish(u32, Wish),
}

/// A commit on its way.
pub(super) struct Flight {
    pub(super) submission: CommitSubmission,
    pub(super) sent_at: Millis,
    pub(super) sent: u32,
    /// The wishes in it.
    pub(super) wishes: Vec<u32>,
}

/// What we want committed.
pub(super) struct Queue {
    pub(super) intents: Vec<Intent>,
    pub(super) flight: Option<Flight>,
    pub(super) attempt: Attempt,
    pub(super) admitted_at: Option<Millis>,
    pub(super) update_at: Millis,
    pub(super) hold_until: Millis,
    pub(super) ahead: Vec<LogEntry>,
    pub(super) wishes: u32,
}

/// Between which two moments from now, ms, a member of a group of so many moves its own keys.
fn update_within(members: usize) -> (u64, u64) {
    let stretched = |millis: u64| millis * members.max(UPDATE_MEMBERS) as u64 / UPDATE_MEMBERS as u64;
    (stretched(UPDATE_FROM), stretched(UPDATE_TO))
}

pub(super) fn next_update(core: &mut Core, members: usize) -> Millis {
    let (from, to) = update_within(members);
    core.sometime(from, to)
}

impl Queue {
    pub(super) fn new(core: &mut Core, members: usize) -> Self {
        let update_at = next_update(core, members);
        let attempt = Attempt(0);
        Self {
            intents: Vec::new(),
            flight: None,
            attempt,
            admitted_at: None,
            update_at,
            hold_until: 0,
            ahead: Vec::new(),
            wishes: 0,
        }
    }

    /// Wants something; what is wanted already is not wanted twice. Better grounds replace worse.
    pub(super) fn want(&mut self, intent: Intent, _now: Millis) {
        match &intent {
            Intent::Update if self.intents.iter().any(|other| matches!(other, Intent::Update)) => return,
            Intent::Remove { member, .. } => self.intents.retain(|other| !other.is_removal_of(*member)),
            _ => {}
        }
        self.intents.push(intent);
    }

    /// Wants the settings changed.
    pub(super) fn wish(&mut self, wish: Wish) {
        self.wishes = self.wishes.wrapping_add(1);
        self.intents.push(Intent::Wish(self.wishes, wish));
    }

    pub(super) fn wishes(&self) -> impl Iterator<Item = (u32, &Wish)> {
        self.intents.iter().filter_map(|intent| match intent {
            Intent::Wish(number, wish) => Some((*number, wish)),
            _ => None,
        })
    }

    /// Takes these out.
    pub(super) fn take_wishes(&mut self, numbers: &[u32]) -> Vec<Wish> {
        let (taken, kept): (Vec<Intent>, _) = std::mem::take(&mut self.intents)
            .into_iter()
            .partition(|intent| matches!(intent, Intent::Wish(number, _) if numbers.contains(number)));
        self.intents = kept;
        taken.into_iter().filter_map(|intent| if let Intent::Wish(_, wish) = intent { Some(wish) } else { None }).collect()
    }

    /// Does not want somebody removed for silence any more.
    pub(super) fn spare(&mut self, member: MemberId) {
        let silent = |grounds: &Grounds| matches!(grounds, Grounds::Silence(_) | Grounds::Unheard);
        self.intents
            .retain(|intent| !matches!(intent, Intent::Remove { member: who, grounds, .. } if *who == member && silent(grounds)));
    }

    pub(super) fn removes(&self, member: MemberId) -> bool {
        self.intents.iter().any(|intent| intent.is_removal_of(member))
    }

    pub(super) fn removes_somebody(&self) -> bool {
        self.intents.iter().any(|intent| matches!(intent, Intent::Remove { .. }))
    }

    /// Whom we want removed, for the heartbeat.
    pub(super) fn pending_removals(&self) -> Vec<MemberId> {
        let member = |intent: &Intent| match intent {
            Intent::Remove { member, .. } => Some(*member),
            _ => None,
        };
        self.intents.iter().filter_map(member).take(16).collect()
    }

    /// Nothing is submitted before then: a member who is ahead of the log may still come back.
    pub(super) fn hold(&mut self, until: Millis) {
        self.hold_until = self.hold_until.max(until);
    }

    /// The way to the host is new: what was on its way is asked for again.
    pub(super) fn resend(&mut self, incarnation: Incarnation) {
        if let Some(flight) = &mut self.flight {
            if flight.submission.slot.incarnation != incarnation {
                flight.submission.slot = Slot { incarnation, attempt: Attempt(0), ..flight.submission.slot };
            }
            flight.sent_at = 0;
            flight.sent = 0;
        }
    }

    /// When something wanted may go, or what went must be asked after.
    pub(super) fn deadline(&self) -> Option<Millis> {
        if let Some(flight) = &self.flight {
            return Some(flight.sent_at.saturating_add(RESEND).max(self.hold_until));
        }
        let due = self.intents.iter().map(|intent| self.due(intent)).min();
        Some(due.unwrap_or(self.update_at).min(self.update_at).max(self.hold_until))
    }

    pub(super) fn due(&self, intent: &Intent) -> Millis {
        match intent {
            Intent::Admit(_) => self.admitted_at.map_or(0, |at| at.saturating_add(BATCH)),
            Intent::Remove { due, .. } => *due,
            Intent::Update | Intent::Wish(..) => 0,
        }
    }

    pub(super) fn plan(&self, now: Millis) -> Plan {
        let mut plan = Plan::default();
        for intent in self.intents.iter().filter(|intent| self.due(intent) <= now) {
            match intent {
                Intent::Admit(newcomer) => plan.admit.push((**newcomer).clone()),
                Intent::Remove { member, grounds, .. } => plan.remove.push((*member, grounds.clone())),
                Intent::Update => plan.update = true,
                Intent::Wish(..) => {}
            }
        }
        plan
    }

    /// The newcomer is not to be admitted any more.
    pub(super) fn forget_newcomer(&mut self, newcomer: MemberId) {
        self.intents.retain(|intent| !matches!(intent, Intent::Admit(other) if other.member_id() == newcomer));
    }

    /// Whose removal a person at this screen wants.
    pub(super) fn willed(&self) -> impl Iterator<Item = MemberId> {
        self.intents.iter().filter_map(|intent| match intent {
            Intent::Remove { member, grounds: Grounds::Moderator, .. } => Some(*member),
            _ => None,
        })
    }

    pub(super) fn forget_removal(&mut self, member: MemberId) {
        self.intents.retain(|intent| !intent.is_removal_of(member));
    }
}

impl Intent {
    pub(super) fn is_removal_of(&self, who: MemberId) -> bool {
        matches!(self, Self::Remove { member, .. } if *member == who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_any_size_moves_its_keys_about_once_in_four_seconds_at_most() {
        assert_eq!(update_within(2), (UPDATE_FROM, UPDATE_TO));
        for members in 30..=1_000 {
            let (from, to) = update_within(members);
            let apart = (from + to) / 2 / members as u64;
            assert!((3_990..=4_000).contains(&apart), "{members}: {apart}");
        }
    }
}
