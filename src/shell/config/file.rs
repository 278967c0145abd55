//! The file: TOML without sections.
//!
//! **Invariant:** every line of it is understood or named as a [`Mistake`].

use super::keys::{KEYS, Key};
use super::kinds::Shape;
use super::{Mistake, Origin, Value};
use std::collections::HashMap;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// The values in a file's text. What is wrong with it is added to the mistakes.
pub(super) fn values(path: &Path, text: &str, mistakes: &mut Vec<Mistake>) -> HashMap<&'static str, Value> {
    let at = |place: usize| {
        let before = text.as_bytes().get(..place).unwrap_or(text.as_bytes());
        Origin::File(path.to_owned(), 1 + before.iter().filter(|byte| **byte == b'\n').count())
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let from = at(error.span().map_or(0, |span| span.start));
        mistakes.push(Mistake::Form { from, what: error.message().to_owned() });
    }
    let mut values = HashMap::new();
    for (name, value) in table.into_inner() {
        let from = at(name.span().start);
        let name = name.into_inner();
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            mistakes.push(match value.get_ref() {
                DeValue::Table(_) => Mistake::Form { from, what: format!("[{name}]: settings stand in no section") },
                _ => Mistake::Unknown { from, name: name.into_owned() },
            });
            continue;
        };
        match texts(key, value.get_ref()) {
            Some(texts) => drop(values.insert(key.name.as_str(), Value { texts, from })),
            None => mistakes.push(wrong(key, from, text.get(value.span()).unwrap_or_default())),
        }
    }
    values
}

/// The texts of a value that stands as it must. Numbers come as they are written in decimals.
fn texts(key: &Key, value: &DeValue<'_>) -> Option<Vec<String>> {
    let text = |value: &DeValue<'_>| value.as_str().map(str::to_owned);
    match key.shape {
        Shape::Text => text(value).map(|text| vec![text]),
        Shape::Number => value.as_integer().filter(|number| number.radix() == 10).map(|number| vec![number.as_str().to_owned()]),
        Shape::Switch => value.as_bool().map(|switch| vec![switch.to_string()]),
        Shape::Texts => match value.as_array() {
            Some(list) => list.iter().map(|one| text(one.get_ref())).collect(),
            None => text(value).map(|text| vec![text]),
        },
    }
}

fn wrong(key: &'static Key, from: Origin, written: &str) -> Mistake {
    let given = written.chars().take(80).collect();
    let allowed = match key.shape {
        Shape::Text => "text in quotation marks",
        Shape::Number | Shape::Switch => key.allowed,
        Shape::Texts => "a list of texts, [\"…\", \"…\"]",
    };
    Mistake::Value { from, name: &key.name, given, allowed }
}
