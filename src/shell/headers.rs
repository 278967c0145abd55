//! The security headers, on every answer.
//!
//! **Invariant:** a page of this host runs its own scripts and nobody else's, talks to this host and nobody else, is framed by
//! nobody, and may use camera, microphone, screen capture and full screen, and no other powerful feature.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// What the page may load, from where, and what may be done with it (CSP Level 3).
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
    style-src 'self'; font-src 'self'; img-src 'self' blob:; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types incamera";

/// Sound must start by itself, the invitation be copied, the loudspeaker be chosen and the screen stay on: the page itself may do
/// these, as browsers allow it by default. The other named features are off; browsers complain of names they do not know.
const PERMISSIONS_POLICY: &str = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), autoplay=(self), \
    clipboard-write=(self), screen-wake-lock=(self), accelerometer=(), browsing-topics=(), clipboard-read=(), \
    encrypted-media=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), \
    midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), serial=(), storage-access=(), sync-xhr=(), usb=(), \
    window-management=(), xr-spatial-tracking=()";

const ALWAYS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// A year of HTTPS and nothing else (RFC 6797).
const STRICT_TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds the promise to be there over HTTPS. Only where this program has the certificate and a CA vouches for it: over plain HTTP it would be
/// ignored, and whoever puts TLS in front sets it there.
pub(crate) async fn promise_tls(mut response: Response) -> Response {
    response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY);
    response
}

/// Adds them.
pub(crate) async fn add(mut response: Response) -> Response {
    for (name, value) in ALWAYS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_refused_but_what_the_page_is_made_of() {
        let directives: Vec<Vec<&str>> =
            CONTENT_SECURITY_POLICY.split(';').map(|directive| directive.split_whitespace().collect()).collect();
        let of = |name: &str| directives.iter().find(|directive| directive[0] == name).map(|directive| directive[1..].to_vec());
        assert_eq!(of("default-src"), Some(vec!["'none'"]));
        // The app's description, its workers (the one without network among them), its styles: from here, and nothing inline.
        for kind in ["manifest-src", "worker-src", "style-src", "font-src", "connect-src"] {
            assert_eq!(of(kind), Some(vec!["'self'"]), "{kind}");
        }
        // Pictures of the chat and films that people share are made in the page, of what was opened or chosen there.
        for kind in ["img-src", "media-src"] {
            assert_eq!(of(kind), Some(vec!["'self'", "blob:"]), "{kind}");
        }
        assert_eq!(of("script-src"), Some(vec!["'self'", "'wasm-unsafe-eval'"]));
        assert_eq!(of("require-trusted-types-for"), Some(vec!["'script'"]));
        for kind in ["base-uri", "form-action", "frame-ancestors"] {
            assert_eq!(of(kind), Some(vec!["'none'"]), "{kind}");
        }
        let anywhere = ["*", "http:", "https:", "data:", "'unsafe-inline'", "'unsafe-eval'"];
        assert_eq!(directives.iter().flatten().filter(|word| **word == "blob:").count(), 2, "and nothing else is");
        assert!(!directives.iter().flatten().any(|word| anywhere.contains(word)), "{CONTENT_SECURITY_POLICY}");
    }

    #[tokio::test]
    async fn they_are_on_every_answer() {
        let response = add(Response::new(axum::body::Body::empty())).await;
        for (name, value) in ALWAYS {
            assert_eq!(response.headers()[&name], value);
        }
    }
}
