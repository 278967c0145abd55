//! CPU of the host's media core per forwarded packet, beside the limit of the same run: bare AES-128-GCM seal and send of as many packets of
//! the same sizes, in the same batches, to the same live sockets.
//!
//! Invariant: the host's thread does nothing but receive, [`Media`] and send; its CPU time is the kernel's account of that thread, so the clients'
//! work is not in it, the kernel's work for its sends is. Clients have real handshakes (rtc-dtls), real SRTP (rtc-srtp) and a UDP socket each.
//!
//! Load per publisher: 30 frames/s of 4 × 1,040 bytes and 50 audio packets/s of 100 bytes (PERFORMANCE.md). Latency is from a publisher's
//! write to a receiver's read, the client thread's own delay included.

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use bytes::BytesMut;
use incamera::core::Time;
use incamera::core::media::{Media, MediaConfig, MediaOutput, Seat};
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rtc_crypto::RTCCryptoProvider;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;
use serde_json::{Value, json};
use std::fmt::Write;
use std::io::IoSliceMut;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use wire::{Mid, Offer, ParticipantId, PixelHeight, Publication, RoomId, Subscription, Track};

/// How long each measurement runs. Longer is steadier; the kernel's account of CPU time is exact to a few milliseconds.
const RUN: Duration = Duration::from_secs(6);
/// Bytes of payload of a video packet and of an audio packet.
const VIDEO: usize = 1_040;
const AUDIO: usize = 100;
/// Packets of one frame.
const PACKETS: usize = 4;
const FRAME: Duration = Duration::from_micros(33_333);
const SOUND: Duration = Duration::from_millis(20);

pub(crate) type Failure = Box<dyn std::error::Error>;

/// A scenario: rooms, and in each who publishes.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) rooms: u8,
    pub(crate) people: u8,
    pub(crate) publishers: u8,
}

/// Both scenarios; three turns each, of which the one with the median ratio is given.
pub(crate) fn figures() -> Vec<Value> {
    let scenarios = [
        Scenario { name: "1x100", rooms: 1, people: 101, publishers: 1 },
        Scenario { name: "8x4", rooms: 8, people: 4, publishers: 4 },
    ];
    scenarios
        .iter()
        .map(|scenario| median(scenario).unwrap_or_else(|error| json!({"bench": "sfu", "error": error.to_string()})))
        .collect()
}

fn median(scenario: &Scenario) -> Result<Value, Failure> {
    let mut turns = (0..3).map(|_| measure(scenario)).collect::<Result<Vec<_>, _>>()?;
    turns.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
    let turn = turns.swap_remove(1);
    Ok(json!({
        "bench": "sfu",
        "scenario": scenario.name,
        "ours_us_per_packet": turn.ours,
        "limit_us_per_packet": turn.limit,
        "ratio_to_limit": turn.ratio,
        "packets_per_s": turn.packets_per_s,
        "loss": turn.loss,
        "p50_ms": turn.p50,
        "p99_ms": turn.p99,
    }))
}

struct Turn {
    ours: f64,
    limit: f64,
    ratio: f64,
    packets_per_s: f64,
    loss: f64,
    p50: f64,
    p99: f64,
}

/// CPU time of the calling thread, microseconds, as the kernel's scheduler counts it.
pub(crate) fn thread_cpu() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos: f64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanos / 1_000.0)
}

/// A UDP socket with batches.
pub(crate) struct Port {
    socket: UdpSocket,
    state: UdpSocketState,
    buffers: Vec<Vec<u8>>,
}

impl Port {
    fn bind(receive_batches: bool) -> Result<Self, Failure> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let state = UdpSocketState::new((&socket).into())?;
        let _ = state.set_recv_buffer_size((&socket).into(), 4 << 20);
        let _ = state.set_send_buffer_size((&socket).into(), 4 << 20);
        let buffers = vec![vec![0; 65_536]; if receive_batches { BATCH_SIZE.min(8) } else { 1 }];
        Ok(Self { socket, state, buffers })
    }

    pub(crate) fn address(&self) -> Result<SocketAddr, Failure> {
        Ok(self.socket.local_addr()?)
    }

    /// Every datagram that waits; how many.
    fn receive(&mut self, mut each: impl FnMut(SocketAddr, &mut [u8])) -> usize {
        let mut count = 0;
        let mut metas = [RecvMeta::default(); 8];
        loop {
            let mut slices: Vec<_> = self.buffers.iter_mut().map(|buffer| IoSliceMut::new(buffer)).collect();
            let metas = &mut metas[..slices.len()];
            let Ok(filled) = self.state.recv(UdpSockRef::from(&self.socket), &mut slices, metas) else { return count };
            drop(slices);
            for (meta, buffer) in metas.iter().zip(&mut self.buffers).take(filled) {
                for datagram in buffer[..meta.len].chunks_mut(meta.stride.max(1)) {
                    count += 1;
                    each(meta.addr, datagram);
                }
            }
        }
    }

    fn send(&self, destination: SocketAddr, contents: &[u8], segment_size: Option<usize>) {
        let batch = Transmit { destination, ecn: None, contents, segment_size, src_ip: None };
        // A full buffer is loss, and is counted where it is missed.
        let _ = self.state.try_send(UdpSockRef::from(&self.socket), &batch);
    }
}

/// The host: a port and the media core.
pub(crate) struct Host {
    pub(crate) port: Port,
    media: Media,
    pub(crate) start: Instant,
    sent: usize,
    /// Connectivity checks that came in.
    pub(crate) forged: usize,
}

impl Host {
    pub(crate) fn new() -> Result<Self, Failure> {
        let port = Port::bind(true)?;
        let start = Instant::now();
        let media =
            Media::new(MediaConfig { candidates: vec![port.address()?], streams: vec![], core: 0, entropy: [7; 32], start })?;
        Ok(Self { port, media, start, sent: 0, forged: 0 })
    }

    fn now(&self) -> Time {
        Time::from_micros(self.start.elapsed().as_micros() as u64)
    }

    /// One turn of the loop; when to come back if nothing is received.
    fn turn(&mut self) -> Option<Time> {
        let (now, media) = (self.now(), &mut self.media);
        let forged = &mut self.forged;
        self.port.receive(|from, bytes| {
            *forged += usize::from(bytes.first().is_some_and(|&first| first < 4));
            media.datagram(now, from, bytes);
        });
        loop {
            match self.media.poll() {
                MediaOutput::Transmit(transmit) => {
                    self.sent += transmit.segment.map_or(1, |segment| transmit.bytes.len().div_ceil(segment));
                    self.port.send(transmit.to.address(), &transmit.bytes, transmit.segment);
                    self.media.recycle(transmit.bytes);
                }
                MediaOutput::Wait(Some(due)) if due <= self.now() => self.media.timeout(self.now()),
                MediaOutput::Wait(due) => return due,
            }
        }
    }

    /// Turns until told to stop, sleeping in the kernel between datagrams; CPU time used, microseconds.
    pub(crate) fn serve(&mut self, stop: &AtomicBool) -> Result<f64, Failure> {
        let before = thread_cpu()?;
        while !stop.load(Relaxed) {
            let due = self.turn();
            let until = due.map_or(Duration::from_millis(20), |due| due - self.now()).min(Duration::from_millis(20));
            self.port.socket.set_nonblocking(false)?;
            self.port.socket.set_read_timeout(Some(until.max(Duration::from_millis(1))))?;
            let _ = self.port.socket.peek(&mut [0]);
            self.port.socket.set_nonblocking(true)?;
        }
        Ok(thread_cpu()? - before)
    }
}

/// A synthetic browser.
pub(crate) struct Client {
    seat: Seat,
    port: Port,
    host: SocketAddr,
    provider: Arc<dyn RTCCryptoProvider>,
    dtls: Endpoint,
    seal: Option<Context>,
    open: Option<Context>,
    publishes: bool,
    sequence: [u16; 2],
    picture: u16,
    pub(crate) got: usize,
    latencies: Vec<f64>,
}

impl Client {
    fn join(host: &mut Host, seat: Seat, publishes: bool, watched: &[ParticipantId]) -> Result<Self, Failure> {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(rtc_crypto::providers::RingProvider::default());
        let certificate = Certificate::generate_self_signed(vec!["bench".to_owned()], provider.crypto())?;
        let print = ring::digest::digest(&ring::digest::SHA256, certificate.certificate[0].as_ref());
        let mut publications = Vec::new();
        if publishes {
            publications.push(Publication { mid: Mid("0".into()), track: Track::Audio });
            publications.push(Publication { mid: Mid("1".into()), track: Track::Camera });
        }
        let offer = Offer { sdp: sdp(print.as_ref(), publishes, watched.len())?, publications };
        let answer = host.media.offer(host.now(), seat, &offer)?;
        let wishes: Vec<Subscription> = watched
            .iter()
            .enumerate()
            .flat_map(|(at, participant)| {
                [(10 + 2 * at, Track::Audio), (11 + 2 * at, Track::Camera)].map(|(mid, track)| Subscription {
                    mid: Mid(mid.to_string()),
                    source: Some((*participant, track)),
                    height: PixelHeight(720),
                })
            })
            .collect();
        host.media.subscribe(host.now(), seat, &wishes);
        let port = Port::bind(false)?;
        let mut client = Self {
            seat,
            dtls: Endpoint::new(port.address()?, TransportProtocol::UDP, None),
            host: host.port.address()?,
            port,
            provider,
            seal: None,
            open: None,
            publishes,
            sequence: [0; 2],
            picture: 0,
            got: 0,
            latencies: Vec::new(),
        };
        client.connect(host, &answer, certificate)?;
        Ok(client)
    }

    /// ICE check and DTLS handshake over the real sockets.
    fn connect(&mut self, host: &mut Host, answer: &str, certificate: Certificate) -> Result<(), Failure> {
        let value = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
        let check = binding_request(&value("a=ice-ufrag:"), value("a=ice-pwd:"), self.provider.as_ref())?;
        self.port.send(self.host, &check, None);
        host.turn();
        let config = ConfigBuilder::default()
            .with_crypto_provider(Arc::clone(&self.provider))
            .with_certificates(vec![certificate])
            .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            .with_insecure_skip_verify(true)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .build(true, Some(self.host))?;
        self.dtls.connect(Instant::now(), self.host, Arc::new(config), None)?;
        let begun = Instant::now();
        while self.open.is_none() {
            if begun.elapsed() > Duration::from_secs(10) {
                return Err("the handshake does not end".into());
            }
            while let Some(transmit) = self.dtls.poll_transmit() {
                self.port.send(self.host, &transmit.message, None);
            }
            host.turn();
            let mut arrived = Vec::new();
            self.port.receive(|_, bytes| arrived.push(BytesMut::from(&*bytes)));
            for bytes in arrived.into_iter().filter(|bytes| (20..64).contains(&bytes[0])) {
                let events = self.dtls.read(Instant::now(), self.host, None, bytes)?;
                if events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete)) {
                    self.derive()?;
                }
            }
        }
        while let Some(transmit) = self.dtls.poll_transmit() {
            self.port.send(self.host, &transmit.message, None);
        }
        host.turn();
        Ok(())
    }

    fn derive(&mut self) -> Result<(), Failure> {
        let state = self.dtls.get_connection_state(self.host).ok_or("no association")?;
        let material = state.export_keying_material("EXTRACTOR-dtls_srtp", &[], 56)?;
        let material = material.as_ref();
        let context = |key: &[u8], salt: &[u8]| {
            Context::new(key, salt, ProtectionProfile::AeadAes128Gcm, None, None, self.provider.crypto())
        };
        self.seal = Some(context(&material[..16], &material[32..44])?);
        self.open = Some(context(&material[16..32], &material[44..])?);
        Ok(())
    }

    fn publish(&mut self, kind: usize, payload: &[u8], timestamp: u32, marker: bool) -> Result<(), Failure> {
        let room = self.seat.room.0[0];
        let payload_type = [111, 96][kind] | u8::from(marker) << 7;
        self.sequence[kind] = self.sequence[kind].wrapping_add(1);
        let mut packet = vec![0x90, payload_type];
        packet.extend_from_slice(&self.sequence[kind].to_be_bytes());
        packet.extend_from_slice(&timestamp.to_be_bytes());
        packet.extend_from_slice(&[1, room, self.seat.participant.0[0], kind as u8]);
        packet.extend_from_slice(&[0xbe, 0xde, 0, 1, 0x40, b'0' + kind as u8, 0, 0]);
        packet.extend_from_slice(payload);
        let sealed = self.seal.as_mut().ok_or("not connected")?.encrypt_rtp(&packet)?;
        self.port.send(self.host, &sealed, None);
        Ok(())
    }

    fn frame(&mut self, stamp: u64, key: bool) -> Result<(), Failure> {
        self.picture = self.picture.wrapping_add(1) & 0x7fff;
        let [high, low] = self.picture.to_be_bytes();
        for packet in 0..PACKETS {
            let mut payload = vec![if packet == 0 { 0x90 } else { 0x80 }, 0xe0, high | 0x80, low, low, 0x20];
            payload.push(if key { 0x10 } else { 0x11 });
            payload.extend_from_slice(&stamp.to_be_bytes());
            payload.resize(VIDEO, 0xaa);
            self.publish(1, &payload, (stamp * 9 / 100) as u32, packet == PACKETS - 1)?;
        }
        Ok(())
    }

    fn sound(&mut self, stamp: u64) -> Result<(), Failure> {
        self.publish(0, &[0x55; AUDIO], (stamp * 48 / 1_000) as u32, false)
    }

    /// Counts what has come; `decrypts`: and looks at the stamps.
    pub(crate) fn drain(&mut self, start: Instant, decrypts: bool) {
        let Self { port, open, got, latencies, .. } = self;
        port.receive(|_, bytes| {
            let is_media = (128..192).contains(&bytes[0]) && !(192..224).contains(&bytes[1]);
            *got += usize::from(is_media);
            if is_media
                && decrypts
                && bytes[1] & 0x7f == 96
                && let Some(Ok(plain)) = open.as_mut().map(|open| open.decrypt_rtp(bytes))
                && let Some(stamp) = plain.get(12 + 7..12 + 15).and_then(|stamp| stamp.try_into().ok())
            {
                let now = start.elapsed().as_micros() as u64;
                latencies.push(now.saturating_sub(u64::from_be_bytes(stamp)) as f64 / 1_000.0);
            }
        });
    }
}

/// Sends audio (mid 0) and camera (mid 1) if it publishes, receives in pairs from mid 10 on.
fn sdp(fingerprint: &[u8], publishes: bool, watched: usize) -> Result<String, Failure> {
    let digits: Vec<String> = fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
    let mut mids: Vec<usize> = if publishes { vec![0, 1] } else { Vec::new() };
    mids.extend(10..10 + 2 * watched);
    let names: Vec<String> = mids.iter().map(usize::to_string).collect();
    let mut out = format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\na=ice-ufrag:bench\r\na=ice-pwd:benchbenchbenchbenchbench\r\n\
         a=fingerprint:sha-256 {}\r\na=setup:actpass\r\n",
        names.join(" "),
        digits.join(":")
    );
    for mid in mids {
        let direction = if mid < 2 { "sendonly" } else { "recvonly" };
        let (kind, formats) = if mid % 2 == 0 { ("audio", "111") } else { ("video", "96 97") };
        write!(
            out,
            "m={kind} 9 UDP/TLS/RTP/SAVPF {formats}\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na={direction}\r\na=rtcp-mux\r\n"
        )?;
        write!(out, "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n")?;
        let codec = if mid % 2 == 0 {
            "a=rtpmap:111 opus/48000/2\r\n"
        } else {
            "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
        };
        out.push_str(codec);
    }
    Ok(out)
}

fn binding_request(ufrag: &str, password: String, provider: &dyn RTCCryptoProvider) -> Result<Vec<u8>, Failure> {
    use rtc_stun::attributes::ATTR_USERNAME;
    use rtc_stun::integrity::MessageIntegrity;
    use rtc_stun::message::{BINDING_REQUEST, Message, TransactionId};
    use rtc_stun::textattrs::TextAttribute;
    let mut message = Message::new();
    let integrity = MessageIntegrity::new_short_term_integrity_with_provider(password, provider.crypto());
    let username = TextAttribute::new(ATTR_USERNAME, format!("{ufrag}:bench"));
    message.build(&[Box::new(BINDING_REQUEST), Box::new(TransactionId([7; 12])), Box::new(username), Box::new(integrity)])?;
    Ok(message.raw)
}

/// Everybody of a scenario, connected.
pub(crate) fn gather(scenario: &Scenario, host: &mut Host) -> Result<Vec<Client>, Failure> {
    let mut clients = Vec::new();
    for room in 0..scenario.rooms {
        let everybody = 0..scenario.people;
        for person in everybody.clone() {
            let watched: Vec<ParticipantId> =
                (0..scenario.publishers).filter(|other| *other != person).map(|other| ParticipantId([other; 16])).collect();
            let seat = Seat { room: RoomId([room; 16]), participant: ParticipantId([person; 16]) };
            clients.push(Client::join(host, seat, person < scenario.publishers, &watched)?);
        }
    }
    Ok(clients)
}

fn measure(scenario: &Scenario) -> Result<Turn, Failure> {
    let mut host = Host::new()?;
    let mut clients = gather(scenario, &mut host)?;
    let start = host.start;
    let stop = AtomicBool::new(false);
    host.sent = 0;
    let (cpu, published) = std::thread::scope(|scope| {
        let server = scope.spawn(|| host.serve(&stop).map_err(|error| error.to_string()));
        let published = play(&mut clients, start);
        std::thread::sleep(Duration::from_millis(50));
        stop.store(true, Relaxed);
        let cpu = server.join().map_err(|_| "the host's thread panicked".to_owned()).and_then(|cpu| cpu);
        (cpu, published)
    });
    let (cpu, published) = (cpu?, published?);
    clients.iter_mut().for_each(|client| client.drain(start, false));
    let receivers_each = usize::from(scenario.people) - 1;
    let (expected, got) = (published * receivers_each, clients.iter().map(|client| client.got).sum::<usize>());
    let mut latencies: Vec<f64> = clients.iter_mut().flat_map(|client| std::mem::take(&mut client.latencies)).collect();
    latencies.sort_by(f64::total_cmp);
    let quantile = |q: f64| latencies.get((latencies.len() as f64 * q) as usize).copied().unwrap_or_default();
    let limit = limit(scenario, &host.port, &mut clients, start)?;
    let ours = cpu / got.max(1) as f64;
    Ok(Turn {
        ours,
        limit,
        ratio: ours / limit,
        packets_per_s: got as f64 / RUN.as_secs_f64(),
        loss: 1.0 - got as f64 / expected.max(1) as f64,
        p50: quantile(0.5),
        p99: quantile(0.99),
    })
}

/// Publishes for [`RUN`] and drains the receivers; packets published.
pub(crate) fn play(clients: &mut [Client], start: Instant) -> Result<usize, Failure> {
    let begun = Instant::now();
    let (mut frames, mut sounds, mut published) = (0u32, 0u32, 0);
    while begun.elapsed() < RUN {
        let stamp = start.elapsed().as_micros() as u64;
        if begun.elapsed() >= FRAME * frames {
            for client in clients.iter_mut().filter(|client| client.publishes) {
                client.frame(stamp, frames % 120 == 0)?;
                published += PACKETS;
            }
            frames += 1;
        }
        if begun.elapsed() >= SOUND * sounds {
            for client in clients.iter_mut().filter(|client| client.publishes) {
                client.sound(stamp)?;
                published += 1;
            }
            sounds += 1;
        }
        let count = clients.len();
        for (at, client) in clients.iter_mut().enumerate() {
            client.drain(start, at % 10 == count % 10 || count < 40);
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    std::thread::sleep(Duration::from_millis(20));
    Ok(published)
}

/// The same packets sealed and sent, and nothing else; CPU microseconds per packet.
fn limit(scenario: &Scenario, port: &Port, clients: &mut [Client], start: Instant) -> Result<f64, Failure> {
    let mut targets = Vec::new();
    for client in clients.iter() {
        let sources = if client.publishes { scenario.publishers - 1 } else { scenario.publishers };
        targets.push((client.port.address()?, usize::from(sources)));
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| bare(port, &targets).map_err(|error| error.to_string()));
        let drainer = scope.spawn(|| {
            while !stop.load(Relaxed) {
                clients.iter_mut().for_each(|client| client.drain(start, false));
                std::thread::sleep(Duration::from_micros(500));
            }
        });
        let result = sender.join().map_err(|_| "the sender panicked".to_owned()).and_then(|result| result);
        stop.store(true, Relaxed);
        let _ = drainer.join();
        Ok(result?)
    })
}

fn bare(port: &Port, targets: &[(SocketAddr, usize)]) -> Result<f64, Failure> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &[1; 16]).map_err(|_| "no key")?);
    let (mut frames, mut sounds, mut count, mut buffer) = (0u32, 0u32, 0u64, Vec::new());
    let mut seal = |buffer: &mut Vec<u8>, length: usize| -> Result<(), Failure> {
        count += 1;
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&count.to_be_bytes());
        let at = buffer.len();
        buffer.resize(at + 12 + length, 0x80);
        let (head, plain) = buffer[at..].split_at_mut(12);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(&*head), plain).map_err(|_| "seal")?;
        buffer.extend_from_slice(tag.as_ref());
        Ok(())
    };
    let before = thread_cpu()?;
    let begun = Instant::now();
    while begun.elapsed() < RUN {
        if begun.elapsed() >= FRAME * frames {
            for (address, sources) in targets {
                for _ in 0..*sources {
                    buffer.clear();
                    for _ in 0..PACKETS {
                        seal(&mut buffer, VIDEO)?;
                    }
                    port.send(*address, &buffer, Some(12 + VIDEO + 16));
                }
            }
            frames += 1;
        }
        if begun.elapsed() >= SOUND * sounds {
            for (address, sources) in targets {
                for _ in 0..*sources {
                    buffer.clear();
                    seal(&mut buffer, AUDIO)?;
                    port.send(*address, &buffer, None);
                }
            }
            sounds += 1;
        }
        let next = (FRAME * frames).min(SOUND * sounds);
        std::thread::sleep(next.saturating_sub(begun.elapsed()));
    }
    Ok((thread_cpu()? - before) / count as f64)
}
