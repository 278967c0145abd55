//! The room's name: drawn anew every ten seconds until somebody touches it, or typed and made valid while being typed.
//!
//! Invariant: a typed name without a password is said to protect nothing, and an ending that nobody can guess is offered.

use super::{Obstacle, Origin};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::Icon,
    parts::{button, hint},
};
use leptos::{ev, svg};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, InputEvent};

/// Id of the text box.
pub(super) const FIELD: &str = "room";

/// How long a drawn name stands before the next one.
const ANOTHER_EVERY_MILLIS: u32 = 10_000;
/// A name that stood this long is probably the one: its slow derivation begins.
const STABLE_MILLIS: u32 = 500;

/// The field with its label, button and hint.
pub(super) fn field(ui: Ui) -> AnyView {
    draw_by_itself(ui);
    prepare_when_stable(ui);
    let draft = ui.draft;
    let another = move || (draft.origin.get() != Origin::Invited).then(|| another_button(ui));
    let label = html::label().class("label").attr("for", FIELD).child(ui.t("room-name"));
    let missing = move || draft.obstacle.get() == Some(Obstacle::NoRoom);
    let input = html::input()
        .id(FIELD)
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("autocapitalize", "none")
        .attr("maxlength", "160")
        .aria_describedby("room-hint")
        .attr("aria-invalid", move || missing().then_some("true"))
        .prop("value", move || draft.room.get())
        .on(ev::focus, move |_| draft.touched.set(true))
        .on(ev::input, move |event| entered(ui, &event))
        .on(ev::change, move |_| draft.settle());
    let frame = html::div().class(move || if missing() { "input bad" } else { "input" }).child(input);
    html::div()
        .class("field")
        .child((html::div().class("field-top").child((label, another)), frame, move || explanation(ui)))
        .into_any()
}

/// Takes what the person entered and writes back what became of it, with the caret where it was.
fn entered(ui: Ui, event: &web_sys::Event) {
    let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
    let event = event.dyn_ref::<InputEvent>();
    if event.is_some_and(InputEvent::is_composing) {
        return;
    }
    let kind = event.map(InputEvent::input_type).unwrap_or_default();
    // Pasted, dropped, filled in by a program or a keyboard's suggestion: more than one letter at once.
    let letters = event.and_then(InputEvent::data).map_or(0, |data| data.chars().count());
    let whole =
        letters > 1 || !(kind.starts_with("insertText") || kind.starts_with("insertComposition") || kind.starts_with("delete"));
    let value = input.value();
    let caret = input.selection_start().ok().flatten().unwrap_or(u32::MAX);
    ui.draft.enter(&value, whole);
    let shown = ui.draft.room.get_untracked();
    if shown != value {
        input.set_value(&shown);
        let before: String = String::from_utf16_lossy(&value.encode_utf16().take(caret as usize).collect::<Vec<_>>());
        let at = super::draft::as_typed(&before, false).encode_utf16().count().min(shown.encode_utf16().count());
        let at = u32::try_from(at).unwrap_or_default();
        let _ = input.set_selection_range(at, at);
    }
}

/// "Another name", with a ring that runs down while names are drawn by themselves.
fn another_button(ui: Ui) -> AnyView {
    let ring = move || (!ui.draft.touched.get() && ui.draft.origin.get() == Origin::Drawn).then(countdown);
    html::button()
        .attr("type", "button")
        .class("btn btn-link")
        .on(ev::focus, move |_| ui.draft.touched.set(true))
        .on(ev::click, move |_| {
            ui.draft.touched.set(true);
            ui.draft.draw(ui.tongue.get_untracked().word_list());
        })
        .child((ring, move || ui.draft.touched.get().then(|| crate::ui::icons::icon(Icon::Refresh)), ui.t("room-another")))
        .into_any()
}

fn countdown() -> AnyView {
    let circle = |class: &'static str| svg::circle().attr("class", class).attr("cx", "10").attr("cy", "10").attr("r", "8");
    svg::svg()
        .attr("class", "countdown")
        .attr("viewBox", "0 0 20 20")
        .attr("aria-hidden", "true")
        .child((circle("rest"), circle("run")))
        .into_any()
}

fn explanation(ui: Ui) -> AnyView {
    let draft = ui.draft;
    let drawn = draft.room_name().is_some_and(|name| name.is_drawn());
    let quiet = |id| html::div().id("room-hint").child(hint("hint", None, ui.t(id))).into_any();
    if draft.obstacle.get() == Some(Obstacle::NoRoom) {
        return html::div()
            .id("room-hint")
            .role("alert")
            .child(hint("hint hint-bad", Some(Icon::Info), ui.t("room-missing")))
            .into_any();
    }
    match draft.origin.get() {
        Origin::Drawn => quiet("room-drawn"),
        Origin::Invited => quiet("room-invited"),
        Origin::Visited => quiet("room-visited"),
        Origin::Typed if drawn => quiet("room-strong"),
        Origin::Typed => typed_explanation(ui),
    }
}

/// What a typed name is worth, said plainly.
fn typed_explanation(ui: Ui) -> AnyView {
    let draft = ui.draft;
    let made_valid = move || match draft.made_valid_from.get() {
        Some(typed) => format!("{} ", ui.say("room-made-valid", &[("typed", typed.into())])),
        None => String::new(),
    };
    if draft.room.with(String::is_empty) {
        return html::div().id("room-hint").child(hint("hint", None, ui.t("room-missing"))).into_any();
    }
    if !draft.password.with(String::is_empty) {
        let words = move || format!("{}{}", made_valid(), ui.t("room-weak-password")());
        return html::div().id("room-hint").child(hint("hint", None, words)).into_any();
    }
    let words = move || format!("{}{}", made_valid(), ui.t("room-weak")());
    let offer = button("btn btn-link", Some(Icon::Dice), ui.t("room-ending"), move || draft.add_ending());
    html::div().id("room-hint").class("weak").child((hint("hint hint-warn", Some(Icon::Info), words), offer)).into_any()
}

/// A fresh name every ten seconds, until it is touched; not while nobody looks.
fn draw_by_itself(ui: Ui) {
    browser::every(ANOTHER_EVERY_MILLIS, move || {
        let untouched = !ui.draft.touched.get_untracked() && ui.draft.origin.get_untracked() == Origin::Drawn;
        if untouched && !browser::document().hidden() {
            ui.draft.draw(ui.tongue.get_untracked().word_list());
        }
    });
}

/// Argon2id of the name takes 0.2 s in the worker; it may begin before the person is ready.
fn prepare_when_stable(ui: Ui) {
    let pause = StoredValue::new(None);
    Effect::new(move || {
        let Some(name) = ui.draft.room_name() else { return };
        let timer = browser::after(STABLE_MILLIS, move || ui.with_engine(|engine| engine.prepare(&name)));
        pause.set_value(Some(timer));
    });
}
