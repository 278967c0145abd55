//! Sources whose owners' media is on another core, and those of this core that others mirror.
//!
//! **Invariant:** a mirror has the packets, layers and clocks of its source, in order, and asks of it what its own receivers ask of it; a
//! participant who is gone from its core is gone from every mirror.

use super::Media;
use super::key_frames::layer_bit;
use crate::core::forwarding::{Layer, Source};
use crate::core::media::Seat;
use crate::core::pipe::{Passing, Wishes, Word};
use crate::core::rewrite::Origin;
use crate::core::time::Time;
use crate::core::transport::codec::Codec;
use crate::core::transport::sdp::LAYERS;
use crate::core::transport::slab::Key;
use wire::Track;

impl Media {
    /// The media of core `from` says something.
    pub(crate) fn hear(&mut self, now: Time, from: u8, word: Word) {
        self.now = self.now.max(now);
        match word {
            Word::Wants { owner, name, wishes } => self.mirrored(owner, (from, name), wishes),
            Word::Unshown { owner: (seat, track), name } => {
                if let Some(source) = self.sources.find(seat, track) {
                    self.sources.unbranch(source, (from, name));
                    self.review_demand(source);
                }
            }
            Word::KeyFrame { owner: (seat, track), layer } => {
                if let Some(source) = self.sources.find(seat, track) {
                    self.ask_for_key_frame(Origin { source, layer });
                }
            }
            Word::Sent { name, how } => self.sent_so(name, how),
            Word::Gone { name } => {
                if let Some(owner) = self.sources.get(name).map(|source| source.owner) {
                    self.take_away(owner);
                }
            }
            Word::Clocks { name, layer, info } => self.clocks(Origin { source: name, layer }, info),
            Word::Look { name } => self.look(name),
            Word::Packets(batch) => {
                batch.packets().for_each(|(passing, payload)| self.pass(passing, payload));
                self.sources.pipes.emptied(from, batch);
            }
            Word::Spent(batches) => self.sources.pipes.refill(batches),
        }
    }

    /// In a mirror: says what its receivers wish, if that is news.
    pub(super) fn tell_wishes(&mut self, key: Key) {
        let mirror = |source: &&Source| source.mirrors.is_some() && !source.receivers.is_empty();
        let Some(source) = self.sources.get(key).filter(mirror) else { return };
        let wishes = Wishes { height: self.largest_place(source), awaited: self.awaited_here(source) };
        let Some(source) = self.sources.get_mut(key).filter(|source| source.told != Some(wishes)) else { return };
        source.told = Some(wishes);
        if let (owner, Some(core)) = (source.owner, source.mirrors) {
            self.sources.pipes.say(core, Word::Wants { owner, name: key, wishes });
        }
    }

    /// Tells all mirrors of a source how it is sent now.
    pub(super) fn announce(&mut self, key: Key) {
        self.tell_branches(key, |media, name| Word::Sent { name, how: media.how_sent(key) });
    }

    /// Says something to each mirror of a source.
    pub(super) fn tell_branches(&mut self, key: Key, word: impl Fn(&Self, Key) -> Word) {
        let mut at = 0;
        while let Some((core, name)) = self.sources.branch_at(key, at) {
            let word = word(self, name);
            self.sources.pipes.say(core, word);
            at += 1;
        }
    }

    /// One packet to each mirror of its source.
    pub(super) fn branch_out(&mut self, passing: &Passing, payload: &[u8]) {
        let mut at = 0;
        while let Some((core, name)) = self.sources.branch_at(passing.origin.source, at) {
            let there = Passing { origin: Origin { source: name, ..passing.origin }, ..*passing };
            self.sources.pipes.pack(core, there, payload);
            at += 1;
        }
    }

    /// A source of this core is shown at another one.
    fn mirrored(&mut self, (seat, track): (Seat, Track), (core, name): (u8, Key), wishes: Wishes) {
        let source = self.sources.ensure(seat, track);
        let before = self.sources.branch(source, (core, name), wishes);
        if before.is_none() {
            let how = self.how_sent(source);
            self.sources.pipes.say(core, Word::Sent { name, how });
        }
        self.review_demand(source);
        let newly = wishes.awaited & !before.map_or(0, |before| before.awaited);
        for layer in (0..LAYERS as u8).filter(|&layer| newly & layer_bit(layer) != 0) {
            self.ask_for_key_frame(Origin { source, layer });
        }
    }

    /// How many sections on this core show a track, and how many other cores mirror it. `None` when there is no such source here.
    #[cfg(test)]
    pub(crate) fn shown(&self, seat: Seat, track: Track) -> Option<(usize, usize)> {
        let source = self.sources.get(self.sources.find(seat, track)?)?;
        Some((source.receivers.len(), source.branches.len()))
    }

    fn how_sent(&self, key: Key) -> Option<(Codec, Vec<Layer>)> {
        let source = self.sources.get(key).filter(|source| source.publisher.is_some())?;
        Some((source.codec, source.layers.iter().map(Layer::mirrored).collect()))
    }

    /// In a mirror: the source is sent otherwise than before.
    fn sent_so(&mut self, name: Key, how: Option<(Codec, Vec<Layer>)>) {
        let Some(source) = self.sources.get_mut(name) else { return };
        match how {
            Some((codec, layers)) => (source.codec, source.layers) = (codec, layers),
            None => source.layers.clear(),
        }
        self.begin_anew(name);
    }
}
