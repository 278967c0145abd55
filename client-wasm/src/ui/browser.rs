//! Small errands in the browser that are no view: timers, the address bar, focus, the clipboard.
//!
//! Invariant: whatever the browser refuses here is without consequence, or is told to the caller.

use crate::{
    browser::{site, task},
    ui::view::prelude::*,
};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Blob, BlobPropertyBag, Document, HtmlAnchorElement, HtmlElement, RequestInit, Response, ShareData, Url, Window,
};

/// The window. A page without one runs no interface.
#[expect(clippy::expect_used, reason = "the interface runs in pages only, and pages have a window")]
pub(crate) fn window() -> Window {
    web_sys::window().expect("a page has a window")
}

/// The document.
pub(crate) fn document() -> Document {
    leptos::prelude::document()
}

/// True on a device that has a touch screen and neither mouse nor touch pad: nobody there is told of keys.
pub(crate) fn is_touch_only() -> bool {
    let matches = |query| Some(window().match_media(query).ok()??.matches());
    matches("(hover: none) and (pointer: coarse)").unwrap_or(false)
}

/// 32 bytes from the browser's generator.
pub(crate) fn entropy() -> [u8; 32] {
    let mut bytes = [0; 32];
    if let Ok(crypto) = window().crypto() {
        // Fails only above 65,536 bytes.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

/// Whether the page is read from right to left.
pub(super) fn reads_leftwards() -> bool {
    document().document_element().and_then(|root| root.get_attribute("dir")).as_deref() == Some("rtl")
}

/// Runs `act` after a pause, unless the returned guard is dropped before.
pub(crate) fn after(millis: u32, act: impl FnOnce() + 'static) -> Timer {
    let closure = task::once(act);
    let id = window().set_timeout_with_callback_and_timeout_and_arguments_0(closure.unchecked_ref(), clamp(millis));
    Timer { id: id.ok() }
}

/// A pause that can be cut short by dropping it.
pub(crate) struct Timer {
    id: Option<i32>,
}

impl Timer {
    /// Lets it run to its end whatever happens to the guard.
    pub(crate) fn forget(mut self) {
        self.id = None;
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            window().clear_timeout_with_handle(id);
        }
    }
}

/// Runs `act` again and again until the owner of the caller is gone.
pub(crate) fn every(millis: u32, act: impl Fn() + 'static) {
    let closure = task::callback(act);
    let id = window().set_interval_with_callback_and_timeout_and_arguments_0(closure.as_ref().unchecked_ref(), clamp(millis));
    let kept = StoredValue::new(Some(closure));
    on_cleanup(move || {
        if let Ok(id) = id {
            window().clear_interval_with_handle(id);
        }
        kept.set_value(None);
    });
}

fn clamp(millis: u32) -> i32 {
    i32::try_from(millis).unwrap_or(i32::MAX)
}

/// The part behind `#`, with it; empty when there is none.
pub(crate) fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// Writes the part behind `#` without a new entry in the history.
pub(crate) fn set_fragment(fragment: &str) {
    let location = window().location();
    let address = format!("{}{}{fragment}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// What is stored under a name; nothing also where the browser stores nothing.
pub(crate) fn stored(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Stores a text under a name, or takes away what is there.
pub(crate) fn store(key: &str, text: Option<&str>) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = match text {
            Some(text) => storage.set_item(key, text),
            None => storage.remove_item(key),
        };
    }
}

/// The time, in milliseconds since 1970.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds fit for 285,000 years")]
pub(crate) fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// A moment as people of a language write it: day and time, neither long.
pub(crate) fn told_time(millis: u64, tag: &str) -> String {
    let options = js_sys::Object::new();
    for (part, style) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        // A fresh object takes properties.
        let _ = js_sys::Reflect::set(&options, &part.into(), &style.into());
    }
    #[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
    let date = js_sys::Date::new(&(millis as f64).into());
    String::from(date.to_locale_string(tag, &options))
}

/// Empties whatever this site keeps in the browser.
pub(crate) fn wipe_storage() {
    let window = window();
    for storage in [window.local_storage(), window.session_storage()].into_iter().flatten().flatten() {
        let _ = storage.clear();
    }
}

/// What a link begins with: origin and path of the host's page, which is this one unless it came from elsewhere.
pub(crate) fn origin_and_path() -> String {
    if let Some(origin) = site::host_elsewhere() {
        return format!("{origin}/");
    }
    let location = window().location();
    format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default())
}

/// The part behind `?`.
pub(crate) fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// The languages of the browser, the most wanted first.
pub(crate) fn languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// A text file of this site; nothing when it cannot be had.
pub(crate) async fn fetch_text(path: &str) -> Option<String> {
    String::from_utf8(fetch_bytes(path).await?).ok()
}

#[wasm_bindgen]
extern "C" {
    /// `web-sys` expects that every browser has it. One that is too old for a meeting is told so by a page that fetches something.
    #[wasm_bindgen(js_namespace = AbortSignal, catch)]
    fn timeout(milliseconds: u32) -> Result<AbortSignal, JsValue>;
}

/// After so many milliseconds nobody waits for an answer any more: a network that swallows everything is none.
const PATIENCE: u32 = 30_000;

/// What this site answers there; nothing when it cannot be had in time.
pub(crate) async fn fetch_bytes(path: &str) -> Option<Vec<u8>> {
    answered(path, &RequestInit::new()).await
}

/// Sends bytes to this site, and what it answers.
pub(crate) async fn post(path: &str, body: &[u8]) -> Option<Vec<u8>> {
    let how = RequestInit::new();
    how.set_method("POST");
    how.set_body(&Uint8Array::from(body));
    answered(path, &how).await
}

async fn answered(path: &str, how: &RequestInit) -> Option<Vec<u8>> {
    how.set_signal(timeout(PATIENCE).ok().as_ref());
    let answer = JsFuture::from(window().fetch_with_str_and_init(path, how)).await.ok()?.dyn_into::<Response>().ok()?;
    if !answer.ok() {
        return None;
    }
    let bytes = JsFuture::from(answer.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&bytes).to_vec())
}

/// Copies a text; false when the browser does not allow it.
pub(crate) async fn copy(text: String) -> bool {
    let promise = window().navigator().clipboard().write_text(&text);
    JsFuture::from(promise).await.is_ok()
}

/// Offers a text to be saved as a file, as the browser does it.
pub(crate) fn save(name: &str, kind: &str, text: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    if let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) {
        save_blob(name, &blob);
    }
}

/// The same for what the browser holds already.
pub(crate) fn save_blob(name: &str, blob: &Blob) {
    let Ok(address) = Url::create_object_url_with_blob(blob) else { return };
    if let Some(anchor) = document().create_element("a").ok().and_then(|anchor| anchor.dyn_into::<HtmlAnchorElement>().ok()) {
        anchor.set_href(&address);
        anchor.set_download(name);
        anchor.click();
    }
    // Some browsers begin to read it only after this turn.
    after(60_000, move || {
        let _ = Url::revoke_object_url(&address);
    })
    .forget();
}

/// Whether the device has a sheet to share things with other apps.
pub(crate) fn can_share() -> bool {
    js_sys::Reflect::has(&window().navigator(), &"share".into()).unwrap_or(false)
}

/// Opens that sheet. What the person does with it, or that they close it, is not told.
pub(crate) fn share(text: &str) {
    let data = ShareData::new();
    data.set_text(text);
    let shared = JsFuture::from(window().navigator().share_with_data(&data));
    leptos::task::spawn_local(async move {
        let _ = shared.await;
    });
}

/// What is in a file; `None` when it cannot be read.
pub(crate) async fn bytes_of(blob: &Blob) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(blob.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// Focuses the element with this id once it is in the page.
pub(crate) fn focus_soon(id: &'static str) {
    after(0, move || {
        if let Some(element) = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    })
    .forget();
}

/// Two soft tones, where the browser lets a page sound.
pub(crate) fn chime() {
    let _ = sound();
}

fn sound() -> Result<(), JsValue> {
    let context = web_sys::AudioContext::new()?;
    let now = context.current_time();
    for (at, tone) in [(0.0, 659.3), (0.35, 523.3)] {
        let (voice, volume) = (context.create_oscillator()?, context.create_gain()?);
        voice.frequency().set_value(tone);
        let level = volume.gain();
        level.set_value_at_time(0.0001, now + at)?;
        level.exponential_ramp_to_value_at_time(0.2, now + at + 0.03)?;
        level.exponential_ramp_to_value_at_time(0.0001, now + at + 0.9)?;
        voice.connect_with_audio_node(&volume)?.connect_with_audio_node(&context.destination())?;
        voice.start_with_when(now + at)?;
        voice.stop_with_when(now + at + 1.0)?;
    }
    // A context that stays open keeps the sound card awake.
    after(2_000, move || drop(context.close())).forget();
    Ok(())
}

/// The element that has the focus.
pub(crate) fn focused() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}
