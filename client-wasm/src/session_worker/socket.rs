//! One WebSocket to the host that served the page.
//!
//! **Invariant:** a socket that was given up is silent: whatever it still delivers reaches nobody.

use crate::browser::task;
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
        let on_open = task::callback_told(move |_| opened(Input::SocketOpened));
        let on_close = task::callback_told(move |_| closed(Input::SocketClosed));
        // An error is always followed by a close.
        let on_error = task::callback_told(|_| ());
        let on_message = task::callback_told(move |event: JsValue| {
            if let Some(input) = said(&event.unchecked_into::<MessageEvent>()) {
                spoke(input);
            }
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        socket.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { socket, _handlers: [on_open, on_close, on_error, on_message] })
    }

    /// Bytes that have not left yet.
    pub(super) fn waiting(&self) -> u32 {
        self.socket.buffered_amount()
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

fn said(event: &MessageEvent) -> Option<Input> {
    let buffer: ArrayBuffer = event.data().dyn_into().ok()?;
    let bytes = Uint8Array::new(&buffer);
    if bytes.length() as usize > wire::limits::MESSAGE_BYTES {
        return None;
    }
    read(&bytes.to_vec())
}

/// What the host said, for the session. What cannot be read is passed over, unless it is of another version: then the page is too old.
fn read(bytes: &[u8]) -> Option<Input> {
    match wire::decode(bytes) {
        Ok(message) => Some(Input::Host(message)),
        Err(wire::DecodeError::OtherVersion(_)) => Some(Input::OtherVersion),
        Err(_) => None,
    }
}

fn address() -> Option<String> {
    let location = js_sys::global().unchecked_into::<WorkerGlobalScope>().location();
    let scheme = if location.protocol() == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}/ws", location.host()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_of_another_version_is_told_from_one_that_talks_nonsense() {
        assert!(matches!(read(&[wire::VERSION + 1, 0]), Some(Input::OtherVersion)));
        assert!(read(&[wire::VERSION, 0xff, 0xff]).is_none());
        assert!(read(&[]).is_none());
    }
}
