//! Starting our own workers where Trusted Types are required.
//!
//! **Invariant:** the policy `incamera` vouches for the one worker script of this client, in its two parts, for the two that a
//! browser keeps (without network, and for a version that a person has chosen), and for nothing else, so no injected string can ever become a script.

use super::bytes;
use js_sys::{Array, Object, Reflect, global};
use serde::Serialize;
use std::cell::OnceCell;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{Blob, MessagePort, Worker};

/// Which worker.
#[derive(Clone, Copy)]
pub(crate) enum Script {
    /// Holds the session.
    Session,
    /// Seals and opens frames.
    Frames,
    /// Shows a page when the network is gone ([`super::offline`]).
    Offline,
    /// Keeps the version of the client that a person has chosen ([`super::kept`]).
    Keeper,
}

impl Script {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Session => "/worker.js?session-worker",
            Self::Frames => "/worker.js?frame-worker",
            Self::Offline => "/sw.js",
            Self::Keeper => "/keeper.js",
        }
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Worker, extends = Object)]
    type TrustedWorker;

    /// `web-sys` takes only a string here.
    #[wasm_bindgen(constructor, js_class = "Worker", catch)]
    fn new(url: &JsValue, options: &Object) -> Result<TrustedWorker, JsValue>;

    #[wasm_bindgen(extends = Object)]
    type PolicyFactory;

    #[wasm_bindgen(method, catch, js_name = createPolicy)]
    fn create_policy(this: &PolicyFactory, name: &str, rules: &Object) -> Result<Policy, JsValue>;

    #[wasm_bindgen(extends = Object)]
    type Policy;

    #[wasm_bindgen(method, catch, js_name = createScriptURL)]
    fn create_script_url(this: &Policy, url: &str) -> Result<JsValue, JsValue>;
}

/// Starts one of our workers, as a module.
///
/// # Errors
/// Whatever the browser says; nothing can be done about it but tell the person.
pub(crate) fn start(script: Script) -> Result<Worker, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"type".into(), &"module".into())?;
    Ok(TrustedWorker::new(&vouched(script)?, &options)?.unchecked_into())
}

/// The port in a message that brings nothing else: the way to another worker.
pub(crate) fn port_in(data: &JsValue) -> Option<MessagePort> {
    data.dyn_ref::<MessagePort>().cloned()
}

/// A message, and the file that came beside it.
pub(crate) fn with_blob(data: JsValue) -> (JsValue, Option<Blob>) {
    match data.dyn_ref::<Array>() {
        Some(both) => (both.get(0), both.get(1).dyn_into().ok()),
        None => (data, None),
    }
}

/// The other way round: both, and what is handed over. A file is not copied: the browser shares it.
pub(crate) fn packed_with(message: &impl Serialize, blob: &Blob) -> (Array, Array) {
    let (data, handed_over) = bytes::packed(message);
    (Array::of2(&data, blob), handed_over)
}

/// The script's address, as a `TrustedScriptURL` where the browser knows them.
pub(super) fn vouched(script: Script) -> Result<JsValue, JsValue> {
    thread_local! {
        static POLICY: OnceCell<Option<Policy>> = const { OnceCell::new() };
    }
    POLICY.with(|policy| match policy.get_or_init(|| make_policy().ok().flatten()) {
        Some(policy) => policy.create_script_url(script.path()),
        None => Ok(script.path().into()),
    })
}

fn make_policy() -> Result<Option<Policy>, JsValue> {
    let factory = Reflect::get(&global(), &"trustedTypes".into())?;
    if factory.is_undefined() {
        return Ok(None);
    }
    let rule = Closure::<dyn Fn(String) -> Result<String, JsValue>>::new(|url: String| {
        let ours = [Script::Session, Script::Frames, Script::Offline, Script::Keeper].iter().any(|script| script.path() == url);
        ours.then_some(url).ok_or_else(|| JsValue::from_str("not a script of this client"))
    });
    let rules = Object::new();
    Reflect::set(&rules, &"createScriptURL".into(), &rule.into_js_value())?;
    factory.unchecked_into::<PolicyFactory>().create_policy("incamera", &rules).map(Some)
}
