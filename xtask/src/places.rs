//! Where things are: the repository, cargo, and cargo's target directory, wherever the person has put it.

use crate::Outcome;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The places every task needs.
pub(crate) struct Places {
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// Cargo's target directory (`CARGO_TARGET_DIR`, configuration or `target/`).
    pub(crate) target: PathBuf,
}

impl Places {
    /// Asks cargo.
    pub(crate) fn find() -> Outcome<Self> {
        // Cargo says it to whom it runs; a copy of the tree can be named the same way.
        let own = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&own).parent().ok_or("xtask has no parent directory")?.to_path_buf();
        let metadata = capture(cargo(&root).args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
        let target = metadata["target_directory"].as_str().ok_or("cargo metadata names no target directory")?.into();
        Ok(Self { root, target })
    }

    /// Where the built client goes and the host's build looks for it.
    pub(crate) fn client(&self) -> PathBuf {
        self.target.join("client")
    }

    /// Where the client goes that the audit must catch.
    pub(crate) fn leaking_client(&self) -> PathBuf {
        self.target.join("client-leaking")
    }

    /// Where the client goes that has heralds in small rooms.
    pub(crate) fn few_voices_client(&self) -> PathBuf {
        self.target.join("client-few-voices")
    }

    /// Where tools that the tests need are installed, when the machine has none of its own.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// Waits until no other run of this program holds the target directory so, and holds it until the value is dropped.
    pub(crate) fn alone(&self) -> Outcome<std::fs::File> {
        std::fs::create_dir_all(&self.target)?;
        let file = std::fs::File::create(self.target.join(".xtask-lock"))?;
        file.lock()?;
        Ok(file)
    }

    /// `cargo`, in the repository's root.
    pub(crate) fn cargo(&self) -> Command {
        cargo(&self.root)
    }

    /// `cargo verb` over everything but the models, of which the caller names the targets. Cargo unites features over the packages it is
    /// asked for, so each other choice of packages would build once more what lies below them.
    pub(crate) fn everything(&self, verb: &str) -> Command {
        let mut command = self.cargo();
        command.args([verb, "--workspace", "--exclude", "incamera-models"]);
        command
    }
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    // What cargo told *this* program about its own package would mislead a second cargo's build scripts.
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") || told == "CARGO_BIN_NAME" {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a command to its end with its output on the terminal.
pub(crate) fn must(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| format!("cannot start {}: {error}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", shown(command)).into()) }
}

/// Runs a command to its end and gives its standard output.
pub(crate) fn capture(command: &mut Command) -> Outcome<String> {
    let output =
        command.stderr(Stdio::inherit()).output().map_err(|error| format!("cannot start {}: {error}", shown(command)))?;
    if !output.status.success() {
        return Err(format!("{} failed ({})", shown(command), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// A command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    command.get_args().fold(program, |line, argument| format!("{line} {}", argument.to_string_lossy()))
}
