//! Writing the answer to an offer (RFC 8829 §5.3): what we take, what we refuse, and how the browser shall encode.
//!
//! **Invariant:** one section per offered section in the same order, one bundle of the accepted ones; every section the client receives in
//! has a fixed SSRC, used or not, so that it can be filled and emptied without a new offer.

use super::codec::Codec;
use super::dtls::Fingerprint;
use super::ice::Credentials;
use super::sdp::{Description, ExtensionIds, Format, Kind, Section};
use std::fmt::Write;
use std::net::SocketAddr;

/// Where a browser's bandwidth estimate begins, kbit/s: enough that all simulcast layers come up at once. Its own estimate corrects
/// it from our feedback within a second; higher would hurt thin uplinks during that second.
const START_KBIT: u32 = 1_800;
/// Below what its estimate does not fall, kbit/s: sound and the smallest picture that moves. Where a tenth is lost and delay comes in waves, the
/// estimate falls to the floor whatever the path carries, and Chromium's own floor leaves pictures 15 kbit/s, every third of them. A path
/// that carries less than this is one for sound only, which a person can choose.
const LEAST_KBIT: u32 = 150;

/// The header extension with the transport-wide number.
const TRANSPORT_WIDE: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// What a section we fill is known by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Downlink {
    /// SSRC of the media.
    pub(crate) ssrc: u32,
    /// SSRC of its retransmissions.
    pub(crate) rtx: u32,
    /// Which pair of audio and video it belongs to: browsers play what shares a stream in lip-sync.
    pub(crate) stream: usize,
}

/// What we decided about one offered section.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    /// Refused or stopped: port 0.
    pub(crate) rejected: bool,
    /// We take what the client sends.
    pub(crate) takes: bool,
    /// We send in it.
    pub(crate) fills: Option<Downlink>,
    /// Codecs, the first is what the client shall send.
    pub(crate) formats: Vec<Format>,
}

/// What stands in every section.
pub(crate) struct Transport<'a> {
    /// Our half of ICE.
    pub(crate) credentials: &'a Credentials,
    /// Of our certificate.
    pub(crate) fingerprint: &'a Fingerprint,
    /// Where we can be reached.
    pub(crate) candidates: &'a [SocketAddr],
    /// Where we can be reached over TCP (RFC 6544, passive).
    pub(crate) streams: &'a [SocketAddr],
}

/// The formats we agree to in a section: one when the client sends, every one we know when it only receives.
pub(crate) fn agreed_formats(section: &Section) -> Vec<Format> {
    let mut formats = section.formats.clone();
    // VP8 first: the one codec that both browsers send in simulcast layers of every size.
    formats.sort_by_key(|format| format.codec != Codec::Vp8);
    if section.sends {
        formats.truncate(1);
    }
    formats
}

/// The id under which we number what we send in a section: in the one-byte form, and only where arrivals are reported.
pub(crate) fn numbered(section: &Section) -> Option<u8> {
    section.extensions.transport_cc.filter(|id| section.transport_cc && (1..=14).contains(id))
}

/// Writes the whole answer; `verdicts` are in the order of the offer's sections.
pub(crate) fn write(offer: &Description, verdicts: &[Verdict], transport: &Transport<'_>) -> String {
    let mut out = String::with_capacity(512 + offer.sections.len() * 768);
    // Writing to a String cannot fail; the results are dropped for that reason.
    let _ = session(&mut out, offer, verdicts);
    let mut first = true;
    for (section, verdict) in offer.sections.iter().zip(verdicts) {
        if verdict.rejected {
            let _ = rejected(&mut out, section);
        } else {
            let _ = accepted(&mut out, section, verdict, transport, core::mem::take(&mut first));
        }
    }
    out
}

fn session(out: &mut String, offer: &Description, verdicts: &[Verdict]) -> std::fmt::Result {
    write!(out, "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\na=msid-semantic: WMS *\r\na=group:BUNDLE")?;
    for (section, _) in offer.sections.iter().zip(verdicts).filter(|(_, verdict)| !verdict.rejected) {
        write!(out, " {}", section.mid.0)?;
    }
    write!(out, "\r\n")?;
    if offer.mixed_extensions {
        write!(out, "a=extmap-allow-mixed\r\n")?;
    }
    Ok(())
}

fn rejected(out: &mut String, section: &Section) -> std::fmt::Result {
    let media = match section.kind {
        Kind::Audio => "audio 0 UDP/TLS/RTP/SAVPF 0",
        Kind::Video => "video 0 UDP/TLS/RTP/SAVPF 0",
        Kind::Other => "application 0 UDP/DTLS/SCTP webrtc-datachannel",
    };
    write!(out, "m={media}\r\nc=IN IP4 0.0.0.0\r\na=mid:{}\r\na=inactive\r\n", section.mid.0)
}

fn accepted(
    out: &mut String,
    section: &Section,
    verdict: &Verdict,
    transport: &Transport<'_>,
    with_candidates: bool,
) -> std::fmt::Result {
    write!(out, "m={} 9 UDP/TLS/RTP/SAVPF", if section.kind == Kind::Audio { "audio" } else { "video" })?;
    for payload_type in verdict.formats.iter().flat_map(|format| [Some(format.payload_type), format.rtx]).flatten() {
        write!(out, " {payload_type}")?;
    }
    write!(out, "\r\nc=IN IP4 0.0.0.0\r\na=mid:{}\r\n", section.mid.0)?;
    let direction = match (verdict.takes, verdict.fills.is_some()) {
        (true, true) => "sendrecv",
        (true, false) => "recvonly",
        (false, true) => "sendonly",
        (false, false) => "inactive",
    };
    write!(
        out,
        "a={direction}\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\n",
        transport.credentials.ufrag(),
        transport.credentials.password()
    )?;
    let digits: Vec<String> = transport.fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
    write!(out, "a=fingerprint:sha-256 {}\r\na=setup:passive\r\na=rtcp-mux\r\na=rtcp-rsize\r\n", digits.join(":"))?;
    for format in &verdict.formats {
        codec(out, section, verdict, format)?;
    }
    if section.kind == Kind::Audio {
        write!(out, "a=ptime:20\r\na=maxptime:20\r\n")?;
    }
    if verdict.takes {
        uplink(out, section)?;
    }
    if let Some(downlink) = &verdict.fills {
        let with_rtx = verdict.formats.iter().any(|format| format.rtx.is_some());
        if let Some(id) = numbered(section).filter(|_| !verdict.takes) {
            write!(out, "a=extmap:{id} {TRANSPORT_WIDE}\r\n")?;
        }
        fill(out, downlink, with_rtx)?;
    }
    if with_candidates {
        for (number, candidate) in transport.candidates.iter().enumerate() {
            // RFC 8445 §5.1.2.1: host candidates, the first preferred.
            let priority = (126u32 << 24) + ((65_535 - number.min(65_535) as u32) << 8) + 255;
            write!(out, "a=candidate:{} 1 udp {priority} {} {} typ host\r\n", number + 1, candidate.ip(), candidate.port())?;
        }
        for (number, candidate) in transport.streams.iter().enumerate() {
            // RFC 6544 §4.2: below every UDP candidate; passive host candidates have direction preference 4.
            let priority = (90u32 << 24) + (((4 << 13) + 8_191 - number.min(8_191) as u32) << 8) + 255;
            let foundation = transport.candidates.len() + number + 1;
            let (ip, port) = (candidate.ip(), candidate.port());
            write!(out, "a=candidate:{foundation} 1 tcp {priority} {ip} {port} typ host tcptype passive\r\n")?;
        }
        write!(out, "a=end-of-candidates\r\n")?;
    }
    Ok(())
}

fn codec(out: &mut String, section: &Section, verdict: &Verdict, format: &Format) -> std::fmt::Result {
    let payload_type = format.payload_type;
    let name = match format.codec {
        Codec::Opus => "opus/48000/2",
        Codec::Vp8 => "VP8/90000",
        Codec::Vp9 => "VP9/90000",
    };
    write!(out, "a=rtpmap:{payload_type} {name}\r\n")?;
    if section.transport_cc {
        write!(out, "a=rtcp-fb:{payload_type} transport-cc\r\n")?;
    }
    if format.codec == Codec::Opus {
        // No browser offers it, and all that can do it take it from the answer: what they send is then kept to be repeated.
        write!(out, "a=rtcp-fb:{payload_type} nack\r\n")?;
        // Constant bit rate and no silence suppression: what is said must not show in the size of packets.
        write!(out, "a=fmtp:{payload_type} minptime=10;useinbandfec=1;cbr=1;usedtx=0;stereo=0;sprop-stereo=0\r\n")?;
        return Ok(());
    }
    write!(out, "a=rtcp-fb:{payload_type} nack\r\na=rtcp-fb:{payload_type} nack pli\r\na=rtcp-fb:{payload_type} ccm fir\r\n")?;
    let profile = if format.codec == Codec::Vp9 { "profile-id=0;" } else { "" };
    let start = if verdict.takes { format!("x-google-start-bitrate={START_KBIT};") } else { String::new() };
    // In every section: of the sections that say nothing, the last would take the floor away again.
    write!(out, "a=fmtp:{payload_type} {profile}{start}x-google-min-bitrate={LEAST_KBIT}\r\n")?;
    if let Some(rtx) = format.rtx {
        write!(out, "a=rtpmap:{rtx} rtx/90000\r\na=fmtp:{rtx} apt={payload_type}\r\n")?;
    }
    Ok(())
}

/// The extensions we want on what the client sends, and its simulcast layers. Audio level, absolute send time, orientation and all
/// others are refused by not being named: the first tells who speaks, the browser turns pictures upright by itself without the last.
fn uplink(out: &mut String, section: &Section) -> std::fmt::Result {
    let ExtensionIds { mid, rid, repaired_rid, transport_cc, dependency, dependency_one_way } = section.extensions;
    let video = section.kind == Kind::Video;
    let wanted = [
        (mid, "urn:ietf:params:rtp-hdrext:sdes:mid"),
        (rid.filter(|_| video), "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"),
        (repaired_rid.filter(|_| video), "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"),
        (transport_cc.filter(|_| section.transport_cc), TRANSPORT_WIDE),
        (dependency.filter(|_| video), "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"),
    ];
    for (id, uri) in wanted {
        if let Some(id) = id {
            let direction = if dependency_one_way && Some(id) == dependency { "/recvonly" } else { "" };
            write!(out, "a=extmap:{id}{direction} {uri}\r\n")?;
        }
    }
    for rid in &section.rids {
        write!(out, "a=rid:{} recv\r\n", rid.0)?;
    }
    if !section.rids.is_empty() {
        let list: Vec<&str> = section.rids.iter().map(|rid| rid.0.as_str()).collect();
        write!(out, "a=simulcast:recv {}\r\n", list.join(";"))?;
    }
    Ok(())
}

fn fill(out: &mut String, downlink: &Downlink, with_rtx: bool) -> std::fmt::Result {
    let Downlink { ssrc, rtx, stream } = downlink;
    write!(out, "a=msid:p{stream} t{ssrc}\r\n")?;
    if with_rtx {
        write!(out, "a=ssrc-group:FID {ssrc} {rtx}\r\n")?;
    }
    write!(out, "a=ssrc:{ssrc} cname:p{stream}\r\na=ssrc:{ssrc} msid:p{stream} t{ssrc}\r\n")?;
    if with_rtx {
        write!(out, "a=ssrc:{rtx} cname:p{stream}\r\na=ssrc:{rtx} msid:p{stream} t{ssrc}\r\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc_sdp::description::session::SessionDescription;

    fn answer(offer: &str, with_datachannel: bool) -> String {
        let mut text = offer.to_owned();
        if with_datachannel {
            text = text.replace("BUNDLE 0 1 2 3", "BUNDLE 0 1 2 3 4");
            text.push_str(
                "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:4\r\na=sctp-port:5000\r\n",
            );
        }
        let description = Description::parse(&text).unwrap();
        let verdicts: Vec<Verdict> = (1u32..)
            .zip(&description.sections)
            .map(|(number, section)| Verdict {
                rejected: section.kind == Kind::Other,
                takes: section.sends,
                fills: section.receives.then_some(Downlink { ssrc: number * 100, rtx: number * 100 + 1, stream: 1 }),
                formats: agreed_formats(section),
            })
            .collect();
        let transport = Transport {
            credentials: &Credentials::draw([1; 32], crate::core::transport::ice::Stamp::draw([0; 4]), 0),
            fingerprint: &[7; 32],
            candidates: &["127.0.0.1:9".parse().unwrap(), "[2001:db8::1]:9".parse().unwrap()],
            streams: &["[2001:db8::1]:9".parse().unwrap()],
        };
        write(&description, &verdicts, &transport)
    }

    const CHROMIUM: &str = include_str!("offers/chromium-156.sdp");
    const FIREFOX: &str = include_str!("offers/firefox-153.sdp");

    #[test]
    fn rtc_sdp_reads_the_answer() {
        for offer in [CHROMIUM, FIREFOX] {
            let text = answer(offer, true);
            let read = SessionDescription::unmarshal(&mut std::io::Cursor::new(&text)).unwrap();
            assert_eq!(read.media_descriptions.len(), 5);
            let ports: Vec<isize> = read.media_descriptions.iter().map(|media| media.media_name.port.value).collect();
            assert_eq!(ports, [9, 9, 9, 9, 0]);
            let directions: Vec<bool> =
                read.media_descriptions.iter().map(|media| media.attribute("sendonly").is_some()).collect();
            assert_eq!(directions, [false, false, true, true, false]);
        }
    }

    #[test]
    fn udp_is_preferred_and_tcp_is_passive() {
        let text = answer(CHROMIUM, false);
        let candidates: Vec<Vec<&str>> =
            text.lines().filter_map(|line| Some(line.strip_prefix("a=candidate:")?.split(' ').collect())).collect();
        assert_eq!(candidates.iter().map(|words| words[2]).collect::<Vec<_>>(), ["udp", "udp", "tcp"]);
        assert!(candidates.windows(2).all(|pair| pair[0][3].parse::<u32>().unwrap() > pair[1][3].parse().unwrap()));
        assert_eq!(candidates[2][4..], ["2001:db8::1", "9", "typ", "host", "tcptype", "passive"]);
    }

    #[test]
    fn only_what_we_use_is_taken() {
        for offer in [CHROMIUM, FIREFOX] {
            let text = answer(offer, false);
            for refused in
                ["audio-level", "abs-send-time", "video-orientation", "toffset", "H264", "AV1", "red/", "goog-remb", "playout"]
            {
                assert!(!text.contains(refused), "{refused}");
            }
            for taken in [
                "useinbandfec=1;cbr=1;usedtx=0",
                "nack pli",
                "ccm fir",
                "x-google-start-bitrate=1800;x-google-min-bitrate=150",
                "a=simulcast:recv",
                "a=ice-lite",
                "dependency-descriptor",
            ] {
                assert!(text.contains(taken), "{taken}");
            }
            let sections: Vec<&str> = text.split("m=").skip(1).collect();
            let is_numbered = |section: &&str| section.contains(TRANSPORT_WIDE) && section.contains(" transport-cc\r\n");
            assert!(sections.iter().all(is_numbered), "both ways, sound and pictures");
            let dependency = text.matches("dependency-descriptor").count();
            assert_eq!(dependency, 1, "on the uplink only");
        }
    }

    #[test]
    fn receiving_sections_have_fixed_sources_and_share_a_stream() {
        let text = answer(CHROMIUM, false);
        assert!(text.contains("a=ssrc-group:FID 400 401\r\n") && text.contains("a=ssrc:300 cname:p1\r\n"));
        assert_eq!(text.matches("a=msid:p1 ").count(), 2);
    }

    #[test]
    fn the_one_way_extension_is_mirrored() {
        assert!(answer(FIREFOX, false).contains("a=extmap:8/recvonly https://aomedia"));
        assert!(answer(CHROMIUM, false).contains("a=extmap:12 https://aomedia"));
    }

    #[test]
    fn vp9_is_taken_where_there_is_no_vp8() {
        let text = answer(&CHROMIUM.replace("VP8/90000", "X8/90000"), false);
        assert!(text.contains("m=video 9 UDP/TLS/RTP/SAVPF 98 99\r\n") && text.contains("profile-id=0;x-google-start"));
    }
}
