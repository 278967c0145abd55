//! Turns the lists of common passwords into a set; `cargo xtask client`, which shares this file, puts it beside the browser client.

use crate::golomb;
use std::{fs, io, path::Path};

const LISTS: [&str; 2] = ["data/common-passwords.txt", "data/local-passwords.txt"];

/// The set of all that is listed; `here` is where this crate is.
pub(crate) fn set(here: &Path) -> io::Result<Vec<u8>> {
    let mut passwords = Vec::new();
    for list in LISTS {
        passwords.extend(fs::read_to_string(here.join(list))?.lines().map(str::to_owned));
    }
    Ok(encode(&passwords))
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
