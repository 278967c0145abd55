//! The receiving sections: who is received where, and what came.
//!
//! **Invariant:** a section holds at most one source and a source sits in at most one section; who sits stays seated until they are gone
//! or the plan of the voices has no more use for them; and a frame is opened only as what its section's source, a member of the group, has
//! sealed.

use crate::frames::Assembly;
use bytes::Bytes;
use crypto::group::MemberId;
use crypto::session::Person;
use crypto::voices::{Attendee, Ways};
use rtc::rtp::Packet;
use wire::{Mid, ParticipantId, PixelHeight, Subscription, Track};

/// Whose track a section receives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) member: MemberId,
    pub(crate) leaf: u32,
    pub(crate) track: Track,
    participant: ParticipantId,
}

struct Section {
    mid: Mid,
    audio: bool,
    /// SSRC of the media, from the host's answer.
    ssrc: Option<u32>,
    source: Option<Source>,
    told: Option<(ParticipantId, Track)>,
    /// Something came since this source sits here.
    came: bool,
    assembly: Assembly,
}

/// All receiving sections of one connection.
#[derive(Default)]
pub(crate) struct Reception {
    sections: Vec<Section>,
    /// Changes that the host was told.
    changes: u64,
}

/// What came so far.
#[derive(Default)]
pub(crate) struct Count {
    pub(crate) received: u64,
    pub(crate) expected: u64,
    pub(crate) bytes: u64,
    /// Sources that sit in sections for sound, and those of them of which something came.
    pub(crate) sounds: [usize; 2],
    pub(crate) changes: u64,
}

impl Reception {
    /// The sections of an offer, in its order.
    pub(crate) fn new(sections: Vec<(Mid, bool)>) -> Self {
        let section = |(mid, audio)| Section {
            mid,
            audio,
            ssrc: None,
            source: None,
            told: None,
            came: false,
            assembly: Assembly::default(),
        };
        Self { sections: sections.into_iter().map(section).collect(), changes: 0 }
    }

    /// What the host has answered: which SSRC is whose section's.
    pub(crate) fn answered(&mut self, answer: &str) {
        for (mid, ssrc) in sources_in(answer) {
            if let Some(section) = self.sections.iter_mut().find(|section| section.mid.0 == mid) {
                section.ssrc = Some(ssrc);
            }
        }
    }

    /// How sound reaches us in a room of these people.
    pub(crate) fn ways(&self, people: &[Person]) -> Ways {
        let attendees = people.iter().map(|person| {
            let sits = |source: Source| source.member == person.member && source.track == Track::Herald;
            Attendee {
                leaf: person.leaf,
                me: person.me,
                connected: person.connected,
                tracks: person.participant.map_or(&[], |_| &person.tracks),
                held: self.sections.iter().any(|section| section.source.is_some_and(sits)),
            }
        });
        Ways::of(&attendees.collect::<Vec<_>>())
    }

    /// Seats what everybody else sends and the ways take, as far as there are sections.
    pub(crate) fn arrange(&mut self, people: &[Person], ways: &Ways) {
        let others = || people.iter().filter(|person| !person.me);
        for section in &mut self.sections {
            let Some(source) = section.source else { continue };
            let person = others().find(|person| person.member == source.member);
            section.source =
                person.and_then(|person| still(person, source)).filter(|source| ways.takes(source.leaf, source.track));
        }
        let sources = others().flat_map(|person| {
            let source = |participant, &track| Source { member: person.member, leaf: person.leaf, track, participant };
            person
                .participant
                .into_iter()
                .flat_map(move |participant| person.tracks.iter().map(move |track| source(participant, track)))
        });
        for source in sources.filter(|source| ways.takes(source.leaf, source.track)) {
            let held =
                |section: &Section| section.source.is_some_and(|held| held.member == source.member && held.track == source.track);
            if self.sections.iter().any(held) {
                continue;
            }
            let free =
                self.sections.iter_mut().find(|section| section.audio == source.track.is_audio() && section.source.is_none());
            if let Some(section) = free {
                (section.source, section.came) = (Some(source), false);
            }
        }
    }

    /// What the host has not been told yet; from now on it counts as told. Nothing before it has answered.
    pub(crate) fn subscriptions(&mut self, height: PixelHeight) -> Vec<Subscription> {
        let open = self.sections.iter_mut().filter(|section| section.ssrc.is_some());
        let change = |section: &mut Section| {
            let wish = section.source.map(|source| (source.participant, source.track));
            if section.told == wish {
                return None;
            }
            section.told = wish;
            let height = if section.audio { PixelHeight(0) } else { height };
            Some(Subscription { mid: section.mid.clone(), source: wish, height })
        };
        let changes: Vec<Subscription> = open.filter_map(change).collect();
        self.changes += changes.len() as u64;
        changes
    }

    /// The host may have forgotten: everything is to be told again.
    pub(crate) fn untell(&mut self) {
        self.sections.iter_mut().for_each(|section| section.told = None);
    }

    /// Takes a packet; gives the frame that it completes and whose it should be.
    pub(crate) fn push(&mut self, packet: &Packet) -> Option<(Source, Bytes)> {
        let section = self.sections.iter_mut().find(|section| section.ssrc == Some(packet.header.ssrc))?;
        let frame = section.assembly.push(section.audio, packet)?;
        section.came = true;
        Some((section.source?, frame))
    }

    /// Packets that came, and that should have.
    pub(crate) fn count(&self) -> Count {
        let sounds = || self.sections.iter().filter(|section| section.audio && section.source.is_some());
        let none = Count {
            sounds: [sounds().count(), sounds().filter(|section| section.came).count()],
            changes: self.changes,
            ..Count::default()
        };
        self.sections.iter().fold(none, |sum, section| Count {
            received: sum.received + section.assembly.received,
            expected: sum.expected + section.assembly.expected(),
            bytes: sum.bytes + section.assembly.bytes,
            ..sum
        })
    }
}

/// The source as it is now. While the host says nothing about what somebody sends, as just after a way back, it stays.
fn still(person: &Person, source: Source) -> Option<Source> {
    let participant = person.participant?;
    let sends = person.tracks.is_empty() || person.tracks.contains(&source.track);
    sends.then_some(Source { leaf: person.leaf, participant, ..source })
}

/// Each section's name with the SSRC of its media: the first that it names.
fn sources_in(answer: &str) -> Vec<(&str, u32)> {
    let mut found: Vec<(&str, u32)> = Vec::new();
    let mut mid = None;
    for line in answer.lines().map(str::trim_end) {
        if line.starts_with("m=") {
            mid = None;
        } else if let Some(name) = line.strip_prefix("a=mid:") {
            mid = Some(name);
        } else if let Some(ssrc) = line.strip_prefix("a=ssrc:").and_then(|rest| rest.split(' ').next()?.parse().ok())
            && let Some(name) = mid.take()
        {
            found.push((name, ssrc));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::group::Admission;
    use crypto::session::Devices;

    fn person(number: u8, tracks: &[Track]) -> Person {
        Person {
            member: MemberId([number; 16]),
            leaf: number.into(),
            me: number == 0,
            name: String::new(),
            joining: false,
            owner: false,
            moderator: false,
            may_speak: true,
            admitted: Admission::Founder,
            devices: Devices::default(),
            participant: Some(ParticipantId([number; 16])),
            connected: true,
            tracks: tracks.to_vec(),
            verified: false,
            doubt: None,
        }
    }

    const ANSWER: &str = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=recvonly\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\n\
        a=ssrc:300 cname:p1\r\na=ssrc:300 msid:p1 t300\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:2\r\na=ssrc-group:FID 400 401\r\n\
        a=ssrc:400 cname:p1\r\na=ssrc:401 cname:p1\r\n";

    fn arrange(reception: &mut Reception, people: &[Person]) {
        let ways = reception.ways(people);
        reception.arrange(people, &ways);
    }

    fn reception() -> Reception {
        let mut reception = Reception::new(vec![(Mid("1".to_owned()), true), (Mid("2".to_owned()), false)]);
        reception.answered(ANSWER);
        reception
    }

    #[test]
    fn the_host_says_which_source_is_whose_section() {
        assert_eq!(sources_in(ANSWER), [("1", 300), ("2", 400)]);
    }

    #[test]
    fn who_sits_stays_and_who_goes_makes_room() {
        let mut reception = reception();
        let both = [Track::Audio, Track::Camera];
        arrange(&mut reception, &[person(0, &both), person(1, &both), person(2, &both)]);
        let told = reception.subscriptions(PixelHeight(720));
        let first = Some((ParticipantId([1; 16]), Track::Camera));
        assert!(
            told.len() == 2 && told[1].source == first && told[1].height == PixelHeight(720) && told[0].height == PixelHeight(0)
        );
        arrange(&mut reception, &[person(0, &both), person(1, &[]), person(2, &both)]);
        assert!(reception.subscriptions(PixelHeight(720)).is_empty(), "nothing said of what they send: nothing changes");
        arrange(&mut reception, &[person(0, &both), person(2, &both)]);
        let told = reception.subscriptions(PixelHeight(720));
        assert!(told.len() == 2 && told.iter().all(|told| told.source.is_some_and(|(who, _)| who == ParticipantId([2; 16]))));
        reception.untell();
        assert_eq!(reception.subscriptions(PixelHeight(720)).len(), 2);
    }

    #[test]
    fn nothing_is_asked_for_before_the_host_has_answered() {
        let mut reception = Reception::new(vec![(Mid("1".to_owned()), true)]);
        arrange(&mut reception, &[person(1, &[Track::Audio])]);
        assert!(reception.subscriptions(PixelHeight(0)).is_empty());
        reception.answered(ANSWER);
        assert_eq!(reception.subscriptions(PixelHeight(0)).len(), 1);
    }

    #[test]
    fn a_room_of_many_is_heard_over_its_heralds_and_a_group_without_one_directly() {
        // Heralds of four groups: leaves 0 to 7. Of leaves 3 and 7 the host says that they pass nothing on.
        let both = [Track::Audio, Track::Herald];
        let tracks = |leaf: u8| if leaf % 4 == 3 { &both[..1] } else { &both[..] };
        let sections = (0..20).map(|mid| (Mid(mid.to_string()), true)).collect();
        let mut reception = Reception::new(sections);
        let people = |me: u8, of: u8| -> Vec<Person> {
            (0..of).map(|leaf| Person { me: leaf == me, ..person(leaf, tracks(leaf)) }).collect()
        };
        let seated = |reception: &Reception| {
            let source = |section: &Section| section.source.map(|source| (source.track == Track::Herald, source.leaf));
            let mut seated: Vec<_> = reception.sections.iter().filter_map(source).collect();
            seated.sort_unstable();
            seated
        };
        arrange(&mut reception, &people(12, 13));
        assert_eq!(seated(&reception), (0..12).map(|leaf| (false, leaf)).collect::<Vec<_>>());
        arrange(&mut reception, &people(12, 20));
        let direct = [3, 7, 11, 15, 19].map(|leaf| (false, leaf));
        assert_eq!(seated(&reception), [&direct[..], &[0, 1, 2, 4, 5, 6].map(|leaf| (true, leaf))].concat());
        // The host loses sight of one of them for a moment.
        let mut unseen = people(12, 20);
        unseen[4].tracks.clear();
        arrange(&mut reception, &unseen);
        assert!(seated(&reception).contains(&(true, 4)) && reception.count().sounds == [11, 0]);
        unseen[0].connected = false;
        arrange(&mut reception, &unseen);
        assert!(!seated(&reception).contains(&(true, 0)), "who is away passes nothing on");
    }
}
