//! The blind-host audit.
//!
//! Invariant: the same audit runs twice, once against the host as it is and once against a host whose client betrays
//! its people. It must find nothing in the one and every kind of secret in the other.

use incamera_tests::audit::{Canaries, Kind, Spy, memory};
use incamera_tests::browser::stage::log_path;
use incamera_tests::browser::{Engine, Host, LONG, Stage, eventually, host};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

const ADA: &str = "Zephyrine Quillfeather";
const BEN: &str = "Bartholomew Oakenshield";
const ROOM: &str = "Verdigris Lantern Orchard";
const PASSWORD: &str = "umbrella tourmaline ninety";
const CHAT: &str = "The heron flies at nineteen past four";

/// Looks at the host's memory, a second apart: what it holds changes as packets come and go.
const SCANS: usize = 10;
/// Frames of each kind that must have been sent before it counts.
const FRAMES: usize = 200;

/// Where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Wire,
    Log,
    Memory,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_gets_hold_of_nothing() {
    let found = audit("blind", host::program()).await;
    assert!(found.is_empty(), "the host got hold of {found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_audit_catches_a_leaking_client() {
    let leaking = std::env::var_os("INCAMERA_LEAKING_HOST");
    let leaking = PathBuf::from(leaking.expect("run `cargo xtask test audit`, which builds a leaking client and its host"));
    let found = audit("leaking", leaking).await;
    for kind in Kind::ALL {
        assert!(found.contains(&(kind, Place::Memory)), "{kind:?} was leaked and not found in memory: {found:?}");
    }
    for kind in [Kind::Name, Kind::Chat, Kind::Room, Kind::Password] {
        assert!(found.contains(&(kind, Place::Wire)), "{kind:?} was leaked and not found on the wire: {found:?}");
    }
}

/// Holds a meeting in front of this host and looks for its secrets.
async fn audit(name: &'static str, program: PathBuf) -> BTreeSet<(Kind, Place)> {
    let host = Host::start_program(program, &log_path(name), &["-vv"]).await;
    let spy = Spy::before(host.tcp_port(), host.udp_port()).await.expect("there are free ports");
    let mut stage = Stage::around(name, host);
    stage.front = spy.url();
    let (ada, ben) = tokio::join!(stage.person(Engine::Chromium, 1, ADA), stage.person(Engine::Chromium, 2, BEN));
    ada.join(ROOM, Some(PASSWORD)).await;
    ben.join(ROOM, Some(PASSWORD)).await;
    ada.wait_to_meet(&ben).await;
    ada.say(CHAT).await;
    ben.open("Chat").await;
    ben.wait_for_text(CHAT).await;
    eventually(LONG, "frames to be sent", || async {
        let heard = spy.heard();
        let counts = [Kind::Picture, Kind::Sound].map(|kind| heard.frames.iter().filter(|(of, _)| *of == kind).count());
        if counts.iter().all(|&count| count >= FRAMES) { Ok(()) } else { Err(format!("{counts:?}")) }
    })
    .await;
    search(&mut stage, &spy).await
}

async fn search(stage: &mut Stage, spy: &Spy) -> BTreeSet<(Kind, Place)> {
    let mut found = BTreeSet::new();
    for _ in 0..SCANS {
        let canaries = plant(spy);
        let search = canaries.search();
        let scan = memory::scan(stage.host().process(), &search).expect("a test may read the memory of what it started");
        assert!(scan.bytes > 1_000_000, "only {} bytes of memory were read", scan.bytes);
        found.extend(scan.kinds.into_iter().map(|kind| (kind, Place::Memory)));
        found.extend(search.kinds_in(&stage.host().logged()).into_iter().map(|kind| (kind, Place::Log)));
        if Kind::ALL.iter().all(|&kind| found.contains(&(kind, Place::Memory))) {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let canaries = plant(spy);
    let search = canaries.search();
    let heard = spy.heard();
    assert!(heard.datagrams > 2 * FRAMES, "media passed the spy: {} datagrams", heard.datagrams);
    found.extend(heard.wire.iter().flat_map(|piece| search.kinds_in(piece)).map(|kind| (kind, Place::Wire)));
    found
}

/// Texts that were typed, and all frames that were sent so far.
fn plant(spy: &Spy) -> Canaries {
    let mut canaries = Canaries::default();
    let texts = [(Kind::Name, ADA), (Kind::Name, BEN), (Kind::Room, ROOM), (Kind::Password, PASSWORD), (Kind::Chat, CHAT)];
    for (kind, text) in texts {
        canaries.plant(kind, text);
    }
    for (kind, frame) in &spy.heard().frames {
        canaries.plant_frame(*kind, frame);
    }
    assert!(
        canaries.planted(Kind::Picture) > FRAMES / 2 && canaries.planted(Kind::Sound) > FRAMES / 2,
        "frames can be told apart"
    );
    canaries
}
