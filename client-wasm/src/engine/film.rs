//! A video or sound file of this device, shared with everybody: what an element plays, as a stream.
//!
//! **Invariant:** the file itself goes nowhere; what is sent is what plays, as long as it plays, and the person here hears what the others
//! hear.

use super::devices::set;
use crate::browser::task;
use crate::fraction::within;
use js_sys::{Array, Function, Object, Reflect, global};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{AudioContext, Element, HtmlMediaElement, HtmlVideoElement, MediaStream, MediaStreamTrack};

/// What browsers call the way from an element to a stream.
const CAPTURES: [&str; 2] = ["captureStream", "mozCaptureStream"];

/// Width and height of the card that stands for a file without a picture, in pixels.
const CARD: (f64, f64) = (960.0, 540.0);
/// Milliseconds between two drawings of it: its line moves on, and whoever comes later gets a picture.
const CARD_EVERY: i32 = 500;

/// Whether this browser can play a file to others.
pub fn can_share() -> bool {
    let prototype =
        Reflect::get(&global(), &"HTMLMediaElement".into()).and_then(|class| Reflect::get(&class, &"prototype".into()));
    prototype.is_ok_and(|prototype| CAPTURES.iter().any(|name| Reflect::has(&prototype, &(*name).into()).unwrap_or(false)))
}

/// A file that plays. Dropping it lets go of everything but the element.
pub struct Film {
    context: AudioContext,
    stream: MediaStream,
    _card: Option<Card>,
}

impl Film {
    /// Takes what an element plays, once it knows what is in its file. The element's volume is everybody's; its sound comes out of
    /// `speaker`. `name` stands on the card of a file without a picture.
    ///
    /// # Errors
    /// The browser's.
    pub fn of(element: &HtmlVideoElement, name: &str, speaker: &str) -> Result<Self, JsValue> {
        let context = AudioContext::new()?;
        if Reflect::has(&context, &"setSinkId".into())? && !speaker.is_empty() {
            // Where it cannot play there it plays where the machine prefers.
            let _ = call(&context, "setSinkId", &[speaker.into()]);
        }
        let source = call(&context, "createMediaElementSource", &[element.into()])?;
        let destination = call(&context, "createMediaStreamDestination", &[])?;
        call(&source, "connect", std::slice::from_ref(&destination))?;
        call(&source, "connect", &[context.destination().into()])?;
        let sound: MediaStream = Reflect::get(&destination, &"stream".into())?.unchecked_into();
        let (picture, card) = match element.video_width() {
            0 => {
                let (card, stream) = Card::new(element, name)?;
                (stream, Some(card))
            }
            _ => (captured(element)?, None),
        };
        let tracks = Array::new();
        for track in picture.get_video_tracks().iter().chain(sound.get_audio_tracks().iter()) {
            tracks.push(&track);
        }
        let stream = MediaStream::new_with_tracks(&tracks)?;
        Ok(Self { context, stream, _card: card })
    }

    /// What is to be shared.
    pub fn stream(&self) -> MediaStream {
        // `clone` of a stream itself would make other tracks.
        self.stream.unchecked_ref::<JsValue>().clone().unchecked_into()
    }
}

impl Drop for Film {
    fn drop(&mut self) {
        super::devices::tracks(&self.stream).for_each(|track: MediaStreamTrack| track.stop());
        let _ = self.context.close();
    }
}

fn captured(element: &HtmlMediaElement) -> Result<MediaStream, JsValue> {
    let name = CAPTURES.iter().find(|name| Reflect::has(element, &(**name).into()).unwrap_or(false));
    Ok(call(element, name.ok_or("no way to a stream")?, &[])?.unchecked_into())
}

fn call(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(object, &name.into())?.dyn_into()?;
    method.apply(object, &arguments.iter().collect::<Array>())
}

/// The picture of a file that has none: a note, its name, and how far it is.
struct Card {
    timer: i32,
    _draw: Closure<dyn Fn()>,
}

impl Card {
    fn new(element: &HtmlVideoElement, name: &str) -> Result<(Self, MediaStream), JsValue> {
        let window = web_sys::window().ok_or("no window")?;
        let document = window.document().ok_or("no document")?;
        let canvas: Element = document.create_element("canvas")?;
        set(canvas.unchecked_ref::<Object>(), "width", &CARD.0.into());
        set(canvas.unchecked_ref::<Object>(), "height", &CARD.1.into());
        let context = call(&canvas, "getContext", &["2d".into()])?;
        let stream = call(&canvas, "captureStream", &[])?.unchecked_into();
        let (element, name) = (element.unchecked_ref::<JsValue>().clone().unchecked_into::<HtmlVideoElement>(), name.to_owned());
        let draw = task::callback(move || {
            let share = element.current_time() / element.duration().max(0.1);
            // A canvas that does not draw leaves the sound as it is.
            let _ = draw(&context, &name, within(share, 0.0, 1.0));
        });
        let function: &Function = draw.as_ref().unchecked_ref();
        function.call0(&JsValue::NULL)?;
        let timer = window.set_interval_with_callback_and_timeout_and_arguments_0(function, CARD_EVERY)?;
        Ok((Self { timer, _draw: draw }, stream))
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_interval_with_handle(self.timer);
        }
    }
}

/// In the colours of the house, which have the contrast for it in light and dark rooms.
fn draw(context: &JsValue, name: &str, share: f64) -> Result<(), JsValue> {
    let object: &Object = context.unchecked_ref();
    let fill = |colour: &str, numbers: [f64; 4]| {
        set(object, "fillStyle", &colour.into());
        call(context, "fillRect", &numbers.map(JsValue::from))
    };
    let (width, height) = CARD;
    fill("#10231d", [0.0, 0.0, width, height])?;
    set(object, "textAlign", &"center".into());
    set(object, "fillStyle", &"#f0bb5e".into());
    set(object, "font", &"120px sans-serif".into());
    call(context, "fillText", &["♪".into(), (width / 2.0).into(), (height * 0.42).into()])?;
    set(object, "fillStyle", &"#f4f7f5".into());
    set(object, "font", &"36px sans-serif".into());
    call(context, "fillText", &[name.into(), (width / 2.0).into(), (height * 0.62).into(), (width * 0.86).into()])?;
    let (left, long, top) = (width * 0.15, width * 0.7, height * 0.76);
    fill("#3a5a4f", [left, top, long, 8.0])?;
    fill("#f0bb5e", [left, top, long * share, 8.0])?;
    Ok(())
}
