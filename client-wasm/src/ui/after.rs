//! After a meeting: what was kept, and what can be done now.
//!
//! Invariant: it claims only what is so: nothing about what the others keep, nothing about what a server promises and nobody can check.

use super::{
    app::Ui,
    browser,
    icons::{Icon, chamber, icon},
    parts::{button, hint, page_top},
};
use crate::model::End;
use crate::ui::view::prelude::*;

/// "The door is closed behind you."
pub(crate) fn after(ui: Ui, end: End) -> AnyView {
    let burnt = ui.burning.get_untracked();
    let chat = ui.meeting.chat;
    // What was written goes with this page.
    on_cleanup(move || chat.clear());
    let has_chat = untrack(|| !chat.is_empty());
    let (title, again) = match end {
        _ if burnt => ("after-burnt-title", false),
        End::EndedForAll => ("after-ended-title", false),
        End::Removed => ("after-removed-title", false),
        End::Lost | End::PermissionNeeded => ("after-lost-title", true),
        _ => ("after-title", true),
    };
    let reason = match end {
        End::Removed => Some("end-removed"),
        End::Lost => Some("end-lost"),
        End::PermissionNeeded => Some("end-permission"),
        _ => None,
    };
    let ended = move || ui.ended_by.get().map(|name| ui.say("after-ended-by", &[("name", name.into())]));
    let reason = match (burnt, end) {
        (true, _) => Some(html::p().class("lead").child(ui.t("after-burnt")).into_any()),
        (false, End::EndedForAll) => Some(html::p().class("lead").child(ended).into_any()),
        _ => reason.map(|id| html::p().class("lead").child(ui.t(id)).into_any()),
    };
    // Whoever was removed knows the password as well as those who removed it.
    let advice = (end == End::EndedForAll && !ui.draft.password.with_untracked(String::is_empty))
        .then(|| hint("hint", Some(Icon::Info), ui.t("after-again-advice")));
    let back = again.then(|| button("btn btn-primary", Some(Icon::Door), ui.t("after-again"), move || ui.again()));
    let new = button(if again { "btn btn-quiet" } else { "btn btn-primary" }, None, ui.t("after-new"), move || ui.new_meeting());
    let head = html::div().child(html::h1().attr("tabindex", "-1").id("after").child(ui.t(title)));
    browser::focus_soon("after");
    let save = has_chat.then(|| button("btn btn-quiet", Some(Icon::Save), ui.t("after-save-chat"), move || chat.save(ui)));
    let saved = move || chat.saved.get().then(|| hint("hint", Some(Icon::Check), ui.t("chat-saved")));
    let burn = (!burnt).then(|| burn(ui));
    let card = html::div().class("card card-wide").child((
        head,
        reason,
        facts(ui, has_chat),
        advice,
        html::div().class("actions").child((back, new, save)),
        saved,
        burn,
    ));
    html::div().class("page").child((chamber(true), page_top(ui), html::main().class("centre").child(card))).into_any()
}

/// What was kept, and where.
fn facts(ui: Ui, has_chat: bool) -> AnyView {
    let fact = |sign: Icon, title: &'static str, bodies: Vec<&'static str>| {
        let words = move || bodies.iter().map(|id| ui.say(id, &[])).collect::<Vec<_>>().join(" ");
        html::li().child((icon(sign), html::div().child((html::b().child(ui.t(title)), html::span().child(words)))))
    };
    let listed = ui.visits.knows(&ui.draft.room.get_untracked());
    let saved = ui.saved.get_untracked();
    let mut here = match (has_chat, listed) {
        (true, true) => vec!["after-device-chat-body", "after-device-listed"],
        (true, false) => vec!["after-device-chat-body"],
        (false, true) => vec!["after-device-room"],
        (false, false) => vec!["after-device-body"],
    };
    here.extend(saved.then_some("after-device-file"));
    let title = match has_chat {
        true => "after-device-chat",
        false if listed || saved => "after-device-kept",
        false => "after-device",
    };
    let sign = if has_chat || listed || saved { Icon::Info } else { Icon::Check };
    let facts = (
        fact(Icon::Door, "after-server", vec!["after-server-body"]),
        fact(sign, title, here),
        fact(Icon::People, "after-others", vec!["after-others-body"]),
    );
    html::ul().class("facts").child(facts).into_any()
}

/// The last thing that can be done: forget it all.
fn burn(ui: Ui) -> AnyView {
    let words =
        html::div().child((html::b().child(ui.t("after-burn")), html::p().class("small soft").child(ui.t("after-burn-body"))));
    let burn = button("btn btn-wine-line", Some(Icon::Burn), ui.t("after-burn"), move || ui.burn_here());
    html::div().class("burn divide").child((words, burn)).into_any()
}
