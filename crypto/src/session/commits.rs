//! Commits: what we want to change, and the log that decides whose turn it is.
//!
//! **Invariant:** the group moves only by what the log accepted (or by what a member shows that the log had accepted), and what
//! we want is looked up anew, by name, each time somebody else was faster.

use super::api::Notice;
use super::core::Core;
use super::govern::Wish;
use super::queue::{Flight, Intent, RESEND, next_update};
use super::room::{Fate, Room};
use crate::group::{Grounds, Member, MemberId, Plan, PrepareError, Prepared, ReceiveError};
use wire::{Attempt, CommitSubmission, Epoch, Incarnation, LogEntry, Opaque, Slot, ToHost};

/// After so many times the socket is opened anew: the host then says where its log stands.
const RESENDS: u32 = 3;
/// How long we commit nothing after a commit that perhaps only we cannot follow, ms: others who merged it are heard by then.
/// Longer delays the removal of who sent it, shorter forks the group over slower connections.
const BROKEN: u64 = 2_000;
/// Entries held that are ahead of us.
const AHEAD: usize = 64;

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

    /// The plan cannot be done as a whole: gives up what is at fault, and where no part is by itself, the part that is likeliest.
    fn give_up(&mut self, core: &mut Core, plan: &Plan) -> bool {
        let takes = |part: Plan| self.group.would_take(&part);
        let admit = plan.admit.iter().find(|newcomer| !takes(Plan { admit: vec![(*newcomer).clone()], ..Plan::default() }));
        if let Some(newcomer) = admit {
            self.send_away(core, newcomer.member_id());
            return true;
        }
        let remove = plan.remove.iter().find(|entry| !takes(Plan { remove: vec![(*entry).clone()], ..Plan::default() }));
        if let Some((member, _)) = remove {
            self.give_up_removal(core, *member);
            return true;
        }
        if plan.settings.is_some() {
            let all: Vec<u32> = self.queue.wishes().map(|(number, _)| number).collect();
            self.not_done(core, &all);
        } else if let Some((member, _)) = plan.remove.last() {
            self.give_up_removal(core, *member);
        } else if let Some(newcomer) = plan.admit.last() {
            self.send_away(core, newcomer.member_id());
        } else {
            self.queue.intents.retain(|intent| !matches!(intent, Intent::Update));
        }
        true
    }

    fn give_up_removal(&mut self, core: &mut Core, member: MemberId) {
        if self.queue.willed().any(|willed| willed == member) {
            core.notice(Notice::NotDone);
        }
        self.queue.forget_removal(member);
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
        let lost_before = self.queue.willed().filter(|member| self.group.state().is_lost(*member)).collect::<Vec<_>>();
        match self.group.merge_pending() {
            Ok(merged) => {
                // Whom a person wanted out was gone already, and may be here as somebody else: that is for the person to see.
                if lost_before.iter().any(|member| !self.group.state().is_lost(*member)) {
                    core.notice(Notice::NotDone);
                }
                let granted = self.queue.take_wishes(wishes);
                self.granted(core, granted);
                self.queue.intents.retain(|intent| match intent {
                    Intent::Admit(newcomer) => !merged.added.iter().any(|member| member.id == newcomer.member_id()),
                    // Whoever went and came back in one commit is still to go.
                    Intent::Remove { member, .. } => {
                        let names = |all: &[Member]| all.iter().any(|other| other.id == *member);
                        !names(&merged.removed) || names(&merged.added)
                    }
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
        let state = group.state();
        // Whom a person wants out and who is not to be found any more: the person looks again.
        if self.queue.willed().any(|member| !state.is_present(member) && !state.is_lost(member)) {
            core.notice(Notice::NotDone);
        }
        self.queue.intents.retain(|intent| match intent {
            Intent::Remove { member, grounds, .. } => {
                // Whom a person wants out stays wanted out when it is lost meanwhile.
                let lost = matches!(grounds, Grounds::Moderator) && state.is_lost(*member);
                (group.member(*member).is_some() || lost) && !matches!(grounds, Grounds::RefusedCommit(_))
            }
            Intent::Admit(_) | Intent::Update | Intent::Wish(..) => true,
        });
    }
}
