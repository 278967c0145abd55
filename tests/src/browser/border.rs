//! A proxy that everything of a browser passes, and that lets nothing through but to one host.
//!
//! Invariant: whatever the browser asks of anybody, by page, worker or on its own, is noted by who was asked before it is let through or
//! refused; one connection carries one request, so that no second one slips in behind the first.

use std::collections::BTreeSet;
use std::io::Result;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// What browsers do on their own, whatever page they show: no page could ask for it.
const OF_THE_BROWSER: [&str; 5] = ["mozilla.com", "mozilla.org", "mozilla.net", "firefox.com", "google.com"];

/// A running proxy.
#[derive(Clone, Debug)]
pub struct Border {
    port: u16,
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Border {
    /// Around the host at this port of `localhost`.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn around(host_tcp: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("a listener knows its address").port();
        let asked = Arc::new(Mutex::new(BTreeSet::new()));
        let noted = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, host_tcp, noted.clone()));
            }
        });
        Self { port, asked }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Who was asked for anything so far, `host:port` each; without what browsers ask their makers on their own.
    pub fn asked(&self) -> BTreeSet<String> {
        let of_the_browser = |asked: &&String| {
            let host = asked.split(':').next().unwrap_or_default();
            OF_THE_BROWSER.iter().any(|maker| host == *maker || host.ends_with(&format!(".{maker}")))
        };
        lock(&self.asked).iter().filter(|asked| !of_the_browser(asked)).cloned().collect()
    }
}

fn lock(asked: &Mutex<BTreeSet<String>>) -> MutexGuard<'_, BTreeSet<String>> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn pass(mut browser: TcpStream, host_tcp: u16, asked: Arc<Mutex<BTreeSet<String>>>) -> Result<()> {
    let mut head = Vec::new();
    let end = loop {
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if browser.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    };
    let body = head.split_off(end);
    let head = String::from_utf8_lossy(&head).into_owned();
    let Some(authority) = authority(&head) else { return Ok(()) };
    lock(&asked).insert(authority.clone());
    if authority != format!("localhost:{host_tcp}") {
        return browser.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    }
    let mut host = TcpStream::connect(("127.0.0.1", host_tcp)).await?;
    if head.starts_with("CONNECT ") {
        browser.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    } else {
        host.write_all(once(&head).as_bytes()).await?;
    }
    host.write_all(&body).await?;
    copy_bidirectional(&mut browser, &mut host).await.map(|_| ())
}

/// Who is asked, from the first line: `CONNECT host:port` or `GET http://host:port/path`.
fn authority(head: &str) -> Option<String> {
    let mut words = head.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let authority = if method == "CONNECT" { target } else { target.split_once("://")?.1.split('/').next()? };
    Some(if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") })
}

/// The head as the host wants it, for one request.
fn once(head: &str) -> String {
    let mut lines = head.trim_end().lines();
    let first = lines.next().unwrap_or_default();
    let mut words = first.splitn(3, ' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..))).unwrap_or("/");
    let kept = lines.filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.starts_with("connection:") && !line.starts_with("proxy-connection:")
    });
    let fields: Vec<&str> = kept.collect();
    format!("{method} {path} HTTP/1.1\r\n{}\r\nConnection: close\r\n\r\n", fields.join("\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_asked_stands_in_the_first_line() {
        let asked = |head: &str| authority(head);
        assert_eq!(asked("CONNECT localhost:81 HTTP/1.1\r\n").as_deref(), Some("localhost:81"));
        assert_eq!(asked("GET http://localhost:81/a?b HTTP/1.1\r\n").as_deref(), Some("localhost:81"));
        assert_eq!(asked("GET http://elsewhere.example/ HTTP/1.1\r\n").as_deref(), Some("elsewhere.example:80"));
    }

    #[test]
    fn a_request_goes_on_alone() {
        let head = once("GET http://localhost:81/a?b HTTP/1.1\r\nHost: localhost:81\r\nProxy-Connection: keep-alive\r\n\r\n");
        assert_eq!(head, "GET /a?b HTTP/1.1\r\nHost: localhost:81\r\nConnection: close\r\n\r\n");
    }
}
