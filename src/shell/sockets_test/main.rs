//! The program as it is, over real sockets: that it serves, refuses, ends, and says nothing about anybody in its log.
//!
//! Everything about *rooms* is tested without sockets, in `core`.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where the thing was missing")]

mod figures;
mod limits;
mod media;
mod program;

use futures_util::{SinkExt as _, StreamExt as _};
use program::{Person, Program};
use std::net::UdpSocket;
use std::process::Command;
use tokio_tungstenite::tungstenite::{self, Message};
use wire::{Attempt, CommitSubmission, Creation, Epoch, FromHost, Opaque, Refusal, ResumeKey, RoomId, Slot, TicketHash, ToHost};

#[tokio::test]
async fn the_page_comes_with_its_guards() {
    let program = Program::start();
    let page = program.request("GET /?lang=fr HTTP/1.1").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    for guard in [
        "content-type: text/html",
        "content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval';",
        "require-trusted-types-for 'script'",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-embedder-policy: require-corp",
        "cross-origin-resource-policy: same-origin",
        "permissions-policy: camera=(self), microphone=(self), display-capture=(self), fullscreen=(self)",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
    ] {
        assert!(page.contains(guard), "{guard}\n{page}");
    }
    assert!(!page.contains("strict-transport-security"), "plain HTTP promises no TLS");
    let missing = program.request("GET /../etc/passwd HTTP/1.1").await;
    assert!(missing.starts_with("HTTP/1.1 404") && missing.contains("default-src 'none'"), "{missing}");
    assert!(program.request("POST / HTTP/1.1").await.starts_with("HTTP/1.1 405"));
    assert!(program.request("GET /health HTTP/1.1").await.ends_with("ready\n"));
    assert!(program.request("HEAD / HTTP/1.1").await.ends_with("\r\n\r\n"));
    let large = format!("GET / HTTP/1.1\r\nX-Large: {}", "x".repeat(100_000));
    assert!(!program.request(&large).await.starts_with("HTTP/1.1 200"));
}

/// They are for measurements and let anybody send and receive: `src/shell/bench_endpoints.rs`.
#[cfg(not(feature = "bench-endpoints"))]
#[tokio::test]
async fn a_released_program_has_no_bench_endpoints() {
    let program = Program::start();
    for path in ["/whip/room/0", "/whep/room", "/whep/room/0"] {
        for method in ["POST", "GET", "DELETE"] {
            let answer = program.request(&format!("{method} {path} HTTP/1.1\r\nContent-Length: 0")).await;
            assert!(answer.starts_with("HTTP/1.1 404"), "{method} {path}: {answer}");
        }
    }
    let bytes = std::fs::read(env!("CARGO_BIN_EXE_incamera")).unwrap();
    let mark = b"incamera-bench-endpoints";
    assert!(!bytes.windows(mark.len()).any(|window| window == mark), "the program carries the endpoints' mark");
}

#[tokio::test]
async fn a_page_of_another_site_gets_no_socket() {
    let program = Program::start();
    let own = format!("http://{}", program.page);
    assert!(program.connect(Some(&own)).await.is_ok());
    let Err(tungstenite::Error::Http(answer)) = program.connect(Some("https://evil.example")).await else { panic!("connected") };
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn what_is_too_large_or_no_message_is_refused_and_closed() {
    let program = Program::start();
    let nonsense = Message::Binary(b"\x01nonsense".to_vec().into());
    let slightly = Message::Binary(vec![1; wire::limits::MESSAGE_BYTES + 1].into());
    let far = Message::Binary(vec![1; wire::limits::MESSAGE_BYTES * 4].into());
    for (message, answer) in [
        (nonsense, Refusal::Malformed),
        (Message::Text("hello".into()), Refusal::Malformed),
        (slightly, Refusal::TooLarge),
        (far, Refusal::TooLarge),
    ] {
        let mut person = program.connect(None).await.unwrap();
        // The host may hang up while this is still being sent.
        let _ = person.socket.send(message).await;
        let refused = |message| if let FromHost::Refused(why) = message { Some(why) } else { None };
        assert_eq!(person.waits(refused).await, answer);
        assert_eq!(person.hears().await, None);
    }
}

/// Two people meet, with everything they say marked. Then the log is searched for the marks.
#[tokio::test]
async fn the_log_says_nothing_about_anybody() {
    let program = Program::start();
    let room = RoomId(*b"CANARY-ROOM-NAME");
    let (mut ann, mut bob) = (program.connect(None).await.unwrap(), program.connect(None).await.unwrap());
    let ann_seat = ann.enters(room, ResumeKey(*b"CANARY-RESUME-KEY-OF-ANN--------")).await.you;
    ann.says(&ToHost::Create(Creation { epoch: Epoch(0), ticket: TicketHash(*b"CANARY-TICKET-HASH--------------") })).await;
    ann.waits(|message| (message == FromHost::Created).then_some(())).await;
    let bob_seat = bob.enters(room, ResumeKey(*b"CANARY-RESUME-KEY-OF-BOB--------")).await.you;
    bob.says(&ToHost::Knock(Opaque(b"CANARY-KNOCK".to_vec()))).await;
    let knocked = |message| if let FromHost::Knocked { from, body } = message { Some((from, body)) } else { None };
    assert_eq!(ann.waits(knocked).await, (bob_seat, Opaque(b"CANARY-KNOCK".to_vec())));
    ann.says(&ToHost::Relay { to: bob_seat, body: Opaque(b"CANARY-RELAY".to_vec()) }).await;
    let relayed = |message| if let FromHost::Relayed { from, .. } = message { Some(from) } else { None };
    assert_eq!(bob.waits(relayed).await, ann_seat);
    bob.says(&ToHost::Broadcast(Opaque(b"CANARY-BROADCAST".to_vec()))).await;
    let refused = |message| if let FromHost::Refused(why) = message { Some(why) } else { None };
    assert_eq!(bob.waits(refused).await, Refusal::NotAMember);
    let nonsense = UdpSocket::bind("127.0.0.1:0").unwrap();
    nonsense.send_to(b"\x00\x01\x00\x00\x21\x12\xa4\x42CANARY-PACKET", program.media).unwrap();
    bob.socket.send(Message::Text("CANARY-TEXT".into())).await.unwrap();
    assert_eq!(bob.waits(refused).await, Refusal::Malformed);
    program.request("GET /CANARY-PATH?CANARY-QUERY HTTP/1.1\r\nUser-Agent: CANARY-AGENT").await;

    let addresses = [ann.address, bob.address, nonsense.local_addr().unwrap()];
    let (log, ended_well) = program.end();
    assert!(ended_well);
    assert!(log.contains("closing"), "the log is the one meant: {log}");
    let decimal = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let lower = log.to_lowercase();
    for mark in [b"CANARY".as_slice(), &room.0, &ann_seat.0, &bob_seat.0] {
        assert!(!lower.contains(&hex(mark)) && !log.contains(&decimal(mark)), "{log}");
    }
    assert!(!lower.contains("canary") && !log.contains("127.0.0.1") && !lower.contains("localhost"), "{log}");
    for address in addresses {
        assert!(!log.contains(&format!(":{}", address.port())), "{log}");
    }
}

/// One member stops reading while others talk at length: it alone is cut off.
#[tokio::test]
async fn who_reads_too_slowly_is_cut_off() {
    let program = Program::start();
    let room = RoomId([1; 16]);
    let mut founder = program.connect(None).await.unwrap();
    let incarnation = founder.enters(room, ResumeKey([0; 32])).await.incarnation;
    founder.says(&ToHost::Create(Creation { epoch: Epoch(0), ticket: TicketHash([0; 32]) })).await;
    founder.waits(|message| (message == FromHost::Created).then_some(())).await;
    let mut admit = Vec::new();
    let mut others = Vec::new();
    for n in 1..4 {
        let mut person = program.connect(None).await.unwrap();
        admit.push(person.enters(room, ResumeKey([n; 32])).await.you);
        others.push(person);
    }
    let slow = admit[0];
    let slot = Slot { incarnation, epoch: Epoch(0), attempt: Attempt(0) };
    let commit = CommitSubmission { slot, commit: Opaque(vec![1]), admit, evict: vec![], ticket: TicketHash([0; 32]) };
    founder.says(&ToHost::Commit(commit)).await;
    let Person { socket: _never_read, .. } = others.remove(0);
    for mut person in others {
        tokio::spawn(async move {
            person.waits(|message| (message == FromHost::Admitted).then_some(())).await;
            let (mut sink, mut stream) = person.socket.split();
            tokio::spawn(async move { while let Some(Ok(_)) = stream.next().await {} });
            // As much as one connection may say at once, in fifteen letters.
            let long = wire::encode(&ToHost::Broadcast(Opaque(vec![0; 512 * 1024])));
            for _ in 0..15 {
                sink.send(Message::Binary(long.clone().into())).await.unwrap();
            }
            std::future::pending::<()>().await;
        });
    }
    while founder.hears().await.expect("the founder stays") != FromHost::Away(slow) {
        founder.says(&ToHost::Alive).await;
    }
    let (log, _) = program.end();
    assert!(log.contains("too slow"), "{log}");
}

#[tokio::test]
async fn who_is_connected_sees_the_host_go() {
    let program = Program::start();
    let mut person = program.connect(None).await.unwrap();
    assert!(matches!(person.hears().await, Some(FromHost::Challenge(_))));
    let (_, ended_well) = program.end();
    assert!(ended_well);
    assert_eq!(person.hears().await, None);
}

#[test]
fn a_port_in_use_is_explained() {
    let program = Program::start();
    let start = |listen: String, media: String| {
        Command::new(env!("CARGO_BIN_EXE_incamera")).args(["serve", "--listen", &listen, "--media", &media]).output().unwrap()
    };
    let anywhere = "127.0.0.1:0".to_owned();
    let page = start(program.page.to_string(), anywhere.clone());
    let media = start(anywhere, program.media.to_string());
    for (output, option) in [(page, "--listen"), (media, "--media")] {
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("the port is in use") && said.contains(option), "{said}");
    }
    let wrong = Command::new(env!("CARGO_BIN_EXE_incamera")).args(["serve", "--listen", "somewhere"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}
