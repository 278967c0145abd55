//! The vectors of RFC 9605.

use crate::frames::aead::{Gcm, Kdf, OpeningKey, SUITE, SealingKey};
use serde_json::Value;
use sframe::crypto::{DecryptionBufferView, EncryptionBufferView};
use sframe::header::SframeHeader;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../vectors/rfc9605-sframe.json")).expect("the RFC's vectors")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("a string")).expect("hexadecimal")
}

/// The suites of the RFC that this protocol does not speak (1 to 4) are the crate's to test.
#[test]
fn the_suite_we_speak() {
    let vectors = vectors();
    let all = vectors["sframe"].as_array().expect("a list");
    let vector = all.iter().find(|vector| vector["cipher_suite"] == SUITE as u16).expect("suite 5");
    let (kid, counter) = (vector["kid"].as_u64().expect("KID"), vector["ctr"].as_u64().expect("CTR"));
    let (plain, sealed, mut aad) = (bytes(&vector["pt"]), bytes(&vector["ct"]), bytes(&vector["aad"]));
    let header = SframeHeader::new(kid, counter);
    assert_eq!(aad, [Vec::from(&header), bytes(&vector["metadata"])].concat());

    let key = SealingKey::derive_from(SUITE, kid, bytes(&vector["base_key"])).expect("a key");
    let mut data = plain.clone();
    let mut tag = [0; 16];
    key.encrypt(EncryptionBufferView { aad: &mut aad, data: &mut data, tag: &mut tag }, counter).expect("sealed");
    assert_eq!([Vec::from(&header), data.clone(), tag.to_vec()].concat(), sealed);

    let key = OpeningKey::derive_from(SUITE, kid, bytes(&vector["base_key"])).expect("a key");
    data.extend_from_slice(&tag);
    key.decrypt(DecryptionBufferView { aad: &mut aad, data: &mut data }, counter).expect("opened");
    assert_eq!(data[..plain.len()], plain);
    data[0] ^= 1;
    assert!(key.decrypt(DecryptionBufferView { aad: &mut aad, data: &mut data }, counter).is_err());
}

#[test]
fn no_other_suite_is_taken() {
    use sframe::{CipherSuite, crypto::KeyDerivation};
    assert!(Gcm::try_from(CipherSuite::AesGcm128Sha256).is_err());
    assert!(Kdf::expand_from(SUITE, [0; 32], 1_u64).is_ok());
}
