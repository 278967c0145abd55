//! The moving code that a participant's camera shows.
//!
//! ```text
//! 8 columns x 4 rows of black and white squares, one bit each, row by row, most significant bit first:
//! row 0  0b1011_0010, so that anything else is no code
//! row 1  who: the participant's number
//! row 2  when: the frame's number, modulo the length of the film
//! row 3  CRC-8 (polynomial 0x07) over rows 1 and 2
//! ```
//!
//! Invariant: what decodes was sent as it is. Big squares survive VP8 at its lowest layer; what does not survive fails
//! the checksum instead of reading as somebody else.

/// Columns of the grid.
pub const COLUMNS: usize = 8;
/// Rows of the grid.
pub const ROWS: usize = 4;

const MARK: u8 = 0b1011_0010;

/// What one picture of a participant's camera says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The participant's number.
    pub who: u8,
    /// The frame's number in the film.
    pub when: u8,
}

impl Code {
    /// The squares, row by row: true is white.
    pub fn squares(self) -> [bool; COLUMNS * ROWS] {
        let rows = [MARK, self.who, self.when, crc8(&[self.who, self.when])];
        std::array::from_fn(|at| rows[at / COLUMNS] >> (COLUMNS - 1 - at % COLUMNS) & 1 == 1)
    }

    /// Reads the mean brightness (0 to 255) of each square, row by row.
    pub fn read(brightness: &[f64]) -> Option<Self> {
        if brightness.len() != COLUMNS * ROWS {
            return None;
        }
        let row = |n: usize| {
            brightness[n * COLUMNS..(n + 1) * COLUMNS].iter().fold(0u8, |bits, &value| bits << 1 | u8::from(value > 127.0))
        };
        let code = Self { who: row(1), when: row(2) };
        (row(0) == MARK && row(3) == crc8(&[code.who, code.when])).then_some(code)
    }
}

fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brightness(code: Code) -> Vec<f64> {
        code.squares().iter().map(|&white| if white { 210.0 } else { 40.0 }).collect()
    }

    #[test]
    fn every_code_reads_as_itself() {
        for who in 0..=255 {
            for when in 0..=255 {
                let code = Code { who, when };
                assert_eq!(Code::read(&brightness(code)), Some(code));
            }
        }
    }

    #[test]
    fn no_single_flipped_square_reads_as_a_code() {
        let sound = brightness(Code { who: 3, when: 17 });
        for at in 0..sound.len() {
            let mut broken = sound.clone();
            broken[at] = 255.0 - broken[at];
            assert_eq!(Code::read(&broken), None, "square {at}");
        }
    }

    #[test]
    fn black_white_and_grey_are_no_codes() {
        for value in [0.0, 127.0, 128.0, 255.0] {
            assert_eq!(Code::read(&[value; COLUMNS * ROWS]), None);
        }
    }
}
