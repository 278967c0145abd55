//! A member that speaks in another's name, where frames are signed; and everybody else, who must not be taken for one.

use super::super::body::{Body, FrameRun, Vouch};
use super::super::letter::Letter;
use super::super::*;
use super::frames::{Forger, TICK, Talk, signed_meeting};
use super::world::World;
use crate::frames::{Kid, Stream};
use wire::ToHost;

const ADA: usize = 0;
const BEN: usize = 1;
const CLEO: usize = 2;
const EVE: usize = 3;
/// A list of 25 frames, as the host carries it: padded content, signature and all.
const BYTES_OF_A_LIST: usize = 578;

impl Talk {
    fn doubts(&self, client: usize) -> Vec<Notice> {
        let doubt = |notice: &Notice| {
            matches!(notice, Notice::Forged { .. } | Notice::Unvouched { .. } | Notice::ForgedElsewhere { .. } | Notice::Split)
        };
        self.world.notices(client).into_iter().filter(doubt).collect()
    }

    fn marks(&self, client: usize) -> Vec<Option<Doubt>> {
        self.world.clients[client].people.iter().map(|person| person.doubt).collect()
    }

    /// Nobody doubts anybody, nor has.
    fn assert_calm(&self) {
        for client in 0..self.world.clients.len() {
            assert_eq!(self.doubts(client), [], "{client}");
            assert!(self.marks(client).iter().all(Option::is_none), "{client}");
        }
    }

    /// Eve speaks as Ben for so long, ms.
    fn eve_speaks_as_ben(&mut self, forger: &mut Forger, ms: u64) {
        for _ in 0..ms / TICK {
            self.forge(EVE, BEN, forger);
            self.run(TICK);
        }
    }

    fn forger(&self, generation: u32, skips: u64, stream: Stream) -> Forger {
        self.world.clients[EVE].frames.forger(self.leaf(BEN), generation, skips, stream)
    }
}

/// Ben's own key just before he uses the counter himself, a second and very far ahead of him, a key that he never had, and streams that he does not send.
fn forgeries() -> [(u32, u64, Stream); 6] {
    let of_ben = BEN as u32;
    [
        (of_ben, 205, Stream::Audio),
        (of_ben, 260, Stream::Audio),
        (of_ben, 90_000, Stream::Audio),
        (7_777, 0, Stream::Audio),
        (of_ben, 0, Stream::Camera),
        (of_ben, 0, Stream::Screen),
    ]
}

#[test]
fn a_forged_voice_is_told_to_everybody_within_a_second() {
    for (generation, skips, stream) in forgeries() {
        let mut talk = signed_meeting(4);
        talk.assert_calm();
        let mut forger = talk.forger(generation, skips, stream);
        talk.eve_speaks_as_ben(&mut forger, 1_000);
        let ben = talk.world.member(BEN);
        for client in [ADA, CLEO] {
            assert!(talk.doubts(client).contains(&Notice::Forged { member: ben }), "{client} {stream:?} {skips}");
            let of_ben = |person: &&Person| person.doubt.is_some();
            let marked: Vec<_> = talk.world.clients[client].people.iter().filter(of_ben).map(|person| person.member).collect();
            assert_eq!(marked, [ben], "the victim and nobody else");
        }
        let told = |by| Notice::ForgedElsewhere { member: ben, by };
        let by = [ADA, CLEO].map(|client| told(talk.world.member(client)));
        assert!(talk.doubts(BEN).iter().any(|notice| by.contains(notice)), "whose voice it is hears of it from the others");
        // One frame that came late in the sentence, and it is over.
        talk.run(9_000);
        assert!((0..4).all(|client| talk.marks(client).iter().all(Option::is_none)), "{stream:?} {skips}");
    }
}

#[test]
fn one_forged_frame_is_enough() {
    let mut talk = signed_meeting(4);
    let mut forger = talk.forger(BEN as u32, 100_000, Stream::Camera);
    talk.forge(EVE, BEN, &mut forger);
    talk.run(1_000);
    assert_eq!(talk.doubts(ADA)[0], Notice::Forged { member: talk.world.member(BEN) });
}

#[test]
fn a_voice_is_forged_of_somebody_who_says_nothing_at_all() {
    let mut talk = signed_meeting(4);
    talk.silent.push(BEN);
    talk.run(3_000);
    let mut forger = talk.forger(BEN as u32, 300, Stream::Audio);
    talk.eve_speaks_as_ben(&mut forger, 1_000);
    assert_eq!(talk.doubts(ADA)[0], Notice::Forged { member: talk.world.member(BEN) });
    assert_eq!(talk.doubts(CLEO)[0], Notice::Forged { member: talk.world.member(BEN) });
}

#[test]
fn a_frame_in_ones_own_name_is_recognised() {
    let mut talk = signed_meeting(4);
    let mut forger = talk.forger(BEN as u32, 90_000, Stream::Audio);
    // A herald passes it on, to Ben as well.
    let frame = forger.frame();
    talk.bring(BEN, BEN, Stream::Audio, &frame);
    talk.run(1_000);
    assert_eq!(talk.doubts(BEN), [Notice::Forged { member: talk.world.member(BEN) }]);
    assert_eq!(talk.doubts(ADA).len(), 1, "who did not get it is told of it");
}

#[test]
fn ones_own_voice_that_comes_back_is_ones_own() {
    let mut talk = signed_meeting(4);
    for _ in 0..200 {
        let voice = talk.world.clients[BEN].frames.speak();
        (0..4).for_each(|to| talk.bring(to, BEN, Stream::Audio, &voice));
        talk.run(TICK);
    }
    talk.assert_calm();
}

#[test]
fn nobody_vouches_for_another() {
    let mut talk = signed_meeting(4);
    let mut forger = talk.forger(7_777, 0, Stream::Audio);
    let voice = {
        let mut eve = crate::frames::FrameOpener::new();
        // Eve hashes her forgery as everybody will: she opens it in somebody else's place.
        let keys = talk.world.clients[CLEO].frames.newest_keys();
        eve.install(0, &keys, false);
        let frame = forger.frame();
        let expected = crate::frames::Expected { leaf: talk.leaf(BEN), stream: Stream::Audio };
        eve.open(0, expected, &frame, &mut Vec::new()).expect("it opens: that is what this is about");
        (frame, eve.take_opened()[0])
    };
    let run = FrameRun { kid: voice.1.kid, first: voice.1.counter, hashes: vec![voice.1.hash] };
    assert_eq!(Kid::leaf_of(run.kid), talk.leaf(BEN));
    talk.world.says(EVE, &Body::Vouch(Vouch { number: 1_000, at: 0, restarted: false, runs: vec![run] }));
    for to in [ADA, CLEO] {
        talk.bring(to, BEN, Stream::Audio, &voice.0);
    }
    talk.run(1_000);
    assert!(talk.doubts(ADA).contains(&Notice::Forged { member: talk.world.member(BEN) }));
}

#[test]
fn a_network_that_loses_delays_and_reorders_forges_nothing() {
    let mut talk = signed_meeting(4);
    talk.network = Box::new(|from, to, tick| {
        let dice = (tick * 7 + from as u64 * 13 + to as u64 * 29) % 17;
        (dice > 3).then_some(dice * 37)
    });
    talk.run(10_000);
    talk.assert_calm();
}

#[test]
fn keys_that_move_and_people_who_come_and_go_forge_nothing() {
    let mut talk = signed_meeting(3);
    talk.network = Box::new(|from, _, _| Some(from as u64 * 40));
    for _ in 0..3 {
        talk.world.arrive(1);
        talk.run(2_500);
    }
    talk.world.does(4, Command::Leave);
    talk.run(2_500);
    talk.world.kill(5);
    talk.run(12_000);
    talk.world.sign_frames(0, false);
    talk.run(3_000);
    talk.world.sign_frames(0, true);
    talk.run(4_000);
    talk.assert_calm();
}

#[test]
fn a_frame_worker_that_begins_anew_forges_nothing() {
    let mut talk = signed_meeting(3);
    let worker = super::frames::FrameWorker::new(4_711);
    talk.world.clients[BEN].frames = worker;
    talk.world.does(BEN, Command::FrameWorkerRestarted);
    talk.run(6_000);
    talk.assert_calm();
    let mut forger = talk.world.clients[CLEO].frames.forger(talk.leaf(BEN), 4_711, 60_000, Stream::Audio);
    for _ in 0..50 {
        talk.forge(CLEO, BEN, &mut forger);
        talk.run(TICK);
    }
    assert_eq!(talk.doubts(ADA)[0], Notice::Forged { member: talk.world.member(BEN) }, "and hides nobody who does");
}

#[test]
fn who_comes_back_as_who_it_was_forges_nothing() {
    let mut talk = signed_meeting(3);
    let cleo = talk.world.member(CLEO);
    talk.world.cut(CLEO, true);
    talk.silent.push(CLEO);
    talk.run(25_000);
    assert_eq!(talk.world.clients[ADA].people.len(), 2, "the others have given it up");
    talk.world.cut(CLEO, false);
    talk.world.network_is_back(CLEO);
    talk.silent.clear();
    talk.run(8_000);
    talk.world.assert_together(&[ADA, BEN, CLEO]);
    assert_eq!(talk.world.member(CLEO), cleo);
    talk.assert_calm();
}

#[test]
fn lists_that_are_held_back_are_told_in_other_words() {
    let mut talk = signed_meeting(3);
    drop_lists_of(&mut talk, BEN);
    talk.run(2_500);
    talk.assert_calm();
    talk.run(1_500);
    let ben = talk.world.member(BEN);
    for client in [ADA, CLEO] {
        assert_eq!(talk.doubts(client), [Notice::Unvouched { member: ben }], "nobody is called a forger for it");
    }
    talk.world.on_way_up = None;
    talk.run(9_000);
    assert!(talk.marks(ADA).iter().all(Option::is_none), "it heals");
    assert_eq!(talk.doubts(ADA).len(), 1);
}

fn drop_lists_of(talk: &mut Talk, whose: usize) {
    talk.world.on_way_up = Some(Box::new(move |client, message| {
        let list = matches!(&message, ToHost::Broadcast(body) if matches!(Letter::read(body), Some(Letter::Vouch(_))));
        if list && client == whose { vec![] } else { vec![message] }
    }));
}

#[test]
fn a_host_that_is_slow_for_a_while_forges_nothing() {
    let mut talk = signed_meeting(3);
    for _ in 0..4 {
        // Two seconds of lists come at once.
        let held = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let hold = held.clone();
        talk.world.on_way_up = Some(Box::new(move |client, message| {
            if client == BEN {
                hold.borrow_mut().push(message);
                return vec![];
            }
            vec![message]
        }));
        talk.run(2_000);
        talk.world.on_way_up = Some(Box::new(move |client, message| {
            let mut all = if client == BEN { std::mem::take(&mut *held.borrow_mut()) } else { vec![] };
            all.push(message);
            all
        }));
        talk.run(1_500);
    }
    talk.assert_calm();
}

#[test]
fn who_was_cut_off_says_again_what_it_sealed_meanwhile() {
    let mut talk = signed_meeting(3);
    talk.world.cut(BEN, true);
    talk.run(2_000);
    talk.world.cut(BEN, false);
    talk.world.network_is_back(BEN);
    talk.run(8_000);
    talk.assert_calm();
}

#[test]
fn without_the_policy_nothing_is_hashed_said_or_waited_for() {
    let mut talk = Talk::new(World::meeting(3));
    talk.world.on_way_up = Some(Box::new(|_, message| {
        let list = matches!(&message, ToHost::Broadcast(body) if matches!(Letter::read(body), Some(Letter::Vouch(_))));
        assert!(!list, "nobody vouches");
        vec![message]
    }));
    talk.run(5_000);
    let mut forger = talk.world.clients[CLEO].frames.forger(talk.leaf(BEN), 9, 0, Stream::Audio);
    for _ in 0..100 {
        talk.forge(CLEO, BEN, &mut forger);
        talk.run(TICK);
    }
    for client in 0..3 {
        let frames = &mut talk.world.clients[client].frames;
        assert!(frames.sealer.take_sealed().is_empty() && frames.opener.take_opened().is_empty());
        assert_eq!(talk.world.room(client).vouching.deadline(), None);
    }
    talk.assert_calm();
}

#[test]
fn a_list_that_is_too_long_is_not_read() {
    let run = |hashes| FrameRun { kid: 1, first: 0, hashes: vec![[0; 16]; hashes] };
    let vouch = |hashes| Body::Vouch(Vouch { number: 0, at: 0, restarted: false, runs: vec![run(hashes)] });
    assert!(body::read(&body::write(0, &vouch(vouch::LIST))).is_some());
    assert!(body::read(&body::write(0, &vouch(vouch::LIST + 1))).is_none());
}

#[test]
fn a_list_of_half_a_second_of_sound_has_one_size_twice_a_second() {
    let mut talk = signed_meeting(3);
    let said = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let lists = said.clone();
    talk.world.on_way_up = Some(Box::new(move |client, message| {
        if let ToHost::Broadcast(body) = &message
            && client == BEN
            && matches!(Letter::read(body), Some(Letter::Vouch(_)))
        {
            lists.borrow_mut().push(body.0.len());
        }
        vec![message]
    }));
    talk.run(10_000);
    assert_eq!(*said.borrow(), [BYTES_OF_A_LIST; 20]);
}
