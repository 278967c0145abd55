//! The host behind nginx and behind Caddy, set up as the pages for operators say.

use super::program::{Folder, Host, Running, free_port};
use super::web::{Authority, Browser, plainly};
use super::{DOMAIN, page};
use std::process::Command;
use tokio_tungstenite::tungstenite;

/// nginx in front of something, with these words about it, as one process, so that it is gone with its test. Certificate and key lie in the folder.
pub(super) fn nginx(folder: &Folder, port: u16, locations: &str) -> Running {
    let config = format!(
        "daemon off; master_process off; pid {pid}; error_log stderr notice; events {{}}
        http {{ access_log off; client_body_temp_path {tmp}; proxy_temp_path {tmp}; fastcgi_temp_path {tmp};
        uwsgi_temp_path {tmp}; scgi_temp_path {tmp};
        server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {chain}; ssl_certificate_key {key};
        proxy_set_header Host $http_host; {locations} }} }}",
        pid = folder.path("pid"),
        tmp = folder.path("tmp"),
        chain = folder.path("chain.pem"),
        key = folder.path("key.pem"),
    );
    let file = folder.write("nginx.conf", &config);
    let mut running = Running::start(Command::new("/usr/sbin/nginx").args(["-c", &file, "-e", "stderr"]));
    running.says("using the ");
    running
}

#[tokio::test]
async fn behind_nginx_people_meet_and_each_address_counts_for_itself() {
    let (folder, authority) = (Folder::new("nginx"), Authority::new("somebody"));
    let (chain, key) = authority.certifies(DOMAIN);
    folder.write("chain.pem", &chain);
    folder.write("key.pem", &key);
    let arguments = ["--behind-proxy", "--domain", DOMAIN, "--connections-per-address", "2"];
    let host = Host::start(&arguments);
    assert_eq!(host.url, format!("https://{DOMAIN}"));
    let front = free_port();
    let passing_on = format!(
        "location / {{ proxy_pass http://127.0.0.1:{}; proxy_http_version 1.1; proxy_set_header Host $http_host;
        proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }}",
        host.port
    );
    let _nginx = nginx(&folder, front, &passing_on);
    let browser = Browser::believing(&authority.pem());
    let (answer, _) = browser.asks(page(front)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("content-security-policy"), "{answer}");

    let from = |address: &'static str| browser.meets(front, DOMAIN, Some(address));
    let mut first = from("203.0.113.5").await.unwrap();
    let second = from("203.0.113.5").await.unwrap();
    let Err(tungstenite::Error::Http(refused)) = from("203.0.113.5").await else { panic!("a third from there came in") };
    assert_eq!(refused.status(), 429);
    from("203.0.113.6").await.unwrap().enters(1).await;
    first.enters(2).await;
    drop(second);
    // Its place is free as soon as the host has noticed; what is asked until then is refused and asked again.
    let mut again = from("203.0.113.5").await;
    while matches!(again, Err(tungstenite::Error::Http(_))) {
        again = from("203.0.113.5").await;
    }
    again.unwrap().enters(3).await;
    let log = host.running.end();
    assert!(log.contains("too many connections from one place") && !log.contains("203.0.113"), "{log}");
}

/// Caddy in front of the host at this port, as the page for operators has it; names, ports and certificate are those of the test. `believing`: what
/// it says of whom it believes, if anything.
fn caddy(folder: &Folder, port: u16, host: u16, believing: &str) -> Running {
    let page = include_str!("../../../docs/hosting/en/reverse-proxy.md");
    let block =
        page.split("```caddyfile\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the page shows Caddy's words");
    let (site, inside) = block.split_once(" {\n").expect("a site and what it does");
    assert!(site == "meet.example.org" && inside.contains("127.0.0.1:8443"), "{block}");
    let inside = inside.replace("127.0.0.1:8443", &format!("127.0.0.1:{host}{believing}"));
    let (chain, key) = (folder.path("chain.pem"), folder.path("key.pem"));
    let own =
        format!("{{\nadmin off\nauto_https off\n}}\nhttps://{DOMAIN}:{port} {{\nbind 127.0.0.1\ntls {chain} {key}\n{inside}");
    let file = folder.write("Caddyfile", &own);
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config", &file]);
    command.envs(["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"].map(|name| (name, folder.path("caddy"))));
    let mut running = Running::start(&mut command);
    running.says("serving initial configuration");
    running
}

#[tokio::test]
async fn behind_caddy_as_the_pages_have_it_people_meet_and_nobody_speaks_for_others() {
    let (folder, authority) = (Folder::new("caddy"), Authority::new("somebody"));
    let (chain, key) = authority.certifies(DOMAIN);
    folder.write("chain.pem", &chain);
    folder.write("key.pem", &key);
    let host = Host::start(&["--behind-proxy", "--domain", DOMAIN, "--connections-per-address", "2"]);
    let front = free_port();
    let in_front = caddy(&folder, front, host.port, "");
    let browser = Browser::believing(&authority.pem());
    let (answer, _) = browser.asks(page(front)).await.unwrap();
    let small = answer.to_ascii_lowercase();
    assert!(answer.starts_with("HTTP/1.1 200") && small.contains("content-security-policy"), "{answer}");
    // Caddy says whom it heard, this machine, whatever that one says of itself: nobody uses up the places of somebody else.
    for room in 1..4 {
        browser.meets(front, DOMAIN, Some("203.0.113.5")).await.unwrap().enters(room).await;
    }
    drop(in_front);

    // One that is told to believe this machine passes on whom it was told of, and the host counts them.
    let front = free_port();
    let _believing = caddy(&folder, front, host.port, " {\ntrusted_proxies 127.0.0.1/32\n}");
    let from = |address: &'static str| browser.meets(front, DOMAIN, Some(address));
    let mut first = from("203.0.113.5").await.unwrap();
    let _second = from("203.0.113.5").await.unwrap();
    let Err(tungstenite::Error::Http(refused)) = from("203.0.113.5").await else { panic!("a third from there came in") };
    assert_eq!(refused.status(), 429);
    from("203.0.113.6").await.unwrap().enters(5).await;
    first.is_alive().await;
    let log = host.running.end();
    assert!(log.contains("too many connections from one place") && !log.contains("203.0.113"), "{log}");
}

#[tokio::test]
async fn without_being_told_of_a_proxy_nobody_speaks_for_others() {
    let host = Host::start(&["--connections-per-address", "1"]);
    let head = "GET / HTTP/1.1\r\nX-Forwarded-For: 203.0.113.5";
    let answers = [plainly(host.port, head, "localhost").await, plainly(host.port, head, "localhost").await];
    assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 200")), "{answers:?}");
}
