//! What happens when a part of the client breaks.
//!
//! **Invariant:** a panic anywhere ends in a sentence on the screen that says what to do. A page that looks alive and is dead
//! would leave people talking to nobody.

use std::panic;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, Document};

/// In the page: says so on the screen, over everything else, without the user interface's help.
pub(crate) fn in_page() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        show();
    }));
}

/// In a worker: tells the page, which answers with [`show`]. The message is the string [`BROKEN`].
pub(crate) fn in_worker() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
        let _ = scope.post_message(&JsValue::from_str(BROKEN));
    }));
}

/// What a broken worker posts to the page; everything else it posts is bytes.
pub(crate) const BROKEN: &str = "broken";

/// Puts the sentence on the screen, once.
pub(crate) fn show() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    if document.get_element_by_id(ELEMENT).is_none() {
        let _ = append(&document);
    }
}

const ELEMENT: &str = "broken";

fn append(document: &Document) -> Result<(), JsValue> {
    let element = document.create_element("p")?;
    element.set_id(ELEMENT);
    element.set_class_name("broken");
    element.set_attribute("role", "alert")?;
    let french = document.document_element().and_then(|root| root.get_attribute("lang")).is_some_and(|l| l.starts_with("fr"));
    element.set_text_content(Some(sentence(french)));
    // On top of an open dialog too: a modal dialog makes everything outside of it inert.
    let place = document.query_selector("dialog[open]")?.or_else(|| document.body().map(Into::into));
    if let Some(place) = place {
        place.prepend_with_node_1(&element)?;
    }
    Ok(())
}

fn sentence(french: bool) -> &'static str {
    if french {
        "Cette page s’est interrompue. Rechargez-la pour revenir dans la salle\u{202f}; en attendant, personne ne vous voit ni ne vous entend."
    } else {
        "This page stopped working. Reload it to come back to the room; until then nobody sees or hears you."
    }
}
