//! The security headers, on every answer.
//!
//! **Invariant:** a page of this host runs its own scripts and nobody else's, talks to this host and nobody else, is framed by
//! nobody, and may use camera, microphone, screen capture and full screen, and no other powerful feature.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
    style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; media-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types incamera";

/// Sound must start by itself, the invitation be copied, the loudspeaker be chosen and the screen stay on: the page itself may do
/// these, as browsers allow it by default. The other named features are off; browsers complain of names they do not know.
const PERMISSIONS_POLICY: &str = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), autoplay=(self), \
    clipboard-write=(self), screen-wake-lock=(self), accelerometer=(), bluetooth=(), browsing-topics=(), clipboard-read=(), \
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

/// Adds them. HSTS is not among them: over plain HTTP it would be ignored, and whoever puts TLS in front sets it there.
pub(crate) async fn add(mut response: Response) -> Response {
    for (name, value) in ALWAYS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
