//! The voters of one round: their keys, ballots, and the count.
//!
//! **Invariant:** there is no [`Keys`] or [`Ballot`] but one whose proofs were checked for the voter whose it is.

use super::proof::{Reader, Statement, holds_same, prove_same, scalar, write};
use super::{Context, FEWEST, MOST, Round, Voter};
use crate::sorted::SortedMap;
use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_POINT as G,
    ristretto::RistrettoPoint,
    scalar::Scalar,
    traits::{Identity, IsIdentity},
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What a voter keeps to itself: a scalar for each answer.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret(Vec<Scalar>);

/// The keys of a voter: a point for each answer, of which it has proved to know the scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys(Vec<RistrettoPoint>);

/// A ballot whose proofs hold: what it says, nobody can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot(Vec<RistrettoPoint>);

/// Begins: a secret, and the message that announces its keys (96 bytes for each answer). `seed` must be fresh and uniform.
pub fn begin(context: &Context, me: &Voter, seed: [u8; 32]) -> (Secret, Vec<u8>) {
    let mut rng = stream(seed, Round::Keys);
    let secret = Secret((0..context.answers).map(|_| scalar(&mut rng)).collect());
    let mut message = Vec::new();
    for (answer, x) in secret.0.iter().enumerate() {
        let key = G * x;
        message.extend_from_slice(key.compress().as_bytes());
        write(&mut message, &prove_same(&context.place(Round::Keys, me, answer), x, &[(G, key)], &mut rng));
    }
    (secret, message)
}

/// Reads a voter's announcement; `None` if it proves nothing.
pub fn read_keys(context: &Context, voter: &Voter, message: &[u8]) -> Option<Keys> {
    let mut reader = Reader(message);
    let mut keys = Vec::new();
    for answer in 0..context.answers {
        let key = reader.point().filter(|key| !key.is_identity())?;
        let proof = [reader.scalar()?, reader.scalar()?];
        if !holds_same(&context.place(Round::Keys, voter, answer), &[(G, key)], proof) {
            return None;
        }
        keys.push(key);
    }
    reader.ends().then_some(Keys(keys))
}

/// Who votes, with their keys, in the order of their names: the same for everybody.
pub struct Electorate {
    /// Binds what follows to the keys of all.
    context: Context,
    voters: SortedMap<Voter, Keys>,
    /// For each voter and answer, what its secret is multiplied with.
    bases: SortedMap<Voter, Vec<RistrettoPoint>>,
}

impl Electorate {
    /// The electorate of these voters; `None` for fewer than [`FEWEST`], more than [`MOST`], or keys of another number of answers.
    pub fn new(context: &Context, voters: SortedMap<Voter, Keys>) -> Option<Self> {
        let fits = (FEWEST..=MOST).contains(&voters.len()) && voters.values().all(|keys| keys.0.len() == context.answers);
        let bases = bases(&voters, context.answers);
        // Keys that cancel each other would leave a ballot bare; nobody who knows its own scalar can make them.
        if !fits || bases.values().flatten().any(IsIdentity::is_identity) {
            return None;
        }
        let mut hash = Sha256::new_with_prefix(&context.bytes);
        for (voter, keys) in &voters {
            hash.update(voter);
            keys.0.iter().for_each(|key| hash.update(key.compress().as_bytes()));
        }
        let mut bound = context.clone();
        bound.bytes.extend_from_slice(&hash.finalize());
        Some(Self { context: bound, voters, bases })
    }

    /// Who votes.
    pub fn voters(&self) -> impl Iterator<Item = &Voter> {
        self.voters.keys()
    }

    /// A ballot for these answers, one bit each, the first answer the lowest; `None` for what cannot be a choice. Make one only.
    pub fn cast(&self, me: &Voter, secret: &Secret, choices: u8, seed: [u8; 32]) -> Option<Vec<u8>> {
        let (keys, bases) = (self.voters.get(me)?, self.bases.get(me)?);
        let (answers, chosen) = (self.context.answers, choices.count_ones());
        let known = u16::from(choices) < 1_u16.checked_shl(u32::try_from(answers).ok()?)?;
        if secret.0.len() != answers || !known || (!self.context.many && chosen > 1) {
            return None;
        }
        let mut rng = stream(seed, Round::Ballot);
        let (mut message, mut total) = (Vec::new(), RistrettoPoint::identity());
        let each = secret.0.iter().zip(keys.0.iter().zip(bases));
        for (answer, (x, (key, base))) in each.enumerate() {
            let yes = choices >> answer & 1;
            let ballot = base * x + G * Scalar::from(yes);
            total += ballot;
            let place = self.context.place(Round::Ballot, me, answer);
            let statement = Statement { place: &place, keys: &[*key], bases: &[*base], total: ballot };
            message.extend_from_slice(ballot.compress().as_bytes());
            write_branches(&mut message, &statement.prove(&[*x], yes == 1, &mut rng));
        }
        if !self.context.many {
            let place = self.context.place(Round::Sum, me, answers);
            let statement = Statement { place: &place, keys: &keys.0, bases, total };
            write_branches(&mut message, &statement.prove(&secret.0, chosen == 1, &mut rng));
        }
        Some(message)
    }

    /// Reads a voter's ballot; `None` if it is none, or no voter's.
    pub fn read_ballot(&self, voter: &Voter, message: &[u8]) -> Option<Ballot> {
        let (keys, bases) = (self.voters.get(voter)?, self.bases.get(voter)?);
        let mut reader = Reader(message);
        let (mut ballots, mut total) = (Vec::new(), RistrettoPoint::identity());
        for (answer, (key, base)) in keys.0.iter().zip(bases).enumerate() {
            let ballot = reader.point()?;
            let place = self.context.place(Round::Ballot, voter, answer);
            let statement = Statement { place: &place, keys: &[*key], bases: &[*base], total: ballot };
            if !statement.holds(&read_branches(&mut reader, 1)?) {
                return None;
            }
            total += ballot;
            ballots.push(ballot);
        }
        if !self.context.many {
            let place = self.context.place(Round::Sum, voter, self.context.answers);
            let statement = Statement { place: &place, keys: &keys.0, bases, total };
            if !statement.holds(&read_branches(&mut reader, keys.0.len())?) {
                return None;
            }
        }
        reader.ends().then_some(Ballot(ballots))
    }

    /// How many chose each answer; `None` unless there is the ballot of every voter: fewer add up to nothing.
    pub fn tally(&self, ballots: &SortedMap<Voter, Ballot>) -> Option<Vec<usize>> {
        let mut sums = vec![RistrettoPoint::identity(); self.context.answers];
        for voter in self.voters.keys() {
            sums.iter_mut().zip(&ballots.get(voter)?.0).for_each(|(sum, part)| *sum += part);
        }
        sums.iter().map(|sum| multiple_of_g(sum, self.voters.len())).collect()
    }
}

/// The randomness of a round. A seed that serves two rounds by mistake must not serve them the same nonces: two responses with one nonce give the
/// secret away.
fn stream(seed: [u8; 32], round: Round) -> ChaCha20Rng {
    let own = Sha256::new_with_prefix(b"incamera/1 secret vote, seed").chain_update([round as u8]).chain_update(seed);
    ChaCha20Rng::from_seed(own.finalize().into())
}

/// For each voter and answer: the keys of those before it, less the keys of those after it.
fn bases(voters: &SortedMap<Voter, Keys>, answers: usize) -> SortedMap<Voter, Vec<RistrettoPoint>> {
    let zero = || vec![RistrettoPoint::identity(); answers];
    let mut after = zero();
    for keys in voters.values() {
        after.iter_mut().zip(&keys.0).for_each(|(sum, key)| *sum += key);
    }
    let mut before = zero();
    let mut all = SortedMap::new();
    for (voter, keys) in voters {
        after.iter_mut().zip(&keys.0).for_each(|(sum, key)| *sum -= key);
        all.insert(*voter, before.iter().zip(&after).map(|(before, after)| before - after).collect());
        before.iter_mut().zip(&keys.0).for_each(|(sum, key)| *sum += key);
    }
    all
}

/// The n of n·G, if it is at most `most`.
fn multiple_of_g(point: &RistrettoPoint, most: usize) -> Option<usize> {
    let mut multiple = RistrettoPoint::identity();
    (0..=most).find(|_| {
        let found = multiple == *point;
        multiple += G;
        found
    })
}

fn write_branches(message: &mut Vec<u8>, branches: &[(Scalar, Vec<Scalar>); 2]) {
    for (challenge, responses) in branches {
        write(message, &[*challenge]);
        write(message, responses);
    }
}

fn read_branches(reader: &mut Reader<'_>, keys: usize) -> Option<[(Scalar, Vec<Scalar>); 2]> {
    let mut branch = || Some((reader.scalar()?, reader.scalars(keys)?));
    Some([branch()?, branch()?])
}
