//! Which core does what.
//!
//! **Invariant:** it follows from ids alone, so every core knows it of every room and every participant without asking, and a host that was
//! started again with as many cores finds everybody where they were.

use super::media::CORES;
use wire::{ParticipantId, RoomId};

/// People of one room whose media one core takes on before another one helps. When all of them show all others in small pictures, at 90 packets a
/// second each and 2 µs a packet (benches/README.md), that is a fifth of a core.
const PEOPLE_ON_A_CORE: usize = 32;

/// One of the host's cores, as seen from itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    own: u8,
    cores: u8,
}

impl Default for Spread {
    fn default() -> Self {
        Self::new(0, 1)
    }
}

impl Spread {
    /// Core `own` of `cores` (at least one).
    pub fn new(own: u8, cores: u8) -> Self {
        Self { own, cores: cores.max(1) }
    }

    /// This one.
    pub fn own(self) -> u8 {
        self.own
    }

    /// How many there are.
    pub fn cores(self) -> u8 {
        self.cores
    }

    /// The core that keeps a room. Ids are drawn or hashed, so their first bytes spread evenly; whoever chooses ids chooses cores, and could
    /// fill any one of them with one room as well.
    pub fn of_room(self, room: RoomId) -> u8 {
        let first = room.0.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        (first % u64::from(self.cores)) as u8
    }

    /// The core on which a participant's media is.
    pub fn of_media(self, participant: ParticipantId) -> u8 {
        let [first, ..] = participant.0;
        first % self.cores
    }

    /// Where the media of a newcomer to a room goes: on as many cores as the room's people need, the room's own first, and on the emptiest of them.
    pub(crate) fn for_newcomer(self, room: RoomId, seated: impl Iterator<Item = ParticipantId>) -> u8 {
        let mut people = [0usize; CORES];
        let mut all = 0;
        for participant in seated {
            all += 1;
            if let Some(count) = people.get_mut(usize::from(self.of_media(participant))) {
                *count += 1;
            }
        }
        let (home, needed) = (usize::from(self.of_room(room)), all / PEOPLE_ON_A_CORE + 1);
        let near = (0..needed.min(self.cores.into())).map(|step| ((home + step) % usize::from(self.cores)) as u8);
        near.min_by_key(|&core| people.get(usize::from(core)).copied()).unwrap_or(self.own)
    }

    /// The name, among those that differ from `drawn` in the first byte only, of a participant whose media is on `core`.
    pub(crate) fn named(self, mut drawn: [u8; 16], core: u8) -> ParticipantId {
        if let Some(first) = drawn.first_mut() {
            let base = *first - *first % self.cores;
            *first = base.checked_add(core).unwrap_or(base.wrapping_sub(self.cores).wrapping_add(core));
        }
        ParticipantId(drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_where_its_media_is() {
        for cores in 1..=CORES as u8 {
            let spread = Spread::new(0, cores);
            for (first, core) in (0..=255).flat_map(|first| (0..cores).map(move |core| (first, core))) {
                let mut drawn = [7; 16];
                drawn[0] = first;
                let named = spread.named(drawn, core);
                assert_eq!((spread.of_media(named), &named.0[1..]), (core, &drawn[1..]), "{first} of {cores}");
            }
        }
    }

    #[test]
    fn a_small_room_stays_together_and_a_large_one_takes_as_many_cores_as_it_needs() {
        let (spread, room) = (Spread::new(0, 8), RoomId([3; 16]));
        let mut seated = Vec::new();
        for n in 0..200u8 {
            let core = spread.for_newcomer(room, seated.iter().copied());
            seated.push(spread.named([n; 16], core));
            let mut on = [0; 8];
            seated.iter().for_each(|&one| on[usize::from(spread.of_media(one))] += 1);
            let used = on.iter().filter(|&&count| count > 0).count();
            assert_eq!(used, usize::from(n) / PEOPLE_ON_A_CORE + 1);
            assert!(on[usize::from(spread.of_room(room))] > 0 && on.iter().all(|&count| count <= PEOPLE_ON_A_CORE + 1), "{on:?}");
        }
    }
}
