//! Who receives whose voice.
//!
//! Invariant: **a function of the roster, and of which heralds the host says are there**: of nothing that anybody says or does in the meeting.
//! And it is lazy: who comes or goes moves as few others as can be.

/// Up to so many members receive each other's voices directly: twelve streams at 40 kbit/s are less than one camera. More would spare
/// middle-sized rooms the way over heralds and cost everybody bandwidth, fewer the other way round.
#[cfg(not(feature = "few-voices"))]
pub const DIRECT_MEMBERS: usize = 13;
/// As few as browsers in a test can exceed.
#[cfg(feature = "few-voices")]
pub const DIRECT_MEMBERS: usize = 3;

/// Heralds of one group: one may fail.
const HERALDS: usize = 2;

/// Members above which there are more groups, and how many groups there are up to then.
/// More groups are more streams for everybody, fewer are larger groups for their heralds to receive.
#[cfg(not(feature = "few-voices"))]
const GROUPS: [(usize, u32); 3] = [(32, 4), (128, 8), (usize::MAX, 16)];
#[cfg(feature = "few-voices")]
const GROUPS: [(usize, u32); 1] = [(usize::MAX, 1)];

/// The voices of one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Leaves, sorted.
    members: Vec<u32>,
    /// None while everybody receives everybody.
    groups: Option<u32>,
}

/// A stream of sound that a member receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Heard {
    /// This leaf's microphone.
    Voice(u32),
    /// What this leaf passes on.
    Herald(u32),
}

/// What a herald has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// The leaves of its group, its own among them.
    pub group: Vec<u32>,
    /// The first herald of the group, if this is the second: what that one passes on is not passed on twice.
    pub yields_to: Option<u32>,
}

impl Plan {
    /// The plan for members with these leaves (MLS leaf indexes), in any order.
    pub fn of(leaves: impl IntoIterator<Item = u32>) -> Self {
        let mut members: Vec<u32> = leaves.into_iter().collect();
        members.sort_unstable();
        members.dedup();
        let crowded = members.len() > DIRECT_MEMBERS;
        let groups = GROUPS.iter().find(|(most, _)| members.len() <= *most).map(|(_, groups)| *groups).filter(|_| crowded);
        Self { members, groups }
    }

    /// Whether everybody receives everybody.
    pub fn is_direct(&self) -> bool {
        self.groups.is_none()
    }

    /// What `me` receives. `heralding`: whether a leaf's herald stream can be had; a group without any is received directly.
    pub fn hears(&self, me: u32, heralding: impl Fn(u32) -> bool) -> Vec<Heard> {
        let Some(groups) = self.groups else { return self.voices(0, 1).filter(|&leaf| leaf != me).map(Heard::Voice).collect() };
        let mut heard = Vec::new();
        for group in 0..groups {
            let heralds = || self.voices(group, groups).take(HERALDS);
            let before = heard.len();
            heard.extend(heralds().filter(|&leaf| leaf != me && heralding(leaf)).map(Heard::Herald));
            if heralds().any(|leaf| leaf == me) || heard.len() == before {
                heard.extend(self.voices(group, groups).filter(|&leaf| leaf != me).map(Heard::Voice));
            }
        }
        heard
    }

    /// What `me` has to do as a herald, if it is one.
    pub fn duty(&self, me: u32) -> Option<Duty> {
        let groups = self.groups?;
        let group = me % groups;
        let mut heralds = self.voices(group, groups).take(HERALDS);
        let first = heralds.next()?;
        let yields_to = (first != me).then_some(first);
        if yields_to.is_some() && heralds.all(|leaf| leaf != me) {
            return None;
        }
        Some(Duty { group: self.voices(group, groups).collect(), yields_to })
    }

    /// The members of a group, by leaf. Leaves are dealt out in turn: MLS fills gaps first (RFC 9420 §7.7), so groups stay about equal.
    fn voices(&self, group: u32, groups: u32) -> impl Iterator<Item = u32> {
        self.members.iter().copied().filter(move |leaf| leaf % groups == group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sorted::SortedSet;
    use proptest::prelude::*;

    fn all(plan: &Plan, me: u32) -> Vec<Heard> {
        plan.hears(me, |_| true)
    }

    #[test]
    fn small_rooms_receive_everybody_directly() {
        let plan = Plan::of(0..DIRECT_MEMBERS as u32);
        assert!(plan.is_direct() && (0..13).all(|me| plan.duty(me).is_none()));
        assert_eq!(all(&plan, 0), (1..13).map(Heard::Voice).collect::<Vec<_>>());
        assert!(!Plan::of(0..DIRECT_MEMBERS as u32 + 1).is_direct());
    }

    #[test]
    fn what_is_received_stays_bounded() {
        for (members, most, of_heralds) in [(14, 8, 12), (32, 8, 16), (100, 16, 29), (128, 16, 32), (150, 32, 42), (512, 32, 64)]
        {
            let plan = Plan::of(0..members);
            for me in 0..members {
                let bound = if plan.duty(me).is_some() { of_heralds } else { most };
                assert!(all(&plan, me).len() <= bound, "{me} of {members}: {}", all(&plan, me).len());
            }
        }
    }

    #[test]
    fn who_joins_last_moves_nobody() {
        for members in [20, 50, 100, 400] {
            let (before, after) = (Plan::of(0..members), Plan::of(0..=members));
            for me in 0..members {
                let new: Vec<Heard> = all(&after, me).into_iter().filter(|heard| !all(&before, me).contains(heard)).collect();
                assert!(new.is_empty() || before.duty(me).is_some() && new == [Heard::Voice(members)]);
            }
        }
    }

    #[test]
    fn a_group_without_heralds_is_received_directly() {
        let plan = Plan::of(0..100);
        let heard = plan.hears(50, |leaf| leaf % 8 != 3);
        let voices: Vec<Heard> = (0..100).filter(|leaf| leaf % 8 == 3).map(Heard::Voice).collect();
        assert!(voices.iter().all(|voice| heard.contains(voice)));
        assert_eq!(heard.len(), 14 + voices.len());
        assert!(plan.hears(50, |leaf| leaf != 3).contains(&Heard::Herald(11)), "one of two is enough");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        /// Whoever is in the room and whichever heralds are there: everybody has a way to everybody, over a herald that receives the speaker, or directly.
        #[test]
        fn everybody_can_hear_everybody(
            leaves in proptest::collection::btree_set(0u32..512, 1..200),
            down in proptest::collection::btree_set(0u32..512, 0..100),
        ) {
            let plan = Plan::of(leaves.iter().copied());
            let up = |leaf: u32| !down.contains(&leaf) && plan.duty(leaf).is_some();
            for &me in leaves.iter().take(3) {
                let mut reached = SortedSet::from([me]);
                for heard in plan.hears(me, up) {
                    match heard {
                        Heard::Voice(leaf) => { reached.insert(leaf); }
                        Heard::Herald(leaf) => {
                            prop_assert!(up(leaf));
                            let duty = plan.duty(leaf).expect("a herald");
                            for &other in duty.group.iter().filter(|&&other| other != leaf) {
                                prop_assert!(plan.hears(leaf, up).contains(&Heard::Voice(other)));
                            }
                            reached.extend(duty.group);
                        }
                    }
                }
                prop_assert!(reached.iter().eq(&leaves));
            }
        }
    }
}
