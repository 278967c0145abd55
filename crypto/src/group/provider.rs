//! What openmls needs around it: one suite, one set of capabilities, seeded randomness, storage in memory.
//!
//! **Invariant:** every key of ours is drawn from the entropy we were given. (Only the randomness of a KEM encapsulation comes
//! from the platform, inside `hpke-rs`, which takes no generator: it decides nothing and is told to nobody but the peer.)

use super::keyring::Keyring;
use super::primitives::Primitives;
use openmls::prelude::{
    Capabilities, Ciphersuite, CredentialType, ExtensionType, Lifetime, MlsGroupJoinConfig, OpenMlsProvider,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProposalType, ProtocolVersion, SenderRatchetConfiguration, SignatureScheme,
};
use openmls_traits::{
    random::OpenMlsRand,
    signatures::{Signer, SignerError},
};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore, SeedableRng},
};
use std::sync::{Mutex, PoisonError};

/// X-Wing (ML-KEM-768 with X25519), AES-256-GCM, SHA-384, Ed25519: code point 0x004E, provisional, pinned (PROTOCOL.md §6).
pub(super) const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519;

/// Epochs behind the current one whose application messages are still opened: chat sent just before a commit is not lost.
/// Larger forgives slower networks and keeps old keys longer.
pub const PAST_EPOCHS: usize = 3;

/// PrivateMessages are padded to a multiple of this, bytes. Larger hides the length of chat better and costs as much per heartbeat.
const PADDING_BYTES: usize = 256;

/// Messages of one sender that may arrive late; larger keeps more message keys.
const OUT_OF_ORDER: u32 = 64;

/// Messages of one sender that may be lost in a row; larger lets a forged counter cost more hashing.
const MAX_FORWARD: u32 = 2_000;

/// Crypto, storage and randomness of one group.
pub(super) struct Provider {
    crypto: Primitives,
    storage: Keyring,
    rand: SeededRand,
}

impl Provider {
    pub(super) fn new(entropy: [u8; 32]) -> Self {
        let rand = SeededRand(Mutex::new(ChaCha20Rng::from_seed(entropy)));
        Self { crypto: Primitives, storage: Keyring::default(), rand }
    }

    /// Fresh bytes of the group's own generator.
    pub(super) fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rand.fill(&mut bytes);
        bytes
    }
}

impl OpenMlsProvider for Provider {
    type CryptoProvider = Primitives;
    type RandProvider = SeededRand;
    type StorageProvider = Keyring;

    fn storage(&self) -> &Keyring {
        &self.storage
    }

    fn crypto(&self) -> &Primitives {
        &self.crypto
    }

    fn rand(&self) -> &SeededRand {
        &self.rand
    }
}

/// ChaCha20 from the entropy handed in.
pub(super) struct SeededRand(Mutex<ChaCha20Rng>);

impl SeededRand {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

impl OpenMlsRand for SeededRand {
    type Error = core::convert::Infallible;

    fn random_array<const N: usize>(&self) -> Result<[u8; N], Self::Error> {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        Ok(bytes)
    }

    fn random_vec(&self, len: usize) -> Result<Vec<u8>, Self::Error> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes);
        Ok(bytes)
    }
}

/// The leaf's Ed25519 key, made for one meeting. Wiped when dropped.
pub(super) struct LeafKey(ed25519_dalek::SigningKey);

impl LeafKey {
    pub(super) fn draw(provider: &Provider) -> Self {
        let mut seed: [u8; 32] = provider.draw();
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        zeroize::Zeroize::zeroize(&mut seed);
        Self(key)
    }

    pub(super) fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    pub(super) fn sign_bytes(&self, bytes: &[u8]) -> [u8; 64] {
        ed25519_dalek::Signer::sign(&self.0, bytes).to_bytes()
    }
}

impl Signer for LeafKey {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.sign_bytes(payload).to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// The same capabilities in every leaf, byte for byte: a leaf with others is refused.
pub(super) fn capabilities() -> Capabilities {
    Capabilities::new(
        Some(&[ProtocolVersion::Mls10]),
        Some(&[SUITE]),
        Some(&[ExtensionType::AppDataDictionary]),
        Some(&[ProposalType::AppDataUpdate]),
        Some(&[CredentialType::Basic]),
    )
}

/// A KeyPackage lives for one join, and its age is the doorkeeper's business. A lifetime that ends would make verdicts depend on
/// each member's clock, so there is one, without end, and another one is refused.
pub(super) fn lifetime() -> Lifetime {
    Lifetime::init(0, u64::MAX)
}

pub(super) fn group_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .padding_size(PADDING_BYTES)
        .max_past_epochs(PAST_EPOCHS)
        .number_of_resumption_psks(0)
        .use_ratchet_tree_extension(true)
        .sender_ratchet_configuration(SenderRatchetConfiguration::new(OUT_OF_ORDER, MAX_FORWARD))
        .build()
}
