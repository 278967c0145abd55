//! Members without a browser who all send sound, one of whom speaks as another.
//!
//! Invariant: everybody here is a member of [`incamera_native`], in by the front door of the real host; what the forger does beyond that is
//! what every member could do with the keys it has. What is counted is what members' own sessions say.

use crate::browser::Host;
use crypto::frames::AudioLevel;
use crypto::group::MemberId;
use crypto::session::{Command, Govern, Notice, Person, Rule, Rules};
use incamera_native::{Event, Frame, Joining, Member, Opened, Published, RoomKeys, Seats};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use wire::{PixelHeight, Track};

/// A frame of a microphone takes as long, and as many bytes.
const PACE: Duration = Duration::from_millis(20);
const BYTES: usize = 80;
/// The first byte of what nobody has said.
const FORGED: u8 = 0xff;
const SPOKEN: AudioLevel = AudioLevel { voice: true, below_loudest: 25 };
const QUIET: AudioLevel = AudioLevel { voice: false, below_loudest: 75 };

/// What one member has seen so far.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The roster.
    pub people: Vec<Person>,
    /// What it was told of frames, and when.
    pub told: Vec<(Instant, Notice)>,
    /// When it first played what was forged.
    pub played: Option<Instant>,
    /// Frames are signed, as far as it knows.
    pub signed: bool,
}

/// One of the crowd.
pub struct One {
    /// What it calls itself.
    pub name: String,
    /// The member.
    member: Arc<Member>,
    /// What it sees.
    pub seen: watch::Receiver<Seen>,
    voice: JoinHandle<()>,
    forges: watch::Sender<Option<MemberId>>,
    aloud: watch::Sender<bool>,
    sent: watch::Receiver<u64>,
}

/// So many of them in one room, one after the other, each with sections for so many sounds. The first has the chair.
///
/// # Panics
/// When one of them does not come in.
pub async fn gather(host: &Host, room: RoomKeys, people: usize, sounds: usize) -> Vec<One> {
    let (address, room) = (format!("http://127.0.0.1:{}", host.tcp_port()), Arc::new(room));
    let mut crowd = Vec::new();
    for number in 0..people {
        crowd.push(One::join(&address, &room, &format!("person {number}"), sounds).await);
    }
    crowd
}

/// Has frames signed, once everybody of the crowd sees so many people, and waits until all of it knows.
///
/// # Panics
/// When one of them does not.
pub async fn sign_frames(crowd: &mut [One], people: usize) {
    for one in crowd.iter_mut() {
        one.until("for everybody", |seen| seen.people.len() == people).await;
    }
    let owner = crowd.first().expect("there is a crowd");
    owner.member.wish(Command::Govern(Govern::Rule(Rule::SignedFrames, true))).await;
    for one in crowd {
        one.until("for signed frames", |seen| seen.signed).await;
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.voice.abort();
    }
}

impl One {
    /// Joins and begins to send sound: quiet, at the pace of an encoder, until it is dropped.
    async fn join(host: &str, room: &Arc<RoomKeys>, name: &str, sounds: usize) -> Self {
        let joining = Joining {
            host: host.parse().expect("an address"),
            room: room.clone(),
            person: name.to_owned(),
            sends: vec![Track::Audio],
            seats: Seats { sound: sounds, pictures: 0 },
            height: PixelHeight(0),
        };
        let (sees, seen) = watch::channel(Seen::default());
        let member = Member::join(joining, move |event| sees.send_modify(|seen| seen.take(event))).await;
        let member = Arc::new(member.unwrap_or_else(|error| panic!("{name}: {error}")));
        let (forges, forged) = watch::channel(None);
        let (aloud, speaks) = watch::channel(false);
        let (counts, sent) = watch::channel(0);
        let voice = tokio::spawn(speak(member.clone(), forged, speaks, counts));
        Self { name: name.to_owned(), member, seen, voice, forges, aloud, sent }
    }

    /// Who this is, as soon as its roster says so.
    pub async fn id(&mut self) -> MemberId {
        let mine = |seen: &Seen| seen.people.iter().find(|person| person.me).map(|person| person.member);
        self.until("to know itself", |seen| mine(seen).is_some()).await;
        mine(&self.seen.borrow()).expect("waited for")
    }

    /// Speaks in that member's name from now on, aloud; or no more.
    pub fn forge(&self, victim: Option<MemberId>) {
        self.forges.send_replace(victim);
    }

    /// Speaks aloud from now on, in its own name; or is quiet again.
    pub fn speak(&self, aloud: bool) {
        self.aloud.send_replace(aloud);
    }

    /// Waits until it has sent so many frames more.
    pub async fn speaks_for(&mut self, frames: u64) {
        let goal = *self.sent.borrow() + frames;
        self.sent.wait_for(|sent| *sent >= goal).await.expect("it speaks");
    }

    /// Waits for what it should see.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&Seen) -> bool) {
        let came = tokio::time::timeout(crate::browser::LONG, self.seen.wait_for(|seen| wanted(seen))).await.is_ok();
        if !came {
            panic!("{} waited {what}: {:?}", self.name, self.seen.borrow());
        }
    }
}

async fn speak(
    member: Arc<Member>,
    forged: watch::Receiver<Option<MemberId>>,
    aloud: watch::Receiver<bool>,
    counts: watch::Sender<u64>,
) {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    loop {
        pace.tick().await;
        let victim = *forged.borrow();
        let level = if *aloud.borrow() { SPOKEN } else { QUIET };
        let own = Frame { track: Track::Audio, key_frame: false, level, content: vec![1; BYTES] };
        if let Some(victim) = victim {
            let content = vec![FORGED; BYTES];
            let words = Frame { track: Track::Audio, key_frame: false, level: SPOKEN, content };
            assert!(matches!(member.forge(victim, words).await, Published::Sent(_)), "it heralds");
        }
        member.publish(own).await;
        counts.send_modify(|sent| *sent += 1);
    }
}

impl Seen {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::People(people) => self.people = people.to_vec(),
            Event::Notice(notice @ (Notice::Forged { .. } | Notice::Unvouched { .. } | Notice::ForgedElsewhere { .. })) => {
                self.told.push((Instant::now(), notice.clone()));
            }
            Event::Rules(Rules { on, .. }) => self.signed = on.contains(&Rule::SignedFrames),
            Event::Opened(Opened { track: Track::Audio, content: [FORGED, ..], .. }) => {
                self.played.get_or_insert(Instant::now());
            }
            _ => {}
        }
    }

    /// Whom it marks.
    pub fn doubted(&self) -> Vec<MemberId> {
        self.people.iter().filter(|person| person.doubt.is_some()).map(|person| person.member).collect()
    }

    /// How long after it first played what was forged it was told whose name was used.
    pub fn told_after(&self, victim: MemberId) -> Option<Duration> {
        let (at, _) = self.told.iter().find(|(_, notice)| *notice == Notice::Forged { member: victim })?;
        Some(at.saturating_duration_since(self.played?))
    }
}
