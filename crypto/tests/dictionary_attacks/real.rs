//! The real join, seen and meddled with by a host that also has the link.

use super::{DICTIONARY, PASSWORD};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use crypto::group::How;
use crypto::{
    admission::{Door, DoorMessage, Doorkeeper, Joiner, Knock, Offer, Offered, Proof, Told, Verdict, Welcome},
    group::{Candidate, Group, Plan},
    name::Language,
    password::{
        LinkSecret, Prs, Secrets,
        cpace::{self, Role, State},
    },
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore, SeedableRng},
};
use sha2::{Digest, Sha256, Sha512};
use std::collections::HashSet;
use wire::{ParticipantId, RoomId};
use zeroize::Zeroizing;

const ROOM: RoomId = RoomId([7; 16]);
const LINK: [u8; 32] = [3; 32];
const JOINER: ParticipantId = ParticipantId([1; 16]);
const MEMBER: ParticipantId = ParticipantId([2; 16]);

fn prs(password: &str) -> [u8; 64] {
    Sha512::digest(password).into()
}

/// What a member holds who knows this password.
fn secrets(password: &str) -> Secrets {
    let prs = Some(Prs::from_bytes(prs(password)).into());
    Secrets { room: ROOM, link: LinkSecret::from_bytes(LINK), prs, has_password: true, pw_gen: 0 }
}

/// A member at its door, and a newcomer.
struct Scene {
    rng: ChaCha20Rng,
    group: Group,
    door: Doorkeeper,
    of_member: Secrets,
    joiner: Joiner,
    of_joiner: Secrets,
}

fn scene(of_member: &str, of_joiner: &str) -> Scene {
    let mut rng = ChaCha20Rng::from_seed([11; 32]);
    let mut entropy = [0; 32];
    rng.fill_bytes(&mut entropy);
    Scene {
        group: Group::create(ROOM, Language::English, entropy).unwrap(),
        door: Doorkeeper::default(),
        of_member: secrets(of_member),
        joiner: Joiner::new(&mut rng).unwrap(),
        of_joiner: secrets(of_joiner),
        rng,
    }
}

impl Scene {
    fn knock(&self) -> Knock {
        let DoorMessage::Knock(knock) = self.joiner.knock(&self.of_joiner) else { panic!() };
        assert!(knock.is_genuine(&self.of_member.link, ROOM));
        knock
    }

    fn offer(&mut self, knock: &Knock) -> Option<Offer> {
        let door = Door { secrets: &self.of_member, group: &self.group, how: How::Password };
        self.door.answer(0, JOINER, knock, &door, &mut self.rng)
    }

    fn proof(&mut self, offer: &Offer) -> Proof {
        let Offered::Answer(proof) = self.joiner.offered(MEMBER, offer, &self.of_joiner, &mut self.rng) else { panic!() };
        proof
    }
}

/// Everything that passes the host when somebody joins.
struct View {
    knock: Knock,
    offer: Offer,
    proof: Proof,
    welcome: Welcome,
    commit: Vec<u8>,
    ticket: [u8; 32],
}

/// An honest join from end to end.
fn whole_join(password: &str) -> View {
    let mut scene = scene(password, password);
    let knock = scene.knock();
    let offer = scene.offer(&knock).unwrap();
    let proof = scene.proof(&offer);
    let Verdict::Right(proven) = scene.door.check(JOINER, &proof) else { panic!() };
    let newcomer = proven.member_id();
    let prepared = scene.group.prepare(&Plan { admit: vec![proven], ..Plan::default() }).unwrap();
    scene.door.attempted(newcomer);
    let package = scene.group.merge_pending().unwrap().welcome.unwrap();
    let (_, welcome) = scene.door.welcome(newcomer, &package, &Told::default()).unwrap();
    let arrival = scene.joiner.welcomed(&welcome, &scene.of_joiner).map_err(|fault| fault.to_string()).unwrap();
    assert_eq!(arrival.group.members(), scene.group.members());
    View { knock, offer, proof, welcome, commit: prepared.commit, ticket: prepared.ticket.0 }
}

/// `CI` of PROTOCOL.md §4.
fn channel() -> Vec<u8> {
    [&[10], b"incamera/1".as_slice(), &[16], &ROOM.0, &[2, 0x00, 0x4e]].concat()
}

fn own_state(guess: &str, offer: &Offer, scalar: [u8; 64]) -> State {
    cpace::start(&Prs::from_bytes(prs(guess)), &channel(), &offer.run.bytes(), Zeroizing::new(scalar))
}

/// Keys and tags that a careless design would make of the password alone.
fn derived(guess: &str, view: &View) -> Vec<[u8; 32]> {
    let prs = prs(guess);
    let mut keys: Vec<[u8; 32]> = vec![prs[..32].try_into().unwrap(), prs[32..].try_into().unwrap(), Sha256::digest(prs).into()];
    let infos = [&b""[..], b"prs", b"knock", b"join key", b"join key from initiator", b"confirm responder", b"incamera/1 ticket"];
    let sid = view.offer.run.bytes();
    for salt in [None, Some(&LINK[..]), Some(&sid[..]), Some(b"incamera/1 cpace")] {
        for info in infos {
            let mut key = [0; 32];
            Hkdf::<Sha512>::new(salt, &prs).expand(info, &mut key).unwrap();
            keys.push(key);
            Hkdf::<Sha256>::new(salt, &prs).expand(info, &mut key).unwrap();
            keys.push(key);
        }
    }
    let transcripts =
        [view.offer.share.to_vec(), view.proof.share.to_vec(), view.offer.data.clone(), view.proof.data.clone(), sid];
    for key in keys.clone() {
        for transcript in &transcripts {
            let mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).unwrap().chain_update(transcript);
            keys.push(mac.finalize().into_bytes().into());
        }
    }
    keys
}

/// Every 32 bytes in a row that the host saw.
fn windows(view: &View) -> HashSet<[u8; 32]> {
    let seen = [
        &view.knock.tag[..],
        &view.offer.share,
        &view.offer.data,
        &view.proof.share,
        &view.proof.data,
        &view.proof.tag,
        &view.welcome.tag,
        &view.welcome.sealed,
        &view.commit,
        &view.ticket,
    ];
    seen.iter().flat_map(|bytes| bytes.windows(32)).map(|window| window.try_into().unwrap()).collect()
}

/// The entries for which something that their holder can compute is confirmed by what the host saw.
fn confirmed(view: &View) -> Vec<&'static str> {
    let shown = windows(view);
    let direct = |guess: &str| {
        derived(guess, view).iter().any(|key| {
            let hashed: [u8; 32] = Sha256::digest(key).into();
            shown.contains(key) || shown.contains(&hashed) || opens(key, &view.welcome)
        })
    };
    DICTIONARY.into_iter().filter(|guess| direct(guess) || as_a_party(guess, view)).collect()
}

fn opens(key: &[u8; 32], welcome: &Welcome) -> bool {
    let mut attempt = [0; 12];
    attempt[4..].copy_from_slice(&welcome.attempt.to_be_bytes());
    [&attempt[..], &[]].into_iter().any(|aad| {
        let payload = Payload { msg: &welcome.sealed, aad };
        Aes256Gcm::new(key.into()).decrypt((&attempt).into(), payload).is_ok()
    })
}

/// Puts itself, with this guess and scalars it knows, in the place of either side, and looks whether a tag fits.
fn as_a_party(guess: &str, view: &View) -> bool {
    let scalars = [[1; 64], [9; 64], prs(guess), Sha512::digest(view.offer.run.bytes()).into()];
    let tags = [view.proof.tag, view.welcome.tag, view.knock.tag];
    let sides = [
        (Role::Initiator, &view.offer.data, &view.proof.share, &view.proof.data),
        (Role::Responder, &view.proof.data, &view.offer.share, &view.offer.data),
    ];
    scalars.iter().any(|scalar| {
        let share = own_state(guess, &view.offer, *scalar).share();
        let fits = |(role, mine, peer, theirs): (Role, &Vec<u8>, &[u8; 32], &Vec<u8>)| {
            tags.iter().any(|tag| {
                let keys = own_state(guess, &view.offer, *scalar).finish(role, mine, peer, theirs).unwrap();
                keys.tag() == Some(*tag) || keys.verify(tag).is_ok()
            })
        };
        share == view.offer.share || share == view.proof.share || sides.into_iter().any(fits)
    })
}

#[test]
fn who_sees_a_whole_join_can_test_no_guess() {
    assert_eq!(confirmed(&whole_join(PASSWORD)), [""; 0]);
}

/// The check above can fail: of these joins, each spoilt in one way, it names the password and nothing else.
#[test]
fn the_same_eyes_find_the_password_in_joins_that_leak_it() {
    let key = &mut [0; 32];
    Hkdf::<Sha512>::new(Some(&LINK), &prs(PASSWORD)).expand(b"join key", key).unwrap();
    let mut sealed_under_it = whole_join(PASSWORD);
    let attempt = [0; 12];
    sealed_under_it.welcome.attempt = 0;
    sealed_under_it.welcome.sealed =
        Aes256Gcm::new((&*key).into()).encrypt((&attempt).into(), Payload { msg: b"Welcome", aad: &attempt }).unwrap();
    let mut hashed_into_ticket = whole_join(PASSWORD);
    hashed_into_ticket.ticket = Sha256::digest(*key).into();
    let mut known_scalar = whole_join(PASSWORD);
    known_scalar.offer.share = own_state(PASSWORD, &known_scalar.offer, [9; 64]).share();
    for leaky in [sealed_under_it, hashed_into_ticket, known_scalar] {
        assert_eq!(confirmed(&leaky), [PASSWORD]);
    }
}

/// The host answers the knock itself, believing `guess`; then it goes through the dictionary with what the newcomer sent.
fn host_plays_the_member(guess: &'static str) -> Vec<&'static str> {
    let mut scene = scene(guess, PASSWORD);
    let knock = scene.knock();
    let scalar = [5; 64];
    let mut offer = scene.offer(&knock).unwrap();
    offer.share = own_state(guess, &offer, scalar).share();
    let proof = scene.proof(&offer);
    let right = |entry: &&str| {
        // The share is out. A member who had meant another entry would have had another, and its scalar for this one is unknown.
        let state = own_state(entry, &offer, scalar);
        let same_share = state.share() == offer.share;
        let keys = state.finish(Role::Initiator, &offer.data, &proof.share, &proof.data).unwrap();
        let fits = keys.verify(&proof.tag).is_ok();
        assert!(same_share || !fits, "a tag that confirms an entry that was not meant");
        fits
    };
    DICTIONARY.into_iter().filter(right).collect()
}

#[test]
fn a_host_that_plays_the_member_gets_one_guess_a_run() {
    for guess in DICTIONARY {
        let learned = host_plays_the_member(guess);
        let expected: &[&str] = if guess == PASSWORD { &[PASSWORD] } else { &[] };
        assert_eq!(learned, expected, "the one that was meant, and no other");
    }
}

#[test]
fn a_joiner_proves_itself_once() {
    let mut scene = scene("123456", PASSWORD);
    let knock = scene.knock();
    let offer = scene.offer(&knock).unwrap();
    scene.proof(&offer);
    let again = scene.joiner.offered(MEMBER, &offer, &scene.of_joiner, &mut scene.rng);
    assert!(matches!(again, Offered::Ignored), "a second guess in the same visit");
}

#[test]
fn a_host_that_plays_the_joiner_gets_one_guess_a_run() {
    for guess in DICTIONARY {
        let mut scene = scene(PASSWORD, guess);
        let knock = scene.knock();
        let offer = scene.offer(&knock).unwrap();
        let proof = scene.proof(&offer);
        let admitted = matches!(scene.door.check(JOINER, &proof), Verdict::Right(_));
        assert_eq!(admitted, guess == PASSWORD);
        // The run is over either way: there is nothing left to ask.
        assert!(matches!(scene.door.check(JOINER, &proof), Verdict::Unknown));
    }
}

/// (b) of the naive construction: the host, which has the link, knocks in the newcomer's name with a KeyPackage of its own.
#[test]
fn a_swapped_key_package_wins_neither_entry_nor_a_guess() {
    let mut scene = scene(PASSWORD, PASSWORD);
    let genuine = scene.knock();
    let mine = Candidate::new([66; 32]).unwrap();
    let swapped = Knock::new(&LinkSecret::from_bytes(LINK), ROOM, genuine.nonce, mine.key_package_bytes());
    let offer = scene.offer(&swapped).unwrap();
    let proof = scene.proof(&offer);
    assert!(!matches!(scene.door.check(JOINER, &proof), Verdict::Right(_)));
}

/// (a) of the naive construction: the host answers with a group of its own. The proof that comes back names no entry but the one the host
/// had committed itself to, and a Welcome without Tag_A is not even looked at.
#[test]
fn a_group_of_the_hosts_own_is_not_joined() {
    let mut of_host = scene("123456", PASSWORD);
    let knock = of_host.knock();
    let offer = of_host.offer(&knock).unwrap();
    let proof = of_host.proof(&offer);
    assert!(matches!(of_host.door.check(JOINER, &proof), Verdict::Wrong));
    let view = whole_join("123456");
    let forged = Welcome { run: proof.run, ..view.welcome };
    assert!(of_host.joiner.welcomed(&forged, &of_host.of_joiner).is_err());
}
