//! Whether the host can be given new people.
//!
//! **Invariant:** what is said is true at most a second ago: "ready" means that every core has answered, and however often it is asked, the cores
//! are asked once a second.

use crate::shell::clock;
use crate::shell::cores::Cores;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long an answer is good for.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// How long a core may take to answer. It takes microseconds; a core that cannot answer in this time cannot carry a meeting either.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// How the host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Everybody can come.
    Ready,
    /// It is about to end; whoever is there may stay until then.
    Draining,
    /// A core does not answer.
    Stuck,
}

impl State {
    /// One word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Draining => "draining",
            Self::Stuck => "stuck",
        }
    }
}

/// Knows how the host is.
#[derive(Clone)]
pub(crate) struct Health {
    draining: Arc<AtomicBool>,
    answered: Arc<Mutex<Option<(Instant, State)>>>,
    cores: Cores,
    within: Duration,
}

impl Health {
    /// Of a host with these cores.
    pub(crate) fn new(cores: Cores) -> Self {
        Self { draining: Arc::default(), answered: Arc::default(), cores, within: ANSWERS_WITHIN }
    }

    /// From now on it is about to end.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// How it is.
    pub(crate) async fn state(&self) -> State {
        if self.draining.load(Ordering::Relaxed) {
            return State::Draining;
        }
        // Whoever asks meanwhile waits here for the same answer.
        let mut answered = self.answered.lock().await;
        let now = clock::now();
        if let Some((at, state)) = *answered
            && now.saturating_duration_since(at) < GOOD_FOR
        {
            return state;
        }
        let all = timeout(self.within, self.cores.counts()).await;
        let state = if all.is_ok_and(|all| all.is_some()) { State::Ready } else { State::Stuck };
        *answered = Some((clock::now(), state));
        if self.draining.load(Ordering::Relaxed) { State::Draining } else { state }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_core_that_does_not_answer_is_told() {
        let health = Health { within: Duration::from_millis(20), ..Health::new(Cores::deaf()) };
        assert_eq!(health.state().await, State::Stuck);
        health.drain();
        assert_eq!(health.state().await, State::Draining, "whatever the cores do");
    }
}
