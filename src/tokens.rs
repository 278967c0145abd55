//! Tokens for opening rooms, issued blindly (VOPRF of RFC 9497, ristretto255-SHA512) and redeemed once.
//!
//! **Invariant:** a token that is redeemed was issued by this process in this period or the one before, and is redeemed for the first time. What is
//! seen when tokens are issued says nothing about which of them is redeemed: blinded elements are uniform whatever they were blinded from.
//!
//! ```text
//!  person ── who one is, blinded ──▶ issue ── evaluated, proof ──▶ person      over HTTPS, for today's key
//!  nobody in particular ── nonce, output ──▶ redeem ──▶ a room                 over the WebSocket, once
//! ```
//!
//! Memory is bounded by what can be issued in two periods ([`MOST_ISSUED`]): keys, counts and spent tokens of a period go with it.
//! Like [`core`](crate::core), this reads no clock and draws nothing: the period and the entropy are handed in.

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore as _, SeedableRng as _};
use ring::hmac;
use std::collections::{HashMap, HashSet};
use voprf::{BlindedElement, Group as _, Ristretto255, VoprfServer};
use wire::permission::{Blinded, Issued, IssuerKey, NotIssued, Period, TOKENS_AT_ONCE, Token};

/// Tokens of one period, in all. Each is 32 bytes in a table once it is spent: 9 MB for both periods.
pub const MOST_ISSUED: usize = 100_000;

/// Seconds of a [`Period`].
pub const PERIOD_SECONDS: u64 = 24 * 60 * 60;

/// Who is counted for what was issued: a keyed hash of a name or a word, so that memory holds neither.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Creator([u8; 32]);

/// The issuer, and what remembers what was spent.
pub struct Tokens {
    random: ChaCha20Rng,
    creators: hmac::Key,
    today: Kept,
    before: Option<Kept>,
}

/// One period.
struct Kept {
    period: Period,
    key: VoprfServer<Ristretto255>,
    issued: usize,
    shares: HashMap<Creator, u32>,
    spent: HashSet<[u8; 32]>,
}

impl Kept {
    /// `None` once in 2^252.
    fn begin(period: Period, random: &mut ChaCha20Rng) -> Option<Self> {
        let key = VoprfServer::new(random).ok()?;
        Some(Self { period, key, issued: 0, shares: HashMap::new(), spent: HashSet::new() })
    }
}

impl Tokens {
    /// An issuer with keys of its own: what another process issued is worth nothing here, since it is not known what of it was spent.
    ///
    /// `None` once in 2^252.
    pub fn new(entropy: [u8; 32], period: Period) -> Option<Self> {
        let mut random = ChaCha20Rng::from_seed(entropy);
        let mut bytes = [0; 32];
        random.fill_bytes(&mut bytes);
        let creators = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let today = Kept::begin(period, &mut random)?;
        Some(Self { random, creators, today, before: None })
    }

    /// Goes on to this period. A clock that goes back changes nothing.
    fn turn(&mut self, period: Period) {
        if period <= self.today.period {
            return;
        }
        let Some(next) = Kept::begin(period, &mut self.random) else { return };
        let last = std::mem::replace(&mut self.today, next);
        self.before = (last.period.0.checked_add(1) == Some(period.0)).then_some(last);
    }

    /// With what is issued now.
    pub fn key(&mut self, now: Period) -> IssuerKey {
        self.turn(now);
        let point = Ristretto255::serialize_elem(self.today.key.get_public_key());
        IssuerKey { period: self.today.period, point: point.into() }
    }

    /// Who is counted for this name or word.
    pub fn creator(&self, name: &str) -> Creator {
        let mut hash = [0; 32];
        hash.copy_from_slice(hmac::sign(&self.creators, name.as_bytes()).as_ref());
        Creator(hash)
    }

    /// Evaluates what somebody blinded who was identified, `most` for one creator and period.
    ///
    /// # Errors
    /// [`NotIssued`].
    pub fn issue(
        &mut self,
        now: Period,
        (creator, most): (Creator, u32),
        (period, blinded): (Period, &[Blinded]),
    ) -> Result<Issued, NotIssued> {
        self.turn(now);
        if period != self.today.period {
            return Err(NotIssued::OtherPeriod);
        }
        let count = u32::try_from(blinded.len()).unwrap_or(u32::MAX);
        if blinded.is_empty() || blinded.len() > TOKENS_AT_ONCE {
            return Err(NotIssued::Malformed);
        }
        let elements: Result<Vec<_>, _> =
            blinded.iter().map(|element| BlindedElement::<Ristretto255>::deserialize(&element.0)).collect();
        let elements = elements.map_err(|_| NotIssued::Malformed)?;
        let had = self.today.shares.get(&creator).copied().unwrap_or_default();
        let share = had.saturating_add(count);
        if share > most || self.today.issued + blinded.len() > MOST_ISSUED {
            return Err(NotIssued::EnoughForToday);
        }
        let issued = self.today.key.batch_blind_evaluate(&mut self.random, &elements).map_err(|_| NotIssued::Malformed)?;
        self.today.shares.insert(creator, share);
        self.today.issued += blinded.len();
        let proof = issued.proof.serialize();
        let (mut first, mut second) = ([0; 32], [0; 32]);
        first.copy_from_slice(&proof[..32]);
        second.copy_from_slice(&proof[32..]);
        let evaluated = issued.messages.iter().map(|message| message.serialize().into()).collect();
        Ok(Issued { evaluated, proof: (first, second) })
    }

    /// Takes a token for a room. True once for each that was issued.
    pub fn redeem(&mut self, now: Period, token: &Token) -> bool {
        self.turn(now);
        let Some(kept) =
            [Some(&mut self.today), self.before.as_mut()].into_iter().flatten().find(|kept| kept.period == token.period)
        else {
            return false;
        };
        // Whether it was spent already is no secret.
        if kept.spent.contains(&token.nonce) {
            return false;
        }
        let Ok(output) = kept.key.evaluate(&token.nonce) else { return false };
        let claimed = [token.output.0, token.output.1].concat();
        // Constant in time: what is compared is what a forger looks for.
        let genuine = bool::from(subtle::ConstantTimeEq::ct_eq(output.as_slice(), claimed.as_slice()));
        genuine && kept.spent.insert(token.nonce)
    }
}

#[cfg(test)]
mod tests;
