//! Journeys about sound: who hears whom, why not, and with which devices.
//!
//! Invariant: as in the other journeys, only what people see, hear and read is asserted; what a browser does with a device is read from the
//! browser's own objects.
#![expect(clippy::print_stdout, reason = "what the filter does is printed")]

use incamera_tests::browser::accessible::assert_accessible;
use incamera_tests::browser::material;
use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually, no_complaints};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use thirtyfour::By;

const PASSWORD: &str = "lanterns over cold water";

/// Keeps what a page makes of connections and of sounds that are in no document.
const KEEP: &str = "window.kept = { peers: [], sounds: [] };
window.RTCPeerConnection = class extends RTCPeerConnection { constructor(...given) { super(...given); kept.peers.push(this); } };
kept.opened = [];
const open = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = async function (...given) { const stream = await open.apply(this, given); kept.opened.push(stream); return stream; };
window.Audio = class extends Audio { constructor(...given) { super(...given); kept.sounds.push(this); } };";

/// How far the pauses of the one voice that is played lie below its loud parts, in dB, over four seconds: tenths of the loudest and the
/// quietest. A pause without any sound at all counts as 120 dB below full scale.
const CONTRAST: &str =
    "const { srcObject } = [...document.querySelectorAll('audio')].find((one) => one.srcObject?.getAudioTracks().length);
    const context = new AudioContext(); const ear = context.createAnalyser(); ear.fftSize = 2048;
    context.createMediaStreamSource(srcObject).connect(ear);
    const levels = []; const now = new Float32Array(ear.fftSize);
    for (let at = 0; at < 100; at++) {
      await new Promise((next) => setTimeout(next, 40));
      ear.getFloatTimeDomainData(now);
      levels.push(10 * Math.log10(now.reduce((sum, one) => sum + one * one, 0) / now.length + 1e-12));
    }
    await context.close();
    levels.sort((a, b) => a - b);
    return [levels[90] - levels[10], levels[90]];";

/// A noisy voice through the worklet, faster than it would be spoken: by how many dB pause and voice change.
const FILTERED: &str = "const rate = 48000, seconds = 12;
    const context = new OfflineAudioContext(1, rate * seconds, rate);
    const module = new Uint8Array(await (await fetch('/noise.wasm')).arrayBuffer());
    await context.audioWorklet.addModule('/noise.js');
    const sound = context.createBuffer(1, rate * seconds, rate), samples = sound.getChannelData(0);
    for (let at = 0; at < samples.length; at++) {
      const time = (at / rate) % 2;
      const loud = Math.max(0, Math.min(1, time / 0.05, (1 - time) / 0.05)) * (0.55 + 0.45 * Math.sin(8 * Math.PI * time));
      const phase = 2 * Math.PI * (120 * time + 2 * Math.sin(1.4 * Math.PI * time));
      let voice = 0;
      for (let n = 1; loud > 0 && n <= 30; n++) voice += Math.sin(phase * n) / n;
      samples[at] = voice * loud * 0.15 + (Math.random() - 0.5) * 0.02;
    }
    // Firefox takes the memory away from what is to be played.
    const before = samples.slice();
    const source = context.createBufferSource();
    source.buffer = sound;
    const options = { numberOfInputs: 1, numberOfOutputs: 1, outputChannelCount: [1], processorOptions: { module } };
    source.connect(new AudioWorkletNode(context, 'noise', options)).connect(context.destination);
    source.start();
    const filtered = (await context.startRendering()).getChannelData(0);
    const power = (of, from, to) => of.slice(from * rate, to * rate).reduce((sum, one) => sum + one * one, 0);
    const change = (from, to) => 10 * Math.log10(power(filtered, from, to) / power(before, from, to));
    return [change(11.4, 11.9), change(10.1, 10.9)];";

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

/// The least by which the filter has the pauses of a voice fall below the voice, in dB, beyond what they do by themselves.
const FILTERS: f64 = 10.0;

async fn contrast(person: &Participant) -> [f64; 2] {
    serde_json::from_value(evaluate(person, CONTRAST).await).expect("two levels")
}

async fn wait_for_contrast(person: &Participant, what: &str, least: f64) {
    eventually(LONG, &format!("{}: {what}", person.name), || async {
        let [contrast, voice] = contrast(person).await;
        if contrast >= least && voice > -45.0 { Ok(()) } else { Err(format!("{contrast} dB, the voice at {voice}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn noise_is_filtered_out_of_a_voice_and_the_voice_stays() {
    let stage = Stage::new("noise").await;
    let ada = come(&stage, Engine::NoisyChromium, 1, "Ada", "noise").await;
    let ben = come(&stage, Engine::SmallChromium, 2, "Ben", "noise").await;
    ada.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    ben.press("Mute microphone").await;
    ada.menu("More", "Settings").await;
    ada.press("Leave it").await;
    wait_until(&ada, "noise stays", &format!("{VOICE}.getSettings().noiseSuppression === false")).await;
    wait_for_contrast(&ben, "to hear Ada", 3.0).await;
    let [plain, _] = contrast(&ben).await;
    let downloaded = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/noise.wasm'))";
    assert_eq!(evaluate(&ada, &format!("return {downloaded};")).await, json!(false), "nobody asked for it yet");

    ada.press("Filter").await;
    ada.wait_for_text("Keys, fans and traffic go").await;
    let runs = format!("{VOICE}.label.startsWith('MediaStreamAudioDestination')");
    wait_until(&ada, "what comes out of the filter is sent", &runs).await;
    ada.screenshot("filter").await;
    wait_for_contrast(&ben, "no noise in Ada's pauses", plain + FILTERS).await;
    println!("pauses were {plain:.1} dB below the voice, and are {:.1} dB with the filter", contrast(&ben).await[0]);
    // Echo is taken out before, by the browser; noise is not, or it would be done twice.
    let device = "kept.opened.at(-1).getAudioTracks()[0].getSettings()";
    let asked = evaluate(&ada, &format!("const now = {device}; return [now.echoCancellation, now.noiseSuppression];")).await;
    assert_eq!(asked, json!([true, false]));

    // Closed it is silent, and what it hears is still known here.
    ada.escape().await;
    ada.press("Mute microphone").await;
    eventually(LONG, "Ben to hear nothing", || async {
        let [_, loudest] = contrast(&ben).await;
        if loudest < -80.0 { Ok(()) } else { Err(format!("{loudest} dB")) }
    })
    .await;
    ada.wait_for_text("You are speaking, but your microphone is off.").await;
    ada.press("Unmute microphone").await;
    wait_for_contrast(&ben, "Ada again without noise", plain + FILTERS).await;

    // Another microphone is filtered too; and without the filter the device itself is sent again.
    ada.menu("More", "Settings").await;
    ada.pick("Microphone", "Fake Audio Input 2").await;
    wait_until(&ada, "the other microphone is open", "kept.opened.at(-1).getAudioTracks()[0].label === 'Fake Audio Input 2'")
        .await;
    wait_until(&ada, "it is filtered", &runs).await;
    wait_for_contrast(&ben, "the other one without noise", plain + FILTERS).await;
    ada.press("Reduce").await;
    wait_until(&ada, "the device is sent", &format!("{VOICE}.getSettings().noiseSuppression === true")).await;
    no_complaints(&[&ada, &ben]).await;
}

/// Firefox has no thread for sound where there is no sound card; but its worklet is tried, and whoever asks for the filter is heard.
#[tokio::test(flavor = "multi_thread")]
async fn firefox_filters_or_says_that_it_cannot() {
    let stage = Stage::new("noise-firefox").await;
    let (fay, ben) = tokio::join!(stage.person(Engine::Firefox, 3, "Fay"), stage.person(Engine::SmallChromium, 2, "Ben"));
    for person in [&fay, &ben] {
        person.prepare("noise-firefox", Some(PASSWORD)).await;
        person.driver().execute(KEEP, vec![]).await.expect("the page runs scripts");
        let [pause, voice]: [f64; 2] = serde_json::from_value(evaluate(person, FILTERED).await).expect("two changes");
        assert!(pause < -20.0 && voice.abs() < 3.0, "{}: {pause} dB in the pause, {voice} dB of the voice", person.name);
        person.press("Join").await;
        person.wait_to_be_in().await;
    }
    ben.wait_to_hear(&fay).await;
    fay.menu("More", "Settings").await;
    fay.press("Filter").await;
    let runs = format!("{VOICE}.label.startsWith('MediaStreamAudioDestination')");
    let filters = eventually(LONG, "Fay to filter, or to be told", || async {
        let told = fay.text().await.contains("The noise filter does not run in this browser.");
        let filters = evaluate(&fay, &format!("return {runs};")).await == json!(true);
        if told || filters { Ok(filters) } else { Err("neither".to_owned()) }
    })
    .await;
    if !filters {
        ben.wait_to_hear(&fay).await;
    }
    no_complaints(&[&ben]).await;
}

/// A camera that can blur what is behind a person: no fake camera can, so the platform's answers are a script's. What the page asks is kept.
const BLURRING: &str = "window.camera = { blurs: false, asked: [] };
const stands = { getCapabilities: (of) => ({ ...of, backgroundBlur: [true, false] }), getSettings: (of) => ({ ...of, backgroundBlur: camera.blurs }) };
for (const [name, change] of Object.entries(stands)) {
  const real = MediaStreamTrack.prototype[name];
  MediaStreamTrack.prototype[name] = function () { const of = real.call(this); return this.kind === 'video' ? change(of) : of; };
}
const apply = MediaStreamTrack.prototype.applyConstraints;
MediaStreamTrack.prototype.applyConstraints = async function (wanted) {
  camera.asked.push(wanted);
  if (wanted.backgroundBlur !== undefined) camera.blurs = wanted.backgroundBlur;
  return apply.call(this, wanted);
};
const blurring = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = function (wanted) {
  if (wanted?.video?.backgroundBlur !== undefined) camera.blurs = wanted.video.backgroundBlur;
  return blurring.call(this, wanted);
};";

#[tokio::test(flavor = "multi_thread")]
async fn a_background_is_blurred_where_the_camera_can_and_nothing_is_offered_where_not() {
    let stage = Stage::new("blur").await;
    let ada = stage.person(Engine::SmallChromium, 1, "Ada").await;
    ada.visit("").await;
    wait_until(&ada, "her picture is there", "document.querySelector('.mirror video')?.videoWidth > 0").await;
    assert!(!ada.text().await.contains("Blur the background"), "this camera cannot");
    let told = ada.driver().cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": BLURRING })).await;
    told.expect("Chromium takes a script for new pages");
    ada.prepare("blur", Some(PASSWORD)).await;
    let shows = |on: bool| {
        format!(
            "[...document.querySelectorAll('label.switch')].some((one) => one.textContent.includes('Blur the background') && one.querySelector('input').checked === {on})"
        )
    };
    wait_until(&ada, "the switch is there, and off", &shows(false)).await;
    ada.switch("Blur the background").await;
    wait_until(&ada, "the camera blurs", "camera.blurs").await;
    wait_until(&ada, "the switch says so", &shows(true)).await;
    ada.screenshot("preview").await;
    assert_accessible(&ada, "preview with a blurring camera").await;

    ada.press("Join").await;
    ada.wait_to_be_in().await;
    ada.menu("More", "Settings").await;
    wait_until(&ada, "it is on in the meeting too", &shows(true)).await;
    ada.screenshot("settings").await;
    // The system's own switch.
    evaluate(
        &ada,
        "camera.blurs = false; const { srcObject } = [...document.querySelectorAll('video')].find((one) => one.srcObject);
        srcObject.getVideoTracks()[0].dispatchEvent(new Event('configurationchange'));",
    )
    .await;
    wait_until(&ada, "the switch follows the system", &shows(false)).await;
    ada.switch("Blur the background").await;
    wait_until(&ada, "it is on again", &shows(true)).await;
    let kept = evaluate(&ada, "return camera.asked.every((wanted) => wanted.width && wanted.height);").await;
    assert_eq!(kept, json!(true), "asking for one thing takes away no other");
    // Who hid their room does not show it by closing the camera and opening it again.
    ada.escape().await;
    ada.press("Turn camera off").await;
    evaluate(&ada, "camera.blurs = false;").await;
    ada.press("Turn camera on").await;
    wait_until(&ada, "it is asked of the camera that opens", "camera.blurs").await;
    no_complaints(&[&ada]).await;
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
    let told = person.driver().cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    told.expect("Chromium takes a script for new pages");
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
    let cannot = evaluate(&ada, &format!("return {alone};")).await == json!(true);
    assert_eq!(offers_captions(&ada).await, !cannot, "the browser as it is");

    cleo.leave().await;
    ben.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    ben.menu("More", "Show captions").await;
    ben.wait_for_text("What the others say will stand here.").await;
    wait_until(&ben, "one voice is listened to", "speech.begun.length === 1").await;
    let heard =
        "[...document.querySelectorAll('audio')].flatMap((one) => one.srcObject?.getAudioTracks() ?? []).map(({ id }) => id)";
    let begun = evaluate(
        &ben,
        &format!("const [{{ track, lang, local }}] = speech.begun; return [{heard}.includes(track.id), lang, local];"),
    )
    .await;
    assert_eq!(begun, json!([true, "en-US", true]), "what is played is listened to, and on the device");
    evaluate(&ben, "speech.say('shall we', false);").await;
    ben.wait_for_text("Ada shall we").await;
    evaluate(&ben, "speech.say('shall we begin', true);").await;
    ben.wait_for_text("Ada shall we begin").await;
    ben.screenshot("shown").await;
    assert_accessible(&ben, "captions").await;
    let alive = "[...document.querySelectorAll('.captions, .captions *')].some((one) => one.closest('[aria-live], [role=status], [role=log], [role=alert]'))";
    assert_eq!(evaluate(&ben, &format!("return {alive};")).await, json!(false), "it is not read out over the voices");
    // Browsers stop at silence.
    evaluate(&ben, "speech.begun.at(-1).one.onend({});").await;
    wait_until(&ben, "it listens again", "speech.begun.length === 2").await;
    ben.menu("More", "Hide captions").await;
    wait_until(&ben, "nobody is listened to", "speech.ended === speech.begun.length && !document.querySelector('.captions')")
        .await;
    let kept = evaluate(&ben, "return JSON.stringify([{ ...localStorage }, { ...sessionStorage }]);").await;
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
