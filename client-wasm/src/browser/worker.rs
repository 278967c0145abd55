//! Starting our own workers where Trusted Types are required.
//!
//! **Invariant:** the policy `incamera` vouches for the one worker script of this client, in its two parts, and for nothing else, so no injected
//! string can ever become a script.

use js_sys::{Object, Reflect, global};
use std::cell::OnceCell;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{MessagePort, Worker};

/// Which worker.
#[derive(Clone, Copy)]
pub(crate) enum Script {
    /// Holds the session.
    Session,
    /// Seals and opens frames.
    Frames,
}

impl Script {
    fn path(self) -> &'static str {
        match self {
            Self::Session => "/worker.js?session-worker",
            Self::Frames => "/worker.js?frame-worker",
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

/// The script's address, as a `TrustedScriptURL` where the browser knows them.
fn vouched(script: Script) -> Result<JsValue, JsValue> {
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
        let ours = [Script::Session, Script::Frames].iter().any(|script| script.path() == url);
        ours.then_some(url).ok_or_else(|| JsValue::from_str("not a script of this client"))
    });
    let rules = Object::new();
    Reflect::set(&rules, &"createScriptURL".into(), &rule.into_js_value())?;
    factory.unchecked_into::<PolicyFactory>().create_policy("incamera", &rules).map(Some)
}
