//! A meeting in a box: real sessions, the real host core, a network that is late and breaks, one seed.
//!
//! **Invariant:** after *every* step [`Watch`] has looked at everything that any frame worker was given and at every
//! roster on screen. A world never sleeps and never asks the time: it jumps to the next thing that is due.
//!
//! ```text
//! Person ──Wish──▶ Network ──ToHost──▶ incamera::core::host::Host
//!    ▲                │                        │
//!    └───FromHost─────┴────────────────────────┘        Watch looks on
//! ```

mod act;
mod network;
mod person;
mod watch;

pub use act::{Act, guesser_is_in, play, settled};
pub use network::{Millis, Network, Parcel, Wire};
pub use person::{Person, Wish};
pub use watch::Watch;

use crypto::password::{LinkSecret, Prs, Secrets};
use crypto::session::{Command, Input, Phase};
use incamera::core::Time;
use incamera::core::caps::Caps;
use incamera::core::host::{ConnectionId, Host, HostConfig, Input as HostInput, Output as HostOutput};
use incamera::core::media::MediaConfig;
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use std::sync::Arc;
use std::time::Instant;
use wire::RoomId;

/// A meeting in a box.
pub struct World {
    /// Milliseconds since the world began.
    pub now: Millis,
    /// Everybody who may come.
    pub people: Vec<Person>,
    /// Who looks on.
    pub watch: Watch,
    host: Option<Host>,
    host_wake: Option<Millis>,
    network: Network,
    rng: ChaCha8Rng,
    began: Instant,
    trace: Option<Vec<String>>,
}

impl World {
    /// `people` closed browsers and one idle host. Delays go up to `slowest` milliseconds one way.
    pub fn new(seed: u64, people: usize, slowest: Millis) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let network = Network::new(ChaCha8Rng::seed_from_u64(rng.next_u64()), slowest);
        let mut world = Self {
            now: 0,
            people: (0..people).map(Person::new).collect(),
            watch: Watch::default(),
            host: None,
            host_wake: None,
            network,
            rng,
            #[expect(
                clippy::disallowed_methods,
                reason = "the DTLS library wants an instant to count from; nothing compares it with now"
            )]
            began: Instant::now(),
            trace: None,
        };
        world.start_host();
        world
    }

    /// Keeps a line for every parcel from now on, for finding out why a seed failed.
    pub fn keep_trace(&mut self) {
        self.trace = Some(Vec::new());
    }

    /// What was kept.
    pub fn trace(&self) -> &[String] {
        self.trace.as_deref().unwrap_or_default()
    }

    /// Runs until `until`, or until nothing is due any more.
    pub fn run_until(&mut self, until: Millis) {
        while let Some(due) = self.next_due().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.step();
        }
        self.now = self.now.max(until);
    }

    /// Runs until `condition` holds, at most `patience` milliseconds. Tells whether it holds.
    pub fn run_while_not(&mut self, patience: Millis, condition: impl Fn(&Self) -> bool) -> bool {
        let end = self.now + patience;
        while !condition(self) {
            let Some(due) = self.next_due().filter(|due| *due <= end) else {
                self.now = end;
                return condition(self);
            };
            self.now = self.now.max(due);
            self.step();
        }
        true
    }

    /// Opens a tab for somebody and lets them click on "Join".
    pub fn arrive(&mut self, who: usize) {
        let secrets = self.secrets(self.people[who].knows_password);
        let entropy = self.entropy();
        let generation = self.rng.next_u32();
        self.cut_wire_of(who);
        let wishes = self.people[who].open_tab(self.now, secrets, entropy, generation);
        self.grant(who, wishes);
    }

    /// Lets somebody click on something.
    pub fn click(&mut self, who: usize, command: Command) {
        let wishes = self.people[who].click(self.now, command);
        self.grant(who, wishes);
    }

    /// Kills somebody's tab: no goodbye.
    pub fn kill_tab(&mut self, who: usize) {
        self.cut_wire_of(who);
        self.people[who].close_tab();
    }

    /// Breaks somebody's socket; the tab stays.
    pub fn cut_wire_of(&mut self, who: usize) {
        if let Some(wire) = self.people[who].wire {
            self.network.cut(self.now, wire);
        }
    }

    /// The host falls over and comes back with nothing in its memory.
    pub fn restart_host(&mut self) {
        self.network.cut_all(self.now);
        self.start_host();
    }

    /// The frame worker of somebody crashes and is started again with a new generation.
    pub fn restart_frame_worker(&mut self, who: usize) {
        let generation = self.rng.next_u32();
        let person = &mut self.people[who];
        if !person.is_in() {
            return;
        }
        person.sealer = crypto::frames::FrameSealer::new(generation);
        person.opener = crypto::frames::FrameOpener::new();
        person.keys = None;
        self.click(who, Command::FrameWorkerRestarted);
    }

    /// Somebody's microphone makes a frame; it reaches everybody who has or ever had a tab, members or not.
    pub fn speak(&mut self, who: usize) {
        self.watch.frame(self.now, &mut self.people, who);
    }

    fn start_host(&mut self) {
        let media = MediaConfig {
            candidates: vec![([127, 0, 0, 1], 9).into()],
            streams: vec![],
            spread: incamera::core::spread::Spread::default(),
            stamp: incamera::core::media::Stamp::draw([0; 4]),
            entropy: self.entropy(),
            start: self.began,
        };
        let config = HostConfig { media, entropy: self.entropy(), caps: Caps::default() };
        self.host = Host::new(config).ok();
        assert!(self.host.is_some(), "a host can always start");
        self.host_wake = None;
    }

    fn secrets(&self, right: bool) -> Secrets {
        let prs = Some(Prs::from_bytes([if right { 1 } else { 2 }; 64]).into());
        Secrets { room: RoomId([7; 16]), link: LinkSecret::from_bytes([9; 32]), prs, has_password: true, pw_gen: 0 }
    }

    fn entropy(&mut self) -> [u8; 32] {
        let mut entropy = [0; 32];
        self.rng.fill_bytes(&mut entropy);
        entropy
    }

    fn next_due(&mut self) -> Option<Millis> {
        let wakes = self.people.iter().filter_map(|person| person.wake);
        wakes.chain(self.host_wake).chain(self.network.next_due()).min()
    }

    /// Everything that is due now, one thing at a time.
    fn step(&mut self) {
        if let Some((wire, parcel)) = self.network.arrive(self.now) {
            self.deliver(wire, parcel);
        } else if self.host_wake.is_some_and(|wake| wake <= self.now) {
            self.host_wake = None;
            self.host_handle(HostInput::Timeout);
        } else if let Some(who) = self.people.iter().position(|person| person.wake.is_some_and(|wake| wake <= self.now)) {
            self.people[who].wake = None;
            let wishes = self.people[who].handle(self.now, Input::Timeout);
            self.grant(who, wishes);
        }
        self.guessers_walk_off();
        self.watch.look(&self.people);
    }

    /// Somebody with another password who finds an empty room would found one of their own; ours go away instead.
    fn guessers_walk_off(&mut self) {
        let founder = |person: &Person| !person.knows_password && person.phase == Phase::AloneOrApart;
        while let Some(who) = self.people.iter().position(founder) {
            self.kill_tab(who);
        }
    }

    fn deliver(&mut self, wire: Wire, parcel: Parcel) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>7} wire {:<3} {parcel:?}", self.now, wire.0));
        }
        let connection = ConnectionId(wire.0);
        let owner = self.people.iter().position(|person| person.wire == Some(wire));
        match (parcel, owner) {
            (Parcel::Opened, owner) => {
                self.host_handle(HostInput::Connected(connection));
                if let Some(who) = owner {
                    self.tell(who, Input::SocketOpened);
                }
            }
            (Parcel::ToHost(message), _) => self.host_handle(HostInput::Message(connection, message)),
            (Parcel::HostLostIt, _) => self.host_handle(HostInput::Disconnected(connection)),
            (Parcel::FromHost(message), Some(who)) => self.tell(who, Input::Host(message)),
            (Parcel::MemberLostIt, Some(who)) => {
                self.people[who].wire = None;
                self.tell(who, Input::SocketClosed);
            }
            (Parcel::FromHost(_) | Parcel::MemberLostIt, None) => {}
        }
    }

    fn tell(&mut self, who: usize, input: Input) {
        let wishes = self.people[who].handle(self.now, input);
        self.grant(who, wishes);
    }

    fn grant(&mut self, who: usize, wishes: Vec<Wish>) {
        for wish in wishes {
            match (wish, self.people[who].wire) {
                (Wish::Open, old) => {
                    if let Some(wire) = old {
                        self.people[who].wire = None;
                        self.network.cut(self.now, wire);
                    }
                    self.people[who].wire = Some(self.network.open(self.now));
                }
                (Wish::Send(message), Some(wire)) => {
                    if let Some(trace) = &mut self.trace {
                        trace.push(format!("{:>7} person {who} sends {message:?}", self.now));
                    }
                    self.network.send(self.now, wire, Parcel::ToHost(message));
                }
                (Wish::Close, Some(wire)) => {
                    self.people[who].wire = None;
                    self.network.send(self.now, wire, Parcel::HostLostIt);
                }
                (Wish::Send(_) | Wish::Close, None) => {}
            }
        }
        self.watch.look(&self.people);
    }

    fn host_handle(&mut self, input: HostInput<'_>) {
        let Some(host) = &mut self.host else { return };
        let now = Time::from_millis(self.now);
        host.handle(now, input);
        loop {
            match host.poll() {
                HostOutput::Send(connection, message) => {
                    let parcel = Parcel::FromHost(Arc::unwrap_or_clone(message));
                    self.network.send(self.now, Wire(connection.0), parcel);
                }
                HostOutput::Close(connection) => self.network.send(self.now, Wire(connection.0), Parcel::MemberLostIt),
                HostOutput::Transmit(_) => {}
                HostOutput::Errand(core, _) => unreachable!("there is no core {core}"),
                HostOutput::Wait(deadline) => {
                    self.host_wake = deadline.map(|at| at.as_micros().div_ceil(1_000).max(self.now + 1));
                    return;
                }
            }
        }
    }
}
