//! A whole journey asks nobody but the host for anything.
//!
//! Invariant: everything of both browsers, pages and workers alike, passes a [`Border`] that notes who is asked; and what goes another way
//! than requests, peer connections, is configured with nobody else either.

use incamera_tests::browser::border::Border;
use incamera_tests::browser::code::Code;
use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually};
use std::collections::BTreeSet;

const PASSWORD: &str = "lanterns over cold water";

/// Servers of the page's peer connections.
const SERVERS: &str = "return window.incameraPeers.map(({ made }) => made.getConfiguration().iceServers?.length ?? 0);";

/// What Chromium asks for by itself, whatever page it shows: suggestions, leaked passwords, its start page, updates. The page may not: its
/// content security policy lets it connect to its own origin alone.
const CHROMIUM_ITSELF: [&str; 5] = [
    "content-autofill.googleapis.com",
    "optimizationguide-pa.googleapis.com",
    "passwordsleakcheck-pa.googleapis.com",
    "start.duckduckgo.com",
    "update.googleapis.com",
];

#[tokio::test(flavor = "multi_thread")]
async fn from_the_portal_to_the_page_after_nobody_but_the_host_is_asked() {
    let mut stage = Stage::new("origins").await;
    let border = Border::around(stage.host().tcp_port()).await;
    stage.border = Some(border.port());
    let only_host = BTreeSet::from([format!("localhost:{}", stage.host().tcp_port())]);
    let ada = stage.person(Engine::SharingChromium, 1, "Ada").await;
    let fox = stage.person(Engine::Firefox, 2, "Fox").await;
    for person in [&ada, &fox] {
        person.prepare("origins", Some(PASSWORD)).await;
        person.remember_parts_here().await;
        person.press("Join").await;
        person.wait_to_be_in().await;
    }
    ada.wait_to_meet(&fox).await;
    ada.show_a_window(Code { who: 77, when: 5 }).await;
    ada.press("Share screen").await;
    fox.wait_for_tiles(&["Ada – screen", "Ada", "Fox"], LONG).await;
    ada.say("Look at https://elsewhere.example/picture.png").await;
    fox.open("Chat").await;
    fox.wait_for_text("https://elsewhere.example/picture.png").await;
    fox.safety_code().await;
    fox.escape().await;
    ada.press("Invite").await;
    ada.wait_for("dialog", "Invite someone").await;
    ada.escape().await;
    for person in [&ada, &fox] {
        let servers = person.driver().execute(SERVERS, vec![]).await.expect("the page runs scripts");
        let servers: Vec<u64> = serde_json::from_value(servers.json().clone()).expect("numbers");
        assert!(!servers.is_empty() && servers.iter().all(|&count| count == 0), "{}: {servers:?}", person.name);
    }
    ada.leave().await;
    // Who stays behind is asked, and leaves with one press.
    fox.wait_for_text("Everyone else has left.").await;
    fox.press("Leave").await;
    for person in [&ada, &fox] {
        person.wait_for_text("The door is closed behind you.").await;
    }
    let media = format!(":{}", stage.host().udp_port());
    let by_the_page = border.asked().into_iter().filter(|asked| {
        let itself = asked.rsplit_once(':').is_some_and(|(name, _)| CHROMIUM_ITSELF.contains(&name));
        // Picture and sound over TCP go through the border too, to the host's other port.
        !itself && !asked.ends_with(&media)
    });
    assert_eq!(by_the_page.collect::<BTreeSet<_>>(), only_host);
    // What asks somebody else is noted, in each engine: this test would see it.
    for (person, elsewhere) in [(&ada, "ada.elsewhere.example"), (&fox, "fox.elsewhere.example")] {
        asks(person, &border, elsewhere).await;
    }
}

async fn asks(person: &Participant, border: &Border, elsewhere: &str) {
    let _ = person.driver().goto(format!("http://{elsewhere}/")).await;
    eventually(LONG, &format!("a request to {elsewhere} to be noted"), || async {
        let asked = border.asked();
        if asked.contains(&format!("{elsewhere}:80")) { Ok(()) } else { Err(format!("{asked:?}")) }
    })
    .await;
}
