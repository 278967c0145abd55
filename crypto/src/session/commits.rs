//! Commits: what we want to change, and the log that decides whose turn it is.
//!
//! **Invariant:** the group moves only by what the log accepted (or by what a member shows that the log had accepted), and what
//! we want is looked up anew, by name, each time somebody else was faster.

use super::api::{Millis, Notice};
use super::core::Core;
use super::govern::Wish;
use super::room::{Fate, Room};
use crate::group::{Grounds, MemberId, Plan, PrepareError, Prepared, ProvenKeyPackage, ReceiveError};
use wire::{Attempt, CommitSubmission, Epoch, Incarnation, LogEntry, Opaque, Slot, ToHost};

/// Least time between two commits that admit somebody, ms: who comes in between shares the next one.
const BATCH: u64 = 200;
/// When a commit the host has not answered is sent again, ms.
const RESEND: u64 = 4_000;
/// After so many times the socket is opened anew: the host then says where its log stands.
const RESENDS: u32 = 3;
/// How long we commit nothing after a commit that perhaps only we cannot follow, ms: others who merged it are heard by then.
/// Longer delays the removal of who sent it, shorter forks the group over slower connections.
const BROKEN: u64 = 2_000;
/// Own keys move at least this often, ms, in a group of up to [`UPDATE_MEMBERS`]; each member draws its moment between the two. Sooner heals
/// faster, and costs a commit.
const UPDATE_FROM: u64 = 60_000;
const UPDATE_TO: u64 = 180_000;
/// In a larger group each member waits longer in proportion, so that all together they commit once in four seconds: everybody takes in
/// everybody's commits.
const UPDATE_MEMBERS: usize = 30;
/// Entries held that are ahead of us.
const AHEAD: usize = 64;

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
struct Flight {
    submission: CommitSubmission,
    sent_at: Millis,
    sent: u32,
    /// The wishes in it.
    wishes: Vec<u32>,
}

/// What we want committed.
pub(super) struct Queue {
    intents: Vec<Intent>,
    flight: Option<Flight>,
    pub(super) attempt: Attempt,
    admitted_at: Option<Millis>,
    update_at: Millis,
    hold_until: Millis,
    ahead: Vec<LogEntry>,
    wishes: u32,
}

/// Between which two moments from now, ms, a member of a group of so many moves its own keys.
fn update_within(members: usize) -> (u64, u64) {
    let stretched = |millis: u64| millis * members.max(UPDATE_MEMBERS) as u64 / UPDATE_MEMBERS as u64;
    (stretched(UPDATE_FROM), stretched(UPDATE_TO))
}

fn next_update(core: &mut Core, members: usize) -> Millis {
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

    fn wishes(&self) -> impl Iterator<Item = (u32, &Wish)> {
        self.intents.iter().filter_map(|intent| match intent {
            Intent::Wish(number, wish) => Some((*number, wish)),
            _ => None,
        })
    }

    /// Takes these out.
    fn take_wishes(&mut self, numbers: &[u32]) -> Vec<Wish> {
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

    fn due(&self, intent: &Intent) -> Millis {
        match intent {
            Intent::Admit(_) => self.admitted_at.map_or(0, |at| at.saturating_add(BATCH)),
            Intent::Remove { due, .. } => *due,
            Intent::Update | Intent::Wish(..) => 0,
        }
    }

    fn plan(&self, now: Millis) -> Plan {
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

    /// A person at this screen wants this removal.
    fn is_willed(&self, who: MemberId) -> bool {
        self.intents
            .iter()
            .any(|intent| matches!(intent, Intent::Remove { member, grounds: Grounds::Moderator, .. } if *member == who))
    }

    fn forget_removal(&mut self, member: MemberId) {
        self.intents.retain(|intent| !intent.is_removal_of(member));
    }
}

impl Intent {
    fn is_removal_of(&self, who: MemberId) -> bool {
        matches!(self, Self::Remove { member, .. } if *member == who)
    }
}

impl Room {
    /// Submits what is due, or asks after what was submitted.
    pub(super) fn watch_queue(&mut self, core: &mut Core) {
        if core.now < self.queue.hold_until {
            return;
        }
        if self.queue.flight.is_some() {
            return self.ask_again(core);
        }
        if core.now >= self.queue.update_at {
            self.queue.update_at = next_update(core, self.group.members().len());
            if !self.is_alone() {
                self.queue.want(Intent::Update, core.now);
            }
        }
        // Each round gives something up or sends; what is wanted is finite.
        while self.queue.flight.is_none() && self.submit(core) {}
    }

    /// Tries to commit everything that is due. True if something was given up and the rest should be tried again.
    fn submit(&mut self, core: &mut Core) -> bool {
        let mut plan = self.queue.plan(core.now);
        let (settings, undone) = Wish::together(self.group.state(), self.queue.wishes());
        self.not_done(core, &undone);
        let wishes: Vec<u32> = self.queue.wishes().map(|(number, _)| number).collect();
        if settings.is_none() {
            // What is so already is done.
            self.queue.take_wishes(&wishes);
        }
        plan.settings = settings;
        if plan.admit.is_empty() && plan.remove.is_empty() && plan.settings.is_none() && !plan.update {
            return false;
        }
        match self.group.prepare(&plan) {
            Ok(prepared) => {
                self.depart(core, &plan, prepared, wishes);
                false
            }
            Err(PrepareError::Pending) => {
                self.group.clear_pending();
                false
            }
            Err(PrepareError::NotAMember) => {
                self.fate = Some(Fate::Rejoin);
                false
            }
            Err(PrepareError::Nothing | PrepareError::NotAllowed(_) | PrepareError::Library(_)) => self.give_up(core, &plan),
        }
    }

    /// The plan cannot be done as a whole: gives up the part that is likeliest at fault.
    fn give_up(&mut self, core: &mut Core, plan: &Plan) -> bool {
        if plan.settings.is_some() {
            let all: Vec<u32> = self.queue.wishes().map(|(number, _)| number).collect();
            self.not_done(core, &all);
        } else if let Some((member, _)) = plan.remove.last() {
            if self.queue.is_willed(*member) {
                core.notice(Notice::NotDone);
            }
            self.queue.forget_removal(*member);
        } else if let Some(newcomer) = plan.admit.last() {
            self.send_away(core, newcomer.member_id());
        } else {
            self.queue.intents.retain(|intent| !matches!(intent, Intent::Update));
        }
        true
    }

    fn not_done(&mut self, core: &mut Core, wishes: &[u32]) {
        if !self.queue.take_wishes(wishes).is_empty() {
            core.notice(Notice::NotDone);
        }
    }

    fn depart(&mut self, core: &mut Core, plan: &Plan, prepared: Prepared, wishes: Vec<u32>) {
        let Some(seat) = core.connection.seat() else { return };
        for member in &prepared.not_found {
            self.queue.forget_removal(*member);
        }
        let stale = plan.admit.iter().filter(|newcomer| prepared.stale.contains(&newcomer.credential()));
        for newcomer in stale {
            self.send_away(core, newcomer.member_id());
        }
        for newcomer in &prepared.admitted {
            self.door.keeper.attempted(*newcomer);
        }
        let slot = Slot { incarnation: seat.incarnation, epoch: Epoch(prepared.epoch), attempt: self.queue.attempt };
        let submission = CommitSubmission {
            slot,
            commit: Opaque(prepared.commit),
            admit: prepared.admitted.iter().filter_map(|newcomer| self.newcomers_seat(*newcomer)).collect(),
            evict: prepared.removed.iter().filter_map(|member| self.people.seat_of(*member)).collect(),
            ticket: prepared.ticket,
        };
        core.send(ToHost::Commit(submission.clone()));
        self.queue.flight = Some(Flight { submission, sent_at: core.now, sent: 1, wishes });
    }

    /// Where somebody sits who is let in by either door.
    fn newcomers_seat(&self, newcomer: MemberId) -> Option<wire::ParticipantId> {
        self.door.keeper.seat_of(newcomer).or_else(|| self.waiting.keeper.seat_of(newcomer))
    }

    fn ask_again(&mut self, core: &mut Core) {
        let Some(flight) = &mut self.queue.flight else { return };
        if core.now < flight.sent_at.saturating_add(RESEND) {
            return;
        }
        if flight.sent > RESENDS {
            flight.sent = 0;
            return core.open_socket();
        }
        flight.sent_at = core.now;
        flight.sent += 1;
        core.send(ToHost::Commit(flight.submission.clone()));
    }

    /// An entry of the log.
    pub(super) fn logged(&mut self, core: &mut Core, entry: LogEntry) {
        if core.connection.seat().is_none_or(|seat| seat.incarnation != entry.slot.incarnation) {
            return;
        }
        let Slot { incarnation, epoch: Epoch(epoch), attempt } = entry.slot;
        if epoch < self.group.epoch() {
            if self.history.contradicts(incarnation, attempt, epoch, &entry.commit.0) {
                self.fate = Some(Fate::Rejoin);
            }
            return;
        }
        if epoch == self.group.epoch() && attempt < self.queue.attempt {
            return;
        }
        if epoch > self.group.epoch() || attempt > self.queue.attempt {
            self.keep_for_later(core, entry);
            return self.fetch(core);
        }
        self.apply(core, entry.commit.0, Some((incarnation, attempt)));
        self.apply_kept(core);
    }

    fn keep_for_later(&mut self, core: &mut Core, entry: LogEntry) {
        self.recovery.behind(core.now);
        if self.queue.ahead.len() < AHEAD && !self.queue.ahead.iter().any(|other| other.slot == entry.slot) {
            self.queue.ahead.push(entry);
        }
    }

    /// Entries that came too early and whose turn it is now.
    fn apply_kept(&mut self, core: &mut Core) {
        while self.fate.is_none() {
            let (epoch, attempt) = (Epoch(self.group.epoch()), self.queue.attempt);
            self.queue.ahead.retain(|entry| (entry.slot.epoch, entry.slot.attempt) >= (epoch, attempt));
            let next = self.queue.ahead.iter().position(|entry| (entry.slot.epoch, entry.slot.attempt) == (epoch, attempt));
            let Some(place) = next else { return };
            let entry = self.queue.ahead.remove(place);
            self.apply(core, entry.commit.0, Some((entry.slot.incarnation, entry.slot.attempt)));
        }
    }

    /// The commit that won the next slot: ours, or somebody's that is judged.
    pub(super) fn apply(&mut self, core: &mut Core, commit: Vec<u8>, slot: Option<(Incarnation, Attempt)>) {
        if self.group.pending_commit() == Some(commit.as_slice()) {
            let wishes = self.queue.flight.take().map(|flight| flight.wishes).unwrap_or_default();
            return self.ours_won(core, commit, slot, &wishes);
        }
        match self.group.receive_commit(&commit) {
            Ok(judged) => {
                self.lost_race();
                let ours = judged.removes_us();
                let put_out = judged.puts_us_out();
                match self.group.merge(judged) {
                    Ok(merged) => self.moved(core, merged, commit, slot),
                    Err(_) => self.fate = Some(Fate::Rejoin),
                }
                if ours {
                    self.fate = Some(if put_out { Fate::PutOut } else { Fate::Rejoin });
                }
            }
            Err(ReceiveError::Ahead) => self.recovery.behind(core.now),
            Err(ReceiveError::Own | ReceiveError::NotAMember) => self.fate = Some(Fate::Rejoin),
            Err(error) => self.refused(core, error, slot),
        }
    }

    fn ours_won(&mut self, core: &mut Core, commit: Vec<u8>, slot: Option<(Incarnation, Attempt)>, wishes: &[u32]) {
        match self.group.merge_pending() {
            Ok(merged) => {
                let granted = self.queue.take_wishes(wishes);
                self.granted(core, granted);
                self.queue.intents.retain(|intent| match intent {
                    Intent::Admit(newcomer) => !merged.added.iter().any(|member| member.id == newcomer.member_id()),
                    Intent::Remove { member, .. } => !merged.removed.iter().any(|gone| gone.id == *member),
                    Intent::Update => false,
                    Intent::Wish(..) => true,
                });
                if !merged.added.is_empty() {
                    self.queue.admitted_at = Some(core.now);
                }
                self.moved(core, merged, commit, slot);
            }
            Err(_) => self.fate = Some(Fate::Rejoin),
        }
    }

    /// Somebody was faster: what we wanted is prepared anew.
    fn lost_race(&mut self) {
        self.queue.flight = None;
        self.group.clear_pending();
    }

    /// The log holds something in this slot that nobody can merge: go on at the next attempt, without its sender if it is known.
    fn refused(&mut self, core: &mut Core, error: ReceiveError, slot: Option<(Incarnation, Attempt)>) {
        let Some((_, attempt)) = slot else { return };
        self.lost_race();
        self.queue.attempt = Attempt(attempt.0.saturating_add(1));
        let (by, commit) = match error {
            ReceiveError::Refused { by: Some(by), commit, .. } => (by, commit),
            ReceiveError::Broken { by, commit } => {
                self.recovery.broken(self.group.epoch());
                // Perhaps only we cannot follow it. Those who can say so at once, from the next epoch; a commit of ours before that would
                // take a slot of its own and fork the group.
                self.queue.hold(core.now.saturating_add(BROKEN));
                (by, commit)
            }
            _ => return,
        };
        core.notice(Notice::CommitterBroken { member: by });
        if by != self.group.my_id() {
            let due = self.turn(core, Some(by));
            self.queue.want(Intent::Remove { member: by, grounds: Grounds::RefusedCommit(commit), due }, core.now);
        }
    }

    /// A new epoch: drops what is done or cannot be done any more.
    pub(super) fn rebase(&mut self, core: &mut Core) {
        let mut homeless = self.door.keeper.rebase(&self.group);
        homeless.extend(self.rebase_waiting(core));
        for newcomer in homeless {
            self.send_away(core, newcomer);
        }
        let group = &self.group;
        self.queue.intents.retain(|intent| match intent {
            Intent::Remove { member, grounds, .. } => {
                group.member(*member).is_some() && !matches!(grounds, Grounds::RefusedCommit(_))
            }
            Intent::Admit(_) | Intent::Update | Intent::Wish(..) => true,
        });
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
