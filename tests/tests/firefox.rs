//! Journeys of people with Firefox where the others know them from Chromium: who runs a room, who waits at its door, words that are compared.
//!
//! Invariant: as in the other journeys, only what people see, hear and read is asserted; one of each pair has the other browser.

use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually, no_complaints};

const PASSWORD: &str = "lanterns over cold water";
const ANOTHER: &str = "copper kettles at noon";

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_run_from_firefox_and_its_door_opened() {
    let stage = Stage::new("firefox").await;
    let fox = stage.person(Engine::Firefox, 1, "Fox").await;
    let ben = stage.person(Engine::SmallChromium, 2, "Ben").await;
    fox.join("firefox", Some(PASSWORD)).await;
    ben.join("firefox", Some(PASSWORD)).await;
    fox.wait_to_meet(&ben).await;

    // Eight words, compared.
    assert_eq!(fox.safety_code().await, ben.safety_code().await);
    fox.press("They match").await;
    ben.press("They match").await;
    fox.open("Participants").await;
    fox.wait_for_item("In the room", &["Ben", "Verified"]).await;

    // Rules, roles and the password.
    fox.menu("Actions for Ben", "Make a moderator").await;
    fox.wait_for_item("In the room", &["Ben", "moderator"]).await;
    fox.menu("Actions for Ben", "Mute").await;
    ben.wait_for_text("Fox has muted you").await;
    ben.press("Unmute microphone").await;
    fox.wait_to_hear(&ben).await;
    fox.press("Rules and password").await;
    fox.fill("New password", ANOTHER).await;
    fox.press("Change the password").await;
    fox.wait_for_text("whoever comes from now on needs it").await;
    fox.escape().await;

    // Pictures: one large, one's own away and back, the whole screen.
    fox.menu("Options for Ben", "Make large").await;
    fox.wait_for_tile("Ben", "kept large").await;
    fox.wait_to_see(&ben).await;
    fox.menu("Options for Fox", "Hide my picture from me").await;
    fox.wait_for_tiles(&["Ben"], LONG).await;
    fox.menu("More", "Settings").await;
    fox.press("Like the others").await;
    fox.escape().await;
    fox.wait_for_tiles(&["Ben", "Fox"], LONG).await;
    fox.press("Full screen").await;
    full_screen(&fox, true).await;
    fox.press("Full screen").await;
    full_screen(&fox, false).await;

    // Ben stays on top in a small window, for as long as Fox wants it.
    fox.press("Small window").await;
    fox.press("Close the small window").await;
    fox.wait_for("button", "Small window").await;

    // Somebody with Firefox waits at the door, and is let in by who hears the same words.
    let cleo = stage.person(Engine::Firefox, 3, "Cleo").await;
    cleo.visit("#firefox!").await;
    cleo.fill("Your name", "Cleo").await;
    cleo.press("I have no password").await;
    let words = eventually(LONG, "Cleo to read four words", || async {
        let words = cleo.items("Words, in order").await;
        if words.len() == 4 { Ok(words) } else { Err(format!("{words:?}")) }
    })
    .await;
    fox.wait_for_text(&words.join(" · ")).await;
    fox.press("Write to the door").await;
    fox.fill("Write to everyone at the door", "One moment, please.").await;
    fox.press("Send").await;
    cleo.wait_for_text("One moment, please.").await;
    fox.escape().await;
    fox.press("Same words, let in").await;
    cleo.wait_to_be_in().await;
    cleo.press("They match").await;
    cleo.wait_to_meet(&ben).await;

    // And it ends for everybody.
    fox.menu("Actions for Cleo", "Remove from the meeting").await;
    fox.press("Remove").await;
    cleo.wait_for_text("You are no longer in the meeting.").await;
    fox.menu("Leave", "End the meeting for everyone").await;
    fox.press("End it").await;
    ben.wait_for_text("Fox has ended it for everyone.").await;
    no_complaints(&[&ben]).await;
}

async fn full_screen(person: &Participant, wanted: bool) {
    eventually(LONG, "the whole screen to be used, or no longer", || async {
        let is = person.driver().execute("return Boolean(document.fullscreenElement);", vec![]).await;
        match is.ok().and_then(|is| is.json().as_bool()) {
            Some(is) if is == wanted => Ok(()),
            is => Err(format!("{is:?}")),
        }
    })
    .await;
}
