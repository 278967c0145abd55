//! `cargo xtask client`: Rust to WebAssembly to the files that the host embeds.
//!
//! Invariant: after a success the client directory holds exactly what the host is to serve, each compressible file
//! with its brotli twin beside it (`x` and `x.br`), and nothing of an earlier build.

use crate::places::{Places, must};
use crate::reproducible::without_places;
use crate::{Outcome, common, tools, tree};
use std::fs;
use std::path::{Path, PathBuf};

/// How the client is built.
#[derive(Clone, Copy, Default)]
pub(crate) struct Kind {
    /// Without optimisation, packed lightly.
    pub(crate) quick: bool,
    /// The deliberately leaking build: what the blind-host audit must find.
    pub(crate) leaking: bool,
    /// With heralds from four people on: what four browsers can test.
    pub(crate) few_voices: bool,
}

/// What a build weighs, in bytes.
pub(crate) struct Weight {
    /// All files that everybody gets, as transferred (brotli where there is a twin).
    pub(crate) brotli: u64,
    /// The filter for noise, which only they get who choose it.
    pub(crate) filter: u64,
    /// The WebAssembly module alone, unpacked.
    pub(crate) wasm: u64,
}

/// The filter for noise in the client directory.
const FILTER: &str = "noise.wasm";

/// The set of common passwords there, as `client-wasm/src/ui/common.rs` asks for it.
const PASSWORDS: &str = "common-passwords.golomb";

/// The leaking build carries this text; no other build may.
const LEAK_MARK: &[u8] = b"incamera-leaking-build";

/// The task.
pub(crate) fn task(arguments: &[String]) -> Outcome {
    let mut kind = Kind::default();
    for argument in arguments {
        match argument.as_str() {
            "--quick" => kind.quick = true,
            "--leaking" => kind.leaking = true,
            "--few-voices" => kind.few_voices = true,
            other => return Err(format!("client: unknown argument `{other}`").into()),
        }
    }
    let places = Places::find()?;
    let weight = build(&places, kind)?;
    let into = directory(&places, kind);
    let Weight { brotli, filter, wasm } = weight;
    let into = into.display();
    println!(
        "client: {into} ({} kB brotli in all, {} kB wasm; {} kB filter on demand)",
        brotli / 1000,
        wasm / 1000,
        filter / 1000
    );
    Ok(())
}

/// Where a build of this kind goes.
pub(crate) fn directory(places: &Places, kind: Kind) -> PathBuf {
    match kind {
        Kind { leaking: true, .. } => places.leaking_client(),
        Kind { few_voices: true, .. } => places.few_voices_client(),
        Kind { .. } => places.client(),
    }
}

/// What everybody gets may weigh so much, bytes as transferred: who opens a link waits for it.
const MOST: u64 = 900_000;

/// The client that people get is no heavier than it may be.
pub(crate) fn keeps_its_weight(places: &Places) -> Outcome {
    let Weight { brotli, .. } = build(places, Kind::default())?;
    println!("the client weighs {} kB of {}", brotli / 1000, MOST / 1000);
    if brotli > MOST {
        return Err(format!("the client weighs {brotli} bytes (brotli, all files that everybody gets), {MOST} at most").into());
    }
    Ok(())
}

/// Builds the client into its directory.
pub(crate) fn build(places: &Places, kind: Kind) -> Outcome<Weight> {
    tools::wasm_target()?;
    // Two that build at once would write into one folder, and take each other's module for their own.
    let _alone = places.alone()?;
    let module = compile(places, ("incamera-client", "client"), kind, &[])?;
    let fresh = directory(places, kind).with_extension("fresh");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(&fresh)?;
    bind(&module, "client", &fresh, kind)?;
    fs::copy(noise_filter(places, kind)?, fresh.join(FILTER))?;
    fs::write(fresh.join(PASSWORDS), common::set(&places.root.join("crypto"))?)?;
    copy_tree(&places.root.join("client-wasm/static"), &fresh)?;
    copy_tree(&places.root.join("client-wasm/locales"), &fresh.join("locales"))?;
    // English is inside the module: nobody asks for it.
    fs::remove_file(fresh.join("locales/en.ftl"))?;
    guide_pictures(places, &fresh.join("guide"))?;
    let wasm = fs::read(fresh.join("client_bg.wasm"))?;
    let leaks = wasm.windows(LEAK_MARK.len()).any(|window| window == LEAK_MARK);
    if leaks != kind.leaking {
        return Err(format!("the built client {} the mark of the leaking build", if leaks { "carries" } else { "lacks" }).into());
    }
    for_the_keeper(&fresh)?;
    let all = pack_tree(&fresh, &directory(places, kind), kind)?;
    // Nobody needs the guide in order to meet, nor the filter.
    let filter = fs::metadata(twin(&fresh.join(FILTER)))?.len();
    let brotli = all - filter - transferred(&fresh.join("guide"))?;
    if same_tree(&fresh, &directory(places, kind))? {
        // Files with new times would have every host built anew.
        fs::remove_dir_all(&fresh)?;
    } else {
        replace(&fresh, &directory(places, kind))?;
    }
    Ok(Weight { brotli, filter, wasm: wasm.len() as u64 })
}

/// What the worker needs that keeps a client (`static/keeper.js`): the names of all its files, and the words of which twelve name it.
fn for_the_keeper(fresh: &Path) -> Outcome {
    fs::write(fresh.join(WORDS), bip39::Language::English.word_list().join("\n") + "\n")?;
    let own = std::iter::once(LIST.to_owned());
    let mut names: Vec<String> = tree::files(fresh)?.into_iter().chain(own).map(|name| format!("/{name}")).collect();
    names.sort();
    Ok(fs::write(fresh.join(LIST), serde_json::to_string(&names)?)?)
}

/// The names of all files of a client, its own among them.
const LIST: &str = "parts.json";
/// The English list of BIP 39, a word in each line.
const WORDS: &str = "words.txt";

/// The pictures that pages of the guide name, from the screens of the documentation: they show what the program shows. One that was not
/// taken yet is left out, since taking it needs a client; `cargo xtask test checks` asks for it ([`guide_is_whole`]).
fn guide_pictures(places: &Places, guide: &Path) -> Outcome {
    for picture in named_pictures(places)? {
        let (from, to) = (places.root.join(SCREENS).join(&picture), guide.join("pictures").join(&picture));
        fs::create_dir_all(to.parent().unwrap_or(guide))?;
        if from.is_file() {
            fs::copy(&from, to)?;
        }
    }
    Ok(())
}

/// Where the screens of the documentation are.
const SCREENS: &str = "docs/screens";

/// Every picture of the guide, as its pages name them.
fn named_pictures(places: &Places) -> Outcome<Vec<String>> {
    let mut named = Vec::new();
    for entry in fs::read_dir(places.root.join("client-wasm/static/guide"))?.collect::<Result<Vec<_>, _>>()? {
        let text = fs::read_to_string(entry.path())?;
        named.extend(text.split('"').filter_map(|value| value.strip_prefix("pictures/")).map(str::to_owned));
    }
    Ok(named)
}

/// Each picture that the guide shows has been taken.
pub(crate) fn guide_is_whole(places: &Places) -> Outcome {
    let missing = named_pictures(places)?.into_iter().find(|picture| !places.root.join(SCREENS).join(picture).is_file());
    missing
        .map_or(Ok(()), |picture| Err(format!("the guide shows {picture}, which is not there: `cargo xtask screenshots`").into()))
}

/// What a browser downloads for everything in a folder of a packed tree, in bytes.
fn transferred(folder: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()? {
        let path = entry.path();
        if path.is_dir() {
            bytes += transferred(&path)?;
        } else if !twin(&path).exists() {
            // Either what has no twin, or the twin itself.
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

/// The module of the browser benches, for `cargo xtask bench frames`.
pub(crate) fn build_bench(places: &Places, into: &Path) -> Outcome {
    tools::wasm_target()?;
    fs::create_dir_all(into)?;
    let kind = Kind::default();
    let module = compile(places, ("incamera-bench-wasm", "incamera_bench_wasm"), kind, &[])?;
    bind(&module, "bench", into, kind)
}

/// Cargo's part: gives the path of the module, with wasm-bindgen's custom sections still in it.
fn compile(places: &Places, (package, library): (&str, &str), kind: Kind, settings: &[(&str, &str)]) -> Outcome<PathBuf> {
    let profile = if kind.quick { "dev" } else { "wasm" };
    let mut cargo = places.cargo();
    cargo.args(["build", "--package", package, "--lib", "--target", "wasm32-unknown-unknown", "--profile", profile]);
    if kind.leaking {
        cargo.args(["--features", "leak-for-the-audit"]).env("INCAMERA_AUDIT_BUILD", "1");
    }
    if kind.few_voices {
        cargo.args(["--features", "few-voices"]);
    }
    if !kind.quick {
        without_places(&mut cargo, places, Some("wasm32-unknown-unknown"))?;
    }
    cargo.envs(settings.iter().copied());
    // RUSTFLAGS would replace what .cargo/config.toml says about this target.
    must(cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS"))?;
    let folder = if kind.quick { "debug" } else { "wasm" };
    Ok(places.target.join("wasm32-unknown-unknown").join(folder).join(format!("{library}.wasm")))
}

/// The filter for noise: a module without imports, which needs none of wasm-bindgen's glue and nothing of its names.
fn noise_filter(places: &Places, kind: Kind) -> Outcome<PathBuf> {
    let plain = Kind { quick: kind.quick, ..Kind::default() };
    compile(places, ("incamera-noise", "noise"), plain, &[("CARGO_PROFILE_WASM_STRIP", "symbols")])
}

/// wasm-bindgen's part: `NAME.js` and `NAME_bg.wasm`.
fn bind(module: &Path, name: &str, into: &Path, kind: Kind) -> Outcome {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(module).out_name(name).typescript(false).web(true)?;
    bindgen.keep_debug(kind.quick).remove_name_section(!kind.quick).remove_producers_section(true);
    bindgen.generate(into)?;
    let built = into.join(format!("{name}_bg.wasm"));
    let mut wasm = fs::read(&built)?;
    without_folder(&mut wasm);
    Ok(fs::write(built, wasm)?)
}

/// Begins the name of an export that nobody calls, for a tool that is not used here (`wasm_split_macros`). It ends in a hash of the folder in which cargo
/// keeps that crate, the only trace of a folder that no flag takes out.
const MARKER: &[u8] = b"_WASM_SPLIT_MARKER_";
/// Hexadecimal digits of that hash.
const MARKER_DIGITS: usize = 16;

/// Puts zeros in place of the hash: names keep their lengths, and the module its form.
fn without_folder(wasm: &mut [u8]) {
    let begins = |window: &[u8]| window.starts_with(MARKER) && window[MARKER.len()..].iter().all(u8::is_ascii_hexdigit);
    let whole = MARKER.len() + MARKER_DIGITS;
    let found: Vec<usize> =
        wasm.windows(whole).enumerate().filter(|(_, window)| begins(window)).map(|(at, _)| at + MARKER.len()).collect();
    for at in found {
        wasm[at..at + MARKER_DIGITS].fill(b'0');
    }
}

fn copy_tree(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Gives each compressible file of `tree` its twin and the sum of what a browser downloads. `before` is the last
/// build: packing at full strength takes seconds, so what has not changed since is taken from there.
fn pack_tree(tree: &Path, before: &Path, kind: Kind) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(tree)?.collect::<Result<Vec<_>, _>>()? {
        let (path, old) = (entry.path(), before.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            bytes += pack_tree(&path, &old, kind)?;
        } else if is_compressible(&path) {
            let plain = fs::read(&path)?;
            let packed = match packed_before(&plain, &old) {
                Some(packed) => packed,
                None => pack(&plain, if kind.quick && plain.len() > 1_000_000 { 4 } else { 11 })?,
            };
            bytes += packed.len() as u64;
            fs::write(twin(&path), packed)?;
        } else {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

/// Fonts (woff2) and pictures (png) are compressed by their own format.
fn is_compressible(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    ["wasm", "js", "css", "html", "svg", "json", "webmanifest", "txt", "ftl", "ico"].contains(&extension.as_str())
}

fn twin(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".br");
    name.into()
}

fn packed_before(plain: &[u8], old: &Path) -> Option<Vec<u8>> {
    (fs::read(old).ok()? == plain).then(|| fs::read(twin(old)).ok()).flatten()
}

fn pack(plain: &[u8], quality: i32) -> Outcome<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams { quality, lgwin: 22, size_hint: plain.len(), ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*plain, &mut packed, &parameters)?;
    Ok(packed)
}

/// True if both folders hold the same files with the same bytes.
fn same_tree(one: &Path, other: &Path) -> Outcome<bool> {
    let names = |folder: &Path| -> Outcome<Vec<_>> {
        let mut names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<Outcome<Vec<_>>>()?;
        names.sort();
        Ok(names)
    };
    if !other.is_dir() || names(one)? != names(other)? {
        return Ok(false);
    }
    for name in names(one)? {
        let (left, right) = (one.join(&name), other.join(&name));
        let same = if left.is_dir() { same_tree(&left, &right)? } else { right.is_file() && fs::read(left)? == fs::read(right)? };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts the fresh directory where the old one was.
fn replace(fresh: &Path, directory: &Path) -> Outcome {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    Ok(fs::rename(fresh, directory)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_folder_becomes_zeros_and_nothing_else_does() {
        let mut wasm =
            b"\x2a_WASM_SPLIT_MARKER_732e786d2a082da8version\x03 _WASM_SPLIT_MARKER_ is not one _WASM_SPLIT_MARKER_12".to_vec();
        without_folder(&mut wasm);
        assert_eq!(
            wasm,
            b"\x2a_WASM_SPLIT_MARKER_0000000000000000version\x03 _WASM_SPLIT_MARKER_ is not one _WASM_SPLIT_MARKER_12"
        );
    }
}
