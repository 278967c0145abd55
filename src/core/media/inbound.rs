//! Datagrams: told apart by their first byte (RFC 7983), then by ufrag or address.

use super::Media;
use crate::core::media::Transmit;
use crate::core::path::Path;
use crate::core::time::Time;
use crate::core::transport::dtls::Progress;
use crate::core::transport::ice::{Ufrag, named_ufrag};
use crate::core::transport::participant::REPORT;
use crate::core::transport::probe::answered_ufrag;
use crate::core::transport::rtcp::{self, Item};
use crate::core::transport::rtp::u32_at;
use crate::core::transport::slab::Key;
use crate::core::transport::uplink::STREAMS;

/// Numbers looked up for one datagram's NACKs. A browser names at most a few dozen.
const REPEATS: usize = 512;
/// Arrival reports read of one datagram. A browser puts one into each, at times two.
const ARRIVAL_REPORTS: usize = 4;

/// The longest check looked at, bytes. Browsers' are about 100.
const LARGEST_CHECK: usize = 548;

impl Media {
    /// A datagram came in on the media port. `bytes` is overwritten.
    pub fn datagram(&mut self, now: Time, from: impl Into<Path>, bytes: &mut [u8]) {
        let from = from.into();
        self.now = self.now.max(now);
        let (Some(&first), second) = (bytes.first(), bytes.get(1).copied().unwrap_or_default()) else { return };
        if first < 4 {
            self.check(from, bytes);
            return;
        }
        let Some(&key) = self.by_address.get(&from) else { return self.stranger(from, bytes) };
        match (first, second) {
            (20..64, _) => self.handshake(key, from, bytes),
            (128..192, 192..224) => self.reports(key, from, bytes),
            (128..192, _) => self.media(key, from, bytes),
            _ => return,
        }
        self.arm(key);
    }

    /// A connectivity check, perhaps from an address nobody knows yet.
    fn check(&mut self, from: Path, bytes: &[u8]) {
        if let Some(ufrag) = answered_ufrag(bytes) {
            return self.answered(ufrag, from, bytes);
        }
        let Some(&key) = named_ufrag(bytes).and_then(|ufrag| self.by_ufrag.get(&ufrag)) else { return };
        let Some(peer) = self.peers.get_mut(key).filter(|_| bytes.len() <= LARGEST_CHECK) else { return };
        if !peer.ice.listens_to(self.now, from) {
            return;
        }
        let Some(check) = peer.ice.check(from, bytes, self.identity.provider().crypto()) else {
            self.counts.forged += 1;
            return peer.ice.was_forged(from);
        };
        let given_up = peer.ice.admit(self.now, from, check.nominated);
        self.belongs(key, from, given_up);
        self.out.push_back(Transmit { to: from, bytes: check.response, segment: None, pictures: false });
        self.mark(key);
        self.arm(key);
    }

    /// From now on an address is this peer's.
    fn belongs(&mut self, key: Key, path: Path, given_up: Option<Path>) {
        if let Some(given_up) = given_up {
            self.by_address.remove(&given_up);
        }
        if let Some(before) = self.by_address.insert(path, key)
            && before != key
            && let Some(other) = self.peers.get_mut(before)
        {
            other.ice.lose(path);
        }
    }

    /// Media from an address that nobody has checked from. Perhaps a NAT gave a peer another one: the packet counts if it is authentic, and
    /// the peer is asked whether it is there.
    fn stranger(&mut self, from: Path, bytes: &mut [u8]) {
        let is_media = bytes.first().is_some_and(|first| (128..192).contains(first))
            && bytes.get(1).is_some_and(|second| !(192..224).contains(second));
        let Some(&key) = u32_at(bytes, 8).filter(|_| is_media).and_then(|ssrc| self.by_ssrc.get(&ssrc)) else { return };
        let Some(peer) = self.peers.get_mut(key) else { return };
        let listens = peer.ice.listens_to(self.now, from);
        let Some((opener, _)) = peer.keys.as_mut().filter(|_| listens) else { return };
        let length = bytes.len();
        let Some(incoming) = peer.uplink.receive(self.now, opener, bytes) else {
            self.counts.forged += 1;
            return peer.ice.was_forged(from);
        };
        let [a, b, c, d, ..] = self.draw.next();
        let crypto = self.identity.provider().crypto();
        let question = peer.probe.ask((self.now, from), &peer.ice.local, &peer.remote_ice, [a, b, c, d], crypto);
        if let Some(bytes) = question.filter(|question| question.len() <= length) {
            self.out.push_back(Transmit { to: from, bytes, segment: None, pictures: false });
        }
        self.forward(incoming);
    }

    /// A peer says that it is where it was asked.
    fn answered(&mut self, ufrag: Ufrag, from: Path, bytes: &[u8]) {
        let Some(&key) = self.by_ufrag.get(&ufrag) else { return };
        let Some(peer) = self.peers.get_mut(key).filter(|_| bytes.len() <= LARGEST_CHECK) else { return };
        if !peer.ice.listens_to(self.now, from) {
            return;
        }
        if !peer.probe.answered(from, bytes, &peer.remote_ice.1, self.identity.provider().crypto()) {
            self.counts.forged += 1;
            return peer.ice.was_forged(from);
        }
        let given_up = peer.ice.moved(self.now, from);
        self.belongs(key, from, given_up);
        self.mark(key);
        self.arm(key);
    }

    fn handshake(&mut self, key: Key, from: Path, bytes: &[u8]) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        match peer.dtls.read(&self.identity, self.now, bytes) {
            Progress::Nothing => {}
            Progress::Keys(keys) => {
                peer.keys = Some(*keys);
                self.counts.handshakes += 1;
                peer.ice.authenticated(self.now, from);
                self.arrived(key);
            }
            Progress::Closed => peer.keys = None,
        }
        self.mark(key);
    }

    fn media(&mut self, key: Key, from: Path, bytes: &mut [u8]) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return };
        let Some((opener, _)) = &mut peer.keys else { return };
        let Some(incoming) = peer.uplink.receive(now, opener, bytes) else { return };
        peer.ice.authenticated(now, from);
        peer.report_at.get_or_insert((now + REPORT).beat());
        if incoming.latched {
            self.by_ssrc.insert(incoming.ssrc, key);
            // A stream that took another's place leaves its old name behind.
            if self.by_ssrc.len() > 2 * STREAMS * self.peers.len() {
                let peers = &self.peers;
                self.by_ssrc.retain(|&ssrc, owner| peers.get(*owner).is_some_and(|peer| peer.uplink.sends(ssrc)));
            }
        }
        self.forward(incoming);
    }

    fn reports(&mut self, key: Key, from: Path, bytes: &mut [u8]) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return };
        let Some((opener, _)) = &mut peer.keys else { return };
        let Some(length) = opener.open_rtcp(bytes) else { return };
        peer.ice.authenticated(now, from);
        let mut items = Vec::new();
        rtcp::read(bytes.get(..length).unwrap_or_default(), |item| items.push(item));
        let (mut repeats, mut reports) = (REPEATS, ARRIVAL_REPORTS);
        for item in items {
            match item {
                Item::Sender(ssrc, info) => self.sender_report(key, ssrc, info),
                Item::Block(block) => self.loss_report(key, &block),
                Item::Arrivals(report) if reports > 0 => {
                    reports -= 1;
                    self.arrivals(key, report);
                }
                Item::Arrivals(_) => {}
                Item::Nack(ssrc, missing) => repeats = self.repeat(key, ssrc, missing, repeats),
                Item::KeyFrame(ssrc) => self.key_frame_wanted(key, ssrc),
            }
        }
    }
}
