//! Where openmls keeps the private keys of one group between two steps.
//!
//! **Invariant:** what is kept is wiped when it is replaced, deleted or dropped, and nothing is kept but what openmls asks for again:
//! the KeyPackage of a join, the group's encryption keys and its external PSK.
//!
//! openmls writes a group's whole state after every step, so that it can be loaded after a restart. A meeting's group lives in memory
//! and dies with it: those writes go nowhere, which spares a large group the serialisation of its tree at every commit.

use openmls_traits::storage::{CURRENT_VERSION as N, StorageProvider, traits};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// A first guess at the size of what is put away, bytes. An X-Wing KeyPackage with its private keys takes about 4,000.
const FIRST_BUFFER: usize = 4_096;

/// The most that one entry may take, bytes: a leaf's path to the root in a tree of 2^16 leaves is a tenth of that.
const LARGEST_ENTRY: usize = 1 << 20;

/// Why something could not be put away or found again. A mistake of this program: everything in here was made by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeyringError {
    /// It has no serialised form, or one that is too large.
    #[error("a key cannot be put away")]
    Unwritable,
    /// What was put away does not read as what is asked for.
    #[error("a key that was put away cannot be read")]
    Unreadable,
}

type Done = Result<(), KeyringError>;

/// What kind of key an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Shelf {
    /// A key pair by its public key: those of a commit that is pending.
    Encryption,
    /// All key pairs of a leaf in an epoch.
    Epoch,
    /// A KeyPackage with its private keys, by reference.
    KeyPackage,
    /// An external PSK by its id.
    Psk,
}

/// The private keys of one group.
#[derive(Default)]
pub(super) struct Keyring(Mutex<Entries>);

type Entries = HashMap<(Shelf, Vec<u8>), Zeroizing<Vec<u8>>>;

impl Keyring {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, shelf: Shelf, label: &impl Serialize, value: &impl Serialize) -> Done {
        self.entries().insert((shelf, name(label)?), bytes_of(value)?);
        Ok(())
    }

    fn read<T: DeserializeOwned>(&self, shelf: Shelf, label: &impl Serialize) -> Result<Option<T>, KeyringError> {
        let name = name(label)?;
        let entries = self.entries();
        let Some(bytes) = entries.get(&(shelf, name)) else { return Ok(None) };
        postcard::from_bytes(bytes).map(Some).map_err(|_| KeyringError::Unreadable)
    }

    /// What a member holds whose keys of the tree are wrong.
    #[cfg(test)]
    pub(super) fn lose_epoch_keys(&self) {
        self.entries().retain(|(shelf, _), _| *shelf != Shelf::Epoch);
    }

    fn delete(&self, shelf: Shelf, label: &impl Serialize) -> Done {
        self.entries().remove(&(shelf, name(label)?));
        Ok(())
    }
}

/// Labels are public.
fn name(label: &impl Serialize) -> Result<Vec<u8>, KeyringError> {
    postcard::to_allocvec(label).map_err(|_| KeyringError::Unwritable)
}

/// Serialised in a buffer that never grows in place: growing would leave copies behind that nobody wipes.
fn bytes_of(value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
    let mut size = FIRST_BUFFER;
    while size <= LARGEST_ENTRY {
        let mut buffer = Zeroizing::new(vec![0; size]);
        match postcard::to_slice(value, &mut buffer) {
            Ok(written) => {
                let length = written.len();
                buffer.truncate(length);
                return Ok(buffer);
            }
            Err(postcard::Error::SerializeBufferFull) => size *= 4,
            Err(_) => break,
        }
    }
    Err(KeyringError::Unwritable)
}

/// Writes and deletions of what is not kept.
macro_rules! goes_nowhere {
    ($($method:ident($($K:ident: $kind:ident),+))+) => {
        $(fn $method<$($K: traits::$kind<N>),+>(&self, $(_: &$K),+) -> Done {
            Ok(())
        })+
    };
}

/// Look-ups of what is not kept.
macro_rules! finds_nothing {
    ($($method:ident($K:ident: $kind:ident) -> $found:ident)+) => {
        $(fn $method<$K: traits::$kind<N>, V: traits::$found<N>>(&self, _: &$K) -> Result<Option<V>, KeyringError> {
            Ok(None)
        })+
    };
}

impl StorageProvider<N> for Keyring {
    type Error = KeyringError;

    // --- keys: kept ---

    fn write_encryption_key_pair<K: traits::EncryptionKey<N>, V: traits::HpkeKeyPair<N>>(
        &self,
        public_key: &K,
        key_pair: &V,
    ) -> Done {
        self.put(Shelf::Encryption, public_key, key_pair)
    }

    fn write_encryption_epoch_key_pairs<K: traits::GroupId<N>, V: traits::EpochKey<N>, W: traits::HpkeKeyPair<N>>(
        &self,
        group_id: &K,
        epoch: &V,
        leaf_index: u32,
        key_pairs: &[W],
    ) -> Done {
        self.put(Shelf::Epoch, &(group_id, epoch, leaf_index), &key_pairs)
    }

    fn write_key_package<K: traits::HashReference<N>, V: traits::KeyPackage<N>>(&self, hash_ref: &K, key_package: &V) -> Done {
        self.put(Shelf::KeyPackage, hash_ref, key_package)
    }

    fn write_psk<K: traits::PskId<N>, V: traits::PskBundle<N>>(&self, psk_id: &K, psk: &V) -> Done {
        self.put(Shelf::Psk, psk_id, psk)
    }

    fn encryption_key_pair<K: traits::HpkeKeyPair<N>, V: traits::EncryptionKey<N>>(
        &self,
        public_key: &V,
    ) -> Result<Option<K>, KeyringError> {
        self.read(Shelf::Encryption, public_key)
    }

    fn encryption_epoch_key_pairs<K: traits::GroupId<N>, V: traits::EpochKey<N>, W: traits::HpkeKeyPair<N>>(
        &self,
        group_id: &K,
        epoch: &V,
        leaf_index: u32,
    ) -> Result<Vec<W>, KeyringError> {
        Ok(self.read(Shelf::Epoch, &(group_id, epoch, leaf_index))?.unwrap_or_default())
    }

    fn key_package<K: traits::HashReference<N>, V: traits::KeyPackage<N>>(
        &self,
        hash_ref: &K,
    ) -> Result<Option<V>, KeyringError> {
        self.read(Shelf::KeyPackage, hash_ref)
    }

    fn psk<K: traits::PskBundle<N>, V: traits::PskId<N>>(&self, psk_id: &V) -> Result<Option<K>, KeyringError> {
        self.read(Shelf::Psk, psk_id)
    }

    fn delete_encryption_key_pair<K: traits::EncryptionKey<N>>(&self, public_key: &K) -> Done {
        self.delete(Shelf::Encryption, public_key)
    }

    fn delete_encryption_epoch_key_pairs<K: traits::GroupId<N>, V: traits::EpochKey<N>>(
        &self,
        group_id: &K,
        epoch: &V,
        leaf_index: u32,
    ) -> Done {
        self.delete(Shelf::Epoch, &(group_id, epoch, leaf_index))
    }

    fn delete_key_package<K: traits::HashReference<N>>(&self, hash_ref: &K) -> Done {
        self.delete(Shelf::KeyPackage, hash_ref)
    }

    fn delete_psk<K: traits::PskId<N>>(&self, psk_id: &K) -> Done {
        self.delete(Shelf::Psk, psk_id)
    }

    // --- the group's state: it lives in `MlsGroup` and nowhere else ---

    goes_nowhere! {
        write_mls_join_config(K: GroupId, V: MlsGroupJoinConfig)
        append_own_leaf_node(K: GroupId, V: LeafNode)
        queue_proposal(K: GroupId, V: ProposalRef, W: QueuedProposal)
        write_tree(K: GroupId, V: TreeSync)
        write_interim_transcript_hash(K: GroupId, V: InterimTranscriptHash)
        write_context(K: GroupId, V: GroupContext)
        write_confirmation_tag(K: GroupId, V: ConfirmationTag)
        write_message_secrets(K: GroupId, V: MessageSecrets)
        write_resumption_psk_store(K: GroupId, V: ResumptionPskStore)
        write_own_leaf_index(K: GroupId, V: LeafNodeIndex)
        write_group_epoch_secrets(K: GroupId, V: GroupEpochSecrets)
        write_application_export_tree(K: GroupId, V: ApplicationExportTree)
        write_signature_key_pair(K: SignaturePublicKey, V: SignatureKeyPair)
        remove_proposal(K: GroupId, V: ProposalRef)
    }

    // Type parameters that are in another order than the arguments, or in none of them.

    fn write_group_state<K: traits::GroupState<N>, V: traits::GroupId<N>>(&self, _: &V, _: &K) -> Done {
        Ok(())
    }

    fn clear_proposal_queue<K: traits::GroupId<N>, V: traits::ProposalRef<N>>(&self, _: &K) -> Done {
        Ok(())
    }

    fn delete_application_export_tree<K: traits::GroupId<N>, V: traits::ApplicationExportTree<N>>(&self, _: &K) -> Done {
        Ok(())
    }

    // Nothing is there: nothing is found, nothing has to be deleted.

    goes_nowhere! {
        delete_own_leaf_nodes(K: GroupId)
        delete_group_config(K: GroupId)
        delete_tree(K: GroupId)
        delete_confirmation_tag(K: GroupId)
        delete_group_state(K: GroupId)
        delete_context(K: GroupId)
        delete_interim_transcript_hash(K: GroupId)
        delete_message_secrets(K: GroupId)
        delete_all_resumption_psk_secrets(K: GroupId)
        delete_own_leaf_index(K: GroupId)
        delete_group_epoch_secrets(K: GroupId)
        delete_signature_key_pair(K: SignaturePublicKey)
    }

    finds_nothing! {
        mls_group_join_config(K: GroupId) -> MlsGroupJoinConfig
        tree(K: GroupId) -> TreeSync
        group_context(K: GroupId) -> GroupContext
        interim_transcript_hash(K: GroupId) -> InterimTranscriptHash
        confirmation_tag(K: GroupId) -> ConfirmationTag
        message_secrets(K: GroupId) -> MessageSecrets
        resumption_psk_store(K: GroupId) -> ResumptionPskStore
        own_leaf_index(K: GroupId) -> LeafNodeIndex
        group_epoch_secrets(K: GroupId) -> GroupEpochSecrets
        signature_key_pair(K: SignaturePublicKey) -> SignatureKeyPair
        application_export_tree(K: GroupId) -> ApplicationExportTree
    }

    fn group_state<K: traits::GroupState<N>, V: traits::GroupId<N>>(&self, _: &V) -> Result<Option<K>, KeyringError> {
        Ok(None)
    }

    fn own_leaf_nodes<K: traits::GroupId<N>, V: traits::LeafNode<N>>(&self, _: &K) -> Result<Vec<V>, KeyringError> {
        Ok(Vec::new())
    }

    fn queued_proposal_refs<K: traits::GroupId<N>, V: traits::ProposalRef<N>>(&self, _: &K) -> Result<Vec<V>, KeyringError> {
        Ok(Vec::new())
    }

    fn queued_proposals<K: traits::GroupId<N>, V: traits::ProposalRef<N>, W: traits::QueuedProposal<N>>(
        &self,
        _: &K,
    ) -> Result<Vec<(V, W)>, KeyringError> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_away_is_found_until_it_is_deleted() {
        let keyring = Keyring::default();
        let large = vec![7u64; 20_000];
        keyring.put(Shelf::Psk, &"one", &large).unwrap();
        assert_eq!(keyring.read(Shelf::Psk, &"one"), Ok(Some(large)));
        assert_eq!(keyring.read::<Vec<u64>>(Shelf::KeyPackage, &"one"), Ok(None));
        keyring.delete(Shelf::Psk, &"one").unwrap();
        assert_eq!(keyring.read::<Vec<u64>>(Shelf::Psk, &"one"), Ok(None));
    }

    #[test]
    fn what_is_too_large_is_an_error() {
        let keyring = Keyring::default();
        assert_eq!(keyring.put(Shelf::Psk, &"one", &vec![u64::MAX; LARGEST_ENTRY / 8]), Err(KeyringError::Unwritable));
    }
}
