//! What the browser says of its network.
//!
//! **Invariant:** it is a hint: acting on it when nothing has changed does no harm.

use super::task;
use js_sys::{Function, Reflect, global};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::EventTarget;

/// Calls back when the network is there again (`online`), and when it is another one (`navigator.connection`, where the browser has
/// it), until dropped.
pub(crate) struct NetworkWatch(Vec<Watched>);

/// Who is listened to, for which event, and what is called.
type Watched = (EventTarget, &'static str, Closure<dyn Fn()>);

impl NetworkWatch {
    /// Begins to watch.
    pub(crate) fn new(back: impl Fn() + 'static, changed: impl Fn() + 'static) -> Self {
        let connection = property(&global(), "navigator").and_then(|navigator| property(&navigator, "connection"));
        let mut watched: Vec<Watched> = vec![(global().unchecked_into(), "online", task::callback(back))];
        watched.extend(connection.map(|connection| (connection.unchecked_into(), "change", task::callback(changed))));
        for (target, event, call) in &watched {
            // Every event target takes a listener.
            let _ = EventTarget::add_event_listener_with_callback(target, event, function(call));
        }
        Self(watched)
    }
}

impl Drop for NetworkWatch {
    fn drop(&mut self) {
        for (target, event, call) in &self.0 {
            let _ = target.remove_event_listener_with_callback(event, function(call));
        }
    }
}

fn function(call: &Closure<dyn Fn()>) -> &Function {
    call.as_ref().unchecked_ref()
}

fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(JsValue::is_object)
}
