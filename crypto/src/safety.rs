//! The safety code: what people read to each other to learn that nobody sits in between (PROTOCOL.md §6).
//!
//! Invariant: **two screens show the same code exactly when they are in the same epoch of the same group.** Argon2id makes
//! searching for a second group whose code begins alike cost 64 MiB and a tenth of a second a try, on top of 88 bits.

use crate::name::Language;
use crate::password::{Cost, argon2id};
use crate::words;

/// Length of the code in bytes: 88 bits, which are eight words of 11 bits.
const CODE_BYTES: usize = 11;
const LABEL: &[u8] = b"incamera/1 safety";

/// 88 bits that are the same for everybody in one epoch of one group, and for nobody else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SafetyCode([u8; CODE_BYTES]);

impl SafetyCode {
    /// `Argon2id(epoch_authenticator, "incamera/1 safety" ‖ group_id, 64 MiB, t = 1)`.
    ///
    /// `epoch_authenticator` is the one of RFC 9420 §8.7. Takes about a tenth of a second, in WASM a quarter.
    pub fn derive(epoch_authenticator: &[u8], group_id: &[u8]) -> Self {
        let mut code = [0; CODE_BYTES];
        argon2id(epoch_authenticator, &[LABEL, group_id].concat(), Cost::Once, &mut code);
        Self(code)
    }

    /// The code as eight words of a language, with their accents.
    pub fn words(&self, language: Language) -> [&'static str; 8] {
        let mut words = words::chosen(language, &self.0);
        core::array::from_fn(|_| words.next().unwrap_or_default())
    }

    /// The same 88 bits for people who share no language: 27 digits in nine groups of three, separated by spaces.
    pub fn digits(&self) -> String {
        let number = self.0.iter().fold(0_u128, |number, &byte| number << 8 | u128::from(byte));
        let digits = format!("{number:027}");
        let mut grouped = String::with_capacity(35);
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && place % 3 == 0 {
                grouped.push(' ');
            }
            grouped.push(digit);
        }
        grouped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_same_epoch_has_the_same_code_and_another_has_another() {
        let code = SafetyCode::derive(&[1; 48], b"group");
        // Computed with another implementation of Argon2id (hash-wasm 4.13).
        assert_eq!(code.digits(), "160 361 726 960 183 438 988 300 332");
        assert!(code == SafetyCode::derive(&[1; 48], b"group"));
        assert!(code != SafetyCode::derive(&[2; 48], b"group"));
        assert!(code != SafetyCode::derive(&[1; 48], b"groups"));
    }

    #[test]
    fn words_and_digits_carry_all_88_bits() {
        let everything = SafetyCode([0xff; CODE_BYTES]);
        assert_eq!(everything.words(Language::English), ["zoo"; 8]);
        assert_eq!(everything.digits(), "309 485 009 821 345 068 724 781 055");
        assert_eq!(SafetyCode([0; CODE_BYTES]).digits(), "000 000 000 000 000 000 000 000 000");
        // Each single bit shows in both.
        let single = (0..88).map(|bit| {
            let mut code = [0; CODE_BYTES];
            code[bit / 8] = 1 << (bit % 8);
            SafetyCode(code)
        });
        let shown: HashSet<_> = single.map(|code| (code.words(Language::French), code.digits())).collect();
        assert_eq!(shown.len(), 88);
    }
}
