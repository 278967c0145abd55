//! TURN over a stream (TCP or TLS): messages one after the other (RFC 8656 §3.1).
//!
//! **Invariant:** where a message ends follows from its first four bytes, and none is longer than [`Frame::LARGEST`]: a stream that begins one
//! that is, or anything else, is out of step and worth nothing any more.
//!
//! ```text
//! 0                   2                   4
//! +-------------------+-------------------+
//! | 0b00… STUN type   | length            |  20 + length bytes (RFC 8489 §5)
//! | 0x4000…0x4FFF     | length            |  4 + length bytes, padded to four (RFC 8656 §12.5)
//! +-------------------+-------------------+
//! ```

use super::{LARGEST, message};
use rtc_stun::message::{
    CLASS_INDICATION, CLASS_REQUEST, METHOD_ALLOCATE, METHOD_BINDING, METHOD_CHANNEL_BIND, METHOD_CREATE_PERMISSION,
    METHOD_REFRESH, METHOD_SEND,
};

/// Bytes of a STUN header.
const STUN_HEADER: usize = 20;
/// Bytes of a ChannelData header.
pub(super) const CHANNEL_HEADER: usize = 4;

/// How long the next message of a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Bytes of the message, its first four included.
    pub length: usize,
    /// Bytes behind it that only fill up.
    pub padding: usize,
}

impl Frame {
    /// The longest message, padding included, bytes.
    pub const LARGEST: usize = LARGEST;

    /// Of a message that begins so; `None` when no message does.
    pub fn of(first: [u8; 4]) -> Option<Self> {
        let [kind, _, high, low] = first;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let frame = match kind {
            0..=3 => Self { length: STUN_HEADER + length, padding: 0 },
            64..=79 => {
                let length = CHANNEL_HEADER + length;
                Self { length, padding: length.next_multiple_of(4) - length }
            }
            _ => return None,
        };
        // A STUN message is made of words of four bytes.
        let is_whole = kind > 3 || length % 4 == 0;
        (is_whole && frame.length + frame.padding <= Self::LARGEST).then_some(frame)
    }
}

/// True when a stream that begins with these two bytes is TURN's, and not media in frames (RFC 4571): there they are a length, and a frame that
/// is shorter than a STUN header opens nothing.
pub fn opens_turn(first: [u8; 2]) -> bool {
    let kind = u16::from_be_bytes(first);
    usize::from(kind) < STUN_HEADER
        && matches!(message::class_and_method(kind), (CLASS_REQUEST, method) if method == METHOD_BINDING || is_turn(kind))
}

/// True for the type of a message that a TURN client sends.
pub(super) fn is_turn(kind: u16) -> bool {
    match message::class_and_method(kind) {
        (CLASS_REQUEST, method) => {
            [METHOD_ALLOCATE, METHOD_REFRESH, METHOD_CREATE_PERMISSION, METHOD_CHANNEL_BIND].contains(&method)
        }
        (CLASS_INDICATION, method) => method == METHOD_SEND,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn messages_and_channels_are_as_long_as_they_say() {
        assert_eq!(Frame::of([0, 3, 0, 8]), Some(Frame { length: 28, padding: 0 }));
        assert_eq!(Frame::of([0x40, 0, 0, 5]), Some(Frame { length: 9, padding: 3 }));
        assert_eq!(Frame::of([0x4f, 0xff, 0, 0]), Some(Frame { length: 4, padding: 0 }));
        for wrong in [[0, 3, 0, 7], [0x50, 0, 0, 0], [0x40, 0, 8, 0], [0, 3, 8, 0], [22, 3, 1, 0], [b'G', b'E', b'T', b' ']] {
            assert_eq!(Frame::of(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_stream_of_media_is_told_from_a_stream_of_turn() {
        assert!(opens_turn([0, 3]) && opens_turn([0, 1]) && opens_turn([0, 4]));
        // A check in a frame: 28 bytes and more.
        assert!((20..2_048u16).all(|length| !opens_turn(length.to_be_bytes())));
        assert!(!opens_turn([0, 0]) && !opens_turn([0, 2]) && !opens_turn([0, 17]) && !opens_turn([22, 3]));
    }

    proptest! {
        #[test]
        fn no_message_is_longer_than_allowed(first: [u8; 4]) {
            if let Some(frame) = Frame::of(first) {
                prop_assert!(frame.length >= 4 && frame.length + frame.padding <= Frame::LARGEST && frame.padding < 4);
            }
        }
    }
}
