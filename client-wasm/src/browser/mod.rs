//! One adapter per gap: what browsers have and `web-sys` lacks, or what browsers do differently.
//!
//! **Invariant:** nothing outside this module knows which browser it runs in, but for the words that say where to click.

pub(crate) mod abilities;
pub(crate) mod agent;
pub(crate) mod bytes;
pub(crate) mod clock;
pub(crate) mod counts;
pub(crate) mod departure;
pub(crate) mod fatal;
pub(crate) mod kept;
pub(crate) mod network;
pub(crate) mod offline;
pub(crate) mod rtp;
pub(crate) mod site;
pub(crate) mod task;
pub(crate) mod transform;
pub(crate) mod worker;
