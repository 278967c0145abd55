//! One person with one browser.
//!
//! Invariant: a participant acts only through what the page shows by role and name, as somebody with a screen reader
//! would, and is told apart from others only by what they show and play.

use super::code::Code;
use super::engine::Engine;
use super::launch::{chromium, downloads, driver_command, firefox};
use super::material::tone_of;
use super::process::{Running, free_tcp_port, freeze_by_mark, kill_by_mark};
use super::stage::{Stage, keepsakes};
use super::wait::{LONG, eventually};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thirtyfour::prelude::*;

pub(super) const PROBE: &str = include_str!("probe.js");

/// A tone counts as heard this far above the median of the spectrum, in dB. Beeps that went through Opus stand 40 dB
/// and more above it.
const HEARD: f64 = 25.0;

/// What is so far below the loudest tone of a track is its spill, in dB.
const SPILL: f64 = 20.0;

/// What a picture in a tile shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The code, if the picture is one of our films.
    pub code: Option<Code>,
    /// Mean red, green and blue, 0 to 255.
    pub colour: [f64; 3],
    /// Width and height as received, in pixels.
    pub size: (u64, u64),
}

/// A person, their browser and its driver.
#[derive(Debug)]
pub struct Participant {
    /// The name typed into "Your name".
    pub name: String,
    /// Decides film and tone.
    pub number: u8,
    /// Which browser.
    pub engine: Engine,
    driver: Option<WebDriver>,
    profile: PathBuf,
    front: String,
    test: &'static str,
    process: Running,
}

impl Participant {
    pub(super) async fn start(stage: &Stage, engine: Engine, number: u8, name: &str) -> Self {
        let profile = stage.scratch.path(&format!("profile-{number}-{}", free_tcp_port()));
        std::fs::create_dir_all(downloads(&profile)).expect("a test can make a profile");
        let port = free_tcp_port();
        let log = keepsakes("test-logs").join(format!("{}.driver-{number}.log", stage.name()));
        let process = Running::start(&mut driver_command(engine, port, &profile), &log);
        let capabilities = match engine {
            Engine::Firefox | Engine::StrictFirefox => firefox(stage, engine, number, &profile),
            _ => chromium(stage, engine, number, &profile),
        };
        let server = format!("http://127.0.0.1:{port}");
        let driver = eventually(LONG, "the driver to start a browser", || {
            let capabilities = capabilities.clone();
            async { WebDriver::new(server.as_str(), capabilities).await.map_err(|error| error.to_string()) }
        })
        .await;
        driver.set_script_timeout(LONG).await.expect("a driver takes a timeout");
        let (front, test) = (stage.front.clone(), stage.name());
        Self { name: name.to_owned(), number, engine, driver: Some(driver), profile, front, test, process }
    }

    /// The process group of the browser and of what drives it.
    pub(super) fn group(&self) -> u32 {
        self.process.id()
    }

    /// The browser.
    ///
    /// # Panics
    /// After [`Participant::crash`].
    pub fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("the browser still runs")
    }

    /// Where Chromium can be looked into from outside.
    ///
    /// # Panics
    /// In Firefox.
    pub fn debugging_port(&self) -> String {
        let told = std::fs::read_to_string(self.profile.join("DevToolsActivePort")).expect("Chromium writes its port down");
        told.lines().next().unwrap_or_default().to_owned()
    }

    // --- what a person does ---

    /// Opens the portal in English, for `room` if the person has a link, else with whatever room it proposes.
    pub async fn visit(&self, fragment: &str) {
        let address = format!("{}?lang=en{fragment}", self.front);
        self.driver().goto(&address).await.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        self.wait_for("button", "Join").await;
    }

    /// Fills the portal's form.
    pub async fn prepare(&self, room: &str, password: Option<&str>) {
        self.visit("").await;
        self.fill("Room name", room).await;
        if let Some(password) = password {
            self.fill("Password", password).await;
        }
        self.fill("Your name", &self.name).await;
    }

    /// Fills the portal's form and presses "Join".
    pub async fn knock(&self, room: &str, password: Option<&str>) {
        self.prepare(room, password).await;
        self.press("Join").await;
    }

    /// Knocks and waits until this person is in the meeting.
    pub async fn join(&self, room: &str, password: Option<&str>) {
        self.knock(room, password).await;
        self.wait_to_be_in().await;
    }

    /// Waits until the meeting is on the screen, with this person's own tile.
    pub async fn wait_to_be_in(&self) {
        self.wait_for("button", "Leave").await;
        eventually(LONG, &format!("{} to see their own tile", self.name), || async {
            let tiles = self.tiles().await;
            if tiles.iter().any(|tile| tile.starts_with(&self.name)) { Ok(()) } else { Err(format!("{tiles:?}")) }
        })
        .await;
    }

    /// Presses the button whose accessible name is (or begins with) `name`, as soon as it is there.
    pub async fn press(&self, name: &str) {
        self.click("button", name).await;
    }

    /// Types into the text box `name`, in place of what was there.
    pub async fn fill(&self, name: &str, text: &str) {
        eventually(LONG, &format!("{} to fill {name:?}", self.name), || async {
            let field = self.find("textbox", name).await.ok_or("no such text box")?;
            field.click().await.map_err(|error| brief(&error))?;
            field.send_keys(Key::Control + "a").await.map_err(|error| brief(&error))?;
            field.send_keys(text).await.map_err(|error| brief(&error))
        })
        .await;
    }

    /// Chooses what a round button of this name offers.
    pub async fn choose(&self, name: &str) {
        self.click("choice", name).await;
    }

    /// Chooses from the list `name` what begins with `option`.
    pub async fn pick(&self, name: &str, option: &str) {
        eventually(LONG, &format!("{} to pick {option:?} from {name:?}", self.name), || async {
            let list = self.find("combobox", name).await.ok_or("no such list")?;
            let found = list.find_all(By::Tag("option")).await.map_err(|error| brief(&error))?;
            let mut there = Vec::new();
            for one in found {
                let words = one.text().await.map_err(|error| brief(&error))?;
                if words.starts_with(option) {
                    return one.click().await.map_err(|error| brief(&error));
                }
                there.push(words);
            }
            Err(format!("{there:?}"))
        })
        .await;
    }

    /// Opens a panel, unless it is open already.
    pub async fn open(&self, panel: &str) {
        let button = self.wait_for("button", panel).await;
        if button.attr("aria-expanded").await.ok().flatten().as_deref() != Some("true") {
            self.press(panel).await;
        }
    }

    /// Writes a message to everyone.
    pub async fn say(&self, text: &str) {
        self.open("Chat").await;
        self.fill("Message", text).await;
        self.press("Send").await;
    }

    /// Opens the safety code and reads its words. The dialog stays open until somebody presses "Close".
    pub async fn safety_code(&self) -> Vec<String> {
        if self.items("Words, in order").await.is_empty() {
            self.press("Safety code").await;
        }
        eventually(LONG, &format!("{} to read the safety code", self.name), || async {
            let words = self.items("Words, in order").await;
            if words.len() == 8 { Ok(words) } else { Err(self.text().await.chars().take(600).collect()) }
        })
        .await
    }

    /// Opens the menu of `button` and does what it offers as `item`.
    pub async fn menu(&self, button: &str, item: &str) {
        self.press(button).await;
        self.click("menuitem", item).await;
    }

    /// What the open menu offers, first lines only.
    pub async fn menu_items(&self) -> Vec<String> {
        eventually(LONG, &format!("{} to have a menu open", self.name), || async {
            let items = self
                .probe("all('menuitem').map((item) => tidy(item.querySelector('span').firstChild.textContent))", vec![])
                .await;
            let items: Vec<String> = items.and_then(|items| serde_json::from_value(items).ok()).unwrap_or_default();
            if items.is_empty() { Err("no items".to_owned()) } else { Ok(items) }
        })
        .await
    }

    /// Presses Escape.
    pub async fn escape(&self) {
        let pressed = self.driver().action_chain().send_keys(Key::Escape).perform().await;
        pressed.unwrap_or_else(|error| panic!("{}: {error}", self.name));
    }

    /// Turns a switch of this name.
    pub async fn switch(&self, name: &str) {
        self.click("checkbox", name).await;
    }

    async fn click(&self, role: &str, name: &str) {
        eventually(LONG, &format!("{} to press the {role} {name:?}", self.name), || async {
            let found = self.find(role, name).await.ok_or_else(|| format!("no such {role}"))?;
            found.click().await.map_err(|error| brief(&error))
        })
        .await;
    }

    /// Leaves by the menu of "Leave".
    pub async fn leave(&self) {
        self.menu("Leave", "Leave").await;
        eventually(LONG, &format!("{} to be out of the meeting", self.name), || async {
            match self.tiles().await.as_slice() {
                [] => Ok(()),
                tiles => Err(format!("{tiles:?}")),
            }
        })
        .await;
    }

    /// Ends the browser as a power cut would: nothing of it can say goodbye.
    pub fn crash(&mut self) {
        kill_by_mark(&self.profile);
        if let Some(driver) = self.driver.take() {
            let _ = driver.leak();
        }
    }

    /// Closes the lid: the browser stands still, with every connection open, until it is opened again. It can be asked nothing meanwhile.
    pub fn close_lid(&self, closed: bool) {
        freeze_by_mark(&self.profile, closed);
    }

    // --- what a person sees and hears ---

    /// The accessible names of all tiles.
    pub async fn tiles(&self) -> Vec<String> {
        self.probe("tiles()", vec![]).await.and_then(|names| serde_json::from_value(names).ok()).unwrap_or_default()
    }

    /// All visible text.
    pub async fn text(&self) -> String {
        self.probe("text()", vec![]).await.and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// The lines of the list `name`, as somebody with a screen reader hears them.
    pub async fn items(&self, name: &str) -> Vec<String> {
        let items = self.probe("items(arguments[0])", vec![json!(name)]).await;
        items.and_then(|items| serde_json::from_value(items).ok()).unwrap_or_default()
    }

    /// What stands in the alerts.
    pub async fn alerts(&self) -> Vec<String> {
        self.probe("said()", vec![]).await.and_then(|texts| serde_json::from_value(texts).ok()).unwrap_or_default()
    }

    /// Times, in milliseconds since the page began, at which the page set a performance mark.
    pub async fn marks(&self, name: &str) -> Vec<f64> {
        let marks = self.probe("marks(arguments[0])", vec![json!(name)]).await;
        marks.and_then(|marks| serde_json::from_value(marks).ok()).unwrap_or_default()
    }

    /// The picture in somebody's tile, as it is now.
    ///
    /// # Errors
    /// What is missing: the tile, or a picture in it.
    pub async fn look_at(&self, whom: &str) -> Result<Seen, String> {
        let seen = self.probe("look(arguments[0])", vec![json!(whom)]).await.ok_or("the page does not answer")?;
        let squares: Vec<f64> = serde_json::from_value(seen["squares"].clone()).map_err(|_| seen.to_string())?;
        let colour: [f64; 3] = serde_json::from_value(seen["colour"].clone()).map_err(|_| seen.to_string())?;
        let size = (seen["width"].as_u64().unwrap_or(0), seen["height"].as_u64().unwrap_or(0));
        Ok(Seen { code: Code::read(&squares), colour, size })
    }

    /// Listens for a second. For each track that is played: numbers of the participants whose tone was in it.
    ///
    /// # Errors
    /// When a track did not last for that second.
    pub async fn listen(&self) -> Result<Vec<Vec<u8>>, String> {
        self.probe("listen()", vec![]).await.ok_or("the page does not answer")?;
        let tones: Vec<u32> = (0..5).map(tone_of).collect();
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(250)).await;
            let heard = self.probe("heard(arguments[0])", vec![json!(tones)]).await.ok_or("the page does not answer")?;
            let Ok(levels) = serde_json::from_value::<Vec<Vec<f64>>>(heard) else { continue };
            return Ok(levels.iter().map(|levels| tones_in(levels)).collect());
        }
        Err("a track gives no sound to look at".into())
    }

    // --- what the browser says ---

    /// Complaints of Chromium about this page since the last question, each after its source: `security` for violations
    /// of the content security policy, `javascript` for errors nobody caught, `network`, `console-api`.
    pub async fn complaints(&self) -> Vec<String> {
        // Chromedriver takes in what the browser said only while it talks to the browser itself.
        let _ = self.text().await;
        let log = self.driver().browser_log().await.expect("chromedriver keeps a log of the console");
        let severe = log.into_iter().filter(|entry| entry.level == "SEVERE");
        severe.map(|entry| format!("{}: {}", entry.source.unwrap_or_default(), entry.message)).collect()
    }

    /// Where this browser puts what a person saves.
    pub fn downloads(&self) -> PathBuf {
        downloads(&self.profile)
    }

    /// Keeps a picture of the page.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let path = keepsakes("screenshots").join(format!("{}.{name}.png", self.test));
        self.driver().screenshot(&path).await.expect("a browser can be photographed");
        path
    }

    /// Keeps a picture of the page at a place of its own.
    pub async fn screenshot_at(&self, path: &Path) {
        self.driver().screenshot(path).await.expect("a browser can be photographed");
    }

    pub(super) async fn find(&self, role: &str, name: &str) -> Option<WebElement> {
        let script = format!("{PROBE}\nreturn find(arguments[0], arguments[1]);");
        let found = self.driver().execute(script, vec![json!(role), json!(name)]).await.ok()?;
        found.element().ok()
    }

    /// Whether anything of this role is on the screen.
    pub async fn shows(&self, role: &str) -> bool {
        self.find(role, "").await.is_some()
    }

    /// Height of somebody's tile on this screen, in CSS pixels; 0 when there is none.
    pub async fn height_of(&self, whom: &str) -> f64 {
        self.probe("heightOf(arguments[0])", vec![json!(whom)]).await.and_then(|height| height.as_f64()).unwrap_or_default()
    }

    /// Width and height of somebody's tile on this screen, in CSS pixels; 0 when there is none.
    pub async fn size_of(&self, whom: &str) -> (f64, f64) {
        self.probe("sizeOf(arguments[0])", vec![json!(whom)])
            .await
            .and_then(|size| serde_json::from_value(size).ok())
            .unwrap_or_default()
    }

    pub(super) async fn probe(&self, expression: &str, arguments: Vec<Value>) -> Option<Value> {
        let script = format!("{PROBE}\nreturn {expression};");
        let answer = self.driver().execute(script, arguments).await.ok()?;
        Some(answer.json().clone())
    }
}

impl Drop for Participant {
    fn drop(&mut self) {
        self.crash();
    }
}

/// Numbers of the tones that stand out, and are no mere spill of a louder one.
fn tones_in(levels: &[f64]) -> Vec<u8> {
    let loudest = levels.iter().copied().fold(f64::MIN, f64::max);
    (0..).zip(levels).filter(|(_, level)| **level > HEARD && **level > loudest - SPILL).map(|(number, _)| number).collect()
}

/// The first line of a driver's error: the rest is its own stack.
fn brief(error: &WebDriverError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
