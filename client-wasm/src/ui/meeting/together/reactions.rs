//! Reactions: they float on the sender's tile for some seconds, and stand in the list of people as long.
//!
//! Invariant: a reaction is drawn by us and said in words; nothing depends on what a device has fonts for.

use super::super::open::Menu;
use super::super::state::Meeting;
use crate::model::{Act, MeetingCommand, MemberId, Person, Reaction};
use crate::ui::view::prelude::*;
use crate::ui::{
    announce::Happening,
    app::Ui,
    browser,
    icons::{Icon, icon},
    menu::Item,
};
use leptos::ev;

/// How long a reaction is shown, ms; the stylesheet's movement takes as long.
const SHOWN_MILLIS: u32 = 4_000;
/// Reactions of one person on screen at a time; the oldest goes first.
const SHOWN: usize = 4;

/// A reaction on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Floating {
    id: u32,
    from: MemberId,
    reaction: Reaction,
}

/// Its drawing, its name, and how it is told of somebody.
fn of(reaction: Reaction) -> (Icon, &'static str, &'static str) {
    match reaction {
        Reaction::Applause => (Icon::Applause, "react-applause", "reacts-applause"),
        Reaction::Agree => (Icon::ThumbUp, "react-agree", "reacts-agree"),
        Reaction::Disagree => (Icon::ThumbDown, "react-disagree", "reacts-disagree"),
        Reaction::Heart => (Icon::Heart, "react-heart", "reacts-heart"),
        Reaction::Laugh => (Icon::Laugh, "react-laugh", "reacts-laugh"),
        Reaction::Surprise => (Icon::Surprise, "react-surprise", "reacts-surprise"),
    }
}

impl Meeting {
    pub(super) fn reacted(self, ui: Ui, from: MemberId, reaction: Reaction) {
        let together = self.together;
        let id = together.last.get_value().wrapping_add(1);
        together.last.set_value(id);
        together.floating.update(|floating| {
            if floating.iter().filter(|other| other.from == from).count() >= SHOWN
                && let Some(oldest) = floating.iter().position(|other| other.from == from)
            {
                floating.remove(oldest);
            }
            floating.push(Floating { id, from, reaction });
        });
        browser::after(SHOWN_MILLIS, move || together.floating.update(|floating| floating.retain(|other| other.id != id)))
            .forget();
        if !self.is_me(from) {
            let name = self.name_now(ui, from);
            ui.speech.politely(ui, Happening::Reacted { name, how: of(reaction).2 }, self.count());
        }
    }
}

/// Opens the choice.
pub(in super::super) fn button(ui: Ui, meeting: Meeting) -> AnyView {
    let open = move || meeting.menu.get().is_some_and(|(menu, _)| menu == Menu::React);
    html::button()
        .attr("type", "button")
        .class("ctl no-phone")
        .aria_label(ui.t("react"))
        .attr("aria-haspopup", "menu")
        .attr("aria-expanded", move || if open() { "true" } else { "false" })
        .on(ev::click, move |_| meeting.open_menu(Menu::React))
        .child((icon(Icon::Smile), html::span().child(ui.t("bar-react"))))
        .into_any()
}

/// What can be chosen.
pub(in super::super) fn items(ui: Ui, meeting: Meeting) -> Vec<Item> {
    let item = |reaction: Reaction| {
        let (sign, words, _) = of(reaction);
        let act = move || meeting.command(MeetingCommand::Together(Act::React(reaction)));
        Item::new(sign, "reaction", ui.t(words), None, act)
    };
    Reaction::ALL.into_iter().map(item).collect()
}

/// What floats on somebody's tile.
pub(in super::super) fn floating(meeting: Meeting, member: MemberId) -> AnyView {
    let mine =
        move || meeting.together.floating.with(|all| all.iter().copied().filter(|one| one.from == member).collect::<Vec<_>>());
    let list = keyed(mine, |one| one.id, |one| html::span().class("float").child(icon(of(one.reaction).0)));
    html::div().class("floats").aria_hidden("true").child(list).into_any()
}

/// The last reaction of somebody, in the list of people.
pub(in super::super) fn sign(ui: Ui, meeting: Meeting, person: &Person) -> Option<AnyView> {
    let member = person.member;
    let last = meeting.together.floating.with(|all| all.iter().rfind(|one| one.from == member).map(|one| one.reaction))?;
    let (sign, words, _) = of(last);
    Some(html::span().class("hand").child((icon(sign), html::span().class("sr").child(ui.t(words)))).into_any())
}
