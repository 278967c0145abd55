//! The relay as the program serves it: what it leads to, and that it can be switched off.
//!
//! Invariant: whoever asks is a client that is not ours ([`turn`]), with what the host hands out.

use super::program::{Folder, Host};
use super::web::Browser;
use super::{answer_to, media, turn};
use std::net::SocketAddr;
use wire::{RelayOver, RelayWay};

/// What comes at the port of the page over UDP, TCP and TLS and is TURN's is the relay's: an independent client gets through it to the media port,
/// and to nothing else.
#[tokio::test]
async fn the_relay_leads_to_the_media_port_over_udp_tcp_and_tls_and_nowhere_else() {
    let state = Folder::new("relay");
    let host = Host::start(&["--self-signed", "--state", &state.path("state"), "--threads", "2"]);
    let pem = std::fs::read_to_string(state.path("state/self-signed.pem")).unwrap();
    let browser = Browser::believing(&pem[..pem.find("-----BEGIN PRIVATE").unwrap()]);
    let mut meeting = browser.meets(host.port, "localhost", None).await.unwrap();
    let check = media::check(&media::offers(&mut meeting).await);
    let access = meeting.seeks_relay().await;
    let ways = [RelayOver::Tls, RelayOver::Tcp, RelayOver::Udp].map(|over| RelayWay { over, port: host.port });
    assert_eq!((access.ways.as_slice(), access.seconds), (ways.as_slice(), 600));
    let media = SocketAddr::from(([127, 0, 0, 1], host.port));
    for over in [RelayOver::Udp, RelayOver::Tcp, RelayOver::Tls] {
        let line = turn::Line::open(over, media, &browser).await;
        let mut client = turn::Turn::new(line, media, (&access.username, "guessed"));
        assert!(client.allocates().await.is_err(), "{over:?}: without the password");
        let line = turn::Line::open(over, media, &browser).await;
        let mut client = turn::Turn::new(line, media, (&access.username, &access.password));
        let relayed = client.allocates().await.unwrap();
        for other in ["127.0.0.1:22", "127.0.0.2:443", "169.254.169.254:80", "10.0.0.1:443"] {
            assert!(!client.is_permitted(other.parse().unwrap()).await, "{over:?}: {other}");
        }
        assert!(client.is_permitted(media).await, "{over:?}");
        // The first in an indication, the second in a channel.
        for _ in 0..2 {
            let answer = client.round(&check, media).await;
            assert_eq!((&answer[..2], &answer[8..20]), ([1, 1].as_slice(), &check[8..20]), "{over:?}: a success for this check");
            assert_eq!(turn::mapped(&answer), relayed, "the relayed address is where the browser is to the core");
        }
    }
    meeting.is_alive().await;
}

#[tokio::test]
async fn a_host_without_a_relay_says_so_and_answers_no_turn() {
    let state = Folder::new("no-relay");
    let host = Host::start(&["--self-signed", "--state", &state.path("state"), "--relay=false"]);
    let pem = std::fs::read_to_string(state.path("state/self-signed.pem")).unwrap();
    let browser = Browser::believing(&pem[..pem.find("-----BEGIN PRIVATE").unwrap()]);
    let mut meeting = browser.meets(host.port, "localhost", None).await.unwrap();
    meeting.enters(1).await;
    meeting.founds().await;
    let access = meeting.seeks_relay().await;
    assert!(access.ways.is_empty() && access.username.is_empty() && access.password.is_empty());
    // Allocate, RFC 8656 §7.1.
    let allocate = [&[0, 3, 0, 8, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12], &[0, 0x19, 0, 4, 17, 0, 0, 0]].concat();
    assert_eq!(answer_to(host.port, &allocate).await, b"");
}
