//! A room whose people are on several cores.
//!
//! Invariant: whoever receives cannot tell on how many cores the host is.

use super::*;

/// What somebody does, or time.
#[derive(Clone, Debug)]
enum Step {
    /// Sees and hears somebody from now on.
    Shows(usize, Option<u8>, u16),
    /// Sends a picture of a layer in so many packets, the last of which everybody asks for once more.
    Picture(usize, usize, bool, usize),
    Sound(usize),
    /// Cannot decode.
    Lost(usize),
    /// Goes, and comes again as somebody who has seen nothing yet.
    Leaves(usize),
    Passes(u64),
}

const PEOPLE: u8 = 4;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..usize::from(PEOPLE);
    let step = prop_oneof![
        4 => (who.clone(), proptest::option::weighted(0.9, 0..PEOPLE), prop_oneof![Just(0u16), Just(180), Just(720)])
            .prop_map(|(who, whom, height)| Step::Shows(who, whom, height)),
        12 => (who.clone(), 0..2usize, proptest::bool::weighted(0.3), 1..4usize)
            .prop_map(|(who, layer, key, packets)| Step::Picture(who, layer, key, packets)),
        3 => who.clone().prop_map(Step::Sound),
        2 => who.clone().prop_map(Step::Lost),
        1 => who.prop_map(Step::Leaves),
        6 => (1u64..900).prop_map(Step::Passes),
    ];
    proptest::collection::vec(step, 1..80)
}

/// What somebody has got: every packet's content by section, how often each of its streams was asked for a key frame, the senders' clocks.
#[derive(Debug, PartialEq)]
struct Seen {
    sections: Vec<Vec<Vec<u8>>>,
    repeated: usize,
    asked: BTreeMap<u32, usize>,
}

struct Room {
    world: World,
    pictures: u16,
    /// What each was told last of who wants which layers of its camera.
    told: BTreeMap<Seat, Vec<bool>>,
    left: Vec<Seen>,
}

impl Room {
    fn on(cores: u8) -> Self {
        let mut world = World::spread(PEOPLE, cores);
        (0..PEOPLE.into()).for_each(|who| world.join(who));
        Self { world, pictures: 0, told: BTreeMap::new(), left: Vec::new() }
    }

    fn take(&mut self, step: &Step) {
        let world = &mut self.world;
        match *step {
            Step::Shows(who, whom, height) => world.subscribe(who, whom, height),
            Step::Picture(who, layer, key, packets) => {
                self.pictures += 1;
                let before = seen_by(world);
                world.frame(who, layer, self.pictures, key, packets);
                for (who, before) in before.into_iter().enumerate() {
                    let Some((last, _)) = world.clients[who].received("3").get(before..).and_then(<[_]>::last) else { continue };
                    let (last, media) = (last.sequence, world.clients[who].ssrcs["3"].0);
                    let nack = world.clients[who].rtcp(|to| rtcp::write_nack(to, media, &[last]));
                    world.feed(who, nack);
                }
            }
            Step::Sound(who) => {
                let sound = world.clients[who].rtp(77 + who as u32, 111, 960, &[(4, b"0")], b"sealed sound");
                world.feed(who, sound);
            }
            Step::Lost(who) => {
                let media = world.clients[who].ssrcs["3"].0;
                let pli = world.clients[who].rtcp(|to| rtcp::write_pli(to, media));
                world.feed(who, pli);
            }
            Step::Leaves(who) => {
                let seen = self.seen(who);
                self.left.push(seen);
                let world = &mut self.world;
                let now = world.now;
                world.media_of(who).close(now, seat(who as u8));
                world.run();
                world.clients[who] = Client::new(who as u8);
                world.join(who);
            }
            Step::Passes(millis) => world.pass(millis),
        }
        self.world.run();
        for core in 0..=self.world.others.len() {
            while let Some((seat, wanted)) = self.world.core(core).layers_wanted() {
                self.told.insert(seat, wanted.layers);
            }
        }
    }

    fn seen(&self, who: usize) -> Seen {
        let client = &self.world.clients[who];
        let content = |mid: &str| {
            let skipped = if mid == "3" { 6 } else { 0 };
            client.received(mid).iter().map(|(_, payload)| payload[skipped..].to_vec()).collect()
        };
        let mut asked = BTreeMap::new();
        client.got.key_frames_wanted.iter().for_each(|&ssrc| *asked.entry(ssrc).or_default() += 1);
        Seen { sections: vec![content("2"), content("3")], repeated: client.repeated("3").len(), asked }
    }

    fn end(mut self) -> (Vec<Seen>, BTreeMap<Seat, Vec<bool>>) {
        let mut seen = std::mem::take(&mut self.left);
        seen.extend((0..PEOPLE.into()).map(|who| self.seen(who)));
        // Time enough for everybody who sends to be told.
        (0..PEOPLE.into()).for_each(|who| self.take(&Step::Sound(who)));
        self.take(&Step::Passes(6_000));
        for who in 0..PEOPLE {
            let now = self.world.now;
            self.world.media_of(who.into()).close(now, seat(who));
        }
        self.world.run();
        for core in 0..=self.world.others.len() {
            let media = self.world.core(core);
            assert_eq!((media.sources.len(), media.peers.len()), (0, 0), "nothing is left of them on core {core}");
        }
        (seen, self.told)
    }
}

/// How many packets of pictures each has.
fn seen_by(world: &World) -> Vec<usize> {
    world.clients.iter().map(|client| client.received("3").len()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn nobody_can_tell_how_many_cores_there_are(steps in steps()) {
        let on = |cores| {
            let mut room = Room::on(cores);
            steps.iter().for_each(|step| room.take(step));
            room.end()
        };
        let one = on(1);
        prop_assert_eq!(&one, &on(2));
        prop_assert_eq!(&one, &on(3));
    }
}
