//! What the participants of a room say, and who gets it.
//!
//! **Invariant:** bytes of a stranger reach members only, and only so many in so much time; bytes of a member reach whom it names. What a commit
//! asks for besides its slot happens with the commit or not at all.

use super::commit_log::Placement;
use super::deadlines::Deadline;
use super::host::ConnectionId;
use super::media::OfferError;
use super::room::{Role, Room, Tools};
use super::time::Time;
use std::sync::Arc;
use wire::{
    CommitSubmission, Creation, Epoch, FromHost, Offer, Opaque, ParticipantId, Refusal, RelayAccess, Subscription, ToHost, Track,
    limits,
};

impl Room {
    /// One message of somebody who has a seat. An error is for the sender.
    ///
    /// # Errors
    /// [`Refusal`]; `Malformed` and `TooFast` mean that the connection must go.
    pub(crate) fn message(&mut self, t: &mut Tools<'_>, from: ParticipantId, message: ToHost) -> Result<(), Refusal> {
        let Some(sender) = self.roster.get(&from) else { return Ok(()) };
        let is_member = sender.is_member();
        match message {
            ToHost::Alive => Ok(()),
            ToHost::Enter(_) | ToHost::Open(_) => Err(Refusal::Malformed),
            ToHost::Leave => self.leave(t, from),
            ToHost::Create(creation) => self.create(t, from, creation),
            ToHost::Knock(body) => {
                self.count_stranger(t, from, &body)?;
                self.tell_members(t, Some(from), FromHost::Knocked { from, body });
                Ok(())
            }
            ToHost::Relay { to, body } => self.relay(t, from, to, body),
            _ if !is_member => Err(Refusal::NotAMember),
            ToHost::Broadcast(body) => {
                self.tell_members(t, Some(from), FromHost::Broadcast { from, body });
                Ok(())
            }
            ToHost::Commit(submission) => self.commit(t, from, submission),
            ToHost::Fetch(epoch) => self.fetch(t, from, epoch),
            ToHost::Offer(offer) => self.offer(t, from, offer),
            ToHost::Subscribe(subscriptions) => self.subscribe(t, from, subscriptions),
            ToHost::SeekRelay => {
                self.show_relay(t, from);
                Ok(())
            }
        }
    }

    /// What a stranger says is counted and measured; what a member says is not.
    fn count_stranger(&mut self, t: &mut Tools<'_>, from: ParticipantId, body: &Opaque) -> Result<(), Refusal> {
        let sender = self.roster.get_mut(&from).map(|sender| &mut sender.role);
        let Some(Role::Stranger { spoke, may_say }) = sender else { return Ok(()) };
        if body.len() > limits::STRANGER_MESSAGE_BYTES {
            return Err(Refusal::TooLarge);
        }
        if !may_say.spend(t.now, t.caps.stranger_seconds as usize) {
            return Err(Refusal::TooFast);
        }
        *spoke = true;
        Ok(())
    }

    fn leave(&mut self, t: &mut Tools<'_>, from: ParticipantId) -> Result<(), Refusal> {
        self.close_connection(t, from);
        self.remove(t, from);
        Ok(())
    }

    fn create(&mut self, t: &mut Tools<'_>, from: ParticipantId, creation: Creation) -> Result<(), Refusal> {
        if self.group.is_some() {
            self.tell(t, from, FromHost::Occupied);
            return Ok(());
        }
        if t.now < t.returns_until {
            self.hold(t, from, ToHost::Create(creation), t.returns_until);
            return Ok(());
        }
        self.found(creation.epoch, creation.ticket, Time::ZERO);
        self.become_member(from);
        self.tell(t, from, FromHost::Created);
        Ok(())
    }

    fn become_member(&mut self, who: ParticipantId) -> bool {
        match self.roster.get_mut(&who) {
            Some(participant) if !participant.is_member() => {
                participant.role = Role::Member;
                true
            }
            _ => false,
        }
    }

    fn relay(&mut self, t: &mut Tools<'_>, from: ParticipantId, to: ParticipantId, body: Opaque) -> Result<(), Refusal> {
        self.count_stranger(t, from, &body)?;
        let among_strangers = [from, to].iter().all(|id| self.roster.get(id).is_some_and(|p| !p.is_member()));
        if among_strangers {
            return Err(Refusal::NotAMember);
        }
        self.tell(t, to, FromHost::Relayed { from, body });
        Ok(())
    }

    fn commit(&mut self, t: &mut Tools<'_>, from: ParticipantId, submission: CommitSubmission) -> Result<(), Refusal> {
        let Some(group) = &mut self.group else { return Err(Refusal::NotAMember) };
        if t.now < group.open_from {
            let until = group.open_from;
            self.hold(t, from, ToHost::Commit(submission), until);
            return Ok(());
        }
        let CommitSubmission { slot, commit, admit, evict, ticket } = submission;
        let (first, bytes) = (group.log.next_expiry(t.caps.log_age).is_none(), commit.len());
        match group.log.submit(t.now, from, slot, commit) {
            Placement::Accepted(entry) => {
                group.ticket = ticket;
                *t.all_logs += bytes;
                t.words.commits += 1;
                self.log_grew(t, first);
                self.share_with_members(t, None, &entry);
                self.admit(t, &admit);
                self.evict(t, &evict);
            }
            Placement::Lost(winner) => self.share_with(t, from, &winner),
            Placement::Forgotten(begins) => self.tell(t, from, FromHost::LogBeginsAt(begins)),
            Placement::Ahead => return Err(Refusal::SlotAhead),
        }
        Ok(())
    }

    fn log_grew(&mut self, t: &mut Tools<'_>, first: bool) {
        let full = *t.all_logs > t.caps.all_logs_bytes;
        let next = self.trim_log(t, if full { 0 } else { t.caps.log_bytes });
        if let (true, Some(next)) = (first, next) {
            t.deadlines.at(next, Deadline::Log(self.id, self.incarnation));
        }
    }

    /// Those named become members. Whoever is not here, or is one already, is passed over.
    fn admit(&mut self, t: &mut Tools<'_>, admitted: &[ParticipantId]) {
        for &newcomer in admitted {
            if self.become_member(newcomer) {
                self.tell(t, newcomer, FromHost::Admitted);
                self.introduce(t, newcomer);
            }
        }
    }

    /// Those named lose seat, routes and connection.
    fn evict(&mut self, t: &mut Tools<'_>, evicted: &[ParticipantId]) {
        for &former in evicted {
            self.tell(t, former, FromHost::Evicted);
            self.close_connection(t, former);
            self.remove(t, former);
        }
    }

    fn fetch(&mut self, t: &mut Tools<'_>, from: ParticipantId, epoch: Epoch) -> Result<(), Refusal> {
        let Some(group) = &self.group else { return Err(Refusal::NotAMember) };
        match group.log.since(epoch) {
            Ok(entries) => entries.for_each(|entry| self.share_with(t, from, entry)),
            Err(begins) => self.tell(t, from, FromHost::LogBeginsAt(begins)),
        }
        Ok(())
    }

    fn offer(&mut self, t: &mut Tools<'_>, from: ParticipantId, offer: Offer) -> Result<(), Refusal> {
        if !offer.is_within_limits() {
            return Err(Refusal::OfferUnusable);
        }
        let Some(connection) = self.connection(from) else { return Ok(()) };
        if let Some((answer, tracks)) = t.media.offer(t.now, (self.seat(from), connection), offer) {
            self.answered(t, (from, connection), answer, tracks);
        }
        Ok(())
    }

    /// What came of an offer that came over this WebSocket. Whoever has another one by now makes another offer there.
    pub(crate) fn answered(
        &mut self,
        t: &mut Tools<'_>,
        (from, connection): (ParticipantId, ConnectionId),
        answer: Result<String, OfferError>,
        tracks: Vec<Track>,
    ) {
        let Some(sender) = self.roster.get_mut(&from) else { return };
        let changed = sender.tracks != tracks;
        sender.tracks = tracks;
        if sender.connection() == Some(connection) {
            t.out.send(
                connection,
                match answer {
                    Ok(sdp) => FromHost::Answer { sdp },
                    Err(OfferError::Full) => FromHost::Refused(Refusal::HostFull),
                    Err(OfferError::TooLarge) => FromHost::Refused(Refusal::TooLarge),
                    Err(OfferError::Unusable | OfferError::NoSuchSection) => FromHost::Refused(Refusal::OfferUnusable),
                },
            );
        }
        if changed {
            self.tell_members(t, Some(from), self.present(from));
        }
    }

    fn subscribe(&mut self, t: &mut Tools<'_>, from: ParticipantId, wanted: Vec<Subscription>) -> Result<(), Refusal> {
        if wanted.len() > limits::MEDIA_SECTIONS || !wanted.iter().all(|one| one.mid.is_sane()) {
            return Err(Refusal::Malformed);
        }
        t.media.subscribe(t.now, self.seat(from), wanted);
        Ok(())
    }

    /// Tells a member how the host's relay is used. Where there is none it is told so, and asks nobody else.
    fn show_relay(&self, t: &mut Tools<'_>, from: ParticipantId) {
        let drawn = t.dice.bytes();
        let access = t.relay.map(|relay| relay.issue(t.now, drawn));
        let none = || RelayAccess { username: String::new(), password: String::new(), seconds: 0, ways: Vec::new() };
        self.tell(t, from, FromHost::Relay(access.unwrap_or_else(none)));
    }

    /// Keeps a message until `until`: one of each kind for each participant, the last.
    fn hold(&mut self, t: &mut Tools<'_>, from: ParticipantId, message: ToHost, until: Time) {
        let kind = std::mem::discriminant(&message);
        self.held.retain(|(other, held)| *other != from || std::mem::discriminant(held) != kind);
        self.held.push((from, message));
        t.deadlines.at(until, Deadline::Held(self.id));
    }

    /// Takes up what was held back, in the order in which it came. What must wait longer is held again.
    pub(crate) fn release_held(&mut self, t: &mut Tools<'_>) {
        for (from, message) in std::mem::take(&mut self.held) {
            if let (Err(why), Some(connection)) = (self.message(t, from, message), self.connection(from)) {
                t.out.refuse(connection, why);
            }
        }
    }

    fn share_with(&self, t: &mut Tools<'_>, participant: ParticipantId, message: &Arc<FromHost>) {
        if let Some(connection) = self.connection(participant) {
            t.out.share(connection, message);
        }
    }
}
