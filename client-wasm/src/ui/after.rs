//! After a meeting, and the page for browsers that cannot hold one.
//!
//! Invariant: it claims only what is so: nothing about what the others keep, nothing about what a server promises and nobody can check.

use super::{
    Page,
    app::Ui,
    browser,
    icons::{Icon, chamber, icon},
    parts::{button, hint, page_top},
};
use crate::model::{End, Missing};
use leptos::{html, prelude::*, task::spawn_local};

/// "The door is closed behind you."
pub(crate) fn after(ui: Ui, end: End) -> AnyView {
    let burnt = ui.burning.get_untracked();
    let (title, again) = match end {
        _ if burnt => ("after-burnt-title", false),
        End::EndedForAll => ("after-ended-title", false),
        End::Removed => ("after-removed-title", false),
        End::Lost => ("after-lost-title", true),
        _ => ("after-title", true),
    };
    let reason = match end {
        End::Removed => Some("end-removed"),
        End::Lost => Some("end-lost"),
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
    let facts = [
        (Icon::Door, "after-server", "after-server-body"),
        (Icon::Check, "after-device", "after-device-body"),
        (Icon::People, "after-others", "after-others-body"),
    ];
    let fact = |(sign, title, body): (Icon, &'static str, &'static str)| {
        html::li().child((icon(sign), html::div().child((html::b().child(ui.t(title)), html::span().child(ui.t(body))))))
    };
    let facts = html::ul().class("facts").child(facts.map(fact).into_iter().collect_view());
    let back = again.then(|| button("btn btn-primary", Some(Icon::Back), ui.t("after-again"), move || ui.page.set(Page::Portal)));
    let new = button(if again { "btn btn-quiet" } else { "btn btn-primary" }, None, ui.t("after-new"), move || ui.new_meeting());
    let head = html::div().child(html::h1().attr("tabindex", "-1").id("after").child(ui.t(title)));
    browser::focus_soon("after");
    let card =
        html::div().class("card card-wide").child((head, reason, facts, advice, html::div().class("actions").child((back, new))));
    html::div().class("page").child((chamber(true), page_top(ui), html::main().class("centre").child(card))).into_any()
}

/// "This browser cannot keep the door closed."
pub(crate) fn too_old(ui: Ui, missing: Missing) -> AnyView {
    let why = match missing {
        Missing::FrameTransform => "old-frames",
        Missing::SecureContext => "old-secure",
        Missing::Platform => "old-platform",
    };
    let copied = RwSignal::new(false);
    let copy = button("btn btn-primary", Some(Icon::Copy), ui.t("old-copy"), move || {
        let address = format!("{}{}", browser::origin_and_path(), browser::fragment());
        spawn_local(async move {
            if browser::copy(address).await {
                let _ = copied.try_set(true);
            }
        });
    });
    let done = move || copied.get().then(|| html::span().class("soft").role("status").child(ui.t("invite-copied")));
    let head = html::div().role("alert").child(html::h1().child(ui.t("old-title")));
    let app = (missing != Missing::SecureContext).then(|| hint("hint", Some(Icon::Info), ui.t("old-app")));
    let sign = html::span().class("arch-pic").child(icon(Icon::Warn));
    let actions = html::div().class("actions").child((copy, done));
    let card = html::div().class("card").child((sign, head, html::p().class("lead").child(ui.t(why)), app, actions));
    html::div().class("page").child((chamber(true), page_top(ui), html::main().class("centre").child(card))).into_any()
}
