//! Asks `precis-profiles` for each code point what the rules of FreeformClass know of it.
//!
//! The crate answers for whole strings only, so each property is a question: a string that is allowed if the code point has it.

use precis_profiles::precis_core::{FreeformClass, StringClass};

#[path = "../src/unicode/property.rs"]
mod property;

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
/// A letter that joins on both sides (Arabic beh).
const JOINING: char = '\u{628}';

/// All properties of a code point.
pub(crate) fn properties(c: char) -> u8 {
    let alone = allows(&[c]);
    let company = Company::of(c);
    if !alone && company.is_none() {
        // Whatever it is: no string holds it.
        return 0;
    }
    let company = company.unwrap_or_default();
    let virama = company.asked(&[], c, &[JOINER], (false, true));
    let properties = [
        (property::ALLOWED, alone),
        (property::VIRAMA, virama),
        (property::GREEK, company.asked(&['\u{375}'], c, &[], (true, false))),
        (property::HEBREW, company.asked(&[], c, &['\u{5f3}'], (false, true))),
        // Among what such a character needs is one of these scripts itself.
        (property::KANA_OR_HAN, c != '\u{30fb}' && company.asked(&[], c, &['\u{30fb}'], (false, false))),
        (property::JOINS_NEXT, !virama && company.asked(&[], c, &[NON_JOINER, JOINING], (false, false))),
        (property::JOINS_LAST, company.joins_last(c)),
        (property::TRANSPARENT, !company.joins_last(c) && company.asked(&[JOINING, NON_JOINER], c, &[JOINING], (false, false))),
    ];
    properties.into_iter().filter(|&(_, has)| has).fold(0, |all, (property, _)| all | property)
}

/// What a character needs around it so as to be allowed at all. All of it is transparent to what joins, or does not join.
#[derive(Clone, Copy, Default)]
struct Company {
    first: Option<char>,
    before: Option<char>,
    after: Option<char>,
}

impl Company {
    fn of(c: char) -> Option<Self> {
        let (first, before, after) = match c {
            '\u{b7}' => (None, Some('l'), Some('l')),
            // A virama of Devanagari.
            NON_JOINER | JOINER => (None, Some('\u{94d}'), None),
            // A mark of Greek music.
            '\u{375}' => (None, None, Some('\u{1d242}')),
            // A point of Hebrew.
            '\u{5f3}' | '\u{5f4}' => (None, Some('\u{5b0}'), None),
            '\u{30fb}' => (Some('\u{30a2}'), None, None),
            _ => return None,
        };
        Some(Self { first, before, after })
    }

    /// Whether the string of these is allowed. `next_to`: whether the question is about being the neighbour of what is before and after;
    /// who needs other neighbours is never one.
    fn asked(self, before: &[char], c: char, after: &[char], next_to: (bool, bool)) -> bool {
        if next_to.0 && self.before.is_some() || next_to.1 && self.after.is_some() {
            return false;
        }
        let mut text: Vec<char> = self.first.into_iter().chain(before.iter().copied()).collect();
        text.extend(self.before.into_iter().chain([c]).chain(self.after));
        text.extend(after);
        allows(&text)
    }

    fn joins_last(self, c: char) -> bool {
        self.asked(&[JOINING, NON_JOINER], c, &[], (false, false))
    }
}

fn allows(text: &[char]) -> bool {
    FreeformClass::default().allows(text.iter().collect::<String>()).is_ok()
}
