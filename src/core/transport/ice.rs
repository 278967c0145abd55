//! ICE-lite (RFC 8445 §2.5): we answer connectivity checks and let the peer decide.
//!
//! **Invariant:** an address counts as a peer's only after a check from it carried a valid MESSAGE-INTEGRITY under that peer's password.
//! Where the peer really is, its *authenticated media* says: a nomination moves it only while the present path is quiet. (Browsers differ in
//! what they nominate and how often; they agree in sending media over the pair they chose.)
//!
//! What is forged is cheap: a check without our [`Stamp`] is dropped by the kernel where it can do that (`shell::filter`); one that names
//! nobody costs a walk over its attributes and a look-up; one that names somebody costs an HMAC, and after [`FORGERIES`] wrong ones in a second
//! from one corner of the network no more are computed for that corner.

use super::rtp::u16_at;
use crate::core::path::Path;
use crate::core::time::Time;
use rtc_crypto::RTCCrypto;
use rtc_stun::attributes::{ATTR_MESSAGE_INTEGRITY, ATTR_USE_CANDIDATE};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message};
use rtc_stun::xoraddr::XorMappedAddress;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

/// Characters of our ufrag behind the [`Stamp`]: enough that two peers of one host never share them.
pub(crate) const UFRAG: usize = 8;
/// Characters of the stamp: 24 bits. As many as a filter compares at once; one forged check in 16 million has them by chance.
const STAMP: usize = 4;
/// Characters of our password: 144 bits (RFC 8445 asks for 128).
const PASSWORD: usize = 24;
/// Addresses kept per peer: a browser with several interfaces checks from each; the oldest goes first.
const ADDRESSES: usize = 8;
/// A path with authenticated traffic younger than this is not left because of a nomination alone.
const QUIET: Duration = Duration::from_millis(500);
/// RFC 7675: consent expires after 30 s without a sign of the peer.
/// Load clients that check once and then only listen get longer.
pub(crate) const CONSENT: Duration = Duration::from_secs(if cfg!(feature = "bench-endpoints") { 120 } else { 30 });
/// Wrong checks (or packets of strangers) computed for one peer and one corner of the network in one second. A browser sends none; more lets
/// whoever has seen a ufrag make the host compute.
const FORGERIES: u8 = 8;
/// Corners into which source addresses fall, for each peer. More let a forger with many addresses cost more; fewer let one that has seen a
/// peer's ufrag hide more honest addresses.
const CORNERS: usize = 16;

/// Cores that a ufrag can tell apart.
pub const CORES: usize = 64;

/// Our name for a peer in its checks, behind the stamp: the key by which a check from an unknown address finds its peer.
pub(crate) type Ufrag = [u8; UFRAG];

/// What every ufrag of one process begins with, on all its cores: by it a check for somebody here is told from one for nobody before anything is
/// looked up. It keeps nobody out, and whoever was ever let in has seen it.
#[derive(Clone, Copy)]
pub struct Stamp([u8; STAMP]);

impl Stamp {
    /// From random bytes, of which the lower six bits each count.
    pub fn draw(entropy: [u8; 4]) -> Self {
        Self(entropy.map(character))
    }

    /// As they stand in a check.
    pub fn characters(self) -> [u8; 4] {
        self.0
    }
}

/// Our half of the credentials.
#[derive(Clone)]
pub(crate) struct Credentials {
    /// What the peer's checks begin their USERNAME with, behind the stamp.
    pub(crate) ufrag: Ufrag,
    stamped: [u8; STAMP + UFRAG],
    password: [u8; PASSWORD],
}

/// 64 characters that ICE credentials may have.
const ALPHABET: &[u8; CORES] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn character(byte: u8) -> u8 {
    ALPHABET[usize::from(byte & 63)]
}

impl Credentials {
    /// From 32 random bytes, for a peer of this core: the first character behind the stamp says so (see [`addressed_core`]).
    pub(crate) fn draw(entropy: [u8; 32], stamp: Stamp, core: u8) -> Self {
        let mut drawn = Self { ufrag: [0; UFRAG], stamped: [0; STAMP + UFRAG], password: [0; PASSWORD] };
        let (first, second) = entropy.split_at(UFRAG);
        drawn.ufrag.iter_mut().zip(first).for_each(|(to, &byte)| *to = character(byte));
        drawn.ufrag[0] = character(core);
        let whole = stamp.0.into_iter().chain(drawn.ufrag);
        drawn.stamped.iter_mut().zip(whole).for_each(|(to, byte)| *to = byte);
        drawn.password.iter_mut().zip(second).for_each(|(to, &byte)| *to = character(byte));
        drawn
    }

    /// For the answer, stamp and all.
    pub(crate) fn ufrag(&self) -> &str {
        core::str::from_utf8(&self.stamped).unwrap_or_default()
    }

    /// For the answer.
    pub(crate) fn password(&self) -> &str {
        core::str::from_utf8(&self.password).unwrap_or_default()
    }
}

/// The ufrag of ours that a check names behind a stamp, without looking at anything else: a stranger's datagram costs one walk over its attributes.
pub(crate) fn named_ufrag(datagram: &[u8]) -> Option<Ufrag> {
    if datagram.get(..2)? != [0, 1] || datagram.get(4..8)? != [0x21, 0x12, 0xa4, 0x42] {
        return None;
    }
    let mut at = 20;
    loop {
        let (kind, length) = (u16_at(datagram, at)?, usize::from(u16_at(datagram, at + 2)?));
        let value = datagram.get(at + 4..at + 4 + length)?;
        if kind == 0x0006 {
            let (ufrag, rest) = value.get(STAMP..)?.split_at_checked(UFRAG)?;
            return (rest.first() == Some(&b':')).then(|| ufrag.try_into().ok())?;
        }
        at += 4 + length.next_multiple_of(4);
    }
}

/// Which core's peer a check, or the answer to one, is about: the first character behind the stamp. `None`: neither.
pub(crate) fn addressed_core(datagram: &[u8]) -> Option<u8> {
    let [first, ..] = named_ufrag(datagram).or_else(|| super::probe::answered_ufrag(datagram))?;
    ALPHABET.iter().position(|&character| character == first)?.try_into().ok()
}

/// A valid check: the answer to it, and whether the peer nominates this pair.
pub(crate) struct Check {
    /// The binding response.
    pub(crate) response: Vec<u8>,
    /// USE-CANDIDATE was there, under the integrity.
    pub(crate) nominated: bool,
}

/// Where one peer is.
pub(crate) struct Ice {
    /// Ours.
    pub(crate) local: Credentials,
    /// Ours before an ICE restart: the old pair is checked until the new one stands.
    previous: Option<Credentials>,
    addresses: Vec<Path>,
    path: Option<Path>,
    forgeries: Forgeries,
    path_heard: Time,
    heard: Time,
}

impl Ice {
    /// Nobody has checked yet.
    pub(crate) fn new(local: Credentials, now: Time) -> Self {
        Self {
            local,
            previous: None,
            addresses: Vec::new(),
            path: None,
            forgeries: Forgeries::default(),
            path_heard: Time::ZERO,
            heard: now,
        }
    }

    /// Where to send.
    pub(crate) fn path(&self) -> Option<Path> {
        self.path
    }

    /// Addresses from which valid checks came.
    pub(crate) fn addresses(&self) -> &[Path] {
        &self.addresses
    }

    /// False when so much came from there lately that proved wrong that nothing more is computed for it.
    pub(crate) fn listens_to(&mut self, now: Time, from: Path) -> bool {
        self.addresses.contains(&from) || self.forgeries.are_few(now, from)
    }

    /// What came from there proved wrong.
    pub(crate) fn was_forged(&mut self, from: Path) {
        self.forgeries.count(from);
    }

    /// Verifies a check and writes its answer. `None`: not ours, or forged; nothing is sent then. The answer is no longer than the check.
    pub(crate) fn check(&self, from: Path, datagram: &[u8], crypto: &dyn RTCCrypto) -> Option<Check> {
        let mut request = Message::new();
        request.unmarshal_binary(datagram).ok()?;
        let named = named_ufrag(datagram).filter(|_| request.typ == BINDING_REQUEST)?;
        let ours = [Some(&self.local), self.previous.as_ref()].into_iter().flatten().find(|ours| ours.ufrag == named)?;
        MessageIntegrity::check(&mut request, &ours.password, crypto).ok()?;
        // What stands behind the integrity is not covered by it (RFC 8489 §14.5).
        let covered = request.attributes.0.iter().take_while(|attribute| attribute.typ != ATTR_MESSAGE_INTEGRITY);
        let nominated = covered.into_iter().any(|attribute| attribute.typ == ATTR_USE_CANDIDATE);
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(ours.password().to_owned(), crypto);
        let mapped = XorMappedAddress { ip: from.address().ip(), port: from.address().port() };
        let mut response = Message::new();
        response
            .build(&[Box::new(request), Box::new(BINDING_SUCCESS), Box::new(mapped), Box::new(integrity), Box::new(FINGERPRINT)])
            .ok()?;
        (response.raw.len() <= datagram.len()).then_some(Check { response: response.raw, nominated })
    }

    /// Takes over a valid check's address. Returns an address that had to give way.
    pub(crate) fn admit(&mut self, now: Time, from: Path, nominated: bool) -> Option<Path> {
        self.heard = now;
        let mut given_up = None;
        if !self.addresses.contains(&from) {
            if self.addresses.len() >= ADDRESSES {
                let oldest = self.addresses.iter().position(|&address| Some(address) != self.path).unwrap_or(0);
                given_up = Some(self.addresses.remove(oldest));
            }
            self.addresses.push(from);
        }
        if self.path.is_none() || nominated && now.since(self.path_heard) >= QUIET {
            self.path = Some(from);
        }
        given_up
    }

    /// The peer answered from `from` that it is there: where it sends now is where it is.
    pub(crate) fn moved(&mut self, now: Time, from: Path) -> Option<Path> {
        let given_up = self.admit(now, from, false);
        self.path = Some(from);
        given_up
    }

    /// Something that authenticated under the peer's own keys came from `from`, an admitted address.
    pub(crate) fn authenticated(&mut self, now: Time, from: Path) {
        self.heard = now;
        self.path_heard = now;
        self.path = Some(from);
    }

    /// Another peer showed a valid check from this address: it is no longer ours.
    pub(crate) fn lose(&mut self, address: Path) {
        self.addresses.retain(|&known| known != address);
        if self.path == Some(address) {
            self.path = None;
        }
    }

    /// New credentials after an ICE restart; known addresses stay until the new checks have moved the path. Returns the ufrag that no
    /// longer counts: the one before the last.
    pub(crate) fn restart(&mut self, local: Credentials) -> Option<Ufrag> {
        let last = core::mem::replace(&mut self.local, local);
        self.previous.replace(last).map(|before| before.ufrag)
    }

    /// Every ufrag by which checks may come.
    pub(crate) fn ufrags(&self) -> impl Iterator<Item = Ufrag> {
        [Some(self.local.ufrag), self.previous.as_ref().map(|previous| previous.ufrag)].into_iter().flatten()
    }

    /// When consent runs out, if nothing more is heard.
    pub(crate) fn consent_ends(&self) -> Option<Time> {
        self.path.map(|_| self.heard + CONSENT)
    }

    /// Forgets the path of a silent peer. It may come back with a new check.
    pub(crate) fn expire(&mut self, now: Time) -> Vec<Path> {
        if self.consent_ends().is_some_and(|end| end <= now) {
            self.path = None;
            return core::mem::take(&mut self.addresses);
        }
        Vec::new()
    }
}

/// What proved wrong in the present second, by corner of the network.
#[derive(Default)]
struct Forgeries {
    second: u64,
    counts: [u8; CORNERS],
}

impl Forgeries {
    fn are_few(&mut self, now: Time, from: Path) -> bool {
        let second = now.as_millis() / 1_000;
        if self.second != second {
            *self = Self { second, counts: [0; CORNERS] };
        }
        self.counts.get(corner(from)).is_some_and(|&count| count < FORGERIES)
    }

    fn count(&mut self, from: Path) {
        if let Some(count) = self.counts.get_mut(corner(from)) {
            *count = count.saturating_add(1);
        }
    }
}

/// The corner of an address. Whoever can choose its address chooses its corner too, and may as well use all.
fn corner(from: Path) -> usize {
    let mut hasher = DefaultHasher::new();
    from.address().hash(&mut hasher);
    hasher.finish() as usize % CORNERS
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use rtc_crypto::RTCCryptoProvider;
    use rtc_crypto::providers::RingProvider;
    use rtc_stun::attributes::ATTR_USERNAME;
    use rtc_stun::message::{Setter, TransactionId};
    use rtc_stun::textattrs::TextAttribute;
    use std::net::SocketAddr;

    const STAMPED: Stamp = Stamp(*b"here");

    struct UseCandidate;
    impl Setter for UseCandidate {
        fn add_to(&self, m: &mut Message) -> rtc_shared::error::Result<()> {
            m.add(ATTR_USE_CANDIDATE, &[]);
            Ok(())
        }
    }

    /// A browser's check.
    pub(crate) fn request(ufrag: &str, password: &str, nominate: bool) -> Vec<u8> {
        let provider = RingProvider::default();
        let mut message = Message::new();
        let username = TextAttribute::new(ATTR_USERNAME, format!("{ufrag}:them"));
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(password.to_owned(), provider.crypto());
        let mut setters: Vec<Box<dyn Setter + '_>> =
            vec![Box::new(BINDING_REQUEST), Box::new(TransactionId([7; 12])), Box::new(username)];
        if nominate {
            setters.push(Box::new(UseCandidate));
        }
        setters.push(Box::new(integrity));
        setters.push(Box::new(FINGERPRINT));
        message.build(&setters).unwrap();
        message.raw
    }

    /// A browser's answer to a check of ours, which has to name it by `username` and carry its own password.
    pub(crate) fn answer(question: &[u8], username: &str, password: &str) -> Vec<u8> {
        let provider = RingProvider::default();
        let mut read = Message::new();
        read.unmarshal_binary(question).unwrap();
        assert_eq!(TextAttribute::get_from_as(&read, ATTR_USERNAME).unwrap().text, username);
        MessageIntegrity::check(&mut read, password.as_bytes(), provider.crypto()).unwrap();
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(password.to_owned(), provider.crypto());
        let mapped = XorMappedAddress { ip: [127, 0, 0, 1].into(), port: 9 };
        let mut answer = Message::new();
        answer
            .build(&[Box::new(read), Box::new(BINDING_SUCCESS), Box::new(mapped), Box::new(integrity), Box::new(FINGERPRINT)])
            .unwrap();
        answer.raw
    }

    fn address(port: u16) -> Path {
        SocketAddr::from(([127, 0, 0, 1], port)).into()
    }

    fn ice() -> Ice {
        Ice::new(Credentials::draw([5; 32], STAMPED, 0), Time::ZERO)
    }

    #[test]
    fn only_the_right_password_is_answered() {
        let (ice, provider) = (ice(), RingProvider::default());
        let good = request(ice.local.ufrag(), ice.local.password(), true);
        let check = ice.check(address(1), &good, provider.crypto()).unwrap();
        assert!(check.nominated);
        let mut response = Message::new();
        response.unmarshal_binary(&check.response).unwrap();
        assert!(MessageIntegrity::check(&mut response, ice.local.password().as_bytes(), provider.crypto()).is_ok());
        let forged = request(ice.local.ufrag(), "wrong", true);
        assert!(ice.check(address(1), &forged, provider.crypto()).is_none());
        let other = request("AAAAabcdefgh", ice.local.password(), true);
        assert!(ice.check(address(1), &other, provider.crypto()).is_none());
    }

    #[test]
    fn a_ufrag_says_whose_it_is() {
        for core in [0u8, 1, 63] {
            let ours = Credentials::draw([9; 32], STAMPED, core);
            assert!(ours.ufrag().starts_with("here") && ours.ufrag().len() == STAMP + UFRAG);
            assert_eq!(addressed_core(&request(ours.ufrag(), ours.password(), false)), Some(core));
        }
        assert_eq!(addressed_core(&[22; 40]), None);
    }

    #[test]
    fn after_a_restart_the_last_credentials_still_count_and_older_ones_do_not() {
        let (mut ice, provider) = (ice(), RingProvider::default());
        let old = request(ice.local.ufrag(), ice.local.password(), true);
        assert_eq!(ice.restart(Credentials::draw([6; 32], STAMPED, 0)), None);
        assert!(ice.check(address(1), &old, provider.crypto()).is_some());
        assert!(ice.restart(Credentials::draw([7; 32], STAMPED, 0)).is_some());
        assert!(ice.check(address(1), &old, provider.crypto()).is_none());
        assert_eq!(ice.ufrags().count(), 2);
    }

    #[test]
    fn a_nomination_behind_the_integrity_does_not_count() {
        let (ice, provider) = (ice(), RingProvider::default());
        let mut bytes = request(ice.local.ufrag(), ice.local.password(), false);
        let length = u16_at(&bytes, 2).unwrap() + 4;
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&[0, 0x25, 0, 0]);
        assert!(!ice.check(address(1), &bytes, provider.crypto()).is_some_and(|check| check.nominated));
    }

    #[test]
    fn the_path_follows_media_and_not_a_rival_nomination() {
        let mut ice = ice();
        ice.admit(Time::from_millis(1), address(1), false);
        assert_eq!(ice.path(), Some(address(1)));
        ice.authenticated(Time::from_millis(1_000), address(1));
        ice.admit(Time::from_millis(1_100), address(2), true);
        assert_eq!(ice.path(), Some(address(1)), "the path is alive");
        ice.authenticated(Time::from_millis(1_200), address(2));
        assert_eq!(ice.path(), Some(address(2)), "media came from elsewhere");
        ice.admit(Time::from_millis(2_000), address(3), true);
        assert_eq!(ice.path(), Some(address(3)), "the old path was quiet");
    }

    #[test]
    fn silence_ends_consent_and_a_check_restores_it() {
        let mut ice = ice();
        ice.admit(Time::from_millis(1), address(1), true);
        assert!(ice.expire(Time::from_millis(29_000)).is_empty());
        assert_eq!(ice.expire(Time::from_millis(30_001)), [address(1)]);
        assert_eq!(ice.path(), None);
        ice.admit(Time::from_millis(31_000), address(1), true);
        assert_eq!(ice.path(), Some(address(1)));
    }

    #[test]
    fn a_peer_holds_few_addresses() {
        let mut ice = ice();
        let given_up: Vec<_> = (1..=20).filter_map(|port| ice.admit(Time::ZERO, address(port), false)).collect();
        assert_eq!(ice.addresses().len(), ADDRESSES);
        assert_eq!(given_up.len(), 12);
        assert!(ice.addresses().contains(&address(1)), "the path is kept");
    }

    #[test]
    fn a_forger_is_computed_for_a_few_times_a_second_and_shuts_out_nobody_who_is_known() {
        let mut ice = ice();
        ice.admit(Time::ZERO, address(1), true);
        let mut computed = 0;
        for n in 0..10_000u64 {
            let now = Time::from_millis(n / 10);
            for from in [address(1), address(2)] {
                if ice.listens_to(now, from) {
                    computed += usize::from(from != address(1));
                    ice.was_forged(from);
                }
            }
        }
        assert_eq!(computed, usize::from(FORGERIES));
        assert!(ice.listens_to(Time::from_millis(999), address(1)), "an admitted address");
        assert!(ice.listens_to(Time::from_millis(1_000), address(2)), "the next second");
    }

    proptest! {
        #[test]
        fn any_datagram_is_read_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..128), valid: bool) {
            if valid && bytes.len() > 20 {
                let length = (bytes.len() - 20) as u16;
                bytes[..8].copy_from_slice(&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
                bytes[2..4].copy_from_slice(&length.to_be_bytes());
            }
            let _ = named_ufrag(&bytes);
            prop_assert!(ice().check(address(1), &bytes, RingProvider::default().crypto()).is_none());
        }
    }
}
