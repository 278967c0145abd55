//! What came of a load, as a table and as JSON.
//!
//! **Invariant:** both say the same; a figure that could not be had is said to be missing, in words and as `null`.

use super::{Plan, Profile, Voices};
use serde_json::{Value, json};
use std::fmt::{self, Write as _};

/// The result of a load.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was wanted.
    pub plan: Plan,
    /// It was told to stop before it was through.
    pub interrupted: bool,
    /// Members that were in.
    pub joined: u32,
    /// Time to join, half of all and 99 of 100, ms: from opening the socket until group and media are joined.
    pub joins: [Option<f64>; 2],
    /// Streams of which a receiver never opened a frame.
    pub silent: usize,
    /// Receivers whose media way was lost.
    pub lost_ways: usize,
    /// How long frames counted, the wait for the last included, seconds.
    pub seconds: f64,
    /// Frames.
    pub frames: Frames,
    /// Packets.
    pub packets: Packets,
    /// Who was heard how soon, where people take turns.
    pub voices: Option<Voices>,
    /// From the stamp in the publisher to the opened frame in the receiver, ms: 50, 95, 99 of 100, and the longest.
    pub latency: [Option<f64>; 4],
    /// What it cost the host.
    pub host: HostCost,
    /// Processor time of this program while frames counted, seconds.
    pub own_cpu: Option<f64>,
}

/// Frames that count.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    /// Sealed and sent.
    pub sent: u64,
    /// Due and not sent.
    pub withheld: u64,
    /// Sent, times those who should receive them.
    pub due: u64,
    /// Opened by those.
    pub opened: u64,
    /// Delivered before the keys of their epoch: dropped.
    pub early: u64,
    /// Delivered and not opened for another reason.
    pub failed: u64,
    /// The first such reason.
    pub failure: Option<String>,
}

impl Frames {
    /// Opened or not.
    pub fn delivered(&self) -> u64 {
        self.opened + self.early + self.failed
    }

    /// Share of those due that were not opened.
    pub fn loss(&self) -> Option<f64> {
        (self.due > 0).then(|| 1.0 - self.opened as f64 / self.due as f64)
    }
}

/// Packets of sound and pictures while frames counted.
#[derive(Clone, Debug, Default)]
pub struct Packets {
    /// From publishers to the host, repetitions not counted.
    pub sent: u64,
    /// From the host to receivers, repetitions not counted.
    pub received: u64,
    /// Those that came, and those missing between them.
    pub expected: u64,
    /// Bytes of those that came, RTP headers included.
    pub bytes: u64,
}

impl Packets {
    /// Share that is missing between those that came.
    pub fn loss(&self) -> Option<f64> {
        (self.expected > 0).then(|| self.expected.saturating_sub(self.received) as f64 / self.expected as f64)
    }
}

/// What a load cost the host; nothing where its accounts could not be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostCost {
    /// Processor time while frames counted, seconds.
    pub cpu: Option<f64>,
    /// Processor time for one member's way in, ms.
    pub join_ms: Option<f64>,
    /// Memory that a member costs, kB: what the process has grown by since before the first came, over all.
    pub member_kb: Option<f64>,
}

impl HostCost {
    pub(super) fn of(cpu: Option<f64>, joins: Option<f64>, memory: Option<f64>, members: u32) -> Self {
        let each = |all: f64| all / f64::from(members.max(1));
        Self { cpu, join_ms: joins.map(|joins| each(joins * 1_000.0)), member_kb: memory.map(each) }
    }
}

impl Report {
    fn us_per_packet(&self) -> Option<f64> {
        self.host.cpu.filter(|_| self.packets.received > 0).map(|cpu| cpu * 1e6 / self.packets.received as f64)
    }

    fn s_per_gbit(&self) -> Option<f64> {
        self.host.cpu.filter(|_| self.packets.bytes > 0).map(|cpu| cpu * 1e9 / (self.packets.bytes as f64 * 8.0))
    }

    fn each_second(&self, count: u64) -> Option<f64> {
        (self.seconds > 0.0).then(|| count as f64 / self.seconds)
    }

    /// One object, units in the names.
    pub fn to_json(&self) -> Value {
        let Self { plan, frames, packets, host, .. } = self;
        let mut figures = json!({
            "bench": "load", "profile": plan.profile.name(), "rooms": plan.rooms, "publishers": plan.publishers,
            "subscribers": plan.subscribers, "interrupted": self.interrupted,
            "members": plan.members(), "joined": self.joined, "join_p50_ms": self.joins[0], "join_p99_ms": self.joins[1],
            "measured_s": self.seconds, "streams_never_opened": self.silent, "media_ways_lost": self.lost_ways,
            "frames_sent": frames.sent, "frames_withheld": frames.withheld, "frames_due": frames.due,
            "frames_delivered": frames.delivered(), "frames_opened": frames.opened, "frames_before_keys": frames.early,
            "frames_failed": frames.failed, "frames_failed_first_reason": frames.failure, "frame_loss": frames.loss(),
            "packets_sent": packets.sent, "packets_received": packets.received, "packet_loss": packets.loss(),
            "packets_received_per_s": self.each_second(packets.received),
            "mbit_received_per_s": self.each_second(packets.bytes).map(|bytes| bytes * 8.0 / 1e6),
            "p50_ms": self.latency[0], "p95_ms": self.latency[1], "p99_ms": self.latency[2], "max_ms": self.latency[3],
            "host_us_per_packet": self.us_per_packet(), "host_cpu_s_per_gbit": self.s_per_gbit(),
            "host_cpu_cores": host.cpu.filter(|_| self.seconds > 0.0).map(|cpu| cpu / self.seconds),
            "host_join_cpu_ms_per_member": host.join_ms, "host_rss_per_member_kb": host.member_kb,
            "own_cpu_cores": self.own_cpu.filter(|_| self.seconds > 0.0).map(|cpu| cpu / self.seconds),
        });
        if let (Some(figures), Some(Value::Object(voices))) = (figures.as_object_mut(), self.voices.as_ref().map(voices_json)) {
            figures.extend(voices);
        }
        figures
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        let Self { plan, frames, packets, host, latency, .. } = self;
        let ms = |time: Option<f64>| time.map_or("—".to_owned(), |time| format!("{time:.1}"));
        let percent = |share: Option<f64>| share.map_or("—".to_owned(), |share| format!("{:.3} %", share * 100.0));
        let missing = if host.member_kb.is_some() {
            "—"
        } else {
            "not known: the host's process was not named, or is not on this machine"
        };
        let figure = |value: Option<f64>, unit: &str| value.map_or(missing.to_owned(), |value| format!("{value:.2} {unit}"));
        // An interrupted load may have measured next to nothing.
        let cores = |cpu: Option<f64>| cpu.filter(|_| self.seconds > 0.1).map(|cpu| cpu / self.seconds);
        let mut rows = vec![
            ("load", load(plan)),
            ("joined", format!("{}/{}", self.joined, plan.members())),
            ("time to join, p50 / p99", format!("{} / {} ms", ms(self.joins[0]), ms(self.joins[1]))),
            ("measured", format!("{:.1} s", self.seconds)),
            ("frames sent / due", format!("{} / {}", frames.sent, frames.due)),
            ("frames delivered / opened", format!("{} / {}", frames.delivered(), frames.opened)),
            ("frames failed to open", failed(frames)),
            ("frame loss", percent(frames.loss())),
            ("packets sent / received", format!("{} / {}", packets.sent, packets.received)),
            ("packet loss", percent(packets.loss())),
            ("received", received(self)),
            ("one-way latency, p50 / p95 / p99 / max", latency.map(ms).join(" / ") + " ms"),
            ("host: CPU per forwarded packet", figure(self.us_per_packet(), "µs")),
            ("host: CPU per Gbit", figure(self.s_per_gbit(), "s")),
            ("host: CPU", figure(cores(host.cpu), "cores")),
            ("host: CPU per join", figure(host.join_ms, "ms")),
            ("host: memory per member", figure(host.member_kb, "kB")),
            ("this program: CPU", cores(self.own_cpu).map_or("—".to_owned(), |cores| format!("{cores:.2} cores"))),
        ];
        self.voices.iter().for_each(|voices| rows.extend(voices_rows(voices)));
        if frames.withheld > 0 {
            rows.push(("frames withheld", format!("{}: nobody looked at them, or there were no keys", frames.withheld)));
        }
        if self.silent > 0 {
            rows.push(("streams never opened", self.silent.to_string()));
        }
        if self.lost_ways > 0 {
            rows.push(("receivers that lost their media", self.lost_ways.to_string()));
        }
        if self.interrupted {
            rows.push(("interrupted", "yes: these are the figures until then".to_owned()));
        }
        rows
    }
}

fn load(plan: &Plan) -> String {
    match plan.profile {
        Profile::Voices => format!("{} × {}, voices", plan.rooms, plan.publishers),
        profile => format!("{} × ({} → {}), {}", plan.rooms, plan.publishers, plan.subscribers, profile.name()),
    }
}

fn voices_json(voices: &Voices) -> Value {
    let Voices { turns, turns_of_heralds, due, heard, found, heralds, streams, kbit, changes } = voices;
    json!({
        "turns": turns, "turns_of_heralds": turns_of_heralds, "heralds": heralds,
        "turns_due": due, "turns_heard": heard, "turns_never_heard": due.saturating_sub(*heard),
        "heard_after_p50_ms": found[0], "heard_after_p99_ms": found[1], "heard_after_max_ms": found[2],
        "streams_received_max": streams[0], "streams_received_limit": streams[1], "kbit_received_per_s_max": kbit,
        "subscription_changes": changes,
    })
}

fn voices_rows(voices: &Voices) -> [(&'static str, String); 5] {
    let Voices { turns, turns_of_heralds, due, heard, found, heralds, streams, kbit, changes } = voices;
    let ms = found.map(|time| time.map_or("—".to_owned(), |time| format!("{time:.0}"))).join(" / ");
    [
        ("turns at speaking", format!("{turns}, {turns_of_heralds} of them by heralds ({heralds})")),
        ("turns heard / due, listeners each", format!("{heard} / {due}, never heard: {}", due.saturating_sub(*heard))),
        ("heard after, p50 / p99 / max", format!("{ms} ms")),
        ("a member receives at most", format!("{} streams (the plan: {}), {kbit:.0} kbit/s", streams[0], streams[1])),
        ("subscriptions changed meanwhile", changes.to_string()),
    ]
}

fn failed(frames: &Frames) -> String {
    let mut text = frames.failed.to_string();
    // Writing to a String cannot fail.
    let _ = frames.failure.as_ref().map(|reason| write!(text, " (first: {reason})"));
    if frames.early > 0 {
        let _ = write!(text, ", and {} came before the keys of their epoch", frames.early);
    }
    text
}

fn received(report: &Report) -> String {
    let each = |count| report.each_second(count).unwrap_or_default();
    format!("{:.0} packets/s, {:.1} Mbit/s", each(report.packets.received), each(report.packets.bytes) * 8.0 / 1e6)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        rows.iter().try_for_each(|(name, value)| writeln!(f, "{name:width$}  {value}"))
    }
}
