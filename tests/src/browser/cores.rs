//! Working, told from waiting for a core, of which a test has fewer than browsers.
//!
//! Invariant: the browser says when its main thread was busy, and the kernel for how much of that the thread ran; the page under test takes no
//! part in either. Linux only.

use super::participant::Participant;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often the kernel is asked. Of a thread that runs it keeps account at each of its own ticks, of 1 to 10 ms.
const EVERY: Duration = Duration::from_millis(2);

/// What the kernel said: milliseconds since 1970, and for how many of them a thread had a core so far.
type Sample = (f64, f64);

/// Watches one thread until it is asked what it saw.
pub struct Cores {
    enough: Sender<()>,
    watcher: JoinHandle<Vec<Sample>>,
}

impl Participant {
    /// From now on notes when the page's main thread has a core: that of the browser's busiest page.
    ///
    /// # Panics
    /// When the browser has no page, or this is no Linux.
    pub fn watch_cores(&self) -> Cores {
        let pages = self.pages().into_iter().filter_map(|page| Some((page.clone(), had(&page)?)));
        let (page, _) = pages.max_by(|one, other| one.1.total_cmp(&other.1)).expect("a browser has a page");
        let (enough, asked) = channel();
        Cores { enough, watcher: std::thread::spawn(move || watch(&page, &asked)) }
    }

    /// What the kernel says of the main threads of this browser's pages: files.
    fn pages(&self) -> Vec<PathBuf> {
        let group = self.group().to_string();
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let read = |name: &str| std::fs::read(entry.path().join(name)).unwrap_or_default();
            let (line, stat) = (read("cmdline"), read("stat"));
            let stat = String::from_utf8_lossy(&stat);
            // The third field behind the name, which may contain anything.
            let own = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(2)) == Some(&*group);
            if own && String::from_utf8_lossy(&line).contains("--type=renderer") {
                let main = entry.file_name();
                found.push(entry.path().join("task").join(main).join("schedstat"));
            }
        }
        found
    }
}

impl Cores {
    /// All that was seen until now.
    ///
    /// # Panics
    /// When there were fewer than two looks at the thread: it has ended.
    pub fn seen(self) -> Ran {
        let _ = self.enough.send(());
        let samples = self.watcher.join().expect("the watcher only reads");
        assert!(samples.len() > 1, "the thread was gone before it was looked at");
        Ran(samples)
    }
}

/// When a thread ran.
pub struct Ran(Vec<Sample>);

impl Ran {
    /// For how many milliseconds it had a core between two moments (milliseconds since 1970).
    pub fn between(&self, begin: f64, end: f64) -> f64 {
        self.until(end) - self.until(begin)
    }

    /// By then in all; between two looks in proportion.
    fn until(&self, moment: f64) -> f64 {
        let after = self.0.partition_point(|&(at, _)| at < moment).clamp(1, self.0.len() - 1);
        let ((early, less), (late, more)) = (self.0[after - 1], self.0[after]);
        less + (more - less) * ((moment - early) / (late - early)).clamp(0.0, 1.0)
    }
}

#[expect(clippy::disallowed_methods, reason = "compared with what a browser says of its own clock")]
fn watch(thread: &Path, asked: &Receiver<()>) -> Vec<Sample> {
    let mut samples = Vec::new();
    while let Some(ran) = had(thread) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        samples.push((now.as_secs_f64() * 1e3, ran));
        if asked.recv_timeout(EVERY).is_ok() {
            break;
        }
    }
    samples
}

/// For how many milliseconds the thread has had a core (proc(5), the first field of `schedstat`, nanoseconds).
fn had(thread: &Path) -> Option<f64> {
    let said = std::fs::read_to_string(thread).ok()?;
    Some(said.split_whitespace().next()?.parse::<f64>().ok()? / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_looks_time_is_shared_out() {
        let ran = Ran(vec![(1000.0, 10.0), (1010.0, 20.0), (1020.0, 20.0), (1030.0, 22.0)]);
        assert_eq!(ran.between(1000.0, 1030.0), 12.0);
        assert_eq!(ran.between(1005.0, 1010.0), 5.0);
        assert_eq!(ran.between(1010.0, 1020.0), 0.0, "it waited");
        assert_eq!(ran.between(0.0, 5000.0), 12.0, "nothing is known of what lies outside");
    }
}
