//! The doctor's page: what it calls good came through in a real browser, and what a network holds back it names.
//!
//! Invariant: the page is asked as a person asks it, by its one button, and read as a screen reader reads it.

use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually, no_complaints};

/// A network that lets no UDP through between browser and host. What a relay sends the host on its other side is not this network's.
const WITHOUT_UDP: &str = r"
    const answer = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function (description) {
        const relayed = this.getConfiguration().iceTransportPolicy === 'relay';
        const lost = (line) => !relayed && /^a=candidate:\S+ 1 udp /.test(line);
        const sdp = description.sdp.split('\r\n').filter((line) => !lost(line)).join('\r\n');
        return answer.call(this, { type: description.type, sdp });
    };";

/// Cameras and microphones that a page asked for are counted.
const ASKED: &str = r"
    window.incameraAsked = 0;
    const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wishes) => { window.incameraAsked += 1; return asked(wishes); };";

async fn arrives(person: &Participant, stage: &Stage, script: &str) {
    person.driver().goto(format!("{}doctor?lang=en", stage.front)).await.expect("the page opens");
    person.wait_for("button", "Begin").await;
    person.driver().execute(script, vec![]).await.expect("the page runs scripts");
    person.driver().execute(ASKED, vec![]).await.expect("the page runs scripts");
}

/// Begins, and waits for the end: every line, as a screen reader reads it.
async fn looks(person: &Participant, comes_to: &str) -> Vec<String> {
    person.press("Begin").await;
    // Five people come in one after the other, each over a way of its own.
    eventually(2 * LONG, &format!("{} to read what it comes to", person.name), || async {
        let text = person.text().await;
        if text.contains("Copy the report") { Ok(()) } else { Err(person.items("What was found").await.join("\n")) }
    })
    .await;
    let lines = person.items("What was found").await;
    assert!(person.text().await.contains(comes_to), "{lines:#?}");
    lines
}

fn assert_says(lines: &[String], wanted: &str) {
    assert!(lines.iter().any(|line| line.contains(wanted)), "{wanted}: {lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_host_is_found_good_by_every_way() {
    let stage = Stage::new("doctor").await;
    let ada = stage.person(Engine::SmallChromium, 1, "Ada").await;
    arrives(&ada, &stage, "").await;
    let lines = looks(&ada, "Meetings work here.").await;
    assert_eq!(lines.len(), 12, "{lines:#?}");
    assert!(lines.iter().all(|line| line.starts_with("good")), "{lines:#?}");
    assert_says(&lines, "UDP, straight to the host");
    let asked = ada.driver().execute("return window.incameraAsked;", vec![]).await.expect("the page answers");
    assert_eq!(asked.json(), &0, "no camera and no microphone");
    let icon = "return fetch('favicon.ico').then((answer) => [answer.status, answer.headers.get('content-type')]);";
    let icon = ada.driver().execute(icon, vec![]).await.expect("the page answers");
    assert_eq!(icon.json(), &serde_json::json!([200, "image/png"]));
    no_complaints(&[&ada]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_host_is_found_good_in_firefox() {
    let stage = Stage::new("doctor-firefox").await;
    let ada = stage.person(Engine::Firefox, 1, "Ada").await;
    arrives(&ada, &stage, "").await;
    let lines = looks(&ada, "Meetings work here.").await;
    assert_eq!(lines.len(), 12, "{lines:#?}");
    // Where Firefox finds nothing to play sounds with it makes none, and the page does not call that a fault.
    let is_so = |line: &String| line.starts_with("good") || line.starts_with("unknown: Sound Could not be tried");
    assert!(lines.iter().all(is_so), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_without_udp_is_told_from_a_host_that_does_not_work() {
    let stage = Stage::new("doctor-udp").await;
    let ada = stage.person(Engine::SmallChromium, 1, "Ada").await;
    arrives(&ada, &stage, WITHOUT_UDP).await;
    let lines = looks(&ada, "Meetings work here. Some things could be better.").await;
    assert_says(&lines, "could be better: UDP alone Your network lets no UDP through.");
    assert_says(&lines, "could be better: Way they took TCP: meetings work");
    for good in ["Picture", "Sound", "TCP alone", "Relay alone"] {
        assert_says(&lines, &format!("good: {good}"));
    }
}
