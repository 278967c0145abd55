//! The state directory: what must outlast a restart, and nothing about any meeting.
//!
//! **Invariant:** only the host's own user can read what is in it; a file is there whole, as it was before or as it is now.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// A file of ours above this is none, bytes.
const FILE_SIZE: u64 = 1 << 20;

/// It cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the state directory {} cannot be written: {cause}. It keeps what must outlast a restart: choose another with --state, or give the host's user the right.", .path.display())]
pub struct StateError {
    path: PathBuf,
    #[source]
    cause: io::Error,
}

/// A directory.
#[derive(Clone, Debug)]
pub(crate) struct State {
    path: PathBuf,
}

impl State {
    /// Makes it if it is not there, and tries whether it can be written.
    ///
    /// # Errors
    /// [`StateError`].
    pub(crate) fn open(path: PathBuf) -> Result<Self, StateError> {
        let state = Self { path };
        let tried = builder().recursive(true).create(&state.path).and_then(|()| {
            state.put(".writable", "")?;
            std::fs::remove_file(state.path.join(".writable"))
        });
        tried.map_err(|cause| StateError { path: state.path.clone(), cause })?;
        Ok(state)
    }

    /// A directory in it.
    ///
    /// # Errors
    /// [`StateError`].
    pub(crate) fn within(&self, name: &str) -> Result<Self, StateError> {
        Self::open(self.path.join(name))
    }

    /// What a file says; `None` when there is none that can be read.
    pub(crate) fn read(&self, name: &str) -> Option<String> {
        let mut text = String::new();
        File::open(self.path.join(name)).ok()?.take(FILE_SIZE).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// Writes a file in one step.
    ///
    /// # Errors
    /// [`StateError`].
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), StateError> {
        self.put(name, text).map_err(|cause| StateError { path: self.path.clone(), cause })
    }

    /// Takes a file away, if it is there.
    pub(crate) fn remove(&self, name: &str) {
        let _ = std::fs::remove_file(self.path.join(name));
    }

    fn put(&self, name: &str, text: &str) -> io::Result<()> {
        let new = self.path.join(format!("{name}.new"));
        // Left over from a host that was killed here: it may have had other rights.
        let _ = std::fs::remove_file(&new);
        let mut file = options().write(true).create_new(true).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, self.path.join(name))?;
        sync_directory(&self.path)
    }
}

#[cfg(unix)]
fn builder() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn builder() -> DirBuilder {
    DirBuilder::new()
}

#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn options() -> OpenOptions {
    OpenOptions::new()
}

/// The new name is on disk only when the directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn what_is_kept_is_for_the_host_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let path = std::env::temp_dir().join(format!("incamera-state-{}", std::process::id()));
        let state = State::open(path.join("own")).unwrap();
        assert_eq!(state.read("a"), None);
        state.write("a", "one").unwrap();
        state.write("a", "two").unwrap();
        let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(path.join("own")), mode(path.join("own/a"))), (0o700, 0o600));
        assert_eq!(state.read("a").as_deref(), Some("two"));
        let names: Vec<_> = std::fs::read_dir(path.join("own")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["a"], "nothing half written is left");
        state.remove("a");
        assert_eq!(state.read("a"), None);
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_directory_that_cannot_be_is_told_with_its_setting() {
        let error = State::open("/dev/null/incamera".into()).unwrap_err().to_string();
        assert!(error.contains("/dev/null/incamera") && error.contains("--state"), "{error}");
    }
}
