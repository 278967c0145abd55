//! The member's side of the door.
//!
//! **Invariant:** Tag_B is checked before anything that depends on the password leaves this side, a run meets one Tag_B, and what is
//! sealed to a newcomer is what the commit log has accepted.

use super::budget::Budget;
use super::messages::{
    DoorkeeperData, JoinSecrets, JoinerData, Knock, Offer, Proof, RunId, Sealed, Void, Welcome, attempt_bytes, read, write,
};
use super::returning;
use crate::group::{CheckedKeyPackage, ExpectedGroup, Group, How, MemberId, ProvenKeyPackage, WelcomePackage};
use crate::password::Secrets;
use crate::password::cpace::{Confirmed, Direction, Role, State};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use rand_core::RngCore;
use wire::ParticipantId;
use zeroize::Zeroizing;

/// Runs without Tag_B held at a time; one more, and the oldest gives way. More lets more people type at once, and lets an
/// idle knocker hold more memory.
pub const OPEN_RUNS: usize = 3;
/// Runs with a right Tag_B that wait for their commit. Each belongs to somebody who knows the password.
const PROVEN_RUNS: usize = 64;
/// How long a run is left alone before it must give way to the next, ms: an honest joiner answers within a round trip. Longer lets idle
/// knockers delay honest ones, shorter makes honest ones fail whose connection is slow.
pub(super) const YOUNG_MILLIS: u64 = 1_500;
/// How long a run waits for Tag_B, ms. Argon2id is done before the knock, so the answer is one round trip away.
pub const RUN_MILLIS: u64 = 20_000;

/// The runs of one member's door.
#[derive(Default)]
pub struct Doorkeeper {
    open: Vec<OpenRun>,
    proven: Vec<ProvenRun>,
}

struct OpenRun {
    from: ParticipantId,
    offer: Offer,
    promise: ExpectedGroup,
    newcomer: CheckedKeyPackage,
    state: State,
    /// Opens what a returning member says of itself.
    evidence: Option<Zeroizing<[u8; 32]>>,
    until: u64,
}

struct ProvenRun {
    from: ParticipantId,
    run: RunId,
    promise: ExpectedGroup,
    newcomer: CheckedKeyPackage,
    /// What it will be called.
    id: MemberId,
    confirmed: Confirmed,
    attempt: u64,
}

/// What a proof was worth.
#[expect(clippy::large_enum_variant, reason = "made once for each newcomer and consumed at once")]
pub enum Verdict {
    /// There is no such run: it gave way, timed out, or never was.
    Unknown,
    /// The share was no share, or the associated data not the newcomer's own. No guess was answered.
    Nonsense,
    /// A wrong password.
    Wrong,
    /// The right one: commit this.
    Right(ProvenKeyPackage),
}

impl Doorkeeper {
    /// When the next knock can be answered: at once while there is a free run, else when the oldest may give way.
    pub fn free_at(&self) -> u64 {
        match self.open.first() {
            Some(oldest) if self.open.len() >= OPEN_RUNS => oldest.until.saturating_sub(RUN_MILLIS - YOUNG_MILLIS),
            _ => 0,
        }
    }

    /// Answers a knock whose tag was found genuine. A knock repeated gets the same answer. With no free run
    /// the oldest without Tag_B gives way: wait for [`free_at`](Self::free_at).
    pub fn answer(
        &mut self,
        now: u64,
        from: ParticipantId,
        knock: &Knock,
        door: &Door<'_>,
        rng: &mut impl RngCore,
    ) -> Option<Offer> {
        if let Some(run) = self.open.iter().find(|run| run.from == from && run.offer.run.joiner == knock.nonce) {
            return Some(run.offer.clone());
        }
        if self.proven.iter().any(|run| run.run.joiner == knock.nonce) {
            return None;
        }
        let prs = door.secrets.prs.as_ref()?;
        let newcomer = CheckedKeyPackage::read(&knock.key_package).ok()?;
        let promise = door.group.promise(door.how)?;
        let run = RunId::draw(knock.nonce, rng);
        let state = run.begin(prs, door.secrets.room, rng);
        let data =
            write(&DoorkeeperData { role: b'M', promise: promise.clone(), alone: door.group.members().len() == 1 }).to_vec();
        let offer = Offer { run, share: state.share(), data };
        if self.open.len() >= OPEN_RUNS {
            self.open.remove(0);
        }
        let evidence = (door.how == How::Rejoin).then(|| returning::evidence_key(&door.secrets.link, &run));
        let until = now.saturating_add(RUN_MILLIS);
        self.open.push(OpenRun { from, offer: offer.clone(), promise, newcomer, state, evidence, until });
        Some(offer)
    }

    /// Checks Tag_B, before anything else that depends on the password.
    pub fn check(&mut self, from: ParticipantId, proof: &Proof) -> Verdict {
        let Some(place) = self.open.iter().position(|run| run.from == from && run.offer.run == proof.run) else {
            return Verdict::Unknown;
        };
        let OpenRun { offer, promise, newcomer, state, evidence, .. } = self.open.remove(place);
        let fits = |data: &JoinerData| {
            data.role == b'J' && data.key_package == newcomer.reference() && data.credential == newcomer.credential()
        };
        let Some(data) = read::<JoinerData>(&proof.data).filter(fits).filter(|_| self.proven.len() < PROVEN_RUNS) else {
            return Verdict::Nonsense;
        };
        let Ok(keys) = state.finish(Role::Initiator, &offer.data, &proof.share, &proof.data) else { return Verdict::Nonsense };
        let Ok(confirmed) = keys.verify(&proof.tag) else {
            // Of a secret that nobody guesses no guess was made.
            return if evidence.is_some() { Verdict::Nonsense } else { Verdict::Wrong };
        };
        let proven = match (evidence, data.returns) {
            (None, None) => newcomer.clone().proven(promise.pw_gen),
            (Some(key), Some(sealed)) => match returning::open(&key, &sealed).and_then(|said| read(&said)) {
                Some(said) => newcomer.clone().rejoins(promise.pw_gen, said),
                None => return Verdict::Nonsense,
            },
            _ => return Verdict::Nonsense,
        };
        let id = proven.member_id();
        self.proven.push(ProvenRun { from, run: proof.run, promise, newcomer, id, confirmed, attempt: 0 });
        Verdict::Right(proven)
    }

    /// The newcomer's Add goes into one more commit.
    pub fn attempted(&mut self, newcomer: MemberId) {
        if let Some(run) = self.proven.iter_mut().find(|run| run.id == newcomer) {
            run.attempt = run.attempt.saturating_add(1);
        }
    }

    /// Where the newcomer sits at the host.
    pub fn seat_of(&self, newcomer: MemberId) -> Option<ParticipantId> {
        self.proven.iter().find(|run| run.id == newcomer).map(|run| run.from)
    }

    /// The log accepted the newcomer's Add: seals what lets it in, and ends the run.
    pub fn welcome(&mut self, newcomer: MemberId, package: &WelcomePackage, told: &Told) -> Option<(ParticipantId, Welcome)> {
        let place = self.proven.iter().position(|run| run.id == newcomer)?;
        let run = self.proven.remove(place);
        let attempt = attempt_bytes(run.attempt);
        let secrets = JoinSecrets::new(package, told);
        let inner = run.newcomer.seal(&run.confirmed.transcript_hash(), &attempt, &write(&secrets)).ok()?;
        let plain = write(&Sealed { welcome: package.welcome.clone(), inner });
        let cipher = Aes256Gcm::new((&*run.confirmed.join_key(Direction::FromInitiator)).into());
        let sealed = cipher.encrypt((&attempt).into(), Payload { msg: &plain, aad: &attempt }).ok()?;
        Some((run.from, Welcome { run: run.run, tag: run.confirmed.tag(), attempt: run.attempt, sealed }))
    }

    /// The newcomer proved the password but cannot be admitted in this run.
    pub fn give_up(&mut self, newcomer: MemberId) -> Option<(ParticipantId, Void)> {
        let place = self.proven.iter().position(|run| run.id == newcomer)?;
        let run = self.proven.remove(place);
        Some((run.from, Void { run: run.run, tag: run.confirmed.tag() }))
    }

    /// The epoch has moved: drops open runs whose promise no longer holds (another password, another state of the room), and
    /// names the proven newcomers for whom that is so.
    pub fn rebase(&mut self, group: &Group) -> Vec<MemberId> {
        let Some(now) = group.promise(How::Password) else {
            self.open.clear();
            return self.proven.iter().map(|run| run.id).collect();
        };
        self.open.retain(|run| run.promise.still_holds(&now));
        self.proven.iter().filter(|run| !run.promise.still_holds(&now)).map(|run| run.id).collect()
    }

    /// Drops runs that waited too long for Tag_B.
    pub fn expire(&mut self, now: u64) {
        self.open.retain(|run| now < run.until);
    }

    /// The newcomer is gone from the host.
    pub fn gone(&mut self, from: ParticipantId) {
        self.open.retain(|run| run.from != from);
    }
}

/// What a door is answered with.
pub struct Door<'a> {
    /// The room's secrets.
    pub secrets: &'a Secrets,
    /// The group that is joined.
    pub group: &'a Group,
    /// By the password, or as who one was; never the waiting room, which has a door of its own.
    pub how: How,
}

/// What newcomers are told beside the Welcome.
#[derive(Default)]
pub struct Told {
    /// See [`JoinSecrets::failures`].
    pub failures: Vec<(MemberId, u8)>,
    /// See [`JoinSecrets::announcements`].
    pub announcements: Vec<(MemberId, Vec<u8>)>,
}

impl Told {
    /// What this budget says.
    pub fn with_budget(budget: &Budget) -> Self {
        Self { failures: budget.list(), announcements: Vec::new() }
    }
}
