//! A removal that lost the race for its slot is prepared again (PROTOCOL.md §6), while its target rejoins (§7) or leaves are
//! handed to others. A tree of four leaves: A, moderator, at 0; leaf 1 blank; X, to be banned and in league with the host, at 2; B, doorkeeper,
//! at 3. C is an innocent joiner. MLS puts an Add into the leftmost blank leaf, after the Removes of the same commit.

use stateright::{Model, Property};

/// "Done" on the moderator's screen is true.
pub const BAN_IS_TRUE: &str = "when the ban is reported done, X is in no leaf";
/// Nobody else pays for it.
pub const NO_INNOCENT: &str = "a ban never removes an innocent";
/// It can be done at all.
pub const BAN_COMPLETES: &str = "the ban completes";

/// The people.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Who {
    /// Moderator.
    A,
    /// Doorkeeper.
    B,
    /// To be banned.
    X,
    /// Joiner.
    C,
}

/// One leaf: its signature key, and the first key of its line of rejoins.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub struct Leaf {
    who: Who,
    key: u8,
    line: u8,
}

/// What a pending removal names.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Names {
    /// The leaf index of the click.
    Index,
    /// The signature key of the click.
    Key,
    /// The line: a rejoined leaf inherits it, and so does a ban.
    Line,
}

/// Where the ban stands.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Ban {
    /// Nobody has clicked.
    No,
    /// Clicked, with what the screen showed.
    Wanted {
        /// Leaf index.
        index: usize,
        /// The leaf.
        leaf: Leaf,
    },
    /// Reported done.
    Done,
}

/// The tree and the ban.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct State {
    tree: [Option<Leaf>; 4],
    epoch: u8,
    ban: Ban,
    rejoins_left: u8,
    joins_left: u8,
    next_key: u8,
    banned: Vec<u8>,
    innocent_hit: bool,
}

impl State {
    fn place_of_x(&self) -> Option<usize> {
        self.tree.iter().position(|leaf| leaf.is_some_and(|leaf| leaf.who == Who::X))
    }

    fn add(&mut self, leaf: Leaf) -> Option<()> {
        let blank = self.tree.iter().position(Option::is_none)?;
        self.tree[blank] = Some(leaf);
        Some(())
    }
}

/// Which commit the log takes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The click: no commit yet.
    ModeratorBansX,
    /// The removal, prepared on the tree of this epoch.
    RemoveWins,
    /// Remove and Add by the doorkeeper, asked for with X's old leaf key; X chooses a new one.
    RejoinOfXWins,
    /// An ordinary join.
    JoinOfCWins,
}

/// One design.
#[derive(Clone, Debug)]
pub struct Design(pub Names);

impl Design {
    /// Where the removal would strike; `None` inside if it finds nobody and calls that done.
    fn target(&self, state: &State) -> Option<Option<usize>> {
        let Ban::Wanted { index, leaf: wanted } = state.ban else { return None };
        let find =
            |same: fn(&Leaf, &Leaf) -> bool| state.tree.iter().position(|leaf| leaf.is_some_and(|leaf| same(&leaf, &wanted)));
        Some(match self.0 {
            Names::Index => state.tree[index].map(|_| index),
            Names::Key => find(|leaf, wanted| leaf.key == wanted.key),
            Names::Line => find(|leaf, wanted| leaf.line == wanted.line),
        })
    }

    /// What a list of bans holds about a leaf.
    fn name(&self, leaf: Leaf) -> u8 {
        if self.0 == Names::Line { leaf.line } else { leaf.key }
    }

    fn remove(&self, next: &mut State, target: Option<usize>) {
        if let Some(leaf) = target.and_then(|place| next.tree[place].take()) {
            next.innocent_hit |= leaf.who != Who::X;
            next.banned.push(self.name(leaf));
        } else {
            next.epoch -= 1;
        }
        next.ban = Ban::Done;
    }

    fn rejoin(&self, next: &mut State) -> Option<()> {
        let place = next.place_of_x()?;
        let old = next.tree[place].take()?;
        if next.banned.contains(&self.name(old)) {
            return None;
        }
        next.rejoins_left -= 1;
        let key = next.next_key;
        next.next_key += 1;
        next.add(Leaf { who: Who::X, key, line: if self.0 == Names::Line { old.line } else { key } })
    }
}

impl Model for Design {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let leaf = |who, key| Some(Leaf { who, key, line: key });
        let tree = [leaf(Who::A, 0), None, leaf(Who::X, 2), leaf(Who::B, 3)];
        let banned = vec![];
        vec![State { tree, epoch: 0, ban: Ban::No, rejoins_left: 2, joins_left: 1, next_key: 10, banned, innocent_hit: false }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        match state.ban {
            Ban::No => actions.push(Action::ModeratorBansX),
            Ban::Wanted { .. } => actions.push(Action::RemoveWins),
            Ban::Done => {}
        }
        if state.rejoins_left > 0 && state.place_of_x().is_some() {
            actions.push(Action::RejoinOfXWins);
        }
        if state.joins_left > 0 {
            actions.push(Action::JoinOfCWins);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        next.epoch += 1;
        match action {
            Action::ModeratorBansX => {
                let index = state.place_of_x()?;
                next.ban = Ban::Wanted { index, leaf: state.tree[index]? };
                next.epoch = state.epoch;
            }
            Action::RemoveWins => self.remove(&mut next, self.target(state)?),
            Action::RejoinOfXWins => self.rejoin(&mut next)?,
            Action::JoinOfCWins => {
                next.joins_left -= 1;
                let key = next.next_key;
                next.next_key += 1;
                next.add(Leaf { who: Who::C, key, line: key })?;
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(BAN_IS_TRUE, |_, state: &State| state.ban != Ban::Done || state.place_of_x().is_none()),
            Property::always(NO_INNOCENT, |_, state: &State| !state.innocent_hit),
            Property::sometimes(BAN_COMPLETES, |_, state: &State| state.ban == Ban::Done),
        ]
    }

    fn within_boundary(&self, state: &State) -> bool {
        state.epoch < 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, outcome_of};

    #[test]
    fn by_leaf_index_an_innocent_is_hit_and_x_survives() {
        assert_eq!(outcome_of(Design(Names::Index), NO_INNOCENT), Some(Outcome::Violated));
        assert_eq!(outcome_of(Design(Names::Index), BAN_IS_TRUE), Some(Outcome::Violated));
    }

    #[test]
    fn by_signature_key_x_survives_by_rejoining() {
        assert_eq!(outcome_of(Design(Names::Key), NO_INNOCENT), Some(Outcome::Holds));
        assert_eq!(outcome_of(Design(Names::Key), BAN_IS_TRUE), Some(Outcome::Violated));
    }

    #[test]
    fn by_line_the_ban_is_true_and_hits_nobody_else() {
        assert_eq!(outcome_of(Design(Names::Line), NO_INNOCENT), Some(Outcome::Holds));
        assert_eq!(outcome_of(Design(Names::Line), BAN_IS_TRUE), Some(Outcome::Holds));
        assert_eq!(outcome_of(Design(Names::Line), BAN_COMPLETES), Some(Outcome::Reachable));
    }
}
