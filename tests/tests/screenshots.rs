//! The pictures of the documentation, taken from the real thing. `cargo xtask screenshots` runs this.
//!
//! Invariant: what the pictures show is what the program shows; only the people are drawn, and their devices have the names that real ones have.

use incamera_tests::browser::stage::keepsakes;
use incamera_tests::browser::{Engine, LONG, Stage, eventually};
use serde_json::json;
use std::path::PathBuf;

const PASSWORD: &str = "lanterns over cold water";
const NAMES: [&str; 4] = ["Nora Lindqvist", "Samir Haddad", "Élodie Martin", "Tomás Vega"];

/// A browser names its fake devices after files.
const DEVICES: &str = r"
const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
const names = { videoinput: 'Integrated camera', audioinput: 'Built-in microphone', audiooutput: 'Speakers' };
navigator.mediaDevices.enumerateDevices = async () => (await list()).map((device) => {
  if (device.label) Object.defineProperty(device, 'label', { value: names[device.kind] });
  return device;
});";

#[tokio::test(flavor = "multi_thread")]
async fn portal_and_meeting() {
    let mut stage = Stage::new("pictures").await;
    stage.portraits = true;
    let folder = std::env::var_os("INCAMERA_DOCS").map_or_else(|| keepsakes("screenshots"), PathBuf::from);
    std::fs::create_dir_all(&folder).expect("the pictures have a place");
    let mut people = Vec::new();
    for (number, name) in (0..).zip(NAMES) {
        people.push(stage.person(Engine::SmallChromium, number, name).await);
    }
    let window = json!({ "width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": false });
    for person in &people {
        let browser = person.driver().cdp();
        let told = browser.send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": DEVICES })).await;
        told.expect("Chromium takes a script for new pages");
        let told = browser.send_raw("Emulation.setDeviceMetricsOverride", window.clone()).await;
        told.expect("Chromium takes a size for its window");
        person.prepare("harbour desk", Some(PASSWORD)).await;
        if person.number == 0 {
            person.screenshot_at(&folder.join("portal.png")).await;
        }
        person.press("Join").await;
        person.wait_to_be_in().await;
    }
    let nora = &people[0];
    nora.wait_for_tiles(&NAMES, LONG).await;
    people[1].say("The documents are real. I have seen the originals.").await;
    people[2].say("Then we publish together, on Thursday.").await;
    nora.open("Chat").await;
    nora.wait_for_text("Then we publish together").await;
    for name in &NAMES[1..] {
        eventually(LONG, "everybody's picture", || async { nora.look_at(name).await.map(|_| ()) }).await;
    }
    nora.screenshot_at(&folder.join("meeting.png")).await;
}
