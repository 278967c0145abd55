//! The transport of participants, bottom to top.
//!
//! ```text
//! datagram ─▶ ice (checks) ─▶ dtls (handshake) ─▶ srtp (open) ─▶ uplink (streams, order) ─▶ forwarding
//! forwarding ─▶ outlet (layer, numbers) ─▶ participant (write, seal, batch) ─▶ datagrams
//! ```
//!
//! **Invariant:** a datagram of an address that no valid ICE check has vouched for costs one look-up and leaves no trace.

pub(crate) mod answer;
pub(crate) mod arrival_report;
pub(crate) mod codec;
pub(crate) mod descriptor;
pub(crate) mod dtls;
pub(crate) mod feedback;
pub(crate) mod ice;
pub(crate) mod outlet;
pub(crate) mod participant;
pub(crate) mod probe;
pub(crate) mod records;
pub(crate) mod retransmission;
pub(crate) mod rtcp;
pub(crate) mod rtp;
pub(crate) mod sdp;
pub(crate) mod sealed_sound;
pub(crate) mod slab;
pub(crate) mod srtp;
pub(crate) mod uplink;
pub(crate) mod writing;
