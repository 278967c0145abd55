//! What forged connectivity checks cost: forwarding from one to a hundred with and without 100,000 of them a second, in turn.
//!
//! Invariant: the forged checks come from other sockets and another thread, name nobody, and are counted where they arrive. The cost is the
//! kernel's account of the host's thread, its own receiving included.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use crate::sfu::{Failure, Host, Scenario, gather, play};
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

/// What one stretch of forwarding took.
struct Stretch {
    cpu: f64,
    got: usize,
    expected: usize,
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
    let (calm, stormy) = (stretch(false)?, stretch(true)?);
    let per_packet = calm.cpu / calm.got.max(1) as f64;
    let rate = |stretch: &Stretch| stretch.got as f64 / stretch.expected.max(1) as f64;
    Ok(Turn {
        forged_per_s: stormy.forged as f64 / stormy.seconds,
        us_per_forged: (stormy.cpu - per_packet * stormy.got as f64) / stormy.forged.max(1) as f64,
        delivered: rate(&stormy) / rate(&calm),
        loss: 1.0 - rate(&stormy),
    })
}

fn stretch(storm: bool) -> Result<Stretch, Failure> {
    let scenario = Scenario { name: "1x100", rooms: 1, people: 101, publishers: 1 };
    let mut host = Host::new()?;
    let mut clients = gather(&scenario, &mut host)?;
    let (start, target) = (host.start, host.port.address()?);
    let (stop, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let begun = Instant::now();
    let (cpu, published) = std::thread::scope(|scope| {
        let server = scope.spawn(|| host.serve(&stop).map_err(|error| error.to_string()));
        let forger = storm.then(|| scope.spawn(|| forge(target, &stop, &sent).map_err(|error| error.to_string())));
        let published = play(&mut clients, start);
        stop.store(true, Relaxed);
        let forged = forger.map_or(Ok(()), |forger| forger.join().map_err(|_| "the forger panicked".to_owned())?);
        let cpu = server.join().map_err(|_| "the host's thread panicked".to_owned()).and_then(|cpu| cpu);
        (forged.and(cpu), published)
    });
    let seconds = begun.elapsed().as_secs_f64();
    clients.iter_mut().for_each(|client| client.drain(start, false));
    let got = clients.iter().map(|client| client.got).sum();
    let expected = published? * (usize::from(scenario.people) - 1);
    Ok(Stretch { cpu: cpu?, got, expected, forged: host.forged, seconds })
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
