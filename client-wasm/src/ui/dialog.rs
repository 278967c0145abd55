//! Dialogs: `<dialog>` with `showModal()`, so that what lies behind is inert and Esc closes.
//!
//! Invariant: whoever opened a dialog has the focus again when it is gone.

use super::{
    app::Ui,
    browser,
    icons::Icon,
    parts::{Words, icon_button},
};
use leptos::{ev, html, prelude::*};
use std::sync::atomic::{AtomicU32, Ordering};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement};

/// A dialog that is open as long as it is in the page; `close` takes it away. Focus goes to the element with `autofocus`, else to
/// the first that can take it.
pub(crate) fn dialog(
    ui: Ui,
    class: &'static str,
    title: impl Words,
    close: impl Fn() + Clone + 'static,
    content: AnyView,
) -> AnyView {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let id = format!("dialog-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    give_focus_back();
    let (by_key, by_ground) = (close.clone(), close.clone());
    let head = html::div()
        .class("dialog-head")
        .child((html::h2().id(id.clone()).child(title), icon_button(Icon::Close, "ib", ui.t("close"), close)));
    html::dialog()
        .class(class)
        .aria_labelledby(id)
        .directive(|element: Element, ()| show(element), ())
        .on(ev::Custom::<web_sys::Event>::new("cancel"), move |event| {
            event.prevent_default();
            by_key();
        })
        .on(ev::click, move |event| {
            // The ground behind belongs to the dialog element itself; everything in it is a child.
            if event.target() == event.current_target() {
                by_ground();
            }
        })
        .child(html::div().class("dialog-in").child((head, content)))
        .into_any()
}

fn show(element: Element) {
    browser::after(0, move || {
        if let Ok(dialog) = element.dyn_into::<HtmlDialogElement>() {
            // Fails only if it is gone or open already.
            let _ = dialog.show_modal();
        }
    })
    .forget();
}

/// When the caller's owner goes, focus returns to where it is now.
pub(crate) fn give_focus_back() {
    let opener = StoredValue::new_local(browser::focused());
    on_cleanup(move || {
        if let Some(opener) = opener.try_get_value().flatten() {
            browser::after(0, move || {
                let _ = opener.focus();
            })
            .forget();
        }
    });
}
