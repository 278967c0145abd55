//! `RTCRtpScriptTransform` and the frames it hands out (WebRTC Encoded Transform).
//!
//! `web-sys` keeps these behind an unstable flag and without what is needed in both browsers, so they are declared here.
//!
//! **Invariant:** a sender or receiver either has its transform the moment it exists, or there is no call.

use super::{bytes, task};
use js_sys::{ArrayBuffer, Object, Reflect};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{ReadableStream, RtcRtpReceiver, RtcRtpSender, Worker, WritableStream};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = RTCRtpScriptTransform, extends = Object)]
    type ScriptTransform;

    #[wasm_bindgen(constructor, js_class = "RTCRtpScriptTransform", catch)]
    fn new(worker: &Worker, options: &JsValue) -> Result<ScriptTransform, JsValue>;

    /// The worker's end of a transform.
    #[derive(Clone)]
    #[wasm_bindgen(extends = Object)]
    pub(crate) type Transformer;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn readable(this: &Transformer) -> ReadableStream;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn writable(this: &Transformer) -> WritableStream;

    #[wasm_bindgen(method, getter)]
    fn options(this: &Transformer) -> JsValue;

    #[wasm_bindgen(method, catch, js_name = sendKeyFrameRequest)]
    fn send_key_frame_request(this: &Transformer) -> Result<js_sys::Promise, JsValue>;

    /// `RTCEncodedAudioFrame` or `RTCEncodedVideoFrame`.
    #[wasm_bindgen(extends = Object)]
    pub(crate) type EncodedFrame;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn data(this: &EncodedFrame) -> ArrayBuffer;

    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_data(this: &EncodedFrame, data: &ArrayBuffer);

    /// `"key"`, `"delta"` or `"empty"`; sound has none.
    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &EncodedFrame) -> Option<String>;

    #[wasm_bindgen(method, js_name = getMetadata)]
    fn metadata(this: &EncodedFrame) -> FrameMetadata;

    #[wasm_bindgen(extends = Object)]
    type FrameMetadata;

    #[wasm_bindgen(method, getter, js_name = synchronizationSource)]
    fn synchronization_source(this: &FrameMetadata) -> Option<f64>;

    /// `TransformStream` with its transformer; `web-sys` knows only the one without.
    #[wasm_bindgen(js_name = TransformStream, extends = Object)]
    pub(crate) type FrameStream;

    #[wasm_bindgen(constructor, js_class = "TransformStream")]
    fn new(transformer: &Object) -> FrameStream;

    #[wasm_bindgen(method, getter, js_name = readable)]
    pub(crate) fn outlet(this: &FrameStream) -> ReadableStream;

    #[wasm_bindgen(method, getter, js_name = writable)]
    pub(crate) fn inlet(this: &FrameStream) -> WritableStream;

    /// `TransformStreamDefaultController`
    #[wasm_bindgen(extends = Object)]
    pub(crate) type Outlet;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn enqueue(this: &Outlet, frame: &EncodedFrame) -> Result<(), JsValue>;
}

/// What a transform is for. Travels from the page to the frame worker as the transform's options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// Seals what goes out in this stream (PROTOCOL.md §8: 0 audio, 1 camera, 2 screen, 3 screen audio).
    Seal {
        /// Number of the stream.
        stream: u8,
    },
    /// Opens what comes in at this seat.
    Open {
        /// Number of the seat.
        seat: u16,
        /// Whether the seat is for sound.
        audio: bool,
    },
}

/// Seals everything a sender sends.
///
/// # Errors
/// The browser's; then there must be no call.
pub(crate) fn attach_to_sender(sender: &RtcRtpSender, worker: &Worker, purpose: Purpose) -> Result<(), JsValue> {
    attach(sender, worker, purpose)
}

/// Opens everything a receiver receives.
///
/// # Errors
/// The browser's; then there must be no call.
pub(crate) fn attach_to_receiver(receiver: &RtcRtpReceiver, worker: &Worker, purpose: Purpose) -> Result<(), JsValue> {
    attach(receiver, worker, purpose)
}

fn attach(end: &JsValue, worker: &Worker, purpose: Purpose) -> Result<(), JsValue> {
    let options = bytes::packed(&purpose).0;
    let transform = ScriptTransform::new(worker, &options)?;
    Reflect::set(end, &"transform".into(), &transform)?;
    // An engine that ignores the property would send in the clear.
    if Reflect::get(end, &"transform".into())?.is_object() { Ok(()) } else { Err("the transform did not stay".into()) }
}

impl Transformer {
    /// The transformer of a `rtctransform` event, and what it is for; `None` when it is none of ours.
    pub(crate) fn of_event(event: &JsValue) -> Option<(Self, Purpose)> {
        let transformer: Self = Reflect::get(event, &"transformer".into()).ok()?.unchecked_into();
        let purpose = bytes::unpacked(&transformer.options())?;
        Some((transformer, purpose))
    }

    /// Asks the far sender for a key frame. A refusal (no track yet, sound) is of no consequence.
    pub(crate) fn ask_for_key_frame(&self) {
        if let Ok(promise) = self.send_key_frame_request() {
            forgive(promise);
        }
    }
}

/// A rejected promise that nobody catches would be reported as an error of the page.
fn forgive(promise: js_sys::Promise) {
    task::spawn_local(async move {
        let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    });
}

impl EncodedFrame {
    /// For pictures whether it is a key frame; `None` for sound.
    pub(crate) fn is_key(&self) -> Option<bool> {
        self.kind().map(|kind| kind == "key")
    }

    /// SSRC of the layer it belongs to.
    pub(crate) fn ssrc(&self) -> u32 {
        self.metadata().synchronization_source().unwrap_or_default() as u32
    }
}

impl FrameStream {
    /// A stream that calls `transform(frame, outlet)` for each frame.
    pub(crate) fn through(transform: &JsValue) -> Result<Self, JsValue> {
        let transformer = Object::new();
        Reflect::set(&transformer, &"transform".into(), transform)?;
        Ok(Self::new(&transformer))
    }
}
