//! Whether the path's queue grows: packets in groups, how much later than its predecessor each group came than it left, and the trend of that
//! (draft-ietf-rmcat-gcc-02 §5.2–5.4, with a line fitted through the last groups in place of the Kalman filter).
//!
//! **Invariant:** the threshold stays within its bounds, and nothing that a receiver says makes the trend anything but a finite number.

use crate::core::time::Time;

/// Packets that left within this many microseconds are one group: a frame's packets leave together.
const GROUP: u64 = 5_000;
/// A group that came this much before it could have, microseconds: the receiver's clock jumped.
const JUMP: i64 = 3_000_000;
/// Groups through which the line is fitted. More is steadier, fewer is quicker; 20 are about a third of a second.
const WINDOW: usize = 20;
/// Weight of the old in the smoothed delay.
const SMOOTHING: f64 = 0.9;
/// Makes the slope comparable with the threshold (as deployed senders do).
const GAIN: f64 = 4.0;
/// Groups above which the trend is not trusted more.
const FULL_TRUST: f64 = 60.0;
/// Where the threshold begins, and between what it stays; milliseconds.
const THRESHOLD: (f64, f64, f64) = (12.5, 6.0, 600.0);
/// How fast the threshold follows a trend above it, and one below; per millisecond. Slow up: a queue must not pass for usual.
const FOLLOW: (f64, f64) = (0.0087, 0.039);
/// A trend further above the threshold than this does not move it: that is a jump, and no other traffic that we should hold our own against.
const OUTLIER: f64 = 15.0;
/// How long a trend must stand above the threshold, milliseconds.
const SUSTAINED: f64 = 10.0;

/// What the path does with what we send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Usage {
    /// The queue stays as it is.
    #[default]
    Normal,
    /// The queue grows.
    Over,
    /// The queue drains.
    Under,
}

#[derive(Clone, Copy)]
struct Group {
    first_sent: Time,
    last_sent: Time,
    first_arrived: i64,
    last_arrived: i64,
}

/// Follows one receiver's queue.
pub(crate) struct DelayTrend {
    group: Option<Group>,
    complete: Option<Group>,
    reordered: u8,
    line: [(f64, f64); WINDOW],
    points: usize,
    origin: i64,
    groups: u32,
    accumulated: f64,
    smoothed: f64,
    threshold: f64,
    updated: Option<i64>,
    over_for: Option<f64>,
    over_count: u32,
    before: f64,
    usage: Usage,
}

impl Default for DelayTrend {
    fn default() -> Self {
        Self {
            group: None,
            complete: None,
            reordered: 0,
            line: [(0.0, 0.0); WINDOW],
            points: 0,
            origin: 0,
            groups: 0,
            accumulated: 0.0,
            smoothed: 0.0,
            threshold: THRESHOLD.0,
            updated: None,
            over_for: None,
            over_count: 0,
            before: 0.0,
            usage: Usage::Normal,
        }
    }
}

impl DelayTrend {
    /// What the path does now.
    pub(crate) fn usage(&self) -> Usage {
        self.usage
    }

    /// A packet that left at `sent` came at `arrived` (microseconds of the receiver's clock). Packets come in the order of arrival.
    pub(crate) fn arrived(&mut self, sent: Time, arrived: i64) {
        let Some(mut group) = self.group else {
            self.group = Some(Group { first_sent: sent, last_sent: sent, first_arrived: arrived, last_arrived: arrived });
            return;
        };
        if sent < group.first_sent {
            return;
        }
        if group.takes(sent, arrived) {
            group.last_sent = group.last_sent.max(sent);
            group.last_arrived = group.last_arrived.max(arrived);
            self.group = Some(group);
            return;
        }
        if let Some(before) = self.complete {
            self.step(&before, &group);
        }
        if self.group.is_some() {
            self.complete = Some(group);
        }
        self.group = Some(Group { first_sent: sent, last_sent: sent, first_arrived: arrived, last_arrived: arrived });
    }

    fn step(&mut self, before: &Group, group: &Group) {
        let sent = group.last_sent.as_micros() as i64 - before.last_sent.as_micros() as i64;
        let arrived = group.last_arrived - before.last_arrived;
        if arrived - sent > JUMP || arrived < 0 {
            self.reordered += 1;
            if arrived >= 0 || self.reordered >= 3 {
                *self = Self { threshold: self.threshold, usage: Usage::Normal, ..Self::default() };
            }
            return;
        }
        self.reordered = 0;
        self.point(arrived as f64 / 1_000.0, sent as f64 / 1_000.0, group.last_arrived);
    }

    fn point(&mut self, arrived: f64, sent: f64, now: i64) {
        if self.groups == 0 {
            self.origin = now;
        }
        self.groups = self.groups.saturating_add(1);
        self.accumulated += arrived - sent;
        self.smoothed = SMOOTHING * self.smoothed + (1.0 - SMOOTHING) * self.accumulated;
        if self.points == WINDOW {
            self.line.rotate_left(1);
            self.points -= 1;
        }
        if let Some(place) = self.line.get_mut(self.points) {
            *place = ((now - self.origin) as f64 / 1_000.0, self.smoothed);
            self.points += 1;
        }
        let slope = if self.points == WINDOW { self.slope() } else { None };
        self.judge(slope.unwrap_or(self.before), sent, now);
    }

    /// Least squares through the points: milliseconds of delay per millisecond.
    fn slope(&self) -> Option<f64> {
        let count = WINDOW as f64;
        let (sum_x, sum_y) = self.line.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        let (mean_x, mean_y) = (sum_x / count, sum_y / count);
        let (above, below) = self.line.iter().fold((0.0, 0.0), |(above, below), point| {
            let x = point.0 - mean_x;
            (above + x * (point.1 - mean_y), below + x * x)
        });
        (below > 0.0).then_some(above / below)
    }

    fn judge(&mut self, slope: f64, sent: f64, now: i64) {
        if self.groups < 2 {
            self.usage = Usage::Normal;
            return;
        }
        let trend = f64::from(self.groups).min(FULL_TRUST) * slope * GAIN;
        if trend > self.threshold {
            let over = self.over_for.map_or(sent / 2.0, |over| over + sent);
            self.over_for = Some(over);
            self.over_count += 1;
            if over > SUSTAINED && self.over_count > 1 && slope >= self.before {
                (self.over_for, self.over_count) = (Some(0.0), 0);
                self.usage = Usage::Over;
            }
        } else {
            (self.over_for, self.over_count) = (None, 0);
            self.usage = if trend < -self.threshold { Usage::Under } else { Usage::Normal };
        }
        self.before = slope;
        self.adapt(trend, now);
    }

    fn adapt(&mut self, trend: f64, now: i64) {
        let since = self.updated.replace(now).map_or(0, |updated| (now - updated).clamp(0, 100_000));
        if trend.abs() > self.threshold + OUTLIER {
            return;
        }
        let follow = if trend.abs() < self.threshold { FOLLOW.1 } else { FOLLOW.0 };
        self.threshold += follow * (trend.abs() - self.threshold) * since as f64 / 1_000.0;
        self.threshold = self.threshold.clamp(THRESHOLD.1, THRESHOLD.2);
    }
}

impl Group {
    /// True when a packet belongs to this group: it left with it, or a stalled link let it through at once with it.
    fn takes(&self, sent: Time, arrived: i64) -> bool {
        if sent.since(self.first_sent).as_micros() <= u128::from(GROUP) {
            return true;
        }
        let sent_later = sent.as_micros() as i64 - self.last_sent.as_micros() as i64;
        let arrived_later = arrived - self.last_arrived;
        arrived_later - sent_later < 0 && arrived_later <= GROUP as i64 && arrived - self.first_arrived < 100_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sends every 10 ms; `delay` says how long the nth takes, in microseconds. How often each usage was seen.
    fn usages(count: u64, delay: impl Fn(u64) -> i64) -> Vec<Usage> {
        let mut trend = DelayTrend::default();
        let packet = |number: u64| {
            let sent = Time::from_millis(number * 10);
            trend.arrived(sent, sent.as_micros() as i64 + delay(number));
            trend.usage()
        };
        (0..count).map(packet).collect()
    }

    #[test]
    fn a_steady_delay_is_normal() {
        assert!(usages(500, |_| 40_000).iter().all(|usage| *usage == Usage::Normal));
    }

    #[test]
    fn a_growing_queue_is_overuse_within_a_third_of_a_second() {
        let found = usages(200, |number| 20_000 + 2_000 * (number as i64 - 100).max(0));
        assert!(found[..100].iter().all(|usage| *usage == Usage::Normal));
        let at = found.iter().position(|usage| *usage == Usage::Over).unwrap();
        assert!((100..135).contains(&at), "{at}");
    }

    #[test]
    fn a_draining_queue_is_underuse() {
        let found = usages(300, |number| 400_000 - 2_000 * (number as i64 - 100).clamp(0, 200));
        assert!(found.contains(&Usage::Under) && !found.contains(&Usage::Over));
    }

    #[test]
    fn small_jitter_is_no_overuse() {
        let found = usages(2_000, |number| 20_000 + (number.wrapping_mul(2_654_435_761) >> 7) as i64 % 4_000);
        let over = found.iter().filter(|usage| **usage == Usage::Over).count();
        assert!(over < 40, "{over}");
    }

    #[test]
    fn a_jump_of_the_receivers_clock_is_survived() {
        let found = usages(400, |number| if number < 200 { 20_000 } else { 50_000_000 });
        assert!(found[230..].iter().all(|usage| *usage == Usage::Normal));
    }

    proptest! {
        #[test]
        fn any_arrivals_keep_it_finite(packets in proptest::collection::vec((0u64..2_000_000, any::<i32>()), 0..300)) {
            let mut trend = DelayTrend::default();
            let mut sent = 0;
            for (wait, arrived) in packets {
                sent += wait;
                trend.arrived(Time::from_micros(sent), i64::from(arrived) * 1_000);
                prop_assert!(trend.before.is_finite() && trend.smoothed.is_finite());
                prop_assert!((THRESHOLD.1..=THRESHOLD.2).contains(&trend.threshold));
            }
        }
    }
}
