//! What the group hands to the frame worker for one epoch.

use crate::password::expand;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Version of the bytes that cross the port between the two workers.
const FORMAT: u8 = 2;
/// Most leaves a set of keys may name: more than any room holds, few enough to read without thinking.
const MAX_LEAVES: usize = 4096;

/// The keys of one epoch, as the frame worker needs them. Wiped when dropped; no copy, no print.
#[derive(ZeroizeOnDrop)]
pub struct EpochKeys {
    /// MLS epoch.
    pub epoch: u64,
    /// Our own leaf: sealed for, never opened from.
    pub my_leaf: u32,
    /// Every leaf of the tree, our own included.
    pub members: Vec<u32>,
    /// Leaves that the commit which began this epoch removed, even if it gave the same index to somebody new:
    /// nothing they sealed is opened any more, not even in the old epoch's grace.
    pub removed: Vec<u32>,
    /// Lowest epoch whose frames may be opened. A frame worker that was restarted has lost its replay windows: it gets the epoch
    /// of the update that the session commits after the restart, and seals, but opens nothing, until then.
    pub opens_from: u64,
    /// The room's policy in this epoch has members vouch for their frames ([`POLICY_SIGNED_FRAMES`](crate::group::POLICY_SIGNED_FRAMES)):
    /// what is sealed and opened is hashed.
    pub signed: bool,
    secret: Zeroizing<[u8; 32]>,
}

impl EpochKeys {
    /// `secret` comes from the safe exporter, once per epoch.
    pub fn new(epoch: u64, my_leaf: u32, secret: Zeroizing<[u8; 32]>, members: Vec<u32>) -> Self {
        Self { epoch, my_leaf, members, removed: Vec::new(), opens_from: 0, signed: false, secret }
    }

    /// `HKDF-SHA512(epoch secret, "incamera/1 sframe" ‖ leaf)`, 32 bytes, the leaf in four bytes, big endian:
    /// base_key of RFC 9605 for everything this leaf sends in this epoch.
    pub(super) fn base_key_of(secret: &[u8; 32], leaf: u32) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        expand(None, secret, &[b"incamera/1 sframe", &leaf.to_be_bytes()], &mut *key);
        key
    }

    pub(super) fn secret(&self) -> &Zeroizing<[u8; 32]> {
        &self.secret
    }

    /// For the port between session worker and frame worker of one page, and for nothing else.
    ///
    /// ```text
    /// format 1 │ epoch 8 │ my leaf 4 │ opens from 8 │ signed 1 │ secret 32 │ count 2 │ members 4 each │ count 2 │ removed 4 each
    /// ```
    /// Numbers are big endian.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Grown once, so that no copy of the secret stays behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(58 + 4 * (self.members.len() + self.removed.len())));
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes.extend_from_slice(&self.my_leaf.to_be_bytes());
        bytes.extend_from_slice(&self.opens_from.to_be_bytes());
        bytes.push(u8::from(self.signed));
        bytes.extend_from_slice(&*self.secret);
        for leaves in [&self.members, &self.removed] {
            let leaves = leaves.get(..MAX_LEAVES).unwrap_or(leaves);
            bytes.extend_from_slice(&(leaves.len() as u16).to_be_bytes());
            leaves.iter().for_each(|leaf| bytes.extend_from_slice(&leaf.to_be_bytes()));
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; nothing if it is anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let [FORMAT] = take::<1>(&mut rest)? else { return None };
        let epoch = u64::from_be_bytes(take(&mut rest)?);
        let my_leaf = u32::from_be_bytes(take(&mut rest)?);
        let opens_from = u64::from_be_bytes(take(&mut rest)?);
        let signed = match take(&mut rest)? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        let mut keys = Self::new(epoch, my_leaf, Zeroizing::new(take(&mut rest)?), Vec::new());
        (keys.opens_from, keys.signed) = (opens_from, signed);
        keys.members = leaves(&mut rest)?;
        keys.removed = leaves(&mut rest)?;
        rest.is_empty().then_some(keys)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

fn leaves(rest: &mut &[u8]) -> Option<Vec<u32>> {
    let count = usize::from(u16::from_be_bytes(take(rest)?));
    if count > MAX_LEAVES {
        return None;
    }
    (0..count).map(|_| take(rest).map(u32::from_be_bytes)).collect()
}
