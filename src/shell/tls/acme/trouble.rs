//! What can go wrong with a CA, and how long to wait then.
//!
//! **Invariant:** no CA is asked in a loop: each failure waits at least as long as the one before, and as long as the CA said. What a CA
//! wrote is shortened and made of printable characters before it is logged: it tells about this host's own name, and about nobody else.

use crate::shell::https::Unreachable;
use hyper::StatusCode;
use instant_acme::{Error, Problem};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Why there is no certificate, for the operator.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// No answer, or none that is ACME.
    #[error("the CA cannot be reached: {0}.")]
    Unreachable(String),
    /// It has an outage.
    #[error("the CA has trouble of its own: {0}.")]
    Down(String),
    /// Asked too often.
    #[error("the CA limits how often it may be asked: {0}.")]
    Limited(String, Option<Duration>),
    /// It looked at the names and found somebody else, or nobody.
    #[error(
        "the CA could not verify the domain: {0}. Its DNS entry must lead to this machine, and TCP port 443 must be open to everybody."
    )]
    Unverified(String),
    /// It does not want to.
    #[error("the CA refuses: {0}.")]
    Refused(String),
    /// It forgot us.
    #[error("the CA does not know this host's account any more; a new one is made.")]
    Forgotten,
    /// It offers no way that we can go.
    #[error("the CA does not offer to verify by TLS-ALPN-01.")]
    NoWay,
    /// Its answers make no sense.
    #[error("the CA answers what is no ACME: {0}.")]
    Nonsense(String),
    /// Five minutes were not enough.
    #[error("the CA took too long.")]
    Slow,
    /// Something here.
    #[error("{0}.")]
    Machine(String),
}

impl Trouble {
    /// What a library's error means. `limit` is what the CA's last answer said.
    pub(super) fn of(error: Error, limit: &Limit) -> Self {
        match error {
            Error::Api(problem) => Self::said(&problem, limit),
            Error::Other(inner) if inner.is::<Unreachable>() => Self::Unreachable(plain(&inner.to_string())),
            Error::Timeout(_) => Self::Slow,
            // What no ACME server answers: a proxy's page, half an answer.
            other if limit.failed() => Self::Down(plain(&other.to_string())),
            other => Self::Nonsense(plain(&other.to_string())),
        }
    }

    fn said(problem: &Problem, limit: &Limit) -> Self {
        let kind = problem.r#type.as_deref().unwrap_or_default();
        let kind = kind.strip_prefix("urn:ietf:params:acme:error:").unwrap_or(kind);
        let deep = problem.subproblems.first().and_then(|sub| sub.detail.as_deref());
        let detail = plain(&format!("{} ({kind})", deep.or(problem.detail.as_deref()).unwrap_or("without a word")));
        match kind {
            "rateLimited" => Self::Limited(detail, limit.wait()),
            "accountDoesNotExist" => Self::Forgotten,
            "serverInternal" => Self::Down(detail),
            "connection" | "dns" | "tls" | "unauthorized" | "incorrectResponse" | "caa" => Self::Unverified(detail),
            _ if problem.status.is_some_and(|status| status >= 500) => Self::Down(detail),
            _ => Self::Refused(detail),
        }
    }

    /// The first wait after it and the longest. A CA counts failed validations by the hour, so those wait longer than a network does.
    fn waits(&self) -> (Duration, Duration) {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        match self {
            Self::Unreachable(_) | Self::Slow | Self::Machine(_) => (Duration::from_secs(5), minutes(15)),
            Self::Forgotten => (Duration::from_secs(1), minutes(60)),
            Self::Down(_) | Self::Nonsense(_) => (minutes(1), minutes(60)),
            Self::Unverified(_) | Self::NoWay | Self::Refused(_) => (minutes(5), minutes(6 * 60)),
            Self::Limited(_, said) => (said.unwrap_or(minutes(60)), minutes(24 * 60).max(said.unwrap_or_default())),
        }
    }
}

/// Grows with every failure.
#[derive(Debug, Default)]
pub(super) struct Patience(u32);

impl Patience {
    /// How long to wait after one more failure.
    pub(super) fn after(&mut self, trouble: &Trouble) -> Duration {
        let (first, longest) = trouble.waits();
        let wait = first.saturating_mul(1 << self.0.min(16)).min(longest);
        self.0 += 1;
        wait
    }
}

/// What the last answer of the CA said about coming back.
#[derive(Clone, Debug, Default)]
pub(super) struct Limit(Arc<Mutex<(u16, Option<Duration>)>>);

impl Limit {
    /// Notes status and `Retry-After`.
    pub(super) fn note(&self, status: StatusCode, wait: Option<Duration>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (status.as_u16(), wait);
    }

    fn wait(&self) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    fn failed(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 >= 500
    }
}

/// For a log: one line, not long, nothing that a terminal would obey.
fn plain(text: &str) -> String {
    let printable = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().take(400).map(printable).collect::<String>().trim_end_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(kind: &str, status: u16) -> Problem {
        let text = format!(r#"{{"type":"urn:ietf:params:acme:error:{kind}","detail":"Because.\u001b[31m\n","status":{status}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn each_trouble_says_who_must_act_and_waits_long_enough() {
        let limit = Limit::default();
        let of = |kind, status| Trouble::of(Error::Api(problem(kind, status)), &limit);
        assert!(matches!(of("dns", 400), Trouble::Unverified(detail) if detail == "Because. [31m  (dns)"));
        assert!(matches!(of("accountDoesNotExist", 400), Trouble::Forgotten));
        assert!(matches!(of("serverInternal", 500), Trouble::Down(_)) && matches!(of("what", 503), Trouble::Down(_)));
        assert!(matches!(of("rejectedIdentifier", 400), Trouble::Refused(_)));
        limit.note(StatusCode::TOO_MANY_REQUESTS, Some(Duration::from_secs(7200)));
        let limited = of("rateLimited", 429);
        assert_eq!(Patience::default().after(&limited), Duration::from_secs(7200), "as long as the CA said");
        let unreachable = Trouble::of(Error::Other(Box::new(Unreachable("refused".into()))), &limit);
        assert_eq!(unreachable.to_string(), "the CA cannot be reached: refused.");
        let mut patience = Patience::default();
        let waits: Vec<u64> = (0..12).map(|_| patience.after(&unreachable).as_secs()).collect();
        assert_eq!((waits[0], waits[1], waits[11]), (5, 10, 900));
        assert!(waits.is_sorted());
    }
}
