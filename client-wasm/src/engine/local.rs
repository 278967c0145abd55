//! Our own microphone, camera and screen while in a meeting.
//!
//! **Invariant:** a closed camera is a stopped camera: its lamp is out and nobody can open it again without the browser's
//! consent. A closed microphone goes on sending, silence at the same rate, so that nobody can count from outside who may speak.

use super::devices::{self, LevelMeter, Wanted, tracks};
use super::port::Devices;
use super::screen::Screen;
use crate::model::DeviceKind;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{MediaStream, MediaStreamTrack};
use wire::Track;

/// What we send, or would.
pub(crate) struct Local {
    stream: MediaStream,
    microphone_on: bool,
    meter: Option<LevelMeter>,
    /// Which devices to open when one is opened again.
    wanted: (Wanted, Wanted),
    ended: Option<Closure<dyn Fn()>>,
    screen: Option<Screen>,
}

impl Local {
    /// Takes over the preview. A camera that is to start closed is stopped at once.
    pub(crate) fn new(preview: Option<MediaStream>, microphone_on: bool, camera_on: bool) -> Self {
        #[expect(clippy::expect_used, reason = "an empty stream can always be made")]
        let stream = preview.unwrap_or_else(|| MediaStream::new().expect("an empty stream"));
        let mut local =
            Self { stream, microphone_on, meter: None, wanted: (Wanted::Any, Wanted::Any), ended: None, screen: None };
        if !camera_on {
            local.close_camera();
        }
        local.set_microphone(microphone_on);
        local.meter = LevelMeter::new(&local.stream);
        local
    }

    /// Calls `ended` when a device is pulled out, now and for devices opened later.
    pub(crate) fn on_ended(&mut self, ended: impl Fn() + 'static) {
        self.ended = Some(Closure::new(ended));
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
        }
    }

    /// What is to be sent as this track.
    pub(crate) fn track(&self, track: Track) -> Option<MediaStreamTrack> {
        match track {
            // A herald's frames are filled by the frame worker; of the track they have the pace alone.
            Track::Audio | Track::Herald => self.audio(),
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

    /// Whether a screen is shared.
    pub(crate) fn shares(&self) -> bool {
        self.screen.is_some()
    }

    /// Opens or closes a microphone that is there. False when there is none to open.
    pub(crate) fn set_microphone(&mut self, on: bool) -> bool {
        self.microphone_on = on;
        let audio = self.audio();
        if let Some(track) = &audio {
            track.set_enabled(on);
        }
        audio.is_some() || !on
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
            self.meter = None;
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
                self.meter = LevelMeter::new(&self.stream);
            }
        }
        self.watch();
    }

    fn drop_tracks(&mut self, kind: &str) {
        for track in tracks(&self.stream).filter(|track| track.kind() == kind) {
            track.set_onended(None);
            track.stop();
            self.stream.remove_track(&track);
        }
    }

    /// How loud we are, 0 to 100; 0 while the microphone is closed.
    pub(crate) fn level(&self) -> u8 {
        if self.microphone_on { self.meter.as_ref().map_or(0, LevelMeter::level) } else { 0 }
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
        self.meter = None;
        self.ended = None;
    }
}
