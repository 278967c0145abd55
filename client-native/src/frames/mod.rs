//! Sealed frames to RTP packets, and back.
//!
//! **Invariant:** one frame in is one frame out, byte for byte, or nothing. Payload formats (RFC 7587 for Opus, RFC 7741 for VP8) are
//! written and read by the `webrtc` crate's own code, so that what host and member agree on is the standard.

mod assembly;

pub(crate) use assembly::Assembly;

use crate::clock;
use bytes::Bytes;
use rtc::rtp::Packet;
use rtc::rtp::codec::opus::OpusPayloader;
use rtc::rtp::codec::vp8::Vp8Payloader;
use rtc::rtp::packetizer::{Packetizer, new_packetizer};
use rtc::rtp::sequence::new_random_sequencer;

/// Largest RTP packet, bytes: with SRTP, UDP and IPv6 around it still under the 1,280 that every path carries.
const PACKET_BYTES: usize = 1_150;

/// Payload type of Opus in our offers.
pub(crate) const OPUS: u8 = 111;
/// Payload type of VP8 in our offers.
pub(crate) const VP8: u8 = 96;

/// Makes the packets of one stream.
pub(crate) struct Packets {
    packetizer: Box<dyn Packetizer>,
    audio: bool,
    first: u32,
}

impl Packets {
    /// Of sound, or of pictures.
    pub(crate) fn new(audio: bool, ssrc: u32) -> Self {
        let sequencer = Box::new(new_random_sequencer());
        let packetizer: Box<dyn Packetizer> = if audio {
            Box::new(new_packetizer(clock::now(), PACKET_BYTES, OPUS, ssrc, Box::new(OpusPayloader), sequencer, 48_000))
        } else {
            let mut payloader = Vp8Payloader::default();
            payloader.enable_picture_id = true;
            Box::new(new_packetizer(clock::now(), PACKET_BYTES, VP8, ssrc, Box::new(payloader), sequencer, 90_000))
        };
        Self { packetizer, audio, first: ssrc.rotate_left(7) }
    }

    /// The packets of one sealed frame. Frames are stamped with the moment they are made, so that what was left out leaves a gap in
    /// time, as with a real encoder.
    pub(crate) fn of(&mut self, frame: &[u8]) -> Result<Vec<Packet>, webrtc::error::Error> {
        let rate: u128 = if self.audio { 48_000 } else { 90_000 };
        let passed = (clock::elapsed().as_micros() * rate / 1_000_000) as u32;
        let mut packets = self.packetizer.packetize(clock::now(), &Bytes::copy_from_slice(frame), 0)?;
        for packet in &mut packets {
            packet.header.timestamp = self.first.wrapping_add(passed);
            // RFC 3551 §4.1: of sound, the marker is the beginning of speech after silence; ours never pauses.
            packet.header.marker &= !self.audio;
        }
        Ok(packets)
    }
}
