//! What the host says of itself in figures, and how each is called.
//!
//! **Invariant:** counts, bytes and times of the whole host or of one core; no figure is about a room or a person, and there are as many figures
//! with nobody there as with thousands.

use super::desk::{DeskCounts, Snapshot, Traffic, Ways};
use super::health::State;
use super::machine::Machine;
use super::text::{Family, Kind, Label, Sample};
use crate::core::counts::{BOUNDS, Histogram, Packets, Presence, REFUSALS, Words};
use crate::shell::doorman::DoorCounts;
use std::time::Duration;
use wire::Refusal;

/// Everything that the figures are made of.
pub(crate) struct Sight {
    /// Each core.
    pub(crate) cores: Vec<Snapshot>,
    /// The door.
    pub(crate) door: DoorCounts,
    /// The relay's allocations: now, and made since the start.
    pub(crate) relay: (usize, u64),
    /// How the host is.
    pub(crate) state: State,
    /// Since when.
    pub(crate) up: Duration,
    /// What the process takes.
    pub(crate) machine: Machine,
}

/// The figures.
pub(crate) fn families(sight: &Sight) -> Vec<Family> {
    let mut all = whole(sight);
    let desk = sight.cores.iter().fold(DeskCounts::default(), |mut sum, one| {
        sum.add(&one.desk);
        sum
    });
    all.extend(people(&sum(&sight.cores, |one| &one.core.presence, add_presence)));
    all.extend(words(&sum(&sight.cores, |one| &one.core.words, add_words), &desk));
    all.extend(traffic(&desk));
    all.extend(media(&sum(&sight.cores, |one| &one.core.packets, add_packets)));
    let turns = sight.cores.iter().enumerate();
    let turns = turns.flat_map(|(at, one)| times(&one.desk.turns, Some(Label::Core(at)))).collect();
    all.push(family(
        "incamera_turn_seconds",
        "How long a core worked each time it was woken: what came in waited no longer.",
        Kind::Histogram,
        turns,
    ));
    all
}

fn whole(sight: &Sight) -> Vec<Family> {
    let Sight { door, relay, state, up, machine, .. } = sight;
    let version = Label::Word("version", env!("CARGO_PKG_VERSION"));
    let mut all = vec![
        family("incamera_build_info", "The version; always 1.", Kind::Gauge, vec![sample(vec![version], 1.0)]),
        gauge(
            "incamera_ready",
            "1 when new people can come, 0 while draining or stuck.",
            f64::from(u8::from(*state == State::Ready)),
        ),
        gauge("incamera_draining", "1 when the host is about to end.", f64::from(u8::from(*state == State::Draining))),
        gauge("incamera_uptime_seconds", "Time since the start.", up.as_secs_f64()),
        gauge("incamera_connections", "TCP connections of every kind.", door.connections as f64),
        counter("incamera_connections_refused_total", "Connections refused: too many, in all or from one place.", door.refused),
        gauge("incamera_relay_allocations", "People's ways through the relay (TURN).", relay.0 as f64),
        counter("incamera_relay_allocations_total", "Ways through the relay that were opened.", relay.1),
    ];
    let machine = [
        ("process_resident_memory_bytes", "Memory of the process.", machine.memory),
        ("process_open_fds", "Open files and sockets.", machine.files),
        ("process_max_fds", "Files and sockets that may be open.", machine.most_files),
    ];
    all.extend(machine.into_iter().filter_map(|(name, help, value)| Some(gauge(name, help, value? as f64))));
    all
}

fn people(here: &Presence) -> Vec<Family> {
    let people = [("member", here.members), ("waiting", here.strangers), ("away", here.away)];
    let people = people.map(|(role, count)| sample(vec![Label::Word("role", role)], count as f64)).to_vec();
    vec![
        gauge("incamera_rooms", "Rooms with somebody in them.", here.rooms as f64),
        family(
            "incamera_people",
            "People: in a meeting, before its door, or with a seat that waits for their return.",
            Kind::Gauge,
            people,
        ),
        gauge("incamera_websockets", "Open WebSockets.", here.connections as f64),
        gauge("incamera_media_peers", "People whose media connection is up.", here.media as f64),
        gauge("incamera_log_bytes", "Sealed commits kept in memory for those who return.", here.log_bytes as f64),
    ]
}

fn words(said: &Words, desk: &DeskCounts) -> Vec<Family> {
    let joins = [("new", said.entered), ("back", said.returned)];
    let refused = REFUSALS.iter().zip(said.refused).map(|(&why, count)| word_sample("why", cause(why), count)).collect();
    let words = [("in", desk.words_in), ("out", desk.words_out)];
    vec![
        family(
            "incamera_joins_total",
            "People who came through the door of a room, and those of them who came back.",
            Kind::Counter,
            joins.map(|(how, count)| word_sample("how", how, count)).to_vec(),
        ),
        counter("incamera_admissions_total", "Newcomers whom members let in.", said.admitted),
        counter("incamera_rooms_founded_total", "Rooms that were founded.", said.founded),
        counter("incamera_commits_total", "Changes of a room's keys that were put in order.", said.commits),
        family("incamera_refusals_total", "What was refused, by cause.", Kind::Counter, refused),
        family(
            "incamera_words_total",
            "WebSocket messages.",
            Kind::Counter,
            words.map(|(direction, count)| word_sample("direction", direction, count)).to_vec(),
        ),
        counter("incamera_word_bytes_total", "Bytes of WebSocket messages that left.", desk.word_bytes_out),
        counter("incamera_readers_cut_off_total", "Connections closed because their reader was too slow.", desk.cut_off),
        family(
            "incamera_word_wait_seconds",
            "How long WebSocket messages waited for their core.",
            Kind::Histogram,
            times(&desk.waits, None),
        ),
    ]
}

fn traffic(desk: &DeskCounts) -> Vec<Family> {
    let ways = |of: fn(&Traffic) -> u64| {
        let all =
            [("in", &desk.inwards), ("out", &desk.outwards)].into_iter().flat_map(|(direction, Ways { udp, tcp, relay })| {
                [("udp", udp), ("tcp", tcp), ("relay", relay)].map(|(over, traffic)| (direction, over, traffic))
            });
        all.map(|(direction, over, traffic)| pair_sample(direction, ("over", over), of(traffic))).collect()
    };
    let (datagrams, bytes) = (ways(|traffic| traffic.datagrams), ways(|traffic| traffic.bytes));
    let refused = "Media that the system, a choked connection or another core did not take.";
    vec![
        family("incamera_datagrams_total", "Datagrams at the media port.", Kind::Counter, datagrams),
        family("incamera_media_bytes_total", "Bytes at the media port.", Kind::Counter, bytes),
        gauge("incamera_media_streams", "TCP connections that carry media, and ways out of the relay.", desk.streams as f64),
        counter("incamera_sends_refused_total", refused, desk.refused),
    ]
}

fn media(packets: &Packets) -> Vec<Family> {
    let kinds = [
        ("in", "sound", packets.sound_in),
        ("in", "picture", packets.pictures_in),
        ("out", "sound", packets.sound_out),
        ("out", "picture", packets.pictures_out),
        ("out", "repeated", packets.repeated),
    ];
    let kinds = kinds.map(|(direction, kind, count)| pair_sample(direction, ("kind", kind), count)).to_vec();
    let both = |into, out| [("in", into), ("out", out)].map(|(way, count)| word_sample("direction", way, count)).to_vec();
    let (due, lost) = (both(packets.due_in, packets.due_out), both(packets.lost_in, packets.lost_out));
    let due_by = "Packets that should have arrived: here by their numbers, at receivers by their reports.";
    let given_up = "Packets of pictures that waited too long for a narrow path.";
    let forged = "Connectivity checks and stray media that did not authenticate.";
    let round_trips = "Round trips to receivers, as their reports of arrival show them.";
    vec![
        family("incamera_packets_total", "Packets of sealed media.", Kind::Counter, kinds),
        family("incamera_packets_due_total", due_by, Kind::Counter, due),
        family("incamera_packets_lost_total", "Those of them that did not.", Kind::Counter, lost),
        counter("incamera_packets_given_up_total", given_up, packets.given_up),
        counter("incamera_key_frames_asked_total", "Key frames that senders were asked for.", packets.key_frames_asked),
        counter("incamera_handshakes_total", "Media handshakes that succeeded.", packets.handshakes),
        counter("incamera_forged_total", forged, packets.forged),
        family("incamera_round_trip_seconds", round_trips, Kind::Histogram, times(&packets.round_trips, None)),
    ]
}

/// The causes' names. They are not said to those who are refused: what they see is in the page's language.
fn cause(why: Refusal) -> &'static str {
    match why {
        Refusal::HostFull => "host_full",
        Refusal::RoomFull => "room_full",
        Refusal::TooManyKnocking => "too_many_knocking",
        Refusal::NotAMember => "not_a_member",
        Refusal::SeatUnknown => "seat_unknown",
        Refusal::TooLarge => "too_large",
        Refusal::Malformed => "malformed",
        Refusal::TooFast => "too_fast",
        Refusal::SlotAhead => "slot_ahead",
        Refusal::OfferUnusable => "offer_unusable",
        Refusal::PermissionNeeded => "permission_needed",
    }
}

fn family(name: &'static str, help: &'static str, kind: Kind, samples: Vec<Sample>) -> Family {
    Family { name, help, kind, samples }
}

fn gauge(name: &'static str, help: &'static str, value: f64) -> Family {
    family(name, help, Kind::Gauge, vec![sample(Vec::new(), value)])
}

fn counter(name: &'static str, help: &'static str, value: u64) -> Family {
    family(name, help, Kind::Counter, vec![sample(Vec::new(), value as f64)])
}

fn sample(labels: Vec<Label>, value: f64) -> Sample {
    Sample { suffix: "", labels, value }
}

fn word_sample(name: &'static str, word: &'static str, value: u64) -> Sample {
    sample(vec![Label::Word(name, word)], value as f64)
}

fn pair_sample(direction: &'static str, (name, word): (&'static str, &'static str), value: u64) -> Sample {
    sample(vec![Label::Word("direction", direction), Label::Word(name, word)], value as f64)
}

/// Classes that hold all that took no longer, then the sum and the number of all.
fn times(histogram: &Histogram, label: Option<Label>) -> Vec<Sample> {
    let mut count = 0;
    let bounds = BOUNDS.iter().map(|&micros| micros as f64 / 1e6).chain([f64::INFINITY]);
    let mut samples: Vec<Sample> = bounds
        .zip(histogram.classes)
        .map(|(bound, class)| {
            count += class;
            Sample { suffix: "_bucket", labels: label.into_iter().chain([Label::UpTo(bound)]).collect(), value: count as f64 }
        })
        .collect();
    let labels: Vec<Label> = label.into_iter().collect();
    samples.push(Sample { suffix: "_sum", labels: labels.clone(), value: histogram.micros as f64 / 1e6 });
    samples.push(Sample { suffix: "_count", labels, value: count as f64 });
    samples
}

fn sum<T: Default>(cores: &[Snapshot], part: impl Fn(&Snapshot) -> &T, add: impl Fn(&mut T, &T)) -> T {
    cores.iter().map(part).fold(T::default(), |mut sum, one| {
        add(&mut sum, one);
        sum
    })
}

fn add_presence(sum: &mut Presence, one: &Presence) {
    let Presence { connections, rooms, members, strangers, away, media, log_bytes } = one;
    let pairs = [
        (&mut sum.connections, connections),
        (&mut sum.rooms, rooms),
        (&mut sum.members, members),
        (&mut sum.strangers, strangers),
        (&mut sum.away, away),
        (&mut sum.media, media),
        (&mut sum.log_bytes, log_bytes),
    ];
    pairs.into_iter().for_each(|(own, theirs)| *own += theirs);
}

fn add_words(sum: &mut Words, one: &Words) {
    let Words { entered, returned, founded, admitted, commits, refused } = one;
    let pairs = [
        (&mut sum.entered, entered),
        (&mut sum.returned, returned),
        (&mut sum.founded, founded),
        (&mut sum.admitted, admitted),
        (&mut sum.commits, commits),
    ];
    pairs.into_iter().chain(sum.refused.iter_mut().zip(refused)).for_each(|(own, theirs)| *own += theirs);
}

fn add_packets(sum: &mut Packets, one: &Packets) {
    let pairs = [
        (&mut sum.sound_in, one.sound_in),
        (&mut sum.pictures_in, one.pictures_in),
        (&mut sum.sound_out, one.sound_out),
        (&mut sum.pictures_out, one.pictures_out),
        (&mut sum.repeated, one.repeated),
        (&mut sum.due_in, one.due_in),
        (&mut sum.lost_in, one.lost_in),
        (&mut sum.due_out, one.due_out),
        (&mut sum.lost_out, one.lost_out),
        (&mut sum.given_up, one.given_up),
        (&mut sum.key_frames_asked, one.key_frames_asked),
        (&mut sum.handshakes, one.handshakes),
        (&mut sum.forged, one.forged),
    ];
    pairs.into_iter().for_each(|(own, theirs)| *own += theirs);
    sum.round_trips.add(&one.round_trips);
}
