//! Words that people read aloud, type and compare: 2,048 per language, so that one word carries exactly 11 bits.
//!
//! Invariant: **the place of a word in its list never changes.** The safety code and drawn names depend on it.
//! The lists are those of BIP-39, as the crate `bip39` carries them: no word is a prefix of confusion for another,
//! and the first four letters, accents aside, tell them apart. The build script packs them (`build/words.rs`).

use crate::name::Language;
use crate::unicode::normal::nfd;
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// How many words a list holds.
pub const LIST_LENGTH: usize = 2048;
/// What one word is worth.
pub const BITS_PER_WORD: usize = 11;

/// The words of a language in their fixed order, with their accents, composed (NFC).
pub fn list(language: Language) -> &'static [String] {
    static ENGLISH: LazyLock<Vec<String>> = LazyLock::new(|| unpacked(include_str!(concat!(env!("OUT_DIR"), "/english"))));
    static FRENCH: LazyLock<Vec<String>> = LazyLock::new(|| unpacked(include_str!(concat!(env!("OUT_DIR"), "/french"))));
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

/// Draws a password: three words without accents, joined by hyphens, 33 bits.
///
/// 33 bits are far beyond what this protocol lets anybody try (see [`strength`](crate::strength)).
/// `entropy` must be fresh and uniform; only its first 33 bits are used.
pub fn generate_password(language: Language, entropy: Zeroizing<[u8; 32]>) -> Zeroizing<String> {
    Zeroizing::new(spell(language, &*entropy, 3))
}

/// The first `count` words that `bits` spells, most significant bit first, without accents, joined by hyphens.
pub(crate) fn spell(language: Language, bits: &[u8], count: usize) -> String {
    let mut spelled = String::with_capacity(count * 11);
    for word in chosen(language, bits).take(count) {
        if !spelled.is_empty() {
            spelled.push('-');
        }
        spelled.extend(without_accents(word).iter());
    }
    spelled
}

/// The words of a language without accents, as they are typed.
pub(crate) fn plain(language: Language) -> impl Iterator<Item = String> {
    list(language).iter().map(|word| without_accents(word).iter().collect())
}

/// The words that `bits` chooses, 11 bits each, most significant bit first; bits left over choose nothing.
pub(crate) fn chosen(language: Language, bits: &[u8]) -> impl Iterator<Item = &'static str> {
    let list = list(language);
    places(bits).map_while(move |place| list.get(usize::from(place)).map(String::as_str))
}

/// The places in a list that `bits` chooses, as [`chosen`] does.
pub(crate) fn places(bits: &[u8]) -> impl Iterator<Item = u16> {
    (0..bits.len() * 8 / BITS_PER_WORD).map(move |word| {
        let first = word * BITS_PER_WORD;
        (first..first + BITS_PER_WORD)
            .fold(0, |place, bit| place << 1 | u16::from(bits.get(bit / 8).copied().unwrap_or(0) >> (7 - bit % 8) & 1))
    })
}

fn without_accents(word: &str) -> Zeroizing<Vec<char>> {
    let mut letters = nfd(word.chars());
    letters.retain(char::is_ascii);
    letters
}

/// Each word is the number of letters that it shares with the start of the one before, in one digit, and its other letters.
fn unpacked(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::with_capacity(LIST_LENGTH);
    let mut rest = text.chars().peekable();
    while let Some(shared) = rest.next().and_then(|digit| digit.to_digit(10)) {
        let mut word: String = words.last().into_iter().flat_map(|last| last.chars()).take(shared as usize).collect();
        while let Some(letter) = rest.next_if(|c| !c.is_ascii_digit()) {
            word.push(letter);
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn every_word_is_told_apart_by_its_first_four_letters_without_accents() {
        for language in [Language::English, Language::French] {
            let stems: HashSet<String> = plain(language).map(|word| word.chars().take(4).collect()).collect();
            assert_eq!(stems.len(), LIST_LENGTH);
        }
    }

    #[test]
    fn bits_choose_words_from_the_most_significant_on() {
        // 0b00000000001_00000000010_… : second word, then third.
        let bits = [0b0000_0000, 0b0010_0000, 0b0000_1000];
        let words: Vec<_> = chosen(Language::English, &bits).collect();
        assert_eq!(words, ["ability", "able"]);
        let last: Vec<_> = chosen(Language::French, &[0xff; 11]).collect();
        assert_eq!(last, ["zoologie"; 8]);
    }

    #[test]
    fn a_drawn_password_is_three_plain_words() {
        let password = generate_password(Language::French, Zeroizing::new([0xa5; 32]));
        assert_eq!(password.split('-').count(), 3);
        assert!(password.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", *password);
    }

    #[test]
    fn lists_are_those_of_bip39_composed() {
        for (ours, theirs) in [(Language::English, bip39::Language::English), (Language::French, bip39::Language::French)] {
            let composed: Vec<String> = theirs.word_list().iter().map(|word| word.nfc().collect()).collect();
            assert_eq!(list(ours), composed);
        }
        assert!(list(Language::French).contains(&"académie".to_owned()));
    }
}
