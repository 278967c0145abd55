//! TURN over UDP, at the port that media comes to.
//!
//! **Invariant:** a core's thread spends on a datagram of the relay's a look at its first bytes and a copy, and never waits: what does not fit
//! into the channel is lost, as a datagram may be. Everything else happens in one task.

use super::ways::{self, Ways};
use super::{Turn, TurnCounts};
use crate::core::path::Pair;
use crate::relay::client::Step;
use crate::relay::clients::{Change, Clients};
use crate::relay::is_for_relay;
use crate::shell::udp::AnsweringPort;
use bytes::Bytes;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio::time::interval;

/// Datagrams that may wait for the relay.
const WAITING: usize = 2_048;
/// Between two looks at whose allocation has run out.
const SWEEP: Duration = Duration::from_secs(30);

/// Where cores hand the relay's datagrams.
#[derive(Clone)]
pub(crate) struct TurnDatagrams(Sender<(Pair, Vec<u8>)>);

/// What waits for the relay.
pub(crate) struct WaitingDatagrams(Receiver<(Pair, Vec<u8>)>);

impl TurnDatagrams {
    /// A way to the relay, and its end.
    pub(crate) fn new() -> (Self, WaitingDatagrams) {
        let (sender, receiver) = channel(WAITING);
        (Self(sender), WaitingDatagrams(receiver))
    }

    /// True when this was the relay's.
    pub(crate) fn takes(&self, pair: Pair, datagram: &[u8]) -> bool {
        let takes = is_for_relay(datagram);
        if takes {
            // A relay that cannot follow loses datagrams, as a socket would.
            let _ = self.0.try_send((pair, datagram.to_vec()));
        }
        takes
    }
}

/// All clients over UDP.
pub(crate) struct TurnOverUdp {
    turn: Turn,
    port: AnsweringPort,
    clients: Clients,
    ways: HashMap<SocketAddr, Reached>,
    /// Whose a way is, by its number.
    owners: HashMap<u64, SocketAddr>,
    sender: UnboundedSender<(u64, Bytes)>,
}

/// A client that has sent something on.
struct Reached {
    pair: Pair,
    ways: Ways,
}

impl TurnOverUdp {
    /// Answers from this port.
    pub(crate) fn new(turn: Turn, port: AnsweringPort) -> (Self, UnboundedReceiver<(u64, Bytes)>) {
        let (sender, letters) = unbounded_channel();
        let (ways, owners) = (HashMap::new(), HashMap::new());
        (Self { turn, port, clients: Clients::default(), ways, owners, sender }, letters)
    }

    /// Serves, without end.
    pub(crate) async fn serve(
        mut self,
        WaitingDatagrams(mut datagrams): WaitingDatagrams,
        mut letters: UnboundedReceiver<(u64, Bytes)>,
    ) {
        let mut sweep = interval(SWEEP);
        loop {
            tokio::select! {
                datagram = datagrams.recv() => {
                    let Some((pair, datagram)) = datagram else { return };
                    self.hear(pair, &datagram).await;
                }
                Some((number, framed)) = letters.recv() => self.outward(number, &framed),
                _ = sweep.tick() => {
                    for gone in self.clients.expire(self.turn.now()) {
                        self.forget(gone).await;
                    }
                }
            }
        }
    }

    async fn hear(&mut self, pair: Pair, datagram: &[u8]) {
        let (now, from) = (self.turn.now(), pair.from);
        let (step, change) = self.clients.hear(&self.turn.service, now, from, datagram);
        match step {
            Step::Nothing => {}
            Step::Answer(answer) => self.port.answer(pair, &answer),
            Step::Inward(door, range) => {
                if let (Some(relayed), Some(datagram)) = (self.clients.relayed(now, from), datagram.get(range)) {
                    let Turn { service, cores, .. } = &self.turn;
                    let new = || Reached { pair, ways: Ways::new(Arc::clone(service), cores.clone(), self.sender.clone()) };
                    let changed = self.ways.entry(from).or_insert_with(new).ways.deliver(relayed, door, datagram).await;
                    changed.closed.map(|number| self.owners.remove(&number));
                    changed.opened.map(|number| self.owners.insert(number, from));
                }
            }
        }
        match change {
            Change::None => {}
            Change::Came => self.counts().came(),
            Change::Left => self.forget(from).await,
        }
    }

    fn outward(&mut self, number: u64, framed: &[u8]) {
        let Some(&to) = self.owners.get(&number) else { return };
        let Some(Reached { pair, ways }) = self.ways.get(&to) else { return };
        let Some(door) = ways.taken(number, framed.len()) else { return };
        let (now, mut out) = (self.turn.now(), Vec::new());
        for datagram in ways::datagrams(framed) {
            out.clear();
            if self.clients.outward(&self.turn.service, now, (to, door), datagram, &mut out) {
                self.port.answer(*pair, &out);
            }
        }
    }

    async fn forget(&mut self, client: SocketAddr) {
        self.counts().left(1);
        if let Some(mut reached) = self.ways.remove(&client) {
            for number in reached.ways.close().await {
                self.owners.remove(&number);
            }
        }
    }

    fn counts(&self) -> &TurnCounts {
        &self.turn.counts
    }
}
