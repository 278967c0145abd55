//! How the person here wants the pictures to stand.
//!
//! Invariant: all of it is this person's own choice on this screen, nobody else is told, and it lasts as long as the meeting.

use super::shown::Shown;
use super::state::Meeting;
use crate::ui::view::prelude::*;
use crate::ui::{announce::Happening, app::Ui};

/// Where one's own picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    /// A tile like everyone's.
    Tile,
    /// Small, in a corner.
    Small,
    /// Nowhere; the others see it all the same.
    Hidden,
}

impl Own {
    /// All, in the order in which they are offered.
    pub(crate) const ALL: [Self; 3] = [Self::Tile, Self::Small, Self::Hidden];

    /// Its name.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Tile => "own-tile",
            Self::Small => "own-small",
            Self::Hidden => "own-hidden",
        }
    }
}

/// A bundle of handles, copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Views {
    /// What was chosen for one's own picture, if anything was.
    own: RwSignal<Option<Own>>,
    /// Where it is.
    own_now: RwSignal<Own>,
    /// One's own picture is as in a mirror.
    pub(crate) mirrored: RwSignal<bool>,
    /// Up to 49 tiles where there is room, not 25.
    pub(crate) many: RwSignal<bool>,
    /// The tile at which Tab stops.
    pub(super) stop: RwSignal<Option<Shown>>,
    /// Who stands in whose place, in order of these exchanges.
    pub(super) exchanged: RwSignal<Vec<(Shown, Shown)>>,
}

impl Views {
    /// As nobody has chosen anything.
    pub(super) fn new() -> Self {
        Self {
            own: RwSignal::new(None),
            own_now: RwSignal::new(Own::Tile),
            mirrored: RwSignal::new(true),
            many: RwSignal::new(false),
            stop: RwSignal::new(None),
            exchanged: RwSignal::new(Vec::new()),
        }
    }

    /// The same again.
    pub(super) fn clear(self) {
        self.own.set(None);
        self.own_now.set(Own::Tile);
        self.mirrored.set(true);
        self.many.set(false);
        self.stop.set(None);
        self.exchanged.update(Vec::clear);
    }

    /// Where one's own picture is.
    pub(crate) fn own(self) -> Own {
        self.own_now.get()
    }

    /// Puts it elsewhere.
    pub(crate) fn put_own(self, own: Own) {
        self.own.set(Some(own));
        self.own_now.set(own);
    }

    /// While nothing was chosen it stands small in a corner where two people share a phone's screen, so that the other one has all of it.
    pub(super) fn settle_own(self, people: usize, tight: bool) {
        let by_itself = if people == 2 && tight { Own::Small } else { Own::Tile };
        let now = self.own.get().unwrap_or(by_itself);
        if self.own_now.get_untracked() != now {
            self.own_now.set(now);
        }
    }
}

impl Meeting {
    /// Puts one's own picture elsewhere; where it is gone, who does so hears how it comes back.
    pub(crate) fn put_own(self, ui: Ui, own: Own) {
        self.views.put_own(own);
        if own == Own::Hidden {
            ui.speech.politely(ui, Happening::Sentence(ui.say_now("said-own-hidden", &[])), self.count());
        }
    }
}
