//! The media port: the first packets of a browser, over UDP and TCP, and of those who are none.

use super::program::{LONG, Person, Program};
use rtc_crypto::RTCCryptoProvider as _;
use rtc_crypto::providers::RingProvider;
use rtc_stun::attributes::{ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USERNAME, AttrType};
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message as stun;
use rtc_stun::textattrs::TextAttribute;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::{Creation, Epoch, FromHost, Mid, Offer, Publication, ResumeKey, RoomId, TicketHash, ToHost, Track};

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
        let sdp = include_str!("../../core/transport/offers/chromium-156.sdp").replace('\n', "\r\n");
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

/// Packets for the media port that the kernel has dropped, all cores' sockets together.
#[cfg(target_os = "linux")]
fn dropped(program: &Program) -> u64 {
    let place = format!("0100007F:{:04X}", program.media.port());
    let table = std::fs::read_to_string("/proc/net/udp").unwrap();
    let lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ours = lines.filter(|words| words.get(1).is_some_and(|word| **word == place));
    ours.filter_map(|words| words.last()?.parse::<u64>().ok()).sum()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_forged_check_does_not_reach_the_program_and_a_genuine_one_does() {
    const FORGED: u64 = 100;
    let program = Program::start_at("127.0.0.1", &["--threads", "3"]);
    let offered = Offered::in_room(&program, 1).await;
    let at = offered.check.windows(4).position(|four| four == [b'u', b'f', b'r', b'g']).unwrap() - 13;
    let mut forged = offered.check.clone();
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    for _ in 0..FORGED {
        let stranger = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        stranger.send_to(&forged, program.media).await.unwrap();
    }
    offered.checks(&program).await;
    assert!((0..1_000_000).any(|_| dropped(&program) == FORGED), "{} of {FORGED}", dropped(&program));
    for _ in 0..10 {
        offered.checks(&program).await;
    }
    assert_eq!(dropped(&program), FORGED, "and nothing else");
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
