//! At which addresses the media port can be reached.
//!
//! **Invariant:** never empty, never an unspecified address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The candidates for the answers: those advertised if any; else the address listened on; else, when that is "all", every address
/// of this machine.
pub(crate) fn candidates(media: SocketAddr, page: SocketAddr, advertised: &[IpAddr]) -> Vec<SocketAddr> {
    let addresses = if !advertised.is_empty() {
        advertised.to_vec()
    } else if !media.ip().is_unspecified() {
        vec![media.ip()]
    } else {
        of_this_machine(media.is_ipv6(), page.ip().is_loopback())
    };
    addresses.into_iter().map(|address| SocketAddr::new(address, media.port())).collect()
}

/// Of the given TCP listeners' candidates, those that a browser can reach: what `takes` says of each, or all of them when somebody in front
/// (`advertised`) brings connections here at all.
pub(crate) fn streams(
    candidates: &[SocketAddr],
    advertised: bool,
    takes: impl Fn(SocketAddr) -> bool,
    any: bool,
) -> Vec<SocketAddr> {
    candidates.iter().copied().filter(|&candidate| if advertised { any } else { takes(candidate) }).collect()
}

/// Every address at which this machine can be reached from elsewhere; with `with_loopback`, or when there is none, from itself.
pub(crate) fn of_this_machine(both_families: bool, with_loopback: bool) -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let usable = interfaces.into_iter().filter(|interface| interface.is_oper_up() && !interface.is_link_local());
    let mut addresses: Vec<_> = usable.map(|interface| interface.ip()).filter(|ip| !ip.is_loopback()).collect();
    addresses.retain(|address| both_families || address.is_ipv4());
    addresses.truncate(8);
    if with_loopback || addresses.is_empty() {
        addresses.insert(0, Ipv4Addr::LOCALHOST.into());
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn advertised_goes_before_listened_on_goes_before_found() {
        let public = [IpAddr::from([192, 0, 2, 7])];
        assert_eq!(candidates(at("0.0.0.0:1"), at("0.0.0.0:2"), &public), [at("192.0.2.7:1")]);
        assert_eq!(candidates(at("127.0.0.1:1"), at("127.0.0.1:2"), &[]), [at("127.0.0.1:1")]);
        let found = candidates(at("0.0.0.0:1"), at("127.0.0.1:2"), &[]);
        assert_eq!(found.first(), Some(&at("127.0.0.1:1")));
        assert!(found.iter().all(|address| address.port() == 1 && !address.ip().is_unspecified()));
    }
}
