//! `incamera config show`: the whole commented file, with the values in force and where each comes from.
//!
//! **Invariant:** what is printed is a file that says the same when it is given back with `--config`.

use super::keys::{KEYS, Key};
use super::kinds::Shape;
use super::{Config, Origin, Value};
use std::fmt::Write as _;

const HEAD: &str = "\
# Settings of an Incamera host. `incamera config check` says what is wrong with a file, `incamera config show` prints it anew.
#
# Each setting can also be given as a flag (--public-address 203.0.113.7) or in the environment
# (INCAMERA_PUBLIC_ADDRESS=203.0.113.7; several values with commas in between): flags go before the environment, the environment before
# this file, this file before what holds by default. A setting that is commented out is at its default.
";

/// The file's text.
pub fn show(config: &Config) -> String {
    let mut text = String::from(HEAD);
    let mut heading = "";
    for key in KEYS.iter() {
        if heading != key.heading {
            heading = key.heading;
            let _ = write!(text, "\n\n# ---- {heading} ----\n");
        }
        text.push('\n');
        for line in key.help.lines() {
            let _ = writeln!(text, "# {}", line.trim());
        }
        let reload = if key.live { "Taken over on SIGHUP." } else { "A change takes a restart." };
        let _ = writeln!(text, "# Allowed: {}. {reload}", key.allowed);
        if let Some(value) = config.value(key) {
            let _ = writeln!(text, "{}", line(key, value));
        }
    }
    text
}

fn line(key: &Key, value: &Value) -> String {
    if value.from != Origin::Default {
        return format!("{} = {} # {}", key.name, written(key, &value.texts), value.from);
    }
    let example = [key.value.to_owned()];
    let texts = if key.default.is_empty() { &example[..] } else { &value.texts };
    let note = if key.default.is_empty() { "not set" } else { "default" };
    format!("#{} = {} # {note}", key.name, written(key, texts))
}

/// As TOML.
fn written(key: &Key, texts: &[String]) -> String {
    match (key.shape, texts) {
        (Shape::Number | Shape::Switch, [text]) => text.clone(),
        (Shape::Texts, texts) => format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")),
        (_, texts) => texts.first().map(|text| quoted(text)).unwrap_or_default(),
    }
}

/// A basic string (TOML 1.0 §String).
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => drop(write!(quoted, "\\u{:04X}", u32::from(letter))),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}
