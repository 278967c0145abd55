//! `cargo xtask package`: everything that a release hands out, in one folder (decision 0037).
//!
//! Invariant: what lies in the folder was built by this run, and the sums are those of what lies there. What could not be built here is
//! named at the end, and nothing of an earlier run stands in for it.

use crate::client::{self, Kind};
use crate::places::{Places, capture, must};
use crate::signature::{self, Signing};
use crate::{Outcome, host, notices, tools, tree};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who may write to the image's state directory: the user of the image (packaging/Containerfile).
const IMAGE_USER: &str = "65532";

/// Where Debian and its like keep the certificate authorities.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// One run.
struct Release {
    places: Places,
    /// Where everything goes.
    into: PathBuf,
    /// Seconds since 1970 of the commit that is packaged: the date of every file in an archive.
    epoch: String,
    version: String,
    /// What is not there, and why.
    missing: Vec<String>,
}

/// The task.
pub(crate) fn task(arguments: &[String]) -> Outcome {
    let signing = Signing::read(arguments)?;
    if !cfg!(target_os = "linux") {
        return Err("package: Debian packages and static programs are made on Linux".into());
    }
    let places = Places::find()?;
    let into = places.target.join("package");
    if into.exists() {
        fs::remove_dir_all(&into)?;
    }
    fs::create_dir_all(&into)?;
    let mut release = Release { epoch: epoch(&places)?, version: version(&places)?, places, into, missing: Vec::new() };
    client::build(&release.places, Kind::default())?;
    let program = host::build(&release.places, &release.places.client(), true)?;
    release.licences()?;
    release.debian(&program)?;
    release.alone()?;
    release.parts()?;
    let sums = release.sums()?;
    match signing {
        Signing::With(key) => signature::sign(&sums, &key)?,
        Signing::Without => {
            release.missing.push("SHA256SUMS.sig: --unsigned was asked for, so this is not to be handed out".into())
        }
    }
    for missing in &release.missing {
        println!("NOT BUILT: {missing}");
    }
    println!("package: {}", release.into.display());
    Ok(())
}

fn epoch(places: &Places) -> Outcome<String> {
    Ok(capture(Command::new("git").current_dir(&places.root).args(["log", "-1", "--format=%ct"]))?.trim().to_owned())
}

fn version(places: &Places) -> Outcome<String> {
    let metadata = capture(places.cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let mut packages = metadata["packages"].as_array().into_iter().flatten();
    let own = packages.find(|package| package["name"] == "incamera").and_then(|package| package["version"].as_str());
    Ok(own.ok_or("cargo metadata names no version of incamera")?.to_owned())
}

impl Release {
    /// What the licences of others ask for: beside every program that is handed out, and in every package of one.
    fn licences(&self) -> Outcome {
        Ok(fs::write(self.licences_file(), notices::licences(&self.places)?)?)
    }

    fn licences_file(&self) -> PathBuf {
        self.into.join(format!("incamera-{}-licences.txt", self.version))
    }

    /// The Debian package around a program that is built.
    fn debian(&mut self, program: &Path) -> Outcome {
        let folder = program.parent().ok_or("the program has no folder")?.join("debian-files");
        write_files(&folder, program)?;
        fs::copy(self.licences_file(), folder.join("licences.txt"))?;
        let mut command = Command::new(tools::cargo_deb(&self.places)?);
        // As built: whoever builds it again shall find the same program in it.
        command.current_dir(&self.places.root).args(["--no-build", "--no-strip", "--package", "incamera", "--output"]);
        command.arg(&self.into).env("SOURCE_DATE_EPOCH", &self.epoch).env("CARGO_TARGET_DIR", &self.places.target);
        must(&mut command)?;
        let package = fs::read_dir(&self.into)?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|is| is == "deb"));
        keeps_settings(&package.ok_or("cargo-deb left no package")?)
    }

    /// The program that needs no library beside it, and the image around it.
    fn alone(&mut self) -> Outcome {
        let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
        if let Err(reason) = tools::static_target(&target) {
            self.missing.push(format!("the static program and the image: {reason}"));
            return Ok(());
        }
        let built = host::build_for(&self.places, &self.places.client(), &target)?;
        if needs_interpreter(&fs::read(&built)?) {
            return Err(format!("{} asks for a dynamic linker: it is not static", built.display()).into());
        }
        let name = format!("incamera-{}-{}-linux-static", self.version, std::env::consts::ARCH);
        fs::copy(&built, self.into.join(name))?;
        if Path::new(AUTHORITIES).is_file() {
            return self.image(&built);
        }
        self.missing.push(format!("the image: {AUTHORITIES} is not here (apt-get install ca-certificates)"));
        Ok(())
    }

    /// What the image is made of, as an archive with its owners: root's, but for the state directory.
    fn image(&self, program: &Path) -> Outcome {
        let (folder, root) = (self.into.join("container"), self.places.target.join("image-root"));
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        for directory in ["etc/ssl/certs", "var/lib/incamera"] {
            fs::create_dir_all(root.join(directory))?;
        }
        fs::create_dir_all(&folder)?;
        fs::copy(program, root.join("incamera"))?;
        fs::copy(self.licences_file(), root.join("licences.txt"))?;
        fs::copy(AUTHORITIES, root.join(AUTHORITIES.trim_start_matches('/')))?;
        fs::copy(self.places.root.join("packaging/Containerfile"), folder.join("Containerfile"))?;
        let tar = |owner: &str, mode: &str, words: &[&str]| {
            let mut tar = Command::new("tar");
            tar.current_dir(&root).args(["--format=ustar", "--sort=name", "--numeric-owner", "--no-recursion"]);
            tar.arg(format!("--mtime=@{}", self.epoch)).arg(format!("--owner={owner}")).arg(format!("--group={owner}"));
            tar.arg(format!("--mode={mode}")).arg("--append").arg("--file").arg(folder.join("rootfs.tar")).args(words);
            must(&mut tar)
        };
        tar("0", "755", &["etc", "etc/ssl", "etc/ssl/certs", "incamera", "var", "var/lib"])?;
        tar("0", "644", &["etc/ssl/certs/ca-certificates.crt", "licences.txt"])?;
        tar(IMAGE_USER, "700", &["var/lib/incamera"])
    }

    /// What the host, and the client that it serves, are made of (CycloneDX).
    fn parts(&self) -> Outcome {
        let program = tools::cargo_cyclonedx(&self.places)?;
        let here = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let programs = [
            ("Cargo.toml", here.as_str(), "incamera-host"),
            ("client-wasm/Cargo.toml", "wasm32-unknown-unknown", "incamera-client"),
            ("client-wasm/noise/Cargo.toml", "wasm32-unknown-unknown", "incamera-noise"),
        ];
        for (manifest, target, name) in programs {
            let mut command = Command::new(&program);
            command.current_dir(&self.places.root).args(["cyclonedx", "--format", "json", "--spec-version", "1.5"]);
            command.args(["--no-build-deps", "--target", target, "--override-filename", name, "--manifest-path", manifest]);
            command.env("SOURCE_DATE_EPOCH", &self.epoch);
            let done = must(&mut command);
            // It writes beside every manifest of the workspace, which is no place for what is built.
            let wanted = self.places.root.join(manifest).with_file_name(format!("{name}.json"));
            // Where it was built is nobody's business, and two who build it shall get the same list.
            let kept = fs::read_to_string(&wanted).map(|text| text.replace(&*self.places.root.to_string_lossy(), "/incamera"));
            for folder in member_folders(&self.places)? {
                let _ = fs::remove_file(folder.join(format!("{name}.json")));
            }
            done?;
            fs::write(self.into.join(format!("{name}-{}.cdx.json", self.version)), kept?)?;
        }
        Ok(())
    }

    /// `SHA256SUMS`, as `sha256sum --check` reads them. Gives the path of the file.
    fn sums(&self) -> Outcome<PathBuf> {
        let mut text = String::new();
        for name in tree::files(&self.into)? {
            let bytes = fs::read(self.into.join(&name))?;
            let sum = tree::sum(&bytes);
            writeln!(text, "{sum}  {name}")?;
            println!("{sum}  {name} ({} kB)", bytes.len() / 1000);
        }
        let sums = self.into.join("SHA256SUMS");
        fs::write(&sums, text)?;
        Ok(sums)
    }
}

/// That dpkg knows the settings as somebody's own: an upgrade leaves them as they are.
fn keeps_settings(package: &Path) -> Outcome {
    let own = match Command::new("dpkg-deb").arg("--info").arg(package).arg("conffiles").output() {
        Ok(output) => String::from_utf8(output.stdout)?,
        // Where there is no dpkg the package is only built.
        Err(_) => return Ok(()),
    };
    if own.lines().any(|file| file == "/etc/incamera/incamera.toml") {
        return Ok(());
    }
    Err(format!("{}: an upgrade would overwrite the settings, for they are no conffile", package.display()).into())
}

/// What of the Debian package the program says itself: manual, completions, settings.
fn write_files(folder: &Path, program: &Path) -> Outcome {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder.join("man"))?;
    // Nothing of this machine shall come into the file of settings.
    let says = |words: &[&str]| capture(Command::new(program).args(words).env_clear());
    for shell in ["bash", "zsh", "fish"] {
        fs::write(folder.join(shell), says(&["completions", shell])?)?;
    }
    fs::write(folder.join("incamera.toml"), says(&["config", "show", "--config", "/dev/null"])?)?;
    must(Command::new(program).args(["manual", "--into"]).arg(folder.join("man")))
}

fn member_folders(places: &Places) -> Outcome<Vec<PathBuf>> {
    let metadata = capture(places.cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let manifests = metadata["packages"].as_array().into_iter().flatten().filter_map(|package| package["manifest_path"].as_str());
    Ok(manifests.filter_map(|manifest| Some(Path::new(manifest).parent()?.to_path_buf())).collect())
}

/// True when a 64-bit ELF program has a segment `PT_INTERP`: the system would load a linker first, and libraries with it.
fn needs_interpreter(program: &[u8]) -> bool {
    const PT_INTERP: u32 = 3;
    let half = |at: usize| program.get(at..at + 2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]).into());
    let table = program.get(32..40).and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?) as usize));
    let (Some(table), Some(size), Some(count)) = (table, half(54), half(56)) else { return true };
    (0_usize..count).any(|index| {
        let at = table + index * size;
        program
            .get(at..at + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u32::from_le_bytes)
            .is_none_or(|kind| kind == PT_INTERP)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF header with one program header of this kind (System V ABI, 64 bits).
    fn elf(kind: u32) -> Vec<u8> {
        let mut bytes = vec![0; 64 + 56];
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
        bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
        bytes[56..58].copy_from_slice(&1_u16.to_le_bytes());
        bytes[64..68].copy_from_slice(&kind.to_le_bytes());
        bytes
    }

    #[test]
    fn a_program_that_asks_for_a_linker_is_told_from_one_that_does_not() {
        assert!(needs_interpreter(&elf(3)) && !needs_interpreter(&elf(1)));
        assert!(needs_interpreter(b"\x7fELF"), "what cannot be read proves nothing");
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(needs_interpreter(&own), cfg!(target_env = "gnu"));
    }
}
