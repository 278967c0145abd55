//! Which host carries the meeting.
//!
//! **Invariant:** it is the one that the page came from, unless the page came from a program on this machine that names it (`incamera join`).

use web_sys::{Url, window};

/// The origin of the host that carries the meeting, where this client did not come from it (`incamera join` says so in the page).
pub(crate) fn host_elsewhere() -> Option<String> {
    told("incamera-host")
}

/// The words of the client that runs here, where it came from a program that names them (`incamera fingerprint` prints the same). A page that came
/// from the host could name any.
pub(crate) fn client_words() -> Option<String> {
    host_elsewhere().and_then(|_| told("incamera-client"))
}

fn told(name: &str) -> Option<String> {
    let meta = window()?.document()?.query_selector(&format!("meta[name={name}]")).ok()??;
    meta.get_attribute("content").filter(|text| !text.is_empty())
}

/// The host's name without a port, as it stands in a URL: an IPv6 address in its brackets.
pub(crate) fn host_name() -> Option<String> {
    let name = match host_elsewhere() {
        Some(origin) => Url::new(&origin).ok()?.hostname(),
        None => window()?.location().hostname().ok()?,
    };
    (!name.is_empty()).then_some(name)
}
