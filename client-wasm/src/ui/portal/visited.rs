//! The rooms visited, for who wants them remembered on this device.
//!
//! Invariant: choosing a room fills the form and does nothing else: nobody is called and nothing is opened.

use super::{PERSON, password};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
    parts::{button, icon_button, switch},
    visited::Visit,
};
use leptos::ev;

/// Below the form: closed until somebody looks, or until there is something in it.
pub(super) fn visited(ui: Ui) -> AnyView {
    let summary = html::summary().child((icon(Icon::Clock), html::span().child(ui.t("visited-title"))));
    let list = move || {
        let rooms = ui.visits.rooms();
        (!rooms.is_empty()).then(|| {
            let rows = rooms.into_iter().map(|visit| row(ui, visit)).collect_view();
            html::ul().class("rows").aria_label(ui.t("visited-title")).child(rows)
        })
    };
    let wanted = Signal::derive(move || ui.visits.wanted());
    let keep = switch(ui.t("visited-keep"), Some(ui.t("visited-keep-hint")), wanted, move |on| ui.visits.want(on));
    let burn = move || {
        let some = !ui.visits.rooms().is_empty();
        some.then(|| button("btn btn-wine-line", Some(Icon::Burn), ui.t("visited-burn"), move || ui.visits.forget_all()))
    };
    let open = !ui.visits.rooms().is_empty();
    html::details().class("visited").prop("open", open).child((summary, list, keep, burn)).into_any()
}

fn row(ui: Ui, visit: Visit) -> AnyView {
    let Visit { room, password, when } = visit;
    let told = move || {
        let time = browser::told_time(when, ui.tongue.get().tag());
        ui.say(if password { "visited-time-password" } else { "visited-time" }, &[("time", time.into())])
    };
    let (chosen, gone, named) = (room.clone(), room.clone(), room.clone());
    let choose = html::button()
        .attr("type", "button")
        .class("row-main")
        .on(ev::click, move |_| {
            ui.draft.revisit(&chosen, password);
            let needs = [(password, password::FIELD), (ui.draft.person.with_untracked(String::is_empty), PERSON)];
            browser::focus_soon(needs.into_iter().find(|(needed, _)| *needed).map_or(super::JOIN, |(_, field)| field));
        })
        .child((html::span().class("row-name").child(room), html::span().class("row-sub").child(told)));
    let forget = move || ui.say("visited-forget", &[("room", named.clone().into())]);
    let forget = icon_button(Icon::Close, "ib", forget, move || ui.visits.forget(&gone));
    html::li().class("row").child((choose, forget)).into_any()
}
