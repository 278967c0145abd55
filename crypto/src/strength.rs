//! How strong a password is *here*: the chance that it is guessed within the guesses this protocol lets anybody make.
//!
//! Invariant: **the hint tells this protocol's truth, and errs towards caution.** A guess needs a run with a member, who sees it fail;
//! nobody can try guesses in silence (PROTOCOL.md §4). So what matters is how soon a password comes up in the list of somebody who
//! knows the occasion, not how long a machine would take to count through all of them. Figures of people's habits are rounded
//! down, and a person who reuses a password that leaked elsewhere is not helped by any of it.

use crate::name::{Language, RoomName};
use crate::password::{CommonPasswords, prepare};
use crate::words;
use std::collections::HashSet;
use std::sync::LazyLock;

/// How many guesses anybody can make in one meeting, with or without the host's help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Members who hold the password.
    pub members: u32,
    /// People who are still to join with it.
    pub joiners: u32,
}

impl Budget {
    /// A meeting of ten who all come by the password. Before a meeting its size is not known.
    pub const USUAL: Self = Self { members: 10, joiners: 10 };

    /// `3n + 3j`: three failed runs for each member and three for each joiner (PROTOCOL.md §4, guess budget).
    pub fn guesses(self) -> u64 {
        3 * (u64::from(self.members) + u64::from(self.joiners))
    }
}

/// What to say about a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was typed, or it cannot be used as a password at all.
    None,
    /// One of the most common passwords: refused.
    Common,
    /// More than one chance in [`ENOUGH_ONE_IN`]: somebody who knows the person or the occasion may guess it.
    Guessable,
    /// "Strong enough: guesses happen in plain sight."
    Enough,
}

/// From which chance on a password is called strong enough. A thousand meetings attacked with every guess there is, and one falls;
/// it would have been noticed in each of them. Higher would scare people off short passwords, which this protocol can bear.
pub const ENOUGH_ONE_IN: u64 = 1_000;

/// A verdict and the figure behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength {
    /// What to say.
    pub verdict: Verdict,
    /// The chance to be guessed within the budget is 1 in this, at least 1.
    pub one_in: u64,
}

/// Judges a password. `near` is what an attacker would try besides lists: the room's name, the person's name.
pub fn estimate(password: &str, near: &[&str], budget: Budget, common: &CommonPasswords) -> Strength {
    let Ok(prepared) = prepare::opaque_string(password) else {
        return Strength { verdict: Verdict::None, one_in: 1 };
    };
    if common.contains(&prepared) {
        return Strength { verdict: Verdict::Common, one_in: 1 };
    }
    let one_in = (rank(&prepared, near, common) / budget.guesses().max(1)).max(1);
    Strength { verdict: if one_in >= ENOUGH_ONE_IN { Verdict::Enough } else { Verdict::Guessable }, one_in }
}

/// About how many other passwords a good guesser tries first.
fn rank(password: &str, near: &[&str], common: &CommonPasswords) -> u64 {
    /// The guesser knows the occasion, and tries its words with a year or an exclamation mark.
    const NEAR: u64 = 100;
    /// A common password with something hung on it, or keys in a row.
    const HABIT: u64 = 2_000;

    let stem = stem(password);
    if parts(near).any(|part| part.chars().count() >= 3 && stem.contains(&part)) && stem.chars().count() < 16 {
        return NEAR;
    }
    if !stem.is_empty() && common.contains(&stem) || is_monotone(password) {
        return HABIT;
    }
    if let Some(rank) = date_rank(password) {
        return rank;
    }
    let bits: f64 = password.split(|c: char| !c.is_alphanumeric()).map(token_bits).sum::<f64>() + separator_bits(password);
    2_f64.powf(bits.min(63.0)) as u64
}

/// What is left of a password without what people hang on it: digits and signs around it, capitals, accents, digits for letters.
fn stem(password: &str) -> String {
    let core = password.trim_matches(|c: char| !c.is_alphabetic());
    let letters: String = core
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .collect();
    RoomName::normalise(&letters).map(|name| name.as_str().replace('-', "")).unwrap_or_default()
}

/// The words of names an attacker knows, normalised like room names.
fn parts<'a>(near: &'a [&str]) -> impl Iterator<Item = String> + 'a {
    let names = near.iter().filter_map(|name| RoomName::normalise(name));
    names.flat_map(|name| name.as_str().split('-').map(str::to_owned).collect::<Vec<_>>())
}

/// The same step from each character to the next: `aaaaaa`, `abcdef`, `97531`.
fn is_monotone(password: &str) -> bool {
    let places: Vec<i64> = password.chars().map(|c| i64::from(u32::from(c))).collect();
    let mut steps = places.windows(2).map(|pair| pair.last().unwrap_or(&0) - pair.first().unwrap_or(&0));
    match steps.next() {
        Some(first) => first.abs() <= 2 && steps.all(|step| step == first),
        None => true,
    }
}

/// Six or eight digits are a date until proved otherwise: a lifetime has about 36,500 days, and recent ones come first.
fn date_rank(password: &str) -> Option<u64> {
    let digits: Vec<char> = password.chars().filter(|c| !matches!(c, '/' | '.' | '-' | ' ')).collect();
    match digits.len() {
        4 | 6 | 8 if digits.iter().all(char::is_ascii_digit) => Some(if digits.len() == 4 { 1_000 } else { 10_000 }),
        _ => None,
    }
}

/// What a run of letters and digits is worth.
fn token_bits(token: &str) -> f64 {
    /// A word of a list of 2,048.
    const WORD: f64 = 11.0;
    /// A letter of a language that people speak, a digit that people choose.
    const LETTER: f64 = 2.2;
    const DIGIT: f64 = 2.0;

    let listed = RoomName::normalise(token).is_some_and(|token| plain_words().contains(token.as_str()));
    if listed {
        return WORD;
    }
    token.chars().map(|c| if c.is_alphabetic() { LETTER } else { DIGIT }).sum()
}

/// Each different separator is a choice among few; the same one again is none.
fn separator_bits(password: &str) -> f64 {
    let different: HashSet<char> = password.chars().filter(|c| !c.is_alphanumeric()).collect();
    2.0 * different.len() as f64
}

fn plain_words() -> &'static HashSet<String> {
    static PLAIN: LazyLock<HashSet<String>> =
        LazyLock::new(|| [Language::English, Language::French].into_iter().flat_map(words::plain).collect());
    &PLAIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    fn estimated(password: &str, near: &[&str], budget: Budget) -> Strength {
        estimate(password, near, budget, &CommonPasswords::built_in())
    }

    fn verdict(password: &str) -> Verdict {
        estimated(password, &["comite-social", "Fatou Diallo"], Budget::USUAL).verdict
    }

    #[test]
    fn what_anybody_would_try_is_not_called_strong() {
        for password in [
            "comité2026",
            "Fatou!",
            "diallo-1990",
            "password2026!",
            "P4ssw0rd1",
            "hhhhhhhhh",
            "cdefghij",
            "14/07/1989",
            "2741",
            "zoo",
            "soleil3",
        ] {
            assert!(matches!(verdict(password), Verdict::Guessable | Verdict::Common), "{password}");
        }
    }

    #[test]
    fn what_cannot_be_guessed_in_sixty_tries_is() {
        for password in
            ["kvmzqhwt", "purple otter", "trois-mots-choisis-hier", "le chat de ma tante", "X9#pL2qv", "日本語の合言葉です"]
        {
            assert_eq!(verdict(password), Verdict::Enough, "{password}");
        }
        for language in [Language::English, Language::French] {
            let drawn = words::generate_password(language, Zeroizing::new([0x5c; 32]));
            assert!(estimated(&drawn, &[], Budget::USUAL).one_in > 100_000_000);
        }
    }

    #[test]
    fn the_chance_is_that_of_the_budget() {
        assert_eq!(Budget { members: 4, joiners: 2 }.guesses(), 18);
        let few = estimated("kvmzqhwt", &[], Budget { members: 1, joiners: 0 }).one_in;
        let many = estimated("kvmzqhwt", &[], Budget { members: 100, joiners: 100 }).one_in;
        assert!(few > 150 * many && many > 1, "{few} {many}");
    }

    #[test]
    fn nothing_and_the_unusable_have_no_strength() {
        assert_eq!(verdict(""), Verdict::None);
        assert_eq!(verdict("tab\there"), Verdict::None);
        assert_eq!(verdict("azerty"), Verdict::Common);
    }

    proptest! {
        #[test]
        fn anything_can_be_judged(password in ".{0,40}", near in ".{0,20}") {
            prop_assert!(estimated(&password, &[&near], Budget::USUAL).one_in >= 1);
        }
    }
}
