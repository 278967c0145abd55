//! Dialogs: `<dialog>` with `showModal()`, so that what lies behind is inert and Esc closes.
//!
//! Invariant: whoever opened a dialog has the focus again when it is gone; and what is said while it is open is heard, because the live
//! regions are in it: what lies behind it is inert, for screen readers too.

use super::{
    app::Ui,
    browser,
    icons::Icon,
    parts::{Words, icon_button},
    speak::REGIONS,
};
use crate::ui::view::prelude::*;
use leptos::ev;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

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
    on_cleanup(|| {
        if let Some(body) = browser::document().body() {
            regions_into(&body);
        }
    });
    let (by_key, by_ground) = (close.clone(), close.clone());
    let head = html::div()
        .class("dialog-head")
        .child((html::h2().id(id.clone()).child(title), icon_button(Icon::Close, "ib", ui.t("close"), close)));
    html::dialog()
        .class(class)
        .aria_labelledby(id)
        .directive(show)
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
            regions_into(&dialog);
        }
    })
    .forget();
}

thread_local! {
    /// Who got the focus last when something closed, or will.
    static OPENER: RefCell<Option<HtmlElement>> = const { RefCell::new(None) };
}

/// The two live regions stand in this element from now on.
fn regions_into(element: &Element) {
    for region in REGIONS.iter().filter_map(|id| browser::document().get_element_by_id(id)) {
        // Fails only if one stood in the other.
        let _ = element.append_child(&region);
    }
}

/// When the caller's owner goes, focus returns to where it is now. What a menu opened gives it back to whoever opened the menu.
pub(crate) fn give_focus_back() {
    let passing = |element: &HtmlElement| element.tag_name() == "BODY" || element.closest("[role=menu]").ok().flatten().is_some();
    let opener = browser::focused().filter(|element| !passing(element)).or_else(|| OPENER.with_borrow(Clone::clone));
    OPENER.set(opener.clone());
    let opener = StoredValue::new(opener);
    on_cleanup(move || {
        if let Some(opener) = opener.try_get_value().flatten() {
            browser::after(0, move || {
                let _ = opener.focus();
            })
            .forget();
        }
    });
}
