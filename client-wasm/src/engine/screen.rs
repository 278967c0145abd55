//! Our own shared screen.
//!
//! **Invariant:** what is shared is what the person chose in the browser's own dialog, until they, or the browser's own bar, end it;
//! then every track of it is stopped.

use super::devices::{self, set, tracks};
use crate::browser::task;
use crate::model::Refusal;
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStream, MediaStreamTrack};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Object)]
    type Displays;

    #[wasm_bindgen(method, catch, js_name = getDisplayMedia)]
    fn display_media(this: &Displays, options: &Object) -> Result<js_sys::Promise, JsValue>;
}

/// A screen, a window or a tab, with its sound if the browser gives it.
pub(crate) struct Screen {
    stream: MediaStream,
    /// It moves: frames before letters.
    film: bool,
    _ended: Closure<dyn Fn()>,
}

/// Lets the person choose what to share. To be called from within a click: browsers ask nobody who did nothing.
///
/// # Errors
/// Why nothing is shared; [`Refusal::NotAllowed`] when the person changed their mind.
pub(crate) async fn choose() -> Result<MediaStream, Refusal> {
    let displays = devices::media_devices().ok_or(Refusal::NotFound)?;
    let promise = displays.unchecked_ref::<Displays>().display_media(&options()).map_err(|error| devices::refusal(&error))?;
    Ok(JsFuture::from(promise).await.map_err(|error| devices::refusal(&error))?.unchecked_into())
}

/// Letters before motion, and the sound as it is: what helps a voice spoils music.
fn options() -> Object {
    let (options, video, audio) = (Object::new(), Object::new(), Object::new());
    for name in ["echoCancellation", "noiseSuppression", "autoGainControl"] {
        set(&audio, name, &JsValue::FALSE);
    }
    set(&video, "frameRate", &15.into());
    set(&options, "video", &video);
    set(&options, "audio", &audio);
    options
}

impl Screen {
    /// Takes over what was chosen; `ended` is called when it ends by anybody's hand but ours.
    pub(crate) fn new(stream: MediaStream, ended: impl Fn() + 'static) -> Self {
        Self::of(stream, false, ended)
    }

    /// Takes over what a file plays.
    pub(crate) fn film(stream: MediaStream, ended: impl Fn() + 'static) -> Self {
        Self::of(stream, true, ended)
    }

    fn of(stream: MediaStream, film: bool, ended: impl Fn() + 'static) -> Self {
        let ended = task::callback(ended);
        for track in tracks(&stream) {
            let hint = match (track.kind() == "video", film) {
                (true, false) => "detail",
                (true, true) => "motion",
                (false, _) => "music",
            };
            // Browsers without hints lose nothing but the hint.
            let _ = Reflect::set(&track, &"contentHint".into(), &hint.into());
            if track.kind() == "video" {
                track.set_onended(Some(ended.as_ref().unchecked_ref()));
            }
        }
        Self { stream, film, _ended: ended }
    }

    /// Whether it moves.
    pub(crate) fn is_film(&self) -> bool {
        self.film
    }

    /// The picture.
    pub(crate) fn picture(&self) -> Option<MediaStreamTrack> {
        tracks(&self.stream).find(|track| track.kind() == "video")
    }

    /// The sound, if it has one.
    pub(crate) fn sound(&self) -> Option<MediaStreamTrack> {
        tracks(&self.stream).find(|track| track.kind() == "audio")
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        tracks(&self.stream).for_each(|track| track.set_onended(None));
        devices::stop(&self.stream);
    }
}
