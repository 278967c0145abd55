//! Speech as text, by the browser's own recogniser on this device (Web Speech API, on-device recognition; decision 0044).
//!
//! **Invariant:** neither sound nor text leaves the device: a recogniser that may ask a service elsewhere is never started.

use super::devices::set;
use crate::browser::task;
use js_sys::{Array, Function, Object, Promise, Reflect, global};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::MediaStreamTrack;

/// Says that recognition stays on the device.
const LOCALLY: &str = "processLocally";

/// Errors after which starting again is of no use.
const FINAL: [&str; 4] = ["not-allowed", "service-not-allowed", "language-not-supported", "audio-capture"];

/// Whether speech in this language (BCP 47) can be recognised on this device, perhaps once the browser has fetched what it needs for it.
pub async fn can_recognise(language: &str) -> bool {
    ["available", "downloadable", "downloading"].contains(&availability(language).await.unwrap_or_default().as_str())
}

/// Has the browser fetch what it needs for this language, if it lacks that. False when it will not.
pub async fn prepare(language: &str) -> bool {
    if availability(language).await.as_deref() == Some("available") {
        return true;
    }
    ask("install", language).await.and_then(|done| done.as_bool()).unwrap_or_default()
}

async fn availability(language: &str) -> Option<String> {
    ask("available", language).await?.as_string()
}

/// Asks the recogniser's class about recognition on the device.
async fn ask(what: &str, language: &str) -> Option<JsValue> {
    let class = class()?;
    let method: Function = Reflect::get(&class, &what.into()).ok()?.dyn_into().ok()?;
    let about = Object::new();
    set(&about, "langs", &Array::of1(&language.into()));
    set(&about, LOCALLY, &true.into());
    let promise: Promise = method.call1(&class, &about).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}

/// The recogniser's class, where it knows recognition on the device. One that does not would send sound away.
fn class() -> Option<Function> {
    let named = |name: &str| Reflect::get(&global(), &name.into()).ok()?.dyn_into::<Function>().ok();
    let class = named("SpeechRecognition").or_else(|| named("webkitSpeechRecognition"))?;
    let prototype = Reflect::get(&class, &"prototype".into()).ok()?;
    Reflect::has(prototype.dyn_ref::<Object>()?, &LOCALLY.into()).ok()?.then_some(class)
}

/// Listens to one voice. Dropping it ends it.
pub struct Recogniser {
    recogniser: Object,
    _told: [Closure<dyn Fn(JsValue)>; 3],
}

impl Recogniser {
    /// Calls `said` with what was understood, true when that will not change any more; `ended` when it stops by itself, true when there is
    /// no use in beginning again. `None` where the browser does not begin.
    pub fn new(
        voice: &MediaStreamTrack,
        language: &str,
        said: impl Fn(String, bool) + 'static,
        ended: impl Fn(bool) + Clone + 'static,
    ) -> Option<Self> {
        let recogniser: Object = Reflect::construct(&class()?, &Array::new()).ok()?.unchecked_into();
        set(&recogniser, "lang", &language.into());
        for property in [LOCALLY, "continuous", "interimResults"] {
            set(&recogniser, property, &true.into());
        }
        let is_local = Reflect::get(&recogniser, &LOCALLY.into()).ok()?.as_bool()?;
        let failed = ended.clone();
        let told: [Closure<dyn Fn(JsValue)>; 3] = [
            task::callback_told(move |event| {
                if let Some((text, is_final)) = understood(&event) {
                    said(text, is_final);
                }
            }),
            task::callback_told(move |_| ended(false)),
            task::callback_told(move |event| {
                let error = Reflect::get(&event, &"error".into()).ok().and_then(|error| error.as_string());
                if FINAL.contains(&error.unwrap_or_default().as_str()) {
                    failed(true);
                }
            }),
        ];
        for (name, told) in HANDLERS.into_iter().zip(&told) {
            set(&recogniser, name, told.as_ref());
        }
        let made = Self { recogniser, _told: told };
        is_local.then_some(())?;
        made.call("start", &Array::of1(voice)).map(|_| made)
    }

    fn call(&self, method: &str, given: &Array) -> Option<JsValue> {
        let method: Function = Reflect::get(&self.recogniser, &method.into()).ok()?.dyn_into().ok()?;
        method.apply(&self.recogniser, given).ok()
    }
}

/// What a recogniser calls: with a result, at its end, with an error.
const HANDLERS: [&str; 3] = ["onresult", "onend", "onerror"];

impl Drop for Recogniser {
    fn drop(&mut self) {
        HANDLERS.into_iter().for_each(|name| set(&self.recogniser, name, &JsValue::NULL));
        self.call("abort", &Array::new());
    }
}

/// What is new in a result: the likeliest text, and whether that is the last word.
fn understood(event: &JsValue) -> Option<(String, bool)> {
    let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let results = get(event, "results")?;
    let first = get(event, "resultIndex")?.as_f64()? as u32;
    let count = get(&results, "length")?.as_f64()? as u32;
    let (mut text, mut is_final) = (String::new(), false);
    for at in first..count {
        let result = Reflect::get_u32(&results, at).ok()?;
        text += &get(&Reflect::get_u32(&result, 0).ok()?, "transcript")?.as_string()?;
        is_final = get(&result, "isFinal")?.as_bool()?;
    }
    Some((text, is_final))
}
