//! `cargo xtask reproducible`, and `cargo xtask test reproducible`: the same tree gives the same bytes, wherever and whenever it is built.
//!
//! Invariant: what is called the same was built twice: from two folders, with two homes of cargo and two target directories, with clocks
//! more than a year apart, and in two languages and time zones; and every file was compared, byte by byte (decision 0041).

use crate::client::{self, Kind};
use crate::places::{Places, capture, must};
use crate::{Outcome, host, tools, tree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// More than a year, in seconds.
const FAR_AHEAD: u64 = 400 * 24 * 60 * 60;

/// What stands in a program in place of folders of the machine that built it.
const NAMES: [&str; 3] = ["/incamera", "/cargo", "/target"];

/// Has cargo build for `target` (`None`: for this machine) without a trace of where: neither the folders of the tree, of cargo and of its
/// target directory, nor that of the standard library's sources, which rustc names as soon as somebody has installed them.
pub(crate) fn without_places(cargo: &mut Command, places: &Places, target: Option<&str>) -> Outcome {
    let about = capture(Command::new("rustc").arg("-vV"))?;
    let line = |name: &str| about.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let (here, commit) = (line("host:").ok_or("rustc names no host")?, line("commit-hash:").unwrap_or("unknown"));
    let target = target.unwrap_or(here);
    let sysroot = PathBuf::from(capture(Command::new("rustc").args(["--print", "sysroot"]))?.trim());
    let folders = [&places.root, &home()?, &places.target];
    // Of several that fit, rustc takes the last one, and the target directory is usually inside the tree.
    let mut flags: Vec<String> =
        folders.iter().zip(NAMES).map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display())).collect();
    let sources = sysroot.join("lib/rustlib/src/rust");
    flags.push(format!("--remap-path-prefix={}=/rustc/{commit}", sources.display()));
    if !target.starts_with("wasm32") {
        // Optimisation across crates names what it shares after the path of the crate it came from, in hashes that no flag changes. They stand among
        // the symbols alone, of which a program needs none. (wasm-bindgen needs those of a module, and takes them out itself.)
        flags.push("-Cstrip=symbols".into());
    }
    // In addition to what .cargo/config.toml says about the target; RUSTFLAGS would take its place.
    cargo.arg("--config").arg(format!("target.{target}.rustflags={}", serde_json::to_string(&flags)?));
    if cfg!(unix) {
        let quoted = |text: String| format!("'{}'", text.replace('\'', r"'\''"));
        let maps =
            folders.iter().zip(NAMES).map(|(folder, name)| quoted(format!("-ffile-prefix-map={}={name}", folder.display())));
        let asked = std::env::var("CFLAGS").ok();
        let all: Vec<String> = asked.into_iter().chain(maps).collect();
        cargo.env("CFLAGS", all.join(" ")).env("CC_SHELL_ESCAPED_FLAGS", "1");
    }
    // Would cut crates in other pieces.
    cargo.env("CARGO_INCREMENTAL", "0");
    Ok(())
}

/// Where cargo keeps what it has downloaded.
fn home() -> Outcome<PathBuf> {
    if let Some(named) = std::env::var_os("CARGO_HOME") {
        return Ok(named.into());
    }
    let own = std::env::home_dir().ok_or("there is no home directory, and CARGO_HOME names none")?;
    Ok(own.join(".cargo"))
}

/// `cargo xtask reproducible`: the program with its client, here and elsewhere; with `--package` everything that a release hands out, in two
/// folders that are not this one.
pub(crate) fn task(arguments: &[String]) -> Outcome {
    let places = Places::find()?;
    let (one, other) = match arguments {
        [] => programs(&places)?,
        [only] if only == "--package" => packages(&places)?,
        _ => return Err("reproducible: the only argument is --package".into()),
    };
    for (name, sum) in &one {
        println!("{sum}  {name}");
    }
    compare(&one, &other)?;
    println!("reproducible: {} files, the same from two folders, at two times", one.len());
    Ok(())
}

/// Names of files and their sums.
type Sums = BTreeMap<String, String>;

fn programs(places: &Places) -> Outcome<(Sums, Sums)> {
    let with_client = |target: &Path| {
        let mut sums = files(&target.join("client"))?;
        sums.insert("incamera".into(), sum(&target.join("release/incamera"))?);
        Ok::<_, Box<dyn std::error::Error>>(sums)
    };
    let abroad = Abroad::far(places, "program")?;
    // Both at once: the one waits where the other has one thread.
    let mut elsewhere = abroad.xtask(places, &["build"])?.spawn()?;
    let here = host::task(&[]);
    if here.is_err() {
        elsewhere.kill()?;
    }
    let there = elsewhere.wait()?;
    here?;
    if !there.success() {
        return Err("it cannot be built elsewhere".into());
    }
    Ok((with_client(&places.target)?, with_client(&abroad.target)?))
}

fn packages(places: &Places) -> Outcome<(Sums, Sums)> {
    // Both take them from here.
    tools::cargo_deb(places)?;
    tools::cargo_cyclonedx(places)?;
    let package = |abroad: &Abroad| {
        must(&mut abroad.xtask(places, &["package", "--unsigned"])?)?;
        files(&abroad.target.join("package"))
    };
    let (near, far) = (Abroad::near(places)?, Abroad::far(places, "b")?);
    Ok((package(&near)?, package(&far)?))
}

/// The part `reproducible` of the tests: the client of this tree, and the same from elsewhere.
pub(crate) fn same_client(places: &Places) -> Outcome {
    client::build(places, Kind::default())?;
    let abroad = Abroad::far(places, "b")?;
    must(&mut abroad.xtask(places, &["client"])?)?;
    let (one, other) = (files(&places.client())?, files(&abroad.target.join("client"))?);
    if one.len() < 20 || !one.contains_key("client_bg.wasm.br") {
        return Err(format!("{} files are no client", one.len()).into());
    }
    compare(&one, &other)?;
    names_nothing(places, &fs::read(places.client().join("client_bg.wasm"))?)?;
    println!("the same client from two folders, {} files", one.len());
    Ok(())
}

/// That no folder of this machine stands in a program.
fn names_nothing(places: &Places, program: &[u8]) -> Outcome {
    for folder in [&places.root, &home()?, &places.target] {
        let name = folder.to_string_lossy();
        if program.windows(name.len()).any(|window| window == name.as_bytes()) {
            return Err(format!("the client names {name}, a folder of the machine that built it").into());
        }
    }
    // The search finds what is there: names of files, with what takes the place of their folders.
    let marker = format!("{}/registry/src/", NAMES[1]);
    if program.windows(marker.len()).any(|window| window == marker.as_bytes()) {
        return Ok(());
    }
    Err("the client names no file of a dependency at all, so that it names no folder proves nothing".into())
}

/// Another place to build at.
struct Abroad {
    /// A copy of the tree.
    root: PathBuf,
    target: PathBuf,
    /// Cargo's.
    home: PathBuf,
    /// What else is different there.
    around: &'static [(&'static str, &'static str)],
    /// How far the clock is ahead, in seconds.
    ahead: u64,
}

impl Abroad {
    fn near(places: &Places) -> Outcome<Self> {
        Self::at(places, "a", "a", &[("TZ", "UTC"), ("LANG", "C")], 0)
    }

    fn far(places: &Places, name: &str) -> Outcome<Self> {
        let around = &[("TZ", "Pacific/Kiritimati"), ("LANG", "fr_FR.UTF-8"), ("LC_ALL", "C.UTF-8"), ("USER", "somebody-else")];
        Self::at(places, name, "a-longer-path/with a space/b", around, FAR_AHEAD)
    }

    fn at(places: &Places, name: &str, path: &str, around: &'static [(&str, &str)], ahead: u64) -> Outcome<Self> {
        let folder = places.target.join("reproducible").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let (root, home) = (folder.join(path).join("tree"), folder.join(path).join("cargo"));
        copy(places, &root)?;
        fs::create_dir_all(&home)?;
        // The sources that are downloaded already, by another name.
        let registry = self::home()?.join("registry");
        #[cfg(unix)]
        std::os::unix::fs::symlink(registry, home.join("registry"))?;
        #[cfg(not(unix))]
        return Err(format!("{} would have to have two names, for which this needs a Unix", registry.display()).into());
        Ok(Self { root, target: folder.join(path).join("built here"), home, around, ahead })
    }

    /// A task of this same program, there.
    fn xtask(&self, places: &Places, arguments: &[&str]) -> Outcome<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).current_dir(&self.root);
        command.env("CARGO_MANIFEST_DIR", self.root.join("xtask")).env("CARGO_TARGET_DIR", &self.target);
        command.env("CARGO_HOME", &self.home).envs(self.around.iter().copied());
        if self.ahead > 0 {
            let clock = clock(places)?;
            let told = |command: &mut Command| {
                command.env("LD_PRELOAD", &clock).env("INCAMERA_CLOCK_AHEAD", self.ahead.to_string());
            };
            told(&mut command);
            // Whoever looks through the vDSO alone would not be told.
            let (mut early, mut late) = (Command::new("date"), Command::new("date"));
            told(&mut late);
            let seconds = |date: &mut Command| Ok::<u64, Box<dyn std::error::Error>>(capture(date.arg("+%s"))?.trim().parse()?);
            if seconds(&mut late)? < seconds(&mut early)? + self.ahead {
                return Err("programs here cannot be told another date, so two times could not be compared".into());
            }
        }
        // Tools that are installed here need no second installation there.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let with_tools = std::iter::once(places.tools().join("bin")).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(with_tools)?);
        Ok(command)
    }
}

/// What tells a program that it is later than it is.
fn clock(places: &Places) -> Outcome<PathBuf> {
    let library = places.target.join("reproducible/clock.so");
    let source = places.root.join("xtask/src/clock.c");
    must(Command::new("cc").args(["-O1", "-Wall", "-shared", "-fPIC", "-o"]).arg(&library).arg(source))?;
    Ok(library)
}

/// The tree as it stands here, with its history (a package is as old as its commit) and without what is built from it.
fn copy(places: &Places, to: &Path) -> Outcome {
    let git = || {
        let mut git = Command::new("git");
        git.arg("-C").arg(&places.root);
        git
    };
    must(git().args(["clone", "--quiet", "--no-checkout"]).arg(&places.root).arg(to))?;
    let listed = capture(git().args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    let names: BTreeSet<&str> = listed.split('\0').filter(|name| !name.is_empty()).collect();
    for name in names {
        let (from, to) = (places.root.join(name), to.join(name));
        // What was removed and is not yet committed.
        if !from.is_file() {
            continue;
        }
        fs::create_dir_all(to.parent().unwrap_or(&to))?;
        fs::copy(from, to)?;
    }
    Ok(())
}

/// Every file below a folder by its name there, with its SHA-256.
fn files(folder: &Path) -> Outcome<Sums> {
    tree::files(folder)?.into_iter().map(|name| Ok((name.clone(), sum(&folder.join(name))?))).collect()
}

/// The SHA-256 of a file.
fn sum(file: &Path) -> Outcome<String> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(tree::sum(&bytes))
}

/// The names of what is not the same, or not there, on both sides.
fn compare(one: &Sums, other: &Sums) -> Outcome {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differing: Vec<&str> = names.into_iter().filter(|name| one.get(*name) != other.get(*name)).map(String::as_str).collect();
    if differing.is_empty() {
        return Ok(());
    }
    Err(format!("built in another folder and at another time, these are others: {}", differing.join(", ")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_or_is_missing_is_named() {
        let list = |files: &[(&str, &str)]| files.iter().map(|(name, sum)| ((*name).to_owned(), (*sum).to_owned())).collect();
        let one = list(&[("a", "1"), ("b", "2"), ("c", "3")]);
        assert!(compare(&one, &one).is_ok());
        let said = compare(&one, &list(&[("a", "1"), ("b", "0"), ("d", "4")])).unwrap_err().to_string();
        assert!(said.ends_with(": b, c, d"), "{said}");
    }
}
