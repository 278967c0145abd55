//! The least that the same packets can cost: bare AES-128-GCM seal and send, in batches of one frame, to the same live receivers.
//!
//! **Invariant:** the sender's thread does nothing else; its CPU time is the kernel's account of it.

use crate::{Crowd, Failure, Load, Port, now};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::net::SocketAddr;
use std::time::Duration;

/// Pins the calling thread to a core.
///
/// # Errors
/// Those of the system.
pub fn pin(core: usize) -> Result<(), Failure> {
    let mut set = CpuSet::new();
    set.set(core)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}

/// CPU time of the calling thread, microseconds, as the kernel's scheduler counts it.
///
/// # Errors
/// Where there is no such account (elsewhere than on Linux).
pub fn thread_cpu() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos: f64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanos / 1_000.0)
}

/// CPU microseconds per packet when each peer is sent the load of so many publishers (`sources`, one number for each of the crowd), for
/// `run`, from a thread on this core if one is given.
///
/// # Errors
/// Those of the system.
pub fn limit(crowd: &mut Crowd, sources: &[usize], load: &Load, run: Duration, core: Option<usize>) -> Result<f64, Failure> {
    let addresses = crowd.peers().iter().zip(sources).filter(|(_, sources)| **sources > 0);
    let targets: Result<Vec<_>, Failure> = addresses.map(|(peer, sources)| Ok((peer.port().address()?, *sources))).collect();
    let targets = targets?;
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            core.map_or(Ok(()), pin)?;
            bare(&targets, load, run)
        });
        while !sender.is_finished() {
            crowd.receive(Duration::from_millis(5))?;
        }
        sender.join().map_err(|_| "the sender panicked")?
    })
}

fn bare(targets: &[(SocketAddr, usize)], load: &Load, run: Duration) -> Result<f64, Failure> {
    let port = Port::bind()?;
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
    let (before, begun) = (thread_cpu()?, now());
    while begun.elapsed() < run {
        for (done, rate, packets, bytes) in
            [(&mut frames, load.frames, load.packets, load.video_bytes), (&mut sounds, load.sounds, 1, load.audio_bytes)]
        {
            if begun.elapsed() < Duration::from_secs(1) * *done / rate {
                continue;
            }
            *done += 1;
            for (address, sources) in targets {
                for _ in 0..*sources {
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
