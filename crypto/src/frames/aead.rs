//! The cryptography under SFrame: `ring` natively, `aes-gcm` in WASM, behind the traits of the crate `sframe`.
//!
//! Invariant: **an AEAD key is expanded once, not once per frame.** That is why this backend stands in for those of the crate
//! (audits/decisions/, "SFrame backend"). It speaks one suite, AES_256_GCM_SHA512.

use hkdf::Hkdf;
use sframe::{
    CipherSuite,
    crypto::{
        AeadDecrypt, AeadEncrypt, DecryptionBufferView, EncryptionBufferView, KeyDerivation, get_hkdf_key_expand_label,
        get_hkdf_salt_expand_label,
    },
    error::SframeError,
    header::{Counter, KeyId},
    key::{GenericDecryptionKey, GenericEncryptionKey},
};
use sha2::Sha512;
use zeroize::Zeroizing;

/// The suite of every frame (RFC 9605 §4.5, value 5).
pub(super) const SUITE: CipherSuite = CipherSuite::AesGcm256Sha512;
/// AEAD.Nt.
pub(super) const TAG_BYTES: usize = 16;

pub(super) type SealingKey = GenericEncryptionKey<Gcm, Kdf>;
pub(super) type OpeningKey = GenericDecryptionKey<Gcm, Kdf>;

/// AES-256-GCM.
pub(super) struct Gcm;
/// HKDF-SHA512 with the labels of RFC 9605 §4.4.2.
pub(super) struct Kdf;
/// An expanded key and the salt of its nonces. Wiped when dropped, as far as the backend does: `ring` keeps no promise.
pub(super) struct FrameSecret {
    cipher: backend::Cipher,
    salt: Zeroizing<[u8; 12]>,
}

impl FrameSecret {
    /// The salt, with the counter laid over its last eight bytes (RFC 9605 §4.4.3).
    fn nonce(&self, counter: Counter) -> [u8; 12] {
        let mut nonce = *self.salt;
        nonce.iter_mut().skip(4).zip(counter.to_be_bytes()).for_each(|(salt, counter)| *salt ^= counter);
        nonce
    }
}

impl TryFrom<CipherSuite> for Gcm {
    type Error = SframeError;

    fn try_from(suite: CipherSuite) -> Result<Self, SframeError> {
        if suite == SUITE { Ok(Self) } else { Err(SframeError::UnsupportedCipherSuite) }
    }
}

impl AeadEncrypt for Gcm {
    type Secret = FrameSecret;

    fn encrypt<'a, B>(&self, secret: &FrameSecret, buffer: B, counter: Counter) -> Result<(), SframeError>
    where
        B: Into<EncryptionBufferView<'a>>,
    {
        let buffer = buffer.into();
        let tag = secret.cipher.seal(&secret.nonce(counter), buffer.aad, buffer.data).ok_or(SframeError::EncryptionFailure)?;
        buffer.tag.copy_from_slice(&tag);
        Ok(())
    }
}

impl AeadDecrypt for Gcm {
    type Secret = FrameSecret;

    fn decrypt<'a, B>(&self, secret: &FrameSecret, buffer: B, counter: Counter) -> Result<(), SframeError>
    where
        B: Into<DecryptionBufferView<'a>>,
    {
        let buffer = buffer.into();
        secret.cipher.open(&secret.nonce(counter), buffer.aad, buffer.data).ok_or(SframeError::DecryptionFailure)
    }
}

impl KeyDerivation for Kdf {
    type Secret = FrameSecret;

    fn expand_from<M, K>(suite: CipherSuite, key_material: M, key_id: K) -> Result<FrameSecret, SframeError>
    where
        M: AsRef<[u8]>,
        K: Into<KeyId>,
    {
        let kid = key_id.into();
        let hkdf = Hkdf::<Sha512>::new(None, key_material.as_ref());
        let (mut key, mut salt) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 12]));
        let derived = hkdf.expand(&get_hkdf_key_expand_label(kid, suite), &mut *key);
        derived
            .and(hkdf.expand(&get_hkdf_salt_expand_label(kid, suite), &mut *salt))
            .map_err(|_| SframeError::KeyDerivationFailure)?;
        let cipher = backend::Cipher::new(&key).ok_or(SframeError::KeyDerivationFailure)?;
        Ok(FrameSecret { cipher, salt })
    }
}

#[cfg(not(target_arch = "wasm32"))]
use native as backend;
#[cfg(target_arch = "wasm32")]
use portable as backend;

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use super::TAG_BYTES;
    use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

    /// `ring` says "less safe" because the nonce is ours to keep unique: the counters of [`FrameSealer`](super::super::FrameSealer) do.
    pub(super) struct Cipher(LessSafeKey);

    impl Cipher {
        pub(super) fn new(key: &[u8; 32]) -> Option<Self> {
            UnboundKey::new(&AES_256_GCM, key).ok().map(|key| Self(LessSafeKey::new(key)))
        }

        pub(super) fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<[u8; TAG_BYTES]> {
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), data).ok()?;
            tag.as_ref().try_into().ok()
        }

        pub(super) fn open(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<()> {
            let nonce = Nonce::assume_unique_for_key(*nonce);
            self.0.open_in_place(nonce, Aad::from(aad), data).ok().map(drop)
        }
    }
}

#[cfg(any(test, target_arch = "wasm32"))]
mod portable {
    use super::TAG_BYTES;
    use aes_gcm::{AeadInPlace, Aes256Gcm, KeyInit};

    pub(super) struct Cipher(Aes256Gcm);

    impl Cipher {
        pub(super) fn new(key: &[u8; 32]) -> Option<Self> {
            Aes256Gcm::new_from_slice(key).ok().map(Self)
        }

        pub(super) fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<[u8; TAG_BYTES]> {
            self.0.encrypt_in_place_detached(nonce.into(), aad, data).ok().map(Into::into)
        }

        pub(super) fn open(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<()> {
            let (data, tag) = data.split_last_chunk_mut::<TAG_BYTES>()?;
            self.0.decrypt_in_place_detached(nonce.into(), aad, data, (&*tag).into()).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{native, portable};

    #[test]
    fn the_browsers_cipher_is_the_native_one() {
        let (native, portable) = (native::Cipher::new(&[1; 32]).expect("a key"), portable::Cipher::new(&[1; 32]).expect("a key"));
        for length in [0, 1, 15, 16, 17, 1200] {
            let plain: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let (mut ours, mut theirs) = (plain.clone(), plain.clone());
            let tag = native.seal(&[2; 12], b"aad", &mut ours).expect("sealed");
            assert_eq!(portable.seal(&[2; 12], b"aad", &mut theirs), Some(tag));
            assert_eq!(ours, theirs);
            ours.extend_from_slice(&tag);
            let mut changed = ours.clone();
            changed[0] ^= 1;
            assert!(portable.open(&[2; 12], b"aad", &mut changed).is_none());
            assert!(portable.open(&[2; 12], b"aad", &mut ours).is_some());
            assert_eq!(ours[..length], plain);
        }
        assert!(portable.open(&[2; 12], b"aad", &mut [0; 15]).is_none());
        assert!(native.open(&[2; 12], b"aad", &mut [0; 15]).is_none());
    }
}
