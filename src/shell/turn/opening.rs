//! How the relay begins: what it leads to, how members are told of it, and what serves it.
//!
//! **Invariant:** its doors are the addresses that answers name as candidates, and no others; its secret is drawn here and shared with those who
//! give credentials out, in this process, and with nobody else.

use super::datagrams::{TurnDatagrams, TurnOverUdp, WaitingDatagrams};
use super::{Turn, TurnCounts};
use crate::relay::access::{Issuer, Secret};
use crate::relay::{Doors, Service};
use crate::shell::clock;
use crate::shell::config::keys::Settings;
use crate::shell::cores::Cores;
use crate::shell::server::StartError;
use crate::shell::udp::AnsweringPort;
use std::future::Future;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Instant;
use wire::{RelayOver, RelayWay};

/// The relay, before anybody can come.
pub(crate) struct Relaying {
    service: Arc<Service>,
    /// One of the media port's own.
    port: AnsweringPort,
    datagrams: WaitingDatagrams,
    start: Instant,
}

impl Relaying {
    /// Of the cores' media port, with how members are told of it. `tls_at`: the page's port, if there is TLS. `None` when it is switched off.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn prepare(
        settings: &Settings,
        sockets: &[UdpSocket],
        (candidates, streams): (&[SocketAddr], &[SocketAddr]),
        (tls_at, start): (Option<u16>, Instant),
    ) -> Result<Option<(Self, Issuer, TurnDatagrams)>, StartError> {
        let (true, [socket, ..], [first, ..]) = (settings.relay, sockets, candidates) else { return Ok(None) };
        let port = AnsweringPort::new(socket).map_err(|error| StartError::Port(*first, error))?;
        let secret = Arc::new(Secret::new(clock::entropy()?));
        let over = |over, port: Option<u16>| port.map(|port| RelayWay { over, port });
        // The one that passes the strictest networks goes first.
        let ways = [
            over(RelayOver::Tls, tls_at),
            over(RelayOver::Tcp, streams.first().map(SocketAddr::port)),
            over(RelayOver::Udp, Some(first.port())),
        ];
        let issuer = Issuer::new(Arc::clone(&secret), ways.into_iter().flatten().collect());
        let (to_relay, datagrams) = TurnDatagrams::new();
        let service = Arc::new(Service::new(secret, Doors::new(candidates)));
        Ok(Some((Self { service, port, datagrams, start }, issuer, to_relay)))
    }

    /// For connections, and what serves datagrams.
    pub(crate) fn open(self, cores: &Cores, counts: Arc<TurnCounts>) -> (Turn, impl Future<Output = ()> + Send + use<>) {
        let turn = Turn::new(self.service, cores.clone(), counts, self.start);
        let (over_udp, letters) = TurnOverUdp::new(turn.clone(), self.port);
        (turn, over_udp.serve(self.datagrams, letters))
    }
}
