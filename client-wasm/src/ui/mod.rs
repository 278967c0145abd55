//! The user interface: portal, door, meeting, and the page after it.
//!
//! Invariant: no markup is ever parsed. Views are built with Leptos' functions, never with its `view!` macro, whose static parts
//! go through `innerHTML`; so `require-trusted-types-for 'script'` holds with a policy that admits nothing from here.
//!
//! ```text
//! mount ─ Ui (context: language, page, engine) ─┬─ portal    before: name of the room, password, camera
//!                                               ├─ door      on the way in
//!                                               ├─ meeting   tiles, bar, panels, dialogs
//!                                               ├─ after     left, removed, lost; or a browser that cannot join, or none
//!                                               └─ doctor    whether a meeting would come about here
//! ```

use crate::model::{End, JoinRequest, Measured, MeetingCommand, MeetingEvent, Missing};
use crypto::name::RoomName;
use i18n::Tongue;
use std::rc::Rc;

mod after;
mod announce;
mod app;
mod blur;
mod browser;
mod calendar;
mod common;
mod dialog;
mod dialogs;
mod doctor;
mod door;
mod ftl;
mod i18n;
mod icons;
mod keys;
mod layout;
mod link;
mod live;
mod meeting;
mod menu;
mod parts;
mod portal;
mod reactive;
mod speak;
mod theme;
mod unfit;
mod view;
mod visited;

pub use live::Live;

/// What the interface needs of the engine. The product has one implementation, [`Live`].
pub trait Engine {
    /// What this browser lacks for a meeting, if anything.
    fn unsupported(&self) -> Option<Missing>;
    /// The name is probably the one: begin the slow derivation (0.2 s) now.
    fn prepare(&self, room: &RoomName);
    /// Joins, or founds, the room. Events come until [`Phase::Ended`](crate::model::Phase::Ended).
    fn join(&self, request: JoinRequest, on_event: Box<dyn Fn(MeetingEvent)>) -> Rc<dyn Call>;
}

/// A meeting that runs. Dropping the last handle leaves it.
pub trait Call {
    /// Does what the person asked for; what comes of it is an event.
    fn command(&self, command: MeetingCommand);
    /// Looks at what comes in and how, and tells it later.
    fn measure(&self, tell: Box<dyn FnOnce(Measured)>);
}

/// Puts the interface into the page and keeps it there, once the words of the person's language are here; in English where they
/// cannot be had.
pub async fn mount(engine: impl Engine + 'static) {
    let languages = browser::languages();
    let wanted = Tongue::choose(&browser::query(), languages.iter().map(String::as_str));
    let tongue = if i18n::load(wanted).await { wanted } else { Tongue::default() };
    leptos::mount::mount_to_body(move || app::app(Rc::new(engine), tongue));
}

/// Which page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// This browser cannot hold a meeting.
    TooOld(Missing),
    /// This is the window of another app (by its name, if it has one), where camera and microphone often stay closed.
    InsideApp(&'static str),
    /// Finding out what keeps a meeting from taking place here.
    Doctor,
    /// Choosing a room.
    Portal,
    /// On the way in.
    Door,
    /// Inside.
    Meeting,
    /// It is over.
    After(End),
}
