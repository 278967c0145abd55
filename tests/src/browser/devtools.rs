//! What a test does to a browser that no person could: networks that go, workers that die, and a look at what is really sent.
//!
//! Invariant: these break or count things; they never press, type or look in the person's place.

use super::code::Code;
use super::launch::SHARED_TITLE;
use super::participant::Participant;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// Remembers the workers and connections that the page makes.
const REMEMBER: &str = "
for (const [name, list] of [['Worker', 'incameraWorkers'], ['RTCPeerConnection', 'incameraPeers']]) {
  const made = (window[list] = []);
  window[name] = class extends window[name] {
    constructor(...of) {
      super(...of);
      made.push({ made: this, of: String(of[0]) });
    }
  };
}";

/// Sums of a statistic over what is sent or received, by media section: `[[mid, rid or null, value] …]`.
const STATISTIC: &str = "
const [type, name, done] = arguments;
const living = window.incameraPeers.map(({ made }) => made).filter((peer) => peer.connectionState !== 'closed');
Promise.all(living.map((peer) => peer.getStats())).then((reports) => {
  const all = reports.flatMap((report) => [...report.values()]).filter((one) => one.type === type && one.kind === 'video');
  done(all.map((one) => [one.mid ?? null, one.rid ?? null, Number(one[name] ?? 0)]));
});";

impl Participant {
    async fn devtools(&self, command: &str, parameters: Value) {
        self.driver().cdp().send_raw(command, parameters).await.unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    /// From the next page on its workers and connections can be reached by the other errands here. Chromium only.
    pub async fn remember_parts(&self) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": REMEMBER })).await;
    }

    /// The same for this page, before it makes any. In every engine.
    pub async fn remember_parts_here(&self) {
        self.driver().execute(REMEMBER, vec![]).await.expect("the page runs scripts");
    }

    /// Ends the newest frame worker as the browser would for lack of memory: it says nothing any more.
    pub async fn end_frame_worker(&self) {
        let script = "window.incameraWorkers.filter(({ of }) => of.includes('frame-worker')).at(-1).made.terminate();";
        self.driver().execute(script, vec![]).await.expect("the page runs scripts");
    }

    /// How many frame workers the page has started so far.
    pub async fn frame_workers(&self) -> u64 {
        let script = "return window.incameraWorkers.filter(({ of }) => of.includes('frame-worker')).length;";
        self.driver().execute(script, vec![]).await.ok().and_then(|count| count.json().as_u64()).unwrap_or_default()
    }

    /// A statistic of every picture that is sent (`outbound-rtp`) or received (`inbound-rtp`): rid, if it has one, and value.
    pub async fn pictures(&self, kind: &str, statistic: &str) -> Vec<(Option<String>, f64)> {
        let answer = self.driver().execute_async(STATISTIC, vec![json!(kind), json!(statistic)]).await.expect("the page counts");
        let rows: Vec<(Value, Option<String>, f64)> = serde_json::from_value(answer.json().clone()).expect("three columns");
        rows.into_iter().map(|(_, rid, value)| (rid, value)).collect()
    }

    /// Cuts the network, or joins it again.
    pub async fn cut_network(&self, cut: bool) {
        self.devtools("Network.enable", json!({})).await;
        let conditions = json!({ "offline": cut, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", conditions).await;
    }

    /// From now on no device opens, as if another program held them all.
    pub async fn keep_devices_busy(&self) {
        let script = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('busy', 'NotReadableError'));";
        self.driver().execute(script, vec![]).await.expect("the page runs scripts");
    }

    /// Puts the window out of sight, as somebody does who reads something else meanwhile.
    pub async fn look_away(&self) {
        self.driver().minimize_window().await.expect("a window can be minimised");
    }

    /// Looks at the window again.
    pub async fn look_back(&self) {
        self.driver().set_window_rect(0, 0, 1280, 800).await.expect("a window can be restored");
    }

    /// Opens another window, which shows a code, for a [`Engine::SharingChromium`](super::Engine::SharingChromium) to share; gives its
    /// handle. The meeting stays the one that is driven.
    pub async fn show_a_window(&self, code: Code) -> WindowHandle {
        let meeting = self.driver().window().await.expect("a browser has a window");
        let shown = self.driver().new_window().await.expect("a browser opens a window");
        self.driver().switch_to_window(shown.clone()).await.expect("a browser goes to a window");
        let square = |white: bool| if white { "<i style='background:white'></i>" } else { "<i style='background:black'></i>" };
        let squares: String = code.squares().into_iter().map(square).collect();
        let style = "margin:0;height:100vh;display:grid;grid-template:repeat(4,1fr)/repeat(8,1fr)";
        let page = format!("data:text/html,<title>{SHARED_TITLE}</title><body style='{style}'>{squares}");
        self.driver().goto(page).await.expect("a browser shows a page");
        self.driver().switch_to_window(meeting).await.expect("a driver goes back");
        shown
    }

    /// Closes a window of [`Participant::show_a_window`].
    pub async fn close_window(&self, shown: WindowHandle) {
        let meeting = self.driver().window().await.expect("a browser has a window");
        self.driver().switch_to_window(shown).await.expect("a browser goes to a window");
        self.driver().close_window().await.expect("a browser closes a window");
        self.driver().switch_to_window(meeting).await.expect("a driver goes back");
    }
}
