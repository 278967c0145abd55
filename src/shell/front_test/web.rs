//! A browser's part: HTTPS and WebSockets, believing one certificate.
//!
//! Invariant: who is not believed is not talked to.

use super::program::LONG;
use futures_util::{SinkExt as _, StreamExt as _};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite};
use tungstenite::client::IntoClientRequest as _;

/// Somebody who vouches.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// Certificate and key for a name.
    pub(crate) fn certifies(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// Somebody who believes what these certificates vouch for.
#[derive(Clone)]
pub(crate) struct Browser(TlsConnector);

/// What a browser asks and where.
pub(crate) struct Asked<'a> {
    pub(crate) port: u16,
    pub(crate) name: &'a str,
    pub(crate) head: &'a str,
}

impl Browser {
    pub(crate) fn believing(pem: &str) -> Self {
        let mut roots = RootCertStore::empty();
        CertificateDer::pem_slice_iter(pem.as_bytes()).for_each(|root| roots.add(root.unwrap()).unwrap());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        // A connection that is resumed shows no certificate.
        config.resumption = rustls::client::Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self(TlsConnector::from(Arc::new(config)))
    }

    pub(crate) async fn connect(&self, port: u16, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        timeout(LONG, self.0.connect(name, stream)).await.unwrap()
    }

    /// The whole answer, and the certificate that it came under.
    pub(crate) async fn asks(&self, asked: Asked<'_>) -> std::io::Result<(String, Vec<u8>)> {
        let mut stream = self.connect(asked.port, asked.name).await?;
        let shown = shown(&stream);
        let request = format!("{}\r\nHost: {}\r\nConnection: close\r\n\r\n", asked.head, asked.name);
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        timeout(LONG, stream.read_to_end(&mut answer)).await.unwrap()?;
        Ok((String::from_utf8_lossy(&answer).into_owned(), shown))
    }

    /// A WebSocket, for somebody else if a proxy says so.
    pub(crate) async fn meets(&self, port: u16, name: &str, whom: Option<&'static str>) -> Result<Meeting, tungstenite::Error> {
        let mut request = format!("wss://{name}:{port}/ws").into_client_request()?;
        request.headers_mut().insert("origin", format!("https://{name}:{port}").parse().unwrap());
        whom.map(|whom| request.headers_mut().insert("x-forwarded-for", whom.parse().unwrap()));
        let stream = self.connect(port, name).await.map_err(tungstenite::Error::Io)?;
        let shown = shown(&stream);
        let (socket, _) = client_async(request, stream).await?;
        Ok(Meeting { socket, shown })
    }
}

fn shown(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

/// Connected to the host.
pub(crate) struct Meeting {
    pub(crate) socket: WebSocketStream<TlsStream<TcpStream>>,
    /// The certificate that the connection was made under.
    pub(crate) shown: Vec<u8>,
}

impl Meeting {
    /// The next message of the host; `None` when it closes.
    pub(crate) async fn hears(&mut self) -> Option<wire::FromHost> {
        match timeout(LONG, self.socket.next()).await.unwrap() {
            Some(Ok(tungstenite::Message::Binary(bytes))) => Some(wire::decode(&bytes).unwrap()),
            _ => None,
        }
    }

    pub(crate) async fn says(&mut self, message: &wire::ToHost) {
        self.socket.send(tungstenite::Message::Binary(wire::encode(message).into())).await.unwrap();
    }

    /// Knocks on the connection and is heard.
    pub(crate) async fn is_alive(&mut self) {
        self.socket.send(tungstenite::Message::Ping("still there?".into())).await.unwrap();
        loop {
            match timeout(LONG, self.socket.next()).await.unwrap().expect("the host closed").unwrap() {
                tungstenite::Message::Pong(_) => return,
                tungstenite::Message::Close(_) => panic!("the host closed"),
                _ => {}
            }
        }
    }

    /// Asks for a place in a room of its own and gets it.
    pub(crate) async fn enters(&mut self, room: u8) {
        let identity = wire::Identity::New;
        let entry = wire::Entry { room: wire::RoomId([room; 16]), identity, resume_key: wire::ResumeKey([0; 32]) };
        self.says(&wire::ToHost::Enter(entry)).await;
        while !matches!(self.hears().await.expect("the host closed"), wire::FromHost::Entered(_)) {}
    }
}

impl Meeting {
    /// Founds the room that it has entered.
    pub(crate) async fn founds(&mut self) {
        let creation = wire::Creation { epoch: wire::Epoch(0), ticket: wire::TicketHash([0; 32]) };
        self.says(&wire::ToHost::Create(creation)).await;
        while self.hears().await.expect("the host closed") != wire::FromHost::Created {}
    }

    /// What a member is told of the relay.
    pub(crate) async fn seeks_relay(&mut self) -> wire::RelayAccess {
        self.says(&wire::ToHost::SeekRelay).await;
        loop {
            if let wire::FromHost::Relay(access) = self.hears().await.expect("the host closed") {
                return access;
            }
        }
    }
}

/// A request in the clear.
pub(crate) async fn plainly(port: u16, head: &str, host: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(format!("{head}\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(LONG, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
