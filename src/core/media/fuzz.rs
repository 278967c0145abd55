//! What the fuzzers call: one function for each parser of bytes from outside, compiled for `--cfg fuzzing` and for tests.
//!
//! **Invariant:** whatever the bytes, nothing panics, nobody gets in, and what is held stays bounded. Where a signature or a tag would keep
//! the fuzzer at the door, the bytes are signed or sealed for it here: a malicious participant has the keys too.

use super::*;
use crate::core::caps::Caps;
use crate::core::host::{ConnectionId, Host, HostConfig, Input, Output};
use crate::core::transport::codec::Codec;
use crate::core::transport::descriptor::Structure;
use crate::core::transport::rtcp;
use crate::core::transport::rtp::{Extensions, Header};
use crate::core::transport::srtp::{Profile, Sealer};
use bytes::BytesMut;
use rtc_crypto::providers::RingProvider;
use rtc_crypto::{RTCCrypto, RTCCryptoProvider};
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::Endpoint;
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{Message, Setter as _};
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;
use wire::{FromHost, Mid, Offer, PixelHeight, Publication, Subscription, ToHost};

const PASSWORD: &str = "passwordpasswordpassword";

thread_local! {
    /// Making a certificate takes longer than everything else here.
    static MEDIA: RefCell<Option<Media>> = const { RefCell::new(None) };
}

fn with_media(work: impl FnOnce(&mut Media)) {
    MEDIA.with_borrow_mut(|media| {
        let media = media.get_or_insert_with(|| {
            #[expect(clippy::disallowed_methods, reason = "an origin for told time; nothing depends on which")]
            let start = Instant::now();
            let candidates = vec![SocketAddr::from(([127, 0, 0, 1], 9))];
            Media::new(MediaConfig {
                streams: candidates.clone(),
                candidates,
                spread: Spread::default(),
                stamp: Stamp::draw([0; 4]),
                entropy: [1; 32],
                start,
            })
            .expect("media begins")
        });
        work(media);
        (0..2).for_each(|n| media.close(media.now, seat(n)));
        while let MediaOutput::Transmit(transmit) = media.poll() {
            media.recycle(transmit.bytes);
        }
        assert_eq!((media.peers.len(), media.by_address.len(), media.by_ufrag.len(), media.by_ssrc.len()), (0, 0, 0, 0));
    });
}

fn seat(n: u8) -> Seat {
    Seat { room: RoomId([1; 16]), participant: ParticipantId([n; 16]) }
}

fn address(n: u8) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 5_000 + u16::from(n)))
}

/// An offer that sends sound and a camera of two layers, and receives both.
fn offer(fingerprint: &[u8]) -> Offer {
    let digits: Vec<String> = fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
    let mut sdp = format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3\r\na=extmap-allow-mixed\r\na=ice-ufrag:them\r\n\
         a=ice-pwd:{PASSWORD}\r\na=fingerprint:sha-256 {}\r\na=setup:actpass\r\n",
        digits.join(":")
    );
    for (mid, kind, direction) in
        [(0, "audio", "sendonly"), (1, "video", "sendonly"), (2, "audio", "recvonly"), (3, "video", "recvonly")]
    {
        let formats = if kind == "audio" { "111" } else { "96 97 98 99" };
        sdp += &format!("m={kind} 9 UDP/TLS/RTP/SAVPF {formats}\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na={direction}\r\n");
        sdp += "a=rtcp-mux\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n";
        if kind == "audio" {
            sdp += "a=rtpmap:111 opus/48000/2\r\n";
            continue;
        }
        sdp += "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";
        sdp += "a=rtpmap:98 VP9/90000\r\na=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=98\r\n";
        sdp += "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n";
        sdp += "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n";
        sdp += "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n";
        sdp += "a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension\r\n";
        if mid == 1 {
            sdp += "a=rid:q send\r\na=rid:f send\r\na=simulcast:send q;f\r\n";
        }
    }
    let publication = |mid: &str, track| Publication { mid: Mid(mid.into()), track };
    Offer { sdp, publications: vec![publication("0", Track::Audio), publication("1", Track::Camera)] }
}

/// A check whose attributes are `attributes`, with a valid MESSAGE-INTEGRITY behind them.
fn signed(ufrag: &str, attributes: &[u8], password: &str, crypto: &dyn RTCCrypto) -> Option<Vec<u8>> {
    let mut raw = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    raw.extend_from_slice(&[7; 12]);
    let username = format!("{ufrag}:them");
    raw.extend_from_slice(&[0, 6, 0, username.len() as u8]);
    raw.extend_from_slice(username.as_bytes());
    raw.resize(raw.len().next_multiple_of(4), 0);
    raw.extend_from_slice(attributes);
    let length = u16::try_from(raw.len() - 20).ok()?;
    raw.get_mut(2..4)?.copy_from_slice(&length.to_be_bytes());
    let mut message = Message::new();
    message.unmarshal_binary(&raw).ok()?;
    MessageIntegrity::new_short_term_integrity_with_provider(password.to_owned(), crypto).add_to(&mut message).ok()?;
    Some(message.raw)
}

/// Joins a peer up to a valid check from its address.
fn arrive(media: &mut Media, n: u8, fingerprint: &[u8]) -> Option<Key> {
    media.offer(media.now, seat(n), &offer(fingerprint)).expect("a proper offer is answered");
    let key = *media.by_seat.get(&seat(n))?;
    let local = media.peers.get(key)?.ice.local.clone();
    let mut check = signed(local.ufrag(), &[0, 0x25, 0, 0], local.password(), media.identity.provider().crypto())?;
    media.datagram(media.now, address(n), &mut check);
    Some(key)
}

fn drain(media: &mut Media, mut each: impl FnMut(&[u8])) {
    while let MediaOutput::Transmit(transmit) = media.poll() {
        transmit.bytes.chunks(transmit.segment.unwrap_or(usize::MAX).max(1)).for_each(&mut each);
        media.recycle(transmit.bytes);
    }
}

/// STUN: as it is, and as a check of somebody who has the password.
pub fn stun(bytes: &[u8]) {
    with_media(|media| {
        let Some(key) = arrive(media, 0, &[7; 32]) else { return };
        drain(media, |_| {});
        let Some(local) = media.peers.get(key).map(|peer| peer.ice.local.clone()) else { return };
        let stranger = SocketAddr::from(([10, 0, 0, 1], 1));
        media.datagram(media.now, stranger, &mut bytes.to_vec());
        drain(media, |_| panic!("a stranger was answered"));
        let valid = signed(local.ufrag(), bytes, local.password(), media.identity.provider().crypto());
        if let Some(mut valid) = valid {
            let length = valid.len();
            media.datagram(media.now, stranger, &mut valid);
            drain(media, |answer| assert!(answer.len() <= length, "the answer is longer than the question"));
        }
    });
}

/// DTLS: a client's own handshake with what the script makes of it, and whatever else the script says.
pub fn handshake(script: &[u8]) {
    with_media(|media| {
        let _ = handshake_of(media, script);
    });
}

/// True when the handshake ended well.
fn handshake_of(media: &mut Media, script: &[u8]) -> Option<bool> {
    let provider: Arc<dyn RTCCryptoProvider> = Arc::new(RingProvider::default());
    let certificate = Certificate::generate_self_signed(vec!["client".to_owned()], provider.crypto()).expect("a certificate");
    let print = ring::digest::digest(&ring::digest::SHA256, certificate.certificate[0].as_ref());
    let key = arrive(media, 0, print.as_ref())?;
    let host = SocketAddr::from(([127, 0, 0, 1], 9));
    let mut client = Endpoint::new(address(0), TransportProtocol::UDP, None);
    let config = ConfigBuilder::default()
        .with_crypto_provider(provider)
        .with_certificates(vec![certificate])
        .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        .with_insecure_skip_verify(true)
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
        .build(true, Some(host))
        .expect("a proper client");
    let start = media.identity.instant(media.now);
    client.connect(start, host, Arc::new(config), None).expect("a first flight");
    let mut rest = script;
    while let [operation, argument, tail @ ..] = rest {
        rest = tail;
        let mut datagram = match operation % 4 {
            0 => client.poll_transmit().map(|transmit| transmit.message.to_vec()).unwrap_or_default(),
            1 => {
                let mut bytes = client.poll_transmit().map(|transmit| transmit.message.to_vec()).unwrap_or_default();
                let at = usize::from(*argument) % bytes.len().max(1);
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= operation | 1);
                bytes
            }
            2 => {
                let (bytes, tail) = rest.split_at(rest.len().min(usize::from(*argument)));
                rest = tail;
                bytes.to_vec()
            }
            _ => {
                media.timeout(media.now + Duration::from_millis(u64::from(*argument) * 10));
                Vec::new()
            }
        };
        media.datagram(media.now, address(0), &mut datagram);
        let now = media.identity.instant(media.now);
        let mut answers = Vec::new();
        drain(media, |bytes| answers.push(BytesMut::from(bytes)));
        for bytes in answers.into_iter().filter(|bytes| (20..64).contains(&bytes[0])) {
            let _ = client.read(now, host, None, bytes);
        }
    }
    media.peers.get(key).map(|peer| peer.keys.is_some())
}

/// RTP and RTCP of two who have keys: headers, extensions, descriptors, repetitions, reports, feedback, and their way to the other.
pub fn media(script: &[u8]) {
    with_media(|media| {
        let _ = media_of(media, script);
    });
}

/// How many packets left.
fn media_of(media: &mut Media, script: &[u8]) -> Option<usize> {
    let provider: Arc<dyn RTCCryptoProvider> = Arc::new(RingProvider::default());
    let material = [5; 56];
    let (mut sealers, mut left): (Vec<Sealer>, usize) = (Vec::new(), 0);
    for n in 0..2 {
        let key = arrive(media, n, &[7; 32])?;
        media.peers.get_mut(key)?.keys = Profile::Gcm.keys(&material, true, &provider);
        sealers.push(Profile::Gcm.keys(&material, false, &provider)?.1);
    }
    for (n, other) in [(0, 1), (1, 0)] {
        let wish = |mid: &str, track| Subscription {
            mid: Mid(mid.into()),
            source: Some((seat(other).participant, track)),
            height: PixelHeight(720),
        };
        media.subscribe(media.now, seat(n), &[wish("2", Track::Audio), wish("3", Track::Camera)]);
    }
    drain(media, |_| {});
    let mut rest = script;
    while let [operation, length, tail @ ..] = rest {
        let (packet, tail) = tail.split_at(tail.len().min(usize::from(*length)));
        rest = tail;
        let from = operation & 1;
        let mut bytes = packet.to_vec();
        let sealer = &mut sealers[usize::from(from)];
        let sealed = match operation >> 1 & 3 {
            0 => Header::read(&bytes).and_then(|header| {
                let number = 1 << 16 | u64::from(header.sequence);
                sealer.seal_rtp_behind(header.length, (header.ssrc, number), &mut bytes)
            }),
            1 => sealer.seal_rtcp(&bytes).map(|sealed| bytes = sealed),
            2 => {
                media.timeout(media.now + Duration::from_millis(u64::from(*length)));
                None
            }
            // Not sealed at all: everybody can do that.
            _ => Some(()),
        };
        if sealed.is_some() {
            media.datagram(media.now, address(from), &mut bytes);
        }
        drain(media, |_| left += 1);
    }
    Some(left)
}

/// What packets say of themselves in clear, and RTCP, without the way to them.
pub fn descriptors(bytes: &[u8]) {
    for codec in [Codec::Opus, Codec::Vp8, Codec::Vp9] {
        if let Some(descriptor) = codec.describe(bytes) {
            assert!(usize::from(descriptor.length) <= bytes.len());
            let _ = descriptor.heights(bytes);
        }
    }
    // A structure, and then frames that are read by it.
    let mut structure = Structure::default();
    let _ = structure.read(bytes);
    for value in bytes.chunks(16) {
        let _ = structure.read(value);
    }
    if let Some(header) = Header::read(bytes) {
        assert!(header.length <= bytes.len());
        let _ = header.payload(bytes).map(<[u8]>::len);
    }
    assert!(Extensions::of(bytes).all(|(_, value)| value.len() <= bytes.len()));
    rtcp::read(bytes, |_| {});
}

/// SRTP and SRTCP of somebody without keys, under both profiles.
pub fn srtp(bytes: &[u8]) {
    let provider: Arc<dyn RTCCryptoProvider> = Arc::new(RingProvider::default());
    for profile in [Profile::Gcm, Profile::Sha1] {
        let material = [5; 60];
        let Some((mut opener, _)) = material.get(..profile.material_length()).and_then(|m| profile.keys(m, true, &provider))
        else {
            return;
        };
        let mut packet = bytes.to_vec();
        if let Some(header) = Header::read(&packet) {
            assert!(opener.open_rtp(&header, 1 << 16 | u64::from(header.sequence), &mut packet).is_none());
        }
        assert!(opener.open_rtcp(&mut bytes.to_vec()).is_none());
    }
}

/// An offer, as text. What is taken can be answered, within bounds.
pub fn sdp(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    with_media(|media| {
        let publication = |mid: &str, track| Publication { mid: Mid(mid.into()), track };
        for publications in [vec![], vec![publication("0", Track::Audio), publication("1", Track::Camera)]] {
            let offer = Offer { sdp: text.clone(), publications };
            if let Ok(answer) = media.offer(media.now, seat(0), &offer) {
                assert!(answer.starts_with("v=0\r\n") && answer.len() <= 4_096 + 16 * wire::limits::SDP_BYTES);
            }
        }
    });
}

/// Envelopes of both directions: what is read is written again as the same; and a host told whatever a script says.
pub fn envelopes(script: &[u8]) {
    if let Ok(message) = wire::decode::<FromHost>(script) {
        assert_eq!(wire::decode::<FromHost>(&wire::encode(&message)), Ok(message));
    }
    #[expect(clippy::disallowed_methods, reason = "an origin for told time; nothing depends on which")]
    let start = Instant::now();
    let candidates = vec![SocketAddr::from(([127, 0, 0, 1], 9))];
    let media = MediaConfig {
        candidates,
        streams: Vec::new(),
        spread: Spread::default(),
        stamp: Stamp::draw([0; 4]),
        entropy: [1; 32],
        start,
    };
    let caps = Caps { returns_within: Duration::ZERO, ..Caps::default() };
    let Ok(mut host) = Host::new(HostConfig { media, entropy: [2; 32], caps }) else { return };
    let mut now = Time::from_millis(5_000);
    for connection in 0..3 {
        host.handle(now, Input::Connected(ConnectionId(connection)));
    }
    let mut rest = script;
    while let [who, length, tail @ ..] = rest {
        let (bytes, tail) = tail.split_at(tail.len().min(usize::from(*length)));
        rest = tail;
        let connection = ConnectionId(u64::from(who & 3));
        match wire::decode::<ToHost>(bytes) {
            Ok(message) => {
                assert_eq!(wire::decode::<ToHost>(&wire::encode(&message)).as_ref(), Ok(&message));
                host.handle(now, Input::Message(connection, message));
            }
            Err(error) if who & 4 != 0 => host.handle(now, Input::Unreadable(connection, error)),
            Err(_) => host.handle(now, Input::Timeout),
        }
        now = now + Duration::from_millis(u64::from(who >> 3) * 100);
        while !matches!(host.poll(), Output::Wait(_)) {}
    }
    (0..4).for_each(|connection| host.handle(now, Input::Disconnected(ConnectionId(connection))));
    while !matches!(host.poll(), Output::Wait(_)) {}
    assert_eq!(host.load().connections, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    type Fuzzer = fn(&[u8]);

    /// Each fuzzer with its committed seeds, which hold what it found in the past.
    #[test]
    fn every_committed_seed_is_survived() {
        let fuzzers: [(&str, Fuzzer); 7] = [
            ("stun", stun),
            ("handshake", handshake),
            ("media", media),
            ("descriptors", descriptors),
            ("srtp", srtp),
            ("sdp", sdp),
            ("envelopes", envelopes),
        ];
        for (name, fuzzer) in fuzzers {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
            let seeds: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            assert!(!seeds.is_empty(), "{name} has no seeds");
            seeds.iter().for_each(|seed| fuzzer(&std::fs::read(seed).unwrap()));
        }
    }

    /// The fuzzers reach what they are meant to reach.
    #[test]
    fn scripts_come_as_far_as_they_should() {
        let seed =
            |name: &str| std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name)).unwrap();
        with_media(|media| assert_eq!(handshake_of(media, &[0; 28]), Some(true)));
        with_media(|media| assert_eq!(handshake_of(media, &seed("handshake/forged-fragments")), Some(false)));
        with_media(|media| assert!(media_of(media, &seed("media/pictures-and-sound")) >= Some(5)));
    }
}
