//! Something for one member alone, inside the group.
//!
//! **Invariant:** an envelope's key serves one question: who asks draws it, and whoever else reads the answer cannot open it. Who asks and who
//! answers is for the MLS messages that carry the two to say.

use super::primitives::Primitives;
use super::{LibraryFault, MemberId, provider::SUITE};
use openmls::prelude::OpenMlsCrypto;
use openmls_traits::types::{HpkeCiphertext, HpkeKeyPair};
use zeroize::Zeroizing;

/// Bytes of an X-Wing encapsulation: ML-KEM-768 ciphertext and an X25519 point.
pub(super) const KEM_OUTPUT_BYTES: usize = 1_120;

/// The key of one question (HPKE, RFC 9180, with X-Wing).
pub struct Envelope(HpkeKeyPair);

impl Envelope {
    /// From 32 bytes that nothing else uses.
    ///
    /// # Errors
    /// [`LibraryFault`], never for reasons outside.
    pub fn draw(entropy: &[u8; 32]) -> Result<Self, LibraryFault> {
        Primitives.derive_hpke_keypair(SUITE.hpke_config(), entropy).map(Self).map_err(|_| LibraryFault)
    }

    /// Goes with the question; 1,216 bytes.
    pub fn public(&self) -> &[u8] {
        &self.0.public
    }

    /// Opens what was sealed to this envelope with the same `info`; `None` for anything else.
    pub fn open(&self, info: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (kem_output, ciphertext) = sealed.split_at_checked(KEM_OUTPUT_BYTES)?;
        let sealed = HpkeCiphertext { kem_output: kem_output.to_vec().into(), ciphertext: ciphertext.to_vec().into() };
        let plain = Primitives.hpke_open(SUITE.hpke_config(), &sealed, &self.0.private, info, &[]);
        plain.ok().map(Zeroizing::new)
    }
}

/// Seals to the public half; `None` if that is none.
pub fn seal_to(public: &[u8], info: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let sealed = Primitives.hpke_seal(SUITE.hpke_config(), public, info, &[], plain).ok()?;
    Some([sealed.kem_output.as_slice(), sealed.ciphertext.as_slice()].concat())
}

/// What lines for one member are bound to: the group, who writes, and to whom.
pub fn aside_info(group_id: &[u8], from: MemberId, to: MemberId) -> Vec<u8> {
    [b"incamera/1 aside".as_slice(), &from.0, &to.0, group_id].concat()
}

/// What an answer is bound to: the group, who answers, whom, and about which generation of the password.
pub fn handing_info(group_id: &[u8], from: MemberId, to: MemberId, pw_gen: u32) -> Vec<u8> {
    [b"incamera/1 password".as_slice(), &from.0, &to.0, &pw_gen.to_be_bytes(), group_id].concat()
}
