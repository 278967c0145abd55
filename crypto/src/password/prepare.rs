//! Preparation of a typed password: the same key strokes give the same bytes on every machine.
//!
//! Invariant: **two passwords that look alike to RFC 8265 are one password.** The profile OpaqueString (§4.2) turns every
//! kind of space into U+0020, composes letters (NFC), keeps case, and refuses control characters, unassigned code points and
//! joiners out of place.

use super::{MAX_PASSWORD_BYTES, PasswordError};
use crate::unicode::{freeform, normal};
use zeroize::Zeroizing;

/// OpaqueString of what was typed.
pub(crate) fn opaque_string(typed: &str) -> Result<Zeroizing<String>, PasswordError> {
    if typed.is_empty() {
        return Err(PasswordError::Empty);
    }
    if typed.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordError::TooLong);
    }
    let mut letters = Zeroizing::new(Vec::with_capacity(typed.len()));
    letters.extend(typed.chars());
    if !freeform::allows(&letters) {
        return Err(PasswordError::Character);
    }
    Ok(normal::nfc(letters.iter().map(|&c| if is_space(c) { ' ' } else { c })))
}

/// Every space separator (general category Zs).
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use precis_profiles::{OpaqueString, precis_core::profile::PrecisFastInvocation};
    use proptest::prelude::*;

    fn prepared(typed: &str) -> Result<String, PasswordError> {
        opaque_string(typed).map(|password| (*password).clone())
    }

    /// The examples of RFC 8265 §4.3, table 4.
    #[test]
    fn examples_of_the_rfc() {
        assert_eq!(prepared("correct horse battery staple").as_deref(), Ok("correct horse battery staple"));
        assert_eq!(prepared("Correct Horse Battery Staple").as_deref(), Ok("Correct Horse Battery Staple"));
        assert_eq!(prepared("πßå").as_deref(), Ok("πßå"));
        assert_eq!(prepared("Jack of \u{2666}s").as_deref(), Ok("Jack of \u{2666}s"));
        assert_eq!(prepared("foo\u{1680}bar").as_deref(), Ok("foo bar"));
        assert_eq!(prepared(""), Err(PasswordError::Empty));
        assert_eq!(prepared("my cat is a \u{9}by"), Err(PasswordError::Character));
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same_password() {
        assert_eq!(prepared("e\u{301}te\u{301}"), prepared("\u{e9}t\u{e9}"));
    }

    #[test]
    fn a_password_has_an_end() {
        assert_eq!(prepared(&"a".repeat(MAX_PASSWORD_BYTES + 1)), Err(PasswordError::TooLong));
        assert!(prepared(&"a".repeat(MAX_PASSWORD_BYTES)).is_ok());
    }

    /// What the crate makes of it that the tables were asked of.
    fn theirs(typed: &str) -> Result<String, PasswordError> {
        OpaqueString::enforce(typed).map(|prepared| prepared.into_owned()).map_err(|_| PasswordError::Character)
    }

    /// Characters that need company, and company of every kind: accents, scripts, joining letters, both kinds of Arabic digits.
    const COMPANY: &str = "l\u{b7}\u{200c}\u{200d}\u{375}\u{5f3}\u{5f4}\u{30fb}\u{660}\u{665}\u{6f0}\u{6f9}\u{94d}\u{ccd}\u{b4d}\u{3b1}\u{1d242}\u{1f00}\u{5d0}\u{5b0}\u{fb1d}\u{30a2}\u{3042}\u{6f22}\u{ff76}\u{628}\u{627}\u{64b}\u{a872}\u{182f}\u{300}\u{840}";

    #[test]
    fn every_code_point_is_prepared_as_the_crate_does_it() {
        for c in '\0'..=char::MAX {
            let alone = c.to_string();
            assert_eq!(prepared(&alone), theirs(&alone), "{c:?}");
        }
    }

    #[test]
    fn every_code_point_is_as_good_company_as_in_the_crate() {
        // Each question that a rule asks of what is near.
        let questions = [
            ("", "\u{200d}"),
            ("\u{375}", ""),
            ("", "\u{5f3}"),
            ("", "\u{30fb}"),
            ("", "\u{200c}\u{628}"),
            ("\u{628}", "\u{200c}\u{628}"),
            ("\u{628}\u{200c}", ""),
            ("\u{628}\u{200c}", "\u{628}"),
            ("l", "\u{b7}l"),
            ("", "\u{660}"),
            ("\u{6f0}", ""),
        ];
        // Nothing changes in the midst of the large blocks (Han, Hangul, Tangut), nor where nothing is assigned.
        let blocks = [
            (0x3500, 0x4cff),
            (0x4f00, 0x9eff),
            (0xad00, 0xd6ff),
            (0x12600, 0x12f00),
            (0x13500, 0x14300),
            (0x14700, 0x16700),
            (0x17100, 0x18700),
        ];
        let inside = |c: &char| blocks.iter().any(|&(from, to)| (from..=to).contains(&u32::from(*c)));
        let all = ('\0'..='\u{1fbff}').chain('\u{2f800}'..='\u{2fa2f}').chain('\u{e0000}'..='\u{e01ff}');
        for c in all.filter(|c| !inside(c)) {
            for (before, after) in questions {
                let text = format!("{before}{c}{after}");
                assert_eq!(prepared(&text), theirs(&text), "{text:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn any_company_is_judged_as_the_crate_judges_it(
            typed in prop::collection::vec(prop_oneof![9 => prop::sample::select(COMPANY.chars().collect::<Vec<_>>()), 1 => any::<char>()], 1..9),
        ) {
            let typed: String = typed.into_iter().collect();
            prop_assert_eq!(prepared(&typed), theirs(&typed));
        }

        #[test]
        fn anything_is_prepared_as_the_crate_does_it(typed in ".{1,60}") {
            prop_assert_eq!(prepared(&typed), theirs(&typed));
        }
    }

    proptest! {
        #[test]
        fn anything_typed_is_prepared_or_refused(typed in ".{0,60}") {
            let once = prepared(&typed);
            if let Ok(once) = &once {
                prop_assert_eq!(&prepared(once), &Ok(once.clone()));
            }
        }
    }
}
