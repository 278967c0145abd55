//! The client from elsewhere: people go to a host that they do not trust with the client of their own program.
//!
//! Invariant: two people meet through `incamera join` at a host whose page neither of them has ever loaded, over TLS that they believe by
//! its fingerprint alone.

use incamera_tests::browser::process::Running;
use incamera_tests::browser::{Engine, Host, LONG, Stage, eventually, host};
use std::path::Path;
use std::process::{Command, Output};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PASSWORD: &str = "lanterns over cold water";

/// What a program has written, once it has written `words`: the line with them.
async fn line_with(log: &Path, words: &str) -> String {
    eventually(LONG, &format!("{} to say {words:?}", log.display()), || async {
        let text = std::fs::read_to_string(log).map_err(|error| error.to_string())?;
        text.lines().find(|line| line.contains(words)).map(str::to_owned).ok_or(text)
    })
    .await
}

/// Somebody's own program, which leads to the host. It ends when this is dropped.
struct Way {
    _running: Running,
    /// Where the browser is to go.
    front: String,
}

impl Way {
    async fn to(link: &str, fingerprint: &str, log: &Path) -> Self {
        let mut command = Command::new(host::program());
        command.args(["join", link, "--certificate-fingerprint", fingerprint, "--no-browser"]);
        let running = Running::start(&mut command, log);
        let address = line_with(log, "http://127.0.0.1:").await;
        let front = address.split('#').next().unwrap_or_default().trim().to_owned();
        assert!(address.ends_with("#elsewhere!"), "{address}");
        Self { _running: running, front }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_meet_at_a_host_whose_page_they_never_loaded() {
    let hosts = Stage::without_host("elsewhere", "");
    let log = hosts.scratch.path("host.log");
    let untrusted = Host::start_program(host::program(), &log, &["--self-signed"]).await;
    let fingerprint = line_with(&log, "its SHA-256 fingerprint is").await;
    let fingerprint = fingerprint.rsplit(' ').next().unwrap_or_default();
    let address = format!("https://localhost:{}/", untrusted.tcp_port());
    let link = format!("{address}#elsewhere!");
    let adas = Way::to(&link, fingerprint, &hosts.scratch.path("ada.log")).await;
    let bens = Way::to(&link, fingerprint, &hosts.scratch.path("ben.log")).await;
    assert_ne!(adas.front, bens.front, "each has a port");
    let (at_adas, at_bens) =
        (Stage::without_host("elsewhere-ada", &adas.front), Stage::without_host("elsewhere-ben", &bens.front));
    let ada = at_adas.person(Engine::Chromium, 1, "Ada").await;
    let ben = at_bens.person(Engine::SmallChromium, 2, "Ben").await;

    ada.visit("#elsewhere!").await;
    ada.press("What can this site see?").await;
    ada.wait_for_text(&format!("not from https://localhost:{}", untrusted.tcp_port())).await;
    let known = Command::new(host::program()).arg("fingerprint").output().expect("the program runs");
    let words: Vec<&str> = std::str::from_utf8(&known.stdout).expect("letters").split_whitespace().take(12).collect();
    ada.wait_for_text(&words.join(" ")).await;
    ada.screenshot("trust").await;
    ada.escape().await;
    ada.join("elsewhere", Some(PASSWORD)).await;
    ben.join("elsewhere", Some(PASSWORD)).await;
    ada.wait_to_meet(&ben).await;
    assert_eq!(ada.safety_code().await, ben.safety_code().await);
    ada.escape().await;
    ben.escape().await;
    // Whoever is invited finds the host, and not Ada's computer.
    ada.press("Invite").await;
    let shown = ada.wait_for("textbox", "The link").await;
    assert_eq!(shown.prop("value").await.expect("a field"), Some(link));
    ada.escape().await;

    ben.leave().await;
    ben.wait_for_text("The door is closed behind you.").await;
    ada.wait_for_tiles(&["Ada"], LONG).await;
}

fn verify(address: &str, more: &[&str]) -> Output {
    Command::new(host::program()).args(["verify", address]).args(more).output().expect("the program runs")
}

/// A host that serves everything as it is but for one letter of one script.
async fn tampering(before: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    tokio::spawn(async move {
        while let Ok((mut asked, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = vec![0; 4096];
                let read = asked.read(&mut request).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&request[..read]).replacen("\r\n", "\r\nConnection: close\r\n", 1);
                let Ok(mut host) = TcpStream::connect(("127.0.0.1", before)).await else { return };
                let mut answer = Vec::new();
                if host.write_all(head.as_bytes()).await.is_err() || host.read_to_end(&mut answer).await.is_err() {
                    return;
                }
                if head.starts_with("GET /boot.js ")
                    && let Some(last) = answer.last_mut()
                {
                    *last ^= 1;
                }
                let _ = asked.write_all(&answer).await;
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_serves_another_page_is_seen_through() {
    let mut stage = Stage::new("verified").await;
    let honest = stage.host().tcp_port();
    let dishonest = tampering(honest).await;
    let (same, other) = tokio::task::spawn_blocking(move || {
        (verify(&format!("http://localhost:{honest}"), &[]), verify(&format!("http://localhost:{dishonest}/#room"), &[]))
    })
    .await
    .expect("both ran");
    let said = String::from_utf8_lossy(&same.stdout);
    assert!(same.status.success() && said.contains("all the same"), "{said}{}", String::from_utf8_lossy(&same.stderr));
    let own = Command::new(host::program()).arg("fingerprint").output().expect("the program runs");
    assert!(said.contains(String::from_utf8_lossy(&own.stdout).trim()), "{said}");
    let said = String::from_utf8_lossy(&other.stdout);
    assert_eq!(other.status.code(), Some(1), "{said}");
    assert!(said.contains("boot.js: is another one") && said.contains("1 of "), "{said}");

    // Believed is who was named, and nobody else.
    let log = stage.scratch.path("self-signed.log");
    let unknown = Host::start_program(host::program(), &log, &["--self-signed"]).await;
    let fingerprint = line_with(&log, "its SHA-256 fingerprint is").await;
    let fingerprint = fingerprint.rsplit(' ').next().unwrap_or_default().to_owned();
    let wrong = format!("{}{}", if fingerprint.starts_with('0') { '1' } else { '0' }, &fingerprint[1..]);
    let address = format!("https://localhost:{}", unknown.tcp_port());
    let codes = tokio::task::spawn_blocking(move || {
        [vec!["--certificate-fingerprint", &fingerprint], vec!["--certificate-fingerprint", &wrong], vec![]]
            .map(|believed| verify(&address, &believed).status.code())
    });
    assert_eq!(codes.await.expect("all ran"), [Some(0), Some(2), Some(2)]);
}

/// A screen without glass, for programs that want one.
struct Screen {
    _server: Running,
    name: String,
}

impl Screen {
    async fn new(stage: &Stage) -> Self {
        let log = stage.scratch.path("screen.log");
        let mut command = Command::new("Xvfb");
        // It chooses a number that is free and says it.
        command.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
        let server = Running::start(&mut command, &log);
        let number = eventually(LONG, "the screen to say its number", || async {
            let text = std::fs::read_to_string(&log).map_err(|error| error.to_string())?;
            let number =
                text.lines().map(str::trim).find(|line| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()));
            number.map(str::to_owned).ok_or(text.clone())
        })
        .await;
        Self { _server: server, name: format!(":{number}") }
    }
}

/// What a person on this machine has: a browser (Chromium, which these tests run as root, and which they look into), and a folder in memory.
fn desk(stage: &Stage) -> (std::path::PathBuf, std::path::PathBuf) {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, browser) = (stage.scratch.path("run"), stage.scratch.path("own-chromium"));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(&browser, "#!/bin/sh\nexec chromium --no-sandbox --disable-gpu --remote-debugging-port=0 \"$@\"\n")
        .expect("a file");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).expect("a program");
    (folder, browser)
}

fn in_a_window(stage: &Stage, screen: &Screen) -> (Command, std::path::PathBuf) {
    let (folder, browser) = desk(stage);
    let mut command = Command::new(host::program());
    command.args(["join", &format!("{}#window", stage.front), "--window", "--browser"]).arg(browser);
    command.env("DISPLAY", &screen.name).env("XDG_RUNTIME_DIR", &folder).env_remove("WAYLAND_DISPLAY");
    (command, folder)
}

fn profiles(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").flatten().map(|entry| entry.path());
    entries.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("incamera-window-"))).collect()
}

/// What Chromium answers to its own tools. It leaves the connection open, so what comes is as long as it says.
async fn of_chromium(port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n").as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).and_then(|length| length.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Chromium's own word of what it shows: port and answer.
async fn shown_in(folder: &Path) -> (u16, serde_json::Value) {
    eventually(LONG, "the page in its window", || async {
        let profile = profiles(folder).pop().ok_or("no profile yet")?;
        let told = std::fs::read_to_string(profile.join("DevToolsActivePort")).map_err(|error| error.to_string())?;
        let port: u16 = told.lines().next().and_then(|line| line.parse().ok()).ok_or("no port yet")?;
        let list = of_chromium(port, "/json/list").await.map_err(|error| error.to_string())?;
        let pages: serde_json::Value = serde_json::from_str(&list).map_err(|error| format!("{error}: {list}"))?;
        let page = pages.as_array().into_iter().flatten().find(|page| page["type"] == "page").cloned().ok_or("no page yet")?;
        // The client has run: the title is no longer that of the file.
        if page["title"].as_str().is_some_and(|title| title.len() > "Incamera".len()) {
            Ok((port, page))
        } else {
            Err(page.to_string())
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_of_its_own_leaves_nothing_behind() {
    let stage = Stage::new("window").await;
    let screen = Screen::new(&stage).await;
    for closed_by_the_person in [true, false] {
        let (mut command, folder) = in_a_window(&stage, &screen);
        let log = stage.scratch.path(if closed_by_the_person { "closed.log" } else { "ended.log" });
        let mut program = Running::start(&mut command, &log);
        let front = line_with(&log, "http://127.0.0.1:").await;
        let (port, page) = shown_in(&folder).await;
        assert_eq!(page["url"], front.trim());
        assert_eq!(profiles(&folder).len(), 1);
        if closed_by_the_person {
            let path = format!("/json/close/{}", page["id"].as_str().expect("a page has a name"));
            of_chromium(port, &path).await.expect("Chromium closes a window");
        } else {
            let ended = Command::new("kill").args(["-TERM", &program.id().to_string()]).status();
            assert!(ended.expect("kill runs").success());
        }
        eventually(LONG, "the program to end with its window", || {
            let (alive, left) = (program.is_alive(), profiles(&folder));
            async move { if !alive && left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) } }
        })
        .await;
    }
}

#[test]
fn without_a_browser_for_a_window_the_person_is_told() {
    let mut command = Command::new(host::program());
    command.args(["join", "http://localhost:9/#window", "--window"]).env("PATH", "/nonexistent");
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no browser here that can show a window of its own") && said.contains("--browser PROGRAM"), "{said}");
}
