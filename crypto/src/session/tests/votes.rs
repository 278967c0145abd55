//! Votes among members, open and secret.

use super::super::*;
use super::together::{timer, times};
use super::world::World;
use together::Word;

fn votes(world: &World, client: usize) -> Vec<Vote> {
    let votes = |event: &Event| if let Event::Together(News::Votes(votes)) = event { Some(votes.clone()) } else { None };
    world.clients[client].events.iter().filter_map(votes).next_back().unwrap_or_default()
}

fn question(many: bool) -> Question {
    Question { text: "Where?".into(), answers: vec!["Here".into(), "There".into(), "Nowhere".into()], many, secret: false }
}

fn votes_that(world: &mut World, client: usize, act: VoteAct) {
    world.does(client, Command::Together(Act::Vote(act)));
    world.run(100);
}

#[test]
fn a_vote_is_counted_alike_by_all_and_by_who_came_while_it_ran() {
    let mut world = World::meeting(4);
    votes_that(&mut world, 0, VoteAct::Open(question(true)));
    let id = votes(&world, 3)[0].id;
    votes_that(&mut world, 1, VoteAct::Cast(id, Choices(0b011)));
    votes_that(&mut world, 3, VoteAct::Cast(id, Choices(0b001)));
    // What was cast stays.
    votes_that(&mut world, 1, VoteAct::Cast(id, Choices(0b100)));
    assert!((0..4).all(|client| votes(&world, client)[0].counts.is_empty()), "nobody is told before it is over");
    assert_eq!((votes(&world, 2)[0].voted, votes(&world, 2)[0].voters), (2, 4));
    // Who cast a ballot goes, and who comes then learns of it all the same.
    world.does(3, Command::Leave);
    world.run(3_000);
    let late = world.arrive(1);
    world.run(3_000);
    assert_eq!((votes(&world, late)[0].voted, votes(&world, late)[0].voters), (2, 5));
    votes_that(&mut world, late, VoteAct::Cast(id, Choices(0b010)));
    // Only its author or a moderator closes it.
    votes_that(&mut world, 1, VoteAct::Close(id));
    assert_eq!(votes(&world, 2)[0].stage, Stage::Open);
    votes_that(&mut world, 0, VoteAct::Close(id));
    for client in [0, 1, 2, late] {
        let vote = &votes(&world, client)[0];
        assert_eq!((vote.stage, vote.counts.as_slice(), vote.voted), (Stage::Closed, [2, 2, 0].as_slice(), 3), "{client}");
        let chose = |name: &str| vote.ballots.iter().find(|(who, _)| who == name).map(|(_, choices)| choices.0);
        assert_eq!((chose("person 1"), chose(&format!("person {late}"))), (Some(0b011), Some(0b010)), "{client}");
    }
}

#[test]
fn what_cannot_be_a_ballot_or_a_question_is_not_taken() {
    let mut world = World::meeting(3);
    let open = |question: Question| Command::Together(Act::Vote(VoteAct::Open(question)));
    world.does(1, open(Question { answers: vec!["alone".into()], ..question(false) }));
    world.does(1, open(Question { text: " \n".into(), ..question(false) }));
    world.run(200);
    assert!(votes(&world, 0).is_empty() && world.notices(1).iter().filter(|notice| **notice == Notice::NotDone).count() == 2);
    votes_that(&mut world, 1, VoteAct::Open(question(false)));
    let id = votes(&world, 0)[0].id;
    // Two answers where one may be chosen, an answer that is none, and a ballot in somebody else's name.
    let cast =
        |voter, choices| body::Body::Together(Word::Vote(together::VoteSaid::Cast { id, voter, choices: Choices(choices) }));
    let (me, other) = (world.member(2), world.member(0));
    for body in [cast(me, 0b11), cast(me, 0b1000), cast(other, 0b1)] {
        world.run(12_000);
        world.says(2, &body);
    }
    world.run(200);
    assert_eq!(votes(&world, 0)[0].voted, 0);
    assert_eq!(votes(&world, 1)[0].voted, 0);
    // One at a time.
    votes_that(&mut world, 1, VoteAct::Open(question(false)));
    assert_eq!(votes(&world, 0).len(), 1);
}

#[test]
fn where_only_moderators_write_only_they_ask_and_count_down() {
    let mut world = World::meeting(3);
    world.does(0, Command::Govern(Govern::Rule(Rule::ModeratorsChat, true)));
    world.run(1_000);
    votes_that(&mut world, 1, VoteAct::Open(question(false)));
    times(&mut world, 1, TimerAct::Start { label: String::new(), millis: 1_000 });
    let (id, author) = (VoteId([1; 16]), world.member(1));
    world.says(
        1,
        &body::Body::Together(Word::Vote(together::VoteSaid::Open { id, author, question: question(false), roster: vec![] })),
    );
    world.run(200);
    assert!(votes(&world, 0).is_empty() && timer(&world, 0).is_none());
    votes_that(&mut world, 0, VoteAct::Open(question(false)));
    let id = votes(&world, 1)[0].id;
    votes_that(&mut world, 1, VoteAct::Cast(id, Choices(1)));
    assert_eq!(votes(&world, 0)[0].voted, 1, "to answer is everybody's");
}

#[test]
fn who_was_cut_off_when_a_vote_closed_counts_what_the_others_count() {
    let mut world = World::meeting(3);
    votes_that(&mut world, 0, VoteAct::Open(question(false)));
    let id = votes(&world, 1)[0].id;
    world.cut(2, true);
    world.run(500);
    votes_that(&mut world, 1, VoteAct::Cast(id, Choices(0b10)));
    // Cast into a dead connection: it comes after the vote was closed, and is not counted by anybody.
    votes_that(&mut world, 2, VoteAct::Cast(id, Choices(0b01)));
    votes_that(&mut world, 0, VoteAct::Close(id));
    world.cut(2, false);
    world.run(6_000);
    for client in 0..3 {
        assert_eq!(
            (votes(&world, client)[0].stage, votes(&world, client)[0].counts.as_slice()),
            (Stage::Closed, [0, 1, 0].as_slice()),
            "{client}"
        );
    }
}

fn secretly(world: &mut World, author: usize, many: bool) -> VoteId {
    let before = votes(world, author).len();
    votes_that(world, author, VoteAct::Open(Question { secret: true, ..question(many) }));
    world.run(1_000);
    let vote = &votes(world, author)[before];
    assert_eq!(vote.stage, Stage::Open);
    vote.id
}

#[test]
fn a_secret_vote_counts_itself_when_all_have_voted_and_names_nobody() {
    let mut world = World::meeting(4);
    let id = secretly(&mut world, 1, false);
    let late = world.arrive(1);
    world.run(3_000);
    assert!(!votes(&world, late)[0].may_vote, "who came later watches");
    for (client, choices) in [(0, 0b001), (1, 0b100), (2, 0b001), (late, 0b010)] {
        votes_that(&mut world, client, VoteAct::Cast(id, Choices(choices)));
    }
    // Twice is not more.
    votes_that(&mut world, 0, VoteAct::Cast(id, Choices(0b010)));
    assert!((0..4).all(|client| votes(&world, client)[0].stage == Stage::Open && votes(&world, client)[0].voted == 3));
    votes_that(&mut world, 3, VoteAct::Cast(id, Choices(0b100)));
    for client in [0, 1, 2, 3, late] {
        let vote = &votes(&world, client)[0];
        assert_eq!((vote.stage, vote.counts.as_slice(), vote.voted), (Stage::Closed, [2, 0, 2].as_slice(), 4), "{client}");
        assert!(vote.ballots.is_empty());
    }
    assert_eq!(votes(&world, 0)[0].mine, Some(Choices(0b001)));
}

#[test]
fn a_secret_vote_that_is_closed_takes_silence_for_abstention() {
    let mut world = World::meeting(4);
    let id = secretly(&mut world, 0, true);
    votes_that(&mut world, 1, VoteAct::Cast(id, Choices(0b011)));
    votes_that(&mut world, 2, VoteAct::Cast(id, Choices(0b010)));
    votes_that(&mut world, 3, VoteAct::Close(id));
    assert_eq!(votes(&world, 0)[0].stage, Stage::Open, "neither its author nor a moderator");
    votes_that(&mut world, 0, VoteAct::Close(id));
    world.run(1_000);
    for client in 0..4 {
        assert_eq!(votes(&world, client)[0].counts, [1, 2, 0], "{client}");
    }
}

/// Stage, counts and who is missing, as everybody of these sees it.
fn assert_counted(world: &World, clients: &[usize], counts: &[usize], voted: usize, without: &[&str]) {
    for client in clients {
        let vote = votes(world, *client).pop().expect("there is a vote");
        assert_eq!((vote.stage, vote.counts.as_slice(), vote.voted), (Stage::Closed, counts, voted), "{client}");
        assert_eq!(vote.without, without, "{client}");
    }
}

#[test]
fn who_leaves_without_voting_is_done_without() {
    let mut world = World::meeting(5);
    let id = secretly(&mut world, 0, false);
    for (client, choices) in [(0, 0b001), (1, 0b010), (2, 0b010)] {
        votes_that(&mut world, client, VoteAct::Cast(id, Choices(choices)));
    }
    world.does(4, Command::Leave);
    world.run(3_000);
    let late = world.arrive(1);
    world.run(3_000);
    for client in [1, late] {
        assert_eq!((votes(&world, client)[0].voted, votes(&world, client)[0].voters), (3, 4), "{client}");
    }
    votes_that(&mut world, 3, VoteAct::Cast(id, Choices(0b001)));
    world.run(1_000);
    assert_counted(&world, &[0, 1, 2, 3], &[2, 2, 0], 4, &["person 4"]);
    assert_eq!(votes(&world, late)[0].counts, [2, 2, 0], "who came later counts as well");
}

#[test]
fn who_leaves_after_having_voted_is_counted() {
    let mut world = World::meeting(4);
    let id = secretly(&mut world, 0, false);
    votes_that(&mut world, 3, VoteAct::Cast(id, Choices(0b100)));
    world.does(3, Command::Leave);
    world.run(3_000);
    let late = world.arrive(1);
    world.run(3_000);
    for client in 0..3 {
        votes_that(&mut world, client, VoteAct::Cast(id, Choices(0b001)));
    }
    world.run(1_000);
    assert_counted(&world, &[0, 1, 2, late], &[3, 0, 1], 4, &[]);
}

#[test]
fn who_vanishes_does_not_void_a_secret_vote_whenever_that_is() {
    // Before it has voted, and after it, when nobody has noticed yet that it is not there any more.
    for (before, after) in [(&[0, 1][..], &[2, 3][..]), (&[0, 4][..], &[1, 2, 3][..]), (&[4, 0, 1, 2][..], &[3][..])] {
        let mut world = World::meeting(5);
        let id = secretly(&mut world, 4, false);
        for client in before {
            votes_that(&mut world, *client, VoteAct::Cast(id, Choices(if *client == 4 { 0b001 } else { 0b010 })));
        }
        world.kill(4);
        for client in after {
            votes_that(&mut world, *client, VoteAct::Cast(id, Choices(0b010)));
        }
        world.run(90_000);
        assert_counted(&world, &[0, 1, 2, 3], &[0, 4, 0], 4, &["person 4"]);
    }
}

#[test]
fn who_vanishes_within_the_round_trip_of_the_count_makes_it_void_for_all_alike() {
    let mut world = World::meeting(5);
    let id = secretly(&mut world, 0, false);
    for client in 0..4 {
        votes_that(&mut world, client, VoteAct::Cast(id, Choices(1)));
    }
    // The last one chooses: its word reaches the others, and theirs does not reach it any more.
    world.does(4, Command::Together(Act::Vote(VoteAct::Cast(id, Choices(1)))));
    world.run(20);
    world.kill(4);
    world.run(90_000);
    assert!((0..4).all(|client| votes(&world, client)[0].stage == Stage::Void && votes(&world, client)[0].counts.is_empty()));
}

#[test]
fn who_is_put_out_is_done_without_and_a_vote_that_is_closed_does_without_as_well() {
    let mut world = World::meeting(5);
    let id = secretly(&mut world, 0, false);
    for client in 0..4 {
        votes_that(&mut world, client, VoteAct::Cast(id, Choices(1)));
    }
    let member = world.member(4);
    world.does(0, Command::Govern(Govern::Remove(vec![member])));
    world.run(3_000);
    assert_counted(&world, &[0, 1, 2, 3], &[4, 0, 0], 4, &["person 4"]);

    let id = secretly(&mut world, 0, false);
    votes_that(&mut world, 1, VoteAct::Cast(id, Choices(0b010)));
    world.kill(3);
    votes_that(&mut world, 0, VoteAct::Close(id));
    world.run(90_000);
    assert_counted(&world, &[0, 1, 2], &[0, 1, 0], 3, &["person 3"]);
}

#[test]
fn what_was_chosen_among_many_is_not_cast_among_few_unasked() {
    let mut world = World::meeting(6);
    let id = secretly(&mut world, 0, false);
    for client in 0..3 {
        votes_that(&mut world, client, VoteAct::Cast(id, Choices(0b001)));
    }
    for client in [4, 5] {
        world.does(client, Command::Leave);
    }
    world.run(3_000);
    votes_that(&mut world, 3, VoteAct::Cast(id, Choices(0b100)));
    world.run(1_000);
    for client in 0..3 {
        let vote = &votes(&world, client)[0];
        assert_eq!((vote.stage, vote.mine, vote.asked_again), (Stage::Open, None, true), "{client}");
        votes_that(&mut world, client, VoteAct::Cast(id, Choices(0b010)));
    }
    world.run(1_000);
    assert!(votes(&world, 3)[0].counts == [0, 3, 1] && !votes(&world, 3)[0].asked_again);
    // Of two, each would know the other's.
    let id = secretly(&mut world, 0, false);
    for client in [0, 1] {
        votes_that(&mut world, client, VoteAct::Cast(id, Choices(0b001)));
    }
    for client in [2, 3] {
        world.does(client, Command::Leave);
    }
    world.run(3_000);
    assert!(
        (0..2).all(|client| votes(&world, client).pop().is_some_and(|vote| vote.stage == Stage::Void && vote.counts.is_empty()))
    );
}

#[test]
fn two_have_no_secret_vote_and_a_forged_ballot_keeps_nobody_from_counting() {
    let mut world = World::meeting(2);
    votes_that(&mut world, 0, VoteAct::Open(Question { secret: true, ..question(false) }));
    assert!(votes(&world, 0).is_empty() && world.notices(0).contains(&Notice::NotDone));
    let third = world.arrive(1);
    world.run(15_000);
    let id = secretly(&mut world, 0, false);
    let voter = world.member(1);
    // Somebody else's name, and bytes that are no ballot in one's own.
    for (client, ballot) in [(third, vec![7; 900]), (1, vec![7; 900]), (1, vec![])] {
        world.says(client, &body::Body::Together(Word::Vote(together::VoteSaid::Ballot { id, voter, ballot })));
    }
    world.run(200);
    for client in [0, 1, third] {
        votes_that(&mut world, client, VoteAct::Cast(id, Choices(0b010)));
    }
    for client in [0, 1, third] {
        assert_eq!(votes(&world, client)[0].counts, [0, 3, 0], "{client}");
    }
}

#[test]
fn what_the_host_carries_of_a_secret_vote_is_of_one_size_whatever_is_chosen() {
    let sizes = |choices: u8| {
        let mut world = World::meeting(3);
        let id = secretly(&mut world, 0, false);
        let seen = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let sizes = seen.clone();
        world.on_way_up = Some(Box::new(move |client, message| {
            if let (1, wire::ToHost::Broadcast(body)) = (client, &message) {
                sizes.borrow_mut().push(body.0.len());
            }
            vec![message]
        }));
        for (client, choices) in [(1, choices), (0, 0b001), (2, 0b010)] {
            votes_that(&mut world, client, VoteAct::Cast(id, Choices(choices)));
        }
        world.run(1_000);
        let sizes = seen.borrow().clone();
        assert!(sizes.len() >= 3, "it has chosen, it is there, its ballot");
        sizes
    };
    assert_eq!(sizes(0), sizes(0b100));
}
