//! The waiting room's rules, one by one. Each test fails without the rule it names.

use super::super::doorkeeper::Door;
use super::super::messages::{Offer, Proof, RunId};
use super::super::{Arrival, Told};
use super::channel::Channel;
use super::messages::{GUEST, GuestSays, MODERATOR, ModeratorSays, commitment};
use super::*;
use crate::group::{Admission, Candidate, ExpectedGroup, Group, How, MemberId, Plan, Settings};
use crate::name::Language;
use crate::password::cpace::{Direction, Role};
use crate::password::{LinkSecret, Prs, Secrets};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use wire::{ParticipantId, RoomId};

const J: ParticipantId = ParticipantId([1; 16]);
const M: ParticipantId = ParticipantId([2; 16]);

fn guests_secrets() -> Secrets {
    Secrets { room: RoomId([3; 16]), link: LinkSecret::from_bytes([4; 32]), prs: None, has_password: false, pw_gen: 0 }
}

/// A moderator with its waiting room, and randomness for both sides.
struct Scene {
    secrets: Secrets,
    group: Group,
    keeper: WaitingRoom,
    rng: ChaCha20Rng,
}

impl Scene {
    fn new() -> Self {
        let secrets = Secrets { prs: Some(Prs::from_bytes([1; 64]).into()), has_password: true, ..guests_secrets() };
        let group = Group::create(secrets.room, Language::English, [5; 32]).unwrap();
        Self { secrets, group, keeper: WaitingRoom::default(), rng: ChaCha20Rng::from_seed([6; 32]) }
    }

    /// What the moderator answers to a guest's message.
    fn moderator(&mut self, from: ParticipantId, message: &WaitingMessage) -> Option<WaitingMessage> {
        match message {
            WaitingMessage::Ask(ask) => {
                let door = Door { secrets: &self.secrets, group: &self.group, how: How::WaitingRoom };
                self.keeper.asked(0, from, ask, &door, &mut self.rng)
            }
            WaitingMessage::Proof(proof) => self.keeper.proved(0, from, proof),
            WaitingMessage::Sealed(sealed) => self.keeper.heard(0, from, sealed, &self.group, &mut self.rng),
            _ => None,
        }
    }

    /// Carries messages until the guest has words. `change` is the host.
    fn until_words(&mut self, asker: &mut Asker, mut change: impl FnMut(WaitingMessage) -> WaitingMessage) -> Option<Words> {
        let mut up = change(asker.ask(&guests_secrets()));
        loop {
            let down = change(self.moderator(J, &up)?);
            match asker.heard(M, &down, &guests_secrets(), &mut self.rng) {
                News::Reply(reply) => up = change(reply),
                News::Waiting(reply, words) => {
                    self.moderator(J, &change(reply));
                    return Some(words);
                }
                _ => return None,
            }
        }
    }

    fn asker(&mut self) -> Asker {
        Asker::new("Fatou", &mut self.rng)
    }

    fn waiting(&mut self) -> (Asker, Words) {
        let mut asker = self.asker();
        let words = self.until_words(&mut asker, |message| message).unwrap();
        (asker, words)
    }

    fn guests(&self) -> Vec<Guest> {
        self.keeper.guests().cloned().collect()
    }

    fn admit(&mut self, guest: MemberId) -> WaitingMessage {
        let newcomer = self.keeper.admit(guest).unwrap();
        self.group.prepare(&Plan { admit: vec![newcomer], ..Plan::default() }).unwrap();
        let package = self.group.merge_pending().unwrap().welcome.unwrap();
        self.keeper.welcome(guest, &package, &Told::default()).unwrap().1
    }

    fn set(&mut self, policy: u32) {
        let settings = Settings { policy, ..self.group.state().settings().clone() };
        self.group.prepare(&Plan { settings: Some(settings), ..Plan::default() }).unwrap();
        self.group.merge_pending().unwrap();
    }

    fn tell(&mut self, asker: &mut Asker, message: &WaitingMessage) -> News {
        asker.heard(M, message, &guests_secrets(), &mut self.rng)
    }
}

fn arrived(news: News) -> Arrival {
    match news {
        News::Arrived(arrival) => arrival,
        _ => panic!("not let in"),
    }
}

#[test]
fn a_guest_waits_with_the_moderators_words_and_is_let_in_by_its_yes() {
    let mut scene = Scene::new();
    let (mut asker, words) = scene.waiting();
    let guests = scene.guests();
    assert_eq!((guests.len(), guests[0].name.as_str(), guests[0].words, guests[0].seat), (1, "Fatou", words, J));
    assert!(words.spelled().iter().all(|word| !word.is_empty()));
    let welcome = scene.admit(guests[0].id);
    assert!(scene.guests().is_empty());
    let arrival = arrived(scene.tell(&mut asker, &welcome));
    assert_eq!(arrival.group.epoch_authenticator(), scene.group.epoch_authenticator());
    let me = arrival.group.me().unwrap();
    assert_eq!((me.id, me.admitted), (guests[0].id, Admission::WaitingRoom { by: scene.group.my_id() }));
    assert!(!me.is_doorkeeper());
}

#[test]
fn a_question_without_the_link_is_not_genuine() {
    let mut scene = Scene::new();
    let secrets = guests_secrets();
    let WaitingMessage::Ask(ask) = scene.asker().ask(&secrets) else { panic!("no question") };
    assert!(ask.is_genuine(&secrets.link, secrets.room));
    assert!(!ask.is_genuine(&LinkSecret::from_bytes([0; 32]), secrets.room));
    assert!(!ask.is_genuine(&secrets.link, RoomId([0; 16])));
    let other = Ask { nonce: [0; 32], ..ask };
    assert!(!other.is_genuine(&secrets.link, secrets.room));
}

/// Who lacks the link gets no further than a tag that is wrong, and no word of what is in the run.
#[test]
fn without_the_link_there_are_no_words() {
    let mut scene = Scene::new();
    let mut asker = scene.asker();
    let WaitingMessage::Ask(ask) = asker.ask(&guests_secrets()) else { panic!("no question") };
    let offer = scene.moderator(J, &WaitingMessage::Ask(ask)).unwrap();
    let stranger = Secrets { link: LinkSecret::from_bytes([0; 32]), ..guests_secrets() };
    let News::Reply(proof) = asker.heard(M, &offer, &stranger, &mut scene.rng) else { panic!("no proof") };
    assert!(scene.moderator(J, &proof).is_none());
    assert!(scene.guests().is_empty() && scene.keeper.deadline().is_none(), "the run has ended");
    // And the other way round: a host without the link, in the moderator's place.
    let mut asker = scene.asker();
    let mut host = Scene::new();
    host.secrets.link = LinkSecret::from_bytes([0; 32]);
    assert!(host.until_words(&mut asker, |message| message).is_none());
    assert!(!asker.is_waiting());
}

#[test]
fn a_proof_is_looked_at_once() {
    let mut scene = Scene::new();
    let mut asker = scene.asker();
    let offer = scene.moderator(J, &asker.ask(&guests_secrets())).unwrap();
    let News::Reply(WaitingMessage::Proof(proof)) = scene.tell(&mut asker, &offer) else { panic!("no proof") };
    let wrong = Proof { tag: [0; 32], ..proof.clone() };
    assert!(scene.moderator(J, &WaitingMessage::Proof(wrong)).is_none());
    assert!(scene.moderator(J, &WaitingMessage::Proof(proof)).is_none());
}

/// One end of a run by somebody who has the link and plays by no rules: the host, between guest and moderator.
struct Middle {
    channel: Channel,
}

impl Middle {
    /// Towards the guest, as if it were a moderator.
    fn to_guest(asker: &mut Asker, rng: &mut ChaCha20Rng) -> (Self, WaitingMessage) {
        let secrets = guests_secrets();
        let WaitingMessage::Ask(ask) = asker.ask(&secrets) else { panic!("no question") };
        let run = RunId { joiner: ask.nonce, doorkeeper: [7; 32] };
        let state = run.begin(&secrets.link.waiting_prs(), secrets.room, rng);
        let offer = Offer { run, share: state.share(), data: MODERATOR.to_vec() };
        let News::Reply(WaitingMessage::Proof(proof)) = asker.heard(M, &WaitingMessage::Offer(offer), &secrets, rng) else {
            panic!("no proof")
        };
        let keys = state.finish(Role::Initiator, MODERATOR, &proof.share, &proof.data).unwrap();
        let confirmed = keys.verify(&proof.tag).unwrap();
        let News::Reply(commit) = asker.heard(M, &WaitingMessage::Confirmed(run, confirmed.tag()), &secrets, rng) else {
            panic!("no commitment")
        };
        (Self { channel: Channel::new(run, &confirmed, Direction::FromInitiator) }, commit)
    }

    /// Towards the moderator, as if it were a guest.
    fn to_moderator(scene: &mut Scene) -> Self {
        let secrets = guests_secrets();
        let ask = Ask::new(&secrets.link, secrets.room, [8; 32]);
        let Some(WaitingMessage::Offer(offer)) = scene.moderator(J, &WaitingMessage::Ask(ask)) else { panic!("no offer") };
        let state = offer.run.begin(&secrets.link.waiting_prs(), secrets.room, &mut scene.rng);
        let share = state.share();
        let keys = state.finish(Role::Responder, GUEST, &offer.share, &offer.data).unwrap();
        let proof = Proof { run: offer.run, share, data: GUEST.to_vec(), tag: keys.tag().unwrap() };
        let Some(WaitingMessage::Confirmed(run, tag)) = scene.moderator(J, &WaitingMessage::Proof(proof)) else {
            panic!("not confirmed")
        };
        let confirmed = keys.verify(&tag).unwrap();
        Self { channel: Channel::new(run, &confirmed, Direction::FromResponder) }
    }

    fn open<T: serde::de::DeserializeOwned>(&mut self, message: &WaitingMessage) -> T {
        let WaitingMessage::Sealed(sealed) = message else { panic!("not sealed") };
        self.channel.open::<T>(sealed).unwrap().0
    }

    fn seal(&mut self, says: &impl serde::Serialize) -> WaitingMessage {
        WaitingMessage::Sealed(self.channel.seal(says).unwrap().0)
    }
}

/// A host that has the link, sits in between and passes the guest's KeyPackage off as its own, or its own as the guest's: both see words,
/// and not the same.
fn words_with_somebody_in_between(own_key_package: bool) -> (Words, Words) {
    let mut scene = Scene::new();
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let mut asker = scene.asker();
    let own = Candidate::new([10; 32]).unwrap();
    let (mut left, commit) = Middle::to_guest(&mut asker, &mut rng);
    let GuestSays::Commit { commitment: theirs, name } = left.open(&commit) else { panic!("no commitment") };
    let mut right = Middle::to_moderator(&mut scene);
    let commitment = if own_key_package { commitment(&[11; 32], own.key_package_bytes()) } else { theirs };
    let says = right.seal(&GuestSays::Commit { commitment, name });
    // Even the moderator's very answer is handed on as it is.
    let answer: ModeratorSays = right.open(&scene.moderator(J, &says).unwrap());
    let answer = left.seal(&answer);
    let News::Waiting(reveal, on_guests_screen) = scene.tell(&mut asker, &answer) else { panic!("no words") };
    let theirs: GuestSays = left.open(&reveal);
    let own = GuestSays::Reveal { nonce: [11; 32], key_package: own.key_package_bytes().to_vec() };
    let says = right.seal(if own_key_package { &own } else { &theirs });
    scene.moderator(J, &says);
    (on_guests_screen, scene.guests()[0].words)
}

#[test]
fn a_host_in_between_shows_as_other_words() {
    for own_key_package in [true, false] {
        let (guest, moderator) = words_with_somebody_in_between(own_key_package);
        assert_ne!(guest.spelled(), moderator.spelled());
    }
}

#[test]
fn what_was_committed_to_cannot_be_changed_once_the_moderator_has_answered() {
    let mut scene = Scene::new();
    let own = Candidate::new([10; 32]).unwrap();
    let mut right = Middle::to_moderator(&mut scene);
    let commitment = commitment(&[11; 32], own.key_package_bytes());
    let says = right.seal(&GuestSays::Commit { commitment, name: "host".into() });
    assert!(scene.moderator(J, &says).is_some());
    let other = Candidate::new([12; 32]).unwrap();
    let says = right.seal(&GuestSays::Reveal { nonce: [11; 32], key_package: other.key_package_bytes().to_vec() });
    scene.moderator(J, &says);
    assert!(scene.guests().is_empty());
    // Nor is there a second try in the same run.
    let says = right.seal(&GuestSays::Reveal { nonce: [11; 32], key_package: own.key_package_bytes().to_vec() });
    scene.moderator(J, &says);
    assert!(scene.guests().is_empty());
}

#[test]
fn a_guest_reveals_once() {
    let mut scene = Scene::new();
    let mut asker = scene.asker();
    let (mut left, _) = Middle::to_guest(&mut asker, &mut ChaCha20Rng::from_seed([9; 32]));
    let answer = |number: u8, scene: &Scene| {
        let promise = scene.group.promise(crate::group::How::WaitingRoom).unwrap();
        ModeratorSays::Answer { nonce: [number; 32], promise, language: Language::English }
    };
    let first = left.seal(&answer(1, &scene));
    assert!(matches!(scene.tell(&mut asker, &first), News::Waiting(..)));
    let second = left.seal(&answer(2, &scene));
    assert!(matches!(scene.tell(&mut asker, &second), News::Void), "a second answer ends it");
}

/// The words cover the moderator's key, group and state: what is promised elsewhere is not taken.
#[test]
fn a_welcome_by_another_key_or_of_another_state_is_not_taken() {
    for (change, taken) in [
        ((|_| ()) as fn(&mut ExpectedGroup), true),
        (|promise| promise.signature_key[0] ^= 1, false),
        (|promise| promise.credential[0] ^= 1, false),
        (|promise| promise.group_id[0] ^= 1, false),
        (|promise| promise.anchor[0] ^= 1, false),
        (|promise| promise.epoch += 9, false),
    ] {
        let mut scene = Scene::new();
        let mut asker = scene.asker();
        let (mut left, commit) = Middle::to_guest(&mut asker, &mut ChaCha20Rng::from_seed([9; 32]));
        let _: GuestSays = left.open(&commit);
        let mut promise = scene.group.promise(crate::group::How::WaitingRoom).unwrap();
        change(&mut promise);
        let says = ModeratorSays::Answer { nonce: [1; 32], promise, language: Language::English };
        let answer = left.seal(&says);
        let News::Waiting(reveal, _) = scene.tell(&mut asker, &answer) else { panic!("no words") };
        let GuestSays::Reveal { key_package, .. } = left.open(&reveal) else { panic!("no KeyPackage") };
        let newcomer = crate::group::CheckedKeyPackage::read(&key_package).unwrap();
        let admitted = newcomer.clone().let_in(0);
        scene.group.prepare(&Plan { admit: vec![admitted], ..Plan::default() }).unwrap();
        let package = scene.group.merge_pending().unwrap().welcome.unwrap();
        // The transcript is public to whoever sits here; what is sealed is made as the protocol says.
        let transcript = transcript_of(&asker);
        let secrets = super::super::messages::JoinSecrets::new(&package, &Told::default());
        let plain = super::super::messages::write(&secrets);
        let inner = newcomer.seal(transcript.bytes(), &left.channel.next(), &plain).unwrap();
        let welcome = left.seal(&ModeratorSays::Welcome { welcome: package.welcome, inner });
        let news = scene.tell(&mut asker, &welcome);
        assert_eq!((matches!(news, News::Arrived(_)), matches!(news, News::Void)), (taken, !taken));
    }
}

fn transcript_of(asker: &Asker) -> super::messages::Transcript {
    asker.transcript().unwrap()
}

#[test]
fn a_promise_of_the_password_door_is_none_of_the_waiting_rooms() {
    let mut scene = Scene::new();
    let mut asker = scene.asker();
    let (mut left, _) = Middle::to_guest(&mut asker, &mut ChaCha20Rng::from_seed([9; 32]));
    let promise = scene.group.promise(crate::group::How::Password).unwrap();
    let answer = left.seal(&ModeratorSays::Answer { nonce: [1; 32], promise, language: Language::English });
    assert!(matches!(scene.tell(&mut asker, &answer), News::Void));
}

#[test]
fn nobody_is_let_in_before_the_log_has_the_add() {
    let mut scene = Scene::new();
    let (mut asker, _) = scene.waiting();
    let guest = scene.guests()[0].id;
    let newcomer = scene.keeper.admit(guest).unwrap();
    assert!(scene.keeper.admit(guest).is_none(), "once");
    scene.group.prepare(&Plan { admit: vec![newcomer], ..Plan::default() }).unwrap();
    // Nothing but the merged commit holds a Welcome, and what is sealed meanwhile is none.
    for (_, message) in scene.keeper.here() {
        assert!(matches!(scene.tell(&mut asker, &message), News::Here));
    }
    let package = scene.group.merge_pending().unwrap().welcome.unwrap();
    let (_, welcome) = scene.keeper.welcome(guest, &package, &Told::default()).unwrap();
    arrived(scene.tell(&mut asker, &welcome));
}

#[test]
fn a_guest_is_told_politely_and_reads_the_moderators_line() {
    let mut scene = Scene::new();
    let (mut asker, _) = scene.waiting();
    let said = scene.keeper.tell("Five\u{7} minutes, please.");
    let News::Line(line) = scene.tell(&mut asker, &said[0].1) else { panic!("no line") };
    assert_eq!(line, "Five minutes, please.");
    assert!(matches!(scene.tell(&mut asker, &said[0].1), News::Nothing), "replayed");
    let guest = scene.guests()[0].id;
    let (to, refusal) = scene.keeper.refuse(guest).unwrap();
    assert!(to == J && matches!(scene.tell(&mut asker, &refusal), News::Refused));
    assert!(scene.guests().is_empty() && scene.keeper.refuse(guest).is_none());
}

#[test]
fn what_is_sealed_one_way_does_not_open_the_other_way() {
    let mut scene = Scene::new();
    let (mut asker, _) = scene.waiting();
    let (_, here) = asker.here().unwrap();
    assert!(matches!(scene.tell(&mut asker, &here), News::Nothing));
}

#[test]
fn a_change_of_the_rooms_state_ends_the_runs_and_says_so() {
    let mut scene = Scene::new();
    let (mut asker, _) = scene.waiting();
    scene.group.prepare(&Plan { update: true, ..Plan::default() }).unwrap();
    scene.group.merge_pending().unwrap();
    assert!(scene.keeper.rebase(&scene.group).0.is_empty(), "joins and updates of others leave them alone");
    scene.set(1 | 4 | 32);
    let (voids, admitted) = scene.keeper.rebase(&scene.group);
    assert!(admitted.is_empty() && voids.len() == 1);
    assert!(matches!(scene.tell(&mut asker, &voids[0].1), News::Void));
}

#[test]
fn there_is_room_for_so_many_and_the_unfinished_give_way() {
    let mut scene = Scene::new();
    let (_, _) = scene.waiting();
    let ask = |scene: &mut Scene, now: u64, number: u8| {
        let secrets = guests_secrets();
        let ask = Ask::new(&secrets.link, secrets.room, [number; 32]);
        let door = Door { secrets: &scene.secrets, group: &scene.group, how: How::WaitingRoom };
        scene.keeper.asked(now, ParticipantId([100 + number; 16]), &ask, &door, &mut scene.rng).is_some()
    };
    for number in 1..WAITING as u8 {
        assert!(ask(&mut scene, 0, number));
    }
    assert!(!ask(&mut scene, 100, 99), "all places are taken, by young runs");
    assert!(ask(&mut scene, 2_000, 99), "the oldest that has no words gives way");
    assert_eq!(scene.guests().len(), 1, "who has words stays");
    scene.keeper.expire(59_000);
    assert_eq!(scene.guests().len(), 1);
    scene.keeper.expire(60_000);
    assert!(scene.guests().is_empty() && scene.keeper.deadline().is_none());
}

#[test]
fn another_question_from_the_same_seat_takes_the_place_of_the_first() {
    let mut scene = Scene::new();
    scene.waiting();
    scene.waiting();
    assert_eq!(scene.guests().len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever a holder of the link seals in a run is read without panic, on both sides.
    #[test]
    fn anything_inside_a_run_is_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), later: bool) {
        let mut scene = Scene::new();
        let mut asker = scene.asker();
        let (mut left, _) = Middle::to_guest(&mut asker, &mut ChaCha20Rng::from_seed([9; 32]));
        let junk = left.channel.seal(&Junk(bytes.clone())).unwrap().0;
        let _ = scene.tell(&mut asker, &WaitingMessage::Sealed(junk));
        let mut right = Middle::to_moderator(&mut scene);
        if later {
            let says = right.seal(&GuestSays::Commit { commitment: [0; 32], name: String::new() });
            scene.moderator(J, &says);
        }
        let junk = right.channel.seal(&Junk(bytes)).unwrap().0;
        let _ = scene.moderator(J, &WaitingMessage::Sealed(junk));
    }
}

/// Writes its bytes and nothing else.
struct Junk(Vec<u8>);

impl serde::Serialize for Junk {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeTuple;
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
        tuple.end()
    }
}
