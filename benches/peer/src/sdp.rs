//! Session descriptions, as plain as a load client's are: no trickle, no simulcast, no header extensions.
//!
//! **Invariant:** one bundle, one payload type for each codec.

use crate::{Failure, Peer};
use std::fmt::Write as _;
use std::net::SocketAddr;

/// Payload type of sound (Opus).
pub const AUDIO: u8 = 111;
/// Payload type of pictures (VP8).
pub const VIDEO: u8 = 96;
/// Payload type of repetitions of pictures.
const REPEATS: u8 = 97;

/// Which way a section goes, seen from the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The peer sends.
    Sends,
    /// The peer receives.
    Receives,
}

/// A media section.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name; none is written when empty.
    pub mid: String,
    /// Picture or sound.
    pub picture: bool,
    /// Which way.
    pub way: Way,
    /// Whether `a=ssrc` lines are written for what is sent.
    pub announces: bool,
}

impl Section {
    /// Sound and picture of a publisher.
    pub fn sending() -> Vec<Self> {
        [false, true]
            .map(|picture| Self { mid: u8::from(picture).to_string(), picture, way: Way::Sends, announces: true })
            .to_vec()
    }

    /// Sound and picture of as many publishers.
    pub fn receiving(publishers: usize) -> Vec<Self> {
        let section = |at: usize| Self { mid: at.to_string(), picture: at % 2 == 1, way: Way::Receives, announces: false };
        (0..2 * publishers).map(section).collect()
    }
}

/// Whom a description makes the DTLS client (RFC 5763 §5).
#[derive(Clone, Copy)]
pub(crate) enum Client {
    /// Whom the other side chooses. It has to choose the peer.
    Either,
    /// The peer, which is to be found here.
    Peer(SocketAddr),
}

pub(crate) fn write(peer: &Peer, sections: &[Section], client: Client) -> String {
    let (ufrag, password) = peer.credentials();
    let mids: Vec<&str> = sections.iter().map(|section| section.mid.as_str()).filter(|mid| !mid.is_empty()).collect();
    let mut out = String::from("v=0\r\no=- 4711 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
    let lines = &mut out;
    // Writing to a String cannot fail.
    if mids.len() == sections.len() {
        let _ = write!(lines, "a=group:BUNDLE {}\r\n", mids.join(" "));
    }
    let _ = write!(lines, "a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\n");
    let (setup, candidate) = match client {
        Client::Either => ("actpass", String::new()),
        Client::Peer(at) => ("active", format!("a=candidate:1 1 udp 2130706431 {} {} typ host\r\n", at.ip(), at.port())),
    };
    let _ = write!(lines, "a=fingerprint:sha-256 {}\r\na=setup:{setup}\r\n", peer.identity().fingerprint());
    for (at, section) in sections.iter().enumerate() {
        one(lines, peer, section);
        // RFC 9143 §10: one section's candidates are the whole bundle's.
        lines.push_str(if at == 0 { &candidate } else { "" });
    }
    out
}

fn one(lines: &mut String, peer: &Peer, section: &Section) {
    let (kind, formats) = if section.picture { ("video", format!("{VIDEO} {REPEATS}")) } else { ("audio", AUDIO.to_string()) };
    let way = if section.way == Way::Sends { "sendonly" } else { "recvonly" };
    let _ = write!(lines, "m={kind} 9 UDP/TLS/RTP/SAVPF {formats}\r\nc=IN IP4 0.0.0.0\r\na={way}\r\na=rtcp-mux\r\n");
    if !section.mid.is_empty() {
        let _ = write!(lines, "a=mid:{}\r\n", section.mid);
    }
    if section.picture {
        let _ = write!(
            lines,
            "a=rtpmap:{VIDEO} VP8/90000\r\na=rtcp-fb:{VIDEO} nack\r\na=rtcp-fb:{VIDEO} nack pli\r\na=rtpmap:{REPEATS} rtx/90000\r\n\
             a=fmtp:{REPEATS} apt={VIDEO}\r\n"
        );
    } else {
        let _ = write!(lines, "a=rtpmap:{AUDIO} opus/48000/2\r\n");
    }
    if section.way == Way::Sends && section.announces {
        let _ = write!(lines, "a=ssrc:{} cname:bench\r\n", peer.ssrc(section.picture));
    }
}

/// The other side's description, as far as it matters.
#[derive(Clone, Debug)]
pub struct Answer {
    /// ICE ufrag.
    pub ufrag: String,
    /// ICE password.
    pub password: String,
    /// The first UDP candidate.
    pub address: SocketAddr,
    /// Payload types of media that is no repetition.
    pub media: Vec<u8>,
}

impl Answer {
    /// Reads one.
    ///
    /// # Errors
    /// When something is missing.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
        let candidates = text.lines().filter_map(|line| line.strip_prefix("a=candidate:"));
        let address = candidates.filter_map(udp_candidate).next().ok_or("the answer has no UDP candidate")?;
        let maps = text.lines().filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '));
        let media = maps.filter(|(_, codec)| !codec.starts_with("rtx/")).filter_map(|(number, _)| number.parse().ok()).collect();
        Ok(Self {
            ufrag: value("a=ice-ufrag:").ok_or("the answer has no ufrag")?,
            password: value("a=ice-pwd:").ok_or("the answer has no password")?,
            address,
            media,
        })
    }
}

/// `foundation component transport priority address port typ …`
fn udp_candidate(line: &str) -> Option<SocketAddr> {
    let words: Vec<&str> = line.split(' ').collect();
    let [_, "1", transport, _, address, port, ..] = words.as_slice() else { return None };
    transport.eq_ignore_ascii_case("udp").then(|| Some(SocketAddr::new(address.parse().ok()?, port.parse().ok()?)))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Identity;

    #[test]
    fn a_full_description_names_one_candidate_and_makes_the_peer_the_dtls_client() {
        let mut peer = Peer::new(&Identity::new().unwrap(), 1).unwrap();
        let plain = peer.offer(&Section::sending());
        let full = peer.full_description(&Section::sending()).unwrap();
        assert!(plain.contains("a=setup:actpass") && !plain.contains("a=candidate:"));
        assert!(full.contains("a=setup:active"));
        let (first, second) = full.split_once("m=video").unwrap();
        assert!(!second.contains("a=candidate:"));
        assert_eq!(first.lines().filter(|line| line.starts_with("a=candidate:")).count(), 1);
        assert_eq!(Answer::read(&full).unwrap().address, peer.port().address().unwrap());
    }
}
