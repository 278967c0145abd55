//! Addresses within a text.
//!
//! Invariant: what is shown is what was typed; where it leads is what the browser says, and said beside it where the two differ to the
//! eye. Nothing is fetched before somebody follows it.

use crate::ui::view::prelude::*;
use web_sys::Url;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Words(&'a str),
    Link(&'a str),
}

/// A text with its addresses as links.
pub(super) fn linked(text: &str) -> AnyView {
    let view = |piece: Piece<'_>| match piece {
        Piece::Words(words) => words.to_owned().into_any(),
        Piece::Link(typed) => link(typed).unwrap_or_else(|| typed.to_owned().into_any()),
    };
    pieces(text).into_iter().map(view).collect_view().into_any()
}

/// `None` for what the browser does not read as an address.
fn link(typed: &str) -> Option<AnyView> {
    let bare = !typed.contains("://");
    let url = Url::new(&if bare { format!("https://{typed}") } else { typed.to_owned() }).ok()?;
    if !matches!(url.protocol().as_str(), "http:" | "https:") || url.host().is_empty() {
        return None;
    }
    let host = url.hostname();
    let leads = (shown_host(typed) != host).then(|| html::span().class("link-host").child(format!(" ({host})")));
    let anchor = html::a()
        .attr("href", url.href())
        .attr("target", "_blank")
        .attr("rel", "noopener noreferrer nofollow")
        .attr("referrerpolicy", "no-referrer")
        .attr("title", host)
        .attr("dir", "ltr")
        .child(typed.to_owned());
    Some((anchor, leads).into_any())
}

/// What somebody takes for the host when they read the address: all up to the first of `/`, `?`, `#`, and no port. With a name before `@`,
/// letters of other scripts or a `\` in it, it is not the one the browser goes to.
fn shown_host(typed: &str) -> String {
    let after = typed.split_once("://").map_or(typed, |(_, rest)| rest);
    let host = after.split(['/', '?', '#']).next().unwrap_or_default();
    host.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut words = 0;
    while let Some(start) = next_start(rest, words) {
        let address = address(&rest[start..]);
        if address.is_empty() {
            words = start + rest[start..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        if start > 0 {
            found.push(Piece::Words(&rest[..start]));
        }
        found.push(Piece::Link(address));
        rest = &rest[start + address.len()..];
        words = 0;
    }
    if !rest.is_empty() {
        found.push(Piece::Words(rest));
    }
    found
}

/// Where an address may begin, from byte `from` on: not within a word.
fn next_start(text: &str, from: usize) -> Option<usize> {
    let begins = |at: &usize| {
        let before = text[..*at].chars().next_back();
        let tail = &text[*at..];
        let scheme = |scheme: &str| tail.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
        before.is_none_or(|c| !c.is_alphanumeric()) && ["https://", "http://", "www."].into_iter().any(scheme)
    };
    text.char_indices().map(|(at, _)| at).filter(|at| *at >= from).find(begins)
}

/// The address at the beginning of a text, without the punctuation of the sentence around it; empty if nothing follows the scheme.
fn address(text: &str) -> &str {
    let ends =
        |c: char| c.is_whitespace() || c.is_control() || is_mark_of_direction(c) || matches!(c, '<' | '>' | '"' | '«' | '»');
    let mut address = text.split(ends).next().unwrap_or_default();
    while let Some(last) = address.chars().next_back() {
        let closes = |open| address.matches(open).count() < address.matches(last).count();
        let goes = match last {
            ')' => closes('('),
            ']' => closes('['),
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '”' | '…' | '*' | '_' => true,
            _ => false,
        };
        if !goes {
            break;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    let begun = address.split_once("://").map_or_else(|| address.get(4..), |(_, rest)| Some(rest));
    if begun.is_some_and(|rest| rest.chars().next().is_some_and(char::is_alphanumeric)) { address } else { "" }
}

/// Characters that turn the direction of what follows, and others that nobody sees: an address does not go on behind them.
pub(super) fn is_mark_of_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(text: &str) -> Vec<&str> {
        let link = |piece| if let Piece::Link(link) = piece { Some(link) } else { None };
        pieces(text).into_iter().filter_map(link).collect()
    }

    #[test]
    fn the_pieces_are_the_text() {
        for text in [
            "",
            "no link",
            "see https://a.example/b?c=d#e, or (http://b.example/x_(y)).",
            "é https://é.example é",
            "www.",
            "https://",
        ] {
            let joined: String = pieces(text).iter().map(|(Piece::Words(part) | Piece::Link(part))| *part).collect();
            assert_eq!(joined, text);
        }
    }

    #[test]
    fn an_address_ends_where_the_sentence_goes_on() {
        assert_eq!(
            links("see https://a.example/b?c=d#e, or (http://b.example/x_(y))."),
            ["https://a.example/b?c=d#e", "http://b.example/x_(y)"]
        );
        assert_eq!(links("« https://a.example » www.b.example!"), ["https://a.example", "www.b.example"]);
        assert_eq!(links("HTTPS://A.example\nhttp://b.example"), ["HTTPS://A.example", "http://b.example"]);
    }

    #[test]
    fn nothing_else_is_an_address() {
        assert!(
            links("javascript:alert(1) data:text/html,x file:///etc/passwd xhttps://a.example https:// www. ftp://a").is_empty()
        );
        // What comes behind a mark that turns the direction of writing is not part of it.
        assert_eq!(links("https://a.example/\u{202e}gpj.exe"), ["https://a.example/"]);
    }

    #[test]
    fn what_is_taken_for_the_host_is_known() {
        assert_eq!(shown_host("https://A.example:8443/x"), "a.example");
        assert_ne!(shown_host("https://bank.example@evil.example/"), "evil.example");
        assert_ne!(shown_host("https://bank.example\\@evil.example"), "bank.example");
    }
}
