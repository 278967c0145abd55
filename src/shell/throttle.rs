//! How much all receivers together may be sent.
//!
//! **Invariant:** what is limited is the largest pictures first: every receiver is held to one ceiling, found by looking at what leaves, and who
//! takes less than that is not touched. Sound is never held back. Each receiver's ceiling is a little different ([`Ceiling`]): everybody's layers are of
//! the same sizes, and all would fall and rise at once.

use super::clock;
use super::cores::Cores;
use crate::core::media::Ceiling;
#[cfg(test)]
use crate::core::media::part;
use std::time::Duration;

/// Between two looks. A receiver's pictures follow its ceiling within half of it.
const LOOK: Duration = Duration::from_secs(1);
/// What is aimed at, of the limit: rates swing.
const AIM: f64 = 0.95;
/// Below this part of the limit the ceiling is raised.
const ROOM: f64 = 0.88;
/// How far the ceiling is raised at once.
const RAISE: f64 = 1.08;
/// A ceiling so near to one that was too high counts as the same.
const NEAR: f64 = 0.97;
/// Looks before a ceiling that was too high is tried again; doubled, up to the longest, each time it is too high again.
const PATIENCE: u32 = 15;
/// See [`PATIENCE`].
const LONGEST: u32 = 240;
/// No ceiling is lower than this, bit/s: the smallest picture.
const LOWEST: f64 = 60_000.0;
/// A ceiling above this holds nobody, bit/s, and is taken away.
const HIGHEST: f64 = 50_000_000.0;

/// What may leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bandwidth {
    /// To all receivers together, bit/s.
    pub(crate) all: Option<u64>,
    /// To each of them, bit/s.
    pub(crate) each: Option<u64>,
}

/// Holds the cores to the limits for as long as it is asked to.
pub(crate) async fn hold(cores: Cores, limits: Bandwidth) {
    let Some(all) = limits.all else { return cores.limit(Ceiling { each: limits.each, shared: None }).await };
    let mut throttle = Throttle::new(all);
    let (mut before, mut since) = (None, clock::now());
    loop {
        let Some(counts) = cores.counts().await else { return };
        let sent: u64 = counts.iter().map(|one| one.desk.outwards.bytes()).sum();
        let receivers: usize = counts.iter().map(|one| one.core.presence.media).sum();
        let now = clock::now();
        let seconds = now.saturating_duration_since(since).as_secs_f64().max(0.001);
        if let Some(before) = before.replace(sent) {
            let ceiling = throttle.look(sent.saturating_sub(before) as f64 * 8.0 / seconds, receivers);
            cores.limit(Ceiling { each: limits.each, shared: ceiling }).await;
        }
        since = now;
        tokio::time::sleep(LOOK).await;
    }
}

/// Finds the ceiling.
struct Throttle {
    limit: f64,
    ceiling: Option<f64>,
    /// The ceiling under which too much left last.
    cliff: Option<f64>,
    /// Looks before that ceiling is tried again, and how many have passed.
    patience: u32,
    waited: u32,
}

impl Throttle {
    fn new(limit: u64) -> Self {
        Self { limit: limit as f64, ceiling: None, cliff: None, patience: PATIENCE, waited: 0 }
    }

    /// So many bit/s have left to so many receivers since the last look. What each may be sent from now on.
    fn look(&mut self, rate: f64, receivers: usize) -> Option<u64> {
        if rate > self.limit * AIM {
            self.lower(rate, receivers);
        } else if rate < self.limit * ROOM {
            self.raise();
        }
        if rate < self.limit * AIM / 2.0 {
            (self.cliff, self.patience) = (None, PATIENCE);
        }
        self.ceiling.map(|ceiling| ceiling as u64)
    }

    fn lower(&mut self, rate: f64, receivers: usize) {
        if let Some(ceiling) = self.ceiling {
            // Layers come in steps: what was too much once will be again.
            let again = self.cliff.is_some_and(|cliff| ceiling >= cliff * NEAR);
            self.patience = if again { (self.patience * 2).min(LONGEST) } else { PATIENCE };
            self.cliff = Some(ceiling);
        }
        // Some take much more than others: begin where only those are held.
        let before = self.ceiling.unwrap_or(2.0 * rate / receivers.max(1) as f64).min(HIGHEST / RAISE);
        self.ceiling = Some((before * (self.limit * AIM / rate).max(0.5)).max(LOWEST));
        self.waited = 0;
    }

    fn raise(&mut self) {
        let Some(ceiling) = self.ceiling else { return };
        let next = ceiling * RAISE;
        self.waited += 1;
        if self.cliff.is_some_and(|cliff| next >= cliff * NEAR) && self.waited < self.patience {
            return;
        }
        self.ceiling = Some(next).filter(|next| *next < HIGHEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What leaves when people would take so much and each gets at most its part of the ceiling, in steps as layers have them.
    fn leaves(wishes: &[f64], ceiling: Option<u64>) -> f64 {
        let step = |wish: f64| [150e3, 500e3, 1.5e6, 4e6].into_iter().rev().find(|step| *step <= wish).unwrap_or(60e3);
        let each = wishes.iter().zip(0u32..);
        each.map(|(&wish, index)| ceiling.map_or(wish, |shared| step(wish.min(part(shared, index) as f64)))).sum()
    }

    fn rates(wishes: &[f64], limit: u64, looks: usize) -> Vec<f64> {
        let (mut throttle, mut ceiling) = (Throttle::new(limit), None);
        let mut look = |_| {
            let rate = leaves(wishes, ceiling);
            ceiling = throttle.look(rate, wishes.len());
            rate
        };
        (0..looks).map(&mut look).collect()
    }

    #[test]
    fn all_together_stay_within_the_limit_and_use_it() {
        let many = |kinds: &[f64]| (0..300).map(|n| kinds[n % kinds.len()]).collect::<Vec<f64>>();
        for wishes in [many(&[150e3, 500e3, 1.5e6, 4e6]), many(&[1.5e6]), many(&[4e6])] {
            for limit in [50_000_000, 200_000_000, 400_000_000] {
                let rates = rates(&wishes, limit, 300);
                let limit = limit as f64;
                let settled = &rates[10..];
                let over = settled.iter().filter(|rate| **rate > limit).count();
                let mean = settled.iter().sum::<f64>() / settled.len() as f64;
                assert!(over <= 12, "{over} of {}: {rates:?}", settled.len());
                assert!(mean > 0.75 * limit.min(rates[0]), "{mean} of {limit}: {rates:?}");
            }
        }
    }

    #[test]
    fn nobody_is_held_when_there_is_room() {
        let mut throttle = Throttle::new(10_000_000);
        assert_eq!(throttle.look(9_000_000.0, 5), None);
        assert!(throttle.look(20_000_000.0, 5).is_some_and(|ceiling| ceiling >= 3_000_000));
        let looks = (0..200).take_while(|_| throttle.look(1_000_000.0, 5).is_some()).count();
        assert!(looks < 60, "the ceiling goes when nobody needs it");
        for _ in 0..100 {
            throttle.look(1e12, 1);
        }
        assert_eq!(throttle.ceiling, Some(LOWEST));
    }
}
