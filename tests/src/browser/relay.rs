//! A way to the host that can go dead without a word, as a network does that somebody walks out of.
//!
//! Invariant: a connection that was left behind stays open and carries nothing, in either direction, ever again; new ones work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Carries TCP between a port of its own and the host.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    /// Connections of an older network than this carry nothing.
    network: Arc<AtomicU32>,
}

impl Relay {
    /// In front of the host that listens at `to`.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free TCP port");
        let port = listener.local_addr().expect("a listener has an address").port();
        let network = Arc::new(AtomicU32::new(0));
        let current = network.clone();
        tokio::spawn(async move {
            while let Ok((inner, _)) = listener.accept().await {
                let current = current.clone();
                tokio::spawn(async move {
                    let Ok(outer) = TcpStream::connect(("127.0.0.1", to)).await else { return };
                    let own = current.load(Ordering::SeqCst);
                    let ((inner_reads, inner_writes), (outer_reads, outer_writes)) = (inner.into_split(), outer.into_split());
                    tokio::join!(
                        carry(inner_reads, outer_writes, own, &current),
                        carry(outer_reads, inner_writes, own, &current)
                    );
                });
            }
        });
        Self { port, network }
    }

    /// What people type into the address bar.
    pub fn url(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }

    /// Leaves every connection there is behind.
    pub fn change_network(&self) {
        self.network.fetch_add(1, Ordering::SeqCst);
    }
}

async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, own: u32, current: &AtomicU32) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count) = from.read(&mut bytes).await
        && count > 0
    {
        if own == current.load(Ordering::SeqCst) && to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
