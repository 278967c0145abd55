//! What the person wants: chat, devices, layout, leaving.
//!
//! **Invariant:** what the others are told about our devices is what our devices are, never what was asked for.

use super::super::{
    devices,
    meeting::{Inner, LAYOUT_SETTLES},
    port::ToSession,
};
use super::State;
use crate::model::{MeetingCommand, Phase};
use wire::PixelHeight;

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
                inner.layout.set(LAYOUT_SETTLES);
            }
            MeetingCommand::ShowSafetyCode => self.tell_session(&ToSession::ShowSafetyCode),
            MeetingCommand::HideSafetyCode => self.tell_session(&ToSession::HideSafetyCode),
            MeetingCommand::StartSafetyCheck => self.tell_session(&ToSession::StartSafetyCheck),
            MeetingCommand::ConfirmSafetyCode => self.tell_session(&ToSession::ConfirmSafetyCode),
            MeetingCommand::Leave => self.leave(inner),
        }
    }

    fn leave(&mut self, inner: &Inner) {
        self.leaving = true;
        self.tell_session(&ToSession::Leave);
        self.hang_up(inner);
        inner.end_soon();
    }

    fn microphone(&mut self, inner: &Inner, on: bool) {
        if self.local.set_microphone(on) {
            self.announce();
        } else {
            self.open(inner, true, false);
        }
    }

    fn camera(&mut self, inner: &Inner, on: bool) {
        if on && self.local.video().is_none() {
            return self.open(inner, false, true);
        }
        if !on {
            self.local.close_camera();
            self.devices_changed();
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
        inner.after(devices::open(audio, video), |state, _, opened| {
            if matches!(state.phase, Phase::Ended(_)) {
                return devices::stop(&opened.stream);
            }
            state.local.take(&opened.stream);
            state.devices_changed();
        });
    }

    /// A device was pulled out.
    pub(super) fn device_ended(&mut self, _: &Inner) {
        if self.local.drop_ended() {
            self.devices_changed();
        }
    }

    fn devices_changed(&mut self) {
        self.send_tracks();
        self.show_myself();
        self.announce();
    }

    fn announce(&self) {
        self.tell_session(&ToSession::Devices(self.local.announced()));
    }
}
