//! What stands for a frame when its sender vouches for it (PROTOCOL.md §10, "Signed frames").
//!
//! Invariant: **a hash stands for one frame of one key in one epoch of one group, and is taken only of frames that were sealed here or that
//! authenticated**; in an epoch whose policy does not ask for it, none is taken at all.
//!
//! Members hold each other's frame keys, so that what the AEAD proves is that *some* member sealed a frame. Nor does its tag name a frame: whoever
//! knows the key of GCM makes other ciphertexts with the same tag (it does not commit). Hence a hash of the ciphertext:
//!
//! ```text
//! hash = SHA-256("incamera/1 frame" ‖ epoch's label 32 ‖ KID 8 ‖ counter 8 ‖ stream 1 ‖ kind 1 ‖ ciphertext and tag)[..16]
//! label = HKDF-SHA512(epoch secret, "incamera/1 frame hash")
//! ```

use super::{EpochKeys, FrameOpener, FrameSealer, kid::Kid};
use crate::password::expand;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Bytes of a frame's hash. Nobody but the sender chooses what is hashed, so what counts is a second preimage: 2¹²⁸.
pub const HASH_BYTES: usize = 16;

/// Most hashes that wait to be taken; above it the oldest go. Some seconds of everything a member sends, or receives in a large room.
const MOST_WAITING: usize = 8_192;

/// One frame, as its sender or its receiver remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FrameHash {
    /// MLS epoch it was sealed in.
    pub epoch: u64,
    /// The whole KID of its header ([`Kid`]).
    pub kid: u64,
    /// Its counter.
    pub counter: u64,
    /// See the module.
    pub hash: [u8; HASH_BYTES],
}

impl FrameHash {
    /// The leaf under whose key it was sealed.
    pub fn leaf(&self) -> u32 {
        Kid::leaf_of(self.kid)
    }
}

/// Takes the hashes of one epoch.
pub(super) struct Hasher {
    epoch: u64,
    label: Zeroizing<[u8; 32]>,
}

/// A sealed frame taken apart.
#[derive(Clone, Copy)]
pub(super) struct Sealed<'a> {
    pub(super) kid: u64,
    pub(super) counter: u64,
    /// Stream and kind, as the AEAD binds them.
    pub(super) metadata: [u8; 2],
    /// With the tag.
    pub(super) ciphertext: &'a [u8],
}

impl Hasher {
    /// `None` where frames of this epoch are not signed.
    pub(super) fn of(keys: &EpochKeys) -> Option<Self> {
        keys.signed.then(|| {
            let mut label = Zeroizing::new([0; 32]);
            expand(None, &keys.secret()[..], &[b"incamera/1 frame hash"], &mut *label);
            Self { epoch: keys.epoch, label }
        })
    }

    pub(super) fn hash(&self, frame: Sealed<'_>) -> FrameHash {
        let mut digest = Sha256::new_with_prefix(b"incamera/1 frame");
        digest.update(*self.label);
        digest.update(frame.kid.to_be_bytes());
        digest.update(frame.counter.to_be_bytes());
        digest.update(frame.metadata);
        digest.update(frame.ciphertext);
        let digest: [u8; 32] = digest.finalize().into();
        let mut hash = [0; HASH_BYTES];
        hash.copy_from_slice(&digest[..HASH_BYTES]);
        FrameHash { epoch: self.epoch, kid: frame.kid, counter: frame.counter, hash }
    }
}

/// Hashes that wait to be taken.
#[derive(Default)]
pub(super) struct Hashes(Vec<FrameHash>);

impl Hashes {
    pub(super) fn push(&mut self, hash: FrameHash) {
        if self.0.len() >= MOST_WAITING {
            self.0.drain(..MOST_WAITING / 2);
        }
        self.0.push(hash);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self) -> Vec<FrameHash> {
        core::mem::take(&mut self.0)
    }
}

/// Between two reports of a frame worker, ms.
const REPORT: u64 = 100;
/// Between two reports of what was sealed, ms: each makes a list, which every member reads. Less tells of a forgery sooner.
const SEALED: u64 = 500;

/// What passed through a frame worker since its last report, for its session ([`Command::Frames`](crate::session::Command::Frames)).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameReport {
    /// When, ms by the frame worker's own clock, whatever that counts from.
    pub at: u64,
    /// All that was sealed since the last report that had this, in order; even if it is nothing, because what is in no list is held to be forged.
    pub sealed: Option<Vec<FrameHash>>,
    /// All that was opened.
    pub opened: Vec<FrameHash>,
}

/// When a frame worker reports.
#[derive(Default)]
pub struct FrameReports {
    last: Option<u64>,
    last_sealed: Option<u64>,
}

impl FrameReports {
    /// What is due to be reported; nothing while no frames are signed. Ask ten times a second.
    pub fn due(&mut self, now_ms: u64, sealer: &mut FrameSealer, opener: &mut FrameOpener) -> Option<FrameReport> {
        let passed = |last: Option<u64>, ms: u64| last.is_none_or(|last| now_ms >= last.saturating_add(ms));
        if !passed(self.last, REPORT) {
            return None;
        }
        self.last = Some(now_ms);
        let opened = opener.take_opened();
        // What was sealed before frames were signed no more is still vouched for.
        let signs = sealer.signs() || sealer.has_sealed();
        let sealed = (signs && passed(self.last_sealed, SEALED)).then(|| {
            self.last_sealed = Some(now_ms);
            sealer.take_sealed()
        });
        (sealed.is_some() || !opened.is_empty()).then_some(FrameReport { at: now_ms, sealed, opened })
    }
}
