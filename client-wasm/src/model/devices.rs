//! Cameras, microphones, screens, what may be spent on them, and what a browser lacks.
//!
//! Invariant: nothing here leaves the device.

use serde::{Deserialize, Serialize};

/// What a person wants to spend on pictures, received and sent. It stays with this page; nobody is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pictures {
    /// As good as place and network allow, our own camera at 1080 lines if it has them.
    Best,
    /// The same, our own camera at 720 lines.
    #[default]
    Standard,
    /// Cameras small, both ways; a shared screen at few frames.
    SaveData,
    /// None, either way.
    None,
}

/// What can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceKind {
    /// The microphone.
    Microphone,
    /// The camera.
    Camera,
    /// The shared screen.
    Screen,
}

/// A camera or a microphone of this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The browser's id of it.
    pub id: String,
    /// What the browser calls it; empty until the person allowed the kind.
    pub label: String,
    /// True for cameras, false for microphones.
    pub camera: bool,
}

/// Why a camera or microphone does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The person or the browser's settings said no (`NotAllowedError`).
    NotAllowed,
    /// There is none (`NotFoundError`, `OverconstrainedError`).
    NotFound,
    /// Something else uses it, or it failed (`NotReadableError`, everything else).
    Busy,
}

/// What a browser lacks, so that no meeting can be kept closed in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// `RTCRtpScriptTransform`: frames cannot be sealed.
    FrameTransform,
    /// No secure context, so no camera, no microphone, no cryptographic randomness worth the name.
    SecureContext,
    /// WebAssembly, workers, WebRTC or another corner stone.
    Platform,
}
