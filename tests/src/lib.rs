//! What the whole house is tested with: real browsers in front of a real host.
//!
//! Invariant: nothing here reaches into the product. A test sees what a person, a network or the owner of the host's
//! machine sees, and no product crate knows that it is under test.

pub mod audit;
pub mod browser;
pub mod crowd;
pub mod impairment;
pub mod world;
