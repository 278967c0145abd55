//! The plaintext of a herald's frame: another member's frame, sealed as it came: whose it is, its own seal says, not the herald.
//!
//! ```text
//!  0               1                                       144
//! ┌───────────────┬─────────────────────┬───────────────────┐
//! │ length L      │ L bytes, sealed     │ 143 − L zeros     │
//! └───────────────┴─────────────────────┴───────────────────┘
//! ```
//! L is 0 when there is nothing to pass on.
//!
//! Invariant: **all frames of all heralds are of one size**, whomever they pass on and whether or not. A mark that follows the longest
//! frame so far, as in [`audio`](super::audio), would not do: counters in SFrame headers have one to eight bytes, so that lengths
//! would tell old voices from new ones.

/// Bytes of the plaintext. An Opus frame of 20 ms at 32 kbit/s has 80 and its seal at most 35 more; 44 kbit/s would still fit.
/// More costs every receiver bandwidth for every herald, less would cut off who sends better sound.
const PLAIN_BYTES: usize = 144;

/// The longest sealed frame that can be passed on, bytes.
pub const MOST_PASSED_ON: usize = PLAIN_BYTES - 1;

/// The plaintext for a sealed frame, or for nothing at all. `None` when the frame is too long.
pub(super) fn filled(sealed: &[u8]) -> Option<[u8; PLAIN_BYTES]> {
    let mut plain = [0; PLAIN_BYTES];
    let (length, rest) = plain.split_first_mut()?;
    *length = u8::try_from(sealed.len()).ok()?;
    rest.get_mut(..sealed.len())?.copy_from_slice(sealed);
    Some(plain)
}

/// Leaves the sealed frame alone in `plain`. Nothing if it is malformed.
pub(super) fn strip(plain: &mut Vec<u8>) -> Option<()> {
    let &length = plain.first().filter(|_| plain.len() == PLAIN_BYTES)?;
    let end = 1 + usize::from(length);
    if end > plain.len() {
        return None;
    }
    plain.truncate(end);
    plain.remove(0);
    Some(())
}
