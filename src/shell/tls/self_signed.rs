//! A certificate that nobody vouches for: browsers ask before they believe it.
//!
//! **Invariant:** it stays the same over restarts when there is a state directory, so that a browser that was told to believe it need not
//! be told again.

use super::TlsError;
use super::certificates::{Certificates, Held, Unfit};
use crate::shell::clock;
use crate::shell::config::keys::Settings;
use crate::shell::state::State;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use ring::digest::{SHA256, digest};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::Notify;
use tracing::{info, warn};

/// In the state directory.
const FILE: &str = "self-signed.pem";

/// How long it holds. Apple's browsers take no more, from nobody.
const HOLDS_DAYS: i64 = 820;

/// How often somebody looks whether it still does.
const LOOK_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// The maker of such certificates.
pub(crate) struct SelfSigned {
    names: Vec<String>,
    state: Option<State>,
}

impl SelfSigned {
    /// Takes the one that is kept, or makes one.
    ///
    /// # Errors
    /// [`TlsError`].
    pub(super) fn begin(settings: &Settings, addresses: &[IpAddr], certificates: &Certificates) -> Result<Self, TlsError> {
        let mut names: Vec<String> = settings.domain.iter().map(|name| name.as_str().to_owned()).collect();
        names.push("localhost".into());
        names.extend(addresses.iter().map(ToString::to_string));
        let state = settings.state().map(State::open).transpose()?;
        let own = Self { names, state };
        let kept = own.kept().filter(|held| clock::unix_seconds() < held.due());
        certificates.put(match kept {
            Some(held) => held,
            None => own.make()?,
        });
        tell(certificates);
        Ok(own)
    }

    /// Makes a new one when it is time.
    pub(super) async fn keep(&self, certificates: &Certificates, again: &Notify) {
        loop {
            let _ = tokio::time::timeout(LOOK_EVERY, again.notified()).await;
            if certificates.current().is_some_and(|held| clock::unix_seconds() < held.due()) {
                continue;
            }
            match self.make() {
                Ok(held) => {
                    certificates.put(held);
                    tell(certificates);
                }
                Err(error) => warn!("{error}"),
            }
        }
    }

    /// One that lacks a name of today (the machine got another address) is still the one that browsers know.
    fn kept(&self) -> Option<Held> {
        let text = self.state.as_ref()?.read(FILE)?;
        read(&text).ok()
    }

    fn make(&self) -> Result<Held, TlsError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(self.names.clone())?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Incamera, self-signed");
        let now = clock::unix_seconds();
        // A day back: clocks differ.
        let day =
            |days: i64| x509_parser::time::ASN1Time::from_timestamp(now + days * 24 * 60 * 60).map(|time| time.to_datetime());
        if let (Ok(from), Ok(until)) = (day(-1), day(HOLDS_DAYS)) {
            (params.not_before, params.not_after) = (from, until);
        }
        let text = params.self_signed(&key)?.pem() + &key.serialize_pem();
        if let Some(state) = &self.state {
            state.write(FILE, &text)?;
        }
        read(&text).map_err(|unfit| TlsError::Unusable(rustls::Error::General(unfit.to_string())))
    }
}

pub(super) fn read(text: &str) -> Result<Held, Unfit> {
    let chain = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<_, _>>().map_err(|_| Unfit::NoCertificate)?;
    Held::new(chain, &PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| Unfit::OtherKey)?)
}

/// Browsers show this number under "certificate": whoever compares it has verified the host.
fn tell(certificates: &Certificates) {
    let Some(held) = certificates.current() else { return };
    let Some(own) = held.certified.cert.first() else { return };
    let fingerprint: Vec<String> = digest(&SHA256, own).as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    info!("self-signed certificate: browsers will ask; its SHA-256 fingerprint is {}", fingerprint.join(":"));
}
