//! The chat: what was written, and the panel that shows it.
//!
//! Invariant: text stays text: nothing that somebody wrote becomes an element of the page.

use super::state::Meeting;
use crate::model::{MeetingCommand, Rule};
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
    parts::hint,
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

/// The longest message in bytes: what one sealed message of the room may carry, with room for its envelope.
pub(super) const LONGEST: usize = 4_000;

/// A line of chat.
#[derive(Clone)]
struct Line {
    /// Position from the beginning, its identity.
    number: usize,
    /// The name that whoever wrote it had then.
    name: String,
    /// True for one's own.
    mine: bool,
    /// What.
    text: String,
    /// When it came, hours and minutes of this device.
    time: String,
    /// True for the first one that came while the panel was closed.
    first_new: bool,
}

/// What was written in this meeting.
#[derive(Clone, Copy)]
pub(crate) struct Chat {
    lines: RwSignal<Vec<Line>>,
    /// How many lines came since the panel was closed.
    pub(super) unread: RwSignal<usize>,
}

impl Chat {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { lines: RwSignal::new(Vec::new()), unread: RwSignal::new(0) }
    }

    /// Forgets everything.
    pub(super) fn clear(self) {
        self.lines.update(Vec::clear);
        self.unread.set(0);
    }

    /// The panel is open: nothing is unread.
    pub(super) fn read(self) {
        self.unread.set(0);
    }

    /// Takes a line in; `hidden` while the panel is closed.
    pub(super) fn add(self, name: String, text: String, mine: bool, hidden: bool) {
        let first_new = hidden && self.unread.get_untracked() == 0;
        if hidden {
            self.unread.update(|unread| *unread += 1);
        }
        self.lines.update(|lines| {
            if first_new {
                lines.iter_mut().for_each(|line| line.first_new = false);
            }
            lines.push(Line { number: lines.len(), name, mine, text, time: time_now(), first_new });
        });
    }
}

fn time_now() -> String {
    let now = js_sys::Date::new_0();
    format!("{:02}:{:02}", now.get_hours(), now.get_minutes())
}

/// Log and field.
pub(super) fn chat(ui: Ui, meeting: Meeting) -> AnyView {
    let lines = move || meeting.chat.lines.get();
    let list = For(ForProps::builder()
        .each(lines)
        .key(|line| (line.number, line.first_new))
        .children(move |line| message(ui, line))
        .build());
    let may = Memo::new(move |_| meeting.may(Rule::ModeratorsChat));
    let foot = move || match may.get() {
        true => compose(ui, meeting),
        false => hint("hint", Some(Icon::Info), ui.t("chat-moderators")),
    };
    let note = html::li().class("day").child(html::span().child(ui.t("chat-private")));
    let log = html::div()
        .class("panel-body log")
        .attr("tabindex", "0")
        .role("log")
        .attr("aria-live", "off")
        .aria_label(ui.t("chat-messages"))
        .child(html::ol().class("chat").child((note, list)));
    (log, html::div().class("panel-foot").child(foot)).into_any()
}

fn message(ui: Ui, line: Line) -> AnyView {
    let Line { mine, name, time, text, first_new, number: _ } = line;
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
