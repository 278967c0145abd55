//! How many connections there may be, in all and from one place.
//!
//! **Invariant:** a connection counts from the moment it is admitted until its [`Place`] is dropped, and what is kept of its source
//! is a network prefix, in memory, while it counts.

use super::config::keys::Settings;
use crate::core::path::customer;
use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// How many connections there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connections {
    /// To the host, in all.
    pub(crate) all: usize,
    /// From one IPv4 address or one IPv6 /56.
    pub(crate) from_one_place: usize,
}

impl Connections {
    /// As they are set.
    pub(crate) fn of(settings: &Settings) -> Self {
        let count = |limit: NonZeroU32| usize::try_from(limit.get()).unwrap_or(usize::MAX);
        Self { all: count(settings.connections), from_one_place: count(settings.connections_per_address) }
    }
}

/// Counts connections.
#[derive(Clone)]
pub(crate) struct Doorman {
    counts: Arc<Mutex<Counts>>,
    /// Held by every place; nothing is ever sent.
    _present: mpsc::Sender<()>,
}

struct Counts {
    limits: Connections,
    all: usize,
    refused: u64,
    by_prefix: HashMap<IpAddr, usize>,
}

/// One connection's place.
pub(crate) struct Place {
    doorman: Doorman,
    prefix: Option<IpAddr>,
}

impl Place {
    /// Where it is taken from, as far as places are told apart. `None`: from a proxy in front, which is everybody.
    pub(crate) fn prefix(&self) -> Option<IpAddr> {
        self.prefix
    }
}

impl Doorman {
    /// A doorman, and a future that is done when he and every place he gave are gone.
    pub(crate) fn new(limits: Connections) -> (Self, impl Future<Output = ()>) {
        let (present, mut gone) = mpsc::channel(1);
        let all_gone = async move { while gone.recv().await.is_some() {} };
        let counts = Counts { limits, all: 0, refused: 0, by_prefix: HashMap::new() };
        (Self { counts: Arc::new(Mutex::new(counts)), _present: present }, all_gone)
    }

    /// For whoever wants to know how busy it is. Nobody waits for it to be gone.
    pub(crate) fn watch(&self) -> DoorWatch {
        DoorWatch(Arc::clone(&self.counts))
    }

    /// Other limits from now on. Who is in stays.
    pub(crate) fn limit(&self, limits: Connections) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).limits = limits;
    }

    /// `None` when the host, or the share of that place, is full.
    pub(crate) fn admit(&self, from: IpAddr) -> Option<Arc<Place>> {
        let prefix = prefix(from);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let there = prefix.and_then(|prefix| counts.by_prefix.get(&prefix)).copied().unwrap_or_default();
        if counts.all >= counts.limits.all || there >= counts.limits.from_one_place {
            counts.refused += 1;
            return None;
        }
        counts.all += 1;
        if let Some(prefix) = prefix {
            counts.by_prefix.insert(prefix, there + 1);
        }
        Some(Arc::new(Place { doorman: self.clone(), prefix }))
    }
}

/// How busy the door is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DoorCounts {
    /// Connections now, of every kind.
    pub(crate) connections: usize,
    /// Connections that were refused since the start.
    pub(crate) refused: u64,
}

/// Sees how busy the door is.
#[derive(Clone)]
pub(crate) struct DoorWatch(Arc<Mutex<Counts>>);

impl DoorWatch {
    /// At this moment.
    pub(crate) fn counts(&self) -> DoorCounts {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        DoorCounts { connections: counts.all, refused: counts.refused }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.doorman.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        let Some(prefix) = self.prefix else { return };
        if let Some(there) = counts.by_prefix.get_mut(&prefix) {
            *there -= 1;
            if *there == 0 {
                counts.by_prefix.remove(&prefix);
            }
        }
    }
}

/// Whom an address is counted for. Nobody for loopback: a proxy in front is everybody.
fn prefix(address: IpAddr) -> Option<IpAddr> {
    (!address.to_canonical().is_loopback()).then(|| customer(address))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    pub(crate) const LIMITS: Connections = Connections { all: 200, from_one_place: 10 };

    #[test]
    fn one_place_does_not_fill_the_host() {
        let (doorman, _gone) = Doorman::new(LIMITS);
        let near = |n: u64| IpAddr::from(Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) | u128::from(n)));
        let places: Vec<_> = (0..).map_while(|n| doorman.admit(near(n))).collect();
        assert_eq!(places.len(), LIMITS.from_one_place);
        assert!(doorman.admit(IpAddr::from([192, 0, 2, 1])).is_some());
        drop(places);
        assert_eq!(doorman.watch().counts(), DoorCounts { connections: 0, refused: 1 });
        assert!(doorman.admit(near(0)).is_some());
        assert!(doorman.counts.lock().unwrap().by_prefix.is_empty(), "nothing remains of those who are gone");
    }

    #[test]
    fn the_host_has_an_end_even_behind_a_proxy() {
        let (doorman, _gone) = Doorman::new(LIMITS);
        let places: Vec<_> = std::iter::from_fn(|| doorman.admit(IpAddr::from([127, 0, 0, 1]))).collect();
        assert_eq!(places.len(), LIMITS.all);
    }
}
