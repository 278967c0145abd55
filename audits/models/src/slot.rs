//! The compare-and-swap slot (PROTOCOL.md §6). The host is blind, so the first commit of an epoch wins even if every honest
//! member must refuse it: X is a member and malicious.
//!
//! What is compared: whether the slot is then lost or has a next attempt, and whether members judge by the commit alone or also by something
//! local (a clock, a connection, a list of their own).

use stateright::{Model, Property};

/// No two honest members merge different commits for one epoch, with an honest host.
pub const NO_FORK: &str = "honest members never fork";
/// X cannot stop the room.
pub const ROOM_GOES_ON: &str = "a good commit merges after X's refused commit took the slot";

/// What a commit is worth.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Kind {
    /// Everybody may merge it.
    Good,
    /// Everybody must refuse it.
    Bad,
    /// A removal "because it was silent for 60 s", as each member's own clock has it.
    Grey,
}

/// What becomes of a slot whose commit was refused.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Slot {
    /// The first commit of an epoch has it for ever.
    OnePerEpoch,
    /// Members go on at the next attempt.
    AttemptsAfterRefusal,
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Judge {
    /// The parent state and the commit's bytes.
    BytesOnly,
    /// Also what only this member knows.
    Local,
}

/// An accepted commit: epoch, attempt, kind.
type Entry = (u8, u8, Kind);

/// The log, and what two honest members made of it.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct State {
    log: Vec<Entry>,
    merged: [Vec<(u8, u8)>; 2],
    read: [usize; 2],
    good_left: u8,
    bad_left: u8,
    grey_left: u8,
}

impl State {
    /// Epoch and attempt at which this member would commit now.
    fn place(&self, member: usize) -> (u8, u8) {
        let epoch = self.merged[member].len() as u8;
        let refused = self.log[..self.read[member]].iter().filter(|entry| entry.0 == epoch).count() as u8;
        (epoch, refused)
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// An honest member gets a commit into the log.
    HonestPosts(usize),
    /// X does.
    XPosts(Kind),
    /// A member reads the next entry, and merges it or does not.
    Reads {
        /// Who.
        member: usize,
        /// Its verdict.
        accepts: bool,
    },
}

/// One design.
#[derive(Clone, Debug)]
pub struct Design(pub Slot, pub Judge);

impl Design {
    fn is_taken(&self, state: &State, (epoch, attempt): (u8, u8)) -> bool {
        state.log.iter().any(|entry| entry.0 == epoch && (self.0 == Slot::OnePerEpoch || entry.1 == attempt))
    }

    fn verdicts(&self, kind: Kind) -> &'static [bool] {
        match (kind, self.1) {
            (Kind::Good, _) => &[true],
            (Kind::Bad, _) | (Kind::Grey, Judge::BytesOnly) => &[false],
            (Kind::Grey, Judge::Local) => &[true, false],
        }
    }
}

impl Model for Design {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let merged = [vec![], vec![]];
        vec![State { log: vec![], merged, read: [0, 0], good_left: 2, bad_left: 1, grey_left: 1 }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for member in 0..2 {
            if state.good_left > 0 && !self.is_taken(state, state.place(member)) {
                actions.push(Action::HonestPosts(member));
            }
            if let Some(entry) = state.log.get(state.read[member]) {
                actions.extend(self.verdicts(entry.2).iter().map(|accepts| Action::Reads { member, accepts: *accepts }));
            }
        }
        if !self.is_taken(state, state.place(0)) {
            if state.bad_left > 0 {
                actions.push(Action::XPosts(Kind::Bad));
            }
            if state.grey_left > 0 {
                actions.push(Action::XPosts(Kind::Grey));
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::HonestPosts(member) => {
                let (epoch, attempt) = state.place(member);
                next.log.push((epoch, attempt, Kind::Good));
                next.good_left -= 1;
            }
            Action::XPosts(kind) => {
                let (epoch, attempt) = state.place(0);
                next.log.push((epoch, attempt, kind));
                if kind == Kind::Bad { next.bad_left -= 1 } else { next.grey_left -= 1 }
            }
            Action::Reads { member, accepts } => {
                let entry = state.log[state.read[member]];
                next.read[member] += 1;
                if accepts && usize::from(entry.0) == state.merged[member].len() {
                    next.merged[member].push((entry.0, entry.1));
                }
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NO_FORK, |_, state: &State| {
                let [a, b] = &state.merged;
                a.starts_with(b) || b.starts_with(a)
            }),
            Property::sometimes(ROOM_GOES_ON, |_, state: &State| {
                state.log.first().is_some_and(|entry| entry.2 == Kind::Bad)
                    && state.merged.iter().all(|merged| !merged.is_empty())
            }),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, outcome_of};

    #[test]
    fn one_commit_per_epoch_for_ever_lets_one_member_stop_the_room() {
        let naive = Design(Slot::OnePerEpoch, Judge::BytesOnly);
        assert_eq!(outcome_of(naive, ROOM_GOES_ON), Some(Outcome::Unreachable));
    }

    #[test]
    fn verdicts_from_local_knowledge_fork_the_group() {
        let naive = Design(Slot::AttemptsAfterRefusal, Judge::Local);
        assert_eq!(outcome_of(naive, NO_FORK), Some(Outcome::Violated));
    }

    #[test]
    fn attempts_and_verdicts_from_bytes_hold() {
        let built = Design(Slot::AttemptsAfterRefusal, Judge::BytesOnly);
        assert_eq!(outcome_of(built.clone(), NO_FORK), Some(Outcome::Holds));
        assert_eq!(outcome_of(built, ROOM_GOES_ON), Some(Outcome::Reachable));
    }
}
