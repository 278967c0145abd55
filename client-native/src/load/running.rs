//! One load from beginning to end.
//!
//! **Invariant:** whatever happens, everybody who came in leaves, and a host that was started here ends; a load that is told to stop reports
//! what was done until then.

use super::crowd::{self, Joined, Receiver};
use super::histogram::Histogram;
use super::ledger::Seen;
use super::process::{OwnHost, Usage};
use super::publisher::{Order, Publisher, Sent};
use super::report::{self, Report};
use super::voices::{Streams, Voices};
use super::{LoadError, Plan, Profile, Target};
use crate::clock;
use crate::member::{Member, Traffic};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// Least time that frames flow before they count: the host's estimates of the paths begin low and grow.
const WARM_UP: Duration = Duration::from_secs(3);
/// Most time until every receiver opens every stream. After it, what is measured is what there is.
const BEGINNING: Duration = Duration::from_secs(30);
/// How long nothing is sent before frames count: what is under way arrives.
const HOLD: Duration = Duration::from_millis(300);
/// How long a host that has just started lets nobody found a room, for the sake of meetings that an earlier one held; that is not a join's time.
const HOST_BEGINS: Duration = Duration::from_millis(2_100);
/// Quiet after which the last frame is taken to have come.
const QUIET: Duration = Duration::from_millis(1_500);
/// Between two looks at how far things are.
const LOOK: Duration = Duration::from_millis(50);

/// How far a load is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress {
    /// People come in.
    Joining {
        /// Inside.
        joined: u32,
        /// All.
        of: u32,
    },
    /// Everybody is in, frames begin to flow.
    WarmingUp {
        /// Streams that are opened, of all receivers together.
        begun: usize,
        /// All of them.
        of: usize,
    },
    /// Frames count.
    Measuring {
        /// Seconds so far.
        seconds: f64,
        /// Seconds in all.
        of: u32,
        /// Packets that went to the host in the last second.
        sent: u64,
        /// Packets that came from it.
        received: u64,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Joining { joined, of } => write!(f, "joined {joined}/{of}"),
            Self::WarmingUp { begun, of } => write!(f, "warming up: {begun}/{of} streams are opened"),
            Self::Measuring { seconds, of, sent, received } => {
                write!(f, "measuring {seconds:.0}/{of} s: {sent} packets/s to the host, {received} packets/s from it")
            }
        }
    }
}

/// Carries out a plan. `stop` ends it early when it turns true (or its sender is gone); `say` is told about once a second how far it is.
///
/// # Errors
/// [`LoadError`]; among them, that somebody could not join and that nothing was delivered.
pub async fn run(plan: Plan, stop: watch::Receiver<bool>, say: impl FnMut(Progress)) -> Result<Report, LoadError> {
    plan.check()?;
    let (address, process, own) = match &plan.target {
        Target::Running { address, process } => (address.clone(), *process, None),
        Target::Started(program) => {
            let own = OwnHost::start(program).map_err(LoadError::Host)?;
            sleep(HOST_BEGINS).await;
            (own.url.clone(), Some(own.process()), Some(own))
        }
    };
    let running = Running {
        plan: Arc::new(plan),
        process,
        stop,
        say,
        members: Vec::new(),
        receivers: Vec::new(),
        publishers: Vec::new(),
        joins: Histogram::default(),
        seen: (0, 0),
    };
    let report = running.carry_out(address.parse()?).await;
    drop(own);
    report
}

struct Running<S> {
    plan: Arc<Plan>,
    process: Option<u32>,
    stop: watch::Receiver<bool>,
    say: S,
    members: Vec<Arc<Member>>,
    /// With their rooms.
    receivers: Vec<(usize, Receiver)>,
    /// With their rooms and numbers.
    publishers: Vec<(usize, u32, Arc<Sent>)>,
    joins: Histogram,
    /// Packets sent and received when progress was told last.
    seen: (u64, u64),
}

/// What the accounts say at one moment.
#[derive(Clone)]
struct Look {
    at: Duration,
    host: Option<Usage>,
    own: Option<Usage>,
    /// In the order of the receivers.
    traffic: Vec<Traffic>,
}

impl Look {
    fn sum(&self, count: fn(&Traffic) -> u64) -> u64 {
        self.traffic.iter().map(count).sum()
    }
}

impl<S: FnMut(Progress)> Running<S> {
    async fn carry_out(mut self, host: crate::HostAddress) -> Result<Report, LoadError> {
        let before = self.look().await;
        let joined = self.join(host).await;
        let inside = self.look().await;
        let report = match joined {
            Ok(publishers) => self.send(publishers, [before, inside]).await,
            Err(error) => Err(error),
        };
        self.leave().await;
        report
    }

    fn stopped(&self) -> bool {
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }

    async fn look(&self) -> Look {
        let mut traffic = Vec::new();
        for (_, receiver) in &self.receivers {
            traffic.push(receiver.member.traffic().await);
        }
        Look { at: clock::elapsed(), host: self.process.and_then(Usage::of), own: Usage::of_this(), traffic }
    }

    /// Everybody comes in.
    async fn join(&mut self, host: crate::HostAddress) -> Result<Vec<Publisher>, LoadError> {
        let (tell, mut told) = mpsc::channel(16);
        let joining = tokio::spawn(crowd::join(self.plan.clone(), host, tell));
        let mut publishers = Vec::new();
        let mut seconds = every_second();
        loop {
            tokio::select! {
                joined = told.recv() => match joined {
                    Some(joined) => self.joined(joined, &mut publishers),
                    None => break,
                },
                _ = seconds.tick() => self.tell_joining(),
                _ = self.stop.changed() => break joining.abort(),
            }
        }
        self.tell_joining();
        match joining.await {
            Ok(Err(error)) => Err(error),
            Ok(Ok(())) => Ok(publishers),
            Err(_) if self.stopped() => Ok(publishers),
            Err(_) => Err(LoadError::Broken),
        }
    }

    fn tell_joining(&mut self) {
        let joined = self.members.len() as u32;
        (self.say)(Progress::Joining { joined, of: self.plan.members() });
    }

    fn joined(&mut self, joined: Joined, publishers: &mut Vec<Publisher>) {
        self.joins.add(joined.took);
        self.members.push(joined.member);
        if let Some(publisher) = joined.publisher {
            self.publishers.push((joined.room, publisher.number, publisher.sent.clone()));
            publishers.push(publisher);
        }
        self.receivers.extend(joined.receiver.map(|receiver| (joined.room, receiver)));
    }

    /// Frames flow, first those that do not count.
    async fn send(&mut self, publishers: Vec<Publisher>, [before, inside]: [Look; 2]) -> Result<Report, LoadError> {
        let (order, orders) = watch::channel(Order::WarmUp);
        let mut sending = JoinSet::new();
        for publisher in publishers {
            sending.spawn(publisher.run(self.plan.profile.streams(), orders.clone()));
        }
        if !self.stopped() {
            self.warm_up().await;
            order.send_replace(Order::Hold);
            sleep(HOLD).await;
        }
        let begin = self.look().await;
        let measured = !self.stopped();
        if measured {
            self.receivers.iter().for_each(|(_, receiver)| receiver.ledger.measure());
            order.send_replace(Order::Measure { seconds: self.plan.seconds, from: begin.at });
            self.measure(&mut sending, begin.at).await;
        }
        order.send_replace(Order::Stop);
        let report = self.report([before, inside, begin, self.look().await]);
        if measured && !self.stopped() && report.frames.opened == 0 {
            return Err(LoadError::NothingDelivered);
        }
        Ok(report)
    }

    /// Until every receiver opens every stream.
    async fn warm_up(&mut self) {
        let all = self.streams();
        let begin = Instant::now();
        let mut seconds = every_second();
        loop {
            let begun = self.streams_begun(&self.look().await);
            let warm = begun >= all && begin.elapsed() >= WARM_UP;
            if warm || begin.elapsed() >= BEGINNING {
                return;
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                _ = seconds.tick() => (self.say)(Progress::WarmingUp { begun, of: all }),
                _ = self.stop.changed() => return,
            }
        }
    }

    /// Streams that should come in, of all receivers together.
    fn streams(&self) -> usize {
        match self.plan.profile {
            Profile::Voices => self.plan.rooms as usize * Streams::of(self.plan.publishers).all,
            profile => self.receivers.len() * self.plan.publishers as usize * profile.streams().len(),
        }
    }

    /// Those of which a frame was opened; or, where what is passed on is not to be told by its content, a packet came.
    fn streams_begun(&self, look: &Look) -> usize {
        match self.plan.profile {
            Profile::Voices => look.traffic.iter().map(|traffic| traffic.flowing).sum(),
            _ => self.receivers.iter().map(|(_, receiver)| receiver.ledger.progress().0).sum(),
        }
    }

    /// Until everything that counts is sent, and has come or will not come any more.
    async fn measure(&mut self, sending: &mut JoinSet<()>, begin: Duration) {
        let mut seconds = every_second();
        self.seen = (self.packets_sent(), self.look().await.sum(|one| one.received));
        loop {
            tokio::select! {
                done = sending.join_next() => if done.is_none() { break },
                _ = seconds.tick() => self.tell_pace(begin).await,
                _ = self.stop.changed() => return,
            }
        }
        let (mut came, mut since) = (0, Instant::now());
        loop {
            let now = self.receivers.iter().map(|(_, receiver)| receiver.ledger.progress().1).sum();
            if now != came {
                (came, since) = (now, Instant::now());
            }
            if came >= self.due() || since.elapsed() >= QUIET || self.stopped() {
                return;
            }
            sleep(LOOK).await;
        }
    }

    async fn tell_pace(&mut self, begin: Duration) {
        let now = (self.packets_sent(), self.look().await.sum(|one| one.received));
        let seconds = clock::elapsed().saturating_sub(begin).as_secs_f64();
        let (sent, received) = (now.0.saturating_sub(self.seen.0), now.1.saturating_sub(self.seen.1));
        self.seen = now;
        (self.say)(Progress::Measuring { seconds, of: self.plan.seconds, sent, received });
    }

    fn packets_sent(&self) -> u64 {
        self.publishers.iter().map(|(_, _, sent)| sent.packets.load(Ordering::Relaxed)).sum()
    }

    /// Frames that count, times those who should receive them.
    fn due(&self) -> u64 {
        let in_room = |room: usize| self.receivers.iter().filter(|(other, _)| *other == room).count() as u64;
        // Nobody is due its own voice.
        let own = u64::from(self.plan.profile == Profile::Voices);
        let others = |room: usize| in_room(room).saturating_sub(own);
        self.publishers.iter().map(|(room, _, sent)| sent.frames.load(Ordering::Relaxed) * others(*room)).sum()
    }

    fn report(&self, [before, inside, begin, end]: [Look; 4]) -> Report {
        let sum = |count: fn(&Sent) -> u64| self.publishers.iter().map(|(_, _, sent)| count(sent)).sum();
        let seen: Vec<_> = self.receivers.iter().map(|(_, receiver)| receiver.ledger.snapshot()).collect();
        let mut latency = Histogram::default();
        seen.iter().for_each(|seen| latency.merge(&seen.latency));
        let frames = report::Frames {
            sent: sum(|sent| sent.frames.load(Ordering::Relaxed)),
            withheld: sum(|sent| sent.withheld.load(Ordering::Relaxed)),
            due: self.due(),
            opened: seen.iter().map(|seen| seen.opened).sum(),
            early: seen.iter().map(|seen| seen.early).sum(),
            failed: seen.iter().map(|seen| seen.failed).sum(),
            failure: seen.iter().find_map(|seen| seen.failure).map(|error| error.to_string()),
        };
        let packets = report::Packets {
            sent: self.packets_sent(),
            received: end.sum(|one| one.received) - begin.sum(|one| one.received),
            expected: end.sum(|one| one.expected) - begin.sum(|one| one.expected),
            bytes: end.sum(|one| one.bytes) - begin.sum(|one| one.bytes),
        };
        let members = self.members.len() as u32;
        let spent = |from: Option<Usage>, to: Option<Usage>| Some(to?.cpu - from?.cpu);
        Report {
            plan: (*self.plan).clone(),
            interrupted: self.stopped(),
            joined: members,
            joins: [self.joins.quantile(0.5), self.joins.quantile(0.99)],
            silent: self.streams().saturating_sub(self.streams_begun(&end)),
            lost_ways: seen.iter().filter(|seen| seen.lost).count(),
            seconds: (end.at.saturating_sub(begin.at)).as_secs_f64(),
            frames,
            packets,
            voices: (self.plan.profile == Profile::Voices).then(|| self.voices(&seen, [&begin, &end])),
            latency: [latency.quantile(0.5), latency.quantile(0.95), latency.quantile(0.99), latency.max()],
            host: report::HostCost::of(
                spent(begin.host, end.host),
                spent(before.host, inside.host),
                before.host.zip(end.host).map(|(before, end)| end.memory - before.memory),
                members,
            ),
            own_cpu: spent(begin.own, end.own),
        }
    }

    fn voices(&self, seen: &[Seen], [begin, end]: [&Look; 2]) -> Voices {
        let mut times = Histogram::default();
        seen.iter().flat_map(|seen| seen.turns.values()).for_each(|time| times.add(*time));
        let passes_on = |sent: &Sent| sent.passed_on.load(Ordering::Relaxed) > 0;
        let heralds: BTreeSet<u32> =
            self.publishers.iter().filter(|(_, _, sent)| passes_on(sent)).map(|(_, number, _)| *number).collect();
        let turns = |of: &dyn Fn(u32) -> bool| -> u64 {
            let theirs = self.publishers.iter().filter(|(_, number, _)| of(*number));
            theirs.map(|(_, _, sent)| sent.turns.load(Ordering::Relaxed)).sum()
        };
        let bytes = begin.traffic.iter().zip(&end.traffic).map(|(begin, end)| end.bytes - begin.bytes).max().unwrap_or(0);
        let all = turns(&|_| true);
        // Late frames and the wait for the last do not make it less.
        let seconds = f64::from(self.plan.seconds).min(end.at.saturating_sub(begin.at).as_secs_f64()).max(0.1);
        Voices {
            turns: all,
            turns_of_heralds: turns(&|number| heralds.contains(&number)),
            due: all * u64::from(self.plan.publishers.saturating_sub(1)),
            heard: seen.iter().map(|seen| seen.turns.len() as u64).sum(),
            found: Voices::found(&times),
            heralds: heralds.len(),
            streams: [end.traffic.iter().map(|one| one.sounds).max().unwrap_or(0), Streams::of(self.plan.publishers).most],
            kbit: bytes as f64 * 8.0 / 1_000.0 / seconds,
            changes: end.sum(|one| one.changes) - begin.sum(|one| one.changes),
        }
    }

    async fn leave(&mut self) {
        let mut leaving = JoinSet::new();
        self.receivers.clear();
        for member in self.members.drain(..) {
            leaving.spawn(async move { member.leave().await });
        }
        while leaving.join_next().await.is_some() {}
    }
}

fn every_second() -> tokio::time::Interval {
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    seconds
}
