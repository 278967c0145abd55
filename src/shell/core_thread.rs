//! The thread on which a core lives, with the media port and the mailboxes.
//!
//! **Invariant:** the core is touched by this thread only. Everybody else hands in [`Command`]s through a bounded channel and gets
//! letters through mailboxes; nobody can make this thread wait. What other cores and TCP connections bring comes through a bounded channel of
//! its own, so that a flood of media does not hold up a word.

use super::errands::{ErrandsHere, ErrandsTo};
use super::mailbox::Mailbox;
use super::relay::{Parcel, Relay};
use super::streams::Outbound;
use super::udp::MediaPort;
use crate::core::Time;
use crate::core::host::{ConnectionId, Host, Input, Output, Traveller};
use crate::core::media::Transmit;
use crate::core::path::{Path, Stream};
use bytes::Bytes;
use std::collections::HashMap;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;
use tracing::{debug, info};
use wire::{DecodeError, FromHost, ToHost};

/// Commands that may wait. When there are more, sockets are read later, and TCP slows the senders down.
const COMMANDS: usize = 1024;

/// Receive calls and commands between two looks at everything else.
const TURNS: usize = 32;

enum Command {
    Open(ConnectionId, Mailbox),
    Message(ConnectionId, ToHost),
    Unreadable(ConnectionId, DecodeError),
    Closed(ConnectionId),
    Depart(ConnectionId, oneshot::Sender<Option<Luggage>>),
    Arrive(ConnectionId, Luggage),
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

    /// A WebSocket opened, and its letters go there.
    pub(crate) async fn open(&self, id: ConnectionId, mailbox: Mailbox) {
        self.tell(Command::Open(id, mailbox)).await;
    }

    /// Takes a WebSocket out, to be brought to another core. `None` when it is gone or has a seat here.
    pub(crate) async fn depart(&self, id: ConnectionId) -> Option<Luggage> {
        let (answer, answered) = oneshot::channel();
        self.tell(Command::Depart(id, answer)).await;
        answered.await.ok().flatten()
    }

    /// Brings a WebSocket from another core.
    pub(crate) async fn arrive(&self, id: ConnectionId, luggage: Luggage) {
        self.tell(Command::Arrive(id, luggage)).await;
    }

    /// A WebSocket message came, or bytes that are none.
    pub(crate) async fn received(&self, id: ConnectionId, message: Result<ToHost, DecodeError>) {
        self.tell(message.map_or_else(|error| Command::Unreadable(id, error), |message| Command::Message(id, message))).await;
    }

    /// A WebSocket is gone.
    pub(crate) async fn closed(&self, id: ConnectionId) {
        self.tell(Command::Closed(id)).await;
    }

    /// Ends the core and closes every mailbox.
    pub(crate) async fn stop(&self) {
        self.tell(Command::Stop).await;
    }

    /// Does something with the media where they live. `None` when the core is gone.
    #[cfg(feature = "bench-endpoints")]
    pub(crate) async fn with_media<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut crate::core::media::Media, Time) -> T + Send + 'static,
    ) -> Option<T> {
        let (done, result) = tokio::sync::oneshot::channel();
        self.tell(Command::Media(Box::new(move |media, now| drop(done.send(step(media, now)))))).await;
        result.await.ok()
    }

    async fn tell(&self, command: Command) {
        // Fails only when the core's thread is gone, and then there is nobody to tell.
        let _ = self.commands.send(command).await;
    }
}

/// A panic in the core is a mistake in it, and a host without its core would keep sockets open that nobody answers. So the program
/// ends, its supervisor starts it again, and the members bring their meetings back.
struct EndWithCore;

impl Drop for EndWithCore {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("the core failed; the host ends");
            std::process::exit(70);
        }
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
    /// The ways to all cores, by number.
    errands: Vec<ErrandsTo>,
    start: Instant,
    mailboxes: HashMap<ConnectionId, Mailbox>,
    streams: HashMap<Stream, Outbound>,
    /// The last message put into bytes: a message to many is encoded once.
    letter: Option<(Arc<FromHost>, Bytes)>,
    lost: usize,
}

impl Desk {
    /// `start` is the instant that the host calls [`Time::ZERO`].
    pub(crate) fn new(host: Host, port: MediaPort, relay: Relay, errands: Vec<ErrandsTo>, start: Instant) -> Self {
        let (mailboxes, streams) = (HashMap::new(), HashMap::new());
        Self { host, port, relay, errands, start, mailboxes, streams, letter: None, lost: 0 }
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
                    if ready.is_ok() {
                        // Another core may just have said whose what waits in the socket is.
                        self.take_waiting(&mut others.parcels);
                        self.receive();
                    }
                }
                command = commands.recv() => {
                    let mut next = command;
                    for _ in 0..TURNS {
                        match next {
                            None | Some(Command::Stop) => return,
                            Some(command) => self.obey(command),
                        }
                        let Ok(command) = commands.try_recv() else { break };
                        next = Some(command);
                    }
                }
                parcel = others.parcels.recv() => {
                    if let Some(parcel) = parcel {
                        self.take(parcel);
                        self.take_waiting(&mut others.parcels);
                    }
                }
                errand = others.errands.next() => {
                    let mut next = errand;
                    for _ in 0..TURNS {
                        let Some((from, errand)) = next else { break };
                        self.host.handle(self.now(), Input::Errand { from, errand });
                        next = others.errands.waiting();
                    }
                }
                () = sleep => {}
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
            let (host, relay) = (&mut self.host, &mut self.relay);
            if !self.port.receive(|from, bytes| relay.deliver(host, now, from, bytes)) {
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
            Parcel::Datagram { from, bytes, by } => self.relay.open(&mut self.host, now, (from, by), bytes),
            Parcel::Mine { address, core } => self.relay.remember(now, address, core),
            Parcel::StreamOpened(stream, outbound) => drop(self.streams.insert(stream, outbound)),
            Parcel::StreamClosed(stream) => {
                self.streams.remove(&stream);
                self.host.handle(now, Input::PathClosed(Path::Tcp(stream)));
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
            Command::Message(id, message) => self.host.handle(now, Input::Message(id, message)),
            Command::Unreadable(id, error) => self.host.handle(now, Input::Unreadable(id, error)),
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
            Command::Stop => self.mailboxes.clear(),
            #[cfg(feature = "bench-endpoints")]
            Command::Media(step) => step(self.host.media(), now),
        }
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
                    return until.map(|until| self.start + until.since(Time::ZERO));
                }
            }
        }
    }

    /// How many calls were refused.
    fn transmit(&self, transmit: &Transmit) -> usize {
        let Transmit { to, bytes, segment, pictures } = transmit;
        match to {
            Path::Udp(address) => self.port.send(*address, bytes, *segment),
            Path::Tcp(stream) => {
                let taken = self.streams.get(stream).is_some_and(|outbound| outbound.put(bytes, *segment, *pictures));
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
        let put = mailbox.put(letter.clone());
        self.letter = Some((message, letter));
        if put.is_err() {
            self.mailboxes.remove(&id);
            info!("a reader was too slow or gone and is cut off");
            self.host.handle(self.now(), Input::Disconnected(id));
        }
    }

    fn say_lost(&mut self) {
        if self.lost > 0 {
            debug!(times = self.lost, "the system or another core did not take all datagrams");
            self.lost = 0;
        }
    }

    fn now(&self) -> Time {
        Time::from_micros(u64::try_from(self.instant().saturating_duration_since(self.start).as_micros()).unwrap_or(u64::MAX))
    }

    fn instant(&self) -> Instant {
        super::clock::now()
    }
}
