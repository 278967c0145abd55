//! One client's allocation: its relayed transport address, and what it may send to.
//!
//! **Invariant:** a datagram passes, in either direction, only through a [`Door`] for whose address there is a permission that has not run out
//! (RFC 8656 §9); a channel leads to one door and a door has one channel, so there are never more of either than there are doors.

use super::access::Known;
use super::frames::CHANNEL_HEADER;
use super::message::{self, Refused};
use super::{BYTES_PER_SECOND, CHANNEL, Door, Doors, Family, LIFETIME, PERMISSION};
use crate::core::Time;
use crate::core::allowance::Allowance;
use rtc_stun::message::TransactionId;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

pub(super) struct Allocation {
    /// The relayed transport address.
    pub(super) relayed: SocketAddr,
    /// Who made it.
    pub(super) known: Known,
    /// By which request: the same again is answered the same.
    pub(super) made_by: TransactionId,
    /// When it ends.
    pub(super) until: Time,
    permissions: Vec<(IpAddr, Time)>,
    channels: Vec<Channel>,
    may_send: Allowance,
    indications: u64,
}

/// A number in place of an address (RFC 8656 §12).
struct Channel {
    number: u16,
    door: Door,
    until: Time,
}

impl Allocation {
    pub(super) fn new(now: Time, relayed: SocketAddr, known: Known, made_by: TransactionId) -> Self {
        Self {
            relayed,
            known,
            made_by,
            until: now + LIFETIME,
            permissions: Vec::new(),
            channels: Vec::new(),
            may_send: Allowance::new(now, BYTES_PER_SECOND, BYTES_PER_SECOND),
            indications: 0,
        }
    }

    pub(super) fn family(&self) -> Family {
        Family::of(self.relayed.ip())
    }

    /// Lets these peers through, or none of them. A permission is for an address, whatever the port (RFC 8656 §9), and what is sent needs a door
    /// besides; one that is asked for another port than a door's would let nothing through, and is refused.
    pub(super) fn permit(&mut self, now: Time, peers: &[SocketAddr], doors: &Doors) -> Result<(), Refused> {
        for peer in peers {
            if Family::of(peer.ip()) != self.family() {
                return Err(Refused::PeerAddressFamilyMismatch);
            }
            if doors.find(*peer).is_none() {
                return Err(Refused::Forbidden);
            }
        }
        self.permissions.retain(|(_, until)| *until > now);
        for peer in peers {
            self.permissions.retain(|(place, _)| *place != peer.ip());
            self.permissions.push((peer.ip(), now + PERMISSION));
        }
        Ok(())
    }

    /// Binds a channel to a peer, or refreshes it; that is a permission too.
    pub(super) fn bind(&mut self, now: Time, number: u16, peer: SocketAddr, doors: &Doors) -> Result<(), Refused> {
        if !(0x4000..=0x4fff).contains(&number) {
            return Err(Refused::BadRequest);
        }
        self.channels.retain(|channel| channel.until > now);
        let door = doors.find(peer);
        let is_taken = |channel: &Channel| (channel.number == number) != (Some(channel.door) == door);
        if Family::of(peer.ip()) == self.family() && door.is_some() && self.channels.iter().any(is_taken) {
            return Err(Refused::BadRequest);
        }
        self.permit(now, &[peer], doors)?;
        let door = door.ok_or(Refused::Forbidden)?;
        self.channels.retain(|channel| channel.number != number);
        self.channels.push(Channel { number, door, until: now + CHANNEL });
        Ok(())
    }

    /// A Send indication's datagram: its door, if it may pass.
    pub(super) fn sends(&mut self, now: Time, peer: SocketAddr, bytes: usize, doors: &Doors) -> Option<Door> {
        let door = doors.find(peer).filter(|_| self.is_permitted(now, peer.ip()))?;
        self.may_send.spend(now, bytes).then_some(door)
    }

    /// A ChannelData message: its door and where in it the datagram is, if it may pass.
    pub(super) fn sends_in_channel(&mut self, now: Time, bytes: &[u8], doors: &Doors) -> Option<(Door, Range<usize>)> {
        let [a, b, c, d] = *bytes.first_chunk()?;
        let (number, length) = (u16::from_be_bytes([a, b]), usize::from(u16::from_be_bytes([c, d])));
        let channel = self.channels.iter().find(|channel| channel.number == number && channel.until > now)?;
        let (door, place) = (channel.door, doors.address(channel.door)?.ip());
        let passes = bytes.len() >= CHANNEL_HEADER + length && self.is_permitted(now, place) && self.may_send.spend(now, length);
        passes.then_some((door, CHANNEL_HEADER..CHANNEL_HEADER + length))
    }

    /// Writes what came from a door behind `out`, as this client takes it; false when it may not pass. `padded`: over a stream.
    pub(super) fn receives(
        &mut self,
        now: Time,
        doors: &Doors,
        door: Door,
        datagram: &[u8],
        padded: bool,
        out: &mut Vec<u8>,
    ) -> bool {
        let Some(peer) = doors.address(door).filter(|peer| self.until > now && self.is_permitted(now, peer.ip())) else {
            return false;
        };
        let Ok(length) = u16::try_from(datagram.len()) else { return false };
        match self.channels.iter().find(|channel| channel.door == door && channel.until > now) {
            Some(channel) => {
                out.extend(channel.number.to_be_bytes());
                out.extend(length.to_be_bytes());
                out.extend_from_slice(datagram);
                if padded {
                    out.extend_from_slice([0; 3].get(..datagram.len().next_multiple_of(4) - datagram.len()).unwrap_or_default());
                }
            }
            None => {
                self.indications += 1;
                out.extend(message::data(self.indications, peer, datagram));
            }
        }
        true
    }

    fn is_permitted(&self, now: Time, place: IpAddr) -> bool {
        self.permissions.iter().any(|(permitted, until)| *permitted == place && *until > now)
    }
}
