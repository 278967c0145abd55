//! Sound that a receiver misses.
//!
//! **Invariant:** sound is repeated at once, as it was, and no more of it than the section's budget allows.

use super::{Media, Transmit};
use crate::core::transport::rtcp::Missing;
use crate::core::transport::slab::Key;

impl Media {
    /// Sends sound once more that a receiver misses in its `at`th section; how many packets were looked for. A section keeps packets from the
    /// first request on: where nothing is ever lost, that costs nothing.
    pub(super) fn repeat_sound(&mut self, key: Key, at: usize, missing: Missing<'_>, limit: usize) -> usize {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return 0 };
        let (Some(to), Some(outlet)) = (peer.ice.path(), peer.outlets.get_mut(at)) else { return 0 };
        let mut looked = 0;
        for sequence in missing.numbers().take(limit) {
            looked += 1;
            let Some(sealed) = outlet.sealed_sound(sequence) else { continue };
            let mut bytes = self.buffers.take();
            bytes.extend_from_slice(sealed);
            peer.bandwidth.leaves(now, bytes.len(), true);
            self.out.push_back(Transmit { to, bytes, segment: None, pictures: false });
        }
        looked
    }
}
