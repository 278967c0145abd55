//! Words: every sentence of the interface comes from `locales/*.ftl` (Fluent), which translators edit.
//!
//! Invariant: both languages hold the same messages with the same variables; a test compares them.

use crypto::name::Language;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// English.
    #[default]
    English,
    /// French.
    French,
}

impl Tongue {
    /// All there are, in the order they are offered.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::French];

    /// The BCP 47 tag, for `lang` attributes.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// The language's name in itself.
    pub(crate) fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Français",
        }
    }

    /// The word lists that go with it.
    pub(crate) fn word_list(self) -> Language {
        match self {
            Self::English => Language::English,
            Self::French => Language::French,
        }
    }

    /// The language of a tag such as `fr-CA`; nothing when we do not speak it.
    fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|tongue| tongue.tag().eq_ignore_ascii_case(language))
    }

    /// What to speak: `?lang=` if it names a language we know, else the first of the browser's that we do, else English.
    pub(crate) fn choose<'a>(query: &str, browser: impl IntoIterator<Item = &'a str>) -> Self {
        let asked = query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix("lang="));
        asked.and_then(Self::of_tag).or_else(|| browser.into_iter().find_map(Self::of_tag)).unwrap_or_default()
    }
}

/// Values that a message takes.
pub(crate) type Values<'a> = &'a [(&'static str, FluentValue<'a>)];

/// The text of a message. A message that a file lacks is a bug; the person then sees its id rather than nothing.
pub(crate) fn text(tongue: Tongue, id: &str, values: Values<'_>) -> String {
    let bundle = match tongue {
        Tongue::English => &*ENGLISH,
        Tongue::French => &*FRENCH,
    };
    let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else { return id.to_owned() };
    let args: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, value.clone())).collect();
    bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
}

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Tongue::English, ENGLISH_FILE));
static FRENCH: LazyLock<Bundle> = LazyLock::new(|| bundle(Tongue::French, FRENCH_FILE));

const ENGLISH_FILE: &str = include_str!("../../locales/en.ftl");
const FRENCH_FILE: &str = include_str!("../../locales/fr.ftl");

fn bundle(tongue: Tongue, file: &str) -> Bundle {
    // A file with errors keeps the messages that are right; the tests refuse such a file.
    let resource = FluentResource::try_new(file.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let language = tongue.tag().parse::<LanguageIdentifier>().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // The marks around values are for mixed writing directions; screen readers and tests stumble over them.
    bundle.set_use_isolating(false);
    let _ = bundle.add_resource(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Each message and the variables it names.
    fn messages(file: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            if let Some((id, _)) = line.split_once(" = ").filter(|(id, _)| !id.starts_with(' ')) {
                current = id.to_owned();
                assert!(all.insert(current.clone(), BTreeSet::new()).is_none(), "{id} is there twice");
            }
            let names = line.split('$').skip(1).map(|rest| rest.chars().take_while(|c| c.is_alphanumeric()).collect());
            all.entry(current.clone()).or_default().extend(names);
        }
        all
    }

    #[test]
    fn both_files_parse_without_an_error() {
        for file in [ENGLISH_FILE, FRENCH_FILE] {
            assert!(FluentResource::try_new(file.to_owned()).is_ok());
        }
    }

    #[test]
    fn both_languages_hold_the_same_messages_with_the_same_variables() {
        let (english, french) = (messages(ENGLISH_FILE), messages(FRENCH_FILE));
        let ids = |all: &BTreeMap<String, _>| all.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(ids(&english), ids(&french));
        for (id, variables) in &english {
            assert_eq!(Some(variables), french.get(id), "variables of {id}");
        }
    }

    /// Every source file of the interface.
    fn sources() -> Vec<(String, String)> {
        fn walk(folder: &std::path::Path, into: &mut Vec<(String, String)>) {
            for entry in std::fs::read_dir(folder).expect("the sources are there").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    walk(&path, into);
                } else {
                    into.push((path.display().to_string(), std::fs::read_to_string(&path).expect("a text file")));
                }
            }
        }
        let mut all = Vec::new();
        walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui"), &mut all);
        all
    }

    #[test]
    fn every_message_that_the_code_names_exists() {
        let english = messages(ENGLISH_FILE);
        for (file, source) in sources() {
            let asked = ["ui.t(\"", "say(\"", "say_now(\""]
                .into_iter()
                .flat_map(|call| source.split(call).skip(1))
                .filter_map(|rest| rest.split('"').next());
            let passed_on =
                source.split('"').filter(|quoted| quoted.split_once('-').is_some_and(|(group, _)| GROUPS.contains(&group)));
            for id in
                asked.chain(passed_on).filter(|id| id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
            {
                assert!(english.contains_key(id) || id.is_empty(), "{file} names {id}");
            }
        }
    }

    /// First parts of ids that are not class names, ids or attributes as well.
    const GROUPS: &[&str] =
        &["portal", "level", "refused", "joining", "end", "alone", "differ", "said", "after", "trust", "keys", "person"];

    #[test]
    fn every_message_is_used() {
        let sources = sources();
        for id in messages(ENGLISH_FILE).keys().filter(|id| !id.is_empty()) {
            let quoted = format!("\"{id}\"");
            assert!(
                sources.iter().any(|(file, source)| !file.ends_with("i18n.rs") && source.contains(&quoted)),
                "nothing says {id}"
            );
        }
    }

    #[test]
    fn plurals_and_values_are_filled_in() {
        assert_eq!(text(Tongue::English, "people-count", &[("count", 1.into())]), "1 person");
        assert_eq!(text(Tongue::French, "people-count", &[("count", 9.into())]), "9 personnes");
        assert_eq!(text(Tongue::English, "tile-me", &[("name", "Nora".into())]), "Nora, you");
    }

    #[test]
    fn french_keeps_its_spaces_before_punctuation() {
        let values = FRENCH_FILE.lines().filter(|line| !line.starts_with('#') && !line.contains("->"));
        for line in values {
            assert!(![" ;", " !", " ?", " :", "« ", " »"].iter().any(|bare| line.contains(bare)), "{line}");
        }
    }

    #[test]
    fn the_query_beats_the_browser_and_the_browser_beats_english() {
        assert_eq!(Tongue::choose("?lang=fr", ["en-GB"]), Tongue::French);
        assert_eq!(Tongue::choose("?x=1&lang=en", ["fr"]), Tongue::English);
        assert_eq!(Tongue::choose("?lang=eo", ["de", "fr-CA", "en"]), Tongue::French);
        assert_eq!(Tongue::choose("", ["de"]), Tongue::English);
    }
}
