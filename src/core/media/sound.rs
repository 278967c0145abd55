//! Sound that a receiver misses.
//!
//! **Invariant:** sound is repeated at once, as it was, and no more of it than the section's budget allows.

use super::Media;
use crate::core::transport::rtcp::Missing;
use crate::core::transport::slab::Key;
use crate::core::transport::writing::{Outward, send_again};

impl Media {
    /// Sends sound once more that a receiver misses in its `at`th section; how many packets were looked for. A section keeps packets from the
    /// first request on: where nothing is ever lost, that costs nothing.
    pub(super) fn repeat_sound(&mut self, key: Key, at: usize, missing: Missing<'_>, limit: usize) -> usize {
        let mut to = Outward {
            now: self.now,
            sources: &self.sources,
            buffers: &mut self.buffers,
            out: &mut self.out,
            counts: &mut self.counts,
        };
        let Some(peer) = self.peers.get_mut(key) else { return 0 };
        let (Some(path), Some(outlet)) = (peer.ice.path(), peer.outlets.get_mut(at)) else { return 0 };
        let mut looked = 0;
        for sequence in missing.numbers().take(limit) {
            looked += 1;
            let Some(sealed) = outlet.sealed_sound(sequence) else { continue };
            send_again(sealed, path, &mut peer.bandwidth, &mut to);
        }
        looked
    }
}
