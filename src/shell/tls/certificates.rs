//! The certificates in force.
//!
//! **Invariant:** pages are shown the current one, whatever name was asked for; a CA that asks for a challenge is shown its answer
//! and nothing else.

use super::Chain;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use x509_parser::extensions::GeneralName;

/// A certificate with its key, and how long it holds.
pub(crate) struct Held {
    pub(crate) certified: Arc<CertifiedKey>,
    /// From when, seconds of Unix time.
    pub(crate) from: i64,
    /// Until when.
    pub(crate) until: i64,
    /// For these names.
    pub(crate) names: Vec<String>,
}

/// A certificate that is none, or not this key's.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("it is no certificate (X.509)")]
    NoCertificate,
    #[error("it is not for that key")]
    OtherKey,
    #[error("{0}")]
    Key(#[from] rustls::Error),
}

impl Held {
    /// A chain and its key.
    pub(crate) fn new(chain: Chain, key: &PrivateKeyDer<'_>) -> Result<Self, Unfit> {
        let own = chain.first().ok_or(Unfit::NoCertificate)?;
        let (_, parsed) = x509_parser::parse_x509_certificate(own).map_err(|_| Unfit::NoCertificate)?;
        let (from, until) = (parsed.validity().not_before.timestamp(), parsed.validity().not_after.timestamp());
        let alternatives = parsed.subject_alternative_name().ok().flatten();
        let names = alternatives.iter().flat_map(|names| &names.value.general_names).filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_ascii_lowercase()),
            _ => None,
        });
        let names = names.collect();
        let certified = CertifiedKey::new(chain, any_supported_type(key)?);
        match certified.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
            Err(_) => return Err(Unfit::OtherKey),
        }
        Ok(Self { certified: Arc::new(certified), from, until, names })
    }

    /// When it is time for the next one: with a third of its life left, whatever that is. Ninety days leave thirty to mend what is broken.
    pub(crate) fn due(&self) -> i64 {
        self.until - (self.until - self.from) / 3
    }
}

/// What is in force.
#[derive(Default)]
pub(crate) struct Certificates {
    current: RwLock<Option<Arc<Held>>>,
    challenges: RwLock<HashMap<String, Arc<CertifiedKey>>>,
}

impl Certificates {
    pub(crate) fn current(&self) -> Option<Arc<Held>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn put(&self, held: Held) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(held));
    }

    /// What the CA shall see under a name.
    pub(super) fn put_challenge(&self, name: String, answer: Arc<CertifiedKey>) {
        self.challenges.write().unwrap_or_else(PoisonError::into_inner).insert(name, answer);
    }

    pub(super) fn clear_challenges(&self) {
        self.challenges.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn challenge(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        self.challenges.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// For browsers.
pub(super) struct ForPages(pub(super) Arc<Certificates>);

/// For CAs.
pub(super) struct ForChallenges(pub(super) Arc<Certificates>);

impl ResolvesServerCert for ForPages {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.current().map(|held| Arc::clone(&held.certified))
    }
}

impl ResolvesServerCert for ForChallenges {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.challenge(hello.server_name()?)
    }
}

// rustls asks for it; there is nothing to say that is not a key's.
impl fmt::Debug for ForPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForPages")
    }
}

impl fmt::Debug for ForChallenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForChallenges")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &str) -> (Chain, PrivateKeyDer<'static>) {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        (vec![made.cert.der().clone()], PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap())
    }

    #[test]
    fn names_and_dates_are_read_and_a_strange_key_is_refused() {
        let (chain, key) = made("Meet.Example");
        let held = Held::new(chain.clone(), &key).unwrap();
        assert_eq!(held.names, ["meet.example"]);
        assert!(held.from < held.due() && held.due() < held.until);
        assert!(matches!(Held::new(chain, &made("meet.example").1), Err(Unfit::OtherKey)));
        assert!(matches!(Held::new(vec![], &key), Err(Unfit::NoCertificate)));
        assert!(matches!(Held::new(vec![vec![0x30, 0x80].into()], &key), Err(Unfit::NoCertificate)));
    }

    #[test]
    fn renewal_is_due_with_a_third_left() {
        let (chain, key) = made("meet.example");
        let held = Held { from: 0, until: 90, ..Held::new(chain, &key).unwrap() };
        assert_eq!(held.due(), 60);
    }
}
