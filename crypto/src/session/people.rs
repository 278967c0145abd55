//! What people say of themselves and to each other.
//!
//! **Invariant:** who is here comes from the tree; names, devices and seats come from the member they describe, and until it has
//! said them, from nobody but the doorkeeper who let us in.

use super::api::{Millis, Notice, Person};
use super::body::{self, Body, Card};
use super::core::Core;
use super::presence::Presence;
use super::room::Room;
use super::vouch::Vouching;
use crate::group::{Group, MemberId, RoomState};
use crate::sorted::{SortedMap, SortedSet};
use wire::{ParticipantId, Track};

/// Within how many ms a newcomer is told who we are. Longer spreads the answers of a large room.
const INTRODUCE: u64 = 400;

/// What is known of everybody.
#[derive(Default)]
pub(super) struct People {
    cards: SortedMap<MemberId, Card>,
    /// Have said something signed since they came, or were here before us.
    spoke: SortedSet<MemberId>,
    /// Came while we were here and have not said their name.
    expected: SortedSet<MemberId>,
    pub(super) verified: SortedSet<MemberId>,
    introduce_at: Option<Millis>,
    counter: u64,
    shown: Option<Vec<Person>>,
}

impl People {
    /// The plaintext of our next message.
    pub(super) fn number(&mut self, body: &Body) -> Vec<u8> {
        let plain = body::write(self.counter, body);
        self.counter = self.counter.saturating_add(1);
        plain
    }

    /// How many messages we have said to all.
    #[cfg(test)]
    pub(super) fn said(&self) -> u64 {
        self.counter
    }

    /// The plaintext of a message that goes to one member only: in the others' count of ours it would be missing.
    pub(super) fn unnumbered(&self, body: &Body) -> Vec<u8> {
        body::write(self.counter, body)
    }

    /// What the doorkeeper knows of those who were here before us.
    pub(super) fn learn(&mut self, announcements: &[(MemberId, Vec<u8>)], group: &Group) {
        for member in group.members() {
            self.spoke.insert(member.id);
            let card = announcements.iter().find(|(id, _)| *id == member.id).and_then(|(_, card)| body::read_card(card));
            if let Some(card) = card.filter(|_| member.id != group.my_id()) {
                self.cards.insert(member.id, card);
            }
        }
    }

    /// Our own card.
    pub(super) fn mine(&mut self, core: &Core, me: MemberId) {
        let card = Card { name: core.name.clone(), devices: core.devices, seat: core.seat() };
        self.cards.insert(me, card);
        self.spoke.insert(me);
    }

    /// All cards, for a newcomer.
    pub(super) fn cards(&self) -> Vec<(MemberId, Vec<u8>)> {
        self.cards.iter().map(|(member, card)| (*member, body::write_card(card))).collect()
    }

    /// Somebody was admitted.
    pub(super) fn expect(&mut self, member: MemberId) {
        self.spoke.remove(&member);
        self.expected.insert(member);
    }

    /// The doorkeeper knows where a newcomer sits before it says so itself.
    pub(super) fn seat(&mut self, member: MemberId, seat: ParticipantId) {
        self.cards.entry(member).or_default().seat = Some(seat);
    }

    pub(super) fn seat_of(&self, member: MemberId) -> Option<ParticipantId> {
        self.cards.get(&member)?.seat
    }

    pub(super) fn member_at(&self, seat: ParticipantId) -> Option<MemberId> {
        self.cards.iter().find(|(_, card)| card.seat == Some(seat)).map(|(member, _)| *member)
    }

    pub(super) fn sits_here(&self, seat: ParticipantId) -> bool {
        self.cards.values().any(|card| card.seat == Some(seat))
    }

    pub(super) fn has_spoken(&self, member: MemberId) -> bool {
        self.spoke.contains(&member)
    }

    pub(super) fn spoke(&mut self, member: MemberId) {
        self.spoke.insert(member);
    }

    /// What somebody calls itself; empty if it never said.
    pub(super) fn name_of(&self, member: MemberId) -> String {
        self.cards.get(&member).map(|card| card.name.clone()).unwrap_or_default()
    }

    /// Forgets somebody and says what it was called.
    pub(super) fn remove(&mut self, member: MemberId) -> String {
        self.spoke.remove(&member);
        self.expected.remove(&member);
        self.cards.remove(&member).map(|card| card.name).unwrap_or_default()
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        self.introduce_at
    }

    /// Everybody in the tree.
    pub(super) fn roster(&self, group: &Group, presence: &Presence, vouching: &Vouching, now: Millis) -> Vec<Person> {
        let (me, owner, state) = (group.my_id(), group.owner(), group.state());
        let unknown = Card::default();
        let person = |member: crate::group::Member| {
            let card = self.cards.get(&member.id).unwrap_or(&unknown);
            let away = card.seat.is_some_and(|seat| presence.seats.is_away(seat));
            Person {
                member: member.id,
                leaf: member.leaf,
                me: member.id == me,
                name: card.name.clone(),
                joining: !self.spoke.contains(&member.id),
                owner: owner == Some(member.id),
                moderator: state.is_moderator(member.id),
                may_speak: state.may_speak(member.id),
                admitted: member.admitted,
                devices: card.devices,
                participant: card.seat,
                connected: member.id == me || (!away && presence.quiet_for(member.id, now) < super::presence::QUIET),
                tracks: card.seat.map(|seat| allowed(state, member.id, presence.seats.tracks(seat))).unwrap_or_default(),
                verified: self.verified.contains(&member.id),
                doubt: vouching.doubt(member.id),
            }
        };
        group.members().iter().copied().map(person).collect()
    }

    /// The roster, if it is not the one shown last.
    pub(super) fn news(&mut self, roster: Vec<Person>) -> Option<Vec<Person>> {
        if self.shown.as_ref() == Some(&roster) {
            return None;
        }
        self.shown = Some(roster.clone());
        Some(roster)
    }
}

/// What the rules let somebody show: nobody receives the rest, heralds included, whatever its client does.
fn allowed(state: &RoomState, member: MemberId, tracks: Vec<Track>) -> Vec<Track> {
    let may = |track: &Track| match track {
        Track::Audio => state.may_speak(member),
        Track::Screen | Track::ScreenAudio => state.may_share(member),
        Track::Camera | Track::Herald => true,
    };
    tracks.into_iter().filter(may).collect()
}

impl Room {
    /// Says who we are.
    pub(super) fn introduce(&mut self, core: &mut Core) {
        self.people.introduce_at = None;
        let me = self.group.my_id();
        self.people.mine(core, me);
        if let Some(card) = self.people.cards.get(&me).cloned() {
            self.say(core, &Body::Announce(card));
        }
    }

    pub(super) fn watch_people(&mut self, core: &mut Core) {
        if self.people.introduce_at.is_some_and(|at| core.now >= at) {
            self.introduce(core);
        }
    }

    /// Microphone, camera or screen were opened or closed.
    pub(super) fn devices_changed(&mut self, core: &mut Core) {
        self.people.mine(core, self.group.my_id());
        self.say(core, &Body::Devices(core.devices));
    }

    /// A member's message, opened.
    pub(super) fn heard_body(&mut self, core: &mut Core, from: MemberId, body: Body) {
        match body {
            Body::Announce(card) => self.announced(core, from, card),
            Body::Chat(_) | Body::Again { .. } if !self.group.state().may_chat(from) => {}
            Body::Chat(line) => self.heard_line(core, from, line),
            Body::Missed => self.missed(core, from),
            Body::Again { to, line } if to == self.group.my_id() => self.heard_line(core, from, line),
            Body::Again { .. } => {}
            Body::Devices(devices) => self.people.cards.entry(from).or_default().devices = devices,
            Body::Heartbeat(beat) => self.beaten(core, from, &beat),
            Body::Leave(leave) => self.heard_leave(core, leave),
            Body::Silence(statement) => self.heard_silence(from, statement),
            Body::SafetyCheck { epoch, with } => self.checked(core, from, epoch, with),
            Body::Waiting(board) => self.heard_board(core, from, board),
            Body::Decision(decision) => self.heard_decision(core, from, decision),
            Body::PasswordPlease(key) => self.asked_for_password(core, from, &key),
            Body::Password(handed) => self.handed_password(core, from, &handed),
            Body::Mute(whom) => self.heard_mute(core, from, whom),
            Body::Vouch(vouch) => self.heard_vouch(core, from, vouch),
            Body::Forged { member } => self.heard_of_forgery(core, from, member),
            Body::Together(word) => self.heard_word(core, from, word),
            Body::Post(post) => self.heard_post(core, from, post),
            Body::FailedTries(count) => core.notice(Notice::FailedTriesBeforeJoin { member: from, count }),
        }
    }

    fn announced(&mut self, core: &mut Core, from: MemberId, card: Card) {
        let name = card.name.clone();
        self.people.cards.insert(from, card);
        if self.people.expected.remove(&from) {
            core.notice(Notice::MemberJoined { name });
            let at = core.sometime(0, INTRODUCE);
            self.people.introduce_at.get_or_insert(at);
            self.together.repeat_soon(core);
        }
    }
}
