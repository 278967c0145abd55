//! Frame workers, and media that nobody delays but whom a test says.

use super::super::*;
use super::world::World;
use crate::frames::{AudioLevel, EpochKeys, Expected, FrameOpener, FrameReport, FrameReports, FrameSealer, Stream};
use std::collections::VecDeque;

/// Time between two frames of a microphone, ms.
pub(super) const TICK: u64 = 20;

/// The frame worker of one client.
pub(super) struct FrameWorker {
    pub(super) sealer: FrameSealer,
    pub(super) opener: FrameOpener,
    /// The newest, as they crossed the port: what a member who forges needs.
    keys: Vec<u8>,
    reports: FrameReports,
    /// How far its clock is from the session's: workers count from their own beginning.
    offset: u64,
    /// Ticks before the first report: workers do not report at the same moment.
    begins: u32,
}

impl FrameWorker {
    pub(super) fn new(generation: u32) -> Self {
        let (sealer, opener) = (FrameSealer::new(generation), FrameOpener::new());
        Self {
            sealer,
            opener,
            keys: Vec::new(),
            reports: FrameReports::default(),
            offset: u64::from(generation) * 1_000_000,
            begins: generation * 7 % 25,
        }
    }

    pub(super) fn install(&mut self, now: u64, keys: &EpochKeys, change: KeyChange) {
        if change.new_group {
            self.opener = FrameOpener::new();
        }
        self.sealer.install(keys);
        self.opener.install(now, keys, change.removal);
        self.keys = keys.to_bytes().to_vec();
    }

    pub(super) fn speak(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.sealer.seal_audio(Stream::Audio, AudioLevel::SILENCE, &[1; 80], &mut out).expect("sealed");
        out
    }

    /// What it tells the session at this tick, as the client's does.
    fn report(&mut self, now: u64) -> Option<FrameReport> {
        self.begins = self.begins.saturating_sub(1);
        if self.begins > 0 {
            return None;
        }
        self.reports.due(now + self.offset, &mut self.sealer, &mut self.opener)
    }

    /// The newest keys once more.
    pub(super) fn newest_keys(&self) -> EpochKeys {
        EpochKeys::from_bytes(&self.keys).expect("keys")
    }

    /// Seals in the name of another leaf: every member holds what that takes.
    pub(super) fn forger(&self, leaf: u32, generation: u32, skips: u64, stream: Stream) -> Forger {
        let mut keys = self.newest_keys();
        keys.my_leaf = leaf;
        let mut sealer = FrameSealer::new(generation);
        sealer.install(&keys);
        let mut forger = Forger { sealer, stream };
        (0..skips).for_each(|_| drop(forger.frame()));
        forger
    }
}

/// A member that speaks in another's name.
pub(super) struct Forger {
    sealer: FrameSealer,
    stream: Stream,
}

impl Forger {
    pub(super) fn frame(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let kind = (!self.stream.is_audio()).then_some(true);
        self.sealer.seal(self.stream, 0, kind, &[2; 80], &mut out).expect("sealed");
        out
    }
}

/// A meeting with media: everybody's microphone is open unless it is muted.
pub(super) struct Talk {
    pub(super) world: World,
    pub(super) silent: Vec<usize>,
    /// What the network makes of a frame from one to another, at this tick: how many ms it takes, or nothing if it is lost.
    pub(super) network: Box<dyn FnMut(usize, usize, u64) -> Option<u64>>,
    under_way: VecDeque<(u64, usize, Expected, Vec<u8>)>,
    tick: u64,
}

impl Talk {
    pub(super) fn new(world: World) -> Self {
        Self { world, silent: Vec::new(), network: Box::new(|_, _, _| Some(0)), under_way: VecDeque::new(), tick: 0 }
    }

    pub(super) fn run(&mut self, ms: u64) {
        for _ in 0..ms / TICK {
            self.tick();
        }
    }

    pub(super) fn leaf(&self, client: usize) -> u32 {
        self.world.room(client).group.me().expect("in the tree").leaf
    }

    /// A frame comes in for somebody's section, as the host sorts it.
    pub(super) fn bring(&mut self, to: usize, of: usize, stream: Stream, frame: &[u8]) {
        self.arrives(to, Expected { leaf: self.leaf(of), stream }, frame);
    }

    fn arrives(&mut self, to: usize, expected: Expected, frame: &[u8]) {
        let now = self.world.now;
        // Refused or not: what counts is what the opener remembers.
        let _ = self.world.clients[to].frames.opener.open(now, expected, frame, &mut Vec::new());
    }

    /// The forger's next frame comes to everybody but its maker and its victim.
    pub(super) fn forge(&mut self, by: usize, victim: usize, forger: &mut Forger) {
        let (frame, stream) = (forger.frame(), forger.stream);
        for to in self.alive().into_iter().filter(|to| ![by, victim].contains(to)) {
            self.bring(to, victim, stream, &frame);
        }
    }

    fn alive(&self) -> Vec<usize> {
        let clients = self.world.clients.iter().enumerate();
        clients.filter(|(_, client)| !client.dead && client.session.room.is_some()).map(|(number, _)| number).collect()
    }

    fn tick(&mut self) {
        self.tick += 1;
        self.world.run(TICK);
        let alive = self.alive();
        for &from in alive.iter().filter(|from| !self.silent.contains(from)) {
            if self.world.clients[from].frames.keys.is_empty() || self.world.clients[from].paused {
                continue;
            }
            let frame = self.world.clients[from].frames.speak();
            let expected = Expected { leaf: self.leaf(from), stream: Stream::Audio };
            for &to in alive.iter().filter(|to| **to != from) {
                if let Some(delay) = (self.network)(from, to, self.tick) {
                    self.under_way.push_back((self.world.now + delay, to, expected, frame.clone()));
                }
            }
        }
        let now = self.world.now;
        let (due, later): (VecDeque<_>, VecDeque<_>) = self.under_way.drain(..).partition(|(at, ..)| *at <= now);
        self.under_way = later;
        due.into_iter().for_each(|(_, to, expected, frame)| self.arrives(to, expected, &frame));
        for client in alive {
            if let Some(report) = self.world.clients[client].frames.report(now) {
                self.world.does(client, Command::Frames(report));
            }
        }
    }
}

/// A meeting of so many whose frames are signed, some seconds old.
pub(super) fn signed_meeting(people: usize) -> Talk {
    let mut world = World::meeting(people);
    world.sign_frames(0, true);
    world.run(1_000);
    let mut talk = Talk::new(world);
    talk.run(4_000);
    talk
}
