//! Our place in a group: what a member does, put together from its parts.
//!
//! **Invariant:** this file only sequences. The group moves in [`Room::moved`] and nowhere else, and whatever depends on the epoch
//! follows from there.

use super::api::{Event, KeyChange, Millis, Notice, Output};
use super::body::Body;
use super::chat::Chat;
use super::core::Core;
use super::door::Door;
use super::handing::Handing;
use super::history::{History, Past};
use super::letter::Letter;
use super::people::People;
use super::presence::Presence;
use super::queue::{Intent, Queue};
use super::recovery::Recovery;
use super::returns::Returns;
use super::rules::Rules;
use super::safety::Safety;
use super::together::Together;
use super::vouch::Vouching;
use super::waiting_room::Waiting;
use crate::admission::{Arrival, Budget, ReturnSecret, Returning};
use crate::group::{Group, Member, MemberId, Merged};
use wire::{Attempt, Incarnation};

/// What has become of our membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The others removed us because they did not hear us, or the log goes on without us: in again by the front door.
    Rejoin,
    /// A moderator put us out.
    PutOut,
    /// The meeting was ended for all.
    Ended,
    /// We have voided the link, or could not in time, and leave.
    Burnt,
    /// Everybody else is gone, and too many at once for us to remove them, or we could let nobody in: what is left of the room is left.
    Desolate,
}

/// Our place in a group.
pub(super) struct Room {
    pub(super) group: Group,
    pub(super) door: Door,
    pub(super) waiting: Waiting,
    pub(super) queue: Queue,
    pub(super) presence: Presence,
    pub(super) people: People,
    pub(super) chat: Chat,
    pub(super) together: Together,
    pub(super) recovery: Recovery,
    pub(super) history: History,
    pub(super) returns: Returns,
    pub(super) handing: Handing,
    pub(super) safety: Safety,
    pub(super) vouching: Vouching,
    pub(super) fate: Option<Fate>,
    /// The host has a log for this group and we are a member of it.
    pub(super) ready: bool,
    /// Nothing sealed in an earlier epoch is opened: the frame worker lost its replay windows then.
    pub(super) opens_from: u64,
    owner: Option<MemberId>,
    /// When we leave at the latest, having asked for the link to be void.
    pub(super) burnt_by: Option<Millis>,
    /// The rules, as told to the screen.
    pub(super) rules: Option<Rules>,
    /// The most people at a time, since it was last told that most have gone.
    pub(super) most: usize,
}

impl Room {
    /// Founds a group. The host has not said yes to it.
    pub(super) fn found(core: &mut Core) -> Option<Self> {
        let entropy = core.draw();
        let group = Group::create(core.secrets.room, core.language, entropy).ok()?;
        // Failed guesses are forgotten with a password, not with a group.
        let mut budget = core.budget.take().unwrap_or_default();
        budget.follow(core.secrets.pw_gen);
        Some(Self::with(core, group, budget))
    }

    /// We were let in.
    pub(super) fn arrived(core: &mut Core, arrival: Arrival) -> Self {
        let Arrival { group, secrets } = arrival;
        let mut budget = core.budget.take().unwrap_or_default();
        budget.follow(group.state().settings().pw_gen);
        for (member, failures) in &secrets.failures {
            budget.hear(*member, *failures);
        }
        let mut room = Self::with(core, *group, budget);
        room.people.learn(&secrets.announcements, &room.group);
        room.ready = true;
        room.keys(core, &[], true);
        room.queue.want(Intent::Update, core.now);
        room.introduce(core);
        room.together.repeat_soon(core);
        room.obey_rules(core);
        if core.failed_tries > 0 {
            let tries = u32::from(core.failed_tries);
            room.say(core, &Body::FailedTries(tries));
            core.failed_tries = 0;
        }
        room
    }

    fn with(core: &mut Core, group: Group, mut budget: Budget) -> Self {
        budget.is_ours(group.my_id());
        let mut room = Self {
            door: Door::new(budget),
            waiting: Waiting::default(),
            queue: Queue::new(core, group.members().len()),
            presence: Presence::new(core),
            people: People::default(),
            chat: Chat::default(),
            together: Together::kept(core, &group),
            recovery: Recovery::default(),
            history: History::default(),
            returns: Returns::default(),
            handing: Handing::default(),
            safety: Safety::default(),
            vouching: Vouching::default(),
            fate: None,
            ready: false,
            opens_from: 0,
            owner: group.owner(),
            burnt_by: None,
            rules: None,
            most: 0,
            group,
        };
        let others: Vec<MemberId> = room.others().map(|member| member.id).collect();
        others.into_iter().for_each(|member| room.presence.heard(member, core.now));
        room.safety.remember(&room.group);
        room.vouching.remember(&room.group);
        room.people.mine(core, room.group.my_id());
        room.keep_return(core);
        room.watch_rules(core);
        room.watch_lingering(core, false);
        room
    }

    /// The host has begun a log for the group we founded.
    pub(super) fn founded(&mut self, core: &mut Core) {
        if !self.ready {
            self.ready = true;
            self.keys(core, &[], true);
        }
    }

    pub(super) fn is_alone(&self) -> bool {
        self.group.members().len() <= 1
    }

    pub(super) fn others(&self) -> impl Iterator<Item = &Member> {
        let me = self.group.my_id();
        self.group.members().iter().filter(move |member| member.id != me)
    }

    /// Says something to all members.
    pub(super) fn say(&mut self, core: &mut Core, body: &Body) {
        if self.is_alone() || !core.connection.is_up() {
            return;
        }
        let plain = self.people.number(body);
        if let Ok(sealed) = self.group.seal_application(&plain) {
            core.write_to_all(&Letter::Sealed(sealed));
        }
    }

    /// Everything that is due.
    pub(super) fn tick(&mut self, core: &mut Core) {
        if !core.connection.is_up() || !self.ready {
            return;
        }
        self.returns.forget_old(core.now);
        self.watch_door(core);
        self.watch_waiting(core);
        self.watch_presence(core);
        self.watch_people(core);
        self.watch_chat(core);
        self.watch_together(core);
        self.watch_asides(core);
        self.watch_files(core);
        self.watch_recovery(core);
        self.watch_vouching(core);
        self.watch_queue(core);
        self.watch_burning(core);
        self.watch_handing(core);
        // Who has no password can let nobody in who has: alone, it goes back to where it can be let in itself.
        if core.secrets.prs.is_none() && self.is_alone() {
            self.fate = self.fate.or(Some(Fate::Desolate));
        }
    }

    pub(super) fn deadline(&self, core: &Core) -> Option<Millis> {
        if !core.connection.is_up() || !self.ready {
            return None;
        }
        let parts = [
            self.door.deadline(),
            self.waiting.deadline(),
            self.presence_deadline(core),
            self.people.deadline(),
            self.chat.deadline(),
            self.together.deadline(),
            self.asides_deadline(core),
            self.files_deadline(core),
            self.recovery.deadline(),
            self.vouching.deadline(),
            self.queue.deadline(),
            self.burnt_by,
            self.handing_deadline(core),
        ];
        parts.into_iter().flatten().min()
    }

    /// The group has moved by a commit; everything that hangs on the epoch follows.
    pub(super) fn moved(&mut self, core: &mut Core, merged: Merged, commit: Vec<u8>, slot: Option<(Incarnation, Attempt)>) {
        self.history.push(Past { slot, epoch: merged.epoch.saturating_sub(1), commit });
        self.queue.attempt = Attempt(0);
        self.recovery.caught_up();
        if merged.self_removed {
            return;
        }
        self.safety.remember(&self.group);
        self.vouching.remember(&self.group);
        self.door.budget.follow(self.group.state().settings().pw_gen);
        self.keys(core, &merged.removed, false);
        self.keep_return(core);
        self.follow_rules(core, &merged);
        let owner_left = merged.removed.iter().any(|member| self.owner == Some(member.id));
        let returned = |id: MemberId| merged.added.iter().any(|member| member.id == id);
        for member in merged.removed.iter().filter(|member| !returned(member.id)) {
            self.presence.forget(member.id);
            self.door.forget(member.id);
            self.chat.forget(member.id);
            self.together.forget(member.id);
            self.waiting.forget(member.id);
            self.vouching.forget(member.id);
            let name = self.people.remove(member.id);
            let put_out = merged.put_out.contains(&member.id);
            if put_out {
                core.asides.left(member.id);
            }
            core.notice(if put_out { Notice::PutOut { name, by: merged.by } } else { Notice::MemberLeft { name } });
        }
        for member in &merged.added {
            self.presence.heard(member.id, core.now);
            self.presence.holes.interrupted(member.id);
            self.vouching.came(member.id, core.now);
            self.people.expect(member.id);
            self.chat.came(member.id, merged.epoch);
            core.asides.came(member.id);
        }
        if !merged.added.is_empty() {
            self.tell_board_again();
        }
        if merged.by != self.group.my_id() {
            self.presence.heard(merged.by, core.now);
            self.people.spoke(merged.by);
        }
        if let Some(package) = &merged.welcome {
            self.welcome(core, &merged.added, package);
        }
        self.watch_lingering(core, owner_left);
        self.rebase(core);
        self.announce_owner(core);
        self.presence.epoch_moved(core.now, self.group.members().len());
        self.hear_early(core);
    }

    fn announce_owner(&mut self, core: &mut Core) {
        let owner = self.group.owner();
        if let Some(new) = owner.filter(|_| owner != self.owner) {
            core.notice(Notice::OwnerIs(new));
        }
        self.owner = owner;
    }

    /// Members of this epoch may come back by what they share now.
    fn keep_return(&mut self, core: &Core) {
        if let Some(exported) = self.group.return_secret() {
            self.returns.push(core.now, ReturnSecret::new(self.group.epoch(), core.secrets.room, &exported));
        }
    }

    /// The group goes on without us: what we can come back with, if there is anybody who could know us.
    pub(super) fn into_returning(self) -> Option<Returning> {
        let Self { group, returns, ready, .. } = self;
        let secret = returns.into_last().filter(|_| ready && group.members().len() > 1)?;
        Some(Returning { former: group.former(), secret })
    }

    /// Hands the frame worker the keys of this epoch: once, because the exporter gives them once.
    fn keys(&mut self, core: &mut Core, removed: &[Member], new_group: bool) {
        let Some(mut keys) = self.group.frame_keys() else { return };
        keys.opens_from = self.opens_from;
        core.out.push_back(Output::Keys(keys, KeyChange { removal: !removed.is_empty(), new_group }));
    }

    /// Whoever is about to be removed hears nothing more: says so when that begins and ends.
    pub(super) fn watch_sealing(&mut self, core: &mut Core) {
        let paused = self.queue.removes_somebody() || self.presence.has_claims(core.now);
        core.pause(paused);
    }

    /// Tells the screen who is here, if that changed.
    pub(super) fn watch_roster(&mut self, core: &mut Core) {
        let roster = self.people.roster(&self.group, &self.presence, &self.vouching, core.now);
        if let Some(roster) = self.people.news(roster) {
            core.tell(Event::People(roster));
        }
    }

    /// The frame worker was started anew.
    pub(super) fn frame_worker_restarted(&mut self, core: &mut Core) {
        self.opens_from = self.group.epoch().saturating_add(1);
        self.vouching.frame_worker_restarted();
        self.queue.want(Intent::Update, core.now);
    }
}
