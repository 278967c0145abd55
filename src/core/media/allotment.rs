//! What each receiver's path carries, divided among its sections.
//!
//! **Invariant:** a section's ceiling follows from its receiver's estimate alone; whoever changes the estimate or the wishes divides anew.

use super::Media;
use crate::core::bandwidth::budget::{Budget, Claim, Divided, divide};
use crate::core::forwarding::Receiver;
use crate::core::layers::Bitrate;
use crate::core::transport::arrival_report::ArrivalReport;
use crate::core::transport::participant::Peer;
use crate::core::transport::sdp::Kind;
use crate::core::transport::slab::Key;
use wire::Track;

/// What a receiver may be sent at most, bit/s, sound included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ceiling {
    /// Each of them.
    pub each: Option<u64>,
    /// About each of them, so that all together keep to a limit: from half of it to half as much again ([`part`]).
    pub shared: Option<u64>,
}

impl Ceiling {
    fn of(self, receiver: Key) -> Option<Bitrate> {
        let shared = self.shared.map(|shared| part(shared, receiver.index()));
        self.each.into_iter().chain(shared).min().map(Bitrate)
    }
}

/// The part of a shared ceiling that the receiver of this number gets. Everybody's layers are of the same sizes: under one ceiling all would fall
/// and rise at once.
pub(crate) fn part(shared: u64, index: u32) -> u64 {
    // Multiples of the golden ratio lie evenly between 0 and 1, however many there are.
    let place = u64::from(index.wrapping_mul(0x9e37_79b9) >> 22);
    shared / 2 + (shared >> 10).saturating_mul(place)
}

impl Media {
    /// A receiver reports what arrived when.
    pub(super) fn arrivals(&mut self, key: Key, report: ArrivalReport<'_>) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return };
        if let Some(round_trip) = peer.bandwidth.arrivals(now, report, &mut self.arrived) {
            self.counts.round_trips.took(round_trip);
        }
        if peer.bandwidth.has_moved(now) {
            self.allot(key);
        }
        self.mark(key);
    }

    /// Within half a second everybody is held to this, whatever its path carries; sound is sent all the same.
    pub fn limit(&mut self, ceiling: Ceiling) {
        self.ceiling = ceiling;
    }

    /// Looks at a receiver's path when it is time to.
    pub(super) fn review(&mut self, key: Key) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key).filter(|peer| peer.bandwidth.review_at() <= now) else { return };
        peer.bandwidth.review(now);
        self.allot(key);
    }

    /// Divides a receiver's estimate among its sections. Sections whose ceiling changed choose anew.
    pub(super) fn allot(&mut self, key: Key) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return };
        let mut claims = core::mem::take(&mut self.claims);
        let sources = &self.sources;
        let claim = |at: usize| claim(peer, at, sources);
        claims.extend((0..peer.outlets.len()).filter_map(claim));
        let estimate = peer.bandwidth.estimate(now).into_iter().chain(self.ceiling.of(key)).min();
        let budget = Budget { estimate, sound: peer.bandwidth.sound() };
        let Divided { need, unspent } = divide(now, budget, &mut claims, &mut peer.steadiness);
        // Nobody looks for room that must not be used.
        peer.bandwidth.allotted(now, need.min(self.ceiling.of(key).unwrap_or(need)));
        claims.retain(|claim| peer.outlets.get_mut(claim.outlet).is_some_and(|outlet| outlet.grant(claim.ceiling(unspent))));
        for claim in claims.drain(..) {
            self.choose_anew(Receiver { peer: key, outlet: claim.outlet });
        }
        self.claims = claims;
    }

    /// Sections that were interrupted go on with a key frame.
    pub(super) fn go_on(&mut self, key: Key) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.interrupted = false;
        let count = peer.outlets.len();
        (0..count).for_each(|outlet| self.choose_anew(Receiver { peer: key, outlet }));
    }
}

/// What a section would have of its receiver's estimate: nothing for sound, which is paid before.
fn claim(peer: &Peer, at: usize, sources: &crate::core::forwarding::Sources) -> Option<Claim> {
    let outlet = peer.outlets.get(at).filter(|outlet| outlet.kind == Kind::Video && outlet.open)?;
    let wish = outlet.wish()?;
    let source = sources.get(wish.source)?;
    let states = source.states();
    let current = outlet.takes(states.as_slice());
    Claim::new(at, source.owner.1 == Track::Screen, wish.height, states.as_slice(), current)
}
