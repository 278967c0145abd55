//! One WebSocket to the host that served the page.
//!
//! **Invariant:** a socket that was given up is silent: whatever it still delivers reaches nobody.

use crypto::session::Input;
use js_sys::{ArrayBuffer, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BinaryType, MessageEvent, WebSocket, WorkerGlobalScope};

/// An open socket, or one that is opening.
pub(super) struct Socket {
    socket: WebSocket,
    _handlers: [Closure<dyn Fn(JsValue)>; 4],
}

impl Socket {
    /// Opens a socket to `/ws` of our own origin. `None` when the browser does not even try.
    pub(super) fn open(hear: impl Fn(Input) + 'static) -> Option<Self> {
        let socket = WebSocket::new(&address()?).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let hear = Rc::new(hear);
        let (opened, closed, spoke) = (hear.clone(), hear.clone(), hear);
        let on_open = Closure::<dyn Fn(JsValue)>::new(move |_| opened(Input::SocketOpened));
        let on_close = Closure::<dyn Fn(JsValue)>::new(move |_| closed(Input::SocketClosed));
        // An error is always followed by a close.
        let on_error = Closure::<dyn Fn(JsValue)>::new(|_| ());
        let on_message = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
            if let Some(message) = message_in(&event.unchecked_into::<MessageEvent>()) {
                spoke(Input::Host(message));
            }
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        socket.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { socket, _handlers: [on_open, on_close, on_error, on_message] })
    }

    /// Sends, if the socket is open. A message that is lost here is lost with the socket, which the session hears of.
    pub(super) fn send(&self, bytes: &[u8]) {
        let _ = self.socket.send_with_u8_array(bytes);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onerror(None);
        self.socket.set_onmessage(None);
        let _ = self.socket.close();
    }
}

/// What the host says is passed over when it cannot be read: another version is for the session to find out.
fn message_in(event: &MessageEvent) -> Option<wire::FromHost> {
    let buffer: ArrayBuffer = event.data().dyn_into().ok()?;
    let bytes = Uint8Array::new(&buffer);
    if bytes.length() as usize > wire::limits::MESSAGE_BYTES {
        return None;
    }
    wire::decode(&bytes.to_vec()).ok()
}

fn address() -> Option<String> {
    let location = js_sys::global().unchecked_into::<WorkerGlobalScope>().location();
    let scheme = if location.protocol() == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}/ws", location.host()))
}
