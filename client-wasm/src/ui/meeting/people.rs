//! The participants panel: the group's roster, nothing more and nobody less.
//!
//! Invariant: it lists exactly the members that hold the group's keys: first those whose hands are up, in the order of raising, then the
//! others in the order they came.

use super::open::{Menu, Open};
use super::sound::{Reach, bars};
use super::state::{Meeting, shown_name};
use super::tile::{initials, niche};
use super::{menus, together};
use crate::model::{Act, Admission, Govern, MeetingCommand, MemberId, Person, Rule};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::{Icon, icon, small_icon},
    parts::{button, switch},
};
use leptos::ev;

/// The list and what it means.
pub(super) fn people(ui: Ui, meeting: Meeting) -> AnyView {
    let members = move || {
        let mut members = meeting.people.with(|people| people.iter().map(|person| person.member).collect::<Vec<_>>());
        // Stable: those without a hand stay as they came.
        members.sort_by_key(|member| meeting.together.place_of(*member).unwrap_or(usize::MAX));
        members
    };
    let rows = keyed(members, |member| *member, move |member| row(ui, meeting, member));
    let list = html::ul().class("rows").aria_label(ui.t("participants-in")).child(rows);
    let compare = move || {
        let alone = meeting.people.with(Vec::len) < 2;
        (!alone && !meeting.all_compared()).then(|| {
            let words = html::p().class("hint").child((icon(Icon::Info), html::span().child(ui.t("person-not-verified-long"))));
            let act = button("btn btn-line btn-wide", Some(Icon::SafetyCode), ui.t("code-open"), move || {
                meeting.open_dialog(Open::SafetyCode(None))
            });
            html::div().class("stack").child((words, act))
        })
    };
    let note = html::p().class("small quiet roster-note").child(ui.t("participants-host"));
    let body = html::div().class("panel-body").attr("tabindex", "0").child((list, note));
    let foot = move || {
        // Whoever moderates finds the words to compare in each person's menu, and the room here.
        let foot = if meeting.moderates() { Some(authority(ui, meeting)) } else { compare().map(IntoAny::into_any) };
        foot.map(|foot| html::div().class("panel-foot").child(foot))
    };
    (body, foot).into_any()
}

/// What moderators do most often, and the way to the rest.
fn authority(ui: Ui, meeting: Meeting) -> AnyView {
    let locked = Memo::new(move || meeting.rules.with(|rules| rules.has(Rule::Locked)));
    let lock = switch(ui.t("lock-title"), Some(ui.t("lock-hint")), locked.into(), move |on| {
        meeting.command(MeetingCommand::Govern(Govern::Rule(Rule::Locked, on)));
    });
    let others = move || meeting.people.with(Vec::len) > 1;
    let mute = move || {
        others().then(|| {
            let act = move || meeting.command(MeetingCommand::Mute(None));
            button("btn btn-line btn-wide", Some(Icon::MicOff), ui.t("mute-everyone"), act)
        })
    };
    let hands = move || {
        let raised = meeting.together.hands.with(|hands| !hands.is_empty());
        raised.then(|| {
            let act = move || meeting.command(MeetingCommand::Together(Act::LowerHand(None)));
            button("btn btn-line btn-wide", Some(Icon::Hand), ui.t("lower-all-hands"), act)
        })
    };
    let rules = button("btn btn-line btn-wide", Some(Icon::Lock), ui.t("rules-open"), move || meeting.open_dialog(Open::Rules));
    html::div().class("stack authority").child((lock, mute, hands, rules)).into_any()
}

/// The name of a person as menus say it.
pub(super) fn name(ui: Ui, person: &Person) -> String {
    shown_name(ui, &person.name)
}

fn row(ui: Ui, meeting: Meeting, member: MemberId) -> AnyView {
    let person = Memo::new(move || meeting.people.with(|people| people.iter().find(|person| person.member == member).cloned()));
    let arch = html::span()
        .class(niche(member))
        .aria_hidden("true")
        .child(move || person.with(|p| p.as_ref().map(|p| initials(&p.name))));
    let name = html::span().class("row-name").child(move || person.with(|p| p.as_ref().map(|p| shown_name(ui, &p.name))));
    let sub = html::span().class("row-sub").child(move || person.with(|p| p.as_ref().map(|p| subtitle(ui, meeting, p))));
    let reach = move || {
        person.with(|person| {
            let person = person.as_ref()?;
            let words = match (person.me, meeting.reach(person)) {
                (true, Reach::Well) | (_, Reach::Away) => None,
                (true, _) => Some(ui.say("own-weak", &[])),
                (false, reach) => reach.words(ui, &shown_name(ui, &person.name)),
            };
            words.map(|words| html::span().class("row-sub row-reach").child(words))
        })
    };
    let main = html::div().class("row-main").child((name, sub, reach));
    let signs = move || person.with(|p| p.as_ref().map(|p| signs(ui, meeting, p)));
    let actions = move || person.with(|p| p.as_ref().filter(|p| menus::has_actions(meeting, p)).map(|p| actions(ui, meeting, p)));
    let end = html::div().class("row-end").child((signs, actions));
    let open = move || meeting.menu.get().is_some_and(|(menu, _)| menu == Menu::Person(member));
    html::li().class(move || if open() { "row open" } else { "row" }).child((arch, main, end)).into_any()
}

/// The button that opens what can be done with somebody.
fn actions(ui: Ui, meeting: Meeting, person: &Person) -> AnyView {
    let (member, name) = (person.member, person.name.clone());
    let words = move || ui.say("actions-for", &[("name", shown_name(ui, &name).into())]);
    let open = move || meeting.menu.get().is_some_and(|(menu, _)| menu == Menu::Person(member));
    html::button()
        .attr("type", "button")
        .class("ib ib-small2")
        .aria_label(words)
        .attr("aria-haspopup", "menu")
        .attr("aria-expanded", move || if open() { "true" } else { "false" })
        .on(ev::click, move |_| meeting.open_menu(Menu::Person(member)))
        .child(icon(Icon::More))
        .into_any()
}

/// Badge, then "you", how they came in, and what is unusual.
fn subtitle(ui: Ui, meeting: Meeting, person: &Person) -> AnyView {
    let badge = match () {
        () if meeting.is_unverified(person) => Some(("badge badge-ask", Icon::Info, "person-not-verified")),
        () if person.verified && !person.me => Some(("badge badge-ok", Icon::Check, "person-verified")),
        () => None,
    };
    let badge = badge.map(|(class, sign, words)| html::span().class(class).child((icon(sign), ui.t(words))));
    let mut words = Vec::new();
    if let Some(place) = meeting.together.place_of(person.member) {
        words.push(ui.say("tile-hand", &[("place", place.into())]));
    }
    if person.me {
        words.push(ui.say("you-suffix", &[]));
    }
    if person.owner {
        words.push(ui.say("person-owner", &[]));
    } else if person.moderator {
        words.push(ui.say("person-moderator", &[]));
    }
    if !person.may_speak {
        words.push(ui.say("person-may-not-speak", &[]));
    }
    words.push(admission_words(ui, meeting, person));
    if person.joining && !person.me {
        words.push(ui.say("person-joining", &[]));
    } else if !person.connected && !person.me {
        words.push(ui.say("person-away", &[]));
    }
    (badge, words.join(", ")).into_any()
}

/// Who let this person in.
fn admission_words(ui: Ui, meeting: Meeting, person: &Person) -> String {
    match person.admitted {
        Admission::Founder => ui.say("person-founder", &[]),
        Admission::Rejoined { .. } => ui.say("person-came-back", &[]),
        Admission::Password { by, .. } if meeting.is_me(by) => ui.say("person-by-you", &[]),
        Admission::Password { by, .. } => ui.say("person-by", &[("name", meeting.name_of(ui, by).into())]),
        Admission::WaitingRoom { by } if meeting.is_me(by) => ui.say("person-asked-by-you", &[]),
        Admission::WaitingRoom { by } => ui.say("person-asked-by", &[("name", meeting.name_of(ui, by).into())]),
    }
}

/// The lamp of whoever has the chair, and the microphone.
fn signs(ui: Ui, meeting: Meeting, person: &Person) -> AnyView {
    let lamp = person.owner.then(|| icon(Icon::Lamp));
    let raised = meeting.together.place_of(person.member).is_some();
    let hand = raised.then(|| html::span().class("hand").child(icon(Icon::Hand)));
    let reaction = together::reaction_sign(ui, meeting, person);
    let speaking = meeting.speaking.with(|speaking| speaking.contains(&person.member));
    let (class, sign, words) = match (person.microphone, speaking) {
        (true, true) => ("live", Icon::Mic, "person-speaking"),
        (true, false) => ("muted", Icon::Mic, "person-microphone-on"),
        (false, _) => ("muted", Icon::MicOff, "person-microphone-off"),
    };
    let bars = (!person.joining).then(|| bars(ui, meeting.reach(person)));
    let microphone = html::span().class(class).child((small_icon(sign), html::span().class("sr").child(ui.t(words))));
    (reaction, hand, lamp, bars, microphone).into_any()
}
