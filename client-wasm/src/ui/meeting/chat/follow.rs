//! Where the log stands: at its newest line, or at an older one that somebody reads.
//!
//! Invariant: what comes in moves the log only if its end was on screen, or the person has written it.

use super::Chat;
use crate::browser::task;
use crate::ui::view::prelude::*;
use js_sys::Reflect;
use wasm_bindgen::JsCast;
use web_sys::{Element, ResizeObserver};

/// So near the end counts as the end, in CSS pixels: about a line.
const NEAR: f64 = 24.0;

/// The log on screen.
#[derive(Clone, Copy)]
pub(super) struct Follow {
    log: StoredValue<Option<Element>>,
    /// The newest line is on screen.
    pub(super) at_end: RwSignal<bool>,
    /// How many lines there were when it was last.
    pub(super) seen: RwSignal<usize>,
}

impl Follow {
    pub(super) fn new(chat: Chat) -> Self {
        let count = chat.lines.with_untracked(Vec::len);
        Self { log: StoredValue::new(None), at_end: RwSignal::new(true), seen: RwSignal::new(count) }
    }

    /// Takes charge of the log: it opens at what is new, else at its end.
    pub(super) fn begin(self, log: Element, chat: Chat) {
        self.log.set_value(Some(log.clone()));
        self.watch(&log);
        // Once it has its size.
        crate::ui::browser::after(0, move || {
            let fits = |mark: &Element| mark.get_bounding_client_rect().top() - log.get_bounding_client_rect().top();
            let mark = log.query_selector(".day.new").ok().flatten();
            match mark.map(|mark| fits(&mark)) {
                Some(top) => scroll(&log, scrolled_by(&log) + top),
                None => scroll(&log, log.scroll_height().into()),
            }
            self.scrolled(chat);
        })
        .forget();
        let mut before = None;
        Effect::new(move || {
            let (count, mine) = chat.lines.with(|lines| (lines.len(), lines.last().is_some_and(|line| line.mine)));
            if before.replace(count).is_some_and(|before| before < count) && mine {
                self.at_end.set(true);
            }
            self.keep(chat);
        });
    }

    /// The person has scrolled.
    pub(super) fn scrolled(self, chat: Chat) {
        let Some(log) = self.log.get_value() else { return };
        let at_end = f64::from(log.scroll_height() - log.client_height()) - scrolled_by(&log) <= NEAR;
        if at_end {
            self.seen.set(chat.lines.with_untracked(Vec::len));
        }
        self.at_end.set(at_end);
    }

    /// To the newest line.
    pub(super) fn to_end(self, chat: Chat) {
        self.at_end.set(true);
        self.keep(chat);
    }

    /// Stays at the end, if it was there.
    fn keep(self, chat: Chat) {
        if self.at_end.get_untracked() {
            self.seen.set(chat.lines.with_untracked(Vec::len));
            crate::ui::browser::after(0, move || self.jump()).forget();
        }
    }

    fn jump(self) {
        if let Some(log) = self.log.try_get_value().flatten() {
            scroll(&log, log.scroll_height().into());
        }
    }

    /// Pictures that appear, a keyboard that opens: the end stays the end.
    fn watch(self, log: &Element) {
        let resized = task::callback(move || {
            if self.at_end.try_get_untracked() == Some(true) {
                self.jump();
            }
        });
        let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) else { return };
        observer.observe(log);
        if let Some(list) = log.first_element_child() {
            observer.observe(&list);
        }
        let kept = StoredValue::new(Some((observer, resized)));
        on_cleanup(move || {
            kept.try_update_value(|kept| {
                if let Some((observer, _)) = kept.take() {
                    observer.disconnect();
                }
            });
        });
    }
}

/// `scrollTop` by hand: `web-sys` has it in whole pixels or in parts of them, depending on how it is built.
fn scrolled_by(log: &Element) -> f64 {
    Reflect::get(log, &"scrollTop".into()).ok().and_then(|top| top.as_f64()).unwrap_or_default()
}

fn scroll(log: &Element, top: f64) {
    let _ = Reflect::set(log, &"scrollTop".into(), &top.into());
}
