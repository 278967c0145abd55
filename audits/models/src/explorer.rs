//! Explores a model whole and says what came of it.
//!
//! **Invariant:** an answer is about every reachable state, and how many those were is printed, so that a model that has shrunk to nothing
//! is seen. ("Violated" and "reachable" stop at the first trace; the count is then of the states looked at so far.)

use core::{fmt::Debug, hash::Hash};
use stateright::{Checker, Expectation, Model};
use std::collections::HashMap;
use std::io::Write;

/// What exploring every reachable state says about one property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// "Always", and no state contradicts it.
    Holds,
    /// "Always", and a trace contradicts it.
    Violated,
    /// "Sometimes", and a trace gets there.
    Reachable,
    /// "Sometimes", and nothing gets there.
    Unreachable,
}

/// What came of one model.
#[derive(Clone, Debug)]
pub struct Explored {
    /// Unique states that were looked at.
    pub states: usize,
    /// In the order of the model's properties.
    pub outcomes: Vec<(&'static str, Outcome)>,
}

impl Explored {
    /// The outcome of one property; `None` if the model has no such property.
    pub fn of(&self, property: &str) -> Option<Outcome> {
        self.outcomes.iter().find(|(name, _)| *name == property).map(|(_, outcome)| *outcome)
    }
}

/// Explores the model and prints how many states that took.
pub fn explore<M>(model: M) -> Explored
where
    M: Model + Clone + Debug + Send + Sync + 'static,
    M::State: Hash + Clone + Debug + PartialEq + Send + Sync,
    M::Action: Debug + Clone + PartialEq + Send + Sync,
{
    let checker = model.clone().checker().threads(1).spawn_bfs().join();
    let outcome = |expectation: &Expectation, found: bool| match (expectation, found) {
        (Expectation::Sometimes, true) => Outcome::Reachable,
        (Expectation::Sometimes, false) => Outcome::Unreachable,
        (_, true) => Outcome::Violated,
        (_, false) => Outcome::Holds,
    };
    let judged = |property: stateright::Property<M>| {
        (property.name, outcome(&property.expectation, checker.discovery(property.name).is_some()))
    };
    let outcomes: Vec<_> = model.properties().into_iter().map(judged).collect();
    let states = checker.unique_state_count();
    let broken = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Violated | Outcome::Unreachable)).count();
    print(&model, states, &format!("{} properties, {broken} broken", outcomes.len()));
    Explored { states, outcomes }
}

/// The outcome of one property.
pub fn outcome_of<M>(model: M, property: &str) -> Option<Outcome>
where
    M: Model + Clone + Debug + Send + Sync + 'static,
    M::State: Hash + Clone + Debug + PartialEq + Send + Sync,
    M::Action: Debug + Clone + PartialEq + Send + Sync,
{
    explore(model).of(property)
}

/// How many reachable states there are from which the `way` (some of the actions: the honest ones, say) never leads to the `goal`. None means:
/// whatever happened before, from here on the goal can be had by these actions alone.
pub fn stuck<M>(model: &M, way: impl Fn(&M::Action) -> bool, goal: impl Fn(&M::State) -> bool) -> usize
where
    M: Model + Debug,
    M::State: Hash + Eq + Clone,
    M::Action: Clone,
{
    let mut places: HashMap<M::State, usize> = HashMap::new();
    let mut states: Vec<M::State> = Vec::new();
    // For each state, from where the way leads to it.
    let mut before: Vec<Vec<usize>> = Vec::new();
    let mut meet = |state: M::State, states: &mut Vec<M::State>, before: &mut Vec<Vec<usize>>| {
        *places.entry(state).or_insert_with_key(|state| {
            states.push(state.clone());
            before.push(Vec::new());
            states.len() - 1
        })
    };
    for state in model.init_states() {
        meet(state, &mut states, &mut before);
    }
    let mut at = 0;
    while at < states.len() {
        let state = states[at].clone();
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        for action in actions {
            let Some(next) = model.next_state(&state, action.clone()).filter(|next| model.within_boundary(next)) else {
                continue;
            };
            let to = meet(next, &mut states, &mut before);
            if way(&action) {
                before[to].push(at);
            }
        }
        at += 1;
    }
    let mut leads: Vec<bool> = states.iter().map(&goal).collect();
    let mut open: Vec<usize> = (0..states.len()).filter(|&place| leads[place]).collect();
    while let Some(place) = open.pop() {
        for &from in &before[place] {
            if !leads[from] {
                leads[from] = true;
                open.push(from);
            }
        }
    }
    let lost = leads.iter().filter(|leads| !**leads).count();
    print(model, states.len(), &format!("the goal is out of reach from {lost}"));
    lost
}

/// Past the test harness, which keeps what `println!` says to itself.
fn print<M: Debug>(model: &M, states: usize, what: &str) {
    let module = core::any::type_name::<M>().trim_end_matches("::Design");
    let line = format!("{module} {model:?}: {states} unique states, {what}\n");
    // Nobody to tell if the terminal is gone.
    let _ = std::io::stdout().write_all(line.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use stateright::Property;

    /// Counts from 0, up or down, within 0..=9; at 7 there is no way down.
    #[derive(Clone, Debug)]
    struct Stairs;

    impl Model for Stairs {
        type State = u8;
        type Action = bool;

        fn init_states(&self) -> Vec<u8> {
            vec![0]
        }

        fn actions(&self, state: &u8, actions: &mut Vec<bool>) {
            actions.extend((*state < 9).then_some(true));
            actions.extend((*state > 0 && *state != 7).then_some(false));
        }

        fn next_state(&self, state: &u8, up: bool) -> Option<u8> {
            Some(if up { state + 1 } else { state - 1 })
        }

        fn properties(&self) -> Vec<Property<Self>> {
            vec![
                Property::always("below ten", |_, state| *state < 10),
                Property::always("below nine", |_, state| *state < 9),
                Property::sometimes("eight", |_, state| *state == 8),
                Property::sometimes("twelve", |_, state| *state == 12),
            ]
        }
    }

    #[test]
    fn outcomes_and_counts_are_those_of_all_states() {
        let explored = explore(Stairs);
        assert_eq!(explored.states, 10);
        let outcomes: Vec<Outcome> = explored.outcomes.iter().map(|(_, outcome)| *outcome).collect();
        assert_eq!(outcomes, [Outcome::Holds, Outcome::Violated, Outcome::Reachable, Outcome::Unreachable]);
        assert_eq!(explored.of("no such property"), None);
    }

    #[test]
    fn a_goal_out_of_reach_is_found_by_the_actions_that_count() {
        assert_eq!(stuck(&Stairs, |_| true, |state| *state == 0), 3, "from 7, 8 and 9 nothing leads down");
        assert_eq!(stuck(&Stairs, |up| *up, |state| *state == 9), 0);
        assert_eq!(stuck(&Stairs, |up| *up, |state| *state == 4), 5, "upwards alone, what is above is lost");
        assert_eq!(stuck(&Stairs, |_| false, |state| *state == 4), 9);
    }
}
