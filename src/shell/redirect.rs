//! From plain HTTP to HTTPS.
//!
//! **Invariant:** a host with a domain sends nobody anywhere but to it.

use super::config::kinds::Domain;
use super::headers;
use super::tls::Tls;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Where to.
pub(crate) struct To {
    /// The page's names; without any, whatever name was asked for.
    pub(crate) names: Vec<Domain>,
    /// The page's port.
    pub(crate) port: u16,
    /// Its TLS, which may be waiting for a certificate.
    pub(crate) tls: Arc<Tls>,
}

/// What is answered to whoever comes without TLS.
pub(crate) fn site(to: To) -> Router {
    Router::new().fallback(send_on).with_state(Arc::new(to)).layer(map_response(headers::add))
}

async fn send_on(State(to): State<Arc<To>>, uri: Uri, headers: HeaderMap) -> Response {
    if !to.tls.is_ready() {
        let text = "This host is waiting for its certificate. Please try again in a minute; its log says what is the matter.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "30")], text).into_response();
    }
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    match place(&to.names, to.port, asked, uri.path_and_query().map_or("/", |path| path.as_str())) {
        // Not to be kept: another program may serve plain HTTP here one day. What is to be kept, HSTS says.
        Some(place) => {
            let head = [(header::LOCATION, place), (header::CACHE_CONTROL, "no-store".to_owned())];
            (StatusCode::PERMANENT_REDIRECT, head).into_response()
        }
        None => (StatusCode::BAD_REQUEST, "Which host is meant? The request does not say.\n").into_response(),
    }
}

/// The same path over HTTPS. What comes after `#` never leaves the browser, and stays.
fn place(names: &[Domain], port: u16, asked: Option<&str>, path: &str) -> Option<String> {
    let asked = asked.map(without_port).filter(|name| !name.is_empty());
    let own = |name: &&str| names.iter().any(|own| own.as_str().eq_ignore_ascii_case(name));
    let name = match names.first() {
        Some(first) => asked.filter(own).unwrap_or(first.as_str()),
        None => asked?,
    };
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    Some(format!("https://{name}{port}{path}"))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::config::kinds::Setting as _;

    #[test]
    fn everybody_is_sent_to_the_domain_and_nowhere_else() {
        let names: Vec<Domain> = Vec::read(&["meet.example".into(), "www.meet.example".into()]).unwrap();
        let sent = |asked: Option<&str>, path: &str| place(&names, 443, asked, path).unwrap();
        assert_eq!(sent(Some("meet.example"), "/a?b"), "https://meet.example/a?b");
        assert_eq!(sent(Some("WWW.meet.example:80"), "/"), "https://WWW.meet.example/");
        assert_eq!(sent(Some("evil.example"), "/"), "https://meet.example/");
        assert_eq!(sent(None, "/"), "https://meet.example/");
        assert_eq!(place(&[], 8443, Some("192.0.2.1:8080"), "/").unwrap(), "https://192.0.2.1:8443/");
        assert_eq!(place(&[], 8443, Some("[2001:db8::1]"), "/").unwrap(), "https://[2001:db8::1]:8443/");
        assert_eq!(place(&[], 443, None, "/"), None);
    }
}
