//! The program as it is, over real sockets: that it serves, refuses, ends, and says nothing about anybody in its log.
//!
//! Everything about *rooms* is tested without sockets, in `core`.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where the thing was missing")]

use futures_util::{SinkExt as _, StreamExt as _};
use rtc_crypto::RTCCryptoProvider as _;
use rtc_crypto::providers::RingProvider;
use rtc_stun::attributes::{ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USERNAME, AttrType};
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message as stun;
use rtc_stun::textattrs::TextAttribute;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite};
use tungstenite::Message;
use tungstenite::client::IntoClientRequest as _;
use wire::{
    Attempt, CommitSubmission, Creation, Entered, Entry, Epoch, FromHost, Identity, Mid, Offer, Opaque, Publication, Refusal,
    ResumeKey, RoomId, Slot, TicketHash, ToHost, Track,
};

/// Nothing here takes a second; a test that waits this long has failed.
const LONG: Duration = Duration::from_secs(20);

/// The program, running.
struct Program {
    child: Child,
    page: SocketAddr,
    media: SocketAddr,
}

impl Program {
    fn start() -> Self {
        Self::start_at("127.0.0.1", &[])
    }

    /// Media at an address of this machine.
    fn start_at(address: &str, arguments: &[&str]) -> Self {
        // A port that was free a moment ago.
        let media = UdpSocket::bind((address, 0)).unwrap().local_addr().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_incamera"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--media", &media.to_string()])
            .args(arguments)
            .env("RUST_LOG", "trace");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let port = url.trim().strip_prefix("http://localhost:").unwrap().parse().unwrap();
        Self { child, page: SocketAddr::from(([127, 0, 0, 1], port)), media }
    }

    /// Ends it as a supervisor does; what it logged, and whether it ended well.
    fn end(mut self) -> (String, bool) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (log, self.child.wait().unwrap().success())
    }

    async fn request(&self, head: &str) -> String {
        let mut stream = TcpStream::connect(self.page).await.unwrap();
        let request = format!("{head}\r\nHost: {}\r\nConnection: close\r\n\r\n", self.page);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(LONG, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn connect(&self, origin: Option<&str>) -> Result<Person, tungstenite::Error> {
        let mut request = format!("ws://{}/ws", self.page).into_client_request().unwrap();
        origin.map(|origin| request.headers_mut().insert("origin", origin.parse().unwrap()));
        let stream = TcpStream::connect(self.page).await.unwrap();
        let address = stream.local_addr().unwrap();
        let (socket, _) = client_async(request, stream).await?;
        Ok(Person { socket, address })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody connected.
struct Person {
    socket: WebSocketStream<TcpStream>,
    address: SocketAddr,
}

impl Person {
    async fn says(&mut self, message: &ToHost) {
        self.socket.send(Message::Binary(wire::encode(message).into())).await.unwrap();
    }

    /// The next message of the host; `None` when it closes.
    async fn hears(&mut self) -> Option<FromHost> {
        match timeout(LONG, self.socket.next()).await.unwrap() {
            Some(Ok(Message::Binary(bytes))) => Some(wire::decode(&bytes).unwrap()),
            _ => None,
        }
    }

    /// Waits for the first message that is like this.
    async fn waits<T>(&mut self, like: impl Fn(FromHost) -> Option<T>) -> T {
        loop {
            if let Some(found) = like(self.hears().await.expect("the host closed")) {
                return found;
            }
        }
    }

    async fn enters(&mut self, room: RoomId, resume_key: ResumeKey) -> Entered {
        self.says(&ToHost::Enter(Entry { room, identity: Identity::New, resume_key })).await;
        let entered = |message| if let FromHost::Entered(entered) = message { Some(entered) } else { None };
        self.waits(entered).await
    }
}

#[tokio::test]
async fn the_page_comes_with_its_guards() {
    let program = Program::start();
    let page = program.request("GET /?lang=fr HTTP/1.1").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    for guard in [
        "content-type: text/html",
        "content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval';",
        "require-trusted-types-for 'script'",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-embedder-policy: require-corp",
        "cross-origin-resource-policy: same-origin",
        "permissions-policy: camera=(self), microphone=(self), display-capture=(self), fullscreen=(self)",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
    ] {
        assert!(page.contains(guard), "{guard}\n{page}");
    }
    assert!(!page.contains("strict-transport-security"), "plain HTTP promises no TLS");
    let missing = program.request("GET /../etc/passwd HTTP/1.1").await;
    assert!(missing.starts_with("HTTP/1.1 404") && missing.contains("default-src 'none'"), "{missing}");
    assert!(program.request("POST / HTTP/1.1").await.starts_with("HTTP/1.1 405"));
    assert!(program.request("GET /health HTTP/1.1").await.ends_with("ok\n"));
    assert!(program.request("HEAD / HTTP/1.1").await.ends_with("\r\n\r\n"));
    let large = format!("GET / HTTP/1.1\r\nX-Large: {}", "x".repeat(100_000));
    assert!(!program.request(&large).await.starts_with("HTTP/1.1 200"));
}

/// They are for measurements and let anybody send and receive: `src/shell/bench_endpoints.rs`.
#[cfg(not(feature = "bench-endpoints"))]
#[tokio::test]
async fn a_released_program_has_no_bench_endpoints() {
    let program = Program::start();
    for path in ["/whip/room/0", "/whep/room", "/whep/room/0"] {
        for method in ["POST", "GET", "DELETE"] {
            let answer = program.request(&format!("{method} {path} HTTP/1.1\r\nContent-Length: 0")).await;
            assert!(answer.starts_with("HTTP/1.1 404"), "{method} {path}: {answer}");
        }
    }
    let bytes = std::fs::read(env!("CARGO_BIN_EXE_incamera")).unwrap();
    let mark = b"incamera-bench-endpoints";
    assert!(!bytes.windows(mark.len()).any(|window| window == mark), "the program carries the endpoints' mark");
}

#[tokio::test]
async fn a_page_of_another_site_gets_no_socket() {
    let program = Program::start();
    let own = format!("http://{}", program.page);
    assert!(program.connect(Some(&own)).await.is_ok());
    let Err(tungstenite::Error::Http(answer)) = program.connect(Some("https://evil.example")).await else { panic!("connected") };
    assert_eq!(answer.status(), 403);
}

#[tokio::test]
async fn what_is_too_large_or_no_message_is_refused_and_closed() {
    let program = Program::start();
    let nonsense = Message::Binary(b"\x01nonsense".to_vec().into());
    let slightly = Message::Binary(vec![1; wire::limits::MESSAGE_BYTES + 1].into());
    let far = Message::Binary(vec![1; wire::limits::MESSAGE_BYTES * 4].into());
    for (message, answer) in [
        (nonsense, Refusal::Malformed),
        (Message::Text("hello".into()), Refusal::Malformed),
        (slightly, Refusal::TooLarge),
        (far, Refusal::TooLarge),
    ] {
        let mut person = program.connect(None).await.unwrap();
        // The host may hang up while this is still being sent.
        let _ = person.socket.send(message).await;
        let refused = |message| if let FromHost::Refused(why) = message { Some(why) } else { None };
        assert_eq!(person.waits(refused).await, answer);
        assert_eq!(person.hears().await, None);
    }
}

/// Two people meet, with everything they say marked. Then the log is searched for the marks.
#[tokio::test]
async fn the_log_says_nothing_about_anybody() {
    let program = Program::start();
    let room = RoomId(*b"CANARY-ROOM-NAME");
    let (mut ann, mut bob) = (program.connect(None).await.unwrap(), program.connect(None).await.unwrap());
    let ann_seat = ann.enters(room, ResumeKey(*b"CANARY-RESUME-KEY-OF-ANN--------")).await.you;
    ann.says(&ToHost::Create(Creation { epoch: Epoch(0), ticket: TicketHash(*b"CANARY-TICKET-HASH--------------") })).await;
    ann.waits(|message| (message == FromHost::Created).then_some(())).await;
    let bob_seat = bob.enters(room, ResumeKey(*b"CANARY-RESUME-KEY-OF-BOB--------")).await.you;
    bob.says(&ToHost::Knock(Opaque(b"CANARY-KNOCK".to_vec()))).await;
    let knocked = |message| if let FromHost::Knocked { from, body } = message { Some((from, body)) } else { None };
    assert_eq!(ann.waits(knocked).await, (bob_seat, Opaque(b"CANARY-KNOCK".to_vec())));
    ann.says(&ToHost::Relay { to: bob_seat, body: Opaque(b"CANARY-RELAY".to_vec()) }).await;
    let relayed = |message| if let FromHost::Relayed { from, .. } = message { Some(from) } else { None };
    assert_eq!(bob.waits(relayed).await, ann_seat);
    bob.says(&ToHost::Broadcast(Opaque(b"CANARY-BROADCAST".to_vec()))).await;
    let refused = |message| if let FromHost::Refused(why) = message { Some(why) } else { None };
    assert_eq!(bob.waits(refused).await, Refusal::NotAMember);
    let nonsense = UdpSocket::bind("127.0.0.1:0").unwrap();
    nonsense.send_to(b"\x00\x01\x00\x00\x21\x12\xa4\x42CANARY-PACKET", program.media).unwrap();
    bob.socket.send(Message::Text("CANARY-TEXT".into())).await.unwrap();
    assert_eq!(bob.waits(refused).await, Refusal::Malformed);
    program.request("GET /CANARY-PATH?CANARY-QUERY HTTP/1.1\r\nUser-Agent: CANARY-AGENT").await;

    let addresses = [ann.address, bob.address, nonsense.local_addr().unwrap()];
    let (log, ended_well) = program.end();
    assert!(ended_well);
    assert!(log.contains("closing"), "the log is the one meant: {log}");
    let decimal = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let lower = log.to_lowercase();
    for mark in [b"CANARY".as_slice(), &room.0, &ann_seat.0, &bob_seat.0] {
        assert!(!lower.contains(&hex(mark)) && !log.contains(&decimal(mark)), "{log}");
    }
    assert!(!lower.contains("canary") && !log.contains("127.0.0.1") && !lower.contains("localhost"), "{log}");
    for address in addresses {
        assert!(!log.contains(&format!(":{}", address.port())), "{log}");
    }
}

/// A member who has offered sound: the answer, and a browser's check that fits it.
struct Offered {
    _person: Person,
    answer: String,
    check: Vec<u8>,
}

/// An attribute as a browser's check has it.
struct Attribute(AttrType, &'static [u8]);

impl stun::Setter for Attribute {
    fn add_to(&self, message: &mut stun::Message) -> rtc_shared::error::Result<()> {
        message.add(self.0, self.1);
        Ok(())
    }
}

impl Offered {
    async fn in_room(program: &Program, room: u8) -> Self {
        let mut person = program.connect(None).await.unwrap();
        person.enters(RoomId([room; 16]), ResumeKey([0; 32])).await;
        person.says(&ToHost::Create(Creation { epoch: Epoch(0), ticket: TicketHash([0; 32]) })).await;
        let sdp = include_str!("../core/transport/offers/chromium-156.sdp").replace('\n', "\r\n");
        let publication = Publication { mid: Mid("0".into()), track: Track::Audio };
        person.waits(|message| (message == FromHost::Created).then_some(())).await;
        person.says(&ToHost::Offer(Offer { sdp, publications: vec![publication] })).await;
        let answer = person.waits(|message| if let FromHost::Answer { sdp } = message { Some(sdp) } else { None }).await;
        let line = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        let provider = RingProvider::default();
        let mut check = stun::Message::new();
        let user = format!("{}:ufrg", line("a=ice-ufrag:"));
        check
            .build(&[
                Box::new(stun::BINDING_REQUEST),
                Box::new(stun::TransactionId::new()),
                Box::new(TextAttribute::new(ATTR_USERNAME, user)),
                Box::new(Attribute(ATTR_PRIORITY, &[0x6e, 0, 0xff, 0xff])),
                Box::new(Attribute(ATTR_ICE_CONTROLLING, &[7; 8])),
                Box::new(MessageIntegrity::new_short_term_integrity_with_provider(line("a=ice-pwd:"), provider.crypto())),
                Box::new(rtc_stun::fingerprint::FINGERPRINT),
            ])
            .unwrap();
        Self { _person: person, answer, check: check.raw }
    }

    /// The candidates of one transport, as `address port`.
    fn candidates(&self, transport: &str) -> Vec<String> {
        let words = self.answer.lines().filter_map(|line| Some(line.strip_prefix("a=candidate:")?.split(' ').collect()));
        words.filter(|words: &Vec<&str>| words[2] == transport).map(|words| format!("{} {}", words[4], words[5])).collect()
    }

    fn is_answered_by(&self, bytes: &[u8]) -> bool {
        bytes.len() > 20 && bytes[..2] == [1, 1] && bytes[8..20] == self.check[8..20]
    }

    /// The check over UDP from a new socket, which is returned.
    async fn checks(&self, program: &Program) -> tokio::net::UdpSocket {
        let browser = tokio::net::UdpSocket::bind((program.media.ip(), 0)).await.unwrap();
        browser.send_to(&self.check, program.media).await.unwrap();
        let mut bytes = [0; 1500];
        let (length, from) = timeout(LONG, browser.recv_from(&mut bytes)).await.unwrap().unwrap();
        assert_eq!(from, program.media);
        assert!(self.is_answered_by(&bytes[..length]), "a binding success for this request");
        browser
    }
}

/// An offer over the WebSocket, and the answer's candidate answers a browser's first packet: the whole way through both sockets.
#[tokio::test]
async fn the_media_port_answers_whom_an_offer_announced() {
    let program = Program::start();
    let offered = Offered::in_room(&program, 1).await;
    let media = format!("{} {}", program.media.ip(), program.media.port());
    assert_eq!(offered.candidates("udp"), [media]);
    offered.checks(&program).await;
}

/// The kernel gives each sender to a socket of its choice; whose room it is decides which core answers.
#[tokio::test]
async fn a_check_is_answered_whichever_core_it_reaches() {
    let program = Program::start_at("127.0.0.1", &["--threads", "4"]);
    for room in 0..8 {
        let offered = Offered::in_room(&program, room).await;
        // The first address that checks is where the peer is.
        let browser = offered.checks(&program).await;
        for _ in 0..3 {
            offered.checks(&program).await;
        }
        browser.send_to(&client_hello(), program.media).await.unwrap();
        let mut bytes = [0; 1500];
        timeout(LONG, browser.recv_from(&mut bytes)).await.unwrap().unwrap();
        assert_eq!((bytes[0], bytes[13]), (22, 3), "and what is no check follows it to its core");
    }
}

#[tokio::test]
async fn ipv6_carries_media_too() {
    let program = Program::start_at("::1", &[]);
    let offered = Offered::in_room(&program, 1).await;
    assert_eq!(offered.candidates("udp"), [format!("::1 {}", program.media.port())]);
    offered.checks(&program).await;
}

/// One frame of RFC 4571.
fn framed(datagram: &[u8]) -> Vec<u8> {
    [&(datagram.len() as u16).to_be_bytes(), datagram].concat()
}

async fn next_frame(stream: &mut TcpStream) -> Vec<u8> {
    let length = timeout(LONG, stream.read_u16()).await.unwrap().unwrap();
    let mut frame = vec![0; length.into()];
    timeout(LONG, stream.read_exact(&mut frame)).await.unwrap().unwrap();
    frame
}

/// A check over TCP, and then a DTLS flight: the host's next flight comes back over the same connection.
#[tokio::test]
async fn media_goes_over_tcp_where_udp_does_not() {
    for address in ["127.0.0.1", "::1"] {
        let program = Program::start_at(address, &["--threads", "3"]);
        for room in 1..4 {
            let offered = Offered::in_room(&program, room).await;
            assert_eq!(offered.candidates("tcp"), [format!("{address} {}", program.media.port())]);
            let mut stream = TcpStream::connect(program.media).await.unwrap();
            // In two pieces, as a network may deliver it.
            let check = framed(&offered.check);
            stream.write_all(&check[..7]).await.unwrap();
            stream.flush().await.unwrap();
            stream.write_all(&check[7..]).await.unwrap();
            assert!(offered.is_answered_by(&next_frame(&mut stream).await));
            stream.write_all(&framed(&client_hello())).await.unwrap();
            let flight = next_frame(&mut stream).await;
            assert_eq!((flight[0], flight[13]), (22, 3), "a HelloVerifyRequest");
        }
    }
}

fn client_hello() -> Vec<u8> {
    use rtc_dtls::config::ConfigBuilder;
    use rtc_dtls::endpoint::Endpoint;
    use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
    let host = SocketAddr::from(([127, 0, 0, 1], 9));
    let mut client = Endpoint::new(host, rtc_shared::TransportProtocol::UDP, None);
    let config = ConfigBuilder::default()
        .with_crypto_provider(std::sync::Arc::new(RingProvider::default()))
        .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
        .with_insecure_skip_verify(true)
        .build(true, Some(host))
        .unwrap();
    #[expect(clippy::disallowed_methods, reason = "the library wants an instant")]
    client.connect(std::time::Instant::now(), host, std::sync::Arc::new(config), None).unwrap();
    client.poll_transmit().unwrap().message.to_vec()
}

/// Whoever opens connections and proves nothing is put out: at once for what is no check, after seconds for saying too little too slowly.
#[tokio::test]
async fn a_tcp_connection_that_proves_nothing_is_closed() {
    let program = Program::start();
    let offered = Offered::in_room(&program, 1).await;
    let mut forged = offered.check.clone();
    let last = forged.len() - 9;
    forged[last] ^= 1;
    let large = [&[8, 1][..], &[0; 3_000]].concat();
    let said = [b"\x00".to_vec(), framed(&[22; 40]), framed(&forged), framed(&forged).repeat(40), large, Vec::new()];
    let closed = said.map(|said| async {
        let said = said;
        let mut stream = TcpStream::connect(program.media).await.unwrap();
        let _ = stream.write_all(&said).await;
        let mut answer = Vec::new();
        // A reset is a closing too.
        let _ = timeout(LONG, stream.read_to_end(&mut answer)).await.expect("the host closes");
        assert!(answer.is_empty());
    });
    futures_util::future::join_all(closed).await;
    offered.checks(&program).await;
}

/// One member stops reading while others talk at length: it alone is cut off.
#[tokio::test]
async fn who_reads_too_slowly_is_cut_off() {
    let program = Program::start();
    let room = RoomId([1; 16]);
    let mut founder = program.connect(None).await.unwrap();
    let incarnation = founder.enters(room, ResumeKey([0; 32])).await.incarnation;
    founder.says(&ToHost::Create(Creation { epoch: Epoch(0), ticket: TicketHash([0; 32]) })).await;
    founder.waits(|message| (message == FromHost::Created).then_some(())).await;
    let mut admit = Vec::new();
    let mut others = Vec::new();
    for n in 1..4 {
        let mut person = program.connect(None).await.unwrap();
        admit.push(person.enters(room, ResumeKey([n; 32])).await.you);
        others.push(person);
    }
    let slow = admit[0];
    let slot = Slot { incarnation, epoch: Epoch(0), attempt: Attempt(0) };
    let commit = CommitSubmission { slot, commit: Opaque(vec![1]), admit, evict: vec![], ticket: TicketHash([0; 32]) };
    founder.says(&ToHost::Commit(commit)).await;
    let Person { socket: _never_read, .. } = others.remove(0);
    for mut person in others {
        tokio::spawn(async move {
            person.waits(|message| (message == FromHost::Admitted).then_some(())).await;
            let (mut sink, mut stream) = person.socket.split();
            tokio::spawn(async move { while let Some(Ok(_)) = stream.next().await {} });
            let long = wire::encode(&ToHost::Broadcast(Opaque(vec![0; wire::limits::MESSAGE_BYTES - 100])));
            for _ in 0..15 {
                sink.send(Message::Binary(long.clone().into())).await.unwrap();
            }
            std::future::pending::<()>().await;
        });
    }
    while founder.hears().await.expect("the founder stays") != FromHost::Away(slow) {
        founder.says(&ToHost::Alive).await;
    }
    let (log, _) = program.end();
    assert!(log.contains("too slow"), "{log}");
}

#[tokio::test]
async fn who_is_connected_sees_the_host_go() {
    let program = Program::start();
    let mut person = program.connect(None).await.unwrap();
    assert!(matches!(person.hears().await, Some(FromHost::Challenge(_))));
    let (_, ended_well) = program.end();
    assert!(ended_well);
    assert_eq!(person.hears().await, None);
}

#[test]
fn a_port_in_use_is_explained() {
    let program = Program::start();
    let start = |listen: String, media: String| {
        Command::new(env!("CARGO_BIN_EXE_incamera")).args(["serve", "--listen", &listen, "--media", &media]).output().unwrap()
    };
    let anywhere = "127.0.0.1:0".to_owned();
    let page = start(program.page.to_string(), anywhere.clone());
    let media = start(anywhere, program.media.to_string());
    for (output, option) in [(page, "--listen"), (media, "--media")] {
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("the port is in use") && said.contains(option), "{said}");
    }
    let wrong = Command::new(env!("CARGO_BIN_EXE_incamera")).args(["serve", "--listen", "somewhere"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}
