//! A host in told time, and people who talk to it in envelopes.

use super::*;
use std::collections::VecDeque;

pub(super) const ROOM: RoomId = RoomId([7; 16]);
pub(super) const TICKET: Ticket = Ticket([3; 32]);

/// A host, its time, and what it said since somebody last looked.
pub(super) struct House {
    pub(super) host: Host,
    /// The hosts of the machine's other cores.
    pub(super) others: Vec<Host>,
    pub(super) now: Time,
    pub(super) next: u64,
    pub(super) said: Vec<(ConnectionId, FromHost)>,
    pub(super) closed: Vec<ConnectionId>,
}

/// Somebody with a key; a connection and a seat when inside.
pub(super) struct Somebody {
    pub(super) key: Ed25519KeyPair,
    pub(super) connection: ConnectionId,
    pub(super) nonce: Nonce,
    pub(super) seat: ParticipantId,
    pub(super) incarnation: Incarnation,
}

pub(super) fn caps() -> Caps {
    Caps { returns_within: Duration::ZERO, ..Caps::default() }
}

impl House {
    pub(super) fn new(caps: Caps) -> Self {
        Self::with_entropy(caps, 2)
    }

    pub(super) fn with_entropy(caps: Caps, entropy: u8) -> Self {
        Self::on_cores(caps, entropy, 1)
    }

    /// A machine of so many cores, seen from the one that keeps [`ROOM`].
    pub(super) fn on_cores(caps: Caps, entropy: u8, cores: u8) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the DTLS library wants an instant; no test looks at it")]
        let start = std::time::Instant::now();
        let host = |own| {
            let media = MediaConfig {
                candidates: vec![([127, 0, 0, 1], 9).into()],
                streams: vec![],
                spread: Spread::new(own, cores),
                stamp: crate::core::media::Stamp::draw([0; 4]),
                entropy: [1; 32],
                start,
            };
            Host::new(HostConfig { media, entropy: [entropy; 32], caps: caps.clone() }).unwrap()
        };
        let home = Spread::new(0, cores).of_room(ROOM);
        let others = (0..cores).filter(|&core| core != home).map(host).collect();
        let now = Time::from_millis(5_000);
        Self { host: host(home), others, now, next: 0, said: Vec::new(), closed: Vec::new() }
    }

    pub(super) fn handle(&mut self, input: Input<'_>) {
        self.host.handle(self.now, input);
        let mut errands = self.drain(self.host.spread().own());
        while let Some((to, from, errand)) = errands.pop_front() {
            let now = self.now;
            self.on(to).handle(now, Input::Errand { from, errand });
            errands.extend(self.drain(to));
        }
    }

    /// The host of a core.
    fn on(&mut self, core: u8) -> &mut Host {
        let of_core = |host: &&mut Host| host.spread().own() == core;
        std::iter::once(&mut self.host).chain(&mut self.others).find(of_core).unwrap()
    }

    /// Hears all that a core has to say; what is for other cores comes back with to whom and from whom it is.
    fn drain(&mut self, core: u8) -> VecDeque<(u8, u8, Errand)> {
        let mut errands = VecDeque::new();
        loop {
            match self.on(core).poll() {
                Output::Send(to, message) => self.said.push((to, Arc::unwrap_or_clone(message))),
                Output::Close(connection) => self.closed.push(connection),
                Output::Errand(to, errand) => errands.push_back((to, core, errand)),
                Output::Transmit(_) => {}
                Output::Wait(_) => return errands,
            }
        }
    }

    pub(super) fn pass(&mut self, duration: Duration) {
        self.now = self.now + duration;
        self.handle(Input::Timeout);
    }

    pub(super) fn connect(&mut self, who: &mut Somebody) {
        self.next += 1;
        who.connection = ConnectionId(self.next);
        self.handle(Input::Connected(who.connection));
        let [FromHost::Challenge(nonce)] = self.heard(who)[..] else { panic!("no challenge") };
        who.nonce = nonce;
    }

    pub(super) fn says(&mut self, who: &Somebody, message: ToHost) {
        self.handle(Input::Message(who.connection, message));
    }

    /// What this connection was told since the last look.
    pub(super) fn heard(&mut self, who: &Somebody) -> Vec<FromHost> {
        let (mine, others) = self.said.drain(..).partition(|(to, _)| *to == who.connection);
        self.said = others;
        mine.into_iter().map(|(_, message)| message).collect()
    }

    pub(super) fn forget_said(&mut self) {
        self.said.clear();
    }

    pub(super) fn entered(&mut self, who: &mut Somebody) -> Result<RoomStanding, Refusal> {
        for message in self.heard(who) {
            match message {
                FromHost::Entered(Entered { you, incarnation, standing, .. }) => {
                    (who.seat, who.incarnation) = (you, incarnation);
                    return Ok(standing);
                }
                FromHost::Refused(why) => return Err(why),
                _ => {}
            }
        }
        panic!("no answer to Enter")
    }

    /// A stranger in the room.
    pub(super) fn stranger(&mut self) -> (Somebody, Result<RoomStanding, Refusal>) {
        let mut who = Somebody::new();
        self.connect(&mut who);
        self.says(&who, ToHost::Enter(Entry { room: ROOM, identity: Identity::New, resume_key: who.resume_key() }));
        let standing = self.entered(&mut who);
        (who, standing)
    }

    pub(super) fn comes_back(&mut self, who: &mut Somebody, epoch: u64, ticket: Ticket) -> Result<RoomStanding, Refusal> {
        self.connect(who);
        let entry = who.back(epoch, ticket);
        self.says(who, ToHost::Enter(entry));
        self.entered(who)
    }

    pub(super) fn creates(&mut self, who: &Somebody) -> bool {
        self.says(who, ToHost::Create(Creation { epoch: Epoch(0), ticket: ticket_hash(&TICKET) }));
        match self.heard(who)[..] {
            [FromHost::Created] => true,
            [FromHost::Occupied] => false,
            ref other => panic!("{other:?}"),
        }
    }

    /// A founder and others whom it admitted, all members.
    pub(super) fn meeting(&mut self, people: usize) -> Vec<Somebody> {
        let (founder, standing) = self.stranger();
        assert_eq!(standing, Ok(RoomStanding::Empty));
        assert!(self.creates(&founder));
        let mut members = vec![founder];
        for epoch in 0..people.saturating_sub(1) {
            let (newcomer, standing) = self.stranger();
            assert_eq!(standing, Ok(RoomStanding::Occupied));
            let commit = commit(&members[0], epoch as u64, &[&newcomer], &[]);
            self.says(&members[0], ToHost::Commit(commit));
            members.push(newcomer);
        }
        self.forget_said();
        members
    }

    pub(super) fn is_empty(&self) -> bool {
        let (rooms, connections) = (self.host.rooms.len(), self.host.connections.len());
        (rooms, connections, self.host.all_logs) == (0, 0, 0)
    }
}

impl Somebody {
    pub(super) fn new() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
        Self {
            key: Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap(),
            connection: ConnectionId(0),
            nonce: Nonce([0; 32]),
            seat: ParticipantId([0; 16]),
            incarnation: Incarnation([0; 8]),
        }
    }

    pub(super) fn resume_key(&self) -> ResumeKey {
        ResumeKey(self.key.public_key().as_ref().try_into().unwrap())
    }

    pub(super) fn back(&self, epoch: u64, ticket: Ticket) -> Entry {
        let statement = resume_statement(self.incarnation, self.seat, self.nonce);
        let signature = self.key.sign(&statement);
        let (left, right) = signature.as_ref().split_at(32);
        let identity = Identity::Back {
            participant: self.seat,
            incarnation: self.incarnation,
            epoch: Epoch(epoch),
            ticket,
            signature: ResumeSignature(left.try_into().unwrap(), right.try_into().unwrap()),
        };
        Entry { room: ROOM, identity, resume_key: self.resume_key() }
    }
}

pub(super) fn commit(by: &Somebody, epoch: u64, admit: &[&Somebody], evict: &[&Somebody]) -> CommitSubmission {
    CommitSubmission {
        slot: Slot { incarnation: by.incarnation, epoch: Epoch(epoch), attempt: Attempt(0) },
        commit: opaque(),
        admit: admit.iter().map(|who| who.seat).collect(),
        evict: evict.iter().map(|who| who.seat).collect(),
        ticket: ticket_hash(&TICKET),
    }
}

pub(super) fn opaque() -> Opaque {
    Opaque(vec![9; 100])
}

pub(super) fn is_present(message: &FromHost, who: &Somebody) -> bool {
    matches!(message, FromHost::Present { participant, .. } if *participant == who.seat)
}
