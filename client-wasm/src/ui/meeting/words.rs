//! Dialogs open and close, and with one of them the words of the safety code.
//!
//! Invariant: when the dialog of the words closes, the page forgets them and the engine lets go of them.

use super::open::Open;
use super::state::Meeting;
use crate::model::{MeetingCommand, MemberId};
use crate::ui::view::prelude::*;

/// Why the words are new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// This person came.
    Came(String),
    /// This person left.
    Went(String),
}

impl Meeting {
    /// The group moved on while the words are on screen: new words, for everyone who looks, and the reason.
    pub(super) fn start_words_again(self, why: Change) {
        if matches!(self.open.get_untracked(), Some(Open::SafetyCode(_))) {
            self.code_changed.set(Some(why));
            self.command(MeetingCommand::HideSafetyCode);
            self.command(MeetingCommand::ShowSafetyCode);
        }
    }

    /// The words were the same, for all or for one.
    pub(crate) fn words_match(self, with: Option<MemberId>) {
        self.command(MeetingCommand::ConfirmSafetyCode(with));
        self.close_dialog();
    }

    /// Closes whatever dialog is open.
    pub(crate) fn close_dialog(self) {
        let was = self.open.get_untracked();
        self.open.set(None);
        if matches!(was, Some(Open::SafetyCode(_))) {
            self.let_go_of_words();
        }
    }

    /// The words are held no longer.
    pub(crate) fn let_go_of_words(self) {
        if !matches!(self.open.get_untracked(), Some(Open::SafetyCode(_))) {
            self.command(MeetingCommand::HideSafetyCode);
            self.code.set(None);
            self.code_changed.set(None);
        }
    }

    /// Opens a dialog.
    pub(crate) fn open_dialog(self, dialog: Open) {
        if matches!(dialog, Open::SafetyCode(_)) {
            self.code_changed.set(None);
            self.command(MeetingCommand::ShowSafetyCode);
        }
        self.open.set(Some(dialog));
    }
}
