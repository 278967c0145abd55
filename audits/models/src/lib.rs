//! The parts of incamera/1 that are state machines rather than messages, explored state by state with stateright.
//!
//! **Invariant:** each model comes in the variants somebody would write first and in the one that is built. The first must be
//! caught, with a trace; the last must hold. A model that catches nothing proves nothing.
//!
//! The host orders, withholds and repeats as it likes in all of them; cryptography is perfect. Messages are modelled elsewhere, in
//! `proverif/` and `verifpal/` (README.md).

pub mod nonce;
pub mod pwchange;
pub mod rebase;
pub mod slot;

use core::{fmt::Debug, hash::Hash};
use stateright::{Checker, Expectation, Model};

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

/// Explores the model; the outcomes come in the order of its properties.
pub fn explore<M>(model: M) -> Vec<(&'static str, Outcome)>
where
    M: Model + Clone + Send + Sync + 'static,
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
    model.properties().into_iter().map(judged).collect()
}

/// The outcome of one property.
pub fn outcome_of<M>(model: M, property: &str) -> Option<Outcome>
where
    M: Model + Clone + Send + Sync + 'static,
    M::State: Hash + Clone + Debug + PartialEq + Send + Sync,
    M::Action: Debug + Clone + PartialEq + Send + Sync,
{
    explore(model).into_iter().find(|(name, _)| *name == property).map(|(_, outcome)| outcome)
}
