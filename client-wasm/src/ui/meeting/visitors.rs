//! Who speaks on a page that is not on screen comes to the one that is.
//!
//! Invariant: nobody moves because they speak, unless they are on another page; then they take the place of whoever on this page has been
//! silent for longest, after a while of speech, and keep it for a while. Tiles change place at most once in three seconds.
//!
//! Pure: who speaks and times come in.

use super::shown::Shown;
use crate::model::MemberId;
use crypto::sorted::SortedMap;

/// Milliseconds of speech before somebody comes.
const SPEECH: f64 = 1_500.0;

/// Milliseconds that somebody who came stays at least.
const STAYS: f64 = 10_000.0;

/// Milliseconds between two exchanges.
const REST: f64 = 3_000.0;

/// Who was heard when, and who came when.
#[derive(Clone, Debug, Default)]
pub(super) struct Visitors {
    begun: SortedMap<MemberId, f64>,
    heard: SortedMap<MemberId, f64>,
    came: SortedMap<MemberId, f64>,
    last: Option<f64>,
}

impl Visitors {
    /// Who comes, and in whose place, at `now` milliseconds, while `speakers` speak. `page` are those on screen who may give their place up.
    pub(super) fn look(&mut self, now: f64, speakers: &[MemberId], page: &[Shown], others: &[Shown]) -> Option<(Shown, Shown)> {
        self.begun.retain(|member, _| speakers.contains(member));
        for &member in speakers {
            self.begun.entry(member).or_insert(now);
            self.heard.insert(member, now);
        }
        if self.last.is_some_and(|last| now - last < REST) {
            return None;
        }
        let long = |shown: &&Shown| self.begun.get(&shown.member).is_some_and(|begun| now - begun >= SPEECH);
        let comes = others.iter().filter(|shown| !shown.screen).find(long).copied()?;
        let stays = |member| self.came.get(&member).is_some_and(|came| now - came < STAYS);
        let may_go = page.iter().filter(|shown| !shown.screen && !speakers.contains(&shown.member) && !stays(shown.member));
        let silent_since = |shown: &&Shown| self.heard.get(&shown.member).copied().unwrap_or(f64::MIN);
        // Of several who never spoke the last goes: what stands first stays where it is.
        let goes = may_go.rev().min_by(|one, other| silent_since(one).total_cmp(&silent_since(other))).copied()?;
        self.came.insert(comes.member, now);
        self.last = Some(now);
        Some((comes, goes))
    }
}

/// The order after these exchanges; whoever is not there has none.
pub(super) fn exchange(mut order: Vec<Shown>, exchanged: &[(Shown, Shown)]) -> Vec<Shown> {
    for (one, other) in exchanged {
        let at = |shown: &Shown| order.iter().position(|there| there == shown);
        if let (Some(one), Some(other)) = (at(one), at(other)) {
            order.swap(one, other);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(id: u8) -> Shown {
        Shown { member: MemberId([id; 16]), screen: false }
    }

    fn ids(order: &[Shown]) -> Vec<u8> {
        order.iter().map(|shown| shown.member.0[0]).collect()
    }

    #[test]
    fn who_speaks_elsewhere_takes_the_place_of_the_longest_silent_one() {
        let (page, others) = ([shown(1), shown(2), shown(3)], [shown(4), shown(5)]);
        let mut visitors = Visitors::default();
        // 3 and then 1 have spoken, 2 never did.
        assert_eq!(visitors.look(0.0, &[shown(3).member], &page, &others), None, "nobody moves who is on this page");
        assert_eq!(visitors.look(1_000.0, &[shown(1).member], &page, &others), None);
        assert_eq!(visitors.look(2_000.0, &[shown(4).member], &page, &others), None, "a cough");
        assert_eq!(visitors.look(3_400.0, &[shown(4).member], &page, &others), None);
        let first = visitors.look(3_500.0, &[shown(4).member], &page, &others);
        assert_eq!(first, Some((shown(4), shown(2))));
        let order = exchange([1, 2, 3, 4, 5].map(shown).to_vec(), &[first.expect("somebody came")]);
        assert_eq!(ids(&order), [1, 4, 3, 2, 5]);
    }

    #[test]
    fn who_came_stays_ten_seconds_and_places_change_once_in_three() {
        let (page, others) = ([shown(1), shown(2)], [shown(4), shown(5), shown(6)]);
        let mut visitors = Visitors::default();
        visitors.look(0.0, &[shown(4).member], &page, &others);
        assert_eq!(visitors.look(1_500.0, &[shown(4).member], &page, &others), Some((shown(4), shown(2))));
        let (page, others) = ([shown(1), shown(4)], [shown(2), shown(5), shown(6)]);
        visitors.look(2_000.0, &[shown(5).member], &page, &others);
        assert_eq!(visitors.look(4_000.0, &[shown(5).member], &page, &others), None, "three seconds are not over");
        assert_eq!(visitors.look(4_600.0, &[shown(5).member], &page, &others), Some((shown(5), shown(1))));
        let (page, others) = ([shown(5), shown(4)], [shown(2), shown(1), shown(6)]);
        visitors.look(8_000.0, &[shown(6).member], &page, &others);
        assert_eq!(visitors.look(10_000.0, &[shown(6).member], &page, &others), None, "both are still visitors");
        assert_eq!(visitors.look(11_600.0, &[shown(6).member], &page, &others), Some((shown(6), shown(4))));
    }

    #[test]
    fn speakers_and_screens_give_no_place_up_and_who_is_gone_is_skipped() {
        let screen = Shown { member: MemberId([1; 16]), screen: true };
        let mut visitors = Visitors::default();
        let speakers = [shown(2).member, shown(4).member];
        visitors.look(0.0, &speakers, &[screen, shown(2)], &[shown(4)]);
        assert_eq!(visitors.look(5_000.0, &speakers, &[screen, shown(2)], &[shown(4)]), None);
        assert_eq!(ids(&exchange(vec![shown(1), shown(2)], &[(shown(9), shown(1)), (shown(2), shown(1))])), [2, 1]);
    }
}
