//! The organisation's directory (LDAP, RFC 4511): name and password are tried there, by a bind.
//!
//! **Invariant:** what somebody typed becomes part of a filter (RFC 4515) or of a DN (RFC 4514) only escaped, and an empty password is never sent: a bind
//! without one succeeds for everybody (RFC 4513 §5.1.2). What is not over TLS goes to this machine only (`config/plan.rs`).

use crate::shell::config::keys::Settings;
use crate::shell::config::kinds::{Filter, LdapUrl, Template};
use crate::shell::https;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, dn_escape, ldap_escape};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tracing::warn;
use wire::permission::NotIssued;
use zeroize::Zeroizing;

/// How long the directory may take for all that it is asked about one person.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Result codes (RFC 4511 §4.1.9).
const SUCCESS: u32 = 0;
const NO_SUCH_OBJECT: u32 = 32;
const INVALID_DN: u32 = 34;
const INAPPROPRIATE_AUTHENTICATION: u32 = 48;
const INVALID_CREDENTIALS: u32 = 49;

/// Why there is no directory. The operator is at fault.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Who vouches for it is not known.
    #[error("{0}")]
    Roots(String),
    /// No TLS.
    #[error("TLS with the directory cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The account's password.
    #[error("{}: `ldap-account-password` cannot be read: {cause}", .path.display())]
    Password {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
}

/// How somebody is found.
enum Find {
    /// The name is part of the DN. Who does not match the filter may open no rooms.
    ByDn(Template, Option<Filter>),
    /// An account searches.
    BySearch { base: String, filter: Filter, account: Option<(String, Zeroizing<String>)> },
}

/// A directory.
pub(super) struct Directory {
    url: LdapUrl,
    connecting: LdapConnSettings,
    find: Find,
}

/// Why nobody is known.
enum Trouble {
    NotIssued(NotIssued),
    /// The directory, or what the operator says of it.
    Fault(String),
}

impl From<NotIssued> for Trouble {
    fn from(why: NotIssued) -> Self {
        Self::NotIssued(why)
    }
}

impl From<LdapError> for Trouble {
    /// What a directory writes about a result may hold a name: only its number is told.
    fn from(error: LdapError) -> Self {
        Self::Fault(match error {
            LdapError::LdapResult { result } => format!("it answers with result code {}", result.rc),
            LdapError::Io { source } => format!("the connection fails: {source}"),
            LdapError::Rustls { source } => format!("TLS with it fails: {source}"),
            LdapError::Timeout { .. } => "it does not answer".into(),
            _ => "the connection ended".into(),
        })
    }
}

/// Names that are told apart by case alone are counted as one.
pub(super) fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

impl Directory {
    /// As it is set. Whether it answers is not tried: it may come later.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub(super) fn new(settings: &Settings) -> Result<Self, DirectoryError> {
        let url = settings.ldap_url.clone().unwrap_or_default();
        let mut connecting = LdapConnSettings::new().set_conn_timeout(ANSWER_WITHIN).set_starttls(settings.ldap_starttls);
        if url.is_tls() || settings.ldap_starttls {
            let roots = https::roots(settings.ldap_ca.as_deref(), "--ldap-ca").map_err(DirectoryError::Roots)?;
            connecting = connecting.set_config(Arc::new(https::tls()?.with_root_certificates(roots).with_no_client_auth()));
        }
        let account = match (&settings.ldap_account, &settings.ldap_account_password) {
            (Some(account), Some(path)) => {
                let read = password(path).map_err(|cause| DirectoryError::Password { path: path.clone(), cause })?;
                Some((account.clone(), read))
            }
            _ => None,
        };
        let find = match (&settings.ldap_person, &settings.ldap_base) {
            (Some(person), _) => Find::ByDn(person.clone(), settings.ldap_filter.clone()),
            (None, base) => Find::BySearch {
                base: base.clone().unwrap_or_default(),
                filter: settings.ldap_filter.clone().unwrap_or_default(),
                account,
            },
        };
        Ok(Self { url, connecting, find })
    }

    /// Who that is, in the directory's own words, if name and password are right.
    ///
    /// # Errors
    /// [`NotIssued`].
    pub(super) async fn knows(&self, name: &str, password: &str) -> Result<String, NotIssued> {
        let name = name.trim();
        if name.is_empty() || password.is_empty() || name.contains('\0') {
            return Err(NotIssued::Wrong);
        }
        let asked = timeout(ANSWER_WITHIN, self.ask(name, password)).await;
        match asked.unwrap_or_else(|_| Err(Trouble::Fault("it does not answer".into()))) {
            Ok(person) => Ok(folded(&person)),
            Err(Trouble::NotIssued(why)) => Err(why),
            Err(Trouble::Fault(what)) => {
                warn!(%what, "the directory (ldap-url) cannot be asked");
                Err(NotIssued::DirectoryUnreachable)
            }
        }
    }

    async fn ask(&self, name: &str, password: &str) -> Result<String, Trouble> {
        let (connection, mut ldap) = LdapConnAsync::with_settings(self.connecting.clone(), self.url.as_str()).await?;
        // Its errors are those of the operations that wait for it.
        let driving = tokio::spawn(async move { drop(connection.drive().await) });
        let found = match &self.find {
            Find::ByDn(person, filter) => by_dn(&mut ldap, (person, filter.as_ref()), name, password).await,
            Find::BySearch { base, filter, account } => {
                by_search(&mut ldap, (base, filter), account.as_ref(), (name, password)).await
            }
        };
        let _ = ldap.unbind().await;
        driving.abort();
        found
    }
}

async fn by_dn(
    ldap: &mut Ldap,
    (person, filter): (&Template, Option<&Filter>),
    name: &str,
    password: &str,
) -> Result<String, Trouble> {
    let dn = person.fill(&dn_escape(name));
    bind(ldap, &dn, password).await?;
    let own = (dn.as_str(), Scope::Base);
    let Some(filter) = filter else {
        // The password was right, and that is all that is asked. Who may not read its own entry is counted as it was typed.
        let read = entries(ldap, own, "(objectClass=*)").await.unwrap_or_default();
        return Ok(read.into_iter().next().unwrap_or(dn));
    };
    let found = entries(ldap, own, &filter.fill(&ldap_escape(name))).await?;
    found.into_iter().next().ok_or_else(|| NotIssued::NotAllowed.into())
}

async fn by_search(
    ldap: &mut Ldap,
    (base, filter): (&str, &Filter),
    account: Option<&(String, Zeroizing<String>)>,
    (name, password): (&str, &str),
) -> Result<String, Trouble> {
    if let Some((account, word)) = account {
        let bound = ldap.simple_bind(account, word).await?;
        if bound.rc != SUCCESS {
            return Err(Trouble::Fault(format!("it does not take `ldap-account` with its password (result code {})", bound.rc)));
        }
    }
    let found = entries(ldap, (base, Scope::Subtree), &filter.fill(&ldap_escape(name))).await?;
    let [person] = found.as_slice() else {
        return Err(match found.len() {
            0 => NotIssued::Wrong.into(),
            _ => Trouble::Fault("`ldap-filter` finds several people for one name".into()),
        });
    };
    bind(ldap, person, password).await?;
    Ok(person.clone())
}

/// Tries a password.
async fn bind(ldap: &mut Ldap, dn: &str, password: &str) -> Result<(), Trouble> {
    match ldap.simple_bind(dn, password).await?.rc {
        SUCCESS => Ok(()),
        INVALID_CREDENTIALS | NO_SUCH_OBJECT | INVALID_DN | INAPPROPRIATE_AUTHENTICATION => Err(NotIssued::Wrong.into()),
        code => Err(Trouble::Fault(format!("it answers a bind with result code {code}"))),
    }
}

/// The DNs of what is found. No attribute is asked for (RFC 4511 §4.5.1.8).
async fn entries(ldap: &mut Ldap, (base, scope): (&str, Scope), filter: &str) -> Result<Vec<String>, Trouble> {
    let found = ldap.search(base, scope, filter, vec!["1.1"]).await?;
    match found.1.rc {
        SUCCESS => {
            let entries = found.0.into_iter().filter(|entry| !entry.is_ref() && !entry.is_intermediate());
            Ok(entries.map(|entry| SearchEntry::construct(entry).dn).collect())
        }
        NO_SUCH_OBJECT if scope == Scope::Base => Ok(Vec::new()),
        code => Err(Trouble::Fault(format!("it answers a search with result code {code}"))),
    }
}

/// The first line of a file.
fn password(path: &Path) -> std::io::Result<Zeroizing<String>> {
    let text = Zeroizing::new(std::fs::read_to_string(path)?);
    match text.lines().next().filter(|line| !line.is_empty()) {
        Some(line) => Ok(Zeroizing::new(line.to_owned())),
        None => Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "its first line is empty")),
    }
}
