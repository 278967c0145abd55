//! A meeting as the interface knows it.
//!
//! Invariant: what is here came from the engine's events or is the person's own choice on this device; the roster is always the
//! engine's last word, whole.

use super::apart::Apart;
use super::captions::Captions;
use super::chat::Chat;
use super::film::Chosen;
use super::notices::Notices;
use super::open::{Menu, Open, Panel};
use super::sound::Sound;
use super::spotlight::Spotlight;
use super::together::Together;
use super::views::Views;
use super::waiting::Waiting;
use super::words::Change;
use crate::model::{MeetingCommand, MemberId, Person, Phase, Pictures, Rules, ShownCode};
use crate::ui::view::prelude::*;
use crate::ui::{Call, app::Ui, menu::Place};
use crypto::sorted::{SortedMap, SortedSet};
use std::rc::Rc;
use web_sys::MediaStream;
use wire::Track;

/// A bundle of handles, copied freely; one for the page's life, cleared for each meeting.
#[derive(Clone, Copy)]
pub(crate) struct Meeting {
    pub(crate) phase: RwSignal<Phase>,
    pub(crate) people: RwSignal<Vec<Person>>,
    pub(crate) streams: RwSignal<SortedMap<(MemberId, Track), MediaStream>>,
    pub(crate) speaking: RwSignal<SortedSet<MemberId>>,
    pub(crate) veiled: RwSignal<SortedSet<(MemberId, Track)>>,
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
    pub(crate) views: Views,
    /// The small window.
    pub(crate) apart: Apart,
    /// What the person wants to spend on pictures; it stays for the meeting.
    pub(crate) pictures: RwSignal<Pictures>,
    /// What the room allows, as the group has signed it.
    pub(crate) rules: RwSignal<Rules>,
    pub(crate) split: RwSignal<bool>,
    /// Everyone else left, after there had been somebody; the person has not answered yet.
    pub(crate) lingering: RwSignal<bool>,
    pub(crate) notices: Notices,
    pub(crate) waiting: Waiting,
    pub(crate) together: Together,
    pub(crate) sound: Sound,
    pub(crate) captions: Captions,
    /// The file that we play to everybody.
    pub(crate) film: RwSignal<Option<Chosen>>,
    /// When the meeting began for us, in milliseconds since 1970.
    pub(crate) since: RwSignal<f64>,
    call: StoredValue<Option<Rc<dyn Call>>>,
    /// Which meeting of this page; events of an older one are not listened to.
    pub(super) generation: StoredValue<u32>,
}

impl Meeting {
    /// No meeting yet.
    pub(crate) fn new() -> Self {
        Self {
            phase: RwSignal::new(Phase::Connecting),
            people: RwSignal::new(Vec::new()),
            streams: RwSignal::new(SortedMap::new()),
            speaking: RwSignal::new(SortedSet::new()),
            veiled: RwSignal::new(SortedSet::new()),
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
            views: Views::new(),
            apart: Apart::new(),
            pictures: RwSignal::new(Pictures::default()),
            rules: RwSignal::new(Rules::default()),
            split: RwSignal::new(false),
            lingering: RwSignal::new(false),
            notices: Notices::new(),
            waiting: Waiting::new(),
            together: Together::new(),
            sound: Sound::new(),
            captions: Captions::new(),
            film: RwSignal::new(None),
            since: RwSignal::new(0.0),
            call: StoredValue::new(None),
            generation: StoredValue::new(0),
        }
    }

    /// Clears everything for the next meeting; gives its number.
    pub(crate) fn begin(self, microphone: bool, camera: bool) -> u32 {
        self.clear();
        self.chat.clear();
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

    /// Forgets the meeting: streams, names, and the handle, which leaves if nobody left before. The chat stays until the page after the
    /// meeting is left: that page offers to save it.
    pub(crate) fn clear(self) {
        self.call.set_value(None);
        self.phase.set(Phase::Connecting);
        self.people.set(Vec::new());
        self.streams.update(SortedMap::clear);
        self.speaking.update(SortedSet::clear);
        self.veiled.update(SortedSet::clear);
        self.code.set(None);
        self.code_changed.set(None);
        self.panel.set(None);
        self.open.set(None);
        self.menu.set(None);
        self.sharing.set(false);
        self.spotlight.clear();
        self.views.clear();
        self.apart.close();
        self.pictures.set(Pictures::default());
        self.rules.set(Rules::default());
        self.split.set(false);
        self.lingering.set(false);
        self.notices.clear();
        self.waiting.clear();
        self.together.clear();
        self.sound.clear();
        self.captions.clear();
        self.film.set(None);
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
        if on {
            self.notices.microphone_opened();
        }
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

    /// Our own picture, while the camera is open.
    pub(crate) fn own_picture(self) -> Option<MediaStream> {
        let me = self.people.with(|people| people.iter().find(|person| person.me).map(|person| person.member))?;
        self.streams.with(|streams| streams.get(&(me, Track::Camera)).cloned())
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
        !person.me && !person.verified && (person.admitted.is_guest() || self.comparing_began())
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
