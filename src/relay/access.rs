//! Who may use the relay: whoever has credentials that the host gave out lately.
//!
//! **Invariant:** a password can be made only with the [`Secret`], which is drawn at the start and never leaves the process; nothing is kept of
//! whom credentials were given to. Until a request is signed with one of them, nothing is held for who sends it.
//!
//! The scheme is the usual one ("A REST API for access to TURN services"): the username is when the credentials end and something random, the
//! password is an HMAC of the username. They are used as RFC 8489 §9.2 has it (long-term credentials): the host says realm and nonce, the request
//! comes again with MESSAGE-INTEGRITY. Credentials are asked for when an allocation is made; it is then refreshed under the same, for as long
//! as it lasts, so that no meeting is cut off because a minute has passed.

use crate::core::Time;
use ring::hmac;
use rtc_crypto::RTCCrypto;
use rtc_stun::integrity::MessageIntegrity;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use wire::{RelayAccess, RelayWay};
use zeroize::Zeroizing;

/// How long credentials can be used. Longer lets somebody who left a meeting keep a relay to a host that says nothing to it any more, shorter
/// has clients ask again.
pub const CREDENTIALS_LAST: Duration = Duration::from_secs(600);
/// How long a nonce can be used.
const NONCE_LASTS: Duration = Duration::from_secs(3_600);
/// What the host calls itself (REALM). It is answered to strangers, and so it is short: an answer should be no larger than it must.
pub(crate) const REALM: &str = "incamera";
/// Bytes of a nonce that prove it is ours.
const PROOF: usize = 8;
/// The longest username that is looked at, bytes. Ours are shorter.
const LONGEST_NAME: usize = 64;

/// What passwords and nonces are made with. There is one, and it is shared.
pub struct Secret {
    passwords: hmac::Key,
    nonces: hmac::Key,
}

/// A username with the key that follows from its password (RFC 8489 §9.2.2).
pub(crate) struct Known {
    pub(crate) username: String,
    pub(crate) key: Zeroizing<Vec<u8>>,
}

impl Secret {
    /// From 32 random bytes.
    pub fn new(entropy: [u8; 32]) -> Self {
        let whole = hmac::Key::new(hmac::HMAC_SHA256, &entropy);
        let part = |label: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&whole, label).as_ref());
        Self { passwords: part(b"passwords"), nonces: part(b"nonces") }
    }

    /// Username and password that can be used for [`CREDENTIALS_LAST`] from now on. `drawn`: random, so that no two people share them.
    pub(super) fn issue(&self, now: Time, drawn: [u8; 8]) -> (String, String) {
        let username = format!("{}:{}", seconds(now + CREDENTIALS_LAST), hex(&drawn));
        let password = self.password(&username);
        (username, password)
    }

    /// The key of a username that the host gave out and that has not ended yet. Says nothing about whether who names it has the password.
    pub(crate) fn known(&self, now: Time, username: &str, crypto: &dyn RTCCrypto) -> Option<Known> {
        let (until, _) = username.split_once(':').filter(|_| username.len() <= LONGEST_NAME)?;
        let until: u64 = until.parse().ok()?;
        // One that ends later than any could was not given out by us.
        (seconds(now)..=seconds(now + CREDENTIALS_LAST)).contains(&until).then_some(())?;
        let username = username.to_owned();
        let (realm, password) = (REALM.to_owned(), self.password(&username));
        let key = MessageIntegrity::long_term_integrity_key(username.clone(), realm, password, crypto).ok()?;
        Some(Known { username, key: Zeroizing::new(key) })
    }

    fn password(&self, username: &str) -> String {
        let tag = hmac::sign(&self.passwords, username.as_bytes());
        hex(tag.as_ref().get(..20).unwrap_or_default())
    }

    /// A nonce for whoever is at this address.
    pub(crate) fn nonce(&self, now: Time, from: SocketAddr) -> String {
        self.nonce_until(seconds(now + NONCE_LASTS), from)
    }

    /// True for a nonce that this address was given not too long ago. It is no secret, and nothing is allowed for it alone.
    pub(crate) fn is_fresh(&self, now: Time, from: SocketAddr, nonce: &[u8]) -> bool {
        let until = nonce.get(..8).and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(until) = until.and_then(|digits| u64::from_str_radix(digits, 16).ok()) else { return false };
        seconds(now) <= until && self.nonce_until(until, from).as_bytes() == nonce
    }

    fn nonce_until(&self, until: u64, from: SocketAddr) -> String {
        let tag = hmac::sign(&self.nonces, format!("{until} {from}").as_bytes());
        format!("{until:08x}{}", hex(tag.as_ref().get(..PROOF).unwrap_or_default()))
    }
}

/// Gives credentials out, with where they can be used.
#[derive(Clone)]
pub struct Issuer {
    secret: Arc<Secret>,
    ways: Vec<RelayWay>,
}

impl Issuer {
    /// For a relay of the same secret that is reached in these ways.
    pub fn new(secret: Arc<Secret>, ways: Vec<RelayWay>) -> Self {
        Self { secret, ways }
    }

    /// For one member, with 8 random bytes.
    pub(crate) fn issue(&self, now: Time, drawn: [u8; 8]) -> RelayAccess {
        let (username, password) = self.secret.issue(now, drawn);
        RelayAccess { username, password, seconds: CREDENTIALS_LAST.as_secs() as u32, ways: self.ways.clone() }
    }
}

fn seconds(time: Time) -> u64 {
    time.as_millis() / 1_000
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rtc_crypto::RTCCryptoProvider as _;
    use rtc_crypto::providers::RingProvider;

    fn secret() -> Secret {
        Secret::new([7; 32])
    }

    #[test]
    fn credentials_last_as_long_as_is_said_and_belong_to_one_host() {
        let provider = RingProvider::default();
        let start = Time::from_millis(5_000);
        let (username, password) = secret().issue(start, [1; 8]);
        let known = |secret: &Secret, at: Time| secret.known(at, &username, provider.crypto()).map(|known| known.key.to_vec());
        let key = MessageIntegrity::long_term_integrity_key(username.clone(), REALM.into(), password, provider.crypto());
        assert_eq!(known(&secret(), start), key.ok());
        assert!(known(&secret(), start + CREDENTIALS_LAST).is_some());
        assert!(known(&secret(), start + CREDENTIALS_LAST + Duration::from_secs(1)).is_none(), "they have ended");
        assert!(known(&secret(), Time::ZERO).is_none(), "nobody can have them for longer");
        assert_ne!(known(&Secret::new([8; 32]), start), known(&secret(), start), "another host, another password");
        assert_ne!(secret().issue(start, [2; 8]).1, secret().issue(start, [1; 8]).1);
    }

    #[test]
    fn a_nonce_is_for_one_address_and_a_while() {
        let (here, there) = (SocketAddr::from(([192, 0, 2, 1], 5)), SocketAddr::from(([192, 0, 2, 1], 6)));
        let nonce = secret().nonce(Time::ZERO, here);
        assert_eq!(nonce.len(), 24);
        let fresh = |at: Time, from| secret().is_fresh(at, from, nonce.as_bytes());
        assert!(fresh(Time::ZERO + NONCE_LASTS, here) && !fresh(Time::ZERO, there));
        assert!(!fresh(Time::ZERO + NONCE_LASTS + Duration::from_secs(1), here));
    }

    proptest! {
        #[test]
        fn whatever_somebody_calls_itself_nothing_panics(name in ".{0,80}", nonce in proptest::collection::vec(any::<u8>(), 0..40)) {
            let provider = RingProvider::default();
            let here = SocketAddr::from(([192, 0, 2, 1], 5));
            let _ = secret().known(Time::ZERO, &name, provider.crypto());
            prop_assert!(!secret().is_fresh(Time::ZERO, here, &nonce));
        }
    }
}
