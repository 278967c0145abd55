//! One publisher, fifty receivers, a fixed number of frames, no sockets: the work whose instructions `cargo xtask bench instructions` counts.
//!
//! Invariant: everything that is counted happens in [`forward_all`]; handshakes and the publisher's own sealing happen before it. Time is told,
//! so every run does the same.
//!
//! `incamera-instructions memory` weighs receivers and times joins instead.
#![expect(clippy::print_stdout, reason = "the count is printed")]

use bytes::BytesMut;
use incamera::core::Time;
use incamera::core::media::{Media, MediaConfig, MediaOutput, Seat, Stamp};
use incamera::core::spread::Spread;
use rtc_crypto::RTCCryptoProvider;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;
use rtc_stun::attributes::ATTR_USERNAME;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, Message, TransactionId};
use rtc_stun::textattrs::TextAttribute;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::{Mid, Offer, ParticipantId, PixelHeight, Publication, RoomId, Subscription, Track};

const RECEIVERS: u16 = 50;
/// Receivers whose memory is weighed and whose joins are timed.
const WEIGHED: u16 = 500;
/// Frames of [`PACKETS`] packets of 1,040 bytes, as PERFORMANCE.md has them.
const FRAMES: u16 = 30;
const PACKETS: usize = 4;
const BETWEEN: Duration = Duration::from_micros(33_333);

type Failure = Box<dyn std::error::Error>;

/// The host and its clock.
struct World {
    media: Media,
    now: Time,
    start: Instant,
    host: SocketAddr,
    provider: Arc<dyn RTCCryptoProvider>,
    certificate: Certificate,
    /// Time in the host's code during one join. The median of many says what it costs where others use the machine too.
    spent: Duration,
}

fn main() -> Result<(), Failure> {
    let start = clock();
    let host = SocketAddr::from(([127, 0, 0, 1], 9));
    let media = Media::new(MediaConfig {
        candidates: vec![host],
        streams: Vec::new(),
        spread: Spread::default(),
        stamp: Stamp::draw([0; 4]),
        entropy: [7; 32],
        start,
    })?;
    let provider: Arc<dyn RTCCryptoProvider> = Arc::new(rtc_crypto::providers::RingProvider::default());
    let certificate = Certificate::generate_self_signed(vec!["bench".to_owned()], provider.crypto())?;
    let mut world = World { media, now: Time::from_millis(1_000), start, host, provider, certificate, spent: Duration::ZERO };
    let mut seal = world.join(0)?;
    if std::env::args().any(|argument| argument == "memory") {
        return weigh(&mut world, &mut seal);
    }
    for receiver in 1..=RECEIVERS {
        world.join(receiver)?;
    }
    let frames = (0..FRAMES).map(|frame| sealed_frame(&mut seal, frame)).collect::<Result<Vec<_>, _>>()?;
    let packets = forward_all(&mut world, frames);
    println!("{packets}");
    Ok(())
}

/// Memory per receiver, after some frames have gone to it, and the host's time per join. Clients are gone when the memory is weighed; what they
/// leave in the allocator's pools counts against the host.
fn weigh(world: &mut World, seal: &mut Context) -> Result<(), Failure> {
    world.join(1)?;
    let frames = |seal: &mut Context, range: std::ops::Range<u16>| {
        range.map(|frame| sealed_frame(seal, frame)).collect::<Result<Vec<_>, _>>()
    };
    forward_all(world, frames(seal, 0..30)?);
    let before = resident()?;
    let mut joins = Vec::new();
    for receiver in 2..2 + WEIGHED {
        world.spent = Duration::ZERO;
        world.join(receiver)?;
        joins.push(world.spent);
    }
    joins.sort_unstable();
    let join = joins.get(joins.len() / 2).map_or(0.0, Duration::as_secs_f64) * 1e3;
    forward_all(world, frames(seal, 30..60)?);
    let bytes = resident()?.saturating_sub(before) as f64 / f64::from(WEIGHED);
    println!(
        "{{\"bench\":\"memory\",\"receivers\":{WEIGHED},\"rss_per_receiver_kb\":{:.1},\"join_host_ms\":{join:.3}}}",
        bytes / 1e3
    );
    Ok(())
}

/// Resident memory of this process, bytes.
fn resident() -> Result<usize, Failure> {
    let pages: usize = std::fs::read_to_string("/proc/self/statm")?.split(' ').nth(1).ok_or("no statm")?.parse()?;
    Ok(pages * 4096)
}

/// What is counted. Returns how many packets left.
#[inline(never)]
fn forward_all(world: &mut World, frames: Vec<Vec<Vec<u8>>>) -> usize {
    let mut packets = 0;
    for frame in frames {
        for mut packet in frame {
            world.media.datagram(world.now, address(0), &mut packet);
        }
        packets += world.pass(BETWEEN);
    }
    packets
}

impl World {
    /// Lets time pass; how many datagrams of media left.
    fn pass(&mut self, duration: Duration) -> usize {
        let (end, mut packets) = (self.now + duration, 0);
        loop {
            match self.media.poll() {
                MediaOutput::Transmit(transmit) => {
                    if transmit.pictures {
                        packets += transmit.segment.map_or(1, |segment| transmit.bytes.len().div_ceil(segment));
                    }
                    self.media.recycle(transmit.bytes);
                }
                MediaOutput::Wait(Some(due)) if due <= end => {
                    self.now = self.now.max(due);
                    self.media.timeout(self.now);
                }
                MediaOutput::Wait(_) => break,
            }
        }
        self.now = end;
        packets
    }

    /// A whole connection; number 0 publishes a camera, the others watch it. Returns what it seals with.
    fn join(&mut self, number: u16) -> Result<Context, Failure> {
        let seat = Seat { room: RoomId([1; 16]), participant: participant(number) };
        let publications =
            if number == 0 { vec![Publication { mid: Mid("0".into()), track: Track::Camera }] } else { Vec::new() };
        let offer = Offer { sdp: sdp(&self.certificate, number == 0)?, publications };
        let begun = clock();
        let answer = self.media.offer(self.now, seat, &offer)?;
        if number > 0 {
            let source = Some((participant(0), Track::Camera));
            let wish = Subscription { mid: Mid("0".into()), source, height: PixelHeight(720) };
            self.media.subscribe(self.now, seat, &[wish]);
        }
        self.spent += begun.elapsed();
        let mut check = check(&answer, self.provider.as_ref())?;
        self.feed(number, &mut check);
        self.shake_hands(number)
    }

    fn feed(&mut self, number: u16, datagram: &mut [u8]) {
        let begun = clock();
        self.media.datagram(self.now, address(number), datagram);
        self.spent += begun.elapsed();
    }

    fn shake_hands(&mut self, number: u16) -> Result<Context, Failure> {
        let mut client = Endpoint::new(address(number), TransportProtocol::UDP, None);
        let config = ConfigBuilder::default()
            .with_crypto_provider(Arc::clone(&self.provider))
            .with_certificates(vec![self.certificate.clone()])
            .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            .with_insecure_skip_verify(true)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .build(true, Some(self.host))?;
        let instant = self.start + Duration::from_micros(self.now.as_micros());
        client.connect(instant, self.host, Arc::new(config), None)?;
        let mut complete = false;
        for _ in 0..20 {
            while let Some(transmit) = client.poll_transmit() {
                self.feed(number, &mut transmit.message.to_vec());
            }
            while let MediaOutput::Transmit(transmit) = self.media.poll() {
                if transmit.to == address(number).into() && (20..64).contains(&transmit.bytes[0]) {
                    let events = client.read(instant, self.host, None, BytesMut::from(transmit.bytes.as_slice()))?;
                    complete |= events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete));
                }
                self.media.recycle(transmit.bytes);
            }
        }
        let state = client.get_connection_state(self.host).filter(|_| complete).ok_or("the handshake does not end")?;
        let material = state.export_keying_material("EXTRACTOR-dtls_srtp", &[], 56)?;
        let material = material.as_ref();
        Ok(Context::new(
            &material[..16],
            &material[32..44],
            ProtectionProfile::AeadAes128Gcm,
            None,
            None,
            self.provider.crypto(),
        )?)
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn clock() -> Instant {
    Instant::now()
}

fn address(number: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 5_000 + number))
}

fn participant(number: u16) -> ParticipantId {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    ParticipantId(id)
}

fn sealed_frame(seal: &mut Context, frame: u16) -> Result<Vec<Vec<u8>>, Failure> {
    let [high, low] = (frame + 1).to_be_bytes();
    let packet = |number: usize| {
        let mut packet = vec![0x90, 96 | u8::from(number + 1 == PACKETS) << 7];
        packet.extend_from_slice(&(100 + frame * PACKETS as u16 + number as u16).to_be_bytes());
        packet.extend_from_slice(&(u32::from(frame) * 3_000).to_be_bytes());
        packet.extend_from_slice(&[0, 0, 1, 0, 0xbe, 0xde, 0, 1, 0x40, b'0', 0, 0]);
        let first = packet.len();
        packet.extend_from_slice(&[if number == 0 { 0x90 } else { 0x80 }, 0xe0, high | 0x80, low, low, 0x20]);
        packet.push(if frame == 0 { 0x10 } else { 0x11 });
        packet.resize(first + 1_040, 0xaa);
        Ok(seal.encrypt_rtp(&packet)?.to_vec())
    };
    (0..PACKETS).map(packet).collect()
}

fn sdp(certificate: &Certificate, publishes: bool) -> Result<String, Failure> {
    let shown = certificate.certificate.first().ok_or("no certificate")?;
    let digest = ring::digest::digest(&ring::digest::SHA256, shown.as_ref());
    let digits: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    let direction = if publishes { "sendonly" } else { "recvonly" };
    Ok(format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=ice-ufrag:bench\r\na=ice-pwd:benchbenchbenchbenchbench\r\n\
         a=fingerprint:sha-256 {}\r\na=setup:actpass\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na={direction}\r\n\
         a=rtcp-mux\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n",
        digits.join(":")
    ))
}

fn check(answer: &str, provider: &dyn RTCCryptoProvider) -> Result<Vec<u8>, Failure> {
    let value = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    let mut message = Message::new();
    let username = TextAttribute::new(ATTR_USERNAME, format!("{}:bench", value("a=ice-ufrag:")));
    let integrity = MessageIntegrity::new_short_term_integrity_with_provider(value("a=ice-pwd:"), provider.crypto());
    message.build(&[Box::new(BINDING_REQUEST), Box::new(TransactionId([7; 12])), Box::new(username), Box::new(integrity)])?;
    Ok(message.raw)
}
