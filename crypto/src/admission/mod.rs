//! How a newcomer proves the password to a member and is let in (PROTOCOL.md §4).
//!
//! **Invariant:** nobody is admitted who did not prove the password in a run of its own, or was let in from the [waiting room](waiting)
//! by a person's yes; and whoever proves the password learns from nobody but a member who knows it too. A run answers one guess, and every
//! guess is counted where people see it.
//!
//! ```text
//! joiner J                         host (relays, blind)                     doorkeeper M
//!   Knock   nJ, KeyPackage, HMAC ────────────────────────────────────────────▶ bad HMAC: dropped, no slot, no guess
//!   ◀──────────────────────────────────────────────── Offer  nM, Ya, ADa       one of at most 3 open runs
//!   Proof   Yb, ADb, Tag_B ──────────────────────────────────────────────────▶ Tag_B first: wrong = one failed guess
//!                                                                              Add → commit log → accepted
//!   ◀──────────────────────────────────────────── Welcome  Tag_A, AEAD(…)      or Refused, or Void
//! ```

mod budget;
mod doorkeeper;
mod joiner;
mod messages;
mod returning;
#[cfg(test)]
mod tests;
pub mod waiting;

pub use budget::{Budget, FAILURES_PER_MEMBER, FAILURES_PER_ROOM};
pub use doorkeeper::{Door, Doorkeeper, OPEN_RUNS, RUN_MILLIS, Told, Verdict};
pub use joiner::{Arrival, JoinFault, Joiner, Offered};
pub use messages::{DoorMessage, JoinSecrets, Knock, Offer, Proof, Refused, RunId, Void, Welcome};
pub use returning::{ReturnSecret, Returning};
