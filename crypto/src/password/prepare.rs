//! Preparation of a typed password: the same key strokes give the same bytes on every machine.
//!
//! Invariant: **two passwords that look alike to RFC 8265 are one password.** The profile OpaqueString (§4.2) turns every
//! kind of space into U+0020, composes letters (NFC), keeps case, and refuses control characters, unassigned code points and
//! joiners out of place.

use super::{MAX_PASSWORD_BYTES, PasswordError};
use precis_profiles::{OpaqueString, precis_core::profile::PrecisFastInvocation};
use zeroize::Zeroizing;

/// OpaqueString of what was typed.
pub(crate) fn opaque_string(typed: &str) -> Result<Zeroizing<String>, PasswordError> {
    if typed.is_empty() {
        return Err(PasswordError::Empty);
    }
    if typed.len() > MAX_PASSWORD_BYTES {
        return Err(PasswordError::TooLong);
    }
    OpaqueString::enforce(typed).map(|prepared| Zeroizing::new(prepared.into_owned())).map_err(|_| PasswordError::Character)
}

#[cfg(test)]
mod tests {
    use super::*;
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
