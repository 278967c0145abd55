//! The sentences of the interface, by their names.
//!
//! Invariant: they are read from the files that the client is built with, so that a journey in another language presses what stands there.

use std::collections::BTreeMap;
use std::path::Path;

/// One language of the interface.
#[derive(Debug)]
pub struct Phrases {
    /// The BCP 47 tag.
    pub tag: String,
    said: BTreeMap<String, String>,
}

impl Phrases {
    /// The language of this tag.
    ///
    /// # Panics
    /// When there is no such file.
    pub fn of(tag: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client-wasm/locales").join(format!("{tag}.ftl"));
        let file = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let entries = file.lines().filter_map(|line| line.split_once(" = "));
        let said = entries.filter(|(id, _)| !id.starts_with([' ', '#'])).map(|(id, text)| (id.to_owned(), text.to_owned()));
        Self { tag: tag.to_owned(), said: said.collect() }
    }

    /// A sentence of one line without values.
    ///
    /// # Panics
    /// When there is no such sentence.
    pub fn say(&self, id: &str) -> &str {
        self.said.get(id).unwrap_or_else(|| panic!("{} has no message {id}", self.tag))
    }

    /// A sentence about somebody, or with another single value.
    ///
    /// # Panics
    /// When there is no such sentence.
    pub fn about(&self, id: &str, value: &str) -> String {
        let text = self.say(id);
        match (text.find('{'), text.find('}')) {
            (Some(from), Some(to)) if from < to => format!("{}{value}{}", &text[..from], &text[to + 1..]),
            _ => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_file_is_said() {
        let (english, french) = (Phrases::of("en"), Phrases::of("fr"));
        assert_eq!((english.say("leave"), french.say("language-words")), ("Leave", "fr"));
        assert_eq!(english.about("actions-for", "Ada"), "Actions for Ada");
    }
}
