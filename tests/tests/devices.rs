//! Journeys about sound: who hears whom, why not, and with which devices.
//!
//! Invariant: as in the other journeys, only what people see, hear and read is asserted; what a browser does with a device is read from the
//! browser's own objects.

use incamera_tests::browser::material;
use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually, no_complaints};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use thirtyfour::By;

const PASSWORD: &str = "lanterns over cold water";

/// Keeps what a page makes of connections and of sounds that are in no document.
const KEEP: &str = "window.kept = { peers: [], sounds: [] };
window.RTCPeerConnection = class extends RTCPeerConnection { constructor(...given) { super(...given); kept.peers.push(this); } };
window.Audio = class extends Audio { constructor(...given) { super(...given); kept.sounds.push(this); } };";

/// The track that is sent as the voice.
const VOICE: &str = "kept.peers.at(-1).getSenders().find((sender) => sender.track?.kind === 'audio').track";

/// The loudest moment of a second of the newest sound that a page has made, and whether it goes to a loudspeaker of its own.
const LOUD: &str = "const context = new AudioContext(); const ear = context.createAnalyser(); const sound = kept.sounds.at(-1);
    context.createMediaStreamSource(sound.srcObject).connect(ear);
    let most = 0; const now = new Float32Array(ear.fftSize);
    for (let at = 0; at < 20 && most < 0.05; at++) {
      await new Promise((next) => setTimeout(next, 40));
      ear.getFloatTimeDomainData(now);
      most = Math.max(most, ...now);
    }
    return most > 0.05 && sound.sinkId.length > 20;";

/// Whether everything that a page plays goes to the loudspeaker of this name.
fn plays(label: &str) -> String {
    let there = format!("(await navigator.mediaDevices.enumerateDevices()).find((one) => one.label === '{label}').deviceId");
    format!("((id) => [...document.querySelectorAll('audio')].every((one) => one.sinkId === id))({there})")
}

async fn keep(person: &Participant) {
    let told = person.driver().cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": KEEP })).await;
    told.expect("Chromium takes a script for new pages");
}

async fn come(stage: &Stage, engine: Engine, number: u8, name: &str, room: &str) -> Participant {
    let person = stage.person(engine, number, name).await;
    if !matches!(engine, Engine::Firefox | Engine::StrictFirefox) {
        keep(&person).await;
    }
    person.join(room, Some(PASSWORD)).await;
    person
}

async fn evaluate(person: &Participant, script: &str) -> Value {
    let answer = person.driver().execute(format!("return (async () => {{ {script} }})();"), vec![]).await;
    answer.unwrap_or_else(|error| panic!("{}: {error}", person.name)).json().clone()
}

async fn wait_until(person: &Participant, what: &str, expression: &str) {
    eventually(LONG, &format!("{}: {what}", person.name), || async {
        let seen = evaluate(person, &format!("return {expression};")).await;
        if seen == json!(true) { Ok(()) } else { Err(format!("{seen:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_heard_and_why_is_said() {
    let stage = Stage::new("unheard").await;
    let ada = come(&stage, Engine::SmallChromium, 1, "Ada", "unheard").await;
    let ben = come(&stage, Engine::DeadChromium, 2, "Ben", "unheard").await;
    let cleo = come(&stage, Engine::BareChromium, 3, "Cleo", "unheard").await;
    ada.wait_for_tiles(&["Ada", "Ben", "Cleo"], LONG).await;
    ada.open("Participants").await;
    ada.wait_for_item("In the room", &["Cleo", "no microphone there", "connection good"]).await;
    // A microphone that was switched off at the device.
    ben.wait_for_text("Nobody can hear you: your microphone gives no sound.").await;
    ben.screenshot("silent").await;
    ada.wait_for_tile("Ben", "the microphone is on, but gives no sound").await;
    ada.wait_for_item("In the room", &["Ben", "the microphone is on, but gives no sound"]).await;
    ben.press("Mute microphone").await;
    ada.wait_for_tile("Ben", "microphone off").await;
    // Somebody who speaks into a closed one.
    ada.press("Mute microphone").await;
    ada.wait_for_text("You are speaking, but your microphone is off.").await;
    ada.screenshot("closed").await;
    ada.press("Unmute microphone").await;
    cleo.wait_to_hear(&ada).await;
    // Sound that is announced and does not come.
    evaluate(&ada, &format!("const voice = {VOICE}; await kept.peers.at(-1).getSenders().find((sender) => sender.track === voice).replaceTrack(null);")).await;
    cleo.wait_for_tile("Ada", "the sound does not arrive").await;
    cleo.open("Participants").await;
    cleo.wait_for_item("In the room", &["Ada", "the sound does not arrive", "nothing arrives"]).await;
    cleo.screenshot("not-arriving").await;
    // Whatever is opened or closed next puts the voice back.
    ada.press("Turn camera off").await;
    cleo.wait_to_hear(&ada).await;
    cleo.wait_for_item("In the room", &["Ada", "connection good"]).await;
    no_complaints(&[&ada, &ben, &cleo]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_changed_and_tried_in_the_middle_of_a_meeting() {
    let stage = Stage::new("devices").await;
    let ada = stage.person(Engine::SmallChromium, 1, "Ada").await;
    keep(&ada).await;
    ada.prepare("devices", Some(PASSWORD)).await;
    // Before joining: a loudspeaker is chosen and tried, and goes along.
    ada.pick("Loudspeaker", "Fake Audio Output 1").await;
    ada.press("Play a sound").await;
    ada.wait_for_text("Do you hear it?").await;
    assert_eq!(evaluate(&ada, LOUD).await, json!(true), "four notes, from the loudspeaker that was chosen");
    ada.screenshot("portal").await;
    ada.press("Join").await;
    ada.wait_to_be_in().await;
    let ben = come(&stage, Engine::SmallChromium, 2, "Ben", "devices").await;
    ada.wait_to_hear(&ben).await;
    wait_until(&ada, "Ben's voice comes from there", &plays("Fake Audio Output 1")).await;
    ada.menu("More", "Settings").await;
    wait_until(&ada, "the lamps move", "document.querySelectorAll('.dialog .meter .lit').length > 3").await;
    ada.pick("Loudspeaker", "Fake Audio Output 2").await;
    wait_until(&ada, "Ben's voice comes from there", &plays("Fake Audio Output 2")).await;
    ada.press("Play a sound").await;
    ada.wait_for_text("Do you hear it?").await;
    ada.press("Play a sound").await;
    assert_eq!(evaluate(&ada, LOUD).await, json!(true), "four notes, from the loudspeaker that was chosen");
    ada.screenshot("settings").await;
    // Another microphone, another treatment of its sound.
    ada.pick("Microphone", "Fake Audio Input 2").await;
    wait_until(&ada, "the other microphone is sent", &format!("{VOICE}.label === 'Fake Audio Input 2'")).await;
    assert_eq!(evaluate(&ada, &format!("return {VOICE}.getSettings().echoCancellation;")).await, json!(true));
    ada.switch("Remove echo").await;
    wait_until(&ada, "echo stays", &format!("{VOICE}.getSettings().echoCancellation === false")).await;
    ada.press("Leave it").await;
    wait_until(&ada, "noise stays", &format!("{VOICE}.getSettings().noiseSuppression === false")).await;
    ada.escape().await;
    ben.wait_to_hear(&ada).await;
    // The loudspeaker is unplugged: it is said, and the usual one plays.
    evaluate(&ada, "const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
        navigator.mediaDevices.enumerateDevices = async () => (await list()).filter(({ label }) => label !== 'Fake Audio Output 2');
        navigator.mediaDevices.dispatchEvent(new Event('devicechange'));")
    .await;
    ada.wait_for_text("The loudspeaker you chose is gone.").await;
    wait_until(
        &ada,
        "Ben's voice comes from the usual one",
        "[...document.querySelectorAll('audio')].every((one) => one.sinkId === '')",
    )
    .await;
    ada.wait_to_hear(&ben).await;
    // The cable is pulled.
    evaluate(&ada, &format!("const voice = {VOICE}; voice.stop(); voice.dispatchEvent(new Event('ended'));")).await;
    ada.wait_for_text("Your microphone is gone. Another one is in use.").await;
    ben.wait_to_hear(&ada).await;
    no_complaints(&[&ada, &ben]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_keeps_the_sound_back_is_told_to_play_it() {
    let stage = Stage::new("held-back").await;
    let ada = come(&stage, Engine::SmallChromium, 1, "Ada", "held-back").await;
    let fay = come(&stage, Engine::StrictFirefox, 2, "Fay", "held-back").await;
    fay.wait_for_text("Your browser keeps the others’ sound back.").await;
    fay.screenshot("held-back").await;
    fay.press("Hear the others").await;
    fay.wait_to_hear(&ada).await;
    assert!(!fay.text().await.contains("keeps the others’ sound back"));
}

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

async fn film(stage: &Stage, by: &Participant) -> PathBuf {
    let bytes: Vec<u8> = serde_json::from_value(evaluate(by, RECORD).await).expect("bytes");
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
    evaluate(&ada, "document.querySelector('.player video').loop = true;").await;
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
