//! What a room's life is called on a host that lets only some open rooms.
//!
//! **Invariant:** an incarnation that [`Charter::holds`] was drawn for this room by a host with the same key, today or yesterday, and so somebody who
//! might has opened the room. It proves nothing about who says it: whoever was told the room's life can have the room rebuilt, as
//! members must be able to after a restart (decision 0002).
//!
//! ```text
//!  incarnation, 8 bytes:   random (4) | first 4 bytes of HMAC-SHA256(key, day (4) | room (16) | random (4))
//! ```
//! Four bytes are enough against guesses: each is a join, and joins are counted.

use super::time::Time;
use ring::hmac;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;
use wire::{Incarnation, RoomId};

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// Half of an incarnation, bytes.
const HALF: usize = 4;

/// The key that all cores of a host share, and the host after it if it has somewhere to keep it.
#[derive(Clone)]
pub struct Charter {
    key: Arc<hmac::Key>,
    /// The Unix time of [`Time::ZERO`], seconds.
    began: u64,
}

impl Charter {
    /// From 32 random bytes. `began`: the Unix time of [`Time::ZERO`], seconds.
    pub fn new(key: &[u8; 32], began: u64) -> Self {
        Self { key: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, key)), began }
    }

    /// The name of a new life of this room.
    pub(crate) fn draw(&self, now: Time, room: RoomId, drawn: [u8; HALF]) -> Incarnation {
        let [a, b, c, d] = drawn;
        let [e, f, g, h] = self.tag(self.day(now), room, drawn);
        Incarnation([a, b, c, d, e, f, g, h])
    }

    /// True for one that was drawn for this room not long ago.
    pub(crate) fn holds(&self, now: Time, room: RoomId, incarnation: Incarnation) -> bool {
        let [a, b, c, d, said @ ..] = incarnation.0;
        let today = self.day(now);
        [today, today.saturating_sub(1)].into_iter().any(|day| self.tag(day, room, [a, b, c, d]).ct_eq(&said).into())
    }

    fn day(&self, now: Time) -> u32 {
        let seconds = self.began + now.since(Time::ZERO).as_secs();
        u32::try_from(seconds / DAY).unwrap_or(u32::MAX)
    }

    fn tag(&self, day: u32, room: RoomId, drawn: [u8; HALF]) -> [u8; HALF] {
        let said = [day.to_be_bytes().as_slice(), &room.0, &drawn].concat();
        let mut tag = [0; HALF];
        tag.copy_from_slice(&hmac::sign(&self.key, &said).as_ref()[..HALF]);
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const ROOM: RoomId = RoomId([7; 16]);

    #[test]
    fn a_life_holds_for_its_room_today_and_tomorrow() {
        let (charter, same) = (Charter::new(&[1; 32], 86_400 * 20_000), Charter::new(&[1; 32], 86_400 * 20_001));
        let life = charter.draw(Time::ZERO, ROOM, [9; 4]);
        assert!(charter.holds(Time::ZERO, ROOM, life) && same.holds(Time::ZERO, ROOM, life), "after a restart too");
        assert!(charter.holds(Time::ZERO + Duration::from_secs(2 * DAY - 1), ROOM, life));
        assert!(!charter.holds(Time::ZERO + Duration::from_secs(2 * DAY), ROOM, life));
        assert!(!charter.holds(Time::ZERO, RoomId([8; 16]), life));
        assert!(!Charter::new(&[2; 32], 86_400 * 20_000).holds(Time::ZERO, ROOM, life));
        for place in 0..8 {
            let mut other = life;
            other.0[place] ^= 1;
            assert!(!charter.holds(Time::ZERO, ROOM, other), "{place}");
        }
    }
}
