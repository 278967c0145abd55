//! The least that the same packets can cost: bare AES-128-GCM seal and send, in batches of one size, to the same live receivers.
//!
//! **Invariant:** the sender's thread does nothing else, on the core on which the server ran; its CPU time is the kernel's account of it.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use crate::outside::Plan;
use incamera_bench_peer::{Failure, Peer, Port};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Pins the calling thread to a core.
pub(crate) fn pin(core: usize) -> Result<(), Failure> {
    let mut set = CpuSet::new();
    set.set(core)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}

/// CPU microseconds per packet.
pub(crate) fn measure(peers: &mut [Peer], publishers: usize, plan: &Plan, run: Duration) -> Result<f64, Failure> {
    let targets: Result<Vec<SocketAddr>, Failure> = peers.iter().skip(publishers).map(|peer| peer.port().address()).collect();
    let (targets, stop) = (targets?, AtomicBool::new(false));
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            pin(0)?;
            bare(&targets, plan, run)
        });
        let drainer = scope.spawn(|| {
            while !stop.load(Relaxed) {
                peers.iter_mut().skip(publishers).for_each(|peer| peer.port().receive(|_, _, _| {}));
                std::thread::sleep(Duration::from_micros(500));
            }
        });
        let result = sender.join().map_err(|_| "the sender panicked")?;
        stop.store(true, Relaxed);
        drainer.join().map_err(|_| "the drainer panicked")?;
        result
    })
}

/// CPU time of the calling thread, microseconds, as the kernel's scheduler counts it.
fn thread_cpu() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos: f64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanos / 1_000.0)
}

fn bare(targets: &[SocketAddr], plan: &Plan, run: Duration) -> Result<f64, Failure> {
    let (port, load) = (Port::bind()?, plan.load);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &[1; 16]).map_err(|_| "no key")?);
    let (mut count, mut buffer) = (0_u64, Vec::new());
    let mut seal = |buffer: &mut Vec<u8>, length: usize| -> Result<(), Failure> {
        count += 1;
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&count.to_be_bytes());
        let at = buffer.len();
        buffer.resize(at + 12 + length, 0x80);
        let (head, plain) = buffer[at..].split_at_mut(12);
        let tag =
            key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&*head), plain).map_err(|_| "seal")?;
        buffer.extend_from_slice(tag.as_ref());
        Ok(())
    };
    let (mut frames, mut sounds) = (0, 0);
    let (before, begun) = (thread_cpu()?, Instant::now());
    while begun.elapsed() < run {
        for (done, rate, packets, bytes) in
            [(&mut frames, load.frames, load.packets, load.video_bytes), (&mut sounds, load.sounds, 1, load.audio_bytes)]
        {
            if begun.elapsed() < Duration::from_secs(1) * *done / rate {
                continue;
            }
            *done += 1;
            for address in targets {
                for _ in 0..plan.publishers {
                    buffer.clear();
                    (0..packets).try_for_each(|_| seal(&mut buffer, bytes))?;
                    port.send(*address, &buffer, (packets > 1).then_some(12 + bytes + 16));
                }
            }
        }
        let next = (Duration::from_secs(1) * frames / load.frames).min(Duration::from_secs(1) * sounds / load.sounds);
        std::thread::sleep(next.saturating_sub(begun.elapsed()));
    }
    Ok((thread_cpu()? - before) / count as f64)
}
