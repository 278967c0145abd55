//! Raised hands.
//!
//! Invariant: a hand goes down because its owner or a moderator says so; who has spoken is asked, never overruled.

use super::super::state::Meeting;
use crate::model::{Act, MeetingCommand, MemberId, Person};
use crate::ui::view::prelude::*;
use crate::ui::{
    announce::Happening,
    app::Ui,
    browser,
    icons::{Icon, icon},
};
use leptos::ev;

/// After so many seconds of speech with the hand up it is offered to lower it. Less asks those who only say "yes, please".
const SPOKEN_SECONDS: u32 = 5;

impl Meeting {
    /// Raises the own hand, or lowers it.
    pub(crate) fn raise_hand(self, up: bool) {
        self.command(MeetingCommand::Together(Act::Hand(up)));
    }

    /// Whether the own hand is up.
    pub(crate) fn hand_is_up(self) -> bool {
        self.together.hands.with(|hands| hands.iter().any(|member| self.is_me(*member)))
    }

    pub(super) fn hands_are(self, ui: Ui, hands: Vec<MemberId>) {
        let before = self.together.hands.get_untracked();
        let new = hands.iter().filter(|member| !before.contains(member) && !self.is_me(**member));
        for member in new {
            ui.speech.politely(ui, Happening::Hand(self.name_now(ui, *member)), self.count());
        }
        self.together.hands.set(hands);
        if !self.hand_is_up() {
            self.notices.hand_is_down();
        }
    }

    pub(super) fn hand_lowered(self, ui: Ui, by: MemberId) {
        let name = self.name_now(ui, by);
        let words = ui.say_now("hand-lowered-by", &[("name", name.as_str().into())]);
        ui.speech.politely(ui, Happening::Sentence(words), self.count());
        self.notices.hand_lowered(name);
    }
}

/// Raises the hand, or lowers it.
pub(in super::super) fn button(ui: Ui, meeting: Meeting) -> AnyView {
    let up = Memo::new(move || {
        // Who we are may come after whose hands are up.
        meeting.people.with(|_| ());
        meeting.hand_is_up()
    });
    let name = move || ui.t(if up.get() { "hand-lower" } else { "hand-raise" })();
    html::button()
        .attr("type", "button")
        .class(move || if up.get() { "ctl up" } else { "ctl" })
        .aria_label(name)
        .on(ev::click, move |_| meeting.raise_hand(!up.get_untracked()))
        .child((icon(Icon::Hand), html::span().child(ui.t("bar-hand"))))
        .into_any()
}

/// The hand on a tile, with its place in the queue.
pub(in super::super) fn badge(meeting: Meeting, person: Memo<Option<Person>>) -> AnyView {
    let hand = move || {
        let place = person.with(|person| person.as_ref().and_then(|person| meeting.together.place_of(person.member)))?;
        Some(html::span().class("tag tag-hand").child((icon(Icon::Hand), html::span().class("num").child(place.to_string()))))
    };
    hand.into_any()
}

/// Who has spoken with the hand up is asked whether it may go down. Once for each time it was raised.
pub(in super::super) fn offer_to_lower(meeting: Meeting) {
    let spoken = StoredValue::new(0_u32);
    browser::every(1_000, move || {
        let up = meeting.together.hands.with_untracked(|hands| hands.iter().any(|member| meeting.is_me(*member)));
        let speaks = meeting.speaking.with_untracked(|speaking| speaking.iter().any(|member| meeting.is_me(*member)));
        let seconds = match (up, speaks) {
            (false, _) => 0,
            (true, true) => spoken.get_value().saturating_add(1),
            (true, false) => spoken.get_value(),
        };
        spoken.set_value(seconds);
        if seconds == SPOKEN_SECONDS && speaks {
            meeting.notices.hand_still_up();
        }
    });
}
