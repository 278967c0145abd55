//! What people do together, on screen: hands, reactions, a countdown, votes.
//!
//! Invariant: what is shown is the session's last word; only what floats for a moment is kept here.

use super::state::Meeting;
use crate::model::{MemberId, News, Vote};
use crate::ui::app::Ui;
use crate::ui::view::prelude::*;

mod ballot;
mod form;
mod hands;
mod reactions;
mod timer;
mod votes;

pub(super) use hands::{badge, button as hand_button, offer_to_lower};
use reactions::Floating;
pub(super) use reactions::{button as react_button, floating, items as reaction_items, sign as reaction_sign};
use timer::Timer;
pub(crate) use timer::clock;
pub(super) use timer::{chip as timer_chip, watch as watch_timer};
pub(super) use votes::panel as votes_panel;

/// A bundle of handles, copied freely.
#[derive(Clone, Copy)]
pub(crate) struct Together {
    /// Whose hands are up, in order.
    pub(super) hands: RwSignal<Vec<MemberId>>,
    /// Reactions that are on screen.
    floating: RwSignal<Vec<Floating>>,
    last: StoredValue<u32>,
    /// The countdown.
    pub(crate) timer: Timer,
    /// All votes, the oldest first.
    pub(super) votes: RwSignal<Vec<Vote>>,
}

impl Together {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            hands: RwSignal::new(Vec::new()),
            floating: RwSignal::new(Vec::new()),
            last: StoredValue::new(0),
            timer: Timer::new(),
            votes: RwSignal::new(Vec::new()),
        }
    }

    /// Nothing again.
    pub(super) fn clear(self) {
        self.hands.update(Vec::clear);
        self.floating.update(Vec::clear);
        self.timer.clear();
        self.votes.update(Vec::clear);
    }

    /// Somebody's place in the queue of hands, from 1.
    pub(super) fn place_of(self, member: MemberId) -> Option<usize> {
        self.hands.with(|hands| hands.iter().position(|other| *other == member)).map(|at| at + 1)
    }
}

impl Meeting {
    /// Takes in what the session tells of it.
    pub(super) fn together_is(self, ui: Ui, news: News) {
        match news {
            News::Hands(hands) => self.hands_are(ui, hands),
            News::HandLowered { by } => self.hand_lowered(ui, by),
            News::Reacted { from, reaction } => self.reacted(ui, from, reaction),
            News::Timer(countdown) => self.timer_is(ui, countdown),
            News::Votes(votes) => self.votes_are(ui, votes),
        }
    }
}
