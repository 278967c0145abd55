//! The link of a room: `https://host/#name`, or `https://host/#name!` when it has a password.
//!
//! Invariant: everything that names a room stands behind the `#`, which browsers never send.

/// What a link says about a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The name as it stands in the link, not yet normalised.
    pub(crate) name: String,
    /// True when the room has a password: then the client refuses to join without one.
    pub(crate) password: bool,
}

/// Reads a fragment, with or without its `#`. An empty one names no room.
pub(crate) fn parse(fragment: &str) -> Option<Link> {
    let text = percent_decoded(fragment.strip_prefix('#').unwrap_or(fragment));
    let (name, password) = match text.strip_suffix('!') {
        Some(name) => (name, true),
        None => (text.as_str(), false),
    };
    let name = name.trim();
    (!name.is_empty()).then(|| Link { name: name.to_owned(), password })
}

/// Writes the fragment of a room, with its `#`. `name` is normalised, so every character of it may stand in a link.
pub(crate) fn fragment(name: &str, password: bool) -> String {
    format!("#{name}{}", if password { "!" } else { "" })
}

/// The whole link; `origin_and_path` is where this page came from, without query or fragment.
pub(crate) fn address(origin_and_path: &str, name: &str, password: bool) -> String {
    format!("{origin_and_path}{}", fragment(name, password))
}

/// Message apps and mail programs percent-encode what people paste. Bytes that make no UTF-8 are replaced.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| core::str::from_utf8(two).ok()).and_then(|two| u8::from_str_radix(two, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                decoded.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_survives_the_round_trip() {
        for password in [false, true] {
            let link = parse(&fragment("velvet-harbor-otter", password));
            assert_eq!(link, Some(Link { name: "velvet-harbor-otter".into(), password }));
        }
    }

    #[test]
    fn what_mail_programs_do_to_links_is_undone() {
        assert_eq!(parse("#caf%C3%A9-noir%21"), Some(Link { name: "café-noir".into(), password: true }));
        assert_eq!(parse("#100%"), Some(Link { name: "100%".into(), password: false }));
        assert_eq!(parse("#a%ZZb"), Some(Link { name: "a%ZZb".into(), password: false }));
    }

    #[test]
    fn nothing_names_no_room() {
        for nothing in ["", "#", "#!", "#%20", "! "] {
            assert!(parse(nothing).is_none_or(|link| !link.name.is_empty()), "{nothing:?}");
        }
        assert_eq!(parse("#"), None);
        assert_eq!(parse("#!"), None);
    }

    #[test]
    fn the_room_is_behind_the_hash() {
        assert_eq!(address("https://meet.example.org/", "velvet", true), "https://meet.example.org/#velvet!");
    }
}
