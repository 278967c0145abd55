//! Secret votes that count themselves: the Open Vote Network (Hao, Ryan, Zieliński: "Anonymous voting by two-round public discussion", IET
//! Information Security 2010) on ristretto255, with several answers.
//!
//! **Invariant:** from what is published nobody learns what a voter chose, but for what follows from the sum, unless all other voters whose ballots
//! are counted pool their secrets. A voter publishes one ballot at most, whatever the number of rounds: two would tell. Of a round in which one
//! ballot is missing nobody learns anything.
//!
//! ```text
//! keys      each voter i, each answer o:  X = x·G, and a proof that it knows x                      begin      → Keys
//! ballots   Y = Σ_{j<i} X_j − Σ_{j>i} X_j;  B = x·Y + v·G, v ∈ {0,1}, and a proof of that; where    Electorate::cast → Ballot
//!           one answer may be chosen also that the sum of its v over the answers is 0 or 1
//! count     Σ_i B = (Σ_i v)·G, because Σ_i x_i·Y_i = 0; the number is small and found by trying     Electorate::tally
//! ```
//!
//! When somebody has gone before the ballots, the others begin again with new keys in a context of their own ([`Context::of`]).
//!
//! Every proof is a Schnorr proof made non-interactive with SHA-512 over what it is of: group, vote, number of answers, voter, answer, kind, and with
//! a ballot the keys of all voters ([`Electorate`]). A proof of one place proves nothing in another.

mod electorate;
mod proof;
#[cfg(test)]
mod tests;

pub use electorate::{Ballot, Electorate, Keys, Secret, begin, read_keys};

use sha2::{Digest, Sha512};

/// Fewest voters: of two, each would know the other's choice from the sum.
pub const FEWEST: usize = 3;
/// Most voters. Everybody checks the ballots of everybody: more makes a vote slow on a phone (decision 0027 has the figures).
pub const MOST: usize = 100;
/// Most answers.
pub const MOST_ANSWERS: usize = 8;

/// Names a voter.
pub type Voter = [u8; 16];

/// What a vote is of: every proof is bound to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    bytes: Vec<u8>,
    answers: usize,
    many: bool,
}

impl Context {
    /// A vote with this random id in this group, with so many answers, several of which may be chosen or one; `None` for too many answers or none.
    pub fn new(group: &[u8], vote: &[u8; 16], answers: usize, many: bool) -> Option<Self> {
        if !(1..=MOST_ANSWERS).contains(&answers) {
            return None;
        }
        let mut bytes = b"incamera/1 secret vote".to_vec();
        bytes.extend(u64::try_from(group.len()).ok()?.to_be_bytes());
        bytes.extend(group);
        bytes.extend(vote);
        bytes.push(u8::try_from(answers).ok()?);
        bytes.push(u8::from(many));
        Some(Self { bytes, answers, many })
    }

    /// The same vote once more, among these alone, in the order of their names.
    #[must_use]
    pub fn of<'a>(&self, voters: impl IntoIterator<Item = &'a Voter>) -> Self {
        let mut again = self.clone();
        again.bytes.extend_from_slice(b"again");
        voters.into_iter().for_each(|voter| again.bytes.extend_from_slice(voter));
        again
    }

    /// Where a proof belongs.
    fn place(&self, round: Round, voter: &Voter, answer: usize) -> Sha512 {
        let answer = u8::try_from(answer).unwrap_or(u8::MAX);
        Sha512::new_with_prefix(&self.bytes).chain_update([round as u8]).chain_update(voter).chain_update([answer])
    }
}

/// Which statement a proof is of.
#[derive(Clone, Copy, Debug)]
enum Round {
    Keys = 1,
    Ballot = 2,
    Sum = 3,
}
