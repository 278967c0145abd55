//! What can go wrong with a group, and through whose fault.

use super::MemberId;

/// Why a KeyPackage of a newcomer is not taken. The newcomer's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyPackageError {
    /// Not an MLS KeyPackage, or its signature does not verify.
    #[error("not a valid KeyPackage")]
    Malformed,
    /// Another suite, other capabilities, extensions we do not use, or a credential that is not 16 bytes.
    #[error("a KeyPackage of another kind")]
    OtherKind,
}

/// Why a Welcome was not taken (PROTOCOL.md §4.5). The doorkeeper's fault, or a lying host's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// Not a Welcome, not for our KeyPackage, or it does not open with this room_psk.
    #[error("not a Welcome for us")]
    NotForUs,
    /// Group id, suite, version, signer, state or epoch are not what the doorkeeper had announced.
    #[error("another group than announced")]
    OtherGroup,
    /// The tree and the state do not agree, or our key is not in exactly one leaf.
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
    /// The library failed.
    #[error("internal error")]
    Internal,
}

/// Why members refuse a commit. Its committer's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Does not follow MLS, or our layout.
    #[error("malformed")]
    Malformed,
    /// A kind of proposal that is never used here, or one by reference.
    #[error("a forbidden kind of proposal")]
    Kind,
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// Not an MLS PrivateMessage, or it does not open, or its signature is wrong. Somebody's noise; costs nothing.
    #[error("not a message of this group")]
    Unreadable,
    /// Our own message reflected back.
    #[error("our own message")]
    Own,
    /// Of an epoch we have left too long ago, or have left by another commit.
    #[error("of a past epoch")]
    Past,
    /// Of an epoch we have not reached: fetch the log.
    #[error("of a later epoch")]
    Ahead,
    /// A commit that every member refuses: go on at attempt + 1. The hash is evidence against its sender.
    #[error("refused: {reason}")]
    Refused {
        /// Its committer, if it could be told.
        by: Option<MemberId>,
        /// SHA-256 of the commit's bytes.
        commit: [u8; 32],
        /// Why.
        reason: Refusal,
    },
    /// A commit that others may have merged and we cannot: if the log goes on in the next epoch, we must rejoin.
    #[error("cannot follow a commit")]
    Broken {
        /// Its committer.
        by: MemberId,
        /// SHA-256 of the commit's bytes.
        commit: [u8; 32],
    },
}

/// Why nothing could be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// We are no longer in the group.
    #[error("not a member any more")]
    NotAMember,
}
