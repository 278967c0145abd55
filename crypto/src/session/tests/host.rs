//! The host: its rules on the wire, and nothing of what it does for itself.

use super::super::Millis;
use super::world::{LATENCY, What, World};
use std::collections::BTreeMap;
use wire::{
    Attempt, Epoch, FromHost, Identity, Incarnation, LogEntry, ParticipantId, Refusal, ResumeKey, RoomStanding, Slot, TicketHash,
    ToHost, limits,
};

#[derive(Clone)]
struct Seat {
    client: usize,
    socket: Option<u64>,
    key: ResumeKey,
    member: bool,
    away_since: Option<Millis>,
}

/// The host's room.
#[derive(Default)]
pub(super) struct Host {
    life: u8,
    drawn: u8,
    seats: BTreeMap<ParticipantId, Seat>,
    pub(super) log: BTreeMap<(u64, u16), LogEntry>,
    pub(super) head: u64,
    ticket: Option<TicketHash>,
    founded: bool,
    /// Where only some open rooms: what is good for that.
    good: Option<Vec<wire::permission::Token>>,
    /// What was shown to it.
    pub(super) shown: Vec<wire::permission::Token>,
    /// How often somebody was told to show something.
    pub(super) asked: usize,
}

impl Host {
    pub(super) fn new(life: u8, drawn: u8) -> Self {
        Self { life, drawn, ..Self::default() }
    }

    /// Begins another life. Ids are not given twice all the same.
    pub(super) fn forget_everything(&mut self) {
        let (good, shown) = (self.good.take(), ::core::mem::take(&mut self.shown));
        *self = Self { good, shown, asked: self.asked, ..Self::new(self.life + 1, self.drawn) };
    }

    /// From now on a room is opened with one of these.
    pub(super) fn ask_permission(&mut self, good: impl IntoIterator<Item = wire::permission::Token>) {
        self.good = Some(good.into_iter().collect());
    }

    /// Whether a token is good. It is so once.
    fn redeems(&mut self, token: wire::permission::Token) -> bool {
        let good = self.good.as_mut().is_some_and(|good| match good.iter().position(|own| *own == token) {
            Some(at) => {
                good.remove(at);
                true
            }
            None => false,
        });
        self.shown.push(token);
        good
    }

    pub(super) fn clients_on(&self, socket: u64) -> Vec<usize> {
        self.seats.values().filter(|seat| seat.socket == Some(socket)).map(|seat| seat.client).collect()
    }
}

impl World {
    fn incarnation(&self) -> Incarnation {
        Incarnation([self.host.life; 8])
    }

    pub(super) fn send(&mut self, to: ParticipantId, message: FromHost) {
        let Some(Seat { client, socket: Some(socket), .. }) = self.host.seats.get(&to).cloned() else { return };
        let messages = match &mut self.on_way_down {
            Some(tamper) => tamper(client, message),
            None => vec![message],
        };
        for message in messages {
            self.at(LATENCY, What::FromHost(client, socket, message));
        }
    }

    fn members(&self) -> Vec<ParticipantId> {
        self.host.seats.iter().filter(|(_, seat)| seat.member).map(|(id, _)| *id).collect()
    }

    fn send_to_members_but(&mut self, but: Option<ParticipantId>, message: &FromHost) {
        for member in self.members() {
            if Some(member) != but {
                self.send(member, message.clone());
            }
        }
    }

    pub(super) fn host_loses(&mut self, client: usize, socket: u64) {
        let Some(id) = self.host.seats.iter().find(|(_, s)| s.client == client && s.socket == Some(socket)).map(|(id, _)| *id)
        else {
            return;
        };
        if self.host.seats[&id].member {
            let now = self.now;
            if let Some(seat) = self.host.seats.get_mut(&id) {
                (seat.socket, seat.away_since) = (None, Some(now));
            }
            self.send_to_members_but(Some(id), &FromHost::Away(id));
        } else {
            self.host.seats.remove(&id);
        }
    }

    pub(super) fn seats_run_out(&mut self) {
        let late = |seat: &Seat| seat.away_since.is_some_and(|at| self.now >= at + 30_000);
        let gone: Vec<ParticipantId> = self.host.seats.iter().filter(|(_, seat)| late(seat)).map(|(id, _)| *id).collect();
        for id in gone {
            self.give_up(id);
        }
    }

    fn give_up(&mut self, id: ParticipantId) {
        let member = self.host.seats.remove(&id).is_some_and(|seat| seat.member);
        if member {
            self.send_to_members_but(None, &FromHost::Gone(id));
        }
        if self.members().is_empty() {
            // Strangers who still knock are shown out.
            let strangers = ::core::mem::take(&mut self.host.seats);
            for Seat { client, socket, .. } in strangers.into_values() {
                if let Some(socket) = socket {
                    self.at(LATENCY, What::Closed(client, socket));
                }
            }
            self.host.forget_everything();
        }
    }

    fn id_of(&self, client: usize, socket: u64) -> Option<ParticipantId> {
        self.host.seats.iter().find(|(_, seat)| seat.client == client && seat.socket == Some(socket)).map(|(id, _)| *id)
    }

    pub(super) fn serve(&mut self, client: usize, socket: u64, message: ToHost) {
        if let ToHost::Enter(entry) = message {
            if self.host.good.is_some() && self.host.seats.is_empty() {
                let why = match entry.identity {
                    Identity::New => Refusal::PermissionNeeded,
                    Identity::Back { .. } => Refusal::SeatUnknown,
                };
                self.host.asked += usize::from(why == Refusal::PermissionNeeded);
                return self.at(LATENCY, What::FromHost(client, socket, FromHost::Refused(why)));
            }
            return self.enter(client, socket, entry);
        }
        if let ToHost::Open(opening) = message {
            let wire::Opening { entry, token } = *opening;
            if !self.host.redeems(token) {
                self.at(LATENCY, What::FromHost(client, socket, FromHost::Refused(Refusal::PermissionNeeded)));
                return self.at(LATENCY, What::Closed(client, socket));
            }
            return self.enter(client, socket, entry);
        }
        let Some(id) = self.id_of(client, socket) else { return };
        let member = self.host.seats[&id].member;
        match message {
            ToHost::Create(creation) => {
                if self.host.founded {
                    return self.send(id, FromHost::Occupied);
                }
                self.host.founded = true;
                self.host.head = creation.epoch.0;
                self.host.ticket = Some(creation.ticket);
                self.become_member(id);
                self.send(id, FromHost::Created);
            }
            ToHost::Knock(body) => self.send_to_members_but(Some(id), &FromHost::Knocked { from: id, body }),
            ToHost::Relay { to, body } => self.send(to, FromHost::Relayed { from: id, body }),
            ToHost::Broadcast(body) if member => self.send_to_members_but(Some(id), &FromHost::Broadcast { from: id, body }),
            ToHost::Commit(submission) if member => self.commit(id, submission),
            ToHost::Fetch(epoch) if member => {
                let entries: Vec<LogEntry> = self.host.log.range((epoch.0, 0)..).map(|(_, entry)| entry.clone()).collect();
                for entry in entries {
                    self.send(id, FromHost::Committed(entry));
                }
                let begins = self.host.log.keys().next().map_or(self.host.head, |(epoch, _)| *epoch);
                if epoch.0 < begins {
                    self.send(id, FromHost::LogBeginsAt(Epoch(begins)));
                }
            }
            ToHost::Leave => self.give_up(id),
            ToHost::Alive => {}
            _ => self.send(id, FromHost::Refused(Refusal::NotAMember)),
        }
    }

    fn enter(&mut self, client: usize, socket: u64, entry: wire::Entry) {
        let seat = Seat { client, socket: Some(socket), key: entry.resume_key, member: false, away_since: None };
        let (id, standing) = match entry.identity {
            Identity::New if self.host.seats.values().filter(|seat| !seat.member).count() >= limits::STRANGERS => {
                self.at(LATENCY, What::FromHost(client, socket, FromHost::Refused(Refusal::TooManyKnocking)));
                return;
            }
            Identity::New => {
                self.host.drawn += 1;
                let id = ParticipantId([self.host.drawn; 16]);
                self.host.seats.insert(id, seat);
                (id, if self.host.founded { RoomStanding::Occupied } else { RoomStanding::Empty })
            }
            Identity::Back { participant, incarnation, epoch, .. } => {
                let known = self.host.seats.get(&participant).is_some_and(|old| old.key == entry.resume_key && old.member);
                let rebuilding = incarnation != self.incarnation();
                if known {
                    self.host.seats.insert(participant, Seat { member: true, ..seat });
                    self.send_to_members_but(Some(participant), &FromHost::Present { participant, tracks: vec![] });
                    let attempt = self.host.log.keys().filter(|(e, _)| *e == self.host.head).count() as u16;
                    (participant, RoomStanding::Resumed { head: Epoch(self.host.head), attempt: Attempt(attempt) })
                } else if rebuilding {
                    if self.host.log.is_empty() {
                        self.host.head = self.host.head.max(epoch.0);
                    }
                    self.host.founded = true;
                    self.host.drawn += 1;
                    let id = ParticipantId([self.host.drawn; 16]);
                    self.host.seats.insert(id, seat);
                    self.become_member(id);
                    (id, RoomStanding::Rebuilt { head: Epoch(self.host.head) })
                } else {
                    self.at(LATENCY, What::FromHost(client, socket, FromHost::Refused(Refusal::SeatUnknown)));
                    return;
                }
            }
        };
        let members = self.members().into_iter().filter(|other| *other != id).collect();
        let entered = wire::Entered { you: id, incarnation: self.incarnation(), standing, members };
        self.send(id, FromHost::Entered(entered));
    }

    pub(super) fn become_member(&mut self, id: ParticipantId) {
        let Some(seat) = self.host.seats.get_mut(&id) else { return };
        seat.member = true;
        self.send_to_members_but(Some(id), &FromHost::Present { participant: id, tracks: vec![] });
        for other in self.members() {
            if other != id {
                self.send(id, FromHost::Present { participant: other, tracks: vec![] });
            }
        }
    }

    fn commit(&mut self, id: ParticipantId, submission: wire::CommitSubmission) {
        let Slot { incarnation, epoch, attempt } = submission.slot;
        let place = (epoch.0, attempt.0);
        if let Some(winner) = self.host.log.get(&place).cloned() {
            return self.send(id, FromHost::Committed(winner));
        }
        let retry = attempt.0 > 0 && self.host.log.contains_key(&(epoch.0, attempt.0 - 1));
        let open = incarnation == self.incarnation() && (retry || (attempt.0 == 0 && epoch.0 == self.host.head));
        if !open {
            return self.send(id, FromHost::Refused(Refusal::SlotAhead));
        }
        let entry = LogEntry { slot: submission.slot, by: id, commit: submission.commit };
        self.host.log.insert(place, entry.clone());
        self.host.head = self.host.head.max(epoch.0 + 1);
        self.host.ticket = Some(submission.ticket);
        for newcomer in submission.admit {
            self.become_member(newcomer);
            self.send(newcomer, FromHost::Admitted);
        }
        self.send_to_members_but(None, &FromHost::Committed(entry));
        for evicted in submission.evict {
            self.send(evicted, FromHost::Evicted);
            self.give_up(evicted);
        }
    }
}
