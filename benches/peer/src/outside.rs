//! The whole host as a load client finds it: its own process on a core of its own, clients with real handshakes and sockets on another, by
//! the bench endpoints.
//!
//! **Invariant:** what is counted as the host's is what the kernel counts for its process.

use crate::http::ask;
use incamera_bench_peer::{Crowd, Failure, Identity, Load, Peer, Section, limit};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long each measurement runs. Longer is steadier.
const RUN: Duration = Duration::from_secs(6);
/// How long packets that are still missing are waited for. Whatever takes longer is lost.
const SETTLED: Duration = Duration::from_millis(500);

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
    /// The SRTP profile of the first receiver.
    pub(crate) srtp: &'static str,
}

impl Run {
    pub(crate) fn ratio(&self) -> f64 {
        self.us_per_packet / self.limit_us
    }

    /// As a result line of `server`.
    pub(crate) fn json(&self, plan: &Plan, server: &str) -> Value {
        json!({
            "bench": "host",
            "scenario": plan.name,
            "server": server,
            "srtp": self.srtp,
            "us_per_packet": self.us_per_packet,
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

/// Our host with the bench endpoints.
pub(crate) struct Ours {
    child: Child,
    page: SocketAddr,
    identity: Identity,
}

impl Ours {
    /// Starts the program that `INCAMERA_BENCH_HOST` names, with so many threads on as many cores, from the first on.
    pub(crate) fn start(threads: usize) -> Result<Self, Failure> {
        let program = std::env::var("INCAMERA_BENCH_HOST")
            .map_err(|_| "start this by `cargo xtask bench host`, which builds the host for it")?;
        let media = UdpSocket::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new("taskset");
        command.args(["-c", &format!("0-{}", threads.saturating_sub(1)), &program, "serve", "--threads", &threads.to_string()]);
        command.args(["--listen", "127.0.0.1:0", "--media", &media.to_string()]);
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

/// One run of a plan against a server.
pub(crate) fn measure(server: &mut dyn Server, plan: &Plan) -> Result<Run, Failure> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let process = server.process();
    let (idle, before) = (memory(process)?, cpu(process)?);
    let mut crowd = gather(server, plan)?;
    let joined = cpu(process)? - before;
    let everything = |crowd: &Crowd| crowd.sent() * u64::from(plan.receivers);
    crowd.play(&plan.load, Duration::from_secs(2))?;
    crowd.take_in(everything(&crowd), SETTLED)?;
    crowd.forget();
    let before = cpu(process)?;
    crowd.play(&plan.load, RUN)?;
    crowd.take_in(everything(&crowd), SETTLED)?;
    let used = cpu(process)? - before;
    let got = crowd.received();
    let bytes: u64 = crowd.peers().iter().map(|peer| peer.counts.bytes).sum();
    let bad: u64 = crowd.peers().iter().map(|peer| peer.counts.bad).sum();
    if bad > 0 {
        return Err(format!("{bad} packets were not what a publisher had sent").into());
    }
    let [p50, p99] = crowd.latencies([0.5, 0.99]);
    let expected = everything(&crowd);
    let kb_per_receiver = (memory(process)? - idle) / f64::from(plan.rooms * plan.receivers).max(1.0);
    let sources = |peer: usize| if peer < crowd.publishers() { 0 } else { usize::from(plan.publishers) };
    let sources: Vec<usize> = (0..crowd.peers().len()).map(sources).collect();
    let limit_us = limit(&mut crowd, &sources, &plan.load, RUN / 2, Some(0))?;
    Ok(Run {
        us_per_packet: used * 1e6 / got.max(1) as f64,
        s_per_gbit: used / (bytes as f64 * 8.0 / 1e9),
        packets_per_s: got as f64 / RUN.as_secs_f64(),
        loss: 1.0 - got as f64 / expected.max(1) as f64,
        p50,
        p99,
        kb_per_receiver,
        idle_mb: idle / 1_024.0,
        join_ms: joined * 1e3 / crowd.peers().len() as f64,
        limit_us,
        srtp: crowd.peers().get(crowd.publishers()).and_then(Peer::profile).ok_or("no receiver")?,
    })
}

fn gather(server: &mut dyn Server, plan: &Plan) -> Result<Crowd, Failure> {
    let mut crowd = Crowd::new()?;
    for room in 0..plan.rooms {
        for number in 0..plan.publishers {
            crowd.connect(server.publisher(room, number)?, true, || ())?;
        }
    }
    for room in 0..plan.rooms {
        for _ in 0..plan.receivers {
            crowd.connect(server.receiver(room, plan.publishers)?, false, || ())?;
        }
    }
    Ok(crowd)
}
