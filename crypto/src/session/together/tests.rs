//! Rounds of a secret vote under a host that drops what is said and cuts off whom it likes, at any moment.

use super::question::{Choices, Question, Stage, VoteId};
use super::secret::{Moment, Say, Sealed};
use crate::group::MemberId;
use crate::sorted::SortedSet;
use crate::vote::{Context, begin};
use proptest::prelude::*;

/// What the host puts before everybody, in one order.
#[derive(Clone)]
enum Entry {
    Said(usize, std::rc::Rc<Say>),
    Gone(usize),
    Close,
}

/// A member, as far as it has read.
struct Member {
    sealed: Sealed,
    present: SortedSet<[u8; 16]>,
    read: usize,
    is_gone: bool,
    /// Ballots that have left it.
    ballots: usize,
}

struct Room {
    members: Vec<Member>,
    log: Vec<Entry>,
    draws: u64,
}

fn id(member: usize) -> MemberId {
    MemberId([member as u8 + 1; 16])
}

impl Room {
    fn new(people: usize) -> Self {
        let mut room = Self::unread(people);
        room.read_all();
        room
    }

    /// Everybody was asked, and nobody has read anything.
    fn unread(people: usize) -> Self {
        let question = Question { text: "?".into(), answers: vec!["a".into(), "b".into()], many: false, secret: true };
        let roster: Vec<MemberId> = (0..people).map(id).collect();
        let vote = (VoteId([3; 16]), id(0));
        let sealed = |me| Sealed::new(b"group", vote, &question, roster.clone(), id(me)).expect("it can be secret");
        let present: SortedSet<[u8; 16]> = roster.iter().map(|member| member.0).collect();
        let member = |me| Member { sealed: sealed(me), present: present.clone(), read: 0, is_gone: false, ballots: 0 };
        let mut room = Self { members: (0..people).map(member).collect(), log: Vec::new(), draws: 0 };
        room.members[0].sealed.gather(0);
        for me in 0..people {
            let seed = room.draw();
            let keys = room.members[me].sealed.announce(seed);
            room.say(me, keys);
        }
        room
    }

    /// What somebody says who goes on among these.
    fn again(&mut self, voter: usize, among: &[usize]) -> Entry {
        let voters: Vec<MemberId> = among.iter().map(|member| id(*member)).collect();
        let set: SortedSet<[u8; 16]> = voters.iter().map(|voter| voter.0).collect();
        let context = Context::new(b"group", &[3; 16], 2, false).expect("it can be secret").of(&set);
        let (_, keys) = begin(&context, &id(voter).0, self.draw());
        Entry::Said(voter, std::rc::Rc::new(Say::Again { voters, keys }))
    }

    fn draw(&mut self) -> [u8; 32] {
        self.draws += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.draws.to_be_bytes());
        seed
    }

    fn say(&mut self, me: usize, said: impl IntoIterator<Item = Say>) {
        for say in said {
            self.members[me].ballots += usize::from(matches!(say, Say::Ballot(_)));
            self.log.push(Entry::Said(me, std::rc::Rc::new(say)));
        }
    }

    /// A member reads what is next, or loses it.
    fn read(&mut self, me: usize, is_lost: bool) -> bool {
        let seed = self.draw();
        let Member { sealed, present, read, is_gone, .. } = &mut self.members[me];
        let Some(entry) = self.log.get(*read).filter(|_| !*is_gone).cloned() else { return false };
        *read += 1;
        let mut said = Vec::new();
        match entry {
            // Who has not the commit has nothing that comes after it: those are not lost.
            Entry::Gone(who) => {
                *is_gone |= who == me;
                present.remove(&id(who).0);
            }
            Entry::Close => sealed.close(0),
            Entry::Said(from, _) if from == me || is_lost => {}
            Entry::Said(from, say) => {
                let moment = Moment { now: 0, present, is_told: true, seed };
                match &*say {
                    Say::Keys(keys) => sealed.hear_keys(id(from), keys.clone()),
                    Say::Voters(voters) => sealed.hear_voters(voters.clone()),
                    Say::Ready { voters, here } => sealed.hear_ready(id(from), *voters, *here),
                    Say::Ballot(ballot) => sealed.hear_ballot(id(from), ballot.clone()),
                    Say::Again { voters, keys } => said = sealed.hear_again(id(from), voters, keys.clone(), &moment),
                    Say::Renounce => sealed.hear_renounced(id(from)),
                }
            }
        }
        if !self.members[me].is_gone {
            self.say(me, said);
            self.tick(me);
        }
        true
    }

    fn tick(&mut self, me: usize) {
        let seed = self.draw();
        let Member { sealed, present, .. } = &mut self.members[me];
        let said = sealed.tick(&Moment { now: 0, present, is_told: true, seed });
        self.say(me, said);
    }

    fn read_all(&mut self) {
        while (0..self.members.len()).any(|me| self.read(me, false)) {}
    }

    fn choose(&mut self, me: usize, choices: u8) {
        if !self.members[me].is_gone {
            let said = self.members[me].sealed.choose(Choices(choices));
            self.say(me, said);
            self.tick(me);
        }
    }
}

/// What happens next: to whom, what, and with which choice.
fn steps() -> impl Strategy<Value = Vec<(usize, u8, u8)>> {
    proptest::collection::vec((0_usize..6, 0_u8..24, 0_u8..3), 20..160)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_a_host_drops_and_whomever_it_cuts_off_nobody_publishes_two_ballots_and_all_counts_are_one(steps in steps()) {
        let mut room = Room::new(6);
        for (who, what, choices) in steps {
            match what {
                0 if room.members.iter().filter(|member| !member.is_gone).count() > 2 => room.log.push(Entry::Gone(who)),
                1 => room.log.push(Entry::Close),
                2..=5 => room.choose(who, choices),
                6 | 7 => { room.read(who, true); }
                _ => { room.read(who, false); }
            }
        }
        room.read_all();
        let results: Vec<&Vec<usize>> = room.members.iter().filter_map(|member| member.sealed.result.as_ref()).collect();
        prop_assert!(room.members.iter().all(|member| member.ballots <= 1));
        prop_assert!(results.windows(2).all(|two| two[0] == two[1]), "{:?}", results);
    }
}

#[test]
fn nothing_that_could_be_counted_is_said_before_all_are_there() {
    let mut room = Room::new(5);
    for me in 0..4 {
        room.choose(me, 1);
        room.read_all();
    }
    // The last one chooses and is cut off: its choice has come, and it is not heard of again.
    room.members[4].is_gone = true;
    let choice = room.members[4].sealed.choose(Choices(2));
    room.say(4, choice);
    room.read_all();
    assert!(room.members.iter().all(|member| member.ballots == 0 && member.sealed.stage() == Stage::Open));
    room.log.push(Entry::Gone(4));
    room.read_all();
    assert!(room.members.iter().take(4).all(|member| member.ballots == 1 && member.sealed.result == Some(vec![4, 0])));
    assert_eq!(room.members[4].ballots, 0);
}

#[test]
fn before_the_voters_are_named_nobody_leaves_out_who_is_there() {
    let mut room = Room::unread(6);
    // Two say that they go on with one other, who has heard of nobody that has gone.
    for (at, liar) in [1, 2].into_iter().enumerate() {
        let entry = room.again(liar, &[1, 2, 5]);
        room.log.insert(at, entry);
    }
    while room.read(5, false) {}
    assert_eq!(room.members[5].sealed.numbers().0, 6, "all who were asked");
    room.read_all();
    for me in 0..6 {
        room.choose(me, 1);
        room.read_all();
    }
    assert_eq!(room.members[5].sealed.result, Some(vec![6, 0]));
}

#[test]
fn who_hears_of_the_next_round_first_follows_when_the_voters_are_named() {
    let mut room = Room::unread(6);
    // The sixth was too slow to be named, and is there; the second has gone.
    room.log.push(Entry::Gone(1));
    for voter in [0, 2, 3] {
        let entry = room.again(voter, &[0, 2, 3, 4]);
        room.log.push(entry);
    }
    while room.read(4, false) {}
    assert_eq!((room.members[4].sealed.numbers().0, room.members[4].sealed.stage()), (6, Stage::Gathering));
    room.say(0, [Say::Voters((0..5).map(id).collect())]);
    while room.read(4, false) {}
    assert_eq!((room.members[4].sealed.numbers().0, room.members[4].sealed.stage()), (4, Stage::Open));
}

#[test]
fn who_goes_in_the_moment_of_the_count_makes_it_void_for_all_alike() {
    let mut room = Room::new(4);
    for me in 0..4 {
        room.choose(me, 1);
    }
    // All say that they are there; the last one has heard so of nobody and goes. The others have published.
    while (0..3).any(|me| room.read(me, false)) {}
    room.read(3, true);
    while room.log.len() > room.members[3].read
        && room.members[3].ballots == 0
        && !room.members[3].sealed.stage().eq(&Stage::Closed)
    {
        room.read(3, true);
        while (0..3).any(|me| room.read(me, false)) {}
    }
    let published = room.members.iter().take(3).filter(|member| member.ballots == 1).count();
    room.log.push(Entry::Gone(3));
    room.read_all();
    let stages: Vec<Stage> = room.members.iter().take(3).map(|member| member.sealed.stage()).collect();
    assert!(
        stages.iter().all(|stage| *stage == if published == 0 { Stage::Closed } else { Stage::Void }),
        "{published} {stages:?}"
    );
}
