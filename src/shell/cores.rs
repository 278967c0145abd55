//! The cores: one thread each, each with its own rooms, sockets and memory.
//!
//! **Invariant:** a room is kept on one core, found from its id alone; whoever enters it is moved there before its first word is read. The media
//! of a large room's people is on several ([`Spread`]).

use super::core_thread::{Core, Desk, FromOthers};
use super::errands::errands;
use super::mailbox::Mailbox;
use super::relay::{PARCELS, Parcel, Relay};
use super::sight::desk::Snapshot;
use super::streams::Outbound;
use super::turn::datagrams::TurnDatagrams;
use crate::core::host::{ConnectionId, Host};
use crate::core::media::Ceiling;
use crate::core::path::Path;
use crate::core::spread::Spread;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::mpsc;
use wire::{DecodeError, Refusal, RoomId, ToHost};

/// How the rest of the shell reaches the cores. Their threads end when the last one is dropped.
#[derive(Clone)]
pub(crate) struct Cores {
    cores: Arc<[Core]>,
    parcels: Arc<[mpsc::Sender<Parcel>]>,
    /// Any of the cores' own.
    spread: Spread,
    next: Arc<AtomicU64>,
}

/// One WebSocket, and the core where it is now.
pub(crate) struct Link {
    cores: Cores,
    id: ConnectionId,
    at: usize,
}

impl Cores {
    /// Starts a thread for each host with its socket; what comes there and is the relay's goes to `turn`. `start` is the instant that the hosts
    /// call [`Time::ZERO`](crate::core::Time::ZERO).
    ///
    /// # Errors
    /// When there is no thread to be had, or a socket is refused.
    pub(crate) fn start(hosts: Vec<(Host, UdpSocket)>, turn: Option<&TurnDatagrams>, start: Instant) -> std::io::Result<Self> {
        let spread = hosts.first().map(|(host, _)| host.spread()).unwrap_or_default();
        let (parcels, boxes): (Vec<_>, Vec<_>) = hosts.iter().map(|_| mpsc::channel(PARCELS)).unzip();
        let (ways, arrivals): (Vec<_>, Vec<_>) = hosts.iter().map(|_| errands()).unzip();
        let cores: std::io::Result<Vec<Core>> = hosts
            .into_iter()
            .zip(boxes.into_iter().zip(arrivals))
            .enumerate()
            .map(|(own, ((host, socket), (received, errands)))| {
                let (relay, ways) = (Relay::new(own, parcels.clone()), ways.clone());
                let others = FromOthers { parcels: received, errands };
                let turn = turn.cloned();
                Core::start(own, socket, |port| Desk::new(host, port, relay, turn, ways, start), others)
            })
            .collect();
        Ok(Self { cores: cores?.into(), parcels: parcels.into(), spread, next: Arc::new(AtomicU64::new(1)) })
    }

    /// What is on which core.
    #[cfg(feature = "bench-endpoints")]
    pub(crate) fn spread(&self) -> Spread {
        self.spread
    }

    /// The core that keeps a room.
    pub(crate) fn of_room(&self, room: RoomId) -> usize {
        self.spread.of_room(room).into()
    }

    /// The core with this number.
    pub(crate) fn core(&self, at: usize) -> Option<&Core> {
        self.cores.get(at)
    }

    /// A WebSocket opened, and its letters go there. It waits at any core until it says which room it enters.
    pub(crate) async fn open(&self, mailbox: Mailbox) -> Link {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let at = usize::try_from(number % self.cores.len().max(1) as u64).unwrap_or_default();
        let id = ConnectionId(number);
        if let Some(core) = self.core(at) {
            core.open(id, mailbox).await;
        }
        Link { cores: self.clone(), id, at }
    }

    /// A TCP connection for media opened, or a way out of the relay; false when there is no such core.
    pub(crate) async fn path_opened(&self, core: usize, path: Path, outbound: Outbound) -> bool {
        let Some(parcels) = self.parcels.get(core) else { return false };
        parcels.send(Parcel::PathOpened(path, outbound)).await.is_ok()
    }

    /// A frame came over it.
    pub(crate) async fn frame(&self, core: usize, from: Path, bytes: Vec<u8>) {
        if let Some(parcels) = self.parcels.get(core) {
            // Fails only when the core's thread is gone.
            let _ = parcels.send(Parcel::Datagram { from, bytes, by: core }).await;
        }
    }

    /// It is gone.
    pub(crate) async fn path_closed(&self, core: usize, path: Path) {
        if let Some(parcels) = self.parcels.get(core) {
            let _ = parcels.send(Parcel::PathClosed(path)).await;
        }
    }

    /// What each core has counted, by its number. `None` when one of them is gone.
    pub(crate) async fn counts(&self) -> Option<Vec<Snapshot>> {
        let mut all = Vec::with_capacity(self.cores.len());
        for core in self.cores.iter() {
            all.push(core.count().await?);
        }
        Some(all)
    }

    /// What each receiver may be sent at most, on every core.
    pub(crate) async fn limit(&self, ceiling: Ceiling) {
        for core in self.cores.iter() {
            core.limit(ceiling).await;
        }
    }

    /// One that takes what is said and never answers.
    #[cfg(test)]
    pub(crate) fn deaf() -> Self {
        let (spread, next) = (Spread::default(), Arc::new(AtomicU64::new(1)));
        Self { cores: [Core::deaf()].into(), parcels: [].into(), spread, next }
    }

    /// Ends all cores and closes every mailbox.
    pub(crate) async fn stop(&self) {
        for core in self.cores.iter() {
            core.stop().await;
        }
    }
}

impl Link {
    /// A message came, or bytes that are none.
    pub(crate) async fn received(&mut self, message: Result<ToHost, DecodeError>) {
        let entry = match &message {
            Ok(ToHost::Enter(entry)) => Some(entry),
            Ok(ToHost::Open(opening)) => Some(&opening.entry),
            _ => None,
        };
        if let Some(entry) = entry {
            self.move_to(self.cores.of_room(entry.room)).await;
        }
        if let Some(core) = self.cores.core(self.at) {
            core.received(self.id, message).await;
        }
    }

    /// It asked for more than may come from there.
    pub(crate) async fn turned_away(&self, why: Refusal) {
        if let Some(core) = self.cores.core(self.at) {
            core.turned_away(self.id, why).await;
        }
    }

    /// The WebSocket is gone.
    pub(crate) async fn closed(&self) {
        if let Some(core) = self.cores.core(self.at) {
            core.closed(self.id).await;
        }
    }

    /// Who has a seat stays where it is: entering again is refused there.
    async fn move_to(&mut self, at: usize) {
        let (Some(here), Some(there)) = (self.cores.core(self.at), self.cores.core(at)) else { return };
        if self.at != at
            && let Some(luggage) = here.depart(self.id).await
        {
            there.arrive(self.id, luggage).await;
            self.at = at;
        }
    }
}
