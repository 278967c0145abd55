//! One client's ways out of the relay: to each [`Door`] that it uses, one path at one core.
//!
//! **Invariant:** a path is opened by a check only, at the core that the check names; what the core sends to it comes back with its number, and what
//! waits there is bounded as for media over TCP.

use crate::core::media::addressed_core;
use crate::core::path::{Path, Stream};
use crate::relay::{Door, Service};
use crate::shell::cores::Cores;
use crate::shell::streams::Outbound;
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc::UnboundedSender;

pub(super) struct Ways {
    service: Arc<Service>,
    cores: Cores,
    letters: UnboundedSender<(u64, Bytes)>,
    open: Vec<Way>,
}

struct Way {
    door: Door,
    stream: Stream,
    core: usize,
    waiting: Arc<AtomicUsize>,
}

/// What a delivery changed: the numbers of the ways that were closed and opened.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Changed {
    pub(super) closed: Option<u64>,
    pub(super) opened: Option<u64>,
}

impl Ways {
    /// None yet. What comes out of them goes to `letters`, each with its way's number.
    pub(super) fn new(service: Arc<Service>, cores: Cores, letters: UnboundedSender<(u64, Bytes)>) -> Self {
        Self { service, cores, letters, open: Vec::new() }
    }

    /// Hands a datagram to the core that it is for, as from the relayed transport address.
    pub(super) async fn deliver(&mut self, relayed: SocketAddr, door: Door, datagram: &[u8]) -> Changed {
        let mut changed = Changed::default();
        let named = addressed_core(datagram).map(usize::from);
        let known = self.open.iter().position(|way| way.door == door);
        let known = match (known, named) {
            // Whoever left a meeting and entered another may have another core.
            (Some(at), Some(core)) if self.open.get(at).is_some_and(|way| way.core != core) => {
                changed.closed = Some(self.close_one(at).await);
                None
            }
            (known, _) => known,
        };
        if known.is_none() {
            let Some(core) = named else { return changed };
            changed.opened = self.open(relayed, door, core).await;
        }
        if let Some(way) = self.open.iter().find(|way| way.door == door) {
            self.cores.frame(way.core, Path::Relayed(way.stream), datagram.to_vec()).await;
        }
        changed
    }

    /// So many bytes that waited for this way were taken; its door, unless it is closed.
    pub(super) fn taken(&self, number: u64, bytes: usize) -> Option<Door> {
        let way = self.open.iter().find(|way| way.stream.number == number)?;
        way.waiting.fetch_sub(bytes, Ordering::Relaxed);
        Some(way.door)
    }

    /// Closes all, and says which they were.
    pub(super) async fn close(&mut self) -> Vec<u64> {
        let mut closed = Vec::new();
        while !self.open.is_empty() {
            closed.push(self.close_one(0).await);
        }
        closed
    }

    async fn open(&mut self, relayed: SocketAddr, door: Door, core: usize) -> Option<u64> {
        let stream = Stream { number: self.service.number(), from: relayed };
        let (outbound, waiting) = Outbound::into_shared(self.letters.clone(), stream.number);
        self.cores.path_opened(core, Path::Relayed(stream), outbound).await.then_some(())?;
        self.open.push(Way { door, stream, core, waiting });
        Some(stream.number)
    }

    async fn close_one(&mut self, at: usize) -> u64 {
        let Way { stream, core, .. } = self.open.swap_remove(at);
        self.cores.path_closed(core, Path::Relayed(stream)).await;
        stream.number
    }
}

/// The datagrams that a core sends in one go, framed as for TCP (RFC 4571).
pub(super) fn datagrams(mut framed: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = framed.split_first_chunk()?;
        let (datagram, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        framed = rest;
        Some(datagram)
    })
}
