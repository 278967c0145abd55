//! One HTTP request and its answer: all that load clients need to be let in.
//!
//! **Invariant:** one connection for one request; whoever asked waits. HTTP/1.0, so that no answer comes in chunks.

use incamera_bench_peer::Failure;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The body of the answer, if its status is `wanted`.
pub(crate) fn ask(to: SocketAddr, line: &str, kind: &str, body: &str, wanted: &str) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(Duration::from_secs(40)))?;
    let head =
        format!("{line} HTTP/1.0\r\nHost: bench\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}", body.len());
    write!(stream, "{head}\r\n\r\n{body}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").filter(|(head, _)| head.split(' ').nth(1) == Some(wanted));
    body.map(|(_, body)| body.to_owned()).ok_or_else(|| format!("{line}: {answer}").into())
}
