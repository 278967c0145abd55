//! Words: every sentence of the interface comes from `locales/*.ftl` (Fluent), which translators edit.
//!
//! Invariant: a language is a file. Each file's messages are among the English ones, with variables that those have too; where a
//! file has no words, the English ones are shown; tests compare them. English is in the program. The others are served beside it,
//! and the one that is wanted is fetched before anything is shown in it: however many there are, nobody downloads but their own.

use super::{browser, ftl};
use crypto::name::Language;
use crypto::sorted::SortedMap;
use std::sync::OnceLock;

/// What the program knows of a language without its file (`build/locales.rs` writes the table).
pub(crate) struct Locale {
    /// The BCP 47 tag, for `lang` attributes; the file's name.
    pub(crate) tag: &'static str,
    /// The language's name in itself.
    pub(crate) name: &'static str,
    /// Whether it is written from right to left.
    rtl: bool,
    french_words: bool,
    /// Tests have all files.
    #[cfg(test)]
    file: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/locales.rs"));

/// A language of the interface: its place in [`LOCALES`]. The first is English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tongue(usize);

impl Tongue {
    /// English.
    const ENGLISH: Self = Self(0);

    /// All there are, in the order they are offered.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..LOCALES.len()).map(Self)
    }

    /// What is known of it without its file.
    pub(crate) fn locale(self) -> &'static Locale {
        LOCALES.get(self.0).unwrap_or(&LOCALES[0])
    }

    /// The BCP 47 tag, for `lang` attributes.
    pub(crate) fn tag(self) -> &'static str {
        self.locale().tag
    }

    /// For `dir` attributes.
    pub(crate) fn direction(self) -> &'static str {
        if self.locale().rtl { "rtl" } else { "ltr" }
    }

    /// The word lists that go with it.
    pub(crate) fn word_list(self) -> Language {
        if self.locale().french_words { Language::French } else { Language::English }
    }

    /// The language of a tag: the same, or (`fr-CA`) the same language elsewhere; nothing when we do not speak it.
    fn of_tag(tag: &str) -> Option<Self> {
        let language = |tag: &'_ str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Self::all()
            .find(|tongue| tongue.tag().eq_ignore_ascii_case(tag))
            .or_else(|| Self::all().find(|tongue| language(tongue.tag()) == language(tag)))
    }

    /// What to speak: `?lang=` if it names a language we know, else the first of the browser's that we do, else English.
    pub(crate) fn choose<'a>(query: &str, browser: impl IntoIterator<Item = &'a str>) -> Self {
        let asked = query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix("lang="));
        asked.and_then(Self::of_tag).or_else(|| browser.into_iter().find_map(Self::of_tag)).unwrap_or_default()
    }
}

/// Fetches the words of a language, unless they are here; false when they cannot be had now.
pub(crate) async fn load(tongue: Tongue) -> bool {
    if tongue == Tongue::ENGLISH || WORDS.get(tongue.0).is_some_and(|words| words.get().is_some()) {
        return true;
    }
    let Some(file) = browser::fetch_text(&format!("locales/{}.ftl", tongue.tag())).await else { return false };
    if let Some(slot) = WORDS.get(tongue.0) {
        let _ = slot.set(read(tongue.locale(), &file));
    }
    true
}

/// A value that a message takes.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// As it is.
    Text(String),
    /// To be counted with.
    Number(u64),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

/// Values that a message takes.
pub(crate) type Values<'a> = &'a [(&'static str, Value)];

/// The text of a message: in English where the language has none. A message that English lacks is a bug; the person then sees its
/// id rather than nothing.
pub(crate) fn text(tongue: Tongue, id: &str, values: Values<'_>) -> String {
    let in_order = [words(tongue), words(Tongue::ENGLISH)];
    in_order.into_iter().flatten().find_map(|words| said(words, id, values)).unwrap_or_else(|| id.to_owned())
}

fn said(words: &Words, id: &str, values: Values<'_>) -> Option<String> {
    let pieces = ftl::pieces(words.messages.get(id)?).ok()?;
    let found = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
    let value = |name: &str, into: &mut String| match found(name) {
        Some(Value::Text(text)) => into.push_str(text),
        Some(Value::Number(number)) => into.push_str(&number.to_string()),
        None => into.push_str(&format!("{{${name}}}")),
    };
    let is = |name: &str, key: &str| match found(name) {
        Some(Value::Text(text)) => text == key,
        Some(Value::Number(number)) => plural::category(words.tag, *number) == key,
        None => false,
    };
    let mut said = String::new();
    ftl::say(&pieces, words.rtl, &value, &is, &mut said);
    Some(said)
}

/// Which form of its words a language uses with a number (CLDR): `one`, `few`, `other` …
#[cfg(target_arch = "wasm32")]
mod plural {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = Intl)]
        type PluralRules;

        #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
        fn new(tag: &str) -> Result<PluralRules, JsValue>;

        #[wasm_bindgen(method)]
        fn select(this: &PluralRules, number: f64) -> String;
    }

    /// As the browser knows it.
    pub(super) fn category(tag: &str, number: u64) -> String {
        PluralRules::new(tag).map_or_else(|_| "other".to_owned(), |rules| rules.select(number as f64))
    }
}

/// The same outside of browsers, for tests.
#[cfg(not(target_arch = "wasm32"))]
mod plural {
    use intl_pluralrules::{PluralCategory, PluralRuleType, PluralRules};
    use unic_langid::LanguageIdentifier;

    pub(super) fn category(tag: &str, number: u64) -> &'static str {
        let rules = tag
            .parse::<LanguageIdentifier>()
            .ok()
            .and_then(|language| PluralRules::create(language, PluralRuleType::CARDINAL).ok());
        match rules.and_then(|rules| rules.select(number as usize).ok()) {
            Some(PluralCategory::ZERO) => "zero",
            Some(PluralCategory::ONE) => "one",
            Some(PluralCategory::TWO) => "two",
            Some(PluralCategory::FEW) => "few",
            Some(PluralCategory::MANY) => "many",
            Some(PluralCategory::OTHER) | None => "other",
        }
    }
}

/// What a file says.
struct Words {
    tag: &'static str,
    /// The marks around values keep mixed writing directions apart; where there is one direction, screen readers stumble over them.
    rtl: bool,
    messages: SortedMap<String, String>,
}

/// The words of each language that were needed so far.
static WORDS: [OnceLock<Words>; LOCALES.len()] = [const { OnceLock::new() }; LOCALES.len()];

const ENGLISH_FILE: &str = include_str!(concat!(env!("OUT_DIR"), "/en.ftl"));

fn words(tongue: Tongue) -> Option<&'static Words> {
    let slot = WORDS.get(tongue.0)?;
    if tongue == Tongue::ENGLISH {
        return Some(slot.get_or_init(|| read(tongue.locale(), ENGLISH_FILE)));
    }
    #[cfg(test)]
    slot.get_or_init(|| read(tongue.locale(), tongue.locale().file));
    slot.get()
}

/// The build refuses a file with something that is not understood ([`ftl::check`]).
fn read(locale: &Locale, file: &str) -> Words {
    let messages = ftl::messages(file).map(|(id, text)| (id.to_owned(), text.to_owned())).collect();
    Words { tag: locale.tag, rtl: locale.rtl, messages }
}

#[cfg(test)]
#[path = "../../build/locales.rs"]
mod locales;

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::sorted::SortedSet;
    use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

    /// Each message and the variables it names.
    fn messages(file: &str) -> SortedMap<String, SortedSet<String>> {
        let mut all: SortedMap<String, SortedSet<String>> = SortedMap::new();
        let mut current = String::new();
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            if let Some((id, _)) = line.split_once(" = ").filter(|(id, _)| !id.starts_with(' ')) {
                current = id.to_owned();
                assert!(all.insert(current.clone(), SortedSet::new()).is_none(), "{id} is there twice");
            }
            let names = line.split('$').skip(1).map(|rest| rest.chars().take_while(|c| c.is_alphanumeric()).collect());
            if !current.is_empty() {
                all.entry(current.clone()).or_default().extend(names);
            }
        }
        all
    }

    /// What is wrong with a translation: messages or variables that English has not.
    fn strange_in(file: &str) -> Vec<String> {
        let english = messages(ENGLISH_FILE);
        let own = messages(file);
        let strange = own.iter().filter(|(id, variables)| english.get(*id).is_none_or(|known| !variables.is_subset(known)));
        strange.map(|(id, _)| id.clone()).collect()
    }

    fn tongue(tag: &str) -> Tongue {
        Tongue::of_tag(tag).unwrap_or_else(|| panic!("{tag} is there"))
    }

    #[test]
    fn every_file_parses_and_says_nothing_that_english_does_not_say() {
        for locale in &LOCALES {
            assert!(FluentResource::try_new(locale.file.to_owned()).is_ok(), "{}", locale.tag);
            assert_eq!(ftl::check(locale.file), Ok(()), "{}", locale.tag);
            assert_eq!(strange_in(locale.file), Vec::<String>::new(), "{}", locale.tag);
        }
        assert_eq!(strange_in("close = Zu\nnew-here = x\ntile-me = { $who }\n"), ["new-here", "tile-me"]);
    }

    #[test]
    fn english_and_french_are_complete() {
        let (english, french) = (messages(ENGLISH_FILE), messages(tongue("fr").locale().file));
        let ids = |all: &SortedMap<String, _>| all.keys().cloned().collect::<SortedSet<_>>();
        assert_eq!(ids(&english), ids(&french));
        for (id, variables) in &english {
            assert_eq!(Some(variables), french.get(id), "variables of {id}");
        }
    }

    #[test]
    fn every_message_is_said_as_fluent_says_it() {
        let texts = ["on", "off", "Nora", ""];
        for (locale, rtl) in LOCALES.iter().flat_map(|locale| [(locale, false), (locale, true)]) {
            let mut words = read(locale, locale.file);
            words.rtl = rtl;
            let mut bundle = FluentBundle::new_concurrent(vec![locale.tag.parse().expect("a tag")]);
            bundle.set_use_isolating(rtl);
            bundle.add_resource(FluentResource::try_new(locale.file.to_owned()).expect("a file")).expect("no message twice");
            for (id, variables) in &messages(locale.file) {
                let pattern = bundle.get_message(id).and_then(|message| message.value()).expect("a message");
                let compare = |ours: &dyn Fn() -> Value, theirs: &dyn Fn() -> FluentValue<'static>| {
                    let args: FluentArgs<'_> = variables.iter().map(|name| (name.as_str(), theirs())).collect();
                    let names: Vec<&'static str> = variables.iter().map(|name| &*name.clone().leak()).collect();
                    let values: Vec<_> = names.into_iter().map(|name| (name, ours())).collect();
                    let expected = bundle.format_pattern(pattern, Some(&args), &mut Vec::new());
                    assert_eq!(said(&words, id, &values).as_deref(), Some(&*expected), "{id}");
                };
                texts.iter().for_each(|text| compare(&|| (*text).into(), &|| FluentValue::from(*text)));
                (0..=21_usize).chain([100, 101, 1_000_000]).for_each(|number| compare(&|| number.into(), &|| number.into()));
            }
        }
    }

    #[test]
    fn what_only_the_whole_of_fluent_knows_is_refused_with_its_line() {
        let good = "# A remark\na = x\n\nb = { $n ->\n    [one] y { $n }\n   *[other] z\n} end\n    goes on\n";
        assert_eq!(ftl::check(good), Ok(()));
        for (wrong, line) in [
            ("a = x\n-term = y\n", 2),
            ("a = x\n    .title = y\n", 2),
            ("a = x\n  goes on\n", 2),
            ("a = { -term }\n", 1),
            ("a = x\nb = { NUMBER($n) }\n", 2),
            ("a = { \"{\" }\n", 1),
            ("a = x }\n", 1),
            ("a =\n", 1),
            ("a = { $n ->\n    [one] x\n    [other] y\n}\n", 4),
            ("a = { $n ->\n   *[other] { $m ->\n   *[x] y\n}\n}\n", 5),
            ("a = { $n ->\n    [0] x\n   *[other] y\n}\n", 2),
            ("a b = x\n", 1),
            ("a = x\n?\n", 2),
        ] {
            assert_eq!(ftl::check(wrong).map_err(|(line, _)| line), Err(line), "{wrong}");
        }
    }

    /// A language that nobody speaks, from right to left: every English word backwards, its variables left alone; one message is
    /// missing.
    fn pseudo() -> String {
        let mut file = String::from("language-name = hsilgnE\nlanguage-direction = rtl\nlanguage-words = en\n");
        for line in ENGLISH_FILE.lines().filter(|line| !line.starts_with(['#', ' ', '}']) && !line.starts_with("language-")) {
            let Some((id, value)) = line.split_once(" = ").filter(|(_, value)| !value.contains("->")) else { continue };
            let word = |word: &str| if word.contains(['{', '}', '$']) { word.to_owned() } else { word.chars().rev().collect() };
            let value = value.split(' ').map(word).collect::<Vec<_>>().join(" ");
            if id != "close" {
                file.push_str(&format!("{id} = {value}\n"));
            }
        }
        file
    }

    #[test]
    fn a_file_in_the_folder_is_a_language_and_what_it_lacks_is_said_in_english() {
        let folder = std::env::temp_dir().join(format!("incamera-locales-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        for (name, text) in [("en.ftl", ENGLISH_FILE), ("x-pseudo.ftl", &pseudo()), ("ar.txt", "no language")] {
            std::fs::write(folder.join(name), text).expect("a file");
        }
        let found = locales::languages(&folder).expect("languages");
        std::fs::remove_dir_all(&folder).expect("a folder");
        let named: Vec<_> = found.iter().map(|(named, _)| (named.tag.as_str(), named.name.as_str(), named.rtl)).collect();
        assert_eq!(named, [("en", "English", false), ("x-pseudo", "hsilgnE", true)]);
        assert!(locales::table(&found).contains("tag: \"x-pseudo\", name: \"hsilgnE\", rtl: true, french_words: false"));
        let locale = Locale { tag: "x-pseudo", name: "hsilgnE", rtl: true, french_words: false, file: "" };
        assert_eq!(strange_in(&pseudo()), Vec::<String>::new());
        let words_of_it = read(&locale, &pseudo());
        assert_eq!(said(&words_of_it, "try-again", &[]).as_deref(), Some("yrT niaga"));
        // Values are kept apart from the writing around them.
        assert_eq!(said(&words_of_it, "tile-me", &[("name", "Nora".into())]).as_deref(), Some("\u{2068}Nora\u{2069}, uoy"));
        assert_eq!(said(&words_of_it, "close", &[]), None);
        let in_order = [&words_of_it, words(Tongue::ENGLISH).expect("English")];
        assert_eq!(in_order.into_iter().find_map(|words| said(words, "close", &[])).as_deref(), Some("Close"));
    }

    #[test]
    fn a_file_that_does_not_name_its_language_is_refused() {
        let whole = "language-name = X\nlanguage-direction = ltr\nlanguage-words = en\n";
        assert!(locales::named("x", whole).is_ok());
        for wrong in ["language-name = X\n", &whole.replace("ltr", "up"), &whole.replace("words = en", "words = de"), ""] {
            assert!(locales::named("x", wrong).is_err(), "{wrong}");
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
        // What a file says of itself is read at build time.
        let said = |id: &&String| !id.is_empty() && !id.starts_with("language-");
        for id in messages(ENGLISH_FILE).keys().filter(said) {
            let quoted = format!("\"{id}\"");
            assert!(
                sources.iter().any(|(file, source)| !file.ends_with("i18n.rs") && source.contains(&quoted)),
                "nothing says {id}"
            );
        }
    }

    #[test]
    fn plurals_and_values_are_filled_in() {
        assert_eq!(text(Tongue::ENGLISH, "people-count", &[("count", 1_usize.into())]), "1 person");
        assert_eq!(text(tongue("fr"), "people-count", &[("count", 9_usize.into())]), "9 personnes");
        assert_eq!(text(Tongue::ENGLISH, "tile-me", &[("name", "Nora".into())]), "Nora, you");
    }

    #[test]
    fn french_keeps_its_spaces_before_punctuation() {
        let values = tongue("fr").locale().file.lines().filter(|line| !line.starts_with('#') && !line.contains("->"));
        for line in values {
            assert!(![" ;", " !", " ?", " :", "« ", " »"].iter().any(|bare| line.contains(bare)), "{line}");
        }
    }

    #[test]
    fn the_query_beats_the_browser_and_the_browser_beats_english() {
        assert_eq!(Tongue::choose("?lang=fr", ["en-GB"]), tongue("fr"));
        assert_eq!(Tongue::choose("?x=1&lang=en", ["fr"]), Tongue::ENGLISH);
        assert_eq!(Tongue::choose("?lang=eo", ["de", "fr-CA", "en"]), tongue("fr"));
        assert_eq!(Tongue::choose("", ["de"]), Tongue::ENGLISH);
    }
}
