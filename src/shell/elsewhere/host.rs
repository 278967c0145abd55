//! The host that is talked to: who is believed to be it, and a connection to it.
//!
//! **Invariant:** over the network nothing is said before the host has shown the certificate that is believed.

use super::address::Address;
use crate::shell::https::{self, Unreachable};
use ring::digest::{SHA256, digest};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

/// Bytes both ways.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// What makes a host the host.
#[derive(Clone)]
pub(crate) enum Belief {
    /// It is this machine.
    InTheClear,
    /// Its certificate.
    Tls(TlsConnector),
}

impl Belief {
    /// Whomever an authority vouches for: one of `named`, a PEM file, or of those that this machine knows.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(crate) fn vouched_for(named: Option<&Path>) -> Result<Self, String> {
        let roots = https::roots(named, "--certificate-authority")?;
        let builder = https::tls().map_err(|error| error.to_string())?;
        Ok(Self::with(builder.with_root_certificates(roots).with_no_client_auth()))
    }

    /// Whoever has the key of the certificate with this SHA-256, and nobody else.
    ///
    /// # Errors
    /// What it should look like.
    pub(crate) fn pinned(text: &str) -> Result<Self, String> {
        let wrong = || "--certificate-fingerprint takes 64 hexadecimal digits, with or without colons between them".to_owned();
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':' && *byte != b' ').collect();
        let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        let bytes: Vec<u8> = pairs.collect::<Option<_>>().ok_or_else(wrong)?;
        let hash: [u8; 32] = bytes.try_into().map_err(|_| wrong())?;
        let builder = https::tls().map_err(|error| error.to_string())?;
        let pinned = Arc::new(Pinned { hash, provider: Arc::new(rustls::crypto::ring::default_provider()) });
        Ok(Self::with(builder.dangerous().with_custom_certificate_verifier(pinned).with_no_client_auth()))
    }

    fn with(mut config: rustls::ClientConfig) -> Self {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self::Tls(TlsConnector::from(Arc::new(config)))
    }
}

/// A host that can be connected to.
#[derive(Clone)]
pub(crate) struct Host {
    belief: Belief,
    /// Where it is.
    pub(crate) address: Address,
}

impl Host {
    /// Connects to nobody yet.
    pub(crate) fn new(belief: Belief, address: Address) -> Self {
        Self { belief, address }
    }

    /// A connection of its own.
    ///
    /// # Errors
    /// [`Unreachable`].
    pub(crate) async fn connect(&self) -> Result<Box<dyn Stream>, Unreachable> {
        let Address { name, port, .. } = &self.address;
        let own: Box<dyn Stream> = match &self.belief {
            Belief::InTheClear => Box::new(https::connect(name, *port).await?),
            Belief::Tls(connector) => Box::new(https::connect_tls(connector, name, *port).await?),
        };
        Ok(own)
    }
}

/// Believes one certificate. Names and dates do not matter then: whoever compared the number has seen this one.
#[derive(Debug)]
struct Pinned {
    hash: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if digest(&SHA256, end_entity).as_ref() == self.hash {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_taken_as_logs_and_browsers_write_it() {
        let colons = ["AB"; 32].join(":");
        for text in [colons.as_str(), &"ab".repeat(32), &["Ab"; 32].join(" ")] {
            assert!(Belief::pinned(text).is_ok(), "{text}");
        }
        for text in ["", "AB", &"ab".repeat(33), &"xy".repeat(32), &"é".repeat(32), &format!("{colons}A")] {
            assert!(Belief::pinned(text).is_err(), "{text}");
        }
    }
}
