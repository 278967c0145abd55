//! How far a session is, and why it is over.
//!
//! **Invariant:** an end is final: whoever wants in again begins another session.

use serde::{Deserialize, Serialize};

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// No host yet.
    Connecting,
    /// In a group of one: the first, or the host keeps us apart from the others. Nobody can tell which.
    AloneOrApart,
    /// At the door; nobody has answered.
    Knocking,
    /// The proof is given, the answer is awaited.
    Joining,
    /// Inside, with others.
    Joined,
    /// The connection is gone, or the way back in is being walked. Nothing is asked of the person.
    Reconnecting,
    /// Over.
    Ended(End),
    /// Without a password: asking to be let in, or waiting for a moderator's yes. Nobody sees or hears us.
    Waiting,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// The person left.
    Left,
    /// The member at the door did not accept the proof, or did not show its own: a wrong password, or somebody else's
    /// guess at ours. From the second on the two should be named together; after three no more tries.
    WrongPassword {
        /// Tries that failed, those of earlier sessions included.
        tries: u8,
    },
    /// A member said that the door is closed to passwords because too many were wrong.
    GuessingSuspected,
    /// A member said that nobody is let in at present.
    Locked,
    /// A member said that passwords are not taken, but that one may ask to be let in.
    AskToBeLetIn,
    /// A moderator ended the meeting for all.
    EndedForAll,
    /// Nobody inside answered.
    NoAnswer,
    /// The room is full.
    RoomFull,
    /// The host is full.
    HostFull,
    /// Too many people at this door.
    TooManyKnocking,
    /// Host and client speak different versions: load the page again.
    OtherVersion,
    /// Members removed us.
    Removed,
    /// The way back was not found.
    Lost,
    /// A moderator did not let us in.
    Refused,
    /// Nobody is let in at the moment.
    Closed,
    /// Nobody is in the room, and the host lets only some open one.
    PermissionNeeded,
}
