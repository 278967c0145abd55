//! The parts of incamera/1 that are state machines rather than messages, explored state by state with stateright.
//!
//! **Invariant:** each model comes in the variants somebody would write first and in the one that is built. The first must be
//! caught, with a trace; the last must hold. A model that catches nothing proves nothing.
//!
//! The host orders, withholds and repeats as it likes in all of them; cryptography is perfect. Messages are modelled elsewhere, in
//! `proverif/` and `verifpal/` (README.md).

pub mod ban;
pub mod birth;
pub mod budget;
pub mod nonce;
pub mod passwords;
pub mod pwchange;
pub mod rebase;
pub mod slot;
pub mod slots;

mod explorer;

pub use explorer::{Explored, Outcome, explore, outcome_of, stuck};
