//! What pictures may cost: as good as they can be, little, or nothing.
//!
//! Invariant: a choice works at once, stays for the meeting, and nobody else is told.

use crate::model::Pictures;
use crate::ui::view::prelude::*;
use crate::ui::{app::Ui, meeting::Meeting};
use leptos::{ev, html};

const CHOICES: [(Pictures, &str, &str); 3] = [
    (Pictures::Automatic, "quality-automatic", "quality-automatic-hint"),
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
            .on(ev::change, move |_| meeting.spend(pictures));
        let words =
            html::span().child((html::b().child(ui.t(words)), html::br(), html::span().class("small quiet").child(ui.t(hint))));
        html::label().class("choice").child((input, words))
    };
    let list = html::fieldset()
        .class("choices")
        .child((html::legend().class("sr").child(ui.t("quality-title")), CHOICES.map(choice).into_iter().collect_view()));
    (list, html::p().class("hint").child(ui.t("quality-note"))).into_any()
}
