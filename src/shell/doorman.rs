//! How many connections there may be, in all and from one place.
//!
//! **Invariant:** a connection counts from the moment it is admitted until its [`Place`] is dropped, and what is kept of its source
//! is a network prefix, in memory, while it counts.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Connections to one host. Each costs a task and a socket, about 20 KB.
const CONNECTIONS: usize = 20_000;

/// Connections from one IPv4 address or one IPv6 /56. A university behind one address needs two for each of its people; more lets
/// one machine take up more of the host.
const CONNECTIONS_FROM_ONE_PLACE: usize = 1_000;

/// Counts connections.
#[derive(Clone)]
pub(crate) struct Doorman {
    counts: Arc<Mutex<Counts>>,
    /// Held by every place; nothing is ever sent.
    _present: mpsc::Sender<()>,
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_prefix: HashMap<IpAddr, usize>,
}

/// One connection's place.
pub(crate) struct Place {
    doorman: Doorman,
    prefix: Option<IpAddr>,
}

impl Doorman {
    /// A doorman, and a future that is done when he and every place he gave are gone.
    pub(crate) fn new() -> (Self, impl Future<Output = ()>) {
        let (present, mut gone) = mpsc::channel(1);
        let all_gone = async move { while gone.recv().await.is_some() {} };
        (Self { counts: Arc::default(), _present: present }, all_gone)
    }

    /// `None` when the host, or the share of that place, is full.
    pub(crate) fn admit(&self, from: IpAddr) -> Option<Arc<Place>> {
        let prefix = prefix(from);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let there = prefix.and_then(|prefix| counts.by_prefix.get(&prefix)).copied().unwrap_or_default();
        if counts.all >= CONNECTIONS || there >= CONNECTIONS_FROM_ONE_PLACE {
            return None;
        }
        counts.all += 1;
        if let Some(prefix) = prefix {
            counts.by_prefix.insert(prefix, there + 1);
        }
        Some(Arc::new(Place { doorman: self.clone(), prefix }))
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

/// What one customer of a provider is given. Nothing for loopback: a proxy in front is everybody.
fn prefix(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        address @ IpAddr::V4(_) => Some(address),
        IpAddr::V6(address) => Some(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 72)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_does_not_fill_the_host() {
        let (doorman, _gone) = Doorman::new();
        let near = |n: u64| IpAddr::from(Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) | u128::from(n)));
        let places: Vec<_> = (0..).map_while(|n| doorman.admit(near(n))).collect();
        assert_eq!(places.len(), CONNECTIONS_FROM_ONE_PLACE);
        assert!(doorman.admit(IpAddr::from([192, 0, 2, 1])).is_some());
        drop(places);
        assert!(doorman.admit(near(0)).is_some());
        assert!(doorman.counts.lock().unwrap().by_prefix.is_empty(), "nothing remains of those who are gone");
    }

    #[test]
    fn the_host_has_an_end_even_behind_a_proxy() {
        let (doorman, _gone) = Doorman::new();
        let places: Vec<_> = std::iter::from_fn(|| doorman.admit(IpAddr::from([127, 0, 0, 1]))).collect();
        assert_eq!(places.len(), CONNECTIONS);
    }
}
