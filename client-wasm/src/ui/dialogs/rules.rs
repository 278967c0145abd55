//! The rules of the room and its password, for moderators.
//!
//! Invariant: a switch shows what the group has signed, never what was pressed: it moves when all have followed.

use crate::model::{Govern, MeetingCommand, Rule, Typed};
use crate::ui::{
    app::Ui,
    icons::Icon,
    meeting::Meeting,
    parts::{button, switch},
};
use crypto::password::is_common;
use leptos::{ev, html, prelude::*};

/// What stands in the dialog.
pub(super) fn content(ui: Ui, meeting: Meeting) -> AnyView {
    let rule = move |rule: Rule, words: &'static str, hint: Option<&'static str>| {
        let on = Memo::new(move |_| meeting.rules.with(|rules| rules.has(rule)));
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
    Changed,
    Lifted,
}

impl Said {
    fn words(self) -> &'static str {
        match self {
            Self::Empty => "password-bad-empty",
            Self::Common => "password-bad-common",
            Self::Changed => "password-changed",
            Self::Lifted => "password-lifted",
        }
    }

    fn is_fault(self) -> bool {
        matches!(self, Self::Empty | Self::Common)
    }
}

fn password(ui: Ui, meeting: Meeting) -> AnyView {
    let typed = RwSignal::new(String::new());
    let said = RwSignal::new(None::<Said>);
    // Which generation we asked for, to say "done" only when the group has it, and by which password.
    let asked = StoredValue::new(None::<(u32, String)>);
    Effect::new(move || {
        let rules = meeting.rules.get();
        let Some((pw_gen, password)) = asked.get_value().filter(|(pw_gen, _)| rules.pw_gen >= *pw_gen) else { return };
        asked.set_value(None);
        if rules.pw_gen == pw_gen && rules.knows_password {
            said.set(Some(if password.is_empty() { Said::Lifted } else { Said::Changed }));
            ui.password_is(pw_gen, password);
            typed.set(String::new());
        }
    });
    let ask = move |password: String| {
        said.set(None);
        asked.set_value(Some((meeting.rules.get_untracked().pw_gen.saturating_add(1), password.clone())));
        let password = (!password.is_empty()).then(|| Typed::new(password));
        meeting.command(MeetingCommand::Govern(Govern::Password(password)));
    };
    let change = move || match typed.get_untracked() {
        empty if empty.trim().is_empty() => said.set(Some(Said::Empty)),
        common if is_common(&common) => said.set(Some(Said::Common)),
        password => ask(password),
    };
    let now = move || {
        let rules = meeting.rules.get();
        ui.t(match () {
            () if !rules.takes_passwords && !rules.has(Rule::Locked) => "password-now-closed",
            () if !rules.has_password => "password-now-none",
            () if ui.password_gen.get() != rules.pw_gen => "password-unknown",
            () => "password-now-some",
        })()
    };
    let input = html::input()
        .id("new-password")
        .attr("type", "text")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("maxlength", "128")
        .prop("value", move || typed.get())
        .on(ev::input, move |event| typed.set(event_target_value(&event)));
    let bad = move || said.get().is_some_and(Said::is_fault);
    let frame = html::div().class(move || if bad() { "input bad" } else { "input" }).child(input);
    let label = html::label().class("label").attr("for", "new-password").child(ui.t("password-new"));
    let outcome = move || {
        said.get().map(|said| html::p().class(if said.is_fault() { "hint hint-bad" } else { "hint" }).child(ui.t(said.words())))
    };
    let status = html::div().role("status").child(outcome);
    let lift = move || {
        meeting.rules.get().has_password.then(|| button("btn btn-quiet", None, ui.t("password-lift"), move || ask(String::new())))
    };
    let set = button("btn btn-line", Some(Icon::Lock), ui.t("password-set"), change);
    let head = html::h3().child(ui.t("password-section"));
    let field = html::div().class("field").child((label, frame));
    html::div()
        .class("stack")
        .child((head, html::p().class("soft small").child(now), field, status, html::div().class("rowbtns").child((set, lift))))
        .into_any()
}
