//! To whom one writes: everybody, or one person.
//!
//! Invariant: what was meant for one goes to that one or nowhere; whom the rules let nobody write to is not offered.

use super::Addressee;
use crate::model::{MemberId, Rule};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::{Icon, small_icon},
    meeting::{Meeting, shown_name},
};
use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;

/// Whether there is anybody to write to.
pub(super) fn may_write(meeting: Meeting) -> bool {
    meeting.may(Rule::ModeratorsChat) || meeting.people.with(|people| people.iter().any(|person| !person.me && person.moderator))
}

/// Whether what is written may go to this one, or to all, at this moment.
pub(super) fn takes(meeting: Meeting, to: Option<MemberId>) -> bool {
    untrack(|| match to {
        None => meeting.may(Rule::ModeratorsChat),
        Some(to) => others(meeting).iter().any(|other| other.member == to),
    })
}

/// Those to whom we may write alone.
fn others(meeting: Meeting) -> Vec<Addressee> {
    let all = meeting.may(Rule::ModeratorsChat);
    meeting.people.with(|people| {
        let others = people.iter().filter(|person| !person.me && (all || person.moderator));
        others.map(|person| Addressee { member: person.member, name: person.name.clone() }).collect()
    })
}

/// The field that says to whom; not shown while there is nobody else.
pub(super) fn choice(ui: Ui, meeting: Meeting) -> AnyView {
    let chosen = meeting.chat.to;
    // Whoever may write to nobody else writes to somebody who moderates.
    Effect::new(move || {
        if chosen.with(Option::is_none) && !meeting.may(Rule::ModeratorsChat) {
            chosen.set(others(meeting).into_iter().next());
        }
    });
    let shown = Memo::new(move || chosen.with(Option::is_some) || meeting.people.with(Vec::len) > 1);
    let field = move || shown.get().then(|| field(ui, meeting));
    let gone = move || {
        let gone = chosen.get().filter(|to| others(meeting).iter().all(|other| other.member != to.member))?;
        let words = ui.say("chat-gone", &[("name", shown_name(ui, &gone.name).into())]);
        Some(html::p().class("hint hint-bad").child(words))
    };
    (field, gone).into_any()
}

fn field(ui: Ui, meeting: Meeting) -> AnyView {
    let chosen = meeting.chat.to;
    let listed = Memo::new(move || {
        let mut all = others(meeting);
        // Who was chosen stays named until somebody else is.
        if let Some(to) = chosen.get().filter(|to| all.iter().all(|other| other.member != to.member)) {
            all.push(to);
        }
        all
    });
    let everyone = move || {
        meeting.may(Rule::ModeratorsChat).then(|| {
            html::option().attr("value", "").prop("selected", move || chosen.with(Option::is_none)).child(ui.t("chat-everyone"))
        })
    };
    let person = move |one: Addressee| {
        let Addressee { member, name } = one;
        let is_chosen = move || chosen.with(|to| to.as_ref().is_some_and(|to| to.member == member));
        html::option().attr("value", value(member)).prop("selected", is_chosen).child(shown_name(ui, &name))
    };
    let options = keyed(move || listed.get(), |one| (one.member, one.name.clone()), person);
    let select = html::select()
        .id("chat-to")
        .on(ev::change, move |event| {
            let Some(select) = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok()) else { return };
            let wanted = select.value();
            chosen.set(listed.get_untracked().into_iter().find(|one| value(one.member) == wanted));
        })
        .child((everyone, options));
    let label = html::label().attr("for", "chat-to").child(ui.t("chat-to"));
    let field = html::div().class("input").child((select, small_icon(Icon::Down)));
    html::div()
        .class(move || if chosen.with(Option::is_some) { "chat-to aside" } else { "chat-to" })
        .child((label, field))
        .into_any()
}

fn value(member: MemberId) -> String {
    member.0.iter().map(|byte| format!("{byte:02x}")).collect()
}
