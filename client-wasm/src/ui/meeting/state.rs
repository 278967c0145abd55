//! A meeting as the interface knows it.
//!
//! Invariant: what is here came from the engine's events or is the person's own choice on this device; the roster is always the
//! engine's last word, whole.

use super::chat::Chat;
use super::notices::Notices;
use super::open::{Menu, Open, Panel};
use super::spotlight::Spotlight;
use super::waiting::Waiting;
use super::words::Change;
use crate::model::{
    Admission, DeviceKind, Guest, MeetingCommand, MeetingEvent, MemberId, Notice, Person, Phase, Pictures, Refusal, Rules,
    ShownCode,
};
use crate::ui::{Call, Page, announce::Happening, app::Ui, menu::Place};
use leptos::{prelude::*, reactive::traits::Track as _};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use web_sys::MediaStream;
use wire::Track;

/// A bundle of handles, copied freely; one for the page's life, cleared for each meeting.
#[derive(Clone, Copy)]
pub(crate) struct Meeting {
    pub(crate) phase: RwSignal<Phase>,
    pub(crate) people: RwSignal<Vec<Person>>,
    pub(crate) streams: RwSignal<BTreeMap<(MemberId, Track), MediaStream>, LocalStorage>,
    pub(crate) speaking: RwSignal<BTreeSet<MemberId>>,
    pub(crate) veiled: RwSignal<BTreeSet<(MemberId, Track)>>,
    pub(crate) chat: Chat,
    pub(crate) code: RwSignal<Option<ShownCode>>,
    /// Why the code on screen is another than a moment ago.
    pub(crate) code_changed: RwSignal<Option<Change>>,
    pub(crate) panel: RwSignal<Option<Panel>>,
    pub(crate) open: RwSignal<Option<Open>>,
    /// The open menu, and where.
    pub(crate) menu: RwSignal<Option<(Menu, Place)>>,
    pub(crate) microphone: RwSignal<bool>,
    pub(crate) camera: RwSignal<bool>,
    /// Our own screen is shared.
    pub(crate) sharing: RwSignal<bool>,
    pub(crate) spotlight: Spotlight,
    /// What the person wants to spend on pictures; it stays for the meeting.
    pub(crate) pictures: RwSignal<Pictures>,
    /// What the room allows, as the group has signed it.
    pub(crate) rules: RwSignal<Rules>,
    pub(crate) split: RwSignal<bool>,
    /// Everyone else left, after there had been somebody; the person has not answered yet.
    pub(crate) lingering: RwSignal<bool>,
    pub(crate) notices: Notices,
    pub(crate) waiting: Waiting,
    /// When the meeting began for us, in milliseconds since 1970.
    pub(crate) since: RwSignal<f64>,
    call: StoredValue<Option<Rc<dyn Call>>, LocalStorage>,
    /// Which meeting of this page; events of an older one are not listened to.
    generation: StoredValue<u32>,
}

impl Meeting {
    /// No meeting yet.
    pub(crate) fn new() -> Self {
        Self {
            phase: RwSignal::new(Phase::Connecting),
            people: RwSignal::new(Vec::new()),
            streams: RwSignal::new_local(BTreeMap::new()),
            speaking: RwSignal::new(BTreeSet::new()),
            veiled: RwSignal::new(BTreeSet::new()),
            chat: Chat::new(),
            code: RwSignal::new(None),
            code_changed: RwSignal::new(None),
            panel: RwSignal::new(None),
            open: RwSignal::new(None),
            menu: RwSignal::new(None),
            microphone: RwSignal::new(true),
            camera: RwSignal::new(true),
            sharing: RwSignal::new(false),
            spotlight: Spotlight::new(),
            pictures: RwSignal::new(Pictures::Automatic),
            rules: RwSignal::new(Rules::default()),
            split: RwSignal::new(false),
            lingering: RwSignal::new(false),
            notices: Notices::new(),
            waiting: Waiting::new(),
            since: RwSignal::new(0.0),
            call: StoredValue::new_local(None),
            generation: StoredValue::new(0),
        }
    }

    /// Clears everything for the next meeting; gives its number.
    pub(crate) fn begin(self, microphone: bool, camera: bool) -> u32 {
        self.clear();
        self.microphone.set(microphone);
        self.camera.set(camera);
        self.generation
            .try_update_value(|generation| {
                *generation += 1;
                *generation
            })
            .unwrap_or_default()
    }

    /// The engine's handle, once it is there.
    pub(crate) fn set_call(self, call: Rc<dyn Call>) {
        self.call.set_value(Some(call));
    }

    /// Forgets the meeting: streams, chat, names, and the handle, which leaves if nobody left before.
    pub(crate) fn clear(self) {
        self.call.set_value(None);
        self.phase.set(Phase::Connecting);
        self.people.set(Vec::new());
        self.streams.update(BTreeMap::clear);
        self.speaking.update(BTreeSet::clear);
        self.veiled.update(BTreeSet::clear);
        self.chat.clear();
        self.code.set(None);
        self.code_changed.set(None);
        self.panel.set(None);
        self.open.set(None);
        self.menu.set(None);
        self.sharing.set(false);
        self.spotlight.clear();
        self.pictures.set(Pictures::Automatic);
        self.rules.set(Rules::default());
        self.split.set(false);
        self.lingering.set(false);
        self.notices.clear();
        self.waiting.clear();
    }

    /// Asks the engine.
    pub(crate) fn command(self, command: MeetingCommand) {
        // Taken out first: what the engine answers at once may lead back here.
        if let Some(call) = self.call.try_get_value().flatten() {
            call.command(command);
        }
    }

    /// Opens or closes the microphone.
    pub(crate) fn switch_microphone(self, on: bool) {
        if on && self.myself().is_some_and(|me| !me.may_speak) {
            return;
        }
        self.microphone.set(on);
        self.command(MeetingCommand::Microphone(on));
    }

    /// Opens or closes the camera.
    pub(crate) fn switch_camera(self, on: bool) {
        self.camera.set(on);
        self.command(MeetingCommand::Camera(on));
    }

    /// Shares a screen, which the browser lets the person choose, or stops.
    pub(crate) fn share_screen(self, on: bool) {
        self.command(MeetingCommand::ShareScreen(on));
    }

    /// Spends this much on pictures. Who wants none shows none either.
    pub(crate) fn spend(self, pictures: Pictures) {
        self.pictures.set(pictures);
        if pictures == Pictures::None {
            self.camera.set(false);
        }
        self.command(MeetingCommand::Pictures(pictures));
    }

    /// Keeps the spotlight on who speaks, for as long as the caller's owner lives.
    pub(crate) fn follow_speakers(self) {
        self.spotlight.follow(move || {
            self.speaking.with_untracked(|all| all.iter().copied().filter(|&member| !self.is_me(member)).collect())
        });
    }

    /// Opens a panel, or closes it if it is the open one.
    pub(crate) fn toggle_panel(self, panel: Panel) {
        let next = (self.panel.get_untracked() != Some(panel)).then_some(panel);
        if next == Some(Panel::Chat) {
            self.chat.read();
        }
        self.panel.set(next);
    }

    /// The name of a member, for views.
    pub(crate) fn name_of(self, ui: Ui, member: MemberId) -> String {
        self.people.track();
        ui.tongue.track();
        self.name_now(ui, member)
    }

    /// The name of a member at this moment, for handlers.
    pub(super) fn name_now(self, ui: Ui, member: MemberId) -> String {
        let of = |people: &Vec<Person>| people.iter().find(|person| person.member == member).map(|person| person.name.clone());
        let name = self.people.with_untracked(of);
        shown_name(ui, name.as_deref().unwrap_or_default())
    }

    /// Whether this is oneself, at this moment.
    pub(crate) fn is_me(self, member: MemberId) -> bool {
        self.people.with_untracked(|people| people.iter().any(|person| person.me && person.member == member))
    }

    /// Everyone else in the room is compared, and there is somebody.
    pub(crate) fn all_compared(self) -> bool {
        self.people.with(|people| {
            let mut others = people.iter().filter(|person| !person.me).peekable();
            others.peek().is_some() && others.all(|person| person.verified)
        })
    }

    /// True as soon as anybody was compared: only then is "not verified" news.
    pub(crate) fn comparing_began(self) -> bool {
        self.people.with(|people| people.iter().any(|person| !person.me && person.verified))
    }

    /// Whether "not verified" is said of this person: always of who was let in without a password, of others once comparing began.
    pub(crate) fn is_unverified(self, person: &Person) -> bool {
        let asked = matches!(person.admitted, Admission::WaitingRoom { .. });
        !person.me && !person.verified && (asked || self.comparing_began())
    }

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
            let id = if sharing { "said-sharing" } else { "said-sharing-ended" };
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

    fn chat(self, ui: Ui, from: MemberId, text: String) {
        let (name, mine) = (self.name_now(ui, from), self.is_me(from));
        let hidden = self.panel.get_untracked() != Some(Panel::Chat) && !mine;
        if hidden {
            ui.speech.politely(ui, Happening::Message { from: name.clone() }, self.count());
        }
        self.chat.add(name, text, mine, hidden);
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

    /// How many people are in the room.
    pub(crate) fn count(self) -> usize {
        self.people.with_untracked(Vec::len)
    }
}

/// The name to show for an announced one: before anything was announced there is none.
pub(crate) fn shown_name(ui: Ui, name: &str) -> String {
    if name.trim().is_empty() { ui.say_now("tile-nameless", &[]) } else { name.to_owned() }
}

fn toggle<T: Ord + Send + Sync + 'static>(set: RwSignal<BTreeSet<T>>, item: T, there: bool) {
    set.maybe_update(|set| if there { set.insert(item) } else { set.remove(&item) });
}
