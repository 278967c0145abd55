//! Room names: drawn or typed, and the same however they are typed (PROTOCOL.md §3).
//!
//! Invariant: **a [`RoomName`] is normal.** Normalising it again changes nothing, so a name that was drawn, copied,
//! read aloud and typed on another keyboard leads to the same room.

use crate::unicode::normal::{is_mark, nfc, nfkd};
use crate::words;
use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// A language we have word lists for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Language {
    /// The BIP-39 list of English.
    #[default]
    English,
    /// The BIP-39 list of French.
    French,
}

/// Longest name in bytes of UTF-8, suffix included: six words have at most 53 and a typed name should still fit a link.
pub const MAX_NAME_BYTES: usize = 160;
/// Most bytes looked at when somebody types or pastes.
const MAX_TYPED_BYTES: usize = 1024;
/// Words of a drawn name: 66 bits.
const DRAWN_WORDS: usize = 6;
/// Groups of a suffix.
const SUFFIX_GROUPS: usize = 4;
/// Bytes that a suffix adds: four groups of three behind a hyphen each.
const SUFFIX_BYTES: usize = SUFFIX_GROUPS * 4;
/// Ends of a group: no vowels, so that no word appears, and nothing that is taken for another.
const SUFFIX_LETTERS: &[u8; 19] = b"bcdfghjkmnpqrstvwxz";
/// Middle of a group: by it a suffix is told from words.
const SUFFIX_DIGITS: &[u8; 8] = b"23456789";

/// A valid, normalised room name. It is a secret: it is not printed, and it is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct RoomName(Zeroizing<String>);

impl RoomName {
    /// Draws six words, 66 bits. `entropy` must be fresh and uniform; only its first 66 bits are used.
    pub fn draw(language: Language, entropy: [u8; 32]) -> Self {
        Self(Zeroizing::new(words::spell(language, &entropy, DRAWN_WORDS)))
    }

    /// Makes a valid name of what was typed, or nothing if no letter or digit is in it or it is longer than a name may be.
    ///
    /// Letters lose case, accents and ligatures (`Cœur`, `coeur`; `İ`, `i`), spaces and punctuation become one hyphen.
    /// Letters of every script stay, with the vowel signs that belong to them.
    pub fn normalise(typed: &str) -> Option<Self> {
        if typed.len() > MAX_TYPED_BYTES {
            return None;
        }
        // One pass is a fixed point for almost everything; where a mapping opens the way for another, the next pass takes it.
        let mut name = pass(typed);
        for _ in 0..4 {
            let again = pass(&name);
            if again == name {
                return (!name.is_empty() && name.len() <= MAX_NAME_BYTES).then_some(Self(name));
            }
            name = again;
        }
        None
    }

    /// Appends four short groups, 46 bits: one dictionary of names then no longer serves for all hosts.
    ///
    /// `entropy` must be fresh and uniform. A name too long for a suffix loses its end.
    pub fn with_suffix(self, entropy: [u8; 32]) -> Self {
        let mut name = self.0;
        let mut room = MAX_NAME_BYTES - SUFFIX_BYTES;
        if name.len() > room {
            while !name.is_char_boundary(room) {
                room -= 1;
            }
            name.truncate(room);
            let trimmed = name.trim_end_matches('-').len();
            name.truncate(trimmed);
        }
        let mut draw = Draw(entropy.chunks_exact(8).fold(Vec::new(), |mut words, chunk| {
            words.push(chunk.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)));
            words
        }));
        for _ in 0..SUFFIX_GROUPS {
            name.push('-');
            for alphabet in [&SUFFIX_LETTERS[..], SUFFIX_DIGITS, SUFFIX_LETTERS] {
                name.push(draw.one_of(alphabet));
            }
        }
        // A cut name may end in a letter that composes differently now; normal it must be.
        Self::normalise(&name).unwrap_or(Self(name))
    }

    /// Whether the name looks drawn: six words of one list, or a suffix at its end.
    pub fn is_drawn(&self) -> bool {
        let parts: Vec<&str> = self.0.split('-').collect();
        let (_, end) = parts.split_at(parts.len().saturating_sub(SUFFIX_GROUPS));
        let has_suffix = parts.len() > SUFFIX_GROUPS && end.iter().all(|group| is_suffix_group(group));
        has_suffix || parts.len() == DRAWN_WORDS && plain_words().iter().any(|list| parts.iter().all(|part| list.contains(*part)))
    }

    /// The name as it goes into the link.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoomName(..)")
    }
}

/// 256 bits, of which each drawn character takes a share without bias worth naming (less than 2⁻⁵⁰).
struct Draw(Vec<u64>);

impl Draw {
    fn one_of(&mut self, alphabet: &[u8]) -> char {
        // Long division of the whole number by the alphabet's size: the remainder is the choice.
        let size = alphabet.len() as u128;
        let mut remainder = 0;
        for word in &mut self.0 {
            let part = remainder << 64 | u128::from(*word);
            *word = (part / size) as u64;
            remainder = part % size;
        }
        char::from(alphabet.get(remainder as usize).copied().unwrap_or(b'x'))
    }
}

impl Drop for Draw {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

fn is_suffix_group(group: &str) -> bool {
    match group.as_bytes() {
        [first, middle, last] => {
            SUFFIX_LETTERS.contains(first) && SUFFIX_DIGITS.contains(middle) && SUFFIX_LETTERS.contains(last)
        }
        _ => false,
    }
}

/// Both lists without accents.
fn plain_words() -> &'static [HashSet<String>; 2] {
    static PLAIN: LazyLock<[HashSet<String>; 2]> =
        LazyLock::new(|| [Language::English, Language::French].map(|language| words::plain(language).collect()));
    &PLAIN
}

/// Compatibility decomposition, lower case, letters without their ornaments, hyphens for the rest, composed again.
fn pass(typed: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(typed.len() + 16));
    let mut gap = false;
    let lower = nfkd(nfkd(typed.chars()).iter().copied().flat_map(char::to_lowercase));
    for &c in lower.iter() {
        if is_ornament(c) {
            continue;
        }
        if c.is_alphanumeric() && !is_modifier(c) || is_mark(c) && !plain.is_empty() && !gap {
            if gap && !plain.is_empty() {
                plain.push('-');
            }
            gap = false;
            match ascii_of(c) {
                Some(letters) => plain.push_str(letters),
                None => plain.push(c),
            }
        } else {
            gap = true;
        }
    }
    nfc(plain.chars())
}

/// What is stripped without leaving a gap: accents, variation selectors, and characters that nobody sees (soft hyphen,
/// joiners). Vowel signs of Indic scripts, Thai, Hebrew or Arabic are no accents: they make the word.
fn is_ornament(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Apostrophes and the like which Unicode counts as letters, though people type ' for them.
fn is_modifier(c: char) -> bool {
    matches!(c, '\u{2b9}'..='\u{2bf}' | '\u{2c6}'..='\u{2cf}')
}

/// Latin letters that do not decompose, as they are typed on a keyboard without them, and the final sigma.
fn ascii_of(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'þ' => "th",
        'ı' => "i",
        'ŧ' => "t",
        'ŋ' => "ng",
        'ς' => "σ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
