//! At which addresses the media port can be reached.
//!
//! **Invariant:** never empty, never an unspecified address.

use super::config::kinds::Domain;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// How long a start waits for the DNS.
const DNS_WITHIN: Duration = Duration::from_secs(5);

/// The candidates for the answers: those that were named (`public`) if any; else the address listened on; else, when that is "all", every address
/// of this machine.
pub(crate) fn candidates(media: SocketAddr, page: SocketAddr, public: &[IpAddr]) -> Vec<SocketAddr> {
    let addresses = if !public.is_empty() {
        public.to_vec()
    } else if !media.ip().is_unspecified() {
        vec![media.ip()]
    } else {
        of_this_machine(media.is_ipv6(), page.ip().is_loopback())
    };
    addresses.into_iter().map(|address| SocketAddr::new(address, media.port())).collect()
}

/// Of the given TCP listeners' candidates, those that a browser can reach: what `takes` says of each, or all of them when somebody in front
/// (`named`) brings connections here at all.
pub(crate) fn streams(candidates: &[SocketAddr], named: bool, takes: impl Fn(SocketAddr) -> bool, any: bool) -> Vec<SocketAddr> {
    candidates.iter().copied().filter(|&candidate| if named { any } else { takes(candidate) }).collect()
}

/// Every address at which this machine can be reached from elsewhere; with `with_loopback`, or when there is none, from itself.
pub(crate) fn of_this_machine(both_families: bool, with_loopback: bool) -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let usable = interfaces.into_iter().filter(|interface| interface.is_oper_up() && !interface.is_link_local());
    let mut addresses: Vec<_> = usable.map(|interface| interface.ip()).filter(|ip| !ip.is_loopback()).collect();
    addresses.retain(|address| both_families || address.is_ipv4());
    // Those that everybody can reach go first: containers and tunnels bring many others.
    addresses.sort_by_key(|address| !is_public(*address));
    addresses.truncate(8);
    if with_loopback || addresses.is_empty() {
        addresses.insert(0, Ipv4Addr::LOCALHOST.into());
    }
    addresses
}

/// The addresses of a host with a domain: those found here that are public, and those that the domain's DNS entry leads to, be they here or
/// at a NAT in front; all that were found when that is none.
pub(crate) fn of_domain(found: Vec<IpAddr>, entered: &[IpAddr]) -> Vec<IpAddr> {
    let mut best: Vec<IpAddr> = found.iter().copied().filter(|address| is_public(*address)).collect();
    for address in entered.iter().map(IpAddr::to_canonical) {
        // Debian's own entry for a machine's name is 127.0.1.1.
        if !address.is_loopback() && !address.is_unspecified() && !best.contains(&address) {
            best.push(address);
        }
    }
    best.truncate(8);
    if best.is_empty() { found } else { best }
}

/// What the DNS says of a name, within some seconds.
pub(crate) async fn entered(domain: &Domain) -> Vec<IpAddr> {
    let asked = tokio::time::timeout(DNS_WITHIN, tokio::net::lookup_host((domain.as_str(), 0))).await;
    asked.ok().and_then(Result::ok).map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default()
}

/// True for an address that the whole internet can reach, unless somebody filters.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            let is_other = address.is_loopback() || address.is_link_local() || address.is_unspecified() || a >= 224 || a == 0;
            !(address.is_private() || is_shared || is_other)
        }
        IpAddr::V6(address) => address.segments()[0] & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn named_goes_before_listened_on_goes_before_found() {
        let public = [IpAddr::from([192, 0, 2, 7])];
        assert_eq!(candidates(at("0.0.0.0:1"), at("0.0.0.0:2"), &public), [at("192.0.2.7:1")]);
        assert_eq!(candidates(at("127.0.0.1:1"), at("127.0.0.1:2"), &[]), [at("127.0.0.1:1")]);
        let found = candidates(at("0.0.0.0:1"), at("127.0.0.1:2"), &[]);
        assert_eq!(found.first(), Some(&at("127.0.0.1:1")));
        assert!(found.iter().all(|address| address.port() == 1 && !address.ip().is_unspecified()));
    }

    #[test]
    fn a_domain_is_reached_from_everywhere_or_else_from_near() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let found = vec![ip("203.0.113.7"), ip("2001:db8::7"), ip("10.0.0.7"), ip("172.17.0.1"), ip("fd00::7")];
        assert_eq!(of_domain(found.clone(), &[]), found[..2]);
        assert_eq!(of_domain(found[2..].to_vec(), &[ip("198.51.100.1")]), [ip("198.51.100.1")], "behind NAT");
        assert_eq!(of_domain(found.clone(), &[ip("10.0.0.7")]), found[..3], "a name that is known inside too");
        assert_eq!(of_domain(found[2..].to_vec(), &[ip("127.0.1.1"), ip("::1")]), found[2..]);
        for near in
            ["100.64.0.1", "169.254.1.1", "192.168.0.1", "127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fd00::1", "::1", "224.0.0.1"]
        {
            assert!(!is_public(ip(near)), "{near}");
        }
        for far in ["8.8.8.8", "100.128.0.1", "172.32.0.1", "2a00::1"] {
            assert!(is_public(ip(far)), "{far}");
        }
    }
}
