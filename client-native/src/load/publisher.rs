//! One publisher's frames, at their pace.
//!
//! **Invariant:** frames are due at fixed times from the beginning on, so that one that is late does not make all others late; and a key
//! frame is sent when one is asked for, and first of all.

use super::profile::Stream;
use super::stamp::Stamp;
use super::voices::{self, Turns};
use crate::clock;
use crate::member::{Event, Frame, Member, Published};
use crypto::frames::AudioLevel;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use wire::Track;

/// What the load wants of its publishers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Send frames that do not count.
    WarmUp,
    /// Send nothing for now, so that nothing is under way when the measuring begins.
    Hold,
    /// Send so many seconds' worth of frames that count, then none.
    Measure {
        seconds: u32,
        /// When people begin to take turns.
        from: Duration,
    },
    /// Stop.
    Stop,
}

/// What receivers want of a publisher. The member's task writes it, the sending reads it.
#[derive(Default)]
pub(super) struct Wishes {
    key_frame: AtomicBool,
    unwatched: AtomicBool,
}

impl Wishes {
    pub(super) fn note(&self, event: &Event<'_>) {
        match event {
            Event::KeyFrameWanted(Track::Camera) => self.key_frame.store(true, Ordering::Relaxed),
            Event::Watched(Track::Camera, watched) => {
                let was_unwatched = self.unwatched.swap(!watched, Ordering::Relaxed);
                // A layer that is taken up again begins with a key frame.
                self.key_frame.fetch_or(*watched && was_unwatched, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

/// What a publisher has sent while frames counted. The progress line and the report read it.
#[derive(Default)]
pub(super) struct Sent {
    /// Frames that count.
    pub(super) frames: AtomicU64,
    /// Packets of all frames.
    pub(super) packets: AtomicU64,
    /// Packets in which a herald passes voices on, among them.
    pub(super) passed_on: AtomicU64,
    /// Turns at speaking that it took.
    pub(super) turns: AtomicU64,
    /// Frames that were due and not sent: no keys, sealing paused, nobody watching, or no connection.
    pub(super) withheld: AtomicU64,
}

/// Somebody who sends.
pub(super) struct Publisher {
    pub(super) number: u32,
    /// When it speaks, where people take turns; then only what is spoken counts.
    pub(super) turns: Option<Turns>,
    pub(super) member: Arc<Member>,
    pub(super) wishes: Arc<Wishes>,
    pub(super) sent: Arc<Sent>,
}

struct Line {
    stream: Stream,
    due: Duration,
    number: u32,
    /// The turn of the frame before.
    spoken: Option<Duration>,
    /// Frames that count and are still to be sent.
    left: u32,
}

impl Publisher {
    /// Sends until told to stop, or until what was to be measured is sent.
    pub(super) async fn run(self, streams: Vec<Stream>, mut orders: watch::Receiver<Order>) {
        let mut lines: Vec<Line> =
            streams.into_iter().map(|stream| Line { due: Duration::ZERO, stream, number: 0, spoken: None, left: 0 }).collect();
        self.wishes.key_frame.store(true, Ordering::Relaxed);
        loop {
            let order = *orders.borrow_and_update();
            let begin = clock::elapsed();
            for line in &mut lines {
                // Cameras do not all begin at the same moment.
                line.due = begin + period(&line.stream) * (self.number % 16) / 16;
                line.left = match order {
                    Order::WarmUp => u32::MAX,
                    Order::Measure { seconds, .. } => line.stream.rate.saturating_mul(seconds),
                    Order::Hold | Order::Stop => 0,
                };
            }
            let from = match order {
                Order::Measure { from, .. } => Some(from),
                _ => None,
            };
            let told = self.send_lines(&mut lines, from, &mut orders).await;
            if told {
                continue;
            }
            // What was to be sent is sent. Only a pause is not the end.
            if order != Order::Hold || orders.changed().await.is_err() {
                return;
            }
        }
    }

    /// Until nothing is left of any line, or something else is wanted (true). A frame that was begun is finished.
    async fn send_lines(&self, lines: &mut [Line], from: Option<Duration>, orders: &mut watch::Receiver<Order>) -> bool {
        while let Some(line) = lines.iter_mut().filter(|line| line.left > 0).min_by_key(|line| line.due) {
            let due = Instant::from_std(clock::now()) + line.due.saturating_sub(clock::elapsed());
            tokio::select! {
                changed = orders.changed() => return changed.is_ok(),
                () = sleep_until(due) => {}
            }
            self.send(line, from).await;
        }
        false
    }

    /// Sends the next frame of a line; `from`: when frames began to count, if they do.
    async fn send(&self, line: &mut Line, from: Option<Duration>) {
        let measuring = from.is_some();
        let passed = from.map(|from| (from, line.due.saturating_sub(from)));
        let spoken = self.turns.zip(passed).and_then(|(turns, (from, passed))| Some(from + turns.at(passed)?));
        let measured = measuring && (self.turns.is_none() || spoken.is_some());
        line.due += period(&line.stream);
        line.left = line.left.saturating_sub(1);
        let picture = !line.stream.track.is_audio();
        if picture && self.wishes.unwatched.load(Ordering::Relaxed) {
            self.sent.withheld.fetch_add(u64::from(measuring), Ordering::Relaxed);
            return;
        }
        let key_frame = picture && self.wishes.key_frame.swap(false, Ordering::Relaxed);
        let stamp = Stamp { publisher: self.number, picture, measured, sent: clock::elapsed(), spoken, number: line.number };
        line.number += 1;
        let level = if self.turns.is_some() { voices::level(spoken.is_some()) } else { AudioLevel::SILENCE };
        let content = stamp.write(if key_frame { line.stream.key_bytes } else { line.stream.bytes });
        let published = self.member.publish(Frame { track: line.stream.track, key_frame, level, content }).await;
        if published == Published::Withheld && key_frame {
            self.wishes.key_frame.store(true, Ordering::Relaxed);
        }
        if !measuring {
            return;
        }
        match published {
            Published::Sent(packets) => {
                self.sent.frames.fetch_add(u64::from(measured), Ordering::Relaxed);
                let begins = spoken.is_some() && std::mem::replace(&mut line.spoken, spoken) != spoken;
                self.sent.turns.fetch_add(u64::from(begins), Ordering::Relaxed);
                self.sent.packets.fetch_add(packets as u64, Ordering::Relaxed);
                let passed_on = if picture { 0 } else { packets.saturating_sub(1) };
                self.sent.passed_on.fetch_add(passed_on as u64, Ordering::Relaxed);
            }
            Published::Withheld => {
                self.sent.withheld.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

fn period(stream: &Stream) -> Duration {
    Duration::from_secs(1) / stream.rate.max(1)
}
