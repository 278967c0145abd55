//! The signature of a release's sums, by OpenSSH (`ssh-keygen -Y sign`, PROTOCOL.sshsig): whoever downloads has it already.
//!
//! Invariant: a signature that is handed out was checked against the file that it stands beside.

use crate::Outcome;
use crate::places::must;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the signature is for, so that the same key's signature under anything else is none under a release.
const NAMESPACE: &str = "incamera-release";

/// What the person who packages says of signing.
#[derive(Debug, PartialEq)]
pub(crate) enum Signing {
    /// With this private key, or the public half of one that an agent holds.
    With(PathBuf),
    /// Not at all: to try things, never to hand out.
    Without,
}

impl Signing {
    /// Reads the task's arguments, and looks for the key before anything is built.
    pub(crate) fn read(arguments: &[String]) -> Result<Self, String> {
        match arguments {
            [only] if only == "--unsigned" => Ok(Self::Without),
            [flag, key] if flag == "--sign" => {
                let key = PathBuf::from(key);
                let there = key.is_file();
                there.then(|| Self::With(key.clone())).ok_or_else(|| format!("package: there is no key at {}", key.display()))
            }
            _ => Err("package: nobody gave a key to sign the sums with: --sign FILE (made by `ssh-keygen -t ed25519 -f FILE`; the public \
                      half will do if an agent holds the other), or --unsigned for what is not handed out"
                .into()),
        }
    }
}

/// Writes `FILE.sig` beside `file`, and checks it.
pub(crate) fn sign(file: &Path, key: &Path) -> Outcome {
    let signature = beside(file);
    if signature.exists() {
        std::fs::remove_file(&signature)?;
    }
    must(keygen("sign").arg("-f").arg(key).arg(file).stdin(Stdio::null()))?;
    check(file)
}

/// Whether the signature beside `file` is one of `file`. Whose it is, only who knows the key can say.
fn check(file: &Path) -> Outcome {
    let mut command = keygen("check-novalidate");
    command.arg("-s").arg(beside(file)).stdin(File::open(file)?);
    must(&mut command)
}

fn keygen(verb: &str) -> Command {
    let mut command = Command::new("ssh-keygen");
    command.args(["-Y", verb, "-n", NAMESPACE]);
    command
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Signing, String> {
        Signing::read(&words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn who_gives_no_key_is_told_before_anything_is_built() {
        assert_eq!(read(&["--unsigned"]), Ok(Signing::Without));
        assert!(read(&[]).unwrap_err().contains("--sign FILE"));
        assert!(read(&["--sign"]).unwrap_err().contains("--sign FILE"));
        assert!(read(&["--sign", "/nowhere/key"]).unwrap_err().contains("/nowhere/key"));
    }

    #[test]
    fn sums_that_were_altered_are_found_out() {
        let folder = std::env::temp_dir().join(format!("incamera-signature-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (key, sums) = (folder.join("key"), folder.join("SHA256SUMS"));
        must(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&key)).unwrap();
        std::fs::write(&sums, "00  incamera\n").unwrap();
        sign(&sums, &key).unwrap();
        // A second time, over the first.
        sign(&sums, &key).unwrap();
        std::fs::write(&sums, "01  incamera\n").unwrap();
        assert!(check(&sums).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
