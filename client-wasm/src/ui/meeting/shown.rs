//! What stands in the place for pictures, and in which order.
//!
//! Invariant: everybody has one tile and each screen but one's own has one; they change places only when people or screens come or go, or
//! another one is large, or somebody is [heard from another page](super::visitors).

use crate::model::{MemberId, Person};
use wire::Track;

/// One tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Shown {
    /// Whose.
    pub(crate) member: MemberId,
    /// Their screen (true), or themselves.
    pub(crate) screen: bool,
}

impl Shown {
    /// The track whose picture it holds.
    pub(crate) fn track(self) -> Track {
        if self.screen { Track::Screen } else { Track::Camera }
    }

    /// The tracks of sound that come with it: a member passes on others' voices as well (decision 0015).
    pub(super) fn sound(self) -> &'static [Track] {
        if self.screen { &[Track::ScreenAudio] } else { &[Track::Audio, Track::Herald] }
    }
}

/// All tiles but the large ones: the screens, oneself unless one's own picture stands elsewhere, then everyone by arrival.
pub(super) fn order(people: &[Person], large: &[Shown], own: bool) -> Vec<Shown> {
    let (me, others): (Vec<_>, Vec<_>) = people.iter().partition(|person| person.me);
    let persons = me.iter().filter(|_| own).chain(&others).map(|person| Shown { member: person.member, screen: false });
    let screens = others.iter().filter(|person| person.screen).map(|person| Shown { member: person.member, screen: true });
    screens.chain(persons).filter(|shown| !large.contains(shown)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::Admission;

    pub(in super::super) fn person(id: u8, screen: bool) -> Person {
        Person {
            member: MemberId([id; 16]),
            me: id == 2,
            name: String::new(),
            joining: false,
            owner: false,
            moderator: false,
            may_speak: true,
            admitted: Admission::Founder,
            microphone: true,
            trouble: None,
            weak: false,
            camera: true,
            screen,
            connected: true,
            verified: false,
            doubt: None,
        }
    }

    #[test]
    fn every_track_belongs_to_one_tile() {
        let tracks = |screen| {
            let shown = Shown { member: MemberId([1; 16]), screen };
            shown.sound().iter().copied().chain([shown.track()]).collect::<Vec<_>>()
        };
        for track in [Track::Audio, Track::Camera, Track::Screen, Track::ScreenAudio, Track::Herald] {
            let tiles = [false, true].into_iter().filter(|screen| tracks(*screen).contains(&track)).count();
            assert_eq!(tiles, 1, "whether {track:?} is veiled shows on one tile");
        }
    }

    #[test]
    fn after_the_large_ones_come_the_other_screens_and_oneself() {
        let people = [person(1, true), person(2, true), person(3, true)];
        let large = [Shown { member: MemberId([3; 16]), screen: true }, Shown { member: MemberId([1; 16]), screen: false }];
        let ids = |order: Vec<Shown>| order.iter().map(|shown| (shown.member.0[0], shown.screen)).collect::<Vec<_>>();
        assert_eq!(ids(order(&people, &large, true)), [(1, true), (2, false), (3, false)]);
        assert_eq!(ids(order(&people, &[], false)), [(1, true), (3, true), (1, false), (3, false)]);
    }
}
