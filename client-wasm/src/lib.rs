//! The browser client. One WebAssembly module, compiled once, runs in three places:
//!
//! ```text
//! page            user interface, devices, RTCPeerConnection      sees people, pictures and text; no key of the meeting
//! session worker  crypto::session, WebSocket, password             holds the secrets; talks to the host
//! frame worker    SFrame on every frame, in and out                holds frame keys; got them from the session worker directly
//! ```
//!
//! **Invariant:** keys of the meeting are never in the page. The session worker hands them to the frame worker
//! through a port that joins the two; the page carried that port once, empty, and can no longer listen on it.

use wasm_bindgen::prelude::wasm_bindgen;

mod browser;
pub mod engine;
mod fraction;
mod frame_worker;
#[cfg(feature = "leak-for-the-audit")]
mod leak;
pub mod model;
mod session_worker;
pub mod ui;

/// Starts the page: user interface and engine. Called by `boot.js`.
#[wasm_bindgen]
pub async fn run_page() {
    browser::fatal::in_page();
    ui::mount(ui::Live).await;
    browser::clock::mark("incamera-ready");
}

/// Starts the session worker. Called by `worker.js` with the port to the frame worker and the messages that came before.
#[wasm_bindgen]
pub fn run_session_worker(frames: web_sys::MessagePort, waiting: &js_sys::Array) {
    browser::fatal::in_worker();
    session_worker::run(frames, waiting);
}

/// Starts the frame worker. Called by `worker.js` with the port to the session worker and the messages that came before.
#[wasm_bindgen]
pub fn run_frame_worker(session: &web_sys::MessagePort, waiting: &js_sys::Array) {
    browser::fatal::in_worker();
    frame_worker::run(session, waiting);
}
