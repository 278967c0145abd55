//! The root: what every page shares, and which page is shown.
//!
//! Invariant: the polite live region is in the page from the start and never leaves it.

use super::{
    Engine, Page, after, browser,
    common::Common,
    doctor, door,
    i18n::{self, Tongue, Values},
    link, meeting,
    meeting::Meeting,
    portal::{self, Draft, Obstacle, Opener, Preview},
    speak::Speech,
    theme::{self, Theme},
    unfit,
    visited::Visits,
};
use crate::browser::{agent, kept, offline};
use crate::model::{End, JoinRequest, MeetingCommand, Over, Typed};
use crate::ui::view::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;

/// What every view needs; a bundle of handles, copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Ui {
    /// The language of the interface.
    pub(crate) tongue: RwSignal<Tongue>,
    /// Light or dark.
    pub(crate) theme: RwSignal<Theme>,
    /// Whether single letters are shortcuts.
    pub(crate) shortcuts: RwSignal<bool>,
    /// The page on screen.
    pub(crate) page: RwSignal<Page>,
    /// What the person entered at the portal; it outlives a refused try.
    pub(crate) draft: Draft,
    /// The passwords that anybody tries first.
    pub(crate) common: Common,
    /// What a host asks of whoever opens a room, if it does.
    pub(crate) opener: Opener,
    /// Camera and microphone before joining.
    pub(crate) preview: Preview,
    /// The meeting, if there is one.
    pub(crate) meeting: Meeting,
    /// Who ended the last meeting for all.
    pub(crate) ended_by: RwSignal<Option<String>>,
    /// The person burns the meeting: nothing of it is to stay in this page.
    pub(crate) burning: RwSignal<bool>,
    /// The person saved something of the last meeting to a file.
    pub(crate) saved: RwSignal<bool>,
    /// The rooms visited, if the person wants them remembered.
    pub(crate) visits: Visits,
    /// The site has replaced what keeps this page, and the person has not yet closed what says so.
    pub(crate) keeper_replaced: RwSignal<bool>,
    /// Of which generation the password in the draft is.
    pub(crate) password_gen: RwSignal<u32>,
    /// The last way in was without a password.
    asked: RwSignal<bool>,
    /// What screen readers are told.
    pub(crate) speech: Speech,
    engine: StoredValue<Rc<dyn Engine>>,
}

impl Ui {
    fn new(engine: Rc<dyn Engine>, tongue: Tongue) -> Self {
        let page = match (agent::inside_app(&agent::own()), engine.unsupported()) {
            // Where something is missing, it says what.
            _ if doctor::is_asked() => Page::Doctor,
            (Some(app), _) => Page::InsideApp(app),
            (None, Some(missing)) => Page::TooOld(missing),
            (None, None) => Page::Portal,
        };
        let visits = Visits::found();
        let draft = Draft::new(tongue.word_list(), &browser::fragment());
        draft.person.set(visits.person());
        Self {
            tongue: RwSignal::new(tongue),
            theme: RwSignal::new(Theme::System),
            shortcuts: RwSignal::new(true),
            page: RwSignal::new(page),
            draft,
            common: Common::new(),
            opener: Opener::new(),
            preview: Preview::new(),
            meeting: Meeting::new(),
            ended_by: RwSignal::new(None),
            burning: RwSignal::new(false),
            saved: RwSignal::new(false),
            visits,
            keeper_replaced: RwSignal::new(false),
            password_gen: RwSignal::new(0),
            asked: RwSignal::new(false),
            speech: Speech::new(),
            engine: StoredValue::new(engine),
        }
    }

    /// A message that follows the language.
    pub(crate) fn t(self, id: &'static str) -> impl Fn() -> String + Send + Sync + Copy + 'static {
        move || i18n::text(self.tongue.get(), id, &[])
    }

    /// A message with values, for views: it follows the language.
    pub(crate) fn say(self, id: &str, values: Values<'_>) -> String {
        i18n::text(self.tongue.get(), id, values)
    }

    /// A message with values, for handlers: in the language of this moment.
    pub(crate) fn say_now(self, id: &str, values: Values<'_>) -> String {
        i18n::text(self.tongue.get_untracked(), id, values)
    }

    /// Goes on in another language, once its words are here; while they cannot be had it stays as it is.
    pub(crate) fn speak(self, tongue: Tongue) {
        spawn_local(async move {
            if i18n::load(tongue).await {
                self.tongue.set(tongue);
            }
        });
    }

    /// Runs something with the engine.
    pub(crate) fn with_engine<T>(self, act: impl FnOnce(&dyn Engine) -> T) -> T {
        self.engine.with_value(|engine| act(engine.as_ref()))
    }

    /// Goes to the door of the room in the draft, with the password if there is one. The caller made sure that nothing is missing.
    pub(crate) fn join(self) {
        self.go(false);
    }

    /// Goes to the door without the password, and asks to be let in.
    pub(crate) fn ask(self) {
        // Whatever was typed is not the password of this room, or we need not ask.
        self.draft.password.set(String::new());
        self.go(true);
    }

    /// The same way again, with what opens the room.
    pub(crate) fn join_as_before(self) {
        self.go(self.asked.get_untracked());
    }

    /// Goes to a door that is not there yet, and waits until somebody opens the room.
    pub(crate) fn wait_for_room(self) {
        self.opener.waits.set(true);
        self.draft.obstacle.set(None);
        self.go(self.asked.get_untracked());
    }

    fn go(self, asking: bool) {
        self.asked.set(asking);
        let Some(room) = self.draft.room_name_now() else { return };
        let typed = self.draft.password.get_untracked();
        let common = self.common.set_now();
        if !typed.is_empty() && common.is_none() {
            return self.draft.obstacle.set(Some(Obstacle::UncheckedPassword));
        }
        let password = common.filter(|_| !typed.is_empty()).map(|common| Typed::new(typed, common));
        let has_password = password.is_some() || (asking && self.draft.password_required.get_untracked());
        browser::set_fragment(&link::fragment(room.as_str(), has_password));
        let (microphone, camera) = (self.preview.microphone.get_untracked(), self.preview.camera.get_untracked());
        let request = JoinRequest {
            room,
            password,
            asking,
            person: self.draft.person.get_untracked().trim().to_owned(),
            language: self.tongue.get_untracked().word_list(),
            failed_tries: self.draft.failed_tries.get_untracked(),
            tokens: self.opener.tokens.get_untracked(),
            waits: self.opener.waits.get_untracked(),
            microphone_on: microphone && self.preview.has_microphone(),
            camera_on: camera && self.preview.has_camera(),
            trouble: self.preview.microphone_trouble(),
            sound: self.preview.sound.get_untracked(),
            over: Over::Any,
            preview: self.preview.hand_over(),
        };
        self.ended_by.set(None);
        self.burning.set(false);
        self.saved.set(false);
        let generation = self.meeting.begin(request.microphone_on, request.camera_on);
        self.meeting.waiting.picture.set(request.preview.clone());
        self.page.set(Page::Door);
        let ui = self;
        let on_event = Box::new(move |event| ui.meeting.handle(ui, generation, event));
        let call = self.with_engine(|engine| engine.join(request, on_event));
        // It may be over before it began.
        if matches!(self.page.get_untracked(), Page::Door | Page::Meeting) {
            self.meeting.set_call(call);
            self.meeting.spend(self.visits.pictures());
        }
    }

    /// Leaves, or stops waiting at the door. The page changes when the engine says that it is over.
    pub(crate) fn leave(self) {
        self.meeting.command(MeetingCommand::Leave);
    }

    /// The room has another password from now on; empty for none.
    pub(crate) fn password_is(self, pw_gen: u32, password: String) {
        self.password_gen.set(pw_gen);
        let required = !password.is_empty();
        self.draft.password.set(password);
        self.draft.password_required.set(required);
        browser::set_fragment(&link::fragment(&self.draft.room.get_untracked(), required));
    }

    /// Leaves, and leaves nothing here; from a moderator, the link opens nothing any more.
    pub(crate) fn burn(self) {
        self.burning.set(true);
        self.meeting.command(MeetingCommand::Burn);
    }

    /// The engine says that it is over.
    pub(crate) fn ended(self, end: End) {
        let inside = self.page.get_untracked() == Page::Meeting;
        self.meeting.clear();
        self.speech.forget();
        self.opener.waits.set(false);
        if !inside || self.burning.get_untracked() {
            self.meeting.chat.clear();
        }
        if self.burning.get_untracked() {
            self.wipe();
        }
        if inside {
            self.page.set(Page::After(end));
            return;
        }
        if let End::WrongPassword { tries } = end {
            self.draft.failed_tries.set(tries);
        }
        if end == End::PermissionNeeded {
            // It is this room that is to be opened, and no other drawn meanwhile.
            self.draft.touched.set(true);
            self.opener.begin();
        }
        self.draft.obstacle.set((end != End::Left).then_some(Obstacle::Ended(end)));
        self.page.set(Page::Portal);
    }

    /// Leaves nothing of the meeting in this page, and nothing of this site in the browser's storage.
    fn wipe(self) {
        browser::set_fragment("");
        self.meeting.chat.clear();
        self.visits.want(false);
        self.opener.forget();
        browser::wipe_storage();
        offline::forget();
        self.ended_by.set(None);
        self.draft.person.set(String::new());
        self.draft.start_over(self.tongue.get_untracked().word_list());
        self.draft.last_password.set(String::new());
    }

    /// After the meeting: the same as leaving and burning would have done here.
    pub(crate) fn burn_here(self) {
        self.burning.set(true);
        self.wipe();
        self.page.set(Page::After(End::Left));
    }

    /// Into the same room under the same name, with microphone and camera closed; by way of the portal where something is missing.
    pub(crate) fn again(self) {
        let missing = self.draft.missing(self.common);
        self.draft.obstacle.set(missing);
        match missing {
            None => self.join(),
            Some(_) => self.page.set(Page::Portal),
        }
    }

    /// The door has opened: the visit is noted, if the person wants that.
    pub(crate) fn note_visit(self) {
        let password = self.draft.password_required.get_untracked() || !self.draft.password.with_untracked(String::is_empty);
        self.visits.note(&self.draft.room.get_untracked(), password, self.draft.person.get_untracked().trim());
    }

    /// Offers a text of this meeting to be saved as a file.
    pub(crate) fn save(self, name: &str, kind: &str, text: &str) {
        self.saved.set(true);
        browser::save(name, kind, text);
    }

    /// Back to the portal, with another room.
    pub(crate) fn new_meeting(self) {
        browser::set_fragment("");
        self.draft.start_over(self.tongue.get_untracked().word_list());
        self.page.set(Page::Portal);
    }
}

/// The whole interface.
pub(crate) fn app(engine: Rc<dyn Engine>, tongue: Tongue) -> AnyView {
    let ui = Ui::new(engine, tongue);
    // By everybody, so that the host does not learn who is about to type a password.
    ui.common.fetch();
    follow_language(ui);
    stay_for_when_the_network_is_gone(ui);
    theme::follow(ui.theme);
    portal::watch_keeper(ui, kept::Since::Opened);
    let page = move || match ui.page.get() {
        Page::Portal => portal::portal(ui),
        Page::Doctor => doctor::doctor(ui),
        Page::Door => door::door(ui),
        Page::Meeting => meeting::meeting(ui),
        Page::After(end) => after::after(ui, end),
        Page::TooOld(missing) => unfit::too_old(ui, missing),
        Page::InsideApp(app) => unfit::inside_app(ui, app),
    };
    (page, portal::replaced(ui), ui.speech.region()).into_any()
}

/// Who keeps something here, or has the page as an app, is told when the network is gone.
fn stay_for_when_the_network_is_gone(ui: Ui) {
    if ui.visits.wanted_now() || offline::is_installed() {
        offline::keep();
    }
    let installed = leptos::ev::Custom::<web_sys::Event>::new("appinstalled");
    // For as long as the page lives.
    let _ = window_event_listener(installed, |_| offline::keep());
}

/// The document says its language, and its title follows language and page.
fn follow_language(ui: Ui) {
    Effect::new(move || {
        let document = browser::document();
        if let Some(root) = document.document_element() {
            let tongue = ui.tongue.get();
            let _ = root.set_attribute("lang", tongue.tag());
            let _ = root.set_attribute("dir", tongue.direction());
        }
        document.set_title(&match ui.page.get() {
            Page::Portal => ui.say("portal-page", &[]),
            Page::Doctor => ui.say("doctor-page", &[]),
            Page::Door => ui.say("joining-page", &[]),
            Page::Meeting => ui.meeting.title(ui),
            Page::After(_) => ui.say("after-page", &[]),
            Page::TooOld(_) => ui.say("old-page", &[]),
            Page::InsideApp(_) => ui.say("inside-page", &[]),
        });
    });
}
