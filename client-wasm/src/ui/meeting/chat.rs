//! The chat panel.
//!
//! Invariant: text stays text: nothing that somebody wrote becomes an element of the page.

use super::state::{Line, Meeting};
use crate::model::MeetingCommand;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

/// The longest message in bytes: what one sealed message of the room may carry, with room for its envelope.
pub(super) const LONGEST: usize = 4_000;

/// Log and field.
pub(super) fn chat(ui: Ui, meeting: Meeting) -> AnyView {
    let lines = move || meeting.lines.get();
    let list = For(ForProps::builder()
        .each(lines)
        .key(|line| (line.number, line.first_new))
        .children(move |line| message(ui, line))
        .build());
    let note = html::li().class("day").child(html::span().child(ui.t("chat-private")));
    let log = html::div()
        .class("panel-body log")
        .attr("tabindex", "0")
        .role("log")
        .attr("aria-live", "off")
        .aria_label(ui.t("chat-messages"))
        .child(html::ol().class("chat").child((note, list)));
    (log, html::div().class("panel-foot").child(compose(ui, meeting))).into_any()
}

fn message(ui: Ui, line: Line) -> AnyView {
    let Line { mine, name, time, text, first_new, .. } = line;
    let mark = first_new.then(|| html::p().class("day new").child(html::span().child(ui.t("chat-new"))));
    let who = move || if mine { ui.t("you")() } else { name.clone() };
    let head = html::p().class("msg-head").child((html::b().child(who), html::span().class("num").child(time)));
    let body = html::div()
        .class(if mine { "msg mine" } else { "msg" })
        .child((head, html::div().class("bubble").attr("dir", "auto").child(text)));
    html::li().class("line").child((mark, body)).into_any()
}

fn compose(ui: Ui, meeting: Meeting) -> AnyView {
    let draft = RwSignal::new(String::new());
    let too_long = move || draft.with(String::len) > LONGEST;
    let send = move || {
        let text = draft.get_untracked().trim().to_owned();
        if text.is_empty() || text.len() > LONGEST {
            return;
        }
        meeting.command(MeetingCommand::Chat(text));
        draft.set(String::new());
        browser::focus_soon("message");
    };
    let field = html::textarea()
        .id("message")
        .aria_label(ui.t("chat-message"))
        .attr("rows", "1")
        .attr("placeholder", ui.t("chat-placeholder"))
        .attr("dir", "auto")
        .prop("value", move || draft.get())
        .on(ev::input, move |event| {
            let Some(field) = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok()) else { return };
            draft.set(field.value());
        })
        .on(ev::keydown, move |event| {
            if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
                event.prevent_default();
                send();
            }
        });
    let button = html::button().attr("type", "submit").class("ib send").aria_label(ui.t("chat-send")).child(icon(Icon::Send));
    let row = (html::div().class("input").child(field), button);
    let form = html::form()
        .class("compose")
        .on(ev::submit, move |event| {
            event.prevent_default();
            send();
        })
        .child(row);
    let warning = move || too_long().then(|| html::p().class("hint hint-bad").role("alert").child(ui.t("chat-too-long")));
    (form, warning).into_any()
}
