//! A day of comings and goings in told time, after which nothing is left.

use super::*;
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore as _, SeedableRng as _};

/// How much of everything is held.
#[derive(Debug, PartialEq, Eq)]
struct Census {
    peers: usize,
    sources: usize,
    seats: usize,
    ufrags: usize,
    addresses: usize,
    ssrcs: usize,
    deadlines: usize,
    waiting: usize,
}

impl Census {
    fn of(media: &Media) -> Self {
        Self {
            peers: media.peers.len(),
            sources: media.sources.len(),
            seats: media.by_seat.len(),
            ufrags: media.by_ufrag.len(),
            addresses: media.by_address.len(),
            ssrcs: media.by_ssrc.len(),
            deadlines: media.deadlines.len(),
            waiting: media.dirty.len() + media.out.len(),
        }
    }
}

/// People who come and go.
const PEOPLE: u8 = 6;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct Day {
    world: World,
    random: ChaCha8Rng,
    port: u16,
}

impl Day {
    fn draw(&mut self, below: u32) -> u32 {
        self.random.next_u32() % below
    }

    fn address(&mut self) -> SocketAddr {
        self.port = self.port.wrapping_add(1).max(1_024);
        SocketAddr::from(([10, 0, 0, 1], self.port))
    }

    /// Another PeerConnection of the same person.
    fn renew(&mut self, index: usize) {
        let session = self.world.clients[index].session + 1;
        let address = self.address();
        self.world.clients[index] = Client { session, address, ..Client::new(index as u8) };
    }

    /// Comes as far as chance lets it: an offer, a check, a first flight, the whole way.
    fn arrives(&mut self, index: usize) {
        self.renew(index);
        let offer = self.world.clients[index].offer();
        let answer = self.world.media.offer(self.world.now, seat(index as u8), &offer).unwrap();
        self.world.clients[index].take_answer(&answer);
        let far = self.draw(8);
        if far > 0 {
            self.world.check(index);
        }
        if far > 1 {
            let now = self.world.instant();
            self.world.clients[index].connect(now);
        }
        if far == 2 {
            let flight = self.world.clients[index].dtls.poll_transmit().unwrap();
            self.world.feed(index, flight.message.to_vec());
            self.world.clients[index].renounce();
        }
        self.world.run();
        let whom = self.draw(PEOPLE.into()) as u8;
        self.world.subscribe(index, (whom != index as u8).then_some(whom), 180);
    }

    fn talks(&mut self, index: usize) {
        if self.world.clients[index].keys.is_none() {
            return;
        }
        for picture in 0..3u16 {
            self.world.frame(index, usize::from(picture % 2), picture, picture == 0, 2);
            let sound = self.world.clients[index].rtp(0x7700 + index as u32, 111, 1, &[(4, b"0")], &[7; 120]);
            self.world.feed(index, sound);
            self.world.pass(33);
        }
    }

    /// The same connection again, with other credentials half of the time: an ICE restart.
    fn renegotiates(&mut self, index: usize) {
        if self.world.clients[index].host.0.is_empty() {
            return;
        }
        if self.draw(2) == 0 {
            self.world.clients[index].ufrag = format!("them{}", self.draw(1_000));
        }
        let offer = self.world.clients[index].offer();
        let answer = self.world.media.offer(self.world.now, seat(index as u8), &offer).unwrap();
        self.world.clients[index].take_answer(&answer);
        self.world.check(index);
        self.world.run();
    }

    fn something_happens(&mut self) {
        let index = self.draw(PEOPLE.into()) as usize;
        match self.draw(10) {
            0 | 1 => self.arrives(index),
            2 => self.world.media.close(self.world.now, seat(index as u8)),
            3 => self.renegotiates(index),
            4 => {
                self.world.clients[index].address = self.address();
                if self.draw(2) == 0 && !self.world.clients[index].host.0.is_empty() {
                    self.world.check(index);
                }
                self.talks(index);
            }
            5 => {
                let mut stranger = request("nobodyxx", "password", true);
                let from = self.address();
                self.world.media.datagram(self.world.now, from, &mut stranger);
            }
            _ => self.talks(index),
        }
        let millis = 100 + u64::from(self.draw(100_000));
        self.world.pass(millis);
    }
}

impl Client {
    /// Says nothing more of a handshake it began.
    fn renounce(&mut self) {
        while self.dtls.poll_transmit().is_some() {}
        self.dtls = Endpoint::new(self.address, TransportProtocol::UDP, None);
    }
}

#[test]
fn a_day_of_comings_and_goings_leaves_nothing() {
    let world = World::new(PEOPLE);
    let (before, dawn) = (Census::of(&world.media), world.now);
    let mut day = Day { world, random: ChaCha8Rng::seed_from_u64(24), port: 10_000 };
    let mut most_deadlines = 0;
    while day.world.now.since(dawn) < DAY {
        day.something_happens();
        most_deadlines = most_deadlines.max(day.world.media.deadlines.len());
    }
    let held = Census::of(&day.world.media);
    assert!(held.peers > 0 && held.sources > 0, "there was something to leave: {held:?}");
    assert!(most_deadlines < 500, "{most_deadlines} deadlines for {PEOPLE} people");
    for index in 0..PEOPLE {
        day.world.media.close(day.world.now, seat(index));
    }
    day.world.pass(60_000);
    assert_eq!(Census::of(&day.world.media), before);
}
