//! The primitives of the one suite, and no others.
//!
//! **Invariant:** what is not of [`SUITE`] is refused here, before any library is asked: X-Wing, HKDF and HMAC with SHA-384, AES-256-GCM,
//! Ed25519. All of them are RustCrypto's and dalek's; nothing is computed here.
//!
//! `openmls_rust_crypto` offers the same and every other suite beside it, so that P-256, P-384, secp256k1, ML-DSA and ChaCha20 would be part
//! of what everybody downloads before they can meet (audits/decisions/0028).

use super::provider::SUITE;
use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use ed25519_dalek::{Signature, VerifyingKey};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use hpke_rs::{Hpke, HpkeError, Mode};
use hpke_rs_crypto::{
    HpkeCrypto, HpkeTestRng, TryCryptoRng, TryRng,
    error::Error,
    types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm},
};
use openmls::prelude::{Ciphersuite, CryptoError, OpenMlsCrypto, SignatureScheme};
use openmls_traits::types::{AeadType, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig, HpkeKeyPair, KemOutput};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore as _, SeedableRng as _};
use sha2::{Digest as _, Sha384};
use tls_codec::SecretVLBytes;
use x_wing::{
    Ciphertext, Decapsulate as _, DecapsulationKey, Decapsulator as _, Encapsulate as _, EncapsulationKey, KeyExport as _,
    TryKeyInit as _,
};
use zeroize::Zeroize;

/// The suite.
#[derive(Default)]
pub(super) struct Primitives;

/// Bytes of AES-GCM's nonce.
const NONCE_BYTES: usize = 12;

/// Refuses every algorithm but ours.
fn only<T: PartialEq>(asked: T, ours: T) -> Result<(), CryptoError> {
    if asked == ours { Ok(()) } else { Err(CryptoError::UnsupportedCiphersuite) }
}

fn hpke(config: HpkeConfig) -> Result<Hpke<XWing>, CryptoError> {
    let ours = SUITE.hpke_config();
    only((config.0 as u16, config.1 as u16, config.2 as u16), (ours.0 as u16, ours.1 as u16, ours.2 as u16))?;
    Ok(Hpke::new(Mode::Base, KemAlgorithm::XWingDraft06, KdfAlgorithm::HkdfSha384, AeadAlgorithm::Aes256Gcm))
}

impl OpenMlsCrypto for Primitives {
    fn supports(&self, ciphersuite: Ciphersuite) -> Result<(), CryptoError> {
        only(ciphersuite, SUITE)
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        vec![SUITE]
    }

    fn hkdf_extract(&self, hash: HashType, salt: &[u8], ikm: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        only(hash, HashType::Sha2_384)?;
        Ok(extract(salt, ikm).into())
    }

    fn hmac(&self, hash: HashType, key: &[u8], message: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        only(hash, HashType::Sha2_384)?;
        let mac = <Hmac<Sha384> as hmac::Mac>::new_from_slice(key).map_err(|_| CryptoError::CryptoLibraryError)?;
        Ok(mac.chain_update(message).finalize().into_bytes().to_vec().into())
    }

    fn hkdf_expand(&self, hash: HashType, prk: &[u8], info: &[u8], length: usize) -> Result<SecretVLBytes, CryptoError> {
        only(hash, HashType::Sha2_384)?;
        Ok(expand(prk, info, length).ok_or(CryptoError::HkdfOutputLengthInvalid)?.into())
    }

    fn hash(&self, hash: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        only(hash, HashType::Sha2_384)?;
        Ok(Sha384::digest(data).to_vec())
    }

    fn aead_encrypt(&self, alg: AeadType, key: &[u8], data: &[u8], nonce: &[u8], aad: &[u8]) -> Result<Vec<u8>, CryptoError> {
        only(alg, AeadType::Aes256Gcm)?;
        seal(key, nonce, aad, data).ok_or(CryptoError::CryptoLibraryError)
    }

    fn aead_decrypt(&self, alg: AeadType, key: &[u8], sealed: &[u8], nonce: &[u8], aad: &[u8]) -> Result<Vec<u8>, CryptoError> {
        only(alg, AeadType::Aes256Gcm)?;
        open(key, nonce, aad, sealed).ok_or(CryptoError::AeadDecryptionError)
    }

    /// Never: keys of ours are drawn by [`LeafKey`](super::provider::LeafKey), from the entropy we were given.
    fn signature_key_gen(&self, _: SignatureScheme) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        Err(CryptoError::UnsupportedSignatureScheme)
    }

    /// RFC 8032, and strictly: keys and points of small order are refused.
    fn verify_signature(&self, alg: SignatureScheme, data: &[u8], pk: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        only(alg, SignatureScheme::ED25519)?;
        let key = <&[u8; 32]>::try_from(pk).ok().and_then(|pk| VerifyingKey::from_bytes(pk).ok());
        let signature = Signature::from_slice(signature).map_err(|_| CryptoError::InvalidSignature)?;
        let verified = key.ok_or(CryptoError::InvalidPublicKey)?.verify_strict(data, &signature);
        verified.map_err(|_| CryptoError::InvalidSignature)
    }

    /// Never: openmls signs through [`LeafKey`](super::provider::LeafKey).
    fn sign(&self, _: SignatureScheme, _: &[u8], _: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Err(CryptoError::UnsupportedSignatureScheme)
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        pk_r: &[u8],
        info: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<HpkeCiphertext, CryptoError> {
        let sealed = hpke(config)?.seal(&pk_r.into(), info, aad, plain, None, None, None).map_err(fault)?;
        Ok(HpkeCiphertext { kem_output: sealed.0.into(), ciphertext: sealed.1.into() })
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        sk_r: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let (kem_output, sealed) = (input.kem_output.as_slice(), input.ciphertext.as_slice());
        let opened = hpke(config)?.open(kem_output, &sk_r.into(), info, aad, sealed, None, None, None);
        opened.map_err(|_| CryptoError::HpkeDecryptionError)
    }

    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        pk_r: &[u8],
        info: &[u8],
        context: &[u8],
        length: usize,
    ) -> Result<(KemOutput, ExporterSecret), CryptoError> {
        let set_up = hpke(config)?.setup_sender(&pk_r.into(), info, None, None, None);
        let (kem_output, sender) = set_up.map_err(|_| CryptoError::SenderSetupError)?;
        let exported = sender.export(context, length).map_err(|_| CryptoError::ExporterError)?;
        Ok((kem_output, exported.into()))
    }

    fn hpke_setup_receiver_and_export(
        &self,
        config: HpkeConfig,
        enc: &[u8],
        sk_r: &[u8],
        info: &[u8],
        context: &[u8],
        length: usize,
    ) -> Result<ExporterSecret, CryptoError> {
        let set_up = hpke(config)?.setup_receiver(enc, &sk_r.into(), info, None, None, None);
        let exported = set_up.map_err(|_| CryptoError::ReceiverSetupError)?.export(context, length);
        Ok(exported.map_err(|_| CryptoError::ExporterError)?.into())
    }

    fn derive_hpke_keypair(&self, config: HpkeConfig, ikm: &[u8]) -> Result<HpkeKeyPair, CryptoError> {
        let (private, public) = hpke(config)?.derive_key_pair(ikm).map_err(fault)?.into_keys();
        Ok(HpkeKeyPair { private: private.as_slice().into(), public: public.as_slice().into() })
    }
}

fn fault(error: HpkeError) -> CryptoError {
    match error {
        HpkeError::InvalidInput => CryptoError::InvalidLength,
        _ => CryptoError::CryptoLibraryError,
    }
}

fn extract(salt: &[u8], ikm: &[u8]) -> Vec<u8> {
    Hkdf::<Sha384>::extract(Some(salt), ikm).0.to_vec()
}

fn expand(prk: &[u8], info: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut okm = vec![0; length];
    Hkdf::<Sha384>::from_prk(prk).ok()?.expand(info, &mut okm).ok()?;
    Some(okm)
}

fn seal(key: &[u8], nonce: &[u8], aad: &[u8], msg: &[u8]) -> Option<Vec<u8>> {
    let nonce = <&[u8; NONCE_BYTES]>::try_from(nonce).ok()?;
    Aes256Gcm::new_from_slice(key).ok()?.encrypt(Nonce::from_slice(nonce), Payload { msg, aad }).ok()
}

fn open(key: &[u8], nonce: &[u8], aad: &[u8], msg: &[u8]) -> Option<Vec<u8>> {
    let nonce = <&[u8; NONCE_BYTES]>::try_from(nonce).ok()?;
    Aes256Gcm::new_from_slice(key).ok()?.decrypt(Nonce::from_slice(nonce), Payload { msg, aad }).ok()
}

/// What `hpke-rs` is given: X-Wing (draft-connolly-cfrg-xwing-kem), and the primitives above.
#[derive(Debug)]
struct XWing;

/// The platform's randomness, which `hpke-rs` draws encapsulations from.
struct Dice(ChaCha20Rng);

impl TryRng for Dice {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Dice {}

impl Zeroize for Dice {
    fn zeroize(&mut self) {
        self.0 = ChaCha20Rng::from_seed([0; 32]);
    }
}

/// `hpke-rs` wants to be tested by its own vectors with it; nothing here does.
impl HpkeTestRng for Dice {
    type Error = core::fmt::Error;

    fn try_fill_test_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
        Err(core::fmt::Error)
    }

    fn seed(&mut self, _: &[u8]) {}
}

fn decapsulation_key(seed: &[u8]) -> Result<DecapsulationKey, Error> {
    Ok(DecapsulationKey::from(<[u8; 32]>::try_from(seed).map_err(|_| Error::KemInvalidSecretKey)?))
}

/// Encapsulation key, and the seed that is the decapsulation key.
fn both(key: &DecapsulationKey) -> (Vec<u8>, Vec<u8>) {
    (key.encapsulation_key().to_bytes().to_vec(), key.as_bytes().to_vec())
}

impl HpkeCrypto for XWing {
    type HpkePrng = Dice;

    fn name() -> String {
        "X-Wing".to_owned()
    }

    fn supports_kdf(alg: KdfAlgorithm) -> Result<(), Error> {
        if alg == KdfAlgorithm::HkdfSha384 { Ok(()) } else { Err(Error::UnknownKdfAlgorithm) }
    }

    fn supports_kem(alg: KemAlgorithm) -> Result<(), Error> {
        if alg == KemAlgorithm::XWingDraft06 { Ok(()) } else { Err(Error::UnknownKemAlgorithm) }
    }

    fn supports_aead(alg: AeadAlgorithm) -> Result<(), Error> {
        if alg == AeadAlgorithm::Aes256Gcm { Ok(()) } else { Err(Error::UnknownAeadAlgorithm) }
    }

    fn prng() -> Self::HpkePrng {
        Dice(ChaCha20Rng::from_entropy())
    }

    fn kdf_extract(alg: KdfAlgorithm, salt: &[u8], ikm: &[u8]) -> Result<Vec<u8>, Error> {
        Self::supports_kdf(alg)?;
        Ok(extract(salt, ikm))
    }

    fn kdf_expand(alg: KdfAlgorithm, prk: &[u8], info: &[u8], length: usize) -> Result<Vec<u8>, Error> {
        Self::supports_kdf(alg)?;
        expand(prk, info, length).ok_or(Error::HpkeInvalidOutputLength)
    }

    fn kem_key_gen(alg: KemAlgorithm, prng: &mut Self::HpkePrng) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Self::supports_kem(alg)?;
        let mut seed = [0; 32];
        prng.0.fill_bytes(&mut seed);
        let pair = decapsulation_key(&seed).map(|key| both(&key));
        seed.zeroize();
        pair
    }

    fn kem_key_gen_derand(alg: KemAlgorithm, seed: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Self::supports_kem(alg)?;
        decapsulation_key(seed).map(|key| both(&key))
    }

    fn kem_encaps(alg: KemAlgorithm, pk_r: &[u8], prng: &mut Self::HpkePrng) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Self::supports_kem(alg)?;
        let key = EncapsulationKey::new_from_slice(pk_r).map_err(|_| Error::KemInvalidPublicKey)?;
        let (ciphertext, shared) = key.encapsulate_with_rng(prng);
        Ok((shared.to_vec(), ciphertext.to_vec()))
    }

    fn kem_decaps(alg: KemAlgorithm, ct: &[u8], sk_r: &[u8]) -> Result<Vec<u8>, Error> {
        Self::supports_kem(alg)?;
        let ciphertext = Ciphertext::try_from(ct).map_err(|_| Error::KemInvalidCiphertext)?;
        Ok(decapsulation_key(sk_r)?.decapsulate(&ciphertext).to_vec())
    }

    fn aead_seal(alg: AeadAlgorithm, key: &[u8], nonce: &[u8], aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, Error> {
        Self::supports_aead(alg)?;
        seal(key, nonce, aad, msg).ok_or(Error::AeadInvalidCiphertext)
    }

    fn aead_open(alg: AeadAlgorithm, key: &[u8], nonce: &[u8], aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, Error> {
        Self::supports_aead(alg)?;
        open(key, nonce, aad, msg).ok_or(Error::AeadOpenError)
    }

    // X-Wing is no Diffie-Hellman KEM: HPKE never asks for these.

    fn dh(_: KemAlgorithm, _: &[u8], _: &[u8]) -> Result<Vec<u8>, Error> {
        Err(Error::UnsupportedKemOperation)
    }

    fn secret_to_public(_: KemAlgorithm, _: &[u8]) -> Result<Vec<u8>, Error> {
        Err(Error::UnsupportedKemOperation)
    }

    fn dh_validate_sk(_: KemAlgorithm, _: &[u8]) -> Result<Vec<u8>, Error> {
        Err(Error::UnsupportedKemOperation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openmls_rust_crypto::RustCrypto;

    #[test]
    fn nothing_but_the_suite_is_served() {
        let ours = Primitives;
        for suite in RustCrypto::default().supported_ciphersuites() {
            assert_eq!(ours.supports(suite).is_ok(), suite == SUITE, "{suite:?}");
            let (mine, config) = (SUITE.hpke_config(), suite.hpke_config());
            let is_ours = (mine.0 as u16, mine.1 as u16, mine.2 as u16) == (config.0 as u16, config.1 as u16, config.2 as u16);
            assert_eq!(ours.derive_hpke_keypair(suite.hpke_config(), &[7; 32]).is_ok(), is_ours, "{suite:?}");
        }
        assert!(ours.hash(HashType::Sha2_256, b"x").is_err() && ours.signature_key_gen(SignatureScheme::ED25519).is_err());
        assert!(ours.aead_encrypt(AeadType::Aes128Gcm, &[0; 16], b"x", &[0; 12], b"").is_err());
        assert!(ours.verify_signature(SignatureScheme::ECDSA_SECP256R1_SHA256, b"x", b"", b"").is_err());
    }

    /// What is sealed here is what the library alone would open, and the other way round.
    #[test]
    fn it_computes_what_the_library_computes() {
        let (ours, library, config) = (Primitives, RustCrypto::default(), || SUITE.hpke_config());
        let pair = ours.derive_hpke_keypair(config(), &[7; 32]).unwrap();
        let same = library.derive_hpke_keypair(config(), &[7; 32]).unwrap();
        assert!(pair.public == same.public && *pair.private == *same.private);
        let sealed = ours.hpke_seal(config(), &pair.public, b"info", b"aad", b"plain").unwrap();
        assert_eq!(library.hpke_open(config(), &sealed, &pair.private, b"info", b"aad").unwrap(), b"plain");
        let sealed = library.hpke_seal(config(), &pair.public, b"info", b"aad", b"plain").unwrap();
        assert_eq!(ours.hpke_open(config(), &sealed, &pair.private, b"info", b"aad").unwrap(), b"plain");
        let (hash, aead) = (HashType::Sha2_384, AeadType::Aes256Gcm);
        assert_eq!(ours.hash(hash, b"m").unwrap(), library.hash(hash, b"m").unwrap());
        assert!(ours.hmac(hash, b"k", b"m").unwrap() == library.hmac(hash, b"k", b"m").unwrap());
        let prk = ours.hkdf_extract(hash, b"salt", b"ikm").unwrap();
        assert!(prk == library.hkdf_extract(hash, b"salt", b"ikm").unwrap());
        let prk = Sha384::digest(b"prk");
        assert!(ours.hkdf_expand(hash, &prk, b"info", 77).unwrap() == library.hkdf_expand(hash, &prk, b"info", 77).unwrap());
        let sealed = ours.aead_encrypt(aead, &[1; 32], b"plain", &[2; 12], b"aad").unwrap();
        assert_eq!(library.aead_decrypt(aead, &[1; 32], &sealed, &[2; 12], b"aad").unwrap(), b"plain");
        assert!(ours.aead_decrypt(aead, &[1; 32], &sealed, &[2; 12], b"other").is_err());
        let (secret, public) = library.signature_key_gen(SignatureScheme::ED25519).unwrap();
        let signature = library.sign(SignatureScheme::ED25519, b"data", &secret).unwrap();
        assert!(ours.verify_signature(SignatureScheme::ED25519, b"data", &public, &signature).is_ok());
        assert!(ours.verify_signature(SignatureScheme::ED25519, b"date", &public, &signature).is_err());
        let (kem_output, secret) = ours.hpke_setup_sender_and_export(config(), &pair.public, b"i", b"c", 32).unwrap();
        let other = library.hpke_setup_receiver_and_export(config(), &kem_output, &pair.private, b"i", b"c", 32).unwrap();
        assert!(*secret == *other);
    }
}
