//! Networks as people have them: one that lets no UDP through, one whose NAT forgets.
//!
//! Invariant: the network is changed where a network would change things, between the browser's socket and the host's; page, browser and
//! host are the real ones. What is measured is what arrives in the browser, by its own clock.

use incamera_tests::browser::host::program;
use incamera_tests::browser::stage::log_path;
use incamera_tests::browser::{Engine, Host, LONG, Stage, eventually};

const PASSWORD: &str = "lanterns over cold water";

/// How soon media must come again after a path change.
const RESUMED: f64 = 2.0;

/// Makes the browser see no candidates that match: the network would not let it use them.
const FILTER: &str = r"
    const [drop] = arguments;
    const answer = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function (description) {
        const sdp = description.sdp.split('\r\n').filter((line) => !new RegExp(drop).test(line)).join('\r\n');
        return answer.call(this, { type: description.type, sdp });
    };";

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_goes_on_over_tcp_where_udp_is_filtered() {
    let stage = Stage::new("tcp").await;
    let (ada, ben) = tokio::join!(stage.person(Engine::Chromium, 1, "Ada"), stage.person(Engine::Chromium, 2, "Ben"));
    for person in [&ada, &ben] {
        person.keep_counts().await;
        person.prepare("tcp", Some(PASSWORD)).await;
        person.driver().execute(FILTER, vec!["^a=candidate:\\S+ 1 udp ".into()]).await.expect("the network is in place");
        person.press("Join").await;
        person.wait_to_be_in().await;
    }
    ada.wait_to_meet(&ben).await;
    for person in [&ada, &ben] {
        assert_eq!(person.protocol().await, Ok("tcp".to_owned()));
        // Whoever has another way takes up no room at the relay.
        let named = "return window.incameraPeers.flatMap((peer) => peer.getConfiguration().iceServers).length;";
        assert_eq!(person.driver().execute(named, vec![]).await.expect("the page answers").json(), &0);
    }
}

/// A network that lets nothing to the media port but what goes to a relay: neither UDP nor media over TCP.
const RELAYED_ALONE: &str = r"
    window.incameraPeers = [];
    window.RTCPeerConnection = class extends window.RTCPeerConnection {
        constructor(configuration) {
            super({ ...configuration, iceTransportPolicy: 'relay' });
            window.incameraPeers.push(this);
            window.incameraServers = (configuration.iceServers || []).flatMap((server) => server.urls);
        }
    };";

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_goes_on_through_the_hosts_relay_where_nothing_else_gets_through() {
    let mut stage = Stage::new("relay").await;
    let (ada, ben) = tokio::join!(stage.person(Engine::Chromium, 1, "Ada"), stage.person(Engine::Firefox, 2, "Ben"));
    for person in [&ada, &ben] {
        person.prepare("relay", Some(PASSWORD)).await;
        person.driver().execute(RELAYED_ALONE, vec![]).await.expect("the network is in place");
        person.press("Join").await;
        person.wait_to_be_in().await;
    }
    ada.wait_to_meet(&ben).await;
    let port = stage.host().udp_port();
    for person in [&ada, &ben] {
        assert_eq!(person.own_end().await, Ok("relay".to_owned()));
        let named = person.driver().execute("return window.incameraServers;", vec![]).await.expect("the page answers");
        let named: Vec<String> = named.convert().expect("a list");
        assert_eq!(named, [format!("turn:localhost:{port}?transport=tcp"), format!("turn:localhost:{port}?transport=udp")]);
    }
}

/// A network that lets nothing through but TLS.
const TLS_ALONE: &str = r"
    window.incameraPeers = [];
    window.RTCPeerConnection = class extends window.RTCPeerConnection {
        constructor(configuration) {
            const iceServers = (configuration.iceServers || []).map((server) => ({ ...server, urls: server.urls.filter((url) => url.startsWith('turns:')) }));
            super({ ...configuration, iceServers, iceTransportPolicy: 'relay' });
            window.incameraPeers.push(this);
        }
    };";

/// How the browser speaks to its relays.
const TO_RELAYS: &str = r"
    return Promise.all(window.incameraPeers.filter((peer) => peer.connectionState === 'connected').map((peer) => peer.getStats())).then((all) =>
        all.flatMap((stats) => [...stats.values()]).filter((one) => one.type === 'local-candidate').map((one) => one.relayProtocol));";

/// Chromium alone: what Firefox is told to believe for a page it does not believe for a relay.
#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_goes_on_in_tls_where_nothing_else_gets_through() {
    let log = log_path("tls");
    let state = std::env::temp_dir().join(format!("incamera-tls-{}", std::process::id()));
    let arguments = ["--self-signed", "--state", state.to_str().expect("a path of letters")];
    let host = Host::start_program(program(), &log, &arguments).await;
    let (front, port) = (format!("https://localhost:{}/", host.tcp_port()), host.tcp_port());
    let mut stage = Stage::around("tls", host);
    (stage.front, stage.any_certificate) = (front, true);
    let (ada, ben) = tokio::join!(stage.person(Engine::SmallChromium, 1, "Ada"), stage.person(Engine::SmallChromium, 2, "Ben"));
    for person in [&ada, &ben] {
        person.prepare("tls", Some(PASSWORD)).await;
        person.driver().execute(TLS_ALONE, vec![]).await.expect("the network is in place");
        person.press("Join").await;
        person.wait_to_be_in().await;
    }
    ada.wait_to_meet(&ben).await;
    for person in [&ada, &ben] {
        let spoken = person.driver().execute(TO_RELAYS, vec![]).await.expect("the page answers");
        let spoken: Vec<String> = spoken.convert().expect("a list");
        assert!(!spoken.is_empty() && spoken.iter().all(|protocol| protocol == "tls"), "{spoken:?} at {port}");
    }
    std::fs::remove_dir_all(state).expect("the host has kept its certificate there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nat_that_forgets_interrupts_for_less_than_two_seconds() {
    let (stage, nat) = Stage::behind_a_proxy("nat", 1).await;
    let (ada, ben) = tokio::join!(stage.person(Engine::Chromium, 1, "Ada"), stage.person(Engine::Chromium, 2, "Ben"));
    for person in [&ada, &ben] {
        person.keep_counts().await;
        person.join("nat", Some(PASSWORD)).await;
    }
    ada.wait_to_meet(&ben).await;
    for _ in 0..3 {
        assert!(nat.clients() >= 2, "everybody goes through it");
        let before = ben.counts().await.expect("the counts");
        nat.move_everybody();
        // What was on its way when the NAT forgot is a handful of packets; thirty are half a second of a meeting.
        let after = eventually(LONG, "media after the NAT forgot", || async {
            let now = ben.counts().await?;
            if now.packets > before.packets + 30.0 { Ok(now) } else { Err(format!("{now:?}, {} packets before", before.packets)) }
        })
        .await;
        let took = after.seconds - before.seconds;
        assert!(took <= RESUMED, "{took} s");
    }
    ada.wait_to_meet(&ben).await;
}
