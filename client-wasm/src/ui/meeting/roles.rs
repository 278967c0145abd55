//! Who may do what here: our own role, theirs, and the rules of the room.
//!
//! Invariant: all of it is read off the engine's last word; nothing is remembered beside it.

use super::open::Menu;
use super::state::Meeting;
use crate::model::{Admission, MemberId, Person, Rule, Rules};
use crate::ui::view::prelude::*;
use crate::ui::{Page, app::Ui, menu::Place};

impl Meeting {
    /// Opens a menu beside the button that was pressed, or closes it.
    pub(crate) fn open_menu(self, menu: Menu) {
        let open = self.menu.get_untracked().is_some_and(|(open, _)| open == menu);
        self.menu.set((!open).then(|| (menu, Place::beside_focus())));
    }

    /// Whom this member let in, as far as nobody here has compared words with them: they rest on its word alone.
    pub(crate) fn let_in_by(self, member: MemberId) -> Vec<MemberId> {
        let rests = |person: &&Person| {
            matches!(person.admitted, Admission::Password { by, .. } | Admission::WaitingRoom { by } if by == member)
                && !person.verified
                && !person.me
                && !person.owner
        };
        self.people.with_untracked(|people| people.iter().filter(rests).map(|person| person.member).collect())
    }

    /// Whether we have a moderator's authority.
    pub(crate) fn moderates(self) -> bool {
        self.myself().is_some_and(|me| me.moderator)
    }

    /// Whether a rule that holds for all but moderators lets us.
    pub(crate) fn may(self, rule: Rule) -> bool {
        !self.rules.with(|rules| rules.has(rule)) || self.moderates()
    }

    /// Ourselves, as the group has us.
    pub(crate) fn myself(self) -> Option<Person> {
        self.people.with(|people| people.iter().find(|person| person.me).cloned())
    }

    pub(super) fn rules_are(self, ui: Ui, rules: Rules) {
        let before = self.rules.get_untracked();
        if ui.page.get_untracked() != Page::Meeting {
            // What the person typed is what opened.
            ui.password_gen.set(rules.pw_gen);
        }
        if before.pw_gen != rules.pw_gen
            && rules.takes_passwords
            && ui.password_gen.get_untracked() != rules.pw_gen
            && !rules.knows_password
        {
            self.notices.new_password();
        }
        self.rules.set(rules);
        if self.sharing.get_untracked() && !self.may(Rule::ModeratorsShare) {
            self.share_screen(false);
        }
    }

    pub(super) fn muted(self, ui: Ui, by: Option<MemberId>) {
        self.microphone.set(false);
        let by = by.map(|member| self.name_now(ui, member));
        let words = match &by {
            Some(name) => ui.say_now("muted-by", &[("name", name.as_str().into())]),
            None => ui.say_now("muted-rule", &[]),
        };
        ui.speech.urgently(words);
        self.notices.muted(by);
    }
}
