//! Journeys about sound: who hears whom, why not, and with which devices.
//!
//! Invariant: as in the other journeys, only what people see, hear and read is asserted; what a browser does with a device is read from the
//! browser's own objects.

use incamera_tests::browser::accessible::assert_accessible;
use incamera_tests::browser::scripts::VOICE;
use incamera_tests::browser::{Engine, LONG, Participant, Stage, no_complaints};
use serde_json::json;

const PASSWORD: &str = "lanterns over cold water";

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

async fn come(stage: &Stage, engine: Engine, number: u8, name: &str, room: &str) -> Participant {
    let person = stage.person(engine, number, name).await;
    person.keeps_what_it_makes().await;
    person.join(room, Some(PASSWORD)).await;
    person
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
    ada.evaluate(&format!(
        "const voice = {VOICE}; await kept.peers.at(-1).getSenders().find((sender) => sender.track === voice).replaceTrack(null);"
    ))
    .await;
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
    ada.keeps_what_it_makes().await;
    ada.prepare("devices", Some(PASSWORD)).await;
    // Before joining: a loudspeaker is chosen and tried, and goes along.
    ada.pick("Loudspeaker", "Fake Audio Output 1").await;
    ada.press("Play a sound").await;
    ada.wait_for_text("Do you hear it?").await;
    assert_eq!(ada.evaluate(LOUD).await, json!(true), "four notes, from the loudspeaker that was chosen");
    ada.screenshot("portal").await;
    ada.press("Join").await;
    ada.wait_to_be_in().await;
    let ben = come(&stage, Engine::SmallChromium, 2, "Ben", "devices").await;
    ada.wait_to_hear(&ben).await;
    ada.wait_until("Ben's voice comes from there", &plays("Fake Audio Output 1")).await;
    ada.menu("More", "Settings").await;
    ada.wait_until("the lamps move", "document.querySelectorAll('.dialog .meter .lit').length > 3").await;
    ada.pick("Loudspeaker", "Fake Audio Output 2").await;
    ada.wait_until("Ben's voice comes from there", &plays("Fake Audio Output 2")).await;
    ada.press("Play a sound").await;
    ada.wait_for_text("Do you hear it?").await;
    ada.press("Play a sound").await;
    assert_eq!(ada.evaluate(LOUD).await, json!(true), "four notes, from the loudspeaker that was chosen");
    ada.screenshot("settings").await;
    // Another microphone, another treatment of its sound.
    ada.pick("Microphone", "Fake Audio Input 2").await;
    ada.wait_until("the other microphone is sent", &format!("{VOICE}.label === 'Fake Audio Input 2'")).await;
    assert_eq!(ada.evaluate(&format!("return {VOICE}.getSettings().echoCancellation;")).await, json!(true));
    ada.switch("Remove echo").await;
    ada.wait_until("echo stays", &format!("{VOICE}.getSettings().echoCancellation === false")).await;
    ada.press("Leave it").await;
    ada.wait_until("noise stays", &format!("{VOICE}.getSettings().noiseSuppression === false")).await;
    ada.escape().await;
    ben.wait_to_hear(&ada).await;
    // The loudspeaker is unplugged: it is said, and the usual one plays.
    ada.evaluate("const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
        navigator.mediaDevices.enumerateDevices = async () => (await list()).filter(({ label }) => label !== 'Fake Audio Output 2');
        navigator.mediaDevices.dispatchEvent(new Event('devicechange'));")
    .await;
    ada.wait_for_text("The loudspeaker you chose is gone.").await;
    ada.wait_until(
        "Ben's voice comes from the usual one",
        "[...document.querySelectorAll('audio')].every((one) => one.sinkId === '')",
    )
    .await;
    ada.wait_to_hear(&ben).await;
    // The cable is pulled.
    ada.evaluate(&format!("const voice = {VOICE}; voice.stop(); voice.dispatchEvent(new Event('ended'));")).await;
    ada.wait_for_text("Your microphone is gone. Another one is in use.").await;
    ben.wait_to_hear(&ada).await;
    no_complaints(&[&ada, &ben]).await;
}

/// A browser that understands speech: none that can be had here does, so what it offers is a script's. `local` are the languages it
/// understands on the device; any other would be sent elsewhere.
fn understanding(local: &str) -> String {
    format!("window.speech = {{ local: {local}, begun: [], ended: 0 }};
window.SpeechRecognition = class {{
  static async available({{ langs, processLocally }}) {{ return !processLocally || speech.local.includes(langs[0]) ? 'available' : 'unavailable'; }}
  static async install() {{ return false; }}
  #local = false;
  get processLocally() {{ return this.#local; }}
  set processLocally(local) {{ this.#local = local; }}
  start(track) {{ speech.begun.push({{ track, lang: this.lang, local: this.#local, one: this }}); }}
  abort() {{ speech.ended += 1; }}
}};
speech.say = (transcript, isFinal) => speech.begun.at(-1).one.onresult({{ resultIndex: 0, results: [Object.assign([{{ transcript }}], {{ isFinal }})] }});")
}

async fn listener(stage: &Stage, number: u8, name: &str, room: &str, script: &str) -> Participant {
    let person = stage.person(Engine::SmallChromium, number, name).await;
    person.in_new_pages(script).await;
    person.join(room, Some(PASSWORD)).await;
    person
}

async fn offers_captions(person: &Participant) -> bool {
    person.press("More").await;
    let items = person.menu_items().await;
    person.escape().await;
    items.iter().any(|item| item == "Show captions")
}

#[tokio::test(flavor = "multi_thread")]
async fn captions_are_made_on_the_device_or_not_offered() {
    let stage = Stage::new("captions").await;
    let ada = come(&stage, Engine::SmallChromium, 1, "Ada", "captions").await;
    let ben = listener(&stage, 2, "Ben", "captions", &understanding("['en-US']")).await;
    let cleo = listener(&stage, 3, "Cleo", "captions", &understanding("[]")).await;
    for person in [&ada, &ben, &cleo] {
        person.wait_for_tiles(&["Ada", "Ben", "Cleo"], LONG).await;
    }
    ben.wait_to_hear(&ada).await;
    assert!(!offers_captions(&cleo).await, "what could only be sent elsewhere is not offered");
    let alone = "!('SpeechRecognition' in window) || !('processLocally' in SpeechRecognition.prototype)
        || await SpeechRecognition.available({ langs: ['en-US'], processLocally: true }) === 'unavailable'";
    let cannot = ada.evaluate(&format!("return {alone};")).await == json!(true);
    assert_eq!(offers_captions(&ada).await, !cannot, "the browser as it is");

    cleo.leave().await;
    ben.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    ben.menu("More", "Show captions").await;
    ben.wait_for_text("What the others say will stand here.").await;
    ben.wait_until("one voice is listened to", "speech.begun.length === 1").await;
    let heard =
        "[...document.querySelectorAll('audio')].flatMap((one) => one.srcObject?.getAudioTracks() ?? []).map(({ id }) => id)";
    let begun = ben
        .evaluate(&format!("const [{{ track, lang, local }}] = speech.begun; return [{heard}.includes(track.id), lang, local];"))
        .await;
    assert_eq!(begun, json!([true, "en-US", true]), "what is played is listened to, and on the device");
    ben.evaluate("speech.say('shall we', false);").await;
    ben.wait_for_text("Ada shall we").await;
    ben.evaluate("speech.say('shall we begin', true);").await;
    ben.wait_for_text("Ada shall we begin").await;
    ben.screenshot("shown").await;
    assert_accessible(&ben, "captions").await;
    let alive = "[...document.querySelectorAll('.captions, .captions *')].some((one) => one.closest('[aria-live], [role=status], [role=log], [role=alert]'))";
    assert_eq!(ben.evaluate(&format!("return {alive};")).await, json!(false), "it is not read out over the voices");
    // Browsers stop at silence.
    ben.evaluate("speech.begun.at(-1).one.onend({});").await;
    ben.wait_until("it listens again", "speech.begun.length === 2").await;
    ben.menu("More", "Hide captions").await;
    ben.wait_until("nobody is listened to", "speech.ended === speech.begun.length && !document.querySelector('.captions')").await;
    let kept = ben.evaluate("return JSON.stringify([{ ...localStorage }, { ...sessionStorage }]);").await;
    assert_eq!(kept, json!("[{},{}]"));
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
