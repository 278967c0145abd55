//! What members say to each other, inside a padded PrivateMessage.
//!
//! **Invariant:** bytes of a member are read with caps and never trusted to be short, printable or known: an unknown kind is
//! ignored, so that later versions can speak to this one.
//!
//! ```text
//! version 1 (one byte) │ counter (varint): messages of this sender before this one │ kind (varint) │ fields (postcard)
//! ```

use super::api::Devices;
use super::post::Post;
use super::together::Word;
use super::vouch::LIST;
use super::{CHAT_CHARACTERS, NAME_CHARACTERS};
use crate::admission::waiting::{LINE_CHARACTERS, WAITING, Words};
use crate::frames::HASH_BYTES;
use crate::group::{Leave, MemberId, Silence};
use serde::{Deserialize, Serialize};
use wire::ParticipantId;

const VERSION: u8 = 1;
/// Most bytes of a key, or of what is sealed to it.
const SEALED_BYTES: usize = 2_048;
/// Most pending removals one heartbeat names.
const PENDING: usize = 32;

/// One application message. Kinds are numbered in this order and never renumbered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Body {
    /// 0. Who I am and where I sit.
    Announce(Card),
    /// 1. A line of chat.
    Chat(Line),
    /// 2. Microphone, camera, screen.
    Devices(Devices),
    /// 3. I am here.
    Heartbeat(Heartbeat),
    /// 4. I leave.
    Leave(Leave),
    /// 5. I do not hear that member.
    Silence(Silence),
    /// 6. Let us compare the code of this epoch: all of us, or I with one.
    SafetyCheck { epoch: u64, with: Option<MemberId> },
    /// 7. This many of my tries at the door failed.
    FailedTries(u32),
    /// 8. I was away and am back: say again what you said lately.
    Missed,
    /// 9. A line of chat again, for one member; nobody else heeds it.
    Again { to: MemberId, line: Line },
    /// 10. These people wait at my door. From a moderator, to the others.
    Waiting(Board),
    /// 11. My person decided about somebody who waits. To the moderator who holds the run.
    Decision(Decision),
    /// 12. Be silent. Heeded when a moderator says it.
    Mute(Whom),
    /// 13. I am a moderator and do not know the present password: seal it to this key.
    PasswordPlease(Vec<u8>),
    /// 14. Here it is, for the one who asked.
    Password(Handed),
    /// 15. These are all the frames I sealed since my last list.
    Vouch(Vouch),
    /// 16. I was brought a frame in that member's name that it did not seal.
    Forged { member: MemberId },
    /// 17. Of what people do together: hands, reactions.
    Together(Word),
    /// 18. For one member: words, keys for them, and what is said about files.
    Post(Post),
}

impl Body {
    /// True when all members get it and nothing else tells whether it is missing: it counts among the sender's messages.
    pub(super) fn is_for_all(&self) -> bool {
        match self {
            Self::Again { .. } | Self::Vouch(_) => false,
            Self::Post(post) => post.to().is_none(),
            _ => true,
        }
    }
}

/// A password for another moderator.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Handed {
    pub(super) to: MemberId,
    pub(super) pw_gen: u32,
    pub(super) has_password: bool,
    /// HPKE to the key that was sent with the question.
    pub(super) sealed: Vec<u8>,
}

/// Whom a moderator means.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Whom {
    /// Everybody who is no moderator.
    AllButModerators,
    /// One.
    One(MemberId),
}

/// A line of chat, numbered from 0 by whoever says it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) number: u32,
    pub(super) text: String,
}

/// Who waits at a moderator's door.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Board {
    pub(super) waiters: Vec<Waiter>,
    /// Seats to which a person has said no.
    pub(super) refused: Vec<ParticipantId>,
}

impl Board {
    /// True if nobody came, went or was refused between the two; that time passes is no news.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let ids = |board: &Self| board.waiters.iter().map(|waiter| waiter.id).collect::<Vec<_>>();
        ids(self) == ids(other) && self.refused == other.refused
    }
}

/// Somebody who waits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Waiter {
    pub(super) id: MemberId,
    pub(super) seat: ParticipantId,
    pub(super) name: String,
    pub(super) words: Words,
    /// For how long.
    pub(super) seconds: u32,
}

/// What a moderator's person decided about those who wait.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Decision {
    /// 0. Let these in.
    Admit(Vec<MemberId>),
    /// 1. Do not let this one in.
    Refuse(MemberId),
    /// 2. Tell all of them.
    Line(String),
}

/// Twice a second, where frames are signed. That the leaf signed it, and in which epoch, is MLS's work.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Vouch {
    /// Counts the sender's lists.
    pub(super) number: u32,
    /// When the list was closed, ms by a clock of the sender's that nobody else knows.
    pub(super) at: u64,
    /// The sender's frame worker was started anew; what it had sealed last is in no list.
    pub(super) restarted: bool,
    /// Frames by key.
    pub(super) runs: Vec<FrameRun>,
}

/// Frames of one key whose counters follow each other.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FrameRun {
    /// KID of their headers.
    pub(super) kid: u64,
    /// Counter of the first.
    pub(super) first: u64,
    /// A hash for each.
    pub(super) hashes: Vec<[u8; HASH_BYTES]>,
}

/// What a member says about itself.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Card {
    pub(super) name: String,
    pub(super) devices: Devices,
    pub(super) seat: Option<ParticipantId>,
}

/// Every 5 s.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Heartbeat {
    /// The sender's epoch.
    pub(super) epoch: u64,
    /// First 16 bytes of SHA-256 over "incamera/1 epoch" and its epoch authenticator.
    pub(super) authenticator: [u8; 16],
    /// Failed guesses at the sender's own door.
    pub(super) failures: u8,
    /// Whom the sender wants removed and is not yet.
    pub(super) pending_removals: Vec<MemberId>,
    /// Which password the sender knows: only who knows the present one answers knocks.
    pub(super) knows: Option<u32>,
}

/// A message and its place among the sender's.
pub(super) struct Said {
    pub(super) counter: u64,
    pub(super) body: Body,
}

/// The plaintext of a message.
pub(super) fn write(counter: u64, body: &Body) -> Vec<u8> {
    postcard::to_extend(&(counter, body), vec![VERSION]).unwrap_or_default()
}

/// Reads a plaintext; `None` for what is too long, of another version or of an unknown kind.
pub(super) fn read(bytes: &[u8]) -> Option<Said> {
    let (&version, rest) = bytes.split_first()?;
    if version != VERSION {
        return None;
    }
    let ((counter, body), rest) = postcard::take_from_bytes::<(u64, Body)>(rest).ok()?;
    let whole = rest.is_empty() && is_within_caps(&body);
    whole.then(|| Said { counter, body: tidy(body) })
}

fn is_within_caps(body: &Body) -> bool {
    match body {
        Body::Chat(line) | Body::Again { line, .. } => line.text.chars().count() <= CHAT_CHARACTERS,
        Body::Heartbeat(beat) => beat.pending_removals.len() <= PENDING,
        Body::Waiting(board) => board.waiters.len() <= WAITING && board.refused.len() <= WAITING,
        Body::Decision(Decision::Admit(guests)) => guests.len() <= WAITING,
        Body::Decision(Decision::Line(line)) => line.chars().count() <= LINE_CHARACTERS,
        Body::PasswordPlease(bytes) | Body::Password(Handed { sealed: bytes, .. }) => bytes.len() <= SEALED_BYTES,
        Body::Together(word) => word.is_within_caps(),
        Body::Post(post) => post.is_within_caps(),
        Body::Vouch(vouch) => vouch.runs.len() <= LIST && vouch.runs.iter().map(|run| run.hashes.len()).sum::<usize>() <= LIST,
        _ => true,
    }
}

fn tidy(body: Body) -> Body {
    match body {
        Body::Announce(card) => Body::Announce(Card { name: tidy_name(&card.name), ..card }),
        Body::Waiting(mut board) => {
            board.waiters.iter_mut().for_each(|waiter| waiter.name = tidy_name(&waiter.name));
            Body::Waiting(board)
        }
        other => other,
    }
}

/// A line for those who wait, as long as it may be.
pub(super) fn cut_line(line: &str) -> String {
    cut_to(line, LINE_CHARACTERS)
}

/// A text, no longer than so many characters.
pub(super) fn cut_to(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// A name as it may be shown: one line, no control characters, at most [`NAME_CHARACTERS`].
pub(super) fn tidy_name(name: &str) -> String {
    name.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARACTERS).collect()
}

/// A card inside a join; as [`read`] would have it.
pub(super) fn read_card(bytes: &[u8]) -> Option<Card> {
    let (card, rest) = postcard::take_from_bytes::<Card>(bytes).ok()?;
    rest.is_empty().then(|| Card { name: tidy_name(&card.name), ..card })
}

/// The other way round.
pub(super) fn write_card(card: &Card) -> Vec<u8> {
    postcard::to_allocvec(card).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_comes_back_and_an_unknown_kind_is_ignored() {
        let hello = Body::Chat(Line { number: 3, text: "hello".into() });
        let bytes = write(7, &hello);
        let said = read(&bytes).unwrap();
        assert!(said.counter == 7 && said.body == hello);
        assert!(read(&[VERSION, 0, 99]).is_none());
        assert!(read(&[VERSION + 1, 0, 1, 0]).is_none());
    }

    #[test]
    fn too_long_is_dropped_and_names_are_cut_to_what_can_be_shown() {
        let long = Line { number: 0, text: "x".repeat(CHAT_CHARACTERS + 1) };
        assert!(read(&write(0, &Body::Chat(long))).is_none());
        let card = Card { name: format!("A\u{7}\n{}", "b".repeat(200)), ..Card::default() };
        let Some(Said { body: Body::Announce(card), .. }) = read(&write(0, &Body::Announce(card))) else { panic!("not read") };
        assert_eq!(card.name.chars().count(), NAME_CHARACTERS);
        assert!(card.name.starts_with("Ab"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
            let _ = read_card(&bytes);
        }
    }
}
