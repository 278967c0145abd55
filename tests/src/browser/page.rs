//! A page that is not the product's: for what is measured or checked without it.
//!
//! Invariant: what is not among its files is not found; each connection carries one answer.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// One file: its media type and what is in it.
pub type File = (&'static str, Vec<u8>);

/// Serves what `file` has at a path, under this content security policy if one is given; the address of `/`.
///
/// # Panics
/// When there is no free port.
pub async fn serve(policy: Option<&'static str>, file: impl Fn(&str) -> Option<File> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("a listener knows its address").port();
    let policy = policy.map(|policy| format!("Content-Security-Policy: {policy}\r\n")).unwrap_or_default();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let read = stream.read(&mut head).await.unwrap_or(0);
            let asked = String::from_utf8_lossy(&head[..read]).split([' ', '?']).nth(1).unwrap_or_default().to_owned();
            let (status, (kind, body)) = match file(&asked) {
                Some(file) => ("200 OK", file),
                None => ("404 Not Found", ("text/plain", Vec::new())),
            };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{policy}Connection: close\r\n\r\n"
            );
            let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
        }
    });
    format!("http://localhost:{port}/")
}
