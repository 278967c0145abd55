//! Offers: a new PeerConnection, a renegotiation, an ICE restart.

use super::{ALL_TRACKS, Media, OfferError};
use crate::core::forwarding::Receiver;
use crate::core::media::Seat;
use crate::core::time::Time;
use crate::core::transport::answer::{self, Downlink, Transport, Verdict};
use crate::core::transport::codec::Codec;
use crate::core::transport::dtls::Dtls;
use crate::core::transport::ice::{Credentials, Ice};
use crate::core::transport::outlet::{Outlet, Wish};
use crate::core::transport::participant::Peer;
use crate::core::transport::sdp::{Description, ExtensionIds, Kind, Section};
use crate::core::transport::slab::Key;
use crate::core::transport::uplink::Intake;
use wire::{Mid, Offer, PixelHeight, Track};

/// Participants with media on one thread: as many as one thread can be asked to feed (PERFORMANCE.md plans 5,000 receivers).
const PEERS: usize = if cfg!(feature = "bench-endpoints") { 100_000 } else { 10_000 };

impl Media {
    /// Answers a participant's offer: a new PeerConnection, a renegotiation or an ICE restart of the same.
    ///
    /// # Errors
    /// [`OfferError`]; then everything stays as it was.
    pub fn offer(&mut self, now: Time, seat: Seat, offer: &Offer) -> Result<String, OfferError> {
        self.now = self.now.max(now);
        if !offer.is_within_limits() {
            return Err(OfferError::TooLarge);
        }
        let description = Description::parse(&offer.sdp).ok_or(OfferError::Unusable)?;
        let sending = sending_sections(&description, offer)?;
        let (key, afresh) = self.connection(seat, &description)?;
        self.configure_uplink(key, seat, &sending, afresh);
        let fills = self.configure_outlets(key, &description, afresh);
        let verdicts: Vec<Verdict> = description
            .sections
            .iter()
            .zip(fills)
            .map(|(section, fills)| {
                let takes = sending.iter().any(|(_, sending)| sending.mid == section.mid);
                let formats = answer::agreed_formats(section);
                let rejected = section.stopped || section.kind == Kind::Other || formats.is_empty();
                Verdict { rejected, takes, fills, formats }
            })
            .collect();
        self.mark(key);
        self.arm(key);
        let peer = self.peers.get(key).ok_or(OfferError::Unusable)?;
        let transport = Transport {
            credentials: &peer.ice.local,
            fingerprint: self.identity.fingerprint(),
            candidates: &self.candidates,
            streams: &self.streams,
        };
        Ok(answer::write(&description, &verdicts, &transport))
    }

    /// The peer of this offer, and whether it is another PeerConnection than before.
    fn connection(&mut self, seat: Seat, offer: &Description) -> Result<(Key, bool), OfferError> {
        let credentials = Credentials::draw(self.draw.next(), self.stamp, self.sources.pipes.spread().own());
        let known = self.by_seat.get(&seat).copied();
        let Some((key, peer)) = known.and_then(|key| Some((key, self.peers.get_mut(key)?))) else {
            if self.peers.len() >= PEERS {
                return Err(OfferError::Full);
            }
            let ufrag = credentials.ufrag;
            let ice = Ice::new(credentials, self.now);
            let dtls = Dtls::new(&self.identity, offer.fingerprint, self.now);
            let key = self.peers.insert(Peer::new(offer.session.clone(), offer.ice.clone(), ice, dtls));
            self.by_seat.insert(seat, key);
            self.by_ufrag.insert(ufrag, key);
            return Ok((key, true));
        };
        let afresh = peer.session != offer.session || *peer.dtls.expected() != offer.fingerprint;
        if afresh {
            for ufrag in peer.ice.ufrags() {
                self.by_ufrag.remove(&ufrag);
            }
            self.by_ufrag.insert(credentials.ufrag, key);
            for address in peer.ice.addresses() {
                self.by_address.remove(address);
            }
            self.by_ssrc.retain(|_, owner| *owner != key);
            peer.ice = Ice::new(credentials, self.now);
            peer.dtls = Dtls::new(&self.identity, offer.fingerprint, self.now);
            peer.keys = None;
            peer.report_at = None;
            peer.session.clone_from(&offer.session);
            peer.remote_ice.clone_from(&offer.ice);
        } else if peer.remote_ice != offer.ice {
            // RFC 8445 §9: the answer to a restart changes our half too.
            self.by_ufrag.insert(credentials.ufrag, key);
            if let Some(ufrag) = peer.ice.restart(credentials) {
                self.by_ufrag.remove(&ufrag);
            }
            peer.remote_ice.clone_from(&offer.ice);
        }
        Ok((key, afresh))
    }

    fn configure_uplink(&mut self, key: Key, seat: Seat, sending: &[(Track, &Section)], afresh: bool) {
        let mut ids = ExtensionIds::default();
        let mut intakes = Vec::new();
        let mut changed = Vec::new();
        for &(track, section) in sending {
            let Some(&format) = answer::agreed_formats(section).first() else { continue };
            let source = self.sources.ensure(seat, track);
            if self.sources.publish(source, key, format.codec, &section.rids) || afresh {
                changed.push(source);
            }
            self.repeat_demand(source, afresh);
            let its = section.extensions;
            ids.mid = ids.mid.or(its.mid);
            ids.rid = ids.rid.or(its.rid);
            ids.repaired_rid = ids.repaired_rid.or(its.repaired_rid);
            ids.transport_cc = ids.transport_cc.or(its.transport_cc.filter(|_| section.transport_cc));
            ids.dependency = ids.dependency.or(its.dependency);
            let announced = section.sources.clone();
            intakes.push(Intake { mid: section.mid.clone(), source, format, rids: section.rids.clone(), announced });
        }
        for track in ALL_TRACKS {
            if !sending.iter().any(|(sent, _)| *sent == track)
                && let Some(source) = self.sources.find(seat, track)
            {
                changed.push(source);
                self.sources.unpublish(source);
            }
        }
        if let Some(peer) = self.peers.get_mut(key) {
            peer.uplink.configure(intakes, ids, afresh);
        }
        for source in changed {
            self.begin_anew(source);
            self.announce(source);
        }
    }

    /// Makes, keeps and closes receiving sections; the downlink of each section of the offer.
    fn configure_outlets(&mut self, key: Key, offer: &Description, afresh: bool) -> Vec<Option<Downlink>> {
        let kept = if afresh { self.take_wishes(key) } else { Vec::new() };
        if let Some(peer) = self.peers.get_mut(key) {
            peer.outlets.iter_mut().for_each(|outlet| outlet.open = false);
        }
        let receiving = offer.sections.iter().filter(|section| section.receives && !section.stopped);
        let wide = receiving.filter_map(answer::numbered).next();
        if let Some(peer) = self.peers.get_mut(key) {
            if afresh {
                (peer.bandwidth, peer.steadiness) = Default::default();
            }
            peer.bandwidth.negotiate(wide);
        }
        let mut streams = [0usize; 2];
        let fills = offer.sections.iter().map(|section| {
            let formats = answer::agreed_formats(section);
            let receives = section.receives && !section.stopped && section.kind != Kind::Other && !formats.is_empty();
            let at = if receives { self.ensure_outlet(key, section, &kept) } else { None }?;
            let outlet = self.peers.get_mut(key)?.outlets.get_mut(at)?;
            (outlet.open, outlet.formats) = (true, formats);
            outlet.numbered = wide.is_some() && answer::numbered(section) == wide;
            let count = streams.get_mut(usize::from(section.kind == Kind::Video))?;
            *count += 1;
            Some(Downlink { ssrc: outlet.ssrc, rtx: outlet.rtx_ssrc, stream: *count })
        });
        let fills = fills.collect();
        let count = self.peers.get(key).map_or(0, |peer| peer.outlets.len());
        self.allot(key);
        (0..count).for_each(|outlet| self.retarget(Receiver { peer: key, outlet }));
        fills
    }

    /// The outlet of a section, made if need be, with the wish of the section of that name in the connection before.
    fn ensure_outlet(&mut self, key: Key, section: &Section, kept: &[Kept]) -> Option<usize> {
        let peer = self.peers.get_mut(key)?;
        let known = peer.outlets.iter().position(|outlet| outlet.mid == section.mid && outlet.kind == section.kind);
        if known.is_some() || peer.outlets.len() >= wire::limits::MEDIA_SECTIONS {
            return known;
        }
        let mut outlet = Outlet::new(section.mid.clone(), section.kind, self.draw.next());
        let taken = |ssrc: u32| peer.outlets.iter().any(|other| other.ssrc == ssrc || other.rtx_ssrc == ssrc);
        while taken(outlet.ssrc) || taken(outlet.rtx_ssrc) {
            outlet = Outlet::new(section.mid.clone(), section.kind, self.draw.next());
        }
        let kept = kept.iter().find(|kept| kept.mid == section.mid);
        let wish = kept.map(|kept| Wish { source: self.sources.ensure(kept.owner.0, kept.owner.1), height: kept.height });
        outlet.set_wish(wish);
        peer.outlets.push(outlet);
        let at = peer.outlets.len() - 1;
        if let Some(wish) = wish {
            self.sources.attach(wish.source, Receiver { peer: key, outlet: at });
        }
        Some(at)
    }

    /// Another PeerConnection knows nothing of the numbers sent to the old one: its sections go, and what they showed is kept by name.
    fn take_wishes(&mut self, key: Key) -> Vec<Kept> {
        let outlets = self.peers.get_mut(key).map_or(Vec::new(), |peer| core::mem::take(&mut peer.outlets));
        let mut kept = Vec::new();
        for (at, outlet) in outlets.into_iter().enumerate() {
            let Some(wish) = outlet.wish() else { continue };
            let owner = self.sources.get(wish.source).map(|source| source.owner);
            self.detach(wish.source, Receiver { peer: key, outlet: at });
            kept.extend(owner.map(|owner| Kept { mid: outlet.mid, owner, height: wish.height }));
        }
        kept
    }
}

/// What a section of a connection that is no more showed.
struct Kept {
    mid: Mid,
    owner: (Seat, Track),
    height: PixelHeight,
}

/// Each publication with its section.
fn sending_sections<'a>(description: &'a Description, offer: &Offer) -> Result<Vec<(Track, &'a Section)>, OfferError> {
    let mut found: Vec<(Track, &Section)> = Vec::new();
    for publication in &offer.publications {
        let kind = if publication.track.is_audio() { Kind::Audio } else { Kind::Video };
        let section = description.sections.iter().find(|section| section.mid == publication.mid && section.kind == kind);
        let section = section.ok_or(OfferError::NoSuchSection)?;
        if found.iter().any(|(track, other)| *track == publication.track || other.mid == section.mid) {
            return Err(OfferError::NoSuchSection);
        }
        let usable = |format: &crate::core::transport::sdp::Format| (format.codec == Codec::Opus) == (kind == Kind::Audio);
        if section.sends && !section.stopped && section.formats.iter().any(usable) {
            found.push((publication.track, section));
        }
    }
    Ok(found)
}
