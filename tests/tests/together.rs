//! What people do together beside speaking: hands, reactions, votes, a countdown.
//!
//! Invariant: as in the other journeys, only what people see, hear and read is asserted.

use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually, no_complaints};
use serde_json::{Value, json};
use std::time::Duration;

const PASSWORD: &str = "lanterns over cold water";
const NAMES: [&str; 3] = ["Ada", "Ben", "Cleo"];

/// Gives a Chromium another window, or another look.
async fn emulate(person: &Participant, command: &str, parameters: Value) {
    person.driver().cdp().send_raw(command, parameters).await.expect("Chromium takes it");
}

async fn window(person: &Participant, width: u32, height: u32, mobile: bool) {
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
    emulate(person, "Emulation.setDeviceMetricsOverride", size).await;
}

async fn scheme(person: &Participant, value: &str) {
    emulate(person, "Emulation.setEmulatedMedia", json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] }))
        .await;
}

/// Three in a room, one of them in Firefox; the first has the chair.
async fn three(stage: &Stage, room: &str) -> [Participant; 3] {
    let ada = stage.person(Engine::SmallChromium, 1, NAMES[0]).await;
    let ben = stage.person(Engine::SmallChromium, 2, NAMES[1]).await;
    let cleo = stage.person(Engine::Firefox, 3, NAMES[2]).await;
    window(&ada, 1280, 800, false).await;
    window(&ben, 1280, 800, false).await;
    let people = [ada, ben, cleo];
    for person in &people {
        person.join(room, Some(PASSWORD)).await;
    }
    for person in &people {
        person.wait_for_tiles(&NAMES, LONG).await;
    }
    people
}

#[tokio::test(flavor = "multi_thread")]
async fn what_three_people_do_together_beside_speaking() {
    let stage = Stage::new("together").await;
    let people = three(&stage, "together").await;
    hands_stand_in_order(&people).await;
    reactions_are_seen(&people).await;
    a_vote_is_counted_alike_by_all(&people).await;
    a_secret_vote_names_nobody(&people).await;
    who_vanishes_does_not_void_a_secret_vote(&stage, &people).await;
    a_countdown_ends_for_all(&people).await;
    a_phone_has_everything_under_more(&people[0]).await;
    no_complaints(&[&people[0], &people[1]]).await;
}

async fn hands_stand_in_order([ada, ben, cleo]: &[Participant; 3]) {
    cleo.press("Raise hand").await;
    ada.wait_for_tile("Cleo", "hand raised, number 1").await;
    ben.press("Raise hand").await;
    for person in [ada, ben, cleo] {
        person.wait_for_tile("Cleo", "hand raised, number 1").await;
        person.wait_for_tile("Ben", "hand raised, number 2").await;
    }
    ada.open("Participants").await;
    ada.wait_for_item("In the room", &["Cleo", "hand raised, number 1"]).await;
    let rows = ada.items("In the room").await;
    assert!(rows[0].contains("Cleo") && rows[1].contains("Ben") && rows[2].contains("Ada"), "{rows:?}");
    ada.screenshot("hands").await;

    ada.menu("Actions for Cleo", "Lower the hand").await;
    cleo.wait_for_text("Ada has lowered your hand").await;
    ben.wait_for_tile("Ben", "hand raised, number 1").await;
    ben.press("Lower hand").await;
    ben.wait_for("button", "Raise hand").await;
    eventually(LONG, "the list to stand as people came", || async {
        let rows = ada.items("In the room").await;
        if rows[0].contains("Ada") { Ok(()) } else { Err(format!("{rows:?}")) }
    })
    .await;
}

async fn reactions_are_seen([ada, ben, cleo]: &[Participant; 3]) {
    ben.press("React").await;
    ben.wait_for("menuitem", "Surprise").await;
    ben.screenshot("reactions").await;
    ben.escape().await;
    ben.menu("React", "Applause").await;
    ada.wait_for_item("In the room", &["Ben", "Applause"]).await;
    ada.screenshot("applause").await;
    cleo.menu("React", "Heart").await;
    ada.wait_for_item("In the room", &["Cleo", "Heart"]).await;
}

async fn a_vote_is_counted_alike_by_all([ada, ben, cleo]: &[Participant; 3]) {
    ada.menu("More", "Votes").await;
    ada.press("New vote").await;
    ada.fill("Question", "Which days suit you?").await;
    ada.fill("Answer 1", "Monday").await;
    ada.fill("Answer 2", "Tuesday").await;
    ada.press("Another answer").await;
    ada.fill("Answer 3", "Friday").await;
    ada.switch("Several answers may be chosen").await;
    ada.screenshot("vote-new").await;
    ada.press("Ask everyone").await;

    for person in [ben, cleo] {
        person.wait_for_text("Ada asks everyone").await;
    }
    ben.screenshot("vote-note").await;
    ben.press("Vote").await;
    ben.switch("Monday").await;
    ben.switch("Friday").await;
    ben.screenshot("vote-ballot").await;
    ben.press("Vote").await;
    ben.wait_for_text("Your vote: Monday, Friday").await;
    cleo.menu("More", "Votes").await;
    cleo.switch("Friday").await;
    cleo.press("Vote").await;
    ada.wait_for_text("2 of 3 have voted").await;
    ada.press("Close the vote").await;
    for person in [ada, ben, cleo] {
        let result = "Result: Which days suit you?";
        person.wait_for_item(result, &["Monday", "1 (50 %)", "Ben"]).await;
        person.wait_for_item(result, &["Tuesday", "0 (0 %)"]).await;
        person.wait_for_item(result, &["Friday", "2 (100 %)", "Ben, Cleo"]).await;
    }
    ben.screenshot("vote-result").await;
    ben.open("Chat").await;
    ben.wait_for_text("Vote: Which days suit you? – Monday 1 · Tuesday 0 · Friday 2").await;
    ben.press("Close").await;
    ada.press("Close").await;
}

async fn a_secret_vote_names_nobody([ada, ben, cleo]: &[Participant; 3]) {
    ben.menu("More", "Votes").await;
    ben.press("New vote").await;
    ben.fill("Question", "Shall we publish?").await;
    ben.press("Yes or no").await;
    ben.switch("Secret").await;
    ben.screenshot("secret-new").await;
    ben.press("Ask everyone").await;
    ada.wait_for_text("Ben asks everyone").await;
    ada.press("Vote").await;
    for (person, choice) in [(ada, "Yes"), (ben, "No"), (cleo, "Yes")] {
        person.choose(choice).await;
        person.press("Vote").await;
    }
    // Nobody has to close it: the last ballot is the end.
    for person in [ada, ben, cleo] {
        let result = "Result: Shall we publish?";
        person.wait_for_item(result, &["Yes", "2 (67 %)"]).await;
        person.wait_for_item(result, &["No", "1 (33 %)"]).await;
        let items = person.items(result).await.concat();
        assert!(NAMES.iter().all(|name| !items.contains(name)), "{items}");
    }
    ada.screenshot("secret-result").await;
    ada.press("Close").await;
}

/// A fourth chooses and is gone from one moment to the next, as when a battery is empty. The others go on choosing and do nothing else.
async fn who_vanishes_does_not_void_a_secret_vote(stage: &Stage, [ada, ben, cleo]: &[Participant; 3]) {
    let mut dan = stage.person(Engine::SmallChromium, 4, "Dan").await;
    dan.join("together", Some(PASSWORD)).await;
    dan.wait_for_tiles(&["Ada", "Ben", "Cleo", "Dan"], LONG).await;
    ada.menu("More", "Votes").await;
    ada.press("New vote").await;
    ada.fill("Question", "Shall we wait?").await;
    ada.press("Yes or no").await;
    ada.switch("Secret").await;
    ada.press("Ask everyone").await;
    dan.wait_for_text("Ada asks everyone").await;
    dan.press("Vote").await;
    dan.choose("No").await;
    dan.press("Vote").await;
    ada.wait_for_text("1 of 4 have voted").await;
    dan.crash();
    cleo.menu("More", "Votes").await;
    for person in [ada, ben, cleo] {
        person.choose("Yes").await;
        person.press("Vote").await;
    }
    for person in [ada, ben, cleo] {
        let result = "Result: Shall we wait?";
        eventually(Duration::from_secs(150), "the count without Dan", || async {
            let items = person.items(result).await.concat();
            if items.contains("3 (100 %)") { Ok(()) } else { Err(person.text().await) }
        })
        .await;
        person.wait_for_item(result, &["No", "0 (0 %)"]).await;
        person.wait_for_text("Dan left before the count. It is counted without them.").await;
    }
    ada.screenshot("secret-without").await;
    ada.press("Close").await;
}

async fn a_countdown_ends_for_all([ada, ben, cleo]: &[Participant; 3]) {
    ada.menu("More", "Timer").await;
    ada.fill("What for", "Tea").await;
    ada.screenshot("timer-new").await;
    ada.press("1").await;
    ada.press("Start").await;
    for person in [ben, cleo] {
        person.wait_for("button", "Timer").await;
    }
    ben.screenshot("timer").await;
    ben.press("Timer").await;
    ben.wait_for_text("Tea").await;
    assert!(!ben.text().await.contains("One minute more"), "who neither started it nor moderates only looks");
    ben.escape().await;
    ada.press("Timer").await;
    ada.screenshot("timer-dialog").await;
    ada.press("One minute more").await;
    eventually(LONG, "more than the minute that it began with", || async {
        let left = ada.driver().execute("return document.querySelector('.timer-time').textContent", vec![]).await;
        let left = left.map_err(|error| error.to_string())?.json().as_str().unwrap_or_default().to_owned();
        // It began at 1:00 and has never stood still.
        match left
            .split_once(':')
            .and_then(|(minutes, seconds)| Some((minutes.parse::<u32>().ok()?, seconds.parse::<u32>().ok()?)))
        {
            Some((minutes, seconds)) if minutes * 60 + seconds > 60 => Ok(()),
            _ => Err(left),
        }
    })
    .await;
    ben.wait_for_text("The timer was changed.").await;
    // Ben's clock is a few minutes ahead of it all of a sudden: the time is up there, and nowhere else.
    let hurried = "const now = Date.now; Date.now = () => now() + 600000; setTimeout(() => { Date.now = now; }, 2000);";
    ben.driver().execute(hurried, vec![]).await.expect("the page runs scripts");
    ben.wait_for_text("The time is up: Tea").await;
    ben.screenshot("timer-over").await;
    ada.press("Stop").await;
    ada.escape().await;
    for person in [ada, ben, cleo] {
        eventually(Duration::from_secs(60), "the timer to be gone", || async {
            let shown = person.text().await;
            if shown.contains("Tea") { Err(shown.chars().take(300).collect()) } else { Ok(()) }
        })
        .await;
    }
}

/// The bar of a phone has room for six; the rest stands under "More".
async fn a_phone_has_everything_under_more(ada: &Participant) {
    ada.press("More").await;
    ada.screenshot("more").await;
    ada.escape().await;
    window(ada, 390, 844, true).await;
    scheme(ada, "dark").await;
    ada.press("Raise hand").await;
    ada.wait_for_tile("Ada", "hand raised, number 1").await;
    ada.menu("More", "Timer").await;
    ada.screenshot("phone-timer").await;
    ada.press("Start").await;
    ada.wait_for("button", "Timer").await;
    ada.screenshot("phone").await;
    ada.press("More").await;
    ada.screenshot("phone-more").await;
    ada.escape().await;
    ada.menu("More", "React").await;
    ada.wait_for("menuitem", "Surprise").await;
    ada.screenshot("phone-reactions").await;
    ada.escape().await;
    ada.menu("More", "Settings").await;
    ada.press("Français").await;
    ada.escape().await;
    ada.menu("Plus", "Votes").await;
    ada.wait_for_item("Résultat : Which days suit you?", &["Friday", "2 (100 %)"]).await;
    ada.screenshot("phone-votes-french").await;
    ada.press("Nouveau vote").await;
    ada.screenshot("phone-vote-new-french").await;
}
