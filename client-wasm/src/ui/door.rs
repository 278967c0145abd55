//! On the way in: finding the room, knocking, being let in.
//!
//! Invariant: while this page is on screen nobody sees or hears the person, and it says so.

use super::{
    app::Ui,
    icons::chamber,
    parts::{button, page_top},
};
use crate::model::Phase;
use leptos::{html, prelude::*};

/// The page.
pub(crate) fn door(ui: Ui) -> AnyView {
    let phase = ui.meeting.phase;
    let title = move || ui.t(words(phase.get()).0)();
    let body = move || words(phase.get()).1.map(|id| html::p().class("lead").child(ui.t(id)));
    let wait = html::p().class("waitline").child((html::span().class("lampdot"), ui.t("joining-nobody")));
    let stop = button("btn btn-line", None, ui.t("joining-stop"), move || ui.leave());
    let actions = html::div().class("actions divide").child((wait, stop));
    let card = html::div().class("card").child((html::div().role("status").child(html::h1().child(title)), body, actions));
    html::div().class("page").child((chamber(true), page_top(ui), html::main().class("centre").child(card))).into_any()
}

/// Title, and what happens meanwhile.
fn words(phase: Phase) -> (&'static str, Option<&'static str>) {
    match phase {
        Phase::Connecting => ("joining-connecting", None),
        Phase::Knocking => ("joining-knocking", Some("joining-knocking-body")),
        _ => ("joining-admitted", Some("joining-admitted-body")),
    }
}
