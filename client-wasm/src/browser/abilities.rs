//! What this browser can do, found out by looking for the ability itself.
//!
//! **Invariant:** no version and no name of a browser is ever asked for.

use crate::model::Missing;
use js_sys::{Reflect, global};
use wasm_bindgen::JsValue;

/// What is missing for a meeting, the most telling first.
pub(crate) fn missing() -> Option<Missing> {
    if Reflect::get(&global(), &"isSecureContext".into()) == Ok(JsValue::FALSE) {
        return Some(Missing::SecureContext);
    }
    if ["RTCPeerConnection", "Worker", "MessageChannel", "WebSocket", "crypto"].iter().any(|name| !has(&global(), name)) {
        return Some(Missing::Platform);
    }
    let carries_transform = |class: &str| {
        Reflect::get(&global(), &class.into())
            .and_then(|class| Reflect::get(&class, &"prototype".into()))
            .is_ok_and(|prototype| has(&prototype, "transform"))
    };
    let complete =
        has(&global(), "RTCRtpScriptTransform") && ["RTCRtpSender", "RTCRtpReceiver"].into_iter().all(carries_transform);
    (!complete).then_some(Missing::FrameTransform)
}

fn has(object: &JsValue, name: &str) -> bool {
    object.is_object() && Reflect::has(object, &name.into()).unwrap_or(false)
        || object.is_function() && Reflect::has(object, &name.into()).unwrap_or(false)
}
