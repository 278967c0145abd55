//! A password that one moderator has chosen goes on to the others, so that each can hold the door.
//!
//! **Invariant:** it is asked for, and given, by moderators alone, sealed to whoever asked; who came from the waiting room is never given it.

use super::api::Millis;
use super::body::{Body, Handed};
use super::core::Core;
use super::room::Room;
use crate::group::{self, Envelope, MemberId};
use crate::password::NewPassword;

/// How long until it is asked for again, ms: whoever answers has a turn within that.
const AGAIN: u64 = 4_000;
/// How often it is asked for, for one generation.
const TIMES: u8 = 5;

/// Our question, as long as it is open.
#[derive(Default)]
pub(super) struct Handing {
    envelope: Option<Envelope>,
    /// For which generation, how often, and when again.
    asked: Option<(u32, u8, Millis)>,
}

impl Room {
    /// The generation that we should know, as a moderator, and do not.
    fn missing_password(&self, core: &Core) -> Option<u32> {
        let state = self.group.state();
        let me = self.group.me()?;
        let missing =
            state.takes_passwords() && state.is_moderator(me.id) && me.is_doorkeeper() && !self.knows_password(core, me.id);
        missing.then_some(state.settings().pw_gen)
    }

    pub(super) fn handing_deadline(&self, core: &Core) -> Option<Millis> {
        let pw_gen = self.missing_password(core).filter(|_| !self.is_alone())?;
        match self.handing.asked {
            Some((asked, times, at)) if asked == pw_gen => (times < TIMES).then_some(at),
            _ => Some(core.now),
        }
    }

    /// Asks, if there is something to ask for.
    pub(super) fn watch_handing(&mut self, core: &mut Core) {
        let Some(at) = self.handing_deadline(core) else { return };
        let Some(pw_gen) = self.missing_password(core).filter(|_| core.now >= at) else { return };
        let times = self.handing.asked.filter(|(asked, ..)| *asked == pw_gen).map_or(0, |(_, times, _)| times);
        self.handing.asked = Some((pw_gen, times.saturating_add(1), core.now.saturating_add(AGAIN)));
        let Ok(envelope) = Envelope::draw(&core.draw()) else { return };
        let key = envelope.public().to_vec();
        self.handing.envelope = Some(envelope);
        self.say(core, &Body::PasswordPlease(key));
    }

    /// A moderator asks: the first who knows it answers.
    pub(super) fn asked_for_password(&mut self, core: &mut Core, from: MemberId, key: &[u8]) {
        let (me, state) = (self.group.my_id(), self.group.state());
        let asks = self.group.member(from).is_some_and(|member| member.is_doorkeeper() && state.is_moderator(from));
        let knows = state.is_moderator(me) && self.knows_password(core, me);
        let turn = self.rank_among(core, |member| state.is_moderator(member.id) && self.knows_password(core, member.id));
        if !asks || !knows || turn > core.now {
            return;
        }
        let (pw_gen, has_password) = (core.secrets.pw_gen, core.secrets.has_password);
        let info = group::handing_info(self.group.group_id(), me, from, pw_gen);
        if let Some(sealed) = core.secrets.hand(|prs| group::seal_to(key, &info, prs)).flatten() {
            self.say(core, &Body::Password(Handed { to: from, pw_gen, has_password, sealed }));
        }
    }

    /// A moderator hands it on.
    pub(super) fn handed_password(&mut self, core: &mut Core, from: MemberId, handed: &Handed) {
        let me = self.group.my_id();
        let wanted =
            handed.to == me && self.missing_password(core) == Some(handed.pw_gen) && self.group.state().is_moderator(from);
        let Some(envelope) = self.handing.envelope.as_ref().filter(|_| wanted) else { return };
        let info = group::handing_info(self.group.group_id(), from, me, handed.pw_gen);
        let opened = envelope.open(&info, &handed.sealed);
        if let Some(new) = opened.and_then(|prs| NewPassword::handed(&prs, handed.has_password, handed.pw_gen)) {
            core.secrets.renew(new);
            self.handing.envelope = None;
            self.watch_rules(core);
            // Whoever ranks the doorkeepers learns it from the next heartbeat.
            self.presence.beat_soon(core.now);
        }
    }
}
