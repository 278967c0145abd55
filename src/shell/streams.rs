//! Media over TCP (RFC 6544, passive; RFC 4571 framing), for networks that let no UDP through.
//!
//! **Invariant:** a connection that has not passed a connectivity check within [`PROVEN_WITHIN`] is closed, whatever it sends and however slowly;
//! what one connection makes the host hold is one frame in and [`WAITING`] bytes out. When a connection is choked, pictures are dropped
//! first and sound last: a key frame mends a picture, nothing mends a word.

use super::cores::Cores;
use super::doorman::Place;
use super::turn::Turn;
use crate::core::media::addressed_core;
use crate::core::path::{Path, Stream};
use crate::relay::frames::opens_turn;
use bytes::{BufMut as _, Bytes, BytesMut};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a connection may take until the host has answered its first check. Browsers check at once; three round trips of a bad network.
const PROVEN_WITHIN: Duration = Duration::from_secs(5);
/// Frames that a connection may send before that.
const UNPROVEN_FRAMES: usize = 16;
/// Connections that are open and not proven, in all.
const UNPROVEN: usize = 512;
/// Silence after which a connection is closed: somewhat longer than consent lasts (RFC 7675).
const SILENCE: Duration = Duration::from_secs(35);
/// The largest frame, bytes: more than any datagram that a browser sends.
const FRAME: usize = 2_048;
/// Bytes that may wait for one connection: a quarter of a second at 4 Mbit/s.
const WAITING: usize = 128 * 1024;
/// Bytes above which pictures are no longer taken, so that there is room for sound.
const WAITING_PICTURES: usize = 64 * 1024;
/// What the kernel may hold for one connection, bytes. More delays sound behind pictures that are late already.
const SYSTEM_BUFFER: usize = 64 * 1024;

/// The first byte of a stream tells: a frame begins with its length, below [`FRAME`]; HTTP begins with a letter, TLS with 22.
pub(crate) fn is_framed(first: u8) -> bool {
    usize::from(first) <= FRAME >> 8
}

/// The core's end of a connection. Dropping it closes the connection.
pub(crate) struct Outbound {
    frames: UnboundedSender<(u64, Bytes)>,
    /// Which of those that share a channel this is.
    number: u64,
    waiting: Arc<AtomicUsize>,
}

/// The connection's end.
struct Letters {
    frames: UnboundedReceiver<(u64, Bytes)>,
    waiting: Arc<AtomicUsize>,
}

fn outbound() -> (Outbound, Letters) {
    let (sender, frames) = unbounded_channel();
    let (outbound, waiting) = Outbound::into_shared(sender, 0);
    (outbound, Letters { frames, waiting })
}

impl Outbound {
    /// One of several that send into one channel, each under a number of its own; and how many bytes of it wait there, which whoever takes
    /// them out counts down.
    pub(crate) fn into_shared(frames: UnboundedSender<(u64, Bytes)>, number: u64) -> (Self, Arc<AtomicUsize>) {
        let waiting = Arc::new(AtomicUsize::new(0));
        (Self { frames, number, waiting: Arc::clone(&waiting) }, waiting)
    }

    /// Sends datagrams of `segment` bytes each (the last may be shorter); false when they are dropped.
    pub(crate) fn put(&self, datagrams: &[u8], segment: Option<usize>, pictures: bool) -> bool {
        let segment = segment.unwrap_or(datagrams.len()).max(1);
        let length = datagrams.len() + 2 * datagrams.len().div_ceil(segment);
        let most = if pictures { WAITING_PICTURES } else { WAITING };
        if self.waiting.load(Ordering::Relaxed) + length > most {
            return false;
        }
        let mut framed = BytesMut::with_capacity(length);
        for datagram in datagrams.chunks(segment) {
            let Ok(length) = u16::try_from(datagram.len()) else { return false };
            framed.put_u16(length);
            framed.put_slice(datagram);
        }
        self.waiting.fetch_add(length, Ordering::Relaxed);
        self.frames.send((self.number, framed.freeze())).is_ok()
    }
}

/// Takes connections in.
#[derive(Clone)]
pub(crate) struct Streams {
    cores: Cores,
    /// For connections that turn out to be TURN's.
    turn: Option<Turn>,
    next: Arc<AtomicU64>,
    unproven: Arc<Semaphore>,
}

impl Streams {
    /// For these cores' peers.
    pub(crate) fn new(cores: Cores, turn: Option<Turn>) -> Self {
        Self { cores, turn, next: Arc::new(AtomicU64::new(1)), unproven: Arc::new(Semaphore::new(UNPROVEN)) }
    }

    /// Serves one connection to its end.
    pub(crate) async fn attend(&self, mut stream: TcpStream, from: SocketAddr, place: Arc<Place>) {
        let Ok(permit) = Arc::clone(&self.unproven).try_acquire_owned() else { return };
        let _ = (stream.set_nodelay(true), socket2::SockRef::from(&stream).set_send_buffer_size(SYSTEM_BUFFER));
        let mut opening = [0; 2];
        let Ok(Ok(_)) = timeout(PROVEN_WITHIN, stream.read_exact(&mut opening)).await else { return };
        if let Some(turn) = self.turn.as_ref().filter(|_| opens_turn(opening)) {
            drop(permit);
            return turn.attend(stream, &opening, from, place).await;
        }
        let (reader, writer) = stream.into_split();
        let mut frames = Frames { reader: BufReader::with_capacity(FRAME, reader), opening: Some(opening) };
        let Ok(Ok(first)) = timeout(PROVEN_WITHIN, frames.next()).await else { return };
        let Some(core) = addressed_core(&first).map(usize::from) else { return };
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        let stream = Stream { number: self.next.fetch_add(1, Ordering::Relaxed), from };
        let (outbound, letters) = outbound();
        let proven = AtomicBool::new(false);
        if !self.cores.path_opened(core, Path::Tcp(stream), outbound).await {
            return;
        }
        self.cores.frame(core, Path::Tcp(stream), first).await;
        tokio::select! {
            () = self.read(core, stream, &mut frames, &proven) => {}
            () = write(writer, letters, permit, &proven) => {}
        }
        self.cores.path_closed(core, Path::Tcp(stream)).await;
        drop(place);
    }

    /// Until the other end closes, is silent or sends what is no frame.
    async fn read(&self, core: usize, stream: Stream, frames: &mut Frames, proven: &AtomicBool) {
        let mut count = 1;
        while let Ok(Ok(frame)) = timeout(SILENCE, frames.next()).await {
            count += 1;
            if count > UNPROVEN_FRAMES && !proven.load(Ordering::Relaxed) {
                return;
            }
            self.cores.frame(core, Path::Tcp(stream), frame).await;
        }
    }
}

struct Frames {
    reader: BufReader<OwnedReadHalf>,
    /// The first frame's length, which was read to tell what is spoken.
    opening: Option<[u8; 2]>,
}

impl Frames {
    async fn next(&mut self) -> io::Result<Vec<u8>> {
        let length = match self.opening.take() {
            Some(opening) => u16::from_be_bytes(opening),
            None => self.reader.read_u16().await?,
        };
        let length = usize::from(length);
        if length == 0 || length > FRAME {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut frame = vec![0; length];
        self.reader.read_exact(&mut frame).await?;
        Ok(frame)
    }
}

/// Until the core lets go, or the other end takes nothing. The first thing to be sent is the answer to a valid check: the core sends nothing
/// to anybody else.
async fn write(mut writer: OwnedWriteHalf, mut letters: Letters, permit: OwnedSemaphorePermit, proven: &AtomicBool) {
    let Ok(mut next) = timeout(PROVEN_WITHIN, letters.frames.recv()).await else { return };
    proven.store(true, Ordering::Relaxed);
    drop(permit);
    while let Some((_, frames)) = next {
        if !matches!(timeout(SILENCE, writer.write_all(&frames)).await, Ok(Ok(()))) {
            return;
        }
        letters.waiting.fetch_sub(frames.len(), Ordering::Relaxed);
        next = letters.frames.recv().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choked_connection_drops_pictures_and_keeps_sound() {
        let (outbound, mut letters) = outbound();
        let pictures = vec![1; 10_400];
        let taken = (0..100).filter(|_| outbound.put(&pictures, Some(1_040), true)).count();
        assert_eq!(taken, WAITING_PICTURES / (10_400 + 20));
        assert!((0..100).all(|_| outbound.put(&[2; 160], None, false)), "two seconds of sound still fit");
        let endless = (0..10_000).filter(|_| outbound.put(&[2; 160], None, false)).count();
        assert!(endless < 1_000 && outbound.waiting.load(Ordering::Relaxed) <= WAITING);
        let (_, framed) = letters.frames.try_recv().unwrap();
        assert_eq!((&framed[..3], framed.len()), ([4, 16, 1].as_slice(), 10_420), "each with its length in front");
        assert_eq!(framed[1_042..1_044], [4, 16]);
    }

    #[test]
    fn frames_are_told_from_what_browsers_ask_a_page_with() {
        assert!(is_framed(0) && is_framed(7));
        assert!(b"GET POST HEAD OPTIONS PRI".iter().all(|&byte| !is_framed(byte)) && !is_framed(22));
    }
}
