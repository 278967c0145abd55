//! A ban against whatever brings the banned back (PROTOCOL.md §6, §7): a ban is one commit that removes X, moves the password's generation on
//! and closes the password's door. X knows the old password and works with the host, which orders commits as it likes: X's rejoin by its old leaf key,
//! its join with the old password, another moderator's settings, a new password. In through the waiting room, by a moderator's hand, is no way back that
//! a ban must close.

use stateright::{Model, Property};

/// "Done" on the moderator's screen is true, and stays so.
pub const BAN_HOLDS: &str = "after the ban is reported done, X is in no leaf";
/// What was clicked on is found.
pub const NO_DODGE: &str = "nobody dodges a ban by rejoining";
/// It can be done.
pub const BAN_COMPLETES: &str = "the ban completes";
/// The room is not closed for others.
pub const OTHERS_ENTER: &str = "an innocent enters after the ban, with a new password";

/// What is left out of a ban, or of the checks it rests on.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Mistake {
    /// Nothing.
    None,
    /// The Remove is one commit and the change of the password's generation another, and the first is reported.
    TwoCommits,
    /// The password stays.
    KeepsPassword,
    /// The generation moves, but the door stays open: whoever knows the password derives the next generation's key from it.
    KeepsDoorOpen,
    /// A rejoined leaf is a new line.
    RejoinIsANewLine,
    /// Receivers of a rejoin do not look for the signing leaf in the parent tree.
    RejoinFromOutside,
    /// "Not found" is shown as done.
    NotFoundIsDone,
    /// A ban finds only who is in the tree, and is reported done: whoever was removed for silence meanwhile can come back.
    LostIsNotFound,
    /// A ban forgets none of those who were lost: whoever came in anew meanwhile goes back to the line it had.
    KeepsLost,
    /// Receivers of an Add do not look at its generation.
    GenerationUnchecked,
    /// A moderator's settings are what it saw at its click, not its wish applied anew.
    StaleSettings,
}

/// Where the ban stands.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Ban {
    /// Nobody has clicked, or it is shown as not done.
    No,
    /// Clicked on this line.
    Wanted(u8),
    /// Reported done; what of it is still to be committed (only if it takes two commits).
    Done {
        /// The password's door is still to be closed.
        closes: bool,
    },
}

/// The room as the commits have made it, and X.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct State {
    /// The line of X's leaf.
    x: Option<u8>,
    /// The line of X, removed for silence: its old leaf's key brings it back.
    lost: Option<u8>,
    lines: u8,
    c_is_in: bool,
    pw_gen: u8,
    /// X knows the password that is in force.
    x_knows: bool,
    door_open: bool,
    ban: Ban,
    banned_once: bool,
    /// X came in by the front door since the click: as somebody new, and the screen says that the ban found nobody.
    is_new: bool,
    dodged: bool,
    /// The generation under which X has proved the password; its Add is prepared anew for as long as it loses.
    proved: Option<u8>,
    /// Another moderator's click, with the door as it was seen then.
    settings: Option<bool>,
    rejoins_left: u8,
    changes_left: u8,
}

impl State {
    /// The ban is done or finds nobody, and others get in.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.x.is_none() && self.c_is_in
    }
}

/// Which commit the log takes next, or what leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The click.
    WantsBan,
    /// The ban, prepared on the tree of this epoch.
    BanWins,
    /// Its second half, where it has two.
    DoorCloses,
    /// Another moderator clicks on something else.
    WantsSettings,
    /// Its commit.
    SettingsWin,
    /// A moderator sets a password that X is not told.
    NewPassword,
    /// An innocent, who is told the password.
    CJoins,
    /// Remove and Add, asked for with X's old leaf key.
    XRejoins,
    /// The host lets nobody hear X until the others have removed it.
    XFallsSilent,
    /// X's signed leave.
    XLeaves,
    /// X proves the password at the door.
    XProves,
    /// Its Add.
    XJoins,
}

impl Action {
    /// True for what X does not do.
    #[must_use]
    pub fn is_honest(&self) -> bool {
        !matches!(self, Self::XRejoins | Self::XFallsSilent | Self::XLeaves | Self::XProves | Self::XJoins)
    }
}

/// One design.
#[derive(Clone, Debug)]
pub struct Design(pub Mistake);

impl Design {
    fn ban(&self, next: &mut State, line: u8) {
        if next.lost == Some(line) {
            // It cannot come back as who it was; whether it is there as somebody else the moderator has to look: shown as not done.
            let overlooked = self.0 == Mistake::LostIsNotFound;
            next.lost = next.lost.filter(|_| overlooked);
            next.banned_once = true;
            next.dodged |= next.x.is_some() && !next.is_new;
            next.ban = if overlooked { Ban::Done { closes: false } } else { Ban::No };
            self.close(next);
        } else if next.x == Some(line) {
            next.x = None;
            // It may have been lost before, and come in anew.
            next.lost = next.lost.filter(|_| self.0 == Mistake::KeepsLost);
            next.banned_once = true;
            let closes = self.0 == Mistake::TwoCommits;
            next.ban = Ban::Done { closes };
            if !closes {
                self.close(next);
            }
        } else {
            next.dodged |= next.x.is_some() && !next.is_new;
            next.ban = if self.0 == Mistake::NotFoundIsDone { Ban::Done { closes: false } } else { Ban::No };
        }
    }

    fn close(&self, next: &mut State) {
        if self.0 != Mistake::KeepsPassword {
            next.pw_gen += 1;
            next.door_open = self.0 == Mistake::KeepsDoorOpen;
        }
    }

    fn may_rejoin(&self, state: &State) -> bool {
        let from_outside = self.0 == Mistake::RejoinFromOutside && state.banned_once;
        state.rejoins_left > 0 && (state.x.is_some() || state.lost.is_some() || from_outside)
    }

    fn may_join(&self, state: &State) -> bool {
        let current = self.0 == Mistake::GenerationUnchecked || (state.proved == Some(state.pw_gen) && state.door_open);
        state.proved.is_some() && current && state.x.is_none() && state.rejoins_left > 0
    }
}

impl Model for Design {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            x: Some(0),
            lost: None,
            lines: 1,
            c_is_in: false,
            pw_gen: 0,
            x_knows: true,
            door_open: true,
            ban: Ban::No,
            banned_once: false,
            is_new: false,
            dodged: false,
            proved: None,
            settings: None,
            rejoins_left: 3,
            changes_left: 2,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let may = [
            (Action::WantsBan, state.ban == Ban::No && state.x.is_some()),
            (Action::BanWins, matches!(state.ban, Ban::Wanted(_))),
            (Action::DoorCloses, state.ban == Ban::Done { closes: true }),
            (Action::WantsSettings, state.settings.is_none() && state.changes_left > 0),
            (Action::SettingsWin, state.settings.is_some()),
            (Action::NewPassword, state.changes_left > 0 || !state.door_open),
            (Action::CJoins, state.door_open && !state.c_is_in),
            (Action::XRejoins, self.may_rejoin(state)),
            (Action::XFallsSilent, state.x.is_some()),
            (Action::XLeaves, state.x.is_some()),
            (Action::XProves, state.x_knows && state.door_open && state.proved != Some(state.pw_gen)),
            (Action::XJoins, self.may_join(state)),
        ];
        actions.extend(may.into_iter().filter(|(_, may)| *may).map(|(action, _)| action));
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::WantsBan => {
                next.ban = Ban::Wanted(state.x?);
                next.is_new = false;
            }
            Action::BanWins => {
                let Ban::Wanted(line) = state.ban else { return None };
                self.ban(&mut next, line);
            }
            Action::DoorCloses => {
                next.ban = Ban::Done { closes: false };
                self.close(&mut next);
            }
            Action::WantsSettings => {
                next.settings = Some(state.door_open);
                next.changes_left -= 1;
            }
            Action::SettingsWin => {
                let seen = next.settings.take()?;
                if self.0 == Mistake::StaleSettings {
                    next.door_open = seen;
                }
            }
            Action::NewPassword => {
                next.changes_left = state.changes_left.saturating_sub(1);
                next.pw_gen += 1;
                next.x_knows = false;
                next.door_open = true;
            }
            Action::CJoins => next.c_is_in = true,
            Action::XRejoins => {
                next.rejoins_left -= 1;
                let line = state.x.or_else(|| next.lost.take()).filter(|_| self.0 != Mistake::RejoinIsANewLine);
                if line.is_none() {
                    next.lines += 1;
                }
                // As whom it was before the one that was clicked on: like somebody new.
                next.is_new |=
                    state.x.is_none() && self.0 != Mistake::RejoinIsANewLine && next.ban != line.map_or(Ban::No, Ban::Wanted);
                next.x = Some(line.unwrap_or(state.lines));
            }
            Action::XFallsSilent => next.lost = next.x.take(),
            Action::XLeaves => next.x = None,
            Action::XProves => next.proved = Some(state.pw_gen),
            Action::XJoins => {
                next.rejoins_left -= 1;
                next.proved = None;
                next.is_new = true;
                next.x = Some(state.lines);
                next.lines += 1;
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(BAN_HOLDS, |_, state: &State| !matches!(state.ban, Ban::Done { .. }) || state.x.is_none()),
            Property::always(NO_DODGE, |_, state: &State| !state.dodged),
            Property::sometimes(BAN_COMPLETES, |_, state: &State| state.ban == Ban::Done { closes: false }),
            Property::sometimes(OTHERS_ENTER, |_, state: &State| state.banned_once && state.c_is_in && !state.x_knows),
        ]
    }

    fn within_boundary(&self, state: &State) -> bool {
        state.pw_gen < 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, explore, stuck};

    #[test]
    fn a_ban_in_one_commit_holds_against_every_race() {
        let explored = explore(Design(Mistake::None));
        assert_eq!(explored.of(BAN_HOLDS), Some(Outcome::Holds));
        assert_eq!(explored.of(NO_DODGE), Some(Outcome::Holds));
        assert_eq!(explored.of(BAN_COMPLETES), Some(Outcome::Reachable));
        assert_eq!(explored.of(OTHERS_ENTER), Some(Outcome::Reachable));
    }

    #[test]
    fn whatever_x_did_so_far_it_can_be_put_out_and_others_get_in() {
        assert_eq!(stuck(&Design(Mistake::None), Action::is_honest, State::is_settled), 0);
    }

    #[test]
    fn each_part_that_is_left_out_lets_the_banned_back_in() {
        for mistake in [
            Mistake::TwoCommits,
            Mistake::KeepsPassword,
            Mistake::KeepsDoorOpen,
            Mistake::RejoinFromOutside,
            Mistake::NotFoundIsDone,
            Mistake::LostIsNotFound,
            Mistake::KeepsLost,
            Mistake::GenerationUnchecked,
            Mistake::StaleSettings,
        ] {
            assert_eq!(explore(Design(mistake)).of(BAN_HOLDS), Some(Outcome::Violated), "{mistake:?}");
        }
    }

    #[test]
    fn a_rejoin_that_is_a_new_line_dodges_the_ban() {
        assert_eq!(explore(Design(Mistake::RejoinIsANewLine)).of(NO_DODGE), Some(Outcome::Violated));
    }
}
