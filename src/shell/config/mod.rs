//! The configuration: flags before environment before file before default.
//!
//! **Invariant:** the host starts with values that were all understood, or not at all. What is wrong is named with its place (file and line,
//! variable or flag) and with what is allowed; nothing is corrected in silence.
//!
//! [`keys`] has the one table of settings.

mod file;
pub mod keys;
pub mod kinds;
pub mod plan;
mod show;

use clap::{Arg, ArgAction, ArgMatches, Command};
use keys::{KEYS, Key, Settings};
use kinds::Shape;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

pub use show::show;

/// Where the file is looked for when nobody names one.
pub const USUAL_FILE: &str = "/etc/incamera/incamera.toml";

/// Names the file in the environment.
const FILE_VARIABLE: &str = "INCAMERA_CONFIG";

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody gave one.
    Default,
    /// A line of the file.
    File(PathBuf, usize),
    /// This variable.
    Environment(String),
    /// This flag, without its dashes.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// The texts of one setting, and where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// One, or several where a list is allowed.
    pub texts: Vec<String>,
    /// Who gave them.
    pub from: Origin,
}

/// Something that a person must change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// A value that is not allowed.
    #[error("{from}: `{name}` cannot be {given}. Allowed: {allowed}.")]
    Value {
        /// Where it stands.
        from: Origin,
        /// The setting.
        name: &'static str,
        /// What was given.
        given: String,
        /// What may be.
        allowed: &'static str,
    },
    /// A setting that there is not.
    #[error("{from}: there is no setting `{name}`.{} `incamera config show` lists them all.", suggestion(.name))]
    Unknown {
        /// Where it stands.
        from: Origin,
        /// Its name.
        name: String,
    },
    /// A file that is no TOML.
    #[error("{from}: {what}")]
    Form {
        /// Where.
        from: Origin,
        /// What is wrong.
        what: String,
    },
    /// A file that cannot be had.
    #[error("{}: the configuration cannot be read: {what}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        what: String,
    },
    /// Settings that do not go together.
    #[error("{0}")]
    Together(String),
}

/// Variables that look like settings and are none. They stop nothing, for an environment has words for others too: `config check` names them.
pub fn strangers(variables: impl Iterator<Item = String>) -> impl Iterator<Item = Mistake> {
    let is_known = |name: &str| name == FILE_VARIABLE || KEYS.iter().any(|key| key.variable == name);
    variables.filter(move |name| !is_known(name)).filter_map(|variable| {
        let name = variable.strip_prefix("INCAMERA_")?.to_ascii_lowercase().replace('_', "-");
        Some(Mistake::Unknown { from: Origin::Environment(variable), name })
    })
}

fn suggestion(name: &str) -> String {
    let likeness = |key: &&Key| (strsim::jaro(name, &key.name) * 1000.0) as u32;
    match KEYS.iter().max_by_key(likeness).filter(|key| likeness(key) > 800) {
        Some(key) => format!(" Is it `{}` that is meant?", key.name),
        None => String::new(),
    }
}

/// What was said on the command line about settings.
#[derive(Clone, Debug, Default)]
pub struct Given {
    file: Option<PathBuf>,
    flags: HashMap<&'static str, Vec<String>>,
}

impl clap::FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let texts = |key: &'static Key| {
            let texts = matches.get_many::<String>(&key.name)?.cloned().collect();
            Some((key.name.as_str(), texts))
        };
        Ok(Self { file: matches.get_one("config").cloned(), flags: KEYS.iter().filter_map(texts).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Given {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config").long("config").value_name("FILE").value_parser(clap::value_parser!(PathBuf)).help(format!(
            "The file with settings (see `incamera config show`) [environment: {FILE_VARIABLE}] [default: {USUAL_FILE}, if it is there]"
        ));
        KEYS.iter().map(argument).fold(command.arg(file), Command::arg)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The flag of a setting. What its value may be is looked at together with those of file and environment.
fn argument(key: &'static Key) -> Arg {
    let help: Vec<&str> = key.help.lines().map(str::trim).collect();
    let default = if key.default.is_empty() { String::new() } else { format!(" [default: {}]", key.default.join(", ")) };
    let arg = Arg::new(key.name.as_str()).long(key.name.as_str()).value_name(key.value).help_heading(key.heading).help(format!(
        "{} [environment: {}]{default}",
        help.join(" "),
        key.variable
    ));
    match key.shape {
        Shape::Texts => arg.action(ArgAction::Append).value_delimiter(','),
        Shape::Switch => arg.num_args(0..=1).default_missing_value("true").require_equals(true),
        Shape::Text | Shape::Number => arg,
    }
}

/// The configuration in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// What it comes to.
    pub settings: Settings,
    values: HashMap<&'static str, Value>,
}

impl Config {
    /// Puts together what was given on the command line, in the environment (`variable` looks one up) and in the file.
    ///
    /// # Errors
    /// Every [`Mistake`] there is.
    pub fn load(given: &Given, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Mistake>> {
        // What an environment sets to nothing (an empty line of a container's settings) is not set.
        let variable = |name: &str| variable(name).filter(|text| !text.is_empty());
        let mut mistakes = Vec::new();
        let mut values = file_values(given, variable, &mut mistakes);
        for key in KEYS.iter() {
            if let Some(text) = variable(&key.variable) {
                let texts = match key.shape {
                    Shape::Texts => text.split(',').map(|text| text.trim().to_owned()).collect(),
                    _ => vec![text],
                };
                values.insert(&key.name, Value { texts, from: Origin::Environment(key.variable.clone()) });
            }
            if let Some(texts) = given.flags.get(key.name.as_str()) {
                values.insert(&key.name, Value { texts: texts.clone(), from: Origin::Flag(key.name.clone()) });
            }
            let value = values
                .entry(&key.name)
                .or_insert_with(|| Value { texts: key.default.iter().map(ToString::to_string).collect(), from: Origin::Default });
            if !(key.allows)(&value.texts) {
                let (from, given) = (value.from.clone(), quoted(&value.texts));
                mistakes.push(Mistake::Value { from, name: &key.name, given, allowed: key.allowed });
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let read = Settings::read(|name| values.get(name).map(|value| value.texts.clone()).unwrap_or_default());
        let settings = read.map_err(|name| vec![Mistake::Together(format!("`{name}` was not understood"))])?;
        let contradictions = settings.contradictions();
        if contradictions.is_empty() { Ok(Self { settings, values }) } else { Err(contradictions) }
    }

    /// The texts in force for a setting, and who gave them.
    pub fn value(&self, key: &Key) -> Option<&Value> {
        self.values.get(key.name.as_str())
    }

    /// The names of the settings that another configuration has otherwise.
    pub fn changed<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'static Key> + 'a {
        let texts = |config: &'a Self, key: &Key| config.value(key).map(|value| &value.texts);
        KEYS.iter().filter(move |key| texts(self, key) != texts(other, key))
    }
}

fn file_values(
    given: &Given,
    variable: impl Fn(&str) -> Option<String>,
    mistakes: &mut Vec<Mistake>,
) -> HashMap<&'static str, Value> {
    let named = given.file.clone().or_else(|| variable(FILE_VARIABLE).map(PathBuf::from));
    let path = named.clone().unwrap_or_else(|| PathBuf::from(USUAL_FILE));
    match read_file(&path) {
        Ok(text) => file::values(&path, &text, mistakes),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => HashMap::new(),
        Err(error) => {
            mistakes.push(Mistake::File { path, what: error.to_string() });
            HashMap::new()
        }
    }
}

/// A file of settings above this is none, bytes.
const FILE_SIZE: u64 = 1 << 20;

fn read_file(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(path)?.take(FILE_SIZE).read_to_string(&mut text)?;
    Ok(text)
}

fn quoted(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    if quoted.is_empty() { "empty".into() } else { quoted.join(", ") }
}

#[cfg(test)]
mod documents;
#[cfg(test)]
mod tests;
