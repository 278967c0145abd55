//! Turns the lists of common passwords into a set small enough for the browser client (see `src/password/golomb.rs`).

#[allow(dead_code, reason = "only the places are needed here; the crate reads what is written")]
#[path = "src/password/golomb.rs"]
mod golomb;

use std::{env, error::Error, fs, path::Path};

const LISTS: [&str; 2] = ["data/common-passwords.txt", "data/local-passwords.txt"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut passwords = Vec::new();
    for list in LISTS {
        println!("cargo::rerun-if-changed={list}");
        passwords.extend(fs::read_to_string(list)?.lines().map(str::to_owned));
    }
    println!("cargo::rerun-if-changed=src/password/golomb.rs");
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("common-passwords.golomb"), encode(&passwords))?;
    Ok(())
}

/// The sorted places as differences in Golomb-Rice code, after their count.
fn encode(strings: &[String]) -> Vec<u8> {
    let count = strings.len() as u32;
    let mut places: Vec<u64> = strings.iter().map(|string| golomb::place(string, count)).collect();
    places.sort_unstable();
    let mut bits = Vec::new();
    let mut last = 0;
    for place in places {
        let difference = place - last;
        last = place;
        bits.extend((0..difference >> golomb::RICE_BITS).map(|_| true));
        bits.push(false);
        bits.extend((0..golomb::RICE_BITS).rev().map(|bit| difference >> bit & 1 == 1));
    }
    let mut bytes = count.to_be_bytes().to_vec();
    bytes.extend(
        bits.chunks(8).map(|chunk| chunk.iter().zip((0..8).rev()).fold(0, |byte, (&bit, at)| byte | u8::from(bit) << at)),
    );
    bytes
}
