//! The passwords that anybody tries first: fetched as soon as the page stands, and asked for again where they did not come.
//!
//! Invariant: no password leaves the page that was not compared with them.

use super::browser;
use crate::ui::view::prelude::*;
use crypto::password::CommonPasswords;
use leptos::task::spawn_local;

/// The set, among the client's files (`cargo xtask client` puts it there).
pub(crate) const FILE: &str = "common-passwords.golomb";

/// The set, or how far it is.
#[derive(Clone, Copy)]
pub(crate) struct Common {
    way: RwSignal<Way>,
    /// Somebody wants to go on, and waits for it: until it has come or could not be had, whoever asked.
    awaited: RwSignal<bool>,
}

#[derive(Clone, PartialEq, Eq)]
enum Way {
    /// Nobody asked for it yet.
    Away,
    Coming,
    /// It could not be had.
    Failed,
    Here(CommonPasswords),
}

impl Common {
    /// Nothing is fetched yet.
    pub(crate) fn new() -> Self {
        Self { way: RwSignal::new(Way::Away), awaited: RwSignal::new(false) }
    }

    /// Has it fetched, unless it is here or on its way.
    pub(crate) fn fetch(self) {
        if !matches!(self.way.get_untracked(), Way::Away | Way::Failed) {
            return;
        }
        self.way.set(Way::Coming);
        spawn_local(async move {
            let file = browser::fetch_bytes(FILE).await;
            let set = file.and_then(|file| CommonPasswords::of(&file));
            self.awaited.set(false);
            self.way.set(set.map_or(Way::Failed, Way::Here));
        });
    }

    /// The set, if it is here. Views follow it.
    pub(crate) fn set(self) -> Option<CommonPasswords> {
        match self.way.get() {
            Way::Here(set) => Some(set),
            _ => None,
        }
    }

    /// The same for handlers.
    pub(crate) fn set_now(self) -> Option<CommonPasswords> {
        untrack(|| self.set())
    }

    /// True while what was pressed waits for the set. Views follow it.
    pub(crate) fn is_awaited(self) -> bool {
        self.awaited.get()
    }

    /// What follows `act` when it is called: at once if the set is here, else when it has come or could not be had.
    pub(crate) fn first(self, act: impl Fn() + Send + Sync + Clone + 'static) -> impl Fn() + Clone + 'static {
        let waits = RwSignal::new(false);
        let then = act.clone();
        Effect::new(move || {
            let settled = matches!(self.way.get(), Way::Here(_) | Way::Failed);
            if settled && waits.get() {
                waits.set(false);
                untrack(&then);
            }
        });
        move || {
            if self.set_now().is_some() {
                return act();
            }
            self.fetch();
            waits.set(true);
            self.awaited.set(true);
        }
    }
}
