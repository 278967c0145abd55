//! A light WebRTC peer for loads and for tests over real sockets: one UDP socket, an ICE check, DTLS as the client, SRTP.
//!
//! **Invariant:** shares no code with the host's own transport, so that what the two agree on is the standard. A peer never waits: whoever
//! drives it, one's own loop or a [`Crowd`], calls [`Peer::turn`] until it is connected, and [`Peer::drain`] after that.
//!
//! A publisher sends what a camera and a microphone send in number and size: see [`Load`]. The payload is a codec header, then [`Stamp`].

mod crowd;
mod limit;
mod port;
mod sdp;
mod secure;
mod stamp;
mod stun;

pub use crowd::Crowd;
pub use limit::{limit, pin, thread_cpu};
pub use port::Port;
pub use sdp::{AUDIO, Answer, Section, VIDEO, Way};
pub use secure::Identity;
pub use stamp::{Load, Stamp};

use secure::{Association, Progress};
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Whatever went wrong; loads end with it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Between two connectivity checks, before and after the connection stands (RFC 7675 asks for about 5 s).
const CHECK: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(4)];

/// One PeerConnection.
pub struct Peer {
    port: Port,
    identity: Identity,
    local: (String, String),
    remote: Option<Answer>,
    association: Option<Association>,
    checked: Option<Instant>,
    reachable: bool,
    awaits_check: bool,
    sequences: [u16; 2],
    ssrc: u32,
    picture: u16,
    packets: [u32; 2],
    /// A receiver wants a key frame since it was last looked at.
    pub key_frame_wanted: bool,
    /// What has come in.
    pub counts: Counts,
}

/// What a peer has received.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Packets of sound and pictures, repetitions not counted.
    pub media: u64,
    /// Bytes of them, as UDP payload.
    pub bytes: u64,
    /// Of those that were opened: not authentic, or not what a publisher of ours sends.
    pub bad: u64,
    /// Of those that were opened, in milliseconds: from the publisher's write to the kernel's arrival stamp.
    pub latencies: Vec<f32>,
    /// Publishers whose packets were opened, and how many of each stream: (publisher, is picture) → packets.
    pub heard: std::collections::BTreeMap<(u16, bool), u64>,
}

impl Peer {
    /// A peer on a port of its own. `number` (below 65,536) tells publishers apart; SSRCs are made of it.
    ///
    /// # Errors
    /// When the system gives no socket.
    pub fn new(identity: &Identity, number: u16) -> Result<Self, Failure> {
        Self::by(Port::bind()?, identity, number)
    }

    /// The same on this port.
    ///
    /// # Errors
    /// When the system does not know its address.
    pub fn by(port: Port, identity: &Identity, number: u16) -> Result<Self, Failure> {
        let own = port.address()?.port();
        Ok(Self {
            local: (format!("bench{own}"), format!("benchbenchbenchbenchbench{own}")),
            port,
            identity: identity.clone(),
            remote: None,
            association: None,
            checked: None,
            reachable: false,
            awaits_check: false,
            sequences: [0; 2],
            ssrc: 0x1000_0000 | u32::from(number) << 4,
            picture: 0,
            packets: [0; 2],
            key_frame_wanted: false,
            counts: Counts::default(),
        })
    }

    /// Its socket, to be watched.
    pub fn port(&self) -> &Port {
        &self.port
    }

    /// SSRC of its sound (`false`) or its picture (`true`).
    pub fn ssrc(&self, picture: bool) -> u32 {
        self.ssrc | u32::from(picture)
    }

    /// An offer with these sections.
    pub fn offer(&self, sections: &[Section]) -> String {
        sdp::write(self, sections, sdp::Client::Either)
    }

    /// An offer or an answer with a candidate, for a side that checks too and would be the DTLS client if it could choose. The handshake
    /// begins when that side's check was answered: before that it may drop what comes.
    ///
    /// # Errors
    /// Those of the system.
    pub fn full_description(&mut self, sections: &[Section]) -> Result<String, Failure> {
        self.awaits_check = true;
        Ok(sdp::write(self, sections, sdp::Client::Peer(self.port.address()?)))
    }

    pub(crate) fn credentials(&self) -> (&str, &str) {
        (&self.local.0, &self.local.1)
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The other side's description: now the connection can be built up.
    ///
    /// # Errors
    /// When it lacks what every description has.
    pub fn described(&mut self, description: &str) -> Result<(), Failure> {
        self.remote = Some(Answer::read(description)?);
        Ok(())
    }

    /// True when keys are agreed.
    pub fn is_connected(&self) -> bool {
        self.association.as_ref().is_some_and(Association::is_ready)
    }

    /// The SRTP profile that was agreed on, once it was.
    pub fn profile(&self) -> Option<&'static str> {
        self.association.as_ref().and_then(Association::profile)
    }

    /// One step: reads what waits, answers, repeats what was lost. [`Peer::is_connected`] says when it is enough.
    ///
    /// # Errors
    /// When the handshake fails.
    pub fn turn(&mut self) -> Result<(), Failure> {
        self.keep_up()?;
        self.drain(false)?;
        Ok(())
    }

    /// Sends checks and handshake flights that are due.
    ///
    /// # Errors
    /// When the handshake fails.
    pub fn keep_up(&mut self) -> Result<(), Failure> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let now = now();
        let every = CHECK[usize::from(self.is_connected())];
        if self.checked.is_none_or(|last| now - last >= every) {
            self.checked = Some(now);
            let check = stun::request(&remote.ufrag, &self.local.0, &remote.password, &self.identity)?;
            self.port.send(remote.address, &check, None);
        }
        if self.reachable && !self.awaits_check && self.association.is_none() {
            self.association = Some(Association::begin(&self.identity, self.port.address()?, remote.address)?);
        }
        if let Some(association) = &mut self.association {
            association.keep_up(|bytes| self.port.send(remote.address, bytes, None))?;
        }
        Ok(())
    }

    /// Reads everything that waits; `open`: and opens the media, looks whether it is what was sent, and how long it took.
    ///
    /// # Errors
    /// When the handshake fails.
    pub fn drain(&mut self, open: bool) -> Result<(), Failure> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let Self { port, association, counts, key_frame_wanted, local, identity, reachable, .. } = self;
        let mut answers: Vec<(SocketAddr, Vec<u8>)> = Vec::new();
        let mut failure = None;
        port.receive(|from, arrived, bytes| match bytes {
            [0..4, ..] => match stun::read(bytes) {
                stun::Kind::Success => *reachable = true,
                stun::Kind::Request => answers.extend(stun::response(bytes, from, &local.1, identity).map(|bytes| (from, bytes))),
                stun::Kind::Other => {}
            },
            [20..64, ..] => {
                if let Some(association) = association
                    && let Err(error) = association.read(bytes, remote.address).map(|progress| {
                        if progress == Progress::Ready {
                            *counts = Counts::default();
                        }
                    })
                {
                    failure = Some(error);
                }
            }
            [128..192, 192..224, ..] => {
                *key_frame_wanted |=
                    association.as_mut().and_then(|a| a.open_rtcp(bytes)).is_some_and(|plain| asks_for_key_frame(&plain));
            }
            [128..192, kind, ..] if remote.media.contains(&(*kind & 0x7f)) => {
                counts.media += 1;
                counts.bytes += bytes.len() as u64;
                if open {
                    counts.look(association.as_mut().and_then(|association| association.open_rtp(bytes)), arrived);
                }
            }
            _ => {}
        });
        answers.iter().for_each(|(to, bytes)| self.port.send(*to, bytes, None));
        self.awaits_check &= answers.is_empty();
        failure.map_or(Ok(()), Err)
    }

    /// Sends one frame of sound (1 packet) or picture ([`Load::packets`] packets).
    ///
    /// # Errors
    /// When there is no connection.
    pub fn publish(&mut self, load: &Load, picture: bool, key: bool) -> Result<u64, Failure> {
        let wall = wall();
        let mut sent = 0;
        self.picture = self.picture.wrapping_add(u16::from(picture)) & 0x7fff;
        let packets = if picture { load.packets } else { 1 };
        for packet in 0..packets {
            let kind = usize::from(picture);
            self.packets[kind] = self.packets[kind].wrapping_add(1);
            let stamp = Stamp {
                publisher: (self.ssrc >> 4) as u16,
                picture,
                wall_ns: wall.as_nanos() as u64,
                number: self.packets[kind],
            };
            let mut payload = Vec::with_capacity(1_200);
            if picture {
                // RFC 7741: extended descriptor with picture id, TL0PICIDX and TID; then the first byte of the frame, 0 in a key frame.
                let [high, low] = self.picture.to_be_bytes();
                let first = if packet == 0 { 0x90 } else { 0x80 };
                payload.extend_from_slice(&[first, 0xe0, high | 0x80, low, low, 0x20, u8::from(!key)]);
            }
            stamp.write(&mut payload);
            payload.resize(if picture { load.video_bytes } else { load.audio_bytes }, 0xaa);
            let clock = if picture { 90_000 } else { 48_000 };
            let timestamp = (wall.as_micros() * clock / 1_000_000) as u32;
            self.send(picture, timestamp, packet + 1 == packets && picture, &payload)?;
            sent += 1;
        }
        Ok(sent)
    }

    fn send(&mut self, picture: bool, timestamp: u32, marker: bool, payload: &[u8]) -> Result<(), Failure> {
        let kind = usize::from(picture);
        self.sequences[kind] = self.sequences[kind].wrapping_add(1);
        let remote = self.remote.as_ref().ok_or("no answer yet")?;
        let payload_type = if picture { VIDEO } else { AUDIO };
        let mut packet = vec![0x80, payload_type | u8::from(marker) << 7];
        packet.extend_from_slice(&self.sequences[kind].to_be_bytes());
        packet.extend_from_slice(&timestamp.to_be_bytes());
        packet.extend_from_slice(&(self.ssrc | u32::from(picture)).to_be_bytes());
        packet.extend_from_slice(payload);
        let sealed = self.association.as_mut().and_then(|a| a.seal(&packet)).ok_or("not connected")?;
        self.port.send(remote.address, &sealed, None);
        Ok(())
    }
}

impl Counts {
    fn look(&mut self, plain: Option<Vec<u8>>, arrived: Option<Duration>) {
        let stamp = plain.as_deref().and_then(rtp_payload).and_then(|(picture, payload)| Stamp::find(picture, payload));
        let Some(stamp) = stamp else {
            self.bad += 1;
            return;
        };
        *self.heard.entry((stamp.publisher, stamp.picture)).or_default() += 1;
        let sent = Duration::from_nanos(stamp.wall_ns);
        let took = arrived.unwrap_or_else(wall).saturating_sub(sent);
        self.latencies.push(took.as_secs_f32() * 1_000.0);
    }
}

/// Whether it is a picture, and the payload.
fn rtp_payload(packet: &[u8]) -> Option<(bool, &[u8])> {
    let (first, kind) = (*packet.first()?, *packet.get(1)?);
    let mut at = 12 + 4 * usize::from(first & 0x0f);
    if first & 0x10 != 0 {
        let words = u16::from_be_bytes([*packet.get(at + 2)?, *packet.get(at + 3)?]);
        at += 4 + 4 * usize::from(words);
    }
    Some((kind & 0x7f != AUDIO, packet.get(at..)?))
}

/// PLI or FIR anywhere in a compound packet (RFC 4585 §6.3.1, RFC 5104 §4.3.1).
fn asks_for_key_frame(mut packet: &[u8]) -> bool {
    while let [first, kind, high, low, ..] = packet {
        if *kind == 206 && matches!(first & 0x1f, 1 | 4) {
            return true;
        }
        let length = 4 * (1 + usize::from(u16::from_be_bytes([*high, *low])));
        packet = packet.get(length..).unwrap_or_default();
    }
    false
}

/// The monotonic clock.
#[expect(clippy::disallowed_methods, reason = "a load reads the clock")]
fn now() -> Instant {
    Instant::now()
}

/// The clock in which the kernel stamps arrivals.
#[expect(clippy::disallowed_methods, reason = "a load reads the clock")]
fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
