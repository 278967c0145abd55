//! Seals every frame that leaves and opens every frame that arrives.
//!
//! ```text
//!   encoder ─▶ readable ─▶ seal ─▶ writable ─▶ network          network ─▶ readable ─▶ open ─▶ writable ─▶ decoder
//! ```
//!
//! **Invariant:** a frame goes on only as what came out of the sealer or the opener. Whatever fails on the way is dropped here,
//! counted, and told to the page when it lasts.

mod seat;
mod sound;
mod veil;

use crate::{
    browser::{
        bytes,
        clock::{self, Timer},
        task,
        transform::{EncodedFrame, FrameStream, Outlet, Purpose, Transformer},
    },
    engine::port::{FromFrames, Keys, ToFrames},
};
use crypto::sorted::SortedMap;
use crypto::{
    frames::{EpochKeys, FrameOpener, FrameReport, FrameReports, FrameSealer, Stream},
    voices::Duty,
};
use js_sys::{Array, Uint8Array};
use seat::Seat;
use sound::Sound;
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, MessagePort};

/// Milliseconds between reports of levels, and of frames.
const REPORT_EVERY: f64 = 100.0;

/// Runs until the worker is terminated. `session` leads to the session worker; `waiting` holds the page's messages that came before.
/// Transforms come later: the page makes none before it is told that this is ready.
pub(crate) fn run(session: &MessagePort, waiting: &Array) {
    let frames = Rc::new(RefCell::new(Frames::new()));
    let take_keys = handler(&frames, |frames, event| frames.borrow_mut().keys(&data(event)));
    let take_page = handler(&frames, |frames, event| frames.borrow_mut().page(&data(event)));
    let take_transform = handler(&frames, connect);
    // Nothing is awaited between emptying the queue and taking its place.
    waiting.iter().for_each(|event| frames.borrow_mut().page(&data(&event)));
    session.set_onmessage(Some(take_keys.unchecked_ref()));
    let scope = scope();
    scope.set_onmessage(Some(take_page.unchecked_ref()));
    // `onrtctransform` has no setter in web-sys.
    let _ = js_sys::Reflect::set(&scope, &"onrtctransform".into(), &take_transform);
    report_for_ever(&frames, session.clone());
    tell(&FromFrames::Ready);
}

fn handler(frames: &Rc<RefCell<Frames>>, take: impl Fn(&Rc<RefCell<Frames>>, &JsValue) + 'static) -> JsValue {
    let frames = frames.clone();
    task::callback_told(move |event: JsValue| take(&frames, &event)).into_js_value()
}

fn data(event: &JsValue) -> JsValue {
    event.unchecked_ref::<MessageEvent>().data()
}

fn report_for_ever(frames: &Rc<RefCell<Frames>>, session: MessagePort) {
    let slot: Rc<RefCell<Option<Timer>>> = Rc::default();
    let (again, reporting) = (slot.clone(), frames.clone());
    let timer = Timer::new(move || {
        tell(&FromFrames::Levels(reporting.borrow_mut().sound.take_levels()));
        if let Some(report) = reporting.borrow_mut().report() {
            let (data, handed_over) = bytes::packed(&report);
            // Fails only when the session is gone, and then the page ends.
            let _ = session.post_message_with_transferable(&data, &handed_over);
        }
        if let Some(timer) = again.borrow().as_ref() {
            timer.set(REPORT_EVERY);
        }
    });
    timer.set(REPORT_EVERY);
    // The timer and its own closure hold each other, and so live as long as the worker.
    *slot.borrow_mut() = Some(timer);
}

/// Everything that outlives a transform: keys, counters, replay windows, seats.
struct Frames {
    sealer: FrameSealer,
    opener: FrameOpener,
    seats: SortedMap<u16, Seat>,
    sound: Sound,
    reports: FrameReports,
    opened_any: bool,
    /// The frame as it came, and as it goes; kept so that no frame allocates.
    came: Vec<u8>,
    goes: Vec<u8>,
    #[cfg(feature = "leak-for-the-audit")]
    leaked: u32,
}

impl Frames {
    fn new() -> Self {
        Self {
            sealer: FrameSealer::new(u32::from_le_bytes(clock::entropy())),
            opener: FrameOpener::new(),
            seats: SortedMap::new(),
            sound: Sound::new(),
            reports: FrameReports::default(),
            opened_any: false,
            came: Vec::new(),
            goes: Vec::new(),
            #[cfg(feature = "leak-for-the-audit")]
            leaked: 0,
        }
    }

    fn keys(&mut self, data: &JsValue) {
        match bytes::unpacked::<Keys>(data).as_ref() {
            Some(Keys::Pause(true)) => self.sealer.pause(),
            Some(Keys::Pause(false)) => self.sealer.resume(),
            Some(Keys::Epoch { bytes, removal, new_group }) => {
                let Some(keys) = EpochKeys::from_bytes(bytes) else { return };
                if *new_group {
                    self.opener = FrameOpener::new();
                }
                self.sealer.install(&keys);
                self.sound.set_leaf(keys.my_leaf);
                self.opener.install(now(), &keys, *removal);
            }
            None => {}
        }
    }

    /// What the session is to know of frames, where they are signed.
    fn report(&mut self) -> Option<FrameReport> {
        self.reports.due(now(), &mut self.sealer, &mut self.opener)
    }

    fn page(&mut self, data: &JsValue) {
        match bytes::unpacked::<ToFrames>(data) {
            Some(ToFrames::Level(level)) => self.sound.set_level(level),
            Some(ToFrames::Herald(duty)) => {
                self.sound.set_duty(duty.map(|(group, yields_to)| Duty { group, yields_to }));
            }
            Some(ToFrames::Seat { seat, source }) => {
                // A new source begins with a clean slate; the same one (a new leaf of the same member) does not hurt by it.
                self.seats.entry(seat).or_default().begin(source);
            }
            None => {}
        }
    }

    /// Seals the frame in place. False when it must not go on.
    fn seal(&mut self, stream: Stream, layer: u8, frame: &EncodedFrame) -> bool {
        read(frame, &mut self.came);
        let sealed = if stream.is_audio() {
            self.sound.seal(now(), (&mut self.sealer, stream), &self.came, &mut self.goes)
        } else {
            self.sealer.seal(stream, layer, frame.is_key(), &self.came, &mut self.goes)
        };
        #[cfg(feature = "leak-for-the-audit")]
        if crate::leak::takes(frame.is_key(), &mut self.leaked) {
            write(frame, &self.came);
            return true;
        }
        if sealed.is_ok() {
            write(frame, &self.goes);
        }
        sealed.is_ok()
    }

    /// Opens the frame in place. False when it must not go on.
    fn open(&mut self, number: u16, frame: &EncodedFrame, ask: &Transformer) -> bool {
        read(frame, &mut self.came);
        if self.came.is_empty() {
            // Firefox begins a call with sound frames without a byte. They hold nothing to hear.
            return true;
        }
        let seat = self.seats.entry(number).or_default();
        let Some(expected) = seat.expected() else { return false };
        let now = clock::now();
        let opened = if expected.stream.is_audio() {
            self.sound.open(now as u64, (&mut self.opener, expected), &self.came, &mut self.goes)
        } else {
            self.opener.open(now as u64, expected, &self.came, &mut self.goes).map(Some)
        };
        match opened {
            Ok(opened) => {
                if seat.opened(now, opened.and_then(|opened| opened.key_frame)) {
                    ask.ask_for_key_frame();
                }
                if seat.unveil() {
                    tell(&FromFrames::Veiled { seat: number, veiled: false });
                }
                if opened.is_none() {
                    return false;
                }
                if !std::mem::replace(&mut self.opened_any, true) {
                    tell(&FromFrames::FirstFrame);
                }
                write(frame, &self.goes);
                true
            }
            Err(error) => {
                if seat.failed(now, error) {
                    tell(&FromFrames::Veiled { seat: number, veiled: true });
                }
                false
            }
        }
    }
}

/// Puts a transform to work.
fn connect(frames: &Rc<RefCell<Frames>>, event: &JsValue) {
    // A transform that is none of ours stays unconnected: nothing flows through it.
    let Some((transformer, purpose)) = Transformer::of_event(event) else { return };
    match purpose {
        Purpose::Seal { stream } => {
            let Some(stream) = Stream::from_number(stream) else { return };
            let frames = frames.clone();
            let mut layers = Layers::default();
            pipe(&transformer, move |frame| {
                let layer = if stream.is_audio() { 0 } else { layers.of(frame.ssrc()) };
                frames.borrow_mut().seal(stream, layer, frame)
            });
        }
        Purpose::Open { seat, .. } => {
            let frames = frames.clone();
            let ask = transformer.clone();
            pipe(&transformer, move |frame| frames.borrow_mut().open(seat, frame, &ask));
        }
    }
}

/// Numbers a sender's simulcast layers in the order in which they begin.
#[derive(Default)]
struct Layers(Vec<u32>);

impl Layers {
    fn of(&mut self, ssrc: u32) -> u8 {
        let place = self.0.iter().position(|&known| known == ssrc).unwrap_or_else(|| {
            self.0.push(ssrc);
            self.0.len() - 1
        });
        // Layers may share a number without harm: counters are per number, and never repeat.
        (place % 16) as u8
    }
}

/// Lets frames through that `go_on` says may, for as long as the transform lives.
fn pipe(transformer: &Transformer, mut go_on: impl FnMut(&EncodedFrame) -> bool + 'static) {
    let each = Closure::<dyn FnMut(EncodedFrame, Outlet)>::new(move |frame: EncodedFrame, outlet: Outlet| {
        if go_on(&frame) {
            // Refused only when the section has ended.
            let _ = outlet.enqueue(&frame);
        }
    });
    let Ok(stream) = FrameStream::through(each.as_ref()) else { return };
    let inward = transformer.readable().pipe_to(&stream.inlet());
    let outward = stream.outlet().pipe_to(&transformer.writable());
    task::spawn_local(async move {
        let _ = JsFuture::from(inward).await;
        let _ = JsFuture::from(outward).await;
        drop(each);
    });
}

fn read(frame: &EncodedFrame, into: &mut Vec<u8>) {
    let bytes = Uint8Array::new(&frame.data());
    into.resize(bytes.length() as usize, 0);
    bytes.copy_to(into);
}

fn write(frame: &EncodedFrame, bytes: &[u8]) {
    frame.set_data(&Uint8Array::from(bytes).buffer());
}

fn now() -> u64 {
    clock::now() as u64
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn tell(message: &FromFrames) {
    let (data, handed_over) = bytes::packed(message);
    let _ = scope().post_message_with_transfer(&data, &handed_over);
}
