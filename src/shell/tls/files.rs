//! Certificates that somebody else takes care of (`--certificate`, `--certificate-key`).
//!
//! **Invariant:** what is in force fits together; files that do not (half written, of another key) change nothing and are told.

use super::certificates::{Certificates, Held, Unfit};
use crate::shell::clock;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;
use tracing::{info, warn};

/// How often the files are looked at. It is one question to the file system.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Below this the operator is reminded, days.
const FEW_DAYS: i64 = 14;

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The certificate's.
    #[error("{}: no certificate: {what}. --certificate takes a PEM file: the host's own certificate first, then those of its CA.", .path.display())]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The key's.
    #[error("{}: no key: {what}. --certificate-key takes a PEM file with the private key of --certificate.", .path.display())]
    Key {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// Two files, and how they were when they were last read.
pub(crate) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    seen: Mutex<Option<Stamps>>,
}

/// What changes when somebody writes a file or puts another in its place: time and length, of both.
type Stamps = [Option<(SystemTime, u64)>; 2];

impl Files {
    /// Reads them for the first time.
    ///
    /// # Errors
    /// [`FilesError`].
    pub(super) fn load(certificate: PathBuf, key: PathBuf, certificates: &Certificates) -> Result<Self, FilesError> {
        let files = Self { certificate, key, seen: Mutex::new(None) };
        files.has_changed();
        certificates.put(files.read()?);
        Ok(files)
    }

    /// Reads them again whenever they changed, or somebody asks for it.
    pub(super) async fn keep(&self, certificates: &Certificates, again: &Notify) {
        loop {
            let asked = tokio::time::timeout(LOOK_EVERY, again.notified()).await.is_ok();
            if !self.has_changed() && !asked {
                continue;
            }
            match self.read() {
                Ok(held) => {
                    remind(&held);
                    certificates.put(held);
                    info!("the certificate was read anew");
                }
                Err(error) => warn!("the certificate in force stays, the new one cannot be used: {error}"),
            }
        }
    }

    fn has_changed(&self) -> bool {
        let stamp = |path: &Path| {
            let about = std::fs::metadata(path).ok()?;
            Some((about.modified().ok()?, about.len()))
        };
        let now = Some([stamp(&self.certificate), stamp(&self.key)]);
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        std::mem::replace(&mut *seen, now) != now
    }

    fn read(&self) -> Result<Held, FilesError> {
        let certificate = |what: String| FilesError::Certificate { path: self.certificate.clone(), what };
        let key = |what: String| FilesError::Key { path: self.key.clone(), what };
        let chain = CertificateDer::pem_file_iter(&self.certificate).and_then(Iterator::collect);
        let chain = chain.map_err(|error| certificate(plainly(&error)))?;
        let private = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| key(plainly(&error)))?;
        Held::new(chain, &private).map_err(|unfit| match unfit {
            Unfit::NoCertificate => certificate(unfit.to_string()),
            Unfit::OtherKey => key(format!("it is not the one of {}", self.certificate.display())),
            Unfit::Key(error) => key(error.to_string()),
        })
    }
}

fn plainly(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "there is none in it".into(),
        error => error.to_string(),
    }
}

/// Somebody else renews it: all that can be done here is to say so in time.
fn remind(held: &Held) {
    let days = (held.until - clock::unix_seconds()).div_euclid(24 * 60 * 60);
    if days < 0 {
        warn!("the certificate has expired: browsers refuse it");
    } else if days < FEW_DAYS {
        warn!(days, "the certificate expires soon");
    }
}
