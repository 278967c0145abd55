//! Lighthouse's score of accessibility. `cargo xtask test lighthouse` installs Lighthouse and runs this.
//!
//! Invariant: what is scored is the screen that a person is on, as it stands (Lighthouse's snapshot mode), in the browser that brought them
//! there; it is 100 or the test fails.
#![expect(clippy::print_stdout, reason = "scores are printed")]

use incamera_tests::browser::{Engine, LONG, Participant, Stage};
use serde_json::Value;
use std::process::Command;

const PASSWORD: &str = "lanterns over cold water";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/browser/lighthouse.mjs");

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_screen_scores_a_hundred() {
    let stage = Stage::new("lighthouse").await;
    let ada = stage.person(Engine::SmallChromium, 1, "Ada").await;
    let ben = stage.person(Engine::BareChromium, 2, "Ben").await;
    ada.visit("").await;
    hundred(&stage, &ada, "portal");
    ada.join("lighthouse", Some(PASSWORD)).await;
    ben.visit("#lighthouse!").await;
    ben.fill("Your name", "Ben").await;
    ben.press("I have no password").await;
    ben.wait_for_text("Nobody sees or hears you yet.").await;
    ada.wait_for_text("Ben is knocking").await;
    hundred(&stage, &ben, "at the door");
    ada.press("Let in unverified").await;
    ada.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    ada.open("Chat").await;
    ada.say("The documents are real.").await;
    hundred(&stage, &ada, "meeting, chat");
    ada.open("Participants").await;
    hundred(&stage, &ada, "meeting, participants");
    ada.safety_code().await;
    hundred(&stage, &ada, "safety code");
    ada.escape().await;
    ada.leave().await;
    ada.wait_for_text("The door is closed behind you.").await;
    hundred(&stage, &ada, "after");
}

/// # Panics
/// When Lighthouse gives less than 100, or looked at next to nothing.
fn hundred(stage: &Stage, person: &Participant, screen: &str) {
    let folder =
        std::env::var_os("INCAMERA_LIGHTHOUSE").expect("no Lighthouse: run `cargo xtask test lighthouse`, which installs it");
    let mut node = Command::new("node");
    node.arg(SCRIPT).arg(folder).arg(person.debugging_port()).arg(&stage.front);
    let answer = node.output().expect("node runs");
    let said = String::from_utf8_lossy(&answer.stdout).into_owned();
    let found: Value = serde_json::from_str(said.lines().last().unwrap_or_default())
        .unwrap_or_else(|_| panic!("{screen}: {said}\n{}", String::from_utf8_lossy(&answer.stderr)));
    println!("lighthouse {}: {screen}: accessibility {} ({} audits)", found["version"], found["score"], found["counted"]);
    assert_eq!(found["score"], 100, "{screen}: {}", found["failed"]);
    assert!(found["counted"].as_u64() > Some(15), "{screen}: Lighthouse looked at {} things", found["counted"]);
}
