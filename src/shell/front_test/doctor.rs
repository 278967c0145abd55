//! `incamera doctor`: what is broken on the way to a host is found, in networks where it is broken.

use super::networks::{FLOATING, INSIDE, OUTSIDE, PORT, World};
use super::program::{Folder, Host, Running, free_port, program};
use super::proxies::nginx;
use super::web::Authority;
use std::process::{Command, Output};

/// What it said, and whether it found something to mend.
fn asks(doctor: &mut Command) -> (String, Option<i32>) {
    let Output { status, stdout, stderr } = doctor.output().unwrap();
    (format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)), status.code())
}

/// A folder with a certificate for a name or an address, and with whoever vouches for it.
fn certified(folder: &str, name: &str) -> Folder {
    let (folder, authority) = (Folder::new(folder), Authority::new("somebody"));
    let (chain, key) = authority.certifies(name);
    folder.write("authority.pem", &authority.pem());
    folder.write("chain.pem", &chain);
    folder.write("key.pem", &key);
    folder
}

fn serve(folder: &Folder) -> [String; 4] {
    ["--certificate".to_owned(), folder.path("chain.pem"), "--certificate-key".to_owned(), folder.path("key.pem")]
}

fn doctor(port: u16, folder: &Folder) -> Command {
    let mut command = program();
    command.args(["doctor", &format!("https://localhost:{port}"), "--certificate-authority", &folder.path("authority.pem")]);
    command
}

#[test]
fn the_doctor_finds_a_healthy_host_healthy() {
    let folder = certified("doctor", "localhost");
    let host = Host::start(&serve(&folder).each_ref().map(String::as_str));
    let (said, code) = asks(&mut doctor(host.port, &folder));
    assert_eq!(code, Some(0), "{said}");
    for over in ["UDP", "TCP"] {
        assert!(said.contains(&format!("ok    picture and sound over {over} 127.0.0.1:{}: there and back", host.port)), "{said}");
    }
    for over in ["UDP", "TCP", "TLS"] {
        assert!(said.contains(&format!("ok    relay over {over} localhost:{}: leads to the host", host.port)), "{said}");
    }
    assert!(said.contains("ok    relay: leads to the host where a network lets nothing but HTTPS through"), "{said}");
    assert!(said.contains("ok    certificate: is believed") && said.contains("ok    signalling"), "{said}");
    assert!(said.ends_with("\nNothing to mend.\n"), "{said}");
    // It left nothing behind that the host would not get rid of.
    let log = host.running.end();
    assert!(!log.contains("ERROR") && !log.contains("WARN"), "{log}");
}

#[test]
fn the_doctor_says_where_there_is_no_relay() {
    let folder = certified("doctor-no-relay", "localhost");
    let arguments: Vec<String> = serve(&folder).into_iter().chain(["--relay=false".to_owned()]).collect();
    let host = Host::start(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let (said, code) = asks(&mut doctor(host.port, &folder));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("?     relay: the host has none (`relay = false`)") && !said.contains("relay over"), "{said}");
}

#[test]
fn the_doctor_calls_nothing_broken_where_only_some_open_rooms() {
    let folder = certified("doctor-permission", "localhost");
    let words = folder.write("words", "those of the choir\n");
    let asked = ["--rooms-for".to_owned(), "word".to_owned(), "--room-words".to_owned(), words];
    let arguments: Vec<String> = serve(&folder).into_iter().chain(asked).collect();
    let host = Host::start(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let (said, code) = asks(&mut doctor(host.port, &folder));
    assert!(code == Some(0) && said.contains("?     signalling: the host asks who may open rooms"), "{said}");
}

#[test]
fn the_doctor_on_the_hosts_machine_tells_whether_it_runs() {
    let port = free_port();
    let at = format!("127.0.0.1:{port}");
    let asked = || asks(program().args(["doctor", "--listen", &at, "--media", &at, "--connections", "10"]));
    let (said, code) = asked();
    assert!(code == Some(0) && said.contains(&format!("ok    page (TCP {at}): free")), "{said}");
    assert!(said.contains("the host is not running: start it"), "{said}");
    let _host = Host::start_at(port, &[]);
    let (said, code) = asked();
    assert!(code == Some(0) && said.contains(&format!("ok    page (TCP {at}): in use")), "{said}");
    assert!(said.contains("ok    picture and sound: come through over UDP, and over TCP"), "{said}");
    let (said, code) = asks(program().args(["doctor", "--listen", "nowhere"]));
    assert!(code == Some(2) && said.contains("`listen` cannot be \"nowhere\""), "{said}");
}

#[test]
fn the_doctor_finds_what_a_proxy_holds_back() {
    let folder = certified("doctor-nginx", "localhost");
    let host = Host::start(&["--behind-proxy"]);
    let front = free_port();
    let _nginx = nginx(&folder, front, &format!("location / {{ proxy_pass http://127.0.0.1:{}; }}", host.port));
    let (said, code) = asks(&mut doctor(front, &folder));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("MEND  signalling") && said.contains("`Upgrade`"), "{said}");
    drop(host);
    let (said, code) = asks(&mut doctor(front, &folder));
    assert!(code == Some(1) && said.contains("MEND  page: the proxy in front does not find the host"), "{said}");
}

/// A check is answered from where it was sent to, or it is not answered for a browser: the doctor takes nothing from elsewhere either.
#[test]
fn answers_leave_from_the_address_that_was_asked_where_the_system_would_choose_another() {
    let (folder, world) = (certified("doctor-addresses", FLOATING[0]), World::new());
    world.float();
    for (everywhere, named) in [("0.0.0.0", &FLOATING[..1]), ("[::]", &FLOATING[..])] {
        let at = format!("{everywhere}:{PORT}");
        let mut command = world.in_space("host", env!("CARGO_BIN_EXE_incamera"));
        command.args(["serve", "--listen", &at, "--media", &at, "--threads", "2", "--public-address", &named.join(",")]);
        let mut running = Running::start(command.args(serve(&folder)));
        running.says("http");
        let mut command = world.in_space("person", env!("CARGO_BIN_EXE_incamera"));
        command.args(["doctor", &format!("https://{}:{PORT}", FLOATING[0])]);
        let (said, code) = asks(command.args(["--certificate-authority", &folder.path("authority.pem")]));
        assert_eq!(code, Some(0), "{said}");
        for address in named {
            let address = std::net::SocketAddr::new(address.parse().unwrap(), PORT);
            assert!(said.contains(&format!("ok    picture and sound over UDP {address}: there and back")), "{said}");
        }
    }
}

#[test]
fn the_doctor_finds_what_router_and_firewall_hold_back() {
    let (folder, world) = (certified("doctor-networks", OUTSIDE), World::new());
    let host = |more: &[&str]| {
        let at = format!("0.0.0.0:{PORT}");
        let mut command = world.in_space("host", env!("CARGO_BIN_EXE_incamera"));
        command.args(["serve", "--listen", &at, "--media", &at]).args(serve(&folder)).args(more);
        let mut running = Running::start(&mut command);
        running.says("http");
        running
    };
    let asked = || {
        let mut command = world.in_space("person", env!("CARGO_BIN_EXE_incamera"));
        command.args(["doctor", &format!("https://{OUTSIDE}:{PORT}")]);
        asks(command.args(["--certificate-authority", &folder.path("authority.pem")]))
    };
    let unnamed = host(&[]);
    let (said, code) = asked();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("?     picture and sound over UDP {INSIDE}:{PORT}")), "{said}");
    assert!(said.contains("MEND  picture and sound: do not come through") && said.contains("`public-address`"), "{said}");
    drop(unnamed);

    let _host = host(&["--public-address", OUTSIDE]);
    let (said, code) = asked();
    assert!(code == Some(0) && said.contains("ok    picture and sound: come through over UDP, and over TCP"), "{said}");

    assert!(said.contains("ok    relay: leads to the host where a network lets nothing but HTTPS through"), "{said}");

    world.wall(&format!("udp dport {PORT} drop"));
    let (said, code) = asked();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("?     relay over UDP {OUTSIDE}:{PORT}: nothing comes back")), "{said}");
    assert!(said.contains(&format!("ok    relay over TLS {OUTSIDE}:{PORT}: leads to the host")), "{said}");
    assert!(said.contains("MEND  picture and sound: come through over TCP alone"), "{said}");
    assert!(said.contains(&format!("Open UDP port {PORT}")), "{said}");

    world.wall(&format!("tcp dport {PORT} drop"));
    let (said, code) = asked();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("MEND  TCP {OUTSIDE}:{PORT}: does not answer. Open port {PORT}")), "{said}");
}
