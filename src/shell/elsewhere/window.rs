//! `incamera join --window`: a window of its own, with a profile that is thrown away.
//!
//! **Invariant:** the browser that is started knows nothing of the person's own one (no extension, no cookie, no history), and what it has
//! written is gone when it ends, however it ends, unless this program is killed outright.

use super::Trouble;
use ring::rand::{SecureRandom, SystemRandom};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// Programs that can show it, in the order in which they are looked for: first those that have windows without an address bar.
const PROGRAMS: [&str; 12] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
    "vivaldi",
    "chrome",
    "msedge",
    "firefox",
    "firefox-esr",
];

/// Where they are on systems that have no path to them.
const PLACES: [&str; 8] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Firefox.app/Contents/MacOS/firefox",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Mozilla Firefox\firefox.exe",
];

/// A Chromium that asks nobody anything and brings nothing along.
const CHROMIUM: [&str; 13] = [
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-breakpad",
    "--no-pings",
    // No keyring of the person's is opened for a profile that keeps nothing.
    "--password-store=basic",
    "--window-size=1280,800",
];

/// The same for Firefox, which reads it from its profile.
const FIREFOX: [(&str, &str); 16] = [
    ("app.normandy.enabled", "false"),
    ("app.shield.optoutstudies.enabled", "false"),
    ("browser.aboutwelcome.enabled", "false"),
    ("browser.safebrowsing.malware.enabled", "false"),
    ("browser.safebrowsing.phishing.enabled", "false"),
    ("browser.safebrowsing.downloads.enabled", "false"),
    ("browser.shell.checkDefaultBrowser", "false"),
    ("browser.startup.page", "0"),
    ("datareporting.policy.dataSubmissionEnabled", "false"),
    ("extensions.autoDisableScopes", "15"),
    ("extensions.systemAddon.update.enabled", "false"),
    ("network.captive-portal-service.enabled", "false"),
    ("network.connectivity-service.enabled", "false"),
    ("startup.homepage_welcome_url", "\"\""),
    ("toolkit.telemetry.reportingpolicy.firstRun", "false"),
    ("xpinstall.enabled", "false"),
];

/// A browser gets so long to end when it is asked to.
const FAREWELL: Duration = Duration::from_secs(5);
/// Its helpers may outlive it by so much, in steps.
const STEP: Duration = Duration::from_millis(100);
const STEPS: u32 = 50;

/// A browser that runs, and its profile.
pub(crate) struct Window {
    child: Child,
    profile: Profile,
}

impl Window {
    /// Shows an address. `named`: with this program and no other.
    ///
    /// # Errors
    /// [`Trouble::NoBrowser`], [`Trouble::Window`].
    pub(crate) fn open(address: &str, named: Option<&Path>) -> Result<Self, Trouble> {
        let program = named.map(Path::to_path_buf).or_else(installed).ok_or(Trouble::NoBrowser)?;
        let trouble = |error: io::Error| Trouble::Window(program.clone(), error);
        let profile = Profile::new().map_err(trouble)?;
        let mut command = Command::new(&program);
        if is_firefox(&program) {
            let settings: String = FIREFOX.iter().map(|(name, value)| format!("user_pref(\"{name}\", {value});\n")).collect();
            fs::write(profile.0.join("user.js"), settings).map_err(trouble)?;
            command.args(["--no-remote", "--new-instance", "--profile"]).arg(&profile.0).args(["--new-window", address]);
        } else {
            command.args(CHROMIUM).arg(format!("--app={address}"));
            let mut own = std::ffi::OsString::from("--user-data-dir=");
            own.push(&profile.0);
            command.arg(own);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        Ok(Self { child: command.spawn().map_err(trouble)?, profile })
    }

    /// Waits until the person has closed it.
    pub(crate) async fn closed(&mut self) {
        let _ = self.child.wait().await;
    }

    /// Closes it if it is open, and takes away what it has written.
    ///
    /// # Errors
    /// [`Trouble::Profile`]: where something was left.
    pub(crate) async fn end(mut self) -> Result<(), Trouble> {
        self.ask_to_end();
        if timeout(FAREWELL, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
        for _ in 0..STEPS {
            if self.profile.is_gone() {
                return Ok(());
            }
            sleep(STEP).await;
        }
        Err(Trouble::Profile(self.profile.0.clone()))
    }

    #[cfg(unix)]
    fn ask_to_end(&self) {
        let id = self.child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(id) = id {
            // It may have ended by itself just now.
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
    }

    #[cfg(not(unix))]
    fn ask_to_end(&mut self) {
        let _ = self.child.start_kill();
    }
}

/// A folder that is gone with this.
struct Profile(PathBuf);

impl Profile {
    /// In memory where the system has such a place for a person, and readable for nobody else.
    fn new() -> io::Result<Self> {
        let memory = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir());
        let mut number = [0; 8];
        SystemRandom::new().fill(&mut number).map_err(|_| io::Error::other("the system gives no random numbers"))?;
        let name = format!("incamera-window-{:016x}", u64::from_be_bytes(number));
        let folder = memory.unwrap_or_else(std::env::temp_dir).join(name);
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        Ok(Self(folder))
    }

    fn is_gone(&self) -> bool {
        fs::remove_dir_all(&self.0).is_ok() || !self.0.exists()
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        self.is_gone();
    }
}

fn is_firefox(program: &Path) -> bool {
    program.file_stem().is_some_and(|name| name.to_string_lossy().to_lowercase().contains("firefox"))
}

/// The first of them that is here.
fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let names = PROGRAMS.iter().map(|name| format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let on_path = names.flat_map(|name| folders.iter().map(move |folder| folder.join(&name)).collect::<Vec<_>>());
    on_path.chain(PLACES.iter().map(PathBuf::from)).find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_firefox_is_known_by_its_name() {
        for (program, firefox) in [
            ("/usr/bin/firefox-esr", true),
            ("/Applications/Firefox.app/Contents/MacOS/firefox", true),
            ("/usr/bin/chromium", false),
            ("/home/firefox/chrome", false),
        ] {
            assert_eq!(is_firefox(Path::new(program)), firefox, "{program}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_profile_is_its_owners_alone_and_goes_with_what_is_in_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let profile = Profile::new().unwrap();
        let folder = profile.0.clone();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        fs::create_dir(folder.join("Default")).unwrap();
        fs::write(folder.join("Default/History"), "x").unwrap();
        drop(profile);
        assert!(!folder.exists());
    }
}
