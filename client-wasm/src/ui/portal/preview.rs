//! Camera and microphone before joining: picture, level, choice of devices, and what to do when the browser refuses.
//!
//! Invariant: a switched-off camera is really off (its track is stopped, so its lamp goes out), and whatever is refused, joining stays possible.

use super::super::{
    Page,
    app::Ui,
    blur::blur_switch,
    browser,
    dialogs::speaker,
    icons::{Icon, icon, small_icon},
    parts::{button, camera_switch, icon_button, microphone_switch, mirror},
};
use crate::browser::agent::{self, Family};
use crate::engine::{
    devices::{self, LevelMeter, Wanted},
    outputs,
};
use crate::model::{Device, Refusal, SoundWishes};
use crate::ui::view::prelude::*;
use leptos::{ev, task::spawn_local};
use web_sys::MediaStream;

/// How often the level is shown, at most ten times a second.
const LEVEL_MILLIS: u32 = 100;
/// Lamps of the level meter.
const LAMPS: u8 = 12;

/// What is open, wanted and refused; it goes along into the meeting.
#[derive(Clone, Copy)]
pub(crate) struct Preview {
    /// The open tracks.
    pub(crate) stream: RwSignal<Option<MediaStream>>,
    /// Whether the microphone is wanted open.
    pub(crate) microphone: RwSignal<bool>,
    /// Whether the camera is wanted open.
    pub(crate) camera: RwSignal<bool>,
    /// All devices of this machine.
    pub(crate) devices: RwSignal<Vec<Device>>,
    /// The chosen microphone's id.
    pub(crate) audio: RwSignal<Option<String>>,
    /// The chosen camera's id.
    pub(crate) video: RwSignal<Option<String>>,
    /// The loudspeakers that the browser tells of.
    pub(crate) outputs: RwSignal<Vec<Device>>,
    /// The chosen loudspeaker's id; `None` is what the machine prefers.
    pub(crate) speaker: RwSignal<Option<String>>,
    /// What is done to the microphone's sound.
    pub(crate) sound: RwSignal<SoundWishes>,
    asking: RwSignal<bool>,
    /// How often devices were asked for: an answer to an older question is late.
    question: StoredValue<u32>,
    refused_audio: RwSignal<Option<Refusal>>,
    refused_video: RwSignal<Option<Refusal>>,
    meter: StoredValue<Option<LevelMeter>>,
}

impl Preview {
    /// Nothing open yet, both wanted.
    pub(crate) fn new() -> Self {
        Self {
            stream: RwSignal::new(None),
            microphone: RwSignal::new(true),
            camera: RwSignal::new(true),
            devices: RwSignal::new(Vec::new()),
            audio: RwSignal::new(None),
            video: RwSignal::new(None),
            outputs: RwSignal::new(Vec::new()),
            speaker: RwSignal::new(None),
            sound: RwSignal::new(SoundWishes::default()),
            asking: RwSignal::new(false),
            question: StoredValue::new(0),
            refused_audio: RwSignal::new(None),
            refused_video: RwSignal::new(None),
            meter: StoredValue::new(None),
        }
    }

    /// Opens what is wanted and not open: at first, after a refusal, after a change of device.
    pub(crate) fn open_again(self, ui: Ui) {
        self.close();
        let question = self.new_question();
        let audio = wanted(true, self.audio.get_untracked());
        let video = wanted(self.camera.get_untracked(), self.video.get_untracked());
        let (sound, pictures) = (self.sound.get_untracked(), ui.visits.pictures());
        self.asking.set(true);
        spawn_local(async move {
            let opened = devices::open(audio, video, sound, pictures).await;
            if self.question.try_get_value() != Some(question) {
                devices::stop(&opened.stream);
                self.open_in_meeting(ui, &opened.stream);
                return;
            }
            let (found, outputs) = (devices::list().await, outputs::list().await);
            self.asking.set(false);
            self.devices.set(found);
            self.outputs.set(outputs);
            self.refused_audio.set(opened.audio);
            self.refused_video.set(opened.video);
            self.meter.set_value(LevelMeter::new(&opened.stream));
            silence(&opened.stream, !self.microphone.get_untracked());
            self.stream.set(Some(opened.stream));
        });
    }

    fn new_question(self) -> u32 {
        self.question.update_value(|question| *question = question.wrapping_add(1));
        self.question.get_value()
    }

    /// The browser gave devices (after a question that took its time) when the person had gone in without: they are opened there,
    /// as the person wanted them.
    fn open_in_meeting(self, ui: Ui, opened: &MediaStream) {
        if !matches!(ui.page.get_untracked(), Page::Door | Page::Meeting) {
            return;
        }
        let has = |kind: &str| devices::tracks(opened).any(|track| track.kind() == kind);
        if has("audio") && self.microphone.get_untracked() && !ui.meeting.microphone.get_untracked() {
            ui.meeting.switch_microphone(true);
        }
        if has("video") && self.camera.get_untracked() && !ui.meeting.camera.get_untracked() {
            ui.meeting.switch_camera(true);
        }
    }

    /// Gives the stream away: the engine owns it from now on.
    pub(crate) fn hand_over(self) -> Option<MediaStream> {
        self.meter.set_value(None);
        if self.asking.get_untracked() {
            self.asking.set(false);
            self.new_question();
        }
        self.stream.try_update_untracked(Option::take).flatten()
    }

    /// Whether a microphone is open, wanted or not.
    pub(crate) fn has_microphone(self) -> bool {
        self.stream.with_untracked(|stream| stream.as_ref().is_some_and(|stream| stream.get_audio_tracks().length() > 0))
    }

    /// Whether a camera is open.
    pub(crate) fn has_camera(self) -> bool {
        self.stream.with_untracked(|stream| stream.as_ref().is_some_and(|stream| stream.get_video_tracks().length() > 0))
    }

    /// Why there is no microphone, if there is none and one was asked for.
    pub(crate) fn microphone_trouble(self) -> Option<Refusal> {
        self.refused_audio.get_untracked().filter(|_| !self.has_microphone())
    }

    /// Asks the browser again which devices there are.
    pub(crate) fn list_devices(self) {
        spawn_local(async move {
            let (found, outputs) = (devices::list().await, outputs::list().await);
            self.devices.set(found);
            self.outputs.set(outputs);
        });
    }

    /// Whether the browser refused something that is wanted.
    fn refused(self) -> bool {
        refusal_words(self).is_some()
    }

    fn close(self) {
        if let Some(stream) = self.hand_over() {
            devices::stop(&stream);
            self.stream.set(None);
        }
    }

    fn switch_microphone(self) {
        self.microphone.update(|on| *on = !*on);
        self.stream.with_untracked(|stream| stream.iter().for_each(|stream| silence(stream, !self.microphone.get_untracked())));
    }

    fn switch_camera(self, ui: Ui) {
        self.camera.update(|on| *on = !*on);
        self.open_again(ui);
    }
}

fn wanted(on: bool, chosen: Option<String>) -> Wanted {
    match (on, chosen) {
        (false, _) => Wanted::None,
        (true, None) => Wanted::Any,
        (true, Some(id)) => Wanted::Device(id),
    }
}

fn silence(stream: &MediaStream, silent: bool) {
    devices::tracks(stream).filter(|track| track.kind() == "audio").for_each(|track| track.set_enabled(!silent));
}

/// The left half of the portal under its title.
pub(super) fn preview(ui: Ui) -> AnyView {
    let preview = ui.preview;
    // On a phone the choice of devices opens on demand.
    let chooser = RwSignal::new(false);
    let class = move || if preview.refused() { "preview tall" } else { "preview" };
    let pane = html::div().class(class).child((move || picture(ui), controls(ui, chooser)));
    let devices_class = move || if chooser.get() { "devices open" } else { "devices" };
    let choice = html::div().class(devices_class).child((
        device_choice(ui, true, move |_| preview.open_again(ui)),
        device_choice(ui, false, move |_| preview.open_again(ui)),
        html::div().class("device-speaker").child(speaker(ui)),
        blur_switch(ui, move || preview.stream.get()),
    ));
    watch_devices(preview);
    (pane, choice, level(ui)).into_any()
}

fn controls(ui: Ui, chooser: RwSignal<bool>) -> AnyView {
    let preview = ui.preview;
    let microphone = move || microphone_switch(ui, preview.microphone.get(), move || preview.switch_microphone());
    let camera = move || camera_switch(ui, preview.camera.get(), move || preview.switch_camera(ui));
    // What the browser keeps closed has no switch: trying again is the one thing to do.
    let again = move || {
        preview.refused().then(|| button("btn btn-line", Some(Icon::Refresh), ui.t("try-again"), move || preview.open_again(ui)))
    };
    let microphone = move || (!preview.refused() || preview.refused_audio.get().is_none()).then(microphone);
    let camera = move || (!preview.refused() || preview.refused_video.get().is_none()).then(camera);
    let choose =
        icon_button(Icon::Settings, "ib only-phone", ui.t("preview-devices"), move || chooser.update(|open| *open = !*open));
    html::div().class("preview-ctl").child((microphone, camera, again, choose)).into_any()
}

/// The picture, or why there is none.
fn picture(ui: Ui) -> AnyView {
    let preview = ui.preview;
    let stream = preview.stream.get();
    let has_picture = stream.as_ref().is_some_and(|stream| stream.get_video_tracks().length() > 0);
    if has_picture && preview.camera.get() {
        return mirror(ui, move || preview.stream.get());
    }
    match refusal_words(preview) {
        Some((title, body)) => {
            // What the browser was told to keep closed is opened at a place of its own.
            let denied = [preview.refused_audio.get(), preview.refused_video.get()].contains(&Some(Refusal::NotAllowed));
            refusal(ui, title, body, denied.then(|| where_to_allow(Family::of(&agent::own()))))
        }
        None if preview.asking.get() => note(ui, Icon::Camera, "preview-ask", Some("preview-ask-body")),
        None => note(ui, Icon::CameraOff, "camera-is-off", None),
    }
}

/// Title and body of what the browser refused, if it refused something that is wanted.
fn refusal_words(preview: Preview) -> Option<(&'static str, &'static str)> {
    let video = preview.refused_video.get().filter(|_| preview.camera.get());
    match (preview.refused_audio.get(), video) {
        (Some(Refusal::NotFound), Some(Refusal::NotFound)) => Some(("refused-none", "refused-none-body")),
        (Some(Refusal::NotAllowed), Some(Refusal::NotAllowed)) => Some(("refused-both", "refused-both-body")),
        (_, Some(Refusal::NotAllowed)) => Some(("refused-camera", "refused-camera-body")),
        (_, Some(Refusal::Busy)) => Some(("refused-busy", "refused-busy-body")),
        (Some(Refusal::NotAllowed), _) => Some(("refused-microphone", "refused-microphone-body")),
        (_, Some(Refusal::NotFound)) => Some(("refused-no-camera", "refused-no-camera-body")),
        (Some(Refusal::NotFound), _) => Some(("refused-no-microphone", "refused-no-microphone-body")),
        (Some(Refusal::Busy), _) => Some(("refused-busy-microphone", "refused-busy-microphone-body")),
        (None, None) => None,
    }
}

/// Where this browser's person allows camera and microphone.
fn where_to_allow(family: Family) -> &'static str {
    match family {
        Family::Chromium => "where-chromium",
        Family::Android => "where-android",
        Family::Firefox => "where-firefox",
        Family::Safari => "where-safari",
        Family::Ios => "where-ios",
        Family::OtherIos => "where-ios-other",
    }
}

fn refusal(ui: Ui, title: &'static str, body: &'static str, first: Option<&'static str>) -> AnyView {
    let body = move || first.into_iter().chain([body]).map(|id| ui.say(id, &[])).collect::<Vec<_>>().join(" ");
    let words = (icon(Icon::CameraOff), html::b().child(ui.t(title)), html::p().child(body));
    let told = html::div().class("tile-note").role("alert").child(words);
    html::div().class("tile tile-n2").child(html::div().class("tile-in").child(told)).into_any()
}

fn note(ui: Ui, sign: Icon, title: &'static str, body: Option<&'static str>) -> AnyView {
    let words = (icon(sign), html::b().child(ui.t(title)), body.map(|body| html::p().child(ui.t(body))));
    html::div()
        .class("tile tile-n6")
        .child(html::div().class("tile-in").child(html::div().class("tile-note").child(words)))
        .into_any()
}

/// The menu of cameras, or of microphones; `on_choice` is told the id once it is noted.
pub(crate) fn device_choice(ui: Ui, camera: bool, on_choice: impl Fn(String) + 'static) -> AnyView {
    let preview = ui.preview;
    let (sign, words, nothing) =
        if camera { (Icon::Camera, "camera", "device-none-camera") } else { (Icon::Mic, "microphone", "device-none-microphone") };
    let options = move || {
        let all: Vec<Device> =
            preview.devices.get().into_iter().filter(|device| device.camera == camera && !device.id.is_empty()).collect();
        if all.is_empty() {
            return html::option().attr("value", "").child(ui.t(nothing)).into_any();
        }
        all.into_iter().enumerate().map(|(at, device)| device_option(ui, device, at + 1)).collect_view().into_any()
    };
    let none = move || preview.devices.with(|all| !all.iter().any(|device| device.camera == camera && !device.id.is_empty()));
    let chosen = if camera { preview.video } else { preview.audio };
    let select = html::select()
        .aria_label(ui.t(words))
        .prop("disabled", none)
        .on(ev::change, move |event| {
            let id = event_target_value(&event);
            chosen.set(Some(id.clone()));
            on_choice(id);
        })
        .child(options);
    html::div().class("input").child((small_icon(sign), select, small_icon(Icon::Down))).into_any()
}

fn device_option(ui: Ui, device: Device, number: usize) -> AnyView {
    let unnamed = if device.camera { "device-unnamed-camera" } else { "device-unnamed-microphone" };
    let Device { id, label, camera } = device;
    let words = move || if label.is_empty() { ui.say(unnamed, &[("number", number.into())]) } else { label.clone() };
    let chosen = if camera { ui.preview.video } else { ui.preview.audio };
    let selected = {
        let id = id.clone();
        move || chosen.with(|chosen| chosen.as_deref() == Some(id.as_str()))
    };
    html::option().attr("value", id).prop("selected", selected).child(words).into_any()
}

/// A device was plugged in or out: the list follows, for as long as the caller's owner lives.
pub(crate) fn watch_devices(preview: Preview) {
    let kept = StoredValue::new(Some(devices::on_change(move || preview.list_devices())));
    on_cleanup(move || kept.set_value(None));
}

/// "We can hear you", and twelve lamps.
fn level(ui: Ui) -> AnyView {
    let preview = ui.preview;
    let lit = RwSignal::new(0_u8);
    let heard = RwSignal::new(false);
    browser::every(LEVEL_MILLIS, move || {
        let loudness = preview.meter.with_value(|meter| meter.as_ref().map_or(0, LevelMeter::level));
        let now = if preview.microphone.get_untracked() { lamps(loudness) } else { 0 };
        if now != lit.get_untracked() {
            lit.set(now);
        }
        if now >= LAMPS / 3 {
            heard.set(true);
        }
    });
    let words = move || match () {
        () if !preview.microphone.get() => ui.t("level-off")(),
        () if preview.stream.with(Option::is_none) || preview.refused_audio.get().is_some() => ui.t("device-none-microphone")(),
        () if heard.get() => ui.t("level-heard")(),
        () => ui.t("level-quiet")(),
    };
    html::div().class("device-level").child((html::span().child(words), lamps_of(ui, lit.into()))).into_any()
}

/// Twelve lamps, of which so many are lit.
pub(crate) fn lamps_of(ui: Ui, lit: Signal<u8>) -> AnyView {
    let lamp = |n: u8| html::i().class(move || if n <= lit.get() { "lit" } else { "" });
    html::div()
        .class("meter")
        .role("meter")
        .aria_label(ui.t("level"))
        .attr("aria-valuemin", "0")
        .attr("aria-valuemax", LAMPS.to_string())
        .attr("aria-valuenow", move || lit.get().to_string())
        .child((1..=LAMPS).map(lamp).collect_view())
        .into_any()
}

/// Loudness of 0 to 100 as lamps: speech across a table lights half of them.
pub(crate) fn lamps(loudness: u8) -> u8 {
    u8::try_from(u16::from(loudness) * u16::from(LAMPS) / 100).unwrap_or(LAMPS).min(LAMPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_lights_all_lamps_and_silence_none() {
        assert_eq!((lamps(0), lamps(50), lamps(100), lamps(255)), (0, 6, 12, 12));
    }
}
