//! What can be reached through the relay: the host's own media addresses, each at its port, and nothing else.

use super::browser::{Browser, UDP, at, own, service};
use crate::relay::client::Over;
use proptest::prelude::*;
use rtc_stun::attributes::ATTR_REQUESTED_ADDRESS_FAMILY;
use rtc_stun::message::METHOD_ALLOCATE;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Places that a relay has no business with, by name.
const PLACES: [(&str, &[&str]); 12] = [
    ("loopback", &["127.0.0.1", "127.0.1.1", "127.255.255.254", "::1"]),
    ("private (RFC 1918) and shared (RFC 6598)", &["10.0.0.1", "172.16.0.1", "172.17.0.1", "192.168.1.1", "100.64.0.1"]),
    ("unique local", &["fd00::1", "fc00::1", "fdff:ffff::1"]),
    ("link-local", &["169.254.0.1", "169.254.255.254", "fe80::1", "febf::1"]),
    ("metadata of clouds", &["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"]),
    ("this host, this network", &["0.0.0.0", "0.0.0.1", "::"]),
    ("multicast and broadcast", &["224.0.0.1", "239.255.255.250", "255.255.255.255", "ff02::1", "ff05::2"]),
    (
        "mapped and compatible",
        &["::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "::198.51.100.7"],
    ),
    ("6to4", &["2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:a00:1::1", "2002:c633:6407::1"]),
    ("NAT64", &["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::c633:6407", "64:ff9b:1::a00:1"]),
    ("Teredo", &["2001::7f00:1", "2001:0:c633:6407::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"]),
    ("everybody else", &["8.8.8.8", "198.51.100.6", "198.51.100.8", "2a0b:7::2", "2a0b:7::", "192.0.2.1", "2001:db8::1"]),
];

const PORTS: [u16; 9] = [0, 22, 53, 80, 442, 443, 444, 8_443, 65_535];

/// A browser that has permissions for all that there are, and a channel, and asks on.
struct Prober(Vec<Browser>);

impl Prober {
    /// One of each family.
    fn new() -> Self {
        let of = |place: SocketAddr, family: u8| {
            let mut browser = Browser::of(service(&own()), Over::Udp);
            let made = browser.asks(METHOD_ALLOCATE, &[UDP, (ATTR_REQUESTED_ADDRESS_FAMILY, &[family, 0, 0, 0])]);
            assert_eq!((made.code(), browser.binds(0x4000, place), browser.permits(&[place])), (0, 0, 0));
            browser
        };
        let [v4, v6] = own();
        Self(vec![of(v4, 1), of(v6, 2)])
    }

    /// In how many ways something got through to that peer: a permission, one beside a good one, a channel, the old channel, a datagram.
    fn gets_through(&mut self, peer: SocketAddr) -> usize {
        let mut through = 0;
        for (browser, good) in self.0.iter_mut().zip(own()) {
            let asked = [
                browser.permits(&[peer]),
                browser.permits(&[good, peer]),
                browser.permits(&[peer, good]),
                browser.binds(0x4001, peer),
                browser.binds(0x4000, peer),
            ];
            assert!(asked.iter().all(|code| [0, 400, 403, 443].contains(code)), "{peer}: {asked:?}");
            through += asked.iter().filter(|code| **code == 0).count();
            through += usize::from(browser.sends(peer, b"x").is_some()) + usize::from(browser.sends_in(0x4001, b"x").is_some());
            let door = browser.door(good);
            assert_eq!(browser.sends_in(0x4000, b"x"), Some((door, b"x".to_vec())), "the good one goes on");
        }
        through
    }
}

#[test]
fn nothing_internal_and_nothing_else_can_be_reached() {
    let mut prober = Prober::new();
    let own: BTreeSet<SocketAddr> = own().into();
    let all = PLACES.iter().flat_map(|(_, places)| places.iter()).map(|place| place.parse::<IpAddr>().unwrap());
    let all: BTreeSet<IpAddr> = all.chain(own.iter().map(SocketAddr::ip)).chain(disguises()).collect();
    let peers: Vec<_> = all.iter().flat_map(|place| PORTS.map(|port| SocketAddr::new(*place, port))).collect();
    let strangers: Vec<_> = peers.iter().filter(|peer| !own.contains(peer)).collect();
    assert_eq!(strangers.len(), peers.len() - 2, "both of our own are among them");
    let permitted: usize = strangers.iter().map(|peer| prober.gets_through(**peer)).sum();
    let ways = 14 * strangers.len();
    #[expect(clippy::print_stdout, reason = "the figure that is asked for")]
    {
        println!("{permitted} permitted of {ways} tries at {} peers", strangers.len());
    }
    assert_eq!(permitted, 0);
}

/// Our own IPv4 address, in the clothes of IPv6 addresses.
fn disguises() -> Vec<IpAddr> {
    let IpAddr::V4(own) = own()[0].ip() else { panic!("the first is IPv4") };
    dressed(own).map(IpAddr::V6).to_vec()
}

fn dressed(v4: Ipv4Addr) -> [Ipv6Addr; 6] {
    let bits = u128::from(v4.to_bits());
    [
        v4.to_ipv6_mapped(),
        Ipv6Addr::from_bits(bits),
        Ipv6Addr::from_bits((0x2002 << 112) | (bits << 80) | 1),
        Ipv6Addr::from_bits((0x0064_ff9b << 96) | bits),
        Ipv6Addr::from_bits((0x2001_0000 << 96) | (bits << 64)),
        // The client's address in Teredo is written inverted (RFC 4380 §4).
        Ipv6Addr::from_bits((0x2001_0000 << 96) | (!bits & 0xffff_ffff)),
    ]
}

#[test]
fn a_host_that_is_internal_itself_is_reached_at_its_own_address_alone() {
    for own in ["127.0.0.1:8443", "10.0.0.7:8443", "169.254.169.254:80", "[::ffff:10.0.0.7]:8443"].map(at) {
        let mut browser = Browser::of(service(&[own]), Over::Udp);
        assert_eq!(browser.asks(METHOD_ALLOCATE, &[UDP]).code(), 0);
        let plain = SocketAddr::new(own.ip().to_canonical(), own.port());
        assert_eq!(browser.permits(&[plain]), 0);
        for other in
            ["127.0.0.1:22", "127.0.0.2:8443", "10.0.0.7:22", "10.0.0.8:8443", "169.254.169.254:8443", "0.0.0.0:8443"].map(at)
        {
            assert_eq!(
                (browser.permits(&[other]), browser.binds(0x4000, other), browser.sends(other, b"x")),
                (403, 403, None),
                "{other}"
            );
        }
    }
}

fn any_v4() -> impl Strategy<Value = Ipv4Addr> {
    let near = (0..=255u8).prop_map(|last| Ipv4Addr::new(198, 51, 100, last));
    prop_oneof![any::<u32>().prop_map(Ipv4Addr::from_bits), near, Just(Ipv4Addr::new(169, 254, 169, 254))]
}

fn any_place() -> impl Strategy<Value = IpAddr> {
    let one_bit_off = (0..128u32).prop_map(|bit| {
        let IpAddr::V6(own) = own()[1].ip() else { panic!("the second is IPv6") };
        Ipv6Addr::from_bits(own.to_bits() ^ (1 << bit))
    });
    prop_oneof![
        any_v4().prop_map(IpAddr::V4),
        (any_v4(), 0..6usize).prop_map(|(v4, clothes)| IpAddr::V6(dressed(v4)[clothes])),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
        one_bit_off.prop_map(IpAddr::V6),
        (0..2usize).prop_map(|which| own()[which].ip()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_the_peer_it_is_permitted_when_it_is_exactly_ours(place in any_place(), port in prop_oneof![any::<u16>(), Just(443)]) {
        let peer = SocketAddr::new(place, port);
        prop_assume!(!own().contains(&peer));
        prop_assert_eq!(Prober::new().gets_through(peer), 0);
    }

    /// Bytes that no browser would write as an address: lengths and families that do not fit, clothes in the wrong size.
    #[test]
    fn an_address_that_is_none_permits_nothing(value in proptest::collection::vec(any::<u8>(), 0..24), family in 0..4u8) {
        let mut value = value;
        value.iter_mut().zip([0, family]).for_each(|(byte, new)| *byte = new);
        let mut browser = Browser::allocated(Over::Udp);
        let named = [(rtc_stun::attributes::ATTR_XOR_PEER_ADDRESS, value.as_slice())];
        let code = browser.asks(rtc_stun::message::METHOD_CREATE_PERMISSION, &named).code();
        prop_assert!([400, 403, 443].contains(&code), "{}", code);
    }
}
