//! What the pages for those who run a host (`docs/hosting`) say about settings holds.

use super::keys::{KEYS, Settings};
use super::{Config, Given, file};
use std::path::{Path, PathBuf};

const LANGUAGES: [&str; 2] = ["en", "fr"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/hosting")
}

fn pages(language: &str) -> Vec<(String, String)> {
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap())
    };
    let mut pages: Vec<_> = std::fs::read_dir(folder().join(language)).unwrap().map(read).collect();
    pages.sort();
    pages
}

/// What stands between fences of this kind.
fn blocks<'a>(page: &'a str, kind: &str) -> Vec<&'a str> {
    let opened = page.split("\n```").skip(1).step_by(2);
    opened.filter_map(|block| block.split_once('\n')).filter(|(of, _)| *of == kind).map(|(_, text)| text).collect()
}

/// A block without what is said to people: notes behind `#`, and the blanks before them.
fn bare(block: &str) -> Vec<&str> {
    block.lines().map(|line| line.split(" #").next().unwrap_or_default().trim_end()).collect()
}

#[test]
fn every_page_is_in_both_languages_with_the_same_commands() {
    let [english, french] = LANGUAGES.map(pages);
    assert!(english.len() > 5);
    for ((name, one), (twin, other)) in english.iter().zip(&french) {
        assert_eq!(name, twin);
        for kind in ["sh", "toml", "nginx", "caddyfile"] {
            let both = [one, other].map(|page| blocks(page, kind).into_iter().map(bare).collect::<Vec<_>>());
            assert_eq!(both[0], both[1], "{name}: {kind}");
        }
    }
    assert_eq!(english.len(), french.len());
}

#[test]
fn settings_that_pages_name_exist() {
    let mut seen = 0;
    for (name, text) in LANGUAGES.iter().flat_map(|language| pages(language)) {
        let words: Vec<&str> = text.split(|letter: char| !letter.is_ascii_alphanumeric() && !"-_".contains(letter)).collect();
        for variable in words.iter().filter(|word| word.starts_with("INCAMERA_")) {
            assert!(KEYS.iter().any(|key| key.variable == *variable), "{name}: {variable}");
            seen += 1;
        }
        let commands = blocks(&text, "sh").into_iter().flat_map(str::lines).filter(|line| line.starts_with("incamera serve"));
        for flag in commands.flat_map(|line| line.split(' ')).filter_map(|word| word.strip_prefix("--")) {
            assert!(KEYS.iter().any(|key| key.name == flag), "{name}: --{flag}");
            seen += 1;
        }
        for block in blocks(&text, "toml") {
            let mut mistakes = Vec::new();
            let values = file::values(Path::new(&name), block, &mut mistakes);
            assert!(mistakes.is_empty(), "{name}: {mistakes:?}");
            let wrong = KEYS.iter().find(|key| values.get(key.name.as_str()).is_some_and(|value| !(key.allows)(&value.texts)));
            assert!(wrong.is_none(), "{name}: {wrong:?}");
            seen += values.len();
        }
    }
    assert!(seen > 30, "only {seen} were found");
}

#[test]
fn limits_that_pages_call_live_are() {
    for name in ["connections", "connections-per-address", "bandwidth", "bandwidth-per-person"] {
        assert!(KEYS.iter().any(|key| key.name == name && key.live), "{name}");
    }
    let default = Config::load(&Given { file: Some("/dev/null".into()), ..Given::default() }, |_| None).unwrap();
    let Settings { connections, people_per_room, .. } = default.settings;
    assert_eq!((connections.get(), people_per_room.get()), (20_000, 512));
}
