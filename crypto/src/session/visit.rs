//! Our own way through the door: knocking, proving, being let in.
//!
//! **Invariant:** a visit proves the password once. If that fails it is counted, and no visit follows by itself.

use super::api::{Event, Millis};
use super::core::Core;
use super::letter::Letter;
use crate::admission::{Arrival, DoorMessage, JoinFault, Joiner, Offer, Offered, Refused, Returning, RunId, Void, Welcome};
use crate::password::NewPassword;
use wire::{ParticipantId, ToHost};

/// How often we knock until somebody answers, ms.
const KNOCK_EVERY: u64 = 5_000;
/// How long we knock at a door behind which the host says there is somebody, ms. Longer than a dead member's seat is kept.
const KNOCK_FOR: u64 = 45_000;
/// How long the doorkeeper may take from our proof to its own, ms: its commit may lose some races.
const PROOF_FOR: u64 = 15_000;
/// How often we knock as who we were, and for how long, ms: past that, as anybody. A doorkeeper's turn comes after two seconds each.
const RETURN_EVERY: u64 = 2_000;
const RETURN_FOR: u64 = 8_000;
/// Visits in a row that ended without a guess: the doorkeepers keep sending us away.
const VOID_VISITS: u8 = 4;

/// For how many generations of the password ours is derived on one visit: each costs Argon2id, and whoever offers names them.
const GENERATIONS: usize = 3;

/// One stay at the door.
pub(super) struct Visit {
    joiner: Joiner,
    since: Millis,
    knock_at: Millis,
    /// When the proof was sent.
    proved_at: Option<Millis>,
    voids: u8,
    /// The group id of ours, if we are alone in one and would give it up.
    alone_in: Option<Vec<u8>>,
    /// The generations of the password that ours was derived for on this visit.
    generations: Vec<u32>,
}

/// What became of a visit.
pub(super) enum Outcome {
    /// It goes on.
    Waiting,
    /// In.
    Arrived(Arrival),
    /// One guess, ours or somebody's at us, failed.
    Failed,
    /// A member says that passwords are not taken, and why.
    Closed(Refused),
    /// Nobody answered.
    NoAnswer,
    /// Members could not let us in.
    SentAway,
    /// Nobody knows us as who we were: in by the front door, as somebody new.
    NotKnown,
}

impl Visit {
    /// Begins to knock. `alone_in` is the id of the group we are alone in.
    pub(super) fn new(core: &mut Core, alone_in: Option<Vec<u8>>) -> Option<Box<Self>> {
        Some(Box::new(Self::of(core.now, Joiner::new(&mut core.rng).ok()?, alone_in)))
    }

    /// Knocks as who we were.
    pub(super) fn returning(core: &mut Core, returning: Returning) -> Option<Box<Self>> {
        Some(Box::new(Self::of(core.now, Joiner::returning(returning, &mut core.rng).ok()?, None)))
    }

    fn of(now: Millis, joiner: Joiner, alone_in: Option<Vec<u8>>) -> Self {
        Self { joiner, since: now, knock_at: now, proved_at: None, voids: 0, alone_in, generations: Vec::new() }
    }

    /// Whether we knock as who we were: no guess is at stake then.
    pub(super) fn is_returning(&self) -> bool {
        self.joiner.is_returning()
    }

    /// True once a guess is at stake.
    pub(super) fn has_proved(&self) -> bool {
        self.joiner.has_proved()
    }

    pub(super) fn deadline(&self) -> Millis {
        match self.proved_at {
            _ if self.is_returning() => self.knock_at.min(self.since.saturating_add(RETURN_FOR)),
            Some(at) => at.saturating_add(PROOF_FOR),
            None if self.alone_in.is_some() => self.knock_at,
            None => self.knock_at.min(self.since.saturating_add(KNOCK_FOR)),
        }
    }

    /// A fresh socket: knock at once.
    pub(super) fn reconnected(&mut self, now: Millis) {
        self.knock_at = now;
    }

    pub(super) fn tick(&mut self, core: &mut Core) -> Outcome {
        if self.is_returning() && core.now >= self.since.saturating_add(RETURN_FOR) {
            return Outcome::NotKnown;
        }
        if let Some(at) = self.proved_at.filter(|_| !self.is_returning()) {
            return if core.now >= at.saturating_add(PROOF_FOR) { Outcome::Failed } else { Outcome::Waiting };
        }
        if self.alone_in.is_none() && core.now >= self.since.saturating_add(KNOCK_FOR) {
            return Outcome::NoAnswer;
        }
        if core.now >= self.knock_at {
            self.knock_at = core.now.saturating_add(if self.is_returning() { RETURN_EVERY } else { KNOCK_EVERY });
            let knock = Letter::Door(self.joiner.knock(&core.secrets)).write();
            core.send(ToHost::Knock(knock));
        }
        Outcome::Waiting
    }

    pub(super) fn offered(&mut self, core: &mut Core, from: ParticipantId, offer: &Offer) {
        if self.alone_in.as_ref().is_some_and(|own| !self.joiner.is_worth_yielding(offer, own)) {
            return;
        }
        if !self.is_returning() && self.is_of_another_password(core, offer) {
            return;
        }
        if let Offered::Answer(proof) = self.joiner.offered(from, offer, &core.secrets, &mut core.rng) {
            self.proved_at = Some(core.now);
            core.write_to(from, &Letter::Door(DoorMessage::Proof(proof)));
        }
    }

    /// The door is held with another password than ours was derived for: without a password that makes no difference, with one the
    /// person's has to be derived anew. Which it is, the host can claim; the proof then fails, as it can make any proof fail.
    fn is_of_another_password(&mut self, core: &mut Core, offer: &Offer) -> bool {
        let Some(pw_gen) = self.joiner.generation_of(offer).filter(|pw_gen| *pw_gen != core.secrets.pw_gen) else { return false };
        if !core.secrets.has_password {
            core.secrets.pw_gen = pw_gen;
            return false;
        }
        if !self.generations.contains(&pw_gen) && self.generations.len() < GENERATIONS {
            self.generations.push(pw_gen);
            core.tell(Event::OtherPassword { pw_gen });
        }
        true
    }

    /// Our password is derived for the generation that was offered: knock at once, to be offered the same again.
    pub(super) fn rederived(&mut self, core: &mut Core, new: NewPassword) {
        if self.generations.contains(&new.pw_gen) && !self.has_proved() {
            core.secrets.renew(new);
            self.knock_at = core.now;
        }
    }

    /// The run's Welcome, refusal or voidance. A message about another run changes nothing.
    pub(super) fn answered(
        mut self: Box<Self>,
        core: &mut Core,
        from: ParticipantId,
        answer: Answer,
    ) -> Result<(Outcome, Option<Box<Self>>), Box<Self>> {
        match answer {
            Answer::Refused(_, Refused::WrongProof) => {}
            Answer::Refused(run, why) if !self.has_proved() && self.joiner.knocked_as(run) => {
                return Ok((Outcome::Closed(why), None));
            }
            _ => {}
        }
        if !self.joiner.awaits(from, answer.run()) {
            return Err(self);
        }
        let returning = self.is_returning();
        let fault = match answer {
            Answer::Welcome(welcome) => match self.joiner.welcomed(&welcome, &core.secrets) {
                Ok(arrival) => return Ok((Outcome::Arrived(arrival), None)),
                Err(fault) => fault,
            },
            Answer::Void(void) => self.joiner.voided(&void),
            // Our proof is out and no Tag_A came back: whatever the reason given, it counts.
            Answer::Refused(..) => JoinFault::Guess,
        };
        if returning {
            return Ok((Outcome::NotKnown, None));
        }
        if fault == JoinFault::Guess {
            return Ok((Outcome::Failed, None));
        }
        self.voids = self.voids.saturating_add(1);
        let again = Joiner::new(&mut core.rng).ok().filter(|_| self.voids < VOID_VISITS);
        let Some(joiner) = again else { return Ok((Outcome::SentAway, None)) };
        self.joiner = joiner;
        self.proved_at = None;
        self.knock_at = core.now;
        Ok((Outcome::Waiting, Some(self)))
    }
}

/// What a doorkeeper sends after our proof.
pub(super) enum Answer {
    Welcome(Welcome),
    Void(Void),
    Refused(RunId, Refused),
}

impl Answer {
    fn run(&self) -> RunId {
        match self {
            Self::Welcome(welcome) => welcome.run,
            Self::Void(void) => void.run,
            Self::Refused(run, _) => *run,
        }
    }
}
