//! The version of the client that a person has this browser keep (`static/keeper.js`).
//!
//! **Invariant:** the browser keeps one only for who has asked for it, and the words that are told here were computed by the worker, of the
//! files that it keeps, and by nobody else.

use super::{offline, task, worker::Script};
use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Cache, MessageChannel, MessageEvent, MessagePort, Response, ServiceWorker, ServiceWorkerRegistration, ServiceWorkerState,
};

/// Where the worker writes down what it keeps.
const CACHE: &str = "kept";
const RECORD: &str = "/kept-version";
/// So begin the names of the caches with files.
const FILES: &str = "client-";

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    /// Twelve words (`incamera fingerprint`).
    pub(crate) words: String,
    /// Since when, in milliseconds since 1970.
    pub(crate) since: u64,
    /// The words of another version that the site serves now.
    pub(crate) offered: Option<String>,
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = js_sys::Object)]
    type Keeper;

    #[wasm_bindgen(method, catch, js_name = postMessage)]
    fn post(this: &Keeper, task: &str, ports: &Array) -> Result<(), JsValue>;
}

/// Whether this browser could keep one.
pub(crate) fn is_possible() -> bool {
    offline::parts().is_some()
}

/// What is kept now.
pub(crate) async fn version() -> Option<Version> {
    let caches = web_sys::window()?.caches().ok()?;
    // Opening one would make it.
    JsFuture::from(caches.has(CACHE)).await.ok()?.as_bool().filter(|there| *there)?;
    let cache: Cache = JsFuture::from(caches.open(CACHE)).await.ok()?.unchecked_into();
    let answer: Response = JsFuture::from(cache.match_with_str(RECORD)).await.ok()?.dyn_into().ok()?;
    let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
    read(&JSON::parse(&text).ok()?)
}

fn read(told: &JsValue) -> Option<Version> {
    let words = |of: &JsValue| Reflect::get(of, &"words".into()).ok()?.as_string();
    let since = Reflect::get(told, &"since".into()).ok()?.as_f64()?;
    let offered = Reflect::get(told, &"offered".into()).ok().filter(JsValue::is_object).and_then(|offered| words(&offered));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since 1970")]
    Some(Version { words: words(told)?, since: since.max(0.0) as u64, offered })
}

/// Has the browser keep the version that the site serves now, and gives what it is. `None` when the browser cannot, or the network is gone.
pub(crate) async fn keep() -> Option<Version> {
    let (_, container) = offline::parts()?;
    let registered = offline::registered(container, Script::Keeper).await.ok()?;
    // It is told before it is in charge: only what it keeps gives it something to do.
    let keeper = registered.installing().or_else(|| registered.waiting()).or_else(|| registered.active())?;
    let answer = asked(keeper.unchecked_ref(), "keep").await?;
    if !Reflect::get(&answer, &"done".into()).ok()?.is_truthy() {
        return None;
    }
    in_charge(&keeper).await;
    read(&answer)
}

/// Waits until the worker has taken over: what the person is told holds for the next page.
async fn in_charge(keeper: &ServiceWorker) {
    let (own, changing) = (keeper.clone(), keeper.clone());
    let over = |state| matches!(state, ServiceWorkerState::Activated | ServiceWorkerState::Redundant);
    let taken = Promise::new(&mut |done, _| {
        if over(own.state()) {
            let _ = done.call0(&JsValue::NULL);
            return;
        }
        let now = own.clone();
        let look = task::callback(move || {
            if over(now.state()) {
                let _ = done.call0(&JsValue::NULL);
            }
        });
        changing.set_onstatechange(Some(look.into_js_value().unchecked_ref()));
    });
    let _ = JsFuture::from(taken).await;
    keeper.set_onstatechange(None);
}

/// Before the page is loaded again because the host speaks another version: whoever has chosen to go on with the one that is kept is asked once
/// more.
pub(crate) async fn ask_again() {
    let keeper = offline::parts().and_then(|(_, container)| container.controller());
    if let Some(keeper) = keeper.filter(|keeper| keeper.script_url().ends_with(Script::Keeper.path())) {
        let _ = asked(keeper.unchecked_ref(), "ask again").await;
    }
}

/// From when on a page watches what keeps it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// Since it was opened, if it came from what is kept and the person was told of no other version then.
    Opened,
    /// Since it has just had itself kept.
    Kept,
}

/// Waits until another worker takes the place of the one that keeps this page: true when the site has sent it, false when nothing is kept or the
/// person has let it go. `boot.js` watches, from before this module is here.
pub(crate) async fn is_replaced(since: Since) -> bool {
    let watch =
        Reflect::get(&js_sys::global(), &"incameraReplaced".into()).ok().and_then(|watch| watch.dyn_into::<Function>().ok());
    let Some(Ok(told)) = watch.map(|watch| watch.call1(&JsValue::NULL, &(since == Since::Kept).into())) else { return false };
    JsFuture::from(Promise::resolve(&told)).await.is_ok_and(|replaced| replaced == true)
}

async fn asked(keeper: &Keeper, task: &str) -> Option<Object> {
    let channel = MessageChannel::new().ok()?;
    let ports = Array::of1(&channel.port2());
    let answer = Promise::new(&mut |done, _| {
        let heard = Closure::once_into_js(move |event: MessageEvent| {
            let _ = done.call1(&JsValue::NULL, &event.data());
        });
        let port: &MessagePort = &channel.port1();
        port.set_onmessage(Some(heard.unchecked_ref()));
    });
    keeper.post(task, &ports).ok()?;
    JsFuture::from(answer).await.ok()?.dyn_into().ok()
}

/// Has the browser keep it no longer. What else it keeps for this site, it keeps.
pub(crate) async fn let_go(without_network: bool) {
    let Some((window, container)) = offline::parts() else { return };
    if let Ok(caches) = window.caches()
        && let Ok(names) = JsFuture::from(caches.keys()).await
    {
        let own = |name: &String| name == CACHE || name.starts_with(FILES);
        for name in Array::from(&names).iter().filter_map(|name| name.as_string()).filter(own) {
            let _ = JsFuture::from(caches.delete(&name)).await;
        }
    }
    if without_network {
        offline::keep();
    } else if let Ok(one) = JsFuture::from(container.get_registration()).await
        && let Ok(one) = one.dyn_into::<ServiceWorkerRegistration>()
        && let Ok(gone) = one.unregister()
    {
        let _ = JsFuture::from(gone).await;
    }
}
