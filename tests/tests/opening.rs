//! Journeys on a host that asks who may open rooms.
//!
//! Invariant: as in the other journeys, only what people see, hear and read is asserted; and what the host has logged.

use incamera_tests::browser::host::program;
use incamera_tests::browser::process::{Running, Scratch, free_tcp_port};
use incamera_tests::browser::stage::log_path;
use incamera_tests::browser::{Engine, Host, LONG, Stage, eventually, no_complaints};
use std::process::Command;

const PASSWORD: &str = "lanterns over cold water";
const WORD: &str = "canary of the choir";

/// A host that asks for the word.
async fn host(files: &Scratch, name: &str) -> Host {
    let words = files.path("words");
    std::fs::write(&words, format!("{WORD}\n")).expect("the words are written");
    let arguments = ["--rooms-for", "word", "--room-words", words.to_str().expect("a path of letters")];
    Host::start_program(program(), &log_path(name), &arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_word_opens_the_room_and_who_has_none_waits() {
    let files = Scratch::new("opening-words");
    let mut stage = Stage::around("opening", host(&files, "opening").await);
    let ada = stage.person(Engine::Chromium, 1, "Ada").await;
    let ben = stage.person(Engine::Chromium, 2, "Ben").await;
    let cleo = stage.person(Engine::SmallChromium, 3, "Cleo").await;

    // Ben is the first, has no word, and waits.
    ben.knock("opening", Some(PASSWORD)).await;
    ben.wait_for_text("This server asks who may open one.").await;
    ben.press("Wait until somebody opens it").await;
    ben.wait_for_text("The room is not open yet.").await;
    ben.wait_for_text("Nobody sees or hears you yet.").await;
    ben.screenshot("unopened").await;

    ada.knock("opening", Some(PASSWORD)).await;
    ada.wait_for_text("The server learns that you open a room, not which one.").await;
    ada.press("Open the room").await;
    ada.wait_for_alert("Type what the server asks for").await;
    ada.fill("Your word for opening rooms", "canary of nobody").await;
    ada.press("Open the room").await;
    ada.wait_for_alert("The server does not know this word.").await;
    ada.screenshot("asked").await;
    ada.fill("Your word for opening rooms", WORD).await;
    ada.press("Open the room").await;
    ada.wait_to_be_in().await;
    ben.wait_to_be_in().await;
    ada.wait_to_meet(&ben).await;
    ben.wait_to_meet(&ada).await;

    // A guest is asked nothing.
    cleo.knock("opening", Some(PASSWORD)).await;
    cleo.wait_to_be_in().await;
    ben.wait_to_meet(&cleo).await;

    // Ada has been asked once, and opens the next room without a word.
    ada.leave().await;
    ada.press("New meeting").await;
    ada.press("Join").await;
    ada.wait_to_be_in().await;
    no_complaints(&[&ada, &ben, &cleo]).await;
    let log = String::from_utf8_lossy(&stage.host().logged()).into_owned();
    assert!(log.contains("was not known") && !log.contains("canary"), "{log}");
}

/// The client of one's own program (`incamera join`) is asked the same, and what it says gets to the host.
#[tokio::test(flavor = "multi_thread")]
async fn who_joins_with_a_client_of_their_own_is_asked_the_same() {
    let files = Scratch::new("opening-elsewhere");
    let host = host(&files, "opening-elsewhere").await;
    let log = files.path("join.log");
    let mut command = Command::new(program());
    command.args(["join", &format!("{}#elsewhere!", host.url()), "--no-browser"]);
    let _running = Running::start(&mut command, &log);
    let address = eventually(LONG, "the program to say where its page is", || async {
        let text = std::fs::read_to_string(&log).map_err(|error| error.to_string())?;
        text.lines().find(|line| line.starts_with("http://127.0.0.1:")).map(str::to_owned).ok_or(text)
    })
    .await;
    let stage = Stage::without_host("opening-joined", address.split('#').next().unwrap_or_default());
    let ada = stage.person(Engine::Chromium, 1, "Ada").await;
    ada.knock("elsewhere", Some(PASSWORD)).await;
    ada.fill("Your word for opening rooms", WORD).await;
    ada.press("Open the room").await;
    ada.wait_to_be_in().await;
    no_complaints(&[&ada]).await;
}

/// Debian's `slapd` with Fatou in it.
async fn directory(files: &Scratch, port: u16) -> Running {
    let database = files.path("database");
    std::fs::create_dir_all(&database).expect("a directory for the database");
    let schemas: String =
        ["core", "cosine", "inetorgperson"].iter().map(|name| format!("include /etc/ldap/schema/{name}.schema\n")).collect();
    let config = format!(
        "{schemas}modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {}\ndatabase mdb\nmaxsize 10485760\n\
        suffix dc=example,dc=org\nrootdn cn=root,dc=example,dc=org\nrootpw secret\ndirectory {}\n",
        files.path("pid").display(),
        database.display(),
    );
    let people = "dn: dc=example,dc=org\nobjectClass: domain\ndc: example\n\n\
        dn: uid=fatou,dc=example,dc=org\nobjectClass: inetOrgPerson\nuid: fatou\ncn: Fatou\nsn: Diop\nuserPassword: canary of fatou\n";
    let (config_file, people_file, log) = (files.path("slapd.conf"), files.path("people.ldif"), files.path("slapd.log"));
    std::fs::write(&config_file, config).expect("the directory's settings are written");
    std::fs::write(&people_file, people).expect("people are written");
    let url = format!("ldap://127.0.0.1:{port}/");
    // Debian keeps it where not everybody's path leads. With -d it stays in the foreground.
    let mut command = Command::new("/usr/sbin/slapd");
    let running = Running::start(command.arg("-d").arg("256").arg("-f").arg(&config_file).args(["-h", &url]), &log);
    eventually(LONG, "the directory to take its people", || async {
        let mut add = Command::new("ldapadd");
        add.args(["-x", "-H", &url, "-D", "cn=root,dc=example,dc=org", "-w", "secret", "-f"]).arg(&people_file);
        let added = add.output().map_err(|error| error.to_string())?;
        if added.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&added.stderr).into_owned()) }
    })
    .await;
    running
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_to_the_directory_opens_the_room() {
    let files = Scratch::new("opening-directory");
    let port = free_tcp_port();
    let url = format!("ldap://127.0.0.1:{port}");
    let arguments = ["--rooms-for", "ldap", "--ldap-url", &url, "--ldap-person", "uid={name},dc=example,dc=org"];
    let host = Host::start_program(program(), &log_path("opening-directory"), &arguments).await;
    let mut stage = Stage::around("opening-directory", host);
    let fatou = stage.person(Engine::SmallChromium, 1, "Fatou").await;
    fatou.knock("opening", None).await;
    fatou.fill("Your name in your organisation", "fatou").await;
    fatou.fill("Your password in your organisation", "canary of nobody").await;
    fatou.press("Open the room").await;
    fatou.wait_for_alert("The server cannot reach your organisation’s directory at present.").await;
    let _directory = directory(&files, port).await;
    fatou.press("Open the room").await;
    fatou.wait_for_alert("Your organisation does not know this name with this password.").await;
    fatou.screenshot("account").await;
    fatou.fill("Your password in your organisation", "canary of fatou").await;
    fatou.press("Open the room").await;
    fatou.wait_to_be_in().await;
    no_complaints(&[&fatou]).await;
    let log = String::from_utf8_lossy(&stage.host().logged()).into_owned();
    assert!(log.contains("cannot be asked") && !log.contains("canary") && !log.contains("fatou"), "{log}");
}
