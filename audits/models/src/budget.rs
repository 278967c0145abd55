//! The guess budget (PROTOCOL.md §6), with two doors and one newcomer. The host has the link: it opens runs at every door, plays doorkeeper to the
//! newcomer, withholds heartbeats or brings old ones late, and has members come in again. X is a member who says what it likes about counts.
//! A room closes at five here and at ten as built; a door closes after three in both.

use stateright::{Model, Property};

/// The worst case that PROTOCOL.md states.
pub const BOUND: &str = "at most 3n + 3j guesses in all";
/// What members know of counts.
pub const ONLY_UP: &str = "no count goes down until the password changes";
/// Nobody closes the room by words.
pub const NOT_BY_ONE: &str = "the room closes only if enough have failed, X's share counted as three";
/// If everything is delivered, ten is ten.
pub const ROOM_BOUND: &str = "with heartbeats delivered at once, members answer no more guesses than the room's number";
/// The door closes at all.
pub const CLOSES: &str = "the room closes";

/// Failed proofs that close one door.
const PER_DOOR: u8 = 3;
/// And the room; ten as built, for four doors and more.
const PER_ROOM: u8 = 5;
/// Open runs at one door.
const RUNS: u8 = 3;

/// What is left out.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Mistake {
    /// Nothing.
    None,
    /// The count is looked at when somebody knocks, and not again when a proof comes.
    LookedAtWhenKnocking,
    /// Who comes in again begins at nothing.
    ResetByRejoining,
    /// A heartbeat sets the count.
    HeartbeatSets,
    /// A heartbeat may speak of others' doors.
    OthersBelieved,
    /// A member's own claim counts in full, not for three at most.
    ClaimsUncapped,
    /// A visit that nobody answers is no failed guess.
    TimeoutIsFree,
    /// The newcomer tries again by itself.
    VisitsWithoutEnd,
}

/// What the guesser has had, and what everybody counts.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct State {
    /// Guesses that were answered at each door.
    guesses: [u8; 2],
    runs: [u8; 2],
    /// `seen[i][k]`: what member i knows of door k; door 2 is X's.
    seen: [[u8; 3]; 2],
    /// Guesses at the newcomer, and what it counts.
    at_newcomer: u8,
    newcomer_counts: u8,
    went_down: bool,
    rejoins_left: u8,
    changes_left: u8,
}

impl State {
    fn total(&self, who: usize) -> u8 {
        self.seen[who].iter().sum()
    }

    fn is_closed(&self, who: usize) -> bool {
        self.seen[who][who] >= PER_DOOR || self.total(who) >= PER_ROOM
    }

    fn answered(&self) -> u8 {
        self.guesses.iter().sum()
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The host has somebody with the link knock.
    Opens(usize),
    /// A wrong proof in an open run.
    Guesses(usize),
    /// A heartbeat arrives, this or an older one.
    Beats {
        /// Whose.
        from: usize,
        /// At whom.
        to: usize,
        /// What it says.
        count: u8,
    },
    /// X speaks of a door.
    Claims {
        /// At whom.
        to: usize,
        /// Which door: 2 is its own.
        door: usize,
    },
    /// The host lets a member fall silent, and it comes in again.
    ComesInAgain(usize),
    /// A guess at the newcomer.
    GuessesAtNewcomer,
    /// A moderator sets a new password.
    NewPassword,
}

/// One design.
#[derive(Clone, Debug)]
pub struct Design {
    /// What is left out.
    pub mistake: Mistake,
    /// The host brings every heartbeat at once, and X is silent.
    pub delivered: bool,
}

impl Design {
    fn learn(&self, next: &mut State, to: usize, door: usize, count: u8) {
        let known = next.seen[to][door];
        let capped = if self.mistake == Mistake::ClaimsUncapped { count } else { count.min(PER_DOOR) };
        let new = if self.mistake == Mistake::HeartbeatSets { capped } else { capped.max(known) };
        next.went_down |= new < known;
        next.seen[to][door] = new;
    }

    fn guess(&self, next: &mut State, door: usize) {
        next.runs[door] -= 1;
        let answers = self.mistake == Mistake::LookedAtWhenKnocking || !next.is_closed(door);
        if answers {
            next.guesses[door] += 1;
            next.seen[door][door] = (next.seen[door][door] + 1).min(PER_DOOR);
        }
        if self.delivered {
            let count = next.seen[door][door];
            self.learn(next, 1 - door, door, count);
        }
    }

    fn come_in_again(&self, next: &mut State, who: usize) {
        next.rejoins_left -= 1;
        next.runs[who] = 0;
        // What the doorkeeper tells is what it knows; what one knew oneself is kept beside it.
        let told = next.seen[1 - who];
        for (door, told) in told.into_iter().enumerate() {
            let known = if self.mistake == Mistake::ResetByRejoining { 0 } else { next.seen[who][door] };
            let new = known.max(if door == who && self.mistake == Mistake::ResetByRejoining { 0 } else { told });
            next.went_down |= new < next.seen[who][door];
            next.seen[who][door] = new;
        }
    }

    fn newcomer_goes_on(&self, state: &State) -> bool {
        self.mistake == Mistake::VisitsWithoutEnd || state.newcomer_counts < PER_DOOR
    }
}

impl Model for Design {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            guesses: [0; 2],
            runs: [0; 2],
            seen: [[0; 3]; 2],
            at_newcomer: 0,
            newcomer_counts: 0,
            went_down: false,
            rejoins_left: 1,
            changes_left: 1,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for door in 0..2 {
            if state.runs[door] < RUNS && !state.is_closed(door) {
                actions.push(Action::Opens(door));
            }
            if state.runs[door] > 0 {
                actions.push(Action::Guesses(door));
            }
            if self.delivered {
                continue;
            }
            let other = 1 - door;
            actions.extend((0..=state.seen[door][door]).map(|count| Action::Beats { from: door, to: other, count }));
            actions.push(Action::Claims { to: door, door: 2 });
            if self.mistake == Mistake::OthersBelieved {
                actions.push(Action::Claims { to: door, door: other });
            }
            if state.rejoins_left > 0 {
                actions.push(Action::ComesInAgain(door));
            }
        }
        if self.newcomer_goes_on(state) {
            actions.push(Action::GuessesAtNewcomer);
        }
        if state.changes_left > 0 && state.answered() > 0 {
            actions.push(Action::NewPassword);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Opens(door) => next.runs[door] += 1,
            Action::Guesses(door) => self.guess(&mut next, door),
            Action::Beats { from, to, count } => self.learn(&mut next, to, from, count),
            Action::Claims { to, door } => self.learn(&mut next, to, door, u8::MAX / 8),
            Action::ComesInAgain(who) => self.come_in_again(&mut next, who),
            Action::GuessesAtNewcomer => {
                next.at_newcomer += 1;
                next.newcomer_counts += u8::from(self.mistake != Mistake::TimeoutIsFree);
            }
            Action::NewPassword => {
                let changes_left = state.changes_left - 1;
                next = State { rejoins_left: state.rejoins_left, changes_left, ..self.init_states().pop()? };
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always(BOUND, |_, state: &State| state.answered() <= 2 * PER_DOOR && state.at_newcomer <= PER_DOOR),
            Property::always(ONLY_UP, |_, state: &State| !state.went_down),
            Property::always(NOT_BY_ONE, |_, state: &State| {
                (0..2).all(|who| state.total(who) < PER_ROOM || state.answered() + PER_DOOR >= PER_ROOM)
            }),
            Property::sometimes(CLOSES, |_, state: &State| (0..2).all(|who| state.is_closed(who))),
        ];
        if self.delivered {
            properties.push(Property::always(ROOM_BOUND, |_, state: &State| state.answered() <= PER_ROOM));
        }
        properties
    }

    fn within_boundary(&self, state: &State) -> bool {
        state.guesses.iter().all(|guesses| *guesses <= PER_DOOR + 1) && state.at_newcomer <= PER_DOOR + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, explore};

    fn broken_by(mistake: Mistake, property: &str) -> bool {
        explore(Design { mistake, delivered: false }).of(property) == Some(Outcome::Violated)
    }

    #[test]
    fn the_worst_case_is_three_for_each_door_and_three_for_each_newcomer() {
        let explored = explore(Design { mistake: Mistake::None, delivered: false });
        for property in [BOUND, ONLY_UP, NOT_BY_ONE] {
            assert_eq!(explored.of(property), Some(Outcome::Holds), "{property}");
        }
        assert_eq!(explored.of(CLOSES), Some(Outcome::Reachable));
    }

    #[test]
    fn if_heartbeats_arrive_the_room_answers_no_more_than_its_number() {
        let explored = explore(Design { mistake: Mistake::None, delivered: true });
        assert_eq!(explored.of(ROOM_BOUND), Some(Outcome::Holds));
        let careless = explore(Design { mistake: Mistake::LookedAtWhenKnocking, delivered: true });
        assert_eq!(careless.of(ROOM_BOUND), Some(Outcome::Violated));
    }

    #[test]
    fn runs_that_are_open_when_the_door_closes_are_guesses_beyond_the_count() {
        assert!(broken_by(Mistake::LookedAtWhenKnocking, BOUND));
    }

    #[test]
    fn a_count_that_a_rejoin_resets_is_no_count() {
        assert!(broken_by(Mistake::ResetByRejoining, BOUND));
    }

    #[test]
    fn a_heartbeat_that_sets_lets_an_old_one_open_the_door_again() {
        assert!(broken_by(Mistake::HeartbeatSets, ONLY_UP));
    }

    #[test]
    fn whoever_may_speak_of_others_doors_or_for_more_than_three_closes_the_room_alone() {
        assert!(broken_by(Mistake::OthersBelieved, NOT_BY_ONE));
        assert!(broken_by(Mistake::ClaimsUncapped, NOT_BY_ONE));
    }

    #[test]
    fn a_visit_that_times_out_is_a_guess_and_none_follows_by_itself() {
        assert!(broken_by(Mistake::TimeoutIsFree, BOUND));
        assert!(broken_by(Mistake::VisitsWithoutEnd, BOUND));
    }
}
