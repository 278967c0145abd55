//! The bench endpoints as an independent load client meets them: real sockets, an offer by HTTP, ICE, DTLS, SRTP.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where the thing was missing")]
#![expect(clippy::disallowed_methods, reason = "a test over real sockets needs an end")]

use incamera_bench_peer::{Failure, Identity, Load, Peer, Section};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A test that waits this long has failed.
const LONG: Duration = Duration::from_secs(30);

/// The program, running.
struct Program {
    child: Child,
    page: SocketAddr,
}

/// What an endpoint answered.
struct Answer {
    status: String,
    location: String,
    head: String,
    body: String,
}

impl Program {
    fn start() -> Self {
        Self::start_with(&[])
    }

    fn start_with(words: &[&str]) -> Self {
        let media = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_incamera"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--media", &media.to_string()]);
        command.args(words).stderr(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let port = url.trim().strip_prefix("http://localhost:").unwrap().parse().unwrap();
        Self { child, page: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    fn asks(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.page).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nContent-Type: application/sdp\r\n");
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
        let status = head.split(' ').nth(1).unwrap().to_owned();
        Answer { status, location: header("location: "), head: head.to_owned(), body: body.to_owned() }
    }

    /// A peer whose offer this endpoint took. It is connected when [`connect`] says so.
    fn joins(&self, path: &str, identity: &Identity, number: u16, sections: &[Section]) -> (Peer, String) {
        let mut peer = Peer::new(identity, number).unwrap();
        let answer = self.asks("POST", path, &peer.offer(sections));
        assert_eq!(answer.status, "201", "{}\n{}", answer.head, answer.body);
        assert!(answer.head.contains("content-type: application/sdp"), "{}", answer.head);
        peer.described(&answer.body).unwrap();
        (peer, answer.location)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Turns all of them until `done`.
fn until<'a>(peers: &mut [&'a mut Peer], done: impl Fn(&[&'a mut Peer]) -> bool) {
    let begun = Instant::now();
    while !done(peers) {
        assert!(begun.elapsed() < LONG, "{:?}", peers.iter().map(|peer| &peer.counts.heard).collect::<Vec<_>>());
        peers.iter_mut().for_each(|peer| turn(peer).unwrap());
        peers[0].port().wait(Duration::from_millis(1)).unwrap();
    }
}

fn turn(peer: &mut Peer) -> Result<(), Failure> {
    peer.keep_up()?;
    peer.drain(true)
}

fn connect(peers: &mut [&mut Peer]) {
    until(peers, |peers| peers.iter().all(|peer| peer.is_connected()));
}

/// Sections as some load clients write them: without names, without SSRCs.
fn bare(sections: Vec<Section>) -> Vec<Section> {
    sections.into_iter().map(|section| Section { mid: String::new(), announces: false, ..section }).collect()
}

#[test]
fn everybody_gets_every_track_of_every_publisher_and_nothing_is_lost() {
    let program = Program::start();
    let identity = Identity::new().unwrap();
    // A receiver who is there before anybody sends, with places for two; publishers come in the wrong order, the second one plainly written.
    let (mut early, _) = program.joins("/whep/room", &identity, 100, &Section::receiving(2));
    let (mut second, _) = program.joins("/whip/room/7", &identity, 7, &bare(Section::sending()));
    let (mut first, location) = program.joins("/whip/room/3", &identity, 3, &Section::sending());
    assert_eq!(location, "/whip/room/3");
    let (mut late, _) = program.joins("/whep/room", &identity, 101, &bare(Section::receiving(2)));
    // Places for one: gets the one with the lowest number. Another room: gets nothing.
    let (mut narrow, _) = program.joins("/whep/room", &identity, 102, &Section::receiving(1));
    let (mut elsewhere, _) = program.joins("/whep/other", &identity, 103, &Section::receiving(2));
    connect(&mut [&mut early, &mut second, &mut first, &mut late, &mut narrow, &mut elsewhere]);

    for round in 0..50 {
        for publisher in [&mut first, &mut second] {
            publisher.publish(&Load::MEETING, true, round % 25 == 0).unwrap();
            publisher.publish(&Load::MEETING, false, false).unwrap();
        }
        let everybody: &mut [&mut Peer] = &mut [&mut early, &mut late, &mut narrow, &mut elsewhere, &mut first, &mut second];
        // Nobody gets ahead of the host: what is asserted is that it loses nothing, not how much a socket holds.
        let expected = |round: u64| [(round + 1) * 10, (round + 1) * 10, (round + 1) * 5];
        until(everybody, |peers| peers.iter().zip(expected(round)).all(|(peer, expected)| peer.counts.media >= expected));
    }
    let whole = [((3, false), 50), ((3, true), 200), ((7, false), 50), ((7, true), 200)];
    for receiver in [&early, &late] {
        assert_eq!(receiver.counts.heard.iter().map(|(key, count)| (*key, *count)).collect::<Vec<_>>(), whole);
    }
    assert_eq!(narrow.counts.heard.iter().map(|(key, count)| (*key, *count)).collect::<Vec<_>>(), whole[..2]);
    assert_eq!(elsewhere.counts.media, 0);
    assert!([&early, &late, &narrow].iter().all(|receiver| receiver.counts.bad == 0));
}

#[test]
fn a_room_larger_than_a_core_is_one_room() {
    let program = Program::start_with(&["--threads", "3"]);
    let identity = Identity::new().unwrap();
    // The first is with the room's own core; of those who follow, a third each; the last with whichever is emptiest.
    let (mut first, _) = program.joins("/whip/room/1", &identity, 1, &Section::sending());
    let mut receivers: Vec<Peer> =
        (0..80).map(|number| program.joins("/whep/room", &identity, 100 + number, &Section::receiving(2)).0).collect();
    let (mut last, _) = program.joins("/whip/room/2", &identity, 2, &Section::sending());
    let mut everybody: Vec<&mut Peer> = receivers.iter_mut().chain([&mut first, &mut last]).collect();
    connect(&mut everybody);
    for round in 0..20 {
        for publisher in [&mut first, &mut last] {
            publisher.publish(&Load::MEETING, true, round == 0).unwrap();
            publisher.publish(&Load::MEETING, false, false).unwrap();
        }
        let mut listening: Vec<&mut Peer> = receivers.iter_mut().collect();
        until(&mut listening, |peers| peers.iter().all(|peer| peer.counts.media >= (round + 1) * 10));
    }
    let whole = [((1, false), 20), ((1, true), 80), ((2, false), 20), ((2, true), 80)];
    for receiver in &receivers {
        assert_eq!(receiver.counts.heard.iter().map(|(key, count)| (*key, *count)).collect::<Vec<_>>(), whole);
        assert_eq!(receiver.counts.bad, 0);
    }
}

#[test]
fn who_leaves_is_replaced_by_the_next() {
    let program = Program::start();
    let identity = Identity::new().unwrap();
    let (mut first, location) = program.joins("/whip/room/0", &identity, 1, &Section::sending());
    let (mut second, _) = program.joins("/whip/room/1", &identity, 2, &Section::sending());
    let (mut receiver, place) = program.joins("/whep/room", &identity, 3, &Section::receiving(1));
    connect(&mut [&mut receiver, &mut first, &mut second]);
    first.publish(&Load::MEETING, true, true).unwrap();
    until(&mut [&mut receiver], |peers| peers[0].counts.heard.contains_key(&(1, true)));
    assert_eq!(program.asks("DELETE", &location, "").status, "200");
    assert_eq!(program.asks("DELETE", &location, "").status, "404");
    second.publish(&Load::MEETING, true, true).unwrap();
    until(&mut [&mut receiver], |peers| peers[0].counts.heard.contains_key(&(2, true)));
    assert_eq!(program.asks("DELETE", &place, "").status, "200");
}

#[test]
fn what_is_no_offer_is_refused() {
    let program = Program::start();
    let good = Peer::new(&Identity::new().unwrap(), 1).unwrap().offer(&Section::sending());
    let passive = good.replace("a=setup:actpass", "a=setup:passive");
    let both_ways = good.replace("a=sendonly\r\n", "");
    let active = good.replace("a=setup:actpass", "a=setup:active");
    for (path, body, status) in [
        ("/whip/room/0", "", "400"),
        ("/whip/room/0", passive.as_str(), "400"),
        ("/whep/room", "v=0", "400"),
        ("/whip/room/name", good.as_str(), "400"),
        ("/whip/room/0", both_ways.as_str(), "201"),
        ("/whip/room/0", active.as_str(), "201"),
    ] {
        assert_eq!(program.asks("POST", path, body).status, status, "{path} {body}");
    }
}
