//! Real browsers, through the real user interface, in front of a real host.
//!
//! Invariant: picture and sound are checked by their content. A participant's camera shows a [code](code) that says who
//! and when, its microphone plays a [tone](material::tone_of) of its own, and the far side must read the one and hear
//! the other. Nothing waits for a fixed time: every wait is for a condition, with a deadline that says what was missing.

pub mod accessible;
pub mod border;
mod busy;
pub mod code;
mod cores;
mod devtools;
pub mod engine;
pub mod host;
mod launch;
pub mod material;
pub mod page;
pub mod participant;
pub mod phrases;
mod portal;
pub mod process;
pub mod quality;
pub mod relay;
pub mod scripts;
pub mod stage;
pub mod wait;
mod waiting;

pub use accessible::assert_accessible;
pub use engine::Engine;
pub use host::Host;
pub use participant::{Participant, Seen};
pub use phrases::Phrases;
pub use portal::NOTHING_KEPT;
pub use stage::Stage;
pub use wait::{LONG, eventually};
pub use waiting::no_complaints;
