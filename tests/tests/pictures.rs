//! Journeys about pictures: what is sent and received of them, and what happens when their way breaks.
//!
//! Invariant: as in the other journeys, people act through the page and pictures are known by their content; what nobody can see, that
//! something is *not* sent, is read from the browser's own counts.

use incamera_tests::browser::code::Code;
use incamera_tests::browser::relay::Relay;
use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually, no_complaints};
use std::time::Duration;

const PASSWORD: &str = "lanterns over cold water";
const PLAN: Code = Code { who: 77, when: 5 };
const DRAWING: Code = Code { who: 99, when: 6 };

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_screen_is_a_large_tile_of_its_own() {
    let stage = Stage::new("sharing").await;
    let ada = stage.person(Engine::SharingChromium, 1, "Ada").await;
    let ben = stage.person(Engine::Chromium, 2, "Ben").await;
    meet(&[&ada, &ben], "sharing").await;
    let window = ada.show_a_window(PLAN).await;

    ada.press("Share screen").await;
    ben.wait_to_read("Ada – screen", PLAN).await;
    ada.wait_for_text("You are sharing your screen.").await;
    ben.wait_to_see(&ada).await;
    ben.wait_to_hear(&ada).await;
    ben.wait_for_tiles(&["Ada – screen", "Ada", "Ben"], LONG).await;
    let (screen, face) = (ben.height_of("Ada – screen").await, ben.height_of("Ada").await);
    assert!(screen > 3.0 * face, "the screen is large: {screen} against {face}");
    ben.screenshot("large").await;

    ben.menu("Options for Ada", "Make large").await;
    eventually(LONG, "Ada's face to be large", || async {
        let (screen, face) = (ben.height_of("Ada – screen").await, ben.height_of("Ada").await);
        if face > 3.0 * screen { Ok(()) } else { Err(format!("{face} against {screen}")) }
    })
    .await;
    ben.wait_to_read("Ada – screen", PLAN).await;
    ben.screenshot("small").await;

    ada.press("Stop sharing").await;
    ben.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    ada.press("Share screen").await;
    ben.wait_to_read("Ada – screen", PLAN).await;
    ada.close_window(window).await;
    ben.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    ada.wait_for("button", "Share screen").await;
    no_complaints(&[&ada, &ben]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_screens_at_once_and_who_comes_later_sees_both() {
    let stage = Stage::new("screens").await;
    let ada = stage.person(Engine::SharingChromium, 1, "Ada").await;
    let ben = stage.person(Engine::SharingChromium, 2, "Ben").await;
    meet(&[&ada, &ben], "screens").await;
    ada.show_a_window(PLAN).await;
    ben.show_a_window(DRAWING).await;
    ada.press("Share screen").await;
    ben.wait_to_read("Ada – screen", PLAN).await;
    ben.press("Share screen").await;
    ada.wait_to_read("Ben – screen", DRAWING).await;

    let cleo = stage.person(Engine::SmallChromium, 3, "Cleo").await;
    cleo.join("screens", Some(PASSWORD)).await;
    cleo.wait_to_read("Ada – screen", PLAN).await;
    cleo.wait_to_read("Ben – screen", DRAWING).await;
    assert!(cleo.height_of("Ada – screen").await > 3.0 * cleo.height_of("Ben – screen").await, "one is large");
    cleo.screenshot("both").await;
    ada.leave().await;
    cleo.wait_for_tiles(&["Ben – screen", "Ben", "Cleo"], LONG).await;
    cleo.wait_to_read("Ben – screen", DRAWING).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_to_save_data_gets_and_sends_small_pictures_or_none() {
    let stage = Stage::new("saving").await;
    let (ada, ben) = two(&stage).await;
    meet(&[&ada, &ben], "saving").await;
    ada.wait_for_lines("Ben", 300, 400).await;
    ben.wait_for_lines("Ada", 300, 400).await;

    ben.menu("More", "Picture quality").await;
    ben.screenshot("quality").await;
    ben.choose("Save data").await;
    ben.press("Close").await;
    ben.wait_for_lines("Ada", 100, 200).await;
    ada.wait_for_lines("Ben", 100, 200).await;
    ben.wait_to_see(&ada).await;
    sends_layers(&ada, 1).await;

    ben.menu("More", "Picture quality").await;
    ben.choose("Sound only").await;
    ben.press("Close").await;
    ben.wait_for_tile("Ada", "no picture, sound only").await;
    ada.wait_for_tile("Ben", "camera off").await;
    nothing_arrives(&ben).await;
    sends_layers(&ada, 0).await;
    ben.wait_to_hear(&ada).await;
    ada.wait_to_hear(&ben).await;
    ben.screenshot("sound-only").await;

    ben.menu("More", "Picture quality").await;
    ben.choose("Standard").await;
    ben.press("Close").await;
    ben.wait_to_see(&ada).await;
    ada.wait_for_tile("Ben", "camera off").await;
    ben.press("Turn camera on").await;
    ada.wait_to_see(&ben).await;
    ada.wait_for_lines("Ben", 300, 400).await;
    no_complaints(&[&ada, &ben]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_to_save_data_in_firefox_gets_small_pictures_or_none() {
    let stage = Stage::new("saving-firefox").await;
    let (ada, fay) = tokio::join!(stage.person(Engine::Chromium, 1, "Ada"), stage.person(Engine::Firefox, 3, "Fay"));
    ada.join("saving", Some(PASSWORD)).await;
    fay.prepare("saving", Some(PASSWORD)).await;
    fay.remember_parts_here().await;
    fay.press("Join").await;
    fay.wait_to_be_in().await;
    ada.wait_to_meet(&fay).await;
    fay.wait_for_lines("Ada", 300, 400).await;

    fay.menu("More", "Picture quality").await;
    fay.choose("Save data").await;
    fay.press("Close").await;
    fay.wait_for_lines("Ada", 100, 200).await;
    fay.wait_to_see(&ada).await;

    fay.menu("More", "Picture quality").await;
    fay.choose("Sound only").await;
    fay.press("Close").await;
    fay.wait_for_tile("Ada", "no picture, sound only").await;
    ada.wait_for_tile("Fay", "camera off").await;
    nothing_arrives(&fay).await;
    fay.wait_to_hear(&ada).await;
    ada.wait_to_hear(&fay).await;

    fay.menu("More", "Picture quality").await;
    fay.choose("Standard").await;
    fay.press("Close").await;
    fay.press("Turn camera on").await;
    fay.wait_to_see(&ada).await;
    ada.wait_to_see(&fay).await;
    no_complaints(&[&ada]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_the_best_sends_all_lines_of_the_camera_and_nothing_is_kept_unasked() {
    let stage = Stage::new("best").await;
    let (ada, ben) = tokio::join!(stage.person(Engine::FullChromium, 1, "Ada"), stage.person(Engine::BareChromium, 2, "Ben"));
    ben.driver().set_window_rect(0, 0, 1920, 1200).await.expect("a window can be made larger");
    for person in [&ada, &ben] {
        person.remember_parts().await;
        person.join("best", Some(PASSWORD)).await;
    }
    ben.wait_for_lines("Ada", 720, 720).await;

    ada.menu("More", "Picture quality").await;
    ada.screenshot("choices").await;
    let before = connections(&ada).await;
    ada.choose("Best").await;
    ben.wait_for_lines("Ada", 1080, 1080).await;
    ben.wait_to_see(&ada).await;
    ada.choose("Standard").await;
    ben.wait_for_lines("Ada", 720, 720).await;
    assert_eq!(connections(&ada).await, before, "a change of size needs no other connection");
    ada.choose("Best").await;
    ada.press("Close").await;
    ben.wait_for_lines("Ada", 1080, 1080).await;
    assert_eq!(kept(&ada).await, "", "nothing stays in the browser unasked");

    // Whoever keeps their rooms keeps this too, and comes in with it.
    ada.leave().await;
    ada.visit("").await;
    ada.driver().execute("document.querySelector('details.visited').open = true;", vec![]).await.expect("the page runs scripts");
    ada.switch("Keep the rooms I visit on this device").await;
    ada.join("best", Some(PASSWORD)).await;
    ben.wait_for_lines("Ada", 720, 720).await;
    ada.menu("More", "Picture quality").await;
    ada.choose("Best").await;
    ada.wait_for_text("Kept on this device with your rooms").await;
    ada.press("Close").await;
    assert_eq!(kept(&ada).await.lines().next(), Some("Ada\tbest"));
    ada.leave().await;
    ada.join("best", Some(PASSWORD)).await;
    ben.wait_for_lines("Ada", 1080, 1080).await;
    no_complaints(&[&ada, &ben]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_nobody_looks_at_receives_no_pictures() {
    let stage = Stage::new("away").await;
    let (ada, ben) = two(&stage).await;
    meet(&[&ada, &ben], "away").await;
    ben.look_away().await;
    nothing_arrives(&ben).await;
    ada.wait_to_see(&ben).await;
    ben.look_back().await;
    ben.wait_to_see(&ada).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_worker_that_dies_is_replaced_and_nobody_has_to_do_anything() {
    let stage = Stage::new("worker").await;
    let (ada, ben) = two(&stage).await;
    meet(&[&ada, &ben], "worker").await;
    assert_eq!(ben.frame_workers().await, 1);
    ben.end_frame_worker().await;
    eventually(LONG, "another frame worker", || async {
        let count = ben.frame_workers().await;
        if count > 1 { Ok(()) } else { Err(format!("{count}")) }
    })
    .await;
    ada.wait_to_meet(&ben).await;
    assert_eq!(ben.frame_workers().await, 2, "one is enough");
    assert!(ben.alerts().await.iter().all(|alert| !alert.contains("stopped working")));
    ada.press("Safety code").await;
    ada.press("Close").await;
    assert_eq!(ada.safety_code().await, ben.safety_code().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_walks_into_another_network_is_back_as_soon_as_there_is_one() {
    let mut stage = Stage::new("network").await;
    let relay = Relay::start(stage.host().tcp_port()).await;
    let ada = stage.person(Engine::Chromium, 1, "Ada").await;
    stage.front = relay.url();
    let ben = stage.person(Engine::Chromium, 2, "Ben").await;
    meet(&[&ada, &ben], "network").await;

    relay.change_network();
    ben.cut_network(true).await;
    ben.cut_network(false).await;
    ben.open("Chat").await;
    ada.say("Are you there?").await;
    eventually(Duration::from_secs(10), "Ben to read what is said", || async {
        let text = ben.text().await;
        if text.contains("Are you there?") { Ok(()) } else { Err(text.chars().take(300).collect()) }
    })
    .await;
    ada.wait_to_meet(&ben).await;
    ben.wait_for_tiles(&["Ada", "Ben"], LONG).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_does_not_open_is_told_and_the_meeting_goes_on() {
    let stage = Stage::new("busy").await;
    let (ada, ben) = two(&stage).await;
    meet(&[&ada, &ben], "busy").await;
    ben.press("Turn camera off").await;
    ada.wait_for_tile("Ben", "camera off").await;
    ben.keep_devices_busy().await;
    ben.press("Turn camera on").await;
    ben.wait_for_text("Your camera does not work.").await;
    ben.wait_for("button", "Turn camera on").await;
    ben.screenshot("told").await;
    ada.wait_to_hear(&ben).await;
    ben.wait_to_see(&ada).await;
}

// --- people ---

async fn two(stage: &Stage) -> (Participant, Participant) {
    tokio::join!(stage.person(Engine::Chromium, 1, "Ada"), stage.person(Engine::Chromium, 2, "Ben"))
}

async fn meet(people: &[&Participant; 2], room: &str) {
    let [one, other] = people;
    for person in people {
        person.remember_parts().await;
        person.join(room, Some(PASSWORD)).await;
    }
    one.wait_for_tiles(&[&one.name, &other.name], LONG).await;
    one.wait_to_meet(other).await;
}

/// So many layers of somebody's pictures are encoded: no more than anybody wants.
async fn sends_layers(person: &Participant, wanted: usize) {
    eventually(LONG, &format!("{} to encode {wanted} layers", person.name), || async {
        let active = person.pictures("outbound-rtp", "active").await;
        let count = active.iter().filter(|(_, active)| *active > 0.0).count();
        if count == wanted { Ok(()) } else { Err(format!("{active:?}")) }
    })
    .await;
}

/// How many connections the page has made so far.
async fn connections(person: &Participant) -> u64 {
    let told = person.driver().execute("return window.incameraPeers.length;", vec![]).await.expect("the page runs scripts");
    told.json().as_u64().unwrap_or_default()
}

/// What this site has in the browser's storage.
async fn kept(person: &Participant) -> String {
    let script = "return Object.values({ ...localStorage, ...sessionStorage }).join('\\n');";
    let told = person.driver().execute(script, vec![]).await.expect("the page runs scripts");
    told.json().as_str().unwrap_or_default().to_owned()
}

/// A second passes in which not one more frame of anybody's picture comes in.
async fn nothing_arrives(person: &Participant) {
    let count = || async { person.pictures("inbound-rtp", "framesReceived").await.iter().map(|(_, frames)| frames).sum::<f64>() };
    let before = std::cell::Cell::new(f64::NAN);
    eventually(LONG, &format!("{} to receive no pictures", person.name), || async {
        let now = count().await;
        if before.replace(now) == now {
            return Ok(());
        }
        // What shows that nothing comes is time.
        tokio::time::sleep(Duration::from_secs(1)).await;
        Err(format!("{now} frames"))
    })
    .await;
}
