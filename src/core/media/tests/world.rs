//! A host's media and its clients, under one told clock.

use super::*;

pub(super) const HOST: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4_000);
pub(super) const PASSWORD: &str = "passwordpasswordpassword";
pub(super) const VP8: u8 = 96;
pub(super) const RTX: u8 = 97;

pub(super) fn seat(n: u8) -> Seat {
    Seat { room: RoomId([1; 16]), participant: ParticipantId([n; 16]) }
}

/// Whether a datagram to a client is lost.
pub(super) type Lose = Box<dyn FnMut(usize, &[u8]) -> bool>;

/// The host, its clock and its clients.
pub(super) struct World {
    /// That of core 0, which is all there is unless said otherwise.
    pub(super) media: Media,
    /// Those of the cores after it.
    pub(super) others: Vec<Media>,
    pub(super) now: Time,
    pub(super) start: Instant,
    pub(super) clients: Vec<Client>,
    /// Segments that go to a client are lost when this says so.
    pub(super) lose: Lose,
    pub(super) sent: usize,
}

impl World {
    pub(super) fn new(clients: u8) -> Self {
        Self::spread(clients, 1)
    }

    /// With so many cores, among which the clients are in turn.
    pub(super) fn spread(clients: u8, cores: u8) -> Self {
        #[expect(clippy::disallowed_methods, reason = "an origin for told time; nothing depends on which")]
        let start = Instant::now();
        let media = |own| {
            let spread = Spread::new(own, cores);
            Media::new(MediaConfig {
                candidates: vec![HOST],
                streams: vec![],
                spread,
                stamp: Stamp::draw([0; 4]),
                entropy: [9 + own; 32],
                start,
            })
            .unwrap()
        };
        let clients = (0..clients).map(Client::new).collect();
        let (media, others) = (media(0), (1..cores).map(media).collect());
        Self { media, others, now: Time::from_millis(1_000), start, clients, lose: Box::new(|_, _| false), sent: 0 }
    }

    /// The media that a client is with.
    pub(super) fn media_of(&mut self, client: usize) -> &mut Media {
        let cores = self.others.len() + 1;
        self.core(client % cores)
    }

    pub(super) fn core(&mut self, core: usize) -> &mut Media {
        if core == 0 { &mut self.media } else { &mut self.others[core - 1] }
    }

    pub(super) fn instant(&self) -> Instant {
        self.start + Duration::from_micros(self.now.as_micros())
    }

    /// Clients connected, each seeing the next one's camera `height` high and hearing it.
    pub(super) fn connected(clients: u8, height: u16) -> Self {
        let mut world = Self::new(clients);
        for index in 0..usize::from(clients) {
            world.join(index);
        }
        for index in 0..clients {
            world.subscribe(index.into(), Some((index + 1) % clients), height);
        }
        world
    }

    pub(super) fn join(&mut self, index: usize) {
        let (seat, offer) = (self.clients[index].seat, self.clients[index].offer());
        let now = self.now;
        let answer = self.media_of(index).offer(now, seat, &offer).unwrap();
        self.clients[index].take_answer(&answer);
        self.check(index);
        let now = self.instant();
        self.clients[index].connect(now);
        self.run();
    }

    pub(super) fn check(&mut self, index: usize) {
        let client = &self.clients[index];
        let (address, mut bytes) = (client.address, request(&client.host.0, &client.host.1, true));
        let now = self.now;
        self.media_of(index).datagram(now, address, &mut bytes);
    }

    pub(super) fn subscribe(&mut self, index: usize, to: Option<u8>, height: u16) {
        let wish = |mid: &str, track| Subscription {
            mid: Mid(mid.into()),
            source: to.map(|to| (seat(to).participant, track)),
            height: PixelHeight(height),
        };
        let seat = self.clients[index].seat;
        let now = self.now;
        self.media_of(index).subscribe(now, seat, &[wish("2", Track::Audio), wish("3", Track::Camera)]);
        self.run();
    }

    /// Carries datagrams until nobody has anything to say.
    pub(super) fn run(&mut self) {
        loop {
            let mut quiet = true;
            for core in 0..=self.others.len() {
                quiet &= !self.hear_each_other(core);
            }
            while let Some((core, transmit)) = self.transmit() {
                quiet = false;
                let segment = transmit.segment.unwrap_or(transmit.bytes.len());
                let instant = self.instant();
                for bytes in transmit.bytes.chunks(segment) {
                    self.sent += 1;
                    let Some(at) = self.clients.iter().position(|client| transmit.to == client.address.into()) else { continue };
                    if !(self.lose)(at, bytes) {
                        self.clients[at].take(instant, &mut bytes.to_vec());
                    }
                }
                self.core(core).recycle(transmit.bytes);
            }
            for index in 0..self.clients.len() {
                for reply in std::mem::take(&mut self.clients[index].replies) {
                    quiet = false;
                    self.feed(index, reply);
                }
                while let Some(transmit) = self.clients[index].dtls.poll_transmit() {
                    quiet = false;
                    self.feed(index, transmit.message.to_vec());
                }
            }
            if quiet {
                return;
            }
        }
    }

    /// What a core has to say to others is heard there. False when it is nothing.
    fn hear_each_other(&mut self, core: usize) -> bool {
        let now = self.now;
        let said: Vec<_> = std::iter::from_fn(|| self.core(core).says()).collect();
        let any = !said.is_empty();
        said.into_iter().for_each(|(to, word)| self.core(to.into()).hear(now, core as u8, word));
        any
    }

    fn transmit(&mut self) -> Option<(usize, Transmit)> {
        (0..=self.others.len()).find_map(|core| match self.core(core).poll() {
            MediaOutput::Transmit(transmit) => Some((core, transmit)),
            MediaOutput::Wait(_) => None,
        })
    }

    /// Lets time pass, with the deadlines in it.
    pub(super) fn pass(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        loop {
            self.run();
            let waits = (0..=self.others.len()).map(|core| match self.core(core).poll() {
                MediaOutput::Wait(until) => until,
                MediaOutput::Transmit(_) => panic!("everything has been said"),
            });
            let Some(due) = waits.flatten().min().filter(|&due| due <= end) else { break };
            self.now = self.now.max(due);
            for core in 0..=self.others.len() {
                let now = self.now;
                self.core(core).timeout(now);
            }
        }
        self.now = end;
    }

    pub(super) fn feed(&mut self, index: usize, mut bytes: Vec<u8>) {
        let (now, address) = (self.now, self.clients[index].address);
        self.media_of(index).datagram(now, address, &mut bytes);
    }

    /// One frame of a layer (0: q, 1: f) in `packets` packets.
    pub(super) fn frame(&mut self, index: usize, layer: usize, picture: u16, key: bool, packets: usize) {
        let packets = self.frame_packets(index, layer, picture, key, packets);
        for bytes in packets {
            self.feed(index, bytes);
        }
        self.run();
    }

    pub(super) fn frame_packets(&mut self, index: usize, layer: usize, picture: u16, key: bool, packets: usize) -> Vec<Vec<u8>> {
        let timestamp = (self.now.as_micros() * 9 / 100) as u32 + layer as u32 * 1_000_000;
        let rid: &[u8] = [b"q", b"f"][layer];
        let client = &mut self.clients[index];
        (0..packets)
            .map(|packet| {
                let first = u8::from(packet == 0) << 4;
                let [high, low] = picture.to_be_bytes();
                let mut payload = vec![0x80 | first, 0xe0, high | 0x80, low, picture as u8, 0x20];
                if packet == 0 {
                    payload.push(if key { 0x10 } else { 0x11 });
                }
                payload.extend_from_slice(&[layer as u8 ^ 0x5a; 200]);
                client.rtp(ssrc(index, layer), VP8, timestamp, &[(4, b"1"), (10, rid)], &payload)
            })
            .collect()
    }
}

pub(super) fn ssrc(index: usize, layer: usize) -> u32 {
    0x1000 * (index as u32 + 1) + layer as u32
}
