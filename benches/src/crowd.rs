//! What the group's keys cost in a large room, native and in WebAssembly: one more joins, one is removed.
//!
//! Invariant: whoever is in the group came in by the door, with the code of a meeting. Only three of the members are kept, who are all that the
//! figures need: the doorkeeper, one who takes in what others commit, and who comes.

use crypto::admission::{Door, DoorMessage, Doorkeeper, Joiner, Knock, Offer, Offered, Proof, Told, Verdict, Welcome};
use crypto::group::{Grounds, Group, How, Merged, Plan, ProvenKeyPackage};
use crypto::name::Language;
use crypto::password::{LinkSecret, Prs, Secrets};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use wire::{ParticipantId, RoomId};

/// How often each thing is done.
const TURNS: usize = 10;
/// Members of a flat tree who come in one commit: no more proofs wait at one door.
const TOGETHER: usize = 64;
const DOORKEEPER: ParticipantId = ParticipantId([0; 16]);

/// Names of [`figures`]' numbers, in their order.
pub(crate) const NAMES: [&str; 12] = [
    "knock_ms",
    "prove_ms",
    "join_ms",
    "admit_build_ms",
    "admit_process_ms",
    "update_process_ms",
    "kick_build_ms",
    "kick_process_ms",
    "admit_bytes",
    "welcome_bytes",
    "update_bytes",
    "kick_bytes",
];

/// For a group of so many, each of whom has moved its own keys (`filled`) or none. `now`: milliseconds of some clock. `of`: what stands for the
/// turns, which come in ascending order.
pub(crate) fn figures(members: usize, filled: bool, now: fn() -> f64, of: fn(&[f64]) -> f64) -> [f64; NAMES.len()] {
    let mut crowd = Crowd::of(members, filled);
    let mut samples: [Vec<f64>; NAMES.len()] = Default::default();
    for turn in 0..TURNS {
        let sample = crowd.turn(turn, filled, now);
        samples.iter_mut().zip(sample).for_each(|(samples, one)| samples.push(one));
    }
    samples.map(|mut samples| {
        samples.sort_by(f64::total_cmp);
        of(&samples)
    })
}

struct Crowd {
    secrets: Secrets,
    owner: Group,
    keeper: Doorkeeper,
    /// Takes in what others commit.
    witness: Option<Group>,
    rng: ChaCha20Rng,
}

/// Milliseconds that something took, and what came of it.
fn timed<T>(now: fn() -> f64, call: impl FnOnce() -> T) -> (f64, T) {
    let begun = now();
    let made = call();
    (now() - begun, made)
}

impl Crowd {
    fn of(members: usize, filled: bool) -> Self {
        let secrets = Secrets {
            room: RoomId([3; 16]),
            link: LinkSecret::from_bytes([4; 32]),
            prs: Some(Prs::from_bytes([5; 64]).into()),
            has_password: true,
            pw_gen: 0,
        };
        let owner = Group::create(secrets.room, Language::English, [6; 32]).expect("a group");
        let rng = ChaCha20Rng::from_seed([7; 32]);
        let mut crowd = Self { secrets, owner, keeper: Doorkeeper::default(), witness: None, rng };
        while crowd.owner.members().len() + 1 < members {
            let missing = members - 1 - crowd.owner.members().len();
            crowd.fill(if filled { 1 } else { missing.min(TOGETHER) }, filled);
        }
        let (joiner, newcomer) = crowd.knock();
        let (welcome, _) = crowd.admit(vec![newcomer]);
        let mut witness = crowd.welcomed(joiner, &welcome);
        if filled {
            crowd.update(&mut witness);
        }
        crowd.witness = Some(witness);
        crowd
    }

    fn fill(&mut self, people: usize, filled: bool) {
        let (mut joiners, newcomers): (Vec<_>, Vec<_>) = (0..people).map(|_| self.knock()).unzip();
        let (welcome, _) = self.admit(newcomers);
        if let Some(joiner) = joiners.pop().filter(|_| filled) {
            let mut member = self.welcomed(joiner, &welcome);
            self.update(&mut member);
        }
    }

    /// Knock, offer and proof.
    fn knock(&mut self) -> (Joiner, ProvenKeyPackage) {
        let (mut joiner, knock) = self.knocks();
        let offer = self.offer(&knock);
        let proof = self.proof(&mut joiner, &offer);
        (joiner, self.check(&proof))
    }

    fn knocks(&mut self) -> (Joiner, Knock) {
        let joiner = Joiner::new(&mut self.rng).expect("a KeyPackage");
        let DoorMessage::Knock(knock) = joiner.knock(&self.secrets) else { panic!("a knock") };
        (joiner, knock)
    }

    fn offer(&mut self, knock: &Knock) -> Offer {
        let door = Door { secrets: &self.secrets, group: &self.owner, how: How::Password };
        self.keeper.answer(0, seat(knock.nonce), knock, &door, &mut self.rng).expect("an offer")
    }

    fn proof(&mut self, joiner: &mut Joiner, offer: &Offer) -> Proof {
        let Offered::Answer(proof) = joiner.offered(DOORKEEPER, offer, &self.secrets, &mut self.rng) else { panic!("a proof") };
        proof
    }

    fn check(&mut self, proof: &Proof) -> ProvenKeyPackage {
        let Verdict::Right(newcomer) = self.keeper.check(seat(proof.run.joiner), proof) else { panic!("the right password") };
        newcomer
    }

    /// The last newcomer's Welcome, and the commit.
    fn admit(&mut self, newcomers: Vec<ProvenKeyPackage>) -> (Welcome, Vec<u8>) {
        let ids: Vec<_> = newcomers.iter().map(ProvenKeyPackage::member_id).collect();
        ids.iter().for_each(|newcomer| self.keeper.attempted(*newcomer));
        let commit = self.owner.prepare(&Plan { admit: newcomers, ..Plan::default() }).expect("a commit").commit;
        let package = self.owner.merge_pending().expect("ours").welcome.expect("a Welcome");
        let welcomes = ids.into_iter().filter_map(|newcomer| self.keeper.welcome(newcomer, &package, &Told::default()));
        (welcomes.last().expect("a sealed Welcome").1, commit)
    }

    fn welcomed(&self, joiner: Joiner, welcome: &Welcome) -> Group {
        *joiner.welcomed(welcome, &self.secrets).expect("in").group
    }

    /// A member's first act: the others, but for the witness, take it in.
    fn update(&mut self, member: &mut Group) -> Vec<u8> {
        let commit = member.prepare(&Plan { update: true, ..Plan::default() }).expect("an update").commit;
        member.merge_pending().expect("ours");
        follow(&mut self.owner, &commit);
        commit
    }

    /// One comes, one is removed.
    fn turn(&mut self, turn: usize, filled: bool, now: fn() -> f64) -> [f64; NAMES.len()] {
        let (knock_ms, (mut joiner, knock)) = timed(now, || self.knocks());
        let offer = self.offer(&knock);
        let (prove_ms, proof) = timed(now, || self.proof(&mut joiner, &offer));
        let newcomer = self.check(&proof);
        let (admit_ms, (welcome, admission)) = timed(now, || self.admit(vec![newcomer]));
        let (admit_process_ms, ()) = self.witnessed(now, &admission);
        let (join_ms, mut member) = timed(now, || self.welcomed(joiner, &welcome));
        let (mut update_process_ms, mut update_bytes) = (0.0, 0);
        if filled {
            let update = self.update(&mut member);
            update_bytes = update.len();
            (update_process_ms, ()) = self.witnessed(now, &update);
        }
        let members = self.owner.members();
        let one = members.get(members.len() * (turn + 1) / (TURNS + 2)).expect("somebody").id;
        let plan = Plan { remove: vec![(one, Grounds::Moderator)], ..Plan::default() };
        let (kick_ms, kick) = timed(now, || {
            let commit = self.owner.prepare(&plan).expect("a kick").commit;
            self.owner.merge_pending().expect("ours");
            commit
        });
        let (kick_process_ms, ()) = self.witnessed(now, &kick);
        let times = [knock_ms, prove_ms, join_ms, admit_ms, admit_process_ms, update_process_ms, kick_ms, kick_process_ms];
        let bytes = [admission.len(), welcome.sealed.len(), update_bytes, kick.len()].map(|bytes| bytes as f64);
        let mut sample = [f64::NAN; NAMES.len()];
        sample.iter_mut().zip(times.into_iter().chain(bytes)).for_each(|(to, from)| *to = from);
        sample
    }

    /// What a member does with somebody else's commit, up to the keys for its frames.
    fn witnessed(&mut self, now: fn() -> f64, commit: &[u8]) -> (f64, ()) {
        let witness = self.witness.as_mut().expect("a witness");
        timed(now, || {
            follow(witness, commit);
            witness.frame_keys().expect("keys");
        })
    }
}

fn follow(group: &mut Group, commit: &[u8]) -> Merged {
    let judged = group.receive_commit(commit).expect("a proper commit");
    group.merge(judged).expect("in time")
}

fn seat(nonce: [u8; 32]) -> ParticipantId {
    ParticipantId(core::array::from_fn(|at| nonce[at]))
}
