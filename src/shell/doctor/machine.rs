//! What the system allows this program.
//!
//! **Invariant:** reads what the kernel says and asks nobody else.

use super::report::{Report, Verdict};
use crate::shell::config::keys::Settings;
use crate::shell::sight::machine::Machine;
use crate::shell::udp::SYSTEM_BUFFER;
use std::path::Path;

/// Files beside connections: sockets, certificates, what the runtime has.
const FILES_BESIDE: u64 = 256;

/// systemd's own service says so by this file, and by nothing when the clock is kept by somebody else.
const CLOCK_IS_KEPT: &str = "/run/systemd/timesync/synchronized";

/// Looks at files, buffers and the clock.
pub(crate) fn look(settings: &Settings, report: &mut Report) {
    report.add("open files", files(Machine::look().most_files, settings.connections.get().into()));
    for (name, way) in [("rmem_max", "received"), ("wmem_max", "sent")] {
        let allowed = std::fs::read_to_string(format!("/proc/sys/net/core/{name}"));
        let allowed = allowed.ok().and_then(|text| text.trim().parse().ok());
        report.add(&format!("buffer of what is {way}"), buffer(name, allowed));
    }
    report.add("clock", clock(Path::new(CLOCK_IS_KEPT).exists()));
}

fn files(allowed: Option<u64>, connections: u64) -> Verdict {
    let needed = connections + FILES_BESIDE;
    match allowed {
        None => Verdict::Unknown("this system does not say how many this program may have".into()),
        Some(allowed) if allowed >= needed => Verdict::Good(format!("{allowed} allowed, {needed} needed")),
        Some(allowed) => Verdict::Mend(format!(
            "{allowed} are allowed here and {needed} may be needed ({connections} connections). In a systemd unit: LimitNOFILE={needed}; in a \
             shell: `ulimit -n {needed}`. Or let fewer in: `connections`"
        )),
    }
}

fn buffer(name: &str, allowed: Option<usize>) -> Verdict {
    match allowed {
        None => Verdict::Unknown("this system does not say".into()),
        Some(allowed) if allowed >= SYSTEM_BUFFER => Verdict::Good(format!("{allowed} bytes")),
        Some(allowed) => Verdict::Mend(format!(
            "{allowed} bytes; with many people packets are lost at moments when the machine is busy. Put `net.core.{name} = {SYSTEM_BUFFER}` \
             into /etc/sysctl.d/90-incamera.conf, then `sysctl --system`"
        )),
    }
}

fn clock(kept: bool) -> Verdict {
    if kept {
        return Verdict::Good("is kept by the network".into());
    }
    Verdict::Unknown(
        "whether something keeps it right is not known here; `timedatectl` says. Certificates are valid by the clock".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_the_settings_fit_into_the_systems() {
        assert!(matches!(files(Some(20_256), 20_000), Verdict::Good(_)));
        assert!(matches!(files(Some(1_024), 20_000), Verdict::Mend(words) if words.contains("LimitNOFILE=20256")));
        assert!(matches!(files(None, 1), Verdict::Unknown(_)));
        assert!(matches!(buffer("rmem_max", Some(SYSTEM_BUFFER)), Verdict::Good(_)));
        assert!(matches!(buffer("rmem_max", Some(212_992)), Verdict::Mend(words) if words.contains("net.core.rmem_max = ")));
    }
}
