//! The host as an enemy, attack by attack, against a meeting that goes on meanwhile.
//!
//! **Invariant:** whatever the host does to messages, it gains nothing but that something does not happen: nobody is in who was not let
//! in by a member, nothing is shown that was not said or twice, nobody outside gets a key, and who is cut off is told within 15 s.
//! `--nocapture` prints what each attack cost.

use super::super::letter::Letter;
use super::super::*;
use super::world::World;
use crate::group::MemberId;
use rand_chacha::rand_core::RngCore;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;
use wire::{FromHost, LogEntry, Opaque, ParticipantId, ToHost};

/// Members at the start.
const PEOPLE: usize = 4;
/// How long an attack lasts, ms, and how long afterwards everything has to be well again.
const ATTACK: u64 = 40_000;
const AFTER: u64 = 60_000;
/// Within so many ms who is cut off is told (P8).
const TOLD: u64 = 15_000;

/// One way of being an enemy.
struct Attack {
    name: &'static str,
    /// Sets the host on its members; until the cell is true it does so.
    begin: fn(&mut World, &mut ChaCha20Rng, &Rc<Cell<bool>>),
    /// Who must be told.
    cut_off: &'static [usize],
}

const ATTACKS: [Attack; 16] = [
    Attack { name: "drops all to one member", begin: drops_all_to_one, cut_off: &[3] },
    Attack { name: "drops one member's messages to another", begin: drops_one_to_one, cut_off: &[1] },
    Attack { name: "drops a third of everything", begin: drops_a_third, cut_off: &[] },
    Attack { name: "delays and reorders", begin: reorders, cut_off: &[] },
    Attack { name: "replays everything", begin: replays, cut_off: &[] },
    Attack { name: "reflects everything", begin: reflects, cut_off: &[] },
    Attack { name: "splits the group in two", begin: splits, cut_off: &[0, 1, 2, 3] },
    Attack { name: "withholds commits from one member", begin: withholds_commits, cut_off: &[2] },
    Attack { name: "serves old commits as new", begin: serves_old_commits, cut_off: &[] },
    Attack { name: "puts rubbish into the log", begin: rubbish_in_the_log, cut_off: &[] },
    Attack { name: "invents people", begin: invents_people, cut_off: &[] },
    Attack { name: "calls people away who are there", begin: calls_away, cut_off: &[] },
    Attack { name: "evicts and refuses at will", begin: evicts, cut_off: &[] },
    Attack { name: "changes bits of letters", begin: changes_bits, cut_off: &[] },
    Attack { name: "feeds garbage and giants", begin: feeds_garbage, cut_off: &[] },
    Attack { name: "swaps messages between people", begin: swaps_senders, cut_off: &[] },
];

fn down(world: &mut World, over: &Rc<Cell<bool>>, mut change: impl FnMut(usize, FromHost) -> Vec<FromHost> + 'static) {
    let over = over.clone();
    world.on_way_down = Some(Box::new(move |client, message| if over.get() { vec![message] } else { change(client, message) }));
}

fn drops_all_to_one(world: &mut World, _: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    down(world, over, |client, message| if client == 3 { vec![] } else { vec![message] });
}

fn drops_one_to_one(world: &mut World, _: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let silenced = world.seat(0);
    down(world, over, move |client, message| match message {
        FromHost::Broadcast { from, .. } if client == 1 && from == silenced => vec![],
        other => vec![other],
    });
}

fn drops_a_third(world: &mut World, rng: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let mut rng = rng.clone();
    down(world, over, move |_, message| if rng.next_u32().is_multiple_of(3) { vec![] } else { vec![message] });
}

fn reorders(world: &mut World, rng: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let mut rng = rng.clone();
    let mut held: Vec<(usize, FromHost)> = Vec::new();
    down(world, over, move |client, message| {
        held.push((client, message));
        let mut out = Vec::new();
        while held.iter().filter(|(to, _)| *to == client).count() > 4 || (rng.next_u32().is_multiple_of(2) && !held.is_empty()) {
            let mine: Vec<usize> = (0..held.len()).filter(|place| held[*place].0 == client).collect();
            let Some(place) = mine.get(rng.next_u32() as usize % mine.len().max(1)) else { break };
            out.push(held.remove(*place).1);
        }
        out
    });
}

fn replays(world: &mut World, rng: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let mut rng = rng.clone();
    let mut seen: Vec<FromHost> = Vec::new();
    down(world, over, move |_, message| {
        let mut out = vec![message.clone(), message.clone()];
        if !seen.is_empty() {
            out.push(seen[rng.next_u32() as usize % seen.len()].clone());
        }
        if matches!(message, FromHost::Broadcast { .. } | FromHost::Relayed { .. } | FromHost::Committed(_)) {
            seen.push(message);
        }
        out
    });
}

fn reflects(world: &mut World, _: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let over = over.clone();
    let seats: Vec<ParticipantId> = (0..PEOPLE).map(|client| world.seat(client)).collect();
    world.on_way_up = Some(Box::new(move |client, message| match message {
        ToHost::Broadcast(body) if !over.get() && client < PEOPLE => {
            vec![ToHost::Relay { to: seats[client], body: body.clone() }, ToHost::Broadcast(body)]
        }
        other => vec![other],
    }));
}

/// Two halves that see nothing of each other: neither messages nor commits.
fn splits(world: &mut World, _: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let halves: Vec<(ParticipantId, bool)> = (0..PEOPLE).map(|client| (world.seat(client), client < 2)).collect();
    let half = move |seat: ParticipantId| halves.iter().find(|(id, _)| *id == seat).map(|(_, half)| *half);
    down(world, over, move |client, message| {
        let from = match &message {
            FromHost::Broadcast { from, .. } | FromHost::Relayed { from, .. } => half(*from),
            FromHost::Committed(entry) => half(entry.by),
            _ => None,
        };
        if client < PEOPLE && from.is_some_and(|from| from != (client < 2)) { vec![] } else { vec![message] }
    });
}

/// One member stays in its epoch, whoever tries to help.
fn withholds_commits(world: &mut World, _: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    down(world, over, |client, message| {
        let commit = match &message {
            FromHost::Committed(_) => true,
            FromHost::Relayed { body, .. } => matches!(Letter::read(body), Some(Letter::CommitsHere(_))),
            _ => false,
        };
        if client == 2 && commit { vec![] } else { vec![message] }
    });
}

fn serves_old_commits(world: &mut World, _: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let old: Vec<LogEntry> = world.host.log.values().cloned().collect();
    let mut turn = 0_usize;
    down(world, over, move |_, message| match message {
        FromHost::Committed(entry) if !old.is_empty() => {
            turn += 1;
            let stale = LogEntry { commit: old[turn % old.len()].commit.clone(), ..entry.clone() };
            // First under the slot of the new one, to some; then as it should be.
            if turn.is_multiple_of(3) {
                vec![FromHost::Committed(stale), FromHost::Committed(entry)]
            } else {
                vec![FromHost::Committed(entry)]
            }
        }
        other => vec![other],
    });
}

fn rubbish_in_the_log(world: &mut World, rng: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let mut rng = rng.clone();
    let over = over.clone();
    world.on_way_up = Some(Box::new(move |_, message| match message {
        ToHost::Commit(submission) if !over.get() && rng.next_u32().is_multiple_of(2) => {
            let mut rubbish = submission.clone();
            rubbish.commit = Opaque((0..700).map(|_| rng.next_u32() as u8).collect());
            (rubbish.admit, rubbish.evict) = (vec![], vec![]);
            vec![ToHost::Commit(rubbish), ToHost::Commit(submission)]
        }
        other => vec![other],
    }));
}

fn invents_people(world: &mut World, rng: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let mut rng = rng.clone();
    down(world, over, move |_, message| {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        let ghost = ParticipantId(id);
        let mut body = vec![0; 200];
        rng.fill_bytes(&mut body);
        let present = FromHost::Present { participant: ghost, tracks: vec![wire::Track::Audio] };
        let speaks = FromHost::Broadcast { from: ghost, body: Opaque(body.clone()) };
        vec![message, present, speaks, FromHost::Knocked { from: ghost, body: Opaque(body) }, FromHost::Admitted]
    });
}

fn calls_away(world: &mut World, rng: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let mut rng = rng.clone();
    let seats: Vec<ParticipantId> = (0..PEOPLE).map(|client| world.seat(client)).collect();
    down(world, over, move |_, message| {
        let whom = seats[rng.next_u32() as usize % seats.len()];
        vec![message, FromHost::Away(whom), FromHost::Gone(whom)]
    });
}

fn evicts(world: &mut World, rng: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let mut rng = rng.clone();
    down(world, over, move |_, message| match rng.next_u32() % 12 {
        0 => vec![message, FromHost::Evicted],
        1 => vec![message, FromHost::Refused(wire::Refusal::NotAMember)],
        2 => vec![message, FromHost::Refused(wire::Refusal::SlotAhead)],
        3 => vec![message, FromHost::Occupied, FromHost::Created],
        _ => vec![message],
    });
}

fn bodies(message: &mut FromHost) -> Option<&mut Vec<u8>> {
    match message {
        FromHost::Broadcast { body, .. } | FromHost::Relayed { body, .. } | FromHost::Knocked { body, .. } => Some(&mut body.0),
        FromHost::Committed(entry) => Some(&mut entry.commit.0),
        _ => None,
    }
}

fn changes_bits(world: &mut World, rng: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let mut rng = rng.clone();
    down(world, over, move |_, mut message| {
        if let Some(body) = bodies(&mut message).filter(|body| !body.is_empty() && rng.next_u32().is_multiple_of(4)) {
            let place = rng.next_u32() as usize % body.len();
            body[place] ^= 1 << (rng.next_u32() % 8);
        }
        vec![message]
    });
}

fn feeds_garbage(world: &mut World, rng: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let mut rng = rng.clone();
    down(world, over, move |_, message| {
        let mut copy = message.clone();
        if let Some(body) = bodies(&mut copy) {
            let length = if rng.next_u32().is_multiple_of(20) { 400_000 } else { rng.next_u32() as usize % 900 };
            // The first bytes lead deeper than chance would.
            let kept = (rng.next_u32() as usize % 5).min(body.len());
            body.truncate(kept);
            body.resize(kept + length, 0);
            rng.fill_bytes(&mut body[kept..]);
        }
        vec![copy, message]
    });
}

fn swaps_senders(world: &mut World, rng: &mut ChaCha20Rng, over: &Rc<Cell<bool>>) {
    let mut rng = rng.clone();
    let seats: Vec<ParticipantId> = (0..PEOPLE).map(|client| world.seat(client)).collect();
    down(world, over, move |_, mut message| {
        let other = seats[rng.next_u32() as usize % seats.len()];
        match &mut message {
            FromHost::Broadcast { from, .. } | FromHost::Relayed { from, .. } => *from = other,
            FromHost::Committed(entry) => entry.by = other,
            _ => {}
        }
        vec![message]
    });
}

/// Everything that this client's screen was told so that its person knows that something is wrong.
fn is_told(world: &World, client: usize, from: usize) -> bool {
    let told = |event: &Event| match event {
        Event::Notice(notice) => matches!(notice, Notice::Split | Notice::MemberLeft { .. } | Notice::CommitterBroken { .. }),
        Event::Phase(phase) => matches!(phase, Phase::Reconnecting | Phase::Ended(_)),
        Event::People(people) => people.iter().any(|person| !person.connected),
        _ => false,
    };
    world.clients[client].events.iter().skip(from).any(told)
}

/// What holds at any moment, whatever the host does.
fn assert_nothing_gained(world: &World, attack: &str, outsider: usize) {
    let known: BTreeSet<MemberId> =
        world.clients.iter().filter_map(|client| client.session.room.as_ref()).map(|room| room.group.my_id()).collect();
    let ever: BTreeSet<MemberId> = world.clients.iter().flat_map(|client| &client.people).map(|person| person.member).collect();
    for (number, client) in world.clients.iter().enumerate() {
        let Some(room) = &client.session.room else { continue };
        assert_eq!(client.people.len().max(1), room.group.members().len().max(1), "{attack}: the roster of {number} is its tree");
        for person in &client.people {
            // Nobody but real clients has ever had a name; a ghost would have none and be nobody's.
            assert!(known.contains(&person.member) || person.joining || !person.name.is_empty(), "{attack}: a ghost");
        }
    }
    assert!(ever.len() <= world.clients.len() * 6, "{attack}: people out of nothing");
    let eve = &world.clients[outsider];
    assert!(
        eve.people.len() <= 1 && eve.keys.iter().all(|(_, leaves)| leaves.len() <= 1),
        "{attack}: who does not know the password is in"
    );
}

/// Lines are shown once, and only as they were said.
fn assert_chats_are_said(world: &World, attack: &str, said: &[String]) {
    for client in 0..world.clients.len() {
        let mut shown = BTreeSet::new();
        for line in world.chats(client) {
            assert!(said.contains(&line), "{attack}: {line:?} was never said");
            assert!(shown.insert(line.clone()), "{attack}: {line:?} is shown twice to {client}");
        }
    }
}

/// Lets the enemy loose on a meeting, and says in words what was lost.
fn suffer(attack: &Attack, seed: u8) -> String {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let mut world = World::meeting(PEOPLE);
    world.run(6_000);
    let (over, mut said) = (Rc::new(Cell::new(false)), Vec::new());
    (attack.begin)(&mut world, &mut rng, &over);
    let before: Vec<usize> = world.clients.iter().map(|client| client.events.len()).collect();
    // Who does not know the password, with the link, and with the host's help.
    let eve = world.arrive(9);
    let friend = world.arrive(1);
    for step in 0..ATTACK / 1_000 {
        let speaker = (step % PEOPLE as u64) as usize;
        let line = format!("line {step} of {speaker}");
        said.push(line.clone());
        world.does(speaker, Command::Chat(line));
        world.run(1_000);
        assert_nothing_gained(&world, attack.name, eve);
        if (step + 1) * 1_000 == TOLD {
            for client in attack.cut_off {
                assert!(is_told(&world, *client, before[*client]), "{}: {client} is not told in time", attack.name);
            }
        }
    }
    over.set(true);
    world.run(AFTER);
    assert_nothing_gained(&world, attack.name, eve);
    said.push("after".into());
    let speaker =
        (0..PEOPLE).find(|client| world.clients[*client].phase == Phase::Joined).expect("somebody is still in a meeting");
    world.does(speaker, Command::Chat("after".into()));
    world.run(1_000);
    assert_chats_are_said(&world, attack.name, &said);
    let heard: Vec<usize> = (0..PEOPLE).map(|client| world.chats(client).len()).collect();
    let inside = (0..PEOPLE).filter(|client| matches!(world.clients[*client].phase, Phase::Joined | Phase::AloneOrApart)).count();
    let together = (0..PEOPLE).filter(|client| world.chats(*client).contains(&"after".into())).count();
    let got_in = world.clients[friend].phase == Phase::Joined;
    let guesses = world.room(speaker).door.budget.total();
    let worst = heard.iter().min().copied().unwrap_or_default();
    format!(
        "{}: at least {worst} of {} lines shown to each, {inside} of {PEOPLE} inside and {together} in one meeting a minute later, friend in: {got_in}, guesses counted: {guesses}",
        attack.name,
        said.len()
    )
}

#[test]
#[expect(clippy::print_stdout, reason = "what each attack costs is for the report")]
fn whatever_the_host_does_it_gains_nothing_and_who_is_cut_off_is_told() {
    for (number, attack) in ATTACKS.iter().enumerate() {
        println!("{}", suffer(attack, number as u8 + 1));
    }
}

#[test]
fn guesses_spread_over_all_doors_are_three_a_member_and_everybody_knows() {
    let mut world = World::meeting(PEOPLE);
    // The host has the link. It brings each guess to one door only, and tells nobody of the others' failures.
    let door = Rc::new(Cell::new(0));
    let at = door.clone();
    world.on_way_down = Some(Box::new(move |client, message| match &message {
        FromHost::Knocked { .. } if client != at.get() => vec![],
        FromHost::Broadcast { .. } if at.get() < PEOPLE => vec![],
        _ => vec![message],
    }));
    let mut answered = 0;
    for guess in 0..20 {
        door.set(guess % PEOPLE);
        let eve = world.arrive(50 + guess as u8);
        world.run(9_000);
        answered += usize::from(matches!(world.clients[eve].phase, Phase::Ended(End::WrongPassword { .. })));
        assert!(world.clients[eve].people.len() <= 1);
    }
    assert!(answered <= 3 * PEOPLE, "three a member, whatever the others are told: {answered}");
    // As soon as members hear each other they know of all.
    door.set(PEOPLE);
    world.run(40_000);
    let alive = (0..PEOPLE).filter(|client| world.clients[*client].phase == Phase::Joined);
    for client in alive {
        let told = world.notices(client).iter().any(|notice| matches!(notice, Notice::WrongPasswordTried { .. }));
        assert!(told, "{client}");
    }
}
