//! Words that the operator hands out to those who may open rooms.
//!
//! **Invariant:** a word is compared in constant time with each of the file's, by digest; the file is read anew at every try, so that a word that was
//! taken out of it opens nothing more, and what was read is wiped.

use crate::shell::config::keys::Settings;
use ring::digest::{SHA256, digest};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq as _;
use tracing::warn;
use wire::permission::NotIssued;
use zeroize::Zeroizing;

/// A file above this is none, bytes.
const FILE_SIZE: u64 = 64 * 1024;

/// Shorter words are guessed.
const SHORTEST: usize = 8;

/// Why there are no words. The operator is at fault.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// The file cannot be read.
    #[error("{}: `room-words` cannot be read: {cause}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// There is no word in it.
    #[error("{}: `room-words` holds no word: write one on each line", .0.display())]
    None(PathBuf),
    /// One is too short.
    #[error("{}:{line}: this word is too short: {SHORTEST} letters at least, since whoever guesses it may open rooms", .path.display())]
    Short {
        /// In which file.
        path: PathBuf,
        /// In which line, from 1.
        line: usize,
    },
}

/// Where they stand.
pub(super) struct Words(PathBuf);

impl Words {
    /// Looks whether there are words.
    ///
    /// # Errors
    /// [`WordsError`].
    pub(super) fn open(settings: &Settings) -> Result<Self, WordsError> {
        let path = settings.room_words.clone().unwrap_or_default();
        let text = read(&path).map_err(|cause| WordsError::Unreadable { path: path.clone(), cause })?;
        if words(&text).next().is_none() {
            return Err(WordsError::None(path));
        }
        match words(&text).find(|(_, word)| !is_long(word)) {
            Some((line, _)) => Err(WordsError::Short { path, line }),
            None => Ok(Self(path)),
        }
    }

    /// The word, if it is one: who is counted for it are all who have it.
    ///
    /// # Errors
    /// [`NotIssued`].
    pub(super) fn knows(&self, typed: &str) -> Result<Zeroizing<String>, NotIssued> {
        let text = read(&self.0).map_err(|error| {
            warn!(cause = %error.kind(), "the file of `room-words` cannot be read any more");
            NotIssued::Wrong
        })?;
        let hash = |word: &str| digest(&SHA256, word.as_bytes());
        let (typed, mut known) = (typed.trim(), false);
        let hashed = hash(typed);
        for (_, word) in words(&text).filter(|(_, word)| is_long(word)) {
            known |= bool::from(hash(word).as_ref().ct_eq(hashed.as_ref()));
        }
        if known { Ok(Zeroizing::new(typed.to_owned())) } else { Err(NotIssued::Wrong) }
    }
}

fn is_long(word: &str) -> bool {
    word.chars().count() >= SHORTEST
}

/// The words with their lines. What begins with `#` is a note.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .map(str::trim)
        .zip(1..)
        .map(|(word, line)| (line, word))
        .filter(|(_, word)| !word.is_empty() && !word.starts_with('#'))
}

fn read(path: &Path) -> std::io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(FILE_SIZE as usize));
    std::fs::File::open(path)?.take(FILE_SIZE).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::config::{Config, Given};

    fn settings(name: &str, text: &str) -> Settings {
        let path = std::env::temp_dir().join(format!("incamera-words-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let none = Config::load(&Given::default(), |name| (name == "INCAMERA_CONFIG").then(|| "/dev/null".into())).unwrap();
        Settings { room_words: Some(path), ..none.settings }
    }

    #[test]
    fn a_word_is_known_until_it_is_taken_out() {
        let settings = settings("known", "# for the choir\n  correct horse \n\nbattery staple\n");
        let words = Words::open(&settings).unwrap();
        assert!(words.knows("correct horse").is_ok() && words.knows(" battery staple\n").is_ok());
        for wrong in ["", "# for the choir", "correct hors", "correct horse battery staple", "Correct horse"] {
            assert_eq!(words.knows(wrong), Err(NotIssued::Wrong), "{wrong:?}");
        }
        std::fs::write(&words.0, "battery staple\nshort\n").unwrap();
        assert_eq!(words.knows("short"), Err(NotIssued::Wrong), "nor one that is too short, whenever it was written");
        assert_eq!(words.knows("correct horse"), Err(NotIssued::Wrong));
        std::fs::remove_file(&words.0).unwrap();
        assert_eq!(words.knows("battery staple"), Err(NotIssued::Wrong));
    }

    #[test]
    fn a_file_without_words_is_told_with_its_line() {
        let said =
            |name: &str, text: &str| Words::open(&settings(name, text)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said("none", "# nothing\n\n").contains("holds no word"));
        let short = said("short", "correct horse\nstaple\n");
        assert!(short.contains(":2: this word is too short") && !short.contains("staple"), "{short}");
    }
}
