//! What a participant says to the host.

use crate::permission::Token;
use crate::{
    Attempt, Epoch, Incarnation, Nonce, Offer, Opaque, ParticipantId, ResumeKey, ResumeSignature, RoomId, Slot, Subscription,
    Ticket, TicketHash,
};
use serde::{Deserialize, Serialize};

/// One message of a participant. The first is always [`ToHost::Enter`], in answer to the host's challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToHost {
    /// Takes or takes back a seat.
    Enter(Entry),
    /// Founds the room's commit log. Accepted from the first who asks; everyone later is told that the room is there.
    Create(Creation),
    /// A newcomer's first message of a join, or a lone creator's: relayed to every (other) member.
    Knock(Opaque),
    /// To one participant of the room: the rest of a join, or help among members.
    Relay {
        /// Who shall get it.
        to: ParticipantId,
        /// What the host cannot read.
        body: Opaque,
    },
    /// To all other members.
    Broadcast(Opaque),
    /// Asks for a place in the commit log.
    Commit(CommitSubmission),
    /// Asks for the log's entries that leave `epoch` or a later one.
    Fetch(Epoch),
    /// Describes the participant's one PeerConnection; answered by [`FromHost::Answer`](crate::FromHost::Answer).
    Offer(Offer),
    /// Changes what some receiving sections show. Sections not named stay as they are.
    Subscribe(Vec<Subscription>),
    /// Gives up the seat at once.
    Leave,
    /// Says only "I am here".
    Alive,
    /// Asks for the use of the host's relay; answered by [`FromHost::Relay`](crate::FromHost::Relay). Members only.
    SeekRelay,
    /// The same as [`ToHost::Enter`], with what opens a room: where the host has answered `Enter` with
    /// [`Refusal::PermissionNeeded`](crate::Refusal::PermissionNeeded), and never before. The token is spent, whether or not somebody else was faster.
    Open(Box<Opening>),
}

/// Who comes through a door that is not there yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// As in [`ToHost::Enter`].
    pub entry: Entry,
    /// What was issued to somebody who may open rooms. By whom, the host does not learn.
    pub token: Token,
}

/// Who comes through the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The room.
    pub room: RoomId,
    /// New, or back.
    pub identity: Identity,
    /// The key with which this participant will come back.
    pub resume_key: ResumeKey,
}

/// New, or back after a dropped connection (PROTOCOL.md §7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// Never been here.
    New,
    /// Was here, with this seat. If the host knows seat and key, the seat is given back; if the host has forgotten
    /// (restart), the ticket lets it rebuild the room from what its members say.
    Back {
        /// The seat held before.
        participant: ParticipantId,
        /// The life of the room in which it was held.
        incarnation: Incarnation,
        /// The epoch this member is in.
        epoch: Epoch,
        /// Proof of membership towards a host that has forgotten.
        ticket: Ticket,
        /// Under `resume_key`, over [`resume_statement`].
        signature: ResumeSignature,
    },
}

/// The bytes that [`Identity::Back`] signs: a label, the incarnation, the participant, the host's nonce.
pub fn resume_statement(incarnation: Incarnation, participant: ParticipantId, nonce: Nonce) -> Vec<u8> {
    [b"incamera/1 resume".as_slice(), &incarnation.0, &participant.0, &nonce.0].concat()
}

/// Founds a room's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creation {
    /// The epoch the group is in: 0 unless a meeting is rebuilt.
    pub epoch: Epoch,
    /// What a member's ticket hashes to.
    pub ticket: TicketHash,
}

/// A commit that asks for its slot, with what the host must do *in the same step* if it is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitSubmission {
    /// The slot asked for.
    pub slot: Slot,
    /// MLS PrivateMessage.
    pub commit: Opaque,
    /// Newcomers who become members with this commit: from now on their bytes are relayed as a member's.
    pub admit: Vec<ParticipantId>,
    /// Members who are no longer: their routes are deleted and their seats given up.
    pub evict: Vec<ParticipantId>,
    /// What a member's ticket hashes to after this commit.
    pub ticket: TicketHash,
}

impl CommitSubmission {
    /// The try within its epoch.
    pub fn attempt(&self) -> Attempt {
        self.slot.attempt
    }
}
