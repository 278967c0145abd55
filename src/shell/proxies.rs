//! A reverse proxy in front: whom its connections stand for.
//!
//! **Invariant:** what a request says about where it comes from is believed of this machine and of the proxies that were named, and of nobody
//! else; it is counted by the doorman and kept nowhere.

use super::config::kinds::Network;
use super::doorman::Doorman;
use super::front::Peer;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, SocketAddr};
use tracing::info;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies, and who counts the people behind them.
#[derive(Clone)]
pub(crate) struct Proxies {
    /// Besides this machine.
    pub(crate) named: Vec<Network>,
    pub(crate) doorman: Doorman,
}

impl Proxies {
    fn trusts(&self, address: IpAddr) -> bool {
        address.to_canonical().is_loopback() || self.named.iter().any(|network| network.contains(address))
    }

    /// Each proxy appends whom it heard, so the last one that is no proxy of ours is the person; everything before could be invented.
    fn person(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lines = headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok());
        let heard: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        let last = heard.iter().rev().map(|text| address(text)).find(|heard| heard.is_none_or(|heard| !self.trusts(heard)));
        last.flatten()
    }
}

/// As proxies write it: with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_matches(['[', ']']);
    bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

/// Counts the person behind a proxy as if it had come by itself.
pub(crate) async fn count(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|Peer(peer)| peer.ip());
    let person = peer.filter(|peer| proxies.trusts(*peer)).and_then(|_| proxies.person(request.headers()));
    let Some(person) = person else { return next.run(request).await };
    let Some(place) = proxies.doorman.admit(person) else {
        info!("a request was refused: too many connections from one place");
        return (StatusCode::TOO_MANY_REQUESTS, "Too many connections from your address.\n").into_response();
    };
    // Whoever stays (a WebSocket) keeps the place; the others have it as long as they are answered.
    request.extensions_mut().insert(place.clone());
    let response = next.run(request).await;
    drop(place);
    response
}

#[cfg(test)]
mod tests {
    use super::super::doorman::Connections;
    use super::*;
    use crate::shell::config::kinds::Setting as _;

    #[test]
    fn the_last_who_is_no_proxy_of_ours_is_the_person() {
        let named = Vec::read(&["10.0.0.0/8".into()]).unwrap();
        let (doorman, _gone) = Doorman::new(Connections { all: 1, from_one_place: 1 });
        let proxies = Proxies { named, doorman };
        let person = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            proxies.person(&headers).map(|person| person.to_string())
        };
        assert_eq!(person(&["192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(person(&["198.51.100.9, 192.0.2.1, 10.1.1.1"]).as_deref(), Some("192.0.2.1"), "the first was invented");
        assert_eq!(person(&["198.51.100.9", "192.0.2.1:4711,127.0.0.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(person(&["[2001:db8::1]:443"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(person(&["192.0.2.1, unknown"]), None, "what was before a word that is no address is anybody's");
        assert_eq!(person(&["10.0.0.1"]), None);
        assert_eq!(person(&[]), None);
        assert!(proxies.trusts("::ffff:127.0.0.1".parse().unwrap()) && !proxies.trusts("192.0.2.1".parse().unwrap()));
    }
}
