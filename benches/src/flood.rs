//! What forged connectivity checks cost: forwarding from one to a hundred with and without 100,000 of them a second, in turn.
//!
//! Invariant: the forged checks come from other sockets and another thread, name nobody, and are counted where they arrive. The cost is the
//! kernel's account of the host's thread, its own receiving included.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use crate::host::Host;
use crate::sfu::{Scenario, Stretch, forward, gather};
use incamera_bench_peer::Failure;
use serde_json::{Value, json};
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Forged checks a second.
const FORGED: u32 = 100_000;
/// Sockets they come from.
const SOURCES: usize = 16;

/// One line: the median of three turns.
pub(crate) fn figures() -> Vec<Value> {
    vec![median().unwrap_or_else(|error| json!({"bench": "flood", "error": error.to_string()}))]
}

struct Turn {
    forged_per_s: f64,
    us_per_forged: f64,
    delivered: f64,
    loss: f64,
}

/// Forwarding, and what was forged meanwhile.
struct Weather {
    stretch: Stretch,
    forged: usize,
    seconds: f64,
}

fn median() -> Result<Value, Failure> {
    let mut turns = (0..3).map(|_| turn()).collect::<Result<Vec<_>, _>>()?;
    turns.sort_by(|a, b| a.us_per_forged.total_cmp(&b.us_per_forged));
    let turn = turns.swap_remove(1);
    Ok(json!({
        "bench": "flood",
        "scenario": "1x100",
        "forged_per_s": turn.forged_per_s,
        "us_per_forged": turn.us_per_forged,
        "share_of_core_at_100k": turn.us_per_forged * f64::from(FORGED) / 1e6,
        "delivered_with_to_without": turn.delivered,
        "loss": turn.loss,
    }))
}

fn turn() -> Result<Turn, Failure> {
    let (calm, stormy) = (weather(false)?, weather(true)?);
    let per_packet = calm.stretch.cpu / calm.stretch.got.max(1) as f64;
    let rate = |weather: &Weather| weather.stretch.got as f64 / weather.stretch.expected.max(1) as f64;
    Ok(Turn {
        forged_per_s: stormy.forged as f64 / stormy.seconds,
        us_per_forged: (stormy.stretch.cpu - per_packet * stormy.stretch.got as f64) / stormy.forged.max(1) as f64,
        delivered: rate(&stormy) / rate(&calm),
        loss: 1.0 - rate(&stormy),
    })
}

fn weather(storm: bool) -> Result<Weather, Failure> {
    let scenario = Scenario { name: "1x100", rooms: 1, people: 101, publishers: 1 };
    let mut host = Host::new()?;
    let mut crowd = gather(&scenario, &mut host)?;
    let target = host.port.address()?;
    // Later checks of the peers themselves, one each in four seconds, are three in ten thousand of all and not told apart.
    let honest = host.checks;
    let (stop, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let begun = Instant::now();
    let stretch = std::thread::scope(|scope| {
        let forger = storm.then(|| scope.spawn(|| forge(target, &stop, &sent)));
        let stretch = forward(&scenario, &mut host, &mut crowd);
        stop.store(true, Relaxed);
        forger.map_or(Ok(()), |forger| forger.join().map_err(|_| "the forger panicked")?)?;
        stretch
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Weather { stretch, forged: host.checks - honest, seconds })
}

/// A check as browsers make them, for a ufrag that nobody has.
fn forged() -> Vec<u8> {
    let mut check = vec![0, 1, 0, 80, 0x21, 0x12, 0xa4, 0x42, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
    check.extend_from_slice(b"\x00\x06\x00\x0dAobodyxx:them\x00\x00\x00");
    check.extend_from_slice(b"\x80\x2a\x00\x08tiebreak\x00\x25\x00\x00\x00\x24\x00\x04\x6e\x00\xff\xff\x00\x08\x00\x14");
    check.extend_from_slice(&[0x5a; 20]);
    check.extend_from_slice(b"\x80\x28\x00\x04\x01\x02\x03\x04");
    check
}

fn forge(target: SocketAddr, stop: &AtomicBool, sent: &AtomicUsize) -> Result<(), Failure> {
    let sockets = (0..SOURCES).map(|_| UdpSocket::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
    let check = forged();
    let begun = Instant::now();
    while !stop.load(Relaxed) {
        let due = (begun.elapsed().as_secs_f64() * f64::from(FORGED)) as usize;
        while sent.load(Relaxed) < due {
            let number = sent.fetch_add(1, Relaxed);
            if let Some(socket) = sockets.get(number % SOURCES) {
                // What the host's socket has no room for is lost.
                let _ = socket.send_to(&check, target);
            }
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(())
}
