//! Sessions, a host that follows the real one's rules on the wire, and a clock that nobody waits for.

use super::super::*;
use super::frames::FrameWorker;
use super::host::Host;
use crate::admission::waiting::Words;
use crate::group::MemberId;
use crate::name::Language;
use crate::password::{LinkSecret, Prs, Secrets};
use ::core::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use wire::{FromHost, Nonce, ParticipantId, RoomId, ToHost};

/// One way between a member and the host, ms.
pub(super) const LATENCY: u64 = 15;

pub(super) fn secrets(password: u8) -> Secrets {
    Secrets {
        room: RoomId([7; 16]),
        link: LinkSecret::from_bytes([9; 32]),
        prs: Some(Prs::from_bytes([password; 64]).into()),
        has_password: true,
        pw_gen: 0,
    }
}

/// A person with a browser.
pub(super) struct Client {
    pub(super) session: Session,
    pub(super) events: Vec<Event>,
    pub(super) phase: Phase,
    pub(super) people: Vec<Person>,
    /// Epochs whose keys were handed out, with the leaves.
    pub(super) keys: Vec<(u64, Vec<u32>)>,
    pub(super) frames: FrameWorker,
    pub(super) paused: bool,
    pub(super) pauses: u32,
    /// The socket's number, if there is one, and whether it still carries anything.
    socket: Option<u64>,
    /// The machine is gone: nothing is handled any more.
    pub(super) dead: bool,
    /// The network is gone.
    pub(super) cut: bool,
    wake: Option<Millis>,
}

/// What happens at a moment.
pub(super) enum What {
    Open(usize, u64),
    Opened(usize, u64),
    Closed(usize, u64),
    ToHost(usize, u64, ToHost),
    FromHost(usize, u64, FromHost),
}

type Tamper<M> = Option<Box<dyn FnMut(usize, M) -> Vec<M>>>;

/// Everything.
pub(super) struct World {
    pub(super) now: Millis,
    pub(super) clients: Vec<Client>,
    pub(super) host: Host,
    pub(super) down: bool,
    queue: BinaryHeap<Reverse<(Millis, u64)>>,
    pending: BTreeMap<u64, What>,
    order: u64,
    /// What the host makes of a member's message before it looks at it.
    pub(super) on_way_up: Tamper<ToHost>,
    /// What the host makes of a message to somebody.
    pub(super) on_way_down: Tamper<FromHost>,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            now: 1_000,
            clients: Vec::new(),
            host: Host::new(1, 0),
            down: false,
            queue: BinaryHeap::new(),
            pending: BTreeMap::new(),
            order: 0,
            on_way_up: None,
            on_way_down: None,
        }
    }

    /// A person arrives with a password.
    pub(super) fn arrive(&mut self, password: u8) -> usize {
        self.arrive_after(password, 0)
    }

    pub(super) fn arrive_after(&mut self, password: u8, failed_tries: u8) -> usize {
        self.come(secrets(password), failed_tries)
    }

    /// A person arrives who has the link and no password.
    pub(super) fn arrive_asking(&mut self) -> usize {
        self.come(Secrets { prs: None, has_password: false, ..secrets(0) }, 0)
    }

    /// A person arrives with what opens rooms, or without and waits.
    pub(super) fn arrive_with(&mut self, tokens: Vec<wire::permission::Token>, waits: bool) -> usize {
        self.come_with((secrets(1), 0), tokens, waits)
    }

    fn come(&mut self, secrets: Secrets, failed_tries: u8) -> usize {
        self.come_with((secrets, failed_tries), Vec::new(), false)
    }

    fn come_with(&mut self, (secrets, failed_tries): (Secrets, u8), tokens: Vec<wire::permission::Token>, waits: bool) -> usize {
        let number = self.clients.len();
        let setup = Setup {
            secrets,
            person: format!("person {number}"),
            language: Language::English,
            entropy: [number as u8 + 1; 32],
            media: Devices { microphone: true, ..Devices::default() },
            failed_tries,
            tokens,
            waits,
        };
        let session = Session::new(setup, self.now);
        self.clients.push(Client {
            session,
            events: Vec::new(),
            phase: Phase::Connecting,
            people: Vec::new(),
            keys: Vec::new(),
            frames: FrameWorker::new(number as u32),
            paused: false,
            pauses: 0,
            socket: None,
            dead: false,
            cut: false,
            wake: None,
        });
        self.drain(number);
        number
    }

    /// A meeting of so many, all joined.
    pub(super) fn meeting(people: usize) -> Self {
        let mut world = Self::new();
        for _ in 0..people {
            world.arrive(1);
            world.run(1_500);
        }
        for client in 0..people {
            assert_eq!(world.clients[client].phase, if people == 1 { Phase::AloneOrApart } else { Phase::Joined }, "{client}");
            assert_eq!(world.clients[client].people.len(), people);
        }
        world
    }

    pub(super) fn does(&mut self, client: usize, command: Command) {
        self.handle(client, Input::Do(command));
    }

    /// The client says something to all members that no command makes it say.
    pub(super) fn says(&mut self, client: usize, body: &body::Body) {
        let Session { room, core, .. } = &mut self.clients[client].session;
        core.now = self.now;
        room.as_mut().expect("in a room").say(core, body);
        self.handle_timeout(client);
    }

    /// The owner has frames signed, or not any more.
    pub(super) fn sign_frames(&mut self, owner: usize, signed: bool) {
        self.does(owner, Command::Govern(Govern::Rule(Rule::SignedFrames, signed)));
    }

    pub(super) fn handle_timeout(&mut self, client: usize) {
        self.handle(client, Input::Timeout);
    }

    /// The client's network is there again.
    pub(super) fn network_is_back(&mut self, client: usize) {
        self.handle(client, Input::NetworkIsBack);
    }

    /// Lets so much time pass.
    pub(super) fn run(&mut self, ms: u64) {
        let end = self.now + ms;
        loop {
            let message = self.queue.peek().map(|Reverse((at, _))| *at);
            let wake = (0..self.clients.len()).filter_map(|c| Some((self.clients[c].wake?, c))).min();
            let next = [message, wake.map(|(at, _)| at)].into_iter().flatten().min();
            let Some(next) = next.filter(|at| *at <= end) else { break };
            self.now = self.now.max(next);
            if message == Some(next) {
                let Some(Reverse((_, order))) = self.queue.pop() else { break };
                if let Some(what) = self.pending.remove(&order) {
                    self.happen(what);
                }
            } else if let Some((_, client)) = wake {
                self.clients[client].wake = None;
                self.handle(client, Input::Timeout);
                assert!(self.clients[client].wake.is_none_or(|at| at > self.now), "client {client} does not come to rest");
            }
        }
        self.now = end;
        self.seats_run_out();
    }

    pub(super) fn at(&mut self, delay: u64, what: What) {
        self.order += 1;
        self.queue.push(Reverse((self.now + delay, self.order)));
        self.pending.insert(self.order, what);
    }

    fn handle(&mut self, client: usize, input: Input) {
        if !self.clients[client].dead {
            self.clients[client].session.handle(self.now, input);
            self.drain(client);
        }
    }

    fn drain(&mut self, number: usize) {
        loop {
            let now = self.now;
            let client = &mut self.clients[number];
            match client.session.poll() {
                Output::OpenSocket => {
                    self.order += 1;
                    let socket = self.order;
                    if let Some(old) = self.clients[number].socket.replace(socket) {
                        self.at(LATENCY, What::Closed(usize::MAX, old));
                    }
                    self.at(LATENCY, What::Open(number, socket));
                }
                Output::CloseSocket => {
                    if let Some(old) = client.socket.take() {
                        self.at(LATENCY, What::Closed(usize::MAX, old));
                        self.order += 1;
                    }
                }
                Output::Send(message) => {
                    if let Some(socket) = client.socket.filter(|_| !client.cut) {
                        self.at(LATENCY, What::ToHost(number, socket, message));
                    }
                }
                Output::Keys(keys, change) => {
                    client.keys.push((keys.epoch, keys.members.clone()));
                    client.frames.install(now, &keys, change);
                }
                Output::PauseSealing(paused) => {
                    client.paused = paused;
                    client.pauses += u32::from(paused);
                }
                Output::Event(event) => {
                    match &event {
                        Event::Phase(phase) => client.phase = *phase,
                        Event::People(people) => client.people = people.clone(),
                        _ => {}
                    }
                    client.events.push(event);
                }
                Output::Wait(wake) => {
                    client.wake = wake.map(|at| at.max(now));
                    return;
                }
            }
        }
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Open(client, socket) => {
                let reachable = !self.down && !self.clients[client].cut;
                let answer = if reachable { What::Opened(client, socket) } else { What::Closed(client, socket) };
                self.at(LATENCY, answer);
                if reachable {
                    self.at(LATENCY, What::FromHost(client, socket, FromHost::Challenge(Nonce([5; 32]))));
                }
            }
            What::Opened(client, socket) if self.clients[client].socket == Some(socket) => {
                self.handle(client, Input::SocketOpened)
            }
            What::Closed(usize::MAX, socket) => {
                for client in self.host.clients_on(socket) {
                    self.host_loses(client, socket);
                }
            }
            What::Closed(client, socket) if self.clients[client].socket == Some(socket) => {
                self.clients[client].socket = None;
                self.handle(client, Input::SocketClosed);
            }
            What::ToHost(client, socket, message) if !self.down => {
                let messages = match &mut self.on_way_up {
                    Some(tamper) => tamper(client, message),
                    None => vec![message],
                };
                for message in messages {
                    self.serve(client, socket, message);
                }
            }
            What::FromHost(client, socket, message)
                if self.clients[client].socket == Some(socket) && !self.clients[client].cut =>
            {
                self.handle(client, Input::Host(message));
            }
            _ => {}
        }
    }

    /// Takes a member's network away, or gives it back; the host notices the former at once.
    pub(super) fn cut(&mut self, client: usize, cut: bool) {
        self.clients[client].cut = cut;
        if let Some(socket) = self.clients[client].socket.filter(|_| cut) {
            self.host_loses(client, socket);
            self.at(0, What::Closed(client, socket));
        }
    }

    /// The tab is closed without a word.
    pub(super) fn kill(&mut self, client: usize) {
        self.clients[client].dead = true;
        self.clients[client].wake = None;
        if let Some(socket) = self.clients[client].socket.take() {
            self.host_loses(client, socket);
        }
    }

    /// The host stops and forgets everything; sockets close.
    pub(super) fn stop_host(&mut self) {
        self.down = true;
        self.host.forget_everything();
        for client in 0..self.clients.len() {
            if let Some(socket) = self.clients[client].socket {
                self.at(0, What::Closed(client, socket));
            }
        }
    }

    // ---- what tests ask ----

    pub(super) fn member(&self, client: usize) -> MemberId {
        self.room(client).group.my_id()
    }

    pub(super) fn room(&self, client: usize) -> &room::Room {
        self.clients[client].session.room.as_ref().expect("in a room")
    }

    pub(super) fn room_mut(&mut self, client: usize) -> &mut room::Room {
        self.clients[client].session.room.as_mut().expect("in a room")
    }

    pub(super) fn seat(&self, client: usize) -> ParticipantId {
        self.clients[client].session.core.seat().expect("a seat")
    }

    pub(super) fn notices(&self, client: usize) -> Vec<Notice> {
        let notice = |event: &Event| if let Event::Notice(notice) = event { Some(notice.clone()) } else { None };
        self.clients[client].events.iter().filter_map(notice).collect()
    }

    pub(super) fn chats(&self, client: usize) -> Vec<String> {
        let chat = |event: &Event| if let Event::Chat { text, .. } = event { Some(text.clone()) } else { None };
        self.clients[client].events.iter().filter_map(chat).collect()
    }

    /// The words on the guest's screen, if they hold.
    pub(super) fn words(&self, client: usize) -> Option<Words> {
        let words = |event: &Event| if let Event::Words(words) = event { Some(*words) } else { None };
        self.clients[client].events.iter().filter_map(words).next_back().flatten()
    }

    /// Who waits, on this moderator's screen.
    pub(super) fn guests(&self, client: usize) -> Vec<Guest> {
        let guests = |event: &Event| if let Event::Waiting(guests) = event { Some(guests.clone()) } else { None };
        self.clients[client].events.iter().filter_map(guests).next_back().unwrap_or_default()
    }

    /// A moderator lets everybody in who waits on its screen.
    pub(super) fn admits_all(&mut self, client: usize, compared: bool) {
        let guests = self.guests(client).into_iter().map(|guest| guest.id).collect();
        self.does(client, Command::Admit { guests, compared });
    }

    /// These, and nobody else, are in one group, in one epoch, with one roster.
    pub(super) fn assert_together(&self, clients: &[usize]) {
        let first = self.room(clients[0]);
        for client in clients {
            let room = self.room(*client);
            assert_eq!(room.group.epoch(), first.group.epoch(), "epoch of {client}");
            assert_eq!(room.group.epoch_authenticator(), first.group.epoch_authenticator(), "group of {client}");
            assert_eq!(self.clients[*client].people.len(), clients.len(), "roster of {client}");
            assert!(!self.clients[*client].paused, "{client} does not seal");
        }
    }
}
