//! Where no meeting can be held, or not well: a browser that lacks something, and windows of other apps that are no browsers.
//!
//! Invariant: it says what to do, and the link can be taken along to where it works.

use super::{
    Page,
    app::Ui,
    browser,
    icons::{Icon, chamber, icon},
    parts::{button, hint, page_top},
};
use crate::browser::agent;
use crate::model::Missing;
use crate::ui::view::prelude::*;
use leptos::task::spawn_local;

/// "This browser cannot keep the door closed."
pub(crate) fn too_old(ui: Ui, missing: Missing) -> AnyView {
    let why = match missing {
        Missing::FrameTransform => "old-frames",
        Missing::SecureContext => "old-secure",
        Missing::Platform => "old-platform",
    };
    let ios = (missing != Missing::SecureContext && agent::is_ios(&agent::own()))
        .then(|| hint("hint", Some(Icon::Info), ui.t("old-ios")));
    let app = (missing != Missing::SecureContext).then(|| hint("hint", Some(Icon::Info), ui.t("old-app")));
    let body = (html::p().class("lead").child(ui.t(why)), ios, app).into_any();
    page(ui, "old-title", body, ().into_any())
}

/// "Open it in your browser."
pub(crate) fn inside_app(ui: Ui, app: &'static str) -> AnyView {
    let why = move || match app {
        "" => ui.say("inside-some-app", &[]),
        app => ui.say("inside-app", &[("app", app.into())]),
    };
    let how = if agent::is_ios(&agent::own()) { "inside-ios" } else { "inside-android" };
    let steps = html::ol().class("steps").child((html::li().child(ui.t(how)), html::li().child(ui.t("inside-or-copy"))));
    let fits = ui.with_engine(|engine| engine.unsupported().is_none());
    let anyway = fits.then(|| button("btn btn-quiet", None, ui.t("inside-anyway"), move || ui.page.set(Page::Portal)));
    page(ui, "inside-title", (html::p().class("lead").child(why), steps).into_any(), anyway.into_any())
}

/// Title, what to do, and the link to take along.
fn page(ui: Ui, title: &'static str, body: AnyView, more: AnyView) -> AnyView {
    let copied = RwSignal::new(false);
    let copy = button("btn btn-primary", Some(Icon::Copy), ui.t("old-copy"), move || {
        let address = format!("{}{}", browser::origin_and_path(), browser::fragment());
        spawn_local(async move {
            if browser::copy(address).await {
                copied.set(true);
            }
        });
    });
    let done = move || copied.get().then(|| html::span().class("soft").role("status").child(ui.t("invite-copied")));
    let head = html::div().role("alert").child(html::h1().child(ui.t(title)));
    let sign = html::span().class("arch-pic").child(icon(Icon::Warn));
    let card = html::div().class("card").child((sign, head, body, html::div().class("actions").child((copy, more, done))));
    html::div().class("page").child((chamber(true), page_top(ui), html::main().class("centre").child(card))).into_any()
}
