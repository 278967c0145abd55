//! HTTP as somebody who asks: the CA, or another host.
//!
//! **Invariant:** an answer comes within [`ANSWER_WITHIN`] and is not longer than the caller allows, or it is an error that says which.

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How long somebody may take for one answer.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// How long one of its addresses may take to answer at all. A broken IPv6 must not hide a working IPv4.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// The network between this machine and somebody else, or that somebody.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreachable(pub(crate) String);

impl Unreachable {
    fn because(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Why there is no answer that counts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// It is longer than it may be.
    #[error("its answer is longer than it may be")]
    TooLong,
    /// See there.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

/// Who vouches for a server's name: those of a file that `flag` named, or those that this machine knows.
///
/// # Errors
/// What is wrong with the file, or that this machine knows nobody.
pub(crate) fn roots(named: Option<&Path>, flag: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(path) = named else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let none = format!(
            "this machine knows no certificate authorities: install the package ca-certificates, or name a file with {flag}"
        );
        return if roots.is_empty() { Err(none) } else { Ok(roots) };
    };
    let wrong = |what: String| format!("{}: {flag} takes a PEM file of certificates: {what}", path.display());
    for root in CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))? {
        let root = root.map_err(|error| wrong(error.to_string()))?;
        roots.add(root).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(roots)
}

/// The beginning of a configuration of TLS: which algorithms, and nobody is believed yet.
///
/// # Errors
/// None with the algorithms that are built in.
pub(crate) fn tls() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider())).with_safe_default_protocol_versions()
}

/// Connects to the first address of a name that answers.
///
/// # Errors
/// [`Unreachable`].
pub(crate) async fn connect(host: &str, port: u16) -> Result<TcpStream, Unreachable> {
    let found = tokio::net::lookup_host((host, port)).await;
    let addresses = found.map_err(|error| Unreachable(format!("its name is not found: {error}")))?;
    let mut last = "its name has no address".to_owned();
    for address in addresses {
        match timeout(CONNECTED_WITHIN, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = "it does not answer".into(),
        }
    }
    Err(Unreachable(last))
}

/// The same, and TLS.
///
/// # Errors
/// [`Unreachable`], also when the certificate is not believed.
pub(crate) async fn connect_tls(connector: &TlsConnector, host: &str, port: u16) -> Result<TlsStream<TcpStream>, Unreachable> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| Unreachable("its address has no host".into()))?;
    let stream = connect(host, port).await?;
    match timeout(ANSWER_WITHIN, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(Unreachable(format!("TLS with it fails: {error}"))),
        Err(_) => Err(Unreachable("it does not answer".into())),
    }
}

/// One request on a connection of its own, and the answer to its end: `longest` bytes at most.
///
/// # Errors
/// [`Unanswered`].
pub(crate) async fn ask<S, B>(stream: S, request: Request<B>, longest: usize) -> Result<Response<Bytes>, Unanswered>
where
    S: AsyncRead + AsyncWrite + Unpin,
    B: Body + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(Unreachable::because)?;
    let exchange = async {
        let (head, body) = sender.send_request(request).await.map_err(Unreachable::because)?.into_parts();
        let body = Limited::new(body, longest).collect().await.map_err(|error| match error.is::<LengthLimitError>() {
            true => Unanswered::TooLong,
            false => Unreachable::because(error).into(),
        })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    };
    let mut exchange = std::pin::pin!(exchange);
    let ended = tokio::select! {
        answer = &mut exchange => return answer,
        ended = connection => ended,
    };
    // Whoever closes behind the answer has given it all the same.
    ended.map_err(Unreachable::because)?;
    exchange.await
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Empty;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// Asks somebody who gives this answer and closes at once.
    async fn asked(answer: &'static str, longest: usize) -> Result<Response<Bytes>, Unanswered> {
        let (own, mut other) = tokio::io::duplex(4096);
        let answering = async {
            let mut read = Vec::new();
            while !read.ends_with(b"\r\n\r\n") {
                read.push(other.read_u8().await.unwrap());
            }
            other.write_all(answer.as_bytes()).await.unwrap();
            drop(other);
        };
        let request = Request::get("/").header("host", "a").body(Empty::<Bytes>::new()).unwrap();
        tokio::join!(ask(own, request, longest), answering).0
    }

    #[tokio::test]
    async fn who_closes_behind_the_answer_has_given_it() {
        let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello";
        // Which of the two is noticed first is chance.
        for _ in 0..100 {
            assert_eq!(asked(answer, 100).await.unwrap().body(), "hello");
        }
        let cut = "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello";
        assert!(matches!(asked(cut, 100).await, Err(Unanswered::Unreachable(_))));
        assert!(matches!(asked(answer, 4).await, Err(Unanswered::TooLong)));
    }
}
