//! Key frames: who waits for one, and when its sender is asked.
//!
//! **Invariant:** a sender is asked for one of a layer at most every half second, and until one has passed while somebody waits for it, on
//! whichever core.

use super::Media;
use crate::core::forwarding::Source;
use crate::core::pipe::Word;
use crate::core::rewrite::Origin;
use crate::core::transport::rtcp;
use crate::core::transport::sdp::{Kind, LAYERS};
use crate::core::transport::slab::Key;

impl Media {
    /// The next request for one is a new one.
    pub(super) fn key_frame_passed(&mut self, origin: Origin<Key>) {
        let Some(source) = self.sources.get_mut(origin.source) else { return };
        if let Some(layer) = source.layers.get_mut(usize::from(origin.layer)) {
            layer.key_frame(None);
        }
        if source.mirrors.is_some() {
            self.tell_wishes(origin.source);
        }
    }

    /// Asks a layer's sender for a key frame, now or as soon as the last request is old enough.
    pub(super) fn ask_for_key_frame(&mut self, origin: Origin<Key>) {
        let now = self.now;
        let Some(source) = self.sources.get_mut(origin.source) else { return };
        let Some(layer) = source.layers.get_mut(usize::from(origin.layer)) else { return };
        let Some(ssrc) = layer.ssrc else { return };
        if let Some(core) = source.mirrors {
            if layer.ask(now) {
                let word = Word::KeyFrame { owner: source.owner, layer: origin.layer };
                self.sources.pipes.say(core, word);
            }
            return self.tell_wishes(origin.source);
        }
        let Some(publisher) = source.publisher else { return };
        let Some(peer) = self.peers.get_mut(publisher) else { return };
        if layer.ask(now) {
            rtcp::write_pli(&mut peer.rtcp, ssrc);
            self.counts.key_frames_asked += 1;
        }
        let again = layer.may_ask_at(now);
        peer.key_frame_at = Some(peer.key_frame_at.map_or(again, |before| before.min(again)));
        self.mark(publisher);
        self.arm(publisher);
    }

    /// Asks again for key frames that somebody still waits for.
    pub(super) fn repeat_key_frame_requests(&mut self, key: Key) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return };
        if peer.key_frame_at.is_none_or(|due| due > now) {
            return;
        }
        peer.key_frame_at = None;
        let published: Vec<Key> = peer.uplink.intakes.iter().map(|intake| intake.source).collect();
        published.into_iter().for_each(|source| self.ask_where_awaited(source));
    }

    /// Asks for the key frames of a source that somebody waits for, here or at a mirror.
    fn ask_where_awaited(&mut self, key: Key) {
        let Some(source) = self.sources.get(key) else { return };
        let awaited = source.branches.iter().fold(self.awaited_here(source), |awaited, branch| awaited | branch.wishes.awaited);
        for layer in (0..LAYERS as u8).filter(|&layer| awaited & layer_bit(layer) != 0) {
            self.ask_for_key_frame(Origin { source: key, layer });
        }
    }

    /// The layers of which receivers on this core wait for a key frame that is not on its way to them, one bit for each.
    pub(super) fn awaited_here(&self, source: &Source) -> u8 {
        let layers = source.receivers.iter().filter_map(|receiver| {
            let peer = self.peers.get(receiver.peer).filter(|peer| peer.is_reachable())?;
            let awaited = peer.outlets.get(receiver.outlet)?.awaited()?;
            source.layers.get(usize::from(awaited)).filter(|layer| !layer.passing).map(|_| awaited)
        });
        layers.fold(0, |awaited, layer| awaited | layer_bit(layer))
    }

    /// A receiver cannot decode one of its sections.
    pub(super) fn key_frame_wanted(&mut self, key: Key, ssrc: u32) {
        let outlet = self.peers.get(key).and_then(|peer| peer.outlets.iter().find(|outlet| outlet.ssrc == ssrc));
        if let Some(origin) = outlet.filter(|outlet| outlet.kind == Kind::Video).and_then(|outlet| outlet.shown()) {
            self.ask_for_key_frame(origin);
        }
    }
}

/// The place of a layer in a set of eight.
pub(super) fn layer_bit(layer: u8) -> u8 {
    1u8.checked_shl(layer.into()).unwrap_or(0)
}
