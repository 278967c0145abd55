//! The front of the host with real parts: a CA (pebble), reverse proxies (nginx, Caddy), certificates that change, sockets that are handed
//! over. That it is the program which is asked, over TLS, from outside.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where the thing was missing")]

mod ca;
mod doctor;
mod handed;
mod media;
mod networks;
mod permission;
mod program;
mod proxies;
mod relay;
mod slapd;
mod turn;
mod web;

use ca::Ca;
use program::{Folder, Host, free_port, program};
use proxies::nginx;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use web::{Asked, Authority, Browser, plainly};

const DOMAIN: &str = "meet.incamera.example";
const ROOT: &str = "GET / HTTP/1.1";

fn page(port: u16) -> Asked<'static> {
    Asked { port, name: DOMAIN, head: ROOT }
}

/// What a domain needs, at ports that anybody may have.
fn acme(ca: &Ca, state: &Folder) -> Vec<String> {
    acme_at(&ca.directory(), ca, state)
}

fn acme_at(directory: &str, ca: &Ca, state: &Folder) -> Vec<String> {
    let (state, root) = (state.path("state"), ca.root_file());
    let words = ["--domain", DOMAIN, "--state", &state, "--acme-directory", directory, "--acme-ca", &root];
    words.map(str::to_owned).to_vec()
}

fn host(port: u16, arguments: &[String]) -> Host {
    Host::start_at(port, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[tokio::test]
async fn a_certificate_comes_when_the_ca_does_and_outlasts_restart_and_outage() {
    let (ca, state, port) = (Ca::new("ca"), Folder::new("state"), free_port());
    let arguments = acme(&ca, &state);
    let mut host = self::host(port, &arguments);
    assert_eq!(host.url, format!("https://{DOMAIN}:{port}"));
    let said = host.running.says("no new certificate");
    assert!(said.contains("the CA cannot be reached") && said.contains("at once on SIGHUP"), "{said}");
    let waiting = plainly(port, ROOT, DOMAIN).await;
    assert!(waiting.starts_with("HTTP/1.1 503") && waiting.contains("waiting for its certificate"), "{waiting}");

    let running = ca.start(port, 90 * 24 * 60 * 60);
    host.running.signal("HUP");
    let said = host.running.says("a new certificate is in force");
    assert!(said.contains("days=89") || said.contains("days=90"), "{said}");
    let browser = ca.browser().await;
    let (answer, first) = browser.asks(page(port)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("strict-transport-security: max-age="), "{answer}");
    let sent_on = plainly(port, "GET /a?b HTTP/1.1", "elsewhere.example").await;
    assert!(sent_on.starts_with("HTTP/1.1 308") && sent_on.contains("cache-control: no-store"), "{sent_on}");
    assert!(sent_on.contains(&format!("location: https://{DOMAIN}:{port}/a?b")), "{sent_on}");
    let log = host.running.end();
    assert!(!log.contains("PRIVATE KEY"));

    // The CA is gone, and what it signed is there.
    drop(running);
    let mut host = self::host(port, &arguments);
    host.running.says("the certificate that is kept is in force");
    let (_, again) = browser.asks(page(port)).await.unwrap();
    assert_eq!(first, again);
    drop(host);

    // Another name needs another certificate; the CA that came back has forgotten the account, and gets a new one.
    let running = ca.start(port, 90 * 24 * 60 * 60);
    let further = [arguments, vec!["--domain".to_owned(), "www.incamera.example".to_owned()]].concat();
    let mut host = self::host(port, &further);
    host.running.says("does not know this host's account any more");
    host.running.says("a new certificate is in force");
    let browser = ca.browser().await;
    for name in [DOMAIN, "www.incamera.example"] {
        let (answer, _) = browser.asks(Asked { port, name, head: ROOT }).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    drop(running);
}

#[tokio::test]
async fn a_certificate_is_renewed_with_a_third_left_and_nobody_is_cut_off() {
    let (ca, state, port) = (Ca::new("ca-short"), Folder::new("state-short"), free_port());
    // Due again after six seconds: who meets may be silent for twelve.
    let _running = ca.start(port, 9);
    let mut host = self::host(port, &acme(&ca, &state));
    host.running.says("a new certificate is in force");
    let browser = ca.browser().await;
    let mut meeting = browser.meets(port, DOMAIN, None).await.unwrap();
    meeting.enters(1).await;
    host.running.says("a new certificate is in force");
    let (_, renewed) = browser.asks(page(port)).await.unwrap();
    assert!(meeting.shown != renewed, "the same certificate");
    meeting.is_alive().await;
}

#[tokio::test]
async fn a_ca_that_sees_somebody_else_at_the_domain_is_understood() {
    let (ca, state, port) = (Ca::new("ca-elsewhere"), Folder::new("state-elsewhere"), free_port());
    let _running = ca.start(free_port(), 1000);
    let mut host = self::host(port, &acme(&ca, &state));
    let said = host.running.says("no new certificate");
    assert!(said.contains("the CA could not verify the domain") && said.contains("TCP port 443 must be open"), "{said}");
    assert!(said.contains("Next try in 5 min"), "{said}");
}

/// A CA whose front says "not so often", as Let's Encrypt's does.
#[tokio::test]
async fn a_ca_that_limits_is_left_alone_for_as_long_as_it_says() {
    let (ca, state, front, port) = (Ca::new("ca-limits"), Folder::new("state-limits"), Folder::new("limits"), free_port());
    let _running = ca.start(port, 1000);
    let (chain, key) = ca.certifies("localhost");
    front.write("chain.pem", &chain);
    front.write("key.pem", &key);
    let (at, passing_on) = (free_port(), format!("location / {{ proxy_pass https://127.0.0.1:{}; }}", ca.port));
    let limited = r#"location = /order-plz { default_type application/problem+json; add_header Retry-After 7200 always; return 429
        '{"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many certificates already issued"}'; }"#;
    let limiting = nginx(&front, at, &format!("{limited} {passing_on}"));
    let directory = format!("https://localhost:{at}/dir");
    let mut host = self::host(port, &acme_at(&directory, &ca, &state));
    let said = host.running.says("no new certificate");
    assert!(said.contains("limits how often it may be asked: too many certificates already issued (rateLimited)"), "{said}");
    assert!(said.contains("Next try in 120 min, or at once on SIGHUP; there is no certificate yet"), "{said}");
    drop(limiting);
    let _passing = nginx(&front, at, &passing_on);
    host.running.signal("HUP");
    host.running.says("a new certificate is in force");
}

#[tokio::test]
async fn certificates_are_swapped_under_running_connections() {
    let (folder, authority) = (Folder::new("files"), Authority::new("somebody"));
    let (one, one_key) = authority.certifies(DOMAIN);
    let (certificate, key) = (folder.write("chain.pem", &one), folder.write("key.pem", &one_key));
    let mut host = Host::start(&["--certificate", &certificate, "--certificate-key", &key]);
    let browser = Browser::believing(&authority.pem());
    let mut meeting = browser.meets(host.port, DOMAIN, None).await.unwrap();
    meeting.enters(1).await;

    // Certificate first, key later: what does not fit together does not come into force.
    let (two, two_key) = authority.certifies(DOMAIN);
    folder.write("chain.pem", &two);
    host.running.signal("HUP");
    let said = host.running.says("the certificate in force stays");
    assert!(said.contains(&key) && said.contains("it is not the one of"), "{said}");
    let (_, shown) = browser.asks(page(host.port)).await.unwrap();
    assert_eq!(shown, meeting.shown);
    folder.write("key.pem", &two_key);
    // Nobody says anything: it is noticed.
    host.running.says("the certificate was read anew");
    let (answer, shown) = browser.asks(page(host.port)).await.unwrap();
    assert!(shown != meeting.shown && answer.contains("strict-transport-security"), "{answer}");
    meeting.is_alive().await;
    drop(host);

    folder.write("key.pem", "nothing");
    let refused = program().args(["serve", "--certificate", &certificate, "--certificate-key", &key]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("{key}: no key: there is none in it")), "{said}");
}

#[tokio::test]
async fn a_self_signed_certificate_stays_the_same_and_promises_nothing() {
    let state = Folder::new("self-signed");
    let arguments = ["--self-signed", "--state", &state.path("state")];
    let mut host = Host::start(&arguments);
    let said = host.running.says("SHA-256 fingerprint");
    let pem = std::fs::read_to_string(state.path("state/self-signed.pem")).unwrap();
    let browser = Browser::believing(&pem[..pem.find("-----BEGIN PRIVATE").unwrap()]);
    let asked = |port| Asked { port, name: "localhost", head: ROOT };
    let (answer, shown) = browser.asks(asked(host.port)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("strict-transport-security"), "{answer}");
    let digest = ring::digest::digest(&ring::digest::SHA256, &shown);
    let fingerprint = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
    assert!(said.contains(&fingerprint), "{said}");
    drop(host);
    let host = Host::start(&arguments);
    assert_eq!(browser.asks(asked(host.port)).await.unwrap().1, shown, "who believed it once need not do so again");
}

#[tokio::test]
async fn one_port_tells_media_tls_and_plain_http_apart() {
    let state = Folder::new("apart");
    let host = Host::start(&["--self-signed", "--state", &state.path("state")]);
    let sent_on = plainly(host.port, "GET /x HTTP/1.1", &format!("localhost:{}", host.port)).await;
    assert!(sent_on.contains(&format!("location: https://localhost:{}/x", host.port)), "{sent_on}");
    // A frame of four bytes (RFC 4571) that is no check: closed without a word.
    assert_eq!(answer_to(host.port, &[0, 4, 1, 2, 3, 4]).await, b"");
    // A handshake that begins with the wrong word: an alert (RFC 8446 §6), which only TLS knows.
    let alert = answer_to(host.port, &[22, 3, 1, 0, 4, 2, 0, 0, 0]).await;
    assert_eq!(alert.first(), Some(&21), "{alert:?}");
    // Within TLS a letter is HTTP, and anything else is nothing.
    let pem = std::fs::read_to_string(state.path("state/self-signed.pem")).unwrap();
    let browser = Browser::believing(&pem[..pem.find("-----BEGIN PRIVATE").unwrap()]);
    let mut stream = browser.connect(host.port, "localhost").await.unwrap();
    stream.write_all(&[9; 40]).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert_eq!(answer, b"");
}

async fn answer_to(port: u16, bytes: &[u8]) -> Vec<u8> {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(program::LONG, stream.read_to_end(&mut answer)).await.unwrap();
    answer
}

/// Picture and sound at the port of the page, over TCP, beside HTTPS: a browser's check as media in frames is answered there.
#[tokio::test]
async fn media_goes_over_tcp_beside_https() {
    let state = Folder::new("beside");
    let host = Host::start(&["--self-signed", "--state", &state.path("state")]);
    let pem = std::fs::read_to_string(state.path("state/self-signed.pem")).unwrap();
    let browser = Browser::believing(&pem[..pem.find("-----BEGIN PRIVATE").unwrap()]);
    let mut meeting = browser.meets(host.port, "localhost", None).await.unwrap();
    let answer = media::offers(&mut meeting).await;
    let named = |line: &str| line.starts_with("a=candidate:") && line.contains(&format!("127.0.0.1 {}", host.port));
    let ways: Vec<&str> = answer.lines().filter(|line| named(line)).map(|line| line.split(' ').nth(2).unwrap()).collect();
    assert_eq!(ways, ["udp", "tcp"], "{answer}");
    let check = media::check(&answer);
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", host.port)).await.unwrap();
    stream.write_all(&[&(check.len() as u16).to_be_bytes(), check.as_slice()].concat()).await.unwrap();
    let mut reply = [0; 22];
    tokio::time::timeout(program::LONG, stream.read_exact(&mut reply)).await.unwrap().unwrap();
    assert_eq!((&reply[2..4], &reply[10..22]), ([1, 1].as_slice(), &check[8..20]), "a success for this check");
    meeting.is_alive().await;
}

#[tokio::test]
async fn limits_are_taken_over_while_people_meet() {
    let (folder, authority) = (Folder::new("reload"), Authority::new("somebody"));
    let (chain, key) = authority.certifies(DOMAIN);
    let (chain, key) = (folder.write("chain.pem", &chain), folder.write("key.pem", &key));
    let settings = |rest: &str| format!("certificate = \"{chain}\"\ncertificate-key = \"{key}\"\n{rest}\n");
    let file = folder.write("incamera.toml", &settings(""));
    let mut host = Host::start(&["--config", &file]);
    let browser = Browser::believing(&authority.pem());
    let mut meeting = browser.meets(host.port, DOMAIN, None).await.unwrap();
    meeting.enters(1).await;

    folder.write("incamera.toml", &settings("connections = 1\nthreads = 7"));
    host.running.signal("HUP");
    let said = host.running.says("takes a restart");
    assert!(said.contains("threads"), "{said}");
    host.running.says("the settings were read anew");
    meeting.is_alive().await;
    assert!(browser.asks(page(host.port)).await.is_err(), "there is room for one, and that one is here");

    folder.write("incamera.toml", &settings("connections = 1000\nlisten = 5"));
    host.running.signal("HUP");
    let said = host.running.says("incamera.toml:4");
    assert!(said.contains("`listen` cannot be 5"), "{said}");
    host.running.says("the settings in force stay");
    assert!(browser.asks(page(host.port)).await.is_err(), "a file with a mistake changes nothing");
    meeting.is_alive().await;
}

#[test]
fn a_mistake_in_the_settings_is_told_by_file_and_line() {
    let folder = Folder::new("mistakes");
    let file = folder.write("incamera.toml", "listen = \"127.0.0.1:0\"\n\nlisten-here = true\nmedia = 8443\n");
    for act in ["config check", "config show", "serve"] {
        let output = program().args(act.split(' ')).args(["--config", &file]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), b"".as_slice()), "{act}: {said}");
        assert!(said.contains(&format!("{file}:3: there is no setting `listen-here`")), "{said}");
        assert!(said.contains(&format!("{file}:4: `media` cannot be 8443. Allowed: text in quotation marks")), "{said}");
    }
    let together = program().args(["config", "check", "--certificate", "/x"]).output().unwrap();
    assert!(String::from_utf8_lossy(&together.stderr).contains("`certificate` and `certificate-key` go together"));
    let strange = program().args(["config", "check"]).env("INCAMERA_LISTN", "x").output().unwrap();
    assert!(strange.status.success());
    let said = String::from_utf8_lossy(&strange.stderr).into_owned();
    assert!(said.contains("INCAMERA_LISTN: there is no setting `listn`. Is it `listen` that is meant?"), "{said}");
    let output = program().args(["config", "show", "--threads", "3"]).env("INCAMERA_MEDIA", "127.0.0.1:9").output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("\nthreads = 3 # --threads\n"), "{shown}");
    assert!(shown.contains("\nmedia = \"127.0.0.1:9\" # environment INCAMERA_MEDIA\n"), "{shown}");
}
