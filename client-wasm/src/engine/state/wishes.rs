//! What the person wants: chat, devices, layout, leaving.
//!
//! **Invariant:** what the others are told about our devices is what our devices are, never what was asked for.

use super::super::{
    devices,
    meeting::{GATHERING, Inner},
    port::ToSession,
    screen::{self, Screen},
};
use super::State;
use crate::model::{DeviceKind, MeetingCommand, MeetingEvent, MemberId, Phase, Pictures, Refusal};
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
    fn open(&self, inner: &Inner, audio: bool, video: bool) {
        let (audio, video) = self.local.wanted(audio, video);
        inner.after(devices::open(audio, video), |state, inner, opened| {
            if matches!(state.phase, Phase::Ended(_)) {
                return devices::stop(&opened.stream);
            }
            state.local.take(&opened.stream);
            state.devices_changed(inner);
            let failed = [(DeviceKind::Microphone, opened.audio), (DeviceKind::Camera, opened.video)];
            failed
                .into_iter()
                .filter_map(|(kind, why)| Some((kind, why?)))
                .for_each(|(kind, why)| state.device_failed(kind, why));
        });
    }

    /// A device was pulled out.
    pub(super) fn device_ended(&mut self, inner: &Inner) {
        let ended = self.local.drop_ended();
        if !ended.is_empty() {
            self.devices_changed(inner);
            ended.into_iter().for_each(|kind| self.device_failed(kind, Refusal::NotFound));
        }
    }

    fn device_failed(&mut self, kind: DeviceKind, why: Refusal) {
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
        self.pictures = pictures;
        if pictures == Pictures::None {
            self.shared(inner, None);
            self.camera(inner, false);
        }
        self.shape_tracks();
        self.arrange(inner);
    }

    /// The host says which layers of a picture of ours somebody wants.
    pub(in crate::engine) fn layers_wanted(&mut self, track: Track, layers: Vec<bool>) {
        self.layers_wanted.insert(track, layers);
        self.shape_tracks();
    }

    fn devices_changed(&mut self, inner: &Inner) {
        self.take_duty(inner);
        self.send_tracks();
        self.show_myself();
        self.announce();
    }

    fn announce(&self) {
        self.tell_session(&ToSession::Devices(self.local.announced()));
    }
}
