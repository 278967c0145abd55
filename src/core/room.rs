//! One room: who sits in it, who of them is a member, and the order of their commits.
//!
//! **Invariant:** a participant is a member only because it founded the room, was admitted by an accepted commit, or showed the
//! room's ticket; when it is evicted, its seat, its routes and its connection go in the same step.
//!
//! ```text
//!  Enter(New) ─▶ Stranger ──Create (first), or admitted──▶ Member ◀── Enter(Back): seat and key, or ticket
//!                   │ socket drops                           │ socket drops ─▶ Away ─(seat runs out)─▶ gone
//!                   ▼                                        ▼ evicted, Leave
//!                  gone                                     gone
//! ```
//! What they say to each other is in [`talk`](super::talk).

use super::allowance::Allowance;
use super::caps::Caps;
use super::commit_log::{CommitLog, Retention};
use super::counts::Words;
use super::deadlines::{Deadline, Deadlines};
use super::dice::Dice;
use super::door::ProvenReturn;
use super::errand::AllMedia;
use super::host::ConnectionId;
use super::media::Seat;
use super::outbox::Outbox;
use super::time::Time;
use crate::relay::access::Issuer;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::{
    Attempt, Entered, Epoch, FromHost, Incarnation, ParticipantId, Refusal, ResumeKey, RoomId, RoomStanding, TicketHash, ToHost,
    Track,
};

/// What a room works with besides itself, for one step.
pub(crate) struct Tools<'a> {
    pub(crate) now: Time,
    pub(crate) caps: &'a Caps,
    pub(crate) out: &'a mut Outbox,
    pub(crate) media: AllMedia<'a>,
    pub(crate) deadlines: &'a mut Deadlines,
    pub(crate) dice: &'a mut Dice,
    /// Bytes of commits in all rooms.
    pub(crate) all_logs: &'a mut usize,
    /// What is counted.
    pub(crate) words: &'a mut Words,
    /// The host's own relay, if it has one.
    pub(crate) relay: Option<&'a Issuer>,
    /// Until when this host, having started just now, expects the members of meetings it has forgotten.
    pub(crate) returns_until: Time,
}

pub(crate) struct Room {
    pub(crate) id: RoomId,
    pub(crate) incarnation: Incarnation,
    pub(crate) group: Option<Group>,
    pub(crate) roster: BTreeMap<ParticipantId, Participant>,
    /// What must wait until the members of a forgotten meeting have had time to return.
    pub(crate) held: Vec<(ParticipantId, ToHost)>,
}

/// What the host knows of the MLS group.
pub(crate) struct Group {
    pub(crate) log: CommitLog,
    pub(crate) ticket: TicketHash,
    /// In a room rebuilt from what its members say: until when commits wait, so that the member in the highest epoch is heard.
    pub(crate) open_from: Time,
}

pub(crate) struct Participant {
    pub(crate) role: Role,
    pub(crate) link: Link,
    /// What it sends.
    pub(crate) tracks: Vec<Track>,
    key: ResumeKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Stranger {
        /// It has sent something on this visit.
        spoke: bool,
        /// What it may still send, in seconds of waiting.
        may_say: Allowance,
    },
    Member,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Here(ConnectionId),
    Away { until: Time },
}

impl Participant {
    fn new(role: Role, connection: ConnectionId, key: ResumeKey) -> Self {
        Self { role, link: Link::Here(connection), tracks: Vec::new(), key }
    }

    pub(crate) fn is_member(&self) -> bool {
        self.role == Role::Member
    }

    pub(crate) fn connection(&self) -> Option<ConnectionId> {
        match self.link {
            Link::Here(connection) => Some(connection),
            Link::Away { .. } => None,
        }
    }
}

impl Room {
    pub(crate) fn new(id: RoomId, incarnation: Incarnation) -> Self {
        Self { id, incarnation, group: None, roster: BTreeMap::new(), held: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.roster.is_empty()
    }

    pub(crate) fn seat(&self, participant: ParticipantId) -> Seat {
        Seat { room: self.id, participant }
    }

    /// Somebody new comes in.
    pub(crate) fn enter(
        &mut self,
        t: &mut Tools<'_>,
        connection: ConnectionId,
        key: ResumeKey,
    ) -> Result<ParticipantId, Refusal> {
        if self.roster.len() >= t.caps.participants {
            return Err(Refusal::RoomFull);
        }
        if self.roster.values().filter(|p| !p.is_member()).count() >= t.caps.strangers {
            return Err(Refusal::TooManyKnocking);
        }
        let core = t.media.spread.for_newcomer(self.id, self.roster.keys().copied());
        let you = t.media.spread.named(t.dice.bytes(), core);
        let seconds = t.caps.stranger_messages.saturating_mul(t.caps.stranger_seconds);
        let role = Role::Stranger { spoke: false, may_say: Allowance::new(t.now, seconds, 1) };
        self.roster.insert(you, Participant::new(role, connection, key));
        self.say_entered(t, you, if self.group.is_some() { RoomStanding::Occupied } else { RoomStanding::Empty });
        Ok(you)
    }

    /// Somebody comes back: to a kept seat, to a room that knows its ticket, or to a room that was forgotten.
    pub(crate) fn come_back(&mut self, t: &mut Tools<'_>, connection: ConnectionId, back: &ProvenReturn) -> Result<(), Refusal> {
        let known_life = back.incarnation == self.incarnation && self.group.is_some();
        match self.roster.get_mut(&back.participant) {
            Some(seated) if seated.is_member() && seated.key == back.key => {
                if let Some(old) = seated.connection() {
                    t.out.close(old);
                }
                seated.link = Link::Here(connection);
            }
            Some(_) => return Err(Refusal::SeatUnknown),
            None => self.rebuild(t, connection, back)?,
        }
        let Some(group) = &self.group else { return Err(Refusal::SeatUnknown) };
        let head = group.log.head();
        let standing =
            if known_life { RoomStanding::Resumed { head, attempt: Attempt(0) } } else { RoomStanding::Rebuilt { head } };
        self.say_entered(t, back.participant, standing);
        self.introduce(t, back.participant);
        Ok(())
    }

    /// Gives a seat to somebody whom this host has forgotten, on the strength of the ticket. The first to come says what it is, until
    /// somebody comes from a later epoch (decision 0002).
    fn rebuild(&mut self, t: &mut Tools<'_>, connection: ConnectionId, back: &ProvenReturn) -> Result<(), Refusal> {
        if self.roster.len() >= t.caps.participants {
            return Err(Refusal::RoomFull);
        }
        match &mut self.group {
            Some(group) if group.ticket != back.ticket => {
                // Commits wait until then, so nobody has gone on from the earlier epoch.
                let open_from = group.open_from;
                if t.now >= open_from || back.incarnation == self.incarnation || back.epoch <= group.log.head() {
                    return Err(Refusal::SeatUnknown);
                }
                self.unseat_members(t);
                self.found(back.epoch, back.ticket, open_from);
            }
            Some(group) => {
                if back.incarnation != self.incarnation {
                    group.log.begin_at(back.epoch);
                }
            }
            None => self.found(back.epoch, back.ticket, t.now + t.caps.returns_within),
        }
        self.roster.insert(back.participant, Participant::new(Role::Member, connection, back.key));
        Ok(())
    }

    /// Everybody who was seated by an earlier ticket comes in anew, if somebody inside still knows them.
    fn unseat_members(&mut self, t: &mut Tools<'_>) {
        let members: Vec<_> = self.roster.iter().filter(|(_, p)| p.is_member()).map(|(&id, _)| id).collect();
        for member in members {
            self.tell(t, member, FromHost::Refused(Refusal::SeatUnknown));
            self.close_connection(t, member);
            self.remove(t, member);
        }
    }

    pub(crate) fn found(&mut self, epoch: Epoch, ticket: TicketHash, open_from: Time) {
        self.group = Some(Group { log: CommitLog::new(self.incarnation, epoch), ticket, open_from });
    }

    /// The socket of a participant dropped: a member's seat is kept, a stranger's is not.
    pub(crate) fn dropped(&mut self, t: &mut Tools<'_>, participant: ParticipantId, connection: ConnectionId) {
        let Some(seated) = self.roster.get_mut(&participant) else { return };
        if seated.link != Link::Here(connection) {
            return;
        }
        if !seated.is_member() {
            return self.remove(t, participant);
        }
        let until = t.now + t.caps.seat_kept;
        seated.link = Link::Away { until };
        t.deadlines.at(until, Deadline::Seat(Seat { room: self.id, participant }));
        self.tell_members(t, Some(participant), FromHost::Away(participant));
    }

    /// Looks whether a seat was kept long enough.
    pub(crate) fn look_at_seat(&mut self, t: &mut Tools<'_>, participant: ParticipantId) {
        if matches!(self.roster.get(&participant), Some(Participant { link: Link::Away { until }, .. }) if *until <= t.now) {
            self.remove(t, participant);
        }
    }

    /// Takes a seat away: roster, routes and media in one step. Members hear of it; strangers who never said a word go unnoticed.
    pub(crate) fn remove(&mut self, t: &mut Tools<'_>, participant: ParticipantId) {
        let Some(gone) = self.roster.remove(&participant) else { return };
        t.media.close(t.now, self.seat(participant));
        self.held.retain(|(from, _)| *from != participant);
        if !matches!(gone.role, Role::Stranger { spoke: false, .. }) {
            self.tell_members(t, None, FromHost::Gone(participant));
        }
    }

    /// After every step: a group without members is gone, and with it the room. Strangers who still knock are shown out: nobody
    /// can answer them, and when they come back they find an empty room.
    pub(crate) fn settle(&mut self, t: &mut Tools<'_>) {
        if self.roster.values().any(Participant::is_member) {
            return;
        }
        let Some(group) = self.group.take() else { return };
        *t.all_logs -= group.log.bytes();
        let strangers: Vec<_> = self.roster.keys().copied().collect();
        for stranger in strangers {
            self.close_connection(t, stranger);
            self.remove(t, stranger);
        }
    }

    /// Drops commits that are too old, and those beyond so many bytes. Returns when the next will be too old.
    pub(crate) fn trim_log(&mut self, t: &mut Tools<'_>, bytes: usize) -> Option<Time> {
        let log = &mut self.group.as_mut()?.log;
        let before = log.bytes();
        log.trim(t.now, Retention { bytes, age: t.caps.log_age });
        *t.all_logs -= before - log.bytes();
        log.next_expiry(t.caps.log_age)
    }

    /// Looks whether commits have grown old.
    pub(crate) fn look_at_log(&mut self, t: &mut Tools<'_>, incarnation: Incarnation) {
        if incarnation == self.incarnation
            && let Some(next) = self.trim_log(t, t.caps.log_bytes)
        {
            t.deadlines.at(next, Deadline::Log(self.id, self.incarnation));
        }
    }

    fn say_entered(&self, t: &mut Tools<'_>, you: ParticipantId, standing: RoomStanding) {
        let members = self.connected_members(Some(you)).map(|(member, _)| member).collect();
        self.tell(t, you, FromHost::Entered(Entered { you, incarnation: self.incarnation, standing, members }));
    }

    /// A new or returned member and the others learn of each other.
    pub(crate) fn introduce(&self, t: &mut Tools<'_>, newcomer: ParticipantId) {
        for (&other, seated) in self.roster.iter().filter(|(id, p)| **id != newcomer && p.is_member()) {
            let message = if seated.connection().is_some() { self.present(other) } else { FromHost::Away(other) };
            self.tell(t, newcomer, message);
        }
        self.tell_members(t, Some(newcomer), self.present(newcomer));
    }

    /// That somebody is there, and what it sends.
    pub(crate) fn present(&self, participant: ParticipantId) -> FromHost {
        let tracks = self.roster.get(&participant).map(|seated| seated.tracks.clone()).unwrap_or_default();
        FromHost::Present { participant, tracks }
    }

    pub(crate) fn connected_members(
        &self,
        without: Option<ParticipantId>,
    ) -> impl Iterator<Item = (ParticipantId, ConnectionId)> + '_ {
        let others = self.roster.iter().filter(move |(id, p)| Some(**id) != without && p.is_member());
        others.filter_map(|(&id, p)| Some((id, p.connection()?)))
    }

    pub(crate) fn tell(&self, t: &mut Tools<'_>, participant: ParticipantId, message: FromHost) {
        if let Some(connection) = self.connection(participant) {
            t.out.send(connection, message);
        }
    }

    pub(crate) fn tell_members(&self, t: &mut Tools<'_>, without: Option<ParticipantId>, message: FromHost) {
        self.share_with_members(t, without, &Arc::new(message));
    }

    pub(crate) fn close_connection(&self, t: &mut Tools<'_>, participant: ParticipantId) {
        if let Some(connection) = self.connection(participant) {
            t.out.close(connection);
        }
    }

    pub(crate) fn connection(&self, participant: ParticipantId) -> Option<ConnectionId> {
        self.roster.get(&participant).and_then(Participant::connection)
    }

    pub(crate) fn share_with_members(&self, t: &mut Tools<'_>, without: Option<ParticipantId>, message: &Arc<FromHost>) {
        for (_, connection) in self.connected_members(without) {
            t.out.share(connection, message);
        }
    }
}
