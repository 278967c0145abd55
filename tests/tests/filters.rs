//! Journeys about what a voice and a picture lose before they go: noise, and what is behind a person.
//!
//! Invariant: what the others hear is measured, and what a browser does with a device is read from the browser's own objects.
#![expect(clippy::print_stdout, reason = "what the filter does is printed")]

use incamera_tests::browser::accessible::assert_accessible;
use incamera_tests::browser::scripts::{KEEP, VOICE};
use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually, no_complaints};
use serde_json::json;

const PASSWORD: &str = "lanterns over cold water";

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

async fn come(stage: &Stage, engine: Engine, number: u8, name: &str, room: &str) -> Participant {
    let person = stage.person(engine, number, name).await;
    person.keeps_what_it_makes().await;
    person.join(room, Some(PASSWORD)).await;
    person
}

/// The least by which the filter has the pauses of a voice fall below the voice, in dB, beyond what they do by themselves.
const FILTERS: f64 = 10.0;

async fn contrast(person: &Participant) -> [f64; 2] {
    serde_json::from_value(person.evaluate(CONTRAST).await).expect("two levels")
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
    ada.wait_until("noise stays", &format!("{VOICE}.getSettings().noiseSuppression === false")).await;
    wait_for_contrast(&ben, "to hear Ada", 3.0).await;
    let [plain, _] = contrast(&ben).await;
    let downloaded = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/noise.wasm'))";
    assert_eq!(ada.evaluate(&format!("return {downloaded};")).await, json!(false), "nobody asked for it yet");

    ada.press("Filter").await;
    ada.wait_for_text("Keys, fans and traffic go").await;
    let runs = format!("{VOICE}.label.startsWith('MediaStreamAudioDestination')");
    ada.wait_until("what comes out of the filter is sent", &runs).await;
    ada.screenshot("filter").await;
    wait_for_contrast(&ben, "no noise in Ada's pauses", plain + FILTERS).await;
    println!("pauses were {plain:.1} dB below the voice, and are {:.1} dB with the filter", contrast(&ben).await[0]);
    // Echo is taken out before, by the browser; noise is not, or it would be done twice.
    let device = "kept.opened.at(-1).getAudioTracks()[0].getSettings()";
    let asked = ada.evaluate(&format!("const now = {device}; return [now.echoCancellation, now.noiseSuppression];")).await;
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
    ada.wait_until("the other microphone is open", "kept.opened.at(-1).getAudioTracks()[0].label === 'Fake Audio Input 2'").await;
    ada.wait_until("it is filtered", &runs).await;
    wait_for_contrast(&ben, "the other one without noise", plain + FILTERS).await;
    ada.press("Reduce").await;
    ada.wait_until("the device is sent", &format!("{VOICE}.getSettings().noiseSuppression === true")).await;
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
        let [pause, voice]: [f64; 2] = serde_json::from_value(person.evaluate(FILTERED).await).expect("two changes");
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
        let filters = fay.evaluate(&format!("return {runs};")).await == json!(true);
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
    ada.wait_until("her picture is there", "document.querySelector('.mirror video')?.videoWidth > 0").await;
    assert!(!ada.text().await.contains("Blur the background"), "this camera cannot");
    ada.in_new_pages(BLURRING).await;
    ada.prepare("blur", Some(PASSWORD)).await;
    let shows = |on: bool| {
        format!(
            "[...document.querySelectorAll('label.switch')].some((one) => one.textContent.includes('Blur the background') && one.querySelector('input').checked === {on})"
        )
    };
    ada.wait_until("the switch is there, and off", &shows(false)).await;
    ada.switch("Blur the background").await;
    ada.wait_until("the camera blurs", "camera.blurs").await;
    ada.wait_until("the switch says so", &shows(true)).await;
    ada.screenshot("preview").await;
    assert_accessible(&ada, "preview with a blurring camera").await;

    ada.press("Join").await;
    ada.wait_to_be_in().await;
    ada.menu("More", "Settings").await;
    ada.wait_until("it is on in the meeting too", &shows(true)).await;
    ada.screenshot("settings").await;
    // The system's own switch.
    ada.evaluate(
        "camera.blurs = false; const { srcObject } = [...document.querySelectorAll('video')].find((one) => one.srcObject);
        srcObject.getVideoTracks()[0].dispatchEvent(new Event('configurationchange'));",
    )
    .await;
    ada.wait_until("the switch follows the system", &shows(false)).await;
    ada.switch("Blur the background").await;
    ada.wait_until("it is on again", &shows(true)).await;
    let kept = ada.evaluate("return camera.asked.every((wanted) => wanted.width && wanted.height);").await;
    assert_eq!(kept, json!(true), "asking for one thing takes away no other");
    // Who hid their room does not show it by closing the camera and opening it again.
    ada.escape().await;
    ada.press("Turn camera off").await;
    ada.evaluate("camera.blurs = false;").await;
    ada.press("Turn camera on").await;
    ada.wait_until("it is asked of the camera that opens", "camera.blurs").await;
    no_complaints(&[&ada]).await;
}
