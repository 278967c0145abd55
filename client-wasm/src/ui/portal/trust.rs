//! "What can this site see?": the one page where the machine's words live.
//!
//! Invariant: it promises nothing that the threat model does not.

use super::keeping;
use crate::ui::{app::Ui, dialog};
use crate::{browser::site, ui::view::prelude::*};
use leptos::ev;

/// The link under the form.
pub(super) fn link(ui: Ui, open: RwSignal<bool>) -> AnyView {
    let ask = html::button()
        .attr("type", "button")
        .class("btn btn-link")
        .on(ev::click, move |_| open.set(true))
        .child(ui.t("portal-trust"));
    html::p().class("below").child((ask, guide(ui), doctor(ui))).into_any()
}

/// The guide, in another tab: whoever has begun to fill in the form keeps it.
fn guide(ui: Ui) -> AnyView {
    let address = move || format!("guide/{}.html", ui.t("language-guide")());
    html::a()
        .class("btn btn-link")
        .attr("href", address)
        .attr("target", "_blank")
        .attr("rel", "noopener")
        .child(ui.t("guide"))
        .into_any()
}

/// The doctor, in another tab for the same reason.
fn doctor(ui: Ui) -> AnyView {
    html::a()
        .class("btn btn-link")
        .attr("href", "doctor")
        .attr("target", "_blank")
        .attr("rel", "noopener")
        .child(ui.t("doctor-link"))
        .into_any()
}

/// What it opens.
pub(super) fn dialog(ui: Ui, open: RwSignal<bool>) -> impl Fn() -> Option<AnyView> + Send + 'static {
    move || {
        open.get().then(|| {
            // Whoever took the page from elsewhere has answered the last question.
            let page = move || match site::host_elsewhere() {
                Some(host) => ui.say("trust-page-own", &[("host", host.into())]),
                None => ui.t("trust-page")(),
            };
            let body = ["trust-body", "trust-sees"].map(|id| html::p().class("soft").child(ui.t(id)).into_any());
            let words = site::client_words().map(|words| {
                let words = html::p().attr("lang", "en").attr("dir", "ltr").child(html::b().child(words));
                [html::p().class("soft").child(ui.t("trust-page-words")).into_any(), words.into_any()]
            });
            let page = html::p().class("soft").child(page).into_any();
            let paragraphs = body.into_iter().chain([page]).chain(words.into_iter().flatten()).chain(keeping::keeping(ui));
            dialog::dialog(ui, "dialog", ui.t("trust-title"), move || open.set(false), paragraphs.collect_view().into_any())
        })
    }
}
