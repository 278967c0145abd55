use super::*;

fn name(typed: &str) -> NameKey {
    NameKey::derive(&RoomName::normalise(typed).expect("a name"))
}

fn password(typed: &str) -> Password {
    Password::new(typed, &CommonPasswords::built_in()).expect("usable")
}

/// Known answers, so that no change of a label or parameter goes unnoticed: it would lead people to another room.
/// Computed with another implementation of Argon2id (hash-wasm 4.13) and of HKDF (OpenSSL).
#[test]
fn derivations_are_those_of_version_1() {
    let key = name("comite-social");
    assert_eq!(hex::encode(&key.0), "d3d1585a8cfe586eb6cf3f1077119fa59e1138b33fbb583ff8c235e904553ed0");
    assert_eq!(hex::encode(key.room_id().0), "764c9c77c6b6ce54f91f0822b6e35d51");
    let link = key.link_secret();
    assert_eq!(hex::encode(&link.0), "f8057c3725c3f0924a9e5775d44d6c22795d013ec51b164ec8d974295197a761");
    assert_eq!(hex::encode(link.knock_key()), "8c0b9f0a642087455e3fe09f730de95490504409dc35f8241017734e2da1100e");
    assert_eq!(
        hex::encode(&link.prs(None).0),
        concat!(
            "29e7990d6b4102b226931dd935d4289d46405f6eb53fed5138788ee265d9eba2",
            "027b3c4c2cbb42e2459d43f1631937131bb8a434415a90265fb7c14181153da4"
        )
    );
    let password = PwKey::derive(&password("trois mots choisis"), &key, 0);
    assert_eq!(hex::encode(&password.0), "773c77fad5622cfb9c95c49b1acb1b78b7fd1dff052f356e1bf35c2f9b155ad7");
    assert_eq!(
        hex::encode(&link.prs(Some(&password)).0),
        concat!(
            "16cbc47fa74423b2978bb523b254fc25100759b275e27da6cb710287a1f13224",
            "f6678af3932f5707e1718ec9b8695f1b93bf947370eab80fad22a242c84050b0"
        )
    );
}

#[test]
fn everything_about_a_password_tells() {
    let (here, there) = (name("here"), name("there"));
    let base = PwKey::derive(&password("purple otter"), &here, 0).0;
    for other in [
        PwKey::derive(&password("purple  otter"), &here, 0),
        PwKey::derive(&password("Purple otter"), &here, 0),
        PwKey::derive(&password("purple otter"), &here, 1),
        PwKey::derive(&password("purple otter"), &there, 0),
    ] {
        assert_ne!(other.0, base);
    }
    assert_eq!(PwKey::derive(&password("purple\u{2003}otter"), &here, 0).0, base, "a space is a space");
}

#[test]
fn what_cannot_be_a_password_is_refused_before_it_costs_anything() {
    for (typed, error) in [
        ("", PasswordError::Empty),
        ("Password1", PasswordError::Common),
        ("a\u{7}b", PasswordError::Character),
        (&"x".repeat(MAX_PASSWORD_BYTES + 1), PasswordError::TooLong),
    ] {
        assert_eq!(Password::new(typed, &CommonPasswords::built_in()).err(), Some(error), "{typed:.20}");
    }
}

#[test]
fn no_password_is_another_secret_than_any_password() {
    let link = LinkSecret::from_bytes([1; 32]);
    assert_ne!(link.prs(None).0, link.prs(Some(&PwKey([0; 32]))).0);
    assert_ne!(link.prs(None).0, LinkSecret::from_bytes([2; 32]).prs(None).0);
}

#[test]
fn secrets_of_a_room_fit_together() {
    let key = name("here");
    let typed = password("purple otter");
    let secrets = Secrets::derive(&key, Some(&typed), 4);
    assert!(secrets.has_password && secrets.pw_gen == 4 && secrets.room == key.room_id());
    let password = PwKey::derive(&typed, &key, 4);
    assert_eq!(secrets.prs.as_ref().expect("made").0, key.link_secret().prs(Some(&password)).0);
    assert!(!Secrets::derive(&key, None, 0).has_password);
}
