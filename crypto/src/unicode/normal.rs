//! Unicode's normal forms (UAX #15): NFD, NFKD and NFC.
//!
//! Invariant: **what is normalised may be a secret**: whatever holds a copy of it is wiped when dropped.

use super::{sequences::Sequences, steps::Steps};
use crate::sorted::SortedMap;
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// Which decompositions are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Those that change nothing but the code points: `é`, `e` and an accent.
    Canonical,
    /// Those as well that lose a form: `ﬁ`, `fi`.
    Compatible,
}

/// Canonical decomposition, in canonical order.
pub(crate) fn nfd(text: impl Iterator<Item = char>) -> Zeroizing<Vec<char>> {
    decomposed(text, Kind::Canonical)
}

/// Compatibility decomposition, in canonical order.
pub(crate) fn nfkd(text: impl Iterator<Item = char>) -> Zeroizing<Vec<char>> {
    decomposed(text, Kind::Compatible)
}

/// Canonical decomposition, composed again.
pub(crate) fn nfc(text: impl Iterator<Item = char>) -> Zeroizing<String> {
    let mut letters = nfd(text);
    compose_all(&mut letters);
    let mut composed = Zeroizing::new(String::with_capacity(letters.iter().map(|c| c.len_utf8()).sum()));
    composed.extend(letters.iter());
    composed
}

/// Whether a character is a mark (general category M): an accent, a vowel sign, an enclosure.
pub(crate) fn is_mark(c: char) -> bool {
    static MARKS: LazyLock<Steps> = LazyLock::new(|| Steps::of(include_bytes!(concat!(env!("OUT_DIR"), "/marks"))));
    MARKS.value(c) != 0
}

/// The tables, unpacked when first needed.
struct Tables {
    /// One step of each canonical decomposition, but for syllables of Hangul.
    canonical: Sequences,
    /// Whole compatibility decompositions, where they are not those of the canonical parts.
    compatible: Sequences,
    /// Canonical combining classes.
    classes: Steps,
    /// Pairs and what they become.
    composites: SortedMap<(char, char), char>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let canonical = Sequences::of(include_bytes!(concat!(env!("OUT_DIR"), "/canonical")));
    let excluded = Steps::of(include_bytes!(concat!(env!("OUT_DIR"), "/excluded")));
    let mut composites = SortedMap::new();
    for (c, parts) in canonical.iter() {
        if let (&[first, second], 0) = (parts, excluded.value(c)) {
            composites.insert((first, second), c);
        }
    }
    Tables {
        canonical,
        compatible: Sequences::of(include_bytes!(concat!(env!("OUT_DIR"), "/compatible"))),
        classes: Steps::of(include_bytes!(concat!(env!("OUT_DIR"), "/classes"))),
        composites,
    }
});

fn decomposed(text: impl Iterator<Item = char>, kind: Kind) -> Zeroizing<Vec<char>> {
    let mut letters = Wiped::default();
    for c in text {
        decompose(c, kind, &mut letters);
    }
    let mut letters = letters.0;
    in_order(&mut letters);
    letters
}

/// The canonical ordering algorithm (Unicode §3.11, D109): marks of a lower class go before those of a higher one, and no character
/// passes a starter. Few marks ever follow one another, so each finds its place on foot.
fn in_order(letters: &mut [char]) {
    for end in 1..letters.len() {
        let class_of_last = class(letters[end]);
        let mut place = end;
        while place > 0 && class_of_last != 0 && class(letters[place - 1]) > class_of_last {
            letters.swap(place - 1, place);
            place -= 1;
        }
    }
}

/// Letters that leave no copy behind where they grow out of their place.
#[derive(Default)]
struct Wiped(Zeroizing<Vec<char>>);

impl Wiped {
    fn push(&mut self, c: char) {
        if self.0.len() == self.0.capacity() {
            let mut more = Zeroizing::new(Vec::with_capacity(2 * self.0.len() + 64));
            more.extend_from_slice(&self.0);
            self.0 = more;
        }
        self.0.push(c);
    }
}

/// The first character that has a decomposition or a class.
const FIRST: char = '\u{a0}';

fn decompose(c: char, kind: Kind, into: &mut Wiped) {
    if c < FIRST {
        into.push(c);
    } else if let Some(parts) = hangul::parts(c) {
        parts.for_each(|part| into.push(part));
    } else if let Some(whole) = (kind == Kind::Compatible).then(|| TABLES.compatible.get(c)).flatten() {
        whole.iter().for_each(|&part| into.push(part));
    } else if let Some(parts) = TABLES.canonical.get(c) {
        parts.iter().for_each(|&part| decompose(part, kind, into));
    } else {
        into.push(c);
    }
}

fn class(c: char) -> u8 {
    if c < FIRST { 0 } else { TABLES.classes.value(c) }
}

/// The canonical composition algorithm (Unicode §3.11, D117): each character joins the last starter, unless one between them has its
/// class or a higher one, or is a starter.
fn compose_all(letters: &mut Vec<char>) {
    let (mut starter, mut kept, mut last_class) = (None, 0, 0);
    for at in 0..letters.len() {
        let c = letters[at];
        let class = class(c);
        if let Some(place) = starter {
            let blocked = kept > place + 1 && last_class >= class;
            if let Some(composite) = (!blocked).then(|| compose(letters[place], c)).flatten() {
                letters[place] = composite;
                continue;
            }
        }
        if class == 0 {
            starter = Some(kept);
        }
        last_class = class;
        letters[kept] = c;
        kept += 1;
    }
    letters.truncate(kept);
}

fn compose(first: char, second: char) -> Option<char> {
    if second < FIRST {
        return None;
    }
    hangul::composite(first, second).or_else(|| TABLES.composites.get(&(first, second)).copied())
}

/// The syllables of Hangul, which are counted through and not listed (Unicode §3.12).
mod hangul {
    const SYLLABLES: u32 = 0xac00;
    const LEADING: u32 = 0x1100;
    const VOWELS: u32 = 0x1161;
    /// One before the first: a syllable without trailing consonant has none.
    const TRAILING: u32 = 0x11a7;
    const LEADING_COUNT: u32 = 19;
    const VOWEL_COUNT: u32 = 21;
    const TRAILING_COUNT: u32 = 28;
    const COUNT: u32 = LEADING_COUNT * VOWEL_COUNT * TRAILING_COUNT;

    /// How far `c` is behind `first`, when among the `count` from there.
    fn place(c: char, first: u32, count: u32) -> Option<u32> {
        u32::from(c).checked_sub(first).filter(|&place| place < count)
    }

    /// The two or three parts of a syllable.
    pub(super) fn parts(c: char) -> Option<impl Iterator<Item = char>> {
        let syllable = place(c, SYLLABLES, COUNT)?;
        let (pair, trailing) = (syllable / TRAILING_COUNT, syllable % TRAILING_COUNT);
        let parts = [LEADING + pair / VOWEL_COUNT, VOWELS + pair % VOWEL_COUNT, TRAILING + trailing];
        Some(parts.into_iter().take(if trailing == 0 { 2 } else { 3 }).filter_map(char::from_u32))
    }

    /// What two parts become.
    pub(super) fn composite(first: char, second: char) -> Option<char> {
        if let (Some(leading), Some(vowel)) = (place(first, LEADING, LEADING_COUNT), place(second, VOWELS, VOWEL_COUNT)) {
            return char::from_u32(SYLLABLES + (leading * VOWEL_COUNT + vowel) * TRAILING_COUNT);
        }
        let pair = place(first, SYLLABLES, COUNT)?;
        let trailing = place(second, TRAILING, TRAILING_COUNT).filter(|&trailing| trailing > 0)?;
        pair.is_multiple_of(TRAILING_COUNT).then(|| char::from_u32(SYLLABLES + pair + trailing)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::{UnicodeNormalization, char as theirs};

    /// Ours and theirs, in all forms.
    fn same(text: &str) {
        assert_eq!(nfd(text.chars()).iter().collect::<String>(), text.nfd().collect::<String>(), "NFD of {text:?}");
        assert_eq!(nfkd(text.chars()).iter().collect::<String>(), text.nfkd().collect::<String>(), "NFKD of {text:?}");
        assert_eq!(*nfc(text.chars()), text.nfc().collect::<String>(), "NFC of {text:?}");
    }

    #[test]
    fn every_code_point_is_normalised_as_the_crate_does_it() {
        for c in '\0'..=char::MAX {
            same(c.encode_utf8(&mut [0; 4]));
            assert_eq!(is_mark(c), theirs::is_combining_mark(c), "{c:?}");
            assert_eq!(class(c), theirs::canonical_combining_class(c), "{c:?}");
        }
    }

    #[test]
    fn whatever_has_two_parts_becomes_what_it_becomes_in_the_crate() {
        let mut lasts = std::collections::BTreeSet::new();
        let mut firsts = std::collections::BTreeSet::new();
        for c in '\0'..=char::MAX {
            let text: Vec<char> = std::iter::once(c).nfd().collect();
            if text.len() > 1 {
                lasts.extend(text.last());
                firsts.extend(text.first());
                firsts.insert(c);
                // Out of order, with the last part twice, and with something between.
                same(&text.iter().rev().collect::<String>());
                same(&text.iter().chain(text.last()).collect::<String>());
                same(&text.iter().flat_map(|&part| [part, '\u{323}']).collect::<String>());
            }
        }
        lasts.retain(|last| !('\u{11a8}'..='\u{11c2}').contains(last) && !('\u{1161}'..='\u{1175}').contains(last));
        firsts.retain(|first| !('\u{ac00}'..='\u{d7a3}').contains(first));
        for &first in &firsts {
            for &last in &lasts {
                assert_eq!(compose(first, last), theirs::compose(first, last), "{first:?} {last:?}");
            }
        }
    }

    /// Letters, what hangs on them, and parts of syllables, more often than by chance.
    fn lively() -> impl Strategy<Value = String> {
        let marks = prop::char::range('\u{300}', '\u{345}');
        let jamo = prop::char::range('\u{1100}', '\u{11ff}');
        let letter = prop_oneof![
            prop::char::range('a', 'z'),
            prop::char::range('\u{c0}', '\u{24f}'),
            prop::char::range('\u{370}', '\u{3ff}'),
            prop::char::range('\u{591}', '\u{6ed}'),
            prop::char::range('\u{900}', '\u{dff}'),
            prop::char::range('\u{1e00}', '\u{1fff}'),
            prop::char::range('\u{3040}', '\u{30ff}'),
            prop::char::range('\u{ac00}', '\u{d7a3}'),
            prop::char::range('\u{f900}', '\u{ffee}'),
            prop::char::range('\u{11000}', '\u{1193f}'),
            prop::char::range('\u{1d150}', '\u{1d1c0}'),
        ];
        prop::collection::vec(prop_oneof![3 => letter, 4 => marks, 1 => jamo, 1 => any::<char>()], 0..24)
            .prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn any_text_is_normalised_as_the_crate_does_it(text in lively()) {
            same(&text);
        }
    }
}
