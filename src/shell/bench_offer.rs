//! The offers of load clients (see `bench_endpoints`), made such that the core reads them.
//!
//! **Invariant:** nothing but names, the bundle and directions is put in; what an offer says stays.

use wire::{Mid, Publication, Track};

/// The tracks that one publisher's sections become, in the order of the sections.
const TRACKS: [(bool, [Track; 2]); 2] = [(true, [Track::Audio, Track::ScreenAudio]), (false, [Track::Camera, Track::Screen])];

/// What each sending section carries: the first two of each kind; more are not taken.
pub(crate) fn publications(sections: &[(Mid, bool)]) -> Vec<Publication> {
    let of_kind = |(kind, tracks): (bool, [Track; 2])| {
        let mids = sections.iter().filter(move |(_, audio)| *audio == kind).map(|(mid, _)| mid.clone());
        mids.zip(tracks).map(|(mid, track)| Publication { mid, track })
    };
    TRACKS.into_iter().flat_map(of_kind).collect()
}

/// An offer as the core reads it, and the sections that count, each with "it carries sound".
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// For the core.
    pub(crate) sdp: String,
    /// Those that go the right way.
    pub(crate) sections: Vec<(Mid, bool)>,
}

impl Reading {
    /// Puts in what load clients leave out and browsers never do: names of sections, the bundle. A section that goes both ways goes `way`,
    /// one that goes the `other` way stays and does not count. `None` when there is no section at all.
    pub(crate) fn of(offer: &str, way: &str, other: &str) -> Option<Self> {
        let lines: Vec<&str> = offer.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        let mut blocks = lines.chunk_by(|_, next| !next.starts_with("m="));
        let head = blocks.next().filter(|head| head.first().is_some_and(|line| !line.starts_with("m=")))?;
        let (mut body, mut mids, mut sections) = (String::new(), Vec::new(), Vec::new());
        for (index, block) in blocks.enumerate() {
            let mid = block.iter().find_map(|line| line.strip_prefix("a=mid:")).map_or_else(|| index.to_string(), str::to_owned);
            let both_ways = |line: &str| line == "a=sendrecv" || !is_direction(line);
            let counts = block.iter().all(|line| both_ways(line) || *line == format!("a={way}"));
            block
                .iter()
                .filter(|line| **line != "a=sendrecv" && !line.starts_with("a=mid:"))
                .for_each(|line| push(&mut body, line));
            push(&mut body, &format!("a=mid:{mid}"));
            if block.iter().all(|line| both_ways(line)) {
                push(&mut body, &format!("a={way}"));
            }
            let media = block.first().copied().unwrap_or_default();
            let audio = media.starts_with("m=audio ");
            if counts && (audio || media.starts_with("m=video ")) && !block.contains(&format!("a={other}").as_str()) {
                sections.push((Mid(mid.clone()), audio));
            }
            mids.push(mid);
        }
        let mut sdp = String::new();
        head.iter().for_each(|line| push(&mut sdp, line));
        if !head.iter().any(|line| line.starts_with("a=group:BUNDLE")) {
            push(&mut sdp, &format!("a=group:BUNDLE {}", mids.join(" ")));
        }
        sdp.push_str(&body);
        (!mids.is_empty()).then_some(Self { sdp, sections })
    }
}

fn push(to: &mut String, line: &str) {
    to.push_str(line);
    to.push_str("\r\n");
}

fn is_direction(line: &str) -> bool {
    ["a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"].contains(&line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0";

    #[test]
    fn what_load_clients_leave_out_is_put_in() {
        let offer = format!("{HEAD}\nm=audio 9 UDP/TLS/RTP/SAVPF 111\nm=video 9 UDP/TLS/RTP/SAVPF 96\na=sendrecv\na=mid:v\n");
        let read = Reading::of(&offer, "sendonly", "recvonly").unwrap();
        assert_eq!(read.sections, [(Mid("0".into()), true), (Mid("v".into()), false)]);
        let expected = format!(
            "{HEAD}\r\na=group:BUNDLE 0 v\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\n\
             m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\na=sendonly\r\n"
        );
        assert_eq!(read.sdp, expected);
        assert_eq!(Reading::of(HEAD, "sendonly", "recvonly"), None);
        assert_eq!(Reading::of("", "sendonly", "recvonly"), None);
    }

    #[test]
    fn sections_of_the_other_direction_do_not_count() {
        let section = |way: &str| format!("\nm=video 9 UDP/TLS/RTP/SAVPF 96\na={way}");
        let offer = format!("{HEAD}{}{}{}", section("recvonly"), section("sendonly"), section("inactive"));
        let read = Reading::of(&offer, "recvonly", "sendonly").unwrap();
        assert_eq!(read.sections, [(Mid("0".into()), false)]);
        assert_eq!(read.sdp.matches("a=inactive").count(), 1);
    }

    #[test]
    fn two_tracks_of_each_kind_are_taken() {
        let sections: Vec<(Mid, bool)> =
            [false, true, false, false, true].into_iter().enumerate().map(|(at, audio)| (Mid(at.to_string()), audio)).collect();
        let taken: Vec<(String, Track)> = publications(&sections).into_iter().map(|p| (p.mid.0, p.track)).collect();
        let expected = [("1", Track::Audio), ("4", Track::ScreenAudio), ("0", Track::Camera), ("2", Track::Screen)];
        assert_eq!(taken, expected.map(|(mid, track)| (mid.to_owned(), track)));
    }
}
