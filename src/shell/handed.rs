//! What a supervisor hands over and wants to know (systemd's `LISTEN_FDS` and `NOTIFY_SOCKET`).
//!
//! **Invariant:** without a supervisor nothing of this does anything.

use listenfd::ListenFd;
use std::net::{TcpListener, UdpSocket};

/// Sockets that are open already.
#[derive(Default)]
pub struct Handed {
    /// For the page, and for the port that leads to it.
    pub(super) tcp: Vec<TcpListener>,
    /// For media: one for each core. They share an address (`ReusePort=yes`).
    pub(super) udp: Vec<UdpSocket>,
}

impl Handed {
    /// What was handed to this process. Once: the next call finds nothing.
    pub fn take() -> Self {
        let mut handed = Self::default();
        let mut sockets = ListenFd::from_env();
        for index in 0..sockets.len() {
            // A socket of another kind is left where it is.
            if let Ok(Some(listener)) = sockets.take_tcp_listener(index) {
                handed.tcp.push(listener);
            } else if let Ok(Some(socket)) = sockets.take_udp_socket(index) {
                handed.udp.push(socket);
            }
        }
        handed
    }
}

/// Tells the supervisor how it stands.
#[cfg(target_os = "linux")]
pub(crate) fn tell(word: &str) {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    let Some(place) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let address = match place.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&place),
    };
    // Who does not listen need not be told.
    if let (Ok(address), Ok(socket)) = (address, UnixDatagram::unbound()) {
        let _ = socket.send_to_addr(word.as_bytes(), &address);
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn tell(_: &str) {}
