//! What each receiver's path carries, divided among its sections.
//!
//! **Invariant:** a section's ceiling follows from its receiver's estimate alone; whoever changes the estimate or the wishes divides anew.

use super::Media;
use crate::core::bandwidth::budget::{Budget, Claim, Divided, divide};
use crate::core::forwarding::Receiver;
use crate::core::transport::arrival_report::ArrivalReport;
use crate::core::transport::participant::Peer;
use crate::core::transport::sdp::Kind;
use crate::core::transport::slab::Key;
use wire::Track;

impl Media {
    /// A receiver reports what arrived when.
    pub(super) fn arrivals(&mut self, key: Key, report: ArrivalReport<'_>) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return };
        peer.bandwidth.arrivals(now, report, &mut self.arrived);
        if peer.bandwidth.has_moved(now) {
            self.allot(key);
        }
        self.mark(key);
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
        let budget = Budget { estimate: peer.bandwidth.estimate(now), sound: peer.bandwidth.sound() };
        let Divided { need, unspent } = divide(now, budget, &mut claims, &mut peer.steadiness);
        peer.bandwidth.allotted(now, need);
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
