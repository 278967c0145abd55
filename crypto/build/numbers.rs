//! Numbers in few bytes, as `src/unicode/numbers.rs` reads them.

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
