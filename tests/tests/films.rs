//! A file that one person plays to all.
//!
//! Invariant: picture and sound of it are read where they arrive.

use incamera_tests::browser::material;
use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually, no_complaints};
use std::path::{Path, PathBuf};
use thirtyfour::By;

const PASSWORD: &str = "lanterns over cold water";

/// Draws and sings for some seconds, and gives what was recorded of it, byte by byte: a film as somebody has it on their disk. It goes from
/// red to blue and beeps at 2,600 Hz.
const RECORD: &str = "const canvas = document.createElement('canvas'); canvas.width = 320; canvas.height = 180;
const paint = canvas.getContext('2d'); const begun = performance.now();
const drawing = setInterval(() => {
  const share = ((performance.now() - begun) / 1500) % 1;
  paint.fillStyle = `rgb(${255 * (1 - share)}, 20, ${255 * share})`; paint.fillRect(0, 0, 320, 180);
}, 40);
const context = new AudioContext(); const tone = context.createOscillator(); const beep = context.createGain();
const out = context.createMediaStreamDestination(); tone.frequency.value = 2600; tone.connect(beep).connect(out); tone.start();
for (let at = 0; at < 16; at++) { beep.gain.setValueAtTime(0.4, at / 2); beep.gain.setValueAtTime(0, at / 2 + 0.3); }
const recorder = new MediaRecorder(new MediaStream([...canvas.captureStream(25).getTracks(), ...out.stream.getTracks()]));
const pieces = []; recorder.ondataavailable = ({ data }) => pieces.push(data);
recorder.start(); await new Promise((next) => setTimeout(next, 6000));
await new Promise((next) => { recorder.onstop = next; recorder.stop(); });
clearInterval(drawing); context.close();
return [...new Uint8Array(await new Blob(pieces).arrayBuffer())];";

async fn come(stage: &Stage, engine: Engine, number: u8, name: &str, room: &str) -> Participant {
    let person = stage.person(engine, number, name).await;
    person.join(room, Some(PASSWORD)).await;
    person
}

async fn film(stage: &Stage, by: &Participant) -> PathBuf {
    let bytes: Vec<u8> = serde_json::from_value(by.evaluate(RECORD).await).expect("bytes");
    let path = stage.scratch.path("holiday.webm");
    std::fs::write(&path, bytes).expect("a test can write a file");
    path
}

/// Chooses a file as the browser's own dialog would.
async fn play_file(person: &Participant, path: &Path) {
    let field = person.driver().find(By::Id("share-file")).await.expect("there is a field for files");
    field.send_keys(path.display().to_string()).await.expect("a field takes a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_seen_and_heard_by_all_and_ends_by_itself() {
    let stage = Stage::new("film").await;
    let ada = come(&stage, Engine::SmallChromium, 1, "Ada", "film").await;
    let ben = come(&stage, Engine::SmallChromium, 2, "Ben", "film").await;
    ada.wait_to_hear(&ben).await;
    ada.press("More").await;
    assert!(ada.menu_items().await.contains(&"Play a video or sound file".to_owned()));
    ada.escape().await;
    let holiday = film(&stage, &ada).await;
    play_file(&ada, &holiday).await;
    ben.wait_for_tiles(&["Ada – screen", "Ada", "Ben"], LONG).await;
    // It moves, and it sounds.
    let mut reds: Vec<f64> = Vec::new();
    while reds.iter().fold(0.0_f64, |most, red| (red - reds[0]).abs().max(most)) < 60.0 {
        let red = eventually(LONG, "a picture of the film", || async {
            let seen = ben.look_at("Ada – screen").await?;
            if seen.colour[1] < 80.0 && reds.last() != Some(&seen.colour[0]) {
                Ok(seen.colour[0])
            } else {
                Err(format!("{seen:?}"))
            }
        });
        let red = red.await;
        reds.push(red);
    }
    ada.screenshot("player").await;
    ben.screenshot("seen").await;
    // It ends by itself, and Ada is heard and seen as before.
    ben.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    ben.wait_to_hear(&ada).await;
    // A file without a picture has a card, and goes on until it is stopped.
    let song = stage.scratch.path("song.wav");
    material::tone(&song, 4).expect("a test can write a tone");
    play_file(&ada, &song).await;
    ben.wait_for_tiles(&["Ada – screen", "Ada", "Ben"], LONG).await;
    ada.evaluate("document.querySelector('.player video').loop = true;").await;
    eventually(LONG, "Ben to hear the song", || async {
        let heard = ben.listen().await?;
        if heard.contains(&vec![4]) { Ok(()) } else { Err(format!("{heard:?}")) }
    })
    .await;
    let card = eventually(LONG, "the card", || async { ben.look_at("Ada – screen").await }).await;
    assert!(card.colour[1] > card.colour[0] && card.colour[1] < 80.0, "dark green: {card:?}");
    ben.screenshot("card").await;
    ada.press("Stop playing").await;
    ben.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    // From Firefox, which gives what a file plays by a name of its own.
    let fay = come(&stage, Engine::Firefox, 3, "Fay", "film").await;
    ben.wait_for_tiles(&["Ada", "Ben", "Fay"], LONG).await;
    play_file(&fay, &holiday).await;
    ben.wait_for_tiles(&["Fay – screen", "Ada", "Ben", "Fay"], LONG).await;
    eventually(LONG, "a picture of Fay's film", || async {
        let seen = ben.look_at("Fay – screen").await?;
        if seen.colour[1] < 80.0 && seen.colour[0] + seen.colour[2] > 150.0 { Ok(()) } else { Err(format!("{seen:?}")) }
    })
    .await;
    ben.wait_for_tiles(&["Ada", "Ben", "Fay"], LONG).await;
    no_complaints(&[&ada, &ben]).await;
}
