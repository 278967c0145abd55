//! SFrame keys and counters across everything that starts over (PROTOCOL.md §8): a frame worker crashes, a tab is reloaded with
//! stored state or duplicated, a transform object is made anew, the epoch moves. AES-GCM is lost when a key meets a counter twice.

use stateright::{Model, Property};

/// The property everything rests on.
pub const NO_REUSE: &str = "no (key, counter) is used twice";
/// A crash costs a moment.
pub const FLOWS_AT_ONCE: &str = "media flows again after a crash in the same epoch";
/// A crash costs an epoch at most.
pub const FLOWS_NEXT: &str = "media flows again after a crash, at the latest in the next epoch";

/// Where the counter lives, or what makes it harmless that it starts over.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Counter {
    /// In the transform object, which `replaceTrack` makes anew.
    InTransform,
    /// In the frame worker.
    InWorker,
    /// In the session, which a duplicated tab copies.
    InSession,
    /// In the worker, with 32 random bits of generation in the key's id, drawn at each start.
    WithGeneration,
    /// In the worker, and the sealing key is handed out once per epoch.
    KeyOncePerEpoch,
}

/// A frame worker. Its key is (epoch, generation).
#[derive(Clone, Debug, Hash, PartialEq, Eq, PartialOrd, Ord)]
pub struct Worker {
    epoch: u8,
    generation: u8,
    counter: u8,
    can_seal: bool,
    crashed: bool,
}

/// The workers of one leaf, and what was sealed.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct State {
    workers: Vec<Worker>,
    used: Vec<(u8, u8, u8)>,
    reused: bool,
    next_generation: u8,
    epochs_handed_out: u8,
    session_counter: u8,
    crashes_left: u8,
    remakes_left: u8,
    reloads_left: u8,
    duplicates_left: u8,
}

impl State {
    fn epoch(&self) -> u8 {
        self.workers.iter().map(|worker| worker.epoch).max().unwrap_or(0)
    }

    fn seal(&mut self, index: usize) {
        let worker = &mut self.workers[index];
        let pair = (worker.epoch, worker.generation, worker.counter);
        worker.counter += 1;
        self.session_counter = self.session_counter.max(worker.counter);
        if self.used.contains(&pair) {
            self.reused = true;
        } else {
            self.used.push(pair);
            self.used.sort_unstable();
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A frame.
    Seal(usize),
    /// `replaceTrack`, renegotiation.
    RemakeTransform(usize),
    /// The worker dies and is started again.
    WorkerCrashes(usize),
    /// The page is loaded again, with the MLS state it had stored.
    TabReloads,
    /// The browser copies the tab.
    TabDuplicated,
    /// A commit merges.
    EpochMoves,
}

/// One design.
#[derive(Clone, Debug)]
pub struct Design(pub Counter);

impl Design {
    fn start(&self, state: &mut State, epoch: u8) -> Worker {
        let mut worker = Worker { epoch, generation: 0, counter: 0, can_seal: true, crashed: false };
        match self.0 {
            Counter::WithGeneration => {
                worker.generation = state.next_generation;
                state.next_generation += 1;
            }
            Counter::KeyOncePerEpoch => {
                worker.can_seal = state.epochs_handed_out <= epoch;
                state.epochs_handed_out = epoch + 1;
            }
            Counter::InSession => worker.counter = state.session_counter,
            Counter::InTransform | Counter::InWorker => {}
        }
        worker
    }
}

impl Model for Design {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut state = State {
            workers: vec![],
            used: vec![],
            reused: false,
            next_generation: 1,
            epochs_handed_out: 0,
            session_counter: 0,
            crashes_left: 1,
            remakes_left: 1,
            reloads_left: 1,
            duplicates_left: 1,
        };
        let worker = self.start(&mut state, 0);
        state.workers.push(worker);
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (index, worker) in state.workers.iter().enumerate() {
            if worker.can_seal && worker.counter < 2 {
                actions.push(Action::Seal(index));
            }
            if state.remakes_left > 0 {
                actions.push(Action::RemakeTransform(index));
            }
            if state.crashes_left > 0 {
                actions.push(Action::WorkerCrashes(index));
            }
        }
        if state.reloads_left > 0 {
            actions.push(Action::TabReloads);
        }
        if state.duplicates_left > 0 {
            actions.push(Action::TabDuplicated);
        }
        if state.epoch() == 0 {
            actions.push(Action::EpochMoves);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        let epoch = state.epoch();
        match action {
            Action::Seal(index) => next.seal(index),
            Action::RemakeTransform(index) => {
                next.remakes_left -= 1;
                if self.0 == Counter::InTransform {
                    next.workers[index].counter = 0;
                }
            }
            Action::WorkerCrashes(index) => {
                next.crashes_left -= 1;
                let worker = self.start(&mut next, state.workers[index].epoch);
                next.workers[index] = Worker { crashed: true, ..worker };
            }
            Action::TabReloads => {
                next.reloads_left -= 1;
                next.session_counter = 0;
                let worker = self.start(&mut next, epoch);
                next.workers = vec![worker];
            }
            Action::TabDuplicated => {
                next.duplicates_left -= 1;
                let worker = self.start(&mut next, epoch);
                next.workers.push(worker);
            }
            Action::EpochMoves => {
                next.session_counter = 0;
                for index in 0..next.workers.len() {
                    let crashed = next.workers[index].crashed;
                    let worker = self.start(&mut next, 1);
                    next.workers[index] = Worker { crashed, ..worker };
                }
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NO_REUSE, |_, state: &State| !state.reused),
            Property::sometimes(FLOWS_AT_ONCE, |_, state: &State| {
                state.workers.iter().any(|worker| worker.crashed && worker.epoch == 0 && worker.counter > 0)
            }),
            Property::sometimes(FLOWS_NEXT, |_, state: &State| {
                state.workers.iter().any(|worker| worker.crashed && worker.counter > 0)
            }),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, outcome_of};

    #[test]
    fn a_counter_that_merely_lives_somewhere_meets_its_key_again() {
        for naive in [Counter::InTransform, Counter::InWorker, Counter::InSession] {
            assert_eq!(outcome_of(Design(naive), NO_REUSE), Some(Outcome::Violated), "{naive:?}");
        }
    }

    #[test]
    fn a_generation_drawn_at_each_start_holds_and_costs_nothing() {
        assert_eq!(outcome_of(Design(Counter::WithGeneration), NO_REUSE), Some(Outcome::Holds));
        assert_eq!(outcome_of(Design(Counter::WithGeneration), FLOWS_AT_ONCE), Some(Outcome::Reachable));
    }

    #[test]
    fn a_key_handed_out_once_holds_and_costs_an_epoch() {
        assert_eq!(outcome_of(Design(Counter::KeyOncePerEpoch), NO_REUSE), Some(Outcome::Holds));
        assert_eq!(outcome_of(Design(Counter::KeyOncePerEpoch), FLOWS_NEXT), Some(Outcome::Reachable));
    }
}
