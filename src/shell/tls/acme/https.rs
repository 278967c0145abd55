//! What ACME travels in: one HTTPS request on one connection.
//!
//! **Invariant:** an answer comes within [`ANSWER_WITHIN`] and is not longer than [`ANSWER`], or it is an error that says which.

use super::trouble::Limit;
use crate::shell::https::{ANSWER_WITHIN, Unreachable, ask, connect_tls, tls};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HOST, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, Uri};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::RootCertStore;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Answers above this are none of ACME, bytes. A chain of certificates has a few KB.
const ANSWER: usize = 1 << 20;

/// A client that asks.
pub(super) struct Https {
    connector: TlsConnector,
    limit: Limit,
}

impl Https {
    /// Believes these. What a CA says about when to come back is noted in `limit`.
    pub(super) fn new(roots: RootCertStore, limit: Limit) -> Result<Self, rustls::Error> {
        let config = tls()?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), limit })
    }
}

type Asked = Request<BodyWrapper<Bytes>>;

impl HttpClient for Https {
    fn request(&self, asked: Asked) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let (connector, limit) = (self.connector.clone(), self.limit.clone());
        Box::pin(async move {
            let answer = timeout(ANSWER_WITHIN, exchange(connector, asked)).await;
            let answer = answer.unwrap_or_else(|_| Err(Unreachable("it does not answer".into())));
            let answer = answer.map_err(|unreachable| Error::Other(Box::new(unreachable)))?;
            let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            limit.note(answer.status(), seconds.map(Duration::from_secs));
            Ok(BytesResponse::from(answer))
        })
    }
}

async fn exchange(connector: TlsConnector, mut asked: Asked) -> Result<Response<Full<Bytes>>, Unreachable> {
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
    let stream = connect_tls(&connector, &host, port).await?;
    let answer = ask(stream, asked, ANSWER).await.map_err(|why| Unreachable(why.to_string()))?;
    Ok(answer.map(Full::new))
}
