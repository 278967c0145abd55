//! Packs the lists of BIP-39, as the crate `bip39` carries them, into one text for each language.

use unicode_normalization::UnicodeNormalization;

/// Each word, composed (NFC), as the number of letters that it shares with the start of the word before, and the others. The list is in
/// order, so that is most of them.
pub(crate) fn packed(language: bip39::Language) -> String {
    let mut text = String::new();
    let mut last = String::new();
    for word in language.word_list().iter().map(|word| word.nfc().collect::<String>()) {
        let shared = word.chars().zip(last.chars()).take_while(|(one, other)| one == other).count();
        text.push_str(&shared.to_string());
        text.extend(word.chars().skip(shared));
        last = word;
    }
    text
}
