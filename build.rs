//! Puts the browser client's files into the host.
//!
//! **Invariant:** the program needs no file beside it: what is found at build time is inside, and what is not found then is never
//! looked for later. Files come from `INCAMERA_CLIENT_DIR` (which `cargo xtask` sets) or `target/client`; without either, the host
//! serves a page that says so.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=INCAMERA_CLIENT_DIR");
    let client = client_folder();
    // Without any path cargo would watch the whole package, and a path that is missing counts as changed at every build.
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    if client.is_dir() {
        println!("cargo::rerun-if-changed={}", client.display());
        collect(&client, &mut files)?;
    }
    files.sort();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("client_files.rs");
    fs::write(out, table(&client, &files)?)
}

fn client_folder() -> PathBuf {
    match env::var_os("INCAMERA_CLIENT_DIR") {
        Some(named) => named.into(),
        None => PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("target").join("client"),
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_none_or(|end| end != "br") {
            files.push(path);
        }
    }
    Ok(())
}

/// The source text of the table that `src/shell/files.rs` includes.
fn table(client: &Path, files: &[PathBuf]) -> io::Result<String> {
    let mut text = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(client).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let compressed = PathBuf::from(format!("{}.br", file.display()));
        println!("cargo::rerun-if-changed={}", file.display());
        let brotli = if compressed.is_file() { format!("Some(include_bytes!({compressed:?}))") } else { "None".to_owned() };
        let tag = tag(&fs::read(file)?);
        let line = format!(
            "File {{ path: {:?}, tag: {tag:?}, plain: include_bytes!({file:?}), brotli: {brotli} }},",
            format!("/{name}")
        );
        writeln!(text, "    {line}").map_err(io::Error::other)?;
    }
    text.push(']');
    Ok(text)
}

/// Changes when the file does. Nobody gains by a collision: it only decides whether a browser may keep its copy.
fn tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("{:016x}-{:x}", hasher.finish(), bytes.len())
}
