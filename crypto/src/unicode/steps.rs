//! What holds for whole stretches of code points.
//!
//! Invariant: **a code point has the value of the last step at or below it**, and 0 before the first.

use super::numbers::Reader;

/// A value for each code point, kept where it changes.
pub(crate) struct Steps {
    /// Where it changes, ascending.
    at: Vec<u32>,
    /// To what.
    values: Vec<u8>,
}

impl Steps {
    /// Unpacks the count, the places and the values.
    pub(crate) fn of(packed: &[u8]) -> Self {
        let mut reader = Reader(packed);
        let rows = reader.number() as usize;
        let at = reader.column(rows);
        Self { at, values: (0..rows).map(|_| reader.number() as u8).collect() }
    }

    /// The value of a code point.
    pub(crate) fn value(&self, c: char) -> u8 {
        let after = self.at.partition_point(|&at| at <= u32::from(c));
        after.checked_sub(1).and_then(|step| self.values.get(step)).copied().unwrap_or(0)
    }
}
