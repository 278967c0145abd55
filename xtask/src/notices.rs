//! What the licences of others ask of who hands out their work: to be named, and their text to go along.
//!
//! Invariant: every package that is linked into the host or into the client that it serves is listed, with each licence text that it brings.

use crate::Outcome;
use crate::places::{Places, capture};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// How files with such texts begin, in small letters.
const NAMES: [&str; 5] = ["license", "licence", "copying", "copyright", "notice"];

/// The whole text: our own words first, then everybody else's.
pub(crate) fn licences(places: &Places) -> Outcome<String> {
    let mut text = String::from("Incamera\nCopyright: the Incamera contributors\nLicense: Apache-2.0 or MIT, as you choose\n");
    for own in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let _ = write!(text, "\n{}\n", fs::read_to_string(places.root.join(own))?);
    }
    let font = fs::read_to_string(places.root.join("client-wasm/static/OFL.txt"))?;
    let _ = write!(text, "\n---- The typeface of the page: Atkinson Hyperlegible Next ----\n\n{font}\n");
    text.push_str(&others(places)?);
    Ok(text)
}

/// Everything from crates.io that is linked, and the texts; a text that several bring stands once.
fn others(places: &Places) -> Outcome<String> {
    let mut packages = BTreeMap::new();
    let here = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let page = "wasm32-unknown-unknown";
    // The programs that a host carries, and where each of them runs.
    for (program, target) in [("incamera", here.as_str()), ("incamera-client", page), ("incamera-noise", page)] {
        packages.extend(linked(places, program, target)?);
    }
    let mut text = String::from("\n---- What is linked into the program, or into the page that it serves ----\n\n");
    let mut texts: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (name, Package { license, folder }) in &packages {
        let _ = writeln!(text, "{name}: {license}");
        for found in texts_in(folder)? {
            texts.entry(found).or_default().insert(name);
        }
    }
    for (found, names) in texts {
        let names: Vec<&str> = names.into_iter().collect();
        let _ = write!(text, "\n---- {} ----\n\n{found}\n", names.join(", "));
    }
    Ok(text)
}

struct Package {
    license: String,
    folder: PathBuf,
}

/// Packages that only build, and leave what they know in the program: lists of words, tables of Unicode (`crypto/build.rs`).
const TABLES_OF: [&str; 3] = ["bip39", "precis_profiles", "unicode_normalization"];

/// The packages of others below `program`, by name and version: what is linked or leaves its tables there, not what only builds or tests.
fn linked(places: &Places, program: &str, target: &str) -> Outcome<BTreeMap<String, Package>> {
    let mut cargo = places.cargo();
    cargo.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", target]);
    let metadata: Value = serde_json::from_str(&capture(&mut cargo)?)?;
    let packages = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let root = packages.iter().find(|(_, package)| package["name"] == program && package["source"].is_null());
    let (root, _) = root.ok_or_else(|| format!("cargo knows no package {program}"))?;
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![*root]);
    while let Some(id) = waiting.pop() {
        if seen.insert(id) {
            waiting.extend(nodes.get(id).into_iter().flat_map(|node| needed(node)));
        }
    }
    if seen.len() < 20 {
        return Err(format!("{program} is linked from {} packages only: that cannot be", seen.len()).into());
    }
    let foreign = seen.iter().filter_map(|id| packages.get(id)).filter(|package| !package["source"].is_null());
    Ok(foreign.filter_map(|package| read(package)).collect())
}

fn by_id(list: &Value) -> HashMap<&str, &Value> {
    list.as_array().into_iter().flatten().filter_map(|one| Some((one["id"].as_str()?, one))).collect()
}

/// Normal dependencies, whose kind is null, and [`TABLES_OF`].
fn needed(node: &Value) -> impl Iterator<Item = &str> {
    let is_linked = |dependency: &&Value| {
        let leaves_tables = TABLES_OF.iter().any(|name| dependency["name"] == *name);
        let kinds = dependency["dep_kinds"].as_array();
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null() || leaves_tables && kind["kind"] == "build"))
    };
    node["deps"].as_array().into_iter().flatten().filter(is_linked).filter_map(|dependency| dependency["pkg"].as_str())
}

fn read(package: &Value) -> Option<(String, Package)> {
    let name = format!("{} {}", package["name"].as_str()?, package["version"].as_str()?);
    let folder = Path::new(package["manifest_path"].as_str()?).parent()?.to_path_buf();
    Some((name, Package { license: package["license"].as_str().unwrap_or("see its text").to_owned(), folder }))
}

fn texts_in(folder: &Path) -> Outcome<Vec<String>> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()? {
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        if entry.file_type()?.is_file() && NAMES.iter().any(|start| name.starts_with(start)) {
            texts.push(String::from_utf8_lossy(&fs::read(entry.path())?).trim().replace("\r\n", "\n"));
        }
    }
    Ok(texts)
}
