//! The commit slot with its attempts, as built (PROTOCOL.md §7, §13; decision 0008): A and B are honest members, X is a malicious one whom the
//! host lets in first as often as it likes. What is compared: for how long a slot can be tried again, who may remove the sender of a refused
//! commit and on what, and whether who cannot follow comes in again.

use stateright::{Model, Property};
use std::collections::BTreeMap;

/// No two honest members merge different commits for one epoch.
pub const NO_FORK: &str = "honest members never fork";
/// Grounds cannot be made up.
pub const NO_INNOCENT: &str = "no honest member is removed";
/// Whoever sends what all must refuse goes.
pub const SENDER_GOES: &str = "the sender of a refused commit is removed";

/// How far the model goes.
const EPOCHS: usize = 2;
/// How much of it X may post.
const POSTS_OF_X: u8 = 2;

/// For how long a slot that holds a refused commit has a next attempt.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Retry {
    /// Not at all.
    Never,
    /// Until the next epoch has an entry.
    UntilNextEpoch,
    /// For as long as the entry is held.
    Always,
}

/// Who may remove the sender of a refused commit.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Remover {
    /// A moderator; neither A nor B is one.
    Moderator,
    /// Any member, on the grounds that each of the others has refused the same commit in the same epoch.
    Any,
    /// Any member, on a hash that nobody looks up.
    AnyOnItsWord,
}

/// An entry of the log.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Everybody may merge it.
    Good,
    /// Removes X for a commit of this epoch that was refused, and does what else was wanted.
    RemovesX,
    /// X's: its sender can be read, and everybody must refuse it.
    Bad,
    /// X's: nobody can read it.
    Rubbish,
    /// X's: removes A for a refused commit that never was.
    Accuses,
    /// X's: A can follow it, B cannot (a bad path secret).
    Splits,
}

/// An honest member.
#[derive(Clone, Debug, Default, Hash, PartialEq, Eq)]
pub struct Member {
    /// The attempt that was merged, epoch by epoch.
    merged: Vec<u8>,
    attempt: u8,
    has_refused_x: bool,
    x_is_out: bool,
    a_is_out: bool,
}

impl Member {
    fn place(&self) -> (u8, u8) {
        (self.merged.len() as u8, self.attempt)
    }

    fn merge(&mut self) {
        self.merged.push(self.attempt);
        self.attempt = 0;
        self.has_refused_x = false;
    }

    fn refuse(&mut self, by_x: bool) {
        self.attempt += 1;
        self.has_refused_x |= by_x;
    }
}

/// The log, A and B, and what X may still do.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct State {
    log: BTreeMap<(u8, u8), Kind>,
    members: [Member; 2],
    left_of_x: u8,
    blamed: bool,
}

impl State {
    /// Both are as far as the model goes, and together.
    #[must_use]
    pub fn is_through(&self) -> bool {
        let [a, b] = &self.members;
        a.merged.len() == EPOCHS && a.merged == b.merged
    }

    /// X is out wherever it was ever blamed.
    #[must_use]
    pub fn x_has_gone(&self) -> bool {
        !self.blamed || self.members.iter().all(|member| member.x_is_out)
    }

    fn forked(&self) -> bool {
        let [a, b] = &self.members;
        !a.merged.starts_with(&b.merged) && !b.merged.starts_with(&a.merged)
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// An honest member asks for the slot at which it stands.
    Posts(usize),
    /// It reads the entry of that slot.
    Reads(usize),
    /// Removed as silent by who went the other way, or told that the others are ahead, it comes in again.
    ComesInAgain(usize),
    /// X takes a slot.
    XPosts((u8, u8), Kind),
}

impl Action {
    /// True for what honest members do.
    #[must_use]
    pub fn is_honest(&self) -> bool {
        !matches!(self, Self::XPosts(..))
    }
}

/// One design, and what X is up to.
#[derive(Clone, Debug)]
pub struct Design {
    /// How long a slot can be tried again.
    pub retry: Retry,
    /// Who removes X.
    pub remover: Remover,
    /// X can make a commit that some can follow and some cannot.
    pub splitting: bool,
    /// Who has lost the others comes in again.
    pub comes_in_again: bool,
}

/// What is built.
pub const BUILT: Design = Design { retry: Retry::Always, remover: Remover::Any, splitting: false, comes_in_again: true };

impl Design {
    fn is_open(&self, state: &State, (epoch, attempt): (u8, u8)) -> bool {
        let head = state.log.keys().map(|place| place.0 + 1).max().unwrap_or(0);
        let free = !state.log.contains_key(&(epoch, attempt)) && usize::from(epoch) < EPOCHS;
        let next = attempt.checked_sub(1).map(|refused| state.log.contains_key(&(epoch, refused)));
        let retry = match self.retry {
            Retry::Never => false,
            Retry::UntilNextEpoch => epoch + 1 == head,
            Retry::Always => true,
        };
        free && next.map_or(epoch == head, |held| held && retry)
    }

    fn kinds_of_x(&self) -> &'static [Kind] {
        if self.splitting { &[Kind::Bad, Kind::Splits] } else { &[Kind::Bad, Kind::Rubbish, Kind::Accuses] }
    }

    fn wants(&self, member: &Member) -> Kind {
        let removes = self.remover != Remover::Moderator && member.has_refused_x && !member.x_is_out;
        if removes { Kind::RemovesX } else { Kind::Good }
    }

    fn read(&self, next: &mut State, who: usize, kind: Kind) {
        let member = &mut next.members[who];
        let word = self.remover == Remover::AnyOnItsWord;
        match kind {
            Kind::Good => member.merge(),
            Kind::RemovesX if member.has_refused_x || word => {
                member.merge();
                member.x_is_out = true;
            }
            Kind::Accuses if word => {
                member.merge();
                member.a_is_out = true;
            }
            Kind::Splits if who == 0 => member.merge(),
            Kind::RemovesX | Kind::Rubbish => member.refuse(false),
            Kind::Bad | Kind::Accuses | Kind::Splits => {
                member.refuse(true);
                next.blamed |= kind != Kind::Splits;
            }
        }
    }
}

impl Model for Design {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let members = [Member::default(), Member::default()];
        vec![State { log: BTreeMap::new(), members, left_of_x: POSTS_OF_X, blamed: false }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (who, member) in state.members.iter().enumerate() {
            if self.is_open(state, member.place()) {
                actions.push(Action::Posts(who));
            }
            if state.log.contains_key(&member.place()) {
                actions.push(Action::Reads(who));
            }
            if self.comes_in_again && state.forked() {
                actions.push(Action::ComesInAgain(who));
            }
        }
        // The host puts X out in the step in which it takes the commit that removes it.
        let x_is_in = !state.log.values().any(|kind| *kind == Kind::RemovesX);
        if state.left_of_x > 0 && x_is_in {
            let places = (0..EPOCHS as u8).flat_map(|epoch| (0..=4).map(move |attempt| (epoch, attempt)));
            for place in places.filter(|place| self.is_open(state, *place)) {
                actions.extend(self.kinds_of_x().iter().map(|kind| Action::XPosts(place, *kind)));
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Posts(who) => {
                let member = state.members.get(who)?;
                next.log.insert(member.place(), self.wants(member));
            }
            Action::Reads(who) => {
                let kind = *state.log.get(&state.members.get(who)?.place())?;
                self.read(&mut next, who, kind);
            }
            Action::ComesInAgain(who) => next.members[who] = state.members[1 - who].clone(),
            Action::XPosts(place, kind) => {
                next.left_of_x -= 1;
                next.log.insert(place, kind);
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NO_FORK, |_, state: &State| !state.forked()),
            Property::always(NO_INNOCENT, |_, state: &State| state.members.iter().all(|member| !member.a_is_out)),
            Property::sometimes(SENDER_GOES, |_, state: &State| state.members.iter().all(|member| member.x_is_out)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, explore, stuck};

    /// States from which the honest alone cannot go on together.
    fn stopped(design: &Design) -> usize {
        stuck(design, Action::is_honest, State::is_through)
    }

    #[test]
    fn refused_commits_fork_nobody_and_cost_their_sender_its_place() {
        let explored = explore(BUILT);
        assert_eq!(explored.of(NO_FORK), Some(Outcome::Holds));
        assert_eq!(explored.of(NO_INNOCENT), Some(Outcome::Holds));
        assert_eq!(explored.of(SENDER_GOES), Some(Outcome::Reachable));
    }

    #[test]
    fn from_every_state_the_honest_alone_go_on_and_without_whom_they_blame() {
        assert_eq!(stopped(&BUILT), 0);
        assert_eq!(stuck(&BUILT, Action::is_honest, |state| state.is_through() && state.x_has_gone()), 0);
    }

    #[test]
    fn without_a_next_attempt_one_member_stops_the_room() {
        assert!(stopped(&Design { retry: Retry::Never, ..BUILT }) > 0);
    }

    #[test]
    fn a_retry_that_ends_with_the_next_epoch_lets_rubbish_in_two_epochs_stop_the_room() {
        assert!(stopped(&Design { retry: Retry::UntilNextEpoch, ..BUILT }) > 0);
    }

    #[test]
    fn if_only_a_moderator_may_remove_it_the_sender_stays() {
        let design = Design { remover: Remover::Moderator, ..BUILT };
        assert_eq!(explore(design.clone()).of(SENDER_GOES), Some(Outcome::Unreachable));
        assert_eq!(stopped(&design), 0, "attempts alone keep the room going");
    }

    #[test]
    fn grounds_that_nobody_looks_up_remove_an_innocent() {
        let design = Design { remover: Remover::AnyOnItsWord, ..BUILT };
        assert_eq!(explore(design).of(NO_INNOCENT), Some(Outcome::Violated));
    }

    #[test]
    fn a_commit_that_some_can_follow_and_some_cannot_forks_until_who_was_left_comes_in_again() {
        let built = Design { splitting: true, ..BUILT };
        assert_eq!(explore(built.clone()).of(NO_FORK), Some(Outcome::Violated), "an insider can do that");
        assert_eq!(stopped(&built), 0);
        assert!(stopped(&Design { comes_in_again: false, ..built }) > 0);
    }
}
