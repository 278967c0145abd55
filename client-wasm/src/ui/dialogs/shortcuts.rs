//! The list of keys.
//!
//! Invariant: it lists exactly what [`keys`](crate::ui::keys) does.

use crate::ui::app::Ui;
use crate::ui::view::prelude::*;

/// What stands in the dialog.
pub(super) fn content(ui: Ui) -> AnyView {
    let key = |cap: &'static str| html::kbd().child(cap).into_any();
    let named = |id: &'static str| html::kbd().child(ui.t(id)).into_any();
    let rows = vec![
        (key("M"), "keys-m"),
        (named("keys-space-key"), "keys-space"),
        (key("V"), "keys-v"),
        (key("S"), "keys-s"),
        (key("H"), "keys-h"),
        (key("C"), "keys-c"),
        (key("P"), "keys-p"),
        (key("I"), "keys-i"),
        (key("K"), "keys-k"),
        (key("G"), "keys-g"),
        (key("F"), "keys-f"),
        (key("F6"), "keys-f6"),
        (named("keys-pages-key"), "keys-pages"),
        (key("?"), "keys-help"),
        (key("Esc"), "keys-escape"),
    ];
    let row = |(cap, words): (AnyView, &'static str)| {
        html::div().class("key").child((html::dt().child(cap), html::dd().child(ui.t(words))))
    };
    let list = html::dl().class("keys").child(rows.into_iter().map(row).collect_view());
    (list, html::p().class("hint").child(ui.t("keys-note"))).into_any()
}
