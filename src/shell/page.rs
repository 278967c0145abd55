//! The page: embedded files over HTTP.
//!
//! **Invariant:** an answer depends on path, method, `Accept-Encoding` and `If-None-Match` alone; queries and everything else that
//! a browser says about a person are not looked at.

use super::files::{self, File};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

/// Any path that is not the WebSocket's.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let Some(file) = files::at(uri.path()) else { return (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response() };
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")], "Only GET and HEAD.\n").into_response();
    }
    answer(file, &method, &headers)
}

fn answer(file: &'static File, method: &Method, asked: &HeaderMap) -> Response {
    let (body, encoding) = match file.brotli {
        Some(compressed) if accepts_brotli(asked) => (compressed, Some("br")),
        _ => (file.plain, None),
    };
    let tag = format!("\"{}{}\"", file.tag, if encoding.is_some() { "-br" } else { "" });
    let unchanged = is_named(&tag, asked);
    let body = if unchanged || method == Method::HEAD { Body::empty() } else { Body::from(Bytes::from_static(body)) };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    // "Keep it, but ask before using it": a new version of the host is a new client at once.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type()));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn accepts_brotli(asked: &HeaderMap) -> bool {
    let wishes = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    wishes.flat_map(|value| value.split(',')).any(|wish| {
        let mut parts = wish.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br"))
            && !parts.any(|quality| matches!(quality, "q=0" | "q=0.0"))
    })
}

fn is_named(tag: &str, asked: &HeaderMap) -> bool {
    let held = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    held.flat_map(|value| value.split(',')).any(|one| one.trim().trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    static SCRIPT: File = File { path: "/a.js", tag: "t", plain: b"plain", brotli: Some(b"br") };

    fn asked(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn brotli_only_for_those_who_take_it() {
        for (wish, taken) in [("gzip, br", true), ("br;q=1", true), ("br;q=0", false), ("gzip", false), ("brotli", false)] {
            let answer = answer(&SCRIPT, &Method::GET, &asked(header::ACCEPT_ENCODING, wish));
            assert_eq!(answer.headers().contains_key(header::CONTENT_ENCODING), taken, "{wish}");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        }
    }

    #[test]
    fn who_has_it_is_not_sent_it_again() {
        assert_eq!(answer(&SCRIPT, &Method::GET, &asked(header::IF_NONE_MATCH, "\"t\"")).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(
            answer(&SCRIPT, &Method::GET, &asked(header::IF_NONE_MATCH, "\"x\", W/\"t\"")).status(),
            StatusCode::NOT_MODIFIED
        );
        assert_eq!(answer(&SCRIPT, &Method::GET, &asked(header::IF_NONE_MATCH, "\"t-br\"")).status(), StatusCode::OK);
    }
}
