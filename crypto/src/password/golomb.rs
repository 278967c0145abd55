//! A set of strings in about 18 bits each, for membership tests that may err on one side.
//!
//! Invariant: **a string of the set is always found.** Another string is taken for one of them with a chance of 2⁻¹⁶.
//!
//! Each string's hash is mapped to a place among `count · 2¹⁶`; the sorted places are written as differences in
//! Golomb-Rice code (quotient in unary, remainder in 16 bits, most significant bit first) after the count in four bytes,
//! big endian. The build script, which shares this file, writes them.

use sha2::{Digest, Sha256};

/// Bits of the remainder, and the exponent of the chance to err.
pub(crate) const RICE_BITS: u32 = 16;

/// The place of a string in a set of `count`.
pub(crate) fn place(string: &str, count: u32) -> u64 {
    let hash = Sha256::digest(string.as_bytes());
    let number = hash.iter().take(8).fold(0, |number, &byte| number << 8 | u128::from(byte));
    ((number * (u128::from(count) << RICE_BITS)) >> 64) as u64
}

/// Whether a string is in an encoded set. Bytes that are no set hold nothing.
pub(crate) fn contains(set: &[u8], string: &str) -> bool {
    let (count, places) = Places::of(set);
    let wanted = place(string, count);
    places.take_while(|&place| place <= wanted).any(|place| place == wanted)
}

/// The places of a set in ascending order.
pub(crate) struct Places<'a> {
    bytes: &'a [u8],
    /// Next bit to read.
    at: usize,
    left: u32,
    last: u64,
}

impl<'a> Places<'a> {
    /// How many strings a set holds, and their places.
    pub(crate) fn of(set: &'a [u8]) -> (u32, Self) {
        let (count, bytes) = set.split_first_chunk().unwrap_or((&[0; 4], &[]));
        let count = u32::from_be_bytes(*count);
        (count, Self { bytes, at: 0, left: count, last: 0 })
    }

    /// The next bits, most significant first; zeros beyond the end.
    fn window(&self) -> u64 {
        let bytes = (0..8).fold(0, |word, next| word << 8 | u64::from(self.bytes.get(self.at / 8 + next).copied().unwrap_or(0)));
        bytes << (self.at % 8)
    }
}

impl Iterator for Places<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let mut quotient = 0;
        loop {
            // At least 57 bits of a window are real.
            let ones = self.window().leading_ones().min(56);
            quotient += u64::from(ones);
            self.at += ones as usize;
            if ones < 56 {
                break;
            }
        }
        self.at += 1;
        let remainder = self.window() >> (64 - RICE_BITS);
        self.at += RICE_BITS as usize;
        self.last += (quotient << RICE_BITS) + remainder;
        (self.at <= self.bytes.len() * 8).then_some(self.last)
    }
}
