//! Who gets which packet of whom.

use super::Media;
use crate::core::demand::{Demand, LayerSet};
use crate::core::ends::Arrived;
use crate::core::forwarding::{Receiver, Source};
use crate::core::media::Seat;
use crate::core::pipe::{Passing, Word};
use crate::core::rewrite::{Origin, Original};
use crate::core::time::Time;
use crate::core::transport::codec::Codec;
use crate::core::transport::outlet::{Outlet, Pending, Wish};
use crate::core::transport::retransmission::Arrival;
use crate::core::transport::rtcp::{self, Missing, ReportBlock, SenderInfo};
use crate::core::transport::sdp::Kind;
use crate::core::transport::slab::Key;
use crate::core::transport::uplink::Incoming;
use wire::{LayersWanted, PixelHeight, Subscription, Track};

impl Media {
    /// Changes what some receiving sections of a participant show. Sections that are not known are passed over.
    pub fn subscribe(&mut self, now: Time, seat: Seat, subscriptions: &[Subscription]) {
        self.now = self.now.max(now);
        let Some(&key) = self.by_seat.get(&seat) else { return };
        for subscription in subscriptions.iter().take(wire::limits::MEDIA_SECTIONS) {
            self.subscribe_one(key, seat, subscription);
        }
        self.allot(key);
        let count = self.peers.get(key).map_or(0, |peer| peer.outlets.len());
        (0..count).for_each(|outlet| self.retarget(Receiver { peer: key, outlet }));
        self.arm(key);
    }

    fn subscribe_one(&mut self, key: Key, seat: Seat, subscription: &Subscription) {
        let Some(peer) = self.peers.get(key) else { return };
        let Some(at) = peer.outlets.iter().position(|outlet| outlet.mid == subscription.mid) else { return };
        let Some(outlet) = peer.outlets.get(at) else { return };
        let (kind, before) = (outlet.kind, outlet.wish());
        let possible = |(participant, track): &(wire::ParticipantId, wire::Track)| {
            *participant != seat.participant && track.is_audio() == (kind == Kind::Audio)
        };
        let wanted = subscription.source.filter(possible).map(|(participant, track)| {
            let source = self.sources.ensure(Seat { room: seat.room, participant }, track);
            // Sound has no height: whoever names a source wants to hear it.
            let height = if kind == Kind::Audio { PixelHeight(1) } else { subscription.height };
            Wish { source, height }
        });
        let receiver = Receiver { peer: key, outlet: at };
        if let Some(wish) = wanted {
            self.sources.attach(wish.source, receiver);
        }
        self.with_outlet(receiver, |outlet| outlet.set_wish(wanted));
        if let Some(before) = before
            && wanted.map(|wish| wish.source) != Some(before.source)
        {
            self.detach(before.source, receiver);
        }
    }

    /// A section shows a source no longer.
    pub(super) fn detach(&mut self, source: Key, receiver: Receiver) {
        self.sources.detach(source, receiver);
        self.review_demand(source);
    }

    /// Does something with one outlet, if it is still there.
    pub(super) fn with_outlet<R>(&mut self, receiver: Receiver, change: impl FnOnce(&mut Outlet) -> R) -> Option<R> {
        self.peers.get_mut(receiver.peer)?.outlets.get_mut(receiver.outlet).map(change)
    }

    /// Chooses an outlet's layer anew, asks for the key frame it then needs, and for the layer if it is not being sent.
    pub(super) fn retarget(&mut self, receiver: Receiver) {
        self.choose_anew(receiver);
        if let Some(wish) = self.with_outlet(receiver, |outlet| outlet.wish()).flatten() {
            self.review_demand(wish.source);
        }
    }

    /// The same where what is wanted of the source stays as it is.
    pub(super) fn choose_anew(&mut self, receiver: Receiver) {
        let wish = self.with_outlet(receiver, |outlet| outlet.wish()).flatten();
        let states = wish.and_then(|wish| self.sources.get(wish.source)).map(|source| source.states());
        let layers = states.as_ref().map_or(&[][..], |states| states.as_slice());
        let scalable = wish.and_then(|wish| self.sources.get(wish.source)).and_then(|source| source.scalable());
        let needed = self.with_outlet(receiver, |outlet| outlet.retarget(layers, scalable)).flatten();
        if let (Some(layer), Some(wish)) = (needed, wish) {
            self.ask_for_key_frame(Origin { source: wish.source, layer });
        }
    }

    /// The layers of a source changed: everybody who shows it chooses anew.
    pub(super) fn retarget_all(&mut self, source: Key) {
        let count = self.sources.get(source).map_or(0, |source| source.receivers.len());
        for index in 0..count {
            if let Some(receiver) = self.sources.get(source).and_then(|source| source.receivers.get(index).copied()) {
                self.choose_anew(receiver);
            }
        }
        self.review_demand(source);
    }

    /// Looks whether a sender has to be told that other layers are wanted than before.
    pub(super) fn review_demand(&mut self, key: Key) {
        let now = self.now;
        let Some(source) = self.sources.get(key) else { return };
        if source.mirrors.is_some() {
            return self.tell_wishes(key);
        }
        if source.publisher.is_none() || source.codec == Codec::Opus {
            return;
        }
        let states = source.states();
        let count = states.as_slice().len();
        let mut wanted = LayerSet::default();
        wanted.add_place(states.as_slice(), self.largest_place(source));
        for branch in &source.branches {
            wanted.add_place(states.as_slice(), branch.wishes.height);
        }
        let Some(source) = self.sources.get_mut(key) else { return };
        if let Some(told) = source.demand.review(now, wanted, count) {
            self.tell_demand(key, told);
        }
    }

    /// The height of the largest place on this core that shows a source.
    pub(super) fn largest_place(&self, source: &Source) -> PixelHeight {
        let outlets = source.receivers.iter().filter_map(|receiver| {
            let outlet = self.peers.get(receiver.peer)?.outlets.get(receiver.outlet)?;
            outlet.wish().filter(|_| outlet.open)
        });
        outlets.map(|wish| wish.height).max().unwrap_or(PixelHeight(0))
    }

    /// After an offer: what was said may not have arrived. `afresh`: another PeerConnection, which begins with all layers.
    pub(super) fn repeat_demand(&mut self, key: Key, afresh: bool) {
        let Some(source) = self.sources.get_mut(key).filter(|source| source.codec != Codec::Opus) else { return };
        if afresh {
            source.demand = Demand::default();
        } else if let Some(told) = source.demand.again(source.states().as_slice().len()) {
            self.tell_demand(key, told);
        }
    }

    fn tell_demand(&mut self, key: Key, told: LayerSet) {
        let Some(source) = self.sources.get(key) else { return };
        let (seat, track) = source.owner;
        let layers = told.to_flags(source.states().as_slice().len());
        self.wanted.retain(|(other, wanted)| (*other, wanted.track) != (seat, track));
        self.wanted.push_back((seat, LayersWanted { track, layers }));
    }

    /// A peer can receive now: everything it wants begins with key frames.
    pub(super) fn arrived(&mut self, key: Key) {
        let count = self.peers.get(key).map_or(0, |peer| peer.outlets.len());
        for outlet in 0..count {
            let receiver = Receiver { peer: key, outlet };
            if let Some(Some(wish)) = self.with_outlet(receiver, |outlet| outlet.wish()) {
                self.with_outlet(receiver, |outlet| outlet.start_over(wish.source));
                self.retarget(receiver);
            }
        }
    }

    /// A packet that a participant sent, to everybody who shows its layer.
    pub(super) fn forward(&mut self, incoming: Incoming<'_>) {
        let Some(mut descriptor) = incoming.codec.describe(incoming.payload) else {
            self.malformed += 1;
            return;
        };
        self.malformed += u64::from(incoming.malformed);
        let kind = if incoming.codec == Codec::Opus { &mut self.counts.sound_in } else { &mut self.counts.pictures_in };
        *kind += 1;
        if let Some(frame) = incoming.frame {
            descriptor.temporal = descriptor.temporal.max(frame.temporal);
            descriptor.sync |= frame.sync;
            descriptor.switches_up |= frame.switches_up;
        }
        let heights = incoming.heights.or_else(|| descriptor.heights(incoming.payload));
        let Incoming { number, timestamp, marker, ssrc, latched, .. } = incoming;
        let origin = Origin { source: incoming.source, layer: incoming.layer };
        let arrival = Arrival { number, timestamp, marker, descriptor, at: self.now };
        self.pass(&Passing { origin, ssrc, latched, arrival, heights }, incoming.payload);
    }

    /// One packet to everybody who shows its layer, here and at other cores.
    pub(super) fn pass(&mut self, passing: &Passing, payload: &[u8]) {
        let &Passing { origin, ssrc, latched, heights, arrival } = passing;
        let (now, descriptor) = (self.now, arrival.descriptor);
        if latched {
            self.stream_began(origin, ssrc);
        }
        let Some(source) = self.sources.get_mut(origin.source) else { return };
        let Some(layer) = source.layers.get_mut(usize::from(origin.layer)) else { return };
        layer.ssrc.get_or_insert(ssrc);
        let layers_changed = layer.heard(now, &descriptor, heights, payload.len());
        if descriptor.starts_key_frame {
            layer.key_frame(Some(now));
        }
        let position = layer.ring.push(Arrival { at: now, ..arrival }, payload);
        let passed = layer.ends.pass(Arrived { packet: Original::from(arrival), position }, &mut layer.ring);
        if layers_changed {
            self.retarget_all(origin.source);
        }
        self.branch_out(passing, payload);
        for Arrived { packet, position } in passed.into_iter().flatten() {
            self.fan_out(origin, &packet, position);
            if packet.descriptor.starts_key_frame {
                self.key_frame_passed(origin);
            }
        }
    }

    fn fan_out(&mut self, origin: Origin<Key>, packet: &Original, position: u64) {
        let Some(source) = self.sources.get(origin.source) else { return };
        let sound = source.codec == Codec::Opus;
        for receiver in &source.receivers {
            let Some(peer) = self.peers.get_mut(receiver.peer).filter(|peer| peer.is_reachable()) else { continue };
            let Some(outlet) = peer.outlets.get_mut(receiver.outlet) else { continue };
            let Some(renumbered) = outlet.admit(self.now, source, origin, packet) else { continue };
            let pending = Pending { outlet: receiver.outlet, origin, position, renumbered, repeat: None, since: self.now };
            peer.queue(pending, sound);
            if !peer.dirty {
                peer.dirty = true;
                self.dirty.push(receiver.peer);
            }
        }
    }

    /// A layer is carried by a stream that was not known: its numbers have nothing to do with those before.
    fn stream_began(&mut self, origin: Origin<Key>, ssrc: u32) {
        let Some(source) = self.sources.get_mut(origin.source) else { return };
        let Some(layer) = source.layers.get_mut(usize::from(origin.layer)) else { return };
        let known = layer.ssrc.replace(ssrc);
        if known.is_none_or(|known| known == ssrc) {
            return;
        }
        (layer.ring, layer.ends) = Default::default();
        layer.clock = None;
        // One that was on its way is gone with the stream.
        layer.key_frame(None);
        self.begin_anew(origin.source);
    }

    /// The numbers of a source have nothing to do with those before: everybody who shows it begins with a key frame.
    pub(super) fn begin_anew(&mut self, source: Key) {
        let count = self.sources.get(source).map_or(0, |source| source.receivers.len());
        for index in 0..count {
            if let Some(receiver) = self.sources.get(source).and_then(|source| source.receivers.get(index).copied()) {
                self.with_outlet(receiver, |outlet| outlet.start_over(source));
                self.choose_anew(receiver);
            }
        }
        self.review_demand(source);
    }

    /// Takes a source away: nobody shows it any more.
    pub(super) fn take_away(&mut self, owner: (Seat, Track)) {
        let Some((key, source)) = self.sources.remove(owner) else { return };
        for receiver in source.receivers {
            self.with_outlet(receiver, |outlet| {
                outlet.set_wish(None);
                outlet.start_over(key);
            });
        }
    }

    /// Layers of this peer that no longer come, and such that need not come.
    pub(super) fn look_for_silence(&mut self, key: Key) {
        let published: Vec<Key> =
            self.peers.get(key).map_or(Vec::new(), |peer| peer.uplink.intakes.iter().map(|i| i.source).collect());
        for source in published {
            self.look(source);
            self.tell_branches(source, |_, name| Word::Look { name });
        }
    }

    /// Takes layers of a source that no longer come off the list, and sees what is wanted of it.
    pub(super) fn look(&mut self, source: Key) {
        let now = self.now;
        if self.sources.get_mut(source).is_some_and(|source| source.notice_silence(now)) {
            self.retarget_all(source);
        } else {
            self.review_demand(source);
        }
    }

    /// The sender's clocks, on to everybody who shows that layer.
    pub(super) fn sender_report(&mut self, key: Key, ssrc: u32, info: SenderInfo) {
        let now = self.now;
        let place = self.peers.get_mut(key).and_then(|peer| peer.uplink.sender_report(now, ssrc, info));
        let Some((source, layer)) = place else { return };
        self.clocks(Origin { source, layer }, info);
        self.tell_branches(source, |_, name| Word::Clocks { name, layer, info });
    }

    /// The clocks of a layer's sender, on to everybody who shows it on this core.
    pub(super) fn clocks(&mut self, origin: Origin<Key>, info: SenderInfo) {
        let Some(source) = self.sources.get_mut(origin.source) else { return };
        if let Some(layer) = source.layers.get_mut(usize::from(origin.layer)) {
            layer.clock = Some(info);
        }
        for receiver in &source.receivers {
            let Some(peer) = self.peers.get_mut(receiver.peer).filter(|peer| peer.is_reachable()) else { continue };
            let Some(outlet) = peer.outlets.get(receiver.outlet) else { continue };
            let Some((clocks, packets, octets)) = outlet.clocks(origin, info) else { continue };
            rtcp::write_sender_report(&mut peer.rtcp, outlet.ssrc, clocks, packets, octets);
            if !peer.dirty {
                peer.dirty = true;
                self.dirty.push(receiver.peer);
            }
        }
    }

    /// A receiver reports on one of its sections.
    pub(super) fn loss_report(&mut self, key: Key, block: &ReportBlock) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return };
        let Some(at) = peer.outlets.iter().position(|outlet| outlet.ssrc == block.ssrc) else { return };
        let Some((expected, lost)) = peer.outlets.get_mut(at).map(|outlet| outlet.reported(block)) else { return };
        self.counts.due_out += u64::from(expected);
        self.counts.lost_out += u64::from(lost);
        peer.bandwidth.losses(now, expected, lost);
        if peer.bandwidth.has_moved(now) {
            self.allot(key);
        }
    }

    /// A receiver misses packets of one of its sections. At most `limit` are looked for; how many more may be.
    pub(super) fn repeat(&mut self, key: Key, ssrc: u32, missing: Missing<'_>, limit: usize) -> usize {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return limit };
        let Some(at) = peer.outlets.iter().position(|outlet| outlet.ssrc == ssrc) else { return limit };
        if peer.outlets.get(at).is_some_and(|outlet| outlet.kind == Kind::Audio) {
            return limit - self.repeat_sound(key, at, missing, limit);
        }
        let mut looked = 0;
        for sequence in missing.numbers().take(limit) {
            looked += 1;
            let Some(outlet) = peer.outlets.get_mut(at) else { break };
            let Some((origin, number)) = outlet.trace(sequence) else { continue };
            let layer = self.sources.get(origin.source).and_then(|source| source.layers.get(usize::from(origin.layer)));
            let Some((ring, position)) = layer.and_then(|layer| Some((&layer.ring, layer.ring.find(number)?))) else { continue };
            if let Some(pending) = ring.at(position).and_then(|stored| outlet.repeat(now, at, (origin, position), &stored)) {
                peer.queue(pending, false);
            }
        }
        self.mark(key);
        limit - looked
    }

    /// Takes a peer's sections out of every list of receivers.
    pub(super) fn detach_outlets(&mut self, key: Key) {
        let wishes: Vec<(usize, Wish)> = self.peers.get(key).map_or(Vec::new(), |peer| {
            peer.outlets.iter().enumerate().filter_map(|(at, outlet)| Some((at, outlet.wish()?))).collect()
        });
        for (outlet, wish) in wishes {
            self.detach(wish.source, Receiver { peer: key, outlet });
        }
    }
}
