//! The countdown: started, made longer, stopped.
//!
//! Invariant: what everybody sees is the room's; the sound at the end is this person's alone.

use crate::model::{Act, LABEL_CHARACTERS, MeetingCommand, Rule, TimerAct};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::Icon,
    meeting::{Meeting, clock},
    parts::{button, hint, switch},
};
use leptos::ev;

/// Minutes that are offered.
const MINUTES: [u32; 5] = [1, 3, 5, 10, 15];
/// Most minutes that can be typed: ten hours.
const MOST: u32 = 600;
const MINUTE: u32 = 60_000;

/// What stands in the dialog.
pub(super) fn content(ui: Ui, meeting: Meeting) -> AnyView {
    let timer = meeting.together.timer;
    let runs = Memo::new(move || timer.running.with(Option::is_some));
    let inner = move || match runs.get() {
        true => running(ui, meeting),
        false if meeting.may(Rule::ModeratorsChat) => start(ui, meeting),
        false => hint("hint", Some(Icon::Info), ui.t("timer-moderators")),
    };
    let sound = switch(ui.t("timer-sound"), Some(ui.t("timer-sound-hint")), timer.sound.into(), move |on| timer.sound.set(on));
    html::div().class("stack").child((inner, html::hr(), sound)).into_any()
}

fn act(meeting: Meeting, act: TimerAct) {
    meeting.command(MeetingCommand::Together(Act::Timer(act)));
}

fn running(ui: Ui, meeting: Meeting) -> AnyView {
    let timer = meeting.together.timer;
    let label = move || timer.running.with(|running| running.as_ref().map(|running| running.label.clone()));
    let time = html::p().class("timer-time num").child(move || clock(timer.left.get()));
    let mine = move || timer.running.with(|running| running.as_ref().is_some_and(|running| meeting.is_me(running.by)));
    let buttons = move || {
        (mine() || meeting.moderates()).then(|| {
            let more = button("btn btn-line", None, ui.t("timer-more"), move || act(meeting, TimerAct::Extend(MINUTE)));
            let stop = button("btn btn-line", None, ui.t("timer-stop"), move || act(meeting, TimerAct::Stop));
            html::div().class("rowbtns").child((more, stop))
        })
    };
    html::div().class("stack").child((html::p().attr("dir", "auto").child(label), time, buttons)).into_any()
}

fn start(ui: Ui, meeting: Meeting) -> AnyView {
    let (minutes, label) = (RwSignal::new(5_u32.to_string()), RwSignal::new(String::new()));
    let asked =
        Memo::new(move || minutes.with(|typed| typed.trim().parse::<u32>().ok()).filter(|minutes| (1..=MOST).contains(minutes)));
    let preset = |number: u32| {
        html::button()
            .attr("type", "button")
            .attr("aria-pressed", move || if asked.get() == Some(number) { "true" } else { "false" })
            .on(ev::click, move |_| minutes.set(number.to_string()))
            .child(number.to_string())
    };
    let presets = html::div()
        .class("seg")
        .role("group")
        .aria_label(ui.t("timer-minutes"))
        .child(MINUTES.map(preset).into_iter().collect_view());
    let number = html::input()
        .id("timer-minutes")
        .attr("type", "text")
        .attr("inputmode", "numeric")
        .attr("maxlength", "3")
        .attr("autocomplete", "off")
        .prop("value", move || minutes.get())
        .on(ev::input, move |event| minutes.set(event_target_value(&event)));
    let number = field("timer-minutes", ui.t("timer-minutes"), (html::div().class("input").child(number), presets).into_any());
    let words = html::input()
        .id("timer-label")
        .attr("type", "text")
        .attr("dir", "auto")
        .attr("maxlength", LABEL_CHARACTERS.to_string())
        .attr("autocomplete", "off")
        .prop("value", move || label.get())
        .on(ev::input, move |event| label.set(event_target_value(&event)));
    let words = field("timer-label", ui.t("timer-label"), html::div().class("input").child(words).into_any());
    let send = move || {
        let Some(minutes) = asked.get_untracked() else { return };
        act(meeting, TimerAct::Start { label: label.get_untracked(), millis: minutes.saturating_mul(MINUTE) });
        meeting.close_dialog();
    };
    let go = html::button()
        .attr("type", "submit")
        .class("btn btn-primary")
        .prop("disabled", move || asked.get().is_none())
        .child(ui.t("timer-start"));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        send();
    };
    html::form().class("stack").on(ev::submit, submit).child((number, words, html::div().class("rowbtns").child(go))).into_any()
}

fn field(id: &'static str, words: impl crate::ui::parts::Words, control: AnyView) -> AnyView {
    let label = html::label().class("label").attr("for", id).child(words);
    html::div().class("field").child((label, control)).into_any()
}
