//! Waiting for conditions.
//!
//! Invariant: a wait ends as soon as its condition holds, and a wait that fails says what it waited for and what it saw last.

use std::future::Future;
use std::time::{Duration, Instant};

/// For what needs browsers to start, encode and decode on a machine that does other things besides.
pub const LONG: Duration = Duration::from_secs(60);

/// Between two looks. Short against what people notice, long against what a look costs.
const PACE: Duration = Duration::from_millis(150);

/// Looks until `look` gives `Ok`, and gives what it gave. `Err` is what was seen instead.
///
/// # Panics
/// When the deadline passes: with `what` and with what was seen last.
pub async fn eventually<T, F>(deadline: Duration, what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    #[expect(clippy::disallowed_methods, reason = "how long a person would have waited is what is asked here")]
    let start = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) if start.elapsed() > deadline => panic!("waited {deadline:?} for: {what}; saw last: {seen}"),
            Err(_) => tokio::time::sleep(PACE).await,
        }
    }
}
