//! What the system says of this process.
//!
//! **Invariant:** reads `/proc/self` and nothing else; where there is none, there are no figures.

use std::fs;

/// What the process takes of the machine. `None`: the system does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Machine {
    /// Memory, bytes.
    pub(crate) memory: Option<u64>,
    /// Open files and sockets.
    pub(crate) files: Option<u64>,
    /// As many as it may have.
    pub(crate) most_files: Option<u64>,
}

impl Machine {
    /// At this moment.
    pub(crate) fn look() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        Self {
            memory: number_behind(&status, "VmRSS:").map(|kilobytes| kilobytes * 1024),
            // One of them is the directory that is being read.
            files: fs::read_dir("/proc/self/fd").ok().map(|all| (all.count() as u64).saturating_sub(1)),
            most_files: number_behind(&limits, "Max open files"),
        }
    }
}

fn number_behind(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_takes_memory_and_files() {
        let machine = Machine::look();
        assert!(machine.memory.is_some_and(|bytes| bytes > 1 << 20), "{machine:?}");
        assert!(machine.files.is_some_and(|files| files >= 3) && machine.most_files > machine.files, "{machine:?}");
    }
}
