//! A UDP socket with batches and arrival stamps.
//!
//! **Invariant:** never blocks. What the system does not take is lost, and is counted where it is missed.

use crate::Failure;
use quinn_udp::{RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use std::io::IoSliceMut;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

thread_local! {
    /// One buffer for all sockets of a thread: a thousand of 64 KB would not stay in any cache.
    static BUFFER: std::cell::RefCell<Vec<u8>> = std::cell::RefCell::new(vec![0; 65_536]);
}

/// The socket.
pub struct Port {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Port {
    /// A port of the loopback interface.
    ///
    /// # Errors
    /// Those of the system.
    pub fn bind() -> Result<Self, Failure> {
        Self::on(Ipv4Addr::LOCALHOST)
    }

    /// A port of this address of the machine.
    ///
    /// # Errors
    /// Those of the system.
    pub fn on(address: Ipv4Addr) -> Result<Self, Failure> {
        let socket = UdpSocket::bind((address, 0))?;
        socket.set_nonblocking(true)?;
        let state = UdpSocketState::new((&socket).into())?;
        // The system may grant less; that is no error.
        let _ = state.set_recv_buffer_size((&socket).into(), 1 << 20);
        let _ = state.set_send_buffer_size((&socket).into(), 1 << 20);
        Ok(Self { socket, state })
    }

    /// Where it is.
    ///
    /// # Errors
    /// Those of the system.
    pub fn address(&self) -> Result<SocketAddr, Failure> {
        Ok(self.socket.local_addr()?)
    }

    /// To be watched for arrivals.
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// Every datagram that waits, with the kernel's stamp (CLOCK_REALTIME since 1970).
    pub fn receive(&self, mut each: impl FnMut(SocketAddr, Option<Duration>, &mut [u8])) {
        BUFFER.with_borrow_mut(|buffer| {
            loop {
                let mut metas = [RecvMeta::default()];
                let received = self.state.recv(UdpSockRef::from(&self.socket), &mut [IoSliceMut::new(buffer)], &mut metas);
                let (Ok(1), [meta]) = (received, metas) else { return };
                let filled = buffer.get_mut(..meta.len).unwrap_or_default();
                filled.chunks_mut(meta.stride.max(1)).for_each(|datagram| each(meta.addr, meta.timestamp, datagram));
            }
        });
    }

    /// Waits until something is there to be received, at most `longest`.
    ///
    /// # Errors
    /// Those of the system.
    pub fn wait(&self, longest: Duration) -> Result<(), Failure> {
        self.socket.set_nonblocking(false)?;
        self.socket.set_read_timeout(Some(longest))?;
        let _ = self.socket.peek(&mut [0]);
        Ok(self.socket.set_nonblocking(true)?)
    }

    /// One datagram, or several of `segment` bytes.
    pub fn send(&self, destination: SocketAddr, contents: &[u8], segment: Option<usize>) {
        let batch = Transmit { destination, ecn: None, contents, segment_size: segment, src_ip: None };
        let _ = self.state.try_send(UdpSockRef::from(&self.socket), &batch);
    }
}
