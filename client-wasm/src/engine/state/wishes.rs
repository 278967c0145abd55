//! What the person wants: chat, devices, layout, leaving.
//!
//! **Invariant:** what the others are told about our devices is what our devices are, never what was asked for.

use super::super::{
    blur, devices,
    meeting::{GATHERING, Inner},
    port::{Devices, ToSession},
    screen::{self, Screen},
};
use super::State;
use crate::model::{DeviceKind, MeetingCommand, MeetingEvent, MemberId, Phase, Pictures, PostCommand, Refusal, Trouble};
use web_sys::MediaStream;
use wire::{PixelHeight, Track};

impl State {
    pub(in crate::engine) fn command(&mut self, inner: &Inner, command: MeetingCommand) {
        if matches!(self.phase, Phase::Ended(_)) {
            return;
        }
        match command {
            MeetingCommand::Chat(text) => self.tell_session(&ToSession::Chat(text)),
            MeetingCommand::Microphone(on) => self.microphone(inner, on),
            MeetingCommand::Camera(on) => self.camera(inner, on),
            MeetingCommand::UseDevices { audio, video } => self.use_devices(inner, audio, video),
            MeetingCommand::Height { member, track, pixels } => {
                self.heights.insert((member, track), PixelHeight(pixels));
                inner.layout.set(GATHERING);
            }
            MeetingCommand::ShareScreen(on) => self.share_screen(inner, on),
            MeetingCommand::Pictures(pictures) => self.spend(inner, pictures),
            MeetingCommand::ShowSafetyCode => self.tell_session(&ToSession::ShowSafetyCode),
            MeetingCommand::HideSafetyCode => self.tell_session(&ToSession::HideSafetyCode),
            MeetingCommand::StartSafetyCheck(with) => self.tell_session(&ToSession::StartSafetyCheck(with)),
            MeetingCommand::ConfirmSafetyCode(with) => self.tell_session(&ToSession::ConfirmSafetyCode(with)),
            MeetingCommand::Govern(govern) => self.tell_session(&ToSession::Govern(govern)),
            MeetingCommand::Mute(whom) => self.tell_session(&ToSession::Mute(whom)),
            MeetingCommand::Leave => self.leave(inner),
            MeetingCommand::Admit { guests, compared } => self.tell_session(&ToSession::Admit(guests, compared)),
            MeetingCommand::Refuse(guest) => self.tell_session(&ToSession::Refuse(guest)),
            MeetingCommand::TellWaiting(line) => self.tell_session(&ToSession::TellWaiting(line)),
            MeetingCommand::ConfirmWords => self.tell_session(&ToSession::ConfirmWords),
            MeetingCommand::Burn => self.burn(inner),
            MeetingCommand::Together(act) => self.tell_session(&ToSession::Together(act)),
            MeetingCommand::Media(command) => self.media(inner, command),
            MeetingCommand::Post(post) => self.tell_session(&ToSession::Post(post)),
            MeetingCommand::SendFile { to, file, blob } => {
                let offer = ToSession::Post(PostCommand::Offer { to, file, hashes: Vec::new() });
                self.parts.iter().for_each(|parts| parts.hand_session(&offer, &blob));
            }
        }
    }

    fn leave(&mut self, inner: &Inner) {
        self.leaving = true;
        self.tell_session(&ToSession::Leave);
        self.hang_up(inner);
        inner.end_soon();
    }

    /// Nobody hears us from now on; the session may take a moment longer to void the link.
    fn burn(&mut self, inner: &Inner) {
        self.leaving = true;
        self.tell_session(&ToSession::Burn);
        self.hang_up(inner);
        inner.end_after_burning();
    }

    /// A moderator, or a rule, closes our microphone.
    pub(super) fn muted(&mut self, by: Option<MemberId>) {
        if self.local.set_microphone(false) {
            self.announce();
        }
        self.outbox.push(MeetingEvent::Muted { by });
    }

    fn microphone(&mut self, inner: &Inner, on: bool) {
        if self.local.set_microphone(on) {
            self.announce();
        } else {
            self.open(inner, true, false);
        }
    }

    fn camera(&mut self, inner: &Inner, on: bool) {
        if on && self.pictures == Pictures::None {
            return self.device_failed(DeviceKind::Camera, Refusal::NotAllowed);
        }
        if on && self.local.video().is_none() {
            return self.open(inner, false, true);
        }
        if !on {
            self.local.close_camera();
            self.devices_changed(inner);
        }
    }

    fn use_devices(&mut self, inner: &Inner, audio: Option<String>, video: Option<String>) {
        let (sound, picture) = (audio.is_some(), video.is_some() && self.local.video().is_some());
        self.local.want(audio, video);
        if sound || picture {
            self.open(inner, sound, picture);
        }
    }

    /// Opens devices, and sends from them.
    pub(super) fn open(&self, inner: &Inner, audio: bool, video: bool) {
        let (audio, video) = self.local.wanted(audio, video);
        let pictures = self.pictures;
        inner.after(devices::open(audio, video, self.local.sound(), pictures), move |state, inner, opened| {
            if matches!(state.phase, Phase::Ended(_)) {
                return devices::stop(&opened.stream);
            }
            state.local.take(&opened.stream);
            state.resize_camera(inner, pictures);
            if devices::tracks(&opened.stream).any(|track| track.kind() == "audio") {
                state.filter_voice(inner);
            }
            state.devices_changed(inner);
            let failed = [(DeviceKind::Microphone, opened.audio), (DeviceKind::Camera, opened.video)];
            failed
                .into_iter()
                .filter_map(|(kind, why)| Some((kind, why?)))
                .for_each(|(kind, why)| state.device_failed(kind, why));
        });
    }

    pub(super) fn device_failed(&mut self, kind: DeviceKind, why: Refusal) {
        if kind == DeviceKind::Microphone && self.local.audio().is_none() {
            self.local.microphone_refused(why);
            self.announce();
        }
        self.outbox.push(MeetingEvent::DeviceFailed { kind, why });
    }

    // ---- the screen ----

    fn share_screen(&mut self, inner: &Inner, on: bool) {
        if !on {
            return self.shared(inner, None);
        }
        // The browser's dialog must come from within the click; until the person has chosen nothing changes.
        inner.after(screen::choose(), |state, inner, chosen| match chosen {
            Ok(stream) if matches!(state.phase, Phase::Ended(_)) || state.pictures == Pictures::None => devices::stop(&stream),
            Ok(stream) => {
                let screen = Screen::new(stream, inner.whenever(|state, inner| state.shared(inner, None)));
                state.shared(inner, Some(screen));
            }
            // Who closes the dialog has changed their mind and knows it.
            Err(Refusal::NotAllowed) => state.outbox.push(MeetingEvent::Sharing(state.local.shares())),
            Err(why) => state.device_failed(DeviceKind::Screen, why),
        });
    }

    /// A file plays; who wants no pictures sends none of it either.
    pub(super) fn share_film(&mut self, inner: &Inner, stream: MediaStream) {
        if self.pictures == Pictures::None {
            devices::stop(&stream);
            return self.shared(inner, None);
        }
        let screen = Screen::film(stream, inner.whenever(|state, inner| state.shared(inner, None)));
        self.shared(inner, Some(screen));
    }

    fn shared(&mut self, inner: &Inner, screen: Option<Screen>) {
        let shares = screen.is_some();
        if self.local.share(screen) {
            if shares {
                self.open_screen_sections(inner);
            }
            self.send_tracks();
            self.announce();
        }
        self.outbox.push(MeetingEvent::Sharing(shares));
    }

    // ---- what pictures may cost ----

    fn spend(&mut self, inner: &Inner, pictures: Pictures) {
        let before = std::mem::replace(&mut self.pictures, pictures);
        self.resize_camera(inner, before);
        if pictures == Pictures::None {
            self.shared(inner, None);
            self.camera(inner, false);
        }
        self.shape_tracks();
        self.arrange(inner);
    }

    /// Has the open camera give what is wanted now, if that is not what it was asked for. Nothing is negotiated: layers are parts of a picture,
    /// whatever its size.
    fn resize_camera(&self, inner: &Inner, asked_for: Pictures) {
        let is_best = |pictures| pictures == Pictures::Best;
        if let Some(camera) = self.local.video().filter(|_| is_best(asked_for) != is_best(self.pictures)) {
            let pictures = self.pictures;
            inner.after(async move { blur::apply(&camera, pictures).await }, |state, _, ()| state.shape_tracks());
        }
    }

    /// The host says which layers of a picture of ours somebody wants.
    pub(in crate::engine) fn layers_wanted(&mut self, track: Track, layers: Vec<bool>) {
        self.layers_wanted.insert(track, layers);
        self.shape_tracks();
    }

    pub(super) fn devices_changed(&mut self, inner: &Inner) {
        self.take_duty(inner);
        self.send_tracks();
        self.show_myself();
        self.announce();
    }

    pub(super) fn announce(&self) {
        let announced = self.local.announced();
        let silent = self.own_voice.is_silent().then_some(Trouble::Silent);
        let trouble = announced.trouble.or(silent);
        self.tell_session(&ToSession::Devices(Devices { trouble, weak: self.reception.is_weak(), ..announced }));
    }
}
