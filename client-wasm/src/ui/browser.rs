//! Small errands in the browser that are no view: timers, the address bar, focus, the clipboard.
//!
//! Invariant: whatever the browser refuses here is without consequence, or is told to the caller.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, HtmlElement, Window};

/// The window. A page without one runs no interface.
#[expect(clippy::expect_used, reason = "the interface runs in pages only, and pages have a window")]
pub(crate) fn window() -> Window {
    web_sys::window().expect("a page has a window")
}

/// The document.
pub(crate) fn document() -> Document {
    leptos::prelude::document()
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

/// Runs `act` after a pause, unless the returned guard is dropped before.
pub(crate) fn after(millis: u32, act: impl FnOnce() + 'static) -> Timer {
    let closure = Closure::once_into_js(act);
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
    let closure = Closure::<dyn Fn()>::new(act);
    let id = window().set_interval_with_callback_and_timeout_and_arguments_0(closure.as_ref().unchecked_ref(), clamp(millis));
    let kept = StoredValue::new_local(Some(closure));
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
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
    }
}

/// Empties whatever this site keeps in the browser.
pub(crate) fn wipe_storage() {
    let window = window();
    for storage in [window.local_storage(), window.session_storage()].into_iter().flatten().flatten() {
        let _ = storage.clear();
    }
}

/// Origin and path of this page: what a link begins with.
pub(crate) fn origin_and_path() -> String {
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

/// Copies a text; false when the browser does not allow it.
pub(crate) async fn copy(text: String) -> bool {
    let promise = window().navigator().clipboard().write_text(&text);
    JsFuture::from(promise).await.is_ok()
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

/// The element that has the focus.
pub(crate) fn focused() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}
