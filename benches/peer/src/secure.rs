//! DTLS 1.2 as the client, and SRTP (RFC 5764), by `rtc-dtls` and `rtc-srtp`.
//!
//! **Invariant:** whoever answers the check is the other side: a load looks at no fingerprint.

use crate::{Failure, now};
use bytes::BytesMut;
use rtc_crypto::{RTCCrypto, RTCCryptoProvider};
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;
use std::net::SocketAddr;
use std::sync::Arc;

/// A certificate, for as many peers as share it.
#[derive(Clone)]
pub struct Identity {
    provider: Arc<dyn RTCCryptoProvider>,
    certificate: Certificate,
    fingerprint: String,
}

impl Identity {
    /// Makes a certificate.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn new() -> Result<Self, Failure> {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(rtc_crypto::providers::RingProvider::default());
        let certificate = Certificate::generate_self_signed(vec!["bench".to_owned()], provider.crypto())?;
        let shown = certificate.certificate.first().ok_or("no certificate")?;
        let digest = ring::digest::digest(&ring::digest::SHA256, shown.as_ref());
        let digits: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        Ok(Self { provider, certificate, fingerprint: digits.join(":") })
    }

    /// SHA-256, as SDP writes it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(crate) fn crypto(&self) -> &dyn RTCCrypto {
        self.provider.crypto()
    }
}

/// What became of a datagram.
#[derive(PartialEq, Eq)]
pub(crate) enum Progress {
    Nothing,
    Ready,
}

/// The handshake, then the keys.
pub(crate) struct Association {
    endpoint: Endpoint,
    identity: Identity,
    seal: Option<Context>,
    open: Option<Context>,
    profile: Option<&'static str>,
}

impl Association {
    pub(crate) fn begin(identity: &Identity, local: SocketAddr, remote: SocketAddr) -> Result<Self, Failure> {
        let config = ConfigBuilder::default()
            .with_crypto_provider(Arc::clone(&identity.provider))
            .with_certificates(vec![identity.certificate.clone()])
            .with_srtp_protection_profiles(vec![
                SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
                SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
            ])
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            .with_insecure_skip_verify(true)
            .with_extended_master_secret(ExtendedMasterSecretType::Request)
            .build(true, Some(remote))?;
        let mut endpoint = Endpoint::new(local, TransportProtocol::UDP, None);
        endpoint.connect(now(), remote, Arc::new(config), None)?;
        Ok(Self { endpoint, identity: identity.clone(), seal: None, open: None, profile: None })
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.open.is_some()
    }

    pub(crate) fn profile(&self) -> Option<&'static str> {
        self.profile
    }

    /// Sends flights, those due again included.
    pub(crate) fn keep_up(&mut self, mut send: impl FnMut(&[u8])) -> Result<(), Failure> {
        if !self.is_ready() {
            for remote in self.endpoint.get_connections_keys().copied().collect::<Vec<_>>() {
                if self.endpoint.poll_timeout(&remote).is_some_and(|due| due <= now()) {
                    self.endpoint.handle_timeout(remote, now())?;
                }
            }
        }
        while let Some(transmit) = self.endpoint.poll_transmit() {
            send(&transmit.message);
        }
        Ok(())
    }

    pub(crate) fn read(&mut self, bytes: &[u8], remote: SocketAddr) -> Result<Progress, Failure> {
        let events = self.endpoint.read(now(), remote, None, BytesMut::from(bytes))?;
        if !events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete)) {
            return Ok(Progress::Nothing);
        }
        self.derive(remote)?;
        Ok(Progress::Ready)
    }

    fn derive(&mut self, remote: SocketAddr) -> Result<(), Failure> {
        let state = self.endpoint.get_connection_state(remote).ok_or("no association")?;
        let (profile, salt, name) = match state.srtp_protection_profile() {
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => (ProtectionProfile::AeadAes128Gcm, 12, "AEAD_AES_128_GCM"),
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => {
                (ProtectionProfile::Aes128CmHmacSha1_80, 14, "AES128_CM_HMAC_SHA1_80")
            }
            _ => return Err("another SRTP profile was agreed on".into()),
        };
        let material = state.export_keying_material("EXTRACTOR-dtls_srtp", &[], 32 + 2 * salt)?;
        let part = |from: usize, length: usize| material.as_ref().get(from..from + length).unwrap_or_default().to_vec();
        let context = |key: usize, at: usize| {
            Context::new(&part(key, 16), &part(32 + at, salt), profile, None, None, self.identity.crypto())
        };
        self.profile = Some(name);
        self.seal = Some(context(0, 0)?);
        self.open = Some(context(16, salt)?);
        Ok(())
    }

    pub(crate) fn seal(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        Some(self.seal.as_mut()?.encrypt_rtp(packet).ok()?.to_vec())
    }

    pub(crate) fn open_rtp(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        Some(self.open.as_mut()?.decrypt_rtp(packet).ok()?.to_vec())
    }

    pub(crate) fn open_rtcp(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        Some(self.open.as_mut()?.decrypt_rtcp(packet).ok()?.to_vec())
    }
}
