//! What the host may do under systemd (`packaging/incamera.service`), as systemd itself counts it.
//!
//! Invariant: the exposure is at most [`MOST`], and a unit without the sandbox would be found.

use crate::Outcome;
use crate::places::Places;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Tenths of the exposure that `systemd-analyze security` counts, from 0 (can do nothing) to 100 (can do everything).
const MOST: u32 = 15;

/// True when there is a systemd-analyze that looks at files (systemd 250).
pub(crate) fn can_be_analysed() -> bool {
    let help = Command::new("systemd-analyze").arg("--help").output();
    help.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("--offline"))
}

/// The unit's exposure, and that of the same unit without its sandbox for comparison.
pub(crate) fn exposure(places: &Places) -> Outcome {
    let unit = places.root.join("packaging/incamera.service");
    let (within, said) = analysed(&unit)?;
    println!("{said}");
    if !within {
        return Err(format!("{}: more than {}.{}", unit.display(), MOST / 10, MOST % 10).into());
    }
    let folder = places.target.join("units");
    fs::create_dir_all(&folder)?;
    let open = folder.join("incamera-open.service");
    fs::write(&open, without_sandbox(&fs::read_to_string(&unit)?))?;
    match analysed(&open)? {
        (false, _) => Ok(()),
        (true, said) => Err(format!("without its sandbox it is counted as little, so this check proves nothing: {said}").into()),
    }
}

/// Whether the exposure is within the limit, and systemd's line about it.
fn analysed(unit: &Path) -> Outcome<(bool, String)> {
    let mut command = Command::new("systemd-analyze");
    command.args(["security", "--offline=true", "--no-pager", &format!("--threshold={MOST}")]).arg(unit);
    let output = command.env("LC_ALL", "C").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.contains("Overall exposure level"));
    let line = line.ok_or_else(|| format!("systemd-analyze says nothing of {}", unit.display()))?;
    Ok((output.status.success(), line.trim_start_matches(['→', ' ']).to_owned()))
}

/// The unit with what it runs and without what it is kept from.
fn without_sandbox(unit: &str) -> String {
    let kept = ["[", "Type=", "ExecStart=", "Description="];
    unit.lines().filter(|line| kept.iter().any(|start| line.starts_with(start))).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: &str = include_str!("../../packaging/incamera.service");

    /// Not counted by systemd, and lost most easily for that.
    #[test]
    fn nothing_of_a_meeting_comes_to_a_disk_by_way_of_the_machine() {
        for line in ["MemorySwapMax=0", "LimitCORE=0", "StateDirectoryMode=0700", "DynamicUser=yes"] {
            assert!(UNIT.lines().any(|own| own == line), "{line}");
        }
    }

    #[test]
    fn settings_that_are_wrong_are_not_tried_again() {
        assert!(UNIT.contains("\nRestartPreventExitStatus=2\n") && UNIT.contains("\nRestart=on-failure\n"));
    }

    #[test]
    fn without_its_sandbox_a_unit_still_runs_the_host() {
        let open = without_sandbox(UNIT);
        assert!(open.contains("ExecStart=/usr/bin/incamera serve") && open.contains("[Service]"), "{open}");
        assert!(!open.contains("Protect") && !open.contains("Restrict") && !open.contains("Capability"), "{open}");
    }
}
