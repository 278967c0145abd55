//! What we do not leave to the host's answer, nor to the browser's offer.
//!
//! **Invariant:** whatever the host answers, our sound goes out at a constant rate, without pauses and without its level in the
//! clear: a host that may choose could otherwise read who speaks, and more, from sizes and times (PROTOCOL.md §8).
//!
//! Pure text in, text out. Lines are kept as they are unless they are replaced or dropped.

use crate::model::Over;

/// RFC 6464 (client to mixer) and RFC 6465 (mixer to client): levels of sound in the clear.
pub(crate) const AUDIO_LEVEL_EXTENSIONS: [&str; 2] =
    ["urn:ietf:params:rtp-hdrext:ssrc-audio-level", "urn:ietf:params:rtp-hdrext:csrc-audio-level"];

/// What an Opus encoder is told (RFC 7587 §6.1): constant bit rate, no pauses, repair inside the band, one channel, 32 kbit/s.
/// More bits buy music, not words; fewer make consonants hard to tell apart.
const OPUS: &str = "minptime=10;useinbandfec=1;usedtx=0;cbr=1;stereo=0;sprop-stereo=0;maxaveragebitrate=32000";

/// The description without any header extension that tells a level of sound.
pub(crate) fn without_audio_level(sdp: &str) -> String {
    lines(sdp).filter(|line| !AUDIO_LEVEL_EXTENSIONS.iter().any(|uri| is_extension(line, uri))).map(with_end).collect()
}

/// The host's answer as the browser shall hear it: no levels, Opus at a constant rate in 20 ms frames.
pub(crate) fn tightened_answer(answer: &str) -> String {
    let quiet = without_audio_level(answer);
    let opus: Vec<&str> = lines(&quiet).filter_map(opus_payload_type).collect();
    let mut tightened = String::with_capacity(quiet.len() + 128);
    let mut in_audio = false;
    for line in lines(&quiet) {
        if line.starts_with("m=") {
            in_audio = line.starts_with("m=audio");
        }
        let dictates_opus = parameters_of(line).is_some_and(|payload_type| opus.contains(&payload_type));
        let dictates_time = line.starts_with("a=ptime:") || line.starts_with("a=maxptime:");
        if in_audio && (dictates_opus || dictates_time) {
            continue;
        }
        tightened.push_str(&with_end(line));
        if let Some(payload_type) = opus_payload_type(line) {
            tightened.push_str(&with_end(&format!("a=fmtp:{payload_type} {OPUS}")));
            tightened.push_str(&with_end("a=ptime:20"));
        }
    }
    tightened
}

/// The answer without the candidates (RFC 8839 §5.1) of other ways than may be taken. To a relay's client those over UDP lead.
pub(crate) fn only_over(over: Over, answer: String) -> String {
    let wanted = match over {
        Over::Any => return answer,
        Over::Udp | Over::Relay => "udp",
        Over::Tcp => "tcp",
    };
    let transport = |line: &str| line.strip_prefix("a=candidate:")?.split(' ').nth(2).map(str::to_ascii_lowercase);
    lines(&answer).filter(|line| transport(line).is_none_or(|transport| transport == wanted)).map(with_end).collect()
}

/// The first certificate fingerprint (RFC 8122): the same host process shows the same one.
pub(crate) fn fingerprint(sdp: &str) -> Option<&str> {
    lines(sdp).find_map(|line| line.strip_prefix("a=fingerprint:"))
}

fn lines(sdp: &str) -> impl Iterator<Item = &str> {
    sdp.lines().filter(|line| !line.is_empty())
}

fn with_end(line: &str) -> String {
    format!("{line}\r\n")
}

/// `a=extmap:3 uri` or `a=extmap:3/sendonly uri attributes` (RFC 8285 §5).
fn is_extension(line: &str, uri: &str) -> bool {
    line.strip_prefix("a=extmap:").is_some_and(|rest| rest.split(' ').nth(1) == Some(uri))
}

/// `a=rtpmap:111 opus/48000/2`
fn opus_payload_type(line: &str) -> Option<&str> {
    let (payload_type, codec) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
    codec.get(..5)?.eq_ignore_ascii_case("opus/").then_some(payload_type)
}

/// `a=fmtp:111 …`
fn parameters_of(line: &str) -> Option<&str> {
    line.strip_prefix("a=fmtp:")?.split(' ').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_way_may_be_taken_no_other_is_named() {
        let [udp, tcp] =
            ["a=candidate:1 1 udp 2130706431 192.0.2.1 443 typ host", "a=candidate:2 1 TCP 1 192.0.2.1 443 typ host"];
        let answer = format!("v=0\r\n{udp}\r\n{tcp}\r\na=end-of-candidates\r\n");
        assert_eq!(only_over(Over::Any, answer.clone()), answer);
        for (over, named, left_out) in [(Over::Udp, udp, tcp), (Over::Relay, udp, tcp), (Over::Tcp, tcp, udp)] {
            let shown = only_over(over, answer.clone());
            assert!(shown.contains(named) && !shown.contains(left_out) && shown.ends_with("a=end-of-candidates\r\n"), "{shown}");
        }
    }

    const ANSWER: &str = "v=0\r\na=fingerprint:sha-256 AA:BB\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=mid:0\r\n\
        a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:2/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=on\r\n\
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 usedtx=1;stereo=1\r\na=ptime:60\r\n\
        a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n\
        a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";

    #[test]
    fn a_host_cannot_ask_for_pauses_or_levels() {
        let tightened = tightened_answer(ANSWER);
        assert!(
            !tightened.contains("usedtx=1") && !tightened.contains("audio-level") && !tightened.contains("ptime:60"),
            "{tightened}"
        );
        assert_eq!(tightened.matches("cbr=1").count(), 1);
        assert!(tightened.contains("a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1;usedtx=0;cbr=1"));
    }

    #[test]
    fn an_answer_that_says_nothing_is_told_as_well() {
        let bare = "m=audio 9 UDP/TLS/RTP/SAVPF 109\r\na=rtpmap:109 OPUS/48000/2\r\n";
        assert!(tightened_answer(bare).contains("a=fmtp:109 minptime=10"));
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        let tightened = tightened_answer(ANSWER);
        for kept in ["a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", "a=fmtp:97 apt=96", "a=fmtp:63 111/111", "a=mid:1"] {
            assert!(tightened.contains(&format!("{kept}\r\n")), "{kept}");
        }
        assert_eq!(fingerprint(&tightened), Some("sha-256 AA:BB"));
    }
}
