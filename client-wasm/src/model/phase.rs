//! Where a person is with a meeting, and why it is over.
//!
//! Invariant: the interface learns both from the engine alone.

use serde::{Deserialize, Serialize};

/// Where a person is with a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// No socket yet.
    Connecting,
    /// We created the group: we are the first, or the host keeps us apart from the others. Nobody can tell which yet.
    AloneOrApart,
    /// Proving to a member that we know the password.
    Knocking,
    /// Proved; waiting to be added to the group.
    Joining,
    /// In the group.
    Joined,
    /// In the group, without the host; it resumes by itself.
    Reconnecting,
    /// Over.
    Ended(End),
    /// Without a password: asking to be let in, and waiting for somebody's yes.
    Waiting,
}

/// Why a meeting is over for this person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// By one's own wish.
    Left,
    /// Wrong password, `tries` times so far.
    WrongPassword {
        /// From 1 to 3; after 3 the interface stops asking.
        tries: u8,
    },
    /// The members let nobody try any more: too many wrong passwords.
    GuessingSuspected,
    /// Nobody is let in at present.
    Locked,
    /// Passwords are not taken; one may ask to be let in.
    AskToBeLetIn,
    /// A moderator ended the meeting for all.
    EndedForAll,
    /// No member answered the knock.
    NoAnswer,
    /// The room holds as many people as it may.
    RoomFull,
    /// The host holds as many rooms or people as it may.
    HostFull,
    /// Too many people at this door at once.
    TooManyKnocking,
    /// Host and page are of different versions: reload.
    OtherVersion,
    /// A member removed us.
    Removed,
    /// The meeting could not be resumed.
    Lost,
    /// Somebody inside did not let us in.
    Refused,
    /// Nobody is let in at the moment.
    Closed,
}
