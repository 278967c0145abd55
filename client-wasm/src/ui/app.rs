//! The root: what every page shares, and which page is shown.
//!
//! Invariant: the polite live region is in the page from the start and never leaves it.

use super::{
    Engine, Page, after, browser, door,
    i18n::{self, Tongue, Values},
    link, meeting,
    meeting::Meeting,
    portal::{self, Draft, Obstacle, Preview},
    speak::Speech,
    theme::{self, Theme},
};
use crate::model::{End, JoinRequest, MeetingCommand};
use leptos::prelude::*;
use std::rc::Rc;
use zeroize::Zeroizing;

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
    /// Camera and microphone before joining.
    pub(crate) preview: Preview,
    /// The meeting, if there is one.
    pub(crate) meeting: Meeting,
    /// Who ended the last meeting for all.
    pub(crate) ended_by: RwSignal<Option<String>>,
    /// The person burns the meeting: nothing of it is to stay in this page.
    pub(crate) burning: RwSignal<bool>,
    /// Of which generation the password in the draft is.
    pub(crate) password_gen: RwSignal<u32>,
    /// What screen readers are told.
    pub(crate) speech: Speech,
    engine: StoredValue<Rc<dyn Engine>, LocalStorage>,
}

impl Ui {
    fn new(engine: Rc<dyn Engine>) -> Self {
        let languages = browser::languages();
        let tongue = Tongue::choose(&browser::query(), languages.iter().map(String::as_str));
        let page = engine.unsupported().map_or(Page::Portal, Page::TooOld);
        Self {
            tongue: RwSignal::new(tongue),
            theme: RwSignal::new(Theme::System),
            shortcuts: RwSignal::new(true),
            page: RwSignal::new(page),
            draft: Draft::new(tongue.word_list(), &browser::fragment()),
            preview: Preview::new(),
            meeting: Meeting::new(),
            ended_by: RwSignal::new(None),
            burning: RwSignal::new(false),
            password_gen: RwSignal::new(0),
            speech: Speech::new(),
            engine: StoredValue::new_local(engine),
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

    fn go(self, asking: bool) {
        let Some(room) = self.draft.room_name_now() else { return };
        let password = self.draft.password.get_untracked();
        let has_password = !password.is_empty() || (asking && self.draft.password_required.get_untracked());
        browser::set_fragment(&link::fragment(room.as_str(), has_password));
        let (microphone, camera) = (self.preview.microphone.get_untracked(), self.preview.camera.get_untracked());
        let request = JoinRequest {
            room,
            password: (!password.is_empty()).then(|| Zeroizing::new(password)),
            asking,
            person: self.draft.person.get_untracked().trim().to_owned(),
            language: self.tongue.get_untracked().word_list(),
            failed_tries: self.draft.failed_tries.get_untracked(),
            microphone_on: microphone && self.preview.has_microphone(),
            camera_on: camera && self.preview.has_camera(),
            preview: self.preview.hand_over(),
        };
        self.ended_by.set(None);
        self.burning.set(false);
        let generation = self.meeting.begin(request.microphone_on, request.camera_on);
        self.meeting.waiting.picture.set(request.preview.clone());
        self.page.set(Page::Door);
        let ui = self;
        let on_event = Box::new(move |event| ui.meeting.handle(ui, generation, event));
        let call = self.with_engine(|engine| engine.join(request, on_event));
        // It may be over before it began.
        if matches!(self.page.get_untracked(), Page::Door | Page::Meeting) {
            self.meeting.set_call(call);
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
        if self.burning.get_untracked() {
            browser::set_fragment("");
            browser::wipe_storage();
            self.speech.forget();
            self.draft.person.set(String::new());
            self.draft.start_over(self.tongue.get_untracked().word_list());
            self.draft.last_password.set(String::new());
        }
        if inside {
            self.page.set(Page::After(end));
            return;
        }
        if let End::WrongPassword { tries } = end {
            self.draft.failed_tries.set(tries);
        }
        self.draft.obstacle.set((end != End::Left).then_some(Obstacle::Ended(end)));
        self.page.set(Page::Portal);
    }

    /// Back to the portal, with another room.
    pub(crate) fn new_meeting(self) {
        browser::set_fragment("");
        self.draft.start_over(self.tongue.get_untracked().word_list());
        self.page.set(Page::Portal);
    }
}

/// The whole interface.
pub(crate) fn app(engine: Rc<dyn Engine>) -> impl IntoView {
    let ui = Ui::new(engine);
    follow_language(ui);
    theme::follow(ui.theme);
    let page = move || match ui.page.get() {
        Page::Portal => portal::portal(ui),
        Page::Door => door::door(ui),
        Page::Meeting => meeting::meeting(ui),
        Page::After(end) => after::after(ui, end),
        Page::TooOld(missing) => after::too_old(ui, missing),
    };
    (page, ui.speech.region())
}

/// The document says its language, and its title follows language and page.
fn follow_language(ui: Ui) {
    Effect::new(move || {
        let document = browser::document();
        if let Some(root) = document.document_element() {
            let _ = root.set_attribute("lang", ui.tongue.get().tag());
        }
        document.set_title(&match ui.page.get() {
            Page::Portal => ui.say("portal-page", &[]),
            Page::Door => ui.say("joining-page", &[]),
            Page::Meeting => ui.say("meeting-page", &[("room", ui.draft.room.get().into())]),
            Page::After(_) => ui.say("after-page", &[]),
            Page::TooOld(_) => ui.say("old-page", &[]),
        });
    });
}
