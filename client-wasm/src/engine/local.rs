//! Our own microphone, camera and screen while in a meeting.
//!
//! **Invariant:** a closed camera is a stopped camera: its lamp is out and nobody can open it again without the browser's
//! consent. A closed microphone goes on sending, silence at the same rate, so that nobody can count from outside who may speak; what it
//! hears then is measured here, to tell the person that they speak into a closed microphone, and goes nowhere.

use super::devices::{self, LevelMeter, Wanted, tracks};
use super::filter::Filter;
use super::own_voice::{Heard, Quiet};
use super::port::Devices;
use super::screen::Screen;
use crate::browser::task;
use crate::model::{DeviceKind, JoinRequest, Refusal, SoundWishes, Trouble};
use js_sys::Reflect;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{MediaStream, MediaStreamTrack};
use wire::Track;

/// What we send, or would.
pub(crate) struct Local {
    stream: MediaStream,
    microphone_on: bool,
    /// Takes noise out of what the microphone gives, which is sent in its place.
    filter: Option<Filter>,
    ear: Option<Ear>,
    /// Which devices to open when one is opened again.
    wanted: (Wanted, Wanted),
    sound: SoundWishes,
    /// Why there is no microphone.
    refused: Option<Refusal>,
    ended: Option<Closure<dyn Fn()>>,
    screen: Option<Screen>,
}

impl Local {
    /// Takes over the preview. A camera that is to start closed is stopped at once.
    pub(crate) fn new(request: &JoinRequest) -> Self {
        #[expect(clippy::expect_used, reason = "an empty stream can always be made")]
        let stream = request.preview.clone().unwrap_or_else(|| MediaStream::new().expect("an empty stream"));
        let device = |kind: &str| tracks(&stream).find(|track| track.kind() == kind).as_ref().and_then(device_of);
        let wanted = |kind: &str| device(kind).map_or(Wanted::Any, Wanted::Device);
        let mut local = Self {
            microphone_on: request.microphone_on,
            filter: None,
            ear: None,
            wanted: (wanted("audio"), wanted("video")),
            sound: request.sound,
            refused: request.trouble,
            ended: None,
            screen: None,
            stream,
        };
        if !request.camera_on {
            local.close_camera();
        }
        local.set_microphone(request.microphone_on);
        local.ear = Ear::new(local.voice());
        local
    }

    /// Calls `ended` when a device is pulled out, now and for devices opened later.
    pub(crate) fn on_ended(&mut self, ended: impl Fn() + 'static) {
        self.ended = Some(task::callback(ended));
        self.watch();
    }

    fn watch(&self) {
        if let Some(ended) = &self.ended {
            tracks(&self.stream).for_each(|track| track.set_onended(Some(ended.as_ref().unchecked_ref())));
        }
    }

    /// The microphone's track.
    pub(crate) fn audio(&self) -> Option<MediaStreamTrack> {
        tracks(&self.stream).find(|track| track.kind() == "audio")
    }

    /// What is sent of it: without noise, once the filter runs.
    fn voice(&self) -> Option<MediaStreamTrack> {
        self.filter.as_ref().map(Filter::filtered).or_else(|| self.audio())
    }

    /// The camera's track.
    pub(crate) fn video(&self) -> Option<MediaStreamTrack> {
        tracks(&self.stream).find(|track| track.kind() == "video")
    }

    /// Our own picture, to be shown to ourselves; `None` while the camera is closed.
    pub(crate) fn picture(&self) -> Option<MediaStream> {
        // Without our own sound: an element that plays it would echo.
        self.video().and_then(|track| MediaStream::new_with_tracks(&js_sys::Array::of1(&track)).ok())
    }

    /// What the others are told.
    pub(crate) fn announced(&self) -> Devices {
        Devices {
            microphone: self.microphone_on && self.audio().is_some(),
            camera: self.video().is_some(),
            screen: self.screen.is_some(),
            screen_sound: self.track(Track::ScreenAudio).is_some(),
            trouble: self.refused.filter(|_| self.audio().is_none()).map(trouble),
            weak: false,
        }
    }

    /// What is to be sent as this track.
    pub(crate) fn track(&self, track: Track) -> Option<MediaStreamTrack> {
        match track {
            // A herald's frames are filled by the frame worker; of the track they have the pace alone.
            Track::Audio | Track::Herald => self.voice(),
            Track::Camera => self.video(),
            Track::Screen => self.screen.as_ref()?.picture(),
            Track::ScreenAudio => self.screen.as_ref()?.sound(),
        }
    }

    /// Shares this screen, or none. True when that is a change.
    pub(crate) fn share(&mut self, screen: Option<Screen>) -> bool {
        let before = std::mem::replace(&mut self.screen, screen);
        before.is_some() || self.screen.is_some()
    }

    /// Whether what is shared is a film.
    pub(crate) fn shares_film(&self) -> bool {
        self.screen.as_ref().is_some_and(Screen::is_film)
    }

    /// Whether a screen is shared.
    pub(crate) fn shares(&self) -> bool {
        self.screen.is_some()
    }

    /// Opens or closes a microphone that is there. False when there is none to open.
    pub(crate) fn set_microphone(&mut self, on: bool) -> bool {
        self.microphone_on = on;
        let audio = self.audio();
        if let Some(track) = &audio {
            // Behind a filter it stays open, and what comes out is closed: what it hears is measured without its noise.
            track.set_enabled(on || self.filter.is_some());
        }
        if let Some(filter) = &self.filter {
            filter.filtered().set_enabled(on);
        }
        audio.is_some() || !on
    }

    /// Sends what comes out of a filter of the microphone from now on.
    pub(crate) fn filter(&mut self, filter: Filter) {
        self.filter = Some(filter);
        self.set_microphone(self.microphone_on);
        self.ear = Ear::new(self.voice());
    }

    /// Stops the camera.
    pub(crate) fn close_camera(&mut self) {
        self.drop_tracks("video");
    }

    /// Drops tracks that ended by themselves, and says of which kinds.
    pub(crate) fn drop_ended(&mut self) -> Vec<DeviceKind> {
        let ended: Vec<_> = tracks(&self.stream).filter(|t| t.ready_state() == web_sys::MediaStreamTrackState::Ended).collect();
        ended.iter().for_each(|track| self.stream.remove_track(track));
        if self.audio().is_none() {
            (self.ear, self.filter) = (None, None);
        }
        let kind = |track: &MediaStreamTrack| if track.kind() == "audio" { DeviceKind::Microphone } else { DeviceKind::Camera };
        ended.iter().map(kind).collect()
    }

    /// Which devices to open from now on; `None` leaves a kind as it is.
    pub(crate) fn want(&mut self, audio: Option<String>, video: Option<String>) {
        if let Some(id) = audio {
            self.wanted.0 = Wanted::Device(id);
        }
        if let Some(id) = video {
            self.wanted.1 = Wanted::Device(id);
        }
    }

    /// Whatever microphone there is, from now on: the one that was wanted is gone.
    pub(crate) fn want_any_microphone(&mut self) {
        self.wanted.0 = Wanted::Any;
    }

    /// Lets go of the microphone, to open it anew: browsers change what they do to its sound only when nobody holds it.
    pub(crate) fn close_microphone(&mut self) {
        self.drop_tracks("audio");
    }

    /// The id of the microphone that is open.
    pub(crate) fn microphone_id(&self) -> Option<String> {
        self.audio().as_ref().and_then(device_of)
    }

    /// Treats the microphone's sound like this when it is opened next.
    pub(crate) fn want_sound(&mut self, sound: SoundWishes) {
        self.sound = sound;
    }

    /// How the microphone's sound is treated.
    pub(crate) fn sound(&self) -> SoundWishes {
        self.sound
    }

    /// The microphone could not be opened.
    pub(crate) fn microphone_refused(&mut self, why: Refusal) {
        self.refused = Some(why);
    }

    /// What to ask the browser for to open these kinds.
    pub(crate) fn wanted(&self, audio: bool, video: bool) -> (Wanted, Wanted) {
        let pick = |open: bool, wanted: &Wanted| if open { wanted.clone() } else { Wanted::None };
        (pick(audio, &self.wanted.0), pick(video, &self.wanted.1))
    }

    /// Takes what was opened in place of what was there of the same kind.
    pub(crate) fn take(&mut self, opened: &MediaStream) {
        for track in tracks(opened) {
            let audio = track.kind() == "audio";
            self.drop_tracks(&track.kind());
            track.set_enabled(!audio || self.microphone_on);
            self.stream.add_track(&track);
            if audio {
                self.ear = Ear::new(self.voice());
            }
        }
        self.watch();
    }

    fn drop_tracks(&mut self, kind: &str) {
        if kind == "audio" {
            (self.ear, self.filter) = (None, None);
        }
        for track in tracks(&self.stream).filter(|track| track.kind() == kind) {
            track.set_onended(None);
            track.stop();
            self.stream.remove_track(&track);
        }
    }

    /// How loud we are, 0 to 100; 0 while the microphone is closed.
    pub(crate) fn level(&self) -> u8 {
        if self.microphone_on { self.ear.as_ref().map_or(0, |ear| ear.meter.level()) } else { 0 }
    }

    /// What the microphone hears, open or closed; `None` when there is none.
    pub(crate) fn heard(&self) -> Option<Heard> {
        let meter = &self.ear.as_ref()?.meter;
        // Out of a filter zeros may come for a quiet room as well: then the device itself is looked into.
        let quiet = match meter.quiet() {
            Quiet::Zeros if self.filter.is_some() => Quiet::Faint,
            quiet => quiet,
        };
        Some(Heard { open: self.microphone_on, level: meter.level(), quiet })
    }

    /// Stops everything.
    pub(crate) fn stop(&mut self) {
        self.release();
        self.screen = None;
        devices::stop(&self.stream);
    }

    /// Lets go of devices without stopping them: they belong to the interface again.
    pub(crate) fn release(&mut self) {
        tracks(&self.stream).for_each(|track| track.set_onended(None));
        (self.ear, self.filter) = (None, None);
        self.set_microphone(self.microphone_on);
        self.ended = None;
    }
}

/// Measures the microphone whether it is open or closed, by a track of its own: closing makes a track silent for everybody.
struct Ear {
    meter: LevelMeter,
    track: MediaStreamTrack,
}

impl Ear {
    fn new(microphone: Option<MediaStreamTrack>) -> Option<Self> {
        let track = microphone?.clone();
        track.set_enabled(true);
        let stream = MediaStream::new_with_tracks(&js_sys::Array::of1(&track)).ok()?;
        LevelMeter::new(&stream).map(|meter| Self { meter, track })
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        // A device is in use as long as one of its tracks lives.
        self.track.stop();
    }
}

/// Which device a track comes from.
fn device_of(track: &MediaStreamTrack) -> Option<String> {
    Reflect::get(&track.get_settings(), &"deviceId".into()).ok()?.as_string().filter(|id| !id.is_empty())
}

fn trouble(why: Refusal) -> Trouble {
    match why {
        Refusal::NotAllowed => Trouble::NotAllowed,
        Refusal::NotFound => Trouble::NotFound,
        Refusal::Busy => Trouble::Busy,
    }
}
