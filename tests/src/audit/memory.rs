//! The memory of a running process.
//!
//! Invariant: every page that the process itself can read is read, writable or not; pages that vanish meanwhile are
//! left out, and how much was read is told, so that a scan of nothing is seen.

use super::canary::{Kind, Search};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Result;
use std::os::unix::fs::FileExt;

/// What a scan found.
#[derive(Debug)]
pub struct Scan {
    /// Kinds of secrets found.
    pub kinds: BTreeSet<Kind>,
    /// Bytes read.
    pub bytes: usize,
}

/// Read at once; neighbouring pieces overlap by the longest pattern.
const PIECE: usize = 4 << 20;

/// Looks through all memory of the process.
///
/// # Errors
/// When the process is gone or belongs to somebody else.
pub fn scan(process: u32, search: &Search<'_>) -> Result<Scan> {
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps"))?;
    let memory = File::open(format!("/proc/{process}/mem"))?;
    let mut found = Scan { kinds: BTreeSet::new(), bytes: 0 };
    let mut piece = vec![0; PIECE];
    for (start, end) in maps.lines().filter_map(readable) {
        let mut at = start;
        while at < end {
            let wanted = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
            let Ok(read) = memory.read_at(&mut piece[..wanted], at) else { break };
            if read == 0 {
                break;
            }
            found.bytes += read;
            found.kinds.extend(search.kinds_in(&piece[..read]));
            let last = at + read as u64 >= end;
            at += if last { read } else { read.saturating_sub(search.longest()).max(1) } as u64;
        }
    }
    Ok(found)
}

/// Start and end of a region that can be read.
fn readable(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_whitespace();
    let (range, rights) = (words.next()?, words.next()?);
    let is_kernels = line.ends_with("[vvar]") || line.ends_with("[vsyscall]") || line.ends_with("[vvar_vclock]");
    if !rights.starts_with('r') || is_kernels {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    Some((u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::canary::Canaries;
    use super::*;

    #[test]
    fn what_a_process_holds_is_found() {
        let mut canaries = Canaries::default();
        let secret = ["Wandering", "Albatross", "Observatory"].join(" ");
        canaries.plant(Kind::Name, &secret);
        let held = secret.clone();
        let scan = scan(std::process::id(), &canaries.search()).expect("a process may read itself");
        assert!(scan.kinds.contains(&Kind::Name), "{held} is in this very process");
        assert!(scan.bytes > 1_000_000, "{} bytes", scan.bytes);
    }

    #[test]
    fn lines_of_maps_are_read() {
        assert_eq!(readable("7f00-7f10 rw-p 00000000 00:00 0 [heap]"), Some((0x7f00, 0x7f10)));
        assert_eq!(readable("7f00-7f10 ---p 00000000 00:00 0"), None);
        assert_eq!(readable("7f00-7f10 r--p 00000000 00:00 0 [vvar]"), None);
    }
}
