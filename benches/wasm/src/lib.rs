//! What a media frame and a large group cost in the browser: the same work as in `incamera-bench frames` and `group`, as WebAssembly.
//!
//! Invariant: no part of the client is measured that the native figure leaves out, and none of this is in the client.

#[path = "../../src/crowd.rs"]
mod crowd;
#[path = "../../src/pair.rs"]
mod pair;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds since the page began; browsers round them to 5 µs or worse, so a round takes many calls.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

const ROUNDS: usize = 15;
const ROUND_MS: f64 = 50.0;

/// For each size, in turn: bytes of the frame, and the median of microseconds for sealing and opening one, plain and where frames are signed.
#[wasm_bindgen]
pub fn frames() -> Vec<f64> {
    pair::SIZES.into_iter().flat_map(|bytes| [bytes as f64, median_us(bytes, false), median_us(bytes, true)]).collect()
}

/// For a group of so many: the least of each figure, in the order of [`group_names`]. This clock counts other people's work too.
#[wasm_bindgen]
pub fn group(members: usize, filled: bool) -> Vec<f64> {
    crowd::figures(members, filled, now, |turns| turns.first().copied().unwrap_or(f64::NAN)).to_vec()
}

/// What the figures of a group are called.
#[wasm_bindgen]
pub fn group_names() -> Vec<String> {
    crowd::NAMES.map(str::to_owned).to_vec()
}

fn median_us(bytes: usize, signed: bool) -> f64 {
    let mut call = pair::sframe_pair(vec![0x5a; bytes], signed);
    let mut repeat = 1_u32;
    while time(repeat, &mut call) * f64::from(repeat) < ROUND_MS * 1_000.0 {
        repeat *= 2;
    }
    let mut samples: Vec<f64> = (0..ROUNDS).map(|_| time(repeat, &mut call)).collect();
    samples.sort_by(f64::total_cmp);
    samples.get(ROUNDS / 2).copied().unwrap_or(f64::NAN)
}

/// Microseconds of one call, averaged over `repeat`.
fn time(repeat: u32, call: &mut impl FnMut()) -> f64 {
    let start = now();
    (0..repeat).for_each(|_| call());
    (now() - start) * 1_000.0 / f64::from(repeat)
}
