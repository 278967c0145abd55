//! Drives `crypto::session`: brings it messages, the host's bytes, time and randomness, and does what it says.
//!
//! **Invariant:** the session decides, this worker acts. What is secret stays here, except the frame keys, which go to the frame
//! worker on the port that only the two workers hold.

mod files;
mod socket;
mod state;
mod told;

use crate::{
    browser::{
        bytes,
        clock::{self, Timer},
        task, worker,
    },
    engine::port::{self, FromSession, Join, Keys, ToSession},
    model::{self, End, MeetingEvent, Phase},
};
use crypto::{
    frames::FrameReport,
    session::{Command, Devices, Input, Output, PostCommand, PostEvent, Session},
};
use js_sys::Array;
use serde::Serialize;
use socket::Socket;
use state::State;
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent, MessagePort};

/// Runs until the worker is terminated. `frames` leads to the frame worker, `waiting` holds the messages that came before.
pub(crate) fn run(frames: MessagePort, waiting: &Array) {
    let worker = Rc::new_cyclic(|me: &Weak<Worker>| Worker {
        state: RefCell::default(),
        frames: RefCell::new(frames),
        on_report: on_report(me),
        paused: Cell::new(false),
        me: me.clone(),
        timer: Timer::new(calling(me, |worker| worker.input(Input::Timeout))),
        derive: Timer::new(calling(me, |worker| worker.derive_newest())),
    });
    waiting.iter().for_each(|event| worker.message(&event));
    let listening = worker.clone();
    let on_message = task::callback_told(move |event: JsValue| listening.message(&event));
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.hear_frames();
    // Both live as long as the worker.
    on_message.forget();
    std::mem::forget(worker);
}

struct Worker {
    state: RefCell<State>,
    frames: RefCell<MessagePort>,
    on_report: Closure<dyn Fn(MessageEvent)>,
    /// Whether sealing is paused: a frame worker that begins anew has to be told.
    paused: Cell<bool>,
    me: Weak<Self>,
    timer: Timer,
    derive: Timer,
}

impl Worker {
    fn message(self: &Rc<Self>, event: &JsValue) {
        let (data, blob) = worker::with_blob(event.unchecked_ref::<MessageEvent>().data());
        if let Some(port) = worker::port_in(&data) {
            return self.frames_began_anew(port);
        }
        let Some(message) = bytes::unpacked::<ToSession>(&data) else { return };
        #[cfg(feature = "leak-for-the-audit")]
        self.betray(&message);
        match message {
            ToSession::Prepare(room) => {
                self.state.borrow_mut().newest = Some(room);
                // After whatever else the page has posted: a newer name may be among it.
                self.derive.set(0.0);
            }
            ToSession::Join(join) => self.join(&join),
            ToSession::Chat(text) => self.command(Command::Chat(text)),
            ToSession::Devices(devices) => self.command(Command::Devices(devices.into())),
            ToSession::Offer(offer) => self.command(Command::Offer(offer)),
            ToSession::Subscribe(subscriptions) => self.command(Command::Subscribe(subscriptions)),
            ToSession::SeekRelay => self.command(Command::SeekRelay),
            ToSession::NetworkIsBack => self.input(Input::NetworkIsBack),
            ToSession::ShowSafetyCode => self.command(Command::ShowSafetyCode),
            ToSession::HideSafetyCode => self.command(Command::HideSafetyCode),
            ToSession::StartSafetyCheck(with) => self.command(Command::StartSafetyCheck(with)),
            ToSession::ConfirmSafetyCode(with) => self.command(Command::ConfirmSafetyCode(with)),
            ToSession::Govern(govern) => self.govern(govern),
            ToSession::Mute(whom) => self.command(Command::Mute(whom)),
            ToSession::Leave => self.command(Command::Leave),
            ToSession::Admit(guests, compared) => self.command(Command::Admit { guests, compared }),
            ToSession::Refuse(guest) => self.command(Command::Refuse(guest)),
            ToSession::TellWaiting(line) => self.command(Command::TellWaiting(line)),
            ToSession::ConfirmWords => self.command(Command::ConfirmWords),
            ToSession::Burn => self.command(Command::Burn),
            ToSession::Together(act) => self.command(Command::Together(act)),
            ToSession::Post(post) => self.post(post, blob),
        }
    }

    /// Something for one, or a file, which comes beside the message.
    fn post(self: &Rc<Self>, post: PostCommand, blob: Option<Blob>) {
        match (post, blob) {
            (PostCommand::Offer { to, file, .. }, Some(blob)) => self.offer(to, file, blob),
            (PostCommand::Stop(id), _) => {
                self.state.borrow_mut().files.drop_coming(id);
                self.command(Command::Post(PostCommand::Stop(id)));
            }
            (post, _) => self.command(Command::Post(post)),
        }
    }

    /// What the session says of these, some of which is for this worker alone.
    fn posted(self: &Rc<Self>, event: PostEvent) {
        match event {
            PostEvent::Read { id, index, start, bytes } => self.read(id, index, start, bytes),
            PostEvent::Piece { id, index, bytes } => self.state.borrow_mut().files.take(id, index, &bytes),
            PostEvent::File { id, state } => self.file_is(id, state),
            event => tell_event(event),
        }
    }

    #[cfg(feature = "leak-for-the-audit")]
    fn betray(&self, message: &ToSession) {
        use crate::leak;
        if let ToSession::Join(join) = message {
            self.state.borrow_mut().betrayed = Some(leak::of_join(join));
        }
        if let (Some(socket), Some(said)) = (&self.state.borrow().socket, leak::of_message(message)) {
            socket.send(&wire::encode(&said));
        }
    }

    fn derive_newest(&self) {
        let mut state = self.state.borrow_mut();
        if let Some(room) = state.newest.take() {
            state.name_key(&room);
        }
    }

    fn join(self: &Rc<Self>, join: &Join) {
        let Some(session) = self.state.borrow_mut().begin(join) else {
            // A password that nobody may have made a room with is a wrong one; no member need be asked.
            let end = End::WrongPassword { tries: join.failed_tries.saturating_add(1) };
            return tell(&FromSession::Event(MeetingEvent::Phase(Phase::Ended(end))));
        };
        self.state.borrow_mut().session = Some(session);
        self.act();
    }

    /// There is another frame worker behind this port, without a key and without a memory of what it has opened.
    fn frames_began_anew(self: &Rc<Self>, port: MessagePort) {
        self.frames.replace(port);
        self.hear_frames();
        self.to_frames(&Keys::Pause(self.paused.get()));
        self.command(Command::FrameWorkerRestarted);
    }

    /// Something with a moderator's authority. A password is derived here, for the generation that comes next.
    fn govern(self: &Rc<Self>, govern: model::Govern) {
        let govern = self.state.borrow_mut().governed(govern);
        match govern {
            Some(govern) => self.command(Command::Govern(govern)),
            // A password that nobody may use.
            None => tell(&FromSession::Event(MeetingEvent::Notice(model::Notice::NotDone))),
        }
    }

    /// The door is held with another generation of the password than ours was derived for.
    fn derive_again(&self, pw_gen: u32) {
        let derived = self.state.borrow().derived(pw_gen);
        if let Some(derived) = derived {
            self.later(Input::Do(Command::Password(derived)));
        }
    }

    /// Listens to the frame worker behind the port.
    fn hear_frames(&self) {
        self.frames.borrow().set_onmessage(Some(self.on_report.as_ref().unchecked_ref()));
    }

    fn command(self: &Rc<Self>, command: Command) {
        self.input(Input::Do(command));
    }

    fn input(self: &Rc<Self>, input: Input) {
        if let Some(session) = &mut self.state.borrow_mut().session {
            session.handle(now(), input);
        }
        self.act();
    }

    fn act(self: &Rc<Self>) {
        loop {
            let Some(output) = self.state.borrow_mut().session.as_mut().map(Session::poll) else { return };
            match output {
                Output::Wait(moment) => return self.wait(moment),
                Output::OpenSocket => self.open_socket(),
                Output::CloseSocket => self.state.borrow_mut().socket = None,
                Output::Send(message) => {
                    if let Some(socket) = &self.state.borrow().socket {
                        socket.send(&wire::encode(&message));
                    }
                }
                Output::Keys(keys, change) => self.to_frames(&Keys::Epoch {
                    bytes: keys.to_bytes().to_vec(),
                    removal: change.removal,
                    new_group: change.new_group,
                }),
                #[cfg(feature = "leak-for-the-audit")]
                Output::Event(crypto::session::Event::Answer { sdp }) => {
                    // The host has answered an offer: we are a member, and may broadcast.
                    let said = self.state.borrow_mut().betrayed.take();
                    if let (Some(said), Some(socket)) = (said, &self.state.borrow().socket) {
                        socket.send(&wire::encode(&said));
                    }
                    tell(&FromSession::Answer(sdp));
                }
                Output::PauseSealing(pause) => {
                    self.paused.set(pause);
                    self.to_frames(&Keys::Pause(pause));
                }
                Output::Event(crypto::session::Event::OtherPassword { pw_gen }) => self.derive_again(pw_gen),
                Output::Event(crypto::session::Event::Post(event)) => self.posted(event),
                Output::Event(event) => {
                    if let crypto::session::Event::Rules(rules) = &event {
                        self.state.borrow_mut().pw_gen = rules.pw_gen;
                    }
                    told::tell(event, tell);
                }
            }
        }
    }

    fn wait(&self, moment: Option<u64>) {
        match moment {
            Some(moment) => self.timer.set(moment.saturating_sub(now()) as f64),
            None => self.timer.cancel(),
        }
    }

    fn open_socket(&self) {
        let me = self.me.clone();
        let hear = move |input| {
            if let Some(worker) = me.upgrade() {
                worker.input(input);
            }
        };
        let socket = Socket::open(hear);
        if socket.is_none() {
            // Reported like any other failure to connect, but not from within the session's own wish.
            self.later(Input::SocketClosed);
        }
        self.state.borrow_mut().socket = socket;
    }

    fn later(&self, input: Input) {
        let me = self.me.clone();
        task::spawn_local(async move {
            if let Some(worker) = me.upgrade() {
                worker.input(input);
            }
        });
    }

    fn to_frames(&self, keys: &Keys) {
        let (data, handed_over) = bytes::packed(keys);
        // Fails only when the frame worker is gone, and then nothing is sealed or opened at all.
        let _ = self.frames.borrow().post_message_with_transferable(&data, &handed_over);
    }
}

impl From<port::Devices> for Devices {
    fn from(devices: port::Devices) -> Self {
        let port::Devices { microphone, camera, screen, screen_sound, trouble, weak } = devices;
        Self { microphone, camera, screen, screen_sound, trouble, weak }
    }
}

/// Whole milliseconds; the session asks for nothing finer. Rounded up, so that a timer is never early.
fn now() -> u64 {
    clock::now().ceil() as u64
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn tell(message: &impl Serialize) {
    let (data, handed_over) = bytes::packed(message);
    let _ = scope().post_message_with_transfer(&data, &handed_over);
}

fn tell_event(event: PostEvent) {
    tell(&FromSession::Event(MeetingEvent::Post(event)));
}

/// With a file beside the message.
fn tell_with(message: &impl Serialize, blob: &Blob) {
    let (data, handed_over) = worker::packed_with(message, blob);
    let _ = scope().post_message_with_transfer(&data, &handed_over);
}

/// What frame workers tell: hashes of signed frames, and nothing else.
fn on_report(me: &Weak<Worker>) -> Closure<dyn Fn(MessageEvent)> {
    let me = me.clone();
    Closure::new(move |event: MessageEvent| {
        if let (Some(worker), Some(report)) = (me.upgrade(), bytes::unpacked::<FrameReport>(&event.data())) {
            worker.command(Command::Frames(report));
        }
    })
}

fn calling(me: &Weak<Worker>, call: impl Fn(&Rc<Worker>) + 'static) -> impl Fn() + 'static {
    let me = me.clone();
    move || {
        if let Some(worker) = me.upgrade() {
            call(&worker);
        }
    }
}
