//! The media port: batches in, batches out.
//!
//! **Invariant:** never blocks and never fails. A datagram that the system does not take is lost, as any datagram may be.
//!
//! Where the kernel has them, one call receives many datagrams (recvmmsg, UDP_GRO) and sends many of one size (UDP_SEGMENT).

use crate::core::path::Pair;
use quinn_udp::{RecvMeta, Transmit as Batch, UdpSockRef, UdpSocketState};
use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket as StdSocket};
use tokio::io::Interest;
#[cfg(unix)]
use tokio::io::unix::AsyncFd;

/// What the system may buffer, bytes each way. Less loses packets when the thread is late; more only hides that it is.
pub(crate) const SYSTEM_BUFFER: usize = 4 * 1024 * 1024;

/// Buffers of a receive call.
const BUFFERS: usize = 8;
/// Bytes of each: datagrams of one sender coalesce in it where the kernel does that.
const BUFFER: usize = 64 * 1024;
/// The same where it does not.
const PLAIN_BUFFER: usize = 2_048;

/// The most that one send call may carry, bytes: a UDP datagram's limit holds for the sum of the segments.
const LARGEST_CALL: usize = 65_000;

/// Woken by what can be received only: a socket that is watched for sending too wakes its thread whenever something has left.
#[cfg(unix)]
type Socket = AsyncFd<StdSocket>;
#[cfg(not(unix))]
type Socket = tokio::net::UdpSocket;

pub(crate) struct MediaPort {
    socket: Socket,
    state: UdpSocketState,
    is_v6: bool,
    /// Bound to no address of its own: datagrams come to any that the machine has.
    is_anywhere: bool,
    buffers: [Vec<u8>; BUFFERS],
    metas: [RecvMeta; BUFFERS],
}

impl MediaPort {
    /// Takes over a bound socket. Call within a tokio runtime.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn new(socket: StdSocket) -> io::Result<Self> {
        let bound = socket.local_addr()?;
        let (is_v6, is_anywhere) = (bound.is_ipv6(), bound.ip().is_unspecified());
        socket.set_nonblocking(true)?;
        let state = UdpSocketState::new((&socket).into())?;
        // The system may grant less; that is no error.
        let _ = state.set_recv_buffer_size((&socket).into(), SYSTEM_BUFFER);
        let _ = state.set_send_buffer_size((&socket).into(), SYSTEM_BUFFER);
        let buffer = if state.gro_segments() > 1 { BUFFER } else { PLAIN_BUFFER };
        let buffers = std::array::from_fn(|_| vec![0; buffer]);
        Ok(Self { socket: watched(socket)?, state, is_v6, is_anywhere, buffers, metas: Default::default() })
    }

    /// Waits until there is something to receive.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        // What says so is kept until a receive call has found less than it could take.
        self.socket.readable().await.map(drop)
    }

    /// Hands every datagram of one receive call to `each`; false when nothing waits any more.
    pub(crate) fn receive(&mut self, mut each: impl FnMut(Pair, &mut [u8])) -> bool {
        let (socket, state, metas) = (&self.socket, &self.state, &mut self.metas);
        let mut slices = self.buffers.each_mut().map(|buffer| IoSliceMut::new(buffer));
        let mut count = 0;
        let more = try_receive(socket, |socket| {
            count = state.recv(socket, &mut slices, metas)?;
            // Fewer than fit: that was all, and the next call would only be told so.
            if count < BUFFERS { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        for (meta, buffer) in self.metas.iter().zip(&mut self.buffers).take(count) {
            let from = SocketAddr::new(meta.addr.ip().to_canonical(), meta.addr.port());
            let filled = buffer.get_mut(..meta.len).unwrap_or_default();
            let pair = Pair { from, at: meta.dst_ip.filter(|_| self.is_anywhere) };
            filled.chunks_mut(meta.stride.max(1)).for_each(|datagram| each(pair, datagram));
        }
        more.is_ok()
    }

    /// Sends one datagram, or several of `segment` bytes back to back, from where the peer's came to; returns how many calls were refused.
    pub(crate) fn send(&self, Pair { from: to, at }: Pair, bytes: &[u8], segment: Option<usize>) -> usize {
        let Some(destination) = written(to, self.is_v6) else { return 1 };
        let segment = segment.filter(|&segment| segment > 0 && segment < bytes.len());
        let most = segment.map_or(bytes.len(), |segment| segment * self.segments_at_once(segment)).max(1);
        let calls = bytes.chunks(most).filter(|contents| {
            let segment_size = segment.filter(|&segment| segment < contents.len());
            let batch = Batch { destination, ecn: None, contents, segment_size, src_ip: at };
            self.state.try_send(plain(&self.socket), &batch).is_err()
        });
        calls.count()
    }

    /// As many as the kernel takes, and as fit into one IP packet.
    fn segments_at_once(&self, segment: usize) -> usize {
        self.state.max_gso_segments().min(LARGEST_CALL / segment).max(1)
    }
}

/// The same socket for who only answers, each datagram alone.
pub(crate) struct AnsweringPort {
    socket: StdSocket,
    state: UdpSocketState,
    is_v6: bool,
}

impl AnsweringPort {
    /// Another handle of a media port's socket.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn new(socket: &StdSocket) -> io::Result<Self> {
        let socket = socket.try_clone()?;
        socket.set_nonblocking(true)?;
        let (is_v6, state) = (socket.local_addr()?.is_ipv6(), UdpSocketState::new((&socket).into())?);
        Ok(Self { socket, state, is_v6 })
    }

    /// Sends a datagram back. What the system does not take is lost.
    pub(crate) fn answer(&self, Pair { from, at }: Pair, contents: &[u8]) {
        if let Some(destination) = written(from, self.is_v6) {
            let batch = Batch { destination, ecn: None, contents, segment_size: None, src_ip: at };
            let _ = self.state.try_send((&self.socket).into(), &batch);
        }
    }
}

/// The address as a socket's family writes it.
fn written(to: SocketAddr, is_v6: bool) -> Option<SocketAddr> {
    match (is_v6, to) {
        (true, SocketAddr::V4(v4)) => Some(SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port())),
        (false, SocketAddr::V6(_)) => None,
        (_, to) => Some(to),
    }
}

#[cfg(unix)]
#[expect(
    deprecated,
    reason = "unsound for types that change their descriptor, which a socket does not; what replaces it takes `unsafe`"
)]
fn watched(socket: StdSocket) -> io::Result<Socket> {
    AsyncFd::with_interest(socket, Interest::READABLE)
}

#[cfg(not(unix))]
fn watched(socket: StdSocket) -> io::Result<Socket> {
    Socket::from_std(socket)
}

#[cfg(unix)]
fn plain(socket: &Socket) -> UdpSockRef<'_> {
    socket.get_ref().into()
}

#[cfg(not(unix))]
fn plain(socket: &Socket) -> UdpSockRef<'_> {
    socket.into()
}

/// One call; after [`io::ErrorKind::WouldBlock`] the socket counts as empty until something comes.
#[cfg(unix)]
fn try_receive(socket: &Socket, call: impl FnOnce(UdpSockRef<'_>) -> io::Result<()>) -> io::Result<()> {
    socket.try_io(Interest::READABLE, |socket| call(socket.into()))
}

#[cfg(not(unix))]
fn try_receive(socket: &Socket, call: impl FnOnce(UdpSockRef<'_>) -> io::Result<()>) -> io::Result<()> {
    socket.try_io(Interest::READABLE, || call(socket.into()))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn an_answer_leaves_from_where_the_question_came_to() {
        for everywhere in ["0.0.0.0:0", "[::]:0"] {
            let socket = StdSocket::bind(everywhere).unwrap();
            let answering = AnsweringPort::new(&socket).unwrap();
            // Left to itself the system would answer from 127.0.0.1.
            let to = SocketAddr::from(([127, 0, 0, 2], socket.local_addr().unwrap().port()));
            let mut port = MediaPort::new(socket).unwrap();
            let asking = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
            // Connected: what comes from elsewhere is not received.
            asking.connect(to).await.unwrap();
            asking.send(b"who?").await.unwrap();
            port.readable().await.unwrap();
            port.receive(|pair, bytes| answering.answer(pair, bytes));
            let mut bytes = [0; 8];
            let length = timeout(Duration::from_secs(20), asking.recv(&mut bytes)).await.unwrap().unwrap();
            assert_eq!(&bytes[..length], b"who?", "{everywhere}");
        }
    }
}
