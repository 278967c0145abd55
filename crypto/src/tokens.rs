//! Tokens for opening rooms, from the side of who gets them: blinded, issued, and only then known to anybody (RFC 9497, VOPRF with
//! ristretto255-SHA512; the roles are those of RFC 9576).
//!
//! **Invariant:** a [`Token`] comes out of here only with a proof that it was made with the key which the host showed before it knew who asks. A host that
//! has a key for each person makes tokens that are refused here.

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use voprf::{EvaluationElement, Group, Proof, Ristretto255, VoprfClient};
use wire::permission::{Blinded, Issued, IssuerKey, TOKENS_AT_ONCE, Token};
use zeroize::{Zeroize, Zeroizing};

/// Tokens that were asked for and are not there yet.
pub struct Request {
    key: IssuerKey,
    nonces: Vec<Zeroizing<[u8; 32]>>,
    blinds: Vec<VoprfClient<Ristretto255>>,
    blinded: Vec<Blinded>,
}

/// The host's answer holds no tokens of the key it had shown. The host is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer was not made with the key that was shown")]
pub struct OtherKey;

impl Request {
    /// Draws and blinds as many as are issued at once. `entropy` is fresh and uniform. `None` once in 2^250.
    pub fn new(key: IssuerKey, mut entropy: [u8; 32]) -> Option<Self> {
        let mut random = ChaCha20Rng::from_seed(entropy);
        entropy.zeroize();
        let mut request = Self { key, nonces: Vec::new(), blinds: Vec::new(), blinded: Vec::new() };
        for _ in 0..TOKENS_AT_ONCE {
            let mut nonce = Zeroizing::new([0; 32]);
            random.fill_bytes(nonce.as_mut());
            let blind = VoprfClient::<Ristretto255>::blind(nonce.as_ref(), &mut random).ok()?;
            request.blinded.push(Blinded(blind.message.serialize().into()));
            request.blinds.push(blind.state);
            request.nonces.push(nonce);
        }
        Some(request)
    }

    /// What the host is sent.
    pub fn blinded(&self) -> &[Blinded] {
        &self.blinded
    }

    /// The tokens.
    ///
    /// # Errors
    /// [`OtherKey`].
    pub fn finish(self, issued: &Issued) -> Result<Vec<Token>, OtherKey> {
        let element = |bytes: &[u8; 32]| EvaluationElement::<Ristretto255>::deserialize(bytes);
        let elements: Result<Vec<_>, _> = issued.evaluated.iter().map(element).collect();
        let elements = elements.map_err(|_| OtherKey)?;
        let proof = [issued.proof.0, issued.proof.1].concat();
        let proof = Proof::<Ristretto255>::deserialize(&proof).map_err(|_| OtherKey)?;
        let point = Ristretto255::deserialize_elem(&self.key.point).map_err(|_| OtherKey)?;
        let nonces: Vec<&[u8]> = self.nonces.iter().map(|nonce| nonce.as_slice()).collect();
        let outputs = VoprfClient::batch_finalize(&nonces, &self.blinds, &elements, &proof, point).map_err(|_| OtherKey)?;
        let token = |(nonce, output): (&Zeroizing<[u8; 32]>, voprf::Result<_>)| {
            let bytes: [u8; 64] = <[u8; 64]>::from(output.map_err(|_| OtherKey)?);
            let (mut first, mut second) = ([0; 32], [0; 32]);
            first.copy_from_slice(&bytes[..32]);
            second.copy_from_slice(&bytes[32..]);
            Ok(Token { period: self.key.period, nonce: **nonce, output: (first, second) })
        };
        self.nonces.iter().zip(outputs).map(token).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voprf::{BlindedElement, VoprfServer};
    use wire::permission::Period;

    fn host(seed: u8) -> (VoprfServer<Ristretto255>, IssuerKey) {
        let server = VoprfServer::new(&mut ChaCha20Rng::from_seed([seed; 32])).unwrap();
        let key = IssuerKey { period: Period(1), point: Ristretto255::serialize_elem(server.get_public_key()).into() };
        (server, key)
    }

    fn answer(server: &VoprfServer<Ristretto255>, request: &Request) -> Issued {
        let elements: Vec<_> =
            request.blinded().iter().map(|blinded| BlindedElement::<Ristretto255>::deserialize(&blinded.0).unwrap()).collect();
        let issued = server.batch_blind_evaluate(&mut ChaCha20Rng::from_seed([9; 32]), &elements).unwrap();
        let proof = issued.proof.serialize();
        let half = |at: usize| <[u8; 32]>::try_from(&proof[at..at + 32]).unwrap();
        Issued { evaluated: issued.messages.iter().map(|one| one.serialize().into()).collect(), proof: (half(0), half(32)) }
    }

    #[test]
    fn what_is_issued_is_what_the_key_makes_of_the_nonces() {
        let (server, key) = host(1);
        let request = Request::new(key, [5; 32]).unwrap();
        let issued = answer(&server, &request);
        let tokens = request.finish(&issued).unwrap();
        assert_eq!(tokens.len(), TOKENS_AT_ONCE);
        for token in &tokens {
            assert_eq!(server.evaluate(&token.nonce).unwrap().as_slice(), [token.output.0, token.output.1].concat());
            assert_eq!(tokens.iter().filter(|other| other.nonce == token.nonce).count(), 1);
        }
    }

    #[test]
    fn a_host_with_a_key_for_each_person_issues_nothing() {
        let ((_, shown), (own, _)) = (host(1), host(2));
        let request = Request::new(shown, [5; 32]).unwrap();
        let issued = answer(&own, &request);
        assert_eq!(request.finish(&issued), Err(OtherKey));
    }

    #[test]
    fn an_answer_that_is_none_is_refused() {
        let (server, key) = host(1);
        let good = answer(&server, &Request::new(key, [5; 32]).unwrap());
        let shorter = Issued { evaluated: good.evaluated[1..].to_vec(), ..good.clone() };
        let swapped = Issued { evaluated: good.evaluated.iter().rev().copied().collect(), ..good.clone() };
        let unproved = Issued { proof: ([1; 32], [2; 32]), ..good.clone() };
        let nothing = Issued { evaluated: vec![[0; 32]; 4], ..good };
        for wrong in [shorter, swapped, unproved, nothing] {
            assert_eq!(Request::new(key, [5; 32]).unwrap().finish(&wrong), Err(OtherKey));
        }
    }
}
