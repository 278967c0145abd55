//! Before and after a meeting: the portal for who has never seen it, rooms visited, invitations, warnings, the page when it is over.
//!
//! Invariant: as in the other journeys, only what people see is asserted; besides, what their browser keeps.

use incamera_tests::browser::{Engine, LONG, NOTHING_KEPT, Participant, Stage, eventually, no_complaints};
use serde_json::json;
use thirtyfour::prelude::*;

const PASSWORD: &str = "lanterns over cold water";

#[tokio::test(flavor = "multi_thread")]
async fn from_the_portal_to_the_meeting_in_french_by_keyboard_alone() {
    let stage = Stage::new("french-visit").await;
    for engine in [Engine::BareChromium, Engine::Firefox] {
        let ada = stage.person(engine, 1, "Ada").await;
        ada.driver().goto(format!("{}?lang=fr", stage.front)).await.expect("the page opens");
        ada.wait_for("button", "Entrer").await;
        assert_eq!(
            ada.evaluate("return [document.documentElement.lang, document.documentElement.dir];").await,
            json!(["fr", "ltr"])
        );
        // The first empty field has the focus: a name and Enter are all it takes.
        eventually(LONG, "the focus to be in the field for the name", || async {
            let focused = ada.evaluate("return document.activeElement.id;").await;
            if focused == json!("me") { Ok(()) } else { Err(focused.to_string()) }
        })
        .await;
        ada.driver().action_chain().send_keys("Ada").send_keys(Key::Enter).perform().await.expect("keys can be pressed");
        ada.wait_for("button", "Quitter").await;
        ada.wait_for_text("Personne d’autre pour l’instant.").await;
        assert_eq!(ada.kept_by_the_browser().await, NOTHING_KEPT);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_turns_with_the_direction_of_writing_and_keeps_to_colours_that_a_person_forces() {
    let stage = Stage::new("turned").await;
    let ada = stage.person(Engine::Chromium, 1, "Ada").await;
    ada.visit("").await;
    let sides = "const left = (css) => document.querySelector(css).getBoundingClientRect().left;\
        return [left('.preview') < left('form'), left('.brand') < left('.page-top .seg')];";
    assert_eq!(ada.evaluate(sides).await, json!([true, true]));
    ada.evaluate("document.documentElement.dir = 'rtl'; return null;").await;
    assert_eq!(ada.evaluate(sides).await, json!([false, false]), "as in a mirror");
    for (width, height, dark, name) in [(1280, 800, false, "desktop"), (390, 844, true, "phone"), (320, 640, false, "small")] {
        ada.shown_at(width, height, dark, &format!("rtl-{name}")).await;
    }
    ada.evaluate("document.documentElement.dir = 'ltr'; return null;").await;
    let forced =
        json!({ "features": [{ "name": "forced-colors", "value": "active" }, { "name": "prefers-contrast", "value": "more" }] });
    ada.driver().cdp().send_raw("Emulation.setEmulatedMedia", forced).await.expect("Chromium forces colours");
    let edge =
        "const style = getComputedStyle(document.getElementById('join')); return [style.borderTopStyle, style.borderTopWidth];";
    assert_eq!(ada.evaluate(edge).await, json!(["solid", "1px"]), "a button is seen to be one without its ground");
    let chosen = "const [one, other] = [...document.querySelectorAll('.seg button')].map((button) => getComputedStyle(button).backgroundColor);\
        return one !== other;";
    assert_eq!(ada.evaluate(chosen).await, json!(true), "which language is chosen is seen without grounds");
    ada.screenshot("forced-colours").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_goes_by_link_mail_calendar_and_the_devices_own_sheet_and_never_holds_the_password() {
    let stage = Stage::new("inviting").await;
    let ada = stage.person(Engine::BareChromium, 1, "Ada").await;
    let cdp = ada.driver().cdp();
    let folder = stage.scratch.path("downloads");
    let saved = json!({ "behavior": "allow", "downloadPath": folder });
    cdp.send_raw("Browser.setDownloadBehavior", saved).await.expect("Chromium takes a folder");
    // What a phone has and this Chromium has not: a sheet to share with.
    let sheet = "navigator.share = async (data) => { window.shared = data; };";
    cdp.send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": sheet })).await.expect("Chromium takes a script");
    ada.join("comite de redaction", Some(PASSWORD)).await;
    ada.press("Invite").await;
    let seen = "const at = document.getElementById('invite-password').getBoundingClientRect(); return at.height > 0 && at.bottom <= innerHeight;";
    assert_eq!(ada.evaluate(seen).await, json!(true), "link and password are seen at once");
    ada.press("Calendar").await;
    ada.wait_for("button", "Save for the calendar").await;
    for (width, height, dark, name) in [(1280, 800, false, "desktop"), (640, 400, false, "zoomed"), (390, 844, true, "phone")] {
        ada.shown_at(width, height, dark, &format!("invite-{name}")).await;
    }
    let link = format!("{}#comite-de-redaction!", stage.front);

    let mail = ada.evaluate("return document.querySelector('a[href^=\"mailto:\"]').href;").await;
    let mail = mail.as_str().expect("an address").to_owned();
    let body =
        ada.evaluate("return decodeURIComponent(document.querySelector('a[href^=\"mailto:\"]').href.split('&body=')[1]);").await;
    assert!(mail.starts_with("mailto:?subject=Invitation%20to%20a%20meeting&body="), "{mail}");
    assert!(body.as_str().expect("a text").contains(&format!("\r\n{link}\r\n")), "{body}");

    ada.press("Share").await;
    let shared = eventually(LONG, "the sheet", || async {
        let shared = ada.evaluate("return window.shared?.text ?? null;").await;
        shared.as_str().map(str::to_owned).ok_or_else(|| shared.to_string())
    })
    .await;
    assert!(shared.contains(&link), "{shared}");

    ada.press("Save for the calendar").await;
    ada.wait_for_text("Open the file, and your calendar takes it in.").await;
    let file = eventually(LONG, "the file", || async {
        std::fs::read_to_string(folder.join("incamera.ics")).map_err(|error| error.to_string())
    })
    .await;
    assert!(file.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") && file.ends_with("END:VCALENDAR\r\n"), "{file}");
    assert!(file.replace("\r\n ", "").contains(&format!("\r\nURL:{link}\r\n")), "{file}");
    let start = file.lines().find_map(|line| line.strip_prefix("DTSTART:")).expect("it begins some time");
    let wanted = ada
        .evaluate(
            "const at = new Date(document.getElementById('when-day').value + 'T' + document.getElementById('when-time').value);\
        return [at.toISOString().replace(/[-:]|[.]000/g, ''), at > Date.now() && at - Date.now() <= 3600000];",
        )
        .await;
    assert_eq!(wanted, json!([start, true]), "the next full hour, in UTC");

    for told in [mail, body.to_string(), shared, file] {
        assert!(!told.contains("lanterns") && !told.contains("Ada"), "{told}");
    }
    no_complaints(&[&ada]).await;

    // Afterwards the page says that there is a file.
    ada.escape().await;
    ada.leave().await;
    ada.wait_for_text("On this device: what you wanted to keep").await;
    ada.wait_for_text("The file you saved stays where your browser put it.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_are_remembered_only_where_that_is_wanted_and_burnt_when_it_is_not_any_more() {
    let stage = Stage::new("visited").await;
    for engine in [Engine::BareChromium, Engine::Firefox] {
        let ada = stage.person(engine, 1, "Ada").await;
        ada.join("first room", Some(PASSWORD)).await;
        ada.leave().await;
        ada.wait_for_text("On this device: nothing of the meeting").await;
        assert_eq!(ada.kept_by_the_browser().await, NOTHING_KEPT, "nobody asked to keep anything");
        if engine == Engine::BareChromium {
            ada.shown_at(390, 844, true, "after-phone").await;
            // A desktop at 200 %.
            ada.shown_at(640, 400, false, "after-zoomed").await;
            ada.press("FR").await;
            ada.wait_for_text("Sur le serveur : rien").await;
            ada.shown_at(1280, 800, false, "after-french").await;
            ada.press("EN").await;
        }

        // In again with one click, under the same name, with everything closed.
        ada.press("Go back in").await;
        ada.wait_to_be_in().await;
        ada.wait_for_tile("Ada", "microphone off").await;
        ada.leave().await;
        ada.press("New meeting").await;
        ada.unfold_rooms().await;
        ada.switch("Keep the rooms I visit on this device").await;
        ada.fill("Room name", "second room").await;
        ada.fill("Password", PASSWORD).await;
        ada.press("Join").await;
        ada.wait_to_be_in().await;
        ada.leave().await;
        ada.wait_for_text("The name of the room, when you were there, your own name and your choice of picture quality.").await;
        let stored = ada.kept_by_the_browser().await;
        assert!(stored.contains("second-room") && stored.contains("Ada"), "{stored}");
        assert!(!stored.contains("first-room") && !stored.contains("lanterns"), "{stored}");

        // Another day.
        ada.visit("").await;
        ada.wait_for_item("Rooms visited", &["second-room", "with a password"]).await;
        assert_eq!(ada.evaluate("return document.getElementById('me').value;").await, json!("Ada"));
        if engine == Engine::BareChromium {
            for (width, height, dark, name) in
                [(1280, 800, true, "desktop"), (640, 400, true, "zoomed"), (390, 844, false, "phone"), (320, 640, false, "small")]
            {
                ada.shown_at(width, height, dark, &format!("portal-{name}")).await;
            }
        }
        if engine == Engine::BareChromium {
            // On a phone what has the focus is never behind the button that stands at the foot of the screen.
            let row = "const row = document.querySelector('.visited .row-main'); row.focus();\
                return document.getElementById('join').getBoundingClientRect().top - row.getBoundingClientRect().bottom;";
            let above = ada.evaluate(row).await;
            assert!(above.as_f64().is_some_and(|above| above >= 0.0), "{above}");
            ada.screenshot("portal-small-visited").await;
            ada.driver().cdp().send_raw("Emulation.clearDeviceMetricsOverride", json!({})).await.expect("Chromium takes it back");
        }
        ada.press("second-room").await;
        ada.wait_for_text("You were in this room before.").await;
        ada.wait_for_text("This room has a password. Ask whoever invited you.").await;
        ada.press("Forget second-room").await;
        eventually(LONG, "the room to be forgotten", || async {
            let stored = ada.kept_by_the_browser().await;
            if stored.contains("second-room") { Err(stored) } else { Ok(()) }
        })
        .await;

        // Burning a meeting burns the list, and the wish for one.
        ada.fill("Password", PASSWORD).await;
        ada.press("Join").await;
        ada.wait_to_be_in().await;
        assert!(ada.kept_by_the_browser().await.contains("second-room"));
        ada.leave().await;
        ada.press("Burn").await;
        ada.wait_for_text("Burnt.").await;
        assert_eq!(ada.kept_by_the_browser().await, NOTHING_KEPT);
        assert!(!ada.text().await.contains("second-room"));
        let address = ada.driver().current_url().await.expect("a browser has an address");
        assert_eq!(address.fragment().unwrap_or_default(), "");
        ada.press("New meeting").await;
        assert_eq!(ada.evaluate("return document.getElementById('me').value;").await, json!(""));
    }
}

const IPHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
const PIXEL: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
    Chrome/141.0.0.0 Mobile Safari/537.36";
const MAC: &str =
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15";
const DENIES: &str = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));";

/// Opens the portal anew, by the name of another browser and after a script of the test's own.
async fn visit_as(person: &Participant, agent: &str, script: &str) {
    let cdp = person.driver().cdp();
    let told = cdp.send_raw("Network.setUserAgentOverride", json!({ "userAgent": agent })).await;
    told.expect("Chromium takes another name");
    let added = cdp.send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    let added = added.expect("Chromium takes a script");
    let address = format!(
        "{}?lang=en#velvet-harbor!",
        person.driver().current_url().await.expect("an address").origin().ascii_serialization() + "/"
    );
    person.driver().goto("about:blank").await.expect("a page opens");
    person.driver().goto(&address).await.expect("the page opens");
    eventually(LONG, "something to be on the page", || async {
        let text = person.text().await;
        if text.len() > 40 { Ok(()) } else { Err(text) }
    })
    .await;
    cdp.send_raw("Page.removeScriptToEvaluateOnNewDocument", added).await.expect("Chromium forgets the script");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_go_on_reads_what_to_do() {
    let stage = Stage::new("warnings").await;
    let ada = stage.person(Engine::Chromium, 1, "Ada").await;
    ada.visit("").await;

    // The window of an app that is no browser.
    visit_as(&ada, &format!("{IPHONE} Instagram 350.0 (iPhone15,2; iOS 18_6)"), "").await;
    ada.wait_for_alert("Open it in your browser.").await;
    ada.wait_for_text("Instagram shows this page in a window of its own").await;
    ada.wait_for_text("Open in Safari").await;
    ada.wait_for("button", "Copy the link").await;
    ada.shown_at(390, 844, false, "inside-app").await;
    visit_as(&ada, PIXEL, "").await;
    ada.wait_for_text("An app shows this page in a window of its own").await;
    ada.wait_for_text("Open in Chrome").await;
    ada.press("Try here anyway").await;
    ada.wait_for_text("This room has a password. Ask whoever invited you.").await;

    // Camera and microphone are refused: where to allow them, in the words of each browser.
    visit_as(&ada, MAC, DENIES).await;
    ada.wait_for_alert("Your browser keeps camera and microphone closed").await;
    ada.wait_for_alert("In the menu “Safari”").await;
    visit_as(&ada, &PIXEL.replace("; wv", ""), DENIES).await;
    ada.wait_for_alert("then “Permissions”").await;
    ada.shown_at(390, 844, true, "denied-phone").await;
    visit_as(&ada, "", DENIES).await;
    ada.wait_for_alert("Click the sign at the left of the address").await;
    ada.wait_for_alert("You can also join without either").await;
    ada.shown_at(1280, 800, false, "denied-desktop").await;
    ada.keep_devices_busy().await;
    ada.press("Try again").await;
    ada.wait_for_alert("Another program uses your camera").await;

    // What cannot hold a meeting says so, and the link can be taken along.
    visit_as(&ada, "", "delete window.RTCRtpScriptTransform; delete AbortSignal.timeout;").await;
    ada.wait_for_alert("This browser cannot keep the door closed.").await;
    ada.wait_for_text("It lacks the part that protects picture and sound").await;
    ada.wait_for("button", "Copy the link").await;
    // And the page goes on: what it lacks besides has broken nothing.
    ada.press("FR").await;
    ada.wait_for_alert("Ce navigateur ne sait pas garder la porte fermée.").await;
    ada.press("EN").await;
    visit_as(&ada, "", "Object.defineProperty(window, 'isSecureContext', { value: false });").await;
    ada.wait_for_text("This page did not come over a protected connection").await;
    visit_as(&ada, "", "delete window.WebAssembly;").await;
    ada.wait_for_alert("This browser does not let WebAssembly run").await;
    // Browsers that know no modules do nothing else with the page but this.
    let old = include_str!("../../client-wasm/static/old.js");
    ada.driver().execute(format!("document.body.replaceChildren();{old}"), vec![]).await.expect("the page runs scripts");
    ada.wait_for_alert("This browser is too old for Incamera.").await;

    let fox = stage.person(Engine::Firefox, 2, "Fox").await;
    fox.visit("").await;
    fox.driver().execute(DENIES, vec![]).await.expect("the page runs scripts");
    fox.press("Turn camera off").await;
    fox.press("Turn camera on").await;
    fox.wait_for_alert("Click the crossed-out sign at the left of the address").await;
}
