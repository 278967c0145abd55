//! A password change against a join that is under way (PROTOCOL.md §3, §4, §6). X knows the old password only and works with
//! the host, which orders commits as it likes. "Clear, process, rebase" must not carry an admission over the change.

use stateright::{Model, Property};

/// The change keeps its promise.
pub const NO_LATE_ENTRY: &str = "nobody proven under the old password enters after the change";
/// And does not close the door before it.
pub const EARLY_ENTRY: &str = "a join before the change works";

/// Who looks at the generation of the password that was proved.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Checks {
    /// Nobody.
    Nobody,
    /// The doorkeeper, when it rebases.
    Committer,
    /// Every receiver of the Add, which names it.
    Receivers,
}

/// The room, its doorkeeper and X.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct State {
    pw_gen: u8,
    doorkeeper_sees: u8,
    run: Option<u8>,
    proven: Option<u8>,
    change_wanted: bool,
    x_entered_at: Option<u8>,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// X knocks.
    XOpensRun,
    /// X proves the old password.
    XProves,
    /// A moderator clicks.
    ModeratorWantsChange,
    /// Its commit wins.
    ChangeMerges,
    /// The doorkeeper processes it.
    DoorkeeperHears,
    /// The Add wins.
    AddMerges,
}

/// One design, and whether the doorkeeper's client has a bug.
#[derive(Clone, Debug)]
pub struct Design {
    /// Who checks.
    pub checks: Checks,
    /// The doorkeeper does not do what it should.
    pub careless_doorkeeper: bool,
}

impl Design {
    fn lets_in(&self, state: &State) -> bool {
        match self.checks {
            Checks::Nobody => true,
            Checks::Committer => self.careless_doorkeeper || state.proven == Some(state.doorkeeper_sees),
            Checks::Receivers => state.proven == Some(state.pw_gen),
        }
    }
}

impl Model for Design {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State { pw_gen: 0, doorkeeper_sees: 0, run: None, proven: None, change_wanted: false, x_entered_at: None }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.run.is_none() && state.doorkeeper_sees == 0 {
            actions.push(Action::XOpensRun);
        }
        if state.run.is_some() && state.proven.is_none() {
            actions.push(Action::XProves);
        }
        if !state.change_wanted {
            actions.push(Action::ModeratorWantsChange);
        } else if state.pw_gen == 0 {
            actions.push(Action::ChangeMerges);
        }
        if state.doorkeeper_sees < state.pw_gen {
            actions.push(Action::DoorkeeperHears);
        }
        // A commit merges only if it was built on the current epoch: the doorkeeper has heard of the change.
        let current = state.doorkeeper_sees == state.pw_gen;
        if state.proven.is_some() && state.x_entered_at.is_none() && current && self.lets_in(state) {
            actions.push(Action::AddMerges);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::XOpensRun => next.run = Some(state.doorkeeper_sees),
            Action::XProves => next.proven = state.run,
            Action::ModeratorWantsChange => next.change_wanted = true,
            Action::ChangeMerges => next.pw_gen = 1,
            Action::DoorkeeperHears => next.doorkeeper_sees = state.pw_gen,
            Action::AddMerges => next.x_entered_at = Some(state.pw_gen),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NO_LATE_ENTRY, |_, state: &State| state.x_entered_at != Some(1)),
            Property::sometimes(EARLY_ENTRY, |_, state: &State| state.x_entered_at == Some(0)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, outcome_of};

    fn late_entry(checks: Checks, careless_doorkeeper: bool) -> Option<Outcome> {
        outcome_of(Design { checks, careless_doorkeeper }, NO_LATE_ENTRY)
    }

    #[test]
    fn unchecked_an_admission_is_rebased_over_the_change() {
        assert_eq!(late_entry(Checks::Nobody, false), Some(Outcome::Violated));
    }

    #[test]
    fn a_check_by_the_doorkeeper_depends_on_the_doorkeeper() {
        assert_eq!(late_entry(Checks::Committer, false), Some(Outcome::Holds));
        assert_eq!(late_entry(Checks::Committer, true), Some(Outcome::Violated));
    }

    #[test]
    fn a_check_by_receivers_holds_and_lets_people_in() {
        assert_eq!(late_entry(Checks::Receivers, true), Some(Outcome::Holds));
        let built = Design { checks: Checks::Receivers, careless_doorkeeper: true };
        assert_eq!(outcome_of(built, EARLY_ENTRY), Some(Outcome::Reachable));
    }
}
