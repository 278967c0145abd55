//! How what the others send comes to us, and how what we send gets to the host, from what the browser counts.
//!
//! **Invariant:** nothing is said of a moment: a stream is called bad after two bad looks of the last three, and good again after three good
//! ones in a row, so that words do not flicker.
//!
//! Pure: counts come in, what is to be said comes out.

use crate::browser::counts::{Counts, Inbound};
use crate::model::{Arrival, Flow, MemberId};
use crypto::sorted::SortedMap;
use wire::Track;

/// Milliseconds between two looks. Shorter costs a walk over all streams more often, longer is late with its words.
pub(crate) const LOOK_EVERY: f64 = 2_000.0;

/// Share of sound that was made up, from which one hears gaps.
const HEARD_GAPS: f64 = 0.05;
/// Share of the time for which a picture stood still, from which one sees it.
const SEEN_GAPS: f64 = 0.15;
/// Looks in a row without a packet, after which a stream does not arrive: four seconds.
const NOTHING_AFTER: u8 = 2;
/// Share of our packets that the host misses, from which our way counts as weak.
const WEAK_LOSS: f64 = 0.1;
/// Seconds to the host and back, from which it does.
const WEAK_ROUND_TRIP: f64 = 0.6;

/// Bad or good, with some patience both ways.
#[derive(Clone, Copy, Debug, Default)]
struct Patience {
    /// The last looks, newest in the lowest bit: 1 was bad.
    looks: u8,
    bad: bool,
}

impl Patience {
    fn look(&mut self, bad: bool) -> bool {
        self.looks = self.looks << 1 | u8::from(bad);
        let last_three = (self.looks & 0b111).count_ones();
        self.bad = if self.bad { last_three > 0 } else { last_three >= 2 };
        self.bad
    }
}

#[derive(Debug, Default)]
struct Stream {
    before: Inbound,
    gaps: Patience,
    empty_looks: u8,
}

impl Stream {
    fn look(&mut self, seconds: f64, now: &Inbound) -> Flow {
        // Counts begin anew where a section was opened again.
        let since = |now: f64, before: f64| (now - before).max(0.0);
        let packets = since(now.packets, self.before.packets);
        let samples = since(now.samples, self.before.samples);
        let concealed = since(now.concealed, self.before.concealed) / samples.max(1.0);
        let frozen = since(now.frozen, self.before.frozen) / seconds.max(0.1);
        self.before = now.clone();
        self.empty_looks = if packets > 0.0 { 0 } else { self.empty_looks.saturating_add(1) };
        let gaps = self.gaps.look(packets > 0.0 && (concealed >= HEARD_GAPS || frozen >= SEEN_GAPS));
        match (self.empty_looks >= NOTHING_AFTER, gaps) {
            (true, _) => Flow::Nothing,
            (false, true) => Flow::Gaps,
            (false, false) => Flow::Well,
        }
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Reception {
    streams: SortedMap<(MemberId, Track), Stream>,
    way: Patience,
    looked: Option<f64>,
    arrivals: SortedMap<MemberId, Arrival>,
}

/// What is another than at the last look.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// How everybody's streams come.
    pub(crate) arrivals: Option<SortedMap<MemberId, Arrival>>,
    /// Whether our way is weak.
    pub(crate) weak: Option<bool>,
}

impl Reception {
    /// Whether it is time for a look at `now` milliseconds; from then on it is not until the next is due.
    pub(crate) fn is_due(&mut self, now: f64) -> bool {
        let due = self.looked.is_none_or(|looked| now - looked >= LOOK_EVERY);
        if due {
            self.looked = Some(now);
        }
        due
    }

    /// Whether our way to the host is weak.
    pub(crate) fn is_weak(&self) -> bool {
        self.way.bad
    }

    /// Takes a look, [`LOOK_EVERY`] after the last one. `whose` says whose stream a section holds now.
    pub(crate) fn look(&mut self, counts: &Counts, whose: impl Fn(&str) -> Option<(MemberId, Track)>) -> News {
        let held: Vec<_> = counts.inbound.iter().filter_map(|inbound| Some((whose(&inbound.mid)?, inbound))).collect();
        self.streams.retain(|of, _| held.iter().any(|(held, _)| held == of));
        let mut arrivals: SortedMap<MemberId, Arrival> = SortedMap::new();
        for ((member, track), inbound) in held {
            let seen_first = !self.streams.contains_key(&(member, track));
            let stream = self.streams.entry((member, track)).or_default();
            if seen_first {
                stream.before = inbound.clone();
                continue;
            }
            let flow = stream.look(LOOK_EVERY / 1_000.0, inbound);
            let arrival = arrivals.entry(member).or_default();
            match track {
                Track::Audio => arrival.sound = flow,
                // A picture that does not come may be one that nobody here looks at.
                Track::Camera if flow == Flow::Gaps => arrival.picture = flow,
                _ => {}
            }
        }
        let was_weak = self.way.bad;
        let weak = self.way.look(counts.lost >= WEAK_LOSS || counts.round_trip >= WEAK_ROUND_TRIP);
        let changed = arrivals != self.arrivals;
        self.arrivals = arrivals;
        News { arrivals: changed.then(|| self.arrivals.clone()), weak: (weak != was_weak).then_some(weak) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 16]);

    fn inbound(packets: f64, samples: f64, concealed: f64) -> Counts {
        let inbound = Inbound { mid: "1".into(), packets, samples, concealed, frozen: 0.0 };
        Counts { inbound: vec![inbound], ..Counts::default() }
    }

    fn sound(reception: &mut Reception, counts: &Counts) -> Option<Flow> {
        reception.look(counts, |_| Some((ANN, Track::Audio))).arrivals.map(|all| all.get(&ANN).expect("Ann is looked at").sound)
    }

    #[test]
    fn sound_that_does_not_come_is_missed_after_four_seconds_and_back_at_once() {
        let mut reception = Reception::default();
        let said: Vec<_> = [100.0, 200.0, 200.0, 200.0, 200.0, 300.0]
            .map(|packets| sound(&mut reception, &inbound(packets, packets * 960.0, 0.0)))
            .into();
        assert_eq!(said, [None, Some(Flow::Well), None, Some(Flow::Nothing), None, Some(Flow::Well)]);
    }

    #[test]
    fn one_gap_is_none_and_words_stay_until_three_looks_were_good() {
        let mut reception = Reception::default();
        let mut concealed = 0.0;
        let mut said = Vec::new();
        // 96,000 samples a look; 10 % of them made up where there is a 1.
        for (at, bad) in (1..).zip([0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0]) {
            concealed += f64::from(bad) * 9_600.0;
            said.push(sound(&mut reception, &inbound(f64::from(at) * 100.0, f64::from(at) * 96_000.0, concealed)));
        }
        let changes: Vec<_> = (0..).zip(said).filter_map(|(at, said)| Some((at, said?))).collect();
        assert_eq!(changes, [(1, Flow::Well), (6, Flow::Gaps), (12, Flow::Well)]);
    }

    #[test]
    fn what_a_new_holder_of_a_section_did_not_send_is_not_missed() {
        let mut reception = Reception::default();
        for packets in [100.0, 200.0, 200.0] {
            sound(&mut reception, &inbound(packets, 0.0, 0.0));
        }
        let ben = MemberId([2; 16]);
        let news = reception.look(&inbound(200.0, 0.0, 0.0), |_| Some((ben, Track::Audio)));
        assert_eq!(news.arrivals, Some(SortedMap::new()));
    }

    #[test]
    fn a_picture_that_nobody_looks_at_is_not_missed_and_one_that_stands_still_is() {
        let mut reception = Reception::default();
        let mut look = |packets: f64, frozen: f64| {
            let inbound = Inbound { mid: "2".into(), packets, frozen, ..Inbound::default() };
            let counts = Counts { inbound: vec![inbound], ..Counts::default() };
            reception
                .look(&counts, |_| Some((ANN, Track::Camera)))
                .arrivals
                .map(|all| all.get(&ANN).expect("Ann is looked at").picture)
        };
        assert_eq!([look(9.0, 0.0), look(9.0, 0.0), look(9.0, 0.0), look(9.0, 0.0)], [None, Some(Flow::Well), None, None]);
        assert_eq!([look(19.0, 0.5), look(29.0, 1.0)], [None, Some(Flow::Gaps)]);
    }

    #[test]
    fn a_way_is_weak_by_loss_or_by_length() {
        for (lost, round_trip) in [(0.2, 0.0), (0.0, 0.8)] {
            let mut reception = Reception::default();
            let mut look =
                |lost: f64, round_trip: f64| reception.look(&Counts { lost, round_trip, ..Counts::default() }, |_| None).weak;
            assert_eq!([look(lost, round_trip), look(lost, round_trip)], [None, Some(true)]);
            assert_eq!([look(0.0, 0.1), look(0.0, 0.1), look(0.01, 0.1)], [None, None, Some(false)]);
        }
    }
}
