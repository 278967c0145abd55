//! Keeping this version of the page, for who has compared its words or trusts it now.
//!
//! Invariant: nothing is kept before the person has asked for it here, and what is kept is named by the words that the worker computed.

use crate::browser::{
    kept::{self, Since, Version},
    site,
};
use crate::ui::view::prelude::*;
use crate::ui::{app::Ui, browser, dialog, parts::button};
use leptos::task::spawn_local;

/// What is known.
#[derive(Clone, PartialEq, Eq)]
enum Keeping {
    /// It is being found out, or done.
    Busy,
    Nothing,
    Kept(Version),
    /// It was asked for and could not be had.
    Failed,
}

/// Below what the page says of itself. Nothing where the page came from a program on this machine: no host can change that one.
pub(super) fn keeping(ui: Ui) -> Option<AnyView> {
    if site::host_elsewhere().is_some() || !kept::is_possible() {
        return None;
    }
    let state = RwSignal::new(Keeping::Busy);
    spawn_local(async move {
        state.set(kept::version().await.map_or(Keeping::Nothing, Keeping::Kept));
    });
    let part = move || match state.get() {
        Keeping::Busy => html::p().class("soft").child(ui.t("kept-busy")).into_any(),
        Keeping::Nothing => offer(ui, state, "kept-none"),
        Keeping::Failed => offer(ui, state, "kept-failed"),
        Keeping::Kept(version) => told(ui, state, version),
    };
    Some(
        html::section()
            .class("stack")
            .aria_label(ui.t("kept-title"))
            .child((html::h3().child(ui.t("kept-title")), html::div().class("stack").attr("aria-live", "polite").child(part)))
            .into_any(),
    )
}

fn offer(ui: Ui, state: RwSignal<Keeping>, why: &'static str) -> AnyView {
    let keep = move || {
        state.set(Keeping::Busy);
        spawn_local(async move {
            let version = kept::keep().await;
            if version.is_some() {
                watch(ui, Since::Kept);
            }
            state.set(version.map_or(Keeping::Failed, Keeping::Kept));
        });
    };
    (html::p().class("soft").child(ui.t(why)), button("btn btn-line", None, ui.t("kept-keep"), keep)).into_any()
}

fn told(ui: Ui, state: RwSignal<Keeping>, version: Version) -> AnyView {
    let Version { words, since, offered } = version;
    let since = move || ui.say("kept-since", &[("time", browser::told_time(since, ui.tongue.get().tag()).into())]);
    let twelve = |words: String| html::p().attr("lang", "en").attr("dir", "ltr").child(html::b().child(words)).into_any();
    let other = offered.map(|words| (html::p().class("soft").child(ui.t("kept-offered")), twelve(words)));
    let let_go = move || {
        state.set(Keeping::Busy);
        spawn_local(async move {
            kept::let_go(ui.visits.wanted_now()).await;
            state.set(Keeping::Nothing);
        });
    };
    let button = button("btn btn-line", None, ui.t("kept-let-go"), let_go);
    (html::p().class("soft").child(since), twelve(words), html::p().class("soft").child(ui.t("kept-limits")), other, button)
        .into_any()
}

/// Has the person told when the site replaces what keeps this page.
pub(crate) fn watch(ui: Ui, since: Since) {
    spawn_local(async move {
        if kept::is_replaced(since).await {
            ui.keeper_replaced.set(true);
        }
    });
}

/// Told on any page: the site has put something else in the place of what keeps this page.
pub(crate) fn replaced(ui: Ui) -> impl Fn() -> Option<AnyView> + Send + 'static {
    let open = ui.keeper_replaced;
    move || {
        open.get().then(|| {
            let words = ["kept-replaced-body", "kept-replaced-advice"].map(|id| html::p().child(ui.t(id)).into_any());
            let words = words.into_iter().collect_view().into_any();
            dialog::dialog(ui, "dialog", ui.t("kept-replaced"), move || open.set(false), words)
        })
    }
}
