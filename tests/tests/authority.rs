//! Meetings that are run: by whoever has the chair, by moderators, and against those who have neither.
//!
//! Invariant: as in the other journeys, only what people see, hear and read is asserted.

use incamera_tests::browser::{Engine, LONG, Participant, Stage};
use std::time::Duration;

const PASSWORD: &str = "lanterns over cold water";
const ANOTHER: &str = "copper kettles at noon";

/// Who is put out is out at once; twice ten seconds where the machine builds other things meanwhile.
const GONE: Duration = Duration::from_secs(20);

async fn meeting(stage: &Stage, room: &str, names: &[&str]) -> Vec<Participant> {
    let mut people = Vec::new();
    for (number, name) in (1..).zip(names) {
        let person = stage.person(Engine::SmallChromium, number, name).await;
        person.join(room, Some(PASSWORD)).await;
        people.push(person);
    }
    for person in &people {
        person.wait_for_tiles(names, LONG).await;
    }
    people
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_muted_reads_by_whom_and_opens_the_microphone_again_alone() {
    let stage = Stage::new("muting").await;
    let people = meeting(&stage, "muting", &["Ada", "Ben"]).await;
    let (ada, ben) = (&people[0], &people[1]);
    ada.wait_to_hear(ben).await;
    ada.open("Participants").await;
    ada.press("Actions for Ben").await;
    ada.screenshot("person-menu").await;
    ada.escape().await;
    ada.menu("Actions for Ben", "Mute").await;
    ben.wait_for_text("Ada has muted you").await;
    ada.wait_for_tile("Ben", "microphone off").await;
    ada.wait_not_to_hear(ben).await;
    ben.press("Unmute microphone").await;
    ada.wait_to_hear(ben).await;
    // Ben has no such menu for Ada: a line to write, and the words to compare.
    ben.open("Participants").await;
    ben.press("Actions for Ada").await;
    assert_eq!(ben.menu_items().await, ["Write privately", "Compare words"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moderator_locks_the_room_and_opens_it_again() {
    let stage = Stage::new("locking").await;
    let people = meeting(&stage, "locking", &["Ada", "Ben"]).await;
    let (ada, ben) = (&people[0], &people[1]);
    ada.open("Participants").await;
    ada.menu("Actions for Ben", "Make a moderator").await;
    ben.open("Participants").await;
    ben.wait_for_item("In the room", &["Ben", "moderator"]).await;
    ben.switch("Let no one else in").await;
    let eve = stage.person(Engine::BareChromium, 3, "Eve").await;
    eve.knock("locking", Some(PASSWORD)).await;
    eve.wait_for_alert("let no one else in at present").await;
    ada.switch("Let no one else in").await;
    eve.press("Join").await;
    eve.wait_to_be_in().await;
    ada.wait_for_tiles(&["Ada", "Ben", "Eve"], LONG).await;
    ada.screenshot("participants").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_is_needed_by_who_comes_and_noticed_by_nobody_inside() {
    let stage = Stage::new("repassword").await;
    let people = meeting(&stage, "repassword", &["Ada", "Ben"]).await;
    let (ada, ben) = (&people[0], &people[1]);
    ada.wait_to_meet(ben).await;
    ada.open("Participants").await;
    ada.press("Rules and password").await;
    ada.fill("New password", ANOTHER).await;
    ada.screenshot("rules").await;
    ada.press("Change the password").await;
    ada.wait_for_text("whoever comes from now on needs it").await;
    ada.escape().await;
    ben.wait_for_text("The password has changed").await;
    ben.wait_to_meet(ada).await;
    let cleo = stage.person(Engine::BareChromium, 3, "Cleo").await;
    cleo.knock("repassword", Some(PASSWORD)).await;
    cleo.wait_for_alert("That is not the password of this room.").await;
    cleo.fill("Password", ANOTHER).await;
    cleo.press("Join").await;
    cleo.wait_to_be_in().await;
    ben.wait_for_tiles(&["Ada", "Ben", "Cleo"], LONG).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_for_good_cannot_come_back_with_the_password_and_an_end_is_an_end() {
    let stage = Stage::new("removing").await;
    let people = meeting(&stage, "removing", &["Ada", "Ben", "Cleo"]).await;
    let [ada, ben, cleo] = [&people[0], &people[1], &people[2]];
    ada.open("Participants").await;
    ada.menu("Actions for Cleo", "Remove from the meeting").await;
    ada.switch("And let the password open to nobody").await;
    ada.screenshot("remove").await;
    ada.press("Remove").await;
    cleo.wait_for_text("You are no longer in the meeting.").await;
    ben.wait_for_text("Ada has removed Cleo").await;
    ben.wait_for_tiles(&["Ada", "Ben"], GONE).await;
    cleo.knock("removing", Some(PASSWORD)).await;
    cleo.wait_for_alert("The password opens to nobody at present").await;
    ada.press("Leave").await;
    ada.screenshot("leave-menu").await;
    ada.escape().await;
    ada.menu("Leave", "End the meeting for everyone").await;
    ada.press("End it").await;
    ben.wait_for_text("Ada has ended it for everyone.").await;
    ada.wait_for_text("The meeting is over.").await;
    ben.screenshot("ended").await;
    // Cleo, who was removed, knows it.
    ben.press("New meeting").await;
    ben.fill("Password", PASSWORD).await;
    ben.wait_for_text("That was the password of your last meeting").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn burning_leaves_nothing_in_the_page_and_voids_the_link_for_who_holds_it() {
    let stage = Stage::new("burning").await;
    let people = meeting(&stage, "burning", &["Ada", "Ben"]).await;
    let (ada, ben) = (&people[0], &people[1]);
    ada.menu("Leave", "Leave and burn").await;
    ada.wait_for_text("Burnt.").await;
    ada.screenshot("burnt").await;
    let address = ada.driver().current_url().await.expect("a browser has an address");
    assert_eq!(address.fragment().unwrap_or_default(), "", "the link is out of the address bar");
    assert!(!ada.text().await.contains("burning"));
    ben.wait_for_tiles(&["Ben"], GONE).await;
    let cleo = stage.person(Engine::BareChromium, 3, "Cleo").await;
    cleo.knock("burning", Some(PASSWORD)).await;
    cleo.wait_for_alert("The password opens to nobody at present").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_only_moderators_speak_and_write_the_others_do_when_they_are_asked() {
    let stage = Stage::new("podium").await;
    let people = meeting(&stage, "podium", &["Ada", "Ben"]).await;
    let (ada, ben) = (&people[0], &people[1]);
    ada.wait_to_hear(ben).await;
    ada.open("Participants").await;
    ada.press("Rules and password").await;
    ada.switch("Only moderators speak").await;
    ada.switch("Only moderators write messages").await;
    ada.escape().await;
    ben.wait_for_text("Only moderators speak now").await;
    ada.wait_not_to_hear(ben).await;
    ben.open("Chat").await;
    ben.wait_for_text("Only moderators write here at present.").await;
    ben.screenshot("podium").await;
    ada.menu("Actions for Ben", "Let speak").await;
    ben.press("Unmute microphone").await;
    ada.wait_to_hear(ben).await;
}
