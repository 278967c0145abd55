//! Journeys about how pictures stand: pages, large ones, one's own, and keys and fingers among them.
//!
//! Invariant: as in the other journeys, people act through the page, by pointer, key or finger, and what stands where is measured there.

use crypto::name::RoomName;
use incamera_native::RoomKeys;
use incamera_tests::browser::accessible::{as_on_a_phone, assert_focus_comes_back, put_back};
use incamera_tests::browser::host::program;
use incamera_tests::browser::stage::log_path;
use incamera_tests::browser::{Engine, Host, LONG, Participant, Stage, assert_accessible, eventually, no_complaints};
use incamera_tests::crowd::gather;
use serde_json::json;
use thirtyfour::prelude::*;

const PASSWORD: &str = "lanterns over cold water";

/// A full page of 25 and three more, with the one who looks.
const CROWD: usize = 27;

#[tokio::test(flavor = "multi_thread")]
async fn people_above_a_page_are_on_further_ones_and_come_when_they_speak() {
    let host = Host::start_program(program(), &log_path("pages"), &[]).await;
    let room = RoomKeys::derive(&RoomName::normalise("pages").expect("a name"), Some(PASSWORD)).expect("a password");
    let crowd = gather(&host, room, CROWD, CROWD).await;
    let stage = Stage::around("pages", host);
    let ada = stage.person(Engine::BareChromium, 1, "Ada").await;
    ada.join("pages", Some(PASSWORD)).await;
    window(&ada, 1280, 800).await;
    wait_for_page(&ada, "1 / 2", 25).await;
    let first = ada.tiles().await;
    ada.screenshot("page").await;

    key(&ada, Key::PageDown).await;
    wait_for_page(&ada, "2 / 2", 3).await;
    let second = ada.tiles().await;
    assert!(second.iter().all(|tile| !first.contains(tile)), "nobody is on two pages");
    key(&ada, Key::PageUp).await;
    wait_for_page(&ada, "1 / 2", 25).await;
    swipe(&ada, 900, 300).await;
    wait_for_page(&ada, "2 / 2", 3).await;
    swipe(&ada, 300, 900).await;
    wait_for_page(&ada, "1 / 2", 25).await;

    // Whoever speaks elsewhere takes one place on this page; everybody else stays where they are.
    let last = crowd.iter().find(|one| one.name == name(&second[1])).expect("one of the crowd is on page two");
    last.speak(true);
    eventually(LONG, "who speaks on page two to come", || async {
        let tiles = ada.tiles().await;
        let stayed = first.iter().filter(|tile| tiles.iter().any(|other| name(other) == name(tile))).count();
        match tiles.iter().position(|tile| name(tile) == last.name) {
            Some(_) if stayed == 24 => Ok(()),
            at => Err(format!("{at:?}, and {stayed} stayed: {tiles:?}")),
        }
    })
    .await;
    last.speak(false);

    // Wide screens hold 49, for who wants it.
    window(&ada, 1920, 1080).await;
    wait_for_page(&ada, "1 / 2", 25).await;
    ada.menu("More", "Settings").await;
    ada.switch("Up to 49 people on a page").await;
    ada.escape().await;
    eventually(LONG, "all on one page", || async {
        let count = ada.tiles().await.len();
        if count == CROWD + 1 { Ok(()) } else { Err(count.to_string()) }
    })
    .await;
    ada.screenshot("many").await;
    no_complaints(&[&ada]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_can_be_large_ones_own_picture_goes_where_one_wants_and_keys_lead_everywhere() {
    let stage = Stage::new("views").await;
    let mut people = Vec::new();
    for (number, name) in (1..).zip(["Ada", "Ben", "Cleo"]) {
        let person = stage.person(Engine::SmallChromium, number, name).await;
        person.join("views", Some(PASSWORD)).await;
        people.push(person);
    }
    let ada = &people[0];
    window(ada, 1280, 800).await;
    ada.wait_for_tiles(&["Ada", "Ben", "Cleo"], LONG).await;
    ada.wait_to_see(&people[1]).await;

    // Tab stops at one of the tiles; arrows lead to the others, and each has a menu.
    ada.wait_for("button", "Options for Ada").await.focus().await.expect("a button takes the focus");
    let focused = || async { ada.driver().active_element().await.expect("something has the focus").attr("aria-label").await };
    key(ada, Key::Right).await;
    assert_eq!(focused().await.ok().flatten().as_deref(), Some("Options for Ben"));
    key(ada, Key::Down).await;
    assert_eq!(focused().await.ok().flatten().as_deref(), Some("Options for Cleo"));
    key(ada, Key::Home).await;
    assert_focus_comes_back(ada, "Options for Ada").await;
    assert_focus_comes_back(ada, "Options for Ben").await;

    // Two at once are large, side by side, and it is said.
    ada.menu("Options for Ben", "Make large").await;
    ada.menu("Options for Cleo", "Make large").await;
    ada.wait_for_tile("Ben", "kept large").await;
    ada.wait_for_tile("Cleo", "kept large").await;
    let (ben, cleo, me) = (ada.height_of("Ben").await, ada.height_of("Cleo").await, ada.height_of("Ada").await);
    assert!(ben == cleo && ben > 2.0 * me, "{ben}, {cleo}, {me}");
    ada.wait_to_see(&people[1]).await;
    ada.wait_to_see(&people[2]).await;
    assert_accessible(ada, "two are large").await;
    ada.screenshot("two-large").await;
    ada.menu("Options for Ben", "No longer large").await;
    ada.menu("Options for Cleo", "No longer large").await;

    // One's own picture.
    ada.menu("Options for Ada", "My picture small, in the corner").await;
    eventually(LONG, "Ada's own picture to be small", || async {
        let (me, ben) = (ada.height_of("Ada").await, ada.height_of("Ben").await);
        if me < ben / 2.0 { Ok(()) } else { Err(format!("{me} against {ben}")) }
    })
    .await;
    assert_accessible(ada, "own picture in a corner").await;
    ada.screenshot("corner").await;
    ada.menu("Options for Ada", "Hide my picture from me").await;
    ada.wait_for_tiles(&["Ben", "Cleo"], LONG).await;
    people[1].wait_to_see(ada).await;
    ada.menu("More", "Settings").await;
    ada.press("Like the others").await;
    ada.escape().await;
    ada.wait_for_tiles(&["Ada", "Ben", "Cleo"], LONG).await;

    // On a phone two people see each other whole, and themselves in a corner; on its side the bar leaves the picture its room.
    people[2].leave().await;
    ada.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    let ben = &people[1];
    for on_its_side in [false, true] {
        as_on_a_phone(ben, on_its_side).await;
        let (width, height) = if on_its_side { (844.0, 390.0) } else { (390.0, 844.0) };
        eventually(LONG, "the other one to have the screen", || async {
            let (other, me) = (ben.size_of("Ada").await, ben.size_of("Ben").await);
            let share = other.0 * other.1 / (width * height);
            if share > 0.5 && me.1 < other.1 / 2.0 { Ok(()) } else { Err(format!("{other:?} is {share} of it; {me:?}")) }
        })
        .await;
        ben.screenshot(if on_its_side { "two-on-a-phone-on-its-side" } else { "two-on-a-phone" }).await;
    }
    put_back(ben).await;
    no_complaints(&[ada, ben]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_window_stays_when_the_page_is_out_of_sight() {
    let stage = Stage::new("apart").await;
    let ada = stage.person(Engine::SmallChromium, 1, "Ada").await;
    let ben = stage.person(Engine::SmallChromium, 2, "Ben").await;
    ada.join("apart", Some(PASSWORD)).await;
    ben.join("apart", Some(PASSWORD)).await;
    ada.wait_to_see(&ben).await;
    ada.press("Small window").await;
    eventually(LONG, "Ben to be in the small window", || async {
        let seen = inside(&ada, "return inside && [inside.querySelector('figure')?.ariaLabel, inside.querySelector('video')?.videoWidth, inside.styleSheets.length];").await;
        let name = seen[0].as_str().unwrap_or_default();
        if name.starts_with("Ben") && seen[1].as_u64() > Some(0) && seen[2].as_u64() >= Some(4) { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
    let buttons = inside(
        &ada,
        "return [...inside.querySelectorAll('button')].filter((one) => one.checkVisibility()).map((one) => one.ariaLabel);",
    )
    .await;
    assert_eq!(buttons, json!(["Mute microphone", "Turn camera off", "Leave"]));
    inside(&ada, "inside.querySelector('#microphone').click();").await;
    ben.wait_for_tile("Ada", "microphone off").await;
    // Out of sight, the page still gets Ben's picture for the window, and Ben moves there.
    ada.look_away().await;
    let at = || inside(&ada, "return inside.querySelector('video').currentTime;");
    let first = at().await.as_f64();
    eventually(LONG, "Ben to move in the small window", || async {
        let now = at().await.as_f64();
        if now > first.map(|first| first + 2.0) { Ok(()) } else { Err(format!("{first:?} {now:?}")) }
    })
    .await;
    ada.look_back().await;
    ada.press("Close the small window").await;
    eventually(LONG, "the window to be gone", || async {
        let there = inside(&ada, "return Boolean(inside);").await;
        if there == json!(false) { Ok(()) } else { Err(there.to_string()) }
    })
    .await;
    ada.press("Small window").await;
    eventually(LONG, "the window to be there again", || async {
        let there = inside(&ada, "return Boolean(inside?.querySelector('figure'));").await;
        if there == json!(true) { Ok(()) } else { Err(there.to_string()) }
    })
    .await;
    inside(&ada, "[...inside.querySelectorAll('button')].at(-1).click();").await;
    ben.wait_for_tiles(&["Ben"], LONG).await;
    no_complaints(&[&ada, &ben]).await;
}

/// Asks the small window: `inside` is its document.
async fn inside(person: &Participant, script: &str) -> serde_json::Value {
    let script = format!("const inside = documentPictureInPicture.window?.document; {script}");
    person.driver().execute(script, vec![]).await.expect("the page runs scripts").json().clone()
}

/// Whose tile it is, without what it says of them.
fn name(tile: &str) -> &str {
    tile.split(',').next().unwrap_or_default()
}

async fn wait_for_page(person: &Participant, which: &str, tiles: usize) {
    eventually(LONG, &format!("page {which} with {tiles} tiles"), || async {
        let (text, count) = (person.text().await, person.tiles().await.len());
        if text.contains(which) && count == tiles { Ok(()) } else { Err(format!("{count} tiles; {text}")) }
    })
    .await;
}

async fn window(person: &Participant, width: u32, height: u32) {
    let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    let told = person.driver().cdp().send_raw("Emulation.setDeviceMetricsOverride", metrics).await;
    told.expect("Chromium takes a size for its window");
}

async fn key(person: &Participant, key: Key) {
    person.driver().action_chain().send_keys(key).perform().await.expect("a browser takes keys");
}

/// A finger goes sideways over the tiles.
async fn swipe(person: &Participant, from: u32, to: u32) {
    let touch = |kind: &str, points: serde_json::Value| json!({ "type": kind, "touchPoints": points });
    let steps = [
        touch("touchStart", json!([{ "x": from, "y": 400 }])),
        touch("touchMove", json!([{ "x": (from + to) / 2, "y": 405 }])),
        touch("touchMove", json!([{ "x": to, "y": 405 }])),
        touch("touchEnd", json!([])),
    ];
    for step in steps {
        person.driver().cdp().send_raw("Input.dispatchTouchEvent", step).await.expect("Chromium takes a finger");
    }
}
