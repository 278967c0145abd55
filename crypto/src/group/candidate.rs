//! A newcomer before it is in, as it sees itself and as a doorkeeper sees it.
//!
//! **Invariant:** the only way from bytes off the wire to something a group admits is
//! `CheckedKeyPackage::read` → (Tag_B verified) → [`CheckedKeyPackage::proven`], or → (a moderator's yes) →
//! [`CheckedKeyPackage::let_in`], and the last step is open to this crate's admission alone.

use super::primitives::Primitives;
use super::{
    CredentialId, How, KeyPackageError, LibraryFault, MemberId, Return,
    envelope::KEM_OUTPUT_BYTES,
    judge::check_key_package,
    provider::{LeafKey, Provider, SUITE, capabilities, lifetime},
    statement::return_statement,
};
use openmls::prelude::{
    BasicCredential, CredentialWithKey, KeyPackage, KeyPackageBundle, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut,
    OpenMlsCrypto, OpenMlsProvider, ProtocolVersion,
    tls_codec::{Deserialize, Serialize},
};
use openmls_traits::types::HpkeCiphertext;
use zeroize::Zeroizing;

/// Separates what we seal to an init key from what MLS does ("MLS 1.0 Welcome").
const HPKE_LABEL: &[u8] = b"incamera/1 hpke";

/// A joiner's fresh identity and one-use KeyPackage, before there is a group.
pub struct Candidate {
    pub(super) provider: Provider,
    pub(super) key: LeafKey,
    pub(super) credential: CredentialId,
    bundle: KeyPackageBundle,
    bytes: Vec<u8>,
    reference: Vec<u8>,
}

impl Candidate {
    /// Draws credential, signature key and KeyPackage from 32 bytes of entropy that nothing else uses.
    pub fn new(entropy: [u8; 32]) -> Result<Self, LibraryFault> {
        let provider = Provider::new(entropy);
        let key = LeafKey::draw(&provider);
        let credential: CredentialId = provider.draw();
        let bundle = KeyPackage::builder()
            .key_package_lifetime(lifetime())
            .leaf_node_capabilities(capabilities())
            .build(SUITE, &provider, &key, credential_with_key(credential, &key))
            .map_err(|_| LibraryFault)?;
        let bytes = MlsMessageOut::from(bundle.key_package().clone()).tls_serialize_detached().map_err(|_| LibraryFault)?;
        let reference = bundle.key_package().hash_ref(provider.crypto()).map_err(|_| LibraryFault)?.as_slice().to_vec();
        Ok(Self { provider, key, credential, bundle, bytes, reference })
    }

    /// The KeyPackage as an MLSMessage, for the knock; about 2.6 KB.
    pub fn key_package_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// RFC 9420 §5.2, for ADb.
    pub fn key_package_ref(&self) -> &[u8] {
        &self.reference
    }

    /// The 16 random bytes, for ADb.
    pub fn credential(&self) -> CredentialId {
        self.credential
    }

    /// What this candidate will be called once it is in.
    pub fn member_id(&self) -> MemberId {
        MemberId::of_first_key(&self.key.public())
    }

    /// Signs for this leaf as who we were.
    pub fn returns_as(&self, former: &Former) -> Return {
        let statement = return_statement(&former.group_id, former.member, &self.credential, &self.key.public());
        Return { member: former.member, signature: former.key.sign_bytes(&statement).to_vec() }
    }

    /// Opens what [`CheckedKeyPackage::seal`] sealed to this KeyPackage with the same `info` and `aad`.
    pub fn open(&self, info: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyPackageError> {
        let (kem_output, ciphertext) = sealed.split_at_checked(KEM_OUTPUT_BYTES).ok_or(KeyPackageError::Sealed)?;
        let sealed = HpkeCiphertext { kem_output: kem_output.to_vec().into(), ciphertext: ciphertext.to_vec().into() };
        let info = [HPKE_LABEL, info].concat();
        let crypto = self.provider.crypto();
        let plain = crypto.hpke_open(SUITE.hpke_config(), &sealed, self.bundle.init_private_key(), &info, aad);
        plain.map(Zeroizing::new).map_err(|_| KeyPackageError::Sealed)
    }
}

/// Who we were in a group that goes on without us: the one thing of it that is kept.
pub struct Former {
    pub(super) group_id: Vec<u8>,
    pub(super) member: MemberId,
    pub(super) key: LeafKey,
}

impl Former {
    /// MLS group id.
    pub fn group_id(&self) -> &[u8] {
        &self.group_id
    }
}

pub(super) fn credential_with_key(credential: CredentialId, key: &LeafKey) -> CredentialWithKey {
    CredentialWithKey {
        credential: BasicCredential::new(credential.to_vec()).into(),
        signature_key: key.public().to_vec().into(),
    }
}

/// A KeyPackage that came with a knock and is well formed: our suite, our capabilities and lifetime, no extensions, a basic
/// credential of 16 bytes, signatures that verify. It proves nothing about who sent it.
#[derive(Clone)]
pub struct CheckedKeyPackage {
    key_package: KeyPackage,
    reference: Vec<u8>,
    credential: CredentialId,
    key: [u8; 32],
}

impl CheckedKeyPackage {
    /// Parses and checks. Anything wrong with it is the newcomer's fault.
    pub fn read(bytes: &[u8]) -> Result<Self, KeyPackageError> {
        let message = MlsMessageIn::tls_deserialize_exact(bytes).map_err(|_| KeyPackageError::Malformed)?;
        let MlsMessageBodyIn::KeyPackage(key_package) = message.extract() else { return Err(KeyPackageError::Malformed) };
        // Of another suite nothing can be verified here: after the versions of message and package (RFC 9420 §6, §10) comes the suite.
        if bytes.get(6..8) != Some(&u16::from(SUITE).to_be_bytes()) {
            return Err(KeyPackageError::OtherKind);
        }
        let crypto = Primitives;
        let key_package = key_package.validate(&crypto, ProtocolVersion::Mls10).map_err(|_| KeyPackageError::Malformed)?;
        let (credential, key) = check_key_package(&key_package).map_err(|_| KeyPackageError::OtherKind)?;
        let reference = key_package.hash_ref(&crypto).map_err(|_| KeyPackageError::Malformed)?.as_slice().to_vec();
        Ok(Self { key_package, reference, credential, key })
    }

    /// RFC 9420 §5.2.
    pub fn reference(&self) -> &[u8] {
        &self.reference
    }

    /// The 16 random bytes.
    pub fn credential(&self) -> CredentialId {
        self.credential
    }

    /// What the newcomer will be called.
    pub fn member_id(&self) -> MemberId {
        MemberId::of_first_key(&self.key)
    }

    /// HPKE (X-Wing) to the KeyPackage's init key (PROTOCOL.md §4.4): `info` is the transcript hash. Adds 1,136 bytes.
    pub fn seal(&self, info: &[u8], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, KeyPackageError> {
        let info = [HPKE_LABEL, info].concat();
        let init_key = self.key_package.hpke_init_key().as_slice();
        let sealed = Primitives.hpke_seal(SUITE.hpke_config(), init_key, &info, aad, plain);
        let sealed = sealed.map_err(|_| KeyPackageError::OtherKind)?;
        Ok([sealed.kem_output.as_slice(), sealed.ciphertext.as_slice()].concat())
    }

    /// Called by `crypto::admission` once Tag_B has verified in a run of this generation of the password.
    pub(crate) fn proven(self, pw_gen: u32) -> ProvenKeyPackage {
        ProvenKeyPackage { checked: self, pw_gen, how: How::Password, returns: None }
    }

    /// Called by `crypto::admission` once the moderator at this screen has said yes to whom it belongs to.
    pub(crate) fn let_in(self, pw_gen: u32) -> ProvenKeyPackage {
        ProvenKeyPackage { checked: self, pw_gen, how: How::WaitingRoom, returns: None }
    }

    /// Called by `crypto::admission` once a run on a secret of this very group has shown that it was a member.
    pub(crate) fn rejoins(self, pw_gen: u32, returns: Return) -> ProvenKeyPackage {
        ProvenKeyPackage { checked: self, pw_gen, how: How::Rejoin, returns: Some(returns) }
    }
}

/// A KeyPackage whose owner proved the password, or whom a moderator lets in from the waiting room. Only `crypto::admission` makes
/// one, and a group admits nothing else.
#[derive(Clone)]
pub struct ProvenKeyPackage {
    checked: CheckedKeyPackage,
    pw_gen: u32,
    how: How,
    returns: Option<Return>,
}

impl ProvenKeyPackage {
    /// What the newcomer will be called: as before, if it comes back.
    pub fn member_id(&self) -> MemberId {
        self.returns.as_ref().map_or_else(|| self.checked.member_id(), |said| said.member)
    }

    /// Its old leaf's word, if it comes back.
    pub fn returns(&self) -> Option<&Return> {
        self.returns.as_ref()
    }

    /// The 16 random bytes.
    pub fn credential(&self) -> CredentialId {
        self.checked.credential
    }

    /// Generation of the password when it was let in.
    pub fn pw_gen(&self) -> u32 {
        self.pw_gen
    }

    /// By which door.
    pub fn how(&self) -> How {
        self.how
    }

    pub(super) fn key(&self) -> [u8; 32] {
        self.checked.key
    }

    pub(super) fn key_package(&self) -> &KeyPackage {
        &self.checked.key_package
    }
}
