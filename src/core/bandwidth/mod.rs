//! How much one receiver's path carries, and when what may leave towards it.
//!
//! ```text
//! reports of arrival ─▶ sent ─┬▶ delay, least (does a queue grow?) ─▶ rate ─┐
//!                             ├▶ arrived (how much comes?) ───────┘    ├▶ estimate ─▶ budget ─▶ each section's ceiling
//!                             ├▶ loss (does less help?) ───────────────┤          └─▶ pacer ─▶ when pictures leave
//!                             └▶ probe (does more fit?) ───────────────┘
//! ```
//!
//! **Invariant:** the estimate stays within its bounds whatever is reported, rises only by what was seen to arrive, and nothing is allocated per
//! packet. A receiver that reports no arrivals is never held to an estimate: there only the loss it reports sets a limit.

mod arrived;
pub(crate) mod budget;
mod delay;
mod least;
mod losing;
mod loss;
mod pacer;
mod probe;
mod rate;
mod sent;
mod waves;

use self::arrived::ArrivalMeter;
use self::delay::{DelayTrend, Usage};
use self::least::{LeastDelay, Queue};
use self::losing::Losing;
use self::loss::LossLimit;
use self::pacer::{Fill, Pacer};
use self::probe::{Finding, Prober};
use self::rate::DelayRate;
use self::sent::{News, SentLog, SentPacket};
use super::layers::Bitrate;
use super::time::Time;
use super::transport::arrival_report::{ArrivalReport, ReferenceClock};
use std::time::Duration;

/// Where the estimate begins, bit/s: one middling picture. The first probe corrects it within a round trip or two.
const START: f64 = 1_200_000.0;
/// How long the first report is waited for. After that the receiver is taken for one that sends none, whatever it negotiated.
const FIRST_REPORT: Duration = Duration::from_secs(2);
/// Without any report for so long, while packets wait for one, the path is taken for choked.
const SILENCE: Duration = Duration::from_millis(1_200);
/// What is left of the estimate after a silence.
const SILENCED: f64 = 0.7;
/// Between two looks at a path while nothing is reported.
pub(crate) const REVIEW: Duration = Duration::from_millis(500);
/// Bytes of UDP and IP around each packet.
const AROUND: usize = 28;
/// What could be used is looked for with the margin that the budget asks for before it raises anything, and a little more.
const RAISABLE: f64 = 1.18;
/// The round trip that is assumed until one was measured.
const ROUND_TRIP: Duration = Duration::from_millis(150);
/// Less than this part of what the path is believed to carry drains a queue visibly.
const LESS: f64 = 0.9;
/// How long after a cut a queue is given to drain.
const DRAINS: Duration = Duration::from_millis(1_000);
/// How many times what sound takes the path must carry for sound to be sent twice.
const ROOM_FOR_TWICE: f64 = 2.5;

/// A reported arrival, with when the packet left.
#[derive(Clone, Copy)]
pub(crate) struct Arrived {
    at: i64,
    packet: SentPacket,
}

/// Bytes that leave, counted at the price of an addition.
#[derive(Default)]
struct Tally {
    bytes: u64,
    since: Option<Time>,
    /// Bit/s over the last review or two.
    rate: Option<f64>,
}

impl Tally {
    fn settle(&mut self, now: Time) {
        let elapsed = now - *self.since.get_or_insert(now);
        if elapsed >= REVIEW {
            let latest = self.bytes as f64 * 8.0 / elapsed.as_secs_f64();
            self.rate = Some(self.rate.map_or(latest, |rate| (rate + latest) / 2.0));
            (self.bytes, self.since) = (0, Some(now));
        }
    }
}

/// One receiver's path.
pub(crate) struct Bandwidth {
    /// Id of the header extension with the transport-wide number.
    extension: Option<u8>,
    log: SentLog,
    clock: ReferenceClock,
    trend: DelayTrend,
    least: LeastDelay,
    arriving: ArrivalMeter,
    leaving: Tally,
    sound: Tally,
    rate: DelayRate,
    loss: LossLimit,
    prober: Prober,
    pacer: Pacer,
    /// What the sections could use, bit/s.
    need: f64,
    first_sent: Option<Time>,
    heard: Option<Time>,
    round_trip: Option<Duration>,
    /// The estimate when a queue was found that stands still.
    stood_at: Option<f64>,
    losing: Losing,
    reviewed: Time,
    allotted: Option<f64>,
}

impl Default for Bandwidth {
    fn default() -> Self {
        Self {
            extension: None,
            log: SentLog::default(),
            clock: ReferenceClock::default(),
            trend: DelayTrend::default(),
            least: LeastDelay::default(),
            arriving: ArrivalMeter::default(),
            leaving: Tally::default(),
            sound: Tally::default(),
            rate: DelayRate::new(START),
            loss: LossLimit::default(),
            prober: Prober::default(),
            pacer: Pacer::default(),
            need: 0.0,
            first_sent: None,
            heard: None,
            round_trip: None,
            stood_at: None,
            losing: Losing::default(),
            reviewed: Time::ZERO,
            allotted: None,
        }
    }
}

impl Bandwidth {
    /// The receiver agreed on this extension id, or on none.
    pub(crate) fn negotiate(&mut self, extension: Option<u8>) {
        self.extension = extension;
    }

    /// The id under which a packet carries its transport-wide number.
    pub(crate) fn extension(&self) -> Option<u8> {
        self.extension
    }

    /// A packet of so many bytes leaves, counted without UDP and IP. `is_sound`: sound, and for the first time.
    pub(crate) fn leaves(&mut self, now: Time, bytes: usize, is_sound: bool) {
        let bytes = around(bytes);
        self.first_sent.get_or_insert(now);
        self.leaving.bytes += u64::from(bytes);
        if is_sound {
            self.sound.bytes += u64::from(bytes);
        }
        self.pacer.spend(bytes.into());
    }

    /// The transport-wide number of a packet that leaves.
    pub(crate) fn number(&mut self, now: Time, bytes: usize) -> u16 {
        let bytes = around(bytes);
        self.prober.sent(now, bytes);
        self.log.record(SentPacket { at: now, bytes, probe: self.prober.number() })
    }

    /// The receiver reports arrivals, and so the time to it and back. `scratch` is used for sorting and left empty.
    pub(crate) fn arrivals(&mut self, now: Time, report: ArrivalReport<'_>, scratch: &mut Vec<Arrived>) -> Option<Duration> {
        self.extension?;
        let reference = self.clock.micros(report.reference());
        let (mut total, mut lost, mut late_ones, mut latest) = (0, 0, 0, None);
        scratch.clear();
        for status in report.statuses() {
            match self.log.settle(status.sequence, status.arrived.is_some()) {
                None => {}
                Some(News::Lost(packet)) => {
                    (total, lost) = (total + 1, lost + 1);
                    self.prober.settled(&packet, None);
                }
                Some(News::Arrived { packet, late }) => {
                    (total, late_ones) = (total + u32::from(!late), late_ones + u32::from(late));
                    latest = latest.max(Some(packet.at));
                    scratch.push(Arrived { at: reference + status.arrived.unwrap_or_default(), packet });
                }
            }
        }
        self.log.tidy();
        self.heard = Some(now);
        let round_trip = latest.map(|latest| now - latest);
        if let Some(measured) = round_trip {
            self.measure_round_trip(measured);
        }
        scratch.sort_unstable_by_key(|arrived| (arrived.at, arrived.packet.at));
        for Arrived { at, packet } in scratch.drain(..) {
            self.trend.arrived(packet.at, at);
            self.least.arrived(packet.at.as_micros() as i64, at);
            self.arriving.count(at, packet.bytes);
            self.prober.settled(&packet, Some(at));
        }
        self.conclude(now, (total, lost, late_ones));
        round_trip
    }

    /// What a report means for the estimate.
    fn conclude(&mut self, now: Time, counts: (u32, u32, u32)) {
        let (usage, arriving) = (self.usage(), self.arriving.rate());
        let cut = self.rate.last_cut();
        let round_trip = self.round_trip.unwrap_or(ROUND_TRIP);
        match usage {
            usage if self.least.comes_in_waves() => self.rate.update_in_waves(now, usage, arriving, round_trip),
            // What arrives over half a second says what the line carries only if packets waited all the time.
            Usage::Over if !self.least.stood_all_along() => self.rate.update(now, usage, self.arriving.burst(), round_trip),
            usage => self.rate.update(now, usage, arriving, round_trip),
        }
        self.mind_a_standing_queue(now, arriving);
        if self.rate.last_cut() != cut {
            self.prober.postpone(now);
        }
        self.losing.report(counts);
        let estimate = self.rate.rate();
        let flow = (self.leaving.rate.unwrap_or(estimate), arriving.unwrap_or(estimate));
        self.loss.report(now, counts, flow, estimate);
        let bounded = self.bounded();
        if let Some(Finding::Carries(rate)) = self.prober.conclude(now, bounded)
            && usage != Usage::Over
        {
            self.rate.proved(rate);
        }
    }

    /// A queue of ours drains once less is sent than the path carries. What does not is the path itself.
    fn mind_a_standing_queue(&mut self, now: Time, arriving: Option<f64>) {
        let Some(arriving) = arriving.filter(|_| self.least.does_not_drain()) else {
            if self.least.queue() == Queue::Empty {
                self.stood_at = None;
            }
            return;
        };
        let stood_at = *self.stood_at.get_or_insert(self.rate.rate());
        if self.least.stands_still() && arriving < LESS * stood_at {
            self.least.rebase();
            self.stood_at = None;
        } else if self.rate.last_cut().is_none_or(|cut| now - cut > DRAINS) {
            self.rate.try_less(now, arriving);
        }
    }

    /// What the path does with what is sent. A trend alone may be jitter, for a queue holds up every packet; and a queue that stands without
    /// growing is to drain before anything rises.
    fn usage(&self) -> Usage {
        match (self.trend.usage(), self.least.queue()) {
            (Usage::Over, Queue::Empty) => Usage::Normal,
            (Usage::Over, Queue::Stands) | (Usage::Normal, Queue::Stands | Queue::Grows) => Usage::Under,
            (usage, _) => usage,
        }
    }

    /// True while the path loses so much that sound should be sent twice (asking for it again takes a round trip that listeners do not have),
    /// and has room for it: what a full line loses would only become more.
    pub(crate) fn is_lossy(&self) -> bool {
        self.losing.is_much() && self.bounded() > ROOM_FOR_TWICE * self.sound.rate.unwrap_or_default()
    }

    fn measure_round_trip(&mut self, measured: Duration) {
        let smoothed = self.round_trip.map_or(measured, |before| (before * 7 + measured) / 8);
        self.round_trip = Some(smoothed.min(Duration::from_secs(3)));
    }

    /// A receiver report says that of so many packets so many were lost. Counts only where no arrivals are reported.
    pub(crate) fn losses(&mut self, now: Time, expected: u32, lost: u32) {
        if self.reports_arrivals(now) {
            return;
        }
        if let Some(leaving) = self.leaving.rate {
            let arriving = leaving * (1.0 - f64::from(lost.min(expected)) / f64::from(expected.max(1)));
            self.loss.report(now, (expected, lost, 0), (leaving, arriving), leaving.max(self.need));
        }
    }

    /// True while arrivals are reported, or the first report may still come.
    fn reports_arrivals(&self, now: Time) -> bool {
        let waits = || self.first_sent.is_none_or(|first| now - first < FIRST_REPORT);
        self.extension.is_some() && (self.heard.is_some() || waits())
    }

    /// What the path carries; `None` where nothing is known that would set a limit.
    pub(crate) fn estimate(&self, now: Time) -> Option<Bitrate> {
        if self.reports_arrivals(now) {
            return Some(Bitrate(self.bounded() as u64));
        }
        self.loss.limit().map(|limit| Bitrate(limit as u64))
    }

    fn bounded(&self) -> f64 {
        self.loss.limit().map_or(self.rate.rate(), |limit| limit.min(self.rate.rate()))
    }

    /// What sound takes now, bit/s, with what of it is sent twice.
    pub(crate) fn sound(&self) -> Bitrate {
        let times = if self.is_lossy() { 2.0 } else { 1.0 };
        Bitrate((times * self.sound.rate.unwrap_or_default()) as u64)
    }

    /// The estimate has been divided among the sections, which could use `need`.
    pub(crate) fn allotted(&mut self, now: Time, need: Bitrate) {
        self.need = need.0 as f64;
        self.reviewed = now;
        self.leaving.settle(now);
        self.sound.settle(now);
        self.allotted = self.estimate(now).map(|estimate| estimate.0 as f64);
    }

    /// True when the estimate has moved so far that it should be divided anew.
    pub(crate) fn has_moved(&self, now: Time) -> bool {
        match (self.allotted, self.estimate(now)) {
            (Some(before), Some(Bitrate(estimate))) => {
                let estimate = estimate as f64;
                estimate < before * 0.97 || estimate > before * 1.05
            }
            (before, estimate) => before.is_some() != estimate.is_some(),
        }
    }

    /// When [`Bandwidth::review`] is due.
    pub(crate) fn review_at(&self) -> Time {
        (self.reviewed + REVIEW).beat()
    }

    /// Looks at a path of which nothing may have been heard for a while.
    pub(crate) fn review(&mut self, now: Time) {
        let silent = self.heard.is_some_and(|heard| now - heard > SILENCE);
        if silent && self.log.oldest_open().is_some_and(|left| now - left > SILENCE) {
            self.rate.silenced(SILENCED);
            self.prober.postpone(now);
        }
    }

    /// True when more could be used than the path carries.
    fn is_full(&self, estimate: f64) -> bool {
        self.need > estimate
    }

    /// Bytes of pictures that may leave now; `None`: any number.
    pub(crate) fn room(&mut self, now: Time) -> Option<f64> {
        let Bitrate(estimate) = self.estimate(now)?;
        let estimate = estimate as f64;
        let fill = match (self.is_full(estimate), self.usage()) {
            (true, Usage::Normal) => Fill::Full,
            (true, _) => Fill::Draining,
            (false, _) => Fill::Free,
        };
        self.pacer.fill(now, estimate, fill);
        Some(self.pacer.room())
    }

    /// When there is room again.
    pub(crate) fn room_at(&self, now: Time) -> Time {
        self.pacer.next(now)
    }

    /// Bytes of padding that shall leave now because a probe is running, or begins. [`Bandwidth::burst_done`] must follow when they have.
    pub(crate) fn padding(&mut self, now: Time) -> u32 {
        if self.heard.is_none() && self.first_sent.is_none() || !self.reports_arrivals(now) {
            return 0;
        }
        let quiet = self.usage() == Usage::Normal;
        if quiet {
            self.prober.begin(now, self.bounded(), self.need * RAISABLE);
        }
        self.prober.lag(now)
    }

    /// What was asked for by [`Bandwidth::padding`] has left.
    pub(crate) fn burst_done(&mut self, now: Time) {
        self.prober.burst_done(now);
    }

    /// When the next burst of a probe is due.
    pub(crate) fn burst_at(&self) -> Option<Time> {
        self.prober.due()
    }
}

/// A packet's bytes on the wire.
fn around(bytes: usize) -> u16 {
    u16::try_from(bytes + AROUND).unwrap_or(u16::MAX)
}

#[cfg(test)]
pub(crate) mod tests;
