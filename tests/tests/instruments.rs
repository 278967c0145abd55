//! The instruments themselves: what the browser tests read and hear is what was shown and played, after real coding.
//!
//! Invariant: no part of the product is involved. A page of this file's own sends a fake camera and microphone through
//! VP8 and Opus, from one RTCPeerConnection to another in the same tab, under the product's content security policy.

use incamera_tests::browser::accessible::{barriers, keyboard_barriers};
use incamera_tests::browser::page::serve;
use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually};

const PAGE: &str = r#"<!doctype html><title>loop</title><script type="module" src="loop.js"></script>
<figure aria-label="Ada, speaking"><video autoplay playsinline></video></figure><button>Join</button><button>Mute</button>"#;

const SCRIPT: &str = r#"
const video = document.querySelector("video");
const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
const [there, here] = [new RTCPeerConnection(), new RTCPeerConnection()];
there.onicecandidate = ({ candidate }) => here.addIceCandidate(candidate);
here.onicecandidate = ({ candidate }) => there.addIceCandidate(candidate);
here.ontrack = ({ streams }) => { video.srcObject = streams[0]; };
for (const track of stream.getTracks()) there.addTrack(track, stream);
await there.setLocalDescription();
await here.setRemoteDescription(there.localDescription);
await here.setLocalDescription();
await there.setRemoteDescription(here.localDescription);
[...document.querySelectorAll("button")].at(-1).onclick = () => { stream.getAudioTracks()[0].enabled = false; };
"#;

const POLICY: &str = "default-src 'none'; script-src 'self'; media-src 'self' blob:; connect-src 'self'; \
    require-trusted-types-for 'script'; trusted-types incamera";

#[tokio::test(flavor = "multi_thread")]
async fn chromium_code_and_tone_survive_the_codecs() {
    let (_stage, ada) = on_the_loop(Engine::Chromium, 2).await;
    ada.wait_to_see(&ada).await;
    ada.wait_to_hear(&ada).await;
    ada.press("Mute").await;
    ada.wait_not_to_hear(&ada).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn firefox_colours_and_tone_survive_the_codecs() {
    let (_stage, ada) = on_the_loop(Engine::Firefox, 3).await;
    ada.wait_to_see(&ada).await;
    ada.wait_to_hear(&ada).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_violated_policy_is_heard_of() {
    let (_stage, ada) = on_the_loop(Engine::BareChromium, 0).await;
    assert!(!ada.complaints().await.iter().any(|complaint| complaint.starts_with("security")));
    let inject = "const script = document.createElement('script'); script.append('1'); document.body.append(script);";
    let _ = ada.driver().execute(inject, vec![]).await;
    eventually(LONG, "the browser to complain", || async {
        let complaints = ada.complaints().await;
        if complaints.iter().any(|complaint| complaint.starts_with("security")) { Ok(()) } else { Err(format!("{complaints:?}")) }
    })
    .await;
}

async fn on_the_loop(engine: Engine, number: u8) -> (Stage, Participant) {
    let page = |path: &str| match path {
        "/" => Some(("text/html", PAGE.into())),
        "/loop.js" => Some(("text/javascript", SCRIPT.into())),
        _ => None,
    };
    let stage = Stage::without_host("instruments", &serve(Some(POLICY), page).await);
    let ada = stage.person(engine, number, "Ada").await;
    ada.visit("").await;
    (stage, ada)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_page_busy_is_counted() {
    let (_stage, ada) = on_the_loop(Engine::BareChromium, 0).await;
    ada.watch_long_tasks(false).await;
    let cores = ada.watch_cores();
    assert!(ada.longest_task().await < 200.0, "nothing keeps this page busy");
    let busy = "setTimeout(() => { const end = performance.now() + 300; while (performance.now() < end); }, 0);";
    ada.driver().execute(busy, vec![]).await.expect("the page runs scripts");
    eventually(LONG, "a task of 300 ms to be told", || async {
        let longest = ada.longest_task().await;
        if longest >= 300.0 { Ok(()) } else { Err(longest.to_string()) }
    })
    .await;
    let (ran, tasks) = (cores.seen(), ada.long_tasks_since_1970().await);
    let (began, took) = tasks.into_iter().max_by(|one, other| one.1.total_cmp(&other.1)).expect("it was told");
    let at_work = ran.between(began, began + took);
    assert!((took / 10.0..took * 1.1).contains(&at_work), "it was at work for {at_work} of {took} ms");
    let before = ran.between(began - took, began);
    assert!(at_work > before * 2.0, "at work for {at_work} ms, and for {before} before it had anything to do");
}

const BARRIERS: &str = r#"<!doctype html><title>barriers</title><meta name="viewport" content="width=device-width, initial-scale=1">
<button>Join</button><button aria-label=""></button><input type="text"><p>some words</p>
<div tabindex="0"></div><script src="barriers.js"></script><link rel="stylesheet" href="barriers.css">"#;

const BARRIERS_STYLE: &str = "p { color: #ccc; background: #fff; inline-size: 2000px; animation: go 1s infinite alternate; }
@keyframes go { to { translate: 10px; } } button:focus { outline: none; } input { position: absolute; inset-inline-start: 3000px; inline-size: 150px; box-sizing: border-box; }";

/// What looks for barriers finds each kind of them where there is one.
#[tokio::test(flavor = "multi_thread")]
async fn barriers_are_found() {
    let page = |path: &str| match path {
        "/" => Some(("text/html", BARRIERS.into())),
        "/barriers.css" => Some(("text/css", BARRIERS_STYLE.into())),
        "/barriers.js" => {
            Some(("text/javascript", "document.querySelector('input').onkeydown = (event) => event.preventDefault();".into()))
        }
        _ => None,
    };
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'";
    let stage = Stage::without_host("barriers", &serve(Some(policy), page).await);
    let ada = stage.person(Engine::BareChromium, 0, "Ada").await;
    ada.visit("").await;
    let found = barriers(&ada, "page").await.join("\n");
    for kind in [
        "color-contrast",
        "button-name",
        "html-has-lang",
        "no name",
        "is 3150 wide",
        "lies outside",
        "small for a finger",
        "moves: go",
    ] {
        assert!(found.contains(kind), "nothing was found of {kind:?} in\n{found}");
    }
    let found = keyboard_barriers(&ada, "page").await.join("\n");
    for kind in ["focus does not show: button", "Tab does not reach: div"] {
        assert!(found.contains(kind), "nothing was found of {kind:?} in\n{found}");
    }
}
