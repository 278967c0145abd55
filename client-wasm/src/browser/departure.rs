//! The person closes the tab, or goes to another page.
//!
//! **Invariant:** this is a courtesy to the others, who learn of it a little sooner; they notice it without, too.

use super::task;
use wasm_bindgen::{JsCast, closure::Closure};

/// Calls back when the page goes away, for as long as it lives.
pub(crate) struct Departure {
    departs: Closure<dyn Fn()>,
}

impl Departure {
    /// From now on.
    pub(crate) fn new(departs: impl Fn() + 'static) -> Self {
        let departs = task::callback(departs);
        if let Some(window) = web_sys::window() {
            let _ = window.add_event_listener_with_callback("pagehide", departs.as_ref().unchecked_ref());
        }
        Self { departs }
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            let _ = window.remove_event_listener_with_callback("pagehide", self.departs.as_ref().unchecked_ref());
        }
    }
}
