//! `cargo xtask container`: the image that `cargo xtask package` leaves, built and run as docs/hosting/en/container.md tells an owner to.
//!
//! Invariant: what is run has the flags of that page but for the limit of open files, which not every machine lets anybody raise, and nothing that
//! it does not name but a port and a certificate of its own.
//! Image, container and volume bear a name of this run and are gone when the task ends.

use crate::places::{Places, capture, must};
use crate::steps::{self, now, tell, until};
use crate::{Outcome, tools};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The user that the image names (packaging/Containerfile).
const USER: &str = "65532";
/// What the page has everybody say, apart from names, ports and settings.
const CONFINED: [&str; 7] = [
    "--read-only",
    "--cap-drop",
    "ALL",
    "--security-opt",
    "no-new-privileges",
    "--sysctl",
    "net.ipv4.ip_unprivileged_port_start=0",
];
/// Whoever stops a host waits for it as long as people need to be told; engines kill after ten seconds.
const STOPPED_WITHIN: Duration = Duration::from_secs(8);

/// The task.
pub(crate) fn task(arguments: &[String]) -> Outcome {
    if let Some(other) = arguments.first() {
        return Err(format!("container: unknown argument `{other}`").into());
    }
    let places = Places::find()?;
    let host = Image::build(&places)?;
    story(&host).map_err(|reason| format!("container: {reason}"))?;
    println!("container: ok");
    Ok(())
}

/// From the first start to a second one, and what lies between.
fn story(image: &Image) -> Outcome {
    let begun = now();
    image.must(&["run", "--rm", &image.name, "config", "show"])?;
    tell(begun, "shows its settings", true)?;
    image.start()?;
    let fingerprint = image.fingerprint()?;
    image.doctor(&fingerprint)?;
    tell(begun, "runs, and a browser outside would meet there", true)?;
    let process = image.process()?;
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    tell(begun, "as a user of its own, with no privilege at all, and its calls filtered", is_confined(&status))?;
    let mounts = fs::read_to_string(format!("/proc/{process}/mountinfo"))?;
    tell(begun, "it can write to the volume alone", writable(&mounts).iter().all(|place| *place == "/var/lib/incamera"))?;
    image.must(&["kill", "--signal", "HUP", &image.name])?;
    image.doctor(&fingerprint)?;
    tell(begun, "settings are read anew by the same process", image.process()? == process)?;
    let stopping = now();
    image.must(&["stop", &image.name])?;
    let ended_well = image.says("{{.State.ExitCode}}")? == "0";
    tell(begun, "stopped, it ends by itself", ended_well && stopping.elapsed() < STOPPED_WITHIN)?;
    image.must(&["rm", &image.name])?;
    image.start()?;
    image.doctor(&fingerprint)?;
    tell(begun, "another container on the same volume has the same certificate, and a browser would meet there", true)
}

/// What `/proc/PID/status` says of a process that may do nothing that any user may not.
fn is_confined(status: &str) -> bool {
    let says = |name: &str| steps::status(status, name);
    says("Uid:") == Some(USER)
        && says("NoNewPrivs:") == Some("1")
        && says("Seccomp:") == Some("2")
        && says("CapBnd:").is_some_and(|capabilities| capabilities.bytes().all(|digit| digit == b'0'))
}

/// The places of `/proc/PID/mountinfo` where something on a disk may be written. What engines put in memory (devices, `/run`, `/tmp`) is none.
fn writable(mounts: &str) -> Vec<&str> {
    let on_disk = |line: &&str| {
        let kind = line.split(" - ").nth(1).and_then(|rest| rest.split(' ').next());
        // Hosts, name servers and the host's name are files of the engine's, bound over the image's.
        let of_the_engine = line.split(' ').nth(4).is_some_and(|place| place.starts_with("/etc/") || place.starts_with("/run/"));
        !of_the_engine && !matches!(kind, Some("tmpfs" | "proc" | "sysfs" | "devpts" | "mqueue" | "cgroup" | "cgroup2") | None)
    };
    let may_write = |line: &&str| line.split(' ').nth(5).is_some_and(|options| options.split(',').any(|option| option == "rw"));
    mounts.lines().filter(on_disk).filter(may_write).filter_map(|line| line.split(' ').nth(4)).collect()
}

/// The image, and what is made of it, until it is dropped.
struct Image {
    /// `podman` or `docker`.
    engine: &'static str,
    /// Of the image, of the container and of the volume.
    name: String,
    /// Inside and outside, as the page asks.
    port: u16,
    /// The static program, for its doctor.
    program: PathBuf,
}

impl Image {
    fn build(places: &Places) -> Outcome<Self> {
        let folder = places.target.join("package");
        let context = folder.join("container");
        let program = program(&folder)
            .filter(|_| context.join("rootfs.tar").is_file())
            .ok_or_else(|| format!("container: no image in {}: `cargo xtask package --unsigned` first", context.display()))?;
        let engine = tools::container_engine()?;
        // Free a moment ago. The page asks for the same port inside and outside.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let image = Self { engine, name: format!("incamera-xtask-{}", std::process::id()), port, program };
        let begun = now();
        let mut command = Command::new(engine);
        command.args(["build", "--file"]).arg(places.root.join("packaging/Containerfile")).args(["--tag", &image.name]);
        must(command.arg(context).stdout(Stdio::null()))?;
        tell(begun, "built", true)?;
        Ok(image)
    }

    fn must(&self, words: &[&str]) -> Outcome {
        must(Command::new(self.engine).args(words).stdout(Stdio::null()))
    }

    fn start(&self) -> Outcome {
        let port = self.port;
        let mut command = Command::new(self.engine);
        command.args(["run", "--detach", "--restart", "always", "--name", &self.name]).args(CONFINED);
        for protocol in ["tcp", "udp"] {
            command.arg("--publish").arg(format!("127.0.0.1:{port}:{port}/{protocol}"));
        }
        command.arg("--volume").arg(format!("{}:/var/lib/incamera", self.name));
        let listen = format!("INCAMERA_LISTEN=0.0.0.0:{port}");
        for setting in [listen.as_str(), "INCAMERA_PUBLIC_ADDRESS=127.0.0.1", "INCAMERA_SELF_SIGNED=true"] {
            command.args(["--env", setting]);
        }
        must(command.arg(&self.name).stdout(Stdio::null()))
    }

    /// Of the container's description, what a template of the engine's asks for.
    fn says(&self, template: &str) -> Outcome<String> {
        Ok(capture(Command::new(self.engine).args(["inspect", "--format", template, &self.name]))?.trim().to_owned())
    }

    /// The host's process, as this machine numbers it.
    fn process(&self) -> Outcome<u32> {
        Ok(self.says("{{.State.Pid}}")?.parse()?)
    }

    /// The certificate's, as soon as the log says it.
    fn fingerprint(&self) -> Outcome<String> {
        let mut found = None;
        until("its log names no fingerprint", || {
            found = Command::new(self.engine).args(["logs", &self.name]).output().ok().and_then(|output| {
                let log = [output.stdout, output.stderr].concat();
                steps::fingerprint(&String::from_utf8_lossy(&log)).map(str::to_owned)
            });
            found.is_some()
        })?;
        Ok(found.ok_or("its log names no fingerprint")?)
    }

    /// `incamera doctor` from outside, as soon as the host answers: nothing to mend.
    fn doctor(&self, fingerprint: &str) -> Outcome {
        until("nobody answers at its port", || std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok())?;
        steps::doctor(Command::new(&self.program), &format!("https://127.0.0.1:{}", self.port), fingerprint)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        for words in [["rm", "--force"], ["volume", "rm"], ["rmi", "--force"]] {
            // Whatever the story did not come to is not there.
            let _ = Command::new(self.engine).args(words).arg(&self.name).stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

/// The static program of a release.
fn program(folder: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    files.find(|path| path.to_string_lossy().ends_with("-linux-static"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_run_is_confined_as_the_pages_say() {
        for page in [include_str!("../../docs/hosting/en/container.md"), include_str!("../../docs/hosting/fr/container.md")] {
            let words: Vec<&str> = page.split_whitespace().collect();
            assert!(CONFINED.iter().all(|flag| words.contains(flag)), "{CONFINED:?}");
        }
    }

    #[test]
    fn what_may_be_written_is_found() {
        let mounts = "\
700 600 0:60 / / ro,relatime - overlay overlay rw,lowerdir=/a
701 700 0:61 / /proc rw,nosuid - proc proc rw
702 700 0:62 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k
703 700 254:1 /hosts /etc/hosts rw,relatime - ext4 /dev/vda rw
704 700 254:1 /volume /var/lib/incamera rw,relatime - ext4 /dev/vda rw";
        assert_eq!(writable(mounts), ["/var/lib/incamera"]);
        assert_eq!(writable(&mounts.replace("/ / ro", "/ / rw")), ["/", "/var/lib/incamera"]);
    }

    #[test]
    fn a_privilege_is_noticed() {
        let confined = "Uid:\t65532\t65532\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n";
        assert!(is_confined(confined));
        for (one, other) in [("65532", "0"), ("0000000000000000", "0000000000000400"), ("NoNewPrivs:\t1", "NoNewPrivs:\t0")] {
            assert!(!is_confined(&confined.replace(one, other)), "{other}");
        }
    }
}
