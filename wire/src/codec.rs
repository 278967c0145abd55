//! One byte of version, then one postcard value. Size is checked before a byte is looked at.

use crate::{VERSION, limits};
use serde::{Serialize, de::DeserializeOwned};

/// Why bytes from the other side are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than [`limits::MESSAGE_BYTES`].
    #[error("message of {0} bytes is larger than allowed")]
    TooLarge(usize),
    /// The other side speaks another version of the envelopes.
    #[error("the other side speaks version {0}")]
    OtherVersion(u8),
    /// Not the bytes of a message, or bytes left over.
    #[error("not a message")]
    Malformed,
}

/// The bytes of one WebSocket message.
///
/// # Panics
/// Never for the types of this crate: they hold nothing postcard cannot write.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    let start = vec![VERSION];
    #[expect(clippy::unwrap_used, reason = "postcard fails only on types without a length; ours have one")]
    postcard::to_extend(message, start).unwrap()
}

/// Reads one WebSocket message.
///
/// # Errors
/// [`DecodeError`] when the bytes are too many, of another version, or not exactly one message.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    if bytes.len() > limits::MESSAGE_BYTES {
        return Err(DecodeError::TooLarge(bytes.len()));
    }
    let (&version, body) = bytes.split_first().ok_or(DecodeError::Malformed)?;
    if version != VERSION {
        return Err(DecodeError::OtherVersion(version));
    }
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        _ => Err(DecodeError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FromHost, ParticipantId, ToHost};
    use proptest::prelude::*;

    #[test]
    fn a_message_comes_back_as_it_was() {
        let message = ToHost::Relay { to: ParticipantId([7; 16]), body: crate::Opaque(vec![1, 2, 3]) };
        assert_eq!(decode::<ToHost>(&encode(&message)), Ok(message));
    }

    /// Whoever moves one of these has made another version.
    #[test]
    fn the_numbers_of_version_1_stay() {
        use crate::{LayersWanted, Refusal, Track};
        let wanted = LayersWanted { track: Track::Herald, layers: vec![true, false] };
        assert_eq!(encode(&FromHost::LayersWanted(wanted)), [1, 16, 4, 2, 1, 0]);
        assert_eq!(encode(&FromHost::Refused(Refusal::OfferUnusable)), [1, 15, 9]);
        assert_eq!(encode(&FromHost::Refused(Refusal::PermissionNeeded)), [1, 15, 10]);
        assert_eq!(encode(&ToHost::Alive), [1, 10]);
        assert_eq!(encode(&ToHost::SeekRelay), [1, 11]);
        let ways = vec![crate::RelayWay { over: crate::RelayOver::Tls, port: 443 }];
        let access = crate::RelayAccess { username: "a".into(), password: "b".into(), seconds: 2, ways };
        assert_eq!(encode(&FromHost::Relay(access)), [1, 17, 1, 97, 1, 98, 2, 1, 2, 0xbb, 3]);
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = encode(&ToHost::Leave);
        bytes[0] = 9;
        assert_eq!(decode::<ToHost>(&bytes), Err(DecodeError::OtherVersion(9)));
    }

    #[test]
    fn bytes_left_over_are_refused() {
        let mut bytes = encode(&ToHost::Leave);
        bytes.push(0);
        assert_eq!(decode::<ToHost>(&bytes), Err(DecodeError::Malformed));
    }

    #[test]
    fn ids_cannot_be_printed() {
        let shown = format!("{:?}", ToHost::Relay { to: ParticipantId([0xab; 16]), body: crate::Opaque(b"secret".to_vec()) });
        assert!(!shown.contains("171") && !shown.contains("secret") && !shown.contains("ab"), "{shown}");
        let access = crate::RelayAccess { username: "secret".into(), password: "secret".into(), seconds: 9, ways: vec![] };
        assert_eq!(format!("{access:?}"), "RelayAccess(0 ways)");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = decode::<ToHost>(&bytes);
            let _ = decode::<FromHost>(&bytes);
            let _ = decode::<crate::permission::Identification>(&bytes);
            let _ = decode::<crate::permission::Answer>(&bytes);
        }
    }
}
