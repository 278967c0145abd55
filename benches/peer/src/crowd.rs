//! Many peers, driven by one thread.
//!
//! **Invariant:** a peer's packets are counted when they have arrived, whether or not they are opened, and all of one peer in ten (all,
//! where few only receive) are opened and looked at.
//!
//! Pictures of different publishers do not begin at the same moment, as those of different cameras do not, unless they are
//! [told to](Crowd::in_step). Latency is from the publisher's
//! write to the kernel's stamp of the arrival.

use crate::{Counts, Failure, Load, Peer, now};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use std::time::Duration;

/// How long a peer may take to connect.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two key frames, in frames: four seconds.
const KEY: u32 = 120;

/// Everybody of one load.
pub struct Crowd {
    peers: Vec<Peer>,
    /// How many of them publish: the first ones.
    publishers: usize,
    in_step: bool,
    epoll: Epoll,
    sent: u64,
}

impl Crowd {
    /// Nobody.
    ///
    /// # Errors
    /// Those of the system.
    pub fn new() -> Result<Self, Failure> {
        Ok(Self { peers: Vec::new(), publishers: 0, in_step: false, epoll: Epoll::new(EpollCreateFlags::empty())?, sent: 0 })
    }

    /// All publishers begin at the same moment, as the sender of the [`limit`](crate::limit) does: what then differs from the limit is the
    /// work, and not how often a thread is woken for it.
    pub fn in_step(self) -> Self {
        Self { in_step: true, ..self }
    }

    /// One more, who has been described; publishers first. `meanwhile` is done while the other side's answers are waited for.
    ///
    /// # Errors
    /// When no connection comes about, or a publisher comes late.
    pub fn connect(&mut self, mut peer: Peer, publishes: bool, mut meanwhile: impl FnMut()) -> Result<(), Failure> {
        if publishes && self.publishers < self.peers.len() {
            return Err("publishers come first".into());
        }
        let begun = now();
        while !peer.is_connected() {
            if begun.elapsed() > PATIENCE {
                return Err("a peer does not connect".into());
            }
            peer.turn()?;
            meanwhile();
            peer.port().wait(Duration::from_millis(5))?;
        }
        peer.turn()?;
        meanwhile();
        self.epoll.add(peer.port().socket(), EpollEvent::new(EpollFlags::EPOLLIN, self.peers.len() as u64))?;
        self.peers.push(peer);
        self.publishers += usize::from(publishes);
        Ok(())
    }

    /// Everybody, publishers first.
    pub fn peers(&self) -> &[Peer] {
        &self.peers
    }

    /// How many publish.
    pub fn publishers(&self) -> usize {
        self.publishers
    }

    /// Packets of media that were published since [`forget`](Self::forget).
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Packets of media that all of them received since [`forget`](Self::forget).
    pub fn received(&self) -> u64 {
        self.peers.iter().map(|peer| peer.counts.media).sum()
    }

    /// These quantiles (0 to 1) of all latencies, ms.
    pub fn latencies<const N: usize>(&self, quantiles: [f64; N]) -> [f64; N] {
        let mut all: Vec<f32> = self.peers.iter().flat_map(|peer| peer.counts.latencies.iter().copied()).collect();
        all.sort_by(f32::total_cmp);
        quantiles.map(|q| all.get((all.len() as f64 * q) as usize).copied().map_or(f64::NAN, f64::from))
    }

    /// Counts anew.
    pub fn forget(&mut self) {
        self.sent = 0;
        self.peers.iter_mut().for_each(|peer| peer.counts = Counts::default());
    }

    /// Publishes for so long, and receives.
    ///
    /// # Errors
    /// When a connection breaks.
    pub fn play(&mut self, load: &Load, run: Duration) -> Result<(), Failure> {
        let begun = now();
        let period = [Duration::from_secs(1) / load.sounds, Duration::from_secs(1) / load.frames];
        let steps = u32::from(!self.in_step);
        let phase = |number: usize, period: Duration| period * steps * number as u32 / self.publishers.max(1) as u32;
        let mut due: Vec<[Duration; 2]> = (0..self.publishers).map(|number| period.map(|period| phase(number, period))).collect();
        let mut frames = vec![0_u32; self.publishers];
        let mut kept_up = begun;
        loop {
            let played = begun.elapsed();
            if played >= run {
                return Ok(());
            }
            for (number, due) in due.iter_mut().enumerate() {
                let Some(peer) = self.peers.get_mut(number) else { continue };
                for picture in [false, true] {
                    let at = &mut due[usize::from(picture)];
                    if *at > played {
                        continue;
                    }
                    *at += period[usize::from(picture)];
                    let frame = &mut frames[number];
                    let key = picture && (frame.is_multiple_of(KEY) || std::mem::take(&mut peer.key_frame_wanted));
                    *frame += u32::from(picture);
                    self.sent += peer.publish(load, picture, key)?;
                }
            }
            let next = due.iter().flatten().min().copied().unwrap_or(run).min(run);
            self.receive(next.saturating_sub(begun.elapsed()))?;
            if kept_up.elapsed() > Duration::from_secs(1) {
                kept_up = now();
                self.peers.iter_mut().try_for_each(Peer::keep_up)?;
            }
        }
    }

    /// Receives what is still under way: until so many packets came in all, at most so long.
    ///
    /// # Errors
    /// When a connection breaks.
    pub fn take_in(&mut self, expected: u64, longest: Duration) -> Result<(), Failure> {
        let begun = now();
        while self.received() < expected && begun.elapsed() < longest {
            self.receive(longest.saturating_sub(begun.elapsed()))?;
        }
        Ok(())
    }

    /// Waits for arrivals, at most so long, and takes them.
    pub(crate) fn receive(&mut self, longest: Duration) -> Result<(), Failure> {
        let few = self.peers.len() - self.publishers < 50;
        let mut events = [EpollEvent::empty(); 256];
        let milliseconds = u16::try_from(longest.as_micros().div_ceil(1_000)).unwrap_or(u16::MAX);
        let count = self.epoll.wait(&mut events, EpollTimeout::from(milliseconds))?;
        for event in events.iter().take(count) {
            let at = event.data() as usize;
            if let Some(peer) = self.peers.get_mut(at) {
                peer.drain(few || at.is_multiple_of(10))?;
            }
        }
        Ok(())
    }
}
