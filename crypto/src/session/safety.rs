//! The safety code on the screen.
//!
//! **Invariant:** a code that is shown stays what it is until it is closed, although epochs move under it; and a check is about the
//! epoch its starter named, on every screen.

use super::api::{Event, ShownCode};
use super::body::Body;
use super::core::Core;
use super::room::Room;
use crate::group::{Group, MemberId};
use crate::safety::SafetyCode;
use std::collections::VecDeque;
use zeroize::Zeroizing;

/// Epochs whose code can still be shown when somebody asks for it: a check may cross some joins.
const KEPT: usize = 4;

struct Moment {
    epoch: u64,
    authenticator: Zeroizing<Vec<u8>>,
    members: Vec<MemberId>,
}

/// The code that is shown, and the moments another could be shown of.
#[derive(Default)]
pub(super) struct Safety {
    moments: VecDeque<Moment>,
    shown: Option<u64>,
}

impl Safety {
    /// A new epoch.
    pub(super) fn remember(&mut self, group: &Group) {
        while self.moments.len() >= KEPT {
            // The one on the screen stays, so that it can be confirmed.
            let Some(place) = self.moments.iter().position(|moment| Some(moment.epoch) != self.shown) else { break };
            self.moments.remove(place);
        }
        self.moments.push_back(Moment {
            epoch: group.epoch(),
            authenticator: Zeroizing::new(group.epoch_authenticator().to_vec()),
            members: group.members().iter().map(|member| member.id).collect(),
        });
    }
}

impl Room {
    /// Shows the code of this moment, unless one is shown.
    pub(super) fn show_code(&mut self, core: &mut Core) {
        if self.safety.shown.is_none() {
            self.show_code_of(core, self.group.epoch());
        }
    }

    fn show_code_of(&mut self, core: &mut Core, epoch: u64) -> bool {
        let Some(moment) = self.safety.moments.iter().find(|moment| moment.epoch == epoch) else { return false };
        let code = SafetyCode::derive(&moment.authenticator, self.group.group_id());
        self.safety.shown = Some(epoch);
        core.tell(Event::SafetyCode(Some(ShownCode { epoch, code, language: self.group.state().language() })));
        true
    }

    /// Lets go of the code.
    pub(super) fn hide_code(&mut self, core: &mut Core) {
        if self.safety.shown.take().is_some() {
            core.tell(Event::SafetyCode(None));
        }
    }

    /// Asks everybody, or one, to look at the code that is shown here.
    pub(super) fn start_check(&mut self, core: &mut Core, with: Option<MemberId>) {
        self.show_code(core);
        if let Some(epoch) = self.safety.shown {
            self.say(core, &Body::SafetyCheck { epoch, with });
        }
    }

    /// Somebody asks for a check: the code of its epoch is held until it is closed.
    pub(super) fn checked(&mut self, core: &mut Core, by: MemberId, epoch: u64, with: Option<MemberId>) {
        if with.is_some_and(|with| with != self.group.my_id()) {
            return;
        }
        if self.safety.shown == Some(epoch) || self.show_code_of(core, epoch) {
            core.tell(Event::SafetyCheck { by, epoch, alone: with.is_some() });
        }
    }

    /// The person compared, with everybody or with one: whoever of them was here at the shown epoch, and still is, is verified on this
    /// screen. The code is the group's either way: whoever shares it sees the same tree.
    pub(super) fn confirm_code(&mut self, core: &mut Core, with: Option<MemberId>) {
        let Some(shown) = self.safety.shown else { return };
        if let Some(moment) = self.safety.moments.iter().find(|moment| moment.epoch == shown) {
            let compared = |member: &&MemberId| with.is_none_or(|with| **member == with);
            let here = moment.members.iter().filter(compared).filter(|member| self.group.member(**member).is_some());
            self.people.verified.extend(here.copied());
            self.room_is_verified(core);
        }
    }
}
