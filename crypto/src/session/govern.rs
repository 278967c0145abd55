//! What moderators want of the room: rules, roles, passwords, bans, an end.
//!
//! **Invariant:** a wish names people and rules, never a finished state: it is made into settings anew for each commit, on top of
//! what others have changed meanwhile. What cannot be done any more is said to be *not done*.

use super::api::{Event, Notice};
use super::body::{Body, Whom};
use super::core::Core;
use super::queue::Intent;
use super::room::{Fate, Room};
use super::rules::{Govern, Rule, Rules};
use crate::group::{
    Grounds, MemberId, Merged, POLICY_ENDED, POLICY_HAS_PASSWORD, POLICY_PASSWORD_JOIN, POLICY_WAITING_ROOM, RoomState, Settings,
};
use crate::password::NewPassword;

/// How long leaving may wait for the link to be void, ms: some commits may come first, and nobody waits for a host.
const BURN_WITHIN: u64 = 3_000;
/// From how many people on it is told that most have gone.
const MANY: usize = 3;

/// One change of the settings.
pub(super) enum Wish {
    /// A rule on or off.
    Rule(Rule, bool),
    /// Makes somebody a moderator, or no longer.
    Moderator(MemberId, bool),
    /// Lets somebody speak where only moderators do, or no longer.
    Speaker(MemberId, bool),
    /// Another owner; the one before stays a moderator.
    HandOver(MemberId),
    /// Another password, or none.
    Password(NewPassword),
    /// The password is worth nothing any more; who comes is asked for.
    CloseToPasswords,
    /// As before, and nobody may ask either: the link is worth nothing until a moderator says so.
    Burn,
    /// The meeting ends for all.
    End,
}

impl Wish {
    /// What the settings are after it; `None` if it cannot be.
    fn applied(&self, state: &RoomState, mut settings: Settings) -> Option<Settings> {
        let present = |member: MemberId| state.is_present(member);
        match self {
            Self::Rule(rule, on) => set_bit(&mut settings, rule.policy(), *on),
            Self::Moderator(member, on) if !*on || present(*member) => set_member(&mut settings.moderators, *member, *on),
            Self::Speaker(member, on) if !*on || present(*member) => set_member(&mut settings.speakers, *member, *on),
            Self::HandOver(member) if present(*member) => {
                let before = state.owner()?;
                set_member(&mut settings.moderators, before, true);
                settings.succession.retain(|id| id != member);
                settings.succession.insert(0, *member);
            }
            Self::Password(new) => {
                // Made for the generation that follows this one; after somebody else's it opens nothing.
                if Some(new.pw_gen) != settings.pw_gen.checked_add(1) {
                    return None;
                }
                settings.pw_gen = new.pw_gen;
                set_bit(&mut settings, POLICY_PASSWORD_JOIN, true);
                set_bit(&mut settings, POLICY_HAS_PASSWORD, new.has_password);
            }
            Self::CloseToPasswords | Self::Burn => {
                settings.pw_gen = settings.pw_gen.checked_add(1)?;
                set_bit(&mut settings, POLICY_PASSWORD_JOIN, false);
                set_bit(&mut settings, POLICY_WAITING_ROOM, matches!(self, Self::CloseToPasswords));
            }
            Self::End => set_bit(&mut settings, POLICY_ENDED, true),
            Self::Moderator(..) | Self::Speaker(..) | Self::HandOver(_) => return None,
        }
        Some(settings)
    }

    /// The settings with all of these; and which cannot be. Of two wishes that move the password the first counts.
    pub(super) fn together<'a>(state: &RoomState, wishes: impl Iterator<Item = (u32, &'a Self)>) -> (Option<Settings>, Vec<u32>) {
        let (mut settings, mut changed, mut undone) = (state.settings().clone(), false, Vec::new());
        for (number, wish) in wishes {
            let moves = matches!(wish, Self::Password(_) | Self::CloseToPasswords | Self::Burn);
            let moved = settings.pw_gen != state.settings().pw_gen;
            match wish.applied(state, settings.clone()).filter(|_| !(moves && moved)) {
                Some(next) => {
                    changed |= next != settings;
                    settings = next;
                }
                None => undone.push(number),
            }
        }
        (changed.then_some(settings), undone)
    }
}

fn set_bit(settings: &mut Settings, bit: u32, on: bool) {
    if on { settings.policy |= bit } else { settings.policy &= !bit }
}

fn set_member(list: &mut Vec<MemberId>, member: MemberId, on: bool) {
    list.retain(|id| *id != member);
    if on {
        list.push(member);
    }
}

impl Room {
    /// A moderator's command. What the others would refuse is not even tried, and said to be not done.
    pub(super) fn govern(&mut self, core: &mut Core, govern: Govern) {
        let (me, state) = (self.group.my_id(), self.group.state());
        let owns = state.owner() == Some(me);
        let needs_owner = matches!(govern, Govern::Moderator(..) | Govern::HandOver(_));
        let hits_owner = |members: &[MemberId]| members.iter().any(|member| state.owner() == Some(*member) || *member == me);
        let allowed = state.is_moderator(me)
            && (owns || !needs_owner)
            && !matches!(&govern, Govern::Remove(members) | Govern::Ban(members) if hits_owner(members));
        if !allowed {
            return core.notice(Notice::NotDone);
        }
        match govern {
            Govern::Rule(rule, on) => self.queue.wish(Wish::Rule(rule, on)),
            Govern::Moderator(member, on) => self.queue.wish(Wish::Moderator(member, on)),
            Govern::Speaker(member, on) => self.queue.wish(Wish::Speaker(member, on)),
            Govern::HandOver(member) => self.queue.wish(Wish::HandOver(member)),
            Govern::Password(new) => self.queue.wish(Wish::Password(new)),
            Govern::End => self.queue.wish(Wish::End),
            Govern::Remove(members) => self.remove_all(core, &members),
            Govern::Ban(members) => {
                self.remove_all(core, &members);
                self.queue.wish(Wish::CloseToPasswords);
            }
        }
    }

    fn remove_all(&mut self, core: &mut Core, members: &[MemberId]) {
        let state = self.group.state();
        let (known, gone): (Vec<MemberId>, _) =
            members.iter().copied().partition(|member| state.is_present(*member) || state.is_lost(*member));
        if !gone.is_empty() {
            core.notice(Notice::NotDone);
        }
        for member in known {
            let due = core.now;
            self.queue.want(Intent::Remove { member, grounds: Grounds::Moderator, due }, due);
        }
    }

    /// Whether there is a link to void for those who stay, and we may.
    pub(super) fn may_void_link(&self) -> bool {
        !self.is_alone() && self.group.state().is_moderator(self.group.my_id())
    }

    /// Voids the link, and then leaves: within [`BURN_WITHIN`], whatever becomes of it.
    pub(super) fn burn(&mut self, core: &Core) {
        if self.burnt_by.is_none() {
            self.burnt_by = Some(core.now.saturating_add(BURN_WITHIN));
            self.queue.wish(Wish::Burn);
        }
    }

    pub(super) fn watch_burning(&mut self, core: &Core) {
        if self.burnt_by.is_some_and(|at| core.now >= at) {
            self.fate = Some(Fate::Burnt);
        }
    }

    /// Our commit with these wishes has merged.
    pub(super) fn granted(&mut self, core: &mut Core, wishes: Vec<Wish>) {
        for wish in wishes {
            match wish {
                Wish::Password(new) => core.secrets.renew(new),
                Wish::Burn => self.fate = Some(Fate::Burnt),
                _ => {}
            }
        }
    }

    /// Whether the rules let us write to everybody.
    pub(super) fn may_chat(&self) -> bool {
        self.group.state().may_chat(self.group.my_id())
    }

    /// A moderator asks everybody, or one, to be silent. To open the microphone again is everybody's own.
    pub(super) fn mute(&mut self, core: &mut Core, whom: Option<MemberId>) {
        if !self.group.state().is_moderator(self.group.my_id()) {
            return core.notice(Notice::NotDone);
        }
        self.say(core, &Body::Mute(whom.map_or(Whom::AllButModerators, Whom::One)));
    }

    pub(super) fn heard_mute(&mut self, core: &mut Core, from: MemberId, whom: Whom) {
        let (me, state) = (self.group.my_id(), self.group.state());
        let meant = match whom {
            Whom::One(member) => member == me,
            Whom::AllButModerators => !state.is_moderator(me),
        };
        if meant && state.is_moderator(from) && core.devices.microphone {
            self.fall_silent(core, Some(from));
        }
    }

    fn fall_silent(&mut self, core: &mut Core, by: Option<MemberId>) {
        core.devices.microphone = false;
        core.tell(Event::Muted { by });
        self.devices_changed(core);
    }

    /// The state has moved: what it says of the room is told, obeyed, and if it says that the meeting is over, it is.
    pub(super) fn follow_rules(&mut self, core: &mut Core, merged: &Merged) {
        self.watch_rules(core);
        self.obey_rules(core);
        if self.group.state().has(POLICY_ENDED) {
            core.notice(Notice::EndedBy { name: self.people.name_of(merged.by) });
            self.fate = Some(Fate::Ended);
        }
    }

    /// Who may not speak has its microphone closed.
    pub(super) fn obey_rules(&mut self, core: &mut Core) {
        if !self.group.state().may_speak(self.group.my_id()) && core.devices.microphone {
            self.fall_silent(core, None);
        }
    }

    /// Tells the screen what the rules are, if they have changed.
    pub(super) fn watch_rules(&mut self, core: &mut Core) {
        let rules = Rules::of(self.group.state(), core.secrets.pw_gen, core.secrets.has_password);
        if self.rules.as_ref() != Some(&rules) {
            self.rules = Some(rules.clone());
            core.tell(Event::Rules(rules));
        }
    }

    /// Some have gone: those who stay are told, once, when most have, or when the owner has left.
    pub(super) fn watch_lingering(&mut self, core: &mut Core, owner_left: bool) {
        let present = self.group.members().len();
        self.most = self.most.max(present);
        let few = self.most >= MANY && present.saturating_mul(2) <= self.most;
        if present > 1 && (few || (owner_left && self.most >= MANY)) {
            self.most = present;
            core.notice(Notice::Lingering);
        }
    }
}
