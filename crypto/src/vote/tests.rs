//! Elections of all kinds, honest and not.

use super::*;
use crate::sorted::SortedMap;
use proptest::prelude::*;

const GROUP: &[u8] = b"a group";
const VOTE: [u8; 16] = [9; 16];

/// Everything of one election, every secret included.
struct Election {
    context: Context,
    secrets: SortedMap<Voter, Secret>,
    electorate: Electorate,
}

fn voter(number: usize) -> Voter {
    [number as u8 + 1; 16]
}

fn seed(kind: u8, number: usize, salt: u8) -> [u8; 32] {
    let mut seed = [salt; 32];
    (seed[0], seed[1]) = (kind, number as u8);
    seed
}

fn election(voters: usize, answers: usize, many: bool, salt: u8) -> Election {
    let context = Context::new(GROUP, &VOTE, answers, many).unwrap();
    let (mut secrets, mut keys) = (SortedMap::new(), SortedMap::new());
    for number in 0..voters {
        let (secret, message) = begin(&context, &voter(number), seed(1, number, salt));
        assert_eq!(message.len(), 96 * answers);
        keys.insert(voter(number), read_keys(&context, &voter(number), &message).expect("keys"));
        secrets.insert(voter(number), secret);
    }
    Election { electorate: Electorate::new(&context, keys).unwrap(), context, secrets }
}

impl Election {
    fn ballot(&self, number: usize, choices: u8) -> Vec<u8> {
        let me = voter(number);
        self.electorate.cast(&me, &self.secrets[&me], choices, seed(2, number, 7)).expect("a ballot")
    }

    fn read(&self, number: usize, message: &[u8]) -> Option<Ballot> {
        self.electorate.read_ballot(&voter(number), message)
    }

    fn ballots(&self, choices: &[u8]) -> SortedMap<Voter, Ballot> {
        let one = |(number, choices): (usize, &u8)| {
            (voter(number), self.read(number, &self.ballot(number, *choices)).expect("it holds"))
        };
        choices.iter().enumerate().map(one).collect()
    }
}

fn sums(choices: &[u8], answers: usize) -> Vec<usize> {
    (0..answers).map(|answer| choices.iter().filter(|bits| **bits >> answer & 1 == 1).count()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_count_is_the_sum_of_all_ballots(
        choices in proptest::collection::vec(any::<u8>(), 3..7),
        answers in 1_usize..5,
        many in any::<bool>(),
        salt in any::<u8>(),
    ) {
        let known = (1_u16 << answers) as u8 - 1;
        let choice = |bits: u8| if many { bits & known } else { [0, 1 << (usize::from(bits) % answers)][usize::from(bits > 60)] };
        let choices: Vec<u8> = choices.into_iter().map(choice).collect();
        let election = election(choices.len(), answers, many, salt);
        prop_assert_eq!(election.electorate.tally(&election.ballots(&choices)), Some(sums(&choices, answers)));
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        let election = election(3, 2, false, 1);
        prop_assert!(election.read(0, &bytes).is_none());
        prop_assert!(read_keys(&election.context, &voter(0), &bytes).is_none());
    }

    #[test]
    fn no_message_holds_with_a_bit_changed(place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let election = election(3, 2, false, 1);
        let (_, keys) = begin(&election.context, &voter(0), [3; 32]);
        let changed = |mut bytes: Vec<u8>| {
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            bytes
        };
        prop_assert!(read_keys(&election.context, &voter(0), &changed(keys)).is_none());
        prop_assert!(election.read(0, &changed(election.ballot(0, 1))).is_none());
    }
}

#[test]
fn a_ballot_counts_for_its_own_voter_vote_group_and_electorate_alone() {
    let here = election(3, 2, false, 1);
    let ballot = here.ballot(0, 1);
    assert!(here.read(0, &ballot).is_some() && here.read(1, &ballot).is_none());
    assert!(election(3, 2, false, 2).read(0, &ballot).is_none(), "other keys");
    assert!(election(4, 2, false, 1).read(0, &ballot).is_none(), "one voter more");
    let (_, keys) = begin(&here.context, &voter(0), [3; 32]);
    for other in
        [Context::new(b"b group", &VOTE, 2, false), Context::new(GROUP, &[8; 16], 2, false), Context::new(GROUP, &VOTE, 2, true)]
    {
        assert!(read_keys(&other.unwrap(), &voter(0), &keys).is_none());
    }
    assert!(read_keys(&here.context, &voter(1), &keys).is_none(), "nobody takes another's keys for its own");
    assert!(here.read(0, &[ballot, vec![0]].concat()).is_none(), "nothing follows");
}

#[test]
fn nobody_votes_twice_or_less_than_nothing() {
    let election = election(3, 2, false, 1);
    let me = voter(0);
    let cast = |choices| election.electorate.cast(&me, &election.secrets[&me], choices, [2; 32]);
    assert!(cast(0b11).is_none() && cast(0b100).is_none() && cast(0).is_some());
    // A ballot that says 2 for an answer, as a changed client would make it: that of "many" for both answers has no sum that holds.
    let many = Context::new(GROUP, &VOTE, 2, true).unwrap();
    let (mut keys, mut secret) = (SortedMap::new(), None);
    for number in 0..3 {
        let (own, message) = begin(&many, &voter(number), seed(1, number, 1));
        keys.insert(voter(number), read_keys(&many, &voter(number), &message).unwrap());
        secret = secret.or(Some(own));
    }
    let both = Electorate::new(&many, keys).unwrap().cast(&me, &secret.unwrap(), 0b11, [2; 32]).unwrap();
    assert!(election.read(0, &both).is_none());
    assert!(election.read(0, &[both, vec![0; 192]].concat()).is_none());
    // The one answer's part in the place of the other's.
    let mut ballot = election.ballot(0, 0b01);
    let (first, rest) = ballot.split_at_mut(160);
    first.swap_with_slice(&mut rest[..160]);
    assert!(election.read(0, &ballot).is_none());
}

#[test]
fn a_count_without_a_ballot_is_none_and_ballots_of_two_rounds_do_not_fit() {
    let first = election(4, 1, false, 1);
    let mut ballots = first.ballots(&[1, 1, 1, 1]);
    let gone = ballots.remove(&voter(3)).unwrap();
    assert_eq!(first.electorate.tally(&ballots), None);
    // One that is not its own does not make a number of them.
    for stolen in [&gone, &ballots[&voter(0)].clone()] {
        let mut forged = ballots.clone();
        forged.insert(voter(3), stolen.clone());
        assert_eq!(first.electorate.tally(&forged), if *stolen == gone { Some(vec![4]) } else { None });
    }
    // The three who stay begin again. Keys of the one round are none in the other, and ballots of both add up to nothing.
    let again = first.context.of(&[0, 1, 2].map(voter));
    let (mut secrets, mut keys) = (Vec::new(), SortedMap::new());
    for number in 0..3 {
        let (secret, message) = begin(&again, &voter(number), seed(1, number, 2));
        assert!(read_keys(&first.context, &voter(number), &message).is_none());
        keys.insert(voter(number), read_keys(&again, &voter(number), &message).expect("keys"));
        secrets.push(secret);
    }
    let second = Electorate::new(&again, keys).unwrap();
    let ballot = |number: usize| {
        let message = second.cast(&voter(number), &secrets[number], 1, seed(2, number, 2)).unwrap();
        assert!(first.read(number, &message).is_none());
        (voter(number), second.read_ballot(&voter(number), &message).unwrap())
    };
    let whole: SortedMap<Voter, Ballot> = (0..3).map(ballot).collect();
    assert_eq!(second.tally(&whole), Some(vec![3]));
    for number in 0..3 {
        let (mut one, mut other) = (whole.clone(), first.ballots(&[1, 1, 1, 1]));
        one.insert(voter(number), other[&voter(number)].clone());
        other.insert(voter(number), whole[&voter(number)].clone());
        assert_eq!((second.tally(&one), first.electorate.tally(&other)), (None, None));
    }
}

#[test]
fn fewer_than_three_are_no_electorate_and_keys_that_cancel_are_none() {
    let context = Context::new(GROUP, &VOTE, 1, false).unwrap();
    let keys =
        |number: usize| read_keys(&context, &voter(number), &begin(&context, &voter(number), seed(1, number, 1)).1).unwrap();
    assert!(Electorate::new(&context, [0, 1].map(|number| (voter(number), keys(number))).into()).is_none());
    // The last voter is between keys of the same size on either side: its ballot would stand there bare.
    let same = SortedMap::from([(voter(0), keys(0)), (voter(1), keys(1)), (voter(2), keys(0))]);
    assert!(Electorate::new(&context, same).is_none());
    assert!(Context::new(GROUP, &VOTE, 9, false).is_none() && Context::new(GROUP, &VOTE, 0, false).is_none());
}

/// What everybody but two honest voters sees and knows is the same kind of thing whichever of the two chose which: both assignments give ballots
/// that hold, with the same count and of the same size; and no sum over fewer voters than all is a number that could be read.
#[test]
fn of_two_honest_ballots_the_rest_of_the_room_knows_the_sum_alone() {
    let election = election(5, 2, false, 1);
    let assigned = |first: u8, second: u8| {
        let choices = [1, 2, 1, first, second];
        let messages: Vec<Vec<u8>> = (0..5).map(|number| election.ballot(number, choices[number])).collect();
        let ballots = election.ballots(&choices);
        let count = election.electorate.tally(&ballots);
        (messages.iter().map(Vec::len).collect::<Vec<_>>(), count, ballots)
    };
    let (sizes, count, ballots) = assigned(1, 2);
    let (other_sizes, other_count, others) = assigned(2, 1);
    assert_eq!((&sizes, &count), (&other_sizes, &other_count));
    assert_eq!(count, Some(vec![3, 2]));
    assert!(ballots[&voter(3)] != others[&voter(3)] && ballots[&voter(0)] == others[&voter(0)]);
    // The three others put whatever they have in the place of the fifth's ballot: without it nothing adds up.
    for forged in 0..4 {
        let mut ballots = ballots.clone();
        let stolen = ballots[&voter(forged)].clone();
        ballots.insert(voter(4), stolen);
        assert_eq!(election.electorate.tally(&ballots), None);
    }
}
