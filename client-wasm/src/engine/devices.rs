//! Cameras and microphones: opening them with whatever the person and the machine allow, listing them, and a level meter.
//!
//! **Invariant:** a device that cannot be opened never stops the other one, nor the meeting.

use super::{blur, own_voice::Quiet};
use crate::browser::{clock, task};
use crate::fraction::within;
use crate::model::{Device, Noise, Pictures, Refusal, SoundWishes};
use js_sys::{Array, Reflect};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AnalyserNode, AudioContext, AudioContextState, MediaDeviceInfo, MediaDeviceKind, MediaDevices, MediaStream,
    MediaStreamAudioSourceNode, MediaStreamConstraints, MediaStreamTrack,
};

/// Which device of a kind is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// None of this kind.
    None,
    /// Whatever the browser proposes.
    #[default]
    Any,
    /// The one with this id ([`Device::id`]); any other when it is gone.
    Device(String),
}

/// What was opened, and why the rest was not.
pub struct Opened {
    /// Holds at most one audio and at most one video track; perhaps none at all.
    pub stream: MediaStream,
    /// Why there is no audio although it was wanted.
    pub audio: Option<Refusal>,
    /// Why there is no video although it was wanted.
    pub video: Option<Refusal>,
}

/// Opens microphone and camera for a preview or a meeting. Asks for both at once, so that the person is asked once; when that
/// fails asks for each alone. Never fails as a whole.
pub async fn open(audio: Wanted, video: Wanted, sound: SoundWishes, pictures: Pictures) -> Opened {
    if audio != Wanted::None
        && video != Wanted::None
        && let Ok(stream) = user_media(&audio, &video, sound, pictures).await
    {
        return Opened { stream, audio: None, video: None };
    }
    let voice = open_one(&audio, true, sound, pictures).await;
    let picture = open_one(&video, false, sound, pictures).await;
    let tracks = Array::new();
    for stream in [&voice, &picture].into_iter().flatten().flatten() {
        stream.get_tracks().iter().for_each(|track| {
            tracks.push(&track);
        });
    }
    #[expect(clippy::expect_used, reason = "the constructor takes any array of tracks")]
    let stream = MediaStream::new_with_tracks(&tracks).expect("a stream of tracks");
    Opened { stream, audio: voice.err(), video: picture.err() }
}

/// Opens one kind, falling back to any device of it when the wanted one is gone.
async fn open_one(wanted: &Wanted, audio: bool, sound: SoundWishes, pictures: Pictures) -> Result<Option<MediaStream>, Refusal> {
    let ask = |wanted: Wanted| async move {
        let (audio, video) = if audio { (wanted, Wanted::None) } else { (Wanted::None, wanted) };
        user_media(&audio, &video, sound, pictures).await
    };
    match wanted {
        Wanted::None => Ok(None),
        Wanted::Any => ask(Wanted::Any).await.map(Some),
        Wanted::Device(_) => match ask(wanted.clone()).await {
            Err(Refusal::NotFound) => ask(Wanted::Any).await.map(Some),
            other => other.map(Some),
        },
    }
}

async fn user_media(audio: &Wanted, video: &Wanted, sound: SoundWishes, pictures: Pictures) -> Result<MediaStream, Refusal> {
    let devices = media_devices().ok_or(Refusal::NotFound)?;
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&audio_constraints(audio, sound));
    constraints.set_video(&video_constraints(video, pictures));
    let promise = devices.get_user_media_with_constraints(&constraints).map_err(|e| refusal(&e))?;
    let stream = JsFuture::from(promise).await.map_err(|e| refusal(&e))?;
    Ok(stream.unchecked_into())
}

pub(super) fn media_devices() -> Option<MediaDevices> {
    let devices = web_sys::window()?.navigator().media_devices().ok()?;
    // Outside a secure context the property is missing, and web-sys hands out `undefined` as if it were an object.
    (!devices.is_undefined()).then_some(devices)
}

fn audio_constraints(wanted: &Wanted, sound: SoundWishes) -> JsValue {
    let object = js_sys::Object::new();
    let noise = sound.noise == Noise::Browser;
    for (name, value) in [("echoCancellation", sound.echo), ("noiseSuppression", noise), ("autoGainControl", sound.even)] {
        set(&object, name, &value.into());
    }
    set(&object, "channelCount", &1.into());
    with_device(wanted, object)
}

fn video_constraints(wanted: &Wanted, pictures: Pictures) -> JsValue {
    if *wanted == Wanted::None { JsValue::FALSE } else { with_device(wanted, picture_constraints(pictures)) }
}

/// 720p at 30 frames/s, the top simulcast layer: larger pictures cost upload that few tiles show. 1080p for who wants the best.
pub(super) fn picture_constraints(pictures: Pictures) -> js_sys::Object {
    let object = js_sys::Object::new();
    let (width, height) = if pictures == Pictures::Best { (1920, 1080) } else { (1280, 720) };
    for (name, value) in [("width", width), ("height", height), ("frameRate", 30)] {
        let ideal = js_sys::Object::new();
        set(&ideal, "ideal", &value.into());
        set(&object, name, &ideal);
    }
    blur::add_wish(&object);
    object
}

fn with_device(wanted: &Wanted, constraints: js_sys::Object) -> JsValue {
    match wanted {
        Wanted::None => return JsValue::FALSE,
        Wanted::Any => {}
        Wanted::Device(id) => {
            let exact = js_sys::Object::new();
            set(&exact, "exact", &id.as_str().into());
            set(&constraints, "deviceId", &exact);
        }
    }
    constraints.into()
}

pub(super) fn set(object: &js_sys::Object, name: &str, value: &JsValue) {
    // Setting a property of a plain object that we just made cannot fail.
    let _ = Reflect::set(object, &name.into(), value);
}

pub(super) fn refusal(error: &JsValue) -> Refusal {
    let name = Reflect::get(error, &"name".into()).ok().and_then(|n| n.as_string()).unwrap_or_default();
    refusal_named(&name)
}

/// The cause behind an error's name (Media Capture and Streams §10.2.1).
fn refusal_named(name: &str) -> Refusal {
    match name {
        "NotAllowedError" | "SecurityError" | "TypeError" => Refusal::NotAllowed,
        "NotFoundError" | "OverconstrainedError" => Refusal::NotFound,
        _ => Refusal::Busy,
    }
}

/// The devices there are. Labels are empty until the person has allowed the kind once.
pub async fn list() -> Vec<Device> {
    let Some(promise) = media_devices().and_then(|devices| devices.enumerate_devices().ok()) else { return Vec::new() };
    let Ok(found) = JsFuture::from(promise).await else { return Vec::new() };
    Array::from(&found).iter().filter_map(|info| device(&info.unchecked_into())).collect()
}

fn device(info: &MediaDeviceInfo) -> Option<Device> {
    let camera = match info.kind() {
        MediaDeviceKind::Videoinput => true,
        MediaDeviceKind::Audioinput => false,
        _ => return None,
    };
    Some(Device { id: info.device_id(), label: info.label(), camera })
}

/// Whether this browser lets people share a screen at all; phones do not.
pub fn can_share() -> bool {
    media_devices().is_some_and(|devices| Reflect::has(&devices, &"getDisplayMedia".into()).unwrap_or(false))
}

/// Calls `changed` whenever a device is plugged in or out, until the returned guard is dropped.
pub fn on_change(changed: impl Fn() + 'static) -> ChangeGuard {
    let closure = task::callback(changed);
    let devices = media_devices();
    if let Some(devices) = &devices {
        devices.set_ondevicechange(Some(closure.as_ref().unchecked_ref()));
    }
    ChangeGuard { devices, _closure: closure }
}

/// Keeps [`on_change`] going.
pub struct ChangeGuard {
    devices: Option<MediaDevices>,
    _closure: Closure<dyn Fn()>,
}

impl Drop for ChangeGuard {
    fn drop(&mut self) {
        if let Some(devices) = &self.devices {
            devices.set_ondevicechange(None);
        }
    }
}

/// Stops every track of a stream, so that the lamp of the camera goes out.
pub fn stop(stream: &MediaStream) {
    tracks(stream).for_each(|track| track.stop());
}

/// The tracks of a stream.
pub(crate) fn tracks(stream: &MediaStream) -> impl Iterator<Item = MediaStreamTrack> {
    stream.get_tracks().into_iter().map(JsCast::unchecked_into)
}

/// Measures how loud the first audio track of a stream is.
pub struct LevelMeter {
    context: AudioContext,
    source: MediaStreamAudioSourceNode,
    analyser: AnalyserNode,
    samples: Rc<RefCell<Vec<f32>>>,
}

/// 21 ms at 48 kHz: longer smooths syllables away, shorter misses the period of deep voices.
const METER_SAMPLES: u32 = 1024;

impl LevelMeter {
    /// `None` when the stream has no audio or the browser gives no audio context.
    pub fn new(stream: &MediaStream) -> Option<Self> {
        if stream.get_audio_tracks().length() == 0 {
            return None;
        }
        let context = AudioContext::new().ok()?;
        let source = context.create_media_stream_source(stream).ok()?;
        let analyser = context.create_analyser().ok()?;
        analyser.set_fft_size(METER_SAMPLES);
        source.connect_with_audio_node(&analyser).ok()?;
        let samples = Rc::new(RefCell::new(vec![0.0; METER_SAMPLES as usize]));
        Some(Self { context, source, analyser, samples })
    }

    /// How loud it is now: 0 for silence to 100 for the loudest. Cheap; call it per animation frame or a few times a second.
    pub fn level(&self) -> u8 {
        let mut samples = self.samples.borrow_mut();
        self.analyser.get_float_time_domain_data(&mut samples);
        level_of(&samples)
    }

    /// How little comes; a sound for sure while the browser lets this meter sleep.
    pub(super) fn quiet(&self) -> Quiet {
        let mut samples = self.samples.borrow_mut();
        self.analyser.get_float_time_domain_data(&mut samples);
        let most = samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        match () {
            () if self.context.state() != AudioContextState::Running || most >= FAINT => Quiet::Sound,
            () if most == 0.0 => Quiet::Zeros,
            () => Quiet::Faint,
        }
    }
}

/// Loudest sample of what may be a browser's own: -60 dB below full scale. What Chromium puts in the place of echo was measured at -70.
const FAINT: f32 = 0.001;

/// Milliseconds for which a microphone is looked into, and between two looks.
const LOOK_INTO: (f64, f64) = (1_000.0, 100.0);

/// Whether a microphone gives nothing but zeros, before anything is done to its sound. False where that would mean asking the person.
pub(super) async fn is_dead(microphone: String) -> bool {
    if !is_allowed().await.unwrap_or(false) {
        return false;
    }
    let raw = SoundWishes { echo: false, even: false, noise: Noise::Off };
    let Ok(stream) = user_media(&Wanted::Device(microphone), &Wanted::None, raw, Pictures::default()).await else { return false };
    let meter = LevelMeter::new(&stream);
    let (mut left, mut dead) = (LOOK_INTO.0, meter.is_some());
    while dead && left > 0.0 {
        clock::sleep(LOOK_INTO.1).await;
        left -= LOOK_INTO.1;
        // The first looks may come before the meter runs.
        dead = meter.as_ref().is_some_and(|meter| meter.quiet() == Quiet::Zeros || left > LOOK_INTO.0 / 2.0);
    }
    stop(&stream);
    dead
}

/// Whether the browser opens microphones without asking.
async fn is_allowed() -> Option<bool> {
    let permissions = Reflect::get(&web_sys::window()?.navigator(), &"permissions".into()).ok()?;
    let query: js_sys::Function = Reflect::get(&permissions, &"query".into()).ok()?.dyn_into().ok()?;
    let about = js_sys::Object::new();
    set(&about, "name", &"microphone".into());
    let promise: js_sys::Promise = query.call1(&permissions, &about).ok()?.dyn_into().ok()?;
    let status = JsFuture::from(promise).await.ok()?;
    Some(Reflect::get(&status, &"state".into()).ok()?.as_string()? == "granted")
}

impl Drop for LevelMeter {
    fn drop(&mut self) {
        let _ = self.source.disconnect();
        let _ = self.context.close();
    }
}

/// Root mean square in decibels below full scale, from -60 dB (0) to -10 dB (100), where speech near a microphone peaks.
fn level_of(samples: &[f32]) -> u8 {
    let energy: f32 = samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32;
    let decibels = 10.0 * energy.max(1e-12).log10();
    within(f64::from((decibels + 60.0) * 2.0), 0.0, 100.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_nothing_and_a_full_tone_is_everything() {
        let tone: Vec<f32> = (0..1024).map(|n| (n as f32 * 0.1).sin()).collect();
        assert_eq!(level_of(&[0.0; 1024]), 0);
        assert_eq!(level_of(&tone), 100);
        let quiet: Vec<f32> = tone.iter().map(|s| s * 0.01).collect();
        assert!((30..=40).contains(&level_of(&quiet)), "{}", level_of(&quiet));
        assert_eq!(level_of(&[]), 0);
    }

    #[test]
    fn causes_are_told_apart() {
        assert_eq!(refusal_named("NotAllowedError"), Refusal::NotAllowed);
        assert_eq!(refusal_named("OverconstrainedError"), Refusal::NotFound);
        assert_eq!(refusal_named("NotReadableError"), Refusal::Busy);
        assert_eq!(refusal_named("AbortError"), Refusal::Busy);
    }
}
