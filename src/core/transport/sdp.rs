//! Reading a browser's offer (RFC 8866, RFC 8829). The client always offers; see `answer.rs` for what we say to it.
//!
//! **Invariant:** any text gives a [`Description`] within the limits or `None`. Nothing from the text is echoed except names that were
//! checked (`mid`, `rid`) and numbers.

use super::codec::Codec;
use super::dtls::Fingerprint;
use wire::{Mid, limits};

/// Formats listed by one section, at most. Chromium lists about 40.
const FORMATS: usize = 128;
/// Simulcast layers of one section. Browsers make three.
pub(crate) const LAYERS: usize = 4;
/// SSRCs named by one section.
const SOURCES: usize = 16;

/// What a section carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `m=audio`.
    Audio,
    /// `m=video`.
    Video,
    /// Anything else; always refused.
    Other,
}

/// One codec of a section, with its retransmission format (RFC 4588).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    /// What it is.
    pub(crate) codec: Codec,
    /// Payload type.
    pub(crate) payload_type: u8,
    /// Payload type of its retransmissions, if there is one.
    pub(crate) rtx: Option<u8>,
}

/// Ids of the header extensions (RFC 8285) that we use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExtensionIds {
    /// `urn:ietf:params:rtp-hdrext:sdes:mid`.
    pub(crate) mid: Option<u8>,
    /// `…:sdes:rtp-stream-id`.
    pub(crate) rid: Option<u8>,
    /// `…:sdes:repaired-rtp-stream-id`.
    pub(crate) repaired_rid: Option<u8>,
    /// Transport-wide sequence number, version 1.
    pub(crate) transport_cc: Option<u8>,
    /// Dependency descriptor.
    pub(crate) dependency: Option<u8>,
    /// The dependency descriptor was offered as `/sendonly` (Firefox does); the answer mirrors it.
    pub(crate) dependency_one_way: bool,
}

/// A simulcast rid, as short as browsers' clients make them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rid(pub(crate) String);

impl Rid {
    /// RFC 8852 §3.1: letters and digits; we take up to 16.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        ((1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
            .then(|| Self(text.to_owned()))
    }
}

/// One media section of an offer.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// Its name.
    pub(crate) mid: Mid,
    /// What it carries.
    pub(crate) kind: Kind,
    /// Port 0 without `bundle-only`: the transceiver was stopped.
    pub(crate) stopped: bool,
    /// The client wants to send in it.
    pub(crate) sends: bool,
    /// The client wants to receive in it.
    pub(crate) receives: bool,
    /// The codecs we know, in the client's order.
    pub(crate) formats: Vec<Format>,
    /// The extensions we know.
    pub(crate) extensions: ExtensionIds,
    /// The client spoke of transport-wide feedback for at least one format.
    pub(crate) transport_cc: bool,
    /// Simulcast layers it sends, lowest first as our clients have it.
    pub(crate) rids: Vec<Rid>,
    /// SSRCs it announced, each with that of its retransmissions.
    pub(crate) sources: Vec<(u32, Option<u32>)>,
}

/// A whole offer.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    /// `sess-id` of the origin: another one is another PeerConnection.
    pub(crate) session: String,
    /// The client's ICE ufrag and password: another pair is an ICE restart.
    pub(crate) ice: (String, String),
    /// SHA-256 of the client's certificate.
    pub(crate) fingerprint: Fingerprint,
    /// `a=extmap-allow-mixed` was there (RFC 8285 §6).
    pub(crate) mixed_extensions: bool,
    /// Sections in order.
    pub(crate) sections: Vec<Section>,
}

/// Attributes that may stand at session or section level.
#[derive(Clone, Default)]
struct Common<'a> {
    ufrag: Option<&'a str>,
    password: Option<&'a str>,
    fingerprint: Option<Fingerprint>,
    passive: bool,
}

impl<'a> Common<'a> {
    fn attribute(&mut self, name: &str, value: &'a str) {
        match name {
            "ice-ufrag" => self.ufrag = Some(value),
            "ice-pwd" => self.password = Some(value),
            "fingerprint" => self.fingerprint = parse_fingerprint(value).or(self.fingerprint),
            "setup" => self.passive = value == "passive",
            _ => {}
        }
    }
}

impl Description {
    /// Reads an offer. `None` when it lacks what every WebRTC offer has, or holds more than the limits allow.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > limits::SDP_BYTES {
            return None;
        }
        let mut lines = text.lines().map(str::trim_end).peekable();
        let head = Head::read(core::iter::from_fn(|| lines.next_if(|line| !line.starts_with("m="))));
        let mut sections: Vec<Section> = Vec::new();
        let mut transport = None;
        while let Some(media) = lines.next() {
            let mut reader = SectionReader::begin(media, head.common.clone())?;
            while let Some(line) = lines.next_if(|line| !line.starts_with("m=")) {
                reader.line(line);
            }
            let (section, common) = reader.finish()?;
            let repeated = sections.iter().any(|other| other.mid == section.mid);
            let apart = !section.stopped && !head.bundle.contains(&section.mid.0.as_str());
            if repeated || apart || sections.len() >= limits::MEDIA_SECTIONS {
                return None;
            }
            transport = transport.or(Some(common).filter(|_| !section.stopped));
            sections.push(section);
        }
        let transport = transport.filter(|common| !common.passive)?;
        Some(Self {
            session: head.session?,
            ice: (credential(transport.ufrag?, 4)?, credential(transport.password?, 22)?),
            fingerprint: transport.fingerprint?,
            mixed_extensions: head.mixed_extensions,
            sections,
        })
    }
}

/// What stands before the first section.
#[derive(Default)]
struct Head<'a> {
    session: Option<String>,
    common: Common<'a>,
    mixed_extensions: bool,
    bundle: Vec<&'a str>,
}

impl<'a> Head<'a> {
    fn read(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut head = Self::default();
        for line in lines {
            if let Some(origin) = line.strip_prefix("o=") {
                head.session = origin.split(' ').nth(1).filter(|id| id.len() <= 64).map(str::to_owned);
            } else if let Some(attribute) = line.strip_prefix("a=") {
                let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
                head.common.attribute(name, value);
                head.mixed_extensions |= name == "extmap-allow-mixed";
                if let Some(mids) = value.strip_prefix("BUNDLE").filter(|_| name == "group") {
                    head.bundle = mids.split_whitespace().collect();
                }
            }
        }
        head
    }
}

/// RFC 8839 §5.4: 4 to 256 characters of ufrag, 22 to 256 of password.
fn credential(text: &str, least: usize) -> Option<String> {
    (least..=256).contains(&text.len()).then(|| text.to_owned())
}

/// `sha-256 AB:CD:…`
fn parse_fingerprint(value: &str) -> Option<Fingerprint> {
    let (hash, digits) = value.split_once(' ')?;
    if !hash.eq_ignore_ascii_case("sha-256") {
        return None;
    }
    let mut found = [0; 32];
    let mut pairs = digits.trim().split(':');
    for byte in &mut found {
        *byte = u8::from_str_radix(pairs.next().filter(|pair| pair.len() == 2)?, 16).ok()?;
    }
    pairs.next().is_none().then_some(found)
}

/// A format as far as it has been read.
struct Candidate {
    payload_type: u8,
    codec: Option<Codec>,
    retransmits: Option<u8>,
    /// A VP9 profile we do not forward.
    foreign: bool,
}

/// Collects the lines of one section.
struct SectionReader<'a> {
    section: Section,
    mid: Option<Mid>,
    common: Common<'a>,
    port: bool,
    bundle_only: bool,
    candidates: Vec<Candidate>,
    simulcast: Option<&'a str>,
    pairs: Vec<(u32, u32)>,
}

impl<'a> SectionReader<'a> {
    fn begin(media: &'a str, common: Common<'a>) -> Option<Self> {
        let mut words = media.strip_prefix("m=")?.split(' ');
        let kind = match words.next()? {
            "audio" => Kind::Audio,
            "video" => Kind::Video,
            _ => Kind::Other,
        };
        let port: u16 = words.next()?.parse().ok()?;
        let candidates = words
            .skip(1)
            .take(FORMATS)
            .filter_map(|word| word.parse().ok().filter(|payload_type| *payload_type < 128))
            .map(|payload_type| Candidate { payload_type, codec: None, retransmits: None, foreign: false })
            .collect();
        let section = Section {
            mid: Mid(String::new()),
            kind,
            stopped: false,
            sends: true,
            receives: true,
            formats: Vec::new(),
            extensions: ExtensionIds::default(),
            transport_cc: false,
            rids: Vec::new(),
            sources: Vec::new(),
        };
        Some(Self {
            section,
            mid: None,
            common,
            port: port != 0,
            bundle_only: false,
            candidates,
            simulcast: None,
            pairs: Vec::new(),
        })
    }

    fn line(&mut self, line: &'a str) {
        let Some(attribute) = line.strip_prefix("a=") else { return };
        let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        self.common.attribute(name, value);
        match name {
            "mid" => self.mid = Some(Mid(value.to_owned())).filter(Mid::is_sane),
            "bundle-only" => self.bundle_only = true,
            "sendonly" => self.section.receives = false,
            "recvonly" => self.section.sends = false,
            "inactive" => (self.section.sends, self.section.receives) = (false, false),
            "rtpmap" => self.rtpmap(value),
            "fmtp" => self.fmtp(value),
            "rtcp-fb" => self.section.transport_cc |= value.ends_with("transport-cc"),
            "extmap" => self.extmap(value),
            "simulcast" => self.simulcast = Some(value),
            "ssrc-group" => self.ssrc_group(value),
            "ssrc" => self.ssrc(value),
            _ => {}
        }
    }

    fn candidate(&mut self, payload_type: &str) -> Option<&mut Candidate> {
        let payload_type: u8 = payload_type.parse().ok()?;
        self.candidates.iter_mut().find(|candidate| candidate.payload_type == payload_type)
    }

    fn rtpmap(&mut self, value: &str) {
        let Some((payload_type, name)) = value.split_once(' ') else { return };
        let codec = match name.to_ascii_lowercase().as_str() {
            "opus/48000/2" => Codec::Opus,
            "vp8/90000" => Codec::Vp8,
            "vp9/90000" => Codec::Vp9,
            _ => return,
        };
        let wanted = if codec == Codec::Opus { Kind::Audio } else { Kind::Video };
        if self.section.kind == wanted
            && let Some(candidate) = self.candidate(payload_type)
        {
            candidate.codec = Some(codec);
        }
    }

    fn fmtp(&mut self, value: &str) {
        let Some((payload_type, parameters)) = value.split_once(' ') else { return };
        let Some(candidate) = self.candidate(payload_type) else { return };
        for parameter in parameters.split(';').map(str::trim) {
            match parameter.split_once('=') {
                Some(("apt", original)) => candidate.retransmits = original.parse().ok(),
                Some(("profile-id", profile)) => candidate.foreign = profile != "0",
                _ => {}
            }
        }
    }

    fn extmap(&mut self, value: &str) {
        let mut words = value.split(' ');
        let (Some(id), Some(uri)) = (words.next(), words.next()) else { return };
        let one_way = id.ends_with("/sendonly");
        let id = id.split('/').next().and_then(|id| id.parse::<u8>().ok()).filter(|id| (1..=254).contains(id) && *id != 15);
        let ids = &mut self.section.extensions;
        match uri {
            "urn:ietf:params:rtp-hdrext:sdes:mid" => ids.mid = id,
            "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id" => ids.rid = id,
            "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id" => ids.repaired_rid = id,
            "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01" => ids.transport_cc = id,
            "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension" => {
                (ids.dependency, ids.dependency_one_way) = (id, one_way);
            }
            _ => {}
        }
    }

    fn ssrc_group(&mut self, value: &str) {
        let mut words = value.split(' ');
        if words.next() == Some("FID")
            && self.pairs.len() < SOURCES
            && let (Some(Ok(media)), Some(Ok(rtx))) = (words.next().map(str::parse), words.next().map(str::parse))
        {
            self.pairs.push((media, rtx));
        }
    }

    fn ssrc(&mut self, value: &str) {
        let Some(Ok(ssrc)) = value.split(' ').next().map(str::parse) else { return };
        let sources = &mut self.section.sources;
        if sources.len() < SOURCES && !sources.iter().any(|(known, _)| *known == ssrc) {
            sources.push((ssrc, None));
        }
    }

    fn finish(mut self) -> Option<(Section, Common<'a>)> {
        self.section.mid = self.mid.take()?;
        self.section.stopped = !self.port && !self.bundle_only;
        self.section.rids = self.rids();
        let known = |candidate: &Candidate| Some((candidate.codec.filter(|_| !candidate.foreign)?, candidate.payload_type));
        for (codec, payload_type) in self.candidates.iter().filter_map(known) {
            let rtx =
                self.candidates.iter().find(|other| other.retransmits == Some(payload_type)).map(|other| other.payload_type);
            if !self.section.formats.iter().any(|format| format.codec == codec) {
                self.section.formats.push(Format { codec, payload_type, rtx });
            }
        }
        for (media, rtx) in &self.pairs {
            self.section.sources.retain(|(ssrc, _)| ssrc != rtx);
            if let Some(source) = self.section.sources.iter_mut().find(|(ssrc, _)| ssrc == media) {
                source.1 = Some(*rtx);
            }
        }
        Some((self.section, self.common))
    }

    /// `a=simulcast:send q;h;f`: layers between semicolons, alternatives between commas, `~` before paused ones (RFC 8853 §5.1).
    fn rids(&self) -> Vec<Rid> {
        let mut words = self.simulcast.unwrap_or_default().split(' ');
        while let Some(direction) = words.next() {
            let list = words.next().unwrap_or_default();
            if direction == "send" {
                let first = |layer: &str| layer.split(',').next().map(|rid| rid.trim_start_matches('~').to_owned());
                return list.split(';').filter_map(first).filter_map(|rid| Rid::parse(&rid)).take(LAYERS).collect();
            }
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) const CHROMIUM: &str = include_str!("offers/chromium-156.sdp");
    pub(crate) const FIREFOX: &str = include_str!("offers/firefox-153.sdp");

    #[test]
    fn chromiums_offer_is_understood() {
        let offer = Description::parse(CHROMIUM).unwrap();
        assert_eq!(offer.session, "4711");
        assert_eq!(offer.fingerprint[31], 0x1f);
        assert!(offer.mixed_extensions);
        let [audio, camera, hear, see] = offer.sections.as_slice() else { panic!("four sections") };
        assert!(audio.sends && !audio.receives && hear.receives && !hear.sends && see.receives);
        assert_eq!(audio.formats, [Format { codec: Codec::Opus, payload_type: 111, rtx: None }]);
        assert_eq!(audio.sources, [(1000, None)]);
        assert_eq!(camera.formats[0], Format { codec: Codec::Vp8, payload_type: 96, rtx: Some(97) });
        assert_eq!(camera.formats[1], Format { codec: Codec::Vp9, payload_type: 98, rtx: Some(99) });
        assert_eq!(camera.rids.iter().map(|rid| rid.0.as_str()).collect::<Vec<_>>(), ["q", "h", "f"]);
        let ids = camera.extensions;
        assert_eq!(
            (ids.mid, ids.rid, ids.repaired_rid, ids.transport_cc, ids.dependency),
            (Some(4), Some(10), Some(11), Some(3), Some(12))
        );
    }

    #[test]
    fn firefoxs_offer_is_understood() {
        let offer = Description::parse(FIREFOX).unwrap();
        let [audio, camera, ..] = offer.sections.as_slice() else { panic!("four sections") };
        assert_eq!(audio.formats, [Format { codec: Codec::Opus, payload_type: 109, rtx: None }]);
        assert!(!camera.stopped, "bundle-only is not stopped");
        assert_eq!(camera.formats[0], Format { codec: Codec::Vp8, payload_type: 120, rtx: Some(124) });
        assert_eq!(camera.rids.iter().map(|rid| rid.0.as_str()).collect::<Vec<_>>(), ["h", "f"]);
        assert_eq!(camera.sources.len(), 2);
        assert!(camera.sources.iter().all(|(_, rtx)| rtx.is_some()));
        assert!(camera.extensions.dependency_one_way);
    }

    #[test]
    fn what_is_no_webrtc_offer_is_refused() {
        let without = |part: &str| {
            Description::parse(&CHROMIUM.lines().filter(|line| !line.starts_with(part)).collect::<Vec<_>>().join("\r\n"))
        };
        for part in ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=group", "a=mid", "o="] {
            assert!(without(part).is_none(), "{part}");
        }
        assert!(without("a=msid").is_some());
        assert!(Description::parse(&CHROMIUM.replace("setup:actpass", "setup:passive")).is_none());
        assert!(Description::parse(&CHROMIUM.replace("a=mid:1", "a=mid:0")).is_none());
        assert!(Description::parse(&" ".repeat(limits::SDP_BYTES + 1)).is_none());
    }

    #[test]
    fn too_many_sections_are_refused() {
        let (head, sections) = CHROMIUM.split_once("m=").unwrap();
        let one = sections.split("m=").next().unwrap();
        let mids: Vec<String> = (0..=limits::MEDIA_SECTIONS).map(|mid| mid.to_string()).collect();
        let many: String = mids.iter().map(|mid| format!("m={}", one.replace("a=mid:0", &format!("a=mid:{mid}")))).collect();
        let text = format!("{}{many}", head.replace("BUNDLE 0 1 2 3", &format!("BUNDLE {}", mids.join(" "))));
        assert!(Description::parse(&text).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(?s).{0,400}") {
            let _ = Description::parse(&text);
        }

        /// Lines of real offers, cut, repeated and mixed.
        #[test]
        fn any_mixture_of_real_lines_is_read_without_panic(picks in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..120)) {
            let lines: Vec<&str> = CHROMIUM.lines().chain(FIREFOX.lines()).collect();
            let mut text = String::from("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\na=group:BUNDLE 0 1 2 3\r\n");
            for (pick, cut) in picks {
                let line = pick.get(&lines);
                let end = if cut < 200 { line.len() } else { line.len().min(usize::from(cut) - 200) };
                text.push_str(&line[..end]);
                text.push_str("\r\n");
            }
            if let Some(offer) = Description::parse(&text) {
                prop_assert!(offer.sections.iter().all(|section| section.mid.is_sane() && section.rids.len() <= LAYERS));
            }
        }
    }
}
