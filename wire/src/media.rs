//! How a participant describes to the host what it sends and what it wants to receive.
//!
//! One PeerConnection per participant; the participant is always the offerer, so there is no glare.
//! Each receiving media section (`mid`) is a *seat* that the participant fills by [`Subscription`]s, without
//! a new offer: the host keeps SSRC, sequence numbers and timestamps of the section continuous across changes.

use crate::{ParticipantId, limits};
use serde::{Deserialize, Serialize};

/// What a track carries. The host needs it for priorities (audio first, screens for detail) and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Track {
    /// Microphone.
    Audio,
    /// Camera, in simulcast layers.
    Camera,
    /// Shared screen or window.
    Screen,
    /// Sound of the shared screen.
    ScreenAudio,
    /// Other members' microphones, passed on by this one. The host sees sound like any other.
    Herald,
}

impl Track {
    /// True for the tracks that carry sound.
    pub fn is_audio(self) -> bool {
        matches!(self, Self::Audio | Self::ScreenAudio | Self::Herald)
    }
}

/// Media identification tag of one media section (RFC 5888, `a=mid`), at most 16 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mid(pub String);

impl Mid {
    /// True when the tag is one that browsers make and SDP can carry.
    pub fn is_sane(&self) -> bool {
        (1..=16).contains(&self.0.len()) && self.0.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    }
}

/// Height of the place a picture is shown in, in device pixels; 0 when it is not on screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PixelHeight(pub u16);

/// "What I send in this section is my …"
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The sending media section.
    pub mid: Mid,
    /// What it carries.
    pub track: Track,
}

/// "In this section I want that participant's track, for a place this high."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The receiving media section.
    pub mid: Mid,
    /// Whose track, or `None` to leave the section empty.
    pub source: Option<(ParticipantId, Track)>,
    /// For pictures: how high the place is. The host picks the smallest layer that fills it.
    pub height: PixelHeight,
}

/// A session description of the participant (RFC 8829), always complete: it replaces the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The SDP, without candidates: the host is ICE-lite and learns addresses from the checks.
    pub sdp: String,
    /// What each sending section carries.
    pub publications: Vec<Publication>,
}

impl Offer {
    /// True when the offer is within [`limits`].
    pub fn is_within_limits(&self) -> bool {
        self.sdp.len() <= limits::SDP_BYTES
            && self.publications.len() <= limits::TRACKS
            && self.publications.iter().all(|p| p.mid.is_sane())
    }
}
