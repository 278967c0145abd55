//! A blurred background, where system and browser offer one (Media Capture Extensions, `backgroundBlur`): the camera's own work, or the
//! system's, before the picture reaches this page.
//!
//! **Invariant:** nothing is offered where the camera does not list both, with and without; and what a person has hidden stays hidden when
//! their camera is opened again.

use super::devices::{picture_constraints, set};
use crate::browser::task;
use crate::model::Pictures;
use js_sys::{Array, Function, Object, Promise, Reflect};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::MediaStreamTrack;

/// The property's name in capabilities, settings and constraints.
const BLUR: &str = "backgroundBlur";

/// What tells that a track's settings were changed by somebody else, as by the system's own switch.
const CHANGED: &str = "configurationchange";

thread_local! {
    /// What the person has asked for in this page; `None`: nothing, so it stays as the system has it.
    static WISH: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Asks for what the person wants, beside what else is asked of a camera.
pub(super) fn add_wish(constraints: &Object) {
    if let Some(on) = WISH.get() {
        set(constraints, BLUR, &on.into());
    }
}

/// Whether the background of this camera's picture is blurred; `None` where a page may not choose.
pub fn state(camera: &MediaStreamTrack) -> Option<bool> {
    let ask = |method: &str| -> Option<JsValue> {
        let method: Function = Reflect::get(camera, &method.into()).ok()?.dyn_into().ok()?;
        Reflect::get(&method.call0(camera).ok()?, &BLUR.into()).ok()
    };
    let possible: Array = ask("getCapabilities")?.dyn_into().ok()?;
    let both = possible.includes(&JsValue::TRUE, 0) && possible.includes(&JsValue::FALSE, 0);
    both.then(|| ask("getSettings").and_then(|now| now.as_bool()).unwrap_or_default())
}

/// Blurs the background, or no longer; this camera's, and that of each one opened later. `pictures`: what else is asked of it, which asking
/// anew would take away.
pub async fn blur(camera: MediaStreamTrack, on: bool, pictures: Pictures) {
    WISH.set(Some(on));
    apply(&camera, pictures).await;
}

/// Asks a camera that is open for what is wanted of it now. Where it cannot, its picture stays as it is.
pub(super) async fn apply(camera: &MediaStreamTrack, pictures: Pictures) {
    let apply = Reflect::get(camera, &"applyConstraints".into()).and_then(JsCast::dyn_into::<Function>);
    let asked = apply.and_then(|apply| apply.call1(camera, &picture_constraints(pictures)));
    if let Ok(promise) = asked.and_then(JsCast::dyn_into::<Promise>) {
        let _ = JsFuture::from(promise).await;
    }
}

/// Calls back when somebody else changes what a camera does, until it is dropped.
pub struct Watch {
    camera: MediaStreamTrack,
    changed: Closure<dyn Fn()>,
}

impl Watch {
    /// From now on.
    pub fn new(camera: &MediaStreamTrack, changed: impl Fn() + 'static) -> Self {
        let changed = task::callback(changed);
        let _ = camera.add_event_listener_with_callback(CHANGED, changed.as_ref().unchecked_ref());
        Self { camera: Clone::clone(camera), changed }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.camera.remove_event_listener_with_callback(CHANGED, self.changed.as_ref().unchecked_ref());
    }
}
