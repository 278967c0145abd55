//! Three facts about openmls that the protocol has to answer. If one of them changes, so may a rule of ours.
//! They do not depend on the suite; a quick one is used.

use openmls::{
    credentials::NewSignerBundle,
    prelude::{tls_codec::*, *},
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;

const QUICK: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519;

struct Person {
    provider: OpenMlsRustCrypto,
    credential: CredentialWithKey,
    signer: SignatureKeyPair,
}

fn identity(name: &str) -> (CredentialWithKey, SignatureKeyPair) {
    let signer = SignatureKeyPair::new(QUICK.signature_algorithm()).unwrap();
    let credential = BasicCredential::new(name.as_bytes().to_vec()).into();
    (CredentialWithKey { credential, signature_key: signer.to_public_vec().into() }, signer)
}

fn person(name: &str) -> Person {
    let (credential, signer) = identity(name);
    Person { provider: OpenMlsRustCrypto::default(), credential, signer }
}

fn key_package(of: &Person) -> KeyPackage {
    KeyPackage::builder().build(QUICK, &of.provider, &of.signer, of.credential.clone()).unwrap().into_key_package()
}

fn as_received(message: &MlsMessageOut) -> MlsMessageIn {
    MlsMessageIn::tls_deserialize_exact(message.tls_serialize_detached().unwrap()).unwrap()
}

fn apply(group: &mut MlsGroup, provider: &OpenMlsRustCrypto, message: &MlsMessageOut) -> bool {
    let message = as_received(message).try_into_protocol_message().unwrap();
    match group.process_message(provider, message).map(ProcessedMessage::into_content) {
        Ok(ProcessedMessageContent::StagedCommitMessage(commit)) => group.merge_staged_commit(provider, *commit).is_ok(),
        _ => false,
    }
}

fn names(group: &MlsGroup) -> Vec<(u32, Vec<u8>)> {
    group.members().map(|member| (member.index.u32(), member.credential.serialized_content().to_vec())).collect()
}

fn meeting() -> (Person, MlsGroup, Person, MlsGroup, Person, MlsGroup) {
    let (a, b, x) = (person("Alice"), person("Bob"), person("Xavier"));
    let config = MlsGroupCreateConfig::builder()
        .ciphersuite(QUICK)
        .use_ratchet_tree_extension(true)
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .build();
    let mut of_a = MlsGroup::new(&a.provider, &a.signer, &config, a.credential.clone()).unwrap();
    let (_, welcome, _) = of_a.add_members(&a.provider, &a.signer, &[key_package(&b), key_package(&x)]).unwrap();
    of_a.merge_pending_commit(&a.provider).unwrap();
    let join = |person: &Person| {
        let MlsMessageBodyIn::Welcome(welcome) = as_received(&welcome).extract() else { panic!() };
        let staged = StagedWelcome::new_from_welcome(&person.provider, config.join_config(), welcome, None).unwrap();
        staged.into_group(&person.provider).unwrap()
    };
    let (of_b, of_x) = (join(&b), join(&x));
    (a, of_a, b, of_b, x, of_x)
}

#[test]
fn openmls_merges_a_commit_that_renames_its_sender() {
    let (_, _, b, mut of_b, x, mut of_x) = meeting();
    let (credential_with_key, signer) = identity("Alice");
    let bundle = NewSignerBundle { signer: &signer, credential_with_key };
    let renamed = of_x.self_update_with_new_signer(&x.provider, &x.signer, bundle, LeafNodeParameters::default()).unwrap();
    assert!(apply(&mut of_b, &b.provider, &renamed.into_commit()));
    assert_eq!(names(&of_b).iter().filter(|(_, name)| name == b"Alice").count(), 2, "two of one name");
}

#[test]
fn openmls_gives_the_leaf_of_who_was_removed_to_the_next() {
    let (a, mut of_a, ..) = meeting();
    of_a.remove_members(&a.provider, &a.signer, &[LeafNodeIndex::new(1)]).unwrap();
    of_a.merge_pending_commit(&a.provider).unwrap();
    of_a.add_members(&a.provider, &a.signer, &[key_package(&person("Dora"))]).unwrap();
    of_a.merge_pending_commit(&a.provider).unwrap();
    assert!(names(&of_a).contains(&(1, b"Dora".to_vec())));
}

#[test]
fn authenticated_data_is_readable_on_the_wire() {
    let (a, mut of_a, ..) = meeting();
    of_a.set_aad(b"evidence in the clear".to_vec());
    let commit = of_a.self_update(&a.provider, &a.signer, LeafNodeParameters::default()).unwrap().into_commit();
    let bytes = commit.tls_serialize_detached().unwrap();
    assert!(bytes.windows(21).any(|window| window == b"evidence in the clear"));
}
