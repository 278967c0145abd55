//! The host as one value: connections, rooms, media.
//!
//! **Invariant:** mutate, then drain. After every [`Host::handle`], call [`Host::poll`] until it says [`Output::Wait`];
//! several inputs may be handled before one drain. Two hosts with the same entropy and the same inputs say the same.
//!
//! ```text
//! Connected ─▶ Challenge ─▶ Enter ─▶ seat in a room ─▶ everything else ─▶ Leave | dropped (seat kept a while)
//! ```

use super::caps::Caps;
use super::charter::Charter;
use super::connection::Connection;
use super::counts::Words;
use super::deadlines::{Deadline, Deadlines};
use super::dice::Dice;
use super::door::ProvenReturn;
use super::errand::{AllMedia, Errand, Errands, Task};
use super::media::{Media, MediaConfig, MediaError, MediaOutput, Seat};
use super::outbox::Outbox;
use super::path::Path;
use super::room::{Room, Tools};
use super::spread::Spread;
use super::time::Time;
use crate::relay::access::Issuer;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::{DecodeError, Entry, FromHost, Identity, Incarnation, Nonce, Refusal, RoomId, ToHost};

/// One WebSocket, numbered by the shell. A number is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What [`Host::new`] needs.
pub struct HostConfig {
    /// For the media.
    pub media: MediaConfig,
    /// 32 random bytes: seats, incarnations and nonces are drawn from them.
    pub entropy: [u8; 32],
    /// What the host may be made to hold.
    pub caps: Caps,
}

pub use traffic::{Input, Output};

/// How much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Open WebSockets.
    pub connections: usize,
    /// Rooms with at least one seat.
    pub rooms: usize,
}

/// A connection without a seat, on its way from one core's host to another's: the challenge it was given still counts.
pub struct Traveller(Connection);

/// The whole host without its sockets.
pub struct Host {
    caps: Caps,
    spread: Spread,
    media: Media,
    media_wants: Option<Time>,
    errands: Errands,
    rooms: BTreeMap<RoomId, Room>,
    connections: BTreeMap<ConnectionId, Connection>,
    out: Outbox,
    deadlines: Deadlines,
    dice: Dice,
    all_logs: usize,
    words: Words,
    relay: Option<Issuer>,
    /// Where only some may open rooms.
    charter: Option<Charter>,
    /// When the first input came.
    started: Option<Time>,
}

/// How a message ends that was not in order.
struct Offence {
    why: Refusal,
    hang_up: bool,
}

impl From<Refusal> for Offence {
    fn from(why: Refusal) -> Self {
        Self { why, hang_up: matches!(why, Refusal::Malformed | Refusal::TooFast) }
    }
}

impl Host {
    /// A host without rooms.
    ///
    /// # Errors
    /// [`MediaError`] when the media cannot begin.
    pub fn new(config: HostConfig) -> Result<Self, MediaError> {
        Ok(Self {
            caps: config.caps,
            spread: config.media.spread,
            errands: Errands::default(),
            media: Media::new(config.media)?,
            media_wants: None,
            rooms: BTreeMap::new(),
            connections: BTreeMap::new(),
            out: Outbox::default(),
            deadlines: Deadlines::default(),
            dice: Dice::new(config.entropy),
            all_logs: 0,
            words: Words::default(),
            relay: None,
            charter: None,
            started: None,
        })
    }

    /// Gives members who ask for it the use of a relay from now on.
    pub fn offer_relay(&mut self, relay: Issuer) {
        self.relay = Some(relay);
    }

    /// From now on a room is opened with [`ToHost::Open`] only, whose token the shell has redeemed, or rebuilt by who knows what its life was called.
    pub fn ask_permission(&mut self, charter: Charter) {
        self.charter = Some(charter);
    }

    /// Takes one input in.
    pub fn handle(&mut self, now: Time, input: Input<'_>) {
        self.started.get_or_insert(now);
        match input {
            Input::Datagram { from, bytes } => return self.media.datagram(now, from, bytes),
            Input::PathClosed(path) => return self.media.path_closed(path),
            Input::Errand { from, errand } => self.errand(now, from, errand),
            Input::Connected(connection) => self.connected(now, connection),
            Input::Message(connection, message) => {
                if let Err(offence) = self.message(now, connection, message) {
                    self.answer_offence(now, connection, &offence);
                }
            }
            Input::Unreadable(connection, error) => {
                let why = if matches!(error, DecodeError::TooLarge(_)) { Refusal::TooLarge } else { Refusal::Malformed };
                self.answer_offence(now, connection, &Offence { why, hang_up: true });
            }
            Input::TurnedAway(connection, why) => self.answer_offence(now, connection, &Offence { why, hang_up: true }),
            Input::Disconnected(connection) => self.disconnected(now, connection),
            Input::Timeout => self.timeout(now),
        }
        self.forget_closed();
    }

    /// What to do next.
    pub fn poll(&mut self) -> Output {
        if let Some(output) = self.out.pop() {
            if let Output::Send(_, message) = &output {
                self.words.say(message);
            }
            return output;
        }
        while let Some((seat, wanted)) = self.media.layers_wanted() {
            let home = self.spread.of_room(seat.room);
            if home != self.spread.own() {
                return Output::Errand(home, Errand(Task::LayersWanted(seat, wanted)));
            }
            if let Some(connection) = self.connection_of(seat) {
                return Output::Send(connection, Arc::new(FromHost::LayersWanted(wanted)));
            }
        }
        loop {
            if let Some((core, errand)) = self.errands.pop_front() {
                return Output::Errand(core, errand);
            }
            if let Some((core, word)) = self.media.says() {
                return Output::Errand(core, Errand(Task::Media(word)));
            }
            match self.media.poll() {
                MediaOutput::Transmit(transmit) => return Output::Transmit(transmit),
                MediaOutput::Wait(_) if self.media.has_to_say() => {}
                MediaOutput::Wait(until) => {
                    self.media_wants = until;
                    return Output::Wait(until.into_iter().chain(self.deadlines.next()).min());
                }
            }
        }
    }

    /// The WebSocket of somebody in a room of this core.
    fn connection_of(&self, seat: Seat) -> Option<ConnectionId> {
        self.rooms.get(&seat.room)?.connection(seat.participant)
    }

    /// Takes a sent buffer back for the next [`Transmit`].
    pub fn recycle(&mut self, buffer: Vec<u8>) {
        self.media.recycle(buffer);
    }

    /// Lets a connection go that wants to enter a room of another core. `None` when it is gone or has a seat.
    pub fn depart(&mut self, id: ConnectionId) -> Option<Traveller> {
        self.connections.get(&id).filter(|connection| connection.seat.is_none())?;
        self.connections.remove(&id).map(Traveller)
    }

    /// Takes over a connection from another core's host. Its number is still its own.
    pub fn arrive(&mut self, now: Time, id: ConnectionId, Traveller(connection): Traveller) {
        self.started.get_or_insert(now);
        self.deadlines.at(connection.kept_until(&self.caps), Deadline::Connection(id));
        self.connections.insert(id, connection);
    }

    /// Which of the machine's cores it is on.
    pub fn spread(&self) -> Spread {
        self.spread
    }

    /// True when a valid connectivity check has come this way.
    pub fn knows(&self, path: Path) -> bool {
        self.media.knows(path)
    }

    /// The media without a room, for measurements.
    #[cfg(feature = "bench-endpoints")]
    pub(crate) fn media(&mut self) -> &mut Media {
        &mut self.media
    }

    /// Does what another core's host asks.
    fn errand(&mut self, now: Time, from: u8, Errand(task): Errand) {
        match task {
            Task::Offer { seat, connection, offer } => {
                let answer = self.media.offer(now, seat, &offer);
                let tracks = self.media.tracks(seat);
                self.errands.push_back((from, Errand(Task::Answer { seat, connection, answer, tracks })));
            }
            Task::Answer { seat, connection, answer, tracks } => {
                self.in_room(now, seat.room, |room, t| room.answered(t, (seat.participant, connection), answer, tracks));
            }
            Task::Subscribe(seat, wanted) => self.media.subscribe(now, seat, &wanted),
            Task::Close(seat) => self.media.close(now, seat),
            Task::LayersWanted(seat, wanted) => {
                if let Some(connection) = self.connection_of(seat) {
                    self.out.send(connection, FromHost::LayersWanted(wanted));
                }
            }
            Task::Media(word) => self.media.hear(now, from, word),
        }
    }

    fn connected(&mut self, now: Time, id: ConnectionId) {
        let nonce = Nonce(self.dice.bytes());
        let connection = Connection::new(now, nonce, &self.caps);
        self.connections.insert(id, connection);
        self.deadlines.at(now + self.caps.enter_within, Deadline::Connection(id));
        self.out.send(id, FromHost::Challenge(nonce));
    }

    fn message(&mut self, now: Time, id: ConnectionId, message: ToHost) -> Result<(), Offence> {
        let Some(connection) = self.connections.get_mut(&id) else { return Ok(()) };
        if !connection.affords(now, &message) {
            return Err(Refusal::TooFast.into());
        }
        let (nonce, seat) = (connection.nonce, connection.seat);
        match (seat, message) {
            (Some(seat), message) => {
                self.in_room(now, seat.room, |room, t| room.message(t, seat.participant, message)).unwrap_or(Ok(()))?;
            }
            (None, ToHost::Enter(entry)) => self.enter(now, (id, nonce), &entry, false)?,
            (None, ToHost::Open(opening)) => self.enter(now, (id, nonce), &opening.entry, true)?,
            (None, ToHost::Alive) => {}
            (None, ToHost::Leave) => self.out.close(id),
            (None, _) => return Err(Refusal::Malformed.into()),
        }
        Ok(())
    }

    /// `permitted`: the room may be opened for this.
    fn enter(&mut self, now: Time, (id, nonce): (ConnectionId, Nonce), entry: &Entry, permitted: bool) -> Result<(), Refusal> {
        let back = match entry.identity {
            Identity::New => None,
            Identity::Back { .. } => Some(ProvenReturn::check(entry, nonce).ok_or(Refusal::SeatUnknown)?),
        };
        if !self.rooms.contains_key(&entry.room) {
            if self.rooms.len() >= self.caps.rooms {
                return Err(Refusal::HostFull);
            }
            let incarnation = self.new_life(now, entry.room, back.as_ref(), permitted)?;
            self.rooms.insert(entry.room, Room::new(entry.room, incarnation));
        }
        let entered = self.in_room(now, entry.room, |room, t| match &back {
            Some(back) => room.come_back(t, id, back).map(|()| back.participant),
            None => room.enter(t, id, entry.resume_key),
        });
        let participant = entered.unwrap_or(Err(Refusal::HostFull))?;
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.seat = Some(Seat { room: entry.room, participant });
        }
        Ok(())
    }

    /// What the life of a room that begins now is called, if it may begin.
    fn new_life(
        &mut self,
        now: Time,
        room: RoomId,
        back: Option<&ProvenReturn>,
        permitted: bool,
    ) -> Result<Incarnation, Refusal> {
        let Some(charter) = &self.charter else { return Ok(Incarnation(self.dice.bytes())) };
        match back {
            _ if permitted => {}
            None => return Err(Refusal::PermissionNeeded),
            Some(back) if charter.holds(now, room, back.incarnation) => {}
            Some(_) => return Err(Refusal::SeatUnknown),
        }
        Ok(charter.draw(now, room, self.dice.bytes()))
    }

    fn answer_offence(&mut self, now: Time, id: ConnectionId, offence: &Offence) {
        if !self.connections.contains_key(&id) {
            return;
        }
        self.out.refuse(id, offence.why);
        if offence.hang_up {
            self.hang_up(now, id);
        }
    }

    fn hang_up(&mut self, now: Time, id: ConnectionId) {
        self.out.close(id);
        self.disconnected(now, id);
    }

    fn disconnected(&mut self, now: Time, id: ConnectionId) {
        let Some(Connection { seat: Some(seat), .. }) = self.connections.remove(&id) else { return };
        self.in_room(now, seat.room, |room, t| room.dropped(t, seat.participant, id));
    }

    fn timeout(&mut self, now: Time) {
        if self.media_wants.is_some_and(|wanted| wanted <= now) {
            self.media.timeout(now);
        }
        while let Some(deadline) = self.deadlines.pop(now) {
            match deadline {
                Deadline::Connection(id) => self.look_at_connection(now, id),
                Deadline::Seat(seat) => drop(self.in_room(now, seat.room, |room, t| room.look_at_seat(t, seat.participant))),
                Deadline::Log(room, life) => drop(self.in_room(now, room, |room, t| room.look_at_log(t, life))),
                Deadline::Held(room) => drop(self.in_room(now, room, Room::release_held)),
            }
        }
    }

    fn look_at_connection(&mut self, now: Time, id: ConnectionId) {
        let Some(connection) = self.connections.get(&id) else { return };
        let until = connection.kept_until(&self.caps);
        if until <= now { self.hang_up(now, id) } else { self.deadlines.at(until, Deadline::Connection(id)) }
    }

    /// One step of one room, and what follows from it. `None` when there is no such room.
    fn in_room<T>(&mut self, now: Time, id: RoomId, step: impl FnOnce(&mut Room, &mut Tools<'_>) -> T) -> Option<T> {
        let room = self.rooms.get_mut(&id)?;
        let mut tools = Tools {
            now,
            caps: &self.caps,
            out: &mut self.out,
            media: AllMedia { here: &mut self.media, errands: &mut self.errands, spread: self.spread },
            deadlines: &mut self.deadlines,
            dice: &mut self.dice,
            all_logs: &mut self.all_logs,
            words: &mut self.words,
            relay: self.relay.as_ref(),
            returns_until: self.started.unwrap_or(now) + self.caps.returns_within,
        };
        let done = step(room, &mut tools);
        room.settle(&mut tools);
        if room.is_empty() {
            self.rooms.remove(&id);
        }
        Some(done)
    }

    /// The rooms have dealt with the seats of the connections they closed.
    fn forget_closed(&mut self) {
        for id in self.out.take_closed() {
            self.connections.remove(&id);
        }
    }
}

mod census;
mod traffic;

#[cfg(test)]
mod tests;
