//! The room state: what all members agree on beside the tree (PROTOCOL.md §6).
//!
//! **Invariant:** the roster in here and the leaves of the tree are the same people, one to one. The state is part of the group
//! context (component [`ROOM_COMPONENT`] of the `app_data_dictionary` extension), so it is the same for all members of an
//! epoch, newcomers get it signed, and it changes only by [`Change`](super::change::Change), which every member computes alike.

use super::{Admission, CredentialId, MemberId};
use crate::name::Language;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wire::RoomId;

/// The component of `app_data_dictionary` that holds the room state; private range of draft-ietf-mls-extensions.
pub(super) const ROOM_COMPONENT: u16 = 0x8001;

/// Layout of [`RoomState`].
pub(super) const STATE_VERSION: u8 = 1;

/// How many people may ever have been in one group. Each costs 16 bytes of state for ever, so that no credential and no key comes
/// twice; above it the group admits nobody and the room needs a new meeting.
pub(super) const MAX_LINES: usize = 4_096;

/// Joining with the password is allowed.
pub const POLICY_PASSWORD_JOIN: u32 = 1;
/// Nobody is admitted.
pub const POLICY_LOCKED: u32 = 2;
/// Moderators admit people from the waiting room.
pub const POLICY_WAITING_ROOM: u32 = 4;
/// Only moderators share their screen.
pub const POLICY_MODERATORS_SHARE: u32 = 8;
/// Only moderators write to everybody.
pub const POLICY_MODERATORS_CHAT: u32 = 16;
/// Only moderators, and those they let speak ([`Settings::speakers`]), are heard.
pub const POLICY_MODERATORS_SPEAK: u32 = 32;
/// Members vouch for the frames they send, so that a member who sends some in another's name is found out. Costs them the right to deny what
/// they sent towards each other.
pub const POLICY_SIGNED_FRAMES: u32 = 64;
/// The meeting was ended for all: whoever reads this leaves.
pub const POLICY_ENDED: u32 = 128;
/// The password of a generation above 0 is one; without this bit such a generation has none. Of generation 0 the link says it.
pub const POLICY_HAS_PASSWORD: u32 = 256;

/// How many of those who were lost can come back as who they were: each is 49 bytes in every Welcome.
const MAX_LOST: usize = 64;
/// Most names in each list of [`Settings`]: the state is in every Welcome.
const MAX_NAMED: usize = 256;
/// Most bytes of what later versions add.
const MAX_LATER_BYTES: usize = 4_096;

/// One person of the roster: the line of leaves it has had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) id: MemberId,
    pub(super) credential: CredentialId,
    pub(super) key: [u8; 32],
    pub(super) admitted: Admission,
}

/// Somebody who was removed because nobody heard it: the key by which it may come back as who it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lost {
    pub(super) id: MemberId,
    pub(super) key: [u8; 32],
    pub(super) guest: bool,
}

/// What a moderator may set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Who may do what: `POLICY_…` bits; bits not known are kept.
    pub policy: u32,
    /// Generation of the password. A change makes a new room_psk.
    pub pw_gen: u32,
    /// Moderators beside the owner.
    pub moderators: Vec<MemberId>,
    /// Who shall own the room: the first of these who is present; if none is, the first of the roster.
    pub succession: Vec<MemberId>,
    /// Who may speak although only moderators do ([`POLICY_MODERATORS_SPEAK`]).
    pub speakers: Vec<MemberId>,
    /// What later versions add, by number. Kept as it is by who does not know it.
    pub later: Vec<(u16, Vec<u8>)>,
}

impl Settings {
    /// Short enough to be carried by everybody for ever.
    pub(super) fn is_within_caps(&self) -> bool {
        let named = [&self.moderators, &self.succession, &self.speakers];
        let later: usize = self.later.iter().map(|(_, bytes)| bytes.len().saturating_add(4)).sum();
        named.iter().all(|list| list.len() <= MAX_NAMED) && later <= MAX_LATER_BYTES
    }

    /// Takes somebody out of all lists.
    pub(super) fn forget(&mut self, member: MemberId) {
        for list in [&mut self.moderators, &mut self.succession, &mut self.speakers] {
            list.retain(|id| *id != member);
        }
    }
}

/// What all members agree on beside the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomState {
    pub(super) version: u8,
    pub(super) room: RoomId,
    pub(super) language: Language,
    pub(super) founder: MemberId,
    pub(super) settings: Settings,
    pub(super) psk_gen: u32,
    /// The epoch whose safe exporter made the current room_psk; 0 for the founder's.
    pub(super) psk_born: u64,
    /// In order of admission.
    pub(super) roster: Vec<Line>,
    /// In order of loss; the oldest is forgotten for the one above [`MAX_LOST`].
    pub(super) lost: Vec<Lost>,
    /// Fingerprints of all credentials and keys that ever were in the group, sorted.
    pub(super) seen: Vec<[u8; 8]>,
}

impl RoomState {
    pub(super) fn found(room: RoomId, language: Language, credential: CredentialId, key: [u8; 32]) -> Self {
        let founder = MemberId::of_first_key(&key);
        let settings =
            Settings { policy: POLICY_PASSWORD_JOIN | POLICY_WAITING_ROOM, succession: vec![founder], ..Settings::default() };
        let mut state = Self {
            version: STATE_VERSION,
            room,
            language,
            founder,
            settings,
            psk_gen: 0,
            psk_born: 0,
            roster: Vec::new(),
            lost: Vec::new(),
            seen: Vec::new(),
        };
        state.enter(Line { id: founder, credential, key, admitted: Admission::Founder });
        state
    }

    /// The room.
    pub fn room(&self) -> RoomId {
        self.room
    }

    /// Language of the safety code's words.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Who founded the group, present or not.
    pub fn founder(&self) -> MemberId {
        self.founder
    }

    /// What moderators have set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Generation of room_psk.
    pub fn psk_gen(&self) -> u32 {
        self.psk_gen
    }

    /// Who owns the room: first of the succession who is present, else the first of the roster who was not let in from the
    /// waiting room, else the first. It follows from the state, so it passes on in the very commit that removes the owner.
    pub fn owner(&self) -> Option<MemberId> {
        let named = self.settings.succession.iter().copied().find(|id| self.line(*id).is_some());
        let proved = || self.roster.iter().find(|line| !line.admitted.is_guest());
        named.or_else(|| proved().or(self.roster.first()).map(|line| line.id))
    }

    /// True for the owner and the moderators, if present.
    pub fn is_moderator(&self, id: MemberId) -> bool {
        self.owner() == Some(id) || (self.settings.moderators.contains(&id) && self.line(id).is_some())
    }

    /// Whether somebody is present.
    pub fn is_present(&self, id: MemberId) -> bool {
        self.line(id).is_some()
    }

    /// Whether somebody was lost and may come back as who it was.
    pub fn is_lost(&self, id: MemberId) -> bool {
        self.lost.iter().any(|lost| lost.id == id)
    }

    /// Whether a bit of the policy is set.
    pub fn has(&self, policy: u32) -> bool {
        self.settings.policy & policy != 0
    }

    /// Whether anybody can be admitted by password.
    pub fn takes_passwords(&self) -> bool {
        self.has(POLICY_PASSWORD_JOIN) && !self.is_closed()
    }

    /// Whether moderators can admit anybody from the waiting room.
    pub fn takes_guests(&self) -> bool {
        self.has(POLICY_WAITING_ROOM) && !self.is_closed()
    }

    /// Nobody is admitted at all.
    pub fn is_closed(&self) -> bool {
        self.has(POLICY_LOCKED | POLICY_ENDED)
    }

    /// Whether this member's microphone is heard.
    pub fn may_speak(&self, id: MemberId) -> bool {
        !self.has(POLICY_MODERATORS_SPEAK) || self.settings.speakers.contains(&id) || self.is_moderator(id)
    }

    /// Whether this member's screen is shown.
    pub fn may_share(&self, id: MemberId) -> bool {
        !self.has(POLICY_MODERATORS_SHARE) || self.is_moderator(id)
    }

    /// Whether this member's lines are read.
    pub fn may_chat(&self, id: MemberId) -> bool {
        !self.has(POLICY_MODERATORS_CHAT) || self.is_moderator(id)
    }

    /// SHA-256 over what cannot move while somebody joins unless a moderator acts: the doorkeeper promises it in ADa, the joiner
    /// holds the Welcome to it. The roster, the owner and psk_gen move with every join and leave, and are signed in the GroupInfo.
    pub fn anchor(&self) -> [u8; 32] {
        let fixed = (self.version, self.room, self.language, self.founder, self.settings.policy, self.settings.pw_gen);
        let bytes = postcard::to_allocvec(&fixed).unwrap_or_default();
        Sha256::new_with_prefix(b"incamera/1 room state anchor").chain_update(bytes).finalize().into()
    }

    pub(super) fn line(&self, id: MemberId) -> Option<&Line> {
        self.roster.iter().find(|line| line.id == id)
    }

    pub(super) fn line_of(&self, credential: &[u8]) -> Option<&Line> {
        self.roster.iter().find(|line| line.credential == credential)
    }

    /// True if no leaf has or had this credential or this key.
    pub(super) fn is_fresh(&self, credential: &CredentialId, key: &[u8; 32]) -> bool {
        fingerprints(credential, key).iter().all(|print| self.seen.binary_search(print).is_err())
    }

    pub(super) fn enter(&mut self, line: Line) {
        for print in fingerprints(&line.credential, &line.key) {
            if let Err(place) = self.seen.binary_search(&print) {
                self.seen.insert(place, print);
            }
        }
        self.roster.push(line);
    }

    /// Who holds this signature key now.
    pub(super) fn line_with_key(&self, key: &[u8; 32]) -> Option<&Line> {
        self.roster.iter().find(|line| line.key == *key)
    }

    /// Somebody is removed because it is not heard.
    pub(super) fn lose(&mut self, line: &Line) {
        if self.lost.len() >= MAX_LOST {
            self.lost.remove(0);
        }
        self.lost.push(Lost { id: line.id, key: line.key, guest: line.admitted.is_guest() });
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// `None` if it is another layout, has bytes left over or contradicts itself.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (state, rest): (Self, _) = postcard::take_from_bytes(bytes).ok()?;
        let known =
            |line: &Line| fingerprints(&line.credential, &line.key).iter().all(|print| state.seen.binary_search(print).is_ok());
        let whole = rest.is_empty()
            && state.version == STATE_VERSION
            && state.lost.len() <= MAX_LOST
            && state.seen.is_sorted_by(|a, b| a < b)
            && state.roster.iter().all(known)
            && state.roster.iter().enumerate().all(|(i, line)| state.roster.iter().take(i).all(|other| other.id != line.id));
        whole.then_some(state)
    }
}

/// 8 bytes each: two of them alike by chance is a refused join at 2⁻⁶⁴ a pair; one used twice is always found.
fn fingerprints(credential: &CredentialId, key: &[u8; 32]) -> [[u8; 8]; 2] {
    let print = |label: &[u8], bytes: &[u8]| {
        let digest: [u8; 32] = Sha256::new_with_prefix(label).chain_update(bytes).finalize().into();
        let mut out = [0; 8];
        out.copy_from_slice(&digest[..8]);
        out
    };
    [print(b"incamera/1 credential", credential), print(b"incamera/1 key", key)]
}
