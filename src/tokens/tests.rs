use super::*;
use proptest::prelude::*;
use voprf::{EvaluationElement, Proof, VoprfClient};

const DAY: Period = Period(20_000);

/// Somebody's side, as `crypto::tokens` has it.
struct Person {
    nonces: Vec<[u8; 32]>,
    states: Vec<VoprfClient<Ristretto255>>,
    blinded: Vec<Blinded>,
}

impl Person {
    fn new(seed: u8, count: u8) -> Self {
        let mut random = ChaCha20Rng::from_seed([seed; 32]);
        let nonces: Vec<[u8; 32]> = (0..count).map(|at| [seed ^ at.wrapping_mul(61); 32]).collect();
        let blinds: Vec<_> = nonces.iter().map(|nonce| VoprfClient::blind(nonce, &mut random).unwrap()).collect();
        let blinded = blinds.iter().map(|blind| Blinded(blind.message.serialize().into())).collect();
        Self { nonces, states: blinds.into_iter().map(|blind| blind.state).collect(), blinded }
    }

    fn finish(&self, key: IssuerKey, issued: &Issued) -> Option<Vec<Token>> {
        let elements: Vec<_> =
            issued.evaluated.iter().map(|element| EvaluationElement::<Ristretto255>::deserialize(element).unwrap()).collect();
        let proof = Proof::<Ristretto255>::deserialize(&[issued.proof.0, issued.proof.1].concat()).ok()?;
        let point = Ristretto255::deserialize_elem(&key.point).ok()?;
        let outputs = VoprfClient::batch_finalize(&self.nonces, &self.states, &elements, &proof, point).ok()?;
        let token = |(nonce, output): (&[u8; 32], voprf::Result<_>)| {
            let output: [u8; 64] = <[u8; 64]>::from(output.unwrap());
            let (mut first, mut second) = ([0; 32], [0; 32]);
            first.copy_from_slice(&output[..32]);
            second.copy_from_slice(&output[32..]);
            Token { period: key.period, nonce: *nonce, output: (first, second) }
        };
        Some(self.nonces.iter().zip(outputs).map(token).collect())
    }
}

fn issuer(seed: u8) -> Tokens {
    Tokens::new([seed; 32], DAY).unwrap()
}

fn issued(tokens: &mut Tokens, now: Period, person: &Person) -> Result<Issued, NotIssued> {
    let creator = tokens.creator("fatou");
    tokens.issue(now, (creator, 8), (now, &person.blinded))
}

fn held(tokens: &mut Tokens, now: Period, seed: u8) -> Vec<Token> {
    let (person, key) = (Person::new(seed, 4), tokens.key(now));
    let issued = issued(tokens, now, &person).unwrap();
    person.finish(key, &issued).unwrap()
}

#[test]
fn a_token_opens_one_room_and_no_second() {
    let mut tokens = issuer(1);
    for token in held(&mut tokens, DAY, 7) {
        assert!(tokens.redeem(DAY, &token));
        assert!(!tokens.redeem(DAY, &token), "spent");
    }
}

#[test]
fn a_key_lasts_to_the_end_of_the_next_day_and_takes_its_memory_along() {
    let mut tokens = issuer(1);
    let [one, two, three, _] = &held(&mut tokens, DAY, 7)[..] else { panic!("not four") };
    assert!(tokens.redeem(DAY, one) && tokens.redeem(Period(20_001), two));
    assert!(!tokens.redeem(Period(20_001), one), "spent stays spent over midnight");
    assert_ne!(tokens.key(Period(20_001)).point, tokens.key(Period(20_002)).point);
    assert!(!tokens.redeem(Period(20_002), three), "its day is over");
    assert!(tokens.today.spent.is_empty() && tokens.before.as_ref().unwrap().spent.is_empty());
    let mut slept = issuer(1);
    let [one, ..] = &held(&mut slept, DAY, 7)[..] else { panic!("none") };
    assert!(!slept.redeem(Period(20_005), one) && slept.before.is_none());
    assert_eq!(slept.key(DAY).period, Period(20_005), "a clock that goes back changes nothing");
}

#[test]
fn what_another_key_issued_or_nobody_is_worth_nothing() {
    let (mut own, mut other) = (issuer(1), issuer(2));
    let mut tokens = held(&mut other, DAY, 7);
    assert!(!own.redeem(DAY, &tokens[0]), "of another host, or of this one before it was started anew");
    let mut forged = held(&mut own, DAY, 8).remove(0);
    forged.nonce[0] ^= 1;
    assert!(!own.redeem(DAY, &forged));
    tokens[1].period = Period(u32::MAX);
    assert!(!own.redeem(DAY, &tokens[1]));
    assert!(own.today.spent.is_empty(), "what is forged costs no memory");
}

#[test]
fn one_person_gets_so_many_and_all_together_so_many() {
    let mut tokens = issuer(1);
    assert!(issued(&mut tokens, DAY, &Person::new(1, 4)).is_ok() && issued(&mut tokens, DAY, &Person::new(2, 4)).is_ok());
    assert_eq!(issued(&mut tokens, DAY, &Person::new(3, 1)), Err(NotIssued::EnoughForToday));
    let other = tokens.creator("ann");
    assert!(tokens.issue(DAY, (other, 8), (DAY, &Person::new(3, 1).blinded)).is_ok());
    assert!(issued(&mut tokens, Period(20_001), &Person::new(4, 4)).is_ok(), "another day");
    tokens.today.issued = MOST_ISSUED;
    assert_eq!(
        tokens.issue(Period(20_001), (other, 8), (Period(20_001), &Person::new(3, 1).blinded)),
        Err(NotIssued::EnoughForToday)
    );
}

#[test]
fn what_cannot_be_evaluated_is_refused_and_counted_for_nobody() {
    let mut tokens = issuer(1);
    let creator = tokens.creator("fatou");
    let mut ask = |period, blinded: &[Blinded]| tokens.issue(DAY, (creator, 8), (period, blinded));
    let good = Person::new(1, 5).blinded;
    assert_eq!(ask(DAY, &[]), Err(NotIssued::Malformed));
    assert_eq!(ask(DAY, &good), Err(NotIssued::Malformed), "five");
    assert_eq!(ask(DAY, &[Blinded([0; 32])]), Err(NotIssued::Malformed), "the identity");
    assert_eq!(ask(DAY, &[Blinded([0xff; 32])]), Err(NotIssued::Malformed), "no point");
    assert_eq!(ask(Period(19_999), &good[..1]), Err(NotIssued::OtherPeriod));
    assert!(tokens.today.shares.is_empty() && tokens.today.issued == 0);
}

/// A host that would tag somebody with a key of its own is found out by the proof.
#[test]
fn tokens_of_another_key_than_the_one_that_was_shown_are_no_tokens() {
    let (mut shown, mut tagging) = (issuer(1), issuer(2));
    let (person, key) = (Person::new(7, 4), shown.key(DAY));
    let tagged = issued(&mut tagging, DAY, &person).unwrap();
    assert!(person.finish(key, &tagged).is_none());
    let mut mixed = issued(&mut shown, DAY, &person).unwrap();
    mixed.evaluated[2] = tagged.evaluated[2];
    assert!(person.finish(key, &mixed).is_none(), "one in four");
}

/// A token is a function of the key and of a nonce that its holder drew: however it was blinded when it was issued, it is the same to the byte. So
/// nothing of what the host saw at issue can be in it, and every issue fits every token equally.
#[test]
fn a_token_carries_nothing_of_its_issue() {
    let mut tokens = issuer(1);
    let key = tokens.key(DAY);
    let (one, mut again) = (Person::new(1, 4), Person::new(2, 4));
    let mut random = ChaCha20Rng::from_seed([3; 32]);
    let blinds: Vec<_> = one.nonces.iter().map(|nonce| VoprfClient::blind(nonce, &mut random).unwrap()).collect();
    again.nonces.clone_from(&one.nonces);
    again.blinded = blinds.iter().map(|blind| Blinded(blind.message.serialize().into())).collect();
    again.states = blinds.into_iter().map(|blind| blind.state).collect();
    let seen = [&one, &again].map(|person| issued(&mut tokens, DAY, person).unwrap());
    let (held, same) = (one.finish(key, &seen[0]).unwrap(), again.finish(key, &seen[1]).unwrap());
    assert_eq!(held, same);
    let sent: Vec<[u8; 32]> =
        [&one, &again].into_iter().flat_map(|person| person.blinded.iter().map(|blinded| blinded.0)).collect();
    let answered: Vec<[u8; 32]> = seen.iter().flat_map(|issued| issued.evaluated.clone()).collect();
    for (at, bytes) in sent.iter().chain(&answered).enumerate() {
        assert!(!sent.iter().chain(&answered).take(at).any(|other| other == bytes), "no element is seen twice");
        assert!(held.iter().all(|token| ![token.nonce, token.output.0, token.output.1].contains(bytes)));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_taken_without_panic(bytes in any::<[u8; 32]>(), other in any::<[u8; 32]>(), period in any::<u32>()) {
        let mut tokens = issuer(1);
        let creator = tokens.creator("x");
        let _ = tokens.issue(DAY, (creator, 8), (DAY, &[Blinded(bytes), Blinded(other)]));
        let token = Token { period: Period(period), nonce: bytes, output: (other, bytes) };
        prop_assert!(!tokens.redeem(DAY, &token));
    }
}
