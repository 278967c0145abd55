//! A room of many, with real frames, over a network with seeded delays and losses: what everybody hears, and what the host sees.

use super::*;
use crate::frames::{AudioLevel, EpochKeys, Expected, FrameOpener, FrameSealer, OpenError, Stream};
use crate::sorted::{SortedMap, SortedSet};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use zeroize::Zeroizing;

/// Milliseconds between two frames.
const FRAME: u64 = 20;

/// Everything that a host has of a packet: when it came, from whom, on which stream, how long it is, and to how many it went.
type Seen = (u64, u32, u8, usize, usize);

/// A packet between the host and a receiver: when it comes, its order, to whom, on which stream, and its bytes.
type UnderWay = (u64, u64, usize, Heard, Vec<u8>);

/// What a member got of a voice: when, and whose.
type Got = (u64, u32);

struct Member {
    leaf: u32,
    sealer: FrameSealer,
    opener: FrameOpener,
    herald: Option<Herald>,
    /// Milliseconds by which its encoders are behind the first one's.
    phase: u64,
    got: Vec<Got>,
}

struct Room {
    members: Vec<Member>,
    /// Who receives each stream.
    routes: SortedMap<Heard, Vec<usize>>,
    /// Earliest first.
    under_way: BinaryHeap<Reverse<UnderWay>>,
    seen: Vec<Seen>,
    random: u64,
    order: u64,
    /// Packets in a thousand that are lost between host and receiver.
    loss: u64,
}

impl Room {
    fn of(people: u32, loss: u64) -> Self {
        let leaves: Vec<u32> = (0..people).collect();
        let plan = Plan::of(leaves.iter().copied());
        let mut routes: SortedMap<Heard, Vec<usize>> = SortedMap::new();
        let members = leaves.iter().map(|&leaf| {
            for heard in plan.hears(leaf, |_| true) {
                routes.entry(heard).or_default().push(leaf as usize);
            }
            let keys = EpochKeys::new(1, leaf, Zeroizing::new([7; 32]), leaves.clone());
            let (mut sealer, mut opener) = (FrameSealer::new(leaf), FrameOpener::new());
            sealer.install(&keys);
            opener.install(0, &keys, false);
            let phase = u64::from(leaf) * 7 % FRAME;
            Member { leaf, sealer, opener, herald: plan.duty(leaf).map(Herald::new), phase, got: Vec::new() }
        });
        let members = members.collect();
        Self { members, routes, under_way: BinaryHeap::new(), seen: Vec::new(), random: 0x9e37_79b9, order: 0, loss }
    }

    /// Runs until `end`; `speaks` says at each moment who does.
    fn run(&mut self, end: u64, speaks: impl Fn(u64, u32) -> bool) {
        for now in 0..end {
            while self.under_way.peek().is_some_and(|Reverse((due, ..))| *due <= now) {
                let Some(Reverse((_, _, to, heard, bytes))) = self.under_way.pop() else { break };
                self.members[to].take(now, heard, &bytes);
            }
            for at in 0..self.members.len() {
                let member = &mut self.members[at];
                if now % FRAME == member.phase {
                    let leaf = member.leaf;
                    for (heard, bytes) in member.send(now, speaks(now, leaf)) {
                        self.forward(now, heard, bytes);
                    }
                }
            }
        }
    }

    /// The host: one packet to everybody whose roster says so.
    fn forward(&mut self, now: u64, heard: Heard, bytes: Vec<u8>) {
        let receivers = self.routes.get(&heard).cloned().unwrap_or_default();
        let (leaf, stream) = match heard {
            Heard::Voice(leaf) => (leaf, 0),
            Heard::Herald(leaf) => (leaf, 4),
        };
        self.seen.push((now, leaf, stream, bytes.len(), receivers.len()));
        for to in receivers {
            let (delay, lost) = (30 + self.draw() % 25, self.draw() % 1_000 < self.loss);
            self.order += 1;
            if !lost {
                self.under_way.push(Reverse((now + delay, self.order, to, heard, bytes.clone())));
            }
        }
    }

    fn draw(&mut self) -> u64 {
        // Xorshift: the same for every room that is alike.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    /// How many frames of `speaker` each other member got between two moments, and when the first.
    fn heard_of(&self, speaker: u32, from: u64, to: u64) -> Vec<(usize, u64)> {
        let others = self.members.iter().filter(|member| member.leaf != speaker);
        others
            .map(|member| {
                let got = || member.got.iter().filter(|(at, leaf)| *leaf == speaker && (from..to).contains(at));
                (got().count(), got().next().map_or(u64::MAX, |(at, _)| *at))
            })
            .collect()
    }
}

impl Member {
    fn send(&mut self, now: u64, speaks: bool) -> Vec<(Heard, Vec<u8>)> {
        let level =
            if speaks { AudioLevel { voice: true, below_loudest: 25 } } else { AudioLevel { voice: false, below_loudest: 75 } };
        let mut voice = Vec::new();
        self.sealer.seal_audio(Stream::Audio, level, &[self.leaf as u8; 80], &mut voice).expect("sealed");
        let mut sent = Vec::new();
        if let Some(herald) = &mut self.herald {
            herald.heard(now, self.leaf, level, &voice);
            let mut out = Vec::new();
            self.sealer.seal_herald(herald.tick().as_deref(), &mut out).expect("sealed");
            sent.push((Heard::Herald(self.leaf), out));
        }
        sent.push((Heard::Voice(self.leaf), voice));
        sent
    }

    fn take(&mut self, now: u64, heard: Heard, bytes: &[u8]) {
        let mut plain = Vec::new();
        match heard {
            Heard::Voice(leaf) => {
                let opened = self.opener.open(now, Expected { leaf, stream: Stream::Audio }, bytes, &mut plain);
                if let Ok(opened) = opened {
                    self.got.push((now, leaf));
                    if let (Some(herald), Some(level)) = (&mut self.herald, opened.level) {
                        herald.heard(now, leaf, level, bytes);
                    }
                }
            }
            Heard::Herald(from) => {
                let mut inner = Vec::new();
                let Some(leaf) = self.opener.open_herald(now, from, bytes, &mut inner).expect("genuine") else { return };
                if let Some(herald) = &mut self.herald {
                    herald.other_passes_on(now, from, leaf);
                }
                match self.opener.open(now, Expected { leaf, stream: Stream::Audio }, &inner, &mut plain) {
                    Ok(_) => self.got.push((now, leaf)),
                    Err(error) => assert!(matches!(error, OpenError::Replay | OpenError::Own), "{error}"),
                }
            }
        }
    }
}

#[test]
fn the_host_sees_the_same_whoever_speaks() {
    let view = |speaks: &dyn Fn(u64, u32) -> bool| {
        let mut room = Room::of(40, 10);
        room.run(2_000, speaks);
        room.seen
    };
    let nobody = view(&|_, _| false);
    assert!(nobody.len() > 5_000);
    let lecture = view(&|_, leaf| leaf == 17);
    let talk = view(&|now, leaf| leaf == [3, 30, 8, 21][now as usize / 500]);
    let all = view(&|_, _| true);
    for other in [lecture, talk, all] {
        assert!(nobody == other, "a packet's time, size or way depends on who speaks");
    }
}

#[test]
fn everybody_hears_who_speaks_and_soon() {
    let mut room = Room::of(100, 0);
    // 57 is nobody's herald; 3 is one; both begin after a silence.
    assert!(room.members[57].herald.is_none() && room.members[3].herald.is_some());
    room.run(3_000, |now, leaf| (1_000..2_000).contains(&now) && leaf == 57 || now >= 2_000 && leaf == 3);
    for (speaker, from, to) in [(57, 1_000, 2_000), (3, 2_000, 3_000)] {
        for (frames, first) in room.heard_of(speaker, from, to) {
            // 50 frames in a second, less those that are still under way at its end.
            assert!(frames >= 40, "{frames} frames of {speaker}");
            assert!(first < from + 300, "first after {} ms", first - from);
        }
    }
}

#[test]
fn two_who_speak_at_once_are_both_heard_even_in_one_group() {
    let mut room = Room::of(40, 0);
    room.run(2_500, |_, leaf| leaf == 17 || leaf == 25);
    for speaker in [17, 25] {
        assert!(room.heard_of(speaker, 1_500, 2_500).iter().all(|(frames, _)| *frames >= 40));
    }
}

#[test]
fn a_herald_that_falls_silent_is_replaced_by_the_other() {
    let mut room = Room::of(40, 0);
    // 1 and 9 herald the group of 17; what 1 passes on reaches nobody.
    room.routes.remove(&Heard::Herald(1));
    room.run(2_000, |_, leaf| leaf == 17);
    let without_the_dead = |(at, _): &(usize, &(usize, u64))| *at != 1;
    let heard = room.heard_of(17, 1_000, 2_000);
    assert!(heard.iter().enumerate().filter(without_the_dead).all(|(_, (frames, _))| *frames >= 40), "{heard:?}");
}

#[test]
fn a_lossy_network_costs_what_it_loses() {
    let mut room = Room::of(40, 50);
    room.run(4_000, |_, leaf| leaf == 17);
    // Two ways of 5 % each, heralds but one.
    let frames: Vec<usize> = room.heard_of(17, 1_000, 4_000).into_iter().map(|(frames, _)| frames).collect();
    let mean = frames.iter().sum::<usize>() / frames.len();
    assert!((125..=150).contains(&mean), "{mean} of 150");
}

#[test]
fn nothing_is_heard_twice() {
    let mut room = Room::of(40, 10);
    room.run(1_500, |_, leaf| leaf % 3 == 0);
    for member in &room.members {
        let mut by_voice: HashMap<u32, usize> = HashMap::new();
        member.got.iter().for_each(|(_, leaf)| *by_voice.entry(*leaf).or_default() += 1);
        assert!(by_voice.values().all(|&frames| frames <= 75), "{by_voice:?}");
        assert!(!by_voice.contains_key(&member.leaf), "one's own voice");
    }
    let received: SortedSet<usize> = room.routes.values().flatten().copied().collect();
    assert_eq!(received.len(), 40);
}
