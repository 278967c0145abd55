//! Whether the ports can be had, or who has them.
//!
//! **Invariant:** a port that is tried is given back at once; none that somebody has is taken from them.

use super::report::{Report, Verdict};
use crate::shell::config::keys::Settings;
use std::io;
use std::net::{Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

/// One port.
struct Port {
    what: &'static str,
    over: &'static str,
    at: SocketAddr,
    outcome: io::Result<()>,
}

/// Tries them. True when the page's port is taken, presumably by the host.
pub(crate) fn look(settings: &Settings, report: &mut Report) -> bool {
    let page = settings.page();
    let media = settings.media.unwrap_or_else(|| SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), page.port()));
    let listen = |at: SocketAddr| TcpListener::bind(at).map(drop);
    let mut ports = vec![
        Port { what: "page", over: "TCP", at: page, outcome: listen(page) },
        Port { what: "picture and sound", over: "UDP", at: media, outcome: UdpSocket::bind(media).map(drop) },
    ];
    if let Some(at) = settings.redirected() {
        ports.insert(1, Port { what: "the way to HTTPS", over: "TCP", at, outcome: listen(at) });
    }
    let runs = ports.first().is_some_and(Port::is_taken);
    for port in ports {
        report.add(&format!("{} ({} {})", port.what, port.over, port.at), port.verdict(runs));
    }
    runs
}

impl Port {
    fn is_taken(&self) -> bool {
        matches!(&self.outcome, Err(error) if error.kind() == io::ErrorKind::AddrInUse)
    }

    fn verdict(&self, runs: bool) -> Verdict {
        match &self.outcome {
            Ok(()) if runs => Verdict::Mend(
                "nobody listens there, though somebody has the page's port: that is another program, or a host with other settings".into(),
            ),
            Ok(()) => Verdict::Good("free".into()),
            Err(_) if self.is_taken() && runs => Verdict::Good("in use, as it is while the host runs".into()),
            Err(_) if self.is_taken() => Verdict::Mend(format!(
                "another program has it. `ss -lnp{} 'sport = :{}'` names it: stop that, or choose another port",
                if self.over == "UDP" { "u" } else { "t" },
                self.at.port()
            )),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Verdict::Mend(
                "ports below 1024 take a right that this user does not have: start the host by its systemd unit, or as root, or give the program \
                 the right with `setcap cap_net_bind_service=+ep`"
                    .into(),
            ),
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                Verdict::Mend("this machine does not have that address: correct the setting".into())
            }
            Err(error) => Verdict::Unknown(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::config::{Config, Given};

    fn port(kind: io::ErrorKind) -> Port {
        Port { what: "page", over: "TCP", at: "[::]:443".parse().unwrap(), outcome: Err(kind.into()) }
    }

    #[test]
    fn a_port_that_is_taken_is_good_only_while_the_host_runs() {
        assert!(matches!(port(io::ErrorKind::AddrInUse).verdict(true), Verdict::Good(_)));
        assert!(matches!(port(io::ErrorKind::AddrInUse).verdict(false), Verdict::Mend(words) if words.contains("ss -lnpt")));
        assert!(matches!(port(io::ErrorKind::PermissionDenied).verdict(false), Verdict::Mend(words) if words.contains("setcap")));
        let free = Port { outcome: Ok(()), ..port(io::ErrorKind::Other) };
        assert!(matches!(free.verdict(false), Verdict::Good(_)) && matches!(free.verdict(true), Verdict::Mend(_)));
    }

    #[test]
    fn what_was_tried_is_free_again() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = taken.local_addr().unwrap();
        let variable = |name: &str| match name {
            "INCAMERA_LISTEN" => Some(at.to_string()),
            "INCAMERA_MEDIA" => Some("127.0.0.1:0".to_owned()),
            _ => None,
        };
        let settings = Config::load(&Given::default(), variable).unwrap().settings;
        assert!(look(&settings, &mut Report::default()));
        drop(taken);
        assert!(!look(&settings, &mut Report::default()));
        assert!(TcpListener::bind(at).is_ok());
    }
}
