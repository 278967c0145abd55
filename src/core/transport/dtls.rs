//! The DTLS 1.2 handshake of one peer (RFC 5764), in the passive role, on `rtc-dtls`.
//!
//! **Invariant:** SRTP keys come out only after the handshake is complete, with extended master secret, and the peer's certificate has the
//! fingerprint of its offer. The caller feeds nothing that did not come from an address with a valid ICE check, and of that only what
//! [`Records`] lets pass reaches the library.

use super::records::{Gate, Records};
use super::srtp::{Opener, Profile, Sealer};
use crate::core::time::Time;
use bytes::BytesMut;
use ring::digest::{SHA256, digest};
use rtc_crypto::RTCCryptoProvider;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use rtc_shared::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// `rtc-dtls` keeps associations by address; each of ours has an endpoint of its own, so that a peer may move. This stands for "the peer".
const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// SHA-256 of a certificate.
pub(crate) type Fingerprint = [u8; 32];

/// What all peers' handshakes share: our certificate and settings.
pub(crate) struct Identity {
    gcm: Arc<HandshakeConfig>,
    sha1: Arc<HandshakeConfig>,
    fingerprint: Fingerprint,
    start: Instant,
    provider: Arc<dyn RTCCryptoProvider>,
}

impl Identity {
    /// A fresh self-signed certificate (randomness: ring's). `start` is the instant of [`Time::ZERO`].
    pub(crate) fn new(start: Instant) -> Option<Self> {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(rtc_crypto::providers::RingProvider::default());
        let certificate = Certificate::generate_self_signed(vec!["incamera".to_owned()], provider.crypto()).ok()?;
        let fingerprint = digest(&SHA256, certificate.certificate.first()?.as_ref()).as_ref().try_into().ok()?;
        let config = |profile| {
            ConfigBuilder::default()
                .with_crypto_provider(Arc::clone(&provider))
                .with_certificates(vec![certificate.clone()])
                .with_srtp_protection_profiles(vec![profile])
                .with_client_auth(ClientAuthType::RequireAnyClientCert)
                // No authority vouches for a browser's certificate: its fingerprint is compared below.
                .with_insecure_skip_verify(true)
                .with_extended_master_secret(ExtendedMasterSecretType::Require)
                .with_flight_interval(Duration::from_millis(250))
                .build(false, None)
                .ok()
                .map(Arc::new)
        };
        Some(Self {
            gcm: config(SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm)?,
            sha1: config(SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80)?,
            fingerprint,
            start,
            provider,
        })
    }

    /// Of our certificate, for the answer.
    pub(crate) fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The cryptography behind STUN and SRTP as well.
    pub(crate) fn provider(&self) -> &Arc<dyn RTCCryptoProvider> {
        &self.provider
    }

    /// A moment as the library counts.
    pub(crate) fn instant(&self, now: Time) -> Instant {
        self.start + Duration::from_micros(now.as_micros())
    }

    fn endpoint(&self, profile: Profile) -> Endpoint {
        let config = match profile {
            Profile::Gcm => &self.gcm,
            Profile::Sha1 => &self.sha1,
        };
        Endpoint::new(PEER, TransportProtocol::UDP, Some(Arc::clone(config)))
    }
}

/// One peer's handshake and association.
pub(crate) struct Dtls {
    endpoint: Endpoint,
    records: Records,
    profile: Profile,
    expected: Fingerprint,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Handshaking,
    Established,
    Failed,
}

/// What became of a datagram.
pub(crate) enum Progress {
    /// Go on.
    Nothing,
    /// The handshake is complete: the keys for both directions.
    Keys(Box<(Opener, Sealer)>),
    /// The peer closed, or cannot be who its offer said.
    Closed,
}

impl Dtls {
    /// Waits for the first flight of the peer whose certificate has this fingerprint.
    pub(crate) fn new(identity: &Identity, expected: Fingerprint, now: Time) -> Self {
        let (endpoint, records) = (identity.endpoint(Profile::Gcm), Records::new(now));
        Self { endpoint, records, profile: Profile::Gcm, expected, state: State::Handshaking }
    }

    /// The fingerprint the peer has to show.
    pub(crate) fn expected(&self) -> &Fingerprint {
        &self.expected
    }

    /// Takes a datagram from an address that belongs to the peer.
    pub(crate) fn read(&mut self, identity: &Identity, now: Time, datagram: &[u8]) -> Progress {
        if self.state == State::Failed {
            return Progress::Nothing;
        }
        match self.records.judge(now, datagram, self.state == State::Established) {
            Gate::Pass => self.take(identity, now, datagram),
            Gate::Drop => Progress::Nothing,
            Gate::Forget => {
                // Whoever it is, an honest client begins again; a flood that goes on never gets further.
                self.endpoint = identity.endpoint(self.profile);
                self.records.restart();
                Progress::Nothing
            }
        }
    }

    fn take(&mut self, identity: &Identity, now: Time, datagram: &[u8]) -> Progress {
        let result = self.feed(identity, now, datagram);
        if matches!(result, Err(Error::ErrServerNoMatchingSrtpProfile)) && self.profile == Profile::Gcm {
            // This client has no GCM. `rtc-dtls` would take the client's favourite, so the choice is made by asking twice.
            self.profile = Profile::Sha1;
            self.endpoint = identity.endpoint(Profile::Sha1);
            return self.take(identity, now, datagram);
        }
        match result {
            Ok(events) => self.progress(identity, events),
            // A broken or forged datagram is no reason to give up: the peer repeats its flight.
            Err(_) => Progress::Nothing,
        }
    }

    fn feed(&mut self, identity: &Identity, now: Time, datagram: &[u8]) -> Result<Vec<EndpointEvent>, Error> {
        self.endpoint.read(identity.instant(now), PEER, None, BytesMut::from(datagram))
    }

    fn progress(&mut self, identity: &Identity, events: Vec<EndpointEvent>) -> Progress {
        for event in events {
            match event {
                EndpointEvent::HandshakeComplete => {
                    return match self.keys(identity) {
                        Some(keys) => {
                            self.state = State::Established;
                            self.records.restart();
                            Progress::Keys(Box::new(keys))
                        }
                        None => {
                            self.state = State::Failed;
                            Progress::Closed
                        }
                    };
                }
                EndpointEvent::PeerClosed => {
                    self.state = State::Failed;
                    return Progress::Closed;
                }
                _ => {}
            }
        }
        Progress::Nothing
    }

    fn keys(&self, identity: &Identity) -> Option<(Opener, Sealer)> {
        let state = self.endpoint.get_connection_state(PEER)?;
        let shown = digest(&SHA256, state.peer_certificates.first()?);
        let agreed = match self.profile {
            Profile::Gcm => SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
            Profile::Sha1 => SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
        };
        if shown.as_ref() != self.expected || state.srtp_protection_profile() != agreed {
            return None;
        }
        let material = state.export_keying_material("EXTRACTOR-dtls_srtp", &[], self.profile.material_length()).ok()?;
        self.profile.keys(material.as_ref(), true, &identity.provider)
    }

    /// Repeats a flight that was lost.
    pub(crate) fn timeout(&mut self, identity: &Identity, now: Time) {
        // An error says that the handshake has run out of tries; the association then stays silent until the peer is closed.
        let _ = self.endpoint.handle_timeout(PEER, identity.instant(now));
    }

    /// When [`Dtls::timeout`] is due.
    pub(crate) fn deadline(&self, identity: &Identity) -> Option<Time> {
        let instant = self.endpoint.poll_timeout(&PEER)?;
        let micros = instant.saturating_duration_since(identity.start).as_micros();
        Some(Time::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
    }

    /// Says goodbye.
    pub(crate) fn close(&mut self, identity: &Identity, now: Time) {
        let _ = self.endpoint.close(identity.instant(now));
        self.state = State::Failed;
    }

    /// The next datagram for the peer.
    pub(crate) fn transmit(&mut self) -> Option<Vec<u8>> {
        self.endpoint.poll_transmit().map(|transmit| transmit.message.to_vec())
    }
}
