//! A flood against the media port, in a process of its own so that its memory can be weighed: what strangers cost.

#![expect(clippy::unwrap_used, reason = "a test that unwraps fails where the thing was missing")]

use incamera::core::Time;
use incamera::core::media::{Media, MediaConfig, MediaOutput, Seat, Stamp};
use incamera::core::spread::Spread;
use rtc_crypto::RTCCryptoProvider as _;
use rtc_crypto::providers::RingProvider;
use rtc_stun::attributes::ATTR_USERNAME;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, Message, TransactionId};
use rtc_stun::textattrs::TextAttribute;
use std::net::{Ipv4Addr, SocketAddr};
use wire::{Mid, Offer, ParticipantId, Publication, RoomId, Track};

const FORGED: u32 = 1_000_000;
/// Bytes by which the process may grow over all of them: what the allocator shifts about, not one byte per packet.
const GROWTH: usize = FORGED as usize;

/// Resident memory of this process, bytes; `None` where the system does not tell.
fn resident() -> Option<usize> {
    let pages: usize = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

fn check(ufrag: &str, password: &str) -> Vec<u8> {
    let provider = RingProvider::default();
    let mut message = Message::new();
    message
        .build(&[
            Box::new(BINDING_REQUEST),
            Box::new(TransactionId([7; 12])),
            Box::new(TextAttribute::new(ATTR_USERNAME, format!("{ufrag}:ufrg"))),
            Box::new(MessageIntegrity::new_short_term_integrity_with_provider(password.to_owned(), provider.crypto())),
            Box::new(rtc_stun::fingerprint::FINGERPRINT),
        ])
        .unwrap();
    message.raw
}

/// A DTLS record with a fragment of a message that never ends: what a handshake library may be made to keep.
fn fragment(number: u32) -> Vec<u8> {
    let mut bytes = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0];
    bytes.extend_from_slice(&(number as u16).to_be_bytes());
    bytes.extend_from_slice(&[0, 13, 1, 0, 0x40, 0, 0, (number % 32) as u8, 0]);
    bytes.extend_from_slice(&((number % 0x3f00) as u16).to_be_bytes());
    bytes.extend_from_slice(&[0, 0, 1, 0xaa]);
    bytes
}

struct Flooded {
    media: Media,
    now: Time,
}

impl Flooded {
    fn feed(&mut self, from: SocketAddr, mut bytes: Vec<u8>) {
        self.media.datagram(self.now, from, &mut bytes);
    }

    /// Bytes that want to leave.
    fn answered(&mut self) -> usize {
        let mut sum = 0;
        while let MediaOutput::Transmit(transmit) = self.media.poll() {
            sum += transmit.bytes.len();
            self.media.recycle(transmit.bytes);
        }
        sum
    }
}

#[test]
fn a_million_forged_packets_are_not_answered_and_leave_nothing() {
    #[expect(clippy::disallowed_methods, reason = "an origin for told time; nothing depends on which")]
    let start = std::time::Instant::now();
    let candidates = vec![SocketAddr::from(([127, 0, 0, 1], 9))];
    let media = Media::new(MediaConfig {
        streams: Vec::new(),
        candidates,
        spread: Spread::default(),
        stamp: Stamp::draw([0; 4]),
        entropy: [3; 32],
        start,
    })
    .unwrap();
    let mut host = Flooded { media, now: Time::from_millis(1_000) };
    let sdp = include_str!("transport/offers/chromium-156.sdp").replace('\n', "\r\n");
    let seat = Seat { room: RoomId([1; 16]), participant: ParticipantId([1; 16]) };
    let offer = Offer { sdp, publications: vec![Publication { mid: Mid("0".into()), track: Track::Audio }] };
    let answer = host.media.offer(host.now, seat, &offer).unwrap();
    let line = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let (ufrag, password) = (line("a=ice-ufrag:"), line("a=ice-pwd:"));
    let honest = SocketAddr::from(([192, 0, 2, 1], 4_000));
    let valid = check(ufrag, password);
    let (question, unknown, wrong) = (valid.len(), check("AAAAAobodyxx", password), check(ufrag, "wrong"));
    host.feed(honest, valid.clone());
    let first = host.answered();
    assert!((1..=question).contains(&first), "an answer of {first} bytes to a question of {question}");

    let mut before = None;
    for number in 0..FORGED {
        // The first tenth fills what is filled once: the allocator's pools, the flood's own corners.
        if number == FORGED / 10 {
            before = resident();
        }
        host.now = Time::from_micros(1_000_000 + u64::from(number) * 10);
        let stranger = SocketAddr::from((Ipv4Addr::from_bits(0x0a00_0000 | number), number as u16 | 1));
        match number % 6 {
            0 => host.feed(stranger, unknown.clone()),
            1 => host.feed(stranger, wrong.clone()),
            2 => host.feed(stranger, fragment(number)),
            3 => host.feed(stranger, [&[0x80, 111], &number.to_be_bytes()[..], &[0; 60]].concat()),
            // From the address of somebody who is known and in the middle of his handshake.
            4 => host.feed(honest, fragment(number)),
            _ => host.feed(honest, [&[0x80, 200], &number.to_be_bytes()[..], &[0; 60]].concat()),
        }
        assert_eq!(host.answered(), 0, "packet {number} was answered");
    }
    if let (Some(before), Some(after)) = (before, resident()) {
        let grown = after.saturating_sub(before);
        assert!(grown < GROWTH, "{grown} bytes more after {FORGED} forged packets");
    }
    host.now = host.now + std::time::Duration::from_secs(1);
    host.feed(honest, valid);
    assert!(host.answered() > 0, "who is honest is answered still");
}
