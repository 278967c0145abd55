//! Makes the tables of this crate, small enough for the browser client: the set of common passwords (`src/password/golomb.rs`), the
//! word lists (`src/words.rs`), and what of Unicode is needed (`src/unicode`).

#[path = "build/common.rs"]
mod common;
#[path = "build/freeform.rs"]
mod freeform;
#[allow(dead_code, reason = "only the places are needed here; the crate reads what is written")]
#[path = "src/password/golomb.rs"]
mod golomb;
#[path = "build/normal.rs"]
mod normal;
#[path = "build/numbers.rs"]
mod numbers;
#[path = "build/words.rs"]
mod words;

use sha2::{Digest, Sha256};
use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for source in ["build.rs", "build", "data", "src/password/golomb.rs", "src/unicode/property.rs"] {
        println!("cargo::rerun-if-changed={source}");
    }
    let set = common::set(Path::new("."))?;
    fs::write(out.join("common-passwords.sha256"), Sha256::digest(&set))?;
    fs::write(out.join("common-passwords.golomb"), set)?;
    for (name, language) in [("english", bip39::Language::English), ("french", bip39::Language::French)] {
        fs::write(out.join(name), words::packed(language))?;
    }
    let forms = normal::Forms::asked();
    fs::write(out.join("canonical"), sequences(&forms.canonical))?;
    fs::write(out.join("compatible"), sequences(&forms.compatible))?;
    fs::write(out.join("excluded"), steps(|c| u8::from(forms.excluded.contains(&c))))?;
    fs::write(out.join("classes"), steps(unicode_normalization::char::canonical_combining_class))?;
    fs::write(out.join("marks"), steps(|c| u8::from(unicode_normalization::char::is_combining_mark(c))))?;
    fs::write(out.join("freeform"), steps(freeform::properties))?;
    Ok(())
}

/// A value for each code point, as `src/unicode/steps.rs` reads it.
fn steps(value: impl Fn(char) -> u8) -> Vec<u8> {
    let mut steps: Vec<(u32, u8)> = Vec::new();
    for c in '\0'..=char::MAX {
        let value = value(c);
        if value != steps.last().map_or(0, |&(_, last)| last) {
            steps.push((u32::from(c), value));
        }
    }
    let mut writer = numbers::Writer::default();
    writer.number(steps.len() as u32);
    writer.column(steps.iter().map(|&(at, _)| at));
    steps.iter().for_each(|&(_, value)| writer.number(u32::from(value)));
    writer.0
}

/// What characters stand for, as `src/unicode/sequences.rs` reads it.
fn sequences(all: &normal::Sequences) -> Vec<u8> {
    let mut writer = numbers::Writer::default();
    writer.number(all.len() as u32);
    writer.column(all.keys().map(|&c| u32::from(c)));
    all.values().for_each(|letters| writer.number(letters.len() as u32));
    for place in 0..all.values().map(Vec::len).max().unwrap_or(0) {
        writer.column(all.values().filter_map(|letters| letters.get(place)).map(|&letter| u32::from(letter)));
    }
    writer.0
}
