//! The panel: the log, and the field beneath it.
//!
//! Invariant: the focus stays where the person writes; nothing in the log takes it.

use super::{Aside, Chat, LONGEST, Line, attached, files, follow::Follow, is_hidden, links::linked, recipient, saving};
use crate::model::{Content, Delivery, MeetingCommand, PostCommand, Rule};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon, small_icon},
    meeting::Meeting,
    parts::{hint, icon_button},
};
use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement};

/// How high the field grows, in CSS pixels: five lines.
const TALLEST: i32 = 140;

/// Log and field.
pub(in crate::ui::meeting) fn panel(ui: Ui, meeting: Meeting) -> AnyView {
    let chat = meeting.chat;
    untrack(|| chat.open());
    let back = window_event_listener_untyped("visibilitychange", move |_| {
        if !is_hidden() {
            chat.read();
        }
    });
    on_cleanup(move || back.remove());
    let follow = Follow::new(chat);
    let foot = move || match recipient::may_write(meeting) {
        // Who may not write to everyone may still write to a moderator alone, and is told so.
        true if !meeting.may(Rule::ModeratorsChat) => {
            let told = hint("hint", Some(Icon::Info), ui.t("chat-moderators-alone"));
            (told, compose(ui, meeting)).into_any()
        }
        true => compose(ui, meeting),
        false => hint("hint", Some(Icon::Info), ui.t("chat-moderators")),
    };
    let log = html::div().class("log-place").child((log(ui, meeting, follow), newest(ui, chat, follow)));
    let saved = move || chat.saved.get().then(|| hint("hint", Some(Icon::Check), ui.t("chat-saved")));
    (log, html::div().class("panel-foot").child((saved, foot))).into_any()
}

/// Writes it all to a file, once there is something.
pub(in crate::ui::meeting) fn save_button(ui: Ui, meeting: Meeting) -> impl Fn() -> Option<AnyView> + Send + 'static {
    let chat = meeting.chat;
    let empty = Memo::new(move || chat.is_empty());
    move || (!empty.get()).then(|| icon_button(Icon::Save, "ib", ui.t("chat-save"), move || chat.save(ui)))
}

fn log(ui: Ui, meeting: Meeting, follow: Follow) -> AnyView {
    let chat = meeting.chat;
    let list = keyed(move || chat.lines.get(), |line| line.number, move |line| message(ui, meeting, line));
    let note = html::li().class("day").child(html::span().child(ui.t("chat-private")));
    html::div()
        .class("panel-body log")
        .attr("tabindex", "0")
        .role("log")
        .attr("aria-live", "off")
        .aria_label(ui.t("chat-messages"))
        .on(ev::scroll, move |_| follow.scrolled(chat))
        .directive(move |element| follow.begin(element, chat))
        .child(html::ol().class("chat").child((note, list)))
        .into_any()
}

/// The way down, while older lines are read; it says how many came meanwhile.
fn newest(ui: Ui, chat: Chat, follow: Follow) -> impl Fn() -> Option<AnyView> + Send + 'static {
    let words = move || match chat.lines.with(Vec::len).saturating_sub(follow.seen.get()) {
        0 => ui.t("chat-newest")(),
        count => ui.say("chat-newer", &[("count", count.into())]),
    };
    move || {
        (!follow.at_end.get()).then(|| {
            let act = move |_| {
                follow.to_end(chat);
                browser::focus_soon("message");
            };
            let sign = small_icon(Icon::Down);
            html::button().attr("type", "button").class("btn btn-line newest").on(ev::click, act).child((sign, words)).into_any()
        })
    }
}

fn message(ui: Ui, meeting: Meeting, line: Line) -> AnyView {
    let (chat, number, mine, at) = (meeting.chat, line.number, line.mine, line.at);
    let is_first = Memo::new(move || chat.new_from.get() == Some(number));
    let mark = move || is_first.get().then(|| html::p().class("day new").child(html::span().child(ui.t("chat-new"))));
    let said = match &line.what {
        Content::Text(text) => html::div().class("bubble").attr("dir", "auto").child(linked(text)).into_any(),
        Content::File(file) => html::div().class("bubble").child(files::view(ui, meeting, &line, file)).into_any(),
    };
    let aside = line.aside.clone();
    let class = match (mine, aside.is_some()) {
        (true, true) => "msg mine private",
        (true, false) => "msg mine",
        (false, true) => "msg private",
        (false, false) => "msg",
    };
    let who = move || {
        ui.tongue.track();
        saving::author(ui, &line, &ui.t("you")())
    };
    let head = html::p().class("msg-head").child((html::b().child(who), html::span().class("num").child(saving::time(at))));
    let after = aside.map(|aside| match mine {
        true => delivery(ui, chat, aside).into_any(),
        false => answer(ui, meeting, &aside),
    });
    html::li().class("line").child((mark, html::div().class(class).child((head, said, after)))).into_any()
}

/// How far a line for one is, unless it is there or about to be.
fn delivery(ui: Ui, chat: Chat, aside: Aside) -> impl Fn() -> Option<AnyView> + Send + 'static {
    let Aside { id, name, .. } = aside;
    let delivery = Memo::new(move || chat.deliveries.with(|all| all.get(&id).copied().unwrap_or_default()));
    move || {
        let words = match delivery.get() {
            Delivery::Sending | Delivery::Delivered => return None,
            Delivery::Away => "chat-away",
            Delivery::Lost => "chat-lost",
        };
        let words = ui.say(words, &[("name", name.as_str().into())]);
        Some(html::p().class("msg-foot").child(words).into_any())
    }
}

fn answer(ui: Ui, meeting: Meeting, aside: &Aside) -> AnyView {
    let (member, name) = (aside.with, aside.name.clone());
    let here = move || meeting.people.with(|people| people.iter().any(|person| person.member == member));
    let words = move || ui.say("chat-answer-to", &[("name", name.as_str().into())]);
    let button = move || {
        let act = move |_| meeting.write_to(ui, member);
        here().then(|| {
            let button = html::button().attr("type", "button").class("btn btn-link msg-answer").aria_label(words.clone());
            button.on(ev::click, act).child(ui.t("chat-answer"))
        })
    };
    button.into_any()
}

fn compose(ui: Ui, meeting: Meeting) -> AnyView {
    let (draft, chosen) = (meeting.chat.draft, meeting.chat.to);
    let too_long = move || draft.with(|text| text.trim().chars().count()) > LONGEST;
    let send = move || {
        let text = draft.get_untracked().trim().to_owned();
        let to = chosen.get_untracked().map(|to| to.member);
        let empty = text.is_empty() && meeting.chat.attached.is_empty();
        if empty || text.chars().count() > LONGEST || !recipient::takes(meeting, to) {
            return;
        }
        meeting.chat.attached.send(meeting, to);
        if text.is_empty() {
            return browser::focus_soon("message");
        }
        meeting.command(match to {
            Some(to) => MeetingCommand::Post(PostCommand::Say { to, text }),
            None => MeetingCommand::Chat(text),
        });
        draft.set(String::new());
        browser::focus_soon("message");
    };
    let field = html::textarea()
        .id("message")
        .aria_label(ui.t("chat-message"))
        .attr("rows", "1")
        .attr("placeholder", move || match chosen.get() {
            Some(to) => ui.say("chat-placeholder-one", &[("name", to.name.into())]),
            None => ui.t("chat-placeholder")(),
        })
        .attr("dir", "auto")
        .prop("value", move || draft.get())
        .directive(move |element| grow(element, draft))
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
    let row = (attached::button(ui, meeting), html::div().class("input").child(field), button);
    let form = html::form()
        .class(move || if chosen.with(Option::is_some) { "compose aside" } else { "compose" })
        .on(ev::paste, move |event| attached::pasted(meeting, &event))
        .on(ev::submit, move |event| {
            event.prevent_default();
            send();
        })
        .child(row);
    let warning = move || too_long().then(|| html::p().class("hint hint-bad").role("alert").child(ui.t("chat-too-long")));
    (recipient::choice(ui, meeting), attached::list(ui, meeting), form, warning).into_any()
}

/// The field is as high as what stands in it, to a point.
fn grow(element: Element, draft: RwSignal<String>) {
    let Ok(field) = element.dyn_into::<HtmlTextAreaElement>() else { return };
    Effect::new(move || {
        draft.track();
        let field = field.clone();
        browser::after(0, move || {
            // Properties of ours and numbers: cannot fail.
            let style = HtmlElement::style(&field);
            let _ = style.set_property("block-size", "auto");
            let height = field.scroll_height().min(TALLEST);
            let _ = style.set_property("block-size", &format!("{height}px"));
        })
        .forget();
    });
}
