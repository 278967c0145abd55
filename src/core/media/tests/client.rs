//! A synthetic browser: real handshake, real SRTP, no picture and no sound.

use super::*;

/// What a client got: plain packets by SSRC, and everything said in RTCP.
#[derive(Default)]
pub(super) struct Got {
    pub(super) packets: BTreeMap<u32, Vec<(Header, Vec<u8>)>>,
    pub(super) key_frames_wanted: Vec<u32>,
    pub(super) missing: Vec<(u32, Vec<u16>)>,
    pub(super) clocks: Vec<(u32, SenderInfo)>,
    pub(super) reports: usize,
    pub(super) closed: bool,
}

pub(super) struct Client {
    pub(super) seat: Seat,
    pub(super) address: SocketAddr,
    pub(super) session: u32,
    pub(super) ufrag: String,
    pub(super) host: (String, String),
    pub(super) ssrcs: BTreeMap<String, (u32, u32)>,
    pub(super) certificate: Certificate,
    pub(super) shown_fingerprint: [u8; 32],
    pub(super) dtls: Endpoint,
    pub(super) profiles: Vec<SrtpProtectionProfile>,
    /// It negotiates transport-wide numbers for what it receives.
    pub(super) reports_arrivals: bool,
    pub(super) keys: Option<(Opener, Sealer)>,
    pub(super) receive: BTreeMap<u32, Unwrapper>,
    pub(super) send: BTreeMap<u32, u64>,
    pub(super) got: Got,
    /// What it answers to checks of the host.
    pub(super) replies: Vec<Vec<u8>>,
    pub(super) provider: Arc<dyn RTCCryptoProvider>,
}

impl Client {
    pub(super) fn new(n: u8) -> Self {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(rtc_crypto::providers::RingProvider::default());
        let certificate = Certificate::generate_self_signed(vec!["client".to_owned()], provider.crypto()).unwrap();
        let shown_fingerprint = digest(&SHA256, certificate.certificate[0].as_ref()).as_ref().try_into().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 5_000 + u16::from(n)));
        Self {
            seat: seat(n),
            address,
            session: 1,
            ufrag: "them".into(),
            host: Default::default(),
            ssrcs: BTreeMap::new(),
            certificate,
            shown_fingerprint,
            dtls: Endpoint::new(address, TransportProtocol::UDP, None),
            profiles: vec![SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80, SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm],
            reports_arrivals: false,
            keys: None,
            receive: BTreeMap::new(),
            send: BTreeMap::new(),
            got: Got::default(),
            replies: Vec::new(),
            provider,
        }
    }

    /// Audio 0 and camera 1 (two layers) sent, audio 2 and video 3 received.
    pub(super) fn sdp(&self) -> String {
        let digits: Vec<String> = self.shown_fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
        let mut sdp = format!(
            "v=0\r\no=- {} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3\r\na=extmap-allow-mixed\r\n\
             a=ice-ufrag:{}\r\na=ice-pwd:{PASSWORD}\r\na=fingerprint:sha-256 {}\r\na=setup:actpass\r\n",
            self.session,
            self.ufrag,
            digits.join(":")
        );
        for (mid, kind, direction) in
            [(0, "audio", "sendonly"), (1, "video", "sendonly"), (2, "audio", "recvonly"), (3, "video", "recvonly")]
        {
            let formats = if kind == "audio" { "111" } else { "96 97" };
            sdp += &format!(
                "m={kind} 9 UDP/TLS/RTP/SAVPF {formats}\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na={direction}\r\na=rtcp-mux\r\n"
            );
            sdp += "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n";
            if kind == "audio" {
                sdp += "a=rtpmap:111 opus/48000/2\r\n";
            } else {
                sdp += "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";
                sdp += "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n";
                sdp += "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n";
            }
            if direction == "sendonly" && kind == "video" || direction == "recvonly" && self.reports_arrivals {
                sdp += "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n";
                sdp += if kind == "audio" { "a=rtcp-fb:111 transport-cc\r\n" } else { "" };
            }
            if mid == 1 {
                sdp += "a=rid:q send\r\na=rid:f send\r\na=simulcast:send q;f\r\n";
            }
        }
        sdp
    }

    pub(super) fn offer(&self) -> Offer {
        let publication = |mid: &str, track| Publication { mid: Mid(mid.into()), track };
        Offer { sdp: self.sdp(), publications: vec![publication("0", Track::Audio), publication("1", Track::Camera)] }
    }

    pub(super) fn take_answer(&mut self, answer: &str) {
        let value = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
        self.host = (value("a=ice-ufrag:"), value("a=ice-pwd:"));
        let mut mid = String::new();
        for line in answer.lines() {
            if let Some(found) = line.strip_prefix("a=mid:") {
                mid = found.to_owned();
            } else if let Some(group) = line.strip_prefix("a=ssrc-group:FID ") {
                let (media, rtx) = group.split_once(' ').unwrap();
                self.ssrcs.insert(mid.clone(), (media.parse().unwrap(), rtx.parse().unwrap()));
            } else if let Some(ssrc) = line.strip_prefix("a=ssrc:") {
                let ssrc = ssrc.split(' ').next().unwrap().parse().unwrap();
                self.ssrcs.entry(mid.clone()).or_insert((ssrc, 0));
            }
        }
    }

    pub(super) fn connect(&mut self, now: Instant) {
        let config = ConfigBuilder::default()
            .with_crypto_provider(Arc::clone(&self.provider))
            .with_certificates(vec![self.certificate.clone()])
            .with_srtp_protection_profiles(self.profiles.clone())
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            .with_insecure_skip_verify(true)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .build(true, Some(HOST))
            .unwrap();
        self.dtls.connect(now, HOST, Arc::new(config), None).unwrap();
    }

    pub(super) fn take(&mut self, now: Instant, bytes: &mut [u8]) {
        match bytes[0] {
            0 if bytes[1] == 1 => {
                self.replies.push(ice::tests::answer(bytes, &format!("{}:{}", self.ufrag, self.host.0), PASSWORD))
            }
            20..64 => {
                let events = self.dtls.read(now, HOST, None, BytesMut::from(&*bytes)).unwrap_or_default();
                for event in events {
                    match event {
                        EndpointEvent::HandshakeComplete => self.derive(),
                        EndpointEvent::PeerClosed => self.got.closed = true,
                        _ => {}
                    }
                }
            }
            128..192 if (192..224).contains(&bytes[1]) => {
                let Some((opener, _)) = &mut self.keys else { return };
                let length = opener.open_rtcp(bytes).expect("RTCP of the host opens");
                let got = &mut self.got;
                rtcp::read(&bytes[..length], |item| match item {
                    Item::KeyFrame(ssrc) => got.key_frames_wanted.push(ssrc),
                    Item::Nack(ssrc, missing) => got.missing.push((ssrc, missing.numbers().collect())),
                    Item::Sender(ssrc, info) => got.clocks.push((ssrc, info)),
                    Item::Block(_) => got.reports += 1,
                    Item::Arrivals(_) => {}
                });
            }
            128..192 => {
                let Some((opener, _)) = &mut self.keys else { return };
                let header = Header::read(bytes).unwrap();
                let unwrapper = self.receive.entry(header.ssrc).or_default();
                let number = unwrapper.guess(header.sequence);
                let length = opener.open_rtp(&header, number, bytes).expect("media of the host opens");
                unwrapper.commit(number);
                let payload = header.payload(&bytes[..length]).unwrap().to_vec();
                self.got.packets.entry(header.ssrc).or_default().push((header, payload));
            }
            _ => {}
        }
    }

    pub(super) fn derive(&mut self) {
        let state = self.dtls.get_connection_state(HOST).unwrap();
        let profile = match state.srtp_protection_profile() {
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => Profile::Gcm,
            _ => Profile::Sha1,
        };
        let material = state.export_keying_material("EXTRACTOR-dtls_srtp", &[], profile.material_length()).unwrap();
        self.keys = profile.keys(material.as_ref(), false, &self.provider);
    }

    /// One RTP packet under the next number of its SSRC.
    pub(super) fn rtp(
        &mut self,
        ssrc: u32,
        payload_type: u8,
        timestamp: u32,
        extensions: &[(u8, &[u8])],
        payload: &[u8],
    ) -> Vec<u8> {
        let number = *self.send.entry(ssrc).and_modify(|number| *number += 1).or_insert((1 << 16) + 100);
        self.rtp_numbered(ssrc, number, (payload_type, timestamp), extensions, payload)
    }

    pub(super) fn rtp_numbered(
        &mut self,
        ssrc: u32,
        number: u64,
        what: (u8, u32),
        extensions: &[(u8, &[u8])],
        payload: &[u8],
    ) -> Vec<u8> {
        let mut bytes = vec![0x80, what.0];
        bytes.extend_from_slice(&(number as u16).to_be_bytes());
        bytes.extend_from_slice(&what.1.to_be_bytes());
        bytes.extend_from_slice(&ssrc.to_be_bytes());
        bytes.extend_from_slice(payload);
        // The sealer writes for headers of 12 bytes; the extension is spliced in by sealing with the general context instead.
        let (_, sealer) = self.keys.as_mut().unwrap();
        if extensions.is_empty() {
            sealer.seal_rtp(ssrc, number, &mut bytes, 0).unwrap();
            return bytes;
        }
        let mut block = Vec::new();
        for (id, value) in extensions {
            block.push(id << 4 | (value.len() as u8 - 1));
            block.extend_from_slice(value);
        }
        block.resize(block.len().next_multiple_of(4), 0);
        bytes[0] |= 0x10;
        let mut head = vec![0xbe, 0xde];
        head.extend_from_slice(&((block.len() / 4) as u16).to_be_bytes());
        head.extend_from_slice(&block);
        bytes.splice(12..12, head);
        let length = Header::read(&bytes).unwrap().length;
        sealer.seal_rtp_behind(length, (ssrc, number), &mut bytes).unwrap();
        bytes
    }

    pub(super) fn rtcp(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut plain = Vec::new();
        write(&mut plain);
        self.keys.as_mut().unwrap().1.seal_rtcp(&plain).unwrap()
    }

    pub(super) fn received(&self, mid: &str) -> &[(Header, Vec<u8>)] {
        self.got.packets.get(&self.ssrcs[mid].0).map_or(&[], Vec::as_slice)
    }

    pub(super) fn repeated(&self, mid: &str) -> &[(Header, Vec<u8>)] {
        self.got.packets.get(&self.ssrcs[mid].1).map_or(&[], Vec::as_slice)
    }
}
