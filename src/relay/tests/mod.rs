//! The relay as RFC 8656 has it, and as this host has it: credentials, lifetimes, datagrams both ways.

mod browser;
mod reach;

use super::access::{CREDENTIALS_LAST, Secret};
use super::client::{Over, Step};
use super::clients::{Change, Clients, FROM_ONE_PLACE};
use super::message::Asked;
use super::{CHANNEL, LIFETIME, PERMISSION, is_for_relay};
use browser::{Browser, Said, UDP, at, message, own, service};
use proptest::prelude::*;
use rtc_crypto::RTCCryptoProvider as _;
use rtc_crypto::providers::RingProvider;
use rtc_stun::attributes::{
    ATTR_DATA, ATTR_EVEN_PORT, ATTR_LIFETIME, ATTR_NONCE, ATTR_REALM, ATTR_REQUESTED_ADDRESS_FAMILY, ATTR_REQUESTED_TRANSPORT,
    ATTR_RESERVATION_TOKEN, ATTR_UNKNOWN_ATTRIBUTES, ATTR_XOR_PEER_ADDRESS, ATTR_XOR_RELAYED_ADDRESS, ATTR_XORMAPPED_ADDRESS,
    AttrType,
};
use rtc_stun::message::{
    CLASS_INDICATION, CLASS_REQUEST, METHOD_ALLOCATE, METHOD_BINDING, METHOD_CREATE_PERMISSION, METHOD_REFRESH, MessageType,
};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const FOR_V6: (AttrType, &[u8]) = (ATTR_REQUESTED_ADDRESS_FAMILY, &[2, 0, 0, 0]);

fn lifetime(seconds: u32) -> [u8; 4] {
    seconds.to_be_bytes()
}

#[test]
fn who_asks_is_told_how_and_asks_again() {
    let mut browser = Browser::new(Over::Udp);
    let told = browser.says(METHOD_ALLOCATE, &[UDP]);
    assert_eq!((told.code(), told.value(ATTR_REALM).as_deref(), told.is_signed()), (401, Some(&b"incamera"[..]), false));
    assert_eq!(browser.client.relayed(browser.now), None);
    let made = browser.asks(METHOD_ALLOCATE, &[UDP]);
    let relayed = made.address(ATTR_XOR_RELAYED_ADDRESS).unwrap();
    assert!(made.is_signed() && matches!(relayed.ip(), IpAddr::V4(place) if place.octets()[..3] == [192, 0, 2]));
    assert_eq!(made.value(ATTR_LIFETIME), Some(lifetime(600).to_vec()));
    assert_eq!(made.address(ATTR_XORMAPPED_ADDRESS), Some(at("203.0.113.9:5000")));
    assert_eq!(browser.client.relayed(browser.now), Some(relayed));
    // The answer was lost, and the request comes once more (RFC 8656 §7.2).
    assert_eq!(browser.asks_again(METHOD_ALLOCATE, &[UDP]).address(ATTR_XOR_RELAYED_ADDRESS), Some(relayed));
    assert_eq!(browser.asks(METHOD_ALLOCATE, &[UDP]).code(), 437, "one has one");
}

#[test]
fn no_two_browsers_have_the_same_relayed_address_and_none_is_routed() {
    let service = service(&own());
    let (mut known, mut service) = (std::collections::BTreeSet::new(), Some(service));
    for family in [&[][..], &[FOR_V6]] {
        for _ in 0..50 {
            let mut browser = Browser::of(service.take().unwrap(), Over::Udp);
            let made = browser.asks(METHOD_ALLOCATE, &[&[UDP], family].concat());
            let relayed = made.address(ATTR_XOR_RELAYED_ADDRESS).unwrap();
            let is_v6 = relayed.to_string().starts_with("[2001:db8:");
            assert!(known.insert(relayed) && (is_v6 || relayed.to_string().starts_with("192.0.2.")), "{relayed}");
            assert_eq!(is_v6, !family.is_empty());
            service = Some(browser.service);
        }
    }
}

#[test]
fn who_has_no_credentials_that_hold_gets_nothing() {
    let wrong = |change: fn(&mut Browser)| {
        let mut browser = Browser::new(Over::Udp);
        change(&mut browser);
        let said = browser.asks(METHOD_ALLOCATE, &[UDP]);
        assert!(!said.is_signed() && browser.client.relayed(browser.now).is_none());
        said.code()
    };
    assert_eq!(wrong(|browser| browser.password = "guessed".into()), 401);
    assert_eq!(wrong(|browser| (browser.username, browser.password) = Secret::new([8; 32]).issue(browser.now, [3; 8])), 401);
    assert_eq!(wrong(|browser| browser.username = "9999999999:0303030303030303".into()), 401, "made up");
    assert_eq!(wrong(|browser| browser.username = String::new()), 401);
    assert_eq!(wrong(|browser| browser.now = browser.now + CREDENTIALS_LAST + SECOND), 401, "ended");
    let mut browser = Browser::new(Over::Udp);
    let (key, number) = (browser.key(), browser.number + 1);
    let kind = MessageType::new(METHOD_ALLOCATE, CLASS_REQUEST);
    let nameless = message(kind, number, &[UDP], Some((&key, &browser.service)));
    let Step::Answer(answer) = browser.hears(&nameless) else { panic!("no answer") };
    assert_eq!(Said::read(&answer).code(), 400, "signed, and nobody says by whom");
}

#[test]
fn a_nonce_that_is_old_or_somebody_elses_is_stale_and_another_comes_with_the_answer() {
    for change in [
        |browser: &mut Browser| browser.nonce = browser.service.secret.nonce(browser.now, at("203.0.113.9:5001")).into_bytes(),
        |browser: &mut Browser| browser.nonce = b"00000000aaaaaaaaaaaaaaaa".to_vec(),
        |browser: &mut Browser| {
            browser.asks(METHOD_ALLOCATE, &[UDP]);
            for _ in 0..7 {
                browser.now = browser.now + (LIFETIME - SECOND);
                let said = browser.asks(METHOD_REFRESH, &[]);
                assert!([0, 438].contains(&said.code()));
                if said.code() == 438 {
                    return;
                }
            }
        },
    ] {
        let mut browser = Browser::new(Over::Udp);
        change(&mut browser);
        let said = browser.asks(METHOD_REFRESH, &[]);
        assert_eq!(said.code(), 438);
        browser.nonce = said.value(ATTR_NONCE).unwrap();
        assert!([0, 437].contains(&browser.asks(METHOD_REFRESH, &[]).code()), "with the new one it is heard");
    }
}

#[test]
fn an_allocation_lasts_as_long_as_it_is_refreshed_and_credentials_need_not() {
    let mut browser = Browser::allocated(Over::Udp);
    for _ in 0..4 {
        browser.now = browser.now + (LIFETIME - SECOND);
        assert_eq!(
            browser.asks(METHOD_REFRESH, &[(ATTR_LIFETIME, &lifetime(3_600))]).value(ATTR_LIFETIME),
            Some(lifetime(600).to_vec())
        );
    }
    browser.now = browser.now + LIFETIME;
    assert_eq!(browser.client.relayed(browser.now), None);
    assert_eq!(
        browser.asks(METHOD_REFRESH, &[]).code(),
        401,
        "what is gone cannot be refreshed under credentials that have ended"
    );
}

#[test]
fn a_lifetime_of_nothing_ends_it() {
    let mut browser = Browser::allocated(Over::Udp);
    let [place, _] = own();
    assert_eq!(browser.binds(0x4000, place), 0);
    assert_eq!(browser.asks(METHOD_REFRESH, &[(ATTR_LIFETIME, &lifetime(0))]).value(ATTR_LIFETIME), Some(lifetime(0).to_vec()));
    let door = browser.door(place);
    assert_eq!(browser.client.relayed(browser.now), None);
    assert!(
        browser.sends(place, b"x").is_none()
            && browser.sends_in(0x4000, b"x").is_none()
            && browser.outward(door, b"x").is_empty()
    );
    assert_eq!((browser.asks(METHOD_REFRESH, &[]).code(), browser.permits(&[place])), (437, 437));
    assert_eq!(browser.asks(METHOD_ALLOCATE, &[UDP]).code(), 0, "another one may be made");
}

#[test]
fn datagrams_go_both_ways_in_indications_and_in_channels() {
    for over in [Over::Udp, Over::Stream] {
        let mut browser = Browser::allocated(over);
        let [place, _] = own();
        let door = browser.door(place);
        assert!(browser.sends(place, b"early").is_none() && browser.outward(door, b"early").is_empty(), "before a permission");
        assert_eq!(browser.permits(&[place]), 0);
        assert_eq!(browser.sends(place, b"a check"), Some((door, b"a check".to_vec())));
        let said = Said::read(&browser.outward(door, b"an answer"));
        assert_eq!((said.class, said.address(ATTR_XOR_PEER_ADDRESS)), (CLASS_INDICATION, Some(place)));
        assert_eq!(said.value(ATTR_DATA).as_deref(), Some(&b"an answer"[..]));
        assert_eq!(browser.binds(0x4001, place), 0);
        assert_eq!(browser.sends_in(0x4001, b"media"), Some((door, b"media".to_vec())));
        let padded: &[u8] = if over == Over::Stream { b"\x40\x01\x00\x05media\0\0\0" } else { b"\x40\x01\x00\x05media" };
        assert_eq!(browser.outward(door, b"media"), padded);
        assert!(browser.sends_in(0x4002, b"media").is_none(), "nobody bound it");
        assert!(browser.inward(b"\x40\x01\x00\x06media").is_none(), "cut short");
    }
}

#[test]
fn permissions_and_channels_run_out() {
    let mut browser = Browser::allocated(Over::Udp);
    let [place, _] = own();
    let door = browser.door(place);
    assert_eq!(browser.binds(0x4000, place), 0);
    let start = browser.now;
    browser.now = start + PERMISSION;
    assert!(browser.sends_in(0x4000, b"x").is_none() && browser.outward(door, b"x").is_empty(), "a channel is no permission");
    assert_eq!(browser.permits(&[place]), 0);
    assert!(browser.sends_in(0x4000, b"x").is_some());
    browser.now = start + (CHANNEL - SECOND);
    assert_eq!((browser.asks(METHOD_REFRESH, &[]).code(), browser.permits(&[place])), (0, 0));
    assert_eq!(browser.outward(door, b"x")[..2], [0x40, 0]);
    browser.now = start + CHANNEL;
    assert!(browser.sends_in(0x4000, b"x").is_none() && browser.sends(place, b"x").is_some());
    assert_eq!(Said::read(&browser.outward(door, b"x")).class, CLASS_INDICATION);
}

#[test]
fn a_channel_has_one_peer_and_a_peer_one_channel() {
    let one = at("198.51.100.7:443");
    let other = at("198.51.100.8:443");
    let mut browser = Browser::of(service(&[one, other]), Over::Udp);
    assert_eq!(browser.asks(METHOD_ALLOCATE, &[UDP]).code(), 0);
    assert_eq!((browser.binds(0x3fff, one), browser.binds(0x5000, one)), (400, 400), "no numbers of channels");
    assert_eq!((browser.binds(0x4000, one), browser.binds(0x4000, one)), (0, 0), "the same again refreshes");
    assert_eq!((browser.binds(0x4000, other), browser.binds(0x4001, one)), (400, 400));
    assert_eq!(browser.binds(0x4fff, other), 0);
    let (a, b) = (browser.door(one), browser.door(other));
    assert_ne!(a, b);
    let doors = [0x4000, 0x4fff].map(|channel| browser.sends_in(channel, b"x").map(|(door, _)| door));
    assert_eq!(doors, [Some(a), Some(b)]);
}

#[test]
fn what_is_not_offered_is_refused_by_its_number() {
    let v4_alone = || Browser::of(service(&own()[..1]), Over::Udp);
    let allocates = |mut browser: Browser, attributes: browser::Attributes<'_>| {
        let said = browser.asks(METHOD_ALLOCATE, attributes);
        assert!(browser.client.relayed(browser.now).is_none());
        (said.code(), said.value(ATTR_UNKNOWN_ATTRIBUTES))
    };
    let new = || Browser::new(Over::Udp);
    assert_eq!(allocates(new(), &[]).0, 400);
    assert_eq!(allocates(new(), &[(ATTR_REQUESTED_TRANSPORT, &[6, 0, 0, 0])]).0, 442, "TCP beyond the relay (RFC 6062)");
    assert_eq!(allocates(v4_alone(), &[UDP, FOR_V6]).0, 440);
    assert_eq!(allocates(new(), &[UDP, (ATTR_REQUESTED_ADDRESS_FAMILY, &[3, 0, 0, 0])]).0, 440);
    assert_eq!(allocates(new(), &[UDP, (ATTR_EVEN_PORT, &[0x80])]).0, 508);
    assert_eq!(allocates(new(), &[UDP, (ATTR_RESERVATION_TOKEN, &[1; 8])]).0, 508);
    assert_eq!(allocates(new(), &[UDP, (AttrType(0x7f01), &[1; 4])]), (420, Some(vec![0x7f, 1])));
    assert_eq!(
        Browser::new(Over::Udp).asks(METHOD_ALLOCATE, &[UDP, (AttrType(0xff01), &[1; 4])]).code(),
        0,
        "may be passed over"
    );
    assert_eq!(Browser::allocated(Over::Udp).asks(METHOD_REFRESH, &[FOR_V6]).code(), 443);
    assert_eq!(Browser::allocated(Over::Udp).asks(METHOD_CREATE_PERMISSION, &[]).code(), 400);
}

#[test]
fn an_allocation_is_moved_by_nobody_else() {
    let mut browser = Browser::allocated(Over::Udp);
    (browser.username, browser.password) = Secret::new(browser::SECRET).issue(browser.now, [4; 8]);
    assert_eq!((browser.asks(METHOD_REFRESH, &[(ATTR_LIFETIME, &lifetime(0))]).code(), browser.permits(&own()[..1])), (441, 441));
    assert!(browser.client.relayed(browser.now).is_some());
}

#[test]
fn what_one_client_sends_is_limited() {
    let mut browser = Browser::allocated(Over::Udp);
    let [place, _] = own();
    assert_eq!(browser.binds(0x4000, place), 0);
    let sent = |browser: &mut Browser| (0..10_000).filter(|_| browser.sends_in(0x4000, &[0; 1_000]).is_some()).count();
    assert_eq!(sent(&mut browser), 4_000);
    browser.now = browser.now + SECOND;
    assert_eq!(sent(&mut browser), 4_000, "and as much again in the next second");
}

#[test]
fn stun_as_such_is_answered_over_a_stream_only() {
    let binding = message(MessageType::new(METHOD_BINDING, CLASS_REQUEST), 1, &[], None);
    assert_eq!(Browser::new(Over::Udp).hears(&binding), Step::Nothing, "a check of the media port's");
    let Step::Answer(answer) = Browser::new(Over::Stream).hears(&binding) else { panic!("no answer") };
    assert_eq!(Said::read(&answer).address(ATTR_XORMAPPED_ADDRESS), Some(at("203.0.113.9:5000")));
}

/// RFC 5769 §2.4: username, nonce, realm and MESSAGE-INTEGRITY of the long-term mechanism.
#[test]
fn the_long_term_request_of_rfc_5769_is_believed() {
    let request = b"\x00\x01\x00\x60\x21\x12\xa4\x42\x78\xad\x34\x33\xc6\xad\x72\xc0\x29\xda\x41\x2e\
        \x00\x06\x00\x12\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9\x00\x00\
        \x00\x15\x00\x1cf//499k954d6OL34oL9FSTvy64sA\x00\x14\x00\x0bexample.org\x00\
        \x00\x08\x00\x14\xf6\x70\x24\x65\x6d\xd6\x4a\x3e\x02\xb8\xe0\x71\x2e\x85\xc9\xa2\x8c\xa8\x96\x66";
    let provider = RingProvider::default();
    let key = |password: &str| {
        let (username, realm) = ("マトリックス".to_owned(), "example.org".to_owned());
        rtc_stun::integrity::MessageIntegrity::long_term_integrity_key(username, realm, password.to_owned(), provider.crypto())
    };
    let mut asked = Asked::read(request).unwrap();
    assert!(asked.is_signed_with(&key("TheMatrIX").unwrap(), provider.crypto()));
    assert!(!asked.is_signed_with(&key("TheMatrix").unwrap(), provider.crypto()));
    assert_eq!((asked.text(ATTR_REALM), asked.nonce()), (Some("example.org"), Some(&b"f//499k954d6OL34oL9FSTvy64sA"[..])));
}

#[test]
fn media_and_checks_at_the_media_port_are_not_the_relays() {
    let stun = |kind: [u8; 2]| [&kind[..], &[0, 0, 0x21, 0x12, 0xa4, 0x42], &[0; 12]].concat();
    for kind in [[0, 3], [0, 4], [0, 8], [0, 9], [0, 0x16]] {
        assert!(is_for_relay(&stun(kind)), "{kind:?}");
    }
    // A check, its answer, an indication that keeps a way open, DTLS, SRTP, SRTCP.
    for kind in [[0, 1], [1, 1], [1, 0x11], [0, 0x11], [22, 0xfe], [0x80, 111], [0x81, 200]] {
        assert!(!is_for_relay(&stun(kind)), "{kind:?}");
    }
    assert!(is_for_relay(&[0x40, 0, 0, 0]) && !is_for_relay(&[0, 3, 0, 0]) && !is_for_relay(&[]));
}

/// Clients over UDP, from many addresses.
struct Crowd {
    browser: Browser,
    clients: Clients,
}

impl Crowd {
    fn new() -> Self {
        Self { browser: Browser::new(Over::Udp), clients: Clients::default() }
    }

    fn allocates(&mut self, from: SocketAddr) -> (u16, Change) {
        let Browser { service, now, .. } = &mut self.browser;
        let nonce = service.secret.nonce(*now, from);
        let (key, username) = (self.browser.key(), self.browser.username.clone());
        let attributes: browser::Attributes<'_> = &[
            UDP,
            (rtc_stun::attributes::ATTR_USERNAME, username.as_bytes()),
            (ATTR_REALM, b"incamera"),
            (ATTR_NONCE, nonce.as_bytes()),
        ];
        let Browser { service, now, .. } = &self.browser;
        let request = message(MessageType::new(METHOD_ALLOCATE, CLASS_REQUEST), 9, attributes, Some((&key, service)));
        match self.clients.hear(service, *now, from, &request) {
            (Step::Answer(answer), change) => (Said::read(&answer).code(), change),
            (_, change) => (1, change),
        }
    }
}

#[test]
fn strangers_are_not_kept_and_places_have_their_share() {
    let mut crowd = Crowd::new();
    let stranger = message(MessageType::new(METHOD_ALLOCATE, CLASS_REQUEST), 1, &[UDP], None);
    let answered = |crowd: &mut Crowd| {
        let Browser { service, now, .. } = &crowd.browser;
        let mut asks = |n: u16| crowd.clients.hear(service, *now, SocketAddr::from(([203, 0, 113, 1], n)), &stranger).0;
        (1..2_001).filter(|n| matches!(asks(*n), Step::Answer(_))).count()
    };
    assert_eq!((answered(&mut crowd), crowd.clients.count()), (1_000, 0), "in one second");
    let mut made = 0;
    for n in 0..FROM_ONE_PLACE as u16 {
        crowd.browser.now = crowd.browser.now + Duration::from_millis(10);
        made += usize::from(crowd.allocates(SocketAddr::from(([203, 0, 113, 1], 1_000 + n))) == (0, Change::Came));
    }
    assert_eq!((made, crowd.clients.count()), (FROM_ONE_PLACE, FROM_ONE_PLACE));
    assert_eq!(crowd.allocates(at("203.0.113.1:9")), (486, Change::None));
    assert_eq!(crowd.allocates(at("203.0.113.2:9")), (0, Change::Came), "there is room for others");
    crowd.browser.now = crowd.browser.now + LIFETIME;
    assert_eq!(crowd.clients.expire(crowd.browser.now).len(), FROM_ONE_PLACE + 1);
    assert_eq!(crowd.clients.count(), 0);
}

#[test]
fn every_fuzzers_seed_is_survived() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/relay");
    let seeds: Vec<_> = std::fs::read_dir(folder).unwrap().map(|seed| std::fs::read(seed.unwrap().path()).unwrap()).collect();
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|seed| super::fuzz::relay(seed));
}

proptest! {
    #[test]
    fn nothing_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300), over: bool) {
        let mut browser = Browser::allocated(if over { Over::Udp } else { Over::Stream });
        prop_assert!(!matches!(browser.hears(&bytes), Step::Inward(..)), "nobody was permitted");
        let _ = Clients::default().hear(&browser.service, browser.now, at("203.0.113.1:9"), &bytes);
        super::fuzz::relay(&bytes);
    }

    #[test]
    fn nothing_panics_on_any_attributes(attributes in proptest::collection::vec((any::<u16>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..8), kind in 0..0x20u16) {
        let mut browser = Browser::allocated(Over::Udp);
        let attributes: Vec<_> = attributes.iter().map(|(kind, value)| (AttrType(*kind), value.as_slice())).collect();
        let mut read = MessageType::default();
        read.read_value(kind);
        browser.hears(&message(read, 1, &attributes, None));
        let known: Vec<_> = attributes.iter().map(|(kind, value)| (AttrType(kind.0 % 0x30), *value)).collect();
        browser.hears(&message(read, 2, &known, None));
        browser.asks(METHOD_REFRESH, &attributes);
    }
}
