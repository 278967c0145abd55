//! What the host says, sorted.
//!
//! **Invariant:** the host's word moves our seat and wakes us up; it changes no roster, no key and no phase from outside to inside.

use super::Session;
use super::api::Event;
use super::asking::Asking;
use super::connection::Seat;
use super::letter::Letter;
use super::phase::End;
use super::recovery;
use super::room::Room;
use super::visit::{Answer, Outcome, Visit};
use crate::admission::DoorMessage;
use rand_core::RngCore;
use wire::{
    Creation, Entered, Entry, Epoch, FromHost, Identity, LogEntry, Nonce, Opaque, ParticipantId, Refusal, RoomStanding, ToHost,
    Track, limits,
};

/// How long we wait for a place among those who knock, ms. As long as one who has a place knocks.
pub(super) const CROWDED_FOR: u64 = 45_000;

impl Session {
    pub(super) fn host_says(&mut self, message: FromHost) {
        self.core.connection.heard(self.core.now);
        match message {
            FromHost::Challenge(nonce) => self.challenged(nonce),
            FromHost::Entered(entered) => self.entered(entered),
            FromHost::Created if self.creating => self.created(),
            FromHost::Occupied if self.creating => self.occupied(),
            FromHost::Knocked { from, body } => self.letter(from, &body),
            FromHost::Relayed { from, body } | FromHost::Broadcast { from, body } => self.letter(from, &body),
            FromHost::Committed(entry) => self.logged(entry),
            FromHost::LogBeginsAt(epoch) => self.log_begins_at(epoch),
            FromHost::Evicted => self.evicted(),
            FromHost::Admitted | FromHost::Created | FromHost::Occupied => {}
            FromHost::Present { participant, tracks } => self.introduced_to(participant, tracks),
            FromHost::Away(participant) => self.away(participant, false),
            FromHost::Gone(participant) => self.away(participant, true),
            FromHost::Answer { sdp } => self.core.tell(Event::Answer { sdp }),
            FromHost::Refused(refusal) => self.refused(refusal),
            FromHost::LayersWanted(wanted) => self.core.tell(Event::LayersWanted(wanted)),
            FromHost::Relay(access) => self.core.tell(Event::Relay(access)),
        }
    }

    /// The host introduces the members as soon as the log has our admission, and so before we can read the Welcome.
    fn introduced_to(&mut self, participant: ParticipantId, tracks: Vec<Track>) {
        if (self.visit.is_some() || self.asking.is_some()) && self.introduced.len() < limits::PARTICIPANTS {
            self.introduced.push((participant, tracks.clone()));
        }
        if let Some(room) = &mut self.room {
            room.presence.seats.present(participant, tracks);
        }
    }

    pub(super) fn socket_closed(&mut self) {
        self.creating = false;
        self.opening.socket_closed();
        let chance = self.core.rng.next_u32();
        self.core.connection.lost(self.core.now, chance);
        let outside = self.room.is_none();
        if self.asking.take().is_some() {
            self.core.tell(Event::Words(None));
        }
        // The seat of a stranger is not kept, and with it goes the answer to our proof.
        if outside && self.visit.as_ref().is_some_and(|visit| visit.has_proved()) {
            self.visit = None;
            self.visited(Outcome::Failed);
        }
    }

    /// The old socket leads through a network that was gone, or a pause is no longer worth its wait. Who stands at the door keeps
    /// the socket: a proof that breaks off counts as a guess.
    pub(super) fn network_is_back(&mut self) {
        if self.room.as_ref().is_some_and(|room| room.ready) || self.core.connection.is_pausing() {
            self.creating = false;
            self.core.open_socket();
        }
    }

    /// As whom we come for the first time.
    pub(super) fn new_entry(&self) -> Entry {
        Entry { room: self.core.secrets.room, identity: Identity::New, resume_key: self.core.connection.resume_key() }
    }

    fn challenged(&mut self, nonce: Nonce) {
        if !self.core.connection.is_greeting() {
            return;
        }
        let inside = self.room.as_ref().filter(|room| room.ready);
        let identity = match (inside, self.core.connection.seat()) {
            (Some(room), Some(seat)) => Identity::Back {
                participant: seat.participant,
                incarnation: seat.incarnation,
                epoch: Epoch(room.group.epoch()),
                ticket: room.group.ticket(),
                signature: self.core.connection.sign(seat, nonce),
            },
            _ => Identity::New,
        };
        let entry = Entry { room: self.core.secrets.room, identity, resume_key: self.core.connection.resume_key() };
        self.core.out.push_back(super::Output::Send(ToHost::Enter(entry)));
    }

    fn entered(&mut self, entered: Entered) {
        if !self.core.connection.is_greeting() {
            return;
        }
        self.introduced.clear();
        self.crowded_since = None;
        self.opening.opened();
        let life = entered.incarnation;
        self.core.connection.seated(self.core.now, Seat { participant: entered.you, incarnation: life });
        if let Some(visit) = &mut self.visit {
            visit.reconnected(self.core.now);
        }
        match (entered.standing, &mut self.room) {
            (standing @ (RoomStanding::Resumed { .. } | RoomStanding::Rebuilt { .. }), Some(room)) => {
                room.resumed(&mut self.core, standing, life);
                self.say_held_chats();
            }
            (RoomStanding::Empty, Some(_)) => self.found(),
            (RoomStanding::Occupied, _) => self.occupied(),
            _ if self.core.secrets.prs.is_none() => self.ask(),
            (RoomStanding::Empty, _) => self.found(),
            _ => self.occupied(),
        }
        if let Some(room) = &mut self.room {
            for member in entered.members {
                room.presence.seats.present(member, Vec::new());
            }
        }
    }

    /// Without a password: whoever is here may let us in, and so may whoever comes. No group is founded that nobody with the password could
    /// enter.
    fn ask(&mut self) {
        self.let_go();
        self.asking = Some(Asking::new(&mut self.core));
    }

    /// What we hold is not this meeting any more. What has failed at our door stays counted.
    pub(super) fn let_go(&mut self) {
        if let Some(room) = self.room.take() {
            if room.ready {
                self.core.pause(true);
            }
            self.core.budget = Some(room.door.budget.clone());
            self.returning = self.returning.take().or(room.into_returning());
        }
    }

    /// Nobody is here, or so the host says. If we still hold the meeting's group, it goes on; else we found one.
    fn found(&mut self) {
        self.visit = None;
        // Nobody is there who could know us.
        self.returning = None;
        self.creating = true;
        if self.room.is_none() {
            self.room = Room::found(&mut self.core).map(Box::new);
        }
        let Some(room) = &mut self.room else { return self.end(End::Lost) };
        let creation = Creation { epoch: Epoch(room.group.epoch()), ticket: room.group.ticket_hash() };
        self.core.send(ToHost::Create(creation));
    }

    fn created(&mut self) {
        self.creating = false;
        let Some(room) = &mut self.room else { return };
        let again = room.ready;
        room.founded(&mut self.core);
        if again && let Some(seat) = self.core.connection.seat() {
            let standing = RoomStanding::Rebuilt { head: Epoch(room.group.epoch()) };
            room.resumed(&mut self.core, standing, seat.incarnation);
        }
        self.was_inside = true;
    }

    /// There is a group, and we are not of it: whatever we hold is not this meeting.
    pub(super) fn occupied(&mut self) {
        self.creating = false;
        self.let_go();
        if let Some(returning) = self.returning.take() {
            self.visit = Visit::returning(&mut self.core, returning);
            return;
        }
        if self.visit.as_ref().is_some_and(|visit| visit.is_returning()) {
            return;
        }
        if self.core.secrets.prs.is_none() {
            return self.ask();
        }
        if self.visit.is_none() {
            self.visit = Visit::new(&mut self.core, None);
        }
    }

    fn letter(&mut self, from: ParticipantId, body: &Opaque) {
        let Some(letter) = recovery::open(body) else { return };
        if let Letter::Door(message) = letter {
            return self.door(from, message);
        }
        if let Some(room) = self.room.as_mut().filter(|room| room.ready) {
            room.letter(&mut self.core, from, letter);
        }
    }

    fn door(&mut self, from: ParticipantId, message: DoorMessage) {
        let room = self.room.as_mut().filter(|room| room.ready);
        match message {
            DoorMessage::Knock(knock) => {
                if let Some(room) = room {
                    room.knocked(&mut self.core, from, knock);
                }
            }
            DoorMessage::Return(epoch, knock) => {
                if let Some(room) = room {
                    room.returned(&mut self.core, from, epoch, knock);
                }
            }
            DoorMessage::Proof(proof) => {
                if let Some(room) = room {
                    room.proved(&mut self.core, from, &proof);
                }
            }
            DoorMessage::Offer(offer) => {
                if let Some(visit) = &mut self.visit {
                    visit.offered(&mut self.core, from, &offer);
                }
            }
            DoorMessage::Waiting(message) => match (&mut self.asking, room) {
                (Some(asking), _) => {
                    let step = asking.heard(&mut self.core, from, &message);
                    self.asked(step);
                }
                (None, Some(room)) => room.heard_waiting(&mut self.core, from, &message),
                (None, None) => {}
            },
            DoorMessage::Welcome(welcome) => self.answered(from, Answer::Welcome(welcome)),
            DoorMessage::Void(void) => self.answered(from, Answer::Void(void)),
            DoorMessage::Refused(run, why) => self.answered(from, Answer::Refused(run, why)),
        }
    }

    fn answered(&mut self, from: ParticipantId, answer: Answer) {
        let Some(visit) = self.visit.take() else { return };
        match visit.answered(&mut self.core, from, answer) {
            Err(unmoved) => self.visit = Some(unmoved),
            Ok((outcome, visit)) => {
                self.visit = visit;
                self.visited(outcome);
            }
        }
    }

    fn logged(&mut self, entry: LogEntry) {
        if let Some(room) = self.room.as_mut().filter(|room| room.ready) {
            room.logged(&mut self.core, entry);
        }
    }

    fn log_begins_at(&mut self, epoch: Epoch) {
        if let Some(room) = self.room.as_mut().filter(|room| room.ready) {
            room.log_begins_at(&mut self.core, epoch);
        }
    }

    /// A hint: the commit that removes us should be in the log.
    fn evicted(&mut self) {
        if let Some(room) = self.room.as_mut().filter(|room| room.ready) {
            room.recovery.behind(self.core.now);
            room.fetch(&mut self.core);
        }
    }

    fn away(&mut self, participant: ParticipantId, gone: bool) {
        if let Some(room) = &mut self.room {
            room.presence.seats.away(participant, gone, self.core.now);
            if let Some(member) = room.people.member_at(participant) {
                room.presence.holes.interrupted(member);
            }
            room.door.keeper.gone(participant);
            room.waiting.keeper.gone(participant);
        }
    }

    fn refused(&mut self, refusal: Refusal) {
        match refusal {
            Refusal::HostFull => self.no_room(End::HostFull),
            Refusal::RoomFull => self.no_room(End::RoomFull),
            Refusal::TooManyKnocking => self.crowded(),
            Refusal::SeatUnknown => {
                self.core.connection.give_up_seat();
                self.core.open_socket();
            }
            Refusal::NotAMember if self.room.as_ref().is_some_and(|room| room.ready) => self.core.open_socket(),
            Refusal::PermissionNeeded => self.permission_needed(),
            Refusal::SlotAhead => {
                if let Some(room) = &mut self.room {
                    room.fetch(&mut self.core);
                }
            }
            Refusal::OfferUnusable => self.core.tell(Event::OfferRefused),
            // The socket closes by itself after the last two.
            Refusal::NotAMember | Refusal::TooLarge | Refusal::Malformed | Refusal::TooFast => {}
        }
    }

    /// Too many knock at once. They are let in a few at a time, so there will be a place.
    fn crowded(&mut self) {
        let since = *self.crowded_since.get_or_insert(self.core.now);
        if self.core.now < since.saturating_add(CROWDED_FOR) {
            let chance = self.core.rng.next_u32();
            self.core.connection.lost(self.core.now, chance);
        } else {
            self.no_room(End::TooManyKnocking);
        }
    }

    /// No place for us. Whoever was inside tries again for as long as it has somewhere to return to.
    fn no_room(&mut self, end: End) {
        if self.was_inside {
            let chance = self.core.rng.next_u32();
            self.core.connection.lost(self.core.now, chance);
        } else {
            self.end(end);
        }
    }
}
