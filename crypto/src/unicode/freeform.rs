//! The characters that a password may hold: FreeformClass of PRECIS (RFC 8264 §4.3), with the rules for characters that need
//! company (RFC 5892, appendix A).
//!
//! Invariant: **what this allows is what `precis-profiles` allows**, string by string; whatever else is refused.
//!
//! Each code point has a byte of [properties](property), which the build script asks of that crate.

use super::steps::Steps;
use std::sync::LazyLock;

/// One bit each. The build script, which shares this, asks for them.
#[path = "property.rs"]
pub(crate) mod property;

/// Whether a text has no character that is not allowed where it stands.
pub(crate) fn allows(text: &[char]) -> bool {
    text.iter().enumerate().all(|(at, &c)| {
        let before = || at.checked_sub(1).and_then(|at| text.get(at)).copied();
        let after = || text.get(at + 1).copied();
        match c {
            // In Catalan.
            '\u{b7}' => before() == Some('l') && after() == Some('l'),
            '\u{200c}' => before().is_some_and(|c| has(c, property::VIRAMA)) || parts_joined(text, at),
            '\u{200d}' => before().is_some_and(|c| has(c, property::VIRAMA)),
            '\u{375}' => after().is_some_and(|c| has(c, property::GREEK)),
            '\u{5f3}' | '\u{5f4}' => before().is_some_and(|c| has(c, property::HEBREW)),
            '\u{30fb}' => text.iter().any(|&c| has(c, property::KANA_OR_HAN)),
            // The two kinds of Arabic digits are not mixed.
            '\u{660}'..='\u{669}' => !text.iter().any(|c| ('\u{6f0}'..='\u{6f9}').contains(c)),
            '\u{6f0}'..='\u{6f9}' => !text.iter().any(|c| ('\u{660}'..='\u{669}').contains(c)),
            c => has(c, property::ALLOWED),
        }
    })
}

/// A non-joiner between two letters that would join: as in Persian.
fn parts_joined(text: &[char], at: usize) -> bool {
    let seen = |c: &&char| !has(**c, property::TRANSPARENT);
    let before = text.get(..at).and_then(|before| before.iter().rev().find(seen));
    let after = text.get(at + 1..).and_then(|after| after.iter().find(seen));
    before.is_some_and(|&c| has(c, property::JOINS_NEXT)) && after.is_some_and(|&c| has(c, property::JOINS_LAST))
}

fn has(c: char, property: u8) -> bool {
    static PROPERTIES: LazyLock<Steps> = LazyLock::new(|| Steps::of(include_bytes!(concat!(env!("OUT_DIR"), "/freeform"))));
    PROPERTIES.value(c) & property != 0
}
