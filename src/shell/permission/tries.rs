//! How often somebody may be wrong about who may open rooms.
//!
//! **Invariant:** over any stretch of time no more wrong tries are judged than burst + rate × time, from one place and, in a directory, under one name.
//! What is kept are network prefixes and keyed hashes, in memory, for two hours at most.

use crate::core::Time;
use crate::core::allowance::Allowance;
use crate::tokens::Creator;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Wrong tries at once from one place, and in an hour. A word of eight letters is guessed in centuries; a school behind one address may mistype.
const FROM_ONE_PLACE: u32 = 30;

/// The same where places are not told apart (a proxy that does not say for whom it asks).
const FROM_EVERYBODY: u32 = 300;

/// The same under one name: fewer than directories lock an account after.
const UNDER_ONE_NAME: u32 = 10;

/// How long nobody is forgotten.
const GENERATION: Duration = Duration::from_secs(3_600);

/// Kept in one generation. Beyond it nobody new is judged until the hour is over: who has so many networks has other ways to keep people out.
const MOST: usize = 65_536;

/// Counts tries.
pub(super) struct Tries {
    start: Instant,
    turned: Time,
    places: Counted<Option<IpAddr>>,
    names: Counted<Creator>,
}

/// Two generations of whoever is counted.
struct Counted<K> {
    young: HashMap<K, Allowance>,
    old: HashMap<K, Allowance>,
}

/// A bucket that refills in an hour.
fn bucket(now: Time, limit: u32) -> Allowance {
    Allowance::new(now, limit.saturating_mul(3_600), limit)
}

/// What one try costs of it.
const TRY: usize = 3_600;

impl<K: Copy + Eq + Hash> Counted<K> {
    fn new() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }

    /// The allowance of this one, if there is room to keep it.
    fn of(&mut self, key: K, fresh: Allowance) -> Option<&mut Allowance> {
        if self.young.len() >= MOST && !self.young.contains_key(&key) {
            return None;
        }
        let known = self.old.get(&key).copied();
        Some(self.young.entry(key).or_insert_with(|| known.unwrap_or(fresh)))
    }

    fn turn(&mut self) {
        self.old = std::mem::take(&mut self.young);
    }
}

impl Tries {
    /// Nobody has tried.
    pub(super) fn new(start: Instant) -> Self {
        Self { start, turned: Time::ZERO, places: Counted::new(), names: Counted::new() }
    }

    fn time(&self, now: Instant) -> Time {
        Time::ZERO + now.saturating_duration_since(self.start)
    }

    /// Somebody tries from there, under this name if there are names. False: too often.
    pub(super) fn begin(&mut self, now: Instant, place: Option<IpAddr>, name: Option<Creator>) -> bool {
        let now = self.time(now);
        if now.since(self.turned) >= GENERATION {
            self.places.turn();
            self.names.turn();
            self.turned = now;
        }
        let from = if place.is_some() { FROM_ONE_PLACE } else { FROM_EVERYBODY };
        let here = self.places.of(place, bucket(now, from)).is_some_and(|allowance| allowance.spend(now, TRY));
        let named = |name| self.names.of(name, bucket(now, UNDER_ONE_NAME)).is_some_and(|allowance| allowance.spend(now, TRY));
        here && name.is_none_or(named)
    }

    /// It was no wrong one.
    pub(super) fn give_back(&mut self, now: Instant, place: Option<IpAddr>, name: Option<Creator>) {
        let now = self.time(now);
        if let Some(allowance) = self.places.young.get_mut(&place) {
            allowance.give_back(now, TRY);
        }
        if let Some(allowance) = name.and_then(|name| self.names.young.get_mut(&name)) {
            allowance.give_back(now, TRY);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::clock;
    use crate::tokens::Tokens;
    use wire::permission::Period;

    #[test]
    fn wrong_tries_run_out_and_come_back() {
        let start = clock::now();
        let mut tries = Tries::new(start);
        let at = |minutes: u64| start + Duration::from_secs(60 * minutes);
        let here = Some(IpAddr::from([192, 0, 2, 1]));
        let count = (0..100).take_while(|_| tries.begin(at(0), here, None)).count();
        assert_eq!(count, 30);
        assert!(!tries.begin(at(1), here, None) && tries.begin(at(2), here, None), "thirty in an hour");
        assert!(tries.begin(at(2), Some([192, 0, 2, 2].into()), None), "another place is another place");
        // Two turns later nothing is known of the first.
        assert!(tries.begin(at(65), None, None) && tries.begin(at(130), None, None));
        assert_eq!((tries.places.young.len(), tries.places.old.len()), (1, 1));
    }

    #[test]
    fn a_name_is_not_guessed_at_from_many_places() {
        let mut tries = Tries::new(clock::now());
        let (now, name) = (clock::now(), Tokens::new([1; 32], Period(1)).unwrap().creator("fatou"));
        let from = |last: u8| Some(IpAddr::from([192, 0, 2, last]));
        let count = (0..100).take_while(|last| tries.begin(now, from(*last), Some(name))).count();
        assert_eq!(count, 10);
    }

    #[test]
    fn who_is_right_is_not_counted() {
        let mut tries = Tries::new(clock::now());
        let now = clock::now();
        for _ in 0..500 {
            assert!(tries.begin(now, None, None));
            tries.give_back(now, None, None);
        }
    }
}
