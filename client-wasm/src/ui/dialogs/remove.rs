//! Before somebody is put out, and before the meeting is ended: what it means, and the one button that does it.
//!
//! Invariant: the button that cannot be taken back is never the one that has the focus first.

use crate::model::{Govern, MeetingCommand, MemberId, Rule};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::Icon,
    meeting::{Meeting, shown_name},
    parts::{NO_WORDS, button, switch},
};

/// The title: whom.
pub(super) fn title(ui: Ui, meeting: Meeting, member: MemberId) -> String {
    ui.say("remove-title", &[("name", meeting.name_of(ui, member).into())])
}

/// "Remove Karim?"
pub(super) fn content(ui: Ui, meeting: Meeting, member: MemberId) -> AnyView {
    let name = meeting.people.with_untracked(|people| {
        people.iter().find(|person| person.member == member).map(|person| shown_name(ui, &person.name)).unwrap_or_default()
    });
    let guests = meeting.let_in_by(member);
    let rules = meeting.rules.get_untracked();
    // Where nobody comes in by password anyway there is nothing to end.
    let can_ban = rules.takes_passwords && !rules.has(Rule::Locked);
    let (ban, with_guests) = (RwSignal::new(false), RwSignal::new(false));
    let say = |id: &'static str, count: usize| {
        let name = name.clone();
        move || ui.say(id, &[("name", name.as_str().into()), ("count", count.into())])
    };
    let body = html::p().class("soft").child(say("remove-body", 0));
    let banning =
        can_ban.then(|| switch(say("remove-ban", 0), Some(say("remove-ban-hint", 0)), ban.into(), move |on| ban.set(on)));
    let count = guests.len();
    let guests_too =
        (count > 0).then(|| switch(say("remove-guests", count), NO_WORDS, with_guests.into(), move |on| with_guests.set(on)));
    let act = move || {
        let mut members = vec![member];
        if with_guests.get_untracked() {
            members.extend(guests.iter().copied());
        }
        let govern = if ban.get_untracked() { Govern::Ban(members) } else { Govern::Remove(members) };
        meeting.command(MeetingCommand::Govern(govern));
        meeting.close_dialog();
    };
    let foot = foot(ui, meeting, Icon::Remove, "remove-do", act);
    html::div().class("stack").child((body, banning, guests_too, foot)).into_any()
}

/// "End the meeting for everyone?"
pub(super) fn end(ui: Ui, meeting: Meeting) -> AnyView {
    let act = move || {
        meeting.command(MeetingCommand::Govern(Govern::End));
        meeting.close_dialog();
    };
    let body = html::p().class("soft").child(ui.t("end-body"));
    html::div().class("stack").child((body, foot(ui, meeting, Icon::Door, "end-do", act))).into_any()
}

fn foot(ui: Ui, meeting: Meeting, sign: Icon, words: &'static str, act: impl Fn() + 'static) -> AnyView {
    let cancel = button("btn btn-quiet", None, ui.t("cancel"), move || meeting.close_dialog());
    let go = button("btn btn-wine", Some(sign), ui.t(words), act);
    html::div().class("dialog-foot").child((cancel, html::span().class("push"), go)).into_any()
}
