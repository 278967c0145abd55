//! `cargo xtask machine`: the Debian package on a Debian of its own, with systemd as its first process, as far as a meeting.
//!
//! Invariant: the machine is namespaces and a folder in memory over an untouched minimal Debian; nothing of the machine that runs it is
//! changed, and nothing is left when the task ends. A step that does not show what it says ends the task.

use crate::places::{Places, capture, must, shown};
use crate::steps::{self, now, tell, until};
use crate::{Outcome, tools};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What is installed beside the least that Debian calls a system.
const BASE: &str = "--include=systemd,systemd-sysv,dbus,iproute2,ca-certificates";
/// The release that the machine runs.
const RELEASE: &str = "bookworm";
/// The host's name, which the person's side finds in a hosts file.
const NAME: &str = "meet.example.org";
/// What the owner writes into the settings.
const SETTINGS: &str = "domain = [\"meet.example.org\"]\nself-signed = true\n";

/// A person's network, the machine's network, and the machine's disk: a folder in memory over the minimal Debian.
const WORLD: &str = "set -e
base=$1; place=$2
mount --make-rprivate /
mount -t tmpfs none /run
mount -t tmpfs none $place
mkdir $place/upper $place/work $place/disk
mount -t overlay overlay -o lowerdir=$base,upperdir=$place/upper,workdir=$place/work $place/disk
printf '198.51.100.2 meet.example.org\\n127.0.0.1 localhost\\n' > $place/hosts
mount --bind $place/hosts /etc/hosts
cp $place/hosts $place/disk/etc/hosts
ip link set lo up
ip netns add machine
ip link add person type veth peer name eth0 netns machine
ip addr add 198.51.100.1/24 dev person
ip link set person up
ip -n machine addr add 198.51.100.2/24 dev eth0
ip -n machine link set lo up
ip -n machine link set eth0 up
echo built
exec sleep infinity";

/// What a boot loader and an initial RAM disk would have done; then systemd, as process 1.
const BOOT: &str = "set -e
root=$1
mount --make-rprivate /
mount --bind $root $root
mount -t proc proc $root/proc
mount -t sysfs sysfs $root/sys -o ro
for folder in run tmp dev; do mount -t tmpfs none $root/$folder; done
for device in null zero full random urandom tty; do touch $root/dev/$device; mount --bind /dev/$device $root/dev/$device; done
mkdir $root/dev/pts $root/dev/shm
mount -t devpts devpts $root/dev/pts -o newinstance,ptmxmode=0666,mode=620
ln -s pts/ptmx $root/dev/ptmx
ln -s /proc/self/fd $root/dev/fd
if test -e /sys/fs/cgroup/cgroup.controllers; then mount -t cgroup2 cgroup2 $root/sys/fs/cgroup; else
  mount -t tmpfs none $root/sys/fs/cgroup
  mkdir $root/sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd systemd $root/sys/fs/cgroup/systemd
fi
hostname meet
cd $root
exec env -i container=namespaces PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot $root /lib/systemd/systemd";

/// The task.
pub(crate) fn task(arguments: &[String]) -> Outcome {
    if let Some(other) = arguments.first() {
        return Err(format!("machine: unknown argument `{other}`").into());
    }
    if capture(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err("a machine with a first process of its own is root's to make: run it as root".into());
    }
    let places = Places::find()?;
    let package = package(&places)?;
    let base = base(&places)?;
    let world = World::new(&base, &places.target.join("machine/place"))?;
    story(&world, &package).map_err(|reason| format!("machine: {reason}"))?;
    println!("machine: ok");
    Ok(())
}

/// The package that `cargo xtask package` left.
fn package(places: &Places) -> Outcome<PathBuf> {
    let folder = places.target.join("package");
    let files = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let found = files.into_iter().find(|path| path.extension().is_some_and(|is| is == "deb"));
    Ok(found.ok_or_else(|| format!("no Debian package in {}: `cargo xtask package --unsigned` first", folder.display()))?)
}

/// The minimal Debian, fetched once.
fn base(places: &Places) -> Outcome<PathBuf> {
    let base = places.target.join("machine/debian");
    if base.join("complete").is_file() {
        return Ok(base);
    }
    if base.exists() {
        fs::remove_dir_all(&base)?;
    }
    fs::create_dir_all(&base)?;
    must(Command::new(tools::debootstrap()?).args(["--variant=minbase", BASE, RELEASE]).arg(&base).stdout(Stdio::null()))?;
    // There is no console that anybody could sit at.
    std::os::unix::fs::symlink("/dev/null", base.join("etc/systemd/system/console-getty.service"))?;
    fs::write(base.join("complete"), "")?;
    Ok(base)
}

/// From the package to a meeting, through what happens to a server in its life, to the end of it.
fn story(world: &World, package: &Path) -> Outcome {
    let mut machine = Machine::start(world)?;
    fs::copy(package, world.root().join("incamera.deb")).map_err(|error| format!("{}: {error}", package.display()))?;
    let begun = now();
    machine.must(&["apt-get", "install", "--yes", "-qq", "/incamera.deb"])?;
    tell(
        begun,
        "installed; nothing runs unasked",
        machine.state("is-active") == "inactive" && machine.state("is-enabled") == "disabled",
    )?;
    let settings = world.root().join("etc/incamera/incamera.toml");
    let before = fs::read_to_string(&settings)?;
    // The first lines of the file: what follows may belong to a table.
    fs::write(&settings, format!("{SETTINGS}{before}"))?;
    machine.must(&["incamera", "config", "check"])?;
    machine.must(&["systemctl", "enable", "--now", "incamera"])?;
    tell(begun, "runs", machine.state("is-active") == "active")?;
    let fingerprint = machine.fingerprint()?;
    world.doctor(&fingerprint)?;
    tell(begun, "a browser on another machine would meet here", true)?;
    let process = fs::read_to_string(format!("/proc/{}/status", machine.process()?))?;
    tell(begun, "as a user of its own, with no privilege but low ports, and its calls filtered", is_confined(&process))?;
    lives(&machine, world, &fingerprint)?;
    let begun = now();
    machine.end()?;
    machine = Machine::start(world)?;
    tell(begun, "after a reboot it runs", machine.state("is-active") == "active")?;
    world.doctor(&fingerprint)?;
    tell(begun, "with the same certificate, and a browser would meet here", true)?;
    machine.must(&["apt-get", "install", "--yes", "-qq", "--reinstall", "/incamera.deb"])?;
    let kept = fs::read_to_string(&settings)?.starts_with(SETTINGS) && machine.state("is-active") == "active";
    tell(begun, "installed again, the settings are kept and it runs", kept)?;
    machine.must(&["apt-get", "purge", "--yes", "-qq", "incamera"])?;
    let left = ["var/lib/incamera", "var/lib/private/incamera", "etc/incamera/incamera.toml", "usr/bin/incamera"];
    tell(begun, "purged, nothing is left", left.iter().all(|path| fs::symlink_metadata(world.root().join(path)).is_err()))?;
    machine.end()
}

/// Settings read anew, a crash, and sockets that systemd holds.
fn lives(machine: &Machine, world: &World, fingerprint: &str) -> Outcome {
    let (begun, process) = (now(), machine.process()?);
    machine.must(&["systemctl", "reload", "incamera"])?;
    tell(begun, "settings are read anew by the same process", machine.process()? == process)?;
    machine.must(&["systemctl", "kill", "--signal=KILL", "incamera"])?;
    until("the host did not come back after it was killed", || {
        machine.state("is-active") == "active" && machine.process().is_ok_and(|now| now != process)
    })?;
    tell(begun, "killed, it is started again", true)?;
    machine.must(&["systemctl", "stop", "incamera"])?;
    machine.must(&["systemctl", "start", "incamera.socket"])?;
    world.doctor(fingerprint)?;
    tell(begun, "systemd holds its ports, and starts it for whoever comes", machine.state("is-active") == "active")
}

/// What `/proc/PID/status` says of a process that may do little: no root, no new privileges, a filter of calls, and one capability.
fn is_confined(status: &str) -> bool {
    const BIND_SERVICE: &str = "0000000000000400";
    let says = |name: &str| steps::status(status, name);
    // systemd.exec(5): dynamic users are 61184 to 65519.
    let user = says("Uid:").and_then(|user| user.parse::<u32>().ok());
    user.is_some_and(|user| (61_184..=65_519).contains(&user))
        && says("NoNewPrivs:") == Some("1")
        && says("Seccomp:") == Some("2")
        && says("CapBnd:") == Some(BIND_SERVICE)
}

/// Two networks and a disk, until it is dropped.
struct World {
    holder: Child,
    place: PathBuf,
}

impl World {
    fn new(base: &Path, place: &Path) -> Outcome<Self> {
        fs::create_dir_all(place)?;
        let mut command = Command::new("unshare");
        command.args(["--mount", "--net", "--kill-child", "--fork", "sh", "-c", WORLD, "world"]).arg(base).arg(place);
        let mut holder =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| format!("unshare: {error}"))?;
        let mut line = String::new();
        let output = holder.stdout.as_mut().ok_or("unshare has no output")?;
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line)?;
        let world = Self { holder, place: place.to_path_buf() };
        if line.trim() == "built" { Ok(world) } else { Err("its networks and its disk could not be made".into()) }
    }

    /// A command on the person's side.
    fn command(&self, program: &str) -> Outcome<Command> {
        let mut command = Command::new("nsenter");
        command.args(["--mount", "--net", "--target", &child(self.holder.id())?.to_string(), program]);
        Ok(command)
    }

    /// The machine's disk, as this process reaches it.
    fn root(&self) -> PathBuf {
        // The mount is in the world's namespace; whoever looks from outside goes through one of its processes.
        let holder = child(self.holder.id()).unwrap_or_default();
        PathBuf::from(format!("/proc/{holder}/root{}", self.place.join("disk").display()))
    }

    /// `incamera doctor` from another machine: nothing to mend.
    fn doctor(&self, fingerprint: &str) -> Outcome {
        let program = self.place.join("disk/usr/bin/incamera");
        steps::doctor(self.command(&program.to_string_lossy())?, &format!("https://{NAME}"), fingerprint)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// A machine that has started, until it is dropped or ended.
struct Machine {
    holder: Child,
    first: u32,
}

impl Machine {
    fn start(world: &World) -> Outcome<Self> {
        let mut command = world.command("ip")?;
        command.args([
            "netns",
            "exec",
            "machine",
            "unshare",
            "--pid",
            "--mount",
            "--uts",
            "--ipc",
            "--cgroup",
            "--fork",
            "--kill-child",
        ]);
        command.args(["sh", "-c", BOOT, "boot"]).arg(world.place.join("disk")).stdin(Stdio::null()).stdout(Stdio::null());
        let holder = command.spawn().map_err(|error| format!("{}: {error}", shown(&command)))?;
        let mut machine = Self { holder, first: 0 };
        until("its first process did not start", || {
            machine.first = child(machine.holder.id()).unwrap_or(0);
            machine.first != 0
        })?;
        until("it did not come up", || {
            let said = machine.command(&["systemctl", "is-system-running", "--wait"]).stderr(Stdio::null()).output();
            said.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == "running")
        })?;
        Ok(machine)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--all", "--root", "--wd=/", "--target", &self.first.to_string()]);
        command.args(words).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    fn must(&self, words: &[&str]) -> Outcome {
        let output = self.command(words).output()?;
        if output.status.success() {
            return Ok(());
        }
        let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(format!("{} failed:\n{said}{complained}", words.join(" ")).into())
    }

    /// What systemctl answers about the host in one word.
    fn state(&self, question: &str) -> String {
        let output = self.command(&["systemctl", question, "incamera"]).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    }

    /// The host's process, as this machine numbers it.
    fn process(&self) -> Outcome<u32> {
        let pids = capture(Command::new("pgrep").args([
            "--full",
            "^/usr/bin/incamera serve",
            "--ns",
            &self.first.to_string(),
            "--nslist",
            "pid",
        ]))?;
        Ok(pids.trim().parse().map_err(|_| format!("not one process of the host, but `{}`", pids.trim()))?)
    }

    /// The certificate's, as the log says it.
    fn fingerprint(&self) -> Outcome<String> {
        let log = capture(&mut self.command(&["journalctl", "--unit", "incamera", "--output", "cat"]))?;
        Ok(steps::fingerprint(&log).ok_or("the log names no fingerprint")?.to_owned())
    }

    /// Shuts down, as its owner would.
    fn end(&mut self) -> Outcome {
        // The connection to systemd ends with it.
        let _ = self.command(&["systemctl", "poweroff"]).stderr(Stdio::null()).status()?;
        until("it did not shut down", || !matches!(self.holder.try_wait(), Ok(None)))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// The one child of a process.
fn child(process: u32) -> Outcome<u32> {
    Ok(capture(Command::new("pgrep").args(["--parent", &process.to_string()]))?.trim().parse()?)
}
