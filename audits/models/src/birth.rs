//! First arrival (PROTOCOL.md §9): the host says "the room is empty" to whom it likes, so that several found a group of the same name, and brings
//! knocks and answers to whom it likes; then it stops lying. Group ids are compared; a client's own number stands for the id of the group it founds.
//! How many failed visits a lone client makes is the budget's matter (`budget`), not this model's.

use stateright::{Model, Property};

/// Nobody who is in a group is without one afterwards.
pub const NOBODY_IN_NONE: &str = "whoever was in a group is in one";
/// People decide about groups of people.
pub const NO_MERGE: &str = "groups of two or more never merge by themselves";
/// Each would wait for the other to die.
pub const NO_CROSSING: &str = "no two admit each other, each into its own group";
/// The host can split a room at its birth.
pub const SPLITS: &str = "two groups of one name, while the host lies";

/// How many clients at most.
const CLIENTS: usize = 4;

/// What is left out.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Mistake {
    /// Nothing.
    None,
    /// Who is alone in a group waits there.
    LoneDoNotKnock,
    /// Of two lone clients each yields to the other.
    BothYield,
    /// The ids decide against a group of two as well.
    IdsAlone,
    /// Members of a group of two yield like lone ones.
    GroupsYield,
    /// Who yields leaves its group when it proves the password, not when it is in.
    LeavesFirst,
    /// Who has let somebody in goes on with its own visit elsewhere.
    VisitGoesOn,
}

/// A newcomer's side of a run, from its proof on.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub struct Visit {
    to: usize,
    group: usize,
}

/// One client.
#[derive(Clone, Copy, Debug, Default, Hash, PartialEq, Eq)]
pub struct Client {
    group: Option<usize>,
    visit: Option<Visit>,
    /// Whose proofs it holds, one bit a client: the doorkeeper's side of runs.
    proofs: u8,
}

/// Everybody, and who is on the roster of which group.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct State {
    clients: Vec<Client>,
    /// By group id: the leaves, one bit a client.
    rosters: Vec<u8>,
    lies: bool,
    merged: bool,
    lost: bool,
}

impl State {
    fn is_lone(&self, client: usize) -> bool {
        self.clients[client].group.is_some_and(|group| self.rosters[group] == 1 << client)
    }

    /// Two are on each other's rosters, and each is in its own group.
    fn crosses(&self) -> bool {
        let all = 0..self.clients.len();
        let admits = |one: usize, other: usize| {
            one != other && self.clients[one].group == Some(one) && self.holds(one, one) && self.holds(one, other)
        };
        all.clone().any(|one| all.clone().any(|other| admits(one, other) && admits(other, one)))
    }

    fn holds(&self, group: usize, client: usize) -> bool {
        self.rosters[group] & (1 << client) != 0
    }

    fn live(&self, group: usize) -> u32 {
        let is_here = |client: &usize| self.clients[*client].group == Some(group) && self.holds(group, *client);
        (0..self.clients.len()).filter(is_here).count() as u32
    }

    /// Everybody is in a group with somebody else, and no roster names anybody who is not there.
    #[must_use]
    pub fn has_no_lone(&self) -> bool {
        let settled = |(at, client): (usize, &Client)| {
            client.group.is_some_and(|group| {
                self.holds(group, at) && self.live(group) > 1 && self.live(group) == self.rosters[group].count_ones()
            })
        };
        self.clients.iter().enumerate().all(settled)
    }

    /// Everybody is in one group.
    #[must_use]
    pub fn is_one(&self) -> bool {
        self.has_no_lone() && self.clients.iter().all(|client| client.group == self.clients[0].group)
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Told that the room is empty.
    Founds {
        /// Who.
        client: usize,
        /// It is not empty.
        lied: bool,
    },
    /// The first knocks and proves the password to the second.
    Proves(usize, usize),
    /// The second's commit admits the first.
    Admits(usize, usize),
    /// Its Welcome arrives.
    Arrives(usize),
    /// Its Welcome, or any answer, does not.
    TimesOut(usize),
    /// The first has not heard the second for long, and removes its leaf.
    RemovesSilent(usize, usize),
    /// The host mends its ways.
    StopsLying,
}

impl Action {
    /// True for all but the host's lies.
    #[must_use]
    pub fn is_honest(&self) -> bool {
        !matches!(self, Self::Founds { lied: true, .. })
    }
}

/// One design, and how it begins.
#[derive(Clone, Debug)]
pub struct Design {
    /// What is left out.
    pub mistake: Mistake,
    /// How many people come, [`CLIENTS`] at most.
    pub clients: usize,
    /// The host has put each of them into a group of its own and lies no more: everything is answered.
    pub lied_before: bool,
}

impl Design {
    /// Whether a client in a group of its own gives that up for what this member offers.
    fn yields(&self, state: &State, from: usize, to: usize) -> bool {
        let (Some(own), Some(other)) = (state.clients[from].group, state.clients[to].group) else { return true };
        let to_lone = state.is_lone(to);
        match self.mistake {
            Mistake::LoneDoNotKnock => false,
            Mistake::BothYield => state.is_lone(from),
            Mistake::IdsAlone => state.is_lone(from) && other < own,
            Mistake::GroupsYield => other < own || (state.is_lone(from) && !to_lone),
            Mistake::None | Mistake::LeavesFirst | Mistake::VisitGoesOn => state.is_lone(from) && (!to_lone || other < own),
        }
    }

    fn may_prove(&self, state: &State, from: usize, to: usize) -> bool {
        let (visitor, member) = (state.clients[from], state.clients[to]);
        let at_home = member.group.is_some_and(|group| state.holds(group, to) && !state.holds(group, from));
        from != to && visitor.visit.is_none() && at_home && visitor.group != member.group && self.yields(state, from, to)
    }

    fn may_admit(state: &State, from: usize, by: usize) -> bool {
        let member = state.clients[by];
        member.proofs & (1 << from) != 0 && member.group.is_some_and(|group| state.holds(group, by))
    }

    /// A Welcome that its newcomer still waits for.
    fn may_arrive(state: &State, at: usize) -> bool {
        let client = state.clients[at];
        client.visit.is_some_and(|visit| state.holds(visit.group, at))
    }

    fn may_remove(state: &State, by: usize, silent: usize) -> bool {
        let Some(group) = state.clients[by].group else { return false };
        let gone = state.holds(group, silent) && state.clients[silent].group != Some(group) && !Self::may_arrive(state, silent);
        let needed = (state.rosters[group].count_ones() - 1) / 2 + 1;
        by != silent && state.holds(group, by) && gone && (state.live(group) >= needed || state.live(group) == 1)
    }

    fn leave(next: &mut State, client: usize) {
        next.clients[client].proofs = 0;
        if let Some(old) = next.clients[client].group.take() {
            next.merged |= next.live(old) > 0;
            if next.rosters[old] == 1 << client {
                next.rosters[old] = 0;
            }
        }
    }
}

impl Model for Design {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let count = self.clients.min(CLIENTS);
        let client = |own: usize| Client { group: self.lied_before.then_some(own), ..Client::default() };
        let rosters = (0..count).map(|own| u8::from(self.lied_before) << own).collect();
        let clients = (0..count).map(client).collect();
        vec![State { clients, rosters, lies: !self.lied_before, merged: false, lost: false }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let all = 0..state.clients.len();
        let is_empty = state.clients.iter().all(|client| client.group.is_none());
        for (at, client) in state.clients.iter().enumerate() {
            if client.group.is_none() && client.visit.is_none() && state.rosters[at] == 0 && (state.lies || is_empty) {
                actions.push(Action::Founds { client: at, lied: !is_empty });
            }
            let unanswered =
                |visit: Visit| !self.lied_before || !Self::may_admit(state, at, visit.to) && !Self::may_arrive(state, at);
            actions.extend(client.visit.is_some_and(unanswered).then_some(Action::TimesOut(at)));
            actions.extend(Self::may_arrive(state, at).then_some(Action::Arrives(at)));
            actions.extend(all.clone().filter(|to| self.may_prove(state, at, *to)).map(|to| Action::Proves(at, to)));
            actions.extend(all.clone().filter(|by| Self::may_admit(state, at, *by)).map(|by| Action::Admits(at, by)));
            actions.extend(
                all.clone().filter(|gone| Self::may_remove(state, at, *gone)).map(|gone| Action::RemovesSilent(at, gone)),
            );
        }
        if state.lies {
            actions.push(Action::StopsLying);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Founds { client, .. } => {
                next.clients[client].group = Some(client);
                next.rosters[client] = 1 << client;
            }
            Action::Proves(from, to) => {
                let group = state.clients[to].group?;
                next.clients[from].visit = Some(Visit { to, group });
                next.clients[to].proofs |= 1 << from;
                if self.mistake == Mistake::LeavesFirst && state.clients[from].group.is_some() {
                    Self::leave(&mut next, from);
                    next.lost = true;
                }
            }
            Action::Admits(from, by) => {
                next.rosters[state.clients[by].group?] |= 1 << from;
                next.clients[by].proofs &= !(1 << from);
                if self.mistake != Mistake::VisitGoesOn {
                    next.clients[by].visit = None;
                }
            }
            Action::Arrives(at) => {
                let visit = next.clients[at].visit.take()?;
                Self::leave(&mut next, at);
                next.clients[at] = Client { group: Some(visit.group), ..Client::default() };
            }
            Action::TimesOut(at) => {
                let visit = next.clients[at].visit.take()?;
                next.clients[visit.to].proofs &= !(1 << at);
            }
            Action::RemovesSilent(by, silent) => {
                let group = state.clients[by].group?;
                // Too many at once to be removed: the last one goes on by itself.
                let alone = state.live(group) == 1;
                next.rosters[group] = if alone { 1 << by } else { next.rosters[group] & !(1 << silent) };
            }
            Action::StopsLying => next.lies = false,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NOBODY_IN_NONE, |_, state: &State| !state.lost),
            Property::always(NO_MERGE, |_, state: &State| !state.merged),
            Property::always(NO_CROSSING, |design, state: &State| design.clients > 2 || !state.crosses()),
            Property::sometimes(SPLITS, |_, state: &State| {
                (0..state.clients.len()).filter(|group| state.live(*group) > 0).count() > 1
            }),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, explore, stuck};

    fn design(mistake: Mistake, clients: usize) -> Design {
        Design { mistake, clients, lied_before: false }
    }

    /// States from which, once the host stops lying, not all come together.
    fn apart(mistake: Mistake) -> usize {
        stuck(&design(mistake, 3), Action::is_honest, State::is_one)
    }

    #[test]
    fn nobody_is_lost_and_no_two_groups_of_people_merge_by_themselves() {
        let explored = explore(design(Mistake::None, 3));
        assert_eq!(explored.of(NOBODY_IN_NONE), Some(Outcome::Holds));
        assert_eq!(explored.of(NO_MERGE), Some(Outcome::Holds));
        assert_eq!(explored.of(SPLITS), Some(Outcome::Reachable), "a lie does split");
    }

    #[test]
    fn when_the_host_stops_lying_three_whom_it_kept_apart_are_one_group() {
        assert_eq!(apart(Mistake::None), 0);
    }

    #[test]
    fn of_four_nobody_stays_alone_but_two_pairs_stay_two_groups() {
        let four = Design { lied_before: true, ..design(Mistake::None, 4) };
        assert_eq!(stuck(&four, Action::is_honest, State::has_no_lone), 0);
        assert!(stuck(&four, Action::is_honest, State::is_one) > 0, "then a human decides");
    }

    #[test]
    fn who_waits_alone_is_never_found() {
        assert!(apart(Mistake::LoneDoNotKnock) > 0);
    }

    #[test]
    fn ids_that_decide_against_a_group_of_two_leave_somebody_alone() {
        assert!(apart(Mistake::IdsAlone) > 0);
    }

    #[test]
    fn of_two_who_are_alone_one_yields_or_each_lets_the_other_in_and_waits() {
        assert_eq!(explore(design(Mistake::None, 2)).of(NO_CROSSING), Some(Outcome::Holds));
        assert_eq!(explore(design(Mistake::BothYield, 2)).of(NO_CROSSING), Some(Outcome::Violated));
    }

    #[test]
    fn groups_that_yield_merge_by_themselves() {
        assert_eq!(explore(design(Mistake::GroupsYield, 3)).of(NO_MERGE), Some(Outcome::Violated));
    }

    #[test]
    fn who_lets_somebody_in_and_goes_on_elsewhere_deserts_them() {
        assert_eq!(explore(design(Mistake::VisitGoesOn, 3)).of(NO_MERGE), Some(Outcome::Violated));
    }

    #[test]
    fn who_leaves_before_it_is_in_ends_in_no_group() {
        assert_eq!(explore(design(Mistake::LeavesFirst, 3)).of(NOBODY_IN_NONE), Some(Outcome::Violated));
    }
}
