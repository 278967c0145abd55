//! What the engine tells of a meeting, taken into its state.
//!
//! Invariant: an event of a meeting that was left changes nothing, and what changes for everybody is said aloud once.

use super::state::{Meeting, shown_name};
use super::words::Change;
use crate::model::{DeviceKind, Guest, MeetingEvent, MemberId, Notice, Person, Phase, Refusal};
use crate::ui::view::prelude::*;
use crate::ui::{Page, announce::Happening, app::Ui};
use crypto::sorted::SortedSet;

impl Meeting {
    /// Takes in what the engine tells.
    pub(crate) fn handle(self, ui: Ui, generation: u32, event: MeetingEvent) {
        if self.generation.get_value() != generation {
            return;
        }
        match event {
            MeetingEvent::Phase(phase) => self.phase_is(ui, phase),
            MeetingEvent::People(people) => self.people_are(ui, people),
            MeetingEvent::Chat { from, text } => self.chat(ui, from, text),
            MeetingEvent::Stream { member, track, stream } => self.streams.update(|streams| {
                match stream {
                    Some(stream) => streams.insert((member, track), stream),
                    None => streams.remove(&(member, track)),
                };
            }),
            MeetingEvent::Speaking { member, speaking } => toggle(self.speaking, member, speaking),
            MeetingEvent::Veiled { member, track, veiled } => toggle(self.veiled, (member, track), veiled),
            MeetingEvent::SafetyCode(code) => self.code.set(code),
            MeetingEvent::SafetyCheck { by, alone, .. } => self.notices.safety_check(self.name_now(ui, by), alone.then_some(by)),
            MeetingEvent::Rules(rules) => self.rules_are(ui, rules),
            MeetingEvent::Muted { by } => self.muted(ui, by),
            MeetingEvent::Notice(notice) => self.notice(ui, notice),
            MeetingEvent::Sharing(sharing) => self.sharing_is(ui, sharing),
            MeetingEvent::DeviceFailed { kind, why } => self.device_failed(kind, why),
            MeetingEvent::Words(words) => self.waiting.words.set(words),
            MeetingEvent::WaitingLine(line) => self.waiting.line.set(Some(line)),
            MeetingEvent::RoomVerified(verified) => self.waiting.verified.set(Some(verified)),
            MeetingEvent::Waiting(guests) => self.guests_are(ui, guests),
            MeetingEvent::TokenSpent => ui.opener.spent(),
            MeetingEvent::Together(news) => self.together_is(ui, news),
            MeetingEvent::Media(event) => self.media(ui, event),
            MeetingEvent::Post(post) => self.posted(ui, post),
            MeetingEvent::FileCame { id, blob } => self.chat.files.came(id, blob),
        }
    }

    fn phase_is(self, ui: Ui, phase: Phase) {
        let before = self.phase.get_untracked();
        self.phase.set(phase);
        match phase {
            Phase::Connecting | Phase::Knocking | Phase::Joining => {}
            // Whoever was let in without a password and was lost for good knocks again.
            Phase::Waiting => {
                self.waiting.verified.set(None);
                self.waiting.differ.set(false);
                if ui.page.get_untracked() == Page::Meeting {
                    ui.page.set(Page::Door);
                }
            }
            Phase::AloneOrApart | Phase::Joined => {
                if before == Phase::Reconnecting {
                    ui.speech.politely(ui, Happening::Sentence(ui.say_now("said-back", &[])), self.count());
                }
                if ui.page.get_untracked() == Page::Door {
                    self.since.set(js_sys::Date::now());
                    ui.note_visit();
                    ui.page.set(Page::Meeting);
                }
            }
            Phase::Reconnecting => {
                if before != Phase::Reconnecting {
                    ui.speech.urgently(ui.say_now("alert-lost", &[]));
                }
            }
            Phase::Ended(end) => ui.ended(end),
        }
    }

    fn guests_are(self, ui: Ui, guests: Vec<Guest>) {
        let new = self.waiting.guests_are(guests);
        let words = match new.as_slice() {
            [] => return,
            [name] => ui.say_now("said-knocking", &[("name", shown_name(ui, name).into())]),
            several => ui.say_now("said-several-knocking", &[("count", several.len().into())]),
        };
        ui.speech.politely(ui, Happening::Sentence(words), self.count());
    }

    fn sharing_is(self, ui: Ui, sharing: bool) {
        if self.sharing.get_untracked() != sharing {
            self.sharing.set(sharing);
            let film = self.film.with_untracked(Option::is_some);
            if !sharing && film {
                self.film.set(None);
            }
            let id = match (sharing, film) {
                (true, false) => "said-sharing",
                (true, true) => "film-sharing",
                (false, false) => "said-sharing-ended",
                (false, true) => "film-ended",
            };
            ui.speech.politely(ui, Happening::Sentence(ui.say_now(id, &[])), self.count());
        }
    }

    fn device_failed(self, kind: DeviceKind, why: Refusal) {
        match kind {
            DeviceKind::Microphone => self.microphone.set(false),
            DeviceKind::Camera => self.camera.set(false),
            DeviceKind::Screen => {}
        }
        self.notices.device_failed(kind, why);
    }

    fn people_are(self, ui: Ui, people: Vec<Person>) {
        let others = |people: &[Person]| people.iter().filter(|person| !person.me).count();
        let before = self.people.with_untracked(|people| others(people));
        let now = others(&people);
        self.lingering.set(now == 0 && (before > 0 || self.lingering.get_untracked()));
        let is_here = |member: &MemberId| people.iter().any(|person| person.member == *member);
        self.speaking.update(|speaking| speaking.retain(is_here));
        self.veiled.update(|veiled| veiled.retain(|(member, _)| is_here(member)));
        let screens = self.spotlight.people_are(&people);
        self.people.set(people);
        for member in screens {
            let words = ui.say_now("said-screen", &[("name", self.name_now(ui, member).into())]);
            ui.speech.politely(ui, Happening::Sentence(words), self.count());
        }
    }

    fn notice(self, ui: Ui, notice: Notice) {
        match &notice {
            Notice::MemberJoined { name } => {
                let name = shown_name(ui, name);
                ui.speech.politely(ui, Happening::Arrived(name.clone()), self.count());
                self.start_words_again(Change::Came(name));
            }
            Notice::MemberLeft { name } | Notice::PutOut { name, .. } => {
                let name = shown_name(ui, name);
                ui.speech.politely(ui, Happening::Left(name.clone()), self.count());
                self.start_words_again(Change::Went(name));
            }
            Notice::Split => {
                self.split.set(true);
                ui.speech.urgently(ui.say_now("split-title", &[]));
            }
            Notice::Forged { member } => {
                let words = match self.is_me(*member) {
                    true => ui.say_now("forged-you", &[]),
                    false => ui.say_now("forged", &[("name", self.name_now(ui, *member).into())]),
                };
                ui.speech.urgently(words);
            }
            Notice::SplitHealed => {
                self.split.set(false);
                ui.speech.politely(ui, Happening::Sentence(ui.say_now("split-healed", &[])), self.count());
            }
            Notice::EndedBy { name } => ui.ended_by.set(Some(shown_name(ui, name))),
            Notice::NotDone => ui.speech.politely(ui, Happening::Sentence(ui.say_now("not-done", &[])), self.count()),
            Notice::Lingering => ui.speech.politely(ui, Happening::Sentence(ui.say_now("lingering-title", &[])), self.count()),
            _ => {}
        }
        let name = |member| self.name_now(ui, member);
        self.notices.take(notice, name, |member| self.is_me(member));
    }
}

fn toggle<T: Ord + Send + Sync + 'static>(set: RwSignal<SortedSet<T>>, item: T, there: bool) {
    set.maybe_update(|set| if there { set.insert(item) } else { set.remove(&item) });
}
