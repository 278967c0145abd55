//! The member's task.
//!
//! **Invariant:** after each thing that happened, everything the session wants is done before the next thing is looked at.

use super::{Event, Frame, JoinError, Joining, Opened, Order, PATIENCE, Published, Traffic, WAITING};
use crate::clock;
use crate::keyholder::{Act, Keyholder};
use crate::media::{FromPeer, Peer};
use crate::reception::{Reception, Source};
use crate::signalling::{Heard, Socket};
use crypto::frames::{AudioLevel, OpenError};
use crypto::session::{self, Command, Devices, Input, Person, Phase};
use crypto::voices::Duty;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use webrtc::error::Error as MediaError;
use wire::{LayersWanted, Track};

pub(super) type Listener = Box<dyn FnMut(Event<'_>) + Send>;

/// All of a member.
pub(super) struct Life {
    joining: Joining,
    pub(super) keyholder: Keyholder,
    socket: Option<Socket>,
    /// The number of the present one; what earlier ones still say is passed over.
    number: u64,
    tell: mpsc::Sender<(u64, Heard)>,
    hearing: mpsc::Receiver<(u64, Heard)>,
    pub(super) peer: Peer,
    from_peer: mpsc::Receiver<FromPeer>,
    reception: Reception,
    pub(super) people: Vec<Person>,
    /// What we pass on; nobody can without a microphone, for the pace, and without hearing them.
    duty: Option<Duty>,
    listen: Listener,
    /// Waits for the outcome of the way in.
    report: Option<oneshot::Sender<Result<(), JoinError>>>,
    way: Way,
    /// When the session wants to be woken.
    wake: Option<u64>,
    patience: Instant,
    ended: bool,
    sealed: Vec<u8>,
    opened: Vec<u8>,
}

/// What a connection tells that is looked at in one go. More would let orders wait longer.
const AT_ONCE: usize = 32;

/// How far media and group are.
#[derive(Clone, Copy, Default)]
struct Way {
    inside: bool,
    offered: bool,
    connected: bool,
}

impl Life {
    pub(super) async fn begin(
        joining: Joining,
        listen: Listener,
        report: oneshot::Sender<Result<(), JoinError>>,
    ) -> Result<Self, JoinError> {
        let unreachable = |error: std::io::Error| JoinError::Unreachable(error.to_string());
        let media = |error: MediaError| JoinError::Media(error.to_string());
        let local = joining.host.local_side().await.map_err(unreachable)?;
        let devices = Devices {
            microphone: joining.sends.contains(&Track::Audio),
            camera: joining.sends.contains(&Track::Camera),
            screen: joining.sends.contains(&Track::Screen),
            screen_sound: joining.sends.contains(&Track::ScreenAudio),
            ..Devices::default()
        };
        let keyholder = Keyholder::new(&joining.room, joining.person.clone(), devices).map_err(unreachable)?;
        let (tell, from_peer) = mpsc::channel(WAITING);
        let mut sends = joining.sends.clone();
        sends.extend(may_herald(&joining).then_some(Track::Herald));
        let peer = Peer::new(local, &sends, joining.seats, tell).await.map_err(media)?;
        let (heard, hearing) = mpsc::channel(64);
        Ok(Self {
            joining,
            keyholder,
            socket: None,
            number: 0,
            tell: heard,
            hearing,
            peer,
            from_peer,
            reception: Reception::default(),
            people: Vec::new(),
            duty: None,
            listen,
            report: Some(report),
            way: Way::default(),
            wake: None,
            patience: Instant::now() + PATIENCE,
            ended: false,
            sealed: Vec::new(),
            opened: Vec::new(),
        })
    }

    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut told = Vec::with_capacity(AT_ONCE);
        self.act().await;
        while !self.ended {
            let wake =
                Instant::from_std(clock::now()) + Duration::from_millis(self.wake.unwrap_or(0).saturating_sub(clock::millis()));
            tokio::select! {
                heard = self.hearing.recv() => {
                    if let Some((number, heard)) = heard {
                        self.heard(number, heard);
                    }
                }
                _ = self.from_peer.recv_many(&mut told, AT_ONCE) => told.drain(..).for_each(|told| self.peer_tells(told)),
                order = orders.recv() => self.obey(order.unwrap_or(Order::Leave)).await,
                () = sleep_until(wake), if self.wake.is_some() => self.keyholder.handle(Input::Timeout),
                () = sleep_until(self.patience), if self.report.is_some() => self.give_up(JoinError::TimedOut),
            }
            self.act().await;
        }
        self.peer.close().await;
    }

    /// Does what the session wants.
    async fn act(&mut self) {
        loop {
            match self.keyholder.act() {
                Act::Wait(moment) => return self.wake = moment,
                Act::OpenSocket => {
                    self.number += 1;
                    self.socket = Some(Socket::open(self.joining.host.clone(), self.number, self.tell.clone()));
                }
                Act::CloseSocket => self.socket = None,
                Act::Send(message) => {
                    if let Some(socket) = &self.socket {
                        socket.send(&message);
                    }
                }
                Act::Tell(event) => self.session_tells(event).await,
            }
        }
    }

    fn heard(&mut self, number: u64, heard: Heard) {
        if number != self.number {
            return;
        }
        match heard {
            Heard::Opened => self.keyholder.handle(Input::SocketOpened),
            Heard::Message(message) => self.keyholder.handle(Input::Host(message)),
            Heard::OtherVersion => self.keyholder.handle(Input::OtherVersion),
            // The session would try again for ever; whoever wants in for the first time wants to know.
            Heard::Closed(Some(reason)) if !self.way.inside => self.give_up(JoinError::Unreachable(reason)),
            Heard::Closed(_) => self.keyholder.handle(Input::SocketClosed),
        }
    }

    // ---- the session ----

    async fn session_tells(&mut self, event: session::Event) {
        match event {
            session::Event::Phase(phase) => self.phase(phase).await,
            session::Event::People(people) => {
                self.people = people;
                (self.listen)(Event::People(&self.people));
                self.subscribe();
            }
            session::Event::Answer { sdp } => self.answered(sdp).await,
            session::Event::OfferRefused => self.give_up(JoinError::Media("the host refused the offer".to_owned())),
            session::Event::LayersWanted(LayersWanted { track, layers }) => {
                (self.listen)(Event::Watched(track, layers.contains(&true)));
            }
            session::Event::Rules(rules) => (self.listen)(Event::Rules(&rules)),
            session::Event::Notice(notice) => (self.listen)(Event::Notice(&notice)),
            session::Event::Chat { .. }
            | session::Event::Post(_)
            | session::Event::SafetyCode(_)
            | session::Event::SafetyCheck { .. }
            | session::Event::Words(_)
            | session::Event::WaitingLine(_)
            | session::Event::RoomVerified(_)
            | session::Event::TokenSpent
            | session::Event::Waiting(_)
            | session::Event::Together(_)
            | session::Event::Muted { .. }
            // It never asks.
            | session::Event::Relay(_)
            | session::Event::OtherPassword { .. } => {}
        }
    }

    async fn phase(&mut self, phase: Phase) {
        (self.listen)(Event::Phase(phase));
        match phase {
            Phase::Ended(end) => {
                self.ended = true;
                self.give_up(JoinError::Refused(end));
            }
            Phase::Joined | Phase::AloneOrApart => {
                let came_back = std::mem::replace(&mut self.way.inside, true);
                if !std::mem::replace(&mut self.way.offered, true) {
                    self.patience = Instant::now() + PATIENCE;
                    self.offer().await;
                } else if came_back {
                    self.reception.untell();
                    self.subscribe();
                }
            }
            Phase::Connecting | Phase::Knocking | Phase::Joining | Phase::Reconnecting | Phase::Waiting => {}
        }
    }

    async fn offer(&mut self) {
        let offered = async {
            let offer = self.peer.offer().await?;
            Ok::<_, MediaError>((offer, self.peer.receiving().await?))
        };
        match offered.await {
            Ok((offer, sections)) => {
                self.reception = Reception::new(sections);
                self.keyholder.handle(Input::Do(Command::Offer(offer)));
            }
            Err(error) => self.give_up(JoinError::Media(error.to_string())),
        }
    }

    async fn answered(&mut self, sdp: String) {
        self.reception.answered(&sdp);
        if let Err(error) = self.peer.answer(sdp).await {
            return self.give_up(JoinError::Media(error.to_string()));
        }
        self.subscribe();
    }

    fn subscribe(&mut self) {
        let ways = self.reception.ways(&self.people);
        self.reception.arrange(&self.people, &ways);
        self.take_duty(ways.duty);
        let changes = self.reception.subscriptions(self.joining.height);
        if !changes.is_empty() {
            self.keyholder.handle(Input::Do(Command::Subscribe(changes)));
        }
    }

    fn take_duty(&mut self, duty: Option<Duty>) {
        let duty = duty.filter(|_| may_herald(&self.joining));
        if duty != self.duty {
            self.keyholder.set_duty(duty.clone());
            self.duty = duty;
        }
    }

    /// The way in has failed, unless it was through already.
    fn give_up(&mut self, error: JoinError) {
        if let Some(report) = self.report.take() {
            // Whoever no longer waits does not want to know.
            let _ = report.send(Err(error));
            self.ended = true;
        }
    }

    // ---- media ----

    fn peer_tells(&mut self, told: FromPeer) {
        match told {
            FromPeer::Connected => {
                self.way.connected = true;
                if let Some(report) = self.report.take() {
                    let _ = report.send(Ok(()));
                }
            }
            FromPeer::Lost => {
                self.give_up(JoinError::Media("ICE or DTLS failed".to_owned()));
                (self.listen)(Event::MediaLost);
            }
            FromPeer::Packet(packet) => {
                if let Some((source, frame)) = self.reception.push(&packet) {
                    self.open(source, &frame);
                }
            }
            FromPeer::KeyFrameWanted(track) => (self.listen)(Event::KeyFrameWanted(track)),
        }
    }

    fn open(&mut self, source: Source, sealed: &[u8]) {
        match self.keyholder.open(source.leaf, source.track, sealed, &mut self.opened) {
            Ok(Some(frame)) => {
                let (from, track) = match source.track {
                    // Whose it is, its own seal says, under the leaves of the group; the roster knows who sits there.
                    Track::Herald => match self.people.iter().find(|person| person.leaf == frame.leaf) {
                        Some(person) => (person.member, Track::Audio),
                        None => return,
                    },
                    track => (source.member, track),
                };
                let (key_frame, level) = (frame.key_frame, frame.level);
                (self.listen)(Event::Opened(Opened { from, track, key_frame, level, content: &self.opened }));
            }
            Ok(None) => {}
            // A herald receives its group directly, and may have had this from the other one.
            Err(OpenError::Replay) if source.track == Track::Audio && self.duty.is_some() => {}
            Err(error) => (self.listen)(Event::Unopened(source.track, error)),
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Publish(frame, answer) => {
                let published = self.publish(&frame).await;
                // Whoever no longer waits does not want to know.
                let _ = answer.send(published);
            }
            #[cfg(feature = "forging")]
            Order::Forge(victim, frame, answer) => {
                let forged = self.forge(victim, &frame).await;
                let _ = answer.send(forged);
            }
            Order::Traffic(answer) => {
                let count = self.reception.count();
                let [sounds, flowing] = count.sounds;
                let traffic = Traffic {
                    received: count.received,
                    expected: count.expected,
                    bytes: count.bytes,
                    sounds,
                    flowing,
                    changes: count.changes,
                };
                let _ = answer.send(traffic);
            }
            Order::Wish(command) => self.keyholder.handle(Input::Do(command)),
            Order::Leave => {
                self.keyholder.handle(Input::Do(Command::Leave));
            }
        }
    }

    /// Sends a frame. The microphone sets the pace of what is passed on: times are those of our own encoder, not of what came in.
    async fn publish(&mut self, frame: &Frame) -> Published {
        match self.send(frame).await {
            Published::Sent(packets) if frame.track == Track::Audio && self.duty.is_some() => {
                let passed_on = Frame { track: Track::Herald, key_frame: false, level: AudioLevel::SILENCE, content: Vec::new() };
                match self.send(&passed_on).await {
                    Published::Sent(more) => Published::Sent(packets + more),
                    Published::Withheld => Published::Sent(packets),
                }
            }
            published => published,
        }
    }

    async fn send(&mut self, frame: &Frame) -> Published {
        if !self.way.connected || self.keyholder.seal(frame, &mut self.sealed).is_err() {
            return Published::Withheld;
        }
        self.peer.send(frame.track, &self.sealed).await.map_or(Published::Withheld, Published::Sent)
    }
}

/// Whether what the plan asks of a herald can be done: without a microphone there is no pace, without sections there are no voices.
fn may_herald(joining: &Joining) -> bool {
    joining.sends.contains(&Track::Audio) && joining.seats.sound > 0
}
