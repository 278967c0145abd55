//! The most common passwords: refused, because they are what anybody tries first.
//!
//! Invariant: **none of the 10,000 most common passwords is ever used**, in whatever case it is typed. One other password in
//! 65,536 is refused with them; its owner takes another, and 22 KB do instead of 77. They do not compress: the browser client fetches
//! them beside its module, and takes nothing but the very file that it was built with.
//!
//! The list is that of `@zxcvbn-ts/language-common` (MIT), with what people would try here first; `data/NOTICE.md` says more.

use super::golomb;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// SHA-256 of the set that the build script made from `data/`.
static HASH: &[u8; 32] = include_bytes!(concat!(env!("OUT_DIR"), "/common-passwords.sha256"));

/// The set itself.
#[cfg(not(target_arch = "wasm32"))]
static SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/common-passwords.golomb"));

/// The set of the most common passwords. Whoever has one has the whole set.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct CommonPasswords(Arc<[u8]>);

impl CommonPasswords {
    /// The set, from the file that a host serves with the client; nothing of any other file.
    pub fn of(file: &[u8]) -> Option<Self> {
        (Sha256::digest(file)[..] == HASH[..]).then(|| Self(file.into()))
    }

    /// The set that native members bring along.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn built_in() -> Self {
        Self(SET.into())
    }

    /// Whether a password is one of the 10,000 most common ones, whatever its case.
    pub fn holds(&self, password: &str) -> bool {
        super::prepare::opaque_string(password).is_ok_and(|prepared| self.contains(&prepared))
    }

    /// The same for a password that is prepared already.
    pub(crate) fn contains(&self, prepared: &str) -> bool {
        golomb::contains(&self.0, &zeroize::Zeroizing::new(prepared.to_lowercase()))
    }
}

impl TryFrom<Vec<u8>> for CommonPasswords {
    type Error = &'static str;

    fn try_from(file: Vec<u8>) -> Result<Self, Self::Error> {
        Self::of(&file).ok_or("not the set of common passwords")
    }
}

impl From<CommonPasswords> for Vec<u8> {
    fn from(set: CommonPasswords) -> Self {
        set.0.to_vec()
    }
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
            assert!(CommonPasswords::built_in().holds(typed), "{typed}");
        }
    }

    #[test]
    fn no_file_but_the_one_it_was_built_with_is_the_set() {
        assert!(CommonPasswords::of(SET) == Some(CommonPasswords::built_in()));
        let mut other = SET.to_vec();
        other[5000] ^= 1;
        for file in [&other[..], &SET[..SET.len() - 1], &[0; 4], &[]] {
            assert!(CommonPasswords::of(file).is_none(), "{} bytes", file.len());
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
