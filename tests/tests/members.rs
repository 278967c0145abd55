//! Members without a browser, on another implementation of WebRTC, at the real host over real sockets.
//!
//! Invariant: the host is the program, the members are those of `incamera-native load`, and what is waited for is counted: a test ends when
//! everything has come.

use crypto::frames::AudioLevel;
use crypto::name::RoomName;
use crypto::session::{End, Notice};
use incamera_native::load::{LoadError, Plan, Profile, Report, Target, run};
use incamera_native::{Event, Frame, HostAddress, JoinError, Joining, Member, Published, RoomKeys, Seats};
use incamera_tests::browser::LONG;
use incamera_tests::browser::host::{Host, program};
use incamera_tests::browser::stage::log_path;
use incamera_tests::crowd::{Seen, gather, sign_frames};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{interval, timeout};
use wire::{PixelHeight, Track};

const PASSWORD: &str = "lanterns over cold water";

/// Two who send a camera and a microphone, two who receive both of both.
fn plan(target: Target, seconds: u32) -> Plan {
    Plan {
        target,
        rooms: 1,
        publishers: 2,
        subscribers: 2,
        profile: Profile::Hd,
        seconds,
        password: Some(PASSWORD.to_owned()),
        room: None,
    }
}

async fn load(plan: Plan) -> Result<Report, LoadError> {
    let (_not_stopped, stop) = watch::channel(false);
    run(plan, stop, |_| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_receiver_opens_the_frames_of_every_sender() {
    let report = load(plan(Target::Started(program()), 2)).await.expect("a load");
    let frames = &report.frames;
    assert_eq!((report.joined, report.silent, report.lost_ways), (4, 0, 0));
    // Two seconds of 50 sounds and 30 pictures each, of two, to two.
    assert_eq!((frames.sent, frames.withheld, frames.due), (320, 0, 640));
    assert_eq!((frames.failed, frames.early), (0, 0), "{:?}", frames.failure);
    // A machine that builds other things meanwhile may lose datagrams of sound in its own sockets.
    assert!(frames.opened * 100 >= frames.due * 95, "{frames:?}");
    assert!(report.packets.received >= frames.opened && report.host.cpu.is_some_and(|cpu| cpu > 0.0));
}

/// Twenty who all send sound are more than receive each other directly: eight of them herald.
#[tokio::test(flavor = "multi_thread")]
async fn a_room_of_many_hears_whoever_speaks_and_the_host_is_asked_for_nothing_else() {
    const PEOPLE: u32 = 20;
    const SECONDS: u32 = 4;
    let voices =
        Plan { publishers: PEOPLE, subscribers: 0, profile: Profile::Voices, ..plan(Target::Started(program()), SECONDS) };
    let report = load(voices).await.expect("a load");
    let heard = report.voices.as_ref().expect("a load of voices");
    assert_eq!((report.joined, report.silent, report.lost_ways, report.frames.withheld), (PEOPLE, 0, 0, 0), "{report}");
    // Those who came last have the first turns, and those who came first herald.
    assert_eq!((heard.heralds, heard.turns, heard.turns_of_heralds), (8, 4, 0), "{report}");
    assert_eq!((heard.heard, heard.due), (4 * 19, 4 * 19), "{report}");

    let leaves = || 0..PEOPLE;
    let streams = leaves().map(|me| crypto::voices::Plan::of(leaves()).hears(me, |_| true).len());
    let (most, all) = (streams.clone().max().expect("people"), streams.sum::<usize>() as u64);
    assert!(heard.streams[0] <= most && most == heard.streams[1] && most < 19, "{report}");

    // What the host gets and what it has to send on are as many frames as there are in the time, for every stream once, whoever speaks.
    assert_eq!(heard.changes, 0, "who receives whom has changed with who speaks: {report}");
    let frames = u64::from(50 * SECONDS);
    assert_eq!(report.packets.sent, frames * (u64::from(PEOPLE) + 8), "{report}");
    assert!((frames * all * 95 / 100..=frames * all).contains(&report.packets.received), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_late_is_given_a_key_frame_because_one_is_asked_for() {
    let host = Host::start_program(program(), &log_path("members-key-frame"), &[]).await;
    let room = Arc::new(RoomKeys::derive(&RoomKeys::draw_name().expect("entropy"), Some(PASSWORD)).expect("a password"));
    let joining = |sends: &[Track], pictures| Joining {
        host: format!("http://127.0.0.1:{}", host.tcp_port()).parse().expect("an address"),
        room: room.clone(),
        person: "Ada".to_owned(),
        sends: sends.to_vec(),
        seats: Seats { sound: 0, pictures },
        height: PixelHeight(720),
    };
    let (wants, mut wanted) = mpsc::unbounded_channel();
    let asked = move |event: Event<'_>| {
        if let Event::KeyFrameWanted(Track::Camera) = event {
            wants.send(()).expect("the test listens");
        }
    };
    let ada = Member::join(joining(&[Track::Camera], 0), asked).await.expect("the founder is in");
    let (sees, mut seen) = mpsc::unbounded_channel();
    let saw = move |event: Event<'_>| {
        if let Event::Opened(frame) = event {
            sees.send((frame.key_frame, frame.content.to_vec())).expect("the test listens");
        }
    };
    // Her camera runs long before anybody sees it, and makes no key frame of itself.
    let level = AudioLevel::SILENCE;
    let picture = |key_frame, content: &[u8]| Frame { track: Track::Camera, key_frame, level, content: content.to_vec() };
    assert_eq!(ada.publish(picture(false, b"a change of what nobody has seen")).await, Published::Sent(1));
    let ben = Member::join(joining(&[], 1), saw).await.expect("in");
    let first = timeout(LONG, async {
        let mut pace = interval(Duration::from_millis(33));
        loop {
            tokio::select! {
                _ = pace.tick() => drop(ada.publish(picture(false, b"another change")).await),
                request = wanted.recv() => {
                    request.expect("Ada is in");
                    ada.publish(picture(true, b"a whole picture")).await;
                }
                frame = seen.recv() => return frame.expect("Ben is in"),
            }
        }
    });
    assert_eq!(first.await.expect("a frame in time"), (Some(true), b"a whole picture".to_vec()));
    ben.leave().await;
    ada.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_stays_outside_and_says_so() {
    let host = Host::start_program(program(), &log_path("members-password"), &[]).await;
    let address = format!("http://127.0.0.1:{}", host.tcp_port());
    let name = "members and a guesser";
    let room = RoomKeys::derive(&RoomName::normalise(name).expect("a name"), Some(PASSWORD)).expect("a password");
    let joining = Joining {
        host: address.parse::<HostAddress>().expect("an address"),
        room: Arc::new(room),
        person: "Ada".to_owned(),
        sends: Vec::new(),
        seats: Seats { sound: 1, pictures: 0 },
        height: PixelHeight(0),
    };
    let ada = Member::join(joining, |_: Event<'_>| {}).await.expect("the founder is in");
    let target = Target::Running { address, process: Some(host.process()) };
    let guesser = Plan { password: Some("lanterns over warm water".to_owned()), room: Some(name.to_owned()), ..plan(target, 1) };
    let refused = load(guesser).await.expect_err("a wrong password opens no door");
    assert!(
        matches!(&refused, LoadError::CannotJoin { error: JoinError::Refused(End::WrongPassword { tries: 1 }), .. }),
        "{refused}"
    );
    let said = "room 1: publisher 1 cannot join: wrong password, or nobody at the door answered the proof in time";
    assert_eq!(refused.to_string(), said);
    ada.leave().await;
}

/// More than receive each other directly, so that a member who forges needs no host for it: it heralds. She is in the group like anybody, and
/// uses no key but those that the group has given her.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_speaks_as_another_is_shown_to_everybody_within_a_second() {
    const PEOPLE: usize = 14;
    let host = Host::start_program(program(), &log_path("members-forging"), &[]).await;
    let room = RoomKeys::derive(&RoomKeys::draw_name().expect("entropy"), Some(PASSWORD)).expect("a password");
    let mut crowd = gather(&host, room, PEOPLE, PEOPLE).await;
    // Ada founded the room; Eve came early enough to herald, and Ben late enough not to.
    const EVE: usize = 1;
    const BEN: usize = 9;
    sign_frames(&mut crowd, PEOPLE).await;
    let ben = crowd[BEN].id().await;
    crowd[0].speaks_for(50 * 4).await;
    for one in &crowd {
        assert!(one.seen.borrow().told.is_empty(), "{}: {:?}", one.name, one.seen.borrow().told);
    }
    crowd[EVE].forge(Some(ben));
    crowd[EVE].speaks_for(50).await;
    crowd[EVE].forge(None);
    for (number, one) in crowd.iter_mut().enumerate().filter(|(number, _)| *number != EVE) {
        let told = |seen: &Seen| seen.told.iter().any(|(_, notice)| *notice == Notice::Forged { member: ben });
        one.until("to be told", |seen| told(seen) && !seen.doubted().is_empty()).await;
        let seen = one.seen.borrow().clone();
        if number == BEN {
            assert_eq!(seen.played, None, "nobody is played what is said in his own name");
        } else {
            let after = seen.told_after(ben).expect("the forged voice was played");
            assert!(after <= Duration::from_secs(1), "{}: told after {after:?}", one.name);
        }
        assert_eq!(seen.doubted(), [ben], "his tile is marked and nobody else's");
    }
    for one in &mut crowd {
        one.until("to be calm again", |seen| seen.doubted().is_empty()).await;
    }
}
