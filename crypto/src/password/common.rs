//! The most common passwords: refused, because they are what anybody tries first.
//!
//! Invariant: **none of the 10,000 most common passwords is ever used**, in whatever case it is typed. One other password in
//! 65,536 is refused with them; its owner takes another, and 22 KB do instead of 77.
//!
//! The list is that of `@zxcvbn-ts/language-common` (MIT), with what people would try here first; `data/NOTICE.md` says more.

use super::golomb;

/// The set, made by the build script from `data/`.
static SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/common-passwords.golomb"));

/// Whether a password is one of the 10,000 most common ones, whatever its case.
pub fn is_common(password: &str) -> bool {
    super::prepare::opaque_string(password).is_ok_and(|prepared| contains(&prepared))
}

/// The same for a password that is prepared already.
pub(crate) fn contains(prepared: &str) -> bool {
    golomb::contains(SET, &zeroize::Zeroizing::new(prepared.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_listed_password_is_refused_in_any_case() {
        let lists = [include_str!("../../data/common-passwords.txt"), include_str!("../../data/local-passwords.txt")];
        assert!(lists[0].lines().count() == 10_000);
        let (count, places) = golomb::Places::of(SET);
        let places: HashSet<u64> = places.collect();
        for password in lists.iter().flat_map(|list| list.lines()) {
            assert!(places.contains(&golomb::place(password, count)), "{password}");
        }
        for typed in ["PassWord", "AZERTY", "123456", "Motdepasse", "inCamera"] {
            assert!(is_common(typed), "{typed}");
        }
    }

    #[test]
    fn others_are_hardly_ever_refused() {
        let (count, places) = golomb::Places::of(SET);
        let places: HashSet<u64> = places.collect();
        let refused = (0..65_536).filter(|n| places.contains(&golomb::place(&format!("nobody's password {n}"), count))).count();
        assert!(refused <= 6, "{refused}, where one is expected");
    }

    #[test]
    fn the_set_stays_small() {
        assert!(SET.len() < 23_000, "{} bytes", SET.len());
    }

    #[test]
    fn bytes_that_are_no_set_hold_nothing() {
        assert!(!golomb::contains(&[], "a"));
        assert!(!golomb::contains(&[0xff; 40], "a"));
    }
}
