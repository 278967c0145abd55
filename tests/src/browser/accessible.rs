//! What stands in the way of people who see, hear, move or read otherwise.
//!
//! Invariant: a screen passes when axe-core finds nothing, in either theme, and when at every size it is used at nothing scrolls sideways,
//! nothing is nameless, no target is too small for a finger and nothing moves by itself for who asked for less motion.

use super::engine::Engine;
use super::participant::{PROBE, Participant};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

const AXE: &str = include_str!("../../vendor/axe.min.js");
const LOOK: &str = include_str!("accessible.js");

/// What is asked of a screen at one size.
struct Size {
    name: &'static str,
    width: u32,
    height: u32,
    /// Device pixels of a CSS pixel.
    ratio: f64,
    /// A finger, not a mouse.
    touch: bool,
    /// The browser's own size of text, in CSS pixels; 16 where nobody changed it.
    text: u32,
    /// Which theme axe looks at here; none when it does not look.
    axe: Option<&'static str>,
}

const DESKTOP: Size = Size { name: "desktop", width: 1280, height: 800, ratio: 1.0, touch: false, text: 16, axe: Some("light") };

/// Each size people use: desks, phones in both directions, the narrowest that WCAG asks for, a page or its text at twice its size.
const SIZES: [Size; 7] = [
    DESKTOP,
    Size { name: "dark desktop", axe: Some("dark"), ..DESKTOP },
    Size { name: "phone", width: 390, height: 844, ratio: 2.0, touch: true, axe: Some("dark"), ..DESKTOP },
    Size { name: "phone on its side", width: 844, height: 390, ratio: 2.0, touch: true, axe: None, ..DESKTOP },
    Size { name: "320 px", width: 320, height: 640, touch: true, axe: None, ..DESKTOP },
    Size { name: "zoom 200 %", width: 640, height: 400, ratio: 2.0, axe: None, ..DESKTOP },
    Size { name: "text 200 %", text: 32, axe: None, ..DESKTOP },
];

/// Nothing on this screen stands in anybody's way. In Chromium at every size and in both themes; in Firefox as the window is.
///
/// # Panics
/// With everything that does.
pub async fn assert_accessible(person: &Participant, screen: &str) {
    let found = barriers(person, screen).await;
    assert!(found.is_empty(), "{} of {}:\n{}", screen, person.name, found.join("\n"));
}

/// What stands in somebody's way on this screen, one line each; the screen is named in each.
pub async fn barriers(person: &Participant, screen: &str) -> Vec<String> {
    if person.engine == Engine::Firefox {
        let mut found = axe(person).await;
        found.extend(person.look("[...nameless(), ...unheard(), ...sideways()]").await);
        return found.into_iter().map(|one| format!("{screen}: {one}")).collect();
    }
    let mut found = Vec::new();
    for size in &SIZES {
        put_at(person, size).await;
        let mut here = match size.axe {
            Some(_) => axe(person).await,
            None => Vec::new(),
        };
        here.extend(person.look("[...nameless(), ...unheard(), ...sideways(), ...cut(), ...moving()]").await);
        if size.touch {
            here.extend(person.look("targets()").await);
        }
        found.extend(here.into_iter().map(|one| format!("{screen}, {}: {one}", size.name)));
    }
    put_back(person).await;
    found
}

/// Goes through everything by Tab alone. What it does not reach, where it does not show and where it stays are the lines.
///
/// # Panics
/// When the browser takes no keys.
pub async fn keyboard_barriers(person: &Participant, screen: &str) -> Vec<String> {
    let count = person.look_for("beginTour()").await.as_u64().unwrap_or_default();
    for _ in 0..count + 4 {
        let pressed = person.driver().action_chain().send_keys(Key::Tab).perform().await;
        pressed.expect("a browser takes keys");
        person.look_for("stopHere()").await;
    }
    person.look("endTour()").await.into_iter().map(|one| format!("{screen}: {one}")).collect()
}

/// Opens a dialog or menu by a button that has the focus, closes it by Escape, and expects the focus back where it was.
///
/// # Panics
/// When it is elsewhere.
pub async fn assert_focus_comes_back(person: &Participant, button: &str) {
    let opener = person.wait_for("button", button).await;
    opener.focus().await.expect("a button takes the focus");
    let name = person.look_for("hasFocus()").await;
    let typed = person.driver().action_chain().send_keys(Key::Enter).perform().await;
    typed.expect("a browser takes keys");
    super::eventually(super::LONG, &format!("the focus to go from {button:?}"), || async {
        let now = person.look_for("hasFocus()").await;
        if now.is_string() && now != name { Ok(()) } else { Err(now.to_string()) }
    })
    .await;
    person.escape().await;
    super::eventually(super::LONG, &format!("the focus to come back to {button:?}"), || async {
        let now = person.look_for("hasFocus()").await;
        if now == name { Ok(()) } else { Err(now.to_string()) }
    })
    .await;
}

/// Waits until the focus is on the button of this name.
pub async fn assert_focused(person: &Participant, button: &str) {
    super::eventually(super::LONG, &format!("the focus to be on {button:?}"), || async {
        let now = person.look_for("hasFocus()").await;
        if now.as_str() == Some(button) { Ok(()) } else { Err(now.to_string()) }
    })
    .await;
}

/// The narrow screen of a phone, its dark theme and its finger; for looking at what [`assert_accessible`] looked at.
pub async fn as_on_a_phone(person: &Participant, on_its_side: bool) {
    put_at(person, &SIZES[if on_its_side { 3 } else { 2 }]).await;
}

/// What stands in somebody's way on this screen when the page is read in this direction, on a desk and on a phone: what stands out, is cut off or
/// lies under something else.
///
/// # Panics
/// When the page runs no script.
pub async fn barriers_of_direction(person: &Participant, screen: &str, direction: &str) -> Vec<String> {
    let turn = format!("document.documentElement.dir = {direction:?};");
    person.driver().execute(turn, vec![]).await.expect("the page runs scripts");
    let mut found = Vec::new();
    for size in [&DESKTOP, &SIZES[2]] {
        put_at(person, size).await;
        let here = person.look("[...sideways(), ...cut(), ...covered()]").await;
        found.extend(here.into_iter().map(|one| format!("{screen}, {}: {one}", size.name)));
    }
    put_back(person).await;
    found
}

/// The window as it was before.
pub async fn put_back(person: &Participant) {
    cdp(person, "Emulation.clearDeviceMetricsOverride", json!({})).await;
    cdp(person, "Emulation.setTouchEmulationEnabled", json!({ "enabled": false })).await;
    cdp(person, "Emulation.setEmulatedMedia", json!({ "features": [] })).await;
    cdp(person, "Page.setFontSizes", json!({ "fontSizes": { "standard": 16 } })).await;
}

async fn put_at(person: &Participant, size: &Size) {
    let metrics = json!({ "width": size.width, "height": size.height, "deviceScaleFactor": size.ratio, "mobile": size.touch });
    cdp(person, "Emulation.setDeviceMetricsOverride", metrics).await;
    cdp(person, "Emulation.setTouchEmulationEnabled", json!({ "enabled": size.touch })).await;
    let theme = size.axe.unwrap_or("light");
    let features = json!([
        { "name": "prefers-color-scheme", "value": theme },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ]);
    cdp(person, "Emulation.setEmulatedMedia", json!({ "features": features })).await;
    cdp(person, "Page.setFontSizes", json!({ "fontSizes": { "standard": size.text } })).await;
    // The page follows its size in the next frames: until it stands still, and not for ever.
    let script = format!("{PROBE}\n{LOOK}\nstandsStill(arguments[0]);");
    person.driver().execute_async(script, vec![]).await.expect("a page draws itself");
}

async fn cdp(person: &Participant, command: &str, parameters: Value) {
    person.driver().cdp().send_raw(command, parameters).await.unwrap_or_else(|error| panic!("{command}: {error}"));
}

async fn axe(person: &Participant) -> Vec<String> {
    let there = person.driver().execute("return typeof axe === 'object';", vec![]).await.expect("the page runs scripts");
    if there.json() != &json!(true) {
        person.driver().execute(AXE, vec![]).await.expect("the page runs scripts");
    }
    let script = format!("{PROBE}\n{LOOK}\naxeFinds(arguments[0]);");
    let found = person.driver().execute_async(script, vec![]).await.expect("axe gives an answer");
    lines(found.json())
}

fn lines(found: &Value) -> Vec<String> {
    serde_json::from_value(found.clone()).unwrap_or_else(|_| vec![format!("no answer: {found}")])
}

impl Participant {
    async fn look(&self, expression: &str) -> Vec<String> {
        lines(&self.look_for(expression).await)
    }

    async fn look_for(&self, expression: &str) -> Value {
        let script = format!("{PROBE}\n{LOOK}\nreturn {expression};");
        let answer = self.driver().execute(script, vec![]).await.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        answer.json().clone()
    }
}
