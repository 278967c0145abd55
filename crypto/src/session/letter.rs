//! What goes through the host from participant to participant.
//!
//! **Invariant:** a letter says nothing to the host that it does not know: who talks to whom, how much and when. What is secret in it
//! is sealed by MLS or by a run of the PAKE.
//!
//! ```text
//! version 1 (one byte) │ kind (varint) │ fields (postcard)
//! ```

use super::files::Piece;
use crate::admission::DoorMessage;
use crate::files::FileId;
use serde::{Deserialize, Serialize};
use wire::Opaque;

const VERSION: u8 = 1;
/// Bytes of past commits in one letter. One that is larger alone is not handed
/// on, and who misses it comes in anew; more lets one request make a member say more.
pub(super) const COMMITS_BYTES: usize = 256 * 1024;

/// One letter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Letter {
    /// 0. A join.
    Door(DoorMessage),
    /// 1. An MLS PrivateMessage with an application message.
    Sealed(Vec<u8>),
    /// 2. I miss the commits that leave this epoch and later ones, and the host does not have them.
    CommitsPlease { epoch: u64 },
    /// 3. These, in order. Each is judged like an entry of the log.
    CommitsHere(Vec<PastCommit>),
    /// 4. An MLS PrivateMessage that vouches for frames: another follows soon, and one that is lost is found by the frames that wait.
    Vouch(Vec<u8>),
    /// 5. About a file that was offered: sealed under its key, for one seat.
    File { id: FileId, piece: Piece },
}

/// A commit that a member remembers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PastCommit {
    /// The epoch it leaves.
    pub(super) epoch: u64,
    /// MLS PrivateMessage.
    pub(super) commit: Vec<u8>,
}

impl Letter {
    /// What the host carries.
    pub(super) fn write(&self) -> Opaque {
        Opaque(postcard::to_extend(self, vec![VERSION]).unwrap_or_default())
    }

    /// Reads what the host brought.
    pub(super) fn read(bytes: &Opaque) -> Option<Self> {
        let (&version, rest) = bytes.0.split_first()?;
        match postcard::take_from_bytes(rest) {
            Ok((letter, [])) if version == VERSION => Some(letter),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_letter_comes_back_whole_or_not_at_all() {
        let letter = Letter::CommitsHere(vec![PastCommit { epoch: 3, commit: vec![1, 2, 3] }]);
        let mut bytes = letter.write();
        assert!(Letter::read(&bytes) == Some(letter));
        bytes.0.push(0);
        assert!(Letter::read(&bytes).is_none());
        assert!(Letter::read(&Opaque(vec![])).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = Letter::read(&Opaque(bytes));
        }
    }
}
