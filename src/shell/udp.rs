//! The media port: batches in, batches out.
//!
//! **Invariant:** never blocks and never fails. A datagram that the system does not take is lost, as any datagram may be.
//!
//! Where the kernel has them, one call receives many datagrams (recvmmsg, UDP_GRO) and sends many of one size (UDP_SEGMENT).

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit as Batch, UdpSockRef, UdpSocketState};
use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket as StdSocket};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// What the system may buffer, bytes each way. Less loses packets when the thread is late; more only hides that it is.
const SYSTEM_BUFFER: usize = 4 * 1024 * 1024;

/// Datagrams that coalesce into one buffer of a receive call, bytes.
const BUFFER: usize = 64 * 1024;

/// The most that one send call may carry, bytes: a UDP datagram's limit holds for the sum of the segments.
const LARGEST_CALL: usize = 65_000;

pub(crate) struct MediaPort {
    socket: UdpSocket,
    state: UdpSocketState,
    is_v6: bool,
    buffers: Vec<Vec<u8>>,
    metas: Vec<RecvMeta>,
}

impl MediaPort {
    /// Takes over a bound socket. Call within a tokio runtime.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn new(socket: StdSocket) -> io::Result<Self> {
        let is_v6 = socket.local_addr()?.is_ipv6();
        socket.set_nonblocking(true)?;
        let state = UdpSocketState::new((&socket).into())?;
        // The system may grant less; that is no error.
        let _ = state.set_recv_buffer_size((&socket).into(), SYSTEM_BUFFER);
        let _ = state.set_send_buffer_size((&socket).into(), SYSTEM_BUFFER);
        let (buffer, count) = if state.gro_segments() > 1 { (BUFFER, BATCH_SIZE.min(8)) } else { (2048, BATCH_SIZE) };
        let buffers = vec![vec![0; buffer]; count];
        Ok(Self { socket: UdpSocket::from_std(socket)?, state, is_v6, buffers, metas: vec![RecvMeta::default(); count] })
    }

    /// Waits until there is something to receive.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// Hands every datagram of one receive call to `each`; false when nothing waits any more.
    pub(crate) fn receive(&mut self, mut each: impl FnMut(SocketAddr, &mut [u8])) -> bool {
        let (socket, state, metas) = (&self.socket, &self.state, &mut self.metas);
        let mut slices: Vec<_> = self.buffers.iter_mut().map(|buffer| IoSliceMut::new(buffer)).collect();
        let received = socket.try_io(Interest::READABLE, || state.recv(UdpSockRef::from(socket), &mut slices, metas));
        drop(slices);
        let Ok(count) = received else { return false };
        for (meta, buffer) in self.metas.iter().zip(&mut self.buffers).take(count) {
            let from = SocketAddr::new(meta.addr.ip().to_canonical(), meta.addr.port());
            let filled = buffer.get_mut(..meta.len).unwrap_or_default();
            filled.chunks_mut(meta.stride.max(1)).for_each(|datagram| each(from, datagram));
        }
        true
    }

    /// Sends one datagram, or several of `segment` bytes back to back; returns how many calls were refused.
    pub(crate) fn send(&self, to: SocketAddr, bytes: &[u8], segment: Option<usize>) -> usize {
        let Some(destination) = self.reachable(to) else { return 1 };
        let segment = segment.filter(|&segment| segment > 0 && segment < bytes.len());
        let most = segment.map_or(bytes.len(), |segment| segment * self.segments_at_once(segment)).max(1);
        let calls = bytes.chunks(most).filter(|contents| {
            let segment_size = segment.filter(|&segment| segment < contents.len());
            let batch = Batch { destination, ecn: None, contents, segment_size, src_ip: None };
            let sent = self.socket.try_io(Interest::WRITABLE, || self.state.try_send(UdpSockRef::from(&self.socket), &batch));
            sent.is_err()
        });
        calls.count()
    }

    /// As many as the kernel takes, and as fit into one IP packet.
    fn segments_at_once(&self, segment: usize) -> usize {
        self.state.max_gso_segments().min(LARGEST_CALL / segment).max(1)
    }

    /// The address as this socket's family writes it.
    fn reachable(&self, to: SocketAddr) -> Option<SocketAddr> {
        match (self.is_v6, to) {
            (true, SocketAddr::V4(v4)) => Some(SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port())),
            (false, SocketAddr::V6(_)) => None,
            (_, to) => Some(to),
        }
    }
}
