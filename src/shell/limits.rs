//! What everybody together, and whoever comes from one place, may take of the host, from what a person sets.
//!
//! **Invariant:** every limit has a default with which a host can be left alone; its help (`config/keys.rs`) says which way to turn it.

use super::config::keys::Settings;
use super::gate::GateLimits;
use super::throttle::Bandwidth;
use crate::core::caps::Caps;
use std::num::NonZeroU32;

impl Settings {
    /// What the gate holds to.
    pub(crate) fn gate(&self) -> GateLimits {
        GateLimits {
            people: number(self.people),
            joins_per_minute: self.joins_per_address.get(),
            rooms_per_hour: self.rooms_per_address.get(),
        }
    }

    /// What may leave.
    pub(crate) fn may_leave(&self) -> Bandwidth {
        let times = |unit: u64| move |limit: NonZeroU32| u64::from(limit.get()) * unit;
        Bandwidth { all: self.bandwidth.map(times(1_000_000)), each: self.bandwidth_per_person.map(times(1_000)) }
    }

    /// What one of `cores` may be made to hold: what all rooms together may hold is divided among them.
    pub(crate) fn caps(&self, cores: usize) -> Caps {
        let all = Caps::default();
        let (rooms, participants) = (number(self.rooms).div_ceil(cores), self.people_per_room.get());
        Caps { rooms, participants, all_logs_bytes: all.all_logs_bytes / cores, ..all }
    }
}

fn number(limit: NonZeroU32) -> usize {
    usize::try_from(limit.get()).unwrap_or(usize::MAX)
}
