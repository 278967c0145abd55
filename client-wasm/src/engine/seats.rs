//! Which receiving media section shows whose track.
//!
//! **Invariant:** a seat holds at most one source, a source sits in at most one seat, and who sits stays seated until nobody
//! wants them any more: pictures do not jump between sections because somebody else came or went.
//!
//! Pure: who is wanted comes in, what to tell host and frame worker comes out.

use crate::model::MemberId;
use wire::{Mid, ParticipantId, PixelHeight, Subscription, Track};

/// Names one receiving section within this page; never given twice, not even after a new PeerConnection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SeatId(pub(crate) u16);

/// A track somebody sends and we want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Whose line in the group.
    pub(crate) member: MemberId,
    /// Which track.
    pub(crate) track: Track,
    /// Their leaf in the group now; frames of any other leaf are refused in this seat.
    pub(crate) leaf: u32,
    /// Their seat at the host now.
    pub(crate) participant: ParticipantId,
    /// How high the place of the picture is.
    pub(crate) height: PixelHeight,
}

impl Wanted {
    fn is_same_source(&self, other: &Self) -> bool {
        self.member == other.member && self.track == other.track
    }
}

/// What changed in an arrangement.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arranged {
    /// Seats whose source left, with who sat there.
    pub(crate) emptied: Vec<(SeatId, Wanted)>,
    /// Seats that were given a source.
    pub(crate) filled: Vec<(SeatId, Wanted)>,
    /// Seats whose source stayed and has another leaf or participant now.
    pub(crate) moved: Vec<(SeatId, Wanted)>,
    /// Sound sources that found no seat.
    pub(crate) short_of_audio: usize,
    /// Picture sources that found no seat.
    pub(crate) short_of_video: usize,
}

struct Seat {
    id: SeatId,
    audio: bool,
    /// Known once the section was in an offer.
    mid: Option<Mid>,
    /// True once the host has answered for the section.
    open: bool,
    holds: Option<Wanted>,
    told: Option<(ParticipantId, Track, PixelHeight)>,
}

/// All receiving sections of one PeerConnection.
#[derive(Default)]
pub(crate) struct Seats {
    seats: Vec<Seat>,
    next: u16,
}

impl Seats {
    /// The seats of the next PeerConnection: none yet, with ids that were never used.
    pub(crate) fn succeed(&self) -> Self {
        Self { seats: Vec::new(), next: self.next }
    }

    /// Adds a seat for sound or for pictures. They are added in turn, sound first: two in a row are a pair.
    pub(crate) fn add(&mut self, audio: bool) -> SeatId {
        let id = SeatId(self.next);
        self.next = self.next.wrapping_add(1);
        self.seats.push(Seat { id, audio, mid: None, open: false, holds: None, told: None });
        id
    }

    /// Notes the section's name, and whether the host has answered for it.
    pub(crate) fn name(&mut self, id: SeatId, mid: Mid, open: bool) {
        if let Some(seat) = self.seats.iter_mut().find(|seat| seat.id == id) {
            seat.mid = Some(mid);
            seat.open |= open;
        }
    }

    /// Seats everybody who is wanted, most wanted first.
    pub(crate) fn arrange(&mut self, wanted: &[Wanted]) -> Arranged {
        let mut arranged = Arranged::default();
        self.release(wanted, &mut arranged);
        for want in wanted {
            self.seat(want, &mut arranged);
        }
        arranged
    }

    fn release(&mut self, wanted: &[Wanted], arranged: &mut Arranged) {
        for seat in &mut self.seats {
            if let Some(left) = seat.holds.take_if(|holds| !wanted.iter().any(|want| want.is_same_source(holds))) {
                arranged.emptied.push((seat.id, left));
            }
        }
    }

    fn seat(&mut self, want: &Wanted, arranged: &mut Arranged) {
        let held = self.seats.iter_mut().find(|seat| seat.holds.as_ref().is_some_and(|holds| holds.is_same_source(want)));
        if let Some(seat) = held {
            let before = seat.holds.replace(*want);
            if before.is_some_and(|before| (before.leaf, before.participant) != (want.leaf, want.participant)) {
                arranged.moved.push((seat.id, *want));
            }
            return;
        }
        let audio = want.track.is_audio();
        match self.best_place(want).and_then(|place| self.seats.get_mut(place)) {
            Some(seat) => {
                seat.holds = Some(*want);
                arranged.filled.push((seat.id, *want));
            }
            None if audio => arranged.short_of_audio += 1,
            None => arranged.short_of_video += 1,
        }
    }

    /// The free seat beside the source's own sound or picture, else one of a pair that is free, else any: browsers keep lips and
    /// words together within a pair.
    fn best_place(&self, want: &Wanted) -> Option<usize> {
        let audio = want.track.is_audio();
        let free = (0..self.seats.len())
            .filter(|&place| self.seats.get(place).is_some_and(|seat| seat.audio == audio && seat.holds.is_none()));
        free.min_by_key(|place| match self.seats.get(place ^ 1).and_then(|beside| beside.holds.as_ref()) {
            Some(beside) if beside.member == want.member && is_screen(beside.track) == is_screen(want.track) => 0,
            None => 1,
            Some(_) => 2,
        })
    }

    /// What the host has not been told yet; from now on it counts as told.
    pub(crate) fn subscriptions(&mut self) -> Vec<Subscription> {
        self.seats.iter_mut().filter(|seat| seat.open).filter_map(Seat::subscription).collect()
    }

    /// The host has forgotten: everything is to be told again.
    pub(crate) fn untell(&mut self) {
        self.seats.iter_mut().for_each(|seat| seat.told = None);
    }

    /// Who sits there.
    pub(crate) fn holder(&self, id: SeatId) -> Option<&Wanted> {
        self.seats.iter().find(|seat| seat.id == id)?.holds.as_ref()
    }

    /// Who sits in the section of this name.
    pub(crate) fn holder_in(&self, mid: &str) -> Option<&Wanted> {
        self.seats.iter().find(|seat| seat.mid.as_ref().is_some_and(|of| of.0 == mid))?.holds.as_ref()
    }

    /// Everybody who sits, once for each seat.
    pub(crate) fn holders(&self) -> impl Iterator<Item = &Wanted> {
        self.seats.iter().filter_map(|seat| seat.holds.as_ref())
    }

    /// What a member has seats for.
    pub(crate) fn held_of(&self, member: MemberId) -> impl Iterator<Item = &Wanted> {
        self.holders().filter(move |holds| holds.member == member)
    }

    #[cfg(test)]
    fn seated(&self) -> impl Iterator<Item = (SeatId, &Wanted)> {
        self.seats.iter().filter_map(|seat| Some((seat.id, seat.holds.as_ref()?)))
    }

    /// How many seats there are, of both kinds.
    pub(crate) fn len(&self) -> usize {
        self.seats.len()
    }
}

impl Seat {
    fn subscription(&mut self) -> Option<Subscription> {
        let wish = self.holds.map(|holds| (holds.participant, holds.track, holds.height));
        if wish == self.told {
            return None;
        }
        self.told = wish;
        let (source, height) = wish.map_or((None, PixelHeight(0)), |(who, track, height)| (Some((who, track)), height));
        Some(Subscription { mid: self.mid.clone()?, source, height })
    }
}

fn is_screen(track: Track) -> bool {
    matches!(track, Track::Screen | Track::ScreenAudio)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn want(who: u8, track: Track) -> Wanted {
        Wanted {
            member: MemberId([who; 16]),
            track,
            leaf: u32::from(who),
            participant: ParticipantId([who; 16]),
            height: PixelHeight(if track.is_audio() { 0 } else { 360 }),
        }
    }

    fn pairs(count: usize) -> Seats {
        let mut seats = Seats::default();
        for n in 0..count {
            for audio in [true, false] {
                let id = seats.add(audio);
                seats.name(id, Mid(format!("{n}{audio}")), true);
            }
        }
        seats
    }

    #[test]
    fn who_sits_stays_when_somebody_else_leaves() {
        let mut seats = pairs(3);
        let all = [want(1, Track::Camera), want(2, Track::Camera), want(3, Track::Camera)];
        seats.arrange(&all);
        let before: Vec<_> = seats.seated().map(|(id, w)| (id, w.member)).collect();
        let arranged = seats.arrange(&[all[2], all[1]]);
        assert_eq!(arranged.emptied.iter().map(|(_, w)| w.member).collect::<Vec<_>>(), [MemberId([1; 16])]);
        assert!(arranged.filled.is_empty() && arranged.moved.is_empty());
        assert_eq!(seats.seated().map(|(id, w)| (id, w.member)).collect::<Vec<_>>(), before[1..]);
    }

    #[test]
    fn sound_never_sits_in_a_picture_seat() {
        let mut seats = pairs(1);
        let arranged =
            seats.arrange(&[want(1, Track::Audio), want(2, Track::Audio), want(1, Track::Camera), want(2, Track::Camera)]);
        assert_eq!((arranged.short_of_audio, arranged.short_of_video), (1, 1));
        assert_eq!(arranged.filled.len(), 2);
    }

    #[test]
    fn sound_and_picture_of_one_member_share_a_pair() {
        let mut seats = pairs(3);
        seats.arrange(&[want(1, Track::Audio), want(2, Track::Audio), want(2, Track::Camera)]);
        seats.arrange(&[
            want(1, Track::Audio),
            want(2, Track::Audio),
            want(2, Track::Camera),
            want(1, Track::Camera),
            want(3, Track::Camera),
            want(3, Track::Audio),
        ]);
        for member in 1..=3 {
            let places: Vec<u16> =
                seats.seated().filter(|(_, w)| w.member == MemberId([member; 16])).map(|(id, _)| id.0 / 2).collect();
            assert_eq!(places[0], places[1], "member {member}");
        }
    }

    #[test]
    fn the_host_is_told_each_change_once() {
        let mut seats = pairs(2);
        seats.arrange(&[want(1, Track::Camera)]);
        assert_eq!(seats.subscriptions().len(), 1);
        assert_eq!(seats.subscriptions(), []);
        seats.arrange(&[Wanted { height: PixelHeight(720), ..want(1, Track::Camera) }]);
        assert_eq!(seats.subscriptions()[0].height, PixelHeight(720));
        seats.arrange(&[]);
        assert_eq!(seats.subscriptions()[0].source, None);
        seats.arrange(&[want(1, Track::Camera)]);
        seats.subscriptions();
        seats.untell();
        assert_eq!(seats.subscriptions().len(), 1);
    }

    #[test]
    fn a_section_without_an_answer_is_not_subscribed_yet() {
        let mut seats = Seats::default();
        let id = seats.add(false);
        seats.name(id, Mid("7".into()), false);
        seats.arrange(&[want(1, Track::Camera)]);
        assert_eq!(seats.subscriptions(), []);
        seats.name(id, Mid("7".into()), true);
        assert_eq!(seats.subscriptions().len(), 1);
    }

    #[test]
    fn a_new_leaf_of_the_same_member_is_a_move() {
        let mut seats = pairs(1);
        seats.arrange(&[want(1, Track::Audio)]);
        seats.subscriptions();
        let arranged = seats.arrange(&[Wanted { leaf: 9, ..want(1, Track::Audio) }]);
        assert_eq!(arranged.moved.len(), 1);
        assert_eq!(seats.subscriptions(), [], "the host knows nothing of leaves");
    }

    #[test]
    fn ids_are_not_used_again_by_the_next_connection() {
        let seats = pairs(2);
        assert_eq!(seats.succeed().add(true), SeatId(4));
    }
}
