//! Proof that somebody who says "I was here" holds the key of the seat.
//!
//! **Invariant:** a [`ProvenReturn`] exists only for a signature under its key over this connection's nonce.

use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, UnparsedPublicKey};
use wire::{Entry, Epoch, Identity, Incarnation, Nonce, ParticipantId, ResumeKey, Ticket, TicketHash, resume_statement};

/// What a returning participant claims, with the signature checked. Whether the *seat* belongs to the key, or the ticket to the
/// room, is the room's to decide.
pub(crate) struct ProvenReturn {
    pub(crate) participant: ParticipantId,
    pub(crate) incarnation: Incarnation,
    pub(crate) epoch: Epoch,
    pub(crate) ticket: TicketHash,
    pub(crate) key: ResumeKey,
    _checked: (),
}

impl ProvenReturn {
    /// `None` when the entry is of somebody new, or the signature is wrong.
    pub(crate) fn check(entry: &Entry, nonce: Nonce) -> Option<Self> {
        let Identity::Back { participant, incarnation, epoch, ticket, signature } = &entry.identity else { return None };
        let statement = resume_statement(*incarnation, *participant, nonce);
        let signature = [signature.0, signature.1].concat();
        UnparsedPublicKey::new(&ED25519, &entry.resume_key.0).verify(&statement, &signature).ok()?;
        Some(Self {
            participant: *participant,
            incarnation: *incarnation,
            epoch: *epoch,
            ticket: ticket_hash(ticket),
            key: entry.resume_key,
            _checked: (),
        })
    }
}

/// What [`wire::Creation`] and [`wire::CommitSubmission`] carry for a ticket.
pub(crate) fn ticket_hash(ticket: &Ticket) -> TicketHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, &ticket.0).as_ref());
    TicketHash(hash)
}
