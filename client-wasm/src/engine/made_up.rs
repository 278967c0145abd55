//! A picture and a sound that nobody's devices give: for who tries whether they arrive.
//!
//! **Invariant:** no device is opened, and nothing comes out of this machine's loudspeakers.

use super::devices::set;
use crate::browser::task;
use js_sys::{Array, Function, Object, Reflect};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{AudioContext, AudioContextState, Element, MediaStream};

/// Width and height of the picture, pixels.
const SIZE: (f64, f64) = (640.0, 360.0);
/// Milliseconds between two pictures: fifteen a second.
const EVERY: i32 = 66;
/// Pictures in which the lamp has swung there and back.
const SWING: f64 = 45.0;
/// The tone, Hz.
const TONE: f32 = 330.0;
/// How loud it is, 0 to 1: as somebody who speaks.
const LOUDNESS: f32 = 0.2;

/// A lamp that swings, and a tone. Dropping it ends both.
pub struct MadeUp {
    stream: MediaStream,
    context: AudioContext,
    timer: i32,
    _draw: Closure<dyn Fn()>,
}

impl MadeUp {
    /// Begins. Call it while a person's click is being answered: browsers let a page sound only then.
    ///
    /// # Errors
    /// The browser's.
    pub fn new() -> Result<Self, JsValue> {
        let (context, sound) = tone()?;
        let window = web_sys::window().ok_or("no window")?;
        let canvas: Element = window.document().ok_or("no document")?.create_element("canvas")?;
        set(canvas.unchecked_ref::<Object>(), "width", &SIZE.0.into());
        set(canvas.unchecked_ref::<Object>(), "height", &SIZE.1.into());
        let paper = call(&canvas, "getContext", &["2d".into()])?;
        let picture: MediaStream = call(&canvas, "captureStream", &[])?.unchecked_into();
        let drawn = Cell::new(0.0);
        let draw = task::callback(move || {
            drawn.set(drawn.get() + 1.0);
            // A canvas that does not draw gives no picture, and that is then told.
            let _ = draw(&paper, drawn.get());
        });
        let function: &Function = draw.as_ref().unchecked_ref();
        function.call0(&JsValue::NULL)?;
        let timer = window.set_interval_with_callback_and_timeout_and_arguments_0(function, EVERY)?;
        let tracks = Array::new();
        for track in picture.get_video_tracks().iter().chain(sound.get_audio_tracks().iter()) {
            tracks.push(&track);
        }
        Ok(Self { stream: MediaStream::new_with_tracks(&tracks)?, context, timer, _draw: draw })
    }

    /// Both. Another stream of the same tracks each time: who sends them may take them out of it.
    ///
    /// # Errors
    /// The browser's.
    pub fn stream(&self) -> Result<MediaStream, JsValue> {
        MediaStream::new_with_tracks(&self.stream.get_tracks())
    }

    /// Whether the browser makes the tone. Firefox does not where it finds nothing to play sounds with.
    pub fn sounds(&self) -> bool {
        self.context.state() == AudioContextState::Running
    }
}

impl Drop for MadeUp {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_interval_with_handle(self.timer);
        }
        super::devices::stop(&self.stream);
        let _ = self.context.close();
    }
}

fn tone() -> Result<(AudioContext, MediaStream), JsValue> {
    let context = AudioContext::new()?;
    let (voice, volume) = (context.create_oscillator()?, context.create_gain()?);
    voice.frequency().set_value(TONE);
    volume.gain().set_value(LOUDNESS);
    let destination = context.create_media_stream_destination()?;
    voice.connect_with_audio_node(&volume)?.connect_with_audio_node(&destination)?;
    voice.start()?;
    // Where it already runs that changes nothing.
    let _ = context.resume();
    Ok((context, destination.stream()))
}

fn call(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(object, &name.into())?.dyn_into()?;
    method.apply(object, &arguments.iter().collect::<Array>())
}

/// The lamp over the table, in the colours of the house.
fn draw(paper: &JsValue, at: f64) -> Result<(), JsValue> {
    let object: &Object = paper.unchecked_ref();
    let fill = |colour: &str, numbers: [f64; 4]| {
        set(object, "fillStyle", &colour.into());
        call(paper, "fillRect", &numbers.map(JsValue::from))
    };
    let disc = |colour: &str, x: f64, y: f64, radius: f64| {
        set(object, "fillStyle", &colour.into());
        call(paper, "beginPath", &[])?;
        call(paper, "arc", &[x, y, radius, 0.0, std::f64::consts::TAU].map(JsValue::from))?;
        call(paper, "fill", &[])
    };
    let (width, height) = SIZE;
    let x = width * (0.5 + 0.3 * js_sys::Math::sin(at / SWING * std::f64::consts::TAU));
    fill("#10231d", [0.0, 0.0, width, height])?;
    disc("#1d3a30", x, height * 0.44, 118.0)?;
    disc("#2c5345", x, height * 0.44, 78.0)?;
    disc("#f0bb5e", x, height * 0.44, 44.0)?;
    fill("#0a1712", [0.0, height * 0.82, width, height * 0.18])?;
    fill("#f0bb5e", [0.0, height * 0.82, width * (at % SWING) / SWING, 6.0])?;
    Ok(())
}
