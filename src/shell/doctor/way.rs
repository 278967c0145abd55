//! The way that a browser takes to the host: name, TCP, TLS, page, signalling, media.
//!
//! **Invariant:** each step is tried only over what the step before has proved, so the first line to mend is the one to begin with.

use super::media;
use super::relay;
use super::report::{Report, Verdict};
use super::signalling::{self, Trouble};
use crate::shell::clock;
use crate::shell::elsewhere::{Address, Belief};
use crate::shell::headers::CONTENT_SECURITY_POLICY;
use crate::shell::https::{self, Unanswered, Unreachable};
use axum::http::header;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::{Request, Response, StatusCode};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a host may take to take a connection.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
/// The page is smaller, bytes.
const LONGEST: usize = 1 << 20;
/// Clocks that differ by less keep certificates and meetings valid, seconds.
const CLOCKS_DIFFER: i64 = 60;
/// With fewer days left something has kept the certificate from being renewed: Incamera renews with thirty of ninety left.
const DAYS_LEFT: i64 = 14;

/// To which host, and from where.
pub(crate) struct Way {
    /// Where people find it.
    pub(crate) address: Address,
    /// Who is believed to be it.
    pub(crate) belief: Belief,
    /// Looked at from the host's own machine, where a firewall in front is not met.
    pub(crate) inside: bool,
}

/// Walks it.
pub(crate) async fn look(way: Way, report: &mut Report) {
    report.heading(&format!("The way to {}", way.address.origin()));
    if !reaches(&way, report).await || !serves(&way, report).await {
        return;
    }
    if way.address.secure && way.address.port == 443 {
        report.add("without https", sent_on(&way.address).await);
    }
    let (mut room, offered) = match signalling::offer(&way).await {
        Ok(made) => made,
        // As its operator wants it, and so nothing to mend.
        Err(trouble @ Trouble::PermissionNeeded) => return report.unknown("signalling", trouble.to_string()),
        Err(trouble) => return report.mend("signalling", trouble.to_string()),
    };
    report.good("signalling", "a room was made and left again");
    media::look(&offered, way.inside, report).await;
    relay::look(&way, &mut room, &offered, report).await;
}

/// Every address of the name: browsers choose one of them, and one that is dead makes them wait.
async fn reaches(way: &Way, report: &mut Report) -> bool {
    let Address { name, port, .. } = &way.address;
    let found: Vec<SocketAddr> = match tokio::net::lookup_host((name.as_str(), *port)).await {
        Ok(found) => found.collect(),
        Err(error) => {
            report.mend("name", format!("{name} is not found: {error}. Check how it is written, and the DNS entry"));
            return false;
        }
    };
    let mut reached = false;
    for address in found {
        let connected = timeout(CONNECTED_WITHIN, TcpStream::connect(address)).await;
        let verdict = match connected {
            Ok(Ok(_)) => {
                reached = true;
                Verdict::Good("takes connections".into())
            }
            Ok(Err(error)) => unreached(address, &error),
            Err(_) => Verdict::Mend(closed("does not answer", *port, way.inside)),
        };
        report.add(&format!("TCP {address}"), verdict);
    }
    reached
}

fn unreached(address: SocketAddr, error: &std::io::Error) -> Verdict {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    match error.kind() {
        NetworkUnreachable | HostUnreachable if address.is_ipv6() => {
            Verdict::Unknown("this machine has no way to IPv6; try from one that has".into())
        }
        ConnectionRefused => Verdict::Mend(format!(
            "nobody listens there. Is the host running, and is that its address? If not, correct the DNS entry (`{}`)",
            if address.is_ipv6() { "AAAA" } else { "A" }
        )),
        _ => Verdict::Mend(format!("cannot be reached: {error}")),
    }
}

/// What is to be done where nothing comes back.
pub(super) fn closed(what: &str, port: u16, inside: bool) -> String {
    if inside {
        return format!(
            "{what}. Either port {port} is closed in the firewall, or the router does not lead its own network back to itself: \
             `incamera doctor` with this host's address, from another network, tells which"
        );
    }
    format!("{what}. Open port {port} in the host's firewall, and lead it to the host in a router in front")
}

/// One request for the page, and the certificate that it came under.
async fn page(way: &Way) -> Result<(Response<Bytes>, Option<Vec<u8>>), Unanswered> {
    let request = || {
        let request = Request::get("/").header(header::HOST, way.address.authority()).body(Empty::<Bytes>::new());
        request.map_err(|error| Unreachable(error.to_string()))
    };
    match &way.belief {
        Belief::InTheClear => {
            let stream = https::connect(&way.address.name, way.address.port).await?;
            Ok((https::ask(stream, request()?, LONGEST).await?, None))
        }
        Belief::Tls(connector) => {
            let stream = https::connect_tls(connector, &way.address.name, way.address.port).await?;
            let shown = stream.get_ref().1.peer_certificates().and_then(|chain| Some(chain.first()?.to_vec()));
            Ok((https::ask(stream, request()?, LONGEST).await?, shown))
        }
    }
}

async fn serves(way: &Way, report: &mut Report) -> bool {
    let (answer, certificate) = match timeout(https::ANSWER_WITHIN, page(way)).await {
        Ok(Ok(found)) => found,
        Ok(Err(why)) => {
            report.mend("page", format!("{why}. Browsers stop here too: see what the host's log says of its certificate"));
            return false;
        }
        Err(_) => {
            report.mend("page", "does not come within half a minute. See whether the host's machine is busy, and its log");
            return false;
        }
    };
    if let Some(verdict) = certificate.and_then(|certificate| days_left(&certificate, clock::unix_seconds())) {
        report.add("certificate", verdict);
    }
    if let Some(verdict) = answer.headers().get(header::DATE).and_then(|date| clocks(date.to_str().ok()?, clock::unix_seconds()))
    {
        report.add("clocks", verdict);
    }
    let verdict = is_incamera(&answer);
    let good = matches!(verdict, Verdict::Good(_));
    report.add("page", verdict);
    good
}

fn is_incamera(answer: &Response<Bytes>) -> Verdict {
    let rules = answer.headers().get_all(header::CONTENT_SECURITY_POLICY);
    let ours = rules.iter().any(|rule| rule == CONTENT_SECURITY_POLICY);
    match answer.status() {
        StatusCode::OK if ours => Verdict::Good("is Incamera's".into()),
        StatusCode::OK => Verdict::Mend(
            "is another program's, or its rules (Content-Security-Policy) were taken off by a proxy, or it is of another version. Let the proxy \
             pass on what the host says"
                .into(),
        ),
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
            Verdict::Mend("the proxy in front does not find the host: start it, and compare its `listen` with where the proxy looks".into())
        }
        StatusCode::SERVICE_UNAVAILABLE => Verdict::Mend("the host waits for its certificate: its log says what is missing".into()),
        other => Verdict::Mend(format!("the answer is {other}: is that the right address, and does a proxy pass on the `Host` header?")),
    }
}

fn days_left(certificate: &[u8], now: i64) -> Option<Verdict> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let validity = parsed.validity();
    let life = (validity.not_after.timestamp() - validity.not_before.timestamp()) / 86_400;
    let days = (validity.not_after.timestamp() - now) / 86_400;
    // Some CAs certify for six days.
    Some(if days < DAYS_LEFT.min(life / 4) {
        Verdict::Mend(format!("ends in {days} days and was not renewed: the host's log says why"))
    } else {
        Verdict::Good(format!("is believed, for {days} days"))
    })
}

fn clocks(date: &str, now: i64) -> Option<Verdict> {
    let there =
        i64::try_from(httpdate::parse_http_date(date).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs()).ok()?;
    let apart = there - now;
    Some(if apart.abs() <= CLOCKS_DIFFER {
        Verdict::Good("the host's and this machine's agree".into())
    } else {
        Verdict::Mend(format!("the host's and this machine's are {} seconds apart: set right whichever is wrong", apart.abs()))
    })
}

/// Whoever types the name alone comes in over plain HTTP.
async fn sent_on(address: &Address) -> Verdict {
    let asked = async {
        let request = Request::get("/").header(header::HOST, &address.name).body(Empty::<Bytes>::new());
        let request = request.map_err(|error| Unreachable(error.to_string()))?;
        https::ask(https::connect(&address.name, 80).await?, request, LONGEST).await
    };
    match timeout(https::ANSWER_WITHIN, asked).await {
        Ok(Ok(answer)) if answer.status().is_redirection() => Verdict::Good("people are sent on to https".into()),
        Ok(Ok(answer)) => {
            Verdict::Mend(format!("port 80 answers {} and does not send people on to https: see `redirect`", answer.status()))
        }
        _ => Verdict::Mend(
            "port 80 does not answer: older browsers find nothing when somebody types the name alone. Open TCP port 80".into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, policy: &str) -> Response<Bytes> {
        Response::builder().status(status).header(header::CONTENT_SECURITY_POLICY, policy).body(Bytes::new()).unwrap()
    }

    #[test]
    fn the_page_is_known_by_its_rules() {
        assert!(matches!(is_incamera(&answer(200, CONTENT_SECURITY_POLICY)), Verdict::Good(_)));
        assert!(
            matches!(is_incamera(&answer(200, "default-src *")), Verdict::Mend(words) if words.contains("another program's"))
        );
        assert!(matches!(is_incamera(&answer(502, "")), Verdict::Mend(words) if words.contains("proxy")));
        assert!(matches!(is_incamera(&answer(503, "")), Verdict::Mend(words) if words.contains("certificate")));
    }

    #[test]
    fn clocks_that_differ_are_told() {
        let date = "Sun, 22 Nov 2026 10:00:00 GMT";
        let there = 1_795_341_600;
        assert!(matches!(clocks(date, there - 5), Some(Verdict::Good(_))));
        assert!(matches!(clocks(date, there + 90), Some(Verdict::Mend(words)) if words.contains("90 seconds")));
        assert_eq!(clocks("yesterday", there), None);
    }

    #[test]
    fn a_certificate_near_its_end_is_to_mend() {
        let mut params = rcgen::CertificateParams::new(["meet.example.org".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (rcgen::date_time_ymd(2026, 1, 1), rcgen::date_time_ymd(2026, 4, 1));
        let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let end = 1_775_001_600;
        assert!(
            matches!(days_left(certificate.der(), end - 30 * 86_400), Some(Verdict::Good(words)) if words.contains("30 days"))
        );
        assert!(matches!(days_left(certificate.der(), end - 5 * 86_400), Some(Verdict::Mend(_))));
        assert_eq!(days_left(b"none", end), None);
    }
}
