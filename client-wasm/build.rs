//! Puts the table of languages into the client, one line for each file of `locales/`, and the English words.
//!
//! Invariant: whoever adds a language adds a file and touches no code; a file with something that the client could not say is refused.

use std::path::PathBuf;
use std::{env, fs, io};

#[allow(dead_code, reason = "nothing is said here; the client does that")]
#[path = "src/ui/ftl.rs"]
mod ftl;
#[path = "build/locales.rs"]
mod locales;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/ui/ftl.rs");
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let languages = locales::languages(&here.join("locales"))?;
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for (named, path) in &languages {
        let file = fs::read_to_string(path)?;
        ftl::check(&file).map_err(|(line, why)| io::Error::other(format!("{}:{line}: this {why}", path.display())))?;
        if named.tag == "en" {
            // Without remarks.
            let said = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            fs::write(out.join("en.ftl"), said.map(|line| format!("{line}\n")).collect::<String>())?;
        }
    }
    let table = format!("pub(crate) static LOCALES: [Locale; {}] = {};\n", languages.len(), locales::table(&languages));
    fs::write(out.join("locales.rs"), table)
}
