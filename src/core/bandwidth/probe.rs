//! Finding out quickly that a path carries more: for 20 ms the receiver is sent more than the estimate, and how fast that arrives is the answer.
//!
//! **Invariant:** one probe at a time, none beyond what could be used, none while the queue grows, and after one that failed a pause that
//! doubles up to [`LONGEST`].

use super::sent::SentPacket;
use crate::core::time::Time;
use std::time::Duration;

/// How long a probe takes. Shorter measures the scheduling of the radio, longer costs those a queue who sit behind a thin line.
const LENGTH: Duration = Duration::from_millis(20);
/// Between two bursts of one probe.
const BURST: Duration = Duration::from_millis(5);
/// The most that one burst may hold, bytes. A burst that comes late is not made up for.
const BURST_BYTES: u32 = 20_000;
/// The least rate that is tried, bit/s: below it, a probe is too few packets to measure anything by.
const LEAST_RATE: f64 = 500_000.0;
/// How much more than the estimate is tried.
const STEP: f64 = 2.0;
/// The same for the first one: the estimate is a guess then.
const FIRST_STEP: f64 = 3.0;
/// What could be used counts for this much, so that what is found does not stand at the very edge.
const BEYOND: f64 = 1.2;
/// Pause after a probe that failed, and the longest one. A line that has become free is noticed within the longest.
const SHORTEST: Duration = Duration::from_millis(1_000);
/// See [`SHORTEST`].
const LONGEST: Duration = Duration::from_secs(4);
/// Pause after a probe that found more.
const SOON: Duration = Duration::from_millis(150);
/// Pause after a queue has grown: what was taken back must drain first.
const AFTER_CUT: Duration = Duration::from_millis(2_000);
/// How long answers to a probe are waited for.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// Packets and their part that must have arrived for an answer.
const ENOUGH: (u32, f64) = (4, 0.7);
/// Received at less than this part of the rate at which it was sent, a probe filled the path.
const FILLED: f64 = 0.9;

/// What one probe sent and what arrived of it.
#[derive(Clone, Copy, Debug)]
struct Cluster {
    rate: f64,
    began: Time,
    sent: u32,
    packets: u32,
    last_burst: Time,
    last_burst_bytes: u32,
    settled: u32,
    arrived: u32,
    arrived_bytes: u64,
    first: Option<(i64, u16)>,
    last: i64,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Idle { next: Time },
    Sending(Cluster),
    Waiting(Cluster),
}

/// What was found out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Finding {
    /// The path carries this, bit/s.
    Carries(f64),
    /// Nothing: too little arrived.
    Nothing,
}

/// Probes one receiver's path.
pub(crate) struct Prober {
    phase: Phase,
    /// Number of the present or last probe; never 0.
    number: u8,
    pause: Duration,
    tried: bool,
}

impl Default for Prober {
    fn default() -> Self {
        Self { phase: Phase::Idle { next: Time::ZERO }, number: 0, pause: SHORTEST, tried: false }
    }
}

impl Prober {
    /// The probe to which what is sent now belongs; 0: none.
    pub(crate) fn number(&self) -> u8 {
        if matches!(self.phase, Phase::Sending(_)) { self.number } else { 0 }
    }

    /// When to look again while a probe is being sent.
    pub(crate) fn due(&self) -> Option<Time> {
        match self.phase {
            Phase::Sending(cluster) => Some(cluster.last_burst + BURST),
            _ => None,
        }
    }

    /// The queue has grown: nothing is tried for a while.
    pub(crate) fn postpone(&mut self, now: Time) {
        self.phase = Phase::Idle { next: now + AFTER_CUT };
        self.pause = SHORTEST;
    }

    /// Begins a probe when `need` bit/s could be used, which is more than the `estimate`, and it is time for one. True when it did.
    pub(crate) fn begin(&mut self, now: Time, estimate: f64, need: f64) -> bool {
        let Phase::Idle { next } = self.phase else { return false };
        if now < next || need <= estimate {
            return false;
        }
        let step = if self.tried { STEP } else { FIRST_STEP };
        self.tried = true;
        self.number = self.number.checked_add(1).unwrap_or(1);
        self.phase = Phase::Sending(Cluster {
            rate: (estimate * step).min(need * BEYOND).max(LEAST_RATE),
            began: now,
            sent: 0,
            packets: 0,
            last_burst: now,
            last_burst_bytes: 0,
            settled: 0,
            arrived: 0,
            arrived_bytes: 0,
            first: None,
            last: 0,
        });
        true
    }

    /// A packet leaves while a probe is being sent.
    pub(crate) fn sent(&mut self, now: Time, bytes: u16) {
        let Phase::Sending(cluster) = &mut self.phase else { return };
        if now > cluster.last_burst || cluster.packets == 0 {
            (cluster.last_burst, cluster.last_burst_bytes) = (now, 0);
        }
        cluster.packets += 1;
        cluster.sent += u32::from(bytes);
        cluster.last_burst_bytes += u32::from(bytes);
    }

    /// Bytes by which what has left lags behind the probe's rate: so much padding is to be sent now. After the last burst the probe waits.
    pub(crate) fn lag(&self, now: Time) -> u32 {
        let Phase::Sending(cluster) = self.phase else { return 0 };
        let elapsed = (now - cluster.began + BURST).min(LENGTH + BURST);
        let due = (cluster.rate * elapsed.as_secs_f64() / 8.0) as u32;
        due.saturating_sub(cluster.sent).min(BURST_BYTES)
    }

    /// This moment's burst is out.
    pub(crate) fn burst_done(&mut self, now: Time) {
        let Phase::Sending(mut cluster) = self.phase else { return };
        cluster.last_burst = cluster.last_burst.max(now);
        self.phase = if now - cluster.began >= LENGTH { Phase::Waiting(cluster) } else { Phase::Sending(cluster) };
    }

    /// What became of a packet: it arrived at this moment of the receiver's clock (microseconds), or not.
    pub(crate) fn settled(&mut self, packet: &SentPacket, arrived: Option<i64>) {
        let (Phase::Sending(cluster) | Phase::Waiting(cluster)) = &mut self.phase else { return };
        if packet.probe != self.number || packet.probe == 0 {
            return;
        }
        cluster.settled += 1;
        let Some(at) = arrived else { return };
        cluster.arrived += 1;
        cluster.arrived_bytes += u64::from(packet.bytes);
        match cluster.first {
            Some((first, _)) if first <= at => {}
            _ => cluster.first = Some((at, packet.bytes)),
        }
        cluster.last = if cluster.arrived == 1 { at } else { cluster.last.max(at) };
    }

    /// What the probe found out, once all of it is known or nothing more is expected.
    pub(crate) fn conclude(&mut self, now: Time, estimate: f64) -> Option<Finding> {
        let Phase::Waiting(cluster) = self.phase else { return None };
        if cluster.settled < cluster.packets && now - cluster.began < PATIENCE {
            return None;
        }
        let found = cluster.carried();
        let next = match found {
            Some(rate) if rate > estimate * 1.05 => {
                self.pause = SHORTEST;
                SOON
            }
            _ => {
                let pause = self.pause;
                self.pause = (pause * 2).min(LONGEST);
                pause
            }
        };
        self.phase = Phase::Idle { next: now + next };
        Some(found.map_or(Finding::Nothing, Finding::Carries))
    }
}

impl Cluster {
    /// The rate at which the probe arrived, or at which it was sent when that is less. The last burst has no time behind it in which it was sent,
    /// nor the first packet before it in which it arrived.
    fn carried(&self) -> Option<f64> {
        let (first, first_bytes) = self.first?;
        if self.arrived < ENOUGH.0 || f64::from(self.arrived) < ENOUGH.1 * f64::from(self.packets) {
            return None;
        }
        let sending = (self.last_burst - self.began).as_micros() as f64;
        let arriving = (self.last - first) as f64;
        if sending < 5_000.0 || arriving < 1_000.0 {
            return None;
        }
        let sent = f64::from(self.sent - self.last_burst_bytes.min(self.sent)) * 8e6 / sending;
        let arrived = (self.arrived_bytes - u64::from(first_bytes)) as f64 * 8e6 / arriving;
        Some(if arrived < FILLED * sent { 0.95 * arrived } else { sent.min(arrived) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One probe over a line of `capacity` bit/s with packets of 1,000 bytes; what it found, and how many bytes it took.
    fn probe(capacity: f64, estimate: f64, need: f64) -> (Option<Finding>, u32) {
        let mut prober = Prober::default();
        let mut now = Time::from_millis(1_000);
        if !prober.begin(now, estimate, need) {
            return (None, 0);
        }
        let (mut free, mut bytes, mut flying) = (0.0f64, 0, Vec::new());
        while prober.due().is_some() {
            for _ in 0..prober.lag(now).div_ceil(1_000) {
                prober.sent(now, 1_000);
                bytes += 1_000;
                free = free.max(now.as_micros() as f64) + 8e9 / capacity;
                flying.push((SentPacket { at: now, bytes: 1_000, probe: prober.number() }, free as i64));
            }
            if flying.is_empty() || prober.number() != 0 {
                prober.burst_done(now);
            }
            now = now + BURST;
        }
        flying.iter_mut().for_each(|(packet, at)| {
            packet.probe = 1;
            prober.settled(packet, Some(*at));
        });
        (prober.conclude(now, estimate), bytes)
    }

    fn found(capacity: f64, estimate: f64, need: f64) -> f64 {
        let (Some(Finding::Carries(rate)), _) = probe(capacity, estimate, need) else { panic!("nothing found") };
        rate
    }

    #[test]
    fn a_free_line_carries_what_was_tried() {
        let rate = found(100e6, 1e6, 20e6);
        assert!((2.4e6..3.7e6).contains(&rate), "{rate}");
    }

    #[test]
    fn a_full_line_carries_what_it_does() {
        let rate = found(2e6, 1e6, 20e6);
        assert!((1.7e6..2.1e6).contains(&rate), "{rate}");
    }

    #[test]
    fn nothing_is_tried_beyond_the_need() {
        assert_eq!(probe(100e6, 1e6, 0.9e6), (None, 0));
        let (_, bytes) = probe(100e6, 1e6, 1.5e6);
        assert!(bytes <= 7_000, "{bytes}");
    }

    #[test]
    fn failures_make_pauses_longer_up_to_a_bound() {
        let mut prober = Prober::default();
        let mut begun = Vec::new();
        for at in (0..60_000).step_by(5) {
            let now = Time::from_millis(at);
            if prober.begin(now, 1e6, 2e6) {
                begun.push(at);
            }
            prober.burst_done(now);
            prober.conclude(now, 1e6);
        }
        let pauses: Vec<u64> = begun.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]) && pauses.last() < Some(&4_200), "{pauses:?}");
    }

    #[test]
    fn a_probe_of_which_most_is_lost_says_nothing() {
        let mut prober = Prober::default();
        let mut now = Time::from_millis(5);
        prober.begin(now, 1e6, 9e6);
        while prober.due().is_some() {
            prober.sent(now, 1_000);
            prober.settled(&SentPacket { at: now, bytes: 1_000, probe: prober.number() }, None);
            prober.burst_done(now);
            now = now + BURST;
        }
        assert_eq!(prober.conclude(now, 1e6), Some(Finding::Nothing));
    }
}
