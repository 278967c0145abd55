//! N members, a log that takes the first, and operations at random: rosters, states and secrets stay equal.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Enter {
        doorkeeper: usize,
    },
    Leave {
        who: usize,
        remover: usize,
    },
    FallSilent {
        who: usize,
    },
    Update {
        who: usize,
    },
    /// Two commits for one slot; the second is rebased and lands in the next.
    Race {
        first: usize,
        second: usize,
    },
    Chat {
        who: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..8usize;
    prop_oneof![
        3 => who.clone().prop_map(|doorkeeper| Step::Enter { doorkeeper }),
        2 => (who.clone(), who.clone()).prop_map(|(who, remover)| Step::Leave { who, remover }),
        1 => who.clone().prop_map(|who| Step::FallSilent { who }),
        1 => who.clone().prop_map(|who| Step::Update { who }),
        2 => (who.clone(), who.clone()).prop_map(|(first, second)| Step::Race { first, second }),
        1 => who.prop_map(|who| Step::Chat { who }),
    ]
}

fn another(groups: &[Group], than: usize, wish: usize) -> usize {
    let i = wish % groups.len();
    if i == than { (i + 1) % groups.len() } else { i }
}

fn take(groups: &mut Vec<Group>, step: &Step, fresh: &mut u64) {
    let n = groups.len();
    *fresh += 1;
    match *step {
        Step::Enter { doorkeeper } if n < 6 => enter(groups, doorkeeper % n, *fresh),
        Step::Leave { who, remover } if n > 1 => {
            let leave = groups[who % n].sign_leave();
            let remover = another(groups, who % n, remover);
            commit(groups, remover, &remove(leave.member, Grounds::Leave(leave)));
        }
        Step::FallSilent { who } if n > 1 => {
            let silent = groups[who % n].my_id();
            let said = groups.iter().filter_map(|group| group.sign_silence(silent)).collect();
            let remover = another(groups, who % n, who + 1);
            commit(groups, remover, &remove(silent, Grounds::Silence(said)));
        }
        Step::Update { who } => {
            commit(groups, who % n, &update());
        }
        Step::Race { first, second } if n > 1 => race(groups, first % n, second, *fresh),
        Step::Chat { who } => {
            let sealed = groups[who % n].seal_application(b"hello").unwrap();
            let from = groups[who % n].my_id();
            for group in groups.iter_mut().filter(|group| group.my_id() != from) {
                assert_eq!(group.receive_message(&sealed).unwrap().from, from);
            }
        }
        _ => {}
    }
}

fn race(groups: &mut Vec<Group>, first: usize, second: usize, fresh: u64) {
    let second = another(groups, first, second);
    let plan = Plan { admit: vec![candidate(fresh).1], ..Plan::default() };
    groups[second].prepare(&plan).unwrap();
    let won = groups[first].prepare(&update()).unwrap().commit;
    groups[second].clear_pending();
    groups[first].merge_pending().unwrap();
    for (i, group) in groups.iter_mut().enumerate() {
        if i != first {
            let judged = group.receive_commit(&won).unwrap();
            group.merge(judged).unwrap();
        }
    }
    let added = commit(groups, second, &plan).added;
    // The newcomer of this race never joins; it is removed again so that silence stays decidable.
    let id = added[0].id;
    let said = groups.iter().filter_map(|group| group.sign_silence(id)).collect();
    commit(groups, first, &remove(id, Grounds::Silence(said)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 64, ..ProptestConfig::default() })]
    #[test]
    fn members_who_see_one_log_agree(steps in proptest::collection::vec(step(), 1..14)) {
        let mut groups = vec![founded()];
        let mut fresh = 10_000;
        for step in &steps {
            take(&mut groups, step, &mut fresh);
            assert_agreed(&groups);
            prop_assert!(groups.iter().all(|group| group.owner().is_some_and(|owner| group.member(owner).is_some())));
        }
    }
}

/// What passes the host: a commit, a message, a KeyPackage and a Welcome, with who is to read them.
struct Wire {
    groups: Vec<Group>,
    commit: Vec<u8>,
    message: Vec<u8>,
    candidate: Candidate,
    promise: ExpectedGroup,
    package: WelcomePackage,
}

fn wire() -> Wire {
    let mut groups = room_of(2);
    let (candidate, proven) = candidate(5_000);
    let promise = groups[0].promise(How::Password).unwrap();
    let message = groups[0].seal_application(b"hello").unwrap();
    let commit = groups[0].prepare(&Plan { admit: vec![proven], ..Plan::default() }).unwrap().commit;
    let package = groups[0].merge_pending().unwrap().welcome.unwrap();
    Wire { groups, commit, message, candidate, promise, package }
}

fn spoil(bytes: &[u8], place: prop::sample::Index, bit: u8, cut: bool) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let place = place.index(bytes.len());
    if cut {
        bytes.truncate(place);
    } else {
        bytes[place] ^= 1 << bit;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 16, ..ProptestConfig::default() })]
    #[test]
    fn nothing_spoilt_on_the_way_is_taken_or_panics(place: prop::sample::Index, bit in 0..8u8, cut: bool) {
        let Wire { mut groups, commit, message, candidate, promise, package } = wire();
        let reader = &mut groups[1];
        prop_assert!(reader.receive_commit(&spoil(&commit, place, bit, cut)).is_err());
        prop_assert!(reader.receive_message(&spoil(&message, place, bit, cut)).is_err());
        prop_assert!(CheckedKeyPackage::read(&spoil(candidate.key_package_bytes(), place, bit, cut)).is_err());
        prop_assert!(reader.receive_message(&message).is_ok() && reader.receive_commit(&commit).is_ok(), "noise costs nothing");
        let welcome = spoil(&package.welcome, place, bit, cut);
        prop_assert!(Group::join(candidate, ROOM, &welcome, package.room_psk, &promise).is_err());
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut group = founded();
        prop_assert!(group.receive_commit(&bytes).is_err() && group.receive_message(&bytes).is_err());
        prop_assert!(CheckedKeyPackage::read(&bytes).is_err() && RoomState::decode(&bytes).is_none());
        let _ = postcard::take_from_bytes::<change::Change>(&bytes);
    }
}
