//! Whether the first packet of a meeting comes through: a connectivity check (RFC 8445 §7) as browsers send it, over UDP and over TCP.
//!
//! **Invariant:** an address is good only if the host itself has answered from it: an answer is taken only for the check that was sent there.

use super::report::{Report, Verdict};
use super::signalling::{Offered, USER_FRAGMENT};
use super::way::closed;
use crate::shell::clock;
use rtc_crypto::RTCCryptoProvider as _;
use rtc_crypto::providers::RingProvider;
use rtc_stun::attributes::{ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USERNAME, AttrType};
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message as stun;
use rtc_stun::textattrs::TextAttribute;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

/// Checks that are sent before nothing is said to come back, and how far apart.
const TRIES: u32 = 6;
const APART: Duration = Duration::from_millis(500);
/// A connection over TCP may take as long as all tries over UDP.
const WITHIN: Duration = Duration::from_secs(5);
/// The longest answer, bytes.
const LONGEST: usize = 1_500;

/// How one address answered.
type Outcome = io::Result<Duration>;

/// Tries every address that the host has named.
pub(super) async fn look(offered: &Offered, inside: bool, report: &mut Report) {
    let (mut udp, mut tcp) = (false, false);
    for &address in &offered.udp {
        let outcome = over_udp(offered, address).await;
        udp |= outcome.is_ok();
        report.add(&format!("picture and sound over UDP {address}"), verdict(&outcome, address, inside));
    }
    for &address in &offered.tcp {
        let outcome = over_tcp(offered, address).await;
        tcp |= outcome.is_ok();
        report.add(&format!("picture and sound over TCP {address}"), verdict(&outcome, address, inside));
    }
    report.add("picture and sound", sum(udp, tcp, offered));
}

fn verdict(outcome: &Outcome, address: SocketAddr, inside: bool) -> Verdict {
    use io::ErrorKind::{AddrNotAvailable, HostUnreachable, NetworkUnreachable};
    match outcome {
        Ok(took) => Verdict::Good(format!("there and back in {} ms", took.as_millis())),
        Err(error) if matches!(error.kind(), NetworkUnreachable | HostUnreachable | AddrNotAvailable) => {
            Verdict::Unknown("there is no way to that address from here".into())
        }
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            Verdict::Unknown(closed("nothing comes back", address.port(), inside))
        }
        Err(error) => Verdict::Unknown(format!("{error}")),
    }
}

fn sum(udp: bool, tcp: bool, offered: &Offered) -> Verdict {
    let port = offered.udp.first().map_or(0, SocketAddr::port);
    match (udp, tcp) {
        (true, true) => Verdict::Good("come through over UDP, and over TCP where a network lets no UDP through".into()),
        (true, false) => Verdict::Mend(format!(
            "come through over UDP alone: people in networks without UDP (hotels, companies) see and hear nothing. Open TCP port {port}"
        )),
        (false, true) => Verdict::Mend(format!(
            "come through over TCP alone: meetings work, and stutter on bad networks. Open UDP port {port} in firewall and router, or give \
             `public-address` if none of these addresses is the host's"
        )),
        (false, false) => Verdict::Mend(format!(
            "do not come through: people would meet, and neither see nor hear each other. Open port {port} for UDP and TCP in firewall and \
             router, or give `public-address` if none of these addresses is the host's"
        )),
    }
}

/// A check, as it is sent.
pub(super) struct Check {
    pub(super) bytes: Vec<u8>,
}

/// An attribute of numbers.
struct Attribute(AttrType, &'static [u8]);

impl stun::Setter for Attribute {
    fn add_to(&self, message: &mut stun::Message) -> rtc_shared::error::Result<()> {
        message.add(self.0, self.1);
        Ok(())
    }
}

impl Check {
    /// One for the host's answer to our offer.
    ///
    /// # Errors
    /// The library's.
    pub(super) fn new(offered: &Offered) -> io::Result<Self> {
        let user = format!("{}:{USER_FRAGMENT}", offered.user_fragment);
        let provider = RingProvider::default();
        let mut check = stun::Message::new();
        let built = check.build(&[
            Box::new(stun::BINDING_REQUEST),
            Box::new(stun::TransactionId::new()),
            Box::new(TextAttribute::new(ATTR_USERNAME, user)),
            Box::new(Attribute(ATTR_PRIORITY, &[0x6e, 0, 0xff, 0xff])),
            Box::new(Attribute(ATTR_ICE_CONTROLLING, &[7; 8])),
            Box::new(MessageIntegrity::new_short_term_integrity_with_provider(offered.password.clone(), provider.crypto())),
            Box::new(rtc_stun::fingerprint::FINGERPRINT),
        ]);
        built.map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self { bytes: check.raw })
    }

    /// A Binding success response of the same transaction (RFC 8489 §5).
    pub(super) fn is_answered_by(&self, bytes: &[u8]) -> bool {
        bytes.get(..2) == Some(&[0x01, 0x01]) && bytes.get(4..20).is_some_and(|behind| Some(behind) == self.bytes.get(4..20))
    }
}

async fn over_udp(offered: &Offered, to: SocketAddr) -> Outcome {
    let any: IpAddr = if to.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(to).await?;
    let check = Check::new(offered)?;
    let mut buffer = [0; LONGEST];
    let mut last = io::Error::from(io::ErrorKind::TimedOut);
    for _ in 0..TRIES {
        let begun = clock::now();
        let answered = timeout(APART, async {
            socket.send(&check.bytes).await?;
            loop {
                let length = socket.recv(&mut buffer).await?;
                if check.is_answered_by(buffer.get(..length).unwrap_or_default()) {
                    return Ok(clock::now().saturating_duration_since(begun));
                }
            }
        });
        match answered.await {
            Ok(Ok(took)) => return Ok(took),
            Ok(Err(error)) => last = error,
            Err(_) => {}
        }
    }
    Err(last)
}

async fn over_tcp(offered: &Offered, to: SocketAddr) -> Outcome {
    let asked = async {
        let begun = clock::now();
        let mut stream = TcpStream::connect(to).await?;
        let check = Check::new(offered)?;
        // RFC 4571: each packet behind its length.
        let length = u16::try_from(check.bytes.len()).map_err(io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes(), check.bytes.as_slice()].concat()).await?;
        loop {
            let mut answer = vec![0; stream.read_u16().await?.into()];
            stream.read_exact(&mut answer).await?;
            if check.is_answered_by(&answer) {
                return Ok(clock::now().saturating_duration_since(begun));
            }
        }
    };
    timeout(WITHIN, asked).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_only_for_its_own_check() {
        let check = Check { bytes: (0..40).collect() };
        let mut answer = check.bytes.clone();
        assert!(!check.is_answered_by(&answer), "that is the check itself");
        answer.splice(..4, [0x01, 0x01, 0, 0]);
        assert!(check.is_answered_by(&answer));
        answer[19] ^= 1;
        assert!(!check.is_answered_by(&answer) && !check.is_answered_by(&answer[..10]));
    }

    #[test]
    fn what_does_not_come_back_is_named_with_its_port() {
        let address = "192.0.2.1:443".parse().unwrap();
        let silent: Outcome = Err(io::ErrorKind::TimedOut.into());
        assert!(matches!(verdict(&silent, address, false), Verdict::Unknown(words) if words.contains("port 443")));
        assert!(matches!(verdict(&silent, address, true), Verdict::Unknown(words) if words.contains("from another network")));
        assert!(matches!(verdict(&Ok(APART), address, true), Verdict::Good(words) if words.contains("500 ms")));
    }
}
