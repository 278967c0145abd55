//! Every screen, as people meet it who see, hear, move or read otherwise.
//!
//! Invariant: each screen that a person can reach is reached here as a person reaches it, in English or in French, and looked at by
//! [`barriers`] in every size and both themes; whatever is found is told at once, not the first of it only.

use incamera_tests::browser::accessible::{
    as_on_a_phone, assert_focus_comes_back, assert_focused, barriers, barriers_of_direction, keyboard_barriers,
};
use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually, no_complaints};
use serde_json::json;

const PASSWORD: &str = "lanterns over cold water";
const ENGLISH: &str = include_str!("../../client-wasm/locales/en.ftl");
const FRENCH: &str = include_str!("../../client-wasm/locales/fr.ftl");

/// What one person finds on their way.
struct Walk<'a> {
    person: &'a Participant,
    words: &'static str,
    found: Vec<String>,
}

impl<'a> Walk<'a> {
    fn of(person: &'a Participant, words: &'static str) -> Self {
        Self { person, words, found: Vec::new() }
    }

    /// A message of the interface, in this person's language.
    fn word(&self, id: &str) -> &'static str {
        let line = self.words.lines().find_map(|line| line.strip_prefix(id)?.strip_prefix(" = "));
        line.unwrap_or_else(|| panic!("there is no message {id}"))
    }

    async fn look(&mut self, screen: &str) {
        self.found.extend(barriers(self.person, screen).await);
    }

    /// Opens by a button, looks, closes by Escape.
    async fn dialog(&mut self, button: &str) {
        self.person.press(button).await;
        self.person.wait_for("dialog", "").await;
        self.look(&format!("dialog of {button:?}")).await;
        self.person.escape().await;
        self.gone("dialog").await;
    }

    /// The same for a menu.
    async fn menu(&mut self, button: &str) {
        self.person.press(button).await;
        self.person.wait_for("menuitem", "").await;
        self.look(&format!("menu of {button:?}")).await;
        self.person.escape().await;
        self.gone("menuitem").await;
    }

    /// Opens a dialog from the menu "More", looks, closes by Escape; the focus is on "More" again.
    async fn dialog_of_more(&mut self, item: &str) {
        self.person.menu(self.word("more"), item).await;
        self.person.wait_for("dialog", "").await;
        self.look(&format!("dialog of {item:?}")).await;
        self.person.escape().await;
        self.gone("dialog").await;
        assert_focused(self.person, self.word("more")).await;
    }

    async fn gone(&self, role: &str) {
        eventually(LONG, &format!("the {role} to be gone"), || async {
            if self.person.shows(role).await { Err("it is there".to_owned()) } else { Ok(()) }
        })
        .await;
    }
}

/// # Panics
/// When anything was found.
fn nothing_was_found(by: &[Walk<'_>]) {
    let found: Vec<&str> = by.iter().flat_map(|walk| walk.found.iter().map(String::as_str)).collect();
    assert!(found.is_empty(), "{} lines:\n{}", found.len(), found.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_before_and_after_a_meeting() {
    let stage = Stage::new("accessible-pages").await;
    let ada = stage.person(Engine::SmallChromium, 1, "Ada").await;
    let mut walk = Walk::of(&ada, ENGLISH);
    ada.visit("").await;
    walk.look("portal").await;
    walk.found.extend(keyboard_barriers(&ada, "portal").await);
    as_on_a_phone(&ada, false).await;
    ada.press("Choose camera and microphone").await;
    walk.look("portal, devices").await;
    ada.fill("Room name", "tea").await;
    ada.fill("Password", "password").await;
    ada.press("Join").await;
    walk.look("portal, nothing but faults").await;
    ada.fill("Room name", "harbour desk").await;
    ada.fill("Password", PASSWORD).await;
    ada.fill("Your name", "Ada").await;
    ada.press("Join").await;
    ada.wait_to_be_in().await;
    ada.leave().await;
    ada.wait_for_text("The door is closed behind you.").await;
    walk.look("after").await;
    walk.found.extend(keyboard_barriers(&ada, "after").await);

    walk.words = FRENCH;
    ada.driver().goto(format!("{}?lang=fr#harbour-desk!", stage.front)).await.expect("the page opens");
    ada.wait_for("button", walk.word("portal-join")).await;
    walk.look("portail").await;

    ada.driver().goto(format!("{}doctor?lang=en", stage.front)).await.expect("the page opens");
    ada.wait_for("button", "Begin").await;
    walk.look("doctor, unasked").await;
    walk.found.extend(keyboard_barriers(&ada, "doctor, unasked").await);
    ada.press("Begin").await;
    eventually(2 * LONG, "the doctor's end", || async {
        if ada.text().await.contains("Copy the report") { Ok(()) } else { Err("it is not there".to_owned()) }
    })
    .await;
    walk.look("doctor").await;

    let missing = json!({ "source": "delete window.RTCRtpScriptTransform;" });
    ada.driver().cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", missing).await.expect("Chromium takes a script");
    ada.driver().goto(format!("{}?lang=en#elsewhere", stage.front)).await.expect("the page opens");
    ada.driver().refresh().await.expect("the page opens");
    ada.wait_for_text(Walk::of(&ada, ENGLISH).word("old-title")).await;
    walk.look("too old").await;
    no_complaints(&[&ada]).await;
    nothing_was_found(&[walk]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_meeting_its_panels_its_menus_and_its_dialogs() {
    let stage = Stage::new("accessible-meeting").await;
    let ada = stage.person(Engine::SmallChromium, 1, "Ada").await;
    let ben = stage.person(Engine::SmallChromium, 2, "Ben").await;
    let cleo = stage.person(Engine::BareChromium, 3, "Cleo").await;
    ada.join("accessible", Some(PASSWORD)).await;
    let mut walk = Walk::of(&ada, ENGLISH);
    walk.look("alone").await;
    cleo.visit("#accessible!").await;
    cleo.fill("Your name", "Cleo").await;
    cleo.press("I have no password").await;
    cleo.wait_for_text("Nobody sees or hears you yet.").await;
    let mut door = Walk::of(&cleo, ENGLISH);
    door.look("at the door").await;
    door.found.extend(keyboard_barriers(&cleo, "at the door").await);
    ada.wait_for_text("Cleo is knocking").await;
    walk.look("somebody knocks").await;
    walk.dialog("Write to the door").await;
    ada.press("Let in unverified").await;
    cleo.wait_to_be_in().await;
    door.look("who came in unverified").await;
    cleo.press("They differ").await;
    door.look("the words differ").await;
    cleo.press(door.word("differ-back")).await;

    ben.join("accessible", Some(PASSWORD)).await;
    ada.wait_for_tiles(&["Ada", "Ben", "Cleo"], LONG).await;
    ben.wait_to_see(&ada).await;
    walk.look("meeting").await;
    walk.found.extend(keyboard_barriers(&ada, "meeting").await);
    everything(&mut walk).await;
    walk.found.extend(keyboard_barriers(&ada, "participants").await);
    for button in ["Safety code", "More", "React", "Leave", "Actions for Ben", "Rules and password"] {
        assert_focus_comes_back(&ada, button).await;
    }
    ada.press(walk.word("participants")).await;

    ben.menu("More", "Settings").await;
    ben.press("Français").await;
    ben.escape().await;
    let mut french = Walk::of(&ben, FRENCH);
    everything(&mut french).await;
    no_complaints(&[&ada, &ben, &cleo]).await;
    nothing_was_found(&[walk, door, french]);
}

/// Everything that opens in a meeting of three, the chair's with what only a chair has.
async fn everything(walk: &mut Walk<'_>) {
    let person = walk.person;
    for id in ["safety-code", "bar-invite"] {
        walk.dialog(walk.word(id)).await;
    }
    for id in ["settings", "quality-title", "keys-title"] {
        walk.dialog_of_more(walk.word(id)).await;
    }
    walk.menu(walk.word("more")).await;
    walk.menu(walk.word("react")).await;
    person.press(walk.word("hand-raise")).await;
    walk.look("a raised hand").await;
    person.menu(walk.word("more"), walk.word("settings")).await;
    person.press(walk.word("settings-list")).await;
    walk.look("keys").await;
    person.escape().await;
    walk.menu(walk.word("leave")).await;
    person.press(walk.word("view-speaker")).await;
    walk.look("who speaks").await;
    person.press(walk.word("view-everyone")).await;
    person.press(walk.word("chat")).await;
    walk.look("chat, empty").await;
    person
        .fill(walk.word("chat-message"), "https://example.org/a/very/long/address/that/does/not/fit/on/one/line/of/a/phone")
        .await;
    person.press(walk.word("chat-send")).await;
    walk.look("chat").await;
    person.press(walk.word("participants")).await;
    walk.look("participants").await;
    if person.name == "Ada" {
        walk.menu("Actions for Ben").await;
        walk.dialog(walk.word("rules-open")).await;
        person.menu("Actions for Ben", "Remove from the meeting").await;
        walk.look("remove").await;
        person.escape().await;
        person.menu("Leave", "End the meeting for everyone").await;
        walk.look("end").await;
        person.escape().await;
        walk.gone("dialog").await;
    }
}

/// Read from right to left nothing stands out, is cut off or lies under something else that does not when it is read from left to right.
#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_read_from_right_to_left() {
    let stage = Stage::new("right-to-left").await;
    let ada = stage.person(Engine::SmallChromium, 1, "Ada").await;
    let ben = stage.person(Engine::BareChromium, 2, "Ben").await;
    for person in [&ada, &ben] {
        person.join("leftwards", Some(PASSWORD)).await;
    }
    ada.wait_for_tiles(&["Ada", "Ben"], LONG).await;
    let (usual, turned) = (in_direction(&ada, "ltr").await, in_direction(&ada, "rtl").await);
    ada.screenshot("meeting").await;
    let found: Vec<String> = turned.into_iter().filter(|one| !usual.contains(one)).collect();
    assert!(found.is_empty(), "{} lines:\n{}", found.len(), found.join("\n"));
}

/// Meeting, panels, menus and dialogs, read in this direction.
async fn in_direction(ada: &Participant, direction: &str) -> Vec<String> {
    let walk = Walk::of(ada, ENGLISH);
    let mut found = barriers_of_direction(ada, "meeting", direction).await;
    for panel in ["Chat", "Participants"] {
        ada.open(panel).await;
        found.extend(barriers_of_direction(ada, panel, direction).await);
    }
    ada.menu("More", "Votes").await;
    ada.press("New vote").await;
    found.extend(barriers_of_direction(ada, "Votes", direction).await);
    ada.press("Cancel").await;
    ada.press("Close").await;
    for (button, role) in
        [("Safety code", "dialog"), ("Invite", "dialog"), ("More", "menuitem"), ("React", "menuitem"), ("Leave", "menuitem")]
    {
        ada.press(button).await;
        ada.wait_for(role, "").await;
        found.extend(barriers_of_direction(ada, button, direction).await);
        ada.escape().await;
        walk.gone(role).await;
    }
    for item in ["Settings", "Timer"] {
        ada.menu("More", item).await;
        ada.wait_for("dialog", "").await;
        found.extend(barriers_of_direction(ada, item, direction).await);
        ada.escape().await;
        walk.gone("dialog").await;
    }
    found
}

/// The main screens in Firefox, as its window stands.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_in_firefox() {
    let stage = Stage::new("accessible-firefox").await;
    let fox = stage.person(Engine::Firefox, 1, "Fox").await;
    let mut walk = Walk::of(&fox, ENGLISH);
    fox.visit("").await;
    walk.look("portal").await;
    fox.join("firefox", Some(PASSWORD)).await;
    walk.look("meeting").await;
    for id in ["safety-code", "bar-invite"] {
        walk.dialog(walk.word(id)).await;
    }
    walk.dialog_of_more("Settings").await;
    walk.menu("Leave").await;
    fox.press("Chat").await;
    walk.look("chat").await;
    fox.press("Participants").await;
    walk.look("participants").await;
    walk.dialog("Rules and password").await;
    fox.leave().await;
    walk.look("after").await;
    nothing_was_found(&[walk]);
}
