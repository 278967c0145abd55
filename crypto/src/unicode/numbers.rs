//! Numbers in few bytes: what the tables of this module are packed in.
//!
//! Invariant: **what the build script writes with this file is what the crate reads with it.** A number is in LEB128 (seven bits a
//! byte, least significant first); a column of a table is written as differences, negative ones folded between the others, so that
//! what goes on evenly becomes the same small number over and over, which a compressor all but removes.

/// Writes tables, one after the other.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    /// One number.
    pub(crate) fn number(&mut self, mut number: u32) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// A column: each number by how far it is from the one before. All are below 2³⁰.
    pub(crate) fn column(&mut self, numbers: impl IntoIterator<Item = u32>) {
        let mut last = 0;
        for number in numbers {
            let difference = number as i32 - last;
            self.number((difference << 1 ^ difference >> 31) as u32);
            last = number as i32;
        }
    }
}

/// Reads what a [`Writer`] wrote. Beyond the end there are zeros.
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
