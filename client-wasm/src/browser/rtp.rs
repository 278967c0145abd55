//! What is asked of senders, receivers and transceivers, and which browsers answer to it.
//!
//! **Invariant:** codecs are put in another order, never taken away: Firefox leaves stale lines for what is missing, and
//! Chromium refuses those.

use crate::engine::{
    encodings::{self, Demand, Encoding, LAYERS},
    sdp::AUDIO_LEVEL_EXTENSIONS,
};
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

/// The camera's simulcast layers for `sendEncodings`: as many as the browser brings onto the wire with VP8.
pub(crate) fn camera_layers() -> Array {
    // Firefox, the one without `setHeaderExtensionsToNegotiate`, sends two rids at most; it would hold the third for ever idle.
    let count = if has_three_layers() { LAYERS.len() } else { LAYERS.len() - 1 };
    let layers = LAYERS.iter().skip(LAYERS.len() - count).copied();
    layers.zip(encodings::camera(count, 0.0, &Demand::default())).map(|(rid, encoding)| described(Some(rid), encoding)).collect()
}

/// The shared screen's one encoding for `sendEncodings`.
pub(crate) fn screen_layer() -> Array {
    Array::of1(&described(None, encodings::screen(&Demand::default(), 0.0)))
}

fn has_three_layers() -> bool {
    Reflect::get(&global(), &"RTCRtpTransceiver".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()))
        .and_then(|prototype| Reflect::has(&prototype, &"setHeaderExtensionsToNegotiate".into()))
        .unwrap_or(false)
}

fn described(rid: Option<&str>, encoding: Encoding) -> JsValue {
    let object = Object::new();
    // Three temporal layers, so that the host can thin a picture for those with little bandwidth. Firefox passes over the member.
    let _ = Reflect::set(&object, &"scalabilityMode".into(), &"L1T3".into());
    if let Some(rid) = rid {
        let _ = Reflect::set(&object, &"rid".into(), &rid.into());
    }
    let _ = write(&object, encoding);
    object.into()
}

fn write(object: &JsValue, encoding: Encoding) -> Result<(), JsValue> {
    Reflect::set(object, &"active".into(), &encoding.active.into())?;
    Reflect::set(object, &"scaleResolutionDownBy".into(), &encoding.divisor.into())?;
    Reflect::set(object, &"maxBitrate".into(), &encoding.bits.into())?;
    if let Some(frames) = encoding.frames {
        Reflect::set(object, &"maxFramerate".into(), &frames.into())?;
    }
    if let Some(spatial) = encoding.spatial.filter(|&spatial| spatial != spatial_layers(object)) {
        // Each predicted from the smaller ones at any time: the host gives those to everybody anyway.
        Reflect::set(object, &"scalabilityMode".into(), &format!("L{spatial}T3").into())?;
    }
    Ok(())
}

/// How many spatial layers an encoding has by its `scalabilityMode`: three in "L3T3_KEY".
fn spatial_layers(encoding: &JsValue) -> usize {
    let mode = Reflect::get(encoding, &"scalabilityMode".into()).ok().and_then(|mode| mode.as_string());
    let digit = mode.and_then(|mode| mode.strip_prefix('L')?.chars().next()?.to_digit(10));
    digit.map_or(1, |digit| digit as usize)
}

/// Encodes a camera's picture as the demand has it, for as many layers as the sender has.
///
/// # Errors
/// The browser's; then the encodings stay as they were.
pub(crate) async fn shape_camera(sender: RtcRtpSender, camera: MediaStreamTrack, demand: Demand) -> Result<(), JsValue> {
    let settings = camera.get_settings();
    let side = |name: &str| Reflect::get(&settings, &name.into()).ok().and_then(|side| side.as_f64()).unwrap_or_default();
    let pixels = side("width") * side("height");
    let encode = |present: &Array| {
        let one = present.get(0);
        let divisor =
            Reflect::get(&one, &"scaleResolutionDownBy".into()).ok().and_then(|divisor| divisor.as_f64()).unwrap_or(1.0);
        let spatial = spatial_layers(&one);
        if present.length() == 1 && (spatial > 1 || divisor > 1.0) {
            vec![encodings::scalable(spatial, divisor, pixels, &demand)]
        } else {
            encodings::camera(present.length() as usize, pixels, &demand)
        }
    };
    set_encodings(sender, encode, None).await
}

/// Encodes a shared screen as the demand has it: when bits are short, frames go before letters blur.
///
/// # Errors
/// The browser's; then the encoding stays as it was.
pub(crate) async fn shape_screen(sender: RtcRtpSender, picture: MediaStreamTrack, demand: Demand) -> Result<(), JsValue> {
    let lines = Reflect::get(&picture.get_settings(), &"height".into()).ok().and_then(|lines| lines.as_f64()).unwrap_or_default();
    let prefer = if demand.film { "balanced" } else { "maintain-resolution" };
    set_encodings(sender, |_: &Array| vec![encodings::screen(&demand, lines)], Some(prefer)).await
}

/// How many bytes have come in, as a connection's statistics (`RTCStatsReport`) have it: by its ways to the host, in use or not.
pub(crate) fn received(statistics: &JsValue) -> Option<f64> {
    let mut received = None;
    // The report has the methods of a map, and is none.
    statistics.unchecked_ref::<js_sys::Map>().for_each(&mut |one, _| {
        let property = |name: &str| Reflect::get(&one, &name.into()).ok();
        if property("type").and_then(|kind| kind.as_string()).as_deref() == Some("candidate-pair") {
            let bytes = property("bytesReceived").and_then(|bytes| bytes.as_f64());
            received = bytes.map(|bytes| received.unwrap_or_default() + bytes).or(received);
        }
    });
    received
}

async fn set_encodings(
    sender: RtcRtpSender,
    encode: impl Fn(&Array) -> Vec<Encoding>,
    prefer: Option<&str>,
) -> Result<(), JsValue> {
    // Between asking and setting nothing may be awaited: parameters are good for one use.
    let sender: &Encoder = sender.unchecked_ref();
    let parameters = sender.parameters()?;
    let present = Array::from(&Reflect::get(&parameters, &"encodings".into())?);
    for (object, encoding) in present.iter().zip(encode(&present)) {
        write(&object, encoding)?;
    }
    if let Some(prefer) = prefer {
        Reflect::set(&parameters, &"degradationPreference".into(), &prefer.into())?;
    }
    JsFuture::from(sender.set_parameters(&parameters)?).await.map(drop)
}
