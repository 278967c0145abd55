//! How somebody without the password asks to be let in (PROTOCOL.md §5.1).
//!
//! **Invariant:** whoever lacks the link learns nothing and takes no place. Whoever has it comes in only by a moderator's yes, and the four
//! words on both screens are alike only when the moderator's answer and the guest's KeyPackage are those that the group then uses: each
//! side fixes its part before it sees the last of the other's, so nobody in between can search for a pair that looks alike.
//!
//! ```text
//! guest J                             host (relays, blind)                            moderator M
//!   Ask     nJ, HMAC ─────────────────────────────────────────────────────────────▶ bad HMAC: dropped, no place
//!   ◀──────────────────────────────────────────────────────────── Offer  nM, Ya    CPace on PRS_link: the link, no password
//!   Proof   Yb, Tag_B ────────────────────────────────────────────────────────────▶
//!   ◀──────────────────────────────────────────────────────────── Confirmed  Tag_A
//!   ══ from here on sealed, a key for each direction ═══════════════════════════════
//!   Commit  H(nonce ‖ KeyPackage), name ──────────────────────────────────────────▶
//!   ◀──────────────────────────────────── Answer  nonce, key, credential, group, epoch, state
//!   Reveal  nonce, KeyPackage ────────────────────────────────────────────────────▶
//!   four words                                                                      four words, name; a person decides
//!   ◀───────────────────────────────────────────── Line, Refused, or the Welcome once the log has the Add
//! ```

mod asker;
mod channel;
mod messages;
mod room;
#[cfg(test)]
mod tests;

pub use asker::{Asker, News};
pub use messages::{Ask, LINE_CHARACTERS, SealedMessage, WaitingMessage, Words};
pub use room::{Guest, Turned, WAITING, WaitingRoom};
