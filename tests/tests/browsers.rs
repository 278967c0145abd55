//! Journeys of people with real browsers, from the portal to the door, through a real host.
//!
//! Invariant: each test is a story that a person could tell; it asserts what people see, hear and read, never what the
//! program holds inside.

use incamera_tests::browser::{Engine, LONG, Participant, Stage, no_complaints};
use std::time::Duration;

const PASSWORD: &str = "lanterns over cold water";

/// Who closes a tab is gone within ten seconds; twice that where the machine builds other things meanwhile.
const GONE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn three_people_see_hear_and_read_each_other() {
    let stage = Stage::new("three").await;
    let [ada, ben, cleo] = three(&stage).await;
    for person in [&ada, &ben, &cleo] {
        person.join("The Quiet Harbour", Some(PASSWORD)).await;
    }
    let everybody = [&ada, &ben, &cleo];
    for person in everybody {
        person.wait_for_tiles(&["Ada", "Ben", "Cleo"], LONG).await;
    }
    meet_all(&everybody).await;

    ada.say("The source is on her way.").await;
    for person in everybody {
        person.open("Chat").await;
        person.wait_for_text("The source is on her way.").await;
    }
    ben.say("<b>Understood</b> & noted").await;
    cleo.wait_for_text("<b>Understood</b> & noted").await;

    for person in everybody {
        person.open("Participants").await;
        let roster = person.items("In the room").await;
        assert_eq!(roster.len(), 3, "{roster:?}");
        for name in ["Ada", "Ben", "Cleo"] {
            assert!(roster.iter().any(|line| line.starts_with(name)), "{name} is not in {roster:?}");
        }
        assert_eq!(roster.iter().filter(|line| line.contains("has the chair")).count(), 1, "{roster:?}");
    }
    for person in everybody {
        person.screenshot(&format!("meeting-{}", person.name)).await;
    }

    let codes = [ada.safety_code().await, ben.safety_code().await, cleo.safety_code().await];
    assert_eq!(codes[0].len(), 8, "eight words: {codes:?}");
    assert!(codes.iter().all(|code| *code == codes[0]), "everybody reads the same words: {codes:?}");
    no_complaints(&everybody).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_closes_is_closed_for_all() {
    let stage = Stage::new("closing").await;
    let (ada, ben) = two(&stage).await;
    meet(&ada, &ben, "closing").await;

    ben.press("Mute microphone").await;
    ada.wait_for_tile("Ben", "microphone off").await;
    ada.wait_not_to_hear(&ben).await;
    ben.press("Unmute microphone").await;
    ada.wait_to_hear(&ben).await;

    ben.press("Turn camera off").await;
    ada.wait_for_tile("Ben", "camera off").await;
    assert!(ada.look_at("Ben").await.is_err(), "a closed camera shows no picture");
    ben.press("Turn camera on").await;
    ada.wait_to_see(&ben).await;
    ben.wait_to_see(&ada).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_gone_and_may_come_back() {
    let stage = Stage::new("leaving").await;
    let (ada, ben) = two(&stage).await;
    meet(&ada, &ben, "leaving").await;
    let before = ada.safety_code().await;

    ben.leave().await;
    ada.wait_for_tiles(&["Ada"], GONE).await;
    ada.wait_for_text("Ben has left").await;
    ben.join("leaving", Some(PASSWORD)).await;
    ada.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    ada.wait_to_meet(&ben).await;
    assert_ne!(ada.safety_code().await, before, "keys have moved on");
    ada.press("Close").await;
    assert_eq!(ben.safety_code().await, ada.safety_code().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_to_both_sides_and_stops_at_three() {
    let stage = Stage::new("password").await;
    let (ada, ben) = two(&stage).await;
    let eve = stage.person(Engine::BareChromium, 2, "Eve").await;
    ada.join("password", Some(PASSWORD)).await;

    ben.knock("password", Some("lanterns over warm water")).await;
    ben.wait_for_alert("That is not the password of this room. First try of three.").await;
    ada.wait_for_text("Someone gave a wrong password. Nobody came in.").await;
    assert_eq!(ada.tiles().await.len(), 1);
    ben.fill("Password", PASSWORD).await;
    ben.press("Join").await;
    ben.wait_to_be_in().await;
    ada.wait_to_meet(&ben).await;

    eve.knock("password", Some("first guess of eve")).await;
    eve.wait_for_alert("First try of three.").await;
    eve.fill("Password", "second guess of eve").await;
    eve.press("Join").await;
    eve.wait_for_alert("Second try of three.").await;
    eve.fill("Password", "third guess of eve").await;
    eve.press("Join").await;
    eve.wait_for_alert("That was the third try of three").await;
    eve.fill("Password", PASSWORD).await;
    let join = eve.wait_for("button", "Join").await;
    assert_eq!(join.attr("aria-disabled").await.expect("a button has attributes").as_deref(), Some("true"));
    eve.press("Join").await;
    ada.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    assert!(eve.tiles().await.iter().all(|tile| !tile.starts_with("Ada")), "Eve is not in");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_everybody_tries_is_no_password_and_nobody_joins_by_one_that_was_not_compared() {
    let stage = Stage::new("common").await;
    let ada = stage.person(Engine::BareChromium, 1, "Ada").await;
    ada.visit("").await;
    let fetched = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/common-passwords.golomb'))";
    ada.wait_until("it is fetched before anybody types, and tells nothing of who will", fetched).await;

    ada.in_new_pages(
        "window.common = () => { throw new TypeError('gone'); }; const whole = window.fetch;
        window.fetch = async (...asked) => window.common && String(asked[0]?.url ?? asked[0]).endsWith('.golomb') ? window.common() : whole(...asked);",
    )
    .await;
    ada.visit("").await;
    ada.fill("Room name", "common").await;
    ada.fill("Password", PASSWORD).await;
    ada.fill("Your name", "Ada").await;
    ada.press("Join").await;
    ada.wait_for_alert("the list did not arrive").await;
    ada.evaluate("window.common = () => new Response('another list');").await;
    ada.press("Join").await;
    ada.wait_for_alert("the list did not arrive").await;

    // On its way for as long as it takes: the person sees that something goes on.
    ada.evaluate(
        "window.common = () => new Promise((resolve) => {
            window.arrive = () => {
                window.common = () => new Response('late');
                resolve(window.common());
            };
        });",
    )
    .await;
    ada.press("Join").await;
    ada.wait_for("button", "One moment…").await;
    ada.evaluate("window.arrive();").await;
    ada.wait_for("button", "Join").await;
    ada.wait_for_alert("the list did not arrive").await;

    ada.evaluate("window.common = null;").await;
    ada.fill("Password", "Password1").await;
    ada.press("Join").await;
    ada.wait_for_alert("the first that anybody tries").await;
    ada.fill("Password", PASSWORD).await;
    ada.press("Join").await;
    ada.wait_to_be_in().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_and_firefox_see_and_hear_each_other() {
    let stage = Stage::new("firefox").await;
    let ada = stage.person(Engine::Chromium, 1, "Ada").await;
    let fay = stage.person(Engine::Firefox, 3, "Fay").await;
    meet(&ada, &fay, "firefox").await;
    assert_eq!(ada.safety_code().await, fay.safety_code().await);
    fay.screenshot("meeting").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_survives_its_host() {
    let mut stage = Stage::new("restart").await;
    let (ada, ben) = two(&stage).await;
    meet(&ada, &ben, "restart").await;
    let before = ada.safety_code().await;
    ada.press("Close").await;

    stage.host().crash();
    ada.wait_for_text("Reconnecting").await;
    ben.wait_for_text("Reconnecting").await;
    stage.host().begin().await;

    ada.wait_to_meet(&ben).await;
    ada.say("Still here?").await;
    ben.open("Chat").await;
    ben.wait_for_text("Still here?").await;
    assert_eq!(ada.safety_code().await, ben.safety_code().await);
    assert_eq!(before.len(), 8);
    ben.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    // The room is still a room: somebody new can come in through those who carried it over.
    let cleo = stage.person(Engine::Chromium, 3, "Cleo").await;
    cleo.join("restart", Some(PASSWORD)).await;
    cleo.wait_to_meet(&ada).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_vanishes_is_gone_and_the_chair_passes_on() {
    let stage = Stage::new("vanishing").await;
    let [mut ada, ben, cleo] = three(&stage).await;
    for person in [&ada, &ben, &cleo] {
        person.join("vanishing", Some(PASSWORD)).await;
    }
    cleo.wait_for_tiles(&["Ada", "Ben", "Cleo"], LONG).await;
    ben.open("Participants").await;
    ben.wait_for_item("In the room", &["Ada", "has the chair"]).await;

    ada.crash();
    ben.wait_for_tiles(&["Ben", "Cleo"], GONE).await;
    cleo.wait_for_tiles(&["Ben", "Cleo"], GONE).await;
    ben.wait_for_item("In the room", &["Ben", "has the chair"]).await;
    ben.wait_to_meet(&cleo).await;

    ben.leave().await;
    cleo.wait_for_tiles(&["Cleo"], GONE).await;
    cleo.open("Participants").await;
    cleo.wait_for_item("In the room", &["Cleo", "has the chair"]).await;
    ben.join("vanishing", Some(PASSWORD)).await;
    ben.wait_to_meet(&cleo).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_people_meet() {
    let stage = Stage::new("four").await;
    let mut people = Vec::new();
    for (number, name) in (1..).zip(["Ada", "Ben", "Cleo", "Dan"]) {
        people.push(stage.person(Engine::SmallChromium, number, name).await);
    }
    for person in &people {
        person.join("four", Some(PASSWORD)).await;
    }
    let everybody: Vec<&Participant> = people.iter().collect();
    for person in &everybody {
        person.wait_for_tiles(&["Ada", "Ben", "Cleo", "Dan"], LONG).await;
    }
    meet_all(&everybody).await;
    no_complaints(&everybody).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_create_the_same_room_at_once_end_in_one() {
    let stage = Stage::new("at-once").await;
    let (ada, ben) = two(&stage).await;
    for person in [&ada, &ben] {
        person.prepare("at once", Some(PASSWORD)).await;
    }
    tokio::join!(ada.press("Join"), ben.press("Join"));
    ada.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    ben.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    ada.wait_to_meet(&ben).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_camera_and_microphone_can_join() {
    let stage = Stage::new("bare").await;
    let ada = stage.person(Engine::Chromium, 1, "Ada").await;
    let dora = stage.person(Engine::BareChromium, 2, "Dora").await;
    ada.join("bare", Some(PASSWORD)).await;
    dora.join("bare", Some(PASSWORD)).await;
    dora.wait_to_see(&ada).await;
    dora.wait_to_hear(&ada).await;
    ada.wait_for_tile("Dora", "camera off").await;
    dora.say("I can only write.").await;
    ada.open("Chat").await;
    ada.wait_for_text("I can only write.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawn_name_needs_no_password_and_its_link_lets_others_in() {
    let stage = Stage::new("link").await;
    let (ada, ben) = two(&stage).await;
    ada.visit("").await;
    ada.fill("Your name", "Ada").await;
    ada.press("Join").await;
    ada.wait_to_be_in().await;
    let address = ada.driver().current_url().await.expect("a browser knows where it is");
    let fragment = address.fragment().expect("the room's name is in the fragment").to_owned();
    assert!(!address.path().contains(&fragment), "and nowhere else");
    ben.visit(&format!("#{fragment}")).await;
    ben.fill("Your name", "Ben").await;
    ben.press("Join").await;
    ben.wait_to_be_in().await;
    ada.wait_to_meet(&ben).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_speaks_french_to_those_who_ask() {
    let stage = Stage::new("french").await;
    let ada = stage.person(Engine::BareChromium, 1, "Ada").await;
    ada.driver().goto(format!("{}?lang=fr", stage.front)).await.expect("the page opens");
    ada.wait_for("textbox", "Nom de la salle").await;
    ada.wait_for("textbox", "Mot de passe").await;
    ada.wait_for("button", "Entrer").await;
}

// --- people ---

async fn two(stage: &Stage) -> (Participant, Participant) {
    tokio::join!(stage.person(Engine::Chromium, 1, "Ada"), stage.person(Engine::Chromium, 2, "Ben"))
}

async fn three(stage: &Stage) -> [Participant; 3] {
    let (ada, ben) = two(stage).await;
    [ada, ben, stage.person(Engine::Chromium, 3, "Cleo").await]
}

async fn meet(one: &Participant, other: &Participant, room: &str) {
    one.join(room, Some(PASSWORD)).await;
    other.join(room, Some(PASSWORD)).await;
    one.wait_for_tiles(&[&one.name, &other.name], LONG).await;
    one.wait_to_meet(other).await;
}

async fn meet_all(people: &[&Participant]) {
    for (at, one) in people.iter().enumerate() {
        for other in &people[at + 1..] {
            one.wait_to_meet(other).await;
        }
    }
}
