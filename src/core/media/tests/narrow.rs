//! A whole call towards a receiver behind a narrow line: it reports arrivals, asks for what it misses, and everything is told time.

use super::*;
use crate::core::bandwidth::tests::Line;
use crate::core::transport::feedback::Arrivals;
use crate::core::transport::retransmission::Gaps;
use crate::core::transport::rtp::u16_at;

const FRAME: u64 = 33;
const SOUND: u64 = 20;
/// Packets of one frame of each layer, and bytes of each: 150 kbit/s and 1.8 Mbit/s.
const SHAPE: [(usize, usize); 2] = [(1, 590), (7, 1_050)];

/// What the receiver saw of one frame.
#[derive(Default)]
struct Frame {
    at: Time,
    layer: u8,
    packets: std::collections::BTreeSet<u16>,
}

/// When it was sent, how long it waited in the host, when it arrived.
type Sound = (Time, Option<Duration>, Option<Time>);

struct Scene {
    world: World,
    line: Line,
    flying: VecDeque<(Time, Vec<u8>)>,
    answers: VecDeque<(Time, Vec<u8>)>,
    /// The way up, of the sender's media and of the receiver's reports alike. What is lost of the media comes again late.
    up: Option<Line>,
    rising: VecDeque<(Time, Vec<u8>)>,
    arrivals: Arrivals,
    gaps: Gaps,
    numbers: Unwrapper,
    reported: Time,
    frames: BTreeMap<u32, Frame>,
    /// Each sound by its timestamp.
    sounds: BTreeMap<u32, Sound>,
    shift: Option<u32>,
    padding: usize,
}

impl Scene {
    fn new(line: Line) -> Self {
        let mut world = World::new(2);
        world.clients[1].reports_arrivals = true;
        (0..2).for_each(|index| world.join(index));
        world.subscribe(1, Some(0), 720);
        Self {
            world,
            line,
            flying: VecDeque::new(),
            answers: VecDeque::new(),
            up: None,
            rising: VecDeque::new(),
            arrivals: Arrivals::default(),
            gaps: Gaps::default(),
            numbers: Unwrapper::default(),
            reported: Time::ZERO,
            frames: BTreeMap::new(),
            sounds: BTreeMap::new(),
            shift: None,
            padding: 0,
        }
    }

    fn run(&mut self, seconds: u64) -> Time {
        let began = self.world.now;
        for _ in 0..seconds * 1_000 {
            self.world.now = self.world.now + Duration::from_millis(1);
            self.step();
        }
        began
    }

    fn step(&mut self) {
        let now = self.world.now;
        if now.as_millis().is_multiple_of(1_000) {
            (0..2).for_each(|index| self.world.check(index));
        }
        self.send(now);
        while let Some((_, bytes)) = self.rising.front().cloned().filter(|(at, _)| *at <= now) {
            self.rising.pop_front();
            self.world.feed(0, bytes);
        }
        while let MediaOutput::Wait(Some(due)) = self.drain()
            && due <= now
        {
            self.world.media.timeout(now);
        }
        while let Some((at, mut bytes)) = self.flying.front().cloned().filter(|(at, _)| *at <= now) {
            self.flying.pop_front();
            self.receive(at, &mut bytes);
        }
        self.report(now);
        while let Some((_, bytes)) = self.answers.front().cloned().filter(|(at, _)| *at <= now) {
            self.answers.pop_front();
            self.world.feed(1, bytes);
            self.drain();
        }
    }

    fn send(&mut self, now: Time) {
        let millis = now.as_millis();
        if millis.is_multiple_of(SOUND) {
            let timestamp = millis as u32 * 48;
            self.sounds.insert(timestamp, (now, None, None));
            let sound = self.world.clients[0].rtp(77, 111, timestamp, &[(4, b"0")], &[7; 80]);
            self.rise(now, sound);
        }
        if millis.is_multiple_of(FRAME) {
            let wanted = std::mem::take(&mut self.world.clients[0].got.key_frames_wanted);
            for (layer, (packets, bytes)) in SHAPE.into_iter().enumerate() {
                let key = millis < 1_100 || wanted.contains(&ssrc(0, layer));
                let count = if key { 3 * packets } else { packets };
                for packet in 0..count {
                    let packet = self.picture(layer, (millis / FRAME) as u16, key, (packet, count), bytes);
                    self.rise(now, packet);
                }
            }
        }
    }

    fn rise(&mut self, now: Time, bytes: Vec<u8>) {
        let Some(up) = &mut self.up else { return self.world.feed(0, bytes) };
        let at = match up.carry(now, bytes.len()) {
            Some(at) => at,
            None => up.carry(now, bytes.len()).unwrap_or(now) + Duration::from_millis(150),
        };
        let place = self.rising.partition_point(|(other, _)| *other <= at);
        self.rising.insert(place, (at, bytes));
    }

    fn picture(&mut self, layer: usize, picture: u16, key: bool, (packet, count): (usize, usize), bytes: usize) -> Vec<u8> {
        let timestamp = (self.world.now.as_millis() * 90) as u32 + layer as u32;
        let rid: &[u8] = [b"q", b"f"][layer];
        let [high, low] = picture.to_be_bytes();
        let mut payload = vec![0x80 | u8::from(packet == 0) << 4, 0xe0, high | 0x80, low, picture as u8, 0x20];
        payload.push(if packet > 0 { 0 } else { 0x11 - u8::from(key) });
        payload.extend([layer as u8, count as u8]);
        payload.resize(bytes, 0);
        self.world.clients[0].rtp(ssrc(0, layer), VP8, timestamp, &[(4, b"1"), (10, rid)], &payload)
    }

    /// Takes everything out of the host; returns what it waits for.
    fn drain(&mut self) -> MediaOutput {
        while let MediaOutput::Transmit(transmit) = self.world.media.poll() {
            let (now, instant) = (self.world.now, self.world.instant());
            let to_receiver = transmit.to == self.world.clients[1].address.into();
            for bytes in transmit.bytes.chunks(transmit.segment.unwrap_or(transmit.bytes.len())) {
                if !to_receiver {
                    self.world.clients[0].take(instant, &mut bytes.to_vec());
                    continue;
                }
                self.left(now, bytes);
                if let Some(at) = self.line.carry(now, bytes.len() + 28) {
                    let place = self.flying.partition_point(|(other, _)| *other <= at);
                    self.flying.insert(place, (at, bytes.to_vec()));
                }
            }
        }
        self.world.media.poll()
    }

    fn left(&mut self, now: Time, bytes: &[u8]) {
        if !(128..192).contains(&bytes[0]) || (192..224).contains(&bytes[1]) {
            return;
        }
        let header = Header::read(bytes).unwrap();
        self.padding += usize::from(header.ssrc == self.world.clients[1].ssrcs["3"].1);
        if header.payload_type == 111
            && let Some((sent, waited, _)) = self.sound(header.timestamp)
        {
            waited.get_or_insert(now - *sent);
        }
    }

    fn receive(&mut self, at: Time, bytes: &mut [u8]) {
        let instant = self.world.instant();
        let is_media = (128..192).contains(&bytes[0]) && !(192..224).contains(&bytes[1]);
        let header = Header::read(bytes).filter(|_| is_media);
        let number = Extensions::of(bytes).find(|(id, _)| *id == 3).and_then(|(_, value)| u16_at(value, 0));
        self.world.clients[1].take(instant, bytes);
        let Some(header) = header else { return };
        self.arrivals.record(at, number.expect("all media is numbered"));
        let (picture, repeats) = self.world.clients[1].ssrcs["3"];
        let (_, payload) = self.world.clients[1].got.packets.get_mut(&header.ssrc).and_then(Vec::pop).unwrap();
        if header.ssrc == picture || header.ssrc == repeats && payload.len() > 10 {
            let (sequence, payload) = match header.ssrc == repeats {
                true => (u16_at(&payload, 0).unwrap(), &payload[2..]),
                false => (header.sequence, &payload[..]),
            };
            let number = self.numbers.guess(sequence);
            self.gaps.arrived(at, number, self.numbers.highest());
            self.numbers.commit(number);
            let frame = self.frames.entry(header.timestamp).or_insert_with(|| Frame { at, ..Frame::default() });
            frame.layer = payload[7];
            frame.packets.insert(sequence);
        } else if let Some((_, _, arrived)) = self.sound(header.timestamp) {
            *arrived = Some(at);
        }
    }

    /// The sound that left under a timestamp: the first one leaves first, and all others keep their distance from it.
    fn sound(&mut self, timestamp: u32) -> Option<&mut Sound> {
        let first = *self.sounds.keys().next()?;
        let shift = *self.shift.get_or_insert(timestamp.wrapping_sub(first));
        self.sounds.get_mut(&timestamp.wrapping_sub(shift))
    }

    /// No sound waited in the host, and no more than so many of a thousand were lost on the way.
    fn assert_sound(&self, lost: usize) {
        let end = self.world.now;
        let sent: Vec<&Sound> = self.sounds.values().filter(|(sent, ..)| end - *sent > Duration::from_secs(1)).collect();
        let missing = sent.iter().filter(|(_, _, arrived)| arrived.is_none()).count();
        assert!(missing * 1_000 <= sent.len() * lost, "{missing} of {}", sent.len());
        assert_eq!(self.longest_wait(), Duration::ZERO);
    }

    fn longest_wait(&self) -> Duration {
        self.sounds.values().filter_map(|(_, waited, _)| *waited).max().unwrap()
    }

    fn report(&mut self, now: Time) {
        let (media, mut missing) = (self.world.clients[1].ssrcs["3"].0, Vec::new());
        self.gaps.ask(now, &mut missing);
        let due = now - self.reported >= Duration::from_millis(100);
        if missing.is_empty() && !due {
            return;
        }
        let mut plain = Vec::new();
        if due {
            self.reported = now;
            self.arrivals.write(media, &mut plain);
        }
        if !missing.is_empty() {
            rtcp::write_nack(&mut plain, media, &missing);
        }
        if !plain.is_empty() {
            let bytes = self.world.clients[1].rtcp(|to| to.extend_from_slice(&plain));
            let at = match &mut self.up {
                None => Some(now + self.line.delay),
                Some(up) => up.carry(now, bytes.len()),
            };
            self.answers.extend(at.map(|at| (at, bytes)));
        }
    }

    /// Frames that came whole between two moments, by layer.
    fn whole(&self, from: Time, to: Time) -> [usize; 2] {
        let mut whole = [0; 2];
        for frame in self.frames.values().filter(|frame| (from..to).contains(&frame.at)) {
            let layer = usize::from(frame.layer);
            whole[layer] += usize::from(frame.packets.len() >= SHAPE[layer].0);
        }
        whole
    }
}

#[test]
fn a_line_that_shrinks_costs_resolution_for_a_while_and_no_sound() {
    let mut scene = Scene::new(Line::new(4e6));
    let began = scene.run(20);
    assert!(scene.whole(began + Duration::from_secs(5), scene.world.now)[1] > 400, "the best within five seconds");
    scene.line.capacity = 1e6;
    let shrunk = scene.run(30);
    let [low, high] = scene.whole(shrunk + Duration::from_secs(3), scene.world.now);
    assert!(low > 26 * 28 && high == 0, "{low} {high}: down within three seconds, and steady");
    scene.line.capacity = 4e6;
    let freed = scene.run(20);
    let [_, high] = scene.whole(freed + Duration::from_secs(10), scene.world.now);
    assert!(high > 9 * 28, "{high}: up again within ten seconds");
    scene.assert_sound(1);
}

#[test]
fn whoever_is_held_to_less_than_its_path_carries_gets_smaller_pictures_and_all_sound() {
    let mut scene = Scene::new(Line::new(100e6));
    scene.run(10);
    scene.world.media.limit(Ceiling { each: Some(1_000_000), shared: None });
    let held = scene.run(20);
    let (from, padded) = (held + Duration::from_secs(2), scene.padding);
    let [low, high] = scene.whole(from, scene.world.now);
    assert!(low > 17 * 28 && high == 0, "{low} {high}: down within two seconds, and steady");
    scene.run(10);
    assert_eq!(scene.padding, padded, "nobody looks for room that must not be used");
    scene.world.media.limit(Ceiling::default());
    let freed = scene.run(10);
    let [_, high] = scene.whole(freed + Duration::from_secs(5), scene.world.now);
    assert!(high > 4 * 28, "{high}: up again within five seconds");
    scene.assert_sound(1);
}

#[test]
fn a_path_that_becomes_longer_is_not_taken_for_a_narrower_one() {
    let mut scene = Scene::new(Line::new(4e6));
    scene.run(10);
    for longer in [30, 60, 130] {
        scene.line.delay = Duration::from_millis(longer);
        let changed = scene.run(10);
        let [_, high] = scene.whole(changed + Duration::from_secs(5), scene.world.now);
        assert!(high > 4 * 28, "{high}: the best again within five seconds of {longer} ms");
    }
    scene.assert_sound(1);
}

#[test]
fn loss_and_jitter_of_the_path_itself_leave_a_moving_picture() {
    for seed in [7, 4, 8, 9, 14] {
        let mut line = Line::new(4e6).with_chance(seed);
        (line.loss, line.jitter, line.delay) = (100, Duration::from_millis(200), Duration::from_millis(30));
        let mut scene = Scene::new(line);
        let began = scene.run(60);
        for second in 10..58 {
            let at = |second| began + Duration::from_secs(second);
            let [low, high] = scene.whole(at(second), at(second + 1));
            assert!(low + high >= 10, "{low} {high} in second {second} of {seed}");
        }
        scene.assert_sound(25);
        let trips = &scene.world.media.counts().round_trips;
        let measured: u64 = trips.classes.iter().sum();
        let mean = trips.micros / measured.max(1);
        assert!(measured > 300 && (30_000..1_000_000).contains(&mean), "{measured} round trips of {mean} µs");
    }
}

#[test]
fn a_path_whose_delay_comes_in_waves_leaves_a_moving_picture() {
    for loss in [0, 100] {
        let mut line = Line::new(4e6);
        (line.loss, line.waves, line.delay) = (loss, Duration::from_millis(200), Duration::from_millis(20));
        let mut scene = Scene::new(line);
        let began = scene.run(60);
        for second in 10..58 {
            let at = |second| began + Duration::from_secs(second);
            let [low, high] = scene.whole(at(second), at(second + 1));
            assert!(low + high >= 15, "{loss} of a thousand lost: {low} {high} in second {second}");
        }
        // A tenth is lost, and what is lost comes with the next packet.
        scene.assert_sound(25);
    }
}

#[test]
fn a_bad_way_up_does_not_make_the_way_down_look_bad() {
    let mut scene = Scene::new(Line::new(100e6));
    let mut up = Line::new(100e6);
    (up.loss, up.waves, up.delay) = (100, Duration::from_millis(200), Duration::from_millis(20));
    scene.up = Some(up);
    let began = scene.run(30);
    for second in 5..28 {
        let at = |second| began + Duration::from_secs(second);
        let [low, high] = scene.whole(at(second), at(second + 1));
        assert!(low == 0 && high >= 20, "{low} {high} in second {second}");
    }
}

#[test]
fn a_line_that_shrinks_is_noticed_through_waves_as_well() {
    let mut line = Line::new(4e6);
    line.waves = Duration::from_millis(100);
    let mut scene = Scene::new(line);
    scene.run(20);
    scene.line.capacity = 1e6;
    let shrunk = scene.run(30);
    let [low, high] = scene.whole(shrunk + Duration::from_secs(5), scene.world.now);
    assert!(low > 24 * 25 && high <= 25, "{low} {high}: down, but for a trial now and then");
    scene.line.capacity = 4e6;
    let freed = scene.run(20);
    let [_, high] = scene.whole(freed + Duration::from_secs(10), scene.world.now);
    assert!(high > 5 * 28, "{high}: up again");
}

#[test]
fn what_does_not_fit_at_all_delays_no_sound() {
    // The lowest picture alone takes twice what there is.
    let mut scene = Scene::new(Line::new(120e3));
    scene.line.queue = Duration::from_millis(250);
    let began = scene.run(30);
    let late =
        scene.sounds.values().filter(|(sent, _, arrived)| *sent > began + Duration::from_secs(5) && arrived.is_none()).count();
    assert!(late < 20, "{late} of 1,250 sounds lost");
    assert_eq!(scene.longest_wait(), Duration::ZERO);
}

#[test]
fn a_receiver_with_room_is_neither_padded_nor_paced() {
    let mut scene = Scene::new(Line::new(100e6));
    scene.run(5);
    let padded = scene.padding;
    scene.run(20);
    assert_eq!(scene.padding, padded, "nothing is probed once everything fits");
    assert_eq!(scene.longest_wait(), Duration::ZERO);
}
