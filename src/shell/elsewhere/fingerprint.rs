//! Which client this is, in a form that two people can compare.
//!
//! **Invariant:** it depends on names and bytes of the client's files and on nothing else; any change of any of them changes it.
//!
//! SHA-256 over, for each file in the order of their names: the length of the name (8 bytes, big-endian), the name, the SHA-256 of the
//! file. Shown as the number itself and as twelve words of BIP 39's English list, 132 bits: nobody can make another client with the same
//! words, however many they try.

use crate::shell::files::{self, File};
use ring::digest::{Context, SHA256, digest};
use std::fmt;
use std::fmt::Write as _;

/// Words shown.
const WORDS: usize = 12;
/// Bits that a word of the list stands for.
const WORD_BITS: usize = 11;

/// The fingerprint of a client.
pub(crate) struct Fingerprint {
    hash: [u8; 32],
    files: Vec<(&'static str, String)>,
}

impl Fingerprint {
    /// Of the client in this program; `None` if it was built without.
    pub(crate) fn own() -> Option<Self> {
        let files = files::all();
        (!files.is_empty()).then(|| Self::of(files.iter().collect()))
    }

    fn of(mut files: Vec<&File>) -> Self {
        files.sort_by_key(|file| file.path);
        let mut whole = Context::new(&SHA256);
        let mut listed = Vec::new();
        for file in files {
            let own = digest(&SHA256, file.plain);
            whole.update(&(file.path.len() as u64).to_be_bytes());
            whole.update(file.path.as_bytes());
            whole.update(own.as_ref());
            listed.push((file.path, hexadecimal(own.as_ref())));
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(whole.finish().as_ref());
        Self { hash, files: listed }
    }

    /// The words, in order.
    pub(crate) fn words(&self) -> Vec<&'static str> {
        let bit = |at: usize| usize::from(self.hash[at / 8] >> (7 - at % 8) & 1);
        let index = |word: usize| (0..WORD_BITS).fold(0, |sum, at| sum << 1 | bit(word * WORD_BITS + at));
        let list = bip39::Language::English.word_list();
        (0..WORDS).map(|word| list[index(word)]).collect()
    }

    /// A line for each file, as `sha256sum` writes it.
    pub(crate) fn files(&self) -> String {
        self.files.iter().fold(String::new(), |mut text, (path, hash)| {
            // Writing into a string does not fail.
            let _ = writeln!(text, "{hash}  {}", path.trim_start_matches('/'));
            text
        })
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words();
        writeln!(f, "{}", words[..WORDS / 2].join(" "))?;
        writeln!(f, "{}", words[WORDS / 2..].join(" "))?;
        writeln!(f, "{}", hexadecimal(&self.hash))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &'static str, plain: &'static [u8]) -> File {
        File { path, tag: "", plain, brotli: None }
    }

    #[test]
    fn any_change_changes_it_and_order_does_not() {
        let (a, b) = (file("/a", b"one"), file("/b", b"two"));
        let hash = |files: Vec<&File>| Fingerprint::of(files).hash;
        let first = hash(vec![&a, &b]);
        assert_eq!(first, hash(vec![&b, &a]));
        for other in [
            vec![&a],
            vec![&file("/a", b"two"), &file("/b", b"one")],
            vec![&a, &file("/c", b"two")],
            vec![&a, &b, &file("/c", b"")],
        ] {
            assert_ne!(first, hash(other));
        }
    }

    #[test]
    fn words_are_the_number() {
        let mut own = Fingerprint::of(vec![]);
        own.hash = [0; 32];
        assert_eq!(own.words(), ["abandon"; 12]);
        own.hash = [0xff; 32];
        assert_eq!(own.words(), ["zoo"; 12]);
        // 0b00000000001_00000000010…: the second and the third word of the list.
        own.hash[..3].copy_from_slice(&[0b0000_0000, 0b0010_0000, 0b0000_1011]);
        assert_eq!(own.words()[..2], ["ability", "able"]);
    }

    #[test]
    fn the_list_can_be_checked_by_other_means() {
        let own = Fingerprint::of(vec![&file("/b.js", b"two"), &file("/a.js", b"")]);
        // `printf '' | sha256sum` and `printf two | sha256sum`.
        assert_eq!(
            own.files(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.js\n\
             3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3  b.js\n"
        );
    }
}
