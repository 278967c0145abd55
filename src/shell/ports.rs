//! Opening the media port: one UDP socket for each core, and TCP where it can be had.
//!
//! **Invariant:** a port that somebody else has is refused, ours included: the cores' sockets share it with each other and with nobody.

use socket2::SockRef;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use tracing::info;

/// One socket for each of `count` cores at the same address. Port 0 takes any.
///
/// # Errors
/// Those of the system.
pub(crate) fn udp(wanted: SocketAddr, count: usize) -> io::Result<Vec<UdpSocket>> {
    // The first socket asks for the port alone, so that a port in use is noticed; only then is it opened to the others, and closed behind them.
    let first = UdpSocket::bind(wanted)?;
    let at = first.local_addr()?;
    let mut sockets = vec![first];
    for _ in 1..count {
        share(&sockets, true)?;
        let next = socket2::Socket::new(socket2::Domain::for_address(at), socket2::Type::DGRAM, Some(socket2::Protocol::UDP))?;
        if at.is_ipv6() {
            next.set_only_v6(SockRef::from(&sockets[0]).only_v6()?)?;
        }
        set_shared(&SockRef::from(&next), true)?;
        next.bind(&at.into())?;
        sockets.push(next.into());
    }
    share(&sockets, false)?;
    Ok(sockets)
}

/// As [`udp`] on every address of the machine: of both families where there are both.
///
/// # Errors
/// Those of the system.
pub(crate) fn udp_everywhere(port: u16, count: usize) -> io::Result<Vec<UdpSocket>> {
    match udp(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port), count) {
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => udp(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port), count),
        done => done,
    }
}

fn share(sockets: &[UdpSocket], shared: bool) -> io::Result<()> {
    sockets.iter().try_for_each(|socket| set_shared(&SockRef::from(socket), shared))
}

#[cfg(unix)]
fn set_shared(socket: &SockRef<'_>, shared: bool) -> io::Result<()> {
    socket.set_reuse_port(shared)
}

#[cfg(not(unix))]
fn set_shared(_: &SockRef<'_>, _: bool) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Cores that can share a port here.
pub(crate) fn most_cores() -> usize {
    // Elsewhere SO_REUSEPORT gives everything to one socket, or is not there.
    if cfg!(target_os = "linux") { crate::core::media::CORES } else { 1 }
}

/// TCP listeners for media at the media port, where the page's own listener (`page`) does not take connections for both.
pub(crate) fn tcp(media: SocketAddr, page: SocketAddr, of_this_machine: &[IpAddr]) -> Vec<TcpListener> {
    let places: Vec<IpAddr> = if media.port() != page.port() || !media.ip().is_unspecified() {
        vec![media.ip()]
    } else {
        // The page listens at one address of this port: all of them at once cannot be had, the others can.
        of_this_machine.to_vec()
    };
    let places = places.into_iter().filter(|&place| !takes(page, SocketAddr::new(place, media.port())));
    let listen = |place| {
        let listener = TcpListener::bind(SocketAddr::new(place, media.port())).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        listener.inspect_err(|error| info!(cause = %error.kind(), "media over TCP cannot be had at one of the addresses")).ok()
    };
    places.filter_map(listen).collect()
}

/// True when a listener at `listener` takes connections to `to`.
pub(crate) fn takes(listener: SocketAddr, to: SocketAddr) -> bool {
    let same_place = match (listener.ip(), to.ip()) {
        (IpAddr::V6(all), _) if all.is_unspecified() => true,
        (IpAddr::V4(all), IpAddr::V4(_)) if all.is_unspecified() => true,
        (one, other) => one == other,
    };
    same_place && listener.port() == to.port()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cores_share_a_port_with_each_other_and_with_nobody() {
        let count = most_cores().min(3);
        let sockets = udp("127.0.0.1:0".parse().unwrap(), count).unwrap();
        let at = sockets[0].local_addr().unwrap();
        assert!(sockets.len() == count && sockets.iter().all(|socket| socket.local_addr().unwrap() == at));
        assert_eq!(udp(at, count).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        let sneaking = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
        let _ = set_shared(&SockRef::from(&sneaking), true);
        assert!(sneaking.bind(&at.into()).is_err(), "not even who offers to share");
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.send_to(b"one", at).unwrap();
        sockets.iter().for_each(|socket| socket.set_nonblocking(true).unwrap());
        let received = || sockets.iter().any(|socket| socket.recv(&mut [0; 8]).is_ok());
        assert!((0..1_000_000).any(|_| received()), "one of them gets it");
    }

    #[test]
    fn a_listener_for_all_takes_its_own_family_or_both() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert!(takes(at("0.0.0.0:1"), at("192.0.2.1:1")) && takes(at("[::]:1"), at("192.0.2.1:1")));
        assert!(!takes(at("0.0.0.0:1"), at("[2001:db8::1]:1")) && !takes(at("127.0.0.1:1"), at("192.0.2.1:1")));
        assert!(!takes(at("0.0.0.0:1"), at("192.0.2.1:2")));
    }

    #[test]
    fn tcp_is_not_asked_for_twice() {
        let page = TcpListener::bind("127.0.0.1:0").unwrap();
        let page = page.local_addr().unwrap();
        assert!(tcp(page, page, &[]).is_empty(), "the page's listener takes both");
        let everywhere = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), page.port());
        let found = tcp(everywhere, page, &[page.ip()]);
        assert!(found.is_empty(), "the one address there is belongs to the page's listener");
    }
}
