//! What it costs to vouch for frames, native and in WebAssembly: one list from a member to another, in a group of two.

use crypto::admission::{Door, DoorMessage, Doorkeeper, Joiner, Offered, Told, Verdict};
use crypto::group::{Group, How, Plan};
use crypto::name::Language;
use crypto::password::{LinkSecret, Prs, Secrets};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use std::hint::black_box;
use wire::{ParticipantId, RoomId};

/// What is in a list of half a second: streams, and frames of each. A microphone; and with it a 720p camera in one layer, or in three.
pub(crate) const LISTS: [(&str, &[usize]); 3] =
    [("sound", &[25]), ("sound and 720p", &[25, 15]), ("sound and three layers", &[25, 15, 15, 15])];

/// Bytes of the plaintext: version, counter, kind, number, time, flag, count; then of each stream KID, counter, count and the hashes.
fn plain(streams: &[usize]) -> Vec<u8> {
    vec![0x5a; 14 + streams.iter().map(|frames| 10 + 3 + 1 + 16 * frames).sum::<usize>()]
}

/// Bytes of one list as the host carries it, a call that seals one for all, and one that takes the next in at one receiver, checking the signature.
pub(crate) fn list_pair(streams: &[usize]) -> (usize, impl FnMut()) {
    let (mut sender, mut receiver) = two();
    let plain = plain(streams);
    let bytes = sender.seal_application(&plain).expect("a member").len();
    let call = move || {
        let sealed = sender.seal_application(black_box(&plain)).expect("a member");
        black_box(receiver.receive_message(black_box(&sealed)).expect("a member's"));
    };
    (bytes, call)
}

/// The same without a receiver.
pub(crate) fn seal_list(streams: &[usize]) -> impl FnMut() {
    let (mut sender, _) = two();
    let plain = plain(streams);
    move || drop(black_box(sender.seal_application(black_box(&plain)).expect("a member")))
}

fn secrets() -> Secrets {
    Secrets {
        room: RoomId([7; 16]),
        link: LinkSecret::from_bytes([3; 32]),
        prs: Some(Prs::from_bytes([5; 64]).into()),
        has_password: true,
        pw_gen: 0,
    }
}

/// Two members of one group: one founded it and let the other in.
fn two() -> (Group, Group) {
    let (first, second) = (ParticipantId([1; 16]), ParticipantId([2; 16]));
    let (mut rng, keys) = (ChaCha20Rng::from_seed([11; 32]), secrets());
    let mut group = Group::create(keys.room, Language::English, [9; 32]).expect("a group");
    let (mut keeper, mut joiner) = (Doorkeeper::default(), Joiner::new(&mut rng).expect("a joiner"));
    let DoorMessage::Knock(knock) = joiner.knock(&keys) else { unreachable!("a joiner knocks") };
    let offer = keeper
        .answer(0, second, &knock, &Door { secrets: &keys, group: &group, how: How::Password }, &mut rng)
        .expect("an offer");
    let Offered::Answer(proof) = joiner.offered(first, &offer, &keys, &mut rng) else { unreachable!("the right password") };
    let Verdict::Right(proven) = keeper.check(second, &proof) else { unreachable!("the right password") };
    let newcomer = proven.member_id();
    group.prepare(&Plan { admit: vec![proven], ..Plan::default() }).expect("a commit");
    keeper.attempted(newcomer);
    let package = group.merge_pending().expect("merged").welcome.expect("a welcome");
    let (_, welcome) = keeper.welcome(newcomer, &package, &Told::default()).expect("a welcome");
    let Ok(arrival) = joiner.welcomed(&welcome, &keys) else { unreachable!("an honest welcome") };
    (group, *arrival.group)
}
