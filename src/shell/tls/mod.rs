//! TLS: who this host is to browsers.
//!
//! **Invariant:** a private key is read from its file, or drawn here and kept in the state directory or in memory, and goes nowhere
//! else; a change of certificate is for connections made after it and cuts none.
//!
//! ```text
//! files (--certificate) ─┐
//! self-signed ───────────┼──▶ Certificates ──▶ handshake ──▶ stream that is read and written in the clear
//! ACME (--domain) ───────┘        ▲ challenge (acme-tls/1) of the CA ends in the handshake
//! ```

mod acme;
mod certificates;
mod files;
mod self_signed;

use super::config::keys::Settings;
use super::config::plan::Encryption;
use super::state::StateError;
use acme::Acme;
use certificates::{Certificates, ForChallenges, ForPages};
use files::Files;
use rustls::server::{Acceptor, ServerConfig};
use self_signed::SelfSigned;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

/// What the CA asks with when it looks whether a name is ours (RFC 8737 §3).
const CHALLENGE_PROTOCOL: &[u8] = b"acme-tls/1";

/// What browsers speak to us inside.
const PAGE_PROTOCOL: &[u8] = b"http/1.1";

/// Why there is no TLS. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The given files.
    #[error(transparent)]
    Files(#[from] files::FilesError),
    /// The place for what must outlast a restart.
    #[error(transparent)]
    State(#[from] StateError),
    /// A certificate of our own could not be made.
    #[error("no certificate could be made: {0}")]
    Made(#[from] rcgen::Error),
    /// A certificate that TLS cannot use.
    #[error("the certificate cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// Takes TLS connections, under whatever certificate is in force.
pub(crate) struct Tls {
    certificates: Arc<Certificates>,
    pages: Arc<ServerConfig>,
    challenges: Arc<ServerConfig>,
    /// Something may have changed: look now.
    again: Notify,
    source: Source,
}

/// Where certificates come from.
enum Source {
    Files(Files),
    SelfSigned(SelfSigned),
    Acme(Acme),
}

impl Tls {
    /// With what the settings say; `None` when they say plain HTTP. `addresses` are those that a certificate of our own is also for.
    ///
    /// # Errors
    /// [`TlsError`].
    pub(crate) fn new(settings: &Settings, addresses: &[IpAddr]) -> Result<Option<Self>, TlsError> {
        let certificates = Arc::new(Certificates::default());
        let source = match settings.encryption() {
            Encryption::None => return Ok(None),
            Encryption::Files { certificate, key } => Source::Files(Files::load(certificate, key, &certificates)?),
            Encryption::SelfSigned => Source::SelfSigned(SelfSigned::begin(settings, addresses, &certificates)?),
            Encryption::Acme => Source::Acme(Acme::begin(settings, Arc::clone(&certificates))?),
        };
        let pages = config(Arc::new(ForPages(Arc::clone(&certificates))), PAGE_PROTOCOL)?;
        let challenges = config(Arc::new(ForChallenges(Arc::clone(&certificates))), CHALLENGE_PROTOCOL)?;
        Ok(Some(Self { certificates, pages, challenges, again: Notify::new(), source }))
    }

    /// True when there is a certificate to show. A new host waits for its first.
    pub(crate) fn is_ready(&self) -> bool {
        self.certificates.current().is_some()
    }

    /// True when browsers need not be asked whether they believe it.
    pub(crate) fn is_vouched_for(&self) -> bool {
        !matches!(self.source, Source::SelfSigned(_))
    }

    /// Looks for new certificates now.
    pub(crate) fn look_again(&self) {
        self.again.notify_one();
    }

    /// Keeps the certificate current, without end.
    pub(crate) async fn keep(&self) {
        match &self.source {
            Source::Files(files) => files.keep(&self.certificates, &self.again).await,
            Source::SelfSigned(own) => own.keep(&self.certificates, &self.again).await,
            Source::Acme(acme) => acme.keep(&self.again).await,
        }
    }

    /// Shakes hands, within a time. `None` when the other side could not, or was a CA that has seen what it wanted to see.
    pub(crate) async fn accept(&self, stream: TcpStream, within: Duration) -> Option<TlsStream<TcpStream>> {
        timeout(within, self.shake_hands(stream)).await.ok().flatten()
    }

    async fn shake_hands(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await.ok()?;
        let is_challenge = hello.client_hello().alpn().is_some_and(|mut offered| offered.any(|one| one == CHALLENGE_PROTOCOL));
        if !is_challenge {
            return hello.into_stream(Arc::clone(&self.pages)).await.ok();
        }
        if let Ok(mut done) = hello.into_stream(Arc::clone(&self.challenges)).await {
            let _ = tokio::io::AsyncWriteExt::shutdown(&mut done).await;
        }
        None
    }
}

fn config(resolver: Arc<dyn rustls::server::ResolvesServerCert>, protocol: &[u8]) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(Arc::new(config))
}

/// In the order in which files have them: the host's own certificate first.
pub(crate) type Chain = Vec<rustls::pki_types::CertificateDer<'static>>;
