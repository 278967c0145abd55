//! Asks `unicode-normalization` what characters decompose into, and keeps the least that says as much.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use unicode_normalization::char::{compose, decompose_canonical, decompose_compatible};

/// Characters, and what they stand for.
pub(crate) type Sequences = BTreeMap<char, Vec<char>>;

/// What `src/unicode/normal.rs` needs.
pub(crate) struct Forms {
    /// One step: a character, or a pair of which the first may decompose further.
    pub(crate) canonical: Sequences,
    /// Whole decompositions, where those of the canonical parts are not the same.
    pub(crate) compatible: Sequences,
    /// Characters of two parts that do not become them again.
    pub(crate) excluded: BTreeSet<char>,
}

impl Forms {
    /// Everything but Hangul, which is counted through.
    pub(crate) fn asked() -> Self {
        let all = || ('\0'..=char::MAX).filter(|c| !('\u{ac00}'..='\u{d7a3}').contains(c));
        let decomposed = |c, with: fn(char, &mut dyn FnMut(char))| {
            let mut whole = Vec::new();
            with(c, &mut |part| whole.push(part));
            (whole != [c]).then_some((c, whole))
        };
        let canonical: Sequences = all().filter_map(|c| decomposed(c, |c, emit| decompose_canonical(c, emit))).collect();
        let compatible: Sequences = all().filter_map(|c| decomposed(c, |c, emit| decompose_compatible(c, emit))).collect();
        let mut by_parts: HashMap<&[char], Vec<char>> = HashMap::new();
        for (&c, whole) in &canonical {
            by_parts.entry(whole).or_default().push(c);
        }
        let pair_of = |c: char, whole: &[char]| {
            let (&last, first) = whole.split_last()?;
            let known = by_parts.get(first).into_iter().flatten().copied();
            let mut firsts = known.chain((first.len() == 1).then(|| first[0]));
            firsts.find(|&first| compose(first, last) == Some(c)).map(|first| vec![first, last])
        };
        let pairs: Sequences = canonical.iter().filter_map(|(&c, whole)| Some((c, pair_of(c, whole)?))).collect();
        let excluded =
            canonical.iter().filter(|(c, whole)| whole.len() == 2 && !pairs.contains_key(c)).map(|(&c, _)| c).collect();
        let steps: Sequences = canonical.iter().map(|(&c, whole)| (c, pairs.get(&c).unwrap_or(whole).clone())).collect();
        let by_steps = |c: char| -> Vec<char> {
            let step = steps.get(&c).into_iter().flatten();
            step.flat_map(|part| compatible.get(part).cloned().unwrap_or_else(|| vec![*part])).collect()
        };
        let whole =
            compatible.iter().filter(|&(&c, whole)| by_steps(c) != *whole).map(|(&c, whole)| (c, whole.clone())).collect();
        Self { canonical: steps, compatible: whole, excluded }
    }
}
