//! What the settings come to where one follows from another.
//!
//! **Invariant:** settings that contradict each other are refused, never weighed against each other.

use super::Mistake;
use super::keys::Settings;
use super::kinds::{LdapUrl, Redirect, RoomsFor};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// Where state is kept when nobody says otherwise.
const USUAL_STATE: &str = "/var/lib/incamera";

/// HTTPS.
const HTTPS: u16 = 443;

/// How the page is encrypted on its way, if this program does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Plain HTTP: for this machine alone, or for a proxy.
    None,
    /// By files that somebody takes care of.
    Files {
        /// The chain.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// By a certificate of our own.
    SelfSigned,
    /// By one that a CA gives.
    Acme,
}

impl Settings {
    /// How the page is encrypted.
    pub fn encryption(&self) -> Encryption {
        match (&self.certificate, &self.certificate_key) {
            (Some(certificate), Some(key)) => Encryption::Files { certificate: certificate.clone(), key: key.clone() },
            _ if self.self_signed => Encryption::SelfSigned,
            _ if self.behind_proxy || self.domain.is_empty() => Encryption::None,
            _ => Encryption::Acme,
        }
    }

    /// True when the page stands at the usual place of its domain.
    fn is_at_home(&self) -> bool {
        !self.domain.is_empty() && self.encryption() != Encryption::None
    }

    /// Where the page is.
    pub fn page(&self) -> SocketAddr {
        self.listen.unwrap_or(if self.is_at_home() {
            SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), HTTPS)
        } else {
            SocketAddr::new(IpAddr::from([127, 0, 0, 1]), 8443)
        })
    }

    /// From where plain HTTP is sent on to the page.
    pub fn redirected(&self) -> Option<SocketAddr> {
        match self.redirect {
            Some(Redirect::Off) => None,
            Some(Redirect::From(address)) => Some(address),
            None if self.is_at_home() && self.page().port() == HTTPS => Some(SocketAddr::new(self.page().ip(), 80)),
            None => None,
        }
    }

    /// Where state is kept, if somebody gave a place for it: the settings, or systemd.
    pub fn state(&self) -> Option<PathBuf> {
        let given = || std::env::var_os("STATE_DIRECTORY").and_then(|list| std::env::split_paths(&list).next());
        self.state.clone().or_else(given).filter(|path| !path.as_os_str().is_empty())
    }

    /// Where state is kept by those who cannot do without.
    pub fn state_or_usual(&self) -> PathBuf {
        self.state().unwrap_or_else(|| USUAL_STATE.into())
    }

    /// What contradicts itself.
    pub(super) fn contradictions(&self) -> Vec<Mistake> {
        let files = self.certificate.is_some() || self.certificate_key.is_some();
        let rules = [
            (
                self.metrics_from_anywhere && self.metrics.is_none(),
                "`metrics-from-anywhere` means nothing without an address: give `metrics`",
            ),
            (
                self.certificate.is_some() != self.certificate_key.is_some(),
                "`certificate` and `certificate-key` go together: give both",
            ),
            (files && self.self_signed, "`self-signed` and `certificate` exclude each other: give one"),
            (
                self.behind_proxy && (files || self.self_signed),
                "`behind-proxy` means that the proxy has the certificate: give no `certificate` or `self-signed` beside it",
            ),
            (!self.behind_proxy && !self.proxy_address.is_empty(), "`proxy-address` means nothing without `behind-proxy = true`"),
            (
                matches!(self.redirect, Some(Redirect::From(_))) && self.encryption() == Encryption::None,
                "`redirect` leads to HTTPS, and this page has none: give `domain`, `certificate` or `self-signed`",
            ),
        ];
        let rules = rules.into_iter().chain(self.permission_rules());
        rules.filter(|(broken, _)| *broken).map(|(_, rule)| Mistake::Together(format!("{rule}."))).collect()
    }

    /// The same about who may open rooms.
    fn permission_rules(&self) -> [(bool, &'static str); 10] {
        let (word, ldap) = (self.rooms_for == RoomsFor::Word, self.rooms_for == RoomsFor::Ldap);
        let about_ldap = self.ldap_url.is_some()
            || self.ldap_starttls
            || self.ldap_person.is_some()
            || self.ldap_filter.is_some()
            || self.ldap_ca.is_some()
            || self.ldap_base.is_some()
            || self.ldap_account.is_some()
            || self.ldap_account_password.is_some();
        let secure = |url: &LdapUrl| url.is_tls() || self.ldap_starttls || url.is_this_machine();
        [
            (
                self.rooms_for != RoomsFor::Anyone
                    && self.encryption() == Encryption::None
                    && !self.behind_proxy
                    && !self.page().ip().is_loopback(),
                "`rooms-for` has people type words or passwords, and this page would send them in the clear: give `domain`, `certificate`, \
                 `self-signed` or `behind-proxy`",
            ),
            (word && self.room_words.is_none(), "`rooms-for = \"word\"` needs words: give `room-words`"),
            (!word && self.room_words.is_some(), "`room-words` means nothing without `rooms-for = \"word\"`"),
            (ldap && self.ldap_url.is_none(), "`rooms-for = \"ldap\"` needs a directory: give `ldap-url`"),
            (!ldap && about_ldap, "settings that begin with `ldap-` mean nothing without `rooms-for = \"ldap\"`"),
            (
                self.ldap_url.as_ref().is_some_and(|url| !secure(url)),
                "`ldap-url` would send passwords in the clear: say ldaps://, or give `ldap-starttls`",
            ),
            (
                self.ldap_starttls && self.ldap_url.as_ref().is_some_and(LdapUrl::is_tls),
                "`ldap-starttls` and ldaps:// exclude each other: give one",
            ),
            (
                ldap && self.ldap_person.is_some() == (self.ldap_base.is_some() && self.ldap_filter.is_some()),
                "how people are found in the directory is not clear: give `ldap-person`, or `ldap-base` with `ldap-filter`",
            ),
            (
                self.ldap_account.is_some() != self.ldap_account_password.is_some(),
                "`ldap-account` and `ldap-account-password` go together: give both",
            ),
            (
                self.ldap_base.is_some() && self.ldap_filter.as_ref().is_some_and(|filter| !filter.names()),
                "`ldap-filter` would find the same for every name: put {name} into it",
            ),
        ]
    }
}
