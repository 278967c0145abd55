//! The proofs: that a secret is known, that it is the same in two places, that a ballot holds 0 or 1, and that its answers sum to 0 or 1.
//!
//! **Invariant:** a challenge is a hash over the place and over every point of the statement and of the commitment; a proof that does not hash to its
//! own challenges is refused.
//!
//! Responses are r = w − c·x, so that a checker computes the commitment as r·G + c·X.

use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_POINT as G,
    ristretto::{CompressedRistretto, RistrettoPoint},
    scalar::Scalar,
    traits::VartimeMultiscalarMul,
};
use rand_chacha::ChaCha20Rng;
use rand_core::RngCore;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

/// A uniform scalar.
pub(super) fn scalar(rng: &mut ChaCha20Rng) -> Scalar {
    let mut wide = Zeroizing::new([0; 64]);
    rng.fill_bytes(wide.as_mut());
    Scalar::from_bytes_mod_order_wide(&wide)
}

/// The challenge of a proof in a place.
fn challenge(place: &Sha512, points: &[RistrettoPoint]) -> Scalar {
    let hash = points.iter().fold(place.clone(), |hash, point| hash.chain_update(point.compress().as_bytes()));
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

/// a·P + b·Q, of public values.
fn sum(a: &Scalar, p: &RistrettoPoint, b: &Scalar, q: &RistrettoPoint) -> RistrettoPoint {
    RistrettoPoint::vartime_multiscalar_mul([a, b], [*p, *q])
}

/// Reads a message piece by piece; every piece is checked, and none may be left.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    fn bytes(&mut self) -> Option<[u8; 32]> {
        let (bytes, rest) = self.0.split_first_chunk::<32>()?;
        self.0 = rest;
        Some(*bytes)
    }

    pub(super) fn point(&mut self) -> Option<RistrettoPoint> {
        CompressedRistretto(self.bytes()?).decompress()
    }

    pub(super) fn scalar(&mut self) -> Option<Scalar> {
        Scalar::from_canonical_bytes(self.bytes()?).into()
    }

    pub(super) fn scalars(&mut self, count: usize) -> Option<Vec<Scalar>> {
        (0..count).map(|_| self.scalar()).collect()
    }

    pub(super) fn ends(&self) -> bool {
        self.0.is_empty()
    }
}

/// Appends points and scalars to a message.
pub(super) fn write(out: &mut Vec<u8>, scalars: &[Scalar]) {
    scalars.iter().for_each(|scalar| out.extend_from_slice(scalar.as_bytes()));
}

/// Proves the same x in each of `(base, x·base)`: with one pair that x is known (Schnorr), with two that they have it in common (Chaum, Pedersen).
pub(super) fn prove_same(
    place: &Sha512,
    x: &Scalar,
    pairs: &[(RistrettoPoint, RistrettoPoint)],
    rng: &mut ChaCha20Rng,
) -> [Scalar; 2] {
    let w = Zeroizing::new(scalar(rng));
    let commitments = pairs.iter().map(|(base, _)| base * *w);
    let c = challenge(place, &statement(pairs, commitments));
    [c, *w - c * x]
}

pub(super) fn holds_same(place: &Sha512, pairs: &[(RistrettoPoint, RistrettoPoint)], [c, r]: [Scalar; 2]) -> bool {
    let commitments = pairs.iter().map(|(base, image)| sum(&r, base, &c, image));
    challenge(place, &statement(pairs, commitments)) == c
}

fn statement(
    pairs: &[(RistrettoPoint, RistrettoPoint)],
    commitments: impl Iterator<Item = RistrettoPoint>,
) -> Vec<RistrettoPoint> {
    pairs.iter().flat_map(|(base, image)| [*base, *image]).chain(commitments).collect()
}

/// That secrets x_k are behind keys X_k = x_k·G, and that `total` − s·G = Σ x_k·Y_k for s = 0 or s = 1, without saying which (Cramer, Damgård,
/// Schoenmakers). With one key it is a ballot for one answer, with several the sum over all answers.
pub(super) struct Statement<'a> {
    pub(super) place: &'a Sha512,
    pub(super) keys: &'a [RistrettoPoint],
    pub(super) bases: &'a [RistrettoPoint],
    pub(super) total: RistrettoPoint,
}

/// A branch: its challenge, and a response for each key.
type Branch = (Scalar, Vec<Scalar>);

impl Statement<'_> {
    /// The proof, for the s that is so.
    pub(super) fn prove(&self, secrets: &[Scalar], s: bool, rng: &mut ChaCha20Rng) -> [Branch; 2] {
        let nonces: Zeroizing<Vec<Scalar>> = Zeroizing::new(secrets.iter().map(|_| scalar(rng)).collect());
        let feigned: Branch = (scalar(rng), secrets.iter().map(|_| scalar(rng)).collect());
        let real = self.fresh(&nonces);
        let other = self.commitments(&feigned, !s);
        let [zero, one] = if s { [other, real] } else { [real, other] };
        let c = self.challenge(&zero, &one) - feigned.0;
        let responses = nonces.iter().zip(secrets).map(|(w, x)| w - c * x).collect();
        if s { [feigned, (c, responses)] } else { [(c, responses), feigned] }
    }

    pub(super) fn holds(&self, [zero, one]: &[Branch; 2]) -> bool {
        let fits = zero.1.len() == self.keys.len() && one.1.len() == self.keys.len();
        fits && self.challenge(&self.commitments(zero, false), &self.commitments(one, true)) == zero.0 + one.0
    }

    /// w_k·G for each key, and Σ w_k·Y_k: of secret nonces, so in constant time.
    fn fresh(&self, nonces: &[Scalar]) -> Vec<RistrettoPoint> {
        let joint: RistrettoPoint = nonces.iter().zip(self.bases).map(|(w, base)| base * w).sum();
        nonces.iter().map(|w| G * w).chain([joint]).collect()
    }

    /// r_k·G + c·X_k for each key, and Σ r_k·Y_k + c·(total − s·G).
    fn commitments(&self, (c, responses): &Branch, s: bool) -> Vec<RistrettoPoint> {
        let image = if s { self.total - G } else { self.total };
        let each = responses.iter().zip(self.keys).map(|(r, key)| sum(r, &G, c, key));
        let scalars = responses.iter().copied().chain([*c]);
        let points = self.bases.iter().copied().chain([image]);
        let joint = RistrettoPoint::vartime_multiscalar_mul(scalars.collect::<Vec<_>>(), points.collect::<Vec<_>>());
        each.chain([joint]).collect()
    }

    fn challenge(&self, zero: &[RistrettoPoint], one: &[RistrettoPoint]) -> Scalar {
        let points = [self.keys, self.bases, &[self.total], zero, one].concat();
        challenge(self.place, &points)
    }
}
