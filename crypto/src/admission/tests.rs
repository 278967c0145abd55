//! The door's rules, one by one. Each test fails without the rule it names.

use super::doorkeeper::RUN_MILLIS;
use super::messages::{DoorkeeperData, JoinSecrets, JoinerData, Sealed, attempt_bytes, channel_identifier, read, write};
use super::*;
use crate::group::{CheckedKeyPackage, Group, How, Plan, ProvenKeyPackage, Settings};
use crate::name::Language;
use crate::password::cpace::{self, Confirmed, Direction, Role};
use crate::password::{LinkSecret, Prs, Secrets};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use wire::{ParticipantId, RoomId};
use zeroize::Zeroizing;

const J: ParticipantId = ParticipantId([1; 16]);
const M: ParticipantId = ParticipantId([2; 16]);

fn secrets(password: u8) -> Secrets {
    let (room, link) = (RoomId([3; 16]), LinkSecret::from_bytes([4; 32]));
    Secrets { room, link, prs: Some(Prs::from_bytes([password; 64]).into()), has_password: true, pw_gen: 0 }
}

/// A member with its door, and randomness for both sides.
struct Scene {
    secrets: Secrets,
    group: Group,
    keeper: Doorkeeper,
    rng: ChaCha20Rng,
}

impl Scene {
    fn new() -> Self {
        let secrets = secrets(1);
        let group = Group::create(secrets.room, Language::English, [5; 32]).unwrap();
        Self { secrets, group, keeper: Doorkeeper::default(), rng: ChaCha20Rng::from_seed([6; 32]) }
    }

    fn joiner(&mut self) -> Joiner {
        Joiner::new(&mut self.rng).unwrap()
    }

    fn answer(&mut self, from: ParticipantId, joiner: &Joiner) -> Option<Offer> {
        let DoorMessage::Knock(knock) = joiner.knock(&self.secrets) else { panic!("no knock") };
        self.answer_knock(from, &knock)
    }

    fn answer_knock(&mut self, from: ParticipantId, knock: &Knock) -> Option<Offer> {
        let door = Door { secrets: &self.secrets, group: &self.group, how: How::Password };
        self.keeper.answer(0, from, knock, &door, &mut self.rng)
    }

    fn prove(&mut self, joiner: &mut Joiner, offer: &Offer, password: u8) -> Proof {
        match joiner.offered(M, offer, &secrets(password), &mut self.rng) {
            Offered::Answer(proof) => proof,
            Offered::Ignored => panic!("the offer was ignored"),
        }
    }

    /// As far as the right proof.
    fn proven(&mut self) -> (Joiner, RunId, ProvenKeyPackage) {
        let mut joiner = self.joiner();
        let offer = self.answer(J, &joiner).unwrap();
        let proof = self.prove(&mut joiner, &offer, 1);
        let Verdict::Right(newcomer) = self.keeper.check(J, &proof) else { panic!("not right") };
        (joiner, offer.run, newcomer)
    }

    fn commit(&mut self, plan: &Plan) -> crate::group::Merged {
        self.group.prepare(plan).unwrap();
        self.group.merge_pending().unwrap()
    }

    fn admit(&mut self, newcomer: ProvenKeyPackage) -> Welcome {
        let id = newcomer.member_id();
        self.keeper.attempted(id);
        let merged = self.commit(&Plan { admit: vec![newcomer], ..Plan::default() });
        let told = Told { failures: vec![(self.group.my_id(), 2)], ..Told::default() };
        let (to, welcome) = self.keeper.welcome(id, &merged.welcome.unwrap(), &told).unwrap();
        assert!(to == J);
        welcome
    }

    fn new_password(&mut self) {
        let settings = Settings { pw_gen: 1, ..self.group.state().settings().clone() };
        self.commit(&Plan { settings: Some(settings), ..Plan::default() });
    }
}

#[test]
fn a_whole_join() {
    let mut scene = Scene::new();
    let (joiner, run, newcomer) = scene.proven();
    assert!(joiner.awaits(M, run) && !joiner.awaits(J, run));
    let welcome = scene.admit(newcomer);
    let arrival = joiner.welcomed(&welcome, &scene.secrets).unwrap();
    assert_eq!(arrival.group.epoch_authenticator(), scene.group.epoch_authenticator());
    assert_eq!(arrival.secrets.failures, [(scene.group.my_id(), 2)]);
}

#[test]
fn a_knock_of_somebody_without_the_link_is_not_genuine() {
    let mut scene = Scene::new();
    let joiner = scene.joiner();
    let DoorMessage::Knock(knock) = joiner.knock(&scene.secrets) else { panic!("no knock") };
    let genuine = |knock: &Knock| knock.is_genuine(&scene.secrets.link, scene.secrets.room);
    assert!(genuine(&knock));
    assert!(!knock.is_genuine(&LinkSecret::from_bytes([0; 32]), scene.secrets.room));
    assert!(!knock.is_genuine(&scene.secrets.link, RoomId([0; 16])));
    let mut other_nonce = knock.clone();
    other_nonce.nonce[0] ^= 1;
    let mut other_package = knock.clone();
    other_package.key_package[100] ^= 1;
    assert!(!genuine(&other_nonce) && !genuine(&other_package));
}

#[test]
fn a_run_answers_one_guess() {
    let mut scene = Scene::new();
    let mut joiner = scene.joiner();
    let offer = scene.answer(J, &joiner).unwrap();
    let proof = scene.prove(&mut joiner, &offer, 2);
    assert!(matches!(scene.keeper.check(J, &proof), Verdict::Wrong));
    assert!(matches!(scene.keeper.check(J, &proof), Verdict::Unknown));
}

#[test]
fn a_proof_names_the_role_the_key_package_and_the_credential_of_the_knock() {
    let changes: [fn(&mut JoinerData); 3] =
        [|data| data.role = b'M', |data| data.key_package[0] ^= 1, |data| data.credential[0] ^= 1];
    for change in changes {
        let mut scene = Scene::new();
        let mut joiner = scene.joiner();
        let offer = scene.answer(J, &joiner).unwrap();
        let proof = scene.prove(&mut joiner, &offer, 1);
        let mut data: JoinerData = read(&proof.data).unwrap();
        change(&mut data);
        let changed = Proof { data: write(&data).to_vec(), ..proof };
        assert!(matches!(scene.keeper.check(J, &changed), Verdict::Nonsense), "it is no guess");
    }
}

#[test]
fn an_offer_of_another_run_or_in_another_role_is_ignored() {
    let mut scene = Scene::new();
    let mut joiner = scene.joiner();
    let offer = scene.answer(J, &joiner).unwrap();
    let mut data: DoorkeeperData = read(&offer.data).unwrap();
    data.role = b'J';
    let in_another_role = Offer { data: write(&data).to_vec(), ..offer.clone() };
    let mut of_another_run = offer.clone();
    of_another_run.run.joiner[0] ^= 1;
    for bad in [in_another_role, of_another_run] {
        assert!(matches!(joiner.offered(M, &bad, &secrets(1), &mut scene.rng), Offered::Ignored));
    }
    assert!(matches!(joiner.offered(M, &offer, &secrets(1), &mut scene.rng), Offered::Answer(_)));
}

#[test]
fn a_run_is_bound_to_the_nonces_of_both() {
    let mut scene = Scene::new();
    let mut joiner = scene.joiner();
    let offer = scene.answer(J, &joiner).unwrap();
    // A host that brings the joiner another nonce of the doorkeeper's, and the doorkeeper its own again.
    let mut changed = offer.clone();
    changed.run.doorkeeper[0] ^= 1;
    let proof = Proof { run: offer.run, ..scene.prove(&mut joiner, &changed, 1) };
    assert!(matches!(scene.keeper.check(J, &proof), Verdict::Wrong));
}

#[test]
fn the_channel_is_the_protocol_the_room_and_the_suite() {
    let room = [3; 16];
    let expected = [b"\x0aincamera/1\x10".as_slice(), &room, b"\x02\x00\x4e"].concat();
    assert_eq!(channel_identifier(RoomId(room)), expected);
}

#[test]
fn a_joiner_knows_its_own_runs() {
    let mut scene = Scene::new();
    let (joiner, other) = (scene.joiner(), scene.joiner());
    let run = scene.answer(J, &joiner).unwrap().run;
    assert!(joiner.knocked_as(run) && !other.knocked_as(run));
}

#[test]
fn a_run_waits_for_its_proof_so_long_and_no_longer() {
    for (now, waits) in [(RUN_MILLIS - 1, true), (RUN_MILLIS, false)] {
        let mut scene = Scene::new();
        let mut joiner = scene.joiner();
        let offer = scene.answer(J, &joiner).unwrap();
        let proof = scene.prove(&mut joiner, &offer, 1);
        scene.keeper.expire(now);
        assert_eq!(matches!(scene.keeper.check(J, &proof), Verdict::Right(_)), waits, "{now}");
    }
}

#[test]
fn who_is_gone_from_the_host_takes_its_own_runs_along_and_no_others() {
    let mut scene = Scene::new();
    let (mut gone, mut stays) = (scene.joiner(), scene.joiner());
    let (first, second) = (scene.answer(J, &gone).unwrap(), scene.answer(M, &stays).unwrap());
    let (first, second) = (scene.prove(&mut gone, &first, 1), scene.prove(&mut stays, &second, 1));
    scene.keeper.gone(J);
    assert!(matches!(scene.keeper.check(J, &first), Verdict::Unknown));
    assert!(matches!(scene.keeper.check(M, &second), Verdict::Right(_)));
}

#[test]
fn a_welcome_says_in_how_many_commits_its_own_add_was() {
    let mut scene = Scene::new();
    let (joiner, _, newcomer) = scene.proven();
    let (_, _, other) = scene.proven();
    scene.keeper.attempted(newcomer.member_id());
    scene.keeper.attempted(other.member_id());
    let welcome = scene.admit(newcomer);
    assert_eq!(welcome.attempt, 2, "others' commits are not counted, its own are");
    assert!(joiner.welcomed(&welcome, &scene.secrets).is_ok());
}

#[test]
fn a_proof_from_another_seat_is_another_run() {
    let mut scene = Scene::new();
    let mut joiner = scene.joiner();
    let offer = scene.answer(J, &joiner).unwrap();
    let proof = scene.prove(&mut joiner, &offer, 1);
    assert!(matches!(scene.keeper.check(M, &proof), Verdict::Unknown));
    assert!(matches!(scene.keeper.check(J, &proof), Verdict::Right(_)));
}

#[test]
fn the_oldest_run_without_a_proof_gives_way_and_proven_ones_take_no_slot() {
    let mut scene = Scene::new();
    let (_kept, _, _) = scene.proven();
    let mut joiners: Vec<(Joiner, Offer)> = Vec::new();
    for number in 0..=OPEN_RUNS {
        let joiner = scene.joiner();
        assert_eq!(scene.keeper.free_at() > 0, number >= OPEN_RUNS, "the next waits while the others are young");
        let offer = scene.answer(J, &joiner).unwrap();
        joiners.push((joiner, offer));
    }
    let mut verdicts = Vec::new();
    for (mut joiner, offer) in joiners {
        let proof = scene.prove(&mut joiner, &offer, 1);
        verdicts.push(matches!(scene.keeper.check(J, &proof), Verdict::Right(_)));
    }
    assert_eq!(verdicts, [false, true, true, true]);
}

#[test]
fn a_knock_repeated_is_the_same_run() {
    let mut scene = Scene::new();
    let joiner = scene.joiner();
    let first = scene.answer(J, &joiner).unwrap();
    assert!(scene.answer(J, &joiner) == Some(first));
}

#[test]
fn a_joiner_talks_to_one_doorkeeper() {
    let mut scene = Scene::new();
    let mut joiner = scene.joiner();
    let first = scene.answer(J, &joiner).unwrap();
    scene.keeper = Doorkeeper::default();
    let second = scene.answer(J, &joiner).unwrap();
    scene.prove(&mut joiner, &first, 1);
    assert!(matches!(joiner.offered(M, &second, &secrets(1), &mut scene.rng), Offered::Ignored));
}

#[test]
fn a_joiner_does_not_prove_a_password_of_another_generation() {
    let mut scene = Scene::new();
    scene.new_password();
    let mut joiner = scene.joiner();
    let offer = scene.answer(J, &joiner).unwrap();
    assert!(matches!(joiner.offered(M, &offer, &secrets(1), &mut scene.rng), Offered::Ignored));
    assert!(!joiner.has_proved(), "no guess was given away");
}

#[test]
fn a_new_password_drops_the_runs_of_the_old() {
    let mut scene = Scene::new();
    let (proven, run, newcomer) = scene.proven();
    let mut open = scene.joiner();
    let offer = scene.answer(J, &open).unwrap();
    scene.new_password();
    assert_eq!(scene.keeper.rebase(&scene.group), [newcomer.member_id()]);
    let proof = scene.prove(&mut open, &offer, 1);
    assert!(matches!(scene.keeper.check(J, &proof), Verdict::Unknown));
    // Whoever had proved it is told so by somebody who knows the password too: no guess failed.
    let (to, void) = scene.keeper.give_up(newcomer.member_id()).unwrap();
    assert!(to == J && void.run == run);
    assert_eq!(proven.voided(&void), JoinFault::Unusable);
}

#[test]
fn new_rules_of_the_room_drop_the_runs_that_promised_the_old() {
    let mut scene = Scene::new();
    let (_, _, newcomer) = scene.proven();
    let mut open = scene.joiner();
    let offer = scene.answer(J, &open).unwrap();
    let settings = scene.group.state().settings().clone();
    let settings = Settings { policy: settings.policy ^ crate::group::POLICY_WAITING_ROOM, ..settings };
    scene.commit(&Plan { settings: Some(settings), ..Plan::default() });
    assert_eq!(scene.keeper.rebase(&scene.group), [newcomer.member_id()]);
    let proof = scene.prove(&mut open, &offer, 1);
    assert!(matches!(scene.keeper.check(J, &proof), Verdict::Unknown));
}

#[test]
fn joins_and_updates_of_others_leave_the_runs_alone() {
    let mut scene = Scene::new();
    let (joiner, _, newcomer) = scene.proven();
    scene.commit(&Plan { update: true, ..Plan::default() });
    assert!(scene.keeper.rebase(&scene.group).is_empty());
    let welcome = scene.admit(newcomer);
    assert!(joiner.welcomed(&welcome, &scene.secrets).is_ok());
}

#[test]
fn a_void_without_the_password_is_a_failed_guess() {
    let mut scene = Scene::new();
    let (joiner, run, _) = scene.proven();
    assert_eq!(joiner.voided(&Void { run, tag: [0; 32] }), JoinFault::Guess);
}

#[test]
fn a_welcome_without_the_password_is_a_failed_guess_and_one_of_another_attempt_does_not_open() {
    let mut scene = Scene::new();
    let (joiner, _, newcomer) = scene.proven();
    let welcome = scene.admit(newcomer);
    let forged = Welcome { tag: [0; 32], ..welcome.clone() };
    assert_eq!(joiner.welcomed(&forged, &scene.secrets).err(), Some(JoinFault::Guess));
    let mut scene = Scene::new();
    let (joiner, _, newcomer) = scene.proven();
    let welcome = scene.admit(newcomer);
    let moved = Welcome { attempt: welcome.attempt + 1, ..welcome };
    assert_eq!(joiner.welcomed(&moved, &scene.secrets).err(), Some(JoinFault::Unusable));
}

#[test]
fn a_key_package_swapped_under_a_genuine_knock_is_not_the_one_that_is_proved() {
    let mut scene = Scene::new();
    let (mut joiner, other) = (scene.joiner(), scene.joiner());
    let (DoorMessage::Knock(knock), DoorMessage::Knock(of_host)) = (joiner.knock(&scene.secrets), other.knock(&scene.secrets))
    else {
        panic!("no knocks")
    };
    let swapped = Knock::new(&scene.secrets.link, scene.secrets.room, knock.nonce, &of_host.key_package);
    let offer = scene.answer_knock(J, &swapped).unwrap();
    let proof = scene.prove(&mut joiner, &offer, 1);
    assert!(matches!(scene.keeper.check(J, &proof), Verdict::Nonsense));
}

#[test]
fn of_two_lone_clients_the_one_with_the_higher_group_id_yields() {
    let mut scene = Scene::new();
    let joiner = scene.joiner();
    let offer = scene.answer(J, &joiner).unwrap();
    let theirs = scene.group.group_id().to_vec();
    let (mut lower, mut higher) = (theirs.clone(), theirs.clone());
    lower[0] = lower[0].wrapping_sub(1);
    higher[0] = higher[0].wrapping_add(1);
    assert!(joiner.is_worth_yielding(&offer, &higher) && !joiner.is_worth_yielding(&offer, &lower));
    assert!(!joiner.is_worth_yielding(&offer, &theirs));
    // To two members everybody yields.
    let (_, _, newcomer) = scene.proven();
    scene.admit(newcomer);
    let joiner = scene.joiner();
    let offer = scene.answer(J, &joiner).unwrap();
    assert!(joiner.is_worth_yielding(&offer, &lower));
}

/// The joiner's half of a run, made by hand, so that its keys can be looked at.
fn run_by_hand(scene: &mut Scene, package: &CheckedKeyPackage, bytes: &[u8]) -> (Proof, cpace::Keys) {
    let knock = Knock::new(&scene.secrets.link, scene.secrets.room, [8; 32], bytes);
    let offer = scene.answer_knock(J, &knock).unwrap();
    let ci = channel_identifier(scene.secrets.room);
    let state = cpace::start(scene.secrets.prs.as_ref().unwrap(), &ci, &offer.run.bytes(), Zeroizing::new([9; 64]));
    let share = state.share();
    let data =
        JoinerData { role: b'J', key_package: package.reference().to_vec(), credential: package.credential(), returns: None };
    let data = write(&data).to_vec();
    let keys = state.finish(Role::Responder, &data, &offer.share, &offer.data).unwrap();
    let tag = keys.tag().unwrap();
    (Proof { run: offer.run, share, data, tag }, keys)
}

fn open_outer(confirmed: &Confirmed, welcome: &Welcome, direction: Direction) -> Option<Vec<u8>> {
    let attempt = attempt_bytes(welcome.attempt);
    let cipher = Aes256Gcm::new((&*confirmed.join_key(direction)).into());
    cipher.decrypt((&attempt).into(), Payload { msg: &welcome.sealed, aad: &attempt }).ok()
}

/// Whoever breaks the PAKE later, with a quantum computer and a recording, has the join key but not the KeyPackage's secret.
#[test]
fn the_join_key_alone_does_not_open_room_psk() {
    let mut scene = Scene::new();
    let candidate = crate::group::Candidate::new([10; 32]).unwrap();
    let package = CheckedKeyPackage::read(candidate.key_package_bytes()).unwrap();
    let (proof, keys) = run_by_hand(&mut scene, &package, candidate.key_package_bytes());
    let Verdict::Right(newcomer) = scene.keeper.check(J, &proof) else { panic!("not right") };
    let welcome = scene.admit(newcomer);
    let confirmed = keys.verify(&welcome.tag).unwrap();
    assert!(open_outer(&confirmed, &welcome, Direction::FromResponder).is_none(), "the directions have different keys");
    let outer = open_outer(&confirmed, &welcome, Direction::FromInitiator).unwrap();
    let sealed: Sealed = read(&outer).unwrap();
    let psk = scene.group.room_psk().to_bytes();
    assert!(!outer.windows(32).any(|window| window == &psk[4..]));
    let attempt = attempt_bytes(welcome.attempt);
    let hash = confirmed.transcript_hash();
    assert!(crate::group::Candidate::new([11; 32]).unwrap().open(&hash, &attempt, &sealed.inner).is_err());
    assert!(candidate.open(&[0; 64], &attempt, &sealed.inner).is_err(), "bound to the transcript");
    assert!(candidate.open(&hash, &attempt_bytes(9), &sealed.inner).is_err(), "bound to the attempt");
    let told: JoinSecrets = read(&candidate.open(&hash, &attempt, &sealed.inner).unwrap()).unwrap();
    assert_eq!(told.room_psk, psk.to_vec());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// A genuine knock may still carry anything.
    #[test]
    fn any_key_package_is_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), place: usize, value: u8) {
        let mut scene = Scene::new();
        let knock = Knock::new(&scene.secrets.link, scene.secrets.room, [1; 32], &bytes);
        prop_assert!(scene.answer_knock(J, &knock).is_none());
        let DoorMessage::Knock(mut knock) = scene.joiner().knock(&scene.secrets) else { panic!("no knock") };
        let place = place % knock.key_package.len();
        knock.key_package[place] = value;
        let _ = scene.answer_knock(J, &knock);
    }

    #[test]
    fn any_offer_is_read_without_panic(data in proptest::collection::vec(any::<u8>(), 0..200), share: [u8; 32]) {
        let mut scene = Scene::new();
        let mut joiner = scene.joiner();
        let run = scene.answer(J, &joiner).unwrap().run;
        let _ = joiner.offered(M, &Offer { run, share, data }, &secrets(1), &mut scene.rng);
    }
}
