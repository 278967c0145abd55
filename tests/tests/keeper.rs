//! A version of the client that a browser keeps: nothing of another one runs before the person has agreed.
//!
//! Invariant: the host in these tests serves other scripts than before from some moment on, and each of them tells it by a request that it runs; so
//! that nothing ran is what the host has heard, and not what a page says.

use incamera_tests::browser::accessible::assert_accessible;
use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually, host};
use serde_json::{Value, json};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

const PASSWORD: &str = "lanterns over cold water";

/// A host that changes under way.
struct Changing {
    /// Its TCP port.
    port: u16,
    /// Serves other scripts.
    other_client: AtomicBool,
    /// Speaks another version of the envelopes.
    other_version: AtomicBool,
    /// Puts another worker in the place of the one that keeps, and tells nobody else of it.
    other_keeper: AtomicBool,
    /// Every path that was asked for.
    asked: Mutex<Vec<String>>,
}

/// The scripts that are others, with the paths that they ask for when they run: not by GET, which the worker would answer itself, and the host
/// hear nothing.
const CANARIES: [(&str, &str); 2] = [("/boot.js", "/canary-of-the-page"), ("/worker.js", "/canary-of-a-worker")];

impl Changing {
    async fn before(host: u16) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let own = Self {
            port,
            other_client: false.into(),
            other_version: false.into(),
            other_keeper: false.into(),
            asked: Mutex::default(),
        };
        let own = Arc::new(own);
        let changing = own.clone();
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                let changing = changing.clone();
                tokio::spawn(async move { drop(changing.pass_on(browser, host).await) });
            }
        });
        own
    }

    async fn pass_on(&self, mut browser: TcpStream, host: u16) -> std::io::Result<()> {
        let head = head_of(&mut browser).await?;
        let path = head.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default().to_owned();
        self.asked.lock().expect("no test panics there").push(path.clone());
        let mut host = TcpStream::connect(("127.0.0.1", host)).await?;
        if path == "/ws" {
            host.write_all(head.as_bytes()).await?;
            if self.other_version.load(Ordering::SeqCst) {
                as_another_version(&mut host, &mut browser).await?;
            }
            copy_bidirectional(&mut browser, &mut host).await?;
            return Ok(());
        }
        // As it is, whole, and over a connection of its own.
        let kept = head.lines().filter(|line| {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            !["accept-encoding", "if-none-match", "connection"].contains(&name.as_str()) && !line.is_empty()
        });
        let asked = kept.fold(String::new(), |all, line| all + line + "\r\n") + "Connection: close\r\n\r\n";
        host.write_all(asked.as_bytes()).await?;
        let mut answer = Vec::new();
        host.read_to_end(&mut answer).await?;
        let canary = CANARIES.iter().find(|(script, _)| *script == path).map(|(_, canary)| *canary);
        if let Some(canary) = canary.filter(|_| self.other_client.load(Ordering::SeqCst)) {
            answer = with_more(&answer, &format!("fetch(\"{canary}\", {{ method: \"HEAD\" }});"));
        }
        // Browsers mark the request for a worker (Service Workers, "Service-Worker"), so a site can tell it from the worker's own.
        let for_a_worker = head.to_ascii_lowercase().contains("\r\nservice-worker: script\r\n");
        if path == "/keeper.js" && for_a_worker && self.other_keeper.load(Ordering::SeqCst) {
            answer = with_more(&answer, "self.addEventListener(\"install\", () => self.skipWaiting());");
        }
        browser.write_all(&answer).await
    }

    fn heard(&self, path: &str) -> bool {
        self.asked.lock().expect("no test panics there").iter().any(|asked| asked == path)
    }

    /// No script of the other client has run.
    fn is_unheard(&self) -> bool {
        CANARIES.iter().all(|(_, canary)| !self.heard(canary))
    }
}

async fn head_of(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// The host's first message with another version in its first byte (RFC 6455 §5.2: two bytes, or four for a longer one, then what it says).
async fn as_another_version(host: &mut TcpStream, browser: &mut TcpStream) -> std::io::Result<()> {
    browser.write_all(head_of(host).await?.as_bytes()).await?;
    let mut frame = vec![host.read_u8().await?, host.read_u8().await?];
    if frame[1] == 126 {
        frame.extend([host.read_u8().await?, host.read_u8().await?]);
    }
    frame.push(host.read_u8().await?.wrapping_add(1));
    browser.write_all(&frame).await
}

fn with_more(answer: &[u8], script: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let body = format!("{body}\n{script}\n");
    let dropped = ["content-length", "etag"];
    let head =
        head.lines().filter(|line| !dropped.contains(&line.split(':').next().unwrap_or_default().to_ascii_lowercase().as_str()));
    let head = head.fold(String::new(), |all, line| all + line + "\r\n");
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Loads the page anew, whatever comes. The page itself does it: what WebDriver calls refreshing goes past the workers in Firefox, as a reload
/// with Shift does.
async fn reload(person: &Participant) {
    // The page is gone before a promise of it could say anything.
    person.driver().execute("window.isOld = true; location.reload();", vec![]).await.expect("the page runs scripts");
    eventually(LONG, "the page to be loaded again", || async {
        let is_new = person.driver().execute("return !window.isOld && document.readyState === 'complete';", vec![]).await;
        // Between two pages there is nothing to ask.
        if is_new.as_ref().is_ok_and(|answer| *answer.json() == json!(true)) { Ok(()) } else { Err("the old one".to_owned()) }
    })
    .await;
}

/// Loads the page until the person is asked about another version: a comparison that takes long is told at the next opening.
async fn asked_whether_to_change(person: &Participant) {
    eventually(LONG, &format!("{} to be asked", person.name), || async {
        reload(person).await;
        let question = person.evaluate("return document.querySelector('link[href=\"/changed.css\"]') !== null;").await;
        if question == json!(true) { Ok(()) } else { Err(person.text().await) }
    })
    .await;
}

/// The words of the client in the program, by the program.
fn own_words() -> String {
    let known = Command::new(host::program()).arg("fingerprint").output().expect("the program runs");
    let words: Vec<&str> = std::str::from_utf8(&known.stdout).expect("letters").split_whitespace().take(12).collect();
    words.join(" ")
}

async fn about_the_page(person: &Participant) {
    person.press("What can this site see?").await;
    person.wait_for_text("Keep this version of the page").await;
}

async fn keeps(person: &Participant) {
    about_the_page(person).await;
    person.press("Keep this version").await;
    person.wait_for_text("This browser keeps this version since").await;
    person.wait_for_text(&own_words()).await;
}

/// Everything that this site keeps in the browser.
async fn kept(person: &Participant) -> Value {
    person
        .evaluate(
            "return Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations()]).then(([caches, workers]) =>\
        [caches.length, workers.length, localStorage.length]);",
        )
        .await
}

/// What the page asks of the host comes to the host, and the page that is kept is the doctor's as well.
async fn passes_on(person: &Participant, changing: &Changing) {
    assert!(!changing.heard("/permission"));
    person.evaluate("return fetch('/permission').then((answer) => answer.status);").await;
    assert!(changing.heard("/permission"), "what the host asks of who opens a room is the host's to say");
    let front = format!("http://localhost:{}/", changing.port);
    person.driver().goto(format!("{front}doctor?lang=en")).await.expect("the page opens");
    person.wait_for("button", "Begin").await;
    person.driver().goto(format!("{front}?lang=en")).await.expect("the page opens");
    person.wait_for("button", "Join").await;
}

async fn journey(engine: Engine, name: &'static str) {
    let mut honest = Stage::new(name).await;
    let changing = Changing::before(honest.host().tcp_port()).await;
    let stage = Stage::without_host(name, &format!("http://localhost:{}/", changing.port));
    let ada = stage.person(engine, 1, "Ada").await;
    let ben = honest.person(Engine::SmallChromium, 2, "Ben").await;

    ada.visit("").await;
    assert_eq!(kept(&ada).await, json!([0, 0, 0]), "nothing unasked");
    about_the_page(&ada).await;
    assert_accessible(&ada, "keeping").await;
    ada.escape().await;
    keeps(&ada).await;
    ada.screenshot(&format!("{name}-kept")).await;
    ada.escape().await;
    eventually(LONG, "the keeper to serve the page", || async {
        reload(&ada).await;
        let keeper = ada.evaluate("return navigator.serviceWorker.controller?.scriptURL.split('/').pop();").await;
        if keeper == json!("keeper.js") { Ok(()) } else { Err(keeper.to_string()) }
    })
    .await;
    ada.wait_for("button", "Join").await;
    passes_on(&ada, &changing).await;

    // The site sends another page from now on.
    changing.other_client.store(true, Ordering::SeqCst);
    asked_whether_to_change(&ada).await;
    ada.wait_for_text("This site has changed").await;
    ada.wait_for_text(&own_words()).await;
    ada.wait_for_text("2 files differ").await;
    assert_eq!(ada.evaluate("return document.querySelector('.offered').textContent.split(' ').length;").await, json!(12));
    assert_ne!(ada.evaluate("return document.querySelector('.offered').textContent;").await, json!(own_words()));
    assert_accessible(&ada, "changed").await;
    ada.screenshot(&format!("{name}-changed")).await;
    assert!(changing.is_unheard(), "nothing of the other one has run");

    // With one's own into a meeting, workers and all.
    ada.press("Go on with mine").await;
    ada.join("still mine", Some(PASSWORD)).await;
    ben.join("still mine", Some(PASSWORD)).await;
    ada.wait_to_meet(&ben).await;
    assert!(changing.is_unheard(), "nothing of the other one has run");
    ada.leave().await;
    reload(&ada).await;
    ada.wait_for("button", "Join").await;
    about_the_page(&ada).await;
    ada.wait_for_text("The site now serves another version:").await;
    ada.escape().await;

    // A host that speaks another version: the person is told, and asked again, and may take what the site sends.
    changing.other_version.store(true, Ordering::SeqCst);
    ada.knock("too old", Some(PASSWORD)).await;
    ada.wait_for_text("This page is older than the server.").await;
    changing.other_version.store(false, Ordering::SeqCst);
    assert!(changing.is_unheard(), "nothing of the other one has run");
    ada.press("Load again").await;
    asked_whether_to_change(&ada).await;
    ada.wait_for_text("This site has changed").await;
    ada.press("Take the other one").await;
    ada.wait_for("button", "Join").await;
    eventually(LONG, "the script that was chosen to run", || async {
        if changing.heard(CANARIES[0].1) { Ok(()) } else { Err("it asked for nothing".to_owned()) }
    })
    .await;
    // It is kept now, and what the site sent before is the other one.
    changing.other_client.store(false, Ordering::SeqCst);
    asked_whether_to_change(&ada).await;
    ada.wait_for_text("This site has changed").await;
    ada.press("Go on with mine").await;
    ada.wait_for("button", "Join").await;

    // No longer: what the site sends runs as everywhere.
    about_the_page(&ada).await;
    ada.press("Keep it no longer").await;
    ada.wait_for_text("This browser can keep the page").await;
    assert_eq!(kept(&ada).await, json!([0, 0, 0]));
    ada.escape().await;
    reload(&ada).await;
    ada.wait_for("button", "Join").await;

    // Burning leaves nothing of it.
    keeps(&ada).await;
    ada.escape().await;
    ada.join("to burn", Some(PASSWORD)).await;
    ada.menu("Leave", "Leave and burn").await;
    ada.wait_for_text("Burnt.").await;
    eventually(LONG, "everything to be gone", || async {
        let left = kept(&ada).await;
        if left == json!([0, 0, 0]) { Ok(()) } else { Err(left.to_string()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_gives_way_only_when_the_person_agrees_in_chromium() {
    journey(Engine::Chromium, "kept-chromium").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_gives_way_only_when_the_person_agrees_in_firefox() {
    journey(Engine::Firefox, "kept-firefox").await;
}

/// A site that leaves everything as it is but what asks the person, and that for nobody but the browser itself: at once, or later.
async fn the_keeper_is_replaced(engine: Engine, name: &'static str) {
    let mut honest = Stage::new(name).await;
    let changing = Changing::before(honest.host().tcp_port()).await;
    let stage = Stage::without_host(name, &format!("http://localhost:{}/", changing.port));
    for (number, person, later) in [(1, "Ada", false), (2, "Ben", true)] {
        changing.other_keeper.store(false, Ordering::SeqCst);
        let person = stage.person(engine, number, person).await;
        person.visit("").await;
        keeps(&person).await;
        person.escape().await;
        if later {
            reload(&person).await;
            person.wait_for("button", "Join").await;
        }
        changing.other_keeper.store(true, Ordering::SeqCst);
        // As the browser itself does when a page was opened, and once a day.
        person.evaluate("return navigator.serviceWorker.getRegistration().then((own) => own.update()).then(() => true);").await;
        person.wait_for_text("This site is replacing what keeps your page").await;
        assert_accessible(&person, "replaced").await;
        person.screenshot(name).await;
        person.escape().await;
        person.wait_for("button", "Join").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lets_a_version_go_is_not_told_that_the_site_replaced_it() {
    let mut honest = Stage::new("let-go").await;
    let front = format!("http://localhost:{}/", honest.host().tcp_port());
    let stage = Stage::without_host("let-go", &front);
    let ada = stage.person(Engine::BareChromium, 1, "Ada").await;
    ada.visit("").await;
    ada.unfold_rooms().await;
    // From then on the worker for when the network is gone stands in for the one that keeps.
    ada.switch("Keep the rooms I visit on this device").await;
    keeps(&ada).await;
    ada.escape().await;
    reload(&ada).await;
    ada.wait_for("button", "Join").await;
    about_the_page(&ada).await;
    ada.press("Keep it no longer").await;
    let active =
        "return navigator.serviceWorker.getRegistration().then((own) => own?.active?.scriptURL.endsWith('/sw.js') ?? false);";
    eventually(LONG, "the other worker", || async {
        let there = ada.evaluate(active).await;
        if there == json!(true) { Ok(()) } else { Err(ada.text().await) }
    })
    .await;
    // It was found before it was active, so whatever the page has to say of it is there.
    assert!(!ada.text().await.contains("This site is replacing"), "nobody replaced anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_a_page_is_told_when_what_keeps_it_is_replaced_in_chromium() {
    the_keeper_is_replaced(Engine::Chromium, "replaced-chromium").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_a_page_is_told_when_what_keeps_it_is_replaced_in_firefox() {
    the_keeper_is_replaced(Engine::Firefox, "replaced-firefox").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_is_asked_in_french_too() {
    let mut honest = Stage::new("kept-french").await;
    let changing = Changing::before(honest.host().tcp_port()).await;
    let stage = Stage::without_host("kept-french", &format!("http://localhost:{}/", changing.port));
    let ada = stage.person(Engine::Chromium, 1, "Ada").await;
    ada.visit("").await;
    keeps(&ada).await;
    changing.other_client.store(true, Ordering::SeqCst);
    ada.driver().goto(format!("http://localhost:{}/?lang=fr#salle", changing.port)).await.expect("the page opens");
    asked_whether_to_change(&ada).await;
    ada.wait_for_text("Ce site a changé").await;
    assert_eq!(
        ada.evaluate("return [document.documentElement.lang, document.querySelectorAll('section').length];").await,
        json!(["fr", 1])
    );
    assert_accessible(&ada, "changé").await;
    ada.screenshot("kept-french").await;
    ada.press("Continuer avec la mienne").await;
    ada.wait_for("button", "Entrer").await;
    // The room is still the one of the link.
    assert_eq!(ada.evaluate("return location.hash;").await, json!("#salle"));
    assert!(changing.is_unheard());
}
