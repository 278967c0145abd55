//! The screens of `docs/screens` and of the guide, taken from the real thing. `cargo xtask screenshots` runs this.
//!
//! Invariant: what a picture shows is what the program shows, in that language and on that device; only the people are drawn, and their
//! devices have the names that real ones have.

use incamera_tests::browser::stage::keepsakes;
use incamera_tests::browser::{Engine, LONG, Participant, Phrases, Stage, eventually};
use serde_json::{Value, json};
use std::path::PathBuf;

const NAMES: [&str; 4] = ["Nora Lindqvist", "Samir Haddad", "Élodie Martin", "Tomás Vega"];

/// What is said in the pictures, in each language: room, password, two lines of chat.
const ENGLISH: [&str; 4] = [
    "harbour desk",
    "lanterns over cold water",
    "The documents are real. I have seen the originals.",
    "Then we publish together, on Thursday.",
];
const FRENCH: [&str; 4] = [
    "bureau du port",
    "lanternes sur une eau froide",
    "Les documents sont authentiques. J’ai vu les originaux.",
    "Alors nous publions ensemble, jeudi.",
];

/// A browser names its fake devices after files.
const DEVICES: &str = r"
const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
const names = NAMES;
navigator.mediaDevices.enumerateDevices = async () => (await list()).map((device) => {
  if (device.label) Object.defineProperty(device, 'label', { value: names[device.kind] });
  return device;
});";

/// Fonts and two frames: what was asked for has been drawn.
const DRAWN: &str = "const done = arguments[arguments.length - 1];
document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));";

/// A device that people have.
struct Device {
    name: &'static str,
    width: u32,
    height: u32,
    scale: f64,
    phone: bool,
}

const DEVICES_SHOWN: [Device; 2] = [
    Device { name: "desktop", width: 1280, height: 800, scale: 1.0, phone: false },
    Device { name: "phone", width: 390, height: 844, scale: 2.0, phone: true },
];

/// The pictures of one language.
struct Album {
    phrases: Phrases,
    words: [&'static str; 4],
    folder: PathBuf,
}

impl Album {
    fn of(tag: &str, words: [&'static str; 4]) -> Self {
        let folder = std::env::var_os("INCAMERA_DOCS").map_or_else(|| keepsakes("screenshots"), PathBuf::from);
        Self { phrases: Phrases::of(tag), words, folder: folder.join("screens").join(tag) }
    }

    fn say(&self, id: &str) -> &str {
        self.phrases.say(id)
    }

    /// Takes the screen as it is on each device.
    async fn take(&self, person: &Participant, screen: &str) {
        self.take_on(person, screen, &DEVICES_SHOWN).await;
    }

    async fn take_on(&self, person: &Participant, screen: &str, devices: &[Device]) {
        for device in devices {
            on(person, device).await;
            person.driver().execute_async(DRAWN, vec![]).await.expect("the page draws");
            let asked = json!({ "format": "webp", "quality": 80 });
            let taken = cdp(person, "Page.captureScreenshot", asked).await;
            let picture = decoded(taken["data"].as_str().unwrap_or_default());
            let folder = self.folder.join(device.name);
            std::fs::create_dir_all(&folder).expect("the pictures have a place");
            std::fs::write(folder.join(format!("{screen}.webp")), picture).expect("a picture can be kept");
        }
        on(person, &DEVICES_SHOWN[0]).await;
    }

    /// Opens by a button, takes it, closes by Escape.
    async fn take_behind(&self, person: &Participant, button: &str, role: &str, screen: &str) {
        person.press(button).await;
        person.wait_for(role, "").await;
        self.take(person, screen).await;
        person.escape().await;
        eventually(LONG, &format!("the {role} to be gone"), || async {
            if person.shows(role).await { Err("it is there".to_owned()) } else { Ok(()) }
        })
        .await;
    }

    /// To the portal, filled in.
    async fn arrive(&self, person: &Participant, front: &str, fragment: &str, password: bool) {
        let address = format!("{front}?lang={}{fragment}", self.phrases.tag);
        person.driver().goto(&address).await.expect("the page opens");
        if fragment.is_empty() {
            person.fill(self.say("room-name"), self.words[0]).await;
        }
        if password {
            person.fill(self.say("password"), self.words[1]).await;
        }
        person.fill(self.say("name"), &person.name).await;
    }

    async fn write(&self, person: &Participant, line: &str) {
        person.open(self.say("chat")).await;
        person.fill(self.say("chat-message"), line).await;
        person.press(self.say("chat-send")).await;
    }
}

async fn on(person: &Participant, device: &Device) {
    let (width, height) = (device.width, device.height);
    let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": device.scale, "mobile": device.phone });
    cdp(person, "Emulation.setDeviceMetricsOverride", metrics).await;
    cdp(person, "Emulation.setTouchEmulationEnabled", json!({ "enabled": device.phone })).await;
}

async fn cdp(person: &Participant, command: &str, arguments: Value) -> Value {
    person.driver().cdp().send_raw(command, arguments).await.expect("Chromium takes the command")
}

/// Base64 (RFC 4648 §4), as browsers tell pictures.
fn decoded(text: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.bytes().filter_map(value).collect();
    let bytes = digits.chunks(4).flat_map(|four| {
        let bits = (0..4).fold(0_u32, |bits, at| bits << 6 | u32::from(four.get(at).copied().unwrap_or(0)));
        bits.to_be_bytes().into_iter().skip(1).take(four.len() - 1)
    });
    bytes.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn english() {
    album(
        "screens-en",
        Album::of("en", ENGLISH),
        r"{ videoinput: 'Integrated camera', audioinput: 'Built-in microphone', audiooutput: 'Speakers' }",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn french() {
    album(
        "screens-fr",
        Album::of("fr", FRENCH),
        r"{ videoinput: 'Caméra intégrée', audioinput: 'Micro interne', audiooutput: 'Haut-parleurs' }",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor() {
    for album in [Album::of("en", ENGLISH), Album::of("fr", FRENCH)] {
        doctor(&album).await;
    }
}

/// Somebody asks whether a meeting would work.
async fn doctor(album: &Album) {
    let stage = Stage::new("screens-doctor").await;
    let person = stage.person(Engine::BareChromium, 0, NAMES[0]).await;
    on(&person, &DEVICES_SHOWN[0]).await;
    let address = format!("{}doctor?lang={}", stage.front, album.phrases.tag);
    person.driver().goto(&address).await.expect("the page opens");
    person.press(album.say("doctor-begin")).await;
    eventually(LONG, "both pictures", || async {
        let seen = "return [...document.querySelectorAll('video')].filter((video) => video.videoWidth > 0).length;";
        let seen = person.driver().execute(seen, vec![]).await.map_err(|error| error.to_string())?;
        if seen.json() == 2 { Ok(()) } else { Err(format!("{} pictures", seen.json())) }
    })
    .await;
    album.take(&person, "doctor-looking").await;
    eventually(2 * LONG, "the doctor's end", || async {
        if person.text().await.contains(album.say("doctor-copy")) { Ok(()) } else { Err("it is not there".to_owned()) }
    })
    .await;
    album.take(&person, "doctor").await;
}

async fn album(name: &'static str, album: Album, devices: &str) {
    let mut stage = Stage::new(name).await;
    stage.portraits = true;
    let mut people = Vec::new();
    for (number, name) in (0..).zip(NAMES) {
        let person = stage.person(Engine::SmallChromium, number, name).await;
        let script = DEVICES.replace("NAMES", devices);
        cdp(&person, "Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
        on(&person, &DEVICES_SHOWN[0]).await;
        people.push(person);
    }
    for person in &people {
        album.arrive(person, &stage.front, "", true).await;
        if person.number == 0 {
            person.wait_for_text(album.say("level-heard")).await;
            album.take(person, "portal").await;
        }
        person.press(album.say("portal-join")).await;
        person.wait_for("button", album.say("leave")).await;
    }
    meeting(&album, &people).await;
    door(&album, &stage, &people[0]).await;
    afterwards(&album, &people).await;
}

/// What is to be seen inside.
async fn meeting(album: &Album, people: &[Participant]) {
    let nora = &people[0];
    nora.wait_for_tiles(&NAMES, LONG).await;
    // One speaks; the others listen, as people do.
    for listener in [0, 2, 3] {
        people[listener].press(album.say("microphone-mute")).await;
    }
    for name in &NAMES[1..] {
        eventually(LONG, "everybody's picture", || async { nora.look_at(name).await.map(|_| ()) }).await;
    }
    album.take(nora, "meeting").await;
    dark(nora, true).await;
    album.take(nora, "meeting-dark").await;
    dark(nora, false).await;
    album.write(&people[1], album.words[2]).await;
    album.write(&people[2], album.words[3]).await;
    nora.open(album.say("chat")).await;
    nora.wait_for_text(album.words[3]).await;
    album.take(nora, "chat").await;
    nora.open(album.say("participants")).await;
    album.take(nora, "participants").await;
    album.take_behind(nora, album.say("rules-open"), "dialog", "rules").await;
    nora.press(album.say("close")).await;
    album.take_behind(nora, album.say("safety-code"), "dialog", "safety-code").await;
    album.take_behind(nora, album.say("bar-invite"), "dialog", "invite").await;
    album.take_behind(nora, album.say("more"), "menuitem", "more").await;
    nora.menu(album.say("more"), album.say("settings")).await;
    nora.wait_for("dialog", "").await;
    album.take(nora, "settings").await;
    nora.escape().await;
    album.take_behind(nora, album.say("leave"), "menuitem", "leave").await;
}

/// Somebody asks to be let in.
async fn door(album: &Album, stage: &Stage, nora: &Participant) {
    let guest = stage.person(Engine::BareChromium, 4, "Inès Moreau").await;
    on(&guest, &DEVICES_SHOWN[0]).await;
    let room = album.words[0].replace(' ', "-");
    album.arrive(&guest, &stage.front, &format!("#{room}!"), false).await;
    // The page's names are looked for with plain spaces.
    guest.press(album.say("ask-in").split('\u{a0}').next().unwrap_or_default()).await;
    guest.wait_for_text(album.say("joining-nobody")).await;
    eventually(LONG, "four words at the door", || async {
        let words = guest.items(album.say("code-list")).await;
        if words.len() == 4 { Ok(()) } else { Err(format!("{words:?}")) }
    })
    .await;
    album.take(&guest, "waiting").await;
    nora.wait_for_text("Inès Moreau").await;
    album.take(nora, "knock").await;
}

/// And the door closes behind them.
async fn afterwards(album: &Album, people: &[Participant]) {
    people[0].menu(album.say("leave"), album.say("leave")).await;
    people[0].wait_for_text(album.say("after-title")).await;
    album.take(&people[0], "after").await;
}

async fn dark(person: &Participant, dark: bool) {
    let scheme = if dark { "dark" } else { "light" };
    let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    cdp(person, "Emulation.setEmulatedMedia", features).await;
}
