//! The thread on which the core lives, with the media port and the mailboxes.
//!
//! **Invariant:** the core is touched by this thread only. Everybody else hands in [`Command`]s through a bounded channel and gets
//! letters through mailboxes; nobody can make this thread wait.

use super::mailbox::Mailbox;
use super::udp::MediaPort;
use crate::core::Time;
use crate::core::host::{ConnectionId, Host, Input, Output};
use bytes::Bytes;
use std::collections::HashMap;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::mpsc::{self, Receiver, Sender};
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
    Stop,
}

/// How the rest of the shell reaches the core. The core's thread ends when the last one is dropped.
#[derive(Clone)]
pub(crate) struct Core {
    commands: Sender<Command>,
    next: Arc<AtomicU64>,
}

impl Core {
    /// Starts the thread. `start` is the instant that the core calls [`Time::ZERO`].
    ///
    /// # Errors
    /// When there is no thread to be had, or the socket is refused.
    pub(crate) fn start(host: Host, media: UdpSocket, start: Instant) -> std::io::Result<Self> {
        let (commands, received) = mpsc::channel(COMMANDS);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let port = {
            let _within = runtime.enter();
            MediaPort::new(media)?
        };
        let desk = Desk { host, port, start, mailboxes: HashMap::new(), letter: None, lost: 0 };
        let work = move || {
            let _end = EndWithCore;
            runtime.block_on(desk.run(received));
        };
        std::thread::Builder::new().name("core".into()).spawn(work)?;
        Ok(Self { commands, next: Arc::new(AtomicU64::new(1)) })
    }

    /// A WebSocket opened, and its letters go there.
    pub(crate) async fn open(&self, mailbox: Mailbox) -> ConnectionId {
        let id = ConnectionId(self.next.fetch_add(1, Ordering::Relaxed));
        self.tell(Command::Open(id, mailbox)).await;
        id
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

struct Desk {
    host: Host,
    port: MediaPort,
    start: Instant,
    mailboxes: HashMap<ConnectionId, Mailbox>,
    /// The last message put into bytes: a message to many is encoded once.
    letter: Option<(Arc<FromHost>, Bytes)>,
    lost: usize,
}

impl Desk {
    async fn run(mut self, mut commands: Receiver<Command>) {
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
            let host = &mut self.host;
            if !self.port.receive(|from, bytes| host.handle(now, Input::Datagram { from: from.into(), bytes })) {
                return;
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
            Command::Stop => self.mailboxes.clear(),
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
                    self.lost += self.port.send(transmit.to.address(), &transmit.bytes, transmit.segment);
                    self.host.recycle(transmit.bytes);
                }
                Output::Send(id, message) => self.send(id, message),
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
            debug!(calls = self.lost, "the system did not take all datagrams");
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
