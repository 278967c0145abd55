//! The clock and the entropy of the machine: the only place that asks for either.
//!
//! **Invariant:** whatever else needs them is handed them.

use ring::rand::{SecureRandom as _, SystemRandom};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The system has no random numbers to give. The machine is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random numbers")]
pub struct NoEntropy;

/// Now.
#[expect(clippy::disallowed_methods, reason = "the shell is where the clock is read")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Now, by the clock on the wall: seconds of Unix time. Certificates are dated by it.
#[expect(clippy::disallowed_methods, reason = "the shell is where the clock is read")]
pub(crate) fn unix_seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// 32 random bytes of the system.
///
/// # Errors
/// [`NoEntropy`].
pub(crate) fn entropy() -> Result<[u8; 32], NoEntropy> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoEntropy)?;
    Ok(bytes)
}
