//! `incamera status`: the figures of a running host, for people.
//!
//! **Invariant:** asks the host's own port for figures and nothing else, and never waits longer than [`WITHIN`] for a word of it.

use super::text::{self, Line};
use crate::shell::clock;
use std::fmt::Write as _;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long the host may take to say a word.
const WITHIN: Duration = Duration::from_secs(10);
/// Between the two looks from which the rates are made.
const APART: Duration = Duration::from_secs(1);
/// The longest answer that is read, bytes. Figures of a host with 64 cores are 100 KB.
const LONGEST: u64 = 4 << 20;

/// Why there is no status.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StatusError {
    /// Nobody answers there.
    #[error(
        "nobody answers at {0} ({1}). Is the host running, and was it started with --metrics {0}? Name another address with --metrics."
    )]
    Nobody(SocketAddr, #[source] io::Error),
    /// Somebody else does.
    #[error("what answers at {0} is no Incamera's port for figures. Name the right one with --metrics.")]
    Stranger(SocketAddr),
}

/// The figures of one moment.
struct Look {
    at: Instant,
    text: String,
}

/// What a running host says of itself: a table, or with `json` one JSON object (`now`: every figure under its name with its labels, `per_second`:
/// by how much those that only grow have grown).
///
/// # Errors
/// [`StatusError`].
pub(crate) fn status(address: SocketAddr, json: bool) -> Result<String, StatusError> {
    let before = look(address)?;
    std::thread::sleep(APART);
    let after = look(address)?;
    let seconds = after.at.saturating_duration_since(before.at).as_secs_f64().max(0.001);
    let stranger = || StatusError::Stranger(address);
    let (first, last) = (text::read(&before.text).ok_or_else(stranger)?, text::read(&after.text).ok_or_else(stranger)?);
    let figures = Figures { first, last, seconds };
    if figures.last.iter().all(|line| line.name != "incamera_ready") {
        return Err(stranger());
    }
    Ok(if json { figures.json() } else { figures.table(address) })
}

fn look(address: SocketAddr) -> Result<Look, StatusError> {
    let nobody = |error| StatusError::Nobody(address, error);
    let mut stream = TcpStream::connect_timeout(&address, WITHIN).map_err(nobody)?;
    stream.set_read_timeout(Some(WITHIN)).and_then(|()| stream.set_write_timeout(Some(WITHIN))).map_err(nobody)?;
    // HTTP/1.0: the answer comes in one piece and ends with the connection.
    write!(stream, "GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n").map_err(nobody)?;
    let mut answer = String::new();
    stream.take(LONGEST).read_to_string(&mut answer).map_err(nobody)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.split(' ').nth(1) == Some("200") => Ok(Look { at: clock::now(), text: body.to_owned() }),
        _ => Err(StatusError::Stranger(address)),
    }
}

struct Figures<'a> {
    first: Vec<Line<'a>>,
    last: Vec<Line<'a>>,
    seconds: f64,
}

fn sum<'a>(lines: &[Line<'a>], name: &str, of: &[(&str, &str)]) -> f64 {
    let about = |line: &&Line<'a>| line.name == name && of.iter().all(|label| line.labels.contains(label));
    lines.iter().filter(about).map(|line| line.value).sum()
}

impl Figures<'_> {
    fn now(&self, name: &str, of: &[(&str, &str)]) -> f64 {
        sum(&self.last, name, of)
    }

    /// By how much it grows each second. Not below zero: a host that was started again counts anew.
    fn rate(&self, name: &str, of: &[(&str, &str)]) -> f64 {
        ((self.now(name, of) - sum(&self.first, name, of)) / self.seconds).max(0.0)
    }

    /// Of the packets due since the host began, how many were lost, as text.
    fn lost(&self, direction: &str) -> String {
        let of = [("direction", direction)];
        let due = self.now("incamera_packets_due_total", &of);
        if due < 1.0 { "—".into() } else { format!("{:.2} %", 100.0 * self.now("incamera_packets_lost_total", &of) / due) }
    }

    /// The time that so many of all did not exceed, as text; "—" when there was nothing.
    fn within(&self, name: &str, part: f64) -> String {
        let count = self.now(&format!("{name}_count"), &[]);
        let bucket = format!("{name}_bucket");
        let mut bounds: Vec<f64> = self.last.iter().filter(|line| line.name == bucket).filter_map(bound).collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        let holds = |bound: &f64| {
            let classes = self.last.iter().filter(|line| line.name == bucket && self::bound(line) == Some(*bound));
            classes.map(|line| line.value).sum::<f64>() >= part * count
        };
        match bounds.into_iter().find(holds).filter(|_| count > 0.0) {
            None => "—".into(),
            Some(bound) if bound.is_infinite() => "over 1 s".into(),
            Some(bound) if bound < 0.001 => format!("{:.2} ms", bound * 1_000.0),
            Some(bound) => format!("{:.0} ms", bound * 1_000.0),
        }
    }

    fn busiest(&self) -> String {
        let cores = self.last.iter().filter(|line| line.name == "incamera_turn_seconds_count");
        let busy =
            cores.filter_map(|line| line.labels.first()).map(|&core| 100.0 * self.rate("incamera_turn_seconds_sum", &[core]));
        let busy: Vec<f64> = busy.collect();
        let most = busy.iter().copied().fold(0.0, f64::max);
        format!("{most:.0} % of the busiest of {}", busy.len())
    }

    fn table(&self, address: SocketAddr) -> String {
        let now = |name: &str| format!("{:.0}", self.now(name, &[]));
        let role = |role| format!("{:.0}", self.now("incamera_people", &[("role", role)]));
        let rate =
            |direction| format!("{:.2} Mbit/s", self.rate("incamera_media_bytes_total", &[("direction", direction)]) * 8.0 / 1e6);
        let memory = format!("{:.0} MiB", self.now("process_resident_memory_bytes", &[]) / f64::from(1 << 20));
        let rows = [
            ("State", self.state().to_owned()),
            ("Up", duration(self.now("incamera_uptime_seconds", &[]))),
            ("Rooms", now("incamera_rooms")),
            ("People in meetings", role("member")),
            ("  before a door", role("waiting")),
            ("  on their way back", role("away")),
            ("With picture or sound", now("incamera_media_peers")),
            ("Connections", now("incamera_connections")),
            ("Media in", rate("in")),
            ("Media out", rate("out")),
            ("Lost on the way in", self.lost("in")),
            ("Lost on the way out", self.lost("out")),
            ("Round trip, 95 of 100", self.within("incamera_round_trip_seconds", 0.95)),
            ("In the host, 99 of 100", self.within("incamera_turn_seconds", 0.99)),
            ("Cores at work", self.busiest()),
            ("Memory", memory),
            ("Refused since the start", now("incamera_refusals_total")),
        ];
        let mut table = format!("Incamera at {address}\n\n");
        for (name, value) in rows {
            // Writing to a string does not fail.
            let _ = writeln!(table, "{name:<26}{value}");
        }
        table
    }

    fn state(&self) -> &'static str {
        match (self.now("incamera_ready", &[]) > 0.0, self.now("incamera_draining", &[]) > 0.0) {
            (true, _) => "ready",
            (false, true) => "draining: about to end",
            (false, false) => "stuck: a core does not answer",
        }
    }

    fn json(&self) -> String {
        let now = self.last.iter().map(|line| (key(line), line.value));
        let growing = self.last.iter().filter(|line| line.name.ends_with("_total"));
        let rates = growing.map(|line| (key(line), self.rate(line.name, &line.labels)));
        format!("{{\n  \"now\": {},\n  \"per_second\": {}\n}}\n", object(now), object(rates))
    }
}

/// Up to how many seconds a line of a histogram goes.
fn bound(line: &Line<'_>) -> Option<f64> {
    let (_, text) = line.labels.iter().find(|(name, _)| *name == "le")?;
    text.parse().ok()
}

/// A figure's name with its labels: letters, digits and `_ { } = , . + -`, so nothing in it needs escaping in JSON.
fn key(line: &Line<'_>) -> String {
    let labels: Vec<String> = line.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if labels.is_empty() { line.name.to_owned() } else { format!("{}{{{}}}", line.name, labels.join(",")) }
}

fn object(figures: impl Iterator<Item = (String, f64)>) -> String {
    let is_plain = |key: &String| !key.contains(['"', '\\']) && !key.chars().any(char::is_control);
    let lines = figures.filter(|(key, value)| is_plain(key) && value.is_finite());
    let lines: Vec<String> = lines.map(|(key, value)| format!("    \"{key}\": {value}")).collect();
    format!("{{\n{}\n  }}", lines.join(",\n"))
}

fn duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0) as u64;
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => format!("{seconds:.0} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "incamera_ready 1\nincamera_turn_seconds_count{core=\"0\"} 1\nincamera_turn_seconds_sum{core=\"0\"} 1\n\
        incamera_media_bytes_total{direction=\"out\",over=\"udp\"} 1000000\n";
    const AFTER: &str = "incamera_ready 1\nincamera_uptime_seconds 93780\nincamera_people{role=\"member\"} 12\n\
        incamera_media_bytes_total{direction=\"out\",over=\"udp\"} 2500000\nincamera_packets_due_total{direction=\"in\"} 400\n\
        incamera_packets_lost_total{direction=\"in\"} 1\nincamera_turn_seconds_bucket{core=\"0\",le=\"0.00025\"} 98\n\
        incamera_turn_seconds_bucket{core=\"0\",le=\"0.025\"} 99\nincamera_turn_seconds_bucket{core=\"0\",le=\"+Inf\"} 100\n\
        incamera_turn_seconds_count{core=\"0\"} 100\nincamera_turn_seconds_sum{core=\"0\"} 2\n";

    fn figures() -> Figures<'static> {
        Figures { first: text::read(BEFORE).unwrap(), last: text::read(AFTER).unwrap(), seconds: 2.0 }
    }

    #[test]
    fn a_person_reads_what_the_figures_say() {
        let table = figures().table("127.0.0.1:9464".parse().unwrap());
        for row in [
            "State                     ready",
            "Up                        1 d 2 h",
            "People in meetings        12",
            "Media out                 6.00 Mbit/s",
            "Lost on the way in        0.25 %",
            "Lost on the way out       —",
            "In the host, 99 of 100    25 ms",
            "Cores at work             50 % of the busiest of 1",
        ] {
            assert!(table.lines().any(|line| line == row), "{row}\n{table}");
        }
    }

    #[test]
    fn a_program_reads_the_same() {
        let json = figures().json();
        assert!(json.contains("\"incamera_people{role=member}\": 12,"), "{json}");
        assert!(json.contains("\"incamera_media_bytes_total{direction=out,over=udp}\": 750000"), "{json}");
        assert!(!json.contains("\"incamera_ready\": 1,\n    \"incamera_ready\""), "{json}");
    }
}
