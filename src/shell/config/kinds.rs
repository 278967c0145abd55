//! What a setting can be: how each kind of value is read, and what is said to who wrote another.
//!
//! **Invariant:** a value that was read is one that the program can use; [`Setting::ALLOWED`] tells a person how to write one.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use tracing::Level;

/// How a value stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Text,
    /// An integer.
    Number,
    /// `true` or `false`.
    Switch,
    /// A list of strings; one string is a list of one.
    Texts,
}

/// A kind of value.
pub trait Setting: Sized {
    /// How it stands in the file.
    const SHAPE: Shape;
    /// What may be written, in words.
    const ALLOWED: &'static str;
    /// Reads the texts that were given, none when nothing was. `None` when they are not allowed.
    fn read(texts: &[String]) -> Option<Self>;
}

/// A kind that one text makes.
macro_rules! of_one_text {
    ($kind:ty, $shape:ident, $allowed:literal, $read:expr) => {
        impl Setting for $kind {
            const SHAPE: Shape = Shape::$shape;
            const ALLOWED: &'static str = $allowed;

            fn read(texts: &[String]) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                if let [text] = texts { read(text) } else { None }
            }
        }
    };
}

of_one_text!(SocketAddr, Text, "an IP address with its port, such as 127.0.0.1:8443 or [::]:443", |text| text.parse().ok());
of_one_text!(IpAddr, Text, "an IP address, such as 203.0.113.7 or 2001:db8::7", |text| text.parse().ok());
of_one_text!(NonZeroU32, Number, "a whole number above 0", |text| text.parse().ok());
of_one_text!(bool, Switch, "true or false", |text| text.parse().ok());
of_one_text!(PathBuf, Text, "a path", |text| (!text.is_empty()).then(|| text.into()));
of_one_text!(String, Text, "text", |text| (!text.is_empty()).then(|| text.to_owned()));
of_one_text!(Level, Text, "error, warn, info, debug or trace", |text| {
    ["error", "warn", "info", "debug", "trace"].contains(&text).then(|| text.parse().ok()).flatten()
});

/// As many as a room has seats for, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeoplePerRoom(usize);

impl PeoplePerRoom {
    /// The number.
    pub fn get(self) -> usize {
        self.0
    }
}

of_one_text!(PeoplePerRoom, Number, "a whole number from 2 to 512", |text| {
    text.parse().ok().filter(|people| (2..=512).contains(people)).map(PeoplePerRoom)
});

impl<T: Setting> Setting for Option<T> {
    const SHAPE: Shape = T::SHAPE;
    const ALLOWED: &'static str = T::ALLOWED;

    fn read(texts: &[String]) -> Option<Self> {
        if texts.is_empty() { Some(None) } else { T::read(texts).map(Some) }
    }
}

impl<T: Setting> Setting for Vec<T> {
    const SHAPE: Shape = Shape::Texts;
    const ALLOWED: &'static str = T::ALLOWED;

    fn read(texts: &[String]) -> Option<Self> {
        texts.iter().map(|text| T::read(std::slice::from_ref(text))).collect()
    }
}

/// A name in the DNS, in lower case (RFC 1123 §2.1; other letters as RFC 5890 writes them).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

impl Domain {
    /// As it is written in a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

of_one_text!(
    Domain,
    Text,
    "a domain name without port or path, such as meet.example.org (letters beyond a to z as xn--…)",
    |text| {
        let name = text.to_ascii_lowercase();
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let last_is_a_number = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        (name.len() <= 253 && name.split('.').all(label) && !last_is_a_number).then_some(Domain(name))
    }
);

/// Where plain HTTP is sent on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirect {
    /// From nowhere.
    Off,
    /// From this address.
    From(SocketAddr),
}

of_one_text!(Redirect, Text, "an IP address with its port, such as [::]:80, or off", |text| {
    if text == "off" { Some(Redirect::Off) } else { text.parse().ok().map(Redirect::From) }
});

/// An address over TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsUrl(String);

impl HttpsUrl {
    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

of_one_text!(HttpsUrl, Text, "an address that begins with https://", |text| {
    let uri: hyper::Uri = text.parse().ok()?;
    (uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| !host.is_empty())).then(|| HttpsUrl(text.to_owned()))
});

/// Who may open rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomsFor {
    /// Everybody.
    Anyone,
    /// Who has a word.
    Word,
    /// Who is known to the directory.
    Ldap,
}

of_one_text!(RoomsFor, Text, "anyone, word or ldap", |text| match text {
    "anyone" => Some(RoomsFor::Anyone),
    "word" => Some(RoomsFor::Word),
    "ldap" => Some(RoomsFor::Ldap),
    _ => None,
});

/// Where a directory is (RFC 4516, scheme, host and port only).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LdapUrl(String);

impl LdapUrl {
    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for `ldaps`.
    pub fn is_tls(&self) -> bool {
        self.0.starts_with("ldaps://")
    }

    /// True where no network is between.
    pub fn is_this_machine(&self) -> bool {
        let host = self.0.parse::<hyper::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

of_one_text!(
    LdapUrl,
    Text,
    "an address that begins with ldaps:// or ldap:// and names a host, and a port if it is not the usual",
    |text| {
        let uri: hyper::Uri = text.parse().ok()?;
        let named = uri.host().is_some_and(|host| !host.is_empty()) && matches!(uri.path(), "" | "/") && uri.query().is_none();
        let nobody = !uri.authority()?.as_str().contains('@');
        (matches!(uri.scheme_str(), Some("ldap" | "ldaps")) && named && nobody).then(|| LdapUrl(text.to_owned()))
    }
);

/// A text with a place for what somebody types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(String);

/// The place.
const PLACE: &str = "{name}";

impl Template {
    /// With `escaped` in that place.
    pub fn fill(&self, escaped: &str) -> String {
        self.0.replace(PLACE, escaped)
    }
}

of_one_text!(Template, Text, "text with {name} in the place of what people type", |text| {
    text.contains(PLACE).then(|| Template(text.to_owned()))
});

/// Who may, in a directory (RFC 4515); it may have a place for what somebody types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(String);

impl Filter {
    /// With `escaped` in that place.
    pub fn fill(&self, escaped: &str) -> String {
        self.0.replace(PLACE, escaped)
    }

    /// True when there is such a place.
    pub fn names(&self) -> bool {
        self.0.contains(PLACE)
    }
}

of_one_text!(Filter, Text, "a filter (RFC 4515) such as (uid={name}), with {name} in the place of what people type", |text| {
    let filter = Filter(text.to_owned());
    ldap3::parse_filter(filter.fill("a")).is_ok().then_some(filter)
});

/// A mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail(String);

impl Mail {
    /// As a URL.
    pub fn url(&self) -> String {
        format!("mailto:{}", self.0)
    }
}

of_one_text!(Mail, Text, "a mail address, such as admin@example.org", |text| {
    let (name, domain) = text.split_once('@')?;
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b",;:<>\"".contains(&byte));
    (plain && !name.is_empty() && !domain.is_empty() && !domain.contains('@')).then(|| Mail(text.to_owned()))
});

/// An IP address, or all that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// True for an address in it. An IPv4 address is the same when it comes mapped into IPv6.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => prefix_is_same(own.to_bits().into(), other.to_bits().into(), 32 - self.bits),
            (IpAddr::V6(own), IpAddr::V6(other)) => prefix_is_same(own.to_bits(), other.to_bits(), 128 - self.bits),
            _ => false,
        }
    }
}

fn prefix_is_same(one: u128, other: u128, rest: u32) -> bool {
    (one ^ other).checked_shr(rest).unwrap_or_default() == 0
}

of_one_text!(Network, Text, "an IP address or a network, such as 192.0.2.1, 10.0.0.0/8 or fd00::/8", |text| {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(most), |bits| bits.parse().ok().filter(|bits| *bits <= most))?;
    Some(Network { address, bits })
});

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Setting>(text: &str) -> Option<T> {
        T::read(&[text.to_owned()])
    }

    #[test]
    fn names_are_names() {
        for name in ["meet.example.org", "Meet.Example.ORG", "localhost", "a-b.xn--bcher-kva.example", "7.example"] {
            assert!(read::<Domain>(name).is_some(), "{name}");
        }
        for no in [
            "",
            ".",
            "meet..org",
            "-a.org",
            "a-.org",
            "https://a.org",
            "a.org:443",
            "a.org/",
            "bücher.example",
            "192.0.2.1",
            "a.org.",
        ] {
            assert!(read::<Domain>(no).is_none(), "{no}");
        }
        assert_eq!(read::<Domain>("Meet.Example").unwrap().as_str(), "meet.example");
    }

    #[test]
    fn a_network_holds_what_begins_like_it() {
        let holds = |network: &str, address: &str| read::<Network>(network).unwrap().contains(address.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.200.3.4") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("10.0.0.1", "::ffff:10.0.0.1") && !holds("10.0.0.1", "10.0.0.2"));
        assert!(holds("fd00::/8", "fdff::1") && !holds("fd00::/8", "fe80::1") && !holds("fd00::/8", "10.0.0.1"));
        assert!(holds("0.0.0.0/0", "192.0.2.1") && holds("::/0", "2001:db8::1"));
        for no in ["10.0.0.0/33", "10.0.0.0/x", "10.0.0/8", "::/129", ""] {
            assert!(read::<Network>(no).is_none(), "{no}");
        }
    }

    #[test]
    fn what_a_directory_is_asked_is_what_it_understands() {
        for url in ["ldap://127.0.0.1:389", "ldaps://ldap.example.org", "ldaps://ldap.example.org/", "ldap://[::1]:3389"] {
            assert!(read::<LdapUrl>(url).is_some(), "{url}");
        }
        for no in
            ["", "ldap://", "ldap.example.org", "http://a.org", "ldaps://a.org/dc=org", "ldaps://a.org?x", "ldap://me@a.org"]
        {
            assert!(read::<LdapUrl>(no).is_none(), "{no}");
        }
        let near = |url: &str| read::<LdapUrl>(url).unwrap().is_this_machine();
        assert!(near("ldap://127.0.0.1") && near("ldap://[::1]:389") && near("ldap://localhost"));
        assert!(!near("ldap://localhost.example.org") && !near("ldap://10.0.0.1"));
        assert_eq!(read::<Template>("uid={name},dc=org").unwrap().fill("a\\,b"), "uid=a\\,b,dc=org");
        assert!(read::<Template>("uid=,dc=org").is_none());
        assert!(read::<Filter>("(uid={name})").unwrap().names() && !read::<Filter>("(memberOf=cn=a)").unwrap().names());
        assert!(read::<Filter>("(uid={name}").is_none() && read::<Filter>("uid").is_none());
        assert!(read::<RoomsFor>("nobody").is_none());
    }

    #[test]
    fn the_other_kinds_refuse_what_is_another() {
        assert!(read::<HttpsUrl>("https://ca.example/dir").is_some() && read::<HttpsUrl>("http://ca.example/dir").is_none());
        assert!(read::<Mail>("a@b.example").is_some() && read::<Mail>("a b@c").is_none() && read::<Mail>("mailto:a@b").is_none());
        assert_eq!(read::<Redirect>("off"), Some(Redirect::Off));
        assert!(read::<NonZeroU32>("0").is_none() && read::<Level>("loud").is_none() && read::<bool>("yes").is_none());
        assert_eq!(Option::<bool>::read(&[]), Some(None));
        assert!(Vec::<IpAddr>::read(&["192.0.2.1".into(), "x".into()]).is_none());
    }
}
