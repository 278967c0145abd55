//! Whoever commits may renew its own leaf, and nothing in it but the key that encryption takes.

use super::*;

fn renamed(groups: &mut [Group], state: &RoomState, change: &Change, credential: Vec<u8>, key: &LeafKey) -> Vec<u8> {
    let group = &mut groups[2];
    let credential_with_key =
        CredentialWithKey { credential: BasicCredential::new(credential).into(), signature_key: key.public().to_vec().into() };
    let proposals = vec![room_psk(group), record(change)];
    let builder = with_state(group.mls.commit_builder().add_proposals(proposals), &group.provider, state);
    let new_signer = NewSignerBundle { signer: key, credential_with_key };
    let built = builder.build_with_new_signer(group.provider.rand(), group.provider.crypto(), &group.key, new_signer, |_| true);
    let bytes = built.unwrap().stage_commit(&group.provider).unwrap().into_commit().tls_serialize_detached().unwrap();
    group.mls.clear_pending_commit(group.provider.storage()).unwrap();
    bytes
}

#[test]
fn nobody_becomes_alice() {
    let (mut groups, state, change) = scene();
    let alice = groups[0].me().unwrap().credential;
    let key = LeafKey::draw(&groups[2].provider);
    let bytes = renamed(&mut groups, &state, &change, alice.to_vec(), &key);
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::Identity);
}

#[test]
fn nobody_takes_another_credential_under_its_own_key() {
    let (mut groups, state, change) = scene();
    let own = candidate(102).0.key;
    assert_eq!(own.public(), groups[2].key.public(), "the same entropy, the same key");
    let bytes = renamed(&mut groups, &state, &change, vec![0xa1; 16], &own);
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::Identity);
}

#[test]
fn nobody_changes_its_signature_key() {
    let (mut groups, state, change) = scene();
    let own = groups[2].me().unwrap().credential;
    let key = LeafKey::draw(&groups[2].provider);
    let bytes = renamed(&mut groups, &state, &change, own.to_vec(), &key);
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::Identity);
}

#[test]
fn nobody_changes_the_capabilities_of_its_leaf() {
    let (mut groups, state, change) = scene();
    let more = Capabilities::new(
        None,
        Some(&[SUITE]),
        Some(&[ExtensionType::AppDataDictionary]),
        Some(&[ProposalType::AppDataUpdate, ProposalType::Custom(0xf123)]),
        Some(&[CredentialType::Basic]),
    );
    let proposals = vec![room_psk(&groups[2]), record(&change)];
    let leaf = LeafNodeParameters::builder().with_capabilities(more).build();
    let bytes = mutant_with(&mut groups[2], &state, |builder| builder.add_proposals(proposals).leaf_node_parameters(leaf));
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::Identity);
}

#[test]
fn nobody_gives_its_leaf_an_extension() {
    let (mut groups, state, change) = scene();
    let mut dictionary = AppDataDictionary::new();
    dictionary.insert(0x9999, b"Alice".to_vec());
    let extension = Extension::AppDataDictionary(AppDataDictionaryExtension::new(dictionary));
    let proposals = vec![room_psk(&groups[2]), record(&change)];
    let leaf = LeafNodeParameters::builder().with_extensions(Extensions::single(extension).unwrap()).build();
    let bytes = mutant_with(&mut groups[2], &state, |builder| builder.add_proposals(proposals).leaf_node_parameters(leaf));
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::Identity);
}
