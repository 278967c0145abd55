//! What forged connectivity checks cost: forwarding from one to a hundred with and without 100,000 of them a second, in turn.
//!
//! Invariant: the forged checks come from other sockets and another thread, name nobody, and are counted where they leave and where they
//! arrive. The cost is the kernel's account of the host's thread, its own receiving included; what the kernel does in the sender's name
//! before anything is received is in the forger's.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use crate::host::Host;
use crate::sfu::{Scenario, Stretch, forward, gather};
use incamera_bench_peer::{Failure, thread_cpu};
use serde_json::{Value, json};
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Forged checks a second.
const FORGED: u32 = 100_000;
/// Sockets they come from.
const SOURCES: usize = 16;

/// Who forges, and whether the host has its filter in the kernel.
#[derive(Clone, Copy)]
struct Storm {
    name: &'static str,
    filtered: bool,
    stamp: &'static [u8; 4],
}

const STORMS: [Storm; 3] = [
    Storm { name: "stranger", filtered: true, stamp: b"none" },
    Storm { name: "who has seen the stamp", filtered: true, stamp: b"AAAA" },
    Storm { name: "stranger, no filter", filtered: false, stamp: b"none" },
];

/// One line for each storm: the median of five turns, in which all come one after the other.
pub(crate) fn figures() -> Vec<Value> {
    medians().unwrap_or_else(|error| vec![json!({"bench": "flood", "error": error.to_string()})])
}

struct Turn {
    sent_per_s: f64,
    arrived: f64,
    us_per_forged: f64,
    forger_us: f64,
    delivered: f64,
    loss: f64,
}

/// Forwarding, and what was forged meanwhile.
struct Weather {
    stretch: Stretch,
    sent: usize,
    arrived: usize,
    forger_us: f64,
    seconds: f64,
}

fn medians() -> Result<Vec<Value>, Failure> {
    let mut turns = STORMS.map(|_| Vec::new());
    for _ in 0..5 {
        let calm = weather(None)?;
        for (storm, turns) in STORMS.into_iter().zip(&mut turns) {
            turns.push(turn(&calm, &weather(Some(storm))?));
        }
    }
    let results = STORMS.into_iter().zip(turns).filter_map(|(storm, mut turns)| {
        turns.sort_by(|a, b| a.us_per_forged.total_cmp(&b.us_per_forged));
        let turn = turns.get(turns.len() / 2)?;
        Some(json!({
            "bench": "flood",
            "scenario": "1x100",
            "forger": storm.name,
            "sent_per_s": turn.sent_per_s,
            "arrived_to_sent": turn.arrived,
            "us_per_forged": turn.us_per_forged,
            "share_of_core_at_100k": turn.us_per_forged * f64::from(FORGED) / 1e6,
            "share_of_core_least": turns.first()?.us_per_forged * f64::from(FORGED) / 1e6,
            "share_of_core_most": turns.last()?.us_per_forged * f64::from(FORGED) / 1e6,
            "forger_us": turn.forger_us,
            "delivered_with_to_without": turn.delivered,
            "loss": turn.loss,
        }))
    });
    Ok(results.collect())
}

fn turn(calm: &Weather, stormy: &Weather) -> Turn {
    let per_packet = calm.stretch.cpu / calm.stretch.got.max(1) as f64;
    let rate = |weather: &Weather| weather.stretch.got as f64 / weather.stretch.expected.max(1) as f64;
    let sent = stormy.sent.max(1) as f64;
    Turn {
        sent_per_s: sent / stormy.seconds,
        arrived: stormy.arrived as f64 / sent,
        us_per_forged: (stormy.stretch.cpu - per_packet * stormy.stretch.got as f64) / sent,
        forger_us: stormy.forger_us / sent,
        delivered: rate(stormy) / rate(calm),
        loss: 1.0 - rate(stormy),
    }
}

fn weather(storm: Option<Storm>) -> Result<Weather, Failure> {
    let scenario = Scenario { name: "1x100", rooms: 1, people: 101, publishers: 1 };
    let mut host = Host::with_filter(storm.is_none_or(|storm| storm.filtered))?;
    let mut crowd = gather(&scenario, &mut host)?;
    let target = host.port.address()?;
    // Later checks of the peers themselves, one each in four seconds, are three in ten thousand of all and not told apart.
    let honest = host.checks;
    let stop = AtomicBool::new(false);
    let begun = Instant::now();
    let (stretch, (sent, forger_us)) = std::thread::scope(|scope| {
        let stop = &stop;
        let forger = storm.map(|storm| scope.spawn(move || forge(storm, target, stop)));
        let stretch = forward(&scenario, &mut host, &mut crowd);
        stop.store(true, Relaxed);
        let forged = forger.map_or(Ok((0, 0.0)), |forger| forger.join().map_err(|_| "the forger panicked")?)?;
        Ok::<_, Failure>((stretch?, forged))
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Weather { stretch, sent, arrived: host.checks - honest, forger_us, seconds })
}

/// A check as browsers make them, for a ufrag that nobody has.
fn forged(stamp: &[u8; 4]) -> Vec<u8> {
    let mut check = vec![0, 1, 0, 80, 0x21, 0x12, 0xa4, 0x42, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
    check.extend_from_slice(&[b"\x00\x06\x00\x11", &stamp[..], b"Aobodyxx:them\x00\x00\x00"].concat());
    check.extend_from_slice(b"\x80\x2a\x00\x08tiebreak\x00\x25\x00\x00\x00\x24\x00\x04\x6e\x00\xff\xff\x00\x08\x00\x14");
    check.extend_from_slice(&[0x5a; 20]);
    check.extend_from_slice(b"\x80\x28\x00\x04\x01\x02\x03\x04");
    check
}

/// How many were sent, and the thread's CPU time, microseconds.
fn forge(storm: Storm, target: SocketAddr, stop: &AtomicBool) -> Result<(usize, f64), Failure> {
    let sockets = (0..SOURCES).map(|_| UdpSocket::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
    let check = forged(storm.stamp);
    let (mut sent, before, begun) = (0, thread_cpu()?, Instant::now());
    while !stop.load(Relaxed) {
        let due = (begun.elapsed().as_secs_f64() * f64::from(FORGED)) as usize;
        while sent < due {
            if let Some(socket) = sockets.get(sent % SOURCES) {
                // What the host's socket has no room for, and what its filter drops, is lost.
                let _ = socket.send_to(&check, target);
            }
            sent += 1;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok((sent, thread_cpu()? - before))
}
