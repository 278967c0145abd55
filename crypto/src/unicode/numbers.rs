//! Numbers in few bytes: what the tables of this module are packed in.
//!
//! Invariant: **what the build script writes (`build/numbers.rs`) is read as it was.** A number is in LEB128 (seven bits a
//! byte, least significant first); a column of a table is written as differences, negative ones folded between the others, so that
//! what goes on evenly becomes the same small number over and over, which a compressor all but removes.

/// Reads one table after the other. Beyond the end there are zeros.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl Reader<'_> {
    /// One number.
    pub(crate) fn number(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        while let Some((&byte, rest)) = self.0.split_first() {
            self.0 = rest;
            number |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte < 0x80 {
                break;
            }
        }
        number
    }

    /// A column of `rows` numbers.
    pub(crate) fn column(&mut self, rows: usize) -> Vec<u32> {
        let mut last = 0_i32;
        let numbers = (0..rows).map(|_| {
            let folded = self.number();
            last = last.wrapping_add((folded >> 1) as i32 ^ -((folded & 1) as i32));
            last as u32
        });
        numbers.collect()
    }
}
