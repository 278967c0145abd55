//! The two live regions of the interface.
//!
//! Invariant: both are in the page before anything is said in them, and there is no third one while a meeting is on screen.

use super::{
    announce::{Happening, MERGE_MILLIS, Spoken, merge},
    app::Ui,
    browser,
};
use crate::ui::view::prelude::*;

/// Their ids.
pub(crate) const REGIONS: [&str; 2] = ["polite", "urgent"];

/// What is said to screen readers.
#[derive(Clone, Copy)]
pub(crate) struct Speech {
    polite: RwSignal<String>,
    urgent: RwSignal<String>,
    waiting: StoredValue<Vec<Happening>>,
}

impl Speech {
    pub(crate) fn new() -> Self {
        Self { polite: RwSignal::new(String::new()), urgent: RwSignal::new(String::new()), waiting: StoredValue::new(Vec::new()) }
    }

    /// Says something when there is a pause; what happens within two seconds becomes one utterance.
    pub(crate) fn politely(self, ui: Ui, happening: Happening, people: usize) {
        let first = self.waiting.with_value(Vec::is_empty);
        self.waiting.update_value(|waiting| waiting.push(happening));
        if first {
            browser::after(MERGE_MILLIS, move || self.speak(ui, people)).forget();
        }
    }

    /// Says something at once. The same sentence twice is said twice.
    pub(crate) fn urgently(self, sentence: String) {
        self.urgent.set(String::new());
        browser::after(50, move || self.urgent.set(sentence)).forget();
    }

    /// Forgets what was said: the last sentence stands in the page until the next.
    pub(crate) fn forget(self) {
        self.waiting.update_value(Vec::clear);
        self.polite.set(String::new());
        self.urgent.set(String::new());
    }

    fn speak(self, ui: Ui, people: usize) {
        let happenings = self.waiting.try_update_value(std::mem::take).unwrap_or_default();
        let sentences: Vec<String> = merge(&happenings, people).into_iter().map(|spoken| sentence(ui, spoken)).collect();
        self.polite.set(sentences.join(" "));
    }

    /// The polite region. It stands at the root.
    pub(crate) fn region(self) -> AnyView {
        html::div()
            .class("sr")
            .id("polite")
            .role("status")
            .attr("aria-live", "polite")
            .child(move || self.polite.get())
            .into_any()
    }

    /// The assertive region of the meeting; the other pages show their errors where they happen, with the same role.
    pub(crate) fn urgent_region(self) -> AnyView {
        html::div().class("sr").id("urgent").role("alert").child(move || self.urgent.get()).into_any()
    }
}

fn sentence(ui: Ui, spoken: Spoken) -> String {
    match spoken {
        Spoken::Arrived(name) => ui.say_now("said-arrived", &[("name", name.into())]),
        Spoken::SeveralArrived(count) => ui.say_now("said-several-arrived", &[("count", count.into())]),
        Spoken::Left(name) => ui.say_now("said-left", &[("name", name.into())]),
        Spoken::SeveralLeft(count) => ui.say_now("said-several-left", &[("count", count.into())]),
        Spoken::Message(name) => ui.say_now("said-message", &[("name", name.into())]),
        Spoken::SeveralMessages(count) => ui.say_now("said-several-messages", &[("count", count.into())]),
        Spoken::Hand(name) => ui.say_now("said-hand", &[("name", name.into())]),
        Spoken::SeveralHands(count) => ui.say_now("said-several-hands", &[("count", count.into())]),
        Spoken::Reacted { name, count, how } => ui.say_now(how, &[("name", name.into()), ("count", count.into())]),
        Spoken::Sentence(text) => text,
    }
}
