//! The estimator over a line that is a rate, a queue, and what befalls packets on the way; all by chance of a given seed.

use super::*;
use crate::core::transport::feedback::Arrivals;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use std::collections::VecDeque;

/// A line with a queue in front of it, shared by whoever sends over it.
pub(crate) struct Line {
    pub(crate) capacity: f64,
    pub(crate) queue: Duration,
    pub(crate) delay: Duration,
    pub(crate) jitter: Duration,
    /// Delay that comes to that at most and changes every 80 ms for all packets alike, which keep their order: the jitter of radio links.
    pub(crate) waves: Duration,
    /// Of 1,000.
    pub(crate) loss: u32,
    free: f64,
    wave: (Time, Duration),
    last: Time,
    chance: ChaCha20Rng,
}

impl Line {
    pub(crate) fn new(capacity: f64) -> Self {
        Self {
            capacity,
            queue: Duration::from_millis(400),
            delay: Duration::from_millis(20),
            jitter: Duration::ZERO,
            waves: Duration::ZERO,
            loss: 0,
            free: 0.0,
            wave: (Time::ZERO, Duration::ZERO),
            last: Time::ZERO,
            chance: ChaCha20Rng::seed_from_u64(7),
        }
    }

    /// The same with other luck.
    pub(crate) fn with_chance(self, seed: u64) -> Self {
        Self { chance: ChaCha20Rng::seed_from_u64(seed), ..self }
    }

    /// When a packet arrives that is put in now.
    pub(crate) fn carry(&mut self, now: Time, bytes: usize) -> Option<Time> {
        let at = now.as_micros() as f64;
        self.free = self.free.max(at);
        if self.free - at > self.queue.as_micros() as f64 || self.chance.next_u32() % 1_000 < self.loss {
            return None;
        }
        self.free += bytes as f64 * 8e6 / self.capacity;
        let jitter = self.jitter.as_micros() as u64;
        let late = if jitter > 0 { u64::from(self.chance.next_u32()) % jitter } else { 0 };
        let due = Time::from_micros(self.free as u64 + late) + self.delay;
        if self.waves.is_zero() {
            return Some(due);
        }
        if now >= self.wave.0 + Duration::from_millis(80) {
            self.wave = (now, self.waves.mul_f64(f64::from(self.chance.next_u32()) / f64::from(u32::MAX)));
        }
        self.last = self.last.max(due + self.wave.1);
        Some(self.last)
    }
}

/// Bytes of a packet of padding on the wire.
const PADDING: u32 = 320;

/// One sender that has always more to send than it may, up to `need`.
struct Flow {
    bandwidth: Bandwidth,
    flying: VecDeque<(Time, u16)>,
    arrivals: Arrivals,
    answers: VecDeque<(Time, Vec<u8>)>,
    reported: Time,
    need: f64,
    /// What there is to send, when that is less.
    supply: f64,
    owed: f64,
    scratch: Vec<Arrived>,
}

impl Flow {
    fn new(need: f64) -> Self {
        let mut bandwidth = Bandwidth::default();
        bandwidth.negotiate(Some(3));
        Self {
            bandwidth,
            flying: VecDeque::new(),
            arrivals: Arrivals::default(),
            answers: VecDeque::new(),
            reported: Time::ZERO,
            need,
            supply: need,
            owed: 0.0,
            scratch: Vec::new(),
        }
    }

    fn estimate(&self, now: Time) -> f64 {
        self.bandwidth.estimate(now).unwrap().0 as f64
    }

    /// One millisecond.
    fn step(&mut self, now: Time, line: &mut Line) {
        self.owed += self.estimate(now).min(self.supply) / 8_000.0;
        self.bandwidth.allotted(now, Bitrate(self.need as u64));
        if now.as_millis().is_multiple_of(5) {
            while self.owed > 0.0 {
                self.send(now, line, 1_000);
                self.owed -= 1_000.0;
            }
            let padding = self.bandwidth.padding(now);
            (0..padding.div_ceil(PADDING)).for_each(|_| self.send(now, line, PADDING as usize));
            self.bandwidth.burst_done(now);
        }
        while let Some((at, number)) = self.flying.front().copied().filter(|(at, _)| *at <= now) {
            self.flying.pop_front();
            self.arrivals.record(at, number);
        }
        if now - self.reported >= Duration::from_millis(100) {
            self.reported = now;
            let mut bytes = Vec::new();
            self.arrivals.write(1, &mut bytes);
            self.answers.push_back((now + line.delay, bytes));
        }
        while self.answers.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, bytes)) = self.answers.pop_front() else { break };
            if let Some(report) = ArrivalReport::read(&bytes) {
                self.bandwidth.arrivals(now, report, &mut self.scratch);
            }
        }
    }

    fn send(&mut self, now: Time, line: &mut Line, bytes: usize) {
        self.bandwidth.leaves(now, bytes - AROUND, false);
        let number = self.bandwidth.number(now, bytes - AROUND);
        if let Some(at) = line.carry(now, bytes) {
            let place = self.flying.partition_point(|(other, _)| *other <= at);
            self.flying.insert(place, (at, number));
        }
    }
}

/// Runs flows over a line; the estimates every 100 ms.
fn run(flows: &mut [Flow], line: &mut Line, from: u64, to: u64) -> Vec<Vec<f64>> {
    let mut found = vec![Vec::new(); flows.len()];
    for at in from..to {
        let now = Time::from_millis(at);
        for (flow, estimates) in flows.iter_mut().zip(&mut found) {
            flow.step(now, line);
            if at % 100 == 0 {
                estimates.push(flow.estimate(now));
            }
        }
    }
    found
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn the_estimate_converges_within_a_fifth_of_the_line() {
    for capacity in [0.3e6, 1e6, 2.5e6, 8e6] {
        let (mut flows, mut line) = ([Flow::new(20e6)], Line::new(capacity));
        let found = run(&mut flows, &mut line, 0, 40_000).remove(0);
        let settled = mean(&found[100..]);
        assert!((settled / capacity - 1.0).abs() < 0.2, "{capacity} → {settled}");
        let soon = found.iter().position(|estimate| *estimate > capacity * 0.75 && *estimate < capacity * 1.3);
        assert!(soon.is_some_and(|at| at < 50), "{capacity}: {soon:?}");
    }
}

#[test]
fn a_line_that_shrinks_is_noticed_within_a_second_and_a_half_and_one_that_grows_within_eight() {
    let (mut flows, mut line) = ([Flow::new(6e6)], Line::new(4e6));
    run(&mut flows, &mut line, 0, 20_000);
    line.capacity = 1e6;
    let shrunk = run(&mut flows, &mut line, 20_000, 40_000).remove(0);
    assert!(shrunk[15] < 1.1e6, "{:?}", &shrunk[..20]);
    line.capacity = 4e6;
    let grown = run(&mut flows, &mut line, 40_000, 60_000).remove(0);
    let back = grown.iter().position(|estimate| *estimate > 3e6);
    assert!(back.is_some_and(|at| at < 80), "{grown:?}");
}

#[test]
fn what_the_line_loses_by_itself_does_not_starve_it() {
    let (mut flows, mut line) = ([Flow::new(6e6)], Line::new(4e6));
    (line.loss, line.jitter) = (100, Duration::from_millis(200));
    let found = run(&mut flows, &mut line, 0, 60_000).remove(0);
    assert!(mean(&found[200..]) > 0.5e6, "{found:?}");
    (flows, line) = ([Flow::new(6e6)], Line::new(4e6));
    line.loss = 100;
    let found = run(&mut flows, &mut line, 0, 60_000).remove(0);
    assert!(mean(&found[200..]) > 2e6, "{found:?}");
}

#[test]
fn the_queue_stays_short() {
    let (mut flows, mut line) = ([Flow::new(20e6)], Line::new(1.5e6));
    line.queue = Duration::from_secs(3);
    run(&mut flows, &mut line, 0, 10_000);
    let (mut longest, mut sum, mut count) = (0.0f64, 0.0, 0);
    for at in 10_000..40_000 {
        let now = Time::from_millis(at);
        flows[0].step(now, &mut line);
        let waits = (line.free - now.as_micros() as f64).max(0.0) / 1_000.0;
        (longest, sum, count) = (longest.max(waits), sum + waits, count + 1);
    }
    assert!(sum / f64::from(count) < 60.0 && longest < 400.0, "mean {} longest {longest} ms", sum / f64::from(count));
}

#[test]
fn a_path_that_becomes_longer_while_little_is_sent_keeps_its_estimate() {
    let (mut flows, mut line) = ([Flow::new(3e6)], Line::new(4e6));
    run(&mut flows, &mut line, 0, 10_000);
    flows[0].supply = 0.3e6;
    run(&mut flows, &mut line, 10_000, 12_000);
    line.delay = Duration::from_millis(50);
    let found = run(&mut flows, &mut line, 12_000, 20_000).remove(0);
    assert!(found.iter().all(|estimate| *estimate > 2e6), "{found:?}");
}

#[test]
fn a_very_low_estimate_is_raised_by_a_probe() {
    let (mut flows, mut line) = ([Flow::new(3e6)], Line::new(4e6));
    run(&mut flows, &mut line, 0, 5_000);
    flows[0].bandwidth.rate = DelayRate::new(rate::LEAST);
    let found = run(&mut flows, &mut line, 5_000, 20_000).remove(0);
    let back = found.iter().position(|estimate| *estimate > 2e6);
    assert!(back.is_some_and(|at| at < 60), "{found:?}");
}

#[test]
fn two_flows_share_a_line() {
    let (mut flows, mut line) = ([Flow::new(6e6), Flow::new(6e6)], Line::new(3e6));
    run(&mut flows[..1], &mut line, 0, 10_000);
    let found = run(&mut flows, &mut line, 10_000, 100_000);
    let (first, second) = (mean(&found[0][400..]), mean(&found[1][400..]));
    assert!(first / second < 3.0 && second / first < 3.0, "{first} {second}");
    assert!((2.0e6..3.6e6).contains(&(first + second)), "{first} {second}");
}

#[test]
fn nothing_is_probed_that_is_not_needed() {
    let (mut flows, mut line) = ([Flow::new(0.5e6)], Line::new(50e6));
    run(&mut flows, &mut line, 0, 20_000);
    assert_eq!(flows[0].bandwidth.prober.number(), 0);
    assert!(!flows[0].bandwidth.prober.begin(Time::from_millis(20_000), flows[0].estimate(Time::from_millis(20_000)), 0.5e6));
}

#[test]
fn silence_lowers_the_estimate_and_the_next_reports_bring_it_back() {
    let (mut flows, mut line) = ([Flow::new(3e6)], Line::new(4e6));
    run(&mut flows, &mut line, 0, 10_000);
    let now = Time::from_millis(10_000);
    let before = flows[0].estimate(now);
    for at in (10_000..14_000).step_by(500) {
        flows[0].bandwidth.number(Time::from_millis(at), 1_000);
        flows[0].bandwidth.review(Time::from_millis(at));
    }
    assert!(flows[0].estimate(now) < before / 2.0);
    run(&mut flows, &mut line, 14_000, 24_000);
    assert!(flows[0].estimate(Time::from_millis(24_000)) > 2.5e6);
}

#[test]
fn without_the_extension_only_reported_loss_sets_a_limit() {
    let mut bandwidth = Bandwidth::default();
    let mut limits = Vec::new();
    for at in 0..20_000u64 {
        let now = Time::from_millis(at);
        if at % 5 == 0 {
            bandwidth.leaves(now, 1_000, false);
        }
        if at % 500 == 0 {
            bandwidth.allotted(now, Bitrate(0));
        }
        if at % 1_000 == 999 {
            bandwidth.losses(now, 200, if (5_000..7_000).contains(&at) { 60 } else { 0 });
        }
        limits.push(bandwidth.estimate(now));
    }
    assert!(limits[..5_000].iter().all(Option::is_none));
    assert!(limits[6_500].is_some_and(|limit| limit.0 < 1_400_000), "{:?}", limits[6_500]);
    assert!(limits.last().unwrap().is_none_or(|limit| limit.0 > 1_600_000), "{:?}", limits.last());
}

proptest! {
    #[test]
    fn any_report_keeps_the_estimate_within_bounds(
        reports in proptest::collection::vec((0u64..500, proptest::collection::vec(any::<u8>(), 0..120), 0u16..40), 0..80),
    ) {
        let mut bandwidth = Bandwidth::default();
        bandwidth.negotiate(Some(3));
        let (mut at, mut scratch) = (0, Vec::new());
        for (wait, mut bytes, sent) in reports {
            at += wait;
            let now = Time::from_millis(at);
            (0..sent).for_each(|_| {
                bandwidth.leaves(now, 1_000, false);
                bandwidth.number(now, 1_000);
            });
            // Half of them speak of what was sent.
            if wait % 2 == 0 && bytes.len() > 15 {
                bytes[12..16].copy_from_slice(&[0, 0, 0, 30]);
            }
            if let Some(report) = ArrivalReport::read(&bytes) {
                bandwidth.arrivals(now, report, &mut scratch);
            }
            bandwidth.padding(now);
            bandwidth.burst_done(now);
            bandwidth.review(now);
            let Bitrate(estimate) = bandwidth.estimate(now).unwrap_or(Bitrate(rate::LEAST as u64));
            prop_assert!((rate::LEAST as u64..=rate::MOST as u64).contains(&estimate));
            prop_assert!(scratch.is_empty());
        }
    }
}
