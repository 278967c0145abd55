//! The filter's instructions.
//!
//! **Invariant:** every jump goes forward and ends at a verdict; there are no loops in classic BPF, so each attribute has steps of its own.

use crate::core::media::Stamp;
use socket2::SockFilter;

/// Attributes of a request among which USERNAME is looked for. Browsers put it first, no known agent behind the fifth.
pub(super) const ATTRIBUTES: usize = 16;

/// Bytes of a UDP header: where the filter's view of a datagram begins.
const UDP_HEADER: u32 = 8;
/// Bytes of a STUN header.
const STUN_HEADER: u32 = 20;

/// One instruction: its code, how many to skip when a comparison holds and when not, and its constant.
pub(super) struct Step(u16, (u8, u8), u32);

impl Step {
    pub(super) fn for_the_kernel(&self) -> SockFilter {
        let &Self(code, (taken, otherwise), k) = self;
        SockFilter::new(code, taken, otherwise, k)
    }
}

/// The codes of linux/bpf_common.h that are used. `A` and `X` are the two registers.
mod code {
    /// A = the packet's length.
    pub(super) const LENGTH: u16 = 0x80;
    /// A = 4 bytes at k.
    pub(super) const WORD_AT: u16 = 0x20;
    /// A = 2 bytes at k.
    pub(super) const HALF_AT: u16 = 0x28;
    /// A = 4 bytes at X + k.
    pub(super) const WORD_BEHIND: u16 = 0x40;
    /// A = 2 bytes at X + k.
    pub(super) const HALF_BEHIND: u16 = 0x48;
    /// X = k.
    pub(super) const X: u16 = 0x01;
    /// A += k.
    pub(super) const ADD: u16 = 0x04;
    /// A += X.
    pub(super) const ADD_X: u16 = 0x0c;
    /// A &= k.
    pub(super) const AND: u16 = 0x54;
    /// X = A.
    pub(super) const TO_X: u16 = 0x07;
    /// Is A = k?
    pub(super) const IS: u16 = 0x15;
    /// Is A = X?
    pub(super) const IS_X: u16 = 0x1d;
    /// Is A >= k?
    pub(super) const AT_LEAST: u16 = 0x35;
    /// Ends: so many bytes of the packet are kept.
    pub(super) const KEEP: u16 = 0x06;
}

/// Steps before the first attribute, and of each.
const HEAD: usize = 12;
const EACH: usize = 7;
/// The steps behind all attributes: what passes ends at the first, a USERNAME is compared from the second on.
const PASS: usize = HEAD + EACH * ATTRIBUTES;
const NAME: usize = PASS + 1;

/// To read where nothing is ends the program and drops the packet; so what is to pass is told by lengths first. A request whose attributes end
/// before a USERNAME is dropped that way, and rightly: the core finds no name in it either.
pub(super) fn of(stamp: Stamp) -> Vec<Step> {
    use code::*;
    let step = |code, k| Step(code, (0, 0), k);
    // Goes on when the comparison of step `at` holds, and lets the packet pass when not.
    let or_pass = |at: usize, code, k| Step(code, (0, (PASS - at - 1) as u8), k);
    let mut steps = vec![
        step(LENGTH, 0),
        or_pass(1, AT_LEAST, UDP_HEADER + STUN_HEADER),
        step(HALF_AT, UDP_HEADER),
        or_pass(3, IS, 0x0001),
        step(WORD_AT, UDP_HEADER + 4),
        or_pass(5, IS, 0x2112_a442),
        // The length that the request names is all that is there: datagrams of one sender may come as one packet, and a forged first one shall not
        // take the others along.
        step(HALF_AT, UDP_HEADER + 2),
        step(ADD, UDP_HEADER + STUN_HEADER),
        step(TO_X, 0),
        step(LENGTH, 0),
        or_pass(10, IS_X, 0),
        step(X, UDP_HEADER + STUN_HEADER),
    ];
    for attribute in 0..ATTRIBUTES {
        let at = HEAD + EACH * attribute;
        steps.extend([
            step(HALF_BEHIND, 0),
            Step(IS, ((NAME - (at + 1) - 1) as u8, 0), 0x0006),
            // X moves behind the attribute: its header of 4 bytes and its value, padded to 4.
            step(HALF_BEHIND, 2),
            step(ADD, 7),
            step(AND, !3),
            step(ADD_X, 0),
            step(TO_X, 0),
        ]);
    }
    steps.extend([
        step(KEEP, u32::MAX),
        step(WORD_BEHIND, 4),
        Step(IS, (0, 1), u32::from_be_bytes(stamp.characters())),
        step(KEEP, u32::MAX),
        step(KEEP, 0),
    ]);
    steps
}
