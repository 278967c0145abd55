//! `audits/INVARIANTS.md`, and the table at the end of `crypto/PROTOCOL.md`, against the tests that exist.
//!
//! Invariant: each line of the tables names at least one test, and each test it names exists. A test is named as
//! `` `crate::path::of::test` ``; the check looks for a function of that name that carries a test attribute (or a
//! `proptest!` body) in the crate's own files, in a file or an inline module where that path can lead. The protocol's table leaves out what its
//! tests have in common ([`LEFT_OUT`]).

use crate::Outcome;
use std::fs;
use std::path::{Path, PathBuf};

/// The crates whose tests may be named, and where they live.
const CRATES: [(&str, &str); 9] = [
    ("incamera", "src"),
    ("wire", "wire"),
    ("crypto", "crypto"),
    ("client", "client-wasm"),
    ("noise", "client-wasm/noise"),
    ("tests", "tests"),
    ("xtask", "xtask"),
    ("bench", "benches"),
    ("models", "audits/models"),
];

/// What the protocol's table may leave out before the name of a test.
const LEFT_OUT: [&str; 5] = ["", "crypto::", "crypto::session::tests::", "crypto::admission::", "crypto::group::tests::"];

/// The check.
pub(crate) fn check(root: &Path) -> Outcome {
    let invariants = table(root, "audits/INVARIANTS.md", "", &[""], |row| named_tests(row).collect())?;
    println!("{invariants} invariants, each with a test that exists");
    let rules = table(root, "crypto/PROTOCOL.md", "## 13.", &LEFT_OUT, |row| paths(row).collect())?;
    println!("{rules} rules of the protocol, each with a test that exists");
    Ok(())
}

/// The rows of a file from this line on; an error names what is missing in them.
fn table(root: &Path, file: &str, from: &str, left_out: &[&str], named: fn(&str) -> Vec<&str>) -> Outcome<usize> {
    let text = fs::read_to_string(root.join(file)).map_err(|error| format!("{file}: {error}"))?;
    let part = text.find(from).map_or("", |at| &text[at..]);
    let known = |test: &&str| left_out.iter().any(|before| exists(root, &format!("{before}{test}")));
    let mut complaints = Vec::new();
    let mut rows = 0;
    for row in rows_of(part) {
        rows += 1;
        let tests = named(row);
        if tests.is_empty() {
            complaints.push(format!("{file} names no test: {row}"));
        }
        complaints.extend(tests.iter().filter(|test| !known(test)).map(|test| format!("{file}: no such test: {test}")));
    }
    match (rows, complaints.as_slice()) {
        (0, _) => Err(format!("{file} has no table row that names anything").into()),
        (_, []) => Ok(rows),
        _ => Err(complaints.join("\n").into()),
    }
}

/// Table rows without heads and rules.
fn rows_of(table: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = table.lines().map(str::trim).collect();
    let rules: Vec<bool> = lines.iter().map(|line| line.starts_with('|') && line.chars().all(|c| "|-: ".contains(c))).collect();
    let keep: Vec<&str> = (0..lines.len())
        .filter(|&at| lines[at].starts_with('|') && !rules[at] && !rules.get(at + 1).is_some_and(|&next| next))
        .map(|at| lines[at])
        .collect();
    keep.into_iter()
}

/// What stands in backticks and begins with one of our crates' names.
fn named_tests(row: &str) -> impl Iterator<Item = &str> {
    paths(row).filter(|code| code.split_once("::").is_some_and(|(head, _)| CRATES.iter().any(|(name, _)| *name == head)))
}

/// What stands in backticks and is a path.
fn paths(row: &str) -> impl Iterator<Item = &str> {
    row.split('`').skip(1).step_by(2).filter(|code| code.contains("::"))
}

fn exists(root: &Path, test: &str) -> bool {
    let mut path: Vec<&str> = test.split("::").collect();
    let Some(function) = path.pop() else { return false };
    let Some((_, folder)) = CRATES.iter().find(|(name, _)| *name == path[0]) else { return false };
    let mut files = Vec::new();
    sources(&root.join(folder), &mut files);
    files.iter().any(|file| leads_to(file, &path[1..]) && fs::read_to_string(file).is_ok_and(|text| has_test(&text, function)))
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "target" {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// True when the modules of the path, as far as they are files, lie on the way to this file: each part is either a
/// piece of the file's path (in order), or an inline module of it.
fn leads_to(file: &Path, modules: &[&str]) -> bool {
    let pieces: Vec<String> =
        file.components().map(|part| part.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()).collect();
    let mut at = 0;
    let mut inline = Vec::new();
    for module in modules {
        match pieces[at..].iter().position(|piece| piece == module) {
            Some(found) if inline.is_empty() => at += found + 1,
            _ => inline.push(*module),
        }
    }
    let text = if inline.is_empty() { String::new() } else { fs::read_to_string(file).unwrap_or_default() };
    inline.iter().all(|module| text.contains(&format!("mod {module}")))
}

/// True when the text holds `fn name(` under a test attribute or inside `proptest!`.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(at, line)| {
        let is_function = line.contains(&format!("fn {name}(")) && !line.starts_with("//");
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        is_function && above.into_iter().any(|line| is_test_attribute(line))
    })
}

/// `#[test]`, `#[tokio::test(…)]` and the like; not `#[cfg(test)]`, and not a comment that speaks of tests.
fn is_test_attribute(line: &str) -> bool {
    line.starts_with("#[") && !line.starts_with("#[cfg") && (line.contains("test]") || line.contains("test("))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "| what | proof |\n|---|---|\n| sums are read | `xtask::tally::tests::summaries_are_read` |\n";

    #[test]
    fn rows_and_names_are_found() {
        let rows: Vec<&str> = rows_of(TABLE).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(named_tests(rows[0]).collect::<Vec<_>>(), ["xtask::tally::tests::summaries_are_read"]);
    }

    #[test]
    fn what_a_table_leaves_out_is_filled_in_and_nothing_else() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
        let known = |test: &str| LEFT_OUT.iter().any(|before| exists(root, &format!("{before}{test}")));
        assert!(known("join::ten_wrong_ones_close_the_room_to_passwords"));
        assert!(known("models::budget::tests::a_count_that_a_rejoin_resets_is_no_count"));
        assert!(!known("join::eleven_wrong_ones_close_the_room_to_passwords"));
        assert_eq!(paths("| a rule of `x` | `join::one`, `b` |").collect::<Vec<_>>(), ["join::one"]);
    }

    #[test]
    fn the_tables_of_this_repository_are_in_order() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
        assert_eq!(check(root).map_err(|reason| reason.to_string()), Ok(()));
    }

    #[test]
    fn only_tests_that_exist_are_found() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
        assert!(exists(root, "xtask::tally::tests::summaries_are_read"));
        assert!(!exists(root, "xtask::tally::tests::summaries_are_written"));
        assert!(!exists(root, "xtask::places::tests::summaries_are_read"), "right name, wrong module");
        assert!(!exists(root, "xtask::tally::summary"), "a function that is no test");
        assert!(!exists(root, "nowhere::tally::tests::summaries_are_read"));
    }
}
