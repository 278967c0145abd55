//! What a person enters before joining.
//!
//! Invariant: the room's field always holds a name that [`RoomName::normalise`] leaves as it is, but for one hyphen at its end
//! while somebody types; what came in is made valid before the person's eyes.

use crate::model::End;
use crate::ui::view::prelude::*;
use crate::ui::{browser, common::Common, link};
use crypto::name::{Language, RoomName};

/// Where the name in the field came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Drawn by chance, and drawn again every ten seconds until somebody touches it.
    Drawn,
    /// Typed, or drawn and then touched.
    Typed,
    /// From the link.
    Invited,
    /// From the list of rooms visited.
    Visited,
}

/// The fields of the portal.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    /// The room's name as shown.
    pub(crate) room: RwSignal<String>,
    /// Where it came from.
    pub(crate) origin: RwSignal<Origin>,
    /// What was entered, when it had to be made valid.
    pub(crate) made_valid_from: RwSignal<Option<String>>,
    /// True once the person touched the field or its button: then no other name is drawn by itself.
    pub(crate) touched: RwSignal<bool>,
    /// The password; empty for none.
    pub(crate) password: RwSignal<String>,
    /// The password of the meeting before, while this page lasts.
    pub(crate) last_password: RwSignal<String>,
    /// True when the link says that the room has a password.
    pub(crate) password_required: RwSignal<bool>,
    /// The person's own name.
    pub(crate) person: RwSignal<String>,
    /// Wrong passwords given for this room, in this page.
    pub(crate) failed_tries: RwSignal<u8>,
    /// What stands in the way of joining.
    pub(crate) obstacle: RwSignal<Option<Obstacle>>,
}

/// Why the person is still at the portal after choosing "Join".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// No name of a room.
    NoRoom,
    /// The link says that there is a password, and none was typed.
    NoPassword,
    /// One of the passwords that everybody tries first.
    CommonPassword,
    /// Whether it is one of those could not be found out.
    UncheckedPassword,
    /// No name of their own.
    NoPerson,
    /// The meeting ended before it began.
    Ended(End),
}

impl Obstacle {
    /// True when asking to be let in may lead further.
    pub(crate) fn leads_to_asking(self) -> bool {
        matches!(
            self,
            Self::NoPassword
                | Self::Ended(End::WrongPassword { .. } | End::GuessingSuspected | End::AskToBeLetIn | End::NoAnswer)
        )
    }

    /// True when the password's field says it.
    pub(crate) fn is_about_password(self) -> bool {
        matches!(self, Self::NoPassword | Self::CommonPassword | Self::UncheckedPassword | Self::Ended(End::WrongPassword { .. }))
    }
}

impl Draft {
    /// The draft of a page that was opened with this fragment.
    pub(crate) fn new(language: Language, fragment: &str) -> Self {
        let invited = link::parse(fragment).and_then(|link| RoomName::normalise(&link.name).map(|name| (name, link.password)));
        let origin = if invited.is_some() { Origin::Invited } else { Origin::Drawn };
        let (room, required) = invited.unwrap_or_else(|| (RoomName::draw(language, browser::entropy()), false));
        Self {
            room: RwSignal::new(room.as_str().to_owned()),
            origin: RwSignal::new(origin),
            made_valid_from: RwSignal::new(None),
            touched: RwSignal::new(false),
            password: RwSignal::new(String::new()),
            last_password: RwSignal::new(String::new()),
            password_required: RwSignal::new(required),
            person: RwSignal::new(String::new()),
            failed_tries: RwSignal::new(0),
            obstacle: RwSignal::new(None),
        }
    }

    /// Forgets room, password and refusals for another meeting; the person's name stays.
    pub(crate) fn start_over(self, language: Language) {
        self.draw(language);
        self.touched.set(false);
        self.last_password.set(self.password.get_untracked());
        self.password.set(String::new());
        self.password_required.set(false);
        self.failed_tries.set(0);
        self.obstacle.set(None);
    }

    /// Puts another drawn name into the field.
    pub(crate) fn draw(self, language: Language) {
        self.replace(RoomName::draw(language, browser::entropy()).as_str().to_owned(), Origin::Drawn);
        self.made_valid_from.set(None);
    }

    /// Gives the typed name an end that nobody can guess.
    pub(crate) fn add_ending(self) {
        if let Some(name) = RoomName::normalise(&self.room.get_untracked()) {
            self.replace(name.with_suffix(browser::entropy()).as_str().to_owned(), Origin::Typed);
            self.made_valid_from.set(None);
        }
    }

    /// Takes what was entered; `whole` when it came at once (pasted, filled in) and not letter by letter.
    pub(crate) fn enter(self, entered: &str, whole: bool) {
        let valid = as_typed(entered, whole);
        self.made_valid_from.set((whole && valid != entered).then(|| entered.trim().to_owned()));
        self.replace(valid, Origin::Typed);
        self.touched.set(true);
    }

    /// Takes a room from the list of those visited. The password is to be typed: it is remembered nowhere.
    pub(crate) fn revisit(self, room: &str, password: bool) {
        self.replace(room.to_owned(), Origin::Visited);
        self.made_valid_from.set(None);
        self.touched.set(true);
        self.password_required.set(password);
    }

    /// The typing is over: no hyphen stays at the end.
    pub(crate) fn settle(self) {
        let shown = self.room.get_untracked();
        let settled = RoomName::normalise(&shown).map(|name| name.as_str().to_owned()).unwrap_or_default();
        if settled != shown {
            self.room.set(settled);
        }
    }

    /// The name in the field, if it is one.
    pub(crate) fn room_name(self) -> Option<RoomName> {
        RoomName::normalise(&self.room.get())
    }

    /// The name as it is now, for handlers.
    pub(crate) fn room_name_now(self) -> Option<RoomName> {
        RoomName::normalise(&self.room.get_untracked())
    }

    /// What stands in the way of joining with what is entered.
    pub(crate) fn missing(self, common: Common) -> Option<Obstacle> {
        let password = self.password.get_untracked();
        if self.room_name_now().is_none() {
            Some(Obstacle::NoRoom)
        } else if self.password_required.get_untracked() && password.is_empty() {
            Some(Obstacle::NoPassword)
        } else if !password.is_empty() && common.set_now().is_none() {
            Some(Obstacle::UncheckedPassword)
        } else if !password.is_empty() && common.set_now().is_some_and(|common| common.holds(&password)) {
            Some(Obstacle::CommonPassword)
        } else if self.person.get_untracked().trim().is_empty() {
            Some(Obstacle::NoPerson)
        } else {
            None
        }
    }

    /// What stands in the way of asking to be let in.
    pub(crate) fn missing_to_ask(self) -> Option<Obstacle> {
        if self.room_name_now().is_none() {
            Some(Obstacle::NoRoom)
        } else {
            self.person.get_untracked().trim().is_empty().then_some(Obstacle::NoPerson)
        }
    }

    /// Another room: tries and refusals of the last one are forgotten.
    fn replace(self, room: String, origin: Origin) {
        if self.room.get_untracked() != room {
            self.room.set(room);
            self.failed_tries.set(0);
            self.obstacle.set(None);
        }
        if origin != Origin::Visited && matches!(self.origin.get_untracked(), Origin::Invited | Origin::Visited) {
            self.password_required.set(false);
        }
        self.origin.set(origin);
    }
}

/// What the field shows: the valid name, and while somebody types a hyphen where the next word is about to begin.
pub(crate) fn as_typed(entered: &str, whole: bool) -> String {
    let Some(name) = RoomName::normalise(entered) else { return String::new() };
    let going_on = !whole && entered.chars().next_back().is_some_and(|last| !last.is_alphanumeric());
    format!("{}{}", name.as_str(), if going_on { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_valid_as_they_are_typed() {
        assert_eq!(as_typed("Editorial, Thursday!", true), "editorial-thursday");
        assert_eq!(as_typed("Équipe ", false), "equipe-");
        assert_eq!(as_typed("equipe-r", false), "equipe-r");
        assert_eq!(as_typed("  ", false), "");
    }

    #[test]
    fn typing_letter_by_letter_ends_where_pasting_does() {
        for text in ["Comité de rédaction, jeudi", "l’eau  d'en haut", "a--b"] {
            let mut field = String::new();
            for letter in text.chars() {
                field.push(letter);
                field = as_typed(&field, false);
            }
            assert_eq!(field, as_typed(text, true));
        }
    }
}
