//! Journeys of people whom others have to know: who comes without the password, and whose name somebody else uses.
//!
//! Invariant: as in the other journeys, only what people see, hear and read is asserted.

use crypto::name::RoomName;
use incamera_native::RoomKeys;
use incamera_tests::browser::host::program;
use incamera_tests::browser::stage::log_path;
use incamera_tests::browser::{Engine, Host, LONG, Participant, Stage, eventually, no_complaints};
use incamera_tests::crowd::{gather, sign_frames};

const PASSWORD: &str = "lanterns over cold water";

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_password_is_let_in_by_somebody_who_hears_the_same_words() {
    let stage = Stage::new("door").await;
    let ada = stage.person(Engine::Chromium, 1, "Ada").await;
    let ben = stage.person(Engine::Chromium, 2, "Ben").await;
    let cleo = stage.person(Engine::BareChromium, 3, "Cleo").await;
    ada.join("door", Some(PASSWORD)).await;

    ben.visit("#door!").await;
    ben.fill("Your name", "Ben").await;
    ben.press("I have no password").await;
    ben.wait_for_text("Nobody sees or hears you yet.").await;
    let words = four_words(&ben).await;
    ada.wait_for_text("Ben is knocking").await;
    ada.wait_for_text(&words.join(" · ")).await;
    assert_eq!(ada.tiles().await.len(), 1, "nobody is in who was not let in");
    ben.screenshot("waiting").await;
    ada.screenshot("knock").await;

    ada.press("Write to the door").await;
    ada.fill("Write to everyone at the door", "One moment, please.").await;
    ada.screenshot("at-the-door").await;
    ada.press("Send").await;
    ben.wait_for_text("One moment, please.").await;
    ada.press("Close").await;

    ada.press("Same words, let in").await;
    ben.wait_to_be_in().await;
    ada.wait_to_meet(&ben).await;
    ben.wait_to_meet(&ada).await;
    ben.wait_for_text("This room is not verified.").await;
    ben.wait_for_text(&words.join(" · ")).await;
    ben.screenshot("not-verified").await;
    ben.press("They match").await;
    eventually(LONG, "the question to be gone", || async {
        let text = ben.text().await;
        if text.contains("This room is not verified.") { Err(text) } else { Ok(()) }
    })
    .await;
    assert!(!ada.tiles().await.iter().any(|tile| tile.contains("not verified")), "Ada has compared the words with Ben");

    // Too many wrong passwords do not close this way in, and who is let in unverified shows as such.
    cleo.knock("door", Some("not at all the password")).await;
    cleo.wait_for_alert("First try of three.").await;
    cleo.press("I have no password").await;
    let others = four_words(&cleo).await;
    assert_ne!(others, words);
    ada.wait_for_text(&others.join(" · ")).await;
    ada.press("Let in unverified").await;
    ada.wait_for_tile("Cleo", "not verified").await;
    ben.wait_for_tile("Cleo", "not verified").await;
    ben.open("Participants").await;
    ben.wait_for_item("In the room", &["Cleo", "Not verified", "let in without the password by Ada"]).await;

    let dora = stage.person(Engine::BareChromium, 4, "Dora").await;
    dora.visit("#door!").await;
    dora.fill("Your name", "Dora").await;
    dora.press("I have no password").await;
    four_words(&dora).await;
    ada.press("Not now").await;
    dora.wait_for_text("The people inside did not let you in this time.").await;
    no_complaints(&[&ada, &ben, &cleo, &dora]).await;
}

/// The words at somebody's own door.
async fn four_words(person: &Participant) -> Vec<String> {
    eventually(LONG, &format!("{} to read four words", person.name), || async {
        let words = person.items("Words, in order").await;
        if words.len() == 4 { Ok(words) } else { Err(format!("{words:?}")) }
    })
    .await
}

/// Thirteen without a browser, and Fatou with one. Eve, who heralds, says something in the name of another; Fatou's page says so.
#[tokio::test(flavor = "multi_thread")]
async fn whose_name_another_member_uses_is_said_on_the_page() {
    const CROWD: usize = 13;
    const EVE: usize = 1;
    const BEN: usize = 9;
    let host = Host::start_program(program(), &log_path("forging"), &[]).await;
    let room = RoomKeys::derive(&RoomName::normalise("forging").expect("a name"), Some(PASSWORD)).expect("a password");
    let mut crowd = gather(&host, room, CROWD, CROWD + 1).await;
    let stage = Stage::around("forging", host);
    let fatou = stage.person(Engine::SmallChromium, 1, "Fatou").await;
    fatou.join("forging", Some(PASSWORD)).await;
    sign_frames(&mut crowd, CROWD + 1).await;
    let ben = crowd[BEN].id().await;
    crowd[0].speaks_for(50 * 5).await;
    let calm = fatou.text().await;
    assert!(!calm.contains("in person") && !calm.contains("not confirmed"), "nobody has forged anything: {calm}");
    for one in &crowd {
        assert!(one.seen.borrow().told.is_empty(), "{}: {:?}", one.name, one.seen.borrow().told);
    }
    crowd[EVE].forge(Some(ben));
    fatou.wait_for_text("Somebody in this room is sending sound or pictures in person 9’s name").await;
    crowd[EVE].forge(None);
    no_complaints(&[&fatou]).await;
}
