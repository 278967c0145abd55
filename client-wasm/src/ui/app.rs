//! The root: what every page shares, and which page is shown.
//!
//! Invariant: the polite live region is in the page from the start and never leaves it.

use super::{
    Call, Engine, Page, browser, door,
    i18n::{self, Tongue, Values},
    portal::Draft,
    speak::Speech,
};
use crate::model::{End, JoinRequest};
use leptos::{html, prelude::*};
use std::rc::Rc;
use wasm_bindgen::JsCast;

/// What every view needs; a bundle of handles, copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Ui {
    /// The language of the interface.
    pub(crate) tongue: RwSignal<Tongue>,
    /// The page on screen.
    pub(crate) page: RwSignal<Page>,
    /// What the person entered at the portal; it outlives a refused try.
    pub(crate) draft: Draft,
    /// What screen readers are told.
    pub(crate) speech: Speech,
    engine: StoredValue<Rc<dyn Engine>, LocalStorage>,
}

impl Ui {
    fn new(engine: Rc<dyn Engine>) -> Self {
        let languages = browser::languages();
        let tongue = Tongue::choose(&browser::query(), languages.iter().map(String::as_str));
        let page = engine.unsupported().map_or(Page::Portal, Page::TooOld);
        let draft = Draft::new(tongue.word_list(), &browser::fragment());
        Self {
            tongue: RwSignal::new(tongue),
            page: RwSignal::new(page),
            draft,
            speech: Speech::new(),
            engine: StoredValue::new_local(engine),
        }
    }

    /// A message that follows the language.
    pub(crate) fn t(self, id: &'static str) -> impl Fn() -> String + Send + Sync + Copy + 'static {
        move || i18n::text(self.tongue.get(), id, &[])
    }

    /// A message as it is now.
    pub(crate) fn say(self, id: &str, values: Values<'_>) -> String {
        i18n::text(self.tongue.get(), id, values)
    }

    /// Runs something with the engine.
    pub(crate) fn with_engine<T>(self, act: impl FnOnce(&dyn Engine) -> T) -> T {
        self.engine.with_value(|engine| act(engine.as_ref()))
    }
}

/// The whole interface.
pub(crate) fn app(engine: Rc<dyn Engine>) -> impl IntoView {
    let ui = Ui::new(engine);
    provide_context(ui);
    follow_language(ui);
    let page = move || match ui.page.get() {
        Page::Portal => super::portal::portal(ui),
        Page::Door => ().into_any(),
        Page::TooOld(_) | Page::Meeting | Page::After(_) => ().into_any(),
    };
    (page, ui.speech.region())
}
