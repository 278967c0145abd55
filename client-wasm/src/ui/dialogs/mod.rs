//! The dialogs of a meeting.
//!
//! Invariant: at most one is open, and closing it gives the focus back to whoever opened it.

use super::{
    app::Ui,
    dialog::dialog,
    meeting::{Meeting, Open, knocks},
};
use crate::ui::view::prelude::*;

mod invite;
mod qr;
mod quality;
mod remove;
mod rules;
mod safety;
mod settings;
mod shortcuts;
mod sound;
mod timer;
mod when;

pub(super) use sound::speaker;

/// Whichever dialog is open.
pub(super) fn dialogs(ui: Ui, meeting: Meeting) -> impl Fn() -> Option<AnyView> + Send + 'static {
    move || {
        let open = meeting.open.get()?;
        let close = move || meeting.close_dialog();
        Some(match open {
            Open::SafetyCode(with) => {
                let title = move || safety::title(ui, meeting, with);
                dialog(ui, "dialog dialog-code", title, close, safety::content(ui, meeting, with))
            }
            Open::Invite => dialog(ui, "dialog dialog-invite", ui.t("invite-title"), close, invite::content(ui, meeting)),
            Open::Settings => dialog(ui, "dialog", ui.t("settings-title"), close, settings::content(ui, meeting)),
            Open::Rules => dialog(ui, "dialog", ui.t("rules-title"), close, rules::content(ui, meeting)),
            Open::Remove(member) => {
                let title = move || remove::title(ui, meeting, member);
                dialog(ui, "dialog", title, close, remove::content(ui, meeting, member))
            }
            Open::End => dialog(ui, "dialog", ui.t("end-title"), close, remove::end(ui, meeting)),
            Open::Quality => dialog(ui, "dialog", ui.t("quality-title"), close, quality::content(ui, meeting)),
            Open::Door => dialog(ui, "dialog", ui.t("door-waiting"), close, knocks(ui, meeting)),
            Open::Timer => dialog(ui, "dialog", ui.t("timer"), close, timer::content(ui, meeting)),
            Open::Shortcuts => dialog(ui, "dialog", ui.t("keys-title"), close, shortcuts::content(ui)),
        })
    }
}
