//! The bad link in front of a real host, over real sockets.
//!
//! Invariant: the host sees each client at an address of its own, as behind a NAT; which one it is changes only when
//! [`Proxy::move_everybody`] says so.

use super::link::{Conditions, Link, PERFECT};
use std::collections::{HashMap, VecDeque};
use std::io::Result;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// Larger than any datagram.
const DATAGRAM: usize = 2_048;

/// Where the proxy stands: an address of the loopback network that nothing else uses.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A running proxy.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    tasks: Vec<AbortHandle>,
}

#[derive(Debug)]
struct Shared {
    outside: UdpSocket,
    host: SocketAddr,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    seed: u64,
    up: Conditions,
    down: Conditions,
    clients: HashMap<SocketAddr, Client>,
}

/// One client's two directions. Dropping it ends both.
#[derive(Debug)]
struct Client {
    up: mpsc::UnboundedSender<Vec<u8>>,
    links: [Arc<Mutex<Link>>; 2],
    tasks: Vec<AbortHandle>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
        lock(&self.shared.state).clients.clear();
    }
}

impl Proxy {
    /// Stands in for the media port of a host on this machine: same port, another [`ADDRESS`]. The host must be started with that address
    /// advertised and its media port on 127.0.0.1.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn before(host_port: u16, seed: u64) -> Result<Self> {
        let outside = UdpSocket::bind((ADDRESS, host_port)).await?;
        let host = SocketAddr::from((Ipv4Addr::LOCALHOST, host_port));
        let state = Mutex::new(State { seed, up: PERFECT, down: PERFECT, clients: HashMap::new() });
        let shared = Arc::new(Shared { outside, host, state });
        let work = tokio::spawn(listen(shared.clone()));
        Ok(Self { shared, tasks: vec![work.abort_handle()] })
    }

    /// From now on the way to the host (`up`) and back (`down`) is like this, for everybody.
    pub fn set(&self, up: Conditions, down: Conditions) {
        let mut state = lock(&self.shared.state);
        (state.up, state.down) = (up, down);
        for client in state.clients.values() {
            lock(&client.links[0]).set(up);
            lock(&client.links[1]).set(down);
        }
    }

    /// Everybody has another address from now on, as after a change from Wi-Fi to mobile. What was under way is lost.
    pub fn move_everybody(&self) {
        lock(&self.shared.state).clients.clear();
    }

    /// How many clients have come by since the last move.
    pub fn clients(&self) -> usize {
        lock(&self.shared.state).clients.len()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(shared: Arc<Shared>) {
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let Ok((length, from)) = shared.outside.recv_from(&mut buffer).await else { continue };
        let datagram = buffer[..length].to_vec();
        let known = lock(&shared.state).clients.get(&from).map(|client| client.up.clone());
        let up = match known {
            Some(up) => up,
            None => match admit(&shared, from).await {
                Ok(up) => up,
                Err(_) => continue,
            },
        };
        let _ = up.send(datagram);
    }
}

/// Gives a client a socket of its own towards the host.
async fn admit(shared: &Arc<Shared>, from: SocketAddr) -> Result<mpsc::UnboundedSender<Vec<u8>>> {
    let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
    socket.connect(shared.host).await?;
    let mut state = lock(&shared.state);
    let links = [state.up, state.down].map(|conditions| {
        state.seed = state.seed.wrapping_add(1);
        Arc::new(Mutex::new(Link::new(state.seed, conditions)))
    });
    let (up, up_queue) = mpsc::unbounded_channel();
    let (down, down_queue) = mpsc::unbounded_channel();
    let tasks = vec![
        tokio::spawn(carry(links[0].clone(), up_queue, End::Host(socket.clone()))),
        tokio::spawn(carry(links[1].clone(), down_queue, End::Client(shared.clone(), from))),
        tokio::spawn(async move {
            let mut buffer = vec![0; DATAGRAM];
            loop {
                // A host that is just starting refuses; the next datagram may be taken.
                let Ok(length) = socket.recv(&mut buffer).await else { continue };
                if down.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        }),
    ];
    let tasks = tasks.into_iter().map(|task| task.abort_handle()).collect();
    state.clients.insert(from, Client { up: up.clone(), links, tasks });
    Ok(up)
}

/// Where a direction ends.
enum End {
    Host(Arc<UdpSocket>),
    Client(Arc<Shared>, SocketAddr),
}

impl End {
    async fn take(&self, datagram: &[u8]) {
        // A datagram that nobody takes is lost, as on any network.
        let _ = match self {
            Self::Host(socket) => socket.send(datagram).await,
            Self::Client(shared, client) => shared.outside.send_to(datagram, client).await,
        };
    }
}

/// Lets what comes in through the link, each when its time has come.
async fn carry(link: Arc<Mutex<Link>>, mut queue: mpsc::UnboundedReceiver<Vec<u8>>, end: End) {
    let start = Instant::now();
    let mut under_way: VecDeque<(Duration, Vec<u8>)> = VecDeque::new();
    loop {
        let due = under_way.front().map(|(due, _)| start + *due);
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(due.unwrap_or(start)), if due.is_some() => {
                if let Some((_, datagram)) = under_way.pop_front() {
                    end.take(&datagram).await;
                }
            }
            datagram = queue.recv() => {
                let Some(datagram) = datagram else { return };
                if let Some(due) = lock(&link).pass(start.elapsed(), datagram.len()) {
                    under_way.push_back((due, datagram));
                }
            }
        }
    }
}
