//! Loads: rooms full of real members, some of whom send, and what becomes of what they send.
//!
//! ```text
//!   join everybody ─▶ warm up until every receiver opens every stream ─▶ measure a fixed number of frames ─▶ wait for the last ─▶ Report
//! ```
//! **Invariant:** what is reported as delivered was opened by its receiver, with the keys its own session gave it, and says inside the seal
//! who sent it, when, and that it counts.

mod crowd;
mod histogram;
mod ledger;
mod process;
mod profile;
mod publisher;
mod report;
mod running;
mod stamp;
mod voices;

pub use profile::Profile;
pub use report::{HostCost, Report};
pub use running::{Progress, run};
pub use voices::Voices;

use crate::member::JoinError;
use crypto::password::PasswordError;
use std::path::PathBuf;

/// Where the load goes.
#[derive(Clone, Debug)]
pub enum Target {
    /// A host that runs, with its process id where its accounts can be read.
    Running {
        /// As in `http://127.0.0.1:8443`.
        address: String,
        /// Of the host, on this machine.
        process: Option<u32>,
    },
    /// A host program that is started for this load, on free ports of 127.0.0.1.
    Started(PathBuf),
}

/// Who comes, what they send, for how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which host.
    pub target: Target,
    /// Rooms at the same time.
    pub rooms: u32,
    /// In each room, those who send and, but for [`Profile::Voices`], receive nothing.
    pub publishers: u32,
    /// In each room, those who receive everything and send nothing; none with [`Profile::Voices`].
    pub subscribers: u32,
    /// What is sent.
    pub profile: Profile,
    /// Seconds' worth of frames that are measured.
    pub seconds: u32,
    /// The rooms' password.
    pub password: Option<String>,
    /// The room's name, for a load of one room; drawn without it.
    pub room: Option<String>,
}

impl Plan {
    /// Everybody.
    pub fn members(&self) -> u32 {
        self.rooms.saturating_mul(self.publishers.saturating_add(self.subscribers))
    }

    /// Streams that a member of a room receives at most.
    fn streams(&self) -> usize {
        match self.profile {
            Profile::Voices => voices::Streams::most_up_to(self.publishers.min(wire::limits::PARTICIPANTS as u32)),
            profile => self.publishers as usize * profile.streams().len(),
        }
    }

    /// Whether a host takes such rooms, and there is something to measure.
    ///
    /// # Errors
    /// [`LoadError::Plan`], with a sentence.
    pub fn check(&self) -> Result<(), LoadError> {
        let sections = self.streams() as u64;
        let people = u64::from(self.publishers) + u64::from(self.subscribers);
        let bad = |reason: String| Err(LoadError::Plan(reason));
        let voices = self.profile == Profile::Voices;
        if [self.rooms, self.publishers, self.seconds].contains(&0) || (self.subscribers == 0 && !voices) {
            return bad("rooms, publishers, subscribers and seconds must each be 1 at least".to_owned());
        }
        if voices && (self.publishers < 2 || self.subscribers > 0) {
            return bad("with voices everybody sends and receives: 2 publishers at least, and no subscribers".to_owned());
        }
        if people > wire::limits::PARTICIPANTS as u64 {
            return bad(format!("a room holds {} people", wire::limits::PARTICIPANTS));
        }
        if sections > wire::limits::MEDIA_SECTIONS as u64 {
            return bad(format!("a member can receive {} streams, and these would be {sections}", wire::limits::MEDIA_SECTIONS));
        }
        if self.room.is_some() && self.rooms != 1 {
            return bad("a room can be named only for a load of one room".to_owned());
        }
        Ok(())
    }
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The plan cannot be carried out.
    #[error("{0}")]
    Plan(String),
    /// The host's address is none.
    #[error(transparent)]
    Address(#[from] crate::NotAHost),
    /// The host that was to be started did not.
    #[error("{0}")]
    Host(String),
    /// The password cannot be a room's.
    #[error("this password cannot be used: {0}")]
    Password(#[from] PasswordError),
    /// The room's name is none.
    #[error("a room's name needs a letter or a digit")]
    RoomName,
    /// Somebody is not in.
    #[error("room {room}: {who} cannot join: {error}")]
    CannotJoin {
        /// From 1.
        room: u32,
        /// In words.
        who: String,
        /// Why.
        error: JoinError,
    },
    /// Everybody was in, and nobody opened a frame.
    #[error("nothing was delivered: no receiver opened a single frame that counts")]
    NothingDelivered,
    /// This machine did not go along.
    #[error(transparent)]
    System(#[from] std::io::Error),
    /// A task of this program ended before its time.
    #[error("this program has a fault: one of its tasks broke off")]
    Broken,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        // A port that was free a moment ago, and that nobody listens on.
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
        Plan {
            target: Target::Running { address: format!("http://{nobody}"), process: None },
            rooms: 2,
            publishers: 2,
            subscribers: 3,
            profile: Profile::Hd,
            seconds: 1,
            password: None,
            room: None,
        }
    }

    #[tokio::test]
    async fn a_host_that_is_not_there_is_told_in_a_sentence() {
        let (_not_stopped, stop) = tokio::sync::watch::channel(false);
        let error = run(plan(), stop, |_| {}).await.unwrap_err();
        assert!(matches!(&error, LoadError::CannotJoin { error: JoinError::Unreachable(_), .. }), "{error}");
        assert!(error.to_string().contains("publisher 1 cannot join: the host cannot be reached: "), "{error}");
    }

    #[test]
    fn plans_that_no_host_takes_are_refused_with_the_reason() {
        let plan = plan();
        assert!(plan.check().is_ok() && plan.members() == 10);
        let refused = |change: fn(&mut Plan)| {
            let mut plan = plan.clone();
            change(&mut plan);
            plan.check().err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(refused(|plan| plan.subscribers = 0).contains("at least"));
        assert!(refused(|plan| plan.subscribers = 511).contains("512"));
        assert!(refused(|plan| plan.publishers = 129).contains("258"));
        assert!(refused(|plan| plan.profile = Profile::Voices).contains("no subscribers"));
        let voices = Plan { profile: Profile::Voices, publishers: 512, subscribers: 0, ..plan.clone() };
        assert!(voices.check().is_ok(), "what is received stays bounded");
        assert!(refused(|plan| plan.room = Some("a".to_owned())).contains("one room"));
    }
}
