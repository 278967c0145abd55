//! What can be done with a person, and how one goes.
//!
//! Invariant: nothing is offered that the group would refuse: what stands in a menu follows from our own role, theirs, and the rules.

use super::open::{Menu, Open};
use super::shown::Shown;
use super::state::Meeting;
use super::views::Own;
use super::{more, people, together};
use crate::model::{Act, Govern, MeetingCommand, Person, Rule};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::Icon,
    menu::{Item, menu, menu_row},
};

/// Whichever menu is open.
pub(super) fn menus(ui: Ui, meeting: Meeting) -> impl Fn() -> Option<AnyView> + Send + 'static {
    move || {
        let (which, place) = meeting.menu.get()?;
        let close = move || meeting.menu.set(None);
        // What stands in an open menu stays as it was: one that was built anew under a finger would not close.
        untrack(|| {
            Some(match which {
                Menu::Person(member) => {
                    let person =
                        meeting.people.with_untracked(|all| all.iter().find(|person| person.member == member).cloned())?;
                    let name = people::name(ui, &person);
                    let label = ui.say_now("actions-for", &[("name", name.as_str().into())]);
                    menu(place, label, person_items(ui, meeting, &person, &name), close)
                }
                Menu::Tile(shown) => {
                    let person =
                        meeting.people.with_untracked(|all| all.iter().find(|one| one.member == shown.member).cloned())?;
                    let label = ui.say_now("tile-menu", &[("name", people::name(ui, &person).into())]);
                    menu(place, label, tile_items(ui, meeting, shown, &person), close)
                }
                Menu::Leave => menu(place, ui.say_now("leave", &[]), leave_items(ui, meeting), close),
                Menu::React => menu_row(place, ui.say_now("react", &[]), together::reaction_items(ui, meeting), close),
                Menu::More => menu(place, ui.say_now("more", &[]), more::items(ui, meeting), close),
            })
        })
    }
}

/// Whether there is anything to do with this person.
pub(super) fn has_actions(meeting: Meeting, person: &Person) -> bool {
    let raised = meeting.together.place_of(person.member).is_some();
    let governed = meeting.moderates() && (!person.owner || raised);
    !person.me && (!person.verified || may_write(meeting, person) || governed)
}

fn person_items(ui: Ui, meeting: Meeting, person: &Person, name: &str) -> Vec<Item> {
    let member = person.member;
    let govern = move |govern: Govern| move || meeting.command(MeetingCommand::Govern(govern.clone()));
    let (chairs, moderates) = (meeting.myself().is_some_and(|me| me.owner), meeting.moderates());
    let small = |id| Some(ui.say_now(id, &[("name", name.into())]));
    let mut items = Vec::new();
    if may_write(meeting, person) {
        items.push(Item::new(Icon::Chat, "", ui.t("act-write"), None, move || meeting.write_to(ui, member)));
    }
    if !person.verified {
        let compare = move || meeting.open_dialog(Open::SafetyCode(Some(member)));
        items.push(Item::new(Icon::SafetyCode, "", ui.t("act-compare"), small("act-compare-small"), compare));
    }
    if chairs {
        let hand_over = govern(Govern::HandOver(member));
        items.push(Item::new(Icon::Lamp, "", ui.t("act-hand-over"), small("act-hand-over-small"), hand_over));
        let (words, small) =
            if person.moderator { ("act-no-moderator", None) } else { ("act-moderator", small("act-moderator-small")) };
        let name_one = govern(Govern::Moderator(member, !person.moderator));
        items.push(Item::new(Icon::People, "", ui.t(words), small, name_one));
    }
    if moderates && meeting.rules.get_untracked().has(Rule::ModeratorsSpeak) && !person.moderator {
        let words = if person.may_speak { "act-no-speak" } else { "act-speak" };
        items.push(Item::new(Icon::Mic, "", ui.t(words), None, govern(Govern::Speaker(member, !person.may_speak))));
    }
    if moderates && meeting.together.place_of(member).is_some() {
        let lower = move || meeting.command(MeetingCommand::Together(Act::LowerHand(Some(member))));
        items.push(Item::new(Icon::Hand, "", ui.t("act-lower-hand"), None, lower));
    }
    if moderates && !person.owner {
        if !items.is_empty() {
            items.push(Item::line());
        }
        if person.microphone {
            let mute = move || meeting.command(MeetingCommand::Mute(Some(member)));
            items.push(Item::new(Icon::MicOff, "", ui.t("act-mute"), None, mute));
        }
        let remove = move || meeting.open_dialog(Open::Remove(member));
        items.push(Item::new(Icon::Remove, "danger", ui.t("act-remove"), None, remove));
    }
    items
}

/// Whether the rules let us write to this person alone.
fn may_write(meeting: Meeting, person: &Person) -> bool {
    person.moderator || meeting.may(Rule::ModeratorsChat)
}

/// How a tile stands; then what can be done with the person.
fn tile_items(ui: Ui, meeting: Meeting, shown: Shown, person: &Person) -> Vec<Item> {
    let mut items = Vec::new();
    let mine = person.me && !shown.screen;
    let own = meeting.views.own();
    if !mine || own == Own::Tile {
        let pinned = meeting.spotlight.is_pinned(shown);
        let words = ui.t(if pinned { "act-unpin" } else { "act-pin" });
        items.push(Item::new(Icon::Pin, "", words, None, move || meeting.spotlight.pin(shown, !pinned)));
    }
    if mine {
        for (own, sign, words) in [
            (Own::Tile, Icon::Everyone, "act-own-tile"),
            (Own::Small, Icon::Speaker, "act-own-small"),
            (Own::Hidden, Icon::EyeOff, "act-own-hidden"),
        ]
        .into_iter()
        .filter(|(other, ..)| *other != own)
        {
            let small = (own == Own::Hidden).then(|| ui.say_now("own-hidden-hint", &[]));
            items.push(Item::new(sign, "", ui.t(words), small, move || meeting.put_own(ui, own)));
        }
        let mirrored = meeting.views.mirrored;
        let words = ui.t(if mirrored.get_untracked() { "act-unmirror" } else { "act-mirror" });
        items.push(Item::new(Icon::Camera, "", words, None, move || mirrored.update(|on| *on = !*on)));
    } else if !shown.screen && has_actions(meeting, person) {
        items.push(Item::line());
        items.extend(person_items(ui, meeting, person, &people::name(ui, person)));
    }
    items
}

fn leave_items(ui: Ui, meeting: Meeting) -> Vec<Item> {
    let others = meeting.people.with_untracked(Vec::len) > 1;
    let me = meeting.myself();
    let governs = others && me.as_ref().is_some_and(|me| me.moderator);
    let heir = me.filter(|me| me.owner && others).and_then(|_| heir(meeting));
    let small = heir.map(|heir| ui.say_now("leave-small", &[("name", people::name(ui, &heir).into())]));
    let burn = ui.say_now(if governs { "leave-burn-moderator" } else { "leave-burn-small" }, &[]);
    let mut items = vec![
        Item::new(Icon::Leave, "", ui.t("leave"), small, move || ui.leave()),
        Item::new(Icon::Burn, "", ui.t("leave-burn"), Some(burn), move || ui.burn()),
    ];
    if governs {
        items.push(Item::line());
        items.push(Item::new(Icon::Door, "danger", ui.t("end-for-all"), None, move || meeting.open_dialog(Open::End)));
    }
    items
}

/// Who has the chair when we leave: the first of the roster beside us. Named only when it is sure: with nobody named to succeed.
fn heir(meeting: Meeting) -> Option<Person> {
    meeting.people.with_untracked(|people| {
        let mut others = people.iter().filter(|person| !person.me);
        let first = others.next().cloned();
        first.filter(|_| people.iter().all(|person| person.me || !person.moderator))
    })
}
