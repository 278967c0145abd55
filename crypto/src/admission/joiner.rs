//! The newcomer's side of the door.
//!
//! **Invariant:** one joiner sends at most one proof, to one doorkeeper, and ends with it: in the group, or with a failed guess, or
//! with a void run. It never tries again by itself.

use super::messages::{
    DoorMessage, DoorkeeperData, JoinSecrets, JoinerData, Knock, Offer, Proof, RunId, Sealed, Void, Welcome, attempt_bytes, read,
    write,
};
use super::returning::{self, Returning};
use crate::group::{Candidate, ExpectedGroup, Group, How, LibraryFault, RoomPsk};
use crate::password::Secrets;
use crate::password::cpace::{Direction, Keys, Role};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use rand_core::RngCore;
use wire::ParticipantId;
use zeroize::Zeroizing;

/// One visit to the door, with one KeyPackage.
pub struct Joiner {
    candidate: Candidate,
    nonce: [u8; 32],
    proof: Option<Proven>,
    /// Who we were, if we come back.
    returning: Option<Returning>,
}

/// The proof that was sent.
struct Proven {
    to: ParticipantId,
    run: RunId,
    keys: Keys,
    promise: ExpectedGroup,
}

/// What an offer led to.
pub enum Offered {
    /// Not for us, or not usable, or we have answered another. Nothing was given away.
    Ignored,
    /// Send this to the one who offered.
    Answer(Proof),
}

/// In the group.
pub struct Arrival {
    /// The group.
    pub group: Box<Group>,
    /// What the doorkeeper told.
    pub secrets: JoinSecrets,
}

/// Why a visit came to nothing after the proof was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinFault {
    /// No valid Tag_A: our guess, or somebody's guess at us, has failed.
    #[error("the doorkeeper did not prove the password")]
    Guess,
    /// A doorkeeper who knows the password sent something unusable. No guess was made.
    #[error("the doorkeeper's answer cannot be used")]
    Unusable,
}

impl Joiner {
    /// Draws nonce and KeyPackage.
    ///
    /// # Errors
    /// [`LibraryFault`], never for reasons outside.
    pub fn new(rng: &mut impl RngCore) -> Result<Self, LibraryFault> {
        let (mut nonce, mut entropy) = ([0; 32], Zeroizing::new([0; 32]));
        rng.fill_bytes(&mut nonce);
        rng.fill_bytes(&mut *entropy);
        Ok(Self { candidate: Candidate::new(*entropy)?, nonce, proof: None, returning: None })
    }

    /// The same, of a member who was left behind: from now on the secrets of [`Returning`] stand for those that methods are given.
    ///
    /// # Errors
    /// [`LibraryFault`], never for reasons outside.
    pub fn returning(returning: Returning, rng: &mut impl RngCore) -> Result<Self, LibraryFault> {
        Ok(Self { returning: Some(returning), ..Self::new(rng)? })
    }

    /// True for who comes back as who it was.
    pub fn is_returning(&self) -> bool {
        self.returning.is_some()
    }

    /// What we knock with.
    fn door<'a>(&'a self, secrets: &'a Secrets) -> &'a Secrets {
        self.returning.as_ref().map_or(secrets, |returning| returning.secret.door())
    }

    /// The knock; the same however often it is sent.
    pub fn knock(&self, secrets: &Secrets) -> DoorMessage {
        let door = self.door(secrets);
        let knock = Knock::new(&door.link, door.room, self.nonce, self.candidate.key_package_bytes());
        match &self.returning {
            Some(returning) => DoorMessage::Return(returning.secret.epoch(), knock),
            None => DoorMessage::Knock(knock),
        }
    }

    /// True once the proof is out and a guess is at stake.
    pub fn has_proved(&self) -> bool {
        self.proof.is_some()
    }

    fn promise_of(&self, offer: &Offer) -> Option<DoorkeeperData> {
        let data: DoorkeeperData = read(&offer.data)?;
        let how = if self.is_returning() { How::Rejoin } else { How::Password };
        let fits = offer.run.joiner == self.nonce && data.role == b'M' && data.promise.how == how;
        fits.then_some(data)
    }

    /// For a client that is alone in a group of this id: whether it gives that up for the group that is offered. Of two lone
    /// clients the one with the higher group id yields; to two or more members it always does.
    pub fn is_worth_yielding(&self, offer: &Offer, own_group: &[u8]) -> bool {
        self.promise_of(offer).is_some_and(|data| {
            data.promise.group_id != own_group && (!data.alone || data.promise.group_id.as_slice() < own_group)
        })
    }

    /// Which password the offer is made with.
    pub fn generation_of(&self, offer: &Offer) -> Option<u32> {
        self.promise_of(offer).map(|data| data.promise.pw_gen)
    }

    /// Somebody offers a run. The first usable offer is answered, no other.
    pub fn offered(&mut self, from: ParticipantId, offer: &Offer, secrets: &Secrets, rng: &mut impl RngCore) -> Offered {
        if self.proof.is_some() {
            return Offered::Ignored;
        }
        let secrets = self.door(secrets);
        let usable = |promise: &ExpectedGroup| match &self.returning {
            Some(returning) => promise.group_id == returning.former.group_id(),
            None => promise.pw_gen == secrets.pw_gen,
        };
        let Some(promise) = self.promise_of(offer).map(|data| data.promise).filter(usable) else { return Offered::Ignored };
        let Some(prs) = &secrets.prs else { return Offered::Ignored };
        let state = offer.run.begin(prs, secrets.room, rng);
        let share = state.share();
        let reference = self.candidate.key_package_ref().to_vec();
        let returns = self.returning.as_ref().and_then(|returning| {
            let said = write(&self.candidate.returns_as(&returning.former));
            returning::seal(&secrets.link, &offer.run, &said)
        });
        let credential = self.candidate.credential();
        let data = write(&JoinerData { role: b'J', key_package: reference, credential, returns }).to_vec();
        let Ok(keys) = state.finish(Role::Responder, &data, &offer.share, &offer.data) else { return Offered::Ignored };
        let Some(tag) = keys.tag() else { return Offered::Ignored };
        self.proof = Some(Proven { to: from, run: offer.run, keys, promise });
        Offered::Answer(Proof { run: offer.run, share, data, tag })
    }

    /// True if this run answers our knock.
    pub fn knocked_as(&self, run: RunId) -> bool {
        run.joiner == self.nonce
    }

    /// True if this run is the one we proved in, and `from` is whom we proved it to.
    pub fn awaits(&self, from: ParticipantId, run: RunId) -> bool {
        self.proof.as_ref().is_some_and(|proof| proof.to == from && proof.run == run)
    }

    /// Checks Tag_A, then everything of §4.5. Call it only with what [`awaits`](Self::awaits) says yes to.
    ///
    /// # Errors
    /// [`JoinFault`].
    pub fn welcomed(self, welcome: &Welcome, secrets: &Secrets) -> Result<Arrival, JoinFault> {
        let Proven { keys, promise, .. } = self.proof.ok_or(JoinFault::Unusable)?;
        let confirmed = keys.verify(&welcome.tag).map_err(|_| JoinFault::Guess)?;
        let attempt = attempt_bytes(welcome.attempt);
        let cipher = Aes256Gcm::new((&*confirmed.join_key(Direction::FromInitiator)).into());
        let payload = Payload { msg: &welcome.sealed, aad: &attempt };
        let opened = Zeroizing::new(cipher.decrypt((&attempt).into(), payload).map_err(|_| JoinFault::Unusable)?);
        let sealed: Sealed = read(&opened).ok_or(JoinFault::Unusable)?;
        let inner =
            self.candidate.open(&confirmed.transcript_hash(), &attempt, &sealed.inner).map_err(|_| JoinFault::Unusable)?;
        let told: JoinSecrets = read(&inner).ok_or(JoinFault::Unusable)?;
        let psk = <&[u8; 36]>::try_from(told.room_psk.as_slice()).map_err(|_| JoinFault::Unusable)?;
        let psk = RoomPsk::from_bytes(psk);
        let group = Group::join(self.candidate, secrets.room, &sealed.welcome, psk, &promise).map_err(|_| JoinFault::Unusable)?;
        Ok(Arrival { group: Box::new(group), secrets: told })
    }

    /// The doorkeeper says that the run is void. Its Tag_A shows whether it may say so.
    pub fn voided(self, void: &Void) -> JoinFault {
        match self.proof.map(|proof| proof.keys.verify(&void.tag)) {
            Some(Ok(_)) => JoinFault::Unusable,
            _ => JoinFault::Guess,
        }
    }
}
