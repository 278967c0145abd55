//! Puts the table of languages into the client: one line for each file of `locales/`.
//!
//! Invariant: whoever adds a language adds a file and touches no code.

use std::path::PathBuf;
use std::{env, fs, io};

#[path = "build/locales.rs"]
mod locales;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let languages = locales::languages(&here.join("locales"))?;
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let table = format!("pub(crate) static LOCALES: [Locale; {}] = {};\n", languages.len(), locales::table(&languages));
    fs::write(out.join("locales.rs"), table)
}
