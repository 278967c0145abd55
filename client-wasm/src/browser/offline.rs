//! The page without network, and the worker that shows it (`static/sw.js`).
//!
//! **Invariant:** the browser keeps them only for who keeps something of this site anyway: rooms visited, or the page as an app. Whoever
//! burns that is left with neither.

use super::{
    kept, task,
    worker::{Script, vouched},
};
use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ServiceWorkerContainer, ServiceWorkerRegistration, Window};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = js_sys::Object)]
    type TrustingContainer;

    /// `web-sys` takes only a string here.
    #[wasm_bindgen(method, catch)]
    fn register(this: &TrustingContainer, url: &JsValue) -> Result<Promise, JsValue>;
}

/// Whether this is the page as an app of its own, as the device calls it.
pub(crate) fn is_installed() -> bool {
    let matches = |window: Window| Some(window.match_media("(display-mode: standalone)").ok()??.matches());
    web_sys::window().and_then(matches).unwrap_or(false)
}

/// Has the browser keep them, or look whether there are newer ones. Where it cannot (a page that came over an unprotected connection),
/// nothing is kept. Who keeps a version of the client has the page with it, and a worker of its own ([`kept`]).
pub(crate) fn keep() {
    let Some((_, container)) = parts() else { return };
    task::spawn_local(async move {
        if kept::version().await.is_some() {
            return;
        }
        // Where it cannot, nothing is lost but the page without network.
        let _ = registered(container, Script::Offline).await;
    });
}

/// Has this script serve the site's pages in this browser.
///
/// # Errors
/// The browser's.
pub(super) async fn registered(container: ServiceWorkerContainer, script: Script) -> Result<ServiceWorkerRegistration, JsValue> {
    let promise = container.unchecked_into::<TrustingContainer>().register(&vouched(script)?)?;
    Ok(JsFuture::from(promise).await?.unchecked_into())
}

/// Nobody wants the page without network any more: the browser forgets it, unless it is part of a version that is kept.
pub(crate) fn stop() {
    task::spawn_local(async {
        if kept::version().await.is_none() {
            forget();
        }
    });
}

/// Has the browser forget them, with everything else that it keeps of this kind.
pub(crate) fn forget() {
    let Some((window, container)) = parts() else { return };
    task::spawn_local(async move {
        if let Ok(all) = JsFuture::from(container.get_registrations()).await {
            for one in Array::from(&all).iter().filter_map(|one| one.dyn_into::<ServiceWorkerRegistration>().ok()) {
                if let Ok(gone) = one.unregister() {
                    let _ = JsFuture::from(gone).await;
                }
            }
        }
        let Ok(caches) = window.caches() else { return };
        if let Ok(names) = JsFuture::from(caches.keys()).await {
            for name in Array::from(&names).iter().filter_map(|name| name.as_string()) {
                let _ = JsFuture::from(caches.delete(&name)).await;
            }
        }
    });
}

/// The window, and where workers are registered; nothing on a page that came over an unprotected connection.
pub(super) fn parts() -> Option<(Window, ServiceWorkerContainer)> {
    let window = web_sys::window()?;
    let there = Reflect::has(&window.navigator(), &"serviceWorker".into()).unwrap_or(false);
    let container = there.then(|| window.navigator().service_worker())?;
    Some((window, container))
}
