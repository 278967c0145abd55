//! The thread on which a core lives, with the media port and the mailboxes.
//!
//! **Invariant:** the core is touched by this thread only. Everybody else hands in [`Command`]s through a bounded channel and gets
//! letters through mailboxes; nobody can make this thread wait. What other cores and TCP connections bring comes through a bounded channel of
//! its own, so that a flood of media does not hold up a word.

use super::end_with_core::EndWithCore;
use super::errands::{ErrandsHere, ErrandsTo};
use super::mailbox::Mailbox;
use super::relay::{Parcel, Relay};
use super::sight::desk::{DeskCounts, Snapshot};
use super::streams::Outbound;
use super::turn::datagrams::TurnDatagrams;
use super::turns::{TURNS, turn};
use super::udp::MediaPort;
use crate::core::Time;
use crate::core::host::{ConnectionId, Host, Input, Output, Traveller};
use crate::core::media::{Ceiling, Transmit};
use crate::core::path::{Pair, Path};
use bytes::Bytes;
use std::collections::HashMap;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;
use tracing::{debug, info};
use wire::{DecodeError, FromHost, Refusal, ToHost};

mod handle;

/// Commands that may wait. When there are more, sockets are read later, and TCP slows the senders down.
const COMMANDS: usize = 1024;

enum Command {
    Open(ConnectionId, Mailbox),
    Message(ConnectionId, ToHost, Instant),
    Unreadable(ConnectionId, DecodeError),
    Closed(ConnectionId),
    Depart(ConnectionId, oneshot::Sender<Option<Luggage>>),
    Arrive(ConnectionId, Luggage),
    TurnedAway(ConnectionId, Refusal),
    Count(oneshot::Sender<Snapshot>),
    Limit(Ceiling),
    Stop,
    #[cfg(feature = "bench-endpoints")]
    Media(MediaStep),
}

/// What a WebSocket takes along from one core to another.
pub(crate) struct Luggage(Traveller, Mailbox);

/// Something that the bench endpoints do with the media.
#[cfg(feature = "bench-endpoints")]
type MediaStep = Box<dyn FnOnce(&mut crate::core::media::Media, Time) + Send>;

/// How the rest of the shell reaches one core. Its thread ends when the last one is dropped.
#[derive(Clone)]
pub(crate) struct Core {
    commands: Sender<Command>,
}

impl Core {
    /// Starts the thread of core `own`, with the desk that `furnish` makes around its port.
    ///
    /// # Errors
    /// When there is no thread to be had, or the socket is refused.
    pub(crate) fn start(
        own: usize,
        socket: UdpSocket,
        furnish: impl FnOnce(MediaPort) -> Desk,
        others: FromOthers,
    ) -> std::io::Result<Self> {
        let (commands, received) = mpsc::channel(COMMANDS);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let port = {
            let _within = runtime.enter();
            MediaPort::new(socket)?
        };
        let desk = furnish(port);
        let work = move || {
            let _end = EndWithCore;
            runtime.block_on(desk.run(received, others));
        };
        std::thread::Builder::new().name(format!("core-{own}")).spawn(work)?;
        Ok(Self { commands })
    }
}

/// What other cores and TCP connections bring.
pub(crate) struct FromOthers {
    pub(crate) parcels: Receiver<Parcel>,
    pub(crate) errands: ErrandsHere,
}

/// Everything that one core's thread has in hand.
pub(crate) struct Desk {
    host: Host,
    port: MediaPort,
    relay: Relay,
    /// Where what is TURN's is handed, if there is a relay.
    turn: Option<TurnDatagrams>,
    /// The ways to all cores, by number.
    errands: Vec<ErrandsTo>,
    start: Instant,
    mailboxes: HashMap<ConnectionId, Mailbox>,
    streams: HashMap<Path, Outbound>,
    /// The last message put into bytes: a message to many is encoded once.
    letter: Option<(Arc<FromHost>, Bytes)>,
    lost: usize,
    counts: DeskCounts,
    /// When the thread last began to work.
    woke: Instant,
}

impl Desk {
    /// `start` is the instant that the host calls [`Time::ZERO`].
    pub(crate) fn new(
        host: Host,
        port: MediaPort,
        relay: Relay,
        turn: Option<TurnDatagrams>,
        errands: Vec<ErrandsTo>,
        start: Instant,
    ) -> Self {
        let (mailboxes, streams) = (HashMap::new(), HashMap::new());
        Self {
            host,
            port,
            relay,
            turn,
            errands,
            start,
            mailboxes,
            streams,
            letter: None,
            lost: 0,
            counts: DeskCounts::default(),
            woke: start,
        }
    }

    async fn run(mut self, mut commands: Receiver<Command>, mut others: FromOthers) {
        // The host counts from now, not from the first word of somebody whose room is here.
        self.host.handle(self.now(), Input::Timeout);
        let mut deadline = self.drain();
        loop {
            let sleep = async {
                match deadline {
                    Some(when) => tokio::time::sleep_until(when.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                ready = self.port.readable() => {
                    self.woke = self.instant();
                    if ready.is_ok() {
                        // Another core may just have said whose what waits in the socket is.
                        self.take_waiting(&mut others.parcels);
                        self.receive();
                    }
                }
                command = commands.recv() => {
                    self.woke = self.instant();
                    let Some(first) = command else { return };
                    let obey = |command| {
                        let goes_on = !matches!(command, Command::Stop);
                        self.obey(command);
                        goes_on
                    };
                    if !turn(first, || commands.try_recv().ok(), obey) {
                        return;
                    }
                }
                parcel = others.parcels.recv() => {
                    self.woke = self.instant();
                    if let Some(parcel) = parcel {
                        self.take(parcel);
                        self.take_waiting(&mut others.parcels);
                    }
                }
                errand = others.errands.next() => {
                    self.woke = self.instant();
                    if let Some(first) = errand {
                        let errand = |(from, errand)| {
                            self.host.handle(self.now(), Input::Errand { from, errand });
                            true
                        };
                        turn(first, || others.errands.waiting(), errand);
                    }
                }
                () = sleep => self.woke = self.instant(),
            }
            if deadline.is_some_and(|when| when <= self.instant()) {
                self.host.handle(self.now(), Input::Timeout);
            }
            deadline = self.drain();
        }
    }

    fn receive(&mut self) {
        for _ in 0..TURNS {
            let now = self.now();
            let (host, relay, inwards) = (&mut self.host, &mut self.relay, &mut self.counts.inwards.udp);
            let turn = self.turn.as_ref();
            let each = |pair: Pair, bytes: &mut [u8]| {
                inwards.count(bytes.len(), None);
                if !turn.is_some_and(|turn| turn.takes(pair, bytes)) {
                    relay.deliver(host, now, pair, bytes);
                }
            };
            if !self.port.receive(each) {
                return;
            }
        }
    }

    fn take_waiting(&mut self, parcels: &mut Receiver<Parcel>) {
        for _ in 0..TURNS {
            let Ok(parcel) = parcels.try_recv() else { return };
            self.take(parcel);
        }
    }

    fn take(&mut self, parcel: Parcel) {
        let now = self.now();
        match parcel {
            Parcel::Datagram { from, bytes, by } => {
                if !matches!(from, Path::Udp(_)) {
                    self.counts.inwards.of(&from).count(bytes.len(), None);
                }
                self.relay.open(&mut self.host, now, (from, by), bytes);
            }
            Parcel::Mine { address, core } => self.relay.remember(now, address, core),
            Parcel::PathOpened(path, outbound) => drop(self.streams.insert(path, outbound)),
            Parcel::PathClosed(path) => {
                self.streams.remove(&path);
                self.host.handle(now, Input::PathClosed(path));
            }
        }
    }

    fn obey(&mut self, command: Command) {
        let now = self.now();
        match command {
            Command::Open(id, mailbox) => {
                self.mailboxes.insert(id, mailbox);
                self.host.handle(now, Input::Connected(id));
                self.say_load("opened");
            }
            Command::Message(id, message, sent) => {
                self.counts.words_in += 1;
                self.counts.waits.took(now.since(self.time(sent)));
                self.host.handle(now, Input::Message(id, message));
            }
            Command::Unreadable(id, error) => self.host.handle(now, Input::Unreadable(id, error)),
            Command::TurnedAway(id, why) => self.host.handle(now, Input::TurnedAway(id, why)),
            Command::Limit(ceiling) => self.host.limit(ceiling),
            Command::Closed(id) => {
                self.mailboxes.remove(&id);
                self.host.handle(now, Input::Disconnected(id));
                self.say_load("closed");
            }
            Command::Depart(id, answer) => {
                let luggage = self.mailboxes.remove(&id).and_then(|mailbox| match self.host.depart(id) {
                    Some(traveller) => Some(Luggage(traveller, mailbox)),
                    None => {
                        self.mailboxes.insert(id, mailbox);
                        None
                    }
                });
                // Whoever asked waits for the answer; if not, its socket is gone, and the mailbox goes with the answer.
                let _ = answer.send(luggage);
            }
            Command::Arrive(id, Luggage(traveller, mailbox)) => {
                self.mailboxes.insert(id, mailbox);
                self.host.arrive(now, id, traveller);
            }
            // Whoever asked may have gone.
            Command::Count(answer) => drop(answer.send(self.snapshot())),
            Command::Stop => self.mailboxes.clear(),
            #[cfg(feature = "bench-endpoints")]
            Command::Media(step) => step(self.host.media(), now),
        }
    }

    fn snapshot(&self) -> Snapshot {
        let desk = DeskCounts { streams: self.streams.len(), ..self.counts.clone() };
        Snapshot { core: self.host.counts(), desk }
    }

    fn say_load(&self, what: &str) {
        let load = self.host.load();
        debug!(connections = load.connections, rooms = load.rooms, "a WebSocket {what}");
    }

    /// Does what the core wants done; returns when it wants to be woken.
    fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.host.poll() {
                Output::Transmit(transmit) => {
                    self.lost += self.transmit(&transmit);
                    self.host.recycle(transmit.bytes);
                }
                Output::Send(id, message) => self.send(id, message),
                Output::Errand(core, errand) => {
                    let own = self.host.spread().own();
                    let sent = self.errands.get(usize::from(core)).is_some_and(|way| way.send(own, errand));
                    self.lost += usize::from(!sent);
                }
                // Without its sender the socket task finishes what waits and closes.
                Output::Close(id) => drop(self.mailboxes.remove(&id)),
                Output::Wait(until) => {
                    self.letter = None;
                    self.say_lost();
                    self.counts.turns.took(self.instant().saturating_duration_since(self.woke));
                    return until.map(|until| self.start + until.since(Time::ZERO));
                }
            }
        }
    }

    /// How many calls were refused.
    fn transmit(&mut self, transmit: &Transmit) -> usize {
        let Transmit { to, bytes, segment, pictures } = transmit;
        self.counts.outwards.of(to).count(bytes.len(), *segment);
        match to {
            Path::Udp(pair) => self.port.send(*pair, bytes, *segment),
            Path::Tcp(_) | Path::Relayed(_) => {
                let taken = self.streams.get(to).is_some_and(|outbound| outbound.put(bytes, *segment, *pictures));
                usize::from(!taken)
            }
        }
    }

    fn send(&mut self, id: ConnectionId, message: Arc<FromHost>) {
        let Some(mailbox) = self.mailboxes.get(&id) else { return };
        let letter = match self.letter.take() {
            Some((last, letter)) if Arc::ptr_eq(&last, &message) => letter,
            _ => Bytes::from(wire::encode(&*message)),
        };
        self.counts.words_out += 1;
        self.counts.word_bytes_out += letter.len() as u64;
        let put = mailbox.put(letter.clone());
        self.letter = Some((message, letter));
        if put.is_err() {
            self.mailboxes.remove(&id);
            self.counts.cut_off += 1;
            info!("a reader was too slow or gone and is cut off");
            self.host.handle(self.now(), Input::Disconnected(id));
        }
    }

    fn say_lost(&mut self) {
        if self.lost > 0 {
            self.counts.refused += self.lost as u64;
            debug!(times = self.lost, "the system or another core did not take all datagrams");
            self.lost = 0;
        }
    }

    fn now(&self) -> Time {
        self.time(self.instant())
    }

    fn time(&self, instant: Instant) -> Time {
        Time::from_micros(u64::try_from(instant.saturating_duration_since(self.start).as_micros()).unwrap_or(u64::MAX))
    }

    fn instant(&self) -> Instant {
        super::clock::now()
    }
}
