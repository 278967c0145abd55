//! What stands in the place for pictures, and in which order.
//!
//! Invariant: everybody has one tile and each screen but one's own has one; they change places only when people or screens come or go, or
//! another one is large.

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

/// All tiles: the large one, the other screens, oneself, then everyone by arrival.
pub(super) fn order(people: &[Person], large: Option<Shown>) -> Vec<Shown> {
    let (me, others): (Vec<_>, Vec<_>) = people.iter().partition(|person| person.me);
    let persons = me.iter().chain(&others).map(|person| Shown { member: person.member, screen: false });
    let screens = others.iter().filter(|person| person.screen).map(|person| Shown { member: person.member, screen: true });
    large.into_iter().chain(screens.chain(persons).filter(|shown| Some(*shown) != large)).collect()
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
    fn the_large_one_comes_first_then_the_other_screens_and_oneself() {
        let people = [person(1, true), person(2, true), person(3, true)];
        let large = Shown { member: MemberId([3; 16]), screen: true };
        let order = order(&people, Some(large));
        let shown: Vec<(u8, bool)> = order.iter().map(|shown| (shown.member.0[0], shown.screen)).collect();
        assert_eq!(shown, [(3, true), (1, true), (2, false), (1, false), (3, false)]);
    }
}
