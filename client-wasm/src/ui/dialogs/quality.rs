//! What pictures may cost: much, as usual, little, or nothing.
//!
//! Invariant: a choice works at once and nobody else is told. It stays for the meeting; on the device only for who keeps their rooms there.

use crate::model::Pictures;
use crate::ui::view::prelude::*;
use crate::ui::{app::Ui, meeting::Meeting};
use leptos::ev;

const CHOICES: [(Pictures, &str, &str); 4] = [
    (Pictures::Best, "quality-best", "quality-best-hint"),
    (Pictures::Standard, "quality-standard", "quality-standard-hint"),
    (Pictures::SaveData, "quality-save", "quality-save-hint"),
    (Pictures::None, "quality-sound", "quality-sound-hint"),
];

/// What stands in the dialog.
pub(super) fn content(ui: Ui, meeting: Meeting) -> AnyView {
    let choice = |(pictures, words, hint): (Pictures, &'static str, &'static str)| {
        let input = html::input()
            .attr("type", "radio")
            .attr("name", "quality")
            .prop("checked", move || meeting.pictures.get() == pictures)
            .on(ev::change, move |_| {
                meeting.spend(pictures);
                ui.visits.note_pictures(pictures);
            });
        let words =
            html::span().child((html::b().child(ui.t(words)), html::br(), html::span().class("small quiet").child(ui.t(hint))));
        html::label().class("choice").child((input, words))
    };
    let list = html::fieldset()
        .class("choices")
        .child((html::legend().class("sr").child(ui.t("quality-title")), CHOICES.map(choice).into_iter().collect_view()));
    let note = move || ui.t(if ui.visits.wanted() { "quality-note-kept" } else { "quality-note" })();
    (list, html::p().class("hint").child(note)).into_any()
}
