//! Journeys on a host that asks who may open rooms.
//!
//! Invariant: as in the other journeys, only what people see, hear and read is asserted; and what the host has logged.

use incamera_tests::browser::host::program;
use incamera_tests::browser::process::Scratch;
use incamera_tests::browser::stage::log_path;
use incamera_tests::browser::{Engine, Host, Stage, no_complaints};

const PASSWORD: &str = "lanterns over cold water";
const WORD: &str = "canary of the choir";

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_word_opens_the_room_and_who_has_none_waits() {
    let files = Scratch::new("opening-words");
    let words = files.path("words");
    std::fs::write(&words, format!("{WORD}\n")).expect("the words are written");
    let arguments = ["--rooms-for", "word", "--room-words", words.to_str().expect("a path of letters")];
    let host = Host::start_program(program(), &log_path("opening"), &arguments).await;
    let mut stage = Stage::around("opening", host);
    let ada = stage.person(Engine::Chromium, 1, "Ada").await;
    let ben = stage.person(Engine::Chromium, 2, "Ben").await;
    let cleo = stage.person(Engine::SmallChromium, 3, "Cleo").await;

    // Ben is the first, has no word, and waits.
    ben.knock("opening", Some(PASSWORD)).await;
    ben.wait_for_text("This server asks who may open one.").await;
    ben.press("Wait until somebody opens it").await;
    ben.wait_for_text("The room is not open yet.").await;
    ben.wait_for_text("Nobody sees or hears you yet.").await;
    ben.screenshot("unopened").await;

    ada.knock("opening", Some(PASSWORD)).await;
    ada.wait_for_text("The server learns that you open a room, not which one.").await;
    ada.press("Open the room").await;
    ada.wait_for_alert("Type what the server asks for").await;
    ada.fill("Your word for opening rooms", "canary of nobody").await;
    ada.press("Open the room").await;
    ada.wait_for_alert("The server does not know this word.").await;
    ada.screenshot("asked").await;
    ada.fill("Your word for opening rooms", WORD).await;
    ada.press("Open the room").await;
    ada.wait_to_be_in().await;
    ben.wait_to_be_in().await;
    ada.wait_to_meet(&ben).await;
    ben.wait_to_meet(&ada).await;

    // A guest is asked nothing.
    cleo.knock("opening", Some(PASSWORD)).await;
    cleo.wait_to_be_in().await;
    ben.wait_to_meet(&cleo).await;

    // Ada has been asked once, and opens the next room without a word.
    ada.leave().await;
    ada.press("New meeting").await;
    ada.press("Join").await;
    ada.wait_to_be_in().await;
    no_complaints(&[&ada, &ben, &cleo]).await;
    let log = String::from_utf8_lossy(&stage.host().logged()).into_owned();
    assert!(log.contains("was not known") && !log.contains("canary"), "{log}");
}
