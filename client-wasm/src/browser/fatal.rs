//! What happens when a part of the client breaks.
//!
//! **Invariant:** a panic anywhere ends in a sentence on the screen that says what to do. A page that looks alive and is dead
//! would leave people talking to nobody.

use std::{cell::RefCell, panic};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{DedicatedWorkerGlobalScope, Document, RtcPeerConnection, RtcRtpSender};

/// In the page: says so on the screen, over everything else, without the user interface's help.
pub(crate) fn in_page() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        show();
    }));
}

/// In a worker: tells the page, which answers with [`show`]. A string is posted; everything else a worker posts is bytes.
pub(crate) fn in_worker() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
        let _ = scope.post_message(&JsValue::from_str(&info.to_string()));
    }));
}

thread_local! {
    static CONNECTION: RefCell<Option<RtcPeerConnection>> = const { RefCell::new(None) };
}

/// This connection is to be cut when something breaks: the sentence on the screen promises that nobody sees or hears us.
pub(crate) fn cuts(connection: Option<&RtcPeerConnection>) {
    CONNECTION.with(|slot| slot.replace(connection.cloned()));
}

/// Cuts the connection, stops the devices and puts the sentence on the screen, once.
pub(crate) fn show() {
    CONNECTION.with(|slot| {
        if let Ok(slot) = slot.try_borrow()
            && let Some(connection) = slot.as_ref()
        {
            connection.get_senders().iter().filter_map(|s| s.unchecked_into::<RtcRtpSender>().track()).for_each(|t| t.stop());
            connection.close();
        }
    });
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    if document.get_element_by_id(ELEMENT).is_none() {
        let _ = append(&document);
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = warn)]
    fn console_warn(what: &JsValue);
}

/// Notes an error that the person need not hear of, because we mend it, in the browser's own console.
pub(crate) fn note(error: &JsValue) {
    console_warn(error);
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
