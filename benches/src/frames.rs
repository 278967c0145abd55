//! What a media frame costs beyond its AEAD: seal and open with SFrame against ring's bare AES-256-GCM, in turn, in one process.

use crate::lists::{LISTS, list_pair, seal_list};
use crate::pair::{SIZES, sframe_pair};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;

/// Rounds of each contender, taken in turn; the median counts.
const ROUNDS: usize = 31;
/// About how long one round takes, in microseconds.
const ROUND_US: f64 = 4_000.0;

/// One result for each size. The aim is a ratio of 1.3.
pub(crate) fn run() -> Vec<Value> {
    let results = SIZES.into_iter().map(|bytes| {
        let [ours, signed, bare] = measure(bytes);
        json!({
            "bench": "frames",
            "runtime": "native",
            "bytes": bytes,
            "seal_open_us": ours,
            "signed_us": signed,
            "bare_aead_us": bare,
            "ratio_to_bare_aead": ours / bare,
        })
    });
    results.collect()
}

/// What half a second of frames costs where they are signed: a list for all, and each member's look at it.
pub(crate) fn lists() -> Vec<Value> {
    let results = LISTS.into_iter().map(|(what, streams)| {
        let ((bytes, mut both), mut seal) = (list_pair(streams), seal_list(streams));
        let (mut both_us, mut seal_us) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            both_us.push(time(20, &mut both));
            seal_us.push(time(20, &mut seal));
        }
        let (both, seal) = (median(both_us), median(seal_us));
        json!({
            "bench": "lists",
            "what": what,
            "bytes": bytes,
            "bytes_per_second": 2 * bytes,
            "say_us": seal,
            "hear_us": both - seal,
        })
    });
    results.collect()
}

/// Median microseconds of seal + open: ours, ours where frames are hashed to be signed, and bare.
fn measure(bytes: usize) -> [f64; 3] {
    let plain = vec![0x5a; bytes];
    let (mut sframe, mut signed) = (sframe_pair(plain.clone(), false), sframe_pair(plain.clone(), true));
    let mut bare = bare_pair(plain);
    let repeat = (ROUND_US / time(1_000, &mut bare)) as u32 + 1;
    let [mut ours_us, mut signed_us, mut bare_us] = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        ours_us.push(time(repeat, &mut sframe));
        signed_us.push(time(repeat, &mut signed));
        bare_us.push(time(repeat, &mut bare));
    }
    [ours_us, signed_us, bare_us].map(median)
}

/// Microseconds of one call, averaged over `repeat`.
#[expect(clippy::disallowed_methods, reason = "a figure is a time")]
fn time(repeat: u32, call: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..repeat).for_each(|_| call());
    start.elapsed().as_secs_f64() * 1e6 / f64::from(repeat)
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The limit: the AEAD alone, in place, without a copy or a look at anything.
fn bare_pair(mut data: Vec<u8>) -> impl FnMut() {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("a key"));
    let bytes = data.len();
    let mut counter = 0_u64;
    move || {
        counter += 1;
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&counter.to_be_bytes());
        let aad = Aad::from([0x5a; 12]);
        data.truncate(bytes);
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, black_box(&mut data)).expect("sealed");
        key.open_in_place(Nonce::assume_unique_for_key(nonce), aad, black_box(&mut data)).expect("opened");
        black_box(&data);
    }
}
