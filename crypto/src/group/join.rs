//! Taking a Welcome (PROTOCOL.md §4.5).
//!
//! **Invariant:** there is no [`Group`] unless every check passed; what the doorkeeper announced before it knew whether we know
//! the password is what the Welcome is held to.

use super::{
    Admission, Candidate, CredentialId, Group, How, JoinError, RoomPsk,
    judge::leaf_identity,
    provider::{Provider, SUITE, capabilities, group_config},
    secrets::{is_room_psk, store_room_psk},
    state::{ROOM_COMPONENT, RoomState},
};
use openmls::{
    group::{GroupContext, MlsGroup, StagedWelcome},
    messages::Welcome,
    prelude::{ExtensionType, MlsMessageBodyIn, MlsMessageIn, ProcessedWelcome, ProtocolVersion, tls_codec::Deserialize},
};
use serde::{Deserialize as SerdeDeserialize, Serialize};
use wire::RoomId;

/// What a doorkeeper promises in ADa and a joiner holds it to (PROTOCOL.md §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, SerdeDeserialize)]
pub struct ExpectedGroup {
    /// MLS group id.
    pub group_id: Vec<u8>,
    /// The doorkeeper's epoch when it spoke; the Welcome must be of a later one.
    pub epoch: u64,
    /// The doorkeeper's leaf signature key (Ed25519); it must have signed the GroupInfo.
    pub signature_key: [u8; 32],
    /// The doorkeeper's credential.
    pub credential: CredentialId,
    /// [`RoomState::anchor`] of the doorkeeper's state.
    pub anchor: [u8; 32],
    /// Generation of the password the run is made with.
    pub pw_gen: u32,
    /// By which door.
    pub how: How,
}

impl ExpectedGroup {
    /// True while a commit by the same member, now promising `now`, would keep this promise: only a moderator's change of the room's state
    /// breaks it.
    pub fn still_holds(&self, now: &Self) -> bool {
        self.pw_gen == now.pw_gen && self.anchor == now.anchor && self.group_id == now.group_id
    }
}

impl Group {
    /// Every check of §4.5, against what `expected` announced for `room`; `room_psk` came with the Welcome, sealed. Afterwards the newcomer
    /// updates its leaf ([`Plan::update`](super::Plan::update)) as its first commit.
    pub fn join(
        candidate: Candidate,
        room: RoomId,
        welcome: &[u8],
        room_psk: RoomPsk,
        expected: &ExpectedGroup,
    ) -> Result<Self, JoinError> {
        let welcome = read_welcome(welcome)?;
        let staged = stage(&candidate.provider, welcome, &room_psk)?;
        let context = staged.group_context();
        check_context(context, expected)?;
        let sender = staged.welcome_sender().ok().and_then(leaf_identity);
        if sender != Some((expected.credential, expected.signature_key)) {
            return Err(JoinError::OtherSigner);
        }
        let state = read_state(context).ok_or(JoinError::OtherState)?;
        check_state(&state, room, expected)?;
        check_psk_generation(&state, context.epoch().as_u64(), &room_psk)?;
        let mls = staged.into_group(&candidate.provider).map_err(|_| JoinError::NotForUs)?;
        check_roster(&mls, &state)?;
        check_me(&mls, &state, &candidate, expected)?;
        Self::assemble(candidate.provider, candidate.key, mls, state, room_psk).map_err(|_| JoinError::NotForUs)
    }
}

fn read_welcome(bytes: &[u8]) -> Result<Welcome, JoinError> {
    let message = MlsMessageIn::tls_deserialize_exact(bytes).map_err(|_| JoinError::Malformed)?;
    match message.extract() {
        MlsMessageBodyIn::Welcome(welcome) if welcome.ciphersuite() == SUITE => Ok(welcome),
        _ => Err(JoinError::Malformed),
    }
}

/// Opens the Welcome. The provider holds one KeyPackage, so one that opens is for ours.
fn stage(provider: &Provider, welcome: Welcome, room_psk: &RoomPsk) -> Result<StagedWelcome, JoinError> {
    store_room_psk(provider, room_psk).ok_or(JoinError::RoomPsk)?;
    let opened = StagedWelcome::build_from_welcome(provider, &group_config(), welcome).map_err(|_| JoinError::NotForUs)?;
    check_psk(opened.processed_welcome(), room_psk)?;
    // Lifetimes never end here (`provider::lifetime`), and a tree may hold nothing else: no clock is needed.
    opened.skip_lifetime_validation().build().map_err(|_| JoinError::NotForUs)
}

fn check_psk(opened: &ProcessedWelcome, room_psk: &RoomPsk) -> Result<(), JoinError> {
    match opened.psks() {
        [only] if is_room_psk(only.psk(), room_psk.generation()) => Ok(()),
        _ => Err(JoinError::RoomPsk),
    }
}

fn check_context(context: &GroupContext, expected: &ExpectedGroup) -> Result<(), JoinError> {
    let same = context.group_id().as_slice() == expected.group_id
        && context.ciphersuite() == SUITE
        && context.protocol_version() == ProtocolVersion::Mls10;
    // No external senders, nothing that other members would act on and we do not know.
    let known = |kind| matches!(kind, ExtensionType::AppDataDictionary | ExtensionType::RequiredCapabilities);
    if !same || !context.extensions().iter().all(|extension| known(extension.extension_type())) {
        return Err(JoinError::OtherGroup);
    }
    if context.epoch().as_u64() <= expected.epoch {
        return Err(JoinError::OldEpoch);
    }
    Ok(())
}

pub(super) fn read_state(context: &GroupContext) -> Option<RoomState> {
    let dictionary = context.extensions().app_data_dictionary()?.dictionary();
    if dictionary.len() != 1 {
        return None;
    }
    RoomState::decode(dictionary.get(&ROOM_COMPONENT)?)
}

fn check_state(state: &RoomState, room: RoomId, expected: &ExpectedGroup) -> Result<(), JoinError> {
    if state.room != room {
        return Err(JoinError::OtherGroup);
    }
    let same = state.anchor() == expected.anchor && state.settings.pw_gen == expected.pw_gen;
    same.then_some(()).ok_or(JoinError::OtherState)
}

/// The Welcome was made with the generation before if the same commit gave birth to the next.
fn check_psk_generation(state: &RoomState, epoch: u64, room_psk: &RoomPsk) -> Result<(), JoinError> {
    let born_here = u32::from(state.psk_born == epoch);
    let same = room_psk.generation().checked_add(born_here) == Some(state.psk_gen);
    same.then_some(()).ok_or(JoinError::RoomPsk)
}

/// Leaves and roster are the same people, and every leaf is of our kind.
fn check_roster(mls: &MlsGroup, state: &RoomState) -> Result<(), JoinError> {
    let tree = mls.public_group();
    let mut leaves = 0;
    for member in mls.members() {
        let leaf = tree.leaf(member.index).ok_or(JoinError::Inconsistent)?;
        let (credential, key) = leaf_identity(leaf).ok_or(JoinError::Inconsistent)?;
        let listed = state.roster.iter().any(|line| line.credential == credential && line.key == key);
        if !listed || *leaf.capabilities() != capabilities() || leaf.extensions().iter().next().is_some() {
            return Err(JoinError::Inconsistent);
        }
        leaves += 1;
    }
    (leaves == state.roster.len()).then_some(()).ok_or(JoinError::Inconsistent)
}

/// Exactly one leaf holds our key, it is ours, and the roster says that this doorkeeper admitted us.
fn check_me(mls: &MlsGroup, state: &RoomState, candidate: &Candidate, expected: &ExpectedGroup) -> Result<(), JoinError> {
    let key = candidate.key.public();
    let mine = mls.members().filter(|member| member.signature_key == key).count();
    let own = mls.own_leaf_node().and_then(leaf_identity);
    let doorkeeper = state.roster.iter().find(|line| line.key == expected.signature_key).map(|line| line.id);
    let admitted = state.line_with_key(&key).map(|line| line.admitted);
    let by_doorkeeper = doorkeeper.map(|by| match (expected.how, admitted) {
        // As what one came first is for the group to say.
        (How::Rejoin, Some(Admission::Rejoined { guest, .. })) => Admission::Rejoined { by, guest },
        (how, _) => how.admission(by, expected.pw_gen),
    });
    let whole = mine == 1 && own == Some((candidate.credential, key)) && admitted.is_some() && admitted == by_doorkeeper;
    whole.then_some(()).ok_or(JoinError::Inconsistent)
}
