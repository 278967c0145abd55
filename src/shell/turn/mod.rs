//! The relay's sockets: TURN over TCP and TLS, each connection a client of its own, and over UDP ([`datagrams`]).
//!
//! **Invariant:** what a client wants sent goes to a core of this process and nowhere else: nothing in here opens a socket, and the only
//! addresses written to are those that clients wrote from. A connection that has no allocation within [`ALLOCATED_WITHIN`] is closed, and so is one
//! whose allocation has run out.

pub(crate) mod datagrams;
pub(crate) mod opening;
mod ways;

use super::clock;
use super::cores::Cores;
use super::doorman::Place;
use crate::core::Time;
use crate::relay::Service;
use crate::relay::client::{Client, Over, Room, Step};
use crate::relay::frames::Frame;
use bytes::{Bytes, BytesMut};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{timeout, timeout_at};
use ways::Ways;

/// How long a connection may take until it has an allocation: two requests, on a bad network.
const ALLOCATED_WITHIN: Duration = Duration::from_secs(10);
/// Connections without an allocation, in all.
const UNALLOCATED: usize = 512;
/// How long what is written may take to leave. A browser that takes nothing for so long is gone.
const LEAVES_WITHIN: Duration = Duration::from_secs(20);
/// Bytes gathered before they are written.
const AT_ONCE: usize = 32 * 1024;

/// What the relay has counted.
#[derive(Debug, Default)]
pub(crate) struct TurnCounts {
    /// Allocations now.
    pub(crate) allocations: AtomicUsize,
    /// Allocations made since the start.
    pub(crate) made: AtomicU64,
}

impl TurnCounts {
    fn came(&self) {
        self.allocations.fetch_add(1, Ordering::Relaxed);
        self.made.fetch_add(1, Ordering::Relaxed);
    }

    fn left(&self, count: usize) {
        self.allocations.fetch_sub(count, Ordering::Relaxed);
    }
}

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Turn {
    service: Arc<Service>,
    cores: Cores,
    counts: Arc<TurnCounts>,
    unallocated: Arc<Semaphore>,
    start: Instant,
}

impl Turn {
    /// `start` is the instant that the cores call [`Time::ZERO`]: credentials are dated by it.
    pub(crate) fn new(service: Arc<Service>, cores: Cores, counts: Arc<TurnCounts>, start: Instant) -> Self {
        Self { service, cores, counts, unallocated: Arc::new(Semaphore::new(UNALLOCATED)), start }
    }

    /// Serves one connection to its end. `first`: what was read of it already.
    pub(crate) async fn attend<S>(&self, stream: S, first: &[u8], from: SocketAddr, place: Arc<Place>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let Ok(permit) = Arc::clone(&self.unallocated).try_acquire_owned() else { return };
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        let (sender, letters) = unbounded_channel();
        let ways = Ways::new(Arc::clone(&self.service), self.cores.clone(), sender);
        let client = Client::new(self.service.number(), from, Over::Stream);
        let end = clock::now() + ALLOCATED_WITHIN;
        let mut connection = Connection { turn: self, stream, client, ways, letters, permit: Some(permit), end };
        connection.serve(BytesMut::from(first)).await;
        connection.ways.close().await;
        if connection.permit.is_none() {
            self.counts.left(1);
        }
        drop(place);
    }

    fn now(&self) -> Time {
        let since = clock::now().saturating_duration_since(self.start);
        Time::from_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }
}

/// One connection.
struct Connection<'a, S> {
    turn: &'a Turn,
    stream: S,
    client: Client,
    ways: Ways,
    letters: UnboundedReceiver<(u64, Bytes)>,
    /// Until there is an allocation.
    permit: Option<OwnedSemaphorePermit>,
    /// When it is closed, as things stand.
    end: Instant,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Connection<'_, S> {
    /// Until the other end closes, falls silent, takes nothing or sends what is no message.
    async fn serve(&mut self, mut unread: BytesMut) {
        loop {
            let Some(answers) = self.hear_all(&mut unread).await else { return };
            if !self.write(&answers).await {
                return;
            }
            let end = self.end.into();
            tokio::select! {
                read = timeout_at(end, self.stream.read_buf(&mut unread)) => {
                    if !matches!(read, Ok(Ok(1..))) {
                        return;
                    }
                }
                Some(letter) = self.letters.recv() => {
                    let letters = self.gather(letter);
                    if !self.write(&letters).await {
                        return;
                    }
                }
            }
        }
    }

    /// Takes every whole message out of what was read; the answers to them. `None`: out of step.
    async fn hear_all(&mut self, unread: &mut BytesMut) -> Option<Vec<u8>> {
        let mut answers = Vec::new();
        while let Some(&first) = unread.first_chunk() {
            let frame = Frame::of(first)?;
            if unread.len() < frame.length + frame.padding {
                break;
            }
            let message = unread.split_to(frame.length);
            let _ = unread.split_to(frame.padding);
            self.hear(&message, &mut answers).await;
        }
        unread.reserve(Frame::LARGEST);
        Some(answers)
    }

    async fn hear(&mut self, message: &[u8], answers: &mut Vec<u8>) {
        let now = self.turn.now();
        match self.client.hear(&self.turn.service, now, Room::Enough, message) {
            Step::Nothing => {}
            Step::Answer(answer) => {
                answers.extend(answer);
                self.look(now);
            }
            Step::Inward(door, range) => {
                if let (Some(relayed), Some(datagram)) = (self.client.relayed(now), message.get(range)) {
                    self.ways.deliver(relayed, door, datagram).await;
                }
            }
        }
    }

    /// An allocation may have come, been refreshed, or gone.
    fn look(&mut self, now: Time) {
        if self.client.relayed(now).is_some() && self.permit.take().is_some() {
            self.turn.counts.came();
        }
        if self.permit.is_none() {
            let until = self.client.until().unwrap_or(now);
            self.end = self.turn.start + until.since(Time::ZERO);
        }
    }

    /// What waits for the client, as it takes it: this and what lies behind it.
    fn gather(&mut self, first: (u64, Bytes)) -> Vec<u8> {
        let (now, mut out, mut next) = (self.turn.now(), Vec::new(), Some(first));
        while let Some((number, framed)) = next {
            if let Some(door) = self.ways.taken(number, framed.len()) {
                for datagram in ways::datagrams(&framed) {
                    self.client.outward(&self.turn.service, now, door, datagram, &mut out);
                }
            }
            next = if out.len() < AT_ONCE { self.letters.try_recv().ok() } else { None };
        }
        out
    }

    /// False when the other end does not take it.
    async fn write(&mut self, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return true;
        }
        let all = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        matches!(timeout(LEAVES_WITHIN, all).await, Ok(Ok(())))
    }
}
