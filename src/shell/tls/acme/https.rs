//! What ACME travels in: one HTTPS request on one connection.
//!
//! **Invariant:** an answer comes within [`ANSWER_WITHIN`] and is not longer than [`ANSWER`], or it is an error that says which.

use super::trouble::{Limit, Unreachable};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{HOST, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long a CA may take for one answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// How long one of its addresses may take to answer at all. A broken IPv6 must not hide a working IPv4.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// Answers above this are none of ACME, bytes. A chain of certificates has a few KB.
const ANSWER: usize = 1 << 20;

/// Who vouches for the CA's own server.
pub(super) fn roots(named: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(path) = named else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let none =
            "this machine knows no certificate authorities: install the package ca-certificates, or name a file with --acme-ca";
        return if roots.is_empty() { Err(none.into()) } else { Ok(roots) };
    };
    let wrong = |what: String| format!("{}: --acme-ca takes a PEM file of certificates: {what}", path.display());
    for root in CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))? {
        let root = root.map_err(|error| wrong(error.to_string()))?;
        roots.add(root).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(roots)
}

/// A client that asks.
pub(super) struct Https {
    connector: TlsConnector,
    limit: Limit,
}

impl Https {
    /// Believes these. What a CA says about when to come back is noted in `limit`.
    pub(super) fn new(roots: RootCertStore, limit: Limit) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), limit })
    }
}

type Asked = Request<BodyWrapper<Bytes>>;

impl HttpClient for Https {
    fn request(&self, asked: Asked) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let (connector, limit) = (self.connector.clone(), self.limit.clone());
        Box::pin(async move {
            let answer = timeout(ANSWER_WITHIN, ask(connector, asked)).await;
            let answer = answer.unwrap_or_else(|_| Err(Unreachable("it does not answer".into())));
            let answer = answer.map_err(|unreachable| Error::Other(Box::new(unreachable)))?;
            let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            limit.note(answer.status(), seconds.map(Duration::from_secs));
            Ok(BytesResponse::from(answer))
        })
    }
}

async fn ask(connector: TlsConnector, mut asked: Asked) -> Result<Response<Full<Bytes>>, Unreachable> {
    let host = asked.uri().host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = asked.uri().port_u16().unwrap_or(443);
    if let Some(authority) = asked.uri().authority()
        && let Ok(value) = HeaderValue::from_str(authority.as_str())
    {
        asked.headers_mut().insert(HOST, value);
    }
    // A server is asked for a path; the whole address is for proxies.
    if let Some(path) = asked.uri().path_and_query().cloned() {
        *asked.uri_mut() = Uri::from(path);
    }
    let name = ServerName::try_from(host.clone()).map_err(|_| Unreachable("its address has no host".into()))?;
    let stream = connect(&host, port).await?;
    let stream = connector.connect(name, stream).await.map_err(|error| Unreachable(format!("TLS with it fails: {error}")))?;
    let http = |error: hyper::Error| Unreachable(error.to_string());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(http)?;
    let exchange = async {
        let answer = sender.send_request(asked).await.map_err(http)?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER).collect().await.map_err(|error| Unreachable(error.to_string()))?;
        Ok(Response::from_parts(head, Full::new(body.to_bytes())))
    };
    tokio::select! {
        answer = exchange => answer,
        // It ends before the answer only by an error.
        ended = connection => Err(Unreachable(ended.map_or_else(|error| error.to_string(), |()| "it hung up".into()))),
    }
}

async fn connect(host: &str, port: u16) -> Result<TcpStream, Unreachable> {
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
