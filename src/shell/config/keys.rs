//! The settings: one table, from which come the flags, the variables, the commented file and the checks.
//!
//! **Invariant:** a setting is in [`keys!`] below and nowhere else. Whoever adds one writes its help there; flag, variable, line in the
//! file, check and [`Settings`] follow.

use super::kinds::{
    Domain, Filter, HttpsUrl, LdapUrl, Mail, Network, PeoplePerRoom, Redirect, RoomsFor, Setting, Shape, Template,
};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::LazyLock;
use tracing::Level;

/// One setting, as a person meets it.
#[derive(Debug)]
pub struct Key {
    /// In the file, and with `--` in front as flag: `public-address`.
    pub name: String,
    /// In the environment: `INCAMERA_PUBLIC_ADDRESS`.
    pub variable: String,
    /// Under which heading it stands.
    pub heading: &'static str,
    /// What it is, in lines.
    pub help: &'static str,
    /// What stands for the value in `--help`.
    pub value: &'static str,
    /// What may be written, in words.
    pub allowed: &'static str,
    /// What holds when nothing is given.
    pub default: &'static [&'static str],
    /// How it stands in the file.
    pub shape: Shape,
    /// Whether a change is taken over while the host runs (SIGHUP).
    pub live: bool,
    /// True when these texts are allowed.
    pub allows: fn(&[String]) -> bool,
}

macro_rules! live {
    (live) => {
        true
    };
    (fixed) => {
        false
    };
}

/// `field: Kind = "VALUE" [defaults] live|fixed;` under headings. `live` is taken over by a running host, `fixed` takes a restart.
macro_rules! keys {
    ($($heading:literal { $($(#[doc = $help:literal])+ $field:ident: $kind:ty = $value:literal [$($default:literal)*] $change:ident;)+ })+) => {
        /// All settings in force.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Settings {
            $($($(#[doc = $help])+ pub $field: $kind,)+)+
        }

        impl Settings {
            /// Reads them from the texts that `of` gives for each name. `Err` names the first that is not allowed.
            pub(super) fn read(of: impl Fn(&str) -> Vec<String>) -> Result<Self, &'static str> {
                let of = |field: &str| of(&field.replace('_', "-"));
                Ok(Self {
                    $($($field: <$kind as Setting>::read(&of(stringify!($field))).ok_or(stringify!($field))?,)+)+
                })
            }
        }

        /// All settings, in the order of the file.
        pub static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
            vec![$($(Key {
                name: stringify!($field).replace('_', "-"),
                variable: format!("INCAMERA_{}", stringify!($field).to_ascii_uppercase()),
                heading: $heading,
                help: concat!($($help, "\n"),+),
                value: $value,
                allowed: <$kind as Setting>::ALLOWED,
                default: &[$($default),*],
                shape: <$kind as Setting>::SHAPE,
                live: live!($change),
                allows: |texts| <$kind as Setting>::read(texts).is_some(),
            },)+)+]
        });
    };
}

keys! {
    "Where people find this host" {
        /// The name under which people reach this host, such as meet.example.org. With it alone the host fetches a certificate for the name by
        /// ACME (Let's Encrypt, whose terms of service you accept with it: https://letsencrypt.org/repository/), keeps it in the state
        /// directory, renews it, serves the page at port 443 and sends port 80 there. Several may be given; the first is the one shown.
        domain: Vec<Domain> = "NAME" [] fixed;

        /// Address and port of the page (TCP). Not set: [::]:443 for a domain with TLS, else 127.0.0.1:8443, which only this machine reaches.
        listen: Option<SocketAddr> = "ADDRESS:PORT" [] fixed;

        /// Where plain HTTP is answered with the way to HTTPS. Not set: at port 80, when the page is at port 443 of a domain.
        redirect: Option<Redirect> = "ADDRESS:PORT|off" [] fixed;

        /// Address and port for picture and sound (UDP, and TCP for networks without), e.g. 0.0.0.0:8443 or [::]:8443.
        /// Not set: every address of the machine, IPv4 and IPv6, at the port of the page.
        media: Option<SocketAddr> = "ADDRESS:PORT" [] fixed;

        /// The address under which browsers reach the media port, if this machine does not know it (behind NAT, in a cloud).
        /// Several may be given. Not set: the machine's own addresses; with a domain those of them that are public, and those that its DNS
        /// entry leads to.
        public_address: Vec<IpAddr> = "IP" [] fixed;

        /// Members whose network lets neither UDP nor media over TCP through reach the media port through a relay of this host's own (TURN), over
        /// TLS, TCP or UDP at the ports there are. It leads to this host's media port and nowhere else, and only members get credentials.
        /// --relay=false switches it off.
        relay: bool = "true|false" ["true"] fixed;
    }
    "TLS" {
        /// A file with the host's certificate and those of its CA (PEM), for who has one. Read anew when it changes and on SIGHUP;
        /// connections go on.
        certificate: Option<PathBuf> = "FILE" [] fixed;

        /// The file with its private key (PEM).
        certificate_key: Option<PathBuf> = "FILE" [] fixed;

        /// A certificate that the host makes for itself: browsers ask before they believe it. The log says its fingerprint. It is kept when there
        /// is a state directory, and is another after each start when there is none.
        self_signed: bool = "true|false" ["false"] fixed;

        /// The CA that is asked for certificates (RFC 8555).
        acme_directory: HttpsUrl = "URL" ["https://acme-v02.api.letsencrypt.org/directory"] fixed;

        /// A file (PEM) with the certificate that vouches for the CA's own server. Not set: what this machine believes.
        acme_ca: Option<PathBuf> = "FILE" [] fixed;

        /// Mail addresses that the CA may write to when something is wrong.
        acme_contact: Vec<Mail> = "MAIL" [] fixed;

        /// The directory that keeps certificates and the CA's account over restarts, and nothing about any meeting. Not set:
        /// $STATE_DIRECTORY (systemd), else /var/lib/incamera, which is made only when there is something to keep.
        state: Option<PathBuf> = "DIRECTORY" [] fixed;
    }
    "Behind a reverse proxy" {
        /// A proxy in front has the certificate, and passes on `/` and `/ws` (a WebSocket) with the `Host` header unchanged. Connections from
        /// this machine and from `proxy-address` are then believed when they say for whom they ask (X-Forwarded-For), so that the
        /// limits per address count people and not the proxy. Nothing of it is logged.
        behind_proxy: bool = "true|false" ["false"] fixed;

        /// Where the proxy is, if not on this machine.
        proxy_address: Vec<Network> = "IP|NETWORK" [] fixed;
    }
    "Who may open rooms" {
        /// Who may be the first in a room. Nobody is asked anything for entering one where somebody is. anyone: everybody. word: who has a word
        /// that you hand out. ldap: who is known to your directory, by name and password. This host learns who opens a room and never which
        /// room it is: it issues tokens blindly (RFC 9497) and sees later that one of them is good.
        rooms_for: RoomsFor = "anyone|word|ldap" ["anyone"] fixed;

        /// Rooms that one person may open in a day (UTC); who shares a word, 100 times as many together. They are given out by fours.
        rooms_per_person: NonZeroU32 = "NUMBER" ["40"] fixed;

        /// The file with words, one on each line, eight letters at least. It is read anew at each try.
        room_words: Option<PathBuf> = "FILE" [] fixed;

        /// Where the directory is: ldaps://…, or ldap://… with `ldap-starttls` or on this machine.
        ldap_url: Option<LdapUrl> = "URL" [] fixed;

        /// TLS begins within the connection (RFC 4511 §4.14).
        ldap_starttls: bool = "true|false" ["false"] fixed;

        /// A file (PEM) with the certificate that vouches for the directory. Not set: what this machine believes.
        ldap_ca: Option<PathBuf> = "FILE" [] fixed;

        /// The DN of a person, with {name} for what they type, such as uid={name},ou=people,dc=example,dc=org. They are tried as that. Not set:
        /// people are searched for with `ldap-base` and `ldap-filter`.
        ldap_person: Option<Template> = "DN" [] fixed;

        /// Below which DN people are searched for.
        ldap_base: Option<String> = "DN" [] fixed;

        /// Who of them may open rooms, with {name} for what they type, such as (&(uid={name})(memberOf=cn=rooms,ou=groups,dc=example,dc=org)).
        ldap_filter: Option<Filter> = "FILTER" [] fixed;

        /// As whom this host searches. Not set: as nobody.
        ldap_account: Option<String> = "DN" [] fixed;

        /// The file whose first line is that account's password.
        ldap_account_password: Option<PathBuf> = "FILE" [] fixed;
    }
    "The machine" {
        /// Threads that carry rooms. A room stays on one of them. Not set: one for each core of the machine.
        threads: Option<NonZeroU32> = "NUMBER" [] fixed;

        /// How much is logged, to standard error: error, warn, info, debug or trace. No line ever names a room, a person or an address.
        log: Level = "LEVEL" ["info"] fixed;
    }
    "What the operator sees" {
        /// Serves figures for Prometheus at http://ADDRESS:PORT/metrics, and whether the host is ready at /health. Not set: nowhere.
        /// Counts, bytes and times: no figure is about a room, a person or an address. `incamera status` shows them.
        metrics: Option<SocketAddr> = "ADDRESS:PORT" [] fixed;

        /// The address of `metrics` may be one that other machines can reach. What they see tells when meetings are held, and how large they
        /// are.
        metrics_from_anywhere: bool = "true|false" ["false"] fixed;
    }
    "Limits" {
        /// Connections to this host at once, in all. Each costs about 20 KB.
        connections: NonZeroU32 = "NUMBER" ["20000"] live;

        /// Connections at once from one IPv4 address or one IPv6 /56 network. A university behind one address needs two for each of its
        /// people; more lets one machine take up more of the host.
        connections_per_address: NonZeroU32 = "NUMBER" ["1000"] live;

        /// Rooms at once. Each costs about 1 KB when empty.
        rooms: NonZeroU32 = "NUMBER" ["10000"] fixed;

        /// People in all rooms together. Who comes back to a meeting is let in beyond it.
        people: NonZeroU32 = "NUMBER" ["10000"] fixed;

        /// People in one room, those who knock included.
        people_per_room: PeoplePerRoom = "NUMBER" ["512"] fixed;

        /// Joins in a minute from one IPv4 address or one IPv6 /56 network, and as many at once. A university behind one address comes back all
        /// at once when the host was started again.
        joins_per_address: NonZeroU32 = "NUMBER" ["1000"] fixed;

        /// Rooms that may be founded in an hour from one such place, and as many at once.
        rooms_per_address: NonZeroU32 = "NUMBER" ["300"] fixed;

        /// Picture and sound to all people together, Mbit/s. Above it pictures become smaller, the largest first; sound is never held back.
        /// Not set: as much as the machine sends.
        bandwidth: Option<NonZeroU32> = "MBIT" [] live;

        /// Picture and sound to one person, kbit/s. Not set: as much as the path carries.
        bandwidth_per_person: Option<NonZeroU32> = "KBIT" [] live;
    }
}
