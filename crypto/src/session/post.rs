//! What members say to each other that is not for everybody: words and files for one, and what is said about files.
//!
//! **Invariant:** bytes of a member are read with caps; what is meant for one is heeded by nobody else.

use super::CHAT_CHARACTERS;
use crate::files::{ChunkHash, FILE_NAME_CHARACTERS, FileId, FileInfo, Offer};
use crate::group::MemberId;
use serde::{Deserialize, Serialize};

/// Most bytes of a key, or of what is sealed to it: letters of [`LETTER_BYTES`] and what HPKE adds.
const SEALED_BYTES: usize = LETTER_BYTES + 4 * 1024;
/// Bytes of lines in one letter.
pub(super) const LETTER_BYTES: usize = 64 * 1024;
/// Lines in one letter.
pub(super) const LETTER_LINES: usize = 16;
const VERSION: u8 = 1;

/// One aside, by which it is known to the two whom it concerns. Drawn by who writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PostId(pub [u8; 8]);

/// What the person wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PostCommand {
    /// Say something to one member alone; cut to [`CHAT_CHARACTERS`].
    Say {
        /// To whom.
        to: MemberId,
        /// What.
        text: String,
    },
    /// Offer a file, to one or (`None`) to all. Nobody gets it before they ask.
    Offer {
        /// To whom.
        to: Option<MemberId>,
        /// What: the id is fresh and drawn by the caller.
        file: FileInfo,
        /// SHA-256 of each of its chunks ([`crate::files::chunk_hash`]).
        hashes: Vec<ChunkHash>,
    },
    /// Have a file that somebody offered.
    Fetch(FileId),
    /// No longer.
    Stop(FileId),
    /// A piece, as [`PostEvent::Read`] asked for it; `None` if it cannot be read.
    Read {
        /// Of which file.
        id: FileId,
        /// Which piece.
        index: u32,
        /// What is in it.
        bytes: Option<Vec<u8>>,
    },
}

/// What the screen should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PostEvent {
    /// Somebody said something to us alone, or we to somebody.
    Said {
        /// Which.
        id: PostId,
        /// The other of the two.
        with: MemberId,
        /// We said it.
        mine: bool,
        /// What.
        what: Content,
    },
    /// How far something of ours is.
    Delivery {
        /// Which.
        id: PostId,
        /// How far.
        delivery: Delivery,
    },
    /// Somebody offers a file to all; ourselves included.
    Offered {
        /// Who.
        from: MemberId,
        /// What.
        file: FileInfo,
    },
    /// How far a file is.
    File {
        /// Which.
        id: FileId,
        /// How far.
        state: FileState,
    },
    /// Somebody wants a piece of a file of ours: read it, and answer with [`PostCommand::Read`].
    Read {
        /// Which.
        id: FileId,
        /// Which piece.
        index: u32,
        /// Where it begins, bytes.
        start: u64,
        /// Its bytes.
        bytes: usize,
    },
    /// A piece of a file has come and is what was offered. Nobody here keeps it.
    Piece {
        /// Which.
        id: FileId,
        /// Which piece.
        index: u32,
        /// What is in it.
        bytes: Vec<u8>,
    },
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Words.
    Text(String),
    /// A file.
    File(FileInfo),
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileState {
    /// So many of its pieces are here.
    Coming(u32),
    /// Who has it is away; it goes on when that one is back.
    Waiting,
    /// All of it is here, and is what was offered.
    Whole,
    /// Who has it is here, and it does not come.
    Failed,
    /// Nobody here has it any more.
    Gone,
    /// One of ours: so many have all of it.
    HadBy(usize),
    /// One of ours can no longer be read on this device, or is no longer what was offered.
    Unreadable,
}

/// How far something is that we said to one member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// On its way.
    #[default]
    Sending,
    /// The other is away, or we are: it is sent when both are back.
    Away,
    /// The other has it.
    Delivered,
    /// The other is gone for good, or was away for too long: it was not delivered and will not be.
    Lost,
}

/// One of these inside an application message ([`super::body::Body::Post`]). Kinds are numbered in this order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Post {
    /// 0. I have something for you alone: to which key do I seal it?
    KeyPlease { to: MemberId },
    /// 1. To this one, once.
    Key { to: MemberId, key: Vec<u8> },
    /// 2. Here it is: HPKE to that key of [`write`].
    Sealed { to: MemberId, sealed: Vec<u8> },
    /// 3. I have these.
    Got { to: MemberId, ids: Vec<PostId> },
    /// 4. A file, for all: a line of chat.
    File(FileLine),
    /// 5. The same again, for one who was away.
    FileAgain { to: MemberId, line: FileLine },
}

/// A file as a line of chat, numbered among the lines of whoever says it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileLine {
    pub(super) number: u32,
    pub(super) offer: Offer,
}

impl Post {
    /// Whom it concerns, if not all.
    pub(super) fn to(&self) -> Option<MemberId> {
        match self {
            Self::KeyPlease { to }
            | Self::Key { to, .. }
            | Self::Sealed { to, .. }
            | Self::Got { to, .. }
            | Self::FileAgain { to, .. } => Some(*to),
            Self::File(_) => None,
        }
    }

    pub(super) fn is_within_caps(&self) -> bool {
        match self {
            Self::KeyPlease { .. } => true,
            Self::Key { key: bytes, .. } | Self::Sealed { sealed: bytes, .. } => bytes.len() <= SEALED_BYTES,
            Self::Got { ids, .. } => ids.len() <= LETTER_LINES,
            Self::File(line) | Self::FileAgain { line, .. } => line.offer.is_sane(),
        }
    }
}

/// A line for one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Aside {
    pub(super) id: PostId,
    pub(super) what: What,
}

/// What it says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum What {
    /// 0. Words.
    Text(String),
    /// 1. A file.
    File(Offer),
}

impl What {
    pub(super) fn is_within_caps(&self) -> bool {
        match self {
            Self::Text(text) => text.chars().count() <= CHAT_CHARACTERS,
            Self::File(offer) => offer.is_sane(),
        }
    }

    /// About how many bytes it takes in a letter.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Text(text) => text.len().saturating_add(16),
            // Ids, key, root, and a name of four bytes a character.
            Self::File(_) => 128 + 4 * FILE_NAME_CHARACTERS,
        }
    }

    /// As the screen is told it: without the key.
    pub(super) fn told(&self) -> Content {
        match self {
            Self::Text(text) => Content::Text(text.clone()),
            Self::File(offer) => Content::File(offer.info.clone()),
        }
    }
}

/// The plaintext of a letter: **version 1 (one byte) ‖ list of asides** (postcard).
pub(super) fn write(asides: &[Aside]) -> Vec<u8> {
    postcard::to_extend(asides, vec![VERSION]).unwrap_or_default()
}

/// Reads it; an aside that says too much makes the letter nothing.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Aside>> {
    let (&version, rest) = bytes.split_first()?;
    let (asides, rest) = postcard::take_from_bytes::<Vec<Aside>>(rest).ok()?;
    let sane = version == VERSION && rest.is_empty() && asides.len() <= LETTER_LINES;
    (sane && asides.iter().all(|aside| aside.what.is_within_caps())).then_some(asides)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_letter_comes_back_unless_it_says_too_much() {
        let aside = |characters: usize| Aside { id: PostId([3; 8]), what: What::Text("é".repeat(characters)) };
        let letter = vec![aside(2), aside(CHAT_CHARACTERS)];
        assert!(read(&write(&letter)) == Some(letter));
        assert!(read(&write(&[aside(CHAT_CHARACTERS + 1)])).is_none());
        let many: Vec<Aside> = (0..=LETTER_LINES).map(|_| aside(1)).collect();
        assert!(read(&write(&many)).is_none() && read(&[]).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }
    }
}
