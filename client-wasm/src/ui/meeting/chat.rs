//! The chat: what was written in this meeting, for as long as its panel or the page after it may ask for it.
//!
//! Invariant: text stays text: nothing that somebody wrote becomes an element of the page but the address of a link, as an attribute.
//!
//! ```text
//!   chat      lines, what is unread          panel     the log and the field beneath it
//!   links     addresses within a text        follow    where the log stands
//!   files     files in the log               attached  files that are about to be sent
//!   pictures  what they carry unseen
//!   recipient to whom one writes             saving    the lines as a file
//! ```

mod attached;
mod files;
mod follow;
mod links;
mod panel;
mod pictures;
mod recipient;
mod saving;

pub(super) use attached::take_drops;
pub(super) use panel::{panel, save_button};

use attached::Attached;
use files::Files;

use super::open::Panel;
use super::state::Meeting;
use crate::model::{Content, Delivery, MemberId, PostEvent, PostId};
use crate::ui::view::prelude::*;
use crate::ui::{announce::Happening, app::Ui, browser};
use crypto::sorted::SortedMap;
use web_sys::VisibilityState;

/// The longest message, in characters: as the room takes it (`crypto::session::CHAT_CHARACTERS`).
const LONGEST: usize = crypto::session::CHAT_CHARACTERS;

/// A line of chat.
#[derive(Clone)]
struct Line {
    /// Position from the beginning, its identity.
    number: usize,
    /// The name that whoever wrote it had then.
    name: String,
    /// True for one's own.
    mine: bool,
    /// What.
    what: Content,
    /// For one alone.
    aside: Option<Aside>,
    /// Who wrote it.
    from: Option<MemberId>,
    /// When it came, ms since 1970 by this device.
    at: f64,
}

/// What makes a line one for two.
#[derive(Clone)]
struct Aside {
    id: PostId,
    /// The other of the two, and the name they had then.
    with: MemberId,
    name: String,
}

/// Whom what is being written is for. The name stays if the person goes: what was meant for one is never sent to all instead.
#[derive(Clone, PartialEq)]
struct Addressee {
    member: MemberId,
    name: String,
}

/// A line that has just come.
struct New {
    name: String,
    mine: bool,
    what: Content,
    aside: Option<Aside>,
    from: Option<MemberId>,
}

/// What was written in this meeting. It outlives the meeting until the page after it is left; burning wipes it.
#[derive(Clone, Copy)]
pub(crate) struct Chat {
    lines: RwSignal<Vec<Line>>,
    /// How many lines came while nobody could see them here: the panel was closed, or the page in the background.
    pub(super) unread: RwSignal<usize>,
    /// The first of them.
    new_from: RwSignal<Option<usize>>,
    /// What is being written.
    draft: RwSignal<String>,
    /// To whom; everybody, if to nobody alone.
    to: RwSignal<Option<Addressee>>,
    /// How far our lines for one are; those of which nothing was told are on their way.
    deliveries: RwSignal<SortedMap<PostId, Delivery>>,
    /// Files, by what is known of them.
    pub(super) files: Files,
    /// What is to be sent with what is being written.
    attached: Attached,
    /// It has been saved to a file as it is now.
    pub(crate) saved: RwSignal<bool>,
}

impl Chat {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            lines: RwSignal::new(Vec::new()),
            unread: RwSignal::new(0),
            new_from: RwSignal::new(None),
            draft: RwSignal::new(String::new()),
            to: RwSignal::new(None),
            deliveries: RwSignal::new(SortedMap::new()),
            files: Files::new(),
            attached: Attached::new(),
            saved: RwSignal::new(false),
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(self) {
        self.lines.update(Vec::clear);
        self.unread.set(0);
        self.new_from.set(None);
        self.draft.set(String::new());
        self.to.set(None);
        self.deliveries.update(SortedMap::clear);
        self.files.clear();
        self.attached.clear();
        self.saved.set(false);
    }

    /// Nothing was written.
    pub(crate) fn is_empty(self) -> bool {
        self.lines.with(Vec::is_empty)
    }

    /// Everything as a file on this device, in the language of the interface.
    pub(crate) fn save(self, ui: Ui) {
        let text = self.lines.with_untracked(|lines| saving::text(ui, &ui.draft.room.get_untracked(), lines));
        ui.save(&saving::file_name(), "text/plain", &text);
        self.saved.set(true);
        ui.speech.politely(ui, Happening::Sentence(ui.say_now("chat-saved", &[])), 0);
    }

    /// The panel was opened: what is new is marked until it is opened with nothing new.
    pub(super) fn open(self) {
        if self.unread.get_untracked() == 0 {
            self.new_from.set(None);
        }
        self.read();
    }

    /// Nothing is unread.
    fn read(self) {
        self.unread.set(0);
    }

    /// A line that is no message of anybody's: what came of something that the room did, in the name of who began it.
    pub(super) fn note(self, name: String, text: String, mine: bool, unseen: bool) {
        self.add(New { name, mine, what: Content::Text(text), aside: None, from: None }, unseen);
    }

    fn add(self, line: New, unseen: bool) {
        let New { name, mine, what, aside, from } = line;
        let number = self.lines.with_untracked(Vec::len);
        if unseen {
            if self.unread.get_untracked() == 0 {
                self.new_from.set(Some(number));
            }
            self.unread.update(|unread| *unread += 1);
        }
        self.saved.set(false);
        self.lines.update(|lines| lines.push(Line { number, name, mine, what, aside, from, at: js_sys::Date::now() }));
    }
}

impl Meeting {
    /// Somebody wrote.
    pub(super) fn chat(self, ui: Ui, from: MemberId, text: String) {
        let (name, mine) = (self.name_now(ui, from), self.is_me(from));
        self.line(ui, New { name, mine, what: Content::Text(text), aside: None, from: Some(from) });
    }

    /// Somebody wrote to us alone, or what we wrote to one is so far.
    pub(super) fn posted(self, ui: Ui, event: PostEvent) {
        match event {
            PostEvent::Said { id, with, mine, what } => {
                let name = self.name_now(ui, with);
                let aside = Aside { id, with, name: name.clone() };
                self.line(ui, New { name, mine, what, aside: Some(aside), from: Some(with) });
            }
            PostEvent::Delivery { id, delivery } => self.chat.deliveries.update(|all| {
                all.insert(id, delivery);
            }),
            PostEvent::Offered { from, file } => {
                let (name, mine) = (self.name_now(ui, from), self.is_me(from));
                self.line(ui, New { name, mine, what: Content::File(file), aside: None, from: Some(from) });
            }
            PostEvent::File { id, state } => self.chat.files.state_is(id, state),
            // The worker keeps these to itself.
            PostEvent::Read { .. } | PostEvent::Piece { .. } => {}
        }
    }

    fn line(self, ui: Ui, line: New) {
        let unseen = !line.mine && (self.panel.get_untracked() != Some(Panel::Chat) || is_hidden());
        if unseen {
            let from = match &line.aside {
                Some(aside) => ui.say_now("chat-to-you", &[("name", aside.name.as_str().into())]),
                None => line.name.clone(),
            };
            ui.speech.politely(ui, Happening::Message { from }, self.count());
        }
        if let (Content::File(file), false) = (&line.what, line.mine) {
            files::have_by_itself(self, file);
        }
        self.chat.add(line, unseen);
    }

    /// Opens the chat to write to this person alone.
    pub(crate) fn write_to(self, ui: Ui, member: MemberId) {
        self.chat.to.set(Some(Addressee { member, name: self.name_now(ui, member) }));
        self.panel.set(Some(Panel::Chat));
        // After a menu has given the focus back.
        browser::after(50, || browser::focus_soon("message")).forget();
    }

    /// The title of the page: with what is unread, which a page in the background has no other way to show.
    pub(crate) fn title(self, ui: Ui) -> String {
        let title = ui.say("meeting-page", &[("room", ui.draft.room.get().into())]);
        match self.chat.unread.get() {
            0 => title,
            unread => format!("({unread}) {title}"),
        }
    }
}

/// The page is in the background.
fn is_hidden() -> bool {
    browser::document().visibility_state() == VisibilityState::Hidden
}
