//! What the host says to a participant. A participant believes none of it that it cannot check:
//! presence, order and membership as told by the host are hints, the roster is the MLS tree.

use crate::{Attempt, Epoch, Incarnation, Nonce, Opaque, ParticipantId, Slot, Track};
use core::fmt;
use serde::{Deserialize, Serialize};

/// One message of the host. The first is always [`FromHost::Challenge`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromHost {
    /// Sent as soon as the socket opens.
    Challenge(Nonce),
    /// The answer to `Enter`.
    Entered(Entered),
    /// The answer to `Create`: the log is yours to begin. The incarnation is the one of `Entered`.
    Created,
    /// The answer to `Create` when somebody was faster: knock instead.
    Occupied,
    /// A newcomer, or a lone creator, knocks. To members.
    Knocked {
        /// Where to answer.
        from: ParticipantId,
        /// The knock.
        body: Opaque,
    },
    /// Somebody's [`Relay`](crate::ToHost::Relay) for you.
    Relayed {
        /// Who sent it.
        from: ParticipantId,
        /// What it says.
        body: Opaque,
    },
    /// Somebody's [`Broadcast`](crate::ToHost::Broadcast).
    Broadcast {
        /// Who sent it.
        from: ParticipantId,
        /// What it says.
        body: Opaque,
    },
    /// An entry of the commit log, in order, to every member and to its own sender: for the sender it is the receipt.
    /// Also the answer to a commit that lost its slot: the entry that won.
    Committed(LogEntry),
    /// The log no longer holds what was asked for by `Fetch`; it begins at this epoch. Ask a member.
    LogBeginsAt(Epoch),
    /// You are a member now: somebody's accepted commit admitted you.
    Admitted,
    /// You are no longer a member: somebody's accepted commit evicted you.
    Evicted,
    /// This participant is a member and connected. To members, also once for each at entry.
    Present {
        /// Who.
        participant: ParticipantId,
        /// What it sends.
        tracks: Vec<Track>,
    },
    /// This member's socket dropped; the seat is kept for [`limits::SEAT_SECONDS`](crate::limits::SEAT_SECONDS).
    Away(ParticipantId),
    /// This participant has left or its seat ran out.
    Gone(ParticipantId),
    /// The answer to `Offer`, in order.
    Answer {
        /// The host's session description.
        sdp: String,
    },
    /// Something was not done, and why. The socket stays open unless said otherwise.
    Refused(Refusal),
    /// Which layers of a picture of yours somebody wants. Until this is said for a track, all are wanted.
    LayersWanted(LayersWanted),
    /// The answer to `SeekRelay`.
    Relay(RelayAccess),
}

/// Where the newcomer has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// The seat.
    pub you: ParticipantId,
    /// The room's life on this host.
    pub incarnation: Incarnation,
    /// What was found.
    pub standing: RoomStanding,
    /// Members connected now, without you.
    pub members: Vec<ParticipantId>,
}

/// How the room stands towards the one who entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoomStanding {
    /// There is no group yet, or so the host says: `Create`, or knock again later.
    Empty,
    /// There is a group: knock.
    Occupied,
    /// Your seat was kept and you are a member; the log stands at this epoch and attempt.
    Resumed {
        /// The epoch the next commit must leave.
        head: Epoch,
        /// The next commit's attempt.
        attempt: Attempt,
    },
    /// The host had forgotten the room and you are a member of what is being rebuilt.
    Rebuilt {
        /// The epoch the next commit must leave, as the members so far have said.
        head: Epoch,
    },
}

/// Which layers of one picture are worth being sent, by the size of the places it is shown in; never by how well somebody's network does
/// at the moment. Said at once when more are wanted, and after a while when fewer are; said again after every offer unless all are.
/// A layer that is taken up again begins with a key frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayersWanted {
    /// Which of the participant's pictures.
    pub track: Track,
    /// For each layer, in the order of the offer's `a=simulcast`, whether somebody wants it. Where all comes in one stream of several spatial
    /// layers: for each of these that has come, smallest first. Otherwise one entry.
    pub layers: Vec<bool>,
}

/// How a member may use the host's own relay (TURN, RFC 8656) for a while: for networks that let neither UDP nor media over TCP through. It leads
/// to this host's media port only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayAccess {
    /// For the long-term credential mechanism (RFC 8489 §9.2).
    pub username: String,
    /// The password that goes with it.
    pub password: String,
    /// For how long an allocation can be made with them, seconds.
    pub seconds: u32,
    /// How the relay is reached, at the name under which the host is; none where it has no relay.
    pub ways: Vec<RelayWay>,
}

// The password stays out of every log.
impl fmt::Debug for RelayAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RelayAccess({} ways)", self.ways.len())
    }
}

/// One way to the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayWay {
    /// What is spoken to it over.
    pub over: RelayOver,
    /// At which port.
    pub port: u16,
}

/// Between a client and the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RelayOver {
    /// `turn:…?transport=udp` (RFC 7065).
    Udp,
    /// `turn:…?transport=tcp`.
    Tcp,
    /// `turns:…?transport=tcp`.
    Tls,
}

/// One accepted commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// The place it took.
    pub slot: Slot,
    /// Who submitted it.
    pub by: ParticipantId,
    /// MLS PrivateMessage.
    pub commit: Opaque,
}

/// Why the host did not do something. Each says who is at fault: the host is full, or the participant erred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The host holds as many rooms as it may. Try later or elsewhere.
    HostFull,
    /// The room holds as many people as it may.
    RoomFull,
    /// Too many people knock at this room at the moment. Try again in a few seconds.
    TooManyKnocking,
    /// Only members may do that.
    NotAMember,
    /// The seat is not known here, or the signature or the ticket was wrong: join anew.
    SeatUnknown,
    /// The message was larger than [`limits`](crate::limits) allow.
    TooLarge,
    /// The message could not be read, or came out of turn. The socket is closed.
    Malformed,
    /// Too many messages in too little time. The socket is closed.
    TooFast,
    /// The commit named a slot that the log has not reached.
    SlotAhead,
    /// The session description asks for something this host does not do.
    OfferUnusable,
    /// Nobody is in that room, and this host lets only some open one: `Open` it, or come again when somebody has.
    PermissionNeeded,
}
