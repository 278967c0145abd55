//! The host's own relay (TURN, RFC 8656), for networks that let nothing else through.
//!
//! **Invariant:** no other machine is ever named to the browser than the host that carries the meeting: what the host says of its relay has no
//! place for a name, and the name put in front of its ports is the one that the page speaks to anyway.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;
use wire::{RelayAccess, RelayOver, RelayWay};

/// Ways that are tried at most. Browsers warn of five, and each takes a while.
const WAYS: usize = 3;

/// Milliseconds before credentials end at which they are no longer begun with.
const MARGIN: f64 = 30_000.0;

/// A relay, and what it takes to use it.
pub(crate) struct Relay {
    urls: Vec<String>,
    username: String,
    password: String,
    /// Until when it can be begun with.
    until: f64,
}

impl Relay {
    /// At `now` milliseconds. `host` as it stands in a URL. `None` where the host has no relay.
    pub(crate) fn of(access: RelayAccess, host: &str, now: f64) -> Option<Self> {
        let RelayAccess { username, password, seconds, ways } = access;
        let urls: Vec<_> = ways.iter().filter(|way| way.port != 0).take(WAYS).map(|way| url(host, *way)).collect();
        let until = now + f64::from(seconds) * 1_000.0 - MARGIN;
        (!urls.is_empty()).then_some(Self { urls, username, password, until })
    }

    /// Whether a connection can still be begun with it.
    pub(crate) fn is_fresh(&self, now: f64) -> bool {
        now < self.until
    }

    /// As `RTCConfiguration.iceServers` has it.
    ///
    /// # Errors
    /// None: a fresh object takes properties.
    pub(crate) fn servers(&self) -> Result<JsValue, JsValue> {
        let server = Object::new();
        let urls: Array = self.urls.iter().map(|url| JsValue::from_str(url)).collect();
        Reflect::set(&server, &"urls".into(), &urls)?;
        Reflect::set(&server, &"username".into(), &self.username.as_str().into())?;
        Reflect::set(&server, &"credential".into(), &self.password.as_str().into())?;
        Ok(Array::of1(&server).into())
    }
}

/// RFC 7065 §3.
fn url(host: &str, RelayWay { over, port }: RelayWay) -> String {
    match over {
        RelayOver::Udp => format!("turn:{host}:{port}?transport=udp"),
        RelayOver::Tcp => format!("turn:{host}:{port}?transport=tcp"),
        RelayOver::Tls => format!("turns:{host}:{port}?transport=tcp"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(ways: Vec<RelayWay>) -> RelayAccess {
        RelayAccess { username: "600:ab".into(), password: "cd".into(), seconds: 600, ways }
    }

    fn way(over: RelayOver, port: u16) -> RelayWay {
        RelayWay { over, port }
    }

    #[test]
    fn only_the_host_itself_is_named_whatever_it_says() {
        let ways = vec![way(RelayOver::Tls, 443), way(RelayOver::Tcp, 0), way(RelayOver::Tcp, 8_443), way(RelayOver::Udp, 443)];
        let relay = Relay::of(RelayAccess { username: "turn:evil.example".into(), ..access(ways) }, "meet.example", 0.0).unwrap();
        let all = [
            "turns:meet.example:443?transport=tcp",
            "turn:meet.example:8443?transport=tcp",
            "turn:meet.example:443?transport=udp",
        ];
        assert_eq!(relay.urls, all);
        let many = (1..60_000).map(|port| way(RelayOver::Udp, port)).collect();
        assert_eq!(
            Relay::of(access(many), "[2001:db8::1]", 0.0).unwrap().urls.last().unwrap(),
            "turn:[2001:db8::1]:3?transport=udp"
        );
        assert_eq!(Relay::of(access((1..9).map(|port| way(RelayOver::Udp, port)).collect()), "a", 0.0).unwrap().urls.len(), 3);
    }

    #[test]
    fn a_host_without_a_relay_is_believed() {
        assert!(Relay::of(access(vec![]), "meet.example", 0.0).is_none());
    }

    #[test]
    fn credentials_are_not_begun_with_when_they_are_about_to_end() {
        let relay = Relay::of(access(vec![way(RelayOver::Tls, 443)]), "meet.example", 1_000.0).unwrap();
        assert!(relay.is_fresh(1_000.0) && relay.is_fresh(570_000.0) && !relay.is_fresh(571_000.0));
    }
}
