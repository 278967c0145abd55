//! Work that goes on by itself, and calls that the browser makes.
//!
//! **Invariant:** closures and futures are put into boxes before `wasm-bindgen` sees them, which compiles its part anew for each of them
//! (audits/decisions/0046).

use std::{future::Future, pin::Pin};
use wasm_bindgen::{JsValue, closure::Closure};

/// Does `work` bit by bit, from the next turn on.
pub(crate) fn spawn_local(work: impl Future<Output = ()> + 'static) {
    let work: Pin<Box<dyn Future<Output = ()>>> = Box::pin(work);
    wasm_bindgen_futures::spawn_local(work);
}

/// A function for the browser, as long as it is kept.
pub(crate) fn callback(call: impl Fn() + 'static) -> Closure<dyn Fn()> {
    let call: Box<dyn Fn()> = Box::new(call);
    Closure::new(call)
}

/// The same for one that is told something.
pub(crate) fn callback_told(call: impl Fn(JsValue) + 'static) -> Closure<dyn Fn(JsValue)> {
    let call: Box<dyn Fn(JsValue)> = Box::new(call);
    Closure::new(call)
}

/// A function that the browser calls once. It frees itself then.
pub(crate) fn once(call: impl FnOnce() + 'static) -> JsValue {
    let call: Box<dyn FnOnce()> = Box::new(call);
    Closure::once_into_js(call)
}
