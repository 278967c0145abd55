//! Who may come through the doors of rooms: how often from one place, and how many in all.
//!
//! **Invariant:** who is turned away here has cost no core anything. What is kept of a place is a network prefix and two counters, in memory, for
//! at most [`GENERATION`] after it was last seen twice.

use super::clock;
use super::doorman::Place;
use super::permission::Permissions;
use crate::core::Time;
use crate::core::allowance::Allowance;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wire::{Identity, Refusal, ToHost};

/// How long a place is remembered at least: as long as its rooms are counted.
const GENERATION: Duration = Duration::from_secs(3_600);
/// Places remembered in one generation. Those beyond are held to the limits for all.
const PLACES: usize = 65_536;

/// How many may come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GateLimits {
    /// People in all rooms together. Who comes back to a seat is let in beyond it.
    pub(crate) people: usize,
    /// Joins in a minute from one place, and as many at once.
    pub(crate) joins_per_minute: u32,
    /// Rooms founded in an hour from one place, and as many at once.
    pub(crate) rooms_per_hour: u32,
}

/// Counts joins and foundings.
#[derive(Clone)]
pub(crate) struct Gate {
    limits: GateLimits,
    /// Where not everybody may open rooms.
    permissions: Option<Permissions>,
    people: Arc<Semaphore>,
    places: Arc<Mutex<Places>>,
    start: Instant,
}

#[derive(Default)]
struct Places {
    young: HashMap<IpAddr, Share>,
    old: HashMap<IpAddr, Share>,
    turned: Time,
}

#[derive(Clone, Copy)]
struct Share {
    joins: Allowance,
    rooms: Allowance,
}

impl Share {
    fn new(now: Time, limits: &GateLimits) -> Self {
        let bucket = |limit: u32, seconds: u32| Allowance::new(now, limit.saturating_mul(seconds), limit);
        Self { joins: bucket(limits.joins_per_minute, 60), rooms: bucket(limits.rooms_per_hour, 3_600) }
    }
}

/// One connection at the gate.
pub(crate) struct Visitor {
    gate: Gate,
    place: Arc<Place>,
    inside: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// A gate through which nobody has come.
    pub(crate) fn new(limits: GateLimits, permissions: Option<Permissions>) -> Self {
        let people = Arc::new(Semaphore::new(limits.people.min(Semaphore::MAX_PERMITS)));
        Self { limits, permissions, people, places: Arc::default(), start: clock::now() }
    }

    /// Somebody connected from there.
    pub(crate) fn visitor(&self, place: Arc<Place>) -> Visitor {
        Visitor { gate: self.clone(), place, inside: None }
    }

    /// Takes something out of a place's share. True where nobody is counted: a proxy in front is everybody.
    fn spend(&self, now: Time, prefix: Option<IpAddr>, price: impl FnOnce(&mut Share) -> bool) -> bool {
        let Some(prefix) = prefix else { return true };
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(places.turned) >= GENERATION {
            places.old = std::mem::take(&mut places.young);
            places.turned = now;
        }
        let known = places.young.get(&prefix).or_else(|| places.old.get(&prefix)).copied();
        let mut share = known.unwrap_or_else(|| Share::new(now, &self.limits));
        let enough = price(&mut share);
        if places.young.len() < PLACES || places.young.contains_key(&prefix) {
            places.young.insert(prefix, share);
        }
        enough
    }

    fn now(&self) -> Time {
        let since = clock::now().saturating_duration_since(self.start);
        Time::from_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }
}

impl Visitor {
    /// Looks at what a connection wants of the core.
    ///
    /// # Errors
    /// Why it is turned away: then the connection goes.
    pub(crate) fn wants(&mut self, message: &ToHost) -> Result<(), Refusal> {
        let now = self.gate.now();
        match message {
            ToHost::Enter(entry) => self.enter(now, entry.identity == Identity::New),
            ToHost::Open(opening) => {
                self.enter(now, opening.entry.identity == Identity::New)?;
                let permitted = self.gate.permissions.as_ref().is_some_and(|permissions| permissions.redeem(&opening.token));
                if permitted { Ok(()) } else { Err(Refusal::PermissionNeeded) }
            }
            ToHost::Create(_) => {
                let may = self.gate.spend(now, self.place.prefix(), |share| share.rooms.spend(now, 3_600));
                if may { Ok(()) } else { Err(Refusal::HostFull) }
            }
            _ => Ok(()),
        }
    }

    fn enter(&mut self, now: Time, is_new: bool) -> Result<(), Refusal> {
        // Whoever comes too often is told to come later, and its client does.
        if !self.gate.spend(now, self.place.prefix(), |share| share.joins.spend(now, 60)) {
            return Err(Refusal::TooFast);
        }
        if self.inside.is_none() {
            self.inside = Arc::clone(&self.gate.people).try_acquire_owned().ok();
        }
        if self.inside.is_none() && is_new { Err(Refusal::HostFull) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::doorman::{Doorman, tests::LIMITS as DOOR};
    use wire::{Creation, Entry, Epoch, ResumeKey, RoomId, TicketHash};

    const LIMITS: GateLimits = GateLimits { people: 5, joins_per_minute: 8, rooms_per_hour: 2 };

    fn enters() -> ToHost {
        ToHost::Enter(Entry { room: RoomId([0; 16]), identity: Identity::New, resume_key: ResumeKey([0; 32]) })
    }

    fn creates() -> ToHost {
        ToHost::Create(Creation { epoch: Epoch(0), ticket: TicketHash([0; 32]) })
    }

    /// Somebody at this address of 192.0.2.0/24.
    fn visitor(gate: &Gate, last: u8) -> Visitor {
        let (doorman, _gone) = Doorman::new(DOOR);
        gate.visitor(doorman.admit([192, 0, 2, last].into()).unwrap())
    }

    #[test]
    fn the_host_holds_so_many_people_and_no_more() {
        let gate = Gate::new(LIMITS, None);
        let mut inside: Vec<Visitor> = (0..5).map(|last| visitor(&gate, last)).collect();
        assert!(inside.iter_mut().all(|visitor| visitor.wants(&enters()) == Ok(())));
        let mut late = visitor(&gate, 9);
        assert_eq!(late.wants(&enters()), Err(Refusal::HostFull));
        inside.pop();
        assert_eq!(late.wants(&enters()), Ok(()), "one has gone");
        assert_eq!(late.wants(&ToHost::Alive), Ok(()));
    }

    #[test]
    fn one_place_comes_so_often_and_founds_so_many() {
        let gate = Gate::new(LIMITS, None);
        let joins = (0..20).take_while(|_| visitor(&gate, 1).wants(&enters()) == Ok(())).count();
        assert_eq!(joins, 8, "each has left before the next");
        assert_eq!(visitor(&gate, 1).wants(&enters()), Err(Refusal::TooFast));
        assert_eq!(visitor(&gate, 2).wants(&enters()), Ok(()), "another place is another place");
        let rooms = (0..20).take_while(|_| visitor(&gate, 2).wants(&creates()) == Ok(())).count();
        assert_eq!(rooms, 2);
        assert_eq!(visitor(&gate, 2).wants(&creates()), Err(Refusal::HostFull));
    }

    #[test]
    fn time_gives_back_and_forgets() {
        let gate = Gate::new(LIMITS, None);
        let here = Some(IpAddr::from([192, 0, 2, 1]));
        let join = |at: u64| gate.spend(Time::from_millis(at), here, |share| share.joins.spend(Time::from_millis(at), 60));
        assert_eq!((0..20).filter(|_| join(0)).count(), 8);
        assert!(!join(7_499) && join(7_500), "eight in a minute");
        for place in 0..PLACES as u32 + 100 {
            gate.spend(Time::from_millis(8_000), Some(std::net::Ipv4Addr::from_bits(place).into()), |_| true);
        }
        let kept = || {
            let places = gate.places.lock().unwrap();
            places.young.len() + places.old.len()
        };
        assert_eq!(kept(), PLACES);
        for hours in 1..3 {
            gate.spend(Time::ZERO + GENERATION * hours, here, |_| true);
        }
        assert_eq!(kept(), 2, "once for each of the last two hours");
    }
}
