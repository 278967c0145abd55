//! Elections of all kinds, honest and not.

use super::*;
use crate::sorted::{SortedMap, SortedSet};
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

    fn recovery(&self, number: usize, gone: &SortedSet<Voter>) -> Vec<u8> {
        let me = voter(number);
        self.electorate.recover(&me, &self.secrets[&me], gone, seed(3, number, 7)).expect("a recovery")
    }

    /// The count, when these choose this and those who choose nothing have gone.
    fn count(&self, choices: &[Option<u8>]) -> Option<Vec<usize>> {
        let gone: SortedSet<Voter> = (0..choices.len()).filter(|at| choices[*at].is_none()).map(voter).collect();
        let (mut ballots, mut recoveries) = (SortedMap::new(), SortedMap::new());
        for (number, choices) in choices.iter().enumerate() {
            let Some(choices) = choices else { continue };
            ballots.insert(voter(number), self.read(number, &self.ballot(number, *choices)).expect("it holds"));
            let recovery = self.electorate.read_recovery(&voter(number), &gone, &self.recovery(number, &gone));
            recoveries.insert(voter(number), recovery.expect("it holds"));
        }
        self.electorate.tally(&ballots, &gone, &recoveries)
    }
}

fn sums(choices: &[Option<u8>], answers: usize) -> Vec<usize> {
    (0..answers).map(|answer| choices.iter().flatten().filter(|bits| *bits >> answer & 1 == 1).count()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_count_is_the_sum_of_the_ballots_of_those_who_stay(
        choices in proptest::collection::vec(proptest::option::weighted(0.8, any::<u8>()), 3..7),
        answers in 1_usize..5,
        many in any::<bool>(),
        salt in any::<u8>(),
    ) {
        let known = (1_u16 << answers) as u8 - 1;
        let choice = |bits: u8| if many { bits & known } else { [0, 1 << (usize::from(bits) % answers)][usize::from(bits > 60)] };
        let choices: Vec<Option<u8>> = choices.into_iter().map(|bits| bits.map(choice)).collect();
        let election = election(choices.len(), answers, many, salt);
        prop_assert_eq!(election.count(&choices), Some(sums(&choices, answers)));
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        let election = election(3, 2, false, 1);
        prop_assert!(election.read(0, &bytes).is_none());
        prop_assert!(read_keys(&election.context, &voter(0), &bytes).is_none());
        prop_assert!(election.electorate.read_recovery(&voter(0), &SortedSet::from([voter(1)]), &bytes).is_none());
    }

    #[test]
    fn no_message_holds_with_a_bit_changed(place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let election = election(3, 2, false, 1);
        let gone = SortedSet::from([voter(2)]);
        let (_, keys) = begin(&election.context, &voter(0), [3; 32]);
        let changed = |mut bytes: Vec<u8>| {
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            bytes
        };
        prop_assert!(read_keys(&election.context, &voter(0), &changed(keys)).is_none());
        prop_assert!(election.read(0, &changed(election.ballot(0, 1))).is_none());
        prop_assert!(election.electorate.read_recovery(&voter(0), &gone, &changed(election.recovery(0, &gone))).is_none());
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
fn a_count_without_a_ballot_or_a_recovery_is_none_and_recoveries_of_other_sets_do_not_fit() {
    let election = election(4, 1, false, 1);
    let gone = SortedSet::from([voter(3)]);
    let others = SortedSet::from([voter(2)]);
    let ballots = |who: &[usize]| -> SortedMap<Voter, Ballot> {
        who.iter().map(|number| (voter(*number), election.read(*number, &election.ballot(*number, 1)).unwrap())).collect()
    };
    let recoveries = |who: &[usize]| -> SortedMap<Voter, Recovery> {
        let read = |number: &usize| election.electorate.read_recovery(&voter(*number), &gone, &election.recovery(*number, &gone));
        who.iter().map(|number| (voter(*number), read(number).unwrap())).collect()
    };
    let (three, none) = (ballots(&[0, 1, 2]), SortedMap::new());
    assert_eq!(election.electorate.tally(&three, &SortedSet::new(), &none), None);
    assert_eq!(election.electorate.tally(&three, &gone, &recoveries(&[0, 1])), None);
    assert_eq!(election.electorate.tally(&three, &gone, &recoveries(&[0, 1, 2])), Some(vec![3]));
    assert!(election.electorate.read_recovery(&voter(0), &others, &election.recovery(0, &gone)).is_none());
    // The sum without the recovery is no small number: three ballots of four say nothing.
    let zero: SortedMap<Voter, Recovery> =
        recoveries(&[0, 1, 2]).into_keys().map(|who| (who, recoveries(&[0])[&voter(0)].clone())).collect();
    assert_eq!(election.electorate.tally(&three, &gone, &zero), None);
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
        let ballots: SortedMap<Voter, Ballot> =
            (0..5).map(|number| (voter(number), election.read(number, &messages[number]).expect("it holds"))).collect();
        let count = election.electorate.tally(&ballots, &SortedSet::new(), &SortedMap::new());
        (messages.iter().map(Vec::len).collect::<Vec<_>>(), count, ballots)
    };
    let (sizes, count, ballots) = assigned(1, 2);
    let (other_sizes, other_count, others) = assigned(2, 1);
    assert_eq!((&sizes, &count), (&other_sizes, &other_count));
    assert_eq!(count, Some(vec![3, 2]));
    assert!(ballots[&voter(3)] != others[&voter(3)] && ballots[&voter(0)] == others[&voter(0)]);
    // The three others pool their secrets and take the fourth for gone: without a recovery of the fifth's own hand nothing adds up, whatever
    // they put in its place.
    let gone = SortedSet::from([voter(3)]);
    let mut recoveries: SortedMap<Voter, Recovery> = (0..3)
        .map(|number| {
            let read = election.electorate.read_recovery(&voter(number), &gone, &election.recovery(number, &gone));
            (voter(number), read.unwrap())
        })
        .collect();
    for forged in 0..3 {
        let stolen = recoveries[&voter(forged)].clone();
        recoveries.insert(voter(4), stolen);
        assert_eq!(election.electorate.tally(&ballots, &gone, &recoveries), None);
    }
}
