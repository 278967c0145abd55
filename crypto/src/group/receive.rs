//! Opening what comes in: application messages, and commits up to their verdict.
//!
//! **Invariant:** a refused commit changes nothing of the group but the memory that it was refused; a judged one changes
//! nothing until it is merged.

use super::{
    Group, MemberId, ReceiveError, Refusal, RoomPsk,
    judge::{Verdict, judge_record, judge_staged, read_record},
    secrets::{ROOM_PSK_COMPONENT, narrow, ticket_hash},
    state::{ROOM_COMPONENT, RoomState},
};
use openmls::{
    component::ComponentData,
    group::{StageCommitError, StagedCommit, UnresolvedAppDataCommit},
    prelude::{
        ApplyUpdatePathError, ContentType, LeafNodeIndex, MlsMessageBodyIn, MlsMessageIn, OpenMlsProvider, ProcessedMessage,
        ProcessedMessageContent, ProtocolMessage, Sender, tls_codec::Deserialize,
    },
};
use sha2::{Digest, Sha256};
use wire::TicketHash;

/// An application message, from a member who is in the group now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its author.
    pub from: MemberId,
    /// Its author's leaf in this epoch.
    pub leaf: u32,
    /// The epoch it was sealed in; up to [`PAST_EPOCHS`](super::PAST_EPOCHS) behind.
    pub epoch: u64,
    /// The plaintext.
    pub payload: Vec<u8>,
}

/// A commit of somebody else that passed the judge, to be merged or dropped. Nothing else can be merged.
pub struct Judged {
    pub(super) staged: Box<StagedCommit>,
    pub(super) verdict: Verdict,
    pub(super) next_psk: Option<RoomPsk>,
    pub(super) leaves: (Vec<u8>, u64),
    ticket: TicketHash,
    us: MemberId,
}

impl Judged {
    /// Who committed.
    pub fn by(&self) -> MemberId {
        self.verdict.by
    }

    /// True if it removes us.
    pub fn removes_us(&self) -> bool {
        self.staged.self_removed()
    }

    /// True if it removes us because a moderator wills it.
    pub fn puts_us_out(&self) -> bool {
        self.removes_us() && self.verdict.put_out.contains(&self.us)
    }

    /// What a member's ticket hashes to after it.
    pub fn ticket_hash(&self) -> TicketHash {
        self.ticket
    }
}

impl Group {
    /// Opens a message that was relayed among members.
    pub fn receive_message(&mut self, bytes: &[u8]) -> Result<Message, ReceiveError> {
        let message = self.parse(bytes, ContentType::Application)?;
        let processed = self.mls.process_message(&self.provider, message).map_err(|_| ReceiveError::Unreadable)?;
        if !processed.aad().is_empty() {
            return Err(ReceiveError::Unreadable);
        }
        let epoch = processed.epoch().as_u64();
        // By credential, not by leaf: a message of a past epoch names a leaf that may be somebody else's by now.
        let from = self.member_of(processed.credential().serialized_content());
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(payload) => {
                let from = from.ok_or(ReceiveError::Past)?;
                Ok(Message { from: from.id, leaf: from.leaf, epoch, payload: payload.into_bytes() })
            }
            ProcessedMessageContent::OwnPrivateMessage => Err(ReceiveError::Own),
            _ => Err(ReceiveError::Unreadable),
        }
    }

    /// Opens and judges an entry of the commit log. Give it every entry, in order, and nothing that did not come from the log.
    pub fn receive_commit(&mut self, bytes: &[u8]) -> Result<Judged, ReceiveError> {
        let message = self.parse(bytes, ContentType::Commit)?;
        let commit: [u8; 32] = Sha256::digest(bytes).into();
        let processed = self.mls.process_message(&self.provider, message).map_err(|_| ReceiveError::Refused {
            by: None,
            commit,
            reason: Refusal::Malformed,
        })?;
        if matches!(processed.content(), ProcessedMessageContent::OwnPrivateMessage) {
            // Whose leaf a message claims is not authenticated for our own leaf: another member can claim it. We know what we sealed.
            let ours = self.sent.contains(&commit);
            return Err(if ours {
                ReceiveError::Own
            } else {
                ReceiveError::Refused { by: None, commit, reason: Refusal::Malformed }
            });
        }
        let committer = self.committer(&processed).ok_or(ReceiveError::Unreadable)?;
        let by = committer.1;
        self.judge(processed, committer).map_err(|fault| {
            // Either is evidence against the committer for as long as this epoch lasts.
            self.refused.push((commit, by));
            match fault {
                Fault::Refused(reason) => ReceiveError::Refused { by: Some(by), commit, reason },
                Fault::Broken => ReceiveError::Broken { by, commit },
            }
        })
    }

    fn parse(&self, bytes: &[u8], kind: ContentType) -> Result<ProtocolMessage, ReceiveError> {
        if !self.mls.is_active() {
            return Err(ReceiveError::NotAMember);
        }
        let message = MlsMessageIn::tls_deserialize_exact(bytes).map_err(|_| ReceiveError::Unreadable)?;
        let MlsMessageBodyIn::PrivateMessage(message) = message.extract() else { return Err(ReceiveError::Unreadable) };
        let message = ProtocolMessage::from(message);
        if message.group_id() != self.mls.group_id() || message.content_type() != kind {
            return Err(ReceiveError::Unreadable);
        }
        let (then, now) = (message.epoch().as_u64(), self.epoch());
        let kept = if kind == ContentType::Application { super::PAST_EPOCHS as u64 } else { 0 };
        if then > now {
            Err(ReceiveError::Ahead)
        } else if now - then > kept {
            Err(ReceiveError::Past)
        } else {
            Ok(message)
        }
    }

    fn committer(&self, processed: &ProcessedMessage) -> Option<(LeafNodeIndex, MemberId)> {
        let Sender::Member(leaf) = processed.sender() else { return None };
        let line = self.state.line_of(processed.credential().serialized_content())?;
        Some((*leaf, line.id))
    }

    fn judge(&mut self, processed: ProcessedMessage, committer: (LeafNodeIndex, MemberId)) -> Result<Judged, Fault> {
        if !processed.aad().is_empty() {
            return Err(Fault::Refused(Refusal::AuthenticatedData));
        }
        let unresolved = match processed.into_content() {
            ProcessedMessageContent::UnresolvedAppDataCommit(unresolved) => unresolved,
            _ => return Err(Fault::Refused(Refusal::Kind)),
        };
        let change = read_record(unresolved.app_data_update_proposals()).map_err(Fault::Refused)?;
        let next = judge_record(self.parent(), committer.1, &change).map_err(Fault::Refused)?;
        let mut staged = Box::new(self.stage_received(*unresolved, &next)?);
        let verdict =
            judge_staged(self.mls.public_group(), &self.state, committer, (&change, next), &staged).map_err(Fault::Refused)?;
        let next_psk = if verdict.next.psk_gen == self.state.psk_gen || staged.self_removed() {
            None
        } else {
            let exported = staged.safe_export_secret(self.provider.crypto(), ROOM_PSK_COMPONENT).map_err(|_| Fault::Broken)?;
            Some(RoomPsk::exported(verdict.next.psk_gen, narrow(exported, b"incamera/1 room_psk")))
        };
        let ticket = ticket_hash(next_psk.as_ref().unwrap_or(&self.room_psk));
        Ok(Judged { staged, verdict, next_psk, leaves: (self.group_id().to_vec(), self.epoch()), ticket, us: self.me })
    }

    fn stage_received(&self, unresolved: UnresolvedAppDataCommit, next: &RoomState) -> Result<StagedCommit, Fault> {
        let mut dictionary = self.mls.app_data_dictionary_updater();
        dictionary.set(ComponentData::from_parts(ROOM_COMPONENT, next.encode().into()));
        let updates = dictionary.changes();
        self.mls.stage_app_data_commit(&self.provider, unresolved, updates).map_err(|error| classify(&error))
    }
}

/// What is wrong with a commit whose signature verified.
enum Fault {
    Refused(Refusal),
    Broken,
}

/// Whether all members see this failure, or perhaps only we.
///
/// What is checked on public data fails for all. Decrypting the path fails for whom it was spoilt. The confirmation tag is checked after a
/// path secret was found to give the public keys of the path up to the root, so all who get that far hold the same commit secret and find
/// the same tag wrong: that is a refusal, not a fork. In doubt it is only we.
fn classify(error: &StageCommitError) -> Fault {
    let perhaps_only_we = match error {
        StageCommitError::MissingDecryptionKey | StageCommitError::LibraryError(_) => true,
        StageCommitError::UpdatePathError(error) => !matches!(
            error,
            ApplyUpdatePathError::PathLengthMismatch
                | ApplyUpdatePathError::ParentHashMismatch
                | ApplyUpdatePathError::MissingParentHash
                | ApplyUpdatePathError::TreeFull
                | ApplyUpdatePathError::InconsistentSenderIndex
        ),
        _ => false,
    };
    if perhaps_only_we { Fault::Broken } else { Fault::Refused(Refusal::Malformed) }
}
