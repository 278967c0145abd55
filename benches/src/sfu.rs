//! CPU of the host's media core per forwarded packet, beside the limit of the same run: bare AES-128-GCM seal and send of as many packets of
//! the same sizes, in the same batches, to the same live sockets. All publishers begin their frames at the same moment, in both.
//!
//! Invariant: each figure is the median of three turns by its ratio to the limit, which is taken in the same turn. Clients are peers of
//! `incamera_bench_peer`: real handshakes, real SRTP and a UDP socket each, none of the host's own code.

use crate::host::Host;
use incamera::core::media::Seat;
use incamera_bench_peer::{Crowd, Failure, Identity, Load, Peer, Section, Way, limit};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use wire::{Mid, Offer, ParticipantId, PixelHeight, Publication, RoomId, Subscription, Track};

/// How long each measurement runs. Longer is steadier; the kernel's account of CPU time is exact to a few milliseconds.
pub(crate) const RUN: Duration = Duration::from_secs(6);
/// How long packets that are still missing are waited for. Whatever takes longer is lost.
const SETTLED: Duration = Duration::from_millis(500);
/// What each publisher sends (PERFORMANCE.md).
pub(crate) const LOAD: Load = Load::MEETING;

/// A scenario: rooms, and in each who publishes.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) rooms: u8,
    pub(crate) people: u8,
    pub(crate) publishers: u8,
}

/// Both scenarios; three turns each, of which the one with the median ratio is given.
pub(crate) fn figures() -> Vec<Value> {
    let scenarios = [
        Scenario { name: "1x100", rooms: 1, people: 101, publishers: 1 },
        Scenario { name: "8x4", rooms: 8, people: 4, publishers: 4 },
    ];
    scenarios
        .iter()
        .map(|scenario| median(scenario).unwrap_or_else(|error| json!({"bench": "sfu", "error": error.to_string()})))
        .collect()
}

fn median(scenario: &Scenario) -> Result<Value, Failure> {
    let mut turns = (0..3).map(|_| measure(scenario)).collect::<Result<Vec<_>, _>>()?;
    turns.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
    let turn = turns.swap_remove(1);
    Ok(json!({
        "bench": "sfu",
        "scenario": scenario.name,
        "ours_us_per_packet": turn.ours,
        "limit_us_per_packet": turn.limit,
        "ratio_to_limit": turn.ratio,
        "packets_per_s": turn.packets_per_s,
        "loss": turn.loss,
        "p50_ms": turn.p50,
        "p99_ms": turn.p99,
    }))
}

struct Turn {
    ours: f64,
    limit: f64,
    ratio: f64,
    packets_per_s: f64,
    loss: f64,
    p50: f64,
    p99: f64,
}

/// Everybody of a scenario, connected.
pub(crate) fn gather(scenario: &Scenario, host: &mut Host) -> Result<Crowd, Failure> {
    let (mut crowd, identity) = (Crowd::new()?.in_step(), Identity::new()?);
    for room in 0..scenario.rooms {
        for person in 0..scenario.people {
            let publishes = person < scenario.publishers;
            let mut peer = Peer::new(&identity, u16::from(room) << 8 | u16::from(person))?;
            let seat = Seat { room: RoomId([room; 16]), participant: ParticipantId([person; 16]) };
            let watched: Vec<u8> = (0..scenario.publishers).filter(|other| *other != person).collect();
            peer.described(&join(host, &peer, seat, publishes, &watched)?)?;
            crowd.connect(peer, publishes, || {
                host.turn();
            })?;
        }
    }
    crowd.forget();
    Ok(crowd)
}

/// Seats somebody who sends sound (mid 0) and picture (mid 1) if it publishes, and receives in pairs from mid 10 on; the host's answer.
fn join(host: &mut Host, peer: &Peer, seat: Seat, publishes: bool, watched: &[u8]) -> Result<String, Failure> {
    let mut sections = if publishes { Section::sending() } else { Vec::new() };
    let publication = |section: &Section| Publication {
        mid: Mid(section.mid.clone()),
        track: if section.picture { Track::Camera } else { Track::Audio },
    };
    let publications = sections.iter().map(publication).collect();
    let mut wishes = Vec::new();
    for (at, source) in watched.iter().enumerate() {
        for (picture, track) in [(false, Track::Audio), (true, Track::Camera)] {
            let mid = (10 + 2 * at + usize::from(picture)).to_string();
            sections.push(Section { mid: mid.clone(), picture, way: Way::Receives, announces: false });
            let source = Some((ParticipantId([*source; 16]), track));
            wishes.push(Subscription { mid: Mid(mid), source, height: PixelHeight(720) });
        }
    }
    host.admit(seat, &Offer { sdp: peer.offer(&sections), publications }, &wishes)
}

/// What one stretch of forwarding took.
pub(crate) struct Stretch {
    /// CPU of the host's thread, microseconds.
    pub(crate) cpu: f64,
    /// Packets that came, of so many.
    pub(crate) got: u64,
    pub(crate) expected: u64,
}

/// Lets the publishers publish for [`RUN`] and takes in what comes.
pub(crate) fn forward(scenario: &Scenario, host: &mut Host, crowd: &mut Crowd) -> Result<Stretch, Failure> {
    let stop = AtomicBool::new(false);
    let everything = |crowd: &Crowd| crowd.sent() * (u64::from(scenario.people) - 1);
    let cpu = std::thread::scope(|scope| {
        let server = scope.spawn(|| host.serve(&stop));
        let played = crowd.play(&LOAD, RUN).and_then(|()| crowd.take_in(everything(crowd), SETTLED));
        stop.store(true, Relaxed);
        let cpu = server.join().map_err(|_| "the host's thread panicked")?;
        played.and(cpu)
    })?;
    Ok(Stretch { cpu, got: crowd.received(), expected: everything(crowd) })
}

fn measure(scenario: &Scenario) -> Result<Turn, Failure> {
    let mut host = Host::new()?;
    let mut crowd = gather(scenario, &mut host)?;
    let Stretch { cpu, got, expected } = forward(scenario, &mut host, &mut crowd)?;
    let [p50, p99] = crowd.latencies([0.5, 0.99]);
    let sources = |peer: usize| usize::from(scenario.publishers) - usize::from(peer < crowd.publishers());
    let sources: Vec<usize> = (0..crowd.peers().len()).map(sources).collect();
    let limit = limit(&mut crowd, &sources, &LOAD, RUN, None)?;
    let ours = cpu / got.max(1) as f64;
    Ok(Turn {
        ours,
        limit,
        ratio: ours / limit,
        packets_per_s: got as f64 / RUN.as_secs_f64(),
        loss: 1.0 - got as f64 / expected.max(1) as f64,
        p50,
        p99,
    })
}
