use super::*;
use proptest::prelude::*;
use serde_json::Value;

/// Appendix B of draft-irtf-cfrg-cpace-21; "Coffee25519" is the draft's internal name of ristretto255.
fn draft() -> Value {
    serde_json::from_str(include_str!("../../../vectors/cpace-draft.json")).expect("the draft's vectors")
}

fn bytes(value: &Value, field: &str) -> Vec<u8> {
    hex::decode(value[field].as_str().expect("a string")).expect("hexadecimal")
}

fn array(value: &Value, field: &str) -> [u8; 32] {
    bytes(value, field).try_into().expect("32 bytes")
}

#[test]
fn vectors_of_the_draft() {
    let draft = draft();
    let vector = &draft["G_Coffee25519"];
    let [prs, ci, sid, ad_a, ad_b] = ["PRS", "CI", "sid", "ADa", "ADb"].map(|field| bytes(vector, field));
    let [scalar_a, scalar_b] = ["ya", "yb"].map(|field| Scalar::from_bytes_mod_order(array(vector, field)));

    assert_eq!(generator(&prs, &ci, &sid).compress().to_bytes(), array(vector, "g"));
    let (a, b) = (start_with(&prs, &ci, &sid, scalar_a), start_with(&prs, &ci, &sid, scalar_b));
    let (share_a, share_b) = (a.share(), b.share());
    assert_eq!((share_a, share_b), (array(vector, "Ya"), array(vector, "Yb")));
    assert_eq!(*scalar_mult_vfy(&scalar_a, &share_b).expect("valid"), array(vector, "K"));

    let a = a.finish(Role::Initiator, &ad_a, &share_b, &ad_b).expect("valid");
    let b = b.finish(Role::Responder, &ad_b, &share_a, &ad_a).expect("valid");
    assert_eq!(a.isk[..], bytes(vector, "ISK_IR"));
    assert_eq!(b.isk[..], bytes(vector, "ISK_IR"));
}

#[test]
fn points_of_the_draft_that_are_refused() {
    let draft = draft();
    let points = &draft["G_Coffee25519_points"];
    let scalar = Scalar::from_bytes_mod_order(array(&points["Valid"], "s"));
    assert_eq!(
        *scalar_mult_vfy(&scalar, &array(&points["Valid"], "X")).expect("valid"),
        array(&points["Valid"], "G.scalar_mult_vfy(s,X)")
    );
    for invalid in ["Invalid Y1", "Invalid Y2"] {
        assert_eq!(scalar_mult_vfy(&scalar, &array(points, invalid)).err(), Some(CpaceError::InvalidShare), "{invalid}");
    }
}

#[test]
fn neutral_and_non_canonical_shares_are_refused() {
    let mut too_large = [0xff; 32];
    too_large[31] = 0x7f;
    for share in [[0; 32], too_large, [0xff; 32]] {
        let finished = begin(b"pw", 1).finish(Role::Initiator, b"", &share, b"");
        assert_eq!(finished.err(), Some(CpaceError::InvalidShare));
    }
}

fn begin(password: &[u8], seed: u8) -> State {
    start(&prs(password), b"ci", b"sid", Zeroizing::new([seed; 64]))
}

fn prs(password: &[u8]) -> Prs {
    let mut bytes = [0; 64];
    bytes[..password.len()].copy_from_slice(password);
    Prs::from_bytes(bytes)
}

/// Doorkeeper and joiner after both shares, with the associated data each believes in.
fn run(passwords: [&[u8]; 2], [my_a, peer_b]: [&[u8]; 2], [my_b, peer_a]: [&[u8]; 2]) -> (Keys, Keys) {
    let (a, b) = (begin(passwords[0], 3), begin(passwords[1], 9));
    let (share_a, share_b) = (a.share(), b.share());
    let a = a.finish(Role::Initiator, my_a, &share_b, peer_b).expect("valid");
    let b = b.finish(Role::Responder, my_b, &share_a, peer_a).expect("valid");
    (a, b)
}

#[test]
fn the_right_password_gives_both_the_same_two_keys() {
    let (doorkeeper, joiner) = run([b"pw", b"pw"], [b"ADa", b"ADb"], [b"ADb", b"ADa"]);
    assert_eq!(doorkeeper.transcript_hash(), joiner.transcript_hash());
    let tag_b = joiner.tag().expect("the responder confirms first");
    let doorkeeper = doorkeeper.verify(&tag_b).expect("right");
    let joiner = joiner.verify(&doorkeeper.tag()).expect("right");
    for direction in [Direction::FromInitiator, Direction::FromResponder] {
        assert_eq!(doorkeeper.join_key(direction), joiner.join_key(direction));
    }
    assert_ne!(doorkeeper.join_key(Direction::FromInitiator), doorkeeper.join_key(Direction::FromResponder));
}

#[test]
fn the_doorkeeper_has_no_tag_before_the_joiner_has_proved() {
    let (doorkeeper, joiner) = run([b"pw", b"pw"], [b"ADa", b"ADb"], [b"ADb", b"ADa"]);
    assert_eq!(doorkeeper.tag(), None);
    assert!(joiner.tag().is_some());
}

#[test]
fn another_password_or_another_associated_data_fails() {
    for (passwords, a, b) in [
        ([&b"pw"[..], b"pW"], [&b"ADa"[..], b"ADb"], [&b"ADb"[..], b"ADa"]),
        ([b"pw", b"pw"], [b"ADa", b"ADb"], [b"ADb", b"ADx"]),
        ([b"pw", b"pw"], [b"ADa", b"ADx"], [b"ADb", b"ADa"]),
        // The border between two parts is part of what is bound.
        ([b"pw", b"pw"], [b"ADa", b"ADb"], [b"bADb", b"ADa"]),
    ] {
        let (doorkeeper, joiner) = run(passwords, a, b);
        let tag_b = joiner.tag().expect("the responder's");
        let tag_a = doorkeeper.tag_of(Role::Initiator);
        assert_eq!(doorkeeper.verify(&tag_b).err(), Some(CpaceError::WrongTag));
        assert_eq!(joiner.verify(&tag_a).err(), Some(CpaceError::WrongTag));
    }
}

#[test]
fn another_room_or_session_fails() {
    for (ci, sid) in [(&b"cj"[..], &b"sid"[..]), (b"ci", b"sie"), (b"cis", b"id")] {
        let (a, b) = (begin(b"pw", 3), start(&prs(b"pw"), ci, sid, Zeroizing::new([9; 64])));
        let (share_a, share_b) = (a.share(), b.share());
        let a = a.finish(Role::Initiator, b"", &share_b, b"").expect("valid");
        let b = b.finish(Role::Responder, b"", &share_a, b"").expect("valid");
        assert!(a.verify(&b.tag().expect("the responder's")).is_err());
    }
}

#[test]
fn a_reflected_tag_or_share_proves_nothing() {
    let (doorkeeper, joiner) = run([b"pw", b"pw"], [b"ADa", b"ADb"], [b"ADb", b"ADa"]);
    let own = joiner.tag().expect("the responder's");
    assert_eq!(joiner.verify(&own).err(), Some(CpaceError::WrongTag));
    let own = doorkeeper.tag_of(Role::Initiator);
    assert_eq!(doorkeeper.verify(&own).err(), Some(CpaceError::WrongTag));

    let alone = begin(b"pw", 3);
    let share = alone.share();
    let alone = alone.finish(Role::Initiator, b"ADa", &share, b"ADa").expect("a valid point");
    let own = alone.tag_of(Role::Initiator);
    assert!(alone.verify(&own).is_err());
}

struct Suite;
impl pakery_cpace::CpaceCiphersuite for Suite {
    type Group = pakery_crypto::Ristretto255Group;
    type Hash = pakery_crypto::Sha512Hash;
    const DSI: &'static [u8] = DSI;
    const HASH_BLOCK_SIZE: usize = BLOCK_BYTES;
    const FIELD_SIZE_BYTES: usize = 32;
}

#[test]
fn another_implementation_agrees_as_responder() {
    use pakery_cpace::{CpaceMode, CpaceResponder};
    let prs = prs(b"pw");
    let ours = start(&prs, b"ci", b"sid", Zeroizing::new([5; 64]));
    let mode = CpaceMode::InitiatorResponder;
    let (share, output) =
        CpaceResponder::<Suite>::respond(&ours.share(), prs.as_bytes(), b"ci", b"sid", b"ADa", b"ADb", mode, &mut Seeded(1))
            .expect("valid");
    let share = share.as_slice().try_into().expect("32 bytes");
    let ours = ours.finish(Role::Initiator, b"ADa", &share, b"ADb").expect("valid");
    assert_eq!(ours.isk[..], *output.isk.as_bytes());
}

#[test]
fn another_implementation_agrees_as_initiator() {
    use pakery_cpace::{CpaceInitiator, CpaceMode};
    let prs = prs(b"pw");
    let (share, theirs) = CpaceInitiator::<Suite>::start(prs.as_bytes(), b"ci", b"sid", b"ADa", &mut Seeded(7)).expect("valid");
    let ours = start(&prs, b"ci", b"sid", Zeroizing::new([5; 64]));
    let ours_share = ours.share();
    let ours = ours.finish(Role::Responder, b"ADb", &share.as_slice().try_into().expect("32 bytes"), b"ADa").expect("valid");
    let output = theirs.finish(&ours_share, b"ADb", CpaceMode::InitiatorResponder).expect("valid");
    assert_eq!(ours.isk[..], *output.isk.as_bytes());
}

/// A seeded generator for the other implementation, which wants rand_core 0.10.
struct Seeded(u64);
impl pakery_rand::TryRng for Seeded {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Ok((self.0 >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from(self.try_next_u32()?) << 32 | u64::from(self.try_next_u32()?))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for byte in out {
            *byte = self.try_next_u32()? as u8;
        }
        Ok(())
    }
}
impl pakery_rand::TryCryptoRng for Seeded {}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_share_and_tag_end_in_a_value(share: [u8; 32], tag: [u8; 32], ad in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(keys) = begin(b"pw", 3).finish(Role::Responder, &ad, &share, &ad) {
            prop_assert!(keys.verify(&tag).is_err());
        }
    }

    #[test]
    fn lengths_are_as_announced(part in proptest::collection::vec(any::<u8>(), 0..20_000)) {
        let mut out = Vec::new();
        prepend_len(&mut out, &part);
        prop_assert_eq!(out.len(), lv_len(&part));
    }
}
