//! Files from seat to seat.

use super::super::*;
use super::world::World;
use crate::files::{CHUNK_BYTES, ChunkHash, FILE_BYTES, FileId, FileInfo, FileKind, chunk_hash};
use body::Body;
use files::Piece;
use letter::Letter;
use post::{FileLine, Post};
use std::collections::BTreeMap;
use wire::{FromHost, Opaque, ToHost};

const ID: FileId = FileId([5; 16]);

/// The pages of a world: what they offer, and what has come to them.
#[derive(Default)]
struct Pages {
    content: Vec<u8>,
    got: BTreeMap<usize, BTreeMap<u32, Vec<u8>>>,
    read: BTreeMap<usize, usize>,
    /// Where in the client's events we are.
    seen: BTreeMap<usize, usize>,
}

impl Pages {
    fn of(bytes: usize) -> Self {
        Self { content: (0..bytes).map(|at| (at * 7 % 253) as u8).collect(), ..Self::default() }
    }

    fn info(&self) -> FileInfo {
        FileInfo { id: ID, name: "minutes.pdf".into(), kind: FileKind::Other, size: self.content.len() as u64 }
    }

    fn hashes(&self) -> Vec<ChunkHash> {
        self.content.chunks(CHUNK_BYTES).map(chunk_hash).collect()
    }

    fn offer(&self, world: &mut World, from: usize, to: Option<usize>) {
        let to = to.map(|to| world.member(to));
        world.does(from, Command::Post(PostCommand::Offer { to, file: self.info(), hashes: self.hashes() }));
    }

    /// Lets time pass, and pages do what they do.
    fn run(&mut self, world: &mut World, ms: u64) {
        for _ in 0..ms.div_ceil(5) {
            world.run(5);
            for client in 0..world.clients.len() {
                self.attend(world, client);
            }
        }
    }

    fn attend(&mut self, world: &mut World, client: usize) {
        let seen = self.seen.entry(client).or_default();
        let new: Vec<Event> = world.clients[client].events[*seen..].to_vec();
        *seen += new.len();
        for event in new {
            match event {
                Event::Post(PostEvent::Read { id, index, start, bytes }) => {
                    *self.read.entry(client).or_default() += 1;
                    let start = usize::try_from(start).expect("a place in the file");
                    let bytes = self.content.get(start..start + bytes).map(<[u8]>::to_vec);
                    world.does(client, Command::Post(PostCommand::Read { id, index, bytes }));
                }
                Event::Post(PostEvent::Piece { index, bytes, .. }) => {
                    assert!(self.got.entry(client).or_default().insert(index, bytes).is_none(), "a piece comes once");
                }
                _ => {}
            }
        }
    }

    fn has_all(&self, client: usize) -> bool {
        self.got.get(&client).is_some_and(|parts| parts.values().flatten().eq(&self.content))
    }
}

/// What the client was told last of the file.
fn state(world: &World, client: usize) -> Option<FileState> {
    let state = |event: &Event| match event {
        Event::Post(PostEvent::File { id, state }) if *id == ID => Some(*state),
        _ => None,
    };
    world.clients[client].events.iter().filter_map(state).next_back()
}

fn is_offered(world: &World, client: usize) -> usize {
    let offered = |event: &&Event| match event {
        Event::Post(PostEvent::Offered { file, .. } | PostEvent::Said { what: Content::File(file), .. }) => file.id == ID,
        _ => false,
    };
    world.clients[client].events.iter().filter(offered).count()
}

fn fetch(world: &mut World, client: usize) {
    world.does(client, Command::Post(PostCommand::Fetch(ID)));
}

#[test]
fn a_file_goes_to_who_asks_for_it_and_who_offers_it_hears_who_has_it() {
    let mut world = World::meeting(3);
    let mut pages = Pages::of(3 * CHUNK_BYTES + 17);
    pages.offer(&mut world, 0, None);
    pages.run(&mut world, 200);
    assert_eq!([0, 1, 2].map(|client| is_offered(&world, client)), [1, 1, 1]);
    assert!(pages.read.is_empty(), "nobody asked");
    fetch(&mut world, 1);
    pages.run(&mut world, 2_000);
    assert!(pages.has_all(1) && !pages.got.contains_key(&2));
    assert_eq!((state(&world, 1), state(&world, 0)), (Some(FileState::Whole), Some(FileState::HadBy(1))));
    fetch(&mut world, 2);
    pages.run(&mut world, 2_000);
    assert!(pages.has_all(2));
    assert_eq!(state(&world, 0), Some(FileState::HadBy(2)));
    assert!(!(0..3).any(|client| world.notices(client).contains(&Notice::Split)));
}

#[test]
fn a_host_that_loses_doubles_and_turns_round_pieces_only_makes_it_slower() {
    let mut world = World::meeting(2);
    let mut pages = Pages::of(40 * CHUNK_BYTES);
    let mut count = 0_u32;
    let mut kept: Option<ToHost> = None;
    world.on_way_up = Some(Box::new(move |_, message| match message {
        ToHost::Relay { .. } => {
            count += 1;
            match count % 7 {
                0 => vec![],
                1 | 2 => vec![message.clone(), message],
                // This one waits until after the next.
                3 => kept.replace(message).into_iter().collect(),
                _ => [message].into_iter().chain(kept.take()).collect(),
            }
        }
        other => vec![other],
    }));
    pages.offer(&mut world, 0, None);
    pages.run(&mut world, 200);
    fetch(&mut world, 1);
    pages.run(&mut world, 60_000);
    assert!(pages.has_all(1), "{:?}", state(&world, 1));
}

#[test]
fn pieces_keep_their_distance() {
    let mut world = World::meeting(2);
    let mut pages = Pages::of(64 * CHUNK_BYTES);
    pages.offer(&mut world, 0, None);
    pages.run(&mut world, 200);
    fetch(&mut world, 1);
    pages.run(&mut world, 2_000);
    let read = pages.read[&0];
    assert!((28..=34).contains(&read), "16 in a second: {read}");
    pages.run(&mut world, 3_000);
    assert!(pages.has_all(1));
}

#[test]
fn who_goes_away_goes_on_where_it_was() {
    let mut world = World::meeting(3);
    let mut pages = Pages::of(60 * CHUNK_BYTES);
    pages.offer(&mut world, 0, None);
    pages.run(&mut world, 200);
    fetch(&mut world, 1);
    pages.run(&mut world, 1_000);
    // First the one who has it, then the one who wants it.
    world.cut(0, true);
    pages.run(&mut world, 3_000);
    assert_eq!(state(&world, 1), Some(FileState::Waiting));
    world.cut(0, false);
    world.network_is_back(0);
    pages.run(&mut world, 1_500);
    assert!(matches!(state(&world, 1), Some(FileState::Coming(came)) if came > 10), "{:?}", state(&world, 1));
    world.cut(1, true);
    pages.run(&mut world, 2_000);
    world.cut(1, false);
    world.network_is_back(1);
    pages.run(&mut world, 12_000);
    assert!(pages.has_all(1), "{:?}", state(&world, 1));
}

#[test]
fn who_was_away_when_it_was_offered_is_offered_it_again_once() {
    let mut world = World::meeting(3);
    let pages = Pages::of(10);
    world.cut(1, true);
    world.run(500);
    pages.offer(&mut world, 0, None);
    world.run(2_000);
    assert_eq!(is_offered(&world, 1), 0);
    world.cut(1, false);
    world.network_is_back(1);
    world.run(3_000);
    assert_eq!([1, 2].map(|client| is_offered(&world, client)), [1, 1]);
}

#[test]
fn a_file_for_one_is_offered_and_given_to_nobody_else() {
    let mut world = World::meeting(3);
    let mut pages = Pages::of(2 * CHUNK_BYTES);
    pages.offer(&mut world, 0, Some(1));
    pages.run(&mut world, 500);
    assert_eq!([0, 1, 2].map(|client| is_offered(&world, client)), [1, 1, 0]);
    // Even if the one it is for hands the offer on.
    let offer = world.clients[1].session.core.files.offer_of(ID).expect("an offer");
    let stolen = Post::File(FileLine { number: 77, offer });
    world.says(0, &Body::Post(stolen));
    pages.run(&mut world, 200);
    fetch(&mut world, 2);
    pages.run(&mut world, 5_000);
    assert!(!pages.got.contains_key(&2) && !pages.read.contains_key(&0));
    fetch(&mut world, 1);
    pages.run(&mut world, 2_000);
    assert!(pages.has_all(1));
}

#[test]
fn who_was_removed_is_given_nothing_more() {
    let mut world = World::meeting(3);
    let mut pages = Pages::of(200 * CHUNK_BYTES);
    pages.offer(&mut world, 0, None);
    pages.run(&mut world, 200);
    fetch(&mut world, 2);
    pages.run(&mut world, 1_000);
    let removed = world.member(2);
    world.does(0, Command::Govern(Govern::Remove(vec![removed])));
    pages.run(&mut world, 1_000);
    let before = pages.read[&0];
    pages.run(&mut world, 5_000);
    assert_eq!(pages.read[&0], before);
}

#[test]
fn forged_pieces_are_not_taken() {
    let mut world = World::meeting(3);
    let mut pages = Pages::of(8 * CHUNK_BYTES);
    pages.offer(&mut world, 0, None);
    pages.run(&mut world, 200);
    // The third member knows the key, and the host brings its pieces first.
    let offer = world.clients[2].session.core.files.offer_of(ID).expect("an offer");
    let other: Vec<ChunkHash> = vec![chunk_hash(&[9; CHUNK_BYTES]); 8];
    let info = offer.info.clone();
    let forger = crate::files::Offer { root: crate::files::Offer::new(info, &other, [0; 32]).expect("an offer").root, ..offer };
    fetch(&mut world, 1);
    let (to, from) = (world.seat(1), world.seat(2));
    for index in [crate::files::LIST, 0, 1, 2, 3, 4, 5, 6, 7] {
        let plain = if index == crate::files::LIST { other.as_flattened().to_vec() } else { vec![9; CHUNK_BYTES] };
        let sealed = forger.seal(index, &plain, &other).expect("sealed");
        let body = Letter::File { id: ID, piece: Piece::Data { index, sealed } }.write();
        for _ in 0..40 {
            world.send(to, FromHost::Relayed { from, body: Opaque(body.0.clone()) });
            pages.run(&mut world, 5);
        }
    }
    pages.run(&mut world, 5_000);
    assert!(pages.has_all(1));
}

#[test]
fn a_question_that_is_asked_twice_is_answered_once() {
    let mut world = World::meeting(2);
    let mut pages = Pages::of(3 * CHUNK_BYTES);
    pages.offer(&mut world, 0, None);
    pages.run(&mut world, 200);
    let asked = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let keeps = asked.clone();
    world.on_way_up = Some(Box::new(move |client, message| {
        if let (1, ToHost::Relay { body, .. }) = (client, &message) {
            keeps.borrow_mut().push(body.clone());
        }
        vec![message]
    }));
    fetch(&mut world, 1);
    pages.run(&mut world, 2_000);
    assert!(pages.has_all(1));
    assert_eq!(pages.read[&0], 3);
    let (to, from) = (world.seat(0), world.seat(1));
    for body in asked.borrow().clone() {
        world.send(to, FromHost::Relayed { from, body });
    }
    pages.run(&mut world, 5_000);
    assert_eq!(pages.read[&0], 3, "the host cannot make a member say it all again");
}

#[test]
fn lying_offers_and_what_can_no_longer_be_read_end_in_words() {
    let mut world = World::meeting(2);
    let mut pages = Pages::of(2 * CHUNK_BYTES);
    let lie = FileInfo { size: FILE_BYTES + 1, ..pages.info() };
    world.does(0, Command::Post(PostCommand::Offer { to: None, file: lie, hashes: pages.hashes() }));
    world.run(200);
    assert!(world.notices(0).contains(&Notice::NotDone) && is_offered(&world, 1) == 0);
    pages.offer(&mut world, 0, None);
    pages.run(&mut world, 200);
    // The file changes on the disk after it was offered.
    pages.content[CHUNK_BYTES] ^= 1;
    fetch(&mut world, 1);
    pages.run(&mut world, 90_000);
    assert_eq!(state(&world, 1), Some(FileState::Failed));
    assert!(pages.got[&1].len() == 1, "what is still as it was offered came");
    // Gone from the disk.
    pages.content.clear();
    fetch(&mut world, 1);
    pages.run(&mut world, 1_000);
    assert_eq!(state(&world, 0), Some(FileState::Unreadable));
    // Whoever had it has left.
    fetch(&mut world, 1);
    world.does(0, Command::Leave);
    pages.run(&mut world, 3_000);
    assert_eq!(state(&world, 1), Some(FileState::Gone));
}

#[test]
fn offers_without_end_take_so_much_memory_and_no_more() {
    let mut world = World::meeting(2);
    let offer = |number: u32| {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&number.to_be_bytes());
        let info = FileInfo { id: FileId(id), name: "a".into(), kind: FileKind::Other, size: 1 };
        crate::files::Offer::new(info, &[[0; 32]], [1; 32]).expect("an offer")
    };
    for number in 0..300 {
        world.says(0, &Body::Post(Post::File(FileLine { number: number + 1_000, offer: offer(number) })));
        world.run(20);
    }
    assert_eq!(world.clients[1].session.core.files.remembered(), 64);
    // What is no longer remembered says so.
    world.does(1, Command::Post(PostCommand::Fetch(offer(0).info.id)));
    let last = world.clients[1].events.last().cloned();
    assert!(matches!(last, Some(Event::Post(PostEvent::File { state: FileState::Gone, .. }))));
    world.does(1, Command::Post(PostCommand::Fetch(offer(299).info.id)));
    assert_eq!(world.clients[1].session.core.files.remembered(), 64);
}

#[test]
fn where_only_moderators_write_the_others_offer_nothing_to_all() {
    let mut world = World::meeting(2);
    world.does(0, Command::Govern(Govern::Rule(Rule::ModeratorsChat, true)));
    world.run(1_000);
    let pages = Pages::of(10);
    pages.offer(&mut world, 1, None);
    world.run(500);
    assert!(world.notices(1).contains(&Notice::NotDone) && is_offered(&world, 0) == 0);
    pages.offer(&mut world, 1, Some(0));
    world.run(500);
    assert_eq!(is_offered(&world, 0), 1, "to a moderator alone");
}
