//! The messages of the waiting room, and the words that stand for them.
//!
//! **Invariant:** the words are a function of everything both sides said in the run that decides who is let into which group.

use super::super::messages::{Offer, Proof, RunId};
use crate::group::ExpectedGroup;
use crate::name::Language;
use crate::password::LinkSecret;
use crate::words;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha512};
use wire::RoomId;

/// Longest line that a moderator sends to those who wait, in characters.
pub const LINE_CHARACTERS: usize = 280;
/// ADa of a run of the waiting room.
pub(super) const MODERATOR: &[u8] = b"incamera/1 waiting room moderator";
/// ADb.
pub(super) const GUEST: &[u8] = b"incamera/1 waiting room guest";
/// Words on the two screens: 44 bits.
const WORDS: usize = 4;

/// One message of the waiting room.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WaitingMessage {
    /// 0. J → all members.
    Ask(Ask),
    /// 1. M → J.
    Offer(Offer),
    /// 2. J → M.
    Proof(Proof),
    /// 3. M → J: Tag_A. Both now know that the other has the link.
    Confirmed(RunId, [u8; 32]),
    /// 4. Either way, once the run is confirmed.
    Sealed(SealedMessage),
    /// 5. M → J, nJ: nobody is let in at the moment. Not authenticated: a host that forges it does no more than silence would.
    Closed([u8; 32]),
}

/// J is at the door and has no password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// nJ.
    pub nonce: [u8; 32],
    /// `HMAC-SHA256(HKDF(link_secret, "knock waiting room"), room_id ‖ nJ)`.
    pub tag: [u8; 32],
}

impl Ask {
    /// The question of somebody who has the link.
    pub fn new(link: &LinkSecret, room: RoomId, nonce: [u8; 32]) -> Self {
        let tag = ask_mac(link, room, &nonce).map(|mac| mac.finalize().into_bytes().into()).unwrap_or_default();
        Self { nonce, tag }
    }

    /// True if whoever asks has the link. Compared in constant time.
    pub fn is_genuine(&self, link: &LinkSecret, room: RoomId) -> bool {
        ask_mac(link, room, &self.nonce).is_some_and(|mac| mac.verify_slice(&self.tag).is_ok())
    }
}

fn ask_mac(link: &LinkSecret, room: RoomId, nonce: &[u8; 32]) -> Option<Hmac<Sha256>> {
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(&*link.ask_key()).ok()?;
    Some(mac.chain_update(room.0).chain_update(nonce))
}

/// One sealed message of a run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedMessage {
    /// Which run.
    pub run: RunId,
    /// How many went this way before: AEAD nonce (96 bits, big endian) and AAD.
    pub number: u64,
    /// AES-256-GCM under the run's key for this direction.
    pub sealed: Vec<u8>,
}

/// What the guest says inside the run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum GuestSays {
    /// 0. What I shall reveal hashes to this, and this is my name.
    Commit { commitment: [u8; 32], name: String },
    /// 1. This is what I committed to.
    Reveal { nonce: [u8; 32], key_package: Vec<u8> },
    /// 2. I am still waiting.
    Here,
}

/// What the moderator says inside the run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ModeratorSays {
    /// 0. Who I am and what you would join.
    Answer { nonce: [u8; 32], promise: ExpectedGroup, language: Language },
    /// 1. A line for the person who waits.
    Line(String),
    /// 2. You are still on my screen.
    Here,
    /// 3. No.
    Refused,
    /// 4. What I promised holds no more: ask again.
    Void,
    /// 5. The MLS Welcome, and HPKE to the KeyPackage (info = transcript, AAD = this message's number) of `JoinSecrets`.
    Welcome { welcome: Vec<u8>, inner: Vec<u8> },
}

/// `SHA-256("incamera/1 waiting room commitment" ‖ nonce ‖ KeyPackage)`.
pub(super) fn commitment(nonce: &[u8; 32], key_package: &[u8]) -> [u8; 32] {
    let label = b"incamera/1 waiting room commitment";
    Sha256::new_with_prefix(label).chain_update(nonce).chain_update(key_package).finalize().into()
}

/// Everything that was said in a run up to the words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Transcript([u8; 64]);

impl Transcript {
    /// SHA-512 over a label, the hash of the CPace run, and the plaintexts of commit, answer and reveal, each after its length (32 bits).
    pub(super) fn of(run: &[u8; 64], commit: &[u8], answer: &[u8], reveal: &[u8]) -> Self {
        let mut hash = Sha512::new_with_prefix(b"incamera/1 waiting room").chain_update(run);
        for part in [commit, answer, reveal] {
            hash.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    pub(super) fn bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// Its first 44 bits.
    pub(super) fn words(&self, language: Language) -> Words {
        let mut places = words::places(&self.0);
        Words { language, places: core::array::from_fn(|_| places.next().unwrap_or_default()) }
    }
}

/// The four words that guest and moderator see, in the room's language.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    language: Language,
    places: [u16; WORDS],
}

impl Words {
    /// As they are shown and told, with their accents.
    pub fn spelled(&self) -> [&'static str; WORDS] {
        let list = words::list(self.language);
        self.places.map(|place| list.get(usize::from(place)).map_or("", String::as_str))
    }

    /// Their language.
    pub fn language(&self) -> Language {
        self.language
    }
}

impl core::fmt::Debug for Words {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Words(..)")
    }
}

/// A line as it may be shown: no control characters, at most [`LINE_CHARACTERS`].
pub(super) fn tidy_line(line: &str) -> String {
    line.trim().chars().filter(|c| !c.is_control()).take(LINE_CHARACTERS).collect()
}
