//! The browser's clock and its source of randomness, the same in page and workers.
//!
//! **Invariant:** only the shell asks; cores are told.

use super::task;
use js_sys::Function;
use std::cell::Cell;
use wasm_bindgen::{JsCast, closure::Closure, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_namespace = performance, js_name = mark)]
    fn performance_mark(name: &str);

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(call: &Function, milliseconds: f64) -> f64;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: f64);

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn random_values(into: &mut [u8]);
}

/// Milliseconds since this page or worker began; never goes back.
pub(crate) fn now() -> f64 {
    performance_now()
}

/// Leaves a named moment in the browser's own timeline, for measuring from outside.
pub(crate) fn mark(name: &str) {
    performance_mark(name);
}

/// Bytes of the browser's cryptographic randomness.
pub(crate) fn entropy<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    random_values(&mut bytes);
    bytes
}

/// Calls a function once at a moment that can be moved.
pub(crate) struct Timer {
    call: Closure<dyn Fn()>,
    running: Cell<Option<f64>>,
}

impl Timer {
    /// A timer that stands still.
    pub(crate) fn new(call: impl Fn() + 'static) -> Self {
        Self { call: task::callback(call), running: Cell::new(None) }
    }

    /// Calls after this many milliseconds, and not at the moment set before.
    pub(crate) fn set(&self, milliseconds: f64) {
        self.cancel();
        self.running.set(Some(set_timeout(self.call.as_ref().unchecked_ref(), milliseconds.max(0.0))));
    }

    /// Does not call.
    pub(crate) fn cancel(&self) {
        if let Some(id) = self.running.take() {
            clear_timeout(id);
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Comes back after this many milliseconds.
pub(crate) async fn sleep(milliseconds: f64) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, milliseconds);
    });
    // It is never rejected.
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}
