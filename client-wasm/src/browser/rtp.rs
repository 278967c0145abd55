//! What is asked of senders, receivers and transceivers, and which browsers answer to it.
//!
//! **Invariant:** codecs are put in another order, never taken away: Firefox leaves stale lines for what is missing, and
//! Chromium refuses those.

use crate::engine::sdp::AUDIO_LEVEL_EXTENSIONS;
use js_sys::{Array, Function, Object, Reflect, global};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStreamTrack, RtcRtpSender, RtcRtpTransceiver};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Object)]
    type Negotiable;

    #[wasm_bindgen(method, catch, js_name = setCodecPreferences)]
    fn set_codec_preferences(this: &Negotiable, codecs: &Array) -> Result<(), JsValue>;

    /// Chromium only.
    #[wasm_bindgen(method, catch, js_name = setHeaderExtensionsToNegotiate)]
    fn set_header_extensions(this: &Negotiable, extensions: &Array) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = getHeaderExtensionsToNegotiate)]
    fn header_extensions(this: &Negotiable) -> Result<Array, JsValue>;

    #[wasm_bindgen(extends = Object)]
    type Encoder;

    #[wasm_bindgen(method, catch, js_name = getParameters)]
    fn parameters(this: &Encoder) -> Result<Object, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setParameters)]
    fn set_parameters(this: &Encoder, parameters: &Object) -> Result<js_sys::Promise, JsValue>;
}

/// Puts VP8 first (BROWSERS.md: three simulcast layers from Chromium, two from Firefox).
pub(crate) fn prefer_vp8(transceiver: &RtcRtpTransceiver) {
    if let Ok(codecs) = video_codecs() {
        let _ = transceiver.unchecked_ref::<Negotiable>().set_codec_preferences(&vp8_first(&codecs));
    }
}

fn video_codecs() -> Result<Array, JsValue> {
    let receiver = Reflect::get(&global(), &"RTCRtpReceiver".into())?;
    let capabilities: Function = Reflect::get(&receiver, &"getCapabilities".into())?.dyn_into()?;
    Ok(Reflect::get(&capabilities.call1(&receiver, &"video".into())?, &"codecs".into())?.unchecked_into())
}

fn vp8_first(codecs: &Array) -> Array {
    let is_vp8 = |codec: &JsValue| {
        Reflect::get(codec, &"mimeType".into())
            .ok()
            .and_then(|m| m.as_string())
            .is_some_and(|m| m.eq_ignore_ascii_case("video/vp8"))
    };
    codecs.iter().filter(is_vp8).chain(codecs.iter().filter(|codec| !is_vp8(codec))).collect()
}

/// Takes levels of sound out of the offer where the browser lets us. Where not, the answer is cleaned, which is what decides.
pub(crate) fn refuse_audio_levels(transceiver: &RtcRtpTransceiver) {
    let negotiable: &Negotiable = transceiver.unchecked_ref();
    if !Reflect::has(negotiable, &"setHeaderExtensionsToNegotiate".into()).unwrap_or(false) {
        return;
    }
    let Ok(extensions) = negotiable.header_extensions() else { return };
    for extension in extensions.iter() {
        let uri = Reflect::get(&extension, &"uri".into()).ok().and_then(|uri| uri.as_string()).unwrap_or_default();
        if AUDIO_LEVEL_EXTENSIONS.contains(&uri.as_str()) {
            let _ = Reflect::set(&extension, &"direction".into(), &"stopped".into());
        }
    }
    let _ = negotiable.set_header_extensions(&extensions);
}

/// Layers of the camera, smallest first: rid, divisor of the size, bits per second at most.
const LAYERS: [(&str, f64, f64); 3] = [("q", 4.0, 150_000.0), ("h", 2.0, 500_000.0), ("f", 1.0, 1_500_000.0)];

/// The camera's simulcast layers for `sendEncodings`: as many as the browser brings onto the wire with VP8.
pub(crate) fn camera_layers() -> Array {
    // Firefox, the one without `setHeaderExtensionsToNegotiate`, sends two rids at most; it would hold the third for ever idle.
    let layers = if has_three_layers() { &LAYERS[..] } else { &LAYERS[1..] };
    layers.iter().map(|(rid, divisor, bits)| layer(rid, *divisor, *bits)).collect()
}

fn has_three_layers() -> bool {
    Reflect::get(&global(), &"RTCRtpTransceiver".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()))
        .and_then(|prototype| Reflect::has(&prototype, &"setHeaderExtensionsToNegotiate".into()))
        .unwrap_or(false)
}

fn layer(rid: &str, divisor: f64, bits: f64) -> JsValue {
    let encoding = Object::new();
    for (name, value) in [
        ("rid", JsValue::from_str(rid)),
        ("scaleResolutionDownBy", JsValue::from_f64(divisor)),
        ("maxBitrate", JsValue::from_f64(bits)),
        ("active", JsValue::TRUE),
    ] {
        let _ = Reflect::set(&encoding, &name.into(), &value);
    }
    encoding.into()
}

/// Divides the layers so that the largest is the whole picture. libwebrtc gives a small picture fewer layers than were asked for, and
/// leaves out the *last* ones: a camera of 640x360 would be seen at 320x180 at best.
///
/// # Errors
/// The browser's; then the layers stay as they were.
pub(crate) async fn fit_layers(sender: RtcRtpSender, camera: MediaStreamTrack) -> Result<(), JsValue> {
    let parameters = sender.unchecked_ref::<Encoder>().parameters()?;
    let encodings = Array::from(&Reflect::get(&parameters, &"encodings".into())?);
    if encodings.length() as usize != LAYERS.len() {
        return Ok(());
    }
    let settings = camera.get_settings();
    let side = |name: &str| Reflect::get(&settings, &name.into()).ok().and_then(|side| side.as_f64()).unwrap_or_default();
    let divisors = divisors(side("width") * side("height"));
    for (encoding, divisor) in encodings.iter().zip(divisors) {
        Reflect::set(&encoding, &"active".into(), &divisor.is_some().into())?;
        Reflect::set(&encoding, &"scaleResolutionDownBy".into(), &divisor.unwrap_or(1.0).into())?;
    }
    JsFuture::from(sender.unchecked_ref::<Encoder>().set_parameters(&parameters)?).await.map(drop)
}

/// How the three layers divide a picture of so many pixels; `None` for a layer that is left out. The limits are libwebrtc's.
fn divisors(pixels: f64) -> [Option<f64>; 3] {
    if pixels >= 960.0 * 540.0 || pixels == 0.0 {
        [Some(4.0), Some(2.0), Some(1.0)]
    } else if pixels >= 480.0 * 270.0 {
        [Some(2.0), Some(1.0), None]
    } else {
        [Some(1.0), None, None]
    }
}

#[cfg(test)]
mod tests {
    use super::divisors;

    #[test]
    fn the_largest_layer_is_always_the_whole_picture() {
        for (width, height, layers) in [(1280, 720, 3), (960, 540, 3), (640, 360, 2), (640, 480, 2), (320, 240, 1)] {
            let divisors = divisors(f64::from(width * height));
            assert_eq!(divisors.iter().flatten().count(), layers, "{width}x{height}");
            assert_eq!(divisors.iter().flatten().last(), Some(&1.0));
        }
    }
}
