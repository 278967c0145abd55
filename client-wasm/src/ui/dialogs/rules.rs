//! The rules of the room and its password, for moderators.
//!
//! Invariant: a switch shows what the group has signed, never what was pressed: it moves when all have followed.

use crate::model::{Govern, MeetingCommand, Rule, Typed};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::{Icon, icon},
    meeting::Meeting,
    parts::{button, switch},
};
use crypto::password::CommonPasswords;
use leptos::ev;

/// What stands in the dialog.
pub(super) fn content(ui: Ui, meeting: Meeting) -> AnyView {
    let rule = move |rule: Rule, words: &'static str, hint: Option<&'static str>| {
        let on = Memo::new(move || meeting.rules.with(|rules| rules.has(rule)));
        let hint = hint.map(|hint| ui.t(hint));
        switch(ui.t(words), hint, on.into(), move |on| meeting.command(MeetingCommand::Govern(Govern::Rule(rule, on))))
    };
    let rules = html::div().class("stack").child((
        rule(Rule::Locked, "lock-title", Some("lock-hint")),
        rule(Rule::WaitingRoom, "rule-waiting", Some("rule-waiting-hint")),
        rule(Rule::ModeratorsSpeak, "rule-speak", Some("rule-speak-hint")),
        rule(Rule::ModeratorsChat, "rule-chat", None),
        rule(Rule::ModeratorsShare, "rule-share", None),
        rule(Rule::SignedFrames, "rule-signed", Some("rule-signed-hint")),
    ));
    html::div().class("stack").child((rules, html::hr(), password(ui, meeting))).into_any()
}

/// What became of the last change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Empty,
    Common,
    Unchecked,
    Changed,
    Lifted,
}

impl Said {
    fn words(self) -> &'static str {
        match self {
            Self::Empty => "password-bad-empty",
            Self::Common => "password-bad-common",
            Self::Unchecked => "password-unchecked",
            Self::Changed => "password-changed",
            Self::Lifted => "password-lifted",
        }
    }

    fn is_fault(self) -> bool {
        matches!(self, Self::Empty | Self::Common | Self::Unchecked)
    }
}

/// What was typed, what was asked for, and what became of it.
#[derive(Clone, Copy)]
struct Wish {
    ui: Ui,
    meeting: Meeting,
    typed: RwSignal<String>,
    said: RwSignal<Option<Said>>,
    /// Which generation we asked for, to say "done" only when the group has it, and by which password.
    asked: StoredValue<Option<(u32, String)>>,
}

impl Wish {
    fn ask(self, password: Option<(String, CommonPasswords)>) {
        self.said.set(None);
        let text = password.as_ref().map(|(text, _)| text.clone()).unwrap_or_default();
        self.asked.set_value(Some((self.meeting.rules.get_untracked().pw_gen.saturating_add(1), text)));
        let password = password.map(|(text, common)| Typed::new(text, common));
        self.meeting.command(MeetingCommand::Govern(Govern::Password(password)));
    }

    fn change(self) {
        match (self.typed.get_untracked(), self.ui.common.set_now()) {
            (empty, _) if empty.trim().is_empty() => self.said.set(Some(Said::Empty)),
            (_, None) => self.said.set(Some(Said::Unchecked)),
            (password, Some(common)) if common.holds(&password) => self.said.set(Some(Said::Common)),
            (password, Some(common)) => self.ask(Some((password, common))),
        }
    }

    /// The group has other rules: ours, perhaps.
    fn follow(self) {
        let rules = self.meeting.rules.get();
        let asked = self.asked.get_value().filter(|(pw_gen, _)| rules.pw_gen >= *pw_gen);
        let Some((pw_gen, password)) = asked else { return };
        self.asked.set_value(None);
        if rules.pw_gen == pw_gen && rules.knows_password {
            self.said.set(Some(if password.is_empty() { Said::Lifted } else { Said::Changed }));
            self.ui.password_is(pw_gen, password);
            self.typed.set(String::new());
        }
    }
}

fn password(ui: Ui, meeting: Meeting) -> AnyView {
    let wish =
        Wish { ui, meeting, typed: RwSignal::new(String::new()), said: RwSignal::new(None), asked: StoredValue::new(None) };
    Effect::new(move || wish.follow());
    let now = move || {
        let rules = meeting.rules.get();
        ui.t(match () {
            () if !rules.takes_passwords && !rules.has(Rule::Locked) => "password-now-closed",
            () if !rules.has_password => "password-now-none",
            () if ui.password_gen.get() != rules.pw_gen => "password-unknown",
            () => "password-now-some",
        })()
    };
    let outcome = move || {
        let class = |said: Said| if said.is_fault() { "hint hint-bad" } else { "hint" };
        wish.said.get().map(|said| html::p().class(class(said)).child(ui.t(said.words())))
    };
    let status = html::div().role("status").child(outcome);
    let lift = move || {
        let lift = move || wish.ask(None);
        meeting.rules.get().has_password.then(|| button("btn btn-quiet", None, ui.t("password-lift"), lift))
    };
    let set = html::button().attr("type", "submit").class("btn btn-line").child((icon(Icon::Lock), ui.t("password-set")));
    let change = ui.common.first(move || wish.change());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        change();
    };
    let head = html::h3().child(ui.t("password-section"));
    let now = html::p().class("soft small").child(now);
    let buttons = html::div().class("rowbtns").child((set, lift));
    html::form()
        .class("stack")
        .attr("novalidate", "")
        .on(ev::submit, submit)
        .child((head, now, field(wish), status, buttons))
        .into_any()
}

fn field(wish: Wish) -> AnyView {
    let input = html::input()
        .id("new-password")
        .attr("type", "text")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("maxlength", "128")
        .prop("value", move || wish.typed.get())
        .on(ev::focus, move |_| wish.ui.common.fetch())
        .on(ev::input, move |event| wish.typed.set(event_target_value(&event)));
    let bad = move || wish.said.get().is_some_and(Said::is_fault);
    let frame = html::div().class(move || if bad() { "input bad" } else { "input" }).child(input);
    let label = html::label().class("label").attr("for", "new-password").child(wish.ui.t("password-new"));
    html::div().class("field").child((label, frame)).into_any()
}
