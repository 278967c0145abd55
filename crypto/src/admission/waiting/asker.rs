//! The side of the guest who asks.
//!
//! **Invariant:** one asker reveals its KeyPackage once, to one moderator, after that moderator has answered; and takes no Welcome but by
//! that moderator's key, for the group and the state of that answer.

use super::super::joiner::Arrival;
use super::super::messages::{JoinSecrets, Offer, Proof, RunId, attempt_bytes, read};
use super::channel::Channel;
use super::messages::{
    Ask, GUEST, GuestSays, MODERATOR, ModeratorSays, SealedMessage, Transcript, WaitingMessage, Words, commitment, tidy_line,
};
use crate::group::{Candidate, ExpectedGroup, Group, How, RoomPsk};
use crate::password::Secrets;
use crate::password::cpace::{Direction, Keys, Role};
use rand_core::RngCore;
use wire::ParticipantId;
use zeroize::Zeroizing;

/// One question, with one KeyPackage.
pub struct Asker {
    nonce: [u8; 32],
    name: String,
    moderator: Option<ParticipantId>,
    stage: Stage,
}

enum Stage {
    Asking,
    Proved { run: RunId, keys: Box<Keys> },
    Committed(Box<Committed>),
    Waiting(Box<Waiting>),
    Over,
}

/// Committed to this candidate, and nothing of it is shown yet.
struct Committed {
    channel: Channel,
    candidate: Candidate,
    opening: [u8; 32],
    commit: Zeroizing<Vec<u8>>,
}

/// On the moderator's screen.
struct Waiting {
    channel: Channel,
    candidate: Candidate,
    promise: ExpectedGroup,
    transcript: Transcript,
}

/// What a message led to.
pub enum News {
    /// Not for us, not in turn or not usable. Nothing was given away.
    Nothing,
    /// Send this to the moderator.
    Reply(WaitingMessage),
    /// Send this to the moderator: then these words are on both screens, and a person there decides.
    Waiting(WaitingMessage, Words),
    /// The moderator is still there.
    Here,
    /// The moderator writes to those who wait.
    Line(String),
    /// In.
    Arrived(Arrival),
    /// A person said no.
    Refused,
    /// Nobody is let in.
    Closed,
    /// The run cannot be finished: ask anew.
    Void,
}

impl Asker {
    /// Draws a nonce. The KeyPackage is drawn when it is committed to.
    pub fn new(name: &str, rng: &mut impl RngCore) -> Self {
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        Self { nonce, name: name.to_owned(), moderator: None, stage: Stage::Asking }
    }

    /// The question; the same however often it is sent.
    pub fn ask(&self, secrets: &Secrets) -> WaitingMessage {
        WaitingMessage::Ask(Ask::new(&secrets.link, secrets.room, self.nonce))
    }

    /// Nobody has answered yet.
    pub fn is_asking(&self) -> bool {
        matches!(self.stage, Stage::Asking)
    }

    /// On a moderator's screen.
    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting(_))
    }

    /// Tells the moderator that we still wait.
    pub fn here(&mut self) -> Option<(ParticipantId, WaitingMessage)> {
        let Stage::Waiting(waiting) = &mut self.stage else { return None };
        let (message, _) = waiting.channel.seal(&GuestSays::Here)?;
        Some((self.moderator?, WaitingMessage::Sealed(message)))
    }

    /// A message of the waiting room for us.
    pub fn heard(&mut self, from: ParticipantId, message: &WaitingMessage, secrets: &Secrets, rng: &mut impl RngCore) -> News {
        if self.moderator.is_some_and(|moderator| moderator != from) {
            return News::Nothing;
        }
        match message {
            WaitingMessage::Offer(offer) => self.offered(from, offer, secrets, rng),
            WaitingMessage::Confirmed(run, tag) => self.confirmed(*run, tag, rng).unwrap_or(News::Nothing),
            WaitingMessage::Sealed(sealed) => self.sealed(sealed, secrets),
            WaitingMessage::Closed(nonce) if *nonce == self.nonce && self.is_asking() => News::Closed,
            _ => News::Nothing,
        }
    }

    fn offered(&mut self, from: ParticipantId, offer: &Offer, secrets: &Secrets, rng: &mut impl RngCore) -> News {
        if !self.is_asking() || offer.run.joiner != self.nonce || offer.data != MODERATOR {
            return News::Nothing;
        }
        let state = offer.run.begin(&secrets.link.waiting_prs(), secrets.room, rng);
        let share = state.share();
        let Ok(keys) = state.finish(Role::Responder, GUEST, &offer.share, &offer.data) else { return News::Nothing };
        let Some(tag) = keys.tag() else { return News::Nothing };
        self.moderator = Some(from);
        self.stage = Stage::Proved { run: offer.run, keys: Box::new(keys) };
        News::Reply(WaitingMessage::Proof(Proof { run: offer.run, share, data: GUEST.to_vec(), tag }))
    }

    /// `None` leaves things as they are, or gives the run up: one Tag_A is looked at.
    fn confirmed(&mut self, run: RunId, tag: &[u8; 32], rng: &mut impl RngCore) -> Option<News> {
        if !matches!(&self.stage, Stage::Proved { run: ours, .. } if *ours == run) {
            return None;
        }
        let Stage::Proved { keys, .. } = core::mem::replace(&mut self.stage, Stage::Over) else { return None };
        let Ok(confirmed) = keys.verify(tag) else { return Some(News::Void) };
        let mut channel = Channel::new(run, &confirmed, Direction::FromResponder);
        let (mut opening, mut entropy) = ([0; 32], Zeroizing::new([0; 32]));
        rng.fill_bytes(&mut opening);
        rng.fill_bytes(&mut *entropy);
        let candidate = Candidate::new(*entropy).ok()?;
        let commitment = commitment(&opening, candidate.key_package_bytes());
        let (message, commit) = channel.seal(&GuestSays::Commit { commitment, name: self.name.clone() })?;
        self.stage = Stage::Committed(Box::new(Committed { channel, candidate, opening, commit }));
        Some(News::Reply(WaitingMessage::Sealed(message)))
    }

    fn sealed(&mut self, message: &SealedMessage, secrets: &Secrets) -> News {
        match core::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Committed(committed) => self.answered(committed, message),
            Stage::Waiting(waiting) => self.told(waiting, message, secrets),
            other => {
                self.stage = other;
                News::Nothing
            }
        }
    }

    /// The moderator's answer: it is fixed now, so we may show what we committed to.
    fn answered(&mut self, mut committed: Box<Committed>, message: &SealedMessage) -> News {
        let Some((says, answer)) = committed.channel.open::<ModeratorSays>(message) else {
            self.stage = Stage::Committed(committed);
            return News::Nothing;
        };
        let ModeratorSays::Answer { promise, language, .. } = says else { return News::Void };
        if promise.how != How::WaitingRoom {
            return News::Void;
        }
        let Committed { mut channel, candidate, opening, commit } = *committed;
        let key_package = candidate.key_package_bytes().to_vec();
        let Some((message, reveal)) = channel.seal(&GuestSays::Reveal { nonce: opening, key_package }) else { return News::Void };
        let transcript = Transcript::of(channel.hash(), &commit, &answer, &reveal);
        self.stage = Stage::Waiting(Box::new(Waiting { channel, candidate, promise, transcript }));
        News::Waiting(WaitingMessage::Sealed(message), transcript.words(language))
    }

    fn told(&mut self, mut waiting: Box<Waiting>, message: &SealedMessage, secrets: &Secrets) -> News {
        let Some((says, _)) = waiting.channel.open::<ModeratorSays>(message) else {
            self.stage = Stage::Waiting(waiting);
            return News::Nothing;
        };
        let news = match says {
            ModeratorSays::Welcome { welcome, inner } => {
                let arrival = waiting.welcomed(&welcome, &inner, attempt_bytes(message.number), secrets);
                return arrival.map_or(News::Void, News::Arrived);
            }
            ModeratorSays::Refused => return News::Refused,
            ModeratorSays::Void | ModeratorSays::Answer { .. } => return News::Void,
            ModeratorSays::Line(line) => News::Line(tidy_line(&line)),
            ModeratorSays::Here => News::Here,
        };
        self.stage = Stage::Waiting(waiting);
        news
    }
}

impl Waiting {
    /// Everything of §5 that a newcomer holds a Welcome to, against the moderator's answer.
    fn welcomed(self: Box<Self>, welcome: &[u8], inner: &[u8], number: [u8; 12], secrets: &Secrets) -> Option<Arrival> {
        let opened = self.candidate.open(self.transcript.bytes(), &number, inner).ok()?;
        let told: JoinSecrets = read(&opened)?;
        let psk = RoomPsk::from_bytes(<&[u8; 36]>::try_from(told.room_psk.as_slice()).ok()?);
        let group = Group::join(self.candidate, secrets.room, welcome, psk, &self.promise).ok()?;
        Some(Arrival { group: Box::new(group), secrets: told })
    }
}

#[cfg(test)]
impl Asker {
    /// What whoever sits at the other end of the run knows as well.
    pub(super) fn transcript(&self) -> Option<Transcript> {
        match &self.stage {
            Stage::Waiting(waiting) => Some(waiting.transcript),
            _ => None,
        }
    }
}
