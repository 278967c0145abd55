//! The filter that takes noise out of our own voice, on the browser's thread for sound (decision 0043).
//!
//! **Invariant:** it is downloaded when it is asked for and not before; nobody goes unheard for it: who does not hear of it that sound runs
//! through it has no filter.

use super::devices::{set, tracks};
use crate::browser::{fatal, task};
use js_sys::{Function, Object, Promise, Reflect, Uint8Array, global};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioContext, AudioNode, MediaStream, MediaStreamAudioSourceNode, MediaStreamTrack, MessagePort, Response};

// Little of this is in `web-sys` as we build it.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = AudioContext, extends = AudioContext)]
    #[derive(Clone)]
    type Context;

    #[wasm_bindgen(constructor, js_class = "AudioContext", catch)]
    fn new(options: &Object) -> Result<Context, JsValue>;

    #[wasm_bindgen(method, getter, js_name = audioWorklet)]
    fn worklet(this: &Context) -> Worklet;

    #[wasm_bindgen(extends = Object)]
    type Worklet;

    #[wasm_bindgen(method, catch, js_name = addModule)]
    fn add_module(this: &Worklet, script: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = AudioWorkletNode, extends = AudioNode)]
    type Node;

    #[wasm_bindgen(constructor, js_class = "AudioWorkletNode", catch)]
    fn new(context: &Context, name: &str, options: &Object) -> Result<Node, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn port(this: &Node) -> MessagePort;

    #[wasm_bindgen(method, setter, js_name = onprocessorerror)]
    fn on_error(this: &Node, call: Option<&Function>);
}

/// The worklet, and the module it runs (`client-wasm/noise`).
const WORKLET: &str = "/noise.js";
const MODULE: &str = "/noise.wasm";
/// The name that it has registered.
const NAME: &str = "noise";
/// Samples a second of what it was trained on.
const RATE: u32 = 48_000;

/// Milliseconds in which sound is to run through it, once it is downloaded. Some browsers have no thread for sound without a loudspeaker.
const PATIENCE: i32 = 4_000;

/// Whether this browser could run it.
pub fn can_run() -> bool {
    Reflect::has(&global(), &"AudioWorkletNode".into()).unwrap_or(false)
}

/// A microphone without its noise. Dropping it ends it.
pub(crate) struct Filter {
    context: Context,
    source: MediaStreamAudioSourceNode,
    node: Node,
    filtered: MediaStreamTrack,
    _broke: Closure<dyn Fn()>,
}

impl Filter {
    /// Filters this microphone, which has to stay enabled. Comes back when the first of it has run through. `broke` is called should it stop.
    ///
    /// # Errors
    /// The browser's, or that nothing came through in time.
    pub(crate) async fn new(microphone: &MediaStreamTrack, broke: impl Fn() + 'static) -> Result<Self, JsValue> {
        let module = download().await?;
        let options = Object::new();
        set(&options, "sampleRate", &RATE.into());
        let context = Context::new(&options)?;
        let made = Self::within(&context, microphone, &module, broke).await;
        if made.is_err() {
            let _ = context.close();
        }
        made
    }

    async fn within(
        context: &Context,
        microphone: &MediaStreamTrack,
        module: &Uint8Array,
        broke: impl Fn() + 'static,
    ) -> Result<Self, JsValue> {
        JsFuture::from(context.worklet().add_module(WORKLET)?).await?;
        let node = Node::new(context, NAME, &node_options(module))?;
        let stream = MediaStream::new_with_tracks(&js_sys::Array::of1(microphone))?;
        let source = context.create_media_stream_source(&stream)?;
        let destination = context.create_media_stream_destination()?;
        source.connect_with_audio_node(&node)?.connect_with_audio_node(&destination)?;
        let filtered = tracks(&destination.stream()).next().ok_or("no filtered track")?;
        // Refused, or never answered, where nothing can be heard at all; then nothing runs through it either.
        let _ = context.resume()?;
        let begun = JsFuture::from(begun(&node, &node.port())).await;
        node.port().set_onmessage(None);
        begun?;
        let broke = task::callback(broke);
        node.on_error(Some(broke.as_ref().unchecked_ref()));
        Ok(Self { context: context.clone(), source, node, filtered, _broke: broke })
    }

    /// What is left of the microphone's sound.
    pub(crate) fn filtered(&self) -> MediaStreamTrack {
        Clone::clone(&self.filtered)
    }
}

impl Drop for Filter {
    fn drop(&mut self) {
        self.node.on_error(None);
        let _ = self.source.disconnect();
        self.filtered.stop();
        let _ = self.context.close();
    }
}

/// The module's bytes: the worklet compiles them.
async fn download() -> Result<Uint8Array, JsValue> {
    let window = web_sys::window().ok_or("no window")?;
    let response: Response = JsFuture::from(window.fetch_with_str(MODULE)).await?.unchecked_into();
    if !response.ok() {
        return Err("the filter is not there".into());
    }
    Ok(Uint8Array::new(&JsFuture::from(response.array_buffer()?).await?))
}

/// One channel in, one channel out, and the module along.
fn node_options(module: &Uint8Array) -> Object {
    let (options, given) = (Object::new(), Object::new());
    set(&given, "module", module);
    set(&options, "processorOptions", &given);
    for (name, value) in [("channelCount", 1), ("numberOfInputs", 1), ("numberOfOutputs", 1)] {
        set(&options, name, &value.into());
    }
    set(&options, "channelCountMode", &"explicit".into());
    set(&options, "outputChannelCount", &js_sys::Array::of1(&1.into()));
    options
}

/// Kept when the worklet says that sound runs, broken when it says that it cannot, or nothing in time.
fn begun(node: &Node, port: &MessagePort) -> Promise {
    Promise::new(&mut |keep: Function, give_up: Function| {
        port.set_onmessage(Some(&keep));
        node.on_error(Some(&give_up));
        let timer = web_sys::window()
            .ok_or(JsValue::NULL)
            .and_then(|window| window.set_timeout_with_callback_and_timeout_and_arguments_0(&give_up, PATIENCE));
        if let Err(error) = timer {
            fatal::note(&error);
        }
    })
}
