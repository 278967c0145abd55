//! A room in which voices go over heralds (`crypto::voices`), in browsers. The client is built so that four people are many.
//!
//! Invariant: as in the other journeys, people act through the page, and a voice is known by its tone.
#![expect(clippy::print_stdout, reason = "figures are printed")]

use incamera_tests::browser::stage::log_path;
use incamera_tests::browser::{Engine, Host, LONG, Participant, Stage, eventually, no_complaints};
use std::path::PathBuf;
use tokio::time::Instant;

const PASSWORD: &str = "lanterns over cold water";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_speaks_is_heard_by_all_over_heralds() {
    let program = std::env::var_os("INCAMERA_FEW_VOICES_HOST").map(PathBuf::from);
    let program = program.expect("run `cargo xtask test voices`, which builds the client and its host");
    let host = Host::start_program(program, &log_path("voices"), &[]).await;
    let stage = Stage::around("voices", host);
    let mut people = Vec::new();
    for (number, name) in [(1, "Ada"), (2, "Ben"), (3, "Cleo"), (4, "Dan")] {
        let person = stage.person(Engine::SmallChromium, number, name).await;
        person.join("voices", Some(PASSWORD)).await;
        person.press("Mute microphone").await;
        people.push(person);
    }
    let [ada, ben, cleo, dan] = &people[..] else { panic!("four people") };
    for person in &people {
        person.wait_for_tiles(&["Ada", "Ben", "Cleo", "Dan"], LONG).await;
    }
    // Ada and Ben came first and herald: the others hear those two streams, however many people there are.
    for person in [cleo, dan] {
        eventually(LONG, &format!("{} to hear two heralds and nothing else", person.name), || async {
            let streams = person.listen().await?.len();
            if streams == 2 { Ok(()) } else { Err(format!("{streams} streams")) }
        })
        .await;
    }
    // Who heralds speaks as well as who does not.
    for speaker in [dan, ben, cleo, ada] {
        speaker.press("Unmute microphone").await;
        let begun = Instant::now();
        for listener in people.iter().filter(|person| person.name != speaker.name) {
            listener.wait_to_hear(speaker).await;
            listener.wait_for_tile(&speaker.name, "speaking").await;
        }
        println!(
            "{} heard by all {:.1} s after speaking, three times a second of listening included",
            speaker.name,
            begun.elapsed().as_secs_f32()
        );
        speaker.press("Mute microphone").await;
        for listener in people.iter().filter(|person| person.name != speaker.name) {
            listener.wait_not_to_hear(speaker).await;
        }
    }
    two_at_once(ada, ben, cleo, dan).await;
    no_complaints(&[ada, ben, cleo, dan]).await;
}

/// Two who speak at once are both heard, over one herald each; and when a herald leaves, those who stay are few and hear each other directly.
async fn two_at_once(ada: &Participant, ben: &Participant, cleo: &Participant, dan: &Participant) {
    for speaker in [ada, cleo] {
        speaker.press("Unmute microphone").await;
    }
    for listener in [ben, dan] {
        listener.wait_to_hear(ada).await;
        listener.wait_to_hear(cleo).await;
    }
    ada.leave().await;
    for listener in [ben, dan] {
        listener.wait_for_tiles(&["Ben", "Cleo", "Dan"], LONG).await;
        listener.wait_to_hear(cleo).await;
    }
}
