//! Loudspeakers: which there are, which one plays, and a sound to try it with.
//!
//! **Invariant:** where a browser does not let pages choose, nothing is offered; what is asked here never opens a microphone.

use super::devices::{media_devices, set};
use crate::browser::task;
use crate::model::Device;
use js_sys::{Array, Function, Promise, Reflect, global};
use std::future::Future;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioContext, HtmlAudioElement, HtmlMediaElement, MediaDeviceInfo, MediaDeviceKind, MediaStream};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = js_sys::Object)]
    type Sink;

    #[wasm_bindgen(method, catch, js_name = setSinkId)]
    fn set_sink(this: &Sink, id: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(extends = js_sys::Object)]
    type Chooser;

    #[wasm_bindgen(method, catch, js_name = selectAudioOutput)]
    fn select(this: &Chooser) -> Result<Promise, JsValue>;
}

/// Whether a page may choose the loudspeaker.
pub fn can_choose() -> bool {
    Reflect::get(&global(), &"HTMLMediaElement".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()))
        .and_then(|prototype| Reflect::has(&prototype, &"setSinkId".into()))
        .unwrap_or(false)
}

/// Whether the browser has a dialog of its own for it; such browsers list only what was chosen there.
pub fn can_ask() -> bool {
    media_devices().is_some_and(|devices| Reflect::has(&devices, &"selectAudioOutput".into()).unwrap_or(false))
}

/// Has the person choose in the browser's dialog; to be called from within a click. `None` when they changed their mind.
pub async fn ask() -> Option<Device> {
    let promise = media_devices()?.unchecked_ref::<Chooser>().select().ok()?;
    let chosen: MediaDeviceInfo = JsFuture::from(promise).await.ok()?.unchecked_into();
    Some(Device { id: chosen.device_id(), label: chosen.label(), camera: false })
}

/// The loudspeakers that the browser tells of.
pub async fn list() -> Vec<Device> {
    let Some(promise) = media_devices().and_then(|devices| devices.enumerate_devices().ok()) else { return Vec::new() };
    let Ok(found) = JsFuture::from(promise).await else { return Vec::new() };
    let found = Array::from(&found);
    let infos = found.iter().map(|info| info.unchecked_into::<MediaDeviceInfo>());
    let outputs = infos.filter(|info| info.kind() == MediaDeviceKind::Audiooutput && !info.device_id().is_empty());
    outputs.map(|info| Device { id: info.device_id(), label: info.label(), camera: false }).collect()
}

/// Has an element play there from now on; an empty id is what the machine prefers. `None` where pages may not choose, or it plays there
/// already.
pub fn point(media: &HtmlMediaElement, id: &str) -> Option<impl Future<Output = Result<(), JsValue>> + 'static> {
    let now = Reflect::get(media, &"sinkId".into()).ok()?.as_string()?;
    if now == id {
        return None;
    }
    let promise = media.unchecked_ref::<Sink>().set_sink(id);
    Some(async move { JsFuture::from(promise?).await.map(drop) })
}

/// Notes of the sound: an arpeggio, in hertz, rising where it is heard and remembered easily.
const NOTES: [f32; 4] = [523.25, 659.25, 783.99, 1_046.5];
/// Seconds from one to the next.
const NOTE: f64 = 0.22;

/// Plays a short sound on this loudspeaker. Dropping it ends it.
pub struct TestSound {
    context: AudioContext,
    _element: HtmlAudioElement,
}

impl TestSound {
    /// `None` where the browser makes no sound. To be called from within a click.
    pub fn play(speaker: &str) -> Option<Self> {
        let context = AudioContext::new().ok()?;
        // Through an element: those can be pointed at a loudspeaker everywhere where pages may choose at all.
        let destination = Reflect::get(&context, &"createMediaStreamDestination".into()).ok()?;
        let destination = destination.unchecked_into::<Function>().call0(&context).ok()?;
        let stream: MediaStream = Reflect::get(&destination, &"stream".into()).ok()?.unchecked_into();
        let begin = context.current_time() + 0.05;
        for (at, frequency) in (0_u8..).zip(NOTES) {
            note(&context, &destination, frequency, begin + NOTE * f64::from(at)).ok()?;
        }
        let element = HtmlAudioElement::new().ok()?;
        element.set_src_object(Some(&stream));
        let pointing = point(&element, speaker);
        let played = element.clone();
        task::spawn_local(async move {
            if let Some(pointing) = pointing {
                // Where it does not go there, it goes where the others' voices go as well.
                let _ = pointing.await;
            }
            if let Ok(playing) = played.play() {
                // Interrupted when it is asked for again.
                let _ = JsFuture::from(playing).await;
            }
        });
        Some(Self { context, _element: element })
    }
}

impl Drop for TestSound {
    fn drop(&mut self) {
        let _ = self.context.close();
    }
}

/// One note, soft at both ends. By properties: few of these nodes are in `web-sys` as we build it.
fn note(context: &AudioContext, into: &JsValue, frequency: f32, at: f64) -> Result<(), JsValue> {
    let call = |object: &JsValue, name: &str, arguments: &[JsValue]| -> Result<JsValue, JsValue> {
        let method: Function = Reflect::get(object, &name.into())?.dyn_into()?;
        method.apply(object, &arguments.iter().collect::<Array>())
    };
    let oscillator = call(context, "createOscillator", &[])?;
    set(oscillator.unchecked_ref(), "type", &"triangle".into());
    set(Reflect::get(&oscillator, &"frequency".into())?.unchecked_ref(), "value", &frequency.into());
    let gain = call(context, "createGain", &[])?;
    let loudness = Reflect::get(&gain, &"gain".into())?;
    for (level, after) in [(0.0, 0.0), (0.25, 0.03), (0.0, NOTE * 1.6)] {
        let how = if after == 0.0 { "setValueAtTime" } else { "linearRampToValueAtTime" };
        call(&loudness, how, &[level.into(), (at + after).into()])?;
    }
    call(&oscillator, "connect", std::slice::from_ref(&gain))?;
    call(&gain, "connect", std::slice::from_ref(into))?;
    call(&oscillator, "start", &[at.into()])?;
    call(&oscillator, "stop", &[(at + NOTE * 1.7).into()])?;
    Ok(())
}
