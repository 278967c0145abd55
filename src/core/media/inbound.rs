//! Datagrams: told apart by their first byte (RFC 7983), then by ufrag or address.

use super::Media;
use super::routes::Packet;
use crate::core::media::Transmit;
use crate::core::time::Time;
use crate::core::transport::dtls::Progress;
use crate::core::transport::ice::named_ufrag;
use crate::core::transport::participant::REPORT;
use crate::core::transport::rtcp::{self, Item};
use crate::core::transport::slab::Key;
use std::net::SocketAddr;

/// Numbers looked up for one datagram's NACKs. A browser names at most a few dozen.
const REPEATS: usize = 512;

impl Media {
    /// A datagram came in on the media port. `bytes` is overwritten.
    pub fn datagram(&mut self, now: Time, from: SocketAddr, bytes: &mut [u8]) {
        self.now = self.now.max(now);
        let (Some(&first), second) = (bytes.first(), bytes.get(1).copied().unwrap_or_default()) else { return };
        if first < 4 {
            self.check(from, bytes);
            return;
        }
        let Some(&key) = self.by_address.get(&from) else { return };
        match (first, second) {
            (20..64, _) => self.handshake(key, from, bytes),
            (128..192, 192..224) => self.reports(key, from, bytes),
            (128..192, _) => self.media(key, from, bytes),
            _ => return,
        }
        self.arm(key);
    }

    /// A connectivity check, perhaps from an address nobody knows yet.
    fn check(&mut self, from: SocketAddr, bytes: &[u8]) {
        let Some(&key) = named_ufrag(bytes).and_then(|ufrag| self.by_ufrag.get(&ufrag)) else { return };
        let Some(peer) = self.peers.get_mut(key) else { return };
        let Some(check) = peer.ice.check(from, bytes, self.identity.provider().crypto()) else { return };
        let given_up = peer.ice.admit(self.now, from, check.nominated);
        if let Some(address) = given_up {
            self.by_address.remove(&address);
        }
        if let Some(before) = self.by_address.insert(from, key)
            && before != key
            && let Some(other) = self.peers.get_mut(before)
        {
            other.ice.lose(from);
        }
        self.out.push_back(Transmit { to: from, bytes: check.response, segment: None });
        self.mark(key);
        self.arm(key);
    }

    fn handshake(&mut self, key: Key, from: SocketAddr, bytes: &[u8]) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        match peer.dtls.read(&self.identity, self.now, bytes) {
            Progress::Nothing => {}
            Progress::Keys(keys) => {
                peer.keys = Some(*keys);
                peer.ice.authenticated(self.now, from);
                self.arrived(key);
            }
            Progress::Closed => peer.keys = None,
        }
        self.mark(key);
    }

    fn media(&mut self, key: Key, from: SocketAddr, bytes: &mut [u8]) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return };
        let Some((opener, _)) = &mut peer.keys else { return };
        let Some(incoming) = peer.uplink.receive(now, opener, bytes) else { return };
        peer.ice.authenticated(now, from);
        peer.report_at.get_or_insert(now + REPORT);
        self.forward(Packet::from(incoming));
    }

    fn reports(&mut self, key: Key, from: SocketAddr, bytes: &mut [u8]) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return };
        let Some((opener, _)) = &mut peer.keys else { return };
        let Some(length) = opener.open_rtcp(bytes) else { return };
        peer.ice.authenticated(now, from);
        let mut items = Vec::new();
        rtcp::read(bytes.get(..length).unwrap_or_default(), |item| items.push(item));
        let mut repeats = REPEATS;
        for item in items {
            match item {
                Item::Sender(ssrc, info) => self.sender_report(key, ssrc, info),
                Item::Block(block) => self.loss_report(key, &block),
                Item::Nack(ssrc, missing) => repeats = self.repeat(key, ssrc, missing, repeats),
                Item::KeyFrame(ssrc) => self.key_frame_wanted(key, ssrc),
            }
        }
    }
}
