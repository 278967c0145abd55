//! A meeting as the interface knows it.
//!
//! Invariant: what is here came from the engine's events or is the person's own choice on this device; the roster is always the
//! engine's last word, whole.

use super::lead::Lead;
use super::notices::Notices;
use super::shown::{self, Shown, View};
use crate::model::{
    Admission, DeviceKind, MeetingCommand, MeetingEvent, MemberId, Notice, Person, Phase, Pictures, Refusal, ShownCode,
};
use crate::ui::{Call, Page, announce::Happening, app::Ui, browser};
use leptos::{prelude::*, reactive::traits::Track as _};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use web_sys::MediaStream;
use wire::Track;

/// How often is looked who speaks.
const LEAD_MILLIS: u32 = 300;

/// A side panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Panel {
    /// Messages.
    Chat,
    /// Who is in the room.
    Participants,
}

/// A dialog of the meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    /// The eight words.
    SafetyCode,
    /// Link, message, QR code.
    Invite,
    /// Devices, language, appearance.
    Settings,
    /// What pictures may cost.
    Quality,
    /// The list of keys.
    Shortcuts,
}

/// A line of chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Position from the beginning, its identity.
    pub(crate) number: usize,
    /// Who wrote it.
    pub(crate) from: MemberId,
    /// The name they had then.
    pub(crate) name: String,
    /// True for one's own.
    pub(crate) mine: bool,
    /// What.
    pub(crate) text: String,
    /// When it came, hours and minutes of this device.
    pub(crate) time: String,
    /// True for the first one that came while the panel was closed.
    pub(crate) first_new: bool,
}

/// A bundle of handles, copied freely; one for the page's life, cleared for each meeting.
#[derive(Clone, Copy)]
pub(crate) struct Meeting {
    pub(crate) phase: RwSignal<Phase>,
    pub(crate) people: RwSignal<Vec<Person>>,
    pub(crate) streams: RwSignal<BTreeMap<(MemberId, Track), MediaStream>, LocalStorage>,
    pub(crate) speaking: RwSignal<BTreeSet<MemberId>>,
    pub(crate) veiled: RwSignal<BTreeSet<(MemberId, Track)>>,
    pub(crate) lines: RwSignal<Vec<Line>>,
    pub(crate) unread: RwSignal<usize>,
    pub(crate) code: RwSignal<Option<ShownCode>>,
    /// Why the code on screen is another than a moment ago.
    pub(crate) code_changed: RwSignal<Option<Change>>,
    pub(crate) panel: RwSignal<Option<Panel>>,
    pub(crate) open: RwSignal<Option<Open>>,
    pub(crate) microphone: RwSignal<bool>,
    pub(crate) camera: RwSignal<bool>,
    /// Our own screen is shared.
    pub(crate) sharing: RwSignal<bool>,
    /// The others who share a screen, the newest first.
    pub(crate) screens: RwSignal<Vec<MemberId>>,
    /// What the person made large.
    pub(crate) pinned: RwSignal<Option<Shown>>,
    /// How the place for pictures is used; it stays for the meeting.
    pub(crate) view: RwSignal<View>,
    /// Who is large in the view of who speaks.
    pub(crate) leader: RwSignal<Option<MemberId>>,
    /// What the person wants to spend on pictures; it stays for the meeting.
    pub(crate) pictures: RwSignal<Pictures>,
    pub(crate) split: RwSignal<bool>,
    /// Everyone else left, after there had been somebody; the person has not answered yet.
    pub(crate) lingering: RwSignal<bool>,
    pub(crate) notices: Notices,
    /// When the meeting began for us, in milliseconds since 1970.
    pub(crate) since: RwSignal<f64>,
    call: StoredValue<Option<Rc<dyn Call>>, LocalStorage>,
    /// Which meeting of this page; events of an older one are not listened to.
    generation: StoredValue<u32>,
}

/// Why the words are new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// This person came.
    Came(String),
    /// This person left.
    Went(String),
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
            lines: RwSignal::new(Vec::new()),
            unread: RwSignal::new(0),
            code: RwSignal::new(None),
            code_changed: RwSignal::new(None),
            panel: RwSignal::new(None),
            open: RwSignal::new(None),
            microphone: RwSignal::new(true),
            camera: RwSignal::new(true),
            sharing: RwSignal::new(false),
            screens: RwSignal::new(Vec::new()),
            pinned: RwSignal::new(None),
            view: RwSignal::new(View::Everyone),
            leader: RwSignal::new(None),
            pictures: RwSignal::new(Pictures::Automatic),
            split: RwSignal::new(false),
            lingering: RwSignal::new(false),
            notices: Notices::new(),
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
        self.lines.update(Vec::clear);
        self.unread.set(0);
        self.code.set(None);
        self.code_changed.set(None);
        self.panel.set(None);
        self.open.set(None);
        self.sharing.set(false);
        self.screens.update(Vec::clear);
        self.pinned.set(None);
        self.view.set(View::Everyone);
        self.leader.set(None);
        self.pictures.set(Pictures::Automatic);
        self.split.set(false);
        self.lingering.set(false);
        self.notices.clear();
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

    /// Keeps `leader` at who speaks, for as long as the caller's owner lives.
    pub(crate) fn follow_speakers(self) {
        let lead = StoredValue::new(Lead::default());
        browser::every(LEAD_MILLIS, move || {
            let me = self.people.with_untracked(|people| people.iter().find(|person| person.me).map(|person| person.member));
            let speakers: Vec<MemberId> =
                self.speaking.with_untracked(|all| all.iter().copied().filter(|member| Some(*member) != me).collect());
            let leader = lead.try_update_value(|lead| lead.look(js_sys::Date::now(), &speakers)).flatten();
            if leader != self.leader.get_untracked() {
                self.leader.set(leader);
            }
        });
    }

    /// Everyone in one size, or who speaks large. What was pinned gives its place up: the person has just said what they want.
    pub(crate) fn look_at(self, view: View) {
        self.pinned.set(None);
        self.view.set(view);
    }

    /// Opens a panel, or closes it if it is the open one.
    pub(crate) fn toggle_panel(self, panel: Panel) {
        let next = (self.panel.get_untracked() != Some(panel)).then_some(panel);
        if next == Some(Panel::Chat) {
            self.unread.set(0);
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
    fn name_now(self, ui: Ui, member: MemberId) -> String {
        let of = |people: &Vec<Person>| people.iter().find(|person| person.member == member).map(|person| person.name.clone());
        let name = self.people.with_untracked(of);
        shown_name(ui, name.as_deref().unwrap_or_default())
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
            MeetingEvent::SafetyCheck { by, .. } => self.notices.safety_check(self.name_now(ui, by)),
            MeetingEvent::Notice(notice) => self.notice(ui, notice),
            MeetingEvent::Sharing(sharing) => self.sharing_is(ui, sharing),
            MeetingEvent::DeviceFailed { kind, why } => self.device_failed(kind, why),
        }
    }

    fn phase_is(self, ui: Ui, phase: Phase) {
        let before = self.phase.get_untracked();
        self.phase.set(phase);
        match phase {
            Phase::Connecting | Phase::Knocking | Phase::Joining => {}
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

    /// A screen that is new becomes large, whatever was; that is said, once.
    fn screens_are(self, ui: Ui, people: &[Person]) {
        let before = self.screens.get_untracked();
        let now = shown::screens(&before, people);
        if now == before {
            return;
        }
        for new in now.iter().filter(|member| !before.contains(member)) {
            self.pinned.set(None);
            let name = people.iter().find(|person| person.member == *new).map(|person| person.name.clone()).unwrap_or_default();
            let words = ui.say_now("said-screen", &[("name", shown_name(ui, &name).into())]);
            ui.speech.politely(ui, Happening::Sentence(words), people.len());
        }
        self.screens.set(now);
    }

    fn people_are(self, ui: Ui, people: Vec<Person>) {
        let others = |people: &[Person]| people.iter().filter(|person| !person.me).count();
        let before = self.people.with_untracked(|people| others(people));
        let now = others(&people);
        self.lingering.set(now == 0 && (before > 0 || self.lingering.get_untracked()));
        if let Some(me) = people.iter().find(|person| person.me) {
            let members: BTreeSet<MemberId> = people.iter().map(|person| person.member).collect();
            debug_assert!(members.contains(&me.member));
            self.speaking.update(|speaking| speaking.retain(|member| members.contains(member)));
            self.veiled.update(|veiled| veiled.retain(|(member, _)| members.contains(member)));
        }
        self.screens_are(ui, &people);
        self.people.set(people);
    }

    fn chat(self, ui: Ui, from: MemberId, text: String) {
        let mine = self.people.with_untracked(|people| people.iter().any(|person| person.me && person.member == from));
        let name = self.name_now(ui, from);
        let hidden = self.panel.get_untracked() != Some(Panel::Chat) && !mine;
        let first_new = hidden && self.unread.get_untracked() == 0;
        if hidden {
            self.unread.update(|unread| *unread += 1);
            ui.speech.politely(ui, Happening::Message { from: name.clone() }, self.count());
        }
        self.lines.update(|lines| {
            if first_new {
                lines.iter_mut().for_each(|line| line.first_new = false);
            }
            lines.push(Line { number: lines.len(), from, name, mine, text, time: time_now(), first_new });
        });
    }

    /// The group moved on while the words are on screen: new words, for everyone who looks, and the reason.
    fn start_words_again(self, why: Change) {
        if self.open.get_untracked() == Some(Open::SafetyCode) {
            self.code_changed.set(Some(why));
            self.command(MeetingCommand::HideSafetyCode);
            self.command(MeetingCommand::ShowSafetyCode);
        }
    }

    fn notice(self, ui: Ui, notice: Notice) {
        match &notice {
            Notice::MemberJoined { name } => {
                let name = shown_name(ui, name);
                ui.speech.politely(ui, Happening::Arrived(name.clone()), self.count());
                self.start_words_again(Change::Came(name));
            }
            Notice::MemberLeft { name } => {
                let name = shown_name(ui, name);
                ui.speech.politely(ui, Happening::Left(name.clone()), self.count());
                self.start_words_again(Change::Went(name));
            }
            Notice::Split => {
                self.split.set(true);
                ui.speech.urgently(ui.say_now("split-title", &[]));
            }
            Notice::SplitHealed => {
                self.split.set(false);
                ui.speech.politely(ui, Happening::Sentence(ui.say_now("split-healed", &[])), self.count());
            }
            _ => {}
        }
        let name = |member| self.name_now(ui, member);
        let me = |member| self.people.with_untracked(|people| people.iter().any(|person| person.me && person.member == member));
        self.notices.take(notice, name, me);
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

/// Who let this person in, as a message; `name_of` gives the name of a member.
pub(crate) fn admission_words(ui: Ui, person: &Person, me: Option<MemberId>, name_of: impl Fn(MemberId) -> String) -> String {
    match person.admitted {
        Admission::Founder => ui.say("person-founder", &[]),
        Admission::Password { by } if Some(by) == me => ui.say("person-by-you", &[]),
        Admission::Password { by } => ui.say("person-by", &[("name", name_of(by).into())]),
    }
}

fn toggle<T: Ord + Send + Sync + 'static>(set: RwSignal<BTreeSet<T>>, item: T, there: bool) {
    set.update(|set| {
        if there {
            set.insert(item);
        } else {
            set.remove(&item);
        }
    });
}

fn time_now() -> String {
    let now = js_sys::Date::new_0();
    format!("{:02}:{:02}", now.get_hours(), now.get_minutes())
}

/// Dialogs, and what the person did about comparing.
impl Meeting {
    /// The words were the same.
    pub(crate) fn words_match(self) {
        self.command(MeetingCommand::ConfirmSafetyCode);
        self.close_dialog();
    }

    /// Closes whatever dialog is open.
    pub(crate) fn close_dialog(self) {
        let was = self.open.get_untracked();
        self.open.set(None);
        if was == Some(Open::SafetyCode) {
            self.let_go_of_words();
        }
    }

    /// The words are held no longer.
    pub(crate) fn let_go_of_words(self) {
        if self.open.get_untracked() != Some(Open::SafetyCode) {
            self.command(MeetingCommand::HideSafetyCode);
            self.code.set(None);
            self.code_changed.set(None);
        }
    }

    /// Opens a dialog.
    pub(crate) fn open_dialog(self, dialog: Open) {
        if dialog == Open::SafetyCode {
            self.code_changed.set(None);
            self.command(MeetingCommand::ShowSafetyCode);
        }
        self.open.set(Some(dialog));
    }
}
