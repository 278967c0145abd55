//! The two workers, started together and joined by a port of their own.
//!
//! **Invariant:** both run the very module the page runs; a worker that breaks ends the meeting visibly.

use super::port::{FromFrames, FromSession, ToFrames, ToSession};
use crate::browser::{bytes, fatal, worker};
use js_sys::{Array, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{MessageChannel, MessageEvent, MessagePort, Worker};

/// Session worker and frame worker of one meeting (or of none yet).
pub(crate) struct Parts {
    session: Worker,
    frames: Worker,
    _handlers: Vec<Closure<dyn Fn(JsValue)>>,
}

/// What comes back from the workers.
pub(crate) trait Listener {
    /// The session worker said something.
    fn session(&self, message: FromSession);
    /// The frame worker said something.
    fn frames(&self, message: FromFrames);
}

impl Parts {
    /// Starts both workers. They load and compile nothing: they are handed the page's module.
    ///
    /// # Errors
    /// The browser's, when it starts no workers.
    pub(crate) fn start<L: Listener + Clone + 'static>(listener: &L) -> Result<Self, JsValue> {
        let channel = MessageChannel::new()?;
        let session = worker::start(worker::Script::Session)?;
        let frames = worker::start(worker::Script::Frames)?;
        hand_over(&session, &channel.port1())?;
        hand_over(&frames, &channel.port2())?;
        let (to_session, to_frames) = (listener.clone(), listener.clone());
        let handlers = vec![
            on_message(&session, move |data| deliver(data, |message| to_session.session(message))),
            on_message(&frames, move |data| deliver(data, |message| to_frames.frames(message))),
            on_error(&session),
            on_error(&frames),
        ];
        Ok(Self { session, frames, _handlers: handlers })
    }

    /// Tells the session worker.
    pub(crate) fn tell_session(&self, message: &ToSession) {
        post(&self.session, message);
    }

    /// Tells the frame worker.
    pub(crate) fn tell_frames(&self, message: &ToFrames) {
        post(&self.frames, message);
    }

    /// Where transforms run.
    pub(crate) fn frame_worker(&self) -> &Worker {
        &self.frames
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        for worker in [&self.session, &self.frames] {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.terminate();
        }
    }
}

fn hand_over(worker: &Worker, port: &MessagePort) -> Result<(), JsValue> {
    let start = Object::new();
    Reflect::set(&start, &"module".into(), &wasm_bindgen::module())?;
    Reflect::set(&start, &"port".into(), port)?;
    worker.post_message_with_transfer(&start, &Array::of1(port))
}

fn post(worker: &Worker, message: &impl Serialize) {
    let (data, handed_over) = bytes::packed(message);
    // Posting fails only for what cannot be cloned; bytes can.
    let _ = worker.post_message_with_transfer(&data, &handed_over);
}

fn on_message(worker: &Worker, handle: impl Fn(&JsValue) + 'static) -> Closure<dyn Fn(JsValue)> {
    let closure = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| handle(&event.unchecked_into::<MessageEvent>().data()));
    worker.set_onmessage(Some(closure.as_ref().unchecked_ref()));
    closure
}

fn on_error(worker: &Worker) -> Closure<dyn Fn(JsValue)> {
    let closure = Closure::<dyn Fn(JsValue)>::new(|_| fatal::show());
    worker.set_onerror(Some(closure.as_ref().unchecked_ref()));
    closure
}

fn deliver<T: serde::de::DeserializeOwned>(data: &JsValue, take: impl FnOnce(T)) {
    match bytes::unpacked(data) {
        Some(message) => take(message),
        // A worker that breaks says so in words; one that speaks nonsense is as good as broken.
        None => {
            fatal::note(data);
            fatal::show();
        }
    }
}
