//! How people hear and are heard: what arrives, what our microphone gives, how its sound is treated.
//!
//! **Invariant:** what is found out here about our own voice is told to the person in front of this screen; the others learn only that an
//! open microphone gives nothing, and that our way is weak.

use super::super::{devices, filter::Filter, meeting::Inner, own_voice::Finding, peer::Peer};
use super::State;
use crate::browser::{counts::Counts, fatal};
use crate::model::{DeviceKind, MediaCommand, MediaEvent, MeetingEvent, Noise, Phase, Refusal, SoundWishes};
use std::rc::Rc;

impl State {
    pub(super) fn media(&mut self, inner: &Inner, command: MediaCommand) {
        match command {
            MediaCommand::Sound(wishes) => self.treat_sound(inner, wishes),
            MediaCommand::Level(wanted) => self.level_wanted = wanted,
            MediaCommand::ShareFilm(stream) => self.share_film(inner, stream),
        }
    }

    pub(super) fn tell_media(&mut self, event: MediaEvent) {
        self.outbox.push(MeetingEvent::Media(event));
    }

    /// Looks at the statistics, when it is time.
    pub(super) fn look_at_reception(&mut self, inner: &Inner, now: f64) {
        let Some(peer) = self.peer.clone().filter(|_| self.is_inside()) else { return };
        if !self.reception.is_due(now) {
            return;
        }
        let counted = peer.clone();
        inner.after(async move { counted.counts().await }, move |state, _, counts| state.looked(&peer, &counts));
    }

    fn looked(&mut self, peer: &Rc<Peer>, counts: &Counts) {
        if !self.is_current(peer) {
            return;
        }
        let seats = &self.seats;
        let news = self.reception.look(counts, |mid| seats.holder_in(mid).map(|holder| (holder.member, holder.track)));
        if let Some(arrivals) = news.arrivals {
            self.tell_media(MediaEvent::Arrivals(arrivals));
        }
        if let Some(weak) = news.weak {
            self.announce();
            self.tell_media(MediaEvent::Weak(weak));
        }
    }

    /// Ten times a second: what our microphone gives.
    pub(super) fn hear_myself(&mut self, inner: &Inner) {
        let heard = self.local.heard();
        if self.level_wanted {
            self.tell_media(MediaEvent::Level(heard.map_or(0, |heard| heard.level)));
        }
        match self.own_voice.hear(heard) {
            Some(Finding::Tell(event)) => self.tell_own(event),
            Some(Finding::LookInto) => {
                let Some(microphone) = self.local.microphone_id() else { return };
                inner.after(devices::is_dead(microphone), |state, _, dead| {
                    if let Some(event) = dead.then(|| state.own_voice.is_dead()).flatten() {
                        state.tell_own(event);
                    }
                });
            }
            None => {}
        }
    }

    fn tell_own(&mut self, event: MediaEvent) {
        if matches!(event, MediaEvent::Silent(_)) {
            self.announce();
        }
        self.tell_media(event);
    }

    /// A browser takes such wishes when it opens a microphone, so it is opened again.
    fn treat_sound(&mut self, inner: &Inner, wishes: SoundWishes) {
        self.local.want_sound(wishes);
        if self.local.audio().is_some() {
            if let Some(id) = self.local.microphone_id() {
                self.local.want(Some(id), None);
            }
            self.local.close_microphone();
            self.open(inner, true, false);
        }
    }

    /// Filters the microphone that was opened, where that is wanted. Until the filter runs it goes out as the browser gives it.
    pub(super) fn filter_voice(&self, inner: &Inner) {
        let Some(microphone) = self.local.audio().filter(|_| self.local.sound().noise == Noise::Filter) else { return };
        let (filtered, broke) = (Clone::clone(&microphone), inner.whenever(State::unfiltered));
        inner.after(async move { Filter::new(&filtered, broke).await }, move |state, inner, made| match made {
            _ if state.local.audio().as_ref() != Some(&microphone) => {}
            Ok(filter) if !matches!(state.phase, Phase::Ended(_)) => {
                state.local.filter(filter);
                state.send_tracks();
            }
            Ok(_) => {}
            Err(error) => {
                fatal::note(&error);
                state.unfiltered(inner);
            }
        });
    }

    /// The filter does not run: the browser does what it can.
    fn unfiltered(&mut self, inner: &Inner) {
        let wishes = self.local.sound();
        if wishes.noise == Noise::Filter && !matches!(self.phase, Phase::Ended(_)) {
            self.tell_media(MediaEvent::Unfiltered);
            self.treat_sound(inner, SoundWishes { noise: Noise::Browser, ..wishes });
        }
    }

    /// A device was pulled out. Another microphone takes the place of one, because who spoke goes on speaking; another camera would show
    /// what nobody chose to show.
    pub(in super::super) fn device_ended(&mut self, inner: &Inner) {
        let ended = self.local.drop_ended();
        if ended.is_empty() {
            return;
        }
        self.devices_changed(inner);
        for kind in ended {
            match kind {
                DeviceKind::Microphone => self.open_another_microphone(inner),
                kind => self.device_failed(kind, Refusal::NotFound),
            }
        }
    }

    fn open_another_microphone(&mut self, inner: &Inner) {
        self.local.want_any_microphone();
        let (audio, video) = self.local.wanted(true, false);
        inner.after(devices::open(audio, video, self.local.sound(), self.pictures), |state, inner, opened| {
            if matches!(state.phase, Phase::Ended(_)) || state.local.audio().is_some() {
                return devices::stop(&opened.stream);
            }
            state.local.take(&opened.stream);
            match state.local.audio() {
                Some(track) => state.tell_media(MediaEvent::Switched { kind: DeviceKind::Microphone, label: track.label() }),
                None => state.device_failed(DeviceKind::Microphone, opened.audio.unwrap_or(Refusal::NotFound)),
            }
            state.devices_changed(inner);
            state.filter_voice(inner);
        });
    }
}
