//! "Are we among ourselves?": eight words to read aloud, the same bits as digits, and what to do if they differ.
//!
//! Invariant: the code on screen is one that the engine holds; if the group moves on underneath, the dialog says who came or went
//! and starts again.

use crate::model::{MeetingCommand, MemberId, ShownCode};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::{Icon, icon},
    meeting::{Change, Meeting},
    parts::{button, hint, word_list},
};

/// With all, or with one.
pub(super) fn title(ui: Ui, meeting: Meeting, with: Option<MemberId>) -> String {
    match with {
        None => ui.say("code-title", &[]),
        Some(member) => ui.say("code-title-one", &[("name", meeting.name_of(ui, member).into())]),
    }
}

/// What stands in the dialog.
pub(super) fn content(ui: Ui, meeting: Meeting, with: Option<MemberId>) -> AnyView {
    let differ = RwSignal::new(false);
    let body = move || if differ.get() { differing(ui, differ) } else { comparing(ui, meeting, with, differ) };
    html::div().class("stack").child(body).into_any()
}

fn comparing(ui: Ui, meeting: Meeting, with: Option<MemberId>, differ: RwSignal<bool>) -> AnyView {
    let alone = move || meeting.people.with(Vec::len) < 2;
    let asked = RwSignal::new(false);
    let changed = move || {
        meeting
            .code_changed
            .get()
            .map(|change| html::p().class("banner banner-ask").role("alert").child(change_words(ui, change)))
    };
    let code = move || match meeting.code.get() {
        _ if alone() => html::p().class("soft").child(ui.t("code-alone")).into_any(),
        Some(code) => words(ui, code),
        None => html::p().class("soft").role("status").child(ui.t("code-wait")).into_any(),
    };
    let ready = move || !alone() && meeting.code.with(Option::is_some);
    let ask = move || {
        let words = match (asked.get(), with) {
            (true, _) => "code-asked",
            (false, None) => "code-ask",
            (false, Some(_)) => "code-ask-one",
        };
        let act = move || {
            asked.set(true);
            meeting.command(MeetingCommand::StartSafetyCheck(with));
        };
        ready().then(|| match asked.get() {
            true => html::p().class("small soft").role("status").child(ui.t(words)).into_any(),
            false => button("btn btn-link", Some(Icon::People), ui.t(words), act),
        })
    };
    let foot = move || {
        ready().then(|| {
            let no = button("btn btn-wine-line", None, ui.t("code-differ"), move || differ.set(true));
            let yes = button("btn btn-primary", Some(Icon::Check), ui.t("code-match"), move || meeting.words_match(with));
            html::div().class("dialog-foot").child((ask, html::span().class("push"), no, yes))
        })
    };
    (
        html::p().class("soft").child(ui.t(if with.is_none() { "code-body" } else { "code-body-one" })),
        changed,
        code,
        hint("hint", Some(Icon::Info), ui.t("code-hint")),
        foot,
    )
        .into_any()
}

/// The words, and below them the digits.
fn words(ui: Ui, code: ShownCode) -> AnyView {
    let list = word_list(ui, "words", code.words, code.french);
    let digits = html::div()
        .class("code-digits")
        .child((html::span().class("small soft").child(ui.t("code-digits")), html::span().class("digits").child(code.digits)));
    (list, digits).into_any()
}

fn change_words(ui: Ui, change: Change) -> String {
    match change {
        Change::Came(name) => ui.say("code-came", &[("name", name.into())]),
        Change::Went(name) => ui.say("code-went", &[("name", name.into())]),
    }
}

/// The one thing to do.
fn differing(ui: Ui, differ: RwSignal<bool>) -> AnyView {
    let words = html::div().class("grow").child((html::b().child(ui.t("differ-title")), " ", ui.t("differ-body")));
    let told = html::div().class("banner banner-stop").role("alert").child((icon(Icon::Warn), words));
    let back = button("btn btn-quiet", None, ui.t("differ-back"), move || differ.set(false));
    let leave = button("btn btn-wine", Some(Icon::Leave), ui.t("leave"), move || ui.leave());
    (told, html::div().class("dialog-foot").child((back, leave))).into_any()
}
