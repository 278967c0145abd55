//! Reads `locales/*.ftl` and writes the table of languages that the program has.
//!
//! Invariant: a language is there because its file is, and for no other reason. English comes first and is inside the program;
//! the others are in the table by name, and served beside the program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The language that is always there, and whose words stand where another file has none.
const FIRST: &str = "en";

/// What a file says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its BCP 47 tag: the file's name.
    pub(crate) tag: String,
    /// What the language calls itself (`language-name`).
    pub(crate) name: String,
    /// Whether it is written from right to left (`language-direction = rtl`).
    pub(crate) rtl: bool,
    /// Whether names of rooms, passwords and safety codes are drawn from the French words (`language-words = fr`) or the English.
    pub(crate) french_words: bool,
}

/// All languages of a folder, the first one first, the others by tag; each with its file.
///
/// # Errors
/// When a file cannot be read, or does not say what it must of itself.
pub(crate) fn languages(folder: &Path) -> io::Result<Vec<(Named, PathBuf)>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "ftl") {
            let tag = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            all.push((named(&tag, &fs::read_to_string(&path)?).map_err(io::Error::other)?, path));
        }
    }
    all.sort_by(|(one, _), (other, _)| (one.tag != FIRST, &one.tag).cmp(&(other.tag != FIRST, &other.tag)));
    Ok(all)
}

/// What the text of one file says of itself.
///
/// # Errors
/// In words, for whoever wrote the file.
pub(crate) fn named(tag: &str, file: &str) -> Result<Named, String> {
    let value = |id: &str| {
        let told = file.lines().find_map(|line| line.strip_prefix(id)?.trim_start().strip_prefix('='));
        told.map(|told| told.trim().to_owned())
            .filter(|told| !told.is_empty())
            .ok_or(format!("{tag}.ftl does not say `{id} = …`"))
    };
    let one_of = |id: &str, yes: &str, no: &str| match value(id)? {
        told if told == yes => Ok(true),
        told if told == no => Ok(false),
        told => Err(format!("{tag}.ftl: {id} is `{yes}` or `{no}`, not `{told}`")),
    };
    Ok(Named {
        tag: tag.to_owned(),
        name: value("language-name")?,
        rtl: one_of("language-direction", "rtl", "ltr")?,
        french_words: one_of("language-words", "fr", "en")?,
    })
}

/// The source text of the table that `src/ui/i18n.rs` includes.
pub(crate) fn table(languages: &[(Named, PathBuf)]) -> String {
    let mut text = String::from("[\n");
    for (Named { tag, name, rtl, french_words }, path) in languages {
        let test = format!("#[cfg(test)] file: include_str!({path:?})");
        let line = format!("Locale {{ tag: {tag:?}, name: {name:?}, rtl: {rtl}, french_words: {french_words}, {test} }},");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    {line}");
    }
    text.push(']');
    text
}
