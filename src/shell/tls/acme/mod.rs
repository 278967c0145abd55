//! Certificates by ACME (RFC 8555), proved by TLS-ALPN-01 (RFC 8737) on the page's own port.
//!
//! **Invariant:** a certificate that holds stays in force until there is a better one: a CA that is down, refuses or limits costs
//! log lines and patience, never the page. What was fetched is kept in the state directory, and a restart asks nobody.

mod https;
mod order;
mod trouble;

use super::certificates::{Certificates, Held};
use super::{TlsError, self_signed};
use crate::shell::clock;
use crate::shell::config::keys::Settings;
use crate::shell::config::kinds::{Domain, HttpsUrl, Mail};
use crate::shell::state::{State, StateError};
use ring::digest::{SHA256, digest};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tracing::{error, info, warn};
use trouble::{Patience, Trouble};

/// Chain and key, in the directory of the CA.
const CERTIFICATE: &str = "certificate.pem";

/// The account's name and key there.
const ACCOUNT: &str = "account.json";

/// Longest sleep: the clock of the wall is looked at this often, for machines that were suspended or set right.
const LOOK_EVERY: Duration = Duration::from_secs(60 * 60);

/// How long one whole order may take.
const ORDER_WITHIN: Duration = Duration::from_secs(5 * 60);

/// One CA and the names that it shall vouch for.
pub(crate) struct Acme {
    names: Vec<Domain>,
    directory: HttpsUrl,
    roots: Option<PathBuf>,
    contact: Vec<Mail>,
    state: State,
    certificates: Arc<Certificates>,
}

impl Acme {
    /// Takes what is kept, if it is for these names.
    ///
    /// # Errors
    /// [`TlsError::State`].
    pub(super) fn begin(settings: &Settings, certificates: Arc<Certificates>) -> Result<Self, TlsError> {
        // One place for each CA: what a test CA signed must not be shown for what a real one did.
        let ca: String = digest(&SHA256, settings.acme_directory.as_str().as_bytes()).as_ref()[..8].iter().map(hex).collect();
        let state = State::open(settings.state_or_usual())?.within("acme")?.within(&ca)?;
        let acme = Self {
            names: settings.domain.clone(),
            directory: settings.acme_directory.clone(),
            roots: settings.acme_ca.clone(),
            contact: settings.acme_contact.clone(),
            state,
            certificates,
        };
        if let Some(held) = acme.kept() {
            info!(days = days_left(&held), "the certificate that is kept is in force");
            acme.certificates.put(held);
        } else {
            info!("no certificate yet: one is asked for now, and the page waits for it");
        }
        Ok(acme)
    }

    /// Fetches and renews, without end. `again` cuts the patience short.
    pub(super) async fn keep(&self, again: &Notify) {
        let mut patience = Patience::default();
        loop {
            if let Some(rest) = self.not_due_for() {
                let _ = tokio::time::timeout(rest.min(LOOK_EVERY), again.notified()).await;
                continue;
            }
            match self.renew().await {
                Ok(held) => {
                    patience = Patience::default();
                    let days = days_left(&held);
                    self.certificates.put(held);
                    info!(days, "a new certificate is in force");
                }
                Err(trouble) => {
                    let rest = patience.after(&trouble);
                    self.complain(&trouble, rest);
                    let _ = tokio::time::timeout(rest, again.notified()).await;
                }
            }
        }
    }

    async fn renew(&self) -> Result<Held, Trouble> {
        let pem = tokio::time::timeout(ORDER_WITHIN, self.order()).await.map_err(|_| Trouble::Slow);
        self.certificates.clear_challenges();
        let pem = pem??;
        let held = self_signed::read(&pem).map_err(|unfit| Trouble::Nonsense(unfit.to_string()))?;
        if let Err(error) = self.state.write(CERTIFICATE, &pem) {
            // It is in force all the same; the next start will have to ask for another.
            error!("{error}");
        }
        Ok(held)
    }

    fn kept(&self) -> Option<Held> {
        let held = self_signed::read(&self.state.read(CERTIFICATE)?).ok()?;
        let fits = self.names.iter().all(|name| held.names.iter().any(|own| own == name.as_str()));
        (fits && clock::unix_seconds() < held.until).then_some(held)
    }

    /// `None` when it is time.
    fn not_due_for(&self) -> Option<Duration> {
        let rest = self.certificates.current()?.due() - clock::unix_seconds();
        u64::try_from(rest).ok().filter(|rest| *rest > 0).map(Duration::from_secs)
    }

    fn complain(&self, trouble: &Trouble, rest: Duration) {
        let minutes = rest.as_secs().div_ceil(60);
        let state = match self.certificates.current() {
            None => "there is no certificate yet, and the page waits for one".to_owned(),
            Some(held) if days_left(&held) < 0 => "the certificate has expired, and browsers refuse it".to_owned(),
            Some(held) => format!("the one in force holds for {} days", days_left(&held)),
        };
        warn!("no new certificate: {trouble} Next try in {minutes} min, or at once on SIGHUP; {state}.");
    }
}

fn hex(byte: &u8) -> String {
    format!("{byte:02x}")
}

fn days_left(held: &Held) -> i64 {
    (held.until - clock::unix_seconds()).div_euclid(24 * 60 * 60)
}

impl From<StateError> for Trouble {
    fn from(error: StateError) -> Self {
        Self::Machine(error.to_string())
    }
}
