//! Meetings over bad networks: real browsers and a real host, with a proxy on the way that loses, delays and throttles.
//!
//! Invariant: what is asserted is what people get: sound that is mostly the speaker's own, pictures that move, a meeting that goes on.
//! How long something took is printed, not asserted.
#![expect(clippy::print_stdout, reason = "figures are printed")]

use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually};
use incamera_tests::impairment::Conditions;
use incamera_tests::impairment::link::PERFECT;
use std::time::Duration;

/// What happens on the way depends on this.
const SEED: u64 = 2_026;
const PASSWORD: &str = "lanterns over cold water";
const MS: fn(u64) -> Duration = Duration::from_millis;

/// A network with this share of loss, and jitter up to so many milliseconds on top of 20.
fn bad(loss: f64, jitter: u64) -> Conditions {
    Conditions { loss, delay: MS(20), jitter: MS(jitter), ..PERFECT }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenth_lost_and_jitter_of_200_ms_on_the_way_up_do_not_end_a_conversation() {
    let (stage, proxy) = Stage::behind_a_proxy("tenth-up", SEED).await;
    let people = meet(&stage, Engine::Chromium).await;
    proxy.set(bad(0.1, 200), PERFECT);
    a_conversation_goes_on("up", people).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenth_lost_and_jitter_of_200_ms_on_the_way_down_do_not_end_a_conversation() {
    let (stage, proxy) = Stage::behind_a_proxy("tenth-down", SEED).await;
    let people = meet(&stage, Engine::Chromium).await;
    proxy.set(PERFECT, bad(0.1, 200));
    a_conversation_goes_on("down", people).await;
}

/// Of two people one has a bad network: what it sends suffers on the way up, what it receives on the way down.
async fn a_conversation_goes_on(way: &str, (ada, ben): (Participant, Participant)) {
    // Jitter buffers and encoders settle on what they find.
    ben.quality_over(10.0).await;
    // Both at once and for long: a browser's jitter buffer makes up a second of sound here and there when it finds its measure anew.
    let qualities = tokio::join!(ada.quality_over(40.0), ben.quality_over(40.0));
    for (person, quality) in [(&ada, qualities.0), (&ben, qualities.1)] {
        println!("10 % loss, 200 ms jitter, {way}, {}: {quality:?}", person.name);
        assert!(quality.concealed < 0.05, "{}: {quality:?}", person.name);
        assert!(quality.frames_per_second >= 10.0, "{}: {quality:?}", person.name);
        assert!(quality.held < 0.2, "{}: {quality:?}", person.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn speech_comes_over_when_a_third_is_lost() {
    let (stage, proxy) = Stage::behind_a_proxy("third", SEED).await;
    let (ada, ben) = meet(&stage, Engine::Chromium).await;
    proxy.set(bad(0.3, 20), bad(0.3, 20));
    ben.quality_over(10.0).await;
    // Whom it concerns is told in words, and so is who looks at them.
    ada.wait_for_text("Your connection is weak.").await;
    ada.open("Participants").await;
    ada.wait_for_item("In the room", &["Ben", "connection weak"]).await;
    for (one, other) in [(&ada, &ben), (&ben, &ada)] {
        let quality = one.quality_over(15.0).await;
        println!("30 % loss, {}: {quality:?}", one.name);
        // Losses of this size come twice on the way: up and down, half of all packets together.
        assert!(quality.concealed < 0.2, "{}: {quality:?}", one.name);
        one.wait_to_hear(other).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_path_costs_picture_and_not_sound() {
    let (stage, proxy) = Stage::behind_a_proxy("narrow", SEED).await;
    let (_ada, ben) = meet(&stage, Engine::LargeChromium).await;
    let large = |height: f64| height >= 700.0;
    println!("full picture after {:.1} s", ben.wait_for_height("the full picture", large).await);
    let at = |rate: u64| Conditions { rate: Some(rate), delay: MS(20), ..PERFECT };
    proxy.set(PERFECT, at(4_000_000));
    ben.quality_over(5.0).await;
    let before = ben.counts().await.expect("the page counts");
    proxy.set(PERFECT, at(1_000_000));
    println!("smaller picture after {:.1} s", ben.wait_for_height("a smaller picture", |height| !large(height)).await);
    // For as long as the host tries now and then whether the path has become wider: one try that goes too far is not the whole of it.
    let quality = ben.quality_over(30.0).await;
    println!("at 1 Mbit/s: {quality:?}");
    println!("and from the fall on: {:?}", ben.quality_since(before, 15.0).await);
    assert!(quality.concealed < 0.03 && quality.audio_lost < 0.02, "sound goes first: {quality:?}");
    assert!(quality.frames_per_second >= 10.0, "a smaller picture moves: {quality:?}");
    proxy.set(PERFECT, PERFECT);
    println!("full picture again after {:.1} s", ben.wait_for_height("the full picture again", large).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_does_not_end_a_meeting() {
    let (stage, proxy) = Stage::behind_a_proxy("moved", SEED).await;
    let (ada, ben) = meet(&stage, Engine::Chromium).await;
    assert!(proxy.clients() >= 2);
    proxy.move_everybody();
    let before = ben.counts().await.expect("the page counts");
    let after = eventually(LONG, "pictures to go on", || async {
        let now = ben.counts().await?;
        if now.frames > before.frames + 5.0 { Ok(now) } else { Err(format!("{now:?}")) }
    })
    .await;
    println!("pictures go on {:.1} s after the address changed", after.seconds - before.seconds);
    ada.wait_to_meet(&ben).await;
}

/// Ada shows and says something; Ben does, too, or only listens when Ada's camera is a large one.
async fn meet(stage: &Stage, engine: Engine) -> (Participant, Participant) {
    let other = if engine == Engine::LargeChromium { Engine::BareChromium } else { engine };
    let (ada, ben) = tokio::join!(stage.person(engine, 1, "Ada"), stage.person(other, 2, "Ben"));
    for person in [&ada, &ben] {
        person.keep_counts().await;
        person.join("weather", Some(PASSWORD)).await;
    }
    ben.wait_to_see(&ada).await;
    ben.wait_to_hear(&ada).await;
    (ada, ben)
}
