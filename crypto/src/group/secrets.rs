//! What is derived from the group: room_psk and its successors, the ticket, the frame keys.
//!
//! **Invariant:** each secret comes from the safe exporter (draft-ietf-mls-extensions), once per epoch, under a component of
//! its own, and is punctured by that: nothing kept later gives it again.

use super::provider::SUITE;
use hkdf::Hkdf;
use openmls::{
    prelude::{OpenMlsProvider, PreSharedKeyProposal, Proposal},
    schedule::{ExternalPsk, PreSharedKeyId, Psk},
};
use sha2::{Digest, Sha256};
use wire::{Ticket, TicketHash};
use zeroize::Zeroizing;

/// Safe-exporter component of the frame keys.
pub(super) const FRAMES_COMPONENT: u16 = 0x8002;
/// Safe-exporter component of the next room_psk.
pub(super) const ROOM_PSK_COMPONENT: u16 = 0x8003;
/// Safe-exporter component of what a returning member is known by.
pub(super) const RETURN_COMPONENT: u16 = 0x8004;

/// One generation of the room's pre-shared key: 32 random bytes of the founder, later exported from the group after every Remove and every
/// change of the password. Newcomers get it sealed; without it a Welcome does not open.
#[derive(Clone)]
pub struct RoomPsk {
    pub(super) generation: u32,
    secret: Zeroizing<[u8; 32]>,
}

impl RoomPsk {
    pub(super) fn exported(generation: u32, secret: Zeroizing<[u8; 32]>) -> Self {
        Self { generation, secret }
    }

    /// Which generation.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// 36 bytes, generation first (big endian), to be sealed to a newcomer.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 36]> {
        let mut bytes = Zeroizing::new([0; 36]);
        bytes[..4].copy_from_slice(&self.generation.to_be_bytes());
        bytes[4..].copy_from_slice(self.secret.as_slice());
        bytes
    }

    /// The other way round.
    pub fn from_bytes(bytes: &[u8; 36]) -> Self {
        let mut generation = [0; 4];
        let mut secret = Zeroizing::new([0; 32]);
        generation.copy_from_slice(&bytes[..4]);
        secret.copy_from_slice(&bytes[4..]);
        Self { generation: u32::from_be_bytes(generation), secret }
    }
}

fn psk_name(psk_gen: u32) -> Vec<u8> {
    [b"incamera/1 room_psk".as_slice(), &psk_gen.to_be_bytes()].concat()
}

/// True for the room_psk of exactly this generation; a resumption or application PSK never is.
pub(super) fn is_room_psk(psk: &Psk, psk_gen: u32) -> bool {
    matches!(psk, Psk::External(external) if external.psk_id() == psk_name(psk_gen))
}

/// Puts room_psk where openmls finds it. `None` if storage fails.
pub(super) fn store_room_psk(provider: &impl OpenMlsProvider, psk: &RoomPsk) -> Option<()> {
    PreSharedKeyId::external(psk_name(psk.generation), Vec::new()).store(provider, psk.secret.as_slice()).ok()
}

/// Takes it away again.
pub(super) fn forget_room_psk(provider: &impl OpenMlsProvider, psk_gen: u32) {
    use openmls_traits::storage::StorageProvider;
    let _ = provider.storage().delete_psk(&Psk::External(ExternalPsk::new(psk_name(psk_gen))));
}

/// The PSK proposal every commit carries.
pub(super) fn room_psk_proposal(provider: &impl OpenMlsProvider, psk_gen: u32) -> Option<Proposal> {
    let psk = Psk::External(ExternalPsk::new(psk_name(psk_gen)));
    let id = PreSharedKeyId::new(SUITE, provider.rand(), psk).ok()?;
    Some(Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(id))))
}

/// 32 bytes of an exported secret (the suite's exporter gives 48).
pub(super) fn narrow(exported: Vec<u8>, label: &[u8]) -> Zeroizing<[u8; 32]> {
    let exported = Zeroizing::new(exported);
    let mut out = Zeroizing::new([0; 32]);
    // 32 bytes are always a valid length of HKDF-SHA256 output.
    let _ = Hkdf::<Sha256>::new(None, &exported).expand(label, out.as_mut_slice());
    out
}

/// `HKDF(room_psk, "incamera/1 ticket")`: shows a restarted host that we belong to the meeting.
pub(super) fn ticket(room_psk: &RoomPsk) -> Ticket {
    let mut out = [0; 32];
    let _ = Hkdf::<Sha256>::new(None, room_psk.secret.as_slice()).expand(b"incamera/1 ticket", &mut out);
    Ticket(out)
}

pub(super) fn ticket_hash(room_psk: &RoomPsk) -> TicketHash {
    TicketHash(Sha256::digest(ticket(room_psk).0).into())
}
