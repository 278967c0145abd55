//! Who waits at the door, for the person who may open it: a quiet note with four words, and a list when there are several.
//!
//! Invariant: nobody is let in but by a press of a button that says so, and "same words" is never pressed by itself.

use super::open::Open;
use super::state::{Meeting, shown_name};
use crate::model::{Guest, MeetingCommand, Words};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::{Icon, icon},
    parts::button,
};
use leptos::ev;

/// The note about the first of those who wait.
pub(super) fn knock(ui: Ui, meeting: Meeting) -> AnyView {
    let first = move || meeting.waiting.guests.with(|guests| guests.first().cloned().into_iter().collect::<Vec<_>>());
    keyed(first, |guest| guest.id, move |guest| note(ui, meeting, guest))
}

fn note(ui: Ui, meeting: Meeting, guest: Guest) -> AnyView {
    let others = move || meeting.waiting.guests.with(Vec::len).saturating_sub(1);
    let words = move || match others() {
        0 => ui.t("knock-more")(),
        count => ui.say("knock-others", &[("count", count.into())]),
    };
    let more = button("btn btn-link", None, words, move || meeting.open_dialog(Open::Door));
    let title = html::b().id("knock-title").child(title(ui, &guest.name));
    let text = html::div().class("grow").child((
        title,
        question(ui, &guest.name),
        spelled(&guest.words),
        choices(ui, meeting, &guest),
        more,
    ));
    html::div().class("toast").role("group").aria_labelledby("knock-title").child((icon(Icon::Door), text)).into_any()
}

fn title(ui: Ui, name: &str) -> impl Fn() -> String + Send + use<> {
    let name = name.to_owned();
    move || ui.say("knock-title", &[("name", shown_name(ui, &name).into())])
}

fn question(ui: Ui, name: &str) -> AnyView {
    let name = name.to_owned();
    let words = move || ui.say("knock-question", &[("name", shown_name(ui, &name).into())]);
    html::p().class("soft").child(words).into_any()
}

/// The four words, in their own language.
pub(crate) fn spelled(words: &Words) -> AnyView {
    let tag = if words.french { "fr" } else { "en" };
    html::p().class("knockwords").lang(tag).child(words.words.join(" · ")).into_any()
}

fn choices(ui: Ui, meeting: Meeting, guest: &Guest) -> AnyView {
    let id = guest.id;
    html::div()
        .class("toast-row")
        .child((
            button("btn btn-primary", None, ui.t("knock-same"), move || meeting.admit(vec![id], true)),
            button("btn btn-line", None, ui.t("knock-unverified"), move || meeting.admit(vec![id], false)),
            button("btn btn-quiet", None, ui.t("knock-not-now"), move || meeting.refuse(id)),
        ))
        .into_any()
}

/// What stands in the dialog: everybody who waits, and a line to write to them.
pub(crate) fn list(ui: Ui, meeting: Meeting) -> AnyView {
    let guests = move || meeting.waiting.guests.get();
    let rows = keyed(guests, |guest| guest.id, move |guest| row(ui, meeting, guest));
    let nobody = move || meeting.waiting.guests.with(Vec::is_empty).then(|| html::p().class("hint").child(ui.t("door-nobody")));
    let list = html::ul().class("rows").aria_label(ui.t("door-waiting")).child(rows);
    let everyone = move || {
        (meeting.waiting.guests.with(Vec::len) > 1).then(|| {
            let all = move || meeting.waiting.guests.with_untracked(|guests| guests.iter().map(|guest| guest.id).collect());
            button("btn btn-line btn-wide", Some(Icon::Door), ui.t("door-admit-all"), move || meeting.admit(all(), false))
        })
    };
    html::div().class("stack").child((nobody, list, everyone, line(ui, meeting))).into_any()
}

fn row(ui: Ui, meeting: Meeting, guest: Guest) -> AnyView {
    let name = guest.name.clone();
    let name = html::span().class("row-name").child(move || shown_name(ui, &name));
    let main = html::div().class("row-main").child((name, spelled(&guest.words), choices(ui, meeting, &guest)));
    html::li().class("row").child(main).into_any()
}

/// Writes to everybody who waits.
fn line(ui: Ui, meeting: Meeting) -> AnyView {
    let text = RwSignal::new(String::new());
    let sent = RwSignal::new(false);
    let input = html::input()
        .id("door-line")
        .attr("autocomplete", "off")
        .attr("maxlength", "280")
        .aria_describedby("door-line-hint")
        .prop("value", move || text.get())
        .on(ev::input, move |event| {
            sent.set(false);
            text.set(event_target_value(&event));
        });
    let label = html::label().class("label").attr("for", "door-line").child(ui.t("door-line"));
    let send = html::button().attr("type", "submit").class("btn btn-line").child(ui.t("chat-send"));
    let told = move || sent.get().then(|| html::span().class("soft small").child(ui.t("door-line-sent")));
    let hint = html::p().class("hint").id("door-line-hint").role("status").child((ui.t("door-line-hint"), " ", told));
    html::form()
        .class("field")
        .attr("novalidate", "")
        .on(ev::submit, move |event| {
            event.prevent_default();
            let line = text.get_untracked().trim().to_owned();
            if !line.is_empty() {
                meeting.command(MeetingCommand::TellWaiting(line));
                text.set(String::new());
                sent.set(true);
            }
        })
        .child((label, html::div().class("input").child(input), hint, html::div().class("rowbtns").child(send)))
        .into_any()
}
