//! What the operator sees: figures on a port of their own, whether the host is ready, and a table.

use super::program::{Program, ask};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use wire::{Creation, Epoch, FromHost, Opaque, Refusal, ResumeKey, RoomId, TicketHash, ToHost};

/// A program that serves figures, and where.
fn with_figures() -> (Program, SocketAddr) {
    let figures = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    (Program::start_at("127.0.0.1", &["--threads", "2", "--metrics", &figures.to_string()]), figures)
}

fn value(figures: &str, name: &str) -> f64 {
    let line = figures.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{figures}")).parse().unwrap()
}

/// Two people meet, with everything they say marked. Then the figures are searched for the marks.
#[tokio::test]
async fn figures_tell_how_much_and_of_nobody() {
    let (program, port) = with_figures();
    let room = RoomId(*b"CANARY-ROOM-NAME");
    let (mut ann, mut bob) = (program.connect(None).await.unwrap(), program.connect(None).await.unwrap());
    let ann_seat = ann.enters(room, ResumeKey(*b"CANARY-RESUME-KEY-OF-ANN--------")).await.you;
    ann.says(&ToHost::Create(Creation { epoch: Epoch(0), ticket: TicketHash(*b"CANARY-TICKET-HASH--------------") })).await;
    ann.waits(|message| (message == FromHost::Created).then_some(())).await;
    let bob_seat = bob.enters(room, ResumeKey(*b"CANARY-RESUME-KEY-OF-BOB--------")).await.you;
    bob.says(&ToHost::Knock(Opaque(b"CANARY-KNOCK".to_vec()))).await;
    ann.waits(|message| matches!(message, FromHost::Knocked { .. }).then_some(())).await;
    bob.says(&ToHost::Broadcast(Opaque(b"CANARY-BROADCAST".to_vec()))).await;
    bob.waits(|message| (message == FromHost::Refused(Refusal::NotAMember)).then_some(())).await;
    program.request("GET /CANARY-PATH?CANARY-QUERY HTTP/1.1\r\nUser-Agent: CANARY-AGENT").await;

    let figures = ask(port, "GET /metrics?CANARY-QUERY HTTP/1.1\r\nUser-Agent: CANARY-AGENT").await;
    assert!(figures.starts_with("HTTP/1.1 200") && figures.contains("content-type: text/plain; version=0.0.4"), "{figures}");
    for (name, count) in [
        ("incamera_rooms", 1.0),
        ("incamera_people{role=\"member\"}", 1.0),
        ("incamera_people{role=\"waiting\"}", 1.0),
        ("incamera_websockets", 2.0),
        ("incamera_joins_total{how=\"new\"}", 2.0),
        ("incamera_rooms_founded_total", 1.0),
        ("incamera_refusals_total{why=\"not_a_member\"}", 1.0),
        ("incamera_words_total{direction=\"in\"}", 5.0),
        ("incamera_word_wait_seconds_count", 5.0),
        ("incamera_ready", 1.0),
    ] {
        assert_eq!(value(&figures, name), count, "{name}\n{figures}");
    }

    let decimal = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (_, body) = figures.split_once("\r\n\r\n").unwrap();
    let lower = body.to_lowercase();
    for mark in [b"CANARY".as_slice(), &room.0, &ann_seat.0, &bob_seat.0] {
        assert!(!lower.contains(&hex(mark)) && !body.contains(&decimal(mark)), "{body}");
    }
    assert!(!lower.contains("canary") && !body.contains("127.0.0.1"), "{body}");
    for address in [ann.address, bob.address, program.page, program.media] {
        assert!(!body.contains(&address.to_string()) && !body.contains(&format!(":{}", address.port())), "{body}");
    }
}

/// As many figures, under the same names, whoever is there.
#[tokio::test]
async fn people_make_no_figures() {
    let names = |figures: &str| -> Vec<String> {
        let lines = figures.split_once("\r\n\r\n").unwrap().1.lines().map(str::to_owned);
        lines
            .map(|line| line.rsplit_once(' ').filter(|_| !line.starts_with('#')).map_or(line.clone(), |it| it.0.to_owned()))
            .collect()
    };
    let (program, port) = with_figures();
    let before = ask(port, "GET /metrics HTTP/1.0").await;
    let mut people = Vec::new();
    for n in 0..5 {
        let mut person = program.connect(None).await.unwrap();
        person.enters(RoomId([n; 16]), ResumeKey([n; 32])).await;
        people.push(person);
    }
    let after = ask(port, "GET /metrics HTTP/1.0").await;
    assert_eq!(value(&after, "incamera_rooms"), 5.0);
    assert_eq!(names(&before), names(&after));
}

#[tokio::test]
async fn figures_are_for_the_operator() {
    let (program, port) = with_figures();
    assert!(program.request("GET /metrics HTTP/1.1").await.starts_with("HTTP/1.1 404"), "not at the page's port");
    let other = ask(port, "GET /metrics HTTP/1.1\r\nHost: evil.example").await;
    assert!(!other.contains("incamera_"), "{other}");
    let refused = Command::new(env!("CARGO_BIN_EXE_incamera"))
        .args(["serve", "--listen", "127.0.0.1:0", "--media", "127.0.0.1:0", "--metrics", "0.0.0.0:9464"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("127.0.0.1:9464") && said.contains("--metrics-from-anywhere"), "{said}");
}

#[tokio::test]
async fn the_host_says_that_it_is_ready() {
    let (program, port) = with_figures();
    for answer in [program.request("GET /health HTTP/1.1").await, ask(port, "GET /health HTTP/1.1").await] {
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nready\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_table_is_made_of_the_figures() {
    let (program, port) = with_figures();
    let mut ann = program.connect(None).await.unwrap();
    ann.enters(RoomId([1; 16]), ResumeKey([0; 32])).await;
    let status = |more: &[&str]| {
        let program = env!("CARGO_BIN_EXE_incamera");
        let output = Command::new(program).args(["status", "--metrics", &port.to_string()]).args(more).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (table, json) = tokio::join!(async { status(&[]) }, async { status(&["--json"]) });
    for row in ["State                     ready", "Rooms                     1", "  before a door           1"] {
        assert!(table.1.lines().any(|line| line == row), "{row}\n{}", table.1);
    }
    assert_eq!(table.0, Some(0));
    assert!(json.1.contains("\"incamera_people{role=waiting}\": 1,") && json.1.contains("\"per_second\""), "{}", json.1);
    program.end();
    let (code, _, said) = status(&[]);
    assert!(code == Some(1) && said.contains("nobody answers at") && said.contains("--metrics"), "{said}");
}
