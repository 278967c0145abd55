//! The whole host as a load client finds it: its own process on a core of its own, clients with real handshakes and sockets on another, by
//! the bench endpoints.
//!
//! **Invariant:** what is counted as the host's is what the kernel counts for its process; a receiver's packets are counted when they have
//! arrived, whether or not they are opened, and all of one receiver in ten (all, where there are few) are opened and looked at.
//!
//! Pictures of different publishers do not begin at the same moment, as those of different cameras do not. Latency is from the publisher's
//! write to the kernel's stamp of the arrival.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use crate::http::ask;
use crate::limit;
use incamera_bench_peer::{Failure, Identity, Load, Peer, Section};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long each measurement runs. Longer is steadier.
const RUN: Duration = Duration::from_secs(6);
/// How long a peer may take to connect.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two key frames, in frames: four seconds.
const KEY: u32 = 120;

/// Who sends what to whom.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) rooms: u16,
    pub(crate) publishers: u16,
    pub(crate) receivers: u16,
    pub(crate) load: Load,
}

/// What one run gave.
pub(crate) struct Run {
    pub(crate) us_per_packet: f64,
    pub(crate) s_per_gbit: f64,
    pub(crate) packets_per_s: f64,
    pub(crate) loss: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) kb_per_receiver: f64,
    pub(crate) idle_mb: f64,
    pub(crate) join_ms: f64,
    /// The same packets to the same receivers, sealed and sent and nothing else.
    pub(crate) limit_us: f64,
}

impl Run {
    pub(crate) fn ratio(&self) -> f64 {
        self.us_per_packet / self.limit_us
    }

    pub(crate) fn json(&self, plan: &Plan) -> Value {
        json!({
            "bench": "host",
            "scenario": plan.name,
            "ours_us_per_packet": self.us_per_packet,
            "limit_us_per_packet": self.limit_us,
            "ratio_to_limit": self.ratio(),
            "cpu_s_per_gbit": self.s_per_gbit,
            "packets_per_s": self.packets_per_s,
            "loss": self.loss,
            "p50_ms": self.p50,
            "p99_ms": self.p99,
            "rss_per_receiver_kb": self.kb_per_receiver,
            "rss_idle_mb": self.idle_mb,
            "join_cpu_ms_per_peer": self.join_ms,
        })
    }
}

/// A server under load: a way in, and the process that is measured.
pub(crate) trait Server {
    fn process(&self) -> u32;
    /// A peer that publishes as `number` in `room`, not yet connected.
    fn publisher(&mut self, room: u16, number: u16) -> Result<Peer, Failure>;
    /// A peer that receives from `publishers`, not yet connected.
    fn receiver(&mut self, room: u16, publishers: u16) -> Result<Peer, Failure>;
}

/// Our host with the bench endpoints, on one thread and the first core.
pub(crate) struct Ours {
    child: Child,
    page: SocketAddr,
    identity: Identity,
}

impl Ours {
    /// Starts the program that `INCAMERA_BENCH_HOST` names.
    pub(crate) fn start() -> Result<Self, Failure> {
        let program = std::env::var("INCAMERA_BENCH_HOST")
            .map_err(|_| "start this by `cargo xtask bench host`, which builds the host for it")?;
        let media = UdpSocket::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new("taskset");
        command.args(["-c", "0", &program, "serve", "--threads", "1", "--listen", "127.0.0.1:0", "--media", &media.to_string()]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut url)?;
        let port = url.trim().strip_prefix("http://localhost:").ok_or("the host did not start")?.parse()?;
        Ok(Self { child, page: SocketAddr::from(([127, 0, 0, 1], port)), identity: Identity::new()? })
    }

    fn joins(&self, path: &str, number: u16, sections: &[Section]) -> Result<Peer, Failure> {
        let mut peer = Peer::new(&self.identity, number)?;
        let answer = ask(self.page, &format!("POST {path}"), "application/sdp", &peer.offer(sections), "201")?;
        peer.described(&answer)?;
        Ok(peer)
    }
}

impl Server for Ours {
    fn process(&self) -> u32 {
        self.child.id()
    }

    fn publisher(&mut self, room: u16, number: u16) -> Result<Peer, Failure> {
        self.joins(&format!("/whip/{room}/{number}"), room << 8 | number, &Section::sending())
    }

    fn receiver(&mut self, room: u16, publishers: u16) -> Result<Peer, Failure> {
        self.joins(&format!("/whep/{room}"), 0, &Section::receiving(usize::from(publishers)))
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time of a process in seconds, all its threads.
pub(crate) fn cpu(process: u32) -> Result<f64, Failure> {
    let mut nanos = 0.0;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may end between the two looks.
        let text = std::fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
        nanos += text.split(' ').next().and_then(|first| first.parse::<f64>().ok()).unwrap_or_default();
    }
    Ok(nanos / 1e9)
}

/// Resident memory of a process, kB.
pub(crate) fn memory(process: u32) -> Result<f64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}

/// Everybody of one plan.
struct Crowd {
    peers: Vec<Peer>,
    /// How many of them publish: the first ones.
    publishers: usize,
    epoll: Epoll,
    sent: u64,
}

/// One run of a plan against a server.
pub(crate) fn measure(server: &mut dyn Server, plan: &Plan) -> Result<Run, Failure> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let process = server.process();
    let (idle, before) = (memory(process)?, cpu(process)?);
    let mut crowd = Crowd::gather(server, plan)?;
    let joined = cpu(process)? - before;
    crowd.play(plan, Duration::from_secs(2))?;
    crowd.quiet(Duration::from_millis(300))?;
    crowd.forget();
    let before = cpu(process)?;
    crowd.play(plan, RUN)?;
    crowd.quiet(Duration::from_millis(500))?;
    let used = cpu(process)? - before;
    let receivers = crowd.peers.get(crowd.publishers..).unwrap_or_default();
    let got: u64 = receivers.iter().map(|peer| peer.counts.media).sum();
    let bytes: u64 = receivers.iter().map(|peer| peer.counts.bytes).sum();
    let bad: u64 = receivers.iter().map(|peer| peer.counts.bad).sum();
    if bad > 0 {
        return Err(format!("{bad} packets were not what a publisher had sent").into());
    }
    let mut latencies: Vec<f32> = receivers.iter().flat_map(|peer| peer.counts.latencies.iter().copied()).collect();
    latencies.sort_by(f32::total_cmp);
    let quantile = |q: f64| latencies.get((latencies.len() as f64 * q) as usize).copied().map_or(f64::NAN, f64::from);
    let (p50, p99) = (quantile(0.5), quantile(0.99));
    let expected = crowd.sent * u64::from(plan.receivers);
    let kb_per_receiver = (memory(process)? - idle) / receivers.len().max(1) as f64;
    let limit_us = limit::measure(&mut crowd.peers, crowd.publishers, plan, RUN / 2)?;
    Ok(Run {
        us_per_packet: used * 1e6 / got.max(1) as f64,
        s_per_gbit: used / (bytes as f64 * 8.0 / 1e9),
        packets_per_s: got as f64 / RUN.as_secs_f64(),
        loss: 1.0 - got as f64 / expected.max(1) as f64,
        p50,
        p99,
        kb_per_receiver,
        idle_mb: idle / 1_024.0,
        join_ms: joined * 1e3 / crowd.peers.len() as f64,
        limit_us,
    })
}

impl Crowd {
    fn gather(server: &mut dyn Server, plan: &Plan) -> Result<Self, Failure> {
        let mut crowd = Self { peers: Vec::new(), publishers: 0, epoll: Epoll::new(EpollCreateFlags::empty())?, sent: 0 };
        for room in 0..plan.rooms {
            for number in 0..plan.publishers {
                crowd.connect(server.publisher(room, number)?)?;
            }
        }
        crowd.publishers = crowd.peers.len();
        for room in 0..plan.rooms {
            for _ in 0..plan.receivers {
                crowd.connect(server.receiver(room, plan.publishers)?)?;
            }
        }
        Ok(crowd)
    }

    fn connect(&mut self, mut peer: Peer) -> Result<(), Failure> {
        let begun = Instant::now();
        while !peer.is_connected() {
            if begun.elapsed() > PATIENCE {
                return Err("a peer does not connect".into());
            }
            peer.turn()?;
            peer.port().wait(Duration::from_millis(5))?;
        }
        peer.turn()?;
        self.epoll.add(peer.port().socket(), EpollEvent::new(EpollFlags::EPOLLIN, self.peers.len() as u64))?;
        self.peers.push(peer);
        Ok(())
    }

    fn forget(&mut self) {
        self.sent = 0;
        self.peers.iter_mut().for_each(|peer| peer.counts = incamera_bench_peer::Counts::default());
    }

    /// Publishes for so long, and receives.
    fn play(&mut self, plan: &Plan, run: Duration) -> Result<(), Failure> {
        let begun = Instant::now();
        let period = [Duration::from_secs(1) / plan.load.sounds, Duration::from_secs(1) / plan.load.frames];
        let phase = |number: usize, period: Duration| period * number as u32 / self.publishers.max(1) as u32;
        let mut due: Vec<[Duration; 2]> = (0..self.publishers).map(|number| period.map(|period| phase(number, period))).collect();
        let mut frames = vec![0_u32; self.publishers];
        let mut kept_up = begun;
        loop {
            let now = begun.elapsed();
            if now >= run {
                return Ok(());
            }
            for (number, due) in due.iter_mut().enumerate() {
                let Some(peer) = self.peers.get_mut(number) else { continue };
                for picture in [false, true] {
                    let at = &mut due[usize::from(picture)];
                    if *at > now {
                        continue;
                    }
                    *at += period[usize::from(picture)];
                    let frame = &mut frames[number];
                    let key = picture && (frame.is_multiple_of(KEY) || std::mem::take(&mut peer.key_frame_wanted));
                    *frame += u32::from(picture);
                    self.sent += peer.publish(&plan.load, picture, key)?;
                }
            }
            let next = due.iter().flatten().min().copied().unwrap_or(run).min(run);
            self.receive(next.saturating_sub(begun.elapsed()))?;
            if kept_up.elapsed() > Duration::from_secs(1) {
                kept_up = Instant::now();
                self.peers.iter_mut().try_for_each(Peer::keep_up)?;
            }
        }
    }

    /// Receives what is still under way, for so long.
    fn quiet(&mut self, longest: Duration) -> Result<(), Failure> {
        let begun = Instant::now();
        while begun.elapsed() < longest {
            self.receive(Duration::from_millis(10))?;
        }
        Ok(())
    }

    /// Waits for arrivals, at most so long, and takes them.
    fn receive(&mut self, longest: Duration) -> Result<(), Failure> {
        let few = self.peers.len() - self.publishers < 50;
        let mut events = [EpollEvent::empty(); 256];
        let milliseconds = u16::try_from(longest.as_micros().div_ceil(1_000)).unwrap_or(u16::MAX);
        let count = self.epoll.wait(&mut events, EpollTimeout::from(milliseconds))?;
        for event in events.iter().take(count) {
            let at = event.data() as usize;
            if let Some(peer) = self.peers.get_mut(at) {
                peer.drain(few || at.is_multiple_of(10))?;
            }
        }
        Ok(())
    }
}
