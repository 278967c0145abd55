//! The moderator's side: who waits, and what becomes of them.
//!
//! **Invariant:** nobody is admitted from here but by [`WaitingRoom::admit`], which a person's yes calls; what is sealed to a guest is
//! what the commit log has accepted; and there are never more than [`WAITING`] runs.

use super::super::doorkeeper::{Door, RUN_MILLIS, Told, YOUNG_MILLIS};
use super::super::messages::{JoinSecrets, Offer, Proof, RunId, write};
use super::channel::Channel;
use super::messages::{
    Ask, GUEST, GuestSays, MODERATOR, ModeratorSays, SealedMessage, Transcript, WaitingMessage, Words, commitment, tidy_line,
};
use crate::group::{CheckedKeyPackage, ExpectedGroup, Group, How, MemberId, ProvenKeyPackage, WelcomePackage};
use crate::name::Language;
use crate::password::cpace::{Direction, Role, State};
use rand_core::RngCore;
use wire::ParticipantId;
use zeroize::Zeroizing;

/// Runs at a time, finished or not. As many as the host lets strangers in: more could not come.
pub const WAITING: usize = wire::limits::STRANGERS;
/// A guest of whom nothing was heard for so long is gone, ms. It speaks up every 20 s.
const SILENT_MILLIS: u64 = 60_000;

/// Those who wait at one moderator's door.
#[derive(Default)]
pub struct WaitingRoom {
    runs: Vec<Run>,
}

struct Run {
    from: ParticipantId,
    run: RunId,
    heard_at: u64,
    stage: Stage,
}

enum Stage {
    Offered { offer: Offer, state: State },
    Confirmed(Channel),
    Answered(Box<Answered>),
    Waits(Box<Waits>),
    Over,
}

struct Answered {
    channel: Channel,
    name: String,
    commitment: [u8; 32],
    commit: Zeroizing<Vec<u8>>,
    answer: Zeroizing<Vec<u8>>,
    promise: ExpectedGroup,
    language: Language,
}

struct Waits {
    channel: Channel,
    guest: Guest,
    newcomer: CheckedKeyPackage,
    promise: ExpectedGroup,
    transcript: Transcript,
    /// A person said yes.
    admitted: bool,
}

/// Somebody who waits, as a moderator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// What it will be called once it is in. Another with every run.
    pub id: MemberId,
    /// Its seat at the host.
    pub seat: ParticipantId,
    /// What it calls itself. Nobody has checked that.
    pub name: String,
    /// On its screen are the same.
    pub words: Words,
    /// When it was here, on the clock the waiting room is told.
    pub since: u64,
}

/// A message and whom it is for.
pub type Turned = (ParticipantId, WaitingMessage);

impl WaitingRoom {
    /// Answers a question whose tag was found genuine. The same question gets the same answer; a new one from the same seat takes the
    /// old one's place. When all places are taken the oldest run that did not get as far as the words gives way, unless it is young.
    pub fn asked(
        &mut self,
        now: u64,
        from: ParticipantId,
        ask: &Ask,
        door: &Door<'_>,
        rng: &mut impl RngCore,
    ) -> Option<WaitingMessage> {
        if let Some(run) = self.runs.iter().find(|run| run.from == from && run.run.joiner == ask.nonce) {
            let Stage::Offered { offer, .. } = &run.stage else { return None };
            return Some(WaitingMessage::Offer(offer.clone()));
        }
        self.runs.retain(|run| run.from != from);
        if self.runs.len() >= WAITING {
            let old = |run: &Run| !run.is_waiting() && now >= run.heard_at.saturating_add(YOUNG_MILLIS);
            let place = self.runs.iter().position(old)?;
            self.runs.remove(place);
        }
        let run = RunId::draw(ask.nonce, rng);
        let state = run.begin(&door.secrets.link.waiting_prs(), door.secrets.room, rng);
        let offer = Offer { run, share: state.share(), data: MODERATOR.to_vec() };
        let stage = Stage::Offered { offer: offer.clone(), state };
        self.runs.push(Run { from, run, heard_at: now, stage });
        Some(WaitingMessage::Offer(offer))
    }

    /// The guest's tag, before anything else. A wrong one ends the run: it is no guess at a password.
    pub fn proved(&mut self, now: u64, from: ParticipantId, proof: &Proof) -> Option<WaitingMessage> {
        let place = self.runs.iter().position(|run| run.from == from && run.run == proof.run)?;
        let run = self.runs.get_mut(place)?;
        if !matches!(run.stage, Stage::Offered { .. }) {
            return None;
        }
        let Stage::Offered { offer, state } = core::mem::replace(&mut run.stage, Stage::Over) else { return None };
        let keys = (proof.data == GUEST).then(|| state.finish(Role::Initiator, &offer.data, &proof.share, &proof.data));
        let Some(Ok(confirmed)) = keys.and_then(Result::ok).map(|keys| keys.verify(&proof.tag)) else {
            self.runs.remove(place);
            return None;
        };
        run.heard_at = now;
        run.stage = Stage::Confirmed(Channel::new(run.run, &confirmed, Direction::FromInitiator));
        Some(WaitingMessage::Confirmed(run.run, confirmed.tag()))
    }

    /// Something sealed from a guest. Returns what to answer.
    pub fn heard(
        &mut self,
        now: u64,
        from: ParticipantId,
        message: &SealedMessage,
        group: &Group,
        rng: &mut impl RngCore,
    ) -> Option<WaitingMessage> {
        let taken: Vec<MemberId> = self.runs.iter().filter_map(Run::waits).map(|waits| waits.guest.id).collect();
        let place = self.runs.iter().position(|run| run.from == from && run.run == message.run)?;
        let run = self.runs.get_mut(place)?;
        let outcome = match core::mem::replace(&mut run.stage, Stage::Over) {
            Stage::Confirmed(channel) => answer(channel, message, group, rng),
            Stage::Answered(answered) => revealed(answered, message, (from, now), &taken),
            Stage::Waits(mut waits) => {
                let here = waits.channel.open::<GuestSays>(message).is_some();
                run.heard_at = if here { now } else { run.heard_at };
                run.stage = Stage::Waits(waits);
                return None;
            }
            other => Ok((other, None)),
        };
        match outcome {
            Ok((stage, reply)) => {
                run.heard_at = now;
                run.stage = stage;
                reply
            }
            Err(()) => {
                self.runs.remove(place);
                None
            }
        }
    }

    /// Those who wait, in the order in which they came, without those to whom a person has said yes.
    pub fn guests(&self) -> impl Iterator<Item = &Guest> {
        self.runs.iter().filter_map(|run| run.waits()).filter(|waits| !waits.admitted).map(|waits| &waits.guest)
    }

    /// A person said yes: commit this.
    pub fn admit(&mut self, guest: MemberId) -> Option<ProvenKeyPackage> {
        let waits = self.waits_mut(guest).filter(|waits| !waits.admitted)?;
        waits.admitted = true;
        Some(waits.newcomer.clone().let_in(waits.promise.pw_gen))
    }

    /// A person said no.
    pub fn refuse(&mut self, guest: MemberId) -> Option<Turned> {
        self.finish(guest, &ModeratorSays::Refused)
    }

    /// The guest cannot be admitted in this run.
    pub fn give_up(&mut self, guest: MemberId) -> Option<Turned> {
        self.finish(guest, &ModeratorSays::Void)
    }

    /// Where the guest sits at the host.
    pub fn seat_of(&self, guest: MemberId) -> Option<ParticipantId> {
        self.runs.iter().find(|run| run.is_of(guest)).map(|run| run.from)
    }

    /// A line for everybody who waits.
    pub fn tell(&mut self, line: &str) -> Vec<Turned> {
        self.say(&ModeratorSays::Line(tidy_line(line)))
    }

    /// Tells those who wait that they are still on the screen.
    pub fn here(&mut self) -> Vec<Turned> {
        self.say(&ModeratorSays::Here)
    }

    /// The log accepted the guest's Add: seals what lets it in, and ends the run.
    pub fn welcome(&mut self, guest: MemberId, package: &WelcomePackage, told: &Told) -> Option<Turned> {
        let waits = self.waits_mut(guest)?;
        let secrets = JoinSecrets::new(package, told);
        let inner = waits.newcomer.seal(waits.transcript.bytes(), &waits.channel.next(), &write(&secrets)).ok()?;
        self.finish(guest, &ModeratorSays::Welcome { welcome: package.welcome.clone(), inner })
    }

    /// The epoch has moved: ends the runs whose promise no longer holds, and says to whom nothing can be promised any more, those to
    /// whom a person has said yes apart: their Add is wanted.
    pub fn rebase(&mut self, group: &Group) -> (Vec<Turned>, Vec<MemberId>) {
        let now = group.promise(How::WaitingRoom).filter(|_| group.state().is_moderator(group.my_id()));
        let now = now.filter(|_| group.state().takes_guests());
        let holds = |promise: &ExpectedGroup| now.as_ref().is_some_and(|now| promise.still_holds(now));
        let broken = |run: &Run| match &run.stage {
            Stage::Offered { .. } | Stage::Confirmed(_) => now.is_none(),
            Stage::Answered(answered) => !holds(&answered.promise),
            Stage::Waits(waits) => !holds(&waits.promise),
            Stage::Over => true,
        };
        let admitted: Vec<MemberId> = self
            .runs
            .iter()
            .filter(|run| broken(run))
            .filter_map(Run::waits)
            .filter(|w| w.admitted)
            .map(|w| w.guest.id)
            .collect();
        let (gone, kept) = core::mem::take(&mut self.runs)
            .into_iter()
            .partition(|run| broken(run) && !run.waits().is_some_and(|waits| waits.admitted));
        self.runs = kept;
        let gone: Vec<Run> = gone;
        let voids = gone.into_iter().filter_map(|run| {
            let from = run.from;
            let mut channel = run.into_channel()?;
            Some((from, WaitingMessage::Sealed(channel.seal(&ModeratorSays::Void)?.0)))
        });
        (voids.collect(), admitted)
    }

    /// Drops runs that came to nothing, and guests who went without a word.
    pub fn expire(&mut self, now: u64) {
        self.runs.retain(|run| now < run.until());
    }

    /// When the next would be dropped.
    pub fn deadline(&self) -> Option<u64> {
        self.runs.iter().map(Run::until).min()
    }

    /// The guest is gone from the host.
    pub fn gone(&mut self, from: ParticipantId) {
        self.runs.retain(|run| run.from != from || run.waits().is_some_and(|waits| waits.admitted));
    }

    fn waits_mut(&mut self, guest: MemberId) -> Option<&mut Waits> {
        self.runs.iter_mut().find(|run| run.is_of(guest)).and_then(|run| match &mut run.stage {
            Stage::Waits(waits) => Some(&mut **waits),
            _ => None,
        })
    }

    fn finish(&mut self, guest: MemberId, says: &ModeratorSays) -> Option<Turned> {
        let place = self.runs.iter().position(|run| run.is_of(guest))?;
        let run = self.runs.remove(place);
        let from = run.from;
        Some((from, WaitingMessage::Sealed(run.into_channel()?.seal(says)?.0)))
    }

    fn say(&mut self, says: &ModeratorSays) -> Vec<Turned> {
        let mut said = Vec::new();
        for run in &mut self.runs {
            if let Stage::Waits(waits) = &mut run.stage
                && let Some((message, _)) = waits.channel.seal(says)
            {
                said.push((run.from, WaitingMessage::Sealed(message)));
            }
        }
        said
    }
}

impl Run {
    fn waits(&self) -> Option<&Waits> {
        match &self.stage {
            Stage::Waits(waits) => Some(waits),
            _ => None,
        }
    }

    fn is_waiting(&self) -> bool {
        self.waits().is_some()
    }

    fn is_of(&self, guest: MemberId) -> bool {
        self.waits().is_some_and(|waits| waits.guest.id == guest)
    }

    fn until(&self) -> u64 {
        match self.waits() {
            // Its Add is on the way; what becomes of that ends the run.
            Some(waits) if waits.admitted => u64::MAX,
            Some(_) => self.heard_at.saturating_add(SILENT_MILLIS),
            None => self.heard_at.saturating_add(RUN_MILLIS),
        }
    }

    fn into_channel(self) -> Option<Channel> {
        match self.stage {
            Stage::Confirmed(channel) => Some(channel),
            Stage::Answered(answered) => Some(answered.channel),
            Stage::Waits(waits) => Some(waits.channel),
            Stage::Offered { .. } | Stage::Over => None,
        }
    }
}

/// What becomes of a run, and what is said; an error ends it.
type Step = Result<(Stage, Option<WaitingMessage>), ()>;

/// The guest has committed: our part is drawn now, and not before.
fn answer(mut channel: Channel, message: &SealedMessage, group: &Group, rng: &mut impl RngCore) -> Step {
    let Some((says, commit)) = channel.open::<GuestSays>(message) else { return Ok((Stage::Confirmed(channel), None)) };
    let GuestSays::Commit { commitment, name } = says else { return Err(()) };
    let promise = group.promise(How::WaitingRoom).ok_or(())?;
    let language = group.state().language();
    let mut nonce = [0; 32];
    rng.fill_bytes(&mut nonce);
    let says = ModeratorSays::Answer { nonce, promise: promise.clone(), language };
    let (sealed, answer) = channel.seal(&says).ok_or(())?;
    let answered = Answered { channel, name: tidy_line(&name), commitment, commit, answer, promise, language };
    Ok((Stage::Answered(Box::new(answered)), Some(WaitingMessage::Sealed(sealed))))
}

/// The guest shows what it committed to: from here on the words are the same on both screens, or somebody sits in between.
fn revealed(mut answered: Box<Answered>, message: &SealedMessage, (from, now): (ParticipantId, u64), taken: &[MemberId]) -> Step {
    let Some((says, reveal)) = answered.channel.open::<GuestSays>(message) else {
        return Ok((Stage::Answered(answered), None));
    };
    let GuestSays::Reveal { nonce, key_package } = says else { return Err(()) };
    if commitment(&nonce, &key_package) != answered.commitment {
        return Err(());
    }
    let newcomer = CheckedKeyPackage::read(&key_package).map_err(|_| ())?;
    let id = newcomer.member_id();
    if taken.contains(&id) {
        return Err(());
    }
    let Answered { channel, name, commit, answer, promise, language, .. } = *answered;
    let transcript = Transcript::of(channel.hash(), &commit, &answer, &reveal);
    let guest = Guest { id, seat: from, name, words: transcript.words(language), since: now };
    Ok((Stage::Waits(Box::new(Waits { channel, guest, newcomer, promise, transcript, admitted: false })), None))
}
