//! The countdown at the top, and its end.
//!
//! Invariant: what is left is reckoned from one moment of this device's clock, so that a page that slept shows the right time at once; the end is
//! told once.

use super::super::open::Open;
use super::super::state::Meeting;
use crate::model::{Countdown, MemberId};
use crate::ui::view::prelude::*;
use crate::ui::{
    announce::Happening,
    app::Ui,
    browser,
    icons::{Icon, icon},
};
use leptos::ev;

/// How often is looked how much is left, ms.
const LOOK_MILLIS: u32 = 250;
/// How long the end stays on screen, ms.
const OVER_MILLIS: u32 = 15_000;

/// A countdown that runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Running {
    /// Who started it, or changed it last.
    pub(crate) by: MemberId,
    /// What for; may be empty.
    pub(crate) label: String,
    /// When it ends, in ms since 1970.
    ends: f64,
}

/// The countdown as this page has it.
#[derive(Clone, Copy)]
pub(crate) struct Timer {
    /// The one that runs.
    pub(crate) running: RwSignal<Option<Running>>,
    /// Seconds that are left of it.
    pub(crate) left: RwSignal<u64>,
    /// The label of the one that has just ended.
    over: RwSignal<Option<String>>,
    /// A soft sound at the end; this person's own choice.
    pub(crate) sound: RwSignal<bool>,
}

impl Timer {
    pub(super) fn new() -> Self {
        Self { running: RwSignal::new(None), left: RwSignal::new(0), over: RwSignal::new(None), sound: RwSignal::new(true) }
    }

    pub(super) fn clear(self) {
        self.running.set(None);
        self.over.set(None);
    }

    fn look(self) {
        let now = js_sys::Date::now();
        let left = self.running.with_untracked(|running| running.as_ref().map(|running| (running.ends - now).max(0.0)));
        let seconds = left.map_or(0, |left| (left / 1000.0).ceil() as u64);
        if self.left.get_untracked() != seconds {
            self.left.set(seconds);
        }
    }
}

impl Meeting {
    pub(super) fn timer_is(self, ui: Ui, countdown: Option<Countdown>) {
        let timer = self.together.timer;
        let before = timer.running.get_untracked();
        let new =
            countdown.map(|Countdown { by, label, left, .. }| Running { by, label, ends: js_sys::Date::now() + f64::from(left) });
        let words = match (&before, &new) {
            (None, None) => None,
            (Some(_), None) => Some(ui.say_now("timer-said-stopped", &[])),
            (None, Some(running)) => Some(ui.say_now("timer-said-started", &[("name", self.name_now(ui, running.by).into())])),
            (Some(_), Some(_)) => Some(ui.say_now("timer-said-changed", &[])),
        };
        if let Some(words) = words {
            ui.speech.politely(ui, Happening::Sentence(words), self.count());
        }
        timer.over.set(None);
        timer.running.set(new);
        timer.look();
    }

    /// The time is up.
    fn timer_ends(self, ui: Ui, label: String) {
        let timer = self.together.timer;
        timer.running.set(None);
        timer.over.set(Some(label.clone()));
        browser::after(OVER_MILLIS, move || timer.over.set(None)).forget();
        ui.speech.politely(ui, Happening::Sentence(over_words(ui, &label)), self.count());
        if timer.sound.get_untracked() {
            browser::chime();
        }
    }
}

fn over_words(ui: Ui, label: &str) -> String {
    match label {
        "" => ui.say_now("timer-over", &[]),
        label => ui.say_now("timer-over-of", &[("label", label.into())]),
    }
}

/// Minutes and seconds, and hours when there are any.
pub(crate) fn clock(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// Watches the countdown for as long as the meeting is on screen.
pub(in super::super) fn watch(ui: Ui, meeting: Meeting) {
    let timer = meeting.together.timer;
    browser::every(LOOK_MILLIS, move || {
        timer.look();
        let ended = timer.running.with_untracked(|running| {
            running.as_ref().filter(|running| js_sys::Date::now() >= running.ends).map(|running| running.label.clone())
        });
        if let Some(label) = ended {
            meeting.timer_ends(ui, label);
        }
    });
}

/// What stands at the top while it runs, and for a while after.
pub(in super::super) fn chip(ui: Ui, meeting: Meeting) -> AnyView {
    let timer = meeting.together.timer;
    let open = move || meeting.open_dialog(Open::Timer);
    let running = move || {
        let Running { label, .. } = timer.running.get()?;
        let name = html::span().class("sr").child(ui.t("timer"));
        let time = html::b().class("num").child(move || clock(timer.left.get()));
        let label = (!label.is_empty()).then(|| html::span().class("chip-label no-phone").child(label));
        let button = html::button().attr("type", "button").class("chip").on(ev::click, move |_| open());
        Some(button.child((icon(Icon::Clock), name, time, label)).into_any())
    };
    let over = move || {
        let label = timer.over.get()?;
        Some(html::p().class("chip chip-over").child((icon(Icon::Clock), html::b().child(over_words(ui, &label)))))
    };
    (running, over).into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_grows_by_hours_only_when_there_are_any() {
        assert_eq!([clock(0), clock(65), clock(3_599), clock(3_600)], ["0:00", "1:05", "59:59", "1:00:00"]);
    }
}
