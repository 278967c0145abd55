//! Where a host is, from the link that people send each other.
//!
//! **Invariant:** what stands in an [`Address`] is made of letters that mean nothing in HTML, in a header or in a shell.

use hyper::Uri;

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// With TLS.
    pub(crate) secure: bool,
    /// A name, or an address without brackets.
    pub(crate) name: String,
    /// Of TCP.
    pub(crate) port: u16,
}

/// The link is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadAddress {
    /// No address at all.
    #[error("that is no link. It looks like 'https://meet.example.org/#some-room': take it whole, in quotation marks.")]
    NoLink,
    /// What a browser would not give camera and microphone.
    #[error(
        "over plain http only this machine can be reached (http://localhost:8443). The link of a meeting begins with https://"
    )]
    InTheClear,
    /// Incamera's page is at the root.
    #[error("no Incamera is there: its page is at the top of its host ('https://meet.example.org/#some-room')")]
    Path,
}

impl Address {
    /// Takes a link apart: the host's address, and what stands behind `#`, with it.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub(crate) fn of_link(link: &str) -> Result<(Self, &str), BadAddress> {
        let (place, fragment) = link.find('#').map_or((link, ""), |at| link.split_at(at));
        // A link that was typed, without what browsers leave out.
        let whole = if place.contains("://") { place.to_owned() } else { format!("https://{place}") };
        let uri: Uri = whole.parse().map_err(|_| BadAddress::NoLink)?;
        let secure = match uri.scheme_str() {
            // What a desktop hands to this program (packaging/incamera.desktop).
            Some("https" | "incamera") => true,
            Some("http") => false,
            _ => return Err(BadAddress::NoLink),
        };
        let name = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
        let plain = |letter: char| letter.is_ascii_alphanumeric() || ".-:".contains(letter);
        let user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        let control = fragment.chars().any(char::is_control);
        if name.is_empty() || !name.chars().all(plain) || user || control {
            return Err(BadAddress::NoLink);
        }
        if !matches!(uri.path(), "" | "/" | "/index.html") {
            return Err(BadAddress::Path);
        }
        let here = name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
        if !secure && !here {
            return Err(BadAddress::InTheClear);
        }
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok((Self { secure, name, port }, fragment))
    }

    /// Name and port as in a `Host` header (RFC 9110 §7.2).
    pub(crate) fn authority(&self) -> String {
        let name = if self.name.contains(':') { format!("[{}]", self.name) } else { self.name.clone() };
        let usual = if self.secure { 443 } else { 80 };
        if self.port == usual { name } else { format!("{name}:{}", self.port) }
    }

    /// The origin (RFC 6454 §6.2).
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn links_are_taken_as_people_have_them() {
        for (link, origin, fragment) in [
            ("https://meet.example.org/#grey-heron", "https://meet.example.org", "#grey-heron"),
            ("https://Meet.Example.org#a!", "https://meet.example.org", "#a!"),
            ("meet.example.org", "https://meet.example.org", ""),
            ("incamera://meet.example.org/#grey-heron!", "https://meet.example.org", "#grey-heron!"),
            ("https://meet.example.org:8443/index.html", "https://meet.example.org:8443", ""),
            ("https://[2001:db8::1]/?lang=fr#a", "https://[2001:db8::1]", "#a"),
            ("http://localhost:8443/#a", "http://localhost:8443", "#a"),
            ("http://127.0.0.1/", "http://127.0.0.1", ""),
        ] {
            let (address, found) = Address::of_link(link).unwrap();
            assert_eq!((address.origin().as_str(), found), (origin, fragment), "{link}");
        }
    }

    #[test]
    fn what_is_no_link_is_refused() {
        for (link, why) in [
            ("", BadAddress::NoLink),
            ("#room", BadAddress::NoLink),
            ("ftp://meet.example.org/", BadAddress::NoLink),
            ("https://me@meet.example.org/", BadAddress::NoLink),
            ("https://meet.example.org/#a\r\nSet-Cookie: b", BadAddress::NoLink),
            ("http://meet.example.org/#a", BadAddress::InTheClear),
            ("https://meet.example.org/jitsi/room", BadAddress::Path),
        ] {
            assert_eq!(Address::of_link(link), Err(why), "{link}");
        }
    }

    proptest! {
        #[test]
        fn nothing_in_an_address_means_anything_elsewhere(link in "\\PC*") {
            if let Ok((address, fragment)) = Address::of_link(&link) {
                prop_assert!(address.origin().chars().all(|letter| letter.is_ascii_alphanumeric() || ".-:/[]".contains(letter)));
                prop_assert!(fragment.is_empty() || fragment.starts_with('#'));
            }
        }
    }
}
