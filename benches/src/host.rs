//! The host's media thread, in this process: a socket and the media core.
//!
//! Invariant: the thread does nothing but receive, [`Media`] and send; its CPU time is the kernel's account of that thread, so the clients'
//! work is not in it, the kernel's work for its sends is.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use incamera::core::Time;
use incamera::core::media::{Media, MediaConfig, MediaOutput, Seat, Stamp};
use incamera::core::spread::Spread;
use incamera_bench_peer::{Failure, thread_cpu};
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use std::io::IoSliceMut;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use wire::{Offer, Subscription};

/// `AAAA`: what the host's peers are told to begin their checks with.
const STAMP: [u8; 4] = [0; 4];

/// A UDP socket with batches.
pub(crate) struct Port {
    socket: UdpSocket,
    state: UdpSocketState,
    buffers: Vec<Vec<u8>>,
}

impl Port {
    /// With the host's filter against checks that are not stamped, or without.
    fn bind(filter: Option<Stamp>) -> Result<Self, Failure> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        if let Some(stamp) = filter {
            incamera::shell::filter::attach(&socket, stamp)?;
        }
        let state = UdpSocketState::new((&socket).into())?;
        let _ = state.set_recv_buffer_size((&socket).into(), 4 << 20);
        let _ = state.set_send_buffer_size((&socket).into(), 4 << 20);
        let buffers = vec![vec![0; 65_536]; BATCH_SIZE.min(8)];
        Ok(Self { socket, state, buffers })
    }

    pub(crate) fn address(&self) -> Result<SocketAddr, Failure> {
        Ok(self.socket.local_addr()?)
    }

    /// Every datagram that waits.
    fn receive(&mut self, mut each: impl FnMut(SocketAddr, &mut [u8])) {
        let mut metas = [RecvMeta::default(); 8];
        loop {
            let mut slices: Vec<_> = self.buffers.iter_mut().map(|buffer| IoSliceMut::new(buffer)).collect();
            let metas = &mut metas[..slices.len()];
            let Ok(filled) = self.state.recv(UdpSockRef::from(&self.socket), &mut slices, metas) else { return };
            drop(slices);
            for (meta, buffer) in metas.iter().zip(&mut self.buffers).take(filled) {
                buffer[..meta.len].chunks_mut(meta.stride.max(1)).for_each(|datagram| each(meta.addr, datagram));
            }
        }
    }

    fn send(&self, destination: SocketAddr, contents: &[u8], segment_size: Option<usize>) {
        let batch = Transmit { destination, ecn: None, contents, segment_size, src_ip: None };
        // A full buffer is loss, and is counted where it is missed.
        let _ = self.state.try_send(UdpSockRef::from(&self.socket), &batch);
    }
}

/// The host: a port and the media core.
pub(crate) struct Host {
    pub(crate) port: Port,
    media: Media,
    start: Instant,
    /// Connectivity checks that came in.
    pub(crate) checks: usize,
}

impl Host {
    pub(crate) fn new() -> Result<Self, Failure> {
        Self::with_filter(true)
    }

    pub(crate) fn with_filter(filtered: bool) -> Result<Self, Failure> {
        let stamp = Stamp::draw(STAMP);
        let port = Port::bind(filtered.then_some(stamp))?;
        let start = Instant::now();
        let media = Media::new(MediaConfig {
            candidates: vec![port.address()?],
            streams: vec![],
            spread: Spread::default(),
            stamp,
            entropy: [7; 32],
            start,
        })?;
        Ok(Self { port, media, start, checks: 0 })
    }

    /// Takes a peer in: what it publishes and what it wants to receive.
    pub(crate) fn admit(&mut self, seat: Seat, offer: &Offer, wishes: &[Subscription]) -> Result<String, Failure> {
        let now = self.now();
        let answer = self.media.offer(now, seat, offer)?;
        self.media.subscribe(now, seat, wishes);
        Ok(answer)
    }

    fn now(&self) -> Time {
        Time::from_micros(self.start.elapsed().as_micros() as u64)
    }

    /// One turn of the loop; when to come back if nothing is received.
    pub(crate) fn turn(&mut self) -> Option<Time> {
        let (now, media) = (self.now(), &mut self.media);
        let checks = &mut self.checks;
        self.port.receive(|from, bytes| {
            *checks += usize::from(bytes.first().is_some_and(|&first| first < 4));
            media.datagram(now, from, bytes);
        });
        loop {
            match self.media.poll() {
                MediaOutput::Transmit(transmit) => {
                    self.port.send(transmit.to.address(), &transmit.bytes, transmit.segment);
                    self.media.recycle(transmit.bytes);
                }
                MediaOutput::Wait(Some(due)) if due <= self.now() => self.media.timeout(self.now()),
                MediaOutput::Wait(due) => return due,
            }
        }
    }

    /// Turns until told to stop, sleeping in the kernel between datagrams; CPU time used, microseconds.
    pub(crate) fn serve(&mut self, stop: &AtomicBool) -> Result<f64, Failure> {
        let before = thread_cpu()?;
        while !stop.load(Relaxed) {
            let due = self.turn();
            let until = due.map_or(Duration::from_millis(20), |due| due - self.now()).min(Duration::from_millis(20));
            self.port.socket.set_nonblocking(false)?;
            self.port.socket.set_read_timeout(Some(until.max(Duration::from_millis(1))))?;
            let _ = self.port.socket.peek(&mut [0]);
            self.port.socket.set_nonblocking(true)?;
        }
        Ok(thread_cpu()? - before)
    }
}
