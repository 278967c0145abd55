//! One section in which a peer receives: what fills it, and the numbers under which it leaves.
//!
//! **Invariant:** what leaves a section is one continuous RTP stream under a fixed SSRC, and nothing is queued for a section without wish.

use super::codec::Codec;
use super::retransmission::{RepeatBudget, Stored};
use super::rtcp::{ReportBlock, SenderInfo};
use super::sdp::{Format, Kind};
use super::sealed_sound::SealedSound;
use super::slab::Key;
use crate::core::forwarding::Source;
use crate::core::layers::{ALL_FRAMES, Admission, Bitrate, Choice, LayerState, Position, choose};
use crate::core::rewrite::{Origin, Original, Renumbered, Rewriter};
use crate::core::time::Time;
use wire::{Mid, PixelHeight};

/// What the section's owner wants to see in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// Whose which track.
    pub(crate) source: Key,
    /// How high the place is; sound has none.
    pub(crate) height: PixelHeight,
}

/// A receiving section.
pub(crate) struct Outlet {
    /// Its name.
    pub(crate) mid: Mid,
    /// Sound or picture.
    pub(crate) kind: Kind,
    /// Codecs with this peer's payload types.
    pub(crate) formats: Vec<Format>,
    /// SSRC of the media.
    pub(crate) ssrc: u32,
    /// SSRC of repetitions.
    pub(crate) rtx_ssrc: u32,
    /// False while the client's offer does not receive in this section.
    pub(crate) open: bool,
    /// What is sent here carries transport-wide numbers.
    pub(crate) numbered: bool,
    wish: Option<Wish>,
    position: Position,
    rewriter: Rewriter<Key>,
    /// What the budget grants; zero: nothing.
    ceiling: Option<Bitrate>,
    /// Highest number in the last receiver report.
    reported: Option<u32>,
    rtx_number: u64,
    budget: RepeatBudget,
    /// From the first request for lost sound on.
    sound: Option<Box<SealedSound>>,
    packets: u32,
    octets: u32,
}

/// A packet that waits to be written for one receiver. Its bytes are still in the source's ring.
#[derive(Clone, Copy)]
pub(crate) struct Pending {
    /// The section.
    pub(crate) outlet: usize,
    /// Where the bytes are.
    pub(crate) origin: Origin<Key>,
    /// Their position in the ring.
    pub(crate) position: u64,
    /// The packet's numbers here.
    pub(crate) renumbered: Renumbered,
    /// A repetition, under this number.
    pub(crate) repeat: Option<u64>,
    /// Since when it waits.
    pub(crate) since: Time,
}

/// A packet as it is written: which SSRC and payload type, and under which number.
#[derive(Clone, Copy)]
pub(crate) struct Label {
    /// SSRC.
    pub(crate) ssrc: u32,
    /// Payload type.
    pub(crate) payload_type: u8,
    /// Unwrapped sequence number.
    pub(crate) number: u64,
}

impl Outlet {
    /// An empty section. `entropy`: for SSRCs and first numbers.
    pub(crate) fn new(mid: Mid, kind: Kind, entropy: [u8; 32]) -> Self {
        let word = |at: usize| u32::from_be_bytes([entropy[at], entropy[at + 1], entropy[at + 2], entropy[at + 3]]);
        let ssrc = word(0).max(16);
        let rtx_ssrc = Some(word(4).max(16)).filter(|&rtx| rtx != ssrc).unwrap_or(ssrc ^ 0x8000_0000);
        Self {
            mid,
            kind,
            formats: Vec::new(),
            ssrc,
            rtx_ssrc,
            open: true,
            numbered: false,
            wish: None,
            position: Position::default(),
            rewriter: Rewriter::new(u64::from(word(8)) << 32 | u64::from(word(12))),
            ceiling: None,
            reported: None,
            rtx_number: (1 << 16) + u64::from(word(16) & 0x3fff),
            budget: RepeatBudget::default(),
            sound: None,
            packets: 0,
            octets: 0,
        }
    }

    /// What shall be shown.
    pub(crate) fn wish(&self) -> Option<Wish> {
        self.wish
    }

    /// Changes what shall be shown.
    pub(crate) fn set_wish(&mut self, wish: Option<Wish>) {
        if self.wish.map(|wish| wish.source) != wish.map(|wish| wish.source) {
            self.position = Position::default();
        }
        self.wish = wish;
    }

    /// The source's streams are others than before: what comes next is a new beginning, and nothing old can be repeated.
    pub(crate) fn start_over(&mut self, source: Key) {
        self.position = Position::default();
        self.rewriter.forget(source);
    }

    /// Chooses the layer anew, among the spatial layers of one stream if `spatial_of` says which. Returns the stream whose key frame is needed
    /// for that.
    pub(crate) fn retarget(&mut self, layers: &[LayerState], spatial_of: Option<u8>) -> Option<u8> {
        let wish = self.wish.filter(|_| self.open);
        let target = match wish {
            None => None,
            Some(_) if self.kind == Kind::Audio => (!layers.is_empty()).then_some(Choice { layer: 0, temporal: ALL_FRAMES }),
            Some(wish) if wish.height.0 == 0 || self.ceiling == Some(Bitrate(0)) => None,
            // Nothing is alive: wait with the layer there was.
            Some(wish) => choose(layers, wish.height, self.ceiling).or(self.position.target),
        };
        self.position.aim(target, spatial_of, layers);
        self.position.target_layer().filter(|_| self.kind == Kind::Video && self.position.waits())
    }

    /// The layer whose key frame is awaited.
    pub(crate) fn awaited(&self) -> Option<u8> {
        self.position.target_layer().filter(|_| self.kind == Kind::Video && self.position.waits())
    }

    /// The layer shown.
    pub(crate) fn shown(&self) -> Option<Origin<Key>> {
        Some(Origin { source: self.wish?.source, layer: self.position.current? })
    }

    /// Offers a packet of the wished source; the numbers under which it leaves, if it does.
    pub(crate) fn admit(&mut self, now: Time, source: &Source, origin: Origin<Key>, packet: &Original) -> Option<Renumbered> {
        if self.wish?.source != origin.source {
            return None;
        }
        match self.position.admit(origin.layer, packet) {
            Admission::Drop => return None,
            Admission::Skip => {
                self.rewriter.skip(origin, packet);
                return None;
            }
            Admission::Forward => {}
            Admission::Switch => {
                let clock = |layer: u8| source.layers.get(usize::from(layer)).and_then(|layer| layer.clock);
                let before = self.rewriter.origin().filter(|before| before.source == origin.source);
                let clocks = before.and_then(|before| clock(before.layer)).zip(clock(origin.layer));
                self.rewriter.switch(now, origin, packet, source.codec.clock_rate(), clocks);
            }
        }
        let packet = Original { marker: self.position.ends_picture(packet), ..*packet };
        self.rewriter.renumber(now, origin, &packet)
    }

    /// How the packet is labelled; `None` when the client has no payload type for its codec.
    pub(crate) fn label(&self, codec: Codec, pending: &Pending) -> Option<Label> {
        let format = self.formats.iter().find(|format| format.codec == codec)?;
        Some(match pending.repeat {
            None => Label { ssrc: self.ssrc, payload_type: format.payload_type, number: pending.renumbered.number },
            Some(number) => Label { ssrc: self.rtx_ssrc, payload_type: format.rtx?, number },
        })
    }

    /// Counts a packet that was sent.
    pub(crate) fn sent(&mut self, payload: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload as u32);
        self.budget.earn(payload);
    }

    /// The receiver misses what left under `sequence`: where it came from.
    pub(crate) fn trace(&self, sequence: u16) -> Option<(Origin<Key>, u64)> {
        let (origin, number) = self.rewriter.trace(sequence)?;
        (self.wish?.source == origin.source).then_some((origin, number))
    }

    /// Repeats a traced packet of this section, which is the `outlet`th, while the budget lasts.
    pub(crate) fn repeat(
        &mut self,
        now: Time,
        outlet: usize,
        traced: (Origin<Key>, u64),
        stored: &Stored<'_>,
    ) -> Option<Pending> {
        self.budget.spend(stored.clear.len() + stored.sealed.len() + 14).then_some(())?;
        self.again(now, outlet, traced, stored)
    }

    /// The same without regard to the budget: what fills a probe may be what the receiver has.
    pub(crate) fn again(&mut self, now: Time, outlet: usize, traced: (Origin<Key>, u64), stored: &Stored<'_>) -> Option<Pending> {
        let Stored { number, timestamp, descriptor, marker, .. } = *stored;
        let (origin, position) = traced;
        let mut packet = Original { number, timestamp, descriptor, marker };
        if self.position.current == Some(origin.layer) {
            self.position.admits_late(&packet).then_some(())?;
            packet.marker = self.position.ends_picture(&packet);
        }
        let renumbered = self.rewriter.again(origin, &packet)?;
        let repeat = Some(self.next_repeat());
        Some(Pending { outlet, origin, position, renumbered, repeat, since: now })
    }

    /// Keeps a sealed packet of sound, if this receiver ever missed one or its path `is_lossy`. Gives what shall be sent a second time with it
    /// on such a path: the packet before, so that a short outage does not take both.
    pub(crate) fn keep_sound(&mut self, number: u64, sealed: &[u8], is_lossy: bool) -> Option<&[u8]> {
        if self.kind != Kind::Audio || self.sound.is_none() && !is_lossy {
            return None;
        }
        let sound = self.sound.get_or_insert_default();
        sound.keep(number as u16, sealed);
        sound.find((number as u16).wrapping_sub(1)).filter(|_| is_lossy)
    }

    /// A sealed packet of sound that the receiver misses, while the budget lasts. From the first such request on they are kept.
    pub(crate) fn sealed_sound(&mut self, sequence: u16) -> Option<&[u8]> {
        let sealed = self.sound.get_or_insert_default().find(sequence)?;
        self.budget.spend(sealed.len()).then_some(sealed)
    }

    /// The number of the next packet under the SSRC of repetitions.
    pub(crate) fn next_repeat(&mut self) -> u64 {
        self.rtx_number += 1;
        self.rtx_number
    }

    /// The payload type of repetitions, when this section can carry padding: a picture's that has begun.
    pub(crate) fn padding_type(&self) -> Option<u8> {
        let begun = self.open && self.numbered && self.kind == Kind::Video && self.packets > 0;
        self.formats.iter().find_map(|format| format.rtx).filter(|_| begun)
    }

    /// Where the packet came from that left so many packets ago.
    pub(crate) fn recent(&self, back: u16) -> Option<(Origin<Key>, u64)> {
        self.trace((self.rewriter.highest() as u16).wrapping_sub(back))
    }

    /// What waited got too late: the picture goes on with a key frame, and nothing before it is repeated.
    pub(crate) fn interrupt(&mut self) {
        self.position.current = None;
        if let Some(wish) = self.wish {
            self.rewriter.forget(wish.source);
        }
    }

    /// What the budget grants. True when that is another ceiling than before.
    pub(crate) fn grant(&mut self, ceiling: Option<Bitrate>) -> bool {
        core::mem::replace(&mut self.ceiling, ceiling) != ceiling
    }

    /// What the section takes now, by the rates of these layers.
    pub(crate) fn takes(&self, layers: &[LayerState]) -> Bitrate {
        let rate = |choice: Choice| layers.get(usize::from(choice.layer)).map(|layer| layer.rate_of(choice.temporal));
        self.position.target.and_then(rate).unwrap_or_default()
    }

    /// How many packets a receiver report is about, and how many of them are lost.
    pub(crate) fn reported(&mut self, block: &ReportBlock) -> (u32, u32) {
        let before = self.reported.replace(block.highest).unwrap_or(block.highest);
        let expected = block.highest.wrapping_sub(before);
        let expected = if expected < 1 << 15 { expected } else { 0 };
        (expected, expected * u32::from(block.fraction_lost) / 256)
    }

    /// The sender's clocks as they read here, with the counts for a sender report. Only for the layer that is shown.
    pub(crate) fn clocks(&self, origin: Origin<Key>, info: SenderInfo) -> Option<(SenderInfo, u32, u32)> {
        if self.shown() != Some(origin) || self.rewriter.origin() != Some(origin) {
            return None;
        }
        Some((SenderInfo { ntp: info.ntp, rtp: self.rewriter.clock(info.rtp)? }, self.packets, self.octets))
    }
}

#[cfg(test)]
mod tests;
