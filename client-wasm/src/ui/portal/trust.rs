//! "What can this site see?": the one page where the machine's words live.
//!
//! Invariant: it promises nothing that the threat model does not.

use crate::ui::{app::Ui, dialog};
use leptos::{ev, html, prelude::*};

/// The link under the form.
pub(super) fn link(ui: Ui, open: RwSignal<bool>) -> AnyView {
    let ask = html::button()
        .attr("type", "button")
        .class("btn btn-link")
        .on(ev::click, move |_| open.set(true))
        .child(ui.t("portal-trust"));
    html::p().class("below").child(ask).into_any()
}

/// What it opens.
pub(super) fn dialog(ui: Ui, open: RwSignal<bool>) -> impl Fn() -> Option<AnyView> + Send + 'static {
    move || {
        open.get().then(|| {
            let paragraphs = ["trust-body", "trust-sees", "trust-page"].map(|id| html::p().class("soft").child(ui.t(id)));
            dialog::dialog(
                ui,
                "dialog",
                ui.t("trust-title"),
                move || open.set(false),
                paragraphs.into_iter().collect_view().into_any(),
            )
        })
    }
}
