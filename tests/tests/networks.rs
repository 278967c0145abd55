//! Networks as people have them: one that lets no UDP through, one whose NAT forgets.
//!
//! Invariant: the network is changed where a network would change things, between the browser's socket and the host's; page, browser and
//! host are the real ones. What is measured is what arrives in the browser.

use incamera_tests::browser::{Engine, Participant, Stage, eventually};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

const PASSWORD: &str = "lanterns over cold water";

/// How soon media must come again after a path change: two seconds, and half of that for a machine that builds other things meanwhile.
const RESUMED: Duration = Duration::from_secs(3);

/// Makes the browser see other candidates than the host gave: those that the network would let it use.
const NETWORK: &str = r"
    const [drop, from, to] = arguments;
    const answer = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function (description) {
        window.connection = this;
        const kept = description.sdp.split('\r\n').filter((line) => !new RegExp(drop).test(line));
        const sdp = kept.map((line) => line.startsWith('a=candidate:') ? line.replace(` ${from} typ`, ` ${to} typ`) : line).join('\r\n');
        return answer.call(this, { type: description.type, sdp });
    };";

/// Packets received in all streams, and the protocol of the path in use.
const RECEIVED: &str = r"
    const done = arguments[arguments.length - 1];
    window.connection.getStats().then((report) => {
        let [packets, protocol] = [0, ''];
        report.forEach((entry) => {
            if (entry.type === 'inbound-rtp') packets += entry.packetsReceived;
            if (entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded') {
                protocol = report.get(entry.remoteCandidateId).protocol;
            }
        });
        done([packets, protocol]);
    });";

async fn received(person: &Participant) -> (u64, String) {
    let answer = person.driver().execute_async(RECEIVED, vec![]).await.expect("statistics");
    answer.convert().expect("packets and a protocol")
}

/// Into the meeting through a network that drops candidates like `drop` and turns one port into another.
async fn join_through(person: &Participant, room: &str, drop: &str, ports: (u16, u16)) {
    person.prepare(room, Some(PASSWORD)).await;
    let arguments = vec![drop.into(), ports.0.into(), ports.1.into()];
    person.driver().execute(NETWORK, arguments).await.expect("the network is in place");
    person.press("Join").await;
    person.wait_to_be_in().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_goes_on_over_tcp_where_udp_is_filtered() {
    let stage = Stage::new("tcp").await;
    let (ada, ben) = tokio::join!(stage.person(Engine::Chromium, 1, "Ada"), stage.person(Engine::Chromium, 2, "Ben"));
    for person in [&ada, &ben] {
        join_through(person, "tcp", "^a=candidate:\\S+ 1 udp ", (0, 0)).await;
    }
    ada.wait_to_meet(&ben).await;
    for person in [&ada, &ben] {
        assert_eq!(received(person).await.1, "tcp");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nat_that_forgets_interrupts_for_less_than_two_seconds() {
    let mut stage = Stage::new("nat").await;
    let port = stage.host().udp_port();
    let (ada, ben) = tokio::join!(stage.person(Engine::Chromium, 1, "Ada"), stage.person(Engine::Chromium, 2, "Ben"));
    let nat = Nat::before(port).await;
    join_through(&ada, "nat", "^a=candidate:\\S+ 1 tcp ", (0, 0)).await;
    join_through(&ben, "nat", "^a=candidate:\\S+ 1 tcp ", (port, nat.port)).await;
    ada.wait_to_meet(&ben).await;
    for _ in 0..3 {
        let (before, _) = received(&ben).await;
        nat.forget().await;
        #[expect(clippy::disallowed_methods, reason = "how long a person would have waited is what is asked here")]
        let forgotten = Instant::now();
        // What was on its way when the NAT forgot is a handful of packets; thirty are half a second of a meeting.
        eventually(Duration::from_secs(20), "media after the NAT forgot", || async {
            let (now, _) = received(&ben).await;
            if now > before + 30 { Ok(()) } else { Err(format!("{now} packets, {before} before")) }
        })
        .await;
        let took = forgotten.elapsed();
        assert!(took <= RESUMED, "{took:?}");
    }
    ada.wait_to_meet(&ben).await;
}

/// A NAT in front of the host, for one browser.
struct Nat {
    port: u16,
    forget: mpsc::Sender<()>,
}

impl Nat {
    async fn before(host: u16) -> Self {
        let inside = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let port = inside.local_addr().expect("an address").port();
        let (forget, mut forgets) = mpsc::channel::<()>(1);
        tokio::spawn(async move {
            let (mut outside, mut browser) = (mapping(host).await, None);
            let (mut up, mut down) = (vec![0; 2048], vec![0; 2048]);
            loop {
                tokio::select! {
                    Ok((length, from)) = inside.recv_from(&mut up) => {
                        browser = Some(from);
                        let _ = outside.send(&up[..length]).await;
                    }
                    Ok(length) = outside.recv(&mut down) => {
                        if let Some(browser) = browser {
                            let _ = inside.send_to(&down[..length], browser).await;
                        }
                    }
                    forgotten = forgets.recv() => match forgotten {
                        Some(()) => outside = mapping(host).await,
                        None => return,
                    },
                }
            }
        });
        Self { port, forget }
    }

    /// The next packet leaves from another port, and what comes to the old one is lost.
    async fn forget(&self) {
        self.forget.send(()).await.expect("the NAT runs");
    }
}

async fn mapping(host: u16) -> UdpSocket {
    let outside = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    outside.connect(("127.0.0.1", host)).await.expect("an address");
    outside
}
