//! One member: a task that sequences signalling, session, connection and frames.
//!
//! ```text
//!   host ─▶ signalling ─▶ ┌────────┐ ─▶ Event      what the member sees
//!   peer ─▶ media      ─▶ │ member │ ◀─ publish    what it sends
//!   time ───────────────▶ └────────┘ ◀─ leave
//! ```
//! **Invariant:** everything a member is belongs to its one task; others reach it by messages, and it reaches others by calling its
//! listener, never while something is half done.
//!
//! In a room of many (`crypto::voices`) a member that has a microphone and receives sound is a herald when the plan says so: at each frame of
//! its microphone it sends one more, with the loudest voice of its group in it. Its listener is told who spoke, not on which way it came.
//!
//! What a member does not do: it offers once, so its sections are as many as it was given at the start; it resumes its seat after a dropped
//! socket, but does not build another connection when the way of its media is lost ([`Event::MediaLost`]), nor after the host's restart.

#[cfg(feature = "forging")]
mod forging;
mod life;

#[cfg(feature = "forging")]
pub(crate) use forging::Forger;

use crate::RoomKeys;
use crate::signalling::HostAddress;
use crypto::frames::{AudioLevel, OpenError};
use crypto::group::MemberId;
use crypto::session::{Command, End, Notice, Person, Phase, Rules};
use life::Life;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wire::{PixelHeight, Track};

/// How long the way in may take, and the way of the media after it, each. The session gives up by itself long before, where it can tell why.
const PATIENCE: Duration = Duration::from_secs(45);
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// Media packets and orders that may wait for the member's task. What does not fit waits with whoever sends it.
const WAITING: usize = 1_024;

/// What it takes to join.
pub struct Joining {
    /// Where the host is.
    pub host: HostAddress,
    /// The room, with its password.
    pub room: Arc<RoomKeys>,
    /// What the member calls itself.
    pub person: String,
    /// What it sends; what it passes on as a herald is not among it.
    pub sends: Vec<Track>,
    /// How much it can receive at a time.
    pub seats: Seats,
    /// How high the places of the pictures are that it receives.
    pub height: PixelHeight,
}

/// Receiving sections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seats {
    /// For sound.
    pub sound: usize,
    /// For pictures.
    pub pictures: usize,
}

/// Why somebody is not in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JoinError {
    /// There is no host.
    #[error("the host cannot be reached: {0}")]
    Unreachable(String),
    /// The session ended before it was inside: members or host said no.
    #[error("{}", words(*.0))]
    Refused(End),
    /// The group took us in, and the media found no way.
    #[error("no way for the media: {0}")]
    Media(String),
    /// Nothing happened for too long.
    #[error("nobody answered within {} s", PATIENCE.as_secs())]
    TimedOut,
}

fn words(end: End) -> &'static str {
    match end {
        End::Left => "left before it was in",
        End::WrongPassword { .. } => "wrong password, or nobody at the door answered the proof in time",
        End::Locked => "the room is locked",
        End::AskToBeLetIn => "the members take no passwords at present",
        End::EndedForAll => "the meeting was ended for all",
        End::GuessingSuspected => "the members let nobody try any more: too many wrong passwords",
        End::NoAnswer => "no member answered the knock",
        End::RoomFull => "the room is full",
        End::HostFull => "the host is full",
        End::TooManyKnocking => "too many people at this door",
        End::OtherVersion => "host and member speak different versions",
        End::Refused => "a moderator did not let it in",
        End::Closed => "nobody is let in",
        End::PermissionNeeded => "nobody is in the room, and this host asks who may open one",
        End::Removed => "the members removed it",
        End::Lost => "the way back was not found",
    }
}

/// What a member sees.
pub enum Event<'a> {
    /// How far it is, as in [`crypto::session::Event::Phase`].
    Phase(Phase),
    /// Everybody in the group.
    People(&'a [Person]),
    /// The rules of the room.
    Rules(&'a Rules),
    /// What a person would be told in words.
    Notice(&'a Notice),
    /// A frame was opened.
    Opened(Opened<'a>),
    /// A frame could not be opened, and was dropped.
    Unopened(Track, OpenError),
    /// A receiver needs a key frame of this picture of ours.
    KeyFrameWanted(Track),
    /// Whether somebody looks at this picture of ours.
    Watched(Track, bool),
    /// The way of the media is lost.
    MediaLost,
}

/// A frame of somebody else.
pub struct Opened<'a> {
    /// Whose.
    pub from: MemberId,
    /// Which of theirs.
    pub track: Track,
    /// Of a picture, whether it stands alone.
    pub key_frame: Option<bool>,
    /// Of sound, how loud its sender says it is.
    pub level: Option<AudioLevel>,
    /// What was sealed.
    pub content: &'a [u8],
}

/// A frame to be sealed and sent.
pub struct Frame {
    /// Which of our tracks it belongs to.
    pub track: Track,
    /// Whether a picture stands alone; of no meaning for sound.
    pub key_frame: bool,
    /// How loud sound is; of no meaning for pictures. It travels inside the seal.
    pub level: AudioLevel,
    /// The bytes.
    pub content: Vec<u8>,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// It went out in so many packets, with the frame of a herald that goes with it.
    Sent(usize),
    /// It was not sent: there are no keys yet, somebody is being removed, or there is no connection.
    Withheld,
}

/// What came in so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Media packets, repetitions not counted.
    pub received: u64,
    /// Those and the ones that are missing between them, by their numbers.
    pub expected: u64,
    /// Their bytes: RTP headers and payloads.
    pub bytes: u64,
    /// Streams of sound that are received now.
    pub sounds: usize,
    /// Those of them of which something came.
    pub flowing: usize,
    /// How often the host was told to send something else, or nothing, in a section.
    pub changes: u64,
}

enum Order {
    Publish(Frame, oneshot::Sender<Published>),
    #[cfg(feature = "forging")]
    Forge(MemberId, Frame, oneshot::Sender<Published>),
    Traffic(oneshot::Sender<Traffic>),
    Wish(Command),
    Leave,
}

/// Somebody in a room.
pub struct Member {
    orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
}

impl Member {
    /// Joins: returns when the group has taken the member in and its media is connected. `listen` is told everything from the first moment,
    /// on the member's own task: it must not block.
    ///
    /// # Errors
    /// [`JoinError`].
    pub async fn join(joining: Joining, listen: impl FnMut(Event<'_>) + Send + 'static) -> Result<Self, JoinError> {
        let (orders, taken) = mpsc::channel(WAITING);
        let (report, reported) = oneshot::channel();
        let life = Life::begin(joining, Box::new(listen), report).await?;
        let member = Self { orders, task: tokio::spawn(life.run(taken)) };
        // The session has its own time-outs; this one is for hosts and networks that leave it hanging.
        match timeout(2 * PATIENCE, reported).await {
            Ok(Ok(Ok(()))) => Ok(member),
            Ok(Ok(Err(error))) => Err(error),
            Ok(Err(_)) => Err(JoinError::TimedOut),
            Err(_) => {
                member.leave().await;
                Err(JoinError::TimedOut)
            }
        }
    }

    /// Seals a frame and sends it.
    pub async fn publish(&self, frame: Frame) -> Published {
        self.ask(|answer| Order::Publish(frame, answer)).await.unwrap_or(Published::Withheld)
    }

    /// What came in so far.
    pub async fn traffic(&self) -> Traffic {
        self.ask(Order::Traffic).await.unwrap_or_default()
    }

    /// Asks the session for something, as a person's page does.
    pub async fn wish(&self, command: Command) {
        // A member that has ended takes no orders.
        let _ = self.orders.send(Order::Wish(command)).await;
    }

    async fn ask<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.orders.send(order(answer)).await.ok()?;
        answered.await.ok()
    }

    /// Says goodbye and is gone.
    pub async fn leave(&self) {
        let gone = async {
            // A member that has ended takes no orders; it is gone too.
            let _ = self.orders.send(Order::Leave).await;
            self.orders.closed().await;
        };
        if timeout(FAREWELL, gone).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Member {
    /// Without a farewell: the others see the socket close.
    fn drop(&mut self) {
        self.task.abort();
    }
}
