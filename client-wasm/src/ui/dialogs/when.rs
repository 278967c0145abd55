//! An invitation for later: when and for how long, as a file for the person's calendar.
//!
//! Invariant: what the person chooses is their own local time; the file says it in UTC, and never holds the password.

use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser, calendar,
    icons::{Icon, icon, small_icon},
    parts::hint,
};
use js_sys::Date;
use leptos::ev;

/// What may be chosen, in minutes.
const DURATIONS: [u16; 6] = [15, 30, 45, 60, 90, 120];

/// What the person chose.
#[derive(Clone, Copy)]
struct Choice {
    /// `2026-11-21`.
    day: RwSignal<String>,
    /// `14:30`.
    time: RwSignal<String>,
    minutes: RwSignal<u16>,
    /// `Some(true)` once the file was offered, `Some(false)` when there was no time to put into it.
    done: RwSignal<Option<bool>>,
}

/// Day, hour, duration, and the button that saves the file. `text` is the whole invitation, `link` the link alone.
pub(super) fn form(ui: Ui, link: String, text: impl Fn() -> String + 'static) -> AnyView {
    let (day, time) = next_hour();
    let choice =
        Choice { day: RwSignal::new(day), time: RwSignal::new(time), minutes: RwSignal::new(60), done: RwSignal::new(None) };
    let fields = html::div().class("when-fields").child((
        field(ui, "when-day", "date", choice.day, choice.done),
        field(ui, "when-time", "time", choice.time, choice.done),
        duration(ui, choice),
    ));
    let save = html::button().attr("type", "submit").class("btn btn-line").child((icon(Icon::Save), ui.t("when-save")));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let start = local_seconds(&choice.day.get_untracked(), &choice.time.get_untracked());
        choice.done.set(Some(start.is_some()));
        if let Some(start) = start {
            ui.save(
                "incamera.ics",
                "text/calendar;charset=utf-8",
                &entry(ui, start, choice.minutes.get_untracked(), &link, &text()),
            );
        }
    };
    let told = move || {
        choice.done.get().map(|done| match done {
            true => hint("hint", None, ui.t("when-saved")),
            false => hint("hint hint-bad", Some(Icon::Info), ui.t("when-missing")),
        })
    };
    let told = html::div().role("status").child(told);
    let row = html::div().class("rowbtns").child(save);
    html::form().class("when").attr("novalidate", "").on(ev::submit, submit).child((fields, row, told)).into_any()
}

fn field(ui: Ui, words: &'static str, kind: &'static str, value: RwSignal<String>, done: RwSignal<Option<bool>>) -> AnyView {
    let input =
        html::input().attr("type", kind).attr("id", words).prop("value", move || value.get()).on(ev::input, move |event| {
            value.set(event_target_value(&event));
            done.set(None);
        });
    let label = html::label().class("label").attr("for", words).child(ui.t(words));
    html::div().class("field").child((label, html::div().class("input").child(input))).into_any()
}

fn duration(ui: Ui, choice: Choice) -> AnyView {
    let option = |minutes: u16| {
        html::option()
            .attr("value", minutes.to_string())
            .prop("selected", move || choice.minutes.get() == minutes)
            .child(move || ui.say("when-minutes", &[("minutes", minutes.into())]))
    };
    let select = html::select()
        .id("when-minutes")
        .on(ev::change, move |event| {
            choice.minutes.set(event_target_value(&event).parse().unwrap_or(60));
            choice.done.set(None);
        })
        .child(DURATIONS.map(option).into_iter().collect_view());
    let label = html::label().class("label").attr("for", "when-minutes").child(ui.t("when-long"));
    let frame = html::div().class("input").child((select, small_icon(Icon::Down)));
    html::div().class("field").child((label, frame)).into_any()
}

fn entry(ui: Ui, start: i64, minutes: u16, link: &str, text: &str) -> String {
    let entropy = browser::entropy();
    let mut uid = [0; 16];
    uid.iter_mut().zip(entropy).for_each(|(byte, drawn)| *byte = drawn);
    let made = i64::try_from(browser::now() / 1_000).unwrap_or_default();
    let title = ui.say_now("when-title", &[]);
    calendar::file(&calendar::Event { uid, made, start, minutes, title: &title, text, link })
}

/// Day and time, in the person's own time zone, at which the next full hour begins.
fn next_hour() -> (String, String) {
    let date = Date::new_0();
    date.set_hours(date.get_hours() + 1);
    let day = format!("{:04}-{:02}-{:02}", date.get_full_year(), date.get_month() + 1, date.get_date());
    (day, format!("{:02}:00", date.get_hours()))
}

/// Seconds since 1970 of a local day and time; nothing when one of them is missing. A date with a time and no zone is local
/// (ECMAScript, "Date Time String Format").
#[expect(clippy::cast_possible_truncation, reason = "seconds of four-digit years")]
fn local_seconds(day: &str, time: &str) -> Option<i64> {
    let millis = Date::parse(&format!("{day}T{time}"));
    (!day.is_empty() && !time.is_empty() && millis.is_finite()).then(|| (millis / 1_000.0) as i64)
}
