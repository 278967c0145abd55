//! Everybody of a load: how they come in.
//!
//! **Invariant:** the first of a room is alone when it founds it, and of those who follow no more stand at the door at a time than it takes
//! in without turning anybody away; so the time to join is that of a join, not of a queue.

use super::ledger::Ledger;
use super::publisher::{Publisher, Sent, Wishes};
use super::voices::Turns;
use super::{LoadError, Plan, Profile};
use crate::clock;
use crate::member::{Joining, Member, Seats};
use crate::room::RoomKeys;
use crate::signalling::HostAddress;
use crypto::name::RoomName;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

/// At one door at a time. A doorkeeper holds three tries open (PROTOCOL.md §4); three who come at once were seen to push each other out and
/// to knock again seconds later.
const AT_A_DOOR: usize = 2;
/// On their way in all rooms together. More would measure this machine's processors.
const AT_ALL_DOORS: usize = 8;

/// Somebody who receives.
pub(super) struct Receiver {
    pub(super) member: Arc<Member>,
    pub(super) ledger: Arc<Ledger>,
}

/// Somebody who is in.
pub(super) struct Joined {
    pub(super) room: usize,
    pub(super) took: Duration,
    pub(super) member: Arc<Member>,
    /// If it sends.
    pub(super) publisher: Option<Publisher>,
    /// If it receives.
    pub(super) receiver: Option<Receiver>,
}

/// Who is to come.
#[derive(Clone, Copy)]
enum Coming {
    Publisher(u32),
    Receiver(u32),
}

impl std::fmt::Display for Coming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Publisher(number) => write!(f, "publisher {}", number + 1),
            Self::Receiver(number) => write!(f, "subscriber {}", number + 1),
        }
    }
}

/// Lets everybody in, room by room at the same time. Each arrives at `joined`; the task ends with the last, or with the first who cannot.
pub(super) async fn join(plan: Arc<Plan>, host: HostAddress, joined: mpsc::Sender<Joined>) -> Result<(), LoadError> {
    let everywhere = Arc::new(Semaphore::new(AT_ALL_DOORS));
    let mut rooms = JoinSet::new();
    for room in 0..plan.rooms {
        rooms.spawn(fill(
            Arc::new(Door { plan: plan.clone(), host: host.clone(), room, joined: joined.clone() }),
            everywhere.clone(),
        ));
    }
    while let Some(filled) = rooms.join_next().await {
        filled.map_err(|_| LoadError::Broken)??;
    }
    Ok(())
}

struct Door {
    plan: Arc<Plan>,
    host: HostAddress,
    room: u32,
    joined: mpsc::Sender<Joined>,
}

async fn fill(door: Arc<Door>, everywhere: Arc<Semaphore>) -> Result<(), LoadError> {
    let plan = door.plan.clone();
    let keys = {
        let _one = everywhere.acquire().await;
        let plan = plan.clone();
        Arc::new(tokio::task::spawn_blocking(move || keys(&plan)).await.map_err(|_| LoadError::Broken)??)
    };
    let mut coming = (0..plan.publishers).map(Coming::Publisher).chain((0..plan.subscribers).map(Coming::Receiver));
    if let Some(founder) = coming.next() {
        let _one = everywhere.acquire().await;
        door.enter(keys.clone(), founder).await?;
    }
    let here = Arc::new(Semaphore::new(AT_A_DOOR));
    let mut entering = JoinSet::new();
    for who in coming {
        let (door, keys, here, everywhere) = (door.clone(), keys.clone(), here.clone(), everywhere.clone());
        entering.spawn(async move {
            let _places = (here.acquire().await, everywhere.acquire().await);
            door.enter(keys, who).await
        });
    }
    while let Some(entered) = entering.join_next().await {
        entered.map_err(|_| LoadError::Broken)??;
    }
    Ok(())
}

fn keys(plan: &Plan) -> Result<RoomKeys, LoadError> {
    let name = match &plan.room {
        Some(name) => RoomName::normalise(name).ok_or(LoadError::RoomName)?,
        None => RoomKeys::draw_name()?,
    };
    Ok(RoomKeys::derive(&name, plan.password.as_deref())?)
}

impl Door {
    async fn enter(&self, room: Arc<RoomKeys>, who: Coming) -> Result<(), LoadError> {
        let begun = clock::elapsed();
        let (ledger, wishes) = (Arc::<Ledger>::default(), Arc::<Wishes>::default());
        let noting = (ledger.clone(), wishes.clone());
        let listen = move |event: crate::Event<'_>| {
            noting.0.note(&event);
            noting.1.note(&event);
        };
        let member = Member::join(self.joining(room, who), listen).await;
        let member = member.map_err(|error| LoadError::CannotJoin { room: self.room + 1, who: who.to_string(), error })?;
        let (member, took) = (Arc::new(member), clock::elapsed().saturating_sub(begun));
        let (plan, voices) = (&self.plan, self.plan.profile == Profile::Voices);
        let (publisher, receiver) = match who {
            Coming::Publisher(person) => {
                let number = self.room * plan.publishers + person;
                let turns = voices.then_some(Turns { person, people: plan.publishers });
                let sent = Arc::<Sent>::default();
                let publisher = Publisher { number, turns, member: member.clone(), wishes, sent };
                (Some(publisher), voices.then(|| Receiver { member: member.clone(), ledger }))
            }
            Coming::Receiver(_) => (None, Some(Receiver { member: member.clone(), ledger })),
        };
        // Whoever no longer waits has been told to stop.
        let _ = self.joined.send(Joined { room: self.room as usize, took, member, publisher, receiver }).await;
        Ok(())
    }

    fn joining(&self, room: Arc<RoomKeys>, who: Coming) -> Joining {
        let (plan, streams) = (&self.plan, self.plan.profile.streams());
        let tracks = || streams.iter().map(|stream| stream.track);
        let all = |audio: bool| tracks().filter(|track| track.is_audio() == audio).count() * plan.publishers as usize;
        let (sends, seats) = match who {
            Coming::Publisher(_) if plan.profile == Profile::Voices => {
                (tracks().collect(), Seats { sound: plan.streams(), pictures: 0 })
            }
            Coming::Publisher(_) => (tracks().collect(), Seats::default()),
            Coming::Receiver(_) => (Vec::new(), Seats { sound: all(true), pictures: all(false) }),
        };
        let (host, height) = (self.host.clone(), plan.profile.height());
        Joining { host, room, person: who.to_string(), sends, seats, height }
    }
}
