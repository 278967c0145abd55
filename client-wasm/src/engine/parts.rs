//! The two workers, started together and joined by a port of their own.
//!
//! **Invariant:** both run the very module the page runs. A session worker that breaks ends the meeting visibly; a frame worker that
//! breaks is replaced by one that knows nothing (PROTOCOL.md §8).

use super::port::{FromFrames, FromSession, ToFrames, ToSession};
use crate::browser::{bytes, fatal, task, worker};
use js_sys::{Array, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, MessageChannel, MessageEvent, MessagePort, Worker};

/// Session worker and frame worker of one meeting (or of none yet).
pub(crate) struct Parts {
    session: Worker,
    frames: Worker,
    _session_handlers: Handlers,
    frame_handlers: Handlers,
}

/// What a worker's messages and its errors lead to.
type Handlers = [Closure<dyn Fn(JsValue)>; 2];

/// What comes back from the workers.
pub(crate) trait Listener {
    /// The session worker said something, perhaps with a file.
    fn session(&self, message: FromSession, file: Option<Blob>);
    /// The frame worker said something.
    fn frames(&self, message: FromFrames);
    /// The frame worker is broken.
    fn frames_broke(&self);
}

impl Parts {
    /// Starts both workers. They load and compile nothing: they are handed the page's module.
    ///
    /// # Errors
    /// The browser's, when it starts no workers.
    pub(crate) fn start<L: Listener + Clone + 'static>(listener: &L) -> Result<Self, JsValue> {
        let channel = MessageChannel::new()?;
        let session = worker::start(worker::Script::Session)?;
        hand_over(&session, &channel.port1())?;
        let to_session = listener.clone();
        let session_handlers = [
            on_message(&session, move |data| {
                let (data, blob) = worker::with_blob(data.clone());
                deliver(&data, |message| to_session.session(message, blob));
            }),
            on_error(&session, fatal::show),
        ];
        let (frames, frame_handlers) = start_frames(listener, &channel.port2())?;
        Ok(Self { session, frames, _session_handlers: session_handlers, frame_handlers })
    }

    /// Puts another frame worker in the place of the one there is, and tells the session worker, which lets the keys move on.
    /// Transforms of the old one are dead.
    ///
    /// # Errors
    /// The browser's, when it starts no worker.
    pub(crate) fn restart_frames<L: Listener + Clone + 'static>(&mut self, listener: &L) -> Result<(), JsValue> {
        silence(&self.frames);
        let channel = MessageChannel::new()?;
        (self.frames, self.frame_handlers) = start_frames(listener, &channel.port2())?;
        let port = channel.port1();
        self.session.post_message_with_transfer(&port, &Array::of1(&port))
    }

    /// Tells the session worker.
    pub(crate) fn tell_session(&self, message: &ToSession) {
        post(&self.session, message);
    }

    /// With a file beside the message.
    pub(crate) fn hand_session(&self, message: &ToSession, file: &Blob) {
        let (data, handed_over) = worker::packed_with(message, file);
        let _ = self.session.post_message_with_transfer(&data, &handed_over);
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
            silence(worker);
        }
    }
}

/// Ends a worker; nothing of it is heard any more.
fn silence(worker: &Worker) {
    worker.set_onmessage(None);
    worker.set_onerror(None);
    worker.terminate();
}

fn start_frames<L: Listener + Clone + 'static>(listener: &L, port: &MessagePort) -> Result<(Worker, Handlers), JsValue> {
    let frames = worker::start(worker::Script::Frames)?;
    hand_over(&frames, port)?;
    let (to_frames, broken, failed) = (listener.clone(), listener.clone(), listener.clone());
    let hear = move |data: &JsValue| match bytes::unpacked(data) {
        Some(message) => to_frames.frames(message),
        // A worker that breaks says so in words.
        None => {
            fatal::note(data);
            broken.frames_broke();
        }
    };
    let handlers = [on_message(&frames, hear), on_error(&frames, move || failed.frames_broke())];
    Ok((frames, handlers))
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
    let closure = task::callback_told(move |event: JsValue| handle(&event.unchecked_into::<MessageEvent>().data()));
    worker.set_onmessage(Some(closure.as_ref().unchecked_ref()));
    closure
}

fn on_error(worker: &Worker, broken: impl Fn() + 'static) -> Closure<dyn Fn(JsValue)> {
    let closure = task::callback_told(move |_| broken());
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
