//! The instruments themselves: what the browser tests read and hear is what was shown and played, after real coding.
//!
//! Invariant: no part of the product is involved. A page of this file's own sends a fake camera and microphone through
//! VP8 and Opus, from one RTCPeerConnection to another in the same tab, under the product's content security policy.

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
