//! What the pages of a participant say of themselves when a script asks them.
//!
//! Invariant: a script that fails is the test's fault, and stops it with the name of whose page it was.

use super::{LONG, Participant, eventually};
use serde_json::{Value, json};

/// What a page makes of connections and of sounds that are in no document, and what it opens, kept as `window.kept`: for
/// [`Participant::in_new_pages`].
pub const KEEP: &str = "window.kept = { peers: [], sounds: [] };
window.RTCPeerConnection = class extends RTCPeerConnection { constructor(...given) { super(...given); kept.peers.push(this); } };
kept.opened = [];
const open = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = async function (...given) { const stream = await open.apply(this, given); kept.opened.push(stream); return stream; };
window.Audio = class extends Audio { constructor(...given) { super(...given); kept.sounds.push(this); } };";

/// The track that is sent as the voice, where [`KEEP`] runs.
pub const VOICE: &str = "kept.peers.at(-1).getSenders().find((sender) => sender.track?.kind === 'audio').track";

impl Participant {
    /// Runs the body of an asynchronous function in the page, and gives what it returns.
    ///
    /// # Panics
    ///
    /// If the script fails.
    pub async fn evaluate(&self, script: &str) -> Value {
        let answer = self.driver().execute(format!("return (async () => {{ {script} }})();"), vec![]).await;
        answer.unwrap_or_else(|error| panic!("{}: {error}", self.name)).json().clone()
    }

    /// Waits until an expression is true in the page.
    ///
    /// # Panics
    ///
    /// If it never is: `what` is what was missing.
    pub async fn wait_until(&self, what: &str, expression: &str) {
        eventually(LONG, &format!("{}: {what}", self.name), || async {
            let seen = self.evaluate(&format!("return {expression};")).await;
            if seen == json!(true) { Ok(()) } else { Err(format!("{seen:?}")) }
        })
        .await;
    }

    /// Has every page that is loaded from now on begin with a script. Chromium alone can.
    ///
    /// # Panics
    ///
    /// In another browser.
    pub async fn in_new_pages(&self, script: &str) {
        let told = self.driver().cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
        told.expect("Chromium takes a script for new pages");
    }

    /// As [`in_new_pages`](Self::in_new_pages) with [`KEEP`], where the browser can.
    pub async fn keeps_what_it_makes(&self) {
        if self.engine.is_chromium() {
            self.in_new_pages(KEEP).await;
        }
    }
}
