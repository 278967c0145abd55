//! The password as an external PSK of MLS, as one would think of it first.

use super::{DICTIONARY, PASSWORD};
use openmls::{
    messages::proposals::PreSharedKeyProposal,
    prelude::{tls_codec::*, *},
    schedule::{ExternalPsk, PreSharedKeyId, Psk},
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;
use sha2::{Digest, Sha256};

/// The attacks do not depend on the suite; a quick one is used.
const QUICK: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519;

struct Party {
    provider: OpenMlsRustCrypto,
    credential: CredentialWithKey,
    signer: SignatureKeyPair,
}

fn party() -> Party {
    let signer = SignatureKeyPair::new(QUICK.signature_algorithm()).unwrap();
    let credential = BasicCredential::new(b"anybody".to_vec()).into();
    let credential = CredentialWithKey { credential, signature_key: signer.to_public_vec().into() };
    Party { provider: OpenMlsRustCrypto::default(), credential, signer }
}

/// Takes this password for the PSK from now on.
fn believe(party: &Party, password: &str) -> PreSharedKeyId {
    let name = Psk::External(ExternalPsk::new(b"password".to_vec()));
    let id = PreSharedKeyId::new(QUICK, party.provider.rand(), name).unwrap();
    id.store(&party.provider, &Sha256::digest(password)).unwrap();
    id
}

fn received(message: &MlsMessageOut) -> MlsMessageIn {
    MlsMessageIn::tls_deserialize_exact(message.tls_serialize_detached().unwrap()).unwrap()
}

fn group_of(party: &Party) -> MlsGroup {
    let config = MlsGroupCreateConfig::builder().ciphersuite(QUICK).use_ratchet_tree_extension(true).build();
    MlsGroup::new(&party.provider, &party.signer, &config, party.credential.clone()).unwrap()
}

/// (a) The victim joins by an external commit. The host serves a GroupInfo of its own making: it knows every other input of the key
/// schedule, and the confirmation tag tells it whether a guess is right.
fn host_serves_its_own_group(password: &str) -> Option<&'static str> {
    let host = party();
    let mut group = group_of(&host);
    let served = group.export_group_info(host.provider.crypto(), &host.signer, true).unwrap();
    let victim = party();
    let MlsMessageBodyIn::GroupInfo(info) = received(&served).extract() else { panic!() };
    let psk = believe(&victim, password);
    let config = MlsGroupJoinConfig::builder().use_ratchet_tree_extension(true).build();
    let (_, bundle) = MlsGroup::external_commit_builder()
        .with_config(config)
        .build_group(&victim.provider, info, victim.credential.clone())
        .unwrap()
        .add_psk_proposal(PreSharedKeyProposal::new(psk))
        .load_psks(victim.provider.storage())
        .unwrap()
        .build(victim.provider.rand(), victim.provider.crypto(), &victim.signer, |_| true)
        .unwrap()
        .finalize(&victim.provider)
        .unwrap();
    let commit = bundle.into_commit();
    DICTIONARY.into_iter().find(|guess| {
        believe(&host, guess);
        group.process_message(&host.provider, received(&commit).try_into_protocol_message().unwrap()).is_ok()
    })
}

/// (b) A member adds a joiner with the PSK. The host has put its own KeyPackage in the joiner's place: it opens the group secrets, and the
/// encrypted GroupInfo tells it whether a guess is right.
fn host_swaps_the_key_package(password: &str) -> Option<&'static str> {
    let (member, host) = (party(), party());
    let mut group = group_of(&member);
    // Kept, as an attacker's storage would: openmls deletes a KeyPackage at its first use.
    let builder = KeyPackage::builder().mark_as_last_resort().leaf_node_capabilities(
        Capabilities::builder().ciphersuites(vec![QUICK]).extensions(vec![ExtensionType::LastResort]).build(),
    );
    let swapped = builder.build(QUICK, &host.provider, &host.signer, host.credential.clone()).unwrap().into_key_package();
    let psk = Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(believe(&member, password))));
    let builder = group.commit_builder().propose_adds([swapped]).add_proposal(psk).load_psks(member.provider.storage()).unwrap();
    let built = builder.build(member.provider.rand(), member.provider.crypto(), &member.signer, |_| true).unwrap();
    let welcome = built.stage_commit(&member.provider).unwrap().to_welcome_msg().unwrap();
    DICTIONARY.into_iter().find(|guess| {
        believe(&host, guess);
        let MlsMessageBodyIn::Welcome(welcome) = received(&welcome).extract() else { panic!() };
        StagedWelcome::new_from_welcome(&host.provider, group.configuration(), welcome, None).is_ok()
    })
}

#[test]
fn the_password_as_psk_falls_to_a_host_that_serves_its_own_group() {
    assert_eq!(host_serves_its_own_group(PASSWORD), Some(PASSWORD));
    assert_eq!(host_serves_its_own_group("not in the dictionary"), None);
}

#[test]
fn the_password_as_psk_falls_to_a_host_that_swaps_the_key_package() {
    assert_eq!(host_swaps_the_key_package(PASSWORD), Some(PASSWORD));
    assert_eq!(host_swaps_the_key_package("not in the dictionary"), None);
}
