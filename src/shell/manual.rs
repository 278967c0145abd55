//! The manual and the completions of shells, made from the command line itself.
//!
//! **Invariant:** every command and flag that `--help` knows is in both, for there is no second list of them.

use clap::{Args, Command};
use clap_complete::Shell;
use std::io;
use std::path::PathBuf;

/// Prints the manual: `incamera manual serve | man -l -`
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Manual {
    /// The command whose page it is to be: serve, status, config check, … Not given: the program's own.
    #[arg(value_name = "COMMAND")]
    of: Vec<String>,

    /// Writes every page into this directory instead, each as a file of its own (incamera-serve.1).
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "of")]
    into: Option<PathBuf>,
}

/// Prints the completions for a shell
///
/// For bash: incamera completions bash > ~/.local/share/bash-completion/completions/incamera
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Completions {
    /// Which shell.
    shell: Shell,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(super) enum ManualError {
    /// No such command.
    #[error("there is no command `{0}` (see `incamera --help`)")]
    Unknown(String),
    /// The directory cannot be written.
    #[error("{}: the pages cannot be written there: {cause}", .path.display())]
    Place {
        /// Where.
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
}

/// The page that was asked for, or nothing when pages were written as files.
///
/// # Errors
/// [`ManualError`].
pub(super) fn answer(asked: &Manual, program: &Command) -> Result<String, ManualError> {
    let pages = pages(program);
    if let Some(folder) = &asked.into {
        let write = |(name, text): &(String, String)| std::fs::write(folder.join(format!("{name}.1")), text);
        let refused = |cause| ManualError::Place { path: folder.clone(), cause };
        return pages.iter().try_for_each(write).map(|()| String::new()).map_err(refused);
    }
    let name = [&[program.get_name().to_owned()], asked.of.as_slice()].concat().join("-");
    let found = pages.into_iter().find(|(page, _)| *page == name);
    found.map(|(_, text)| text).ok_or_else(|| ManualError::Unknown(asked.of.join(" ")))
}

impl Completions {
    /// The script.
    pub(super) fn script(&self, program: Command) -> String {
        script(self.shell, program)
    }
}

fn script(shell: Shell, mut program: Command) -> String {
    let (name, mut text) = (program.get_name().to_owned(), Vec::new());
    clap_complete::generate(shell, &mut program, name, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// The pages of the program and all its commands, by name (`incamera-config-show`).
fn pages(program: &Command) -> Vec<(String, String)> {
    // Built, so that each command knows its whole name; without `help`, which would be a page of pages.
    let mut program = program.clone().disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    collect(&program, &mut pages);
    pages
}

fn collect(command: &Command, pages: &mut Vec<(String, String)>) {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(command.clone()).source(concat!("incamera ", env!("CARGO_PKG_VERSION"))).manual("Incamera");
    // A vector takes every byte.
    let _ = page.render(&mut text);
    pages.push((name, String::from_utf8_lossy(&text).into_owned()));
    command.get_subcommands().for_each(|command| collect(command, pages));
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::config::keys::KEYS;
    use super::*;
    use clap::ValueEnum as _;

    /// Said of the real command line, where it is known.
    pub(in super::super) fn are_whole(program: &Command) {
        let of = |words: &[&str]| Manual { of: words.iter().map(ToString::to_string).collect(), into: None };
        let serve = answer(&of(&["serve"]), program).unwrap();
        assert!(serve.contains(".TH incamera-serve 1"), "{serve}");
        for key in KEYS.iter() {
            // In a page a hyphen is written `\-`.
            assert!(serve.contains(&format!("\\-\\-{}", key.name.replace('-', "\\-"))), "{} is not in the manual", key.name);
            assert!(serve.contains(&key.variable), "{} is not in the manual", key.variable);
            for shell in Shell::value_variants() {
                let script = script(*shell, program.clone());
                assert!(script.contains(&key.name), "{} is not completed in {shell}", key.name);
            }
        }
        for command in program.get_subcommands() {
            let page = answer(&of(&[command.get_name()]), program).unwrap();
            assert!(page.contains(".SH SYNOPSIS"), "{page}");
        }
        assert!(answer(&of(&["config", "show"]), program).unwrap().contains("\\-\\-config"));
        let unknown = answer(&of(&["config", "shew"]), program).unwrap_err().to_string();
        assert!(unknown.contains("`config shew`"), "{unknown}");
        files(program);
    }

    fn files(program: &Command) {
        let folder = std::env::temp_dir().join(format!("incamera-manual-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let all = Manual { of: Vec::new(), into: Some(folder.clone()) };
        assert_eq!(answer(&all, program).unwrap(), "");
        for name in ["incamera.1", "incamera-serve.1", "incamera-config-show.1"] {
            assert!(folder.join(name).is_file(), "{name}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
        let nowhere = answer(&all, program).unwrap_err().to_string();
        assert!(nowhere.contains("incamera-manual") && nowhere.contains("cannot be written"), "{nowhere}");
    }
}
