use super::desk::Snapshot;
use super::text::{Kind, Label};
use super::*;
use crate::core::counts::BOUNDS;
use crate::shell::doorman::DoorCounts;
use std::collections::BTreeSet;

fn sight(cores: usize) -> Sight {
    let machine = Machine { memory: Some(1), files: Some(1), most_files: Some(1) };
    let door = DoorCounts { connections: 3, refused: 1 };
    let cores = vec![Snapshot::default(); cores];
    Sight { cores, door, relay: (2, 5), state: State::Ready, up: Duration::from_millis(1_500), machine }
}

/// Every label there is, and every value it may have. A figure that is about a room, a person or an address would need another.
const LABELS: [(&str, &[&str]); 7] = [
    ("version", &[env!("CARGO_PKG_VERSION")]),
    ("role", &["member", "waiting", "away"]),
    ("how", &["new", "back"]),
    ("direction", &["in", "out"]),
    ("over", &["udp", "tcp", "relay"]),
    ("kind", &["sound", "picture", "repeated"]),
    (
        "why",
        &[
            "host_full",
            "room_full",
            "too_many_knocking",
            "not_a_member",
            "seat_unknown",
            "too_large",
            "malformed",
            "too_fast",
            "slot_ahead",
            "offer_unusable",
        ],
    ),
];

#[test]
fn no_figure_is_about_anybody() {
    let families = figures::families(&sight(2));
    assert!(families.len() > 30, "they were walked");
    for family in &families {
        for label in family.samples.iter().flat_map(|sample| &sample.labels) {
            match label {
                Label::Word(name, word) => {
                    let known = LABELS.iter().find(|(known, _)| known == name);
                    assert!(known.is_some_and(|(_, words)| words.contains(word)), "{}: {label}", family.name);
                }
                Label::Core(core) => assert!(*core < 2 && family.name == "incamera_turn_seconds", "{}", family.name),
                Label::UpTo(_) => assert_eq!(family.kind, Kind::Histogram, "{}", family.name),
            }
        }
    }
}

#[test]
fn figures_are_well_formed() {
    let families = figures::families(&sight(2));
    let names: BTreeSet<&str> = families.iter().map(|family| family.name).collect();
    assert_eq!(names.len(), families.len(), "each name once");
    for family in &families {
        assert!(family.name.starts_with("incamera_") || family.name.starts_with("process_"), "{}", family.name);
        assert_eq!(family.kind == Kind::Counter, family.name.ends_with("_total"), "{}", family.name);
        assert_eq!(
            family.kind == Kind::Histogram,
            family.name.ends_with("_seconds") && family.samples.len() > 1,
            "{}",
            family.name
        );
        assert!(family.help.ends_with('.') && !family.help.contains(['\\', '\n']), "{}", family.name);
        let buckets = family.samples.iter().filter(|sample| sample.suffix == "_bucket").count();
        assert_eq!(buckets % (BOUNDS.len() + 1), 0, "{}", family.name);
    }
    let text = text::write(&families);
    let lines = text::read(&text).expect("what is written can be read");
    assert_eq!(lines.len(), families.iter().map(|family| family.samples.len()).sum::<usize>());
}

#[test]
fn classes_hold_what_took_no_longer() {
    let mut sight = sight(1);
    sight.cores[0].desk.waits.took(Duration::from_micros(40));
    sight.cores[0].desk.waits.took(Duration::from_secs(9));
    let text = text::write(&figures::families(&sight));
    for line in [
        "incamera_word_wait_seconds_bucket{le=\"0.00005\"} 1",
        "incamera_word_wait_seconds_bucket{le=\"1\"} 1",
        "incamera_word_wait_seconds_bucket{le=\"+Inf\"} 2",
        "incamera_word_wait_seconds_sum 9.00004",
        "incamera_word_wait_seconds_count 2",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
}

#[test]
fn a_page_whose_name_leads_here_reads_nothing() {
    let called = |host: &'static str, local| {
        let headers = HeaderMap::from_iter([(header::HOST, host.parse().expect("a header"))]);
        is_called_rightly(&headers, OnlyLocal(local))
    };
    for host in ["127.0.0.1:9464", "localhost:9464", "localhost", "[::1]:9464", "[::1]", "127.0.0.1"] {
        assert!(called(host, true), "{host}");
    }
    assert!(!called("evil.example:9464", true) && !called("localhost.evil.example", true));
    assert!(called("figures.example:9464", false), "who opened it to others names it as they like");
    assert!(!is_called_rightly(&HeaderMap::new(), OnlyLocal(true)));
}
