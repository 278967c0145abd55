//! One participant of one meeting, driven by what happens to it and the time it is told.
//!
//! **Invariant:** `handle`, then `poll` until [`Output::Wait`]. A session reads no clock, owns no socket and draws no
//! randomness of its own; what it does is a function of its [`Setup`] and its inputs. Nothing a host, a stranger or a
//! member sends can make it panic.
//!
//! ```text
//!            ┌ connection   socket, seat, resume
//! Session ───┤ visit        our own way through the door
//!            ├ asking       our own stay in the waiting room
//!            ├ opening      a room that is not there yet, where only some may open one
//!            └ room ────────┬ queue       what we want changed
//!                           ├ commits     the log that decides whose turn it is
//!                           ├ door        who knocks, who answers
//!                           ├ waiting_room  who asks to be let in without the password
//!                           ├ govern      what moderators want
//!                           ├ handing     a new password, from moderator to moderator
//!                           ├ presence    heartbeats, silence, splits
//!                           ├ people      names, devices
//!                           ├ chat        lines, and those that somebody missed
//!                           ├ together    hands, reactions, countdown, votes
//!                           ├ asides      lines for one
//!                           ├ files       files, piece by piece
//!                           ├ safety      the code on the screen
//!                           ├ vouch       signed frames
//!                           └ recovery    catching up, helping others to
//! ```

mod api;
mod asides;
mod asking;
mod body;
mod chat;
mod commands;
mod commits;
mod connection;
mod core;
mod door;
mod fetch;
mod files;
mod govern;
mod handing;
mod history;
mod holes;
mod host;
mod ledger;
mod letter;
mod opening;
mod people;
mod phase;
mod post;
mod presence;
mod queue;
mod recovery;
mod returns;
mod room;
mod rules;
mod safety;
mod seats;
#[cfg(test)]
mod tests;
mod together;
mod visit;
mod vouch;
mod waiting_room;

pub use api::{
    Command, Devices, Doubt, Event, GroupView, Guest, Input, KeyChange, Millis, Notice, Output, Person, Setup, ShownCode, Trouble,
};
pub use phase::{End, Phase};
pub use post::{Content, Delivery, FileState, PostCommand, PostEvent, PostId};
pub use rules::{Govern, Rule, Rules};
pub use together::{
    ANSWER_CHARACTERS, ANSWERS, Act, Choices, Countdown, LABEL_CHARACTERS, LONGEST_TIMER, News, QUESTION_CHARACTERS, Question,
    Reaction, Stage, TimerAct, Vote, VoteAct, VoteId,
};

use self::core::Core;
use crate::admission::{Arrival, Refused, Returning};
use asking::{Asking, Step};
use connection::Connection;
use opening::Opening;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use room::{Fate, Room};
use std::collections::VecDeque;
use visit::{Outcome, Visit};
use wire::{ParticipantId, ToHost, Track};

/// Longest line of chat, in characters.
pub const CHAT_CHARACTERS: usize = 4_000;
/// Longest name of a person, in characters.
pub const NAME_CHARACTERS: usize = 64;
/// Lines of chat held while the connection is gone.
const HELD_CHATS: usize = 32;
/// How often we come in again by ourselves after the others have removed us.
const REJOINS: u8 = 5;
/// After that long inside, those are forgotten, ms.
const REJOINS_FORGOTTEN: u64 = 120_000;

/// How long heartbeats alone may come before we look through everybody again, ms. Longer costs less and shows later who went quiet.
const REST: u64 = 1_000;

/// Since when nothing is due, and until when.
struct Rest {
    since: Millis,
    until: Option<Millis>,
}

/// One participant of one meeting.
pub struct Session {
    core: Core,
    room: Option<Box<Room>>,
    visit: Option<Box<Visit>>,
    asking: Option<Box<Asking>>,
    /// The group goes on without us: what we come back with.
    returning: Option<Returning>,
    /// We were in a group with others, or in one of our own: a way back is walked without asking anybody.
    was_inside: bool,
    /// We asked the host to begin a log and have no answer.
    creating: bool,
    rejoins: u8,
    rejoined_at: Millis,
    /// Since when there is no place among those who knock, or no room.
    crowded_since: Option<Millis>,
    opening: Opening,
    /// Everything that was due has been done, and nothing has changed since.
    rest: Option<Rest>,
    held_chats: VecDeque<String>,
    /// Whom the host introduced, and what they send, while we were still at the door.
    introduced: Vec<(ParticipantId, Vec<Track>)>,
    phase: Phase,
    ended: Option<End>,
}

impl Session {
    /// A session that wants its socket opened.
    pub fn new(setup: Setup, now: Millis) -> Self {
        let mut rng = ChaCha20Rng::from_seed(setup.entropy);
        let mut resume = [0; 32];
        rng.fill_bytes(&mut resume);
        let core = Core {
            now,
            rng,
            secrets: setup.secrets,
            language: setup.language,
            name: body::tidy_name(&setup.person),
            devices: setup.media,
            failed_tries: setup.failed_tries,
            paused: false,
            budget: None,
            together: None,
            still: false,
            asides: asides::Asides::default(),
            files: files::Files::default(),
            connection: Connection::new(now, resume),
            out: VecDeque::from([Output::OpenSocket, Output::Event(Event::Phase(Phase::Connecting))]),
        };
        Self {
            core,
            room: None,
            visit: None,
            asking: None,
            returning: None,
            was_inside: false,
            creating: false,
            rejoins: 0,
            rejoined_at: now,
            crowded_since: None,
            opening: Opening::new(setup.tokens, setup.waits),
            rest: None,
            held_chats: VecDeque::new(),
            introduced: Vec::new(),
            phase: Phase::Connecting,
            ended: None,
        }
    }

    /// Something happened.
    pub fn handle(&mut self, now: Millis, input: Input) {
        if self.ended.is_some() {
            return;
        }
        self.core.now = self.core.now.max(now);
        self.core.still = false;
        match input {
            Input::SocketOpened => self.core.connection.opened(self.core.now),
            Input::SocketClosed => self.socket_closed(),
            Input::Host(message) => self.host_says(message),
            Input::OtherVersion => self.end(End::OtherVersion),
            Input::NetworkIsBack => self.network_is_back(),
            Input::Timeout => {}
            Input::Do(command) => self.command(command),
        }
        if !self.rests() {
            self.rest = None;
            self.settle();
        }
    }

    /// True when nothing can be due or new on the screen: looking through everybody with every heartbeat of everybody would be most of what a large
    /// room costs.
    fn rests(&self) -> bool {
        let outside = self.visit.is_some() || self.asking.is_some();
        let now = self.core.now;
        let quiet =
            self.rest.as_ref().is_some_and(|rest| now < rest.since.saturating_add(REST) && rest.until.is_none_or(|at| now < at));
        self.core.still && quiet && !outside && self.core.out.is_empty()
    }

    /// What is to be done about it; call until [`Output::Wait`].
    pub fn poll(&mut self) -> Output {
        if let Some(output) = self.core.out.pop_front() {
            return output;
        }
        let rest = self.rest.take().unwrap_or_else(|| Rest { since: self.core.now, until: self.deadline() });
        Output::Wait(self.rest.insert(rest).until)
    }

    /// Which group we are in and what its tree says, for whoever compares several sessions. Nothing in it is secret or decides anything.
    pub fn group_view(&self) -> Option<GroupView> {
        let group = &self.room.as_ref().filter(|room| room.ready)?.group;
        let members = group.members().iter().map(|member| member.id).collect();
        Some(GroupView { group: group.group_id().to_vec(), epoch: group.epoch(), me: group.my_id(), members })
    }

    fn deadline(&self) -> Option<Millis> {
        if self.ended.is_some() {
            return None;
        }
        let visit = self.visit.as_ref().filter(|_| self.core.connection.is_up()).map(|visit| visit.deadline());
        let asking = self.asking.as_ref().filter(|_| self.core.connection.is_up()).map(|asking| asking.deadline(&self.core));
        let room = self.room.as_ref().and_then(|room| room.deadline(&self.core));
        [self.core.connection.deadline(), visit, asking, room].into_iter().flatten().min()
    }

    /// Does what is due and what follows from it, then tells the screen.
    fn settle(&mut self) {
        if self.core.connection.wants_socket(self.core.now) {
            self.core.open_socket();
        }
        self.walk();
        if let Some(room) = &mut self.room {
            room.tick(&mut self.core);
            if room.ready && room.fate.is_none() {
                room.watch_sealing(&mut self.core);
            }
        }
        self.obey_fate();
        self.seek_company();
        self.tell_phase();
        if let Some(room) = self.room.as_mut().filter(|room| room.ready && self.ended.is_none()) {
            room.watch_roster(&mut self.core);
        }
    }

    /// Our visit at the door goes on.
    fn walk(&mut self) {
        if !self.core.connection.is_up() {
            return;
        }
        if let Some(asking) = &mut self.asking {
            asking.tick(&mut self.core);
        }
        let Some(visit) = &mut self.visit else { return };
        let outcome = visit.tick(&mut self.core);
        if !matches!(outcome, Outcome::Waiting) {
            self.visit = None;
            self.visited(outcome);
        }
    }

    /// A visit is over.
    fn visited(&mut self, outcome: Outcome) {
        if matches!(outcome, Outcome::Failed) {
            self.core.failed_tries = self.core.failed_tries.saturating_add(1);
        }
        let lone = self.room.is_some();
        match outcome {
            Outcome::NotKnown => {
                self.occupied();
                self.walk();
            }
            Outcome::Waiting => {}
            Outcome::Arrived(arrival) => self.arrive(arrival),
            // Whoever is in a group of its own stays there.
            _ if lone => {}
            _ if self.was_inside => self.end(End::Lost),
            Outcome::Failed => self.end(End::WrongPassword { tries: self.core.failed_tries }),
            Outcome::Closed(why) => self.end(match why {
                Refused::Locked => End::Locked,
                Refused::AskToBeLetIn => End::AskToBeLetIn,
                Refused::DoorClosed | Refused::WrongProof => End::GuessingSuspected,
            }),
            Outcome::NoAnswer | Outcome::SentAway => self.end(End::NoAnswer),
        }
    }

    /// What has become of our question.
    fn asked(&mut self, step: Step) {
        match step {
            Step::Waiting => return,
            Step::Refused => self.end(End::Refused),
            Step::Closed => self.end(End::Closed),
            Step::Arrived(arrival, compared) => {
                self.arrive(arrival);
                if let Some(room) = &mut self.room {
                    room.came_as_guest(&mut self.core, compared);
                }
            }
        }
        self.asking = None;
    }

    fn arrive(&mut self, arrival: Arrival) {
        self.was_inside = true;
        if let Some(own) = self.room.take() {
            self.core.budget = Some(own.door.budget);
        }
        let mut room = Box::new(Room::arrived(&mut self.core, arrival));
        for (participant, tracks) in self.introduced.drain(..) {
            room.presence.seats.present(participant, tracks);
        }
        self.room = Some(room);
        self.say_held_chats();
    }

    /// What has become of our membership is acted upon.
    fn obey_fate(&mut self) {
        let Some(fate) = self.room.as_ref().and_then(|room| room.fate) else { return };
        if let Some(mut room) = self.room.take() {
            // Who does not come back says so: its leaf does not wait for others to miss it. Who does takes its place.
            if room.group.is_active() && !matches!(fate, Fate::Rejoin) {
                room.leave(&mut self.core);
            }
            self.core.budget = Some(room.door.budget.clone());
            self.core.together = Some((room.group.group_id().to_vec(), std::mem::take(&mut room.together)));
            self.returning = room.into_returning().filter(|_| matches!(fate, Fate::Rejoin));
        }
        self.visit = None;
        self.asking = None;
        let over = match fate {
            Fate::Burnt => Some(End::Left),
            Fate::Ended => Some(End::EndedForAll),
            Fate::PutOut => Some(End::Removed),
            Fate::Rejoin | Fate::Desolate => None,
        };
        if let Some(end) = over {
            self.core.send(ToHost::Leave);
            return self.end(end);
        }
        // The frame worker still holds the keys of the group we are out of.
        self.core.pause(true);
        if self.core.now >= self.rejoined_at.saturating_add(REJOINS_FORGOTTEN) {
            self.rejoins = 0;
        }
        self.rejoins = self.rejoins.saturating_add(1);
        self.rejoined_at = self.core.now;
        if fate == Fate::Rejoin && self.rejoins > REJOINS {
            return self.end(End::Removed);
        }
        self.core.send(ToHost::Leave);
        self.core.connection.give_up_seat();
        self.core.open_socket();
    }

    /// Alone in a group: somebody else may be alone in another of the same name.
    fn seek_company(&mut self) {
        let Some(room) = self.room.as_ref().filter(|room| room.ready) else { return };
        if !room.is_alone() {
            if self.visit.take().is_some_and(|visit| visit.has_proved()) {
                self.core.failed_tries = self.core.failed_tries.saturating_add(1);
            }
        } else if self.visit.is_none() && self.core.failed_tries < 3 && self.core.secrets.prs.is_some() {
            let own = room.group.group_id().to_vec();
            self.visit = Visit::new(&mut self.core, Some(own));
            self.walk();
        }
    }

    fn tell_phase(&mut self) {
        let phase = self.phase_now();
        if phase != self.phase {
            self.phase = phase;
            self.core.tell(Event::Phase(phase));
        }
    }

    fn phase_now(&self) -> Phase {
        let up = self.core.connection.is_up();
        match (self.ended, &self.room, &self.visit) {
            (Some(end), _, _) => Phase::Ended(end),
            (None, Some(room), _) if room.ready && !up => Phase::Reconnecting,
            (None, Some(room), _) if room.ready && room.is_alone() => Phase::AloneOrApart,
            (None, Some(room), _) if room.ready => Phase::Joined,
            _ if up && self.asking.is_some() => Phase::Waiting,
            _ if self.was_inside => Phase::Reconnecting,
            (None, None, Some(visit)) if up && visit.has_proved() => Phase::Joining,
            (None, None, Some(_)) if up => Phase::Knocking,
            _ => Phase::Connecting,
        }
    }

    fn say_held_chats(&mut self) {
        let Some(room) = self.room.as_mut().filter(|room| room.ready && self.core.connection.is_up()) else { return };
        for text in self.held_chats.drain(..) {
            room.chat(&mut self.core, &text);
        }
    }

    /// Over. What is held goes with it.
    fn end(&mut self, end: End) {
        self.ended = Some(end);
        self.room = None;
        self.visit = None;
        self.asking = None;
        self.returning = None;
        self.core.out.push_back(Output::CloseSocket);
    }
}
