//! The messages of a join and what is bound into them. All of them pass the host in the clear but what is sealed in [`Welcome`].
//!
//! **Invariant:** whatever decides about a run is under its sid, its shares, or its associated data; a field that the host could
//! change unnoticed decides nothing but which run is looked at.
//!
//! Written with postcard: integers as varints, byte strings with a varint length in front, arrays without.

use super::doorkeeper::Told;
use super::waiting::WaitingMessage;
use crate::group::{CredentialId, ExpectedGroup, MemberId, WelcomePackage};
use crate::password::cpace::{self, State};
use crate::password::{LinkSecret, Prs};
use hmac::{Hmac, Mac};
use rand_core::RngCore;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use wire::RoomId;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Protocol name and version, in every CI.
const PROTOCOL: &[u8] = b"incamera/1";
/// X-Wing hybrid with AES-256-GCM and SHA-384 (provisional code point).
const SUITE: [u8; 2] = [0x00, 0x4E];

/// `sid = nJ ‖ nM`: one run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId {
    /// The joiner's nonce.
    pub joiner: [u8; 32],
    /// The doorkeeper's nonce.
    pub doorkeeper: [u8; 32],
}

impl RunId {
    /// The 64 bytes that CPace takes.
    pub fn bytes(&self) -> Vec<u8> {
        [self.joiner, self.doorkeeper].concat()
    }

    /// A run of the doorkeeper's with whoever drew this nonce.
    pub(super) fn draw(joiner: [u8; 32], rng: &mut impl RngCore) -> Self {
        let mut doorkeeper = [0; 32];
        rng.fill_bytes(&mut doorkeeper);
        Self { joiner, doorkeeper }
    }

    /// Begins CPace in this run of this room, on either side.
    pub(super) fn begin(&self, prs: &Prs, room: RoomId, rng: &mut impl RngCore) -> State {
        let mut wide = Zeroizing::new([0; 64]);
        rng.fill_bytes(&mut *wide);
        cpace::start(prs, &channel_identifier(room), &self.bytes(), wide)
    }
}

/// One message of a join.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DoorMessage {
    /// J → all members.
    Knock(Knock),
    /// M → J.
    Offer(Offer),
    /// J → M.
    Proof(Proof),
    /// M → J, after the log accepted the Add.
    Welcome(Welcome),
    /// M → J: the proof was wrong, or there is no use in one. Not authenticated: a host that forges it does no more than a time-out would.
    Refused(RunId, Refused),
    /// M → J: the proof was right, but the run cannot be finished.
    Void(Void),
    /// Somebody asks to be let in without the password, and what follows.
    Waiting(WaitingMessage),
    /// A member of this epoch was left behind and comes back: a knock on what members of that epoch share. What follows is as for a knock.
    Return(u64, Knock),
}

/// J is at the door.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knock {
    /// nJ.
    pub nonce: [u8; 32],
    /// An MLSMessage with a KeyPackage used for this and nothing else.
    pub key_package: Vec<u8>,
    /// `HMAC-SHA256(HKDF(link_secret, "knock"), room_id ‖ nJ ‖ KeyPackage)`.
    pub tag: [u8; 32],
}

impl Knock {
    /// A knock of somebody who has the link.
    pub fn new(link: &LinkSecret, room: RoomId, nonce: [u8; 32], key_package: &[u8]) -> Self {
        let tag = knock_mac(link, room, &nonce, key_package).map(|mac| mac.finalize().into_bytes().into()).unwrap_or_default();
        Self { nonce, key_package: key_package.to_vec(), tag }
    }

    /// True if whoever knocks has the link. Compared in constant time.
    pub fn is_genuine(&self, link: &LinkSecret, room: RoomId) -> bool {
        knock_mac(link, room, &self.nonce, &self.key_package).is_some_and(|mac| mac.verify_slice(&self.tag).is_ok())
    }
}

fn knock_mac(link: &LinkSecret, room: RoomId, nonce: &[u8; 32], key_package: &[u8]) -> Option<Hmac<Sha256>> {
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(&*link.knock_key()).ok()?;
    Some(mac.chain_update(room.0).chain_update(nonce).chain_update(key_package))
}

/// M's half of the run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Whom it answers, and nM.
    pub run: RunId,
    /// Ya.
    pub share: [u8; 32],
    /// ADa as [`DoorkeeperData`] writes it.
    pub data: Vec<u8>,
}

/// ADa.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DoorkeeperData {
    /// `b'M'`.
    pub(super) role: u8,
    /// What J holds the Welcome to.
    pub(super) promise: ExpectedGroup,
    /// M is alone in its group: of two lone clients the one with the higher group id yields.
    pub(super) alone: bool,
}

/// J's half of the run.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Which run.
    pub run: RunId,
    /// Yb.
    pub share: [u8; 32],
    /// ADb as [`JoinerData`] writes it.
    pub data: Vec<u8>,
    /// Tag_B.
    pub tag: [u8; 32],
}

/// ADb.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct JoinerData {
    /// `b'J'`.
    pub(super) role: u8,
    /// RFC 9420 §5.2.
    pub(super) key_package: Vec<u8>,
    /// The leaf's credential.
    pub(super) credential: CredentialId,
    /// Who comes back says who it was, for the doorkeeper's eyes: AES-256-GCM under a key for this run only, nonce 0, of a
    /// [`Return`](crate::group::Return).
    pub(super) returns: Option<Vec<u8>>,
}

/// What lets J in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Which run.
    pub run: RunId,
    /// Tag_A.
    pub tag: [u8; 32],
    /// The doorkeeper's attempt at committing this Add: AEAD nonce (96 bits, big endian) and AAD of `sealed`.
    pub attempt: u64,
    /// AES-256-GCM under the join key M→J of [`Sealed`].
    pub sealed: Vec<u8>,
}

/// Inside [`Welcome::sealed`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sealed {
    /// MLSMessage with the Welcome.
    pub(super) welcome: Vec<u8>,
    /// HPKE to the KeyPackage, info = transcript hash, AAD = attempt, of [`JoinSecrets`]: a recording of the run plus a
    /// quantum computer opens the AEAD, not this.
    pub(super) inner: Vec<u8>,
}

/// What a newcomer learns beside the Welcome.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct JoinSecrets {
    /// [`RoomPsk::to_bytes`](crate::group::RoomPsk::to_bytes): generation (32 bits, big endian) and secret.
    pub(super) room_psk: Vec<u8>,
    /// Failed guesses so far, by doorkeeper.
    #[zeroize(skip)]
    pub failures: Vec<(MemberId, u8)>,
    /// What members have announced, as the doorkeeper holds it; each is replaced by what the member says itself.
    #[zeroize(skip)]
    pub announcements: Vec<(MemberId, Vec<u8>)>,
}

impl JoinSecrets {
    pub(super) fn new(package: &WelcomePackage, told: &Told) -> Self {
        Self {
            room_psk: package.room_psk.to_bytes().to_vec(),
            failures: told.failures.clone(),
            announcements: told.announcements.clone(),
        }
    }
}

/// Why a doorkeeper does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refused {
    /// Tag_B was wrong.
    WrongProof,
    /// Too many wrong guesses: the door takes no passwords.
    DoorClosed,
    /// Nobody is admitted at present.
    Locked,
    /// Passwords are not taken; who comes may ask to be let in.
    AskToBeLetIn,
}

/// The proof was right, the run is not: it promised a state of the room that a moderator has changed since, or the group cannot
/// take this newcomer. J knocks anew; Tag_A shows that this is no failed guess.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// Which run.
    pub run: RunId,
    /// Tag_A.
    pub tag: [u8; 32],
}

/// `CI = lv("incamera/1") ‖ lv(room_id) ‖ lv(suite)`, lv being one byte of length and the value.
pub(super) fn channel_identifier(room: RoomId) -> Vec<u8> {
    let mut ci = Vec::with_capacity(32);
    for part in [PROTOCOL, &room.0, &SUITE] {
        ci.push(part.len() as u8);
        ci.extend_from_slice(part);
    }
    ci
}

/// The AEAD nonce, which is also its AAD and the AAD of the HPKE inside.
pub(super) fn attempt_bytes(attempt: u64) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&attempt.to_be_bytes());
    bytes
}

/// Postcard bytes of a value that always can be written.
pub(super) fn write<T: Serialize>(value: &T) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(postcard::to_allocvec(value).unwrap_or_default())
}

/// Exactly one value, nothing left over.
pub(super) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}
