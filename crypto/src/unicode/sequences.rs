//! What single characters stand for: a few others in a row.
//!
//! Invariant: **a character that is not in the table stands for itself.**

use super::numbers::Reader;

/// Characters, and what each stands for.
pub(crate) struct Sequences {
    /// The characters, ascending.
    of: Vec<u32>,
    /// Where the sequence of each begins; at the end, where the last one ends.
    begins: Vec<usize>,
    letters: Vec<char>,
}

impl Sequences {
    /// Unpacks the count, the characters, the lengths, then all first characters, all second ones, and so on.
    pub(crate) fn of(packed: &[u8]) -> Self {
        let mut reader = Reader(packed);
        let rows = reader.number() as usize;
        let of = reader.column(rows);
        let lengths: Vec<usize> = (0..rows).map(|_| reader.number() as usize).collect();
        let mut begins = Vec::with_capacity(rows + 1);
        let end = lengths.iter().fold(0, |begin, length| {
            begins.push(begin);
            begin + length
        });
        begins.push(end);
        let mut letters = vec!['\0'; end];
        for place in 0..lengths.iter().copied().max().unwrap_or(0) {
            let longer: Vec<usize> =
                begins.iter().zip(&lengths).filter(|(_, length)| **length > place).map(|(begin, _)| begin + place).collect();
            for (at, letter) in longer.iter().zip(reader.column(longer.len())) {
                letters[*at] = char::from_u32(letter).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
        }
        Self { of, begins, letters }
    }

    /// What a character stands for, if not for itself.
    pub(crate) fn get(&self, c: char) -> Option<&[char]> {
        let row = self.of.binary_search(&u32::from(c)).ok()?;
        self.letters.get(*self.begins.get(row)?..*self.begins.get(row + 1)?)
    }

    /// All characters that stand for others, with these.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (char, &[char])> {
        let spans = self.begins.windows(2).filter_map(|span| self.letters.get(*span.first()?..*span.last()?));
        self.of.iter().filter_map(|&c| char::from_u32(c)).zip(spans)
    }
}
