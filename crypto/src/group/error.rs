//! What can go wrong with a group, and through whose fault.

use super::MemberId;

/// openmls failed where it must not: a bug in here. Nobody's fault outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the MLS library failed")]
pub struct LibraryFault;

/// Why a KeyPackage of a newcomer is not taken. The newcomer's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyPackageError {
    /// Not an MLS KeyPackage, or its signature does not verify.
    #[error("not a valid KeyPackage")]
    Malformed,
    /// Another suite, other capabilities or lifetime, extensions we do not use, or a credential that is not 16 bytes.
    #[error("a KeyPackage of another kind")]
    OtherKind,
    /// What was sealed to it does not open.
    #[error("does not open")]
    Sealed,
}

/// Why a Welcome was not taken (PROTOCOL.md §4.5). The doorkeeper's fault, or a lying host's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// Not a Welcome of our suite.
    #[error("not a Welcome")]
    Malformed,
    /// Not for our KeyPackage, or it does not open with this room_psk, or its tree and signatures do not verify.
    #[error("a Welcome that does not open")]
    NotForUs,
    /// No room_psk, another one, or a second pre-shared key was applied.
    #[error("another pre-shared key than room_psk")]
    RoomPsk,
    /// Another group id, suite or version, another room, or an extension that we do not use.
    #[error("another group than announced")]
    OtherGroup,
    /// Not signed by the key the doorkeeper announced.
    #[error("a GroupInfo by somebody else")]
    OtherSigner,
    /// Not later than the epoch the doorkeeper announced.
    #[error("an old epoch")]
    OldEpoch,
    /// The room state is not the one announced: policy, password generation, founder or language.
    #[error("another room state than announced")]
    OtherState,
    /// Tree and roster are not the same people, or we are not in exactly one leaf, admitted by this doorkeeper.
    #[error("an inconsistent group")]
    Inconsistent,
}

/// Why no commit could be made. Our own fault or bad timing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// A commit is pending already.
    #[error("a commit is pending")]
    Pending,
    /// After dropping what cannot be done, nothing was left to do.
    #[error("nothing to do")]
    Nothing,
    /// The other members would refuse it.
    #[error("not allowed: {0}")]
    NotAllowed(Refusal),
    /// We are no longer in the group.
    #[error("not a member any more")]
    NotAMember,
    /// See [`LibraryFault`].
    #[error(transparent)]
    Library(#[from] LibraryFault),
}

/// Why members refuse a commit. Its committer's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Does not follow MLS, or the record in it cannot be read.
    #[error("malformed")]
    Malformed,
    /// Holds a kind of proposal that is never used here, or not exactly one record.
    #[error("a forbidden kind of proposal")]
    Kind,
    /// Holds a proposal by reference, or of another sender.
    #[error("a proposal by reference")]
    ByReference,
    /// Carries authenticated data, which the host could read.
    #[error("authenticated data in the clear")]
    AuthenticatedData,
    /// Its committer, or somebody it removes, is not a member.
    #[error("not a member")]
    Stranger,
    /// Built on another generation of password or room_psk.
    #[error("another generation of password or room_psk")]
    Generation,
    /// Its proposals are not what its record says.
    #[error("the record does not match the proposals")]
    RecordDiffers,
    /// Does not carry exactly the current room_psk.
    #[error("room_psk missing or another")]
    RoomPsk,
    /// Changes who its committer is.
    #[error("the committer's identity changes")]
    Identity,
    /// Adds a credential or a key that a leaf has or had.
    #[error("a credential or key that was used before")]
    NotFresh,
    /// Adds a KeyPackage that is not of our kind.
    #[error("a KeyPackage of another kind")]
    KeyPackage,
    /// Removes somebody without sufficient grounds.
    #[error("a removal without grounds")]
    Grounds,
    /// Changes settings that its committer may not change.
    #[error("settings changed by somebody who may not")]
    NotModerator,
    /// Sets more than fits, or opens what was ended.
    #[error("settings that cannot be")]
    Settings,
    /// Admits somebody by a door that is closed.
    #[error("the door is closed")]
    Closed,
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// Not an MLS PrivateMessage of this group and kind, or it does not open, or its signature is wrong. Nobody can be blamed. If the
    /// log holds it, members go on at attempt + 1.
    #[error("not a message of this group")]
    Unreadable,
    /// Our own, reflected back. A commit of ours that is pending is known by its bytes ([`Group::pending_commit`](super::Group::pending_commit));
    /// one that was cleared and yet is in the log cannot be followed any more.
    #[error("our own message")]
    Own,
    /// Of an epoch we have left: too long ago, or (a commit) by another commit. Or from somebody who has left.
    #[error("of a past epoch")]
    Past,
    /// Of an epoch we have not reached: fetch the log.
    #[error("of a later epoch")]
    Ahead,
    /// We are no longer in the group.
    #[error("not a member any more")]
    NotAMember,
    /// A commit that every member refuses: go on at attempt + 1. If its committer is known, [`Grounds::RefusedCommit`]
    /// (super::Grounds::RefusedCommit) with this hash is what any member may remove it on, as long as this epoch lasts.
    #[error("refused: {reason}")]
    Refused {
        /// Its committer, if the signature could be checked.
        by: Option<MemberId>,
        /// SHA-256 of the commit's bytes.
        commit: [u8; 32],
        /// Why.
        reason: Refusal,
    },
    /// A commit that others may have merged and we cannot (a bad path secret for us). If the log goes on in the next epoch, we must
    /// rejoin; if it goes on in this one, the others could not follow either, and the hash is grounds as in `Refused`.
    #[error("cannot follow a commit")]
    Broken {
        /// Its committer, to be named on screen.
        by: MemberId,
        /// SHA-256 of the commit's bytes.
        commit: [u8; 32],
    },
}

/// Why a judged commit could not be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// It was judged in another epoch or for another group.
    #[error("judged in another epoch")]
    Stale,
    /// See [`LibraryFault`].
    #[error(transparent)]
    Library(#[from] LibraryFault),
}

/// Why nothing could be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// We are no longer in the group.
    #[error("not a member any more")]
    NotAMember,
}
