//! The way between a browser and the host.
//!
//! Invariant: nothing here names an address.

/// Which ways to the host may be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Over {
    /// Whichever the browser finds, and the host's relay where it finds none.
    #[default]
    Any,
    /// UDP to the host alone.
    Udp,
    /// TCP to the host alone.
    Tcp,
    /// The host's relay alone.
    Relay,
}

/// The way that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// UDP to the host.
    Udp,
    /// TCP to the host.
    Tcp,
    /// The host's relay.
    Relay,
}

/// A look at what comes in and how.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// The way, once there is one.
    pub taken: Option<Taken>,
    /// Milliseconds to the host and back; 0 until it is known.
    pub round_trip: f64,
    /// Pictures that were decoded.
    pub pictures: f64,
    /// Packets received.
    pub packets: f64,
    /// Packets that never came.
    pub lost: f64,
}
