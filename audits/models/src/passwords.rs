//! A password that changes while newcomers are at the door (PROTOCOL.md §5, §6). J was told the old password and later the new one; X knows the old
//! one only and the host orders commits as it likes. Two moderators may change it at the same time.

use stateright::{Model, Property};

/// The change keeps its promise.
pub const NO_LATE_ENTRY: &str = "nobody enters under another generation than the one that was proved";
/// Nor does X.
pub const OLD_STAYS_OUT: &str = "who knows only the old password does not enter after a change";
/// An honest newcomer is not told that somebody guesses.
pub const NOT_BLAMED: &str = "a change of the password is nobody's failed guess";
/// What a moderator's screen says is so.
pub const SCREEN_IS_TRUE: &str = "a password that is shown as set was in force at the generation it is shown for";

/// What is left out.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Mistake {
    /// Nothing.
    None,
    /// The doorkeeper commits what was proved before, and nobody looks at the generation of an Add.
    AddWithoutGeneration,
    /// A run of another generation is dropped without a word, also when its proof has come.
    NoVoid,
    /// The newcomer answers an Offer of any generation.
    AnswersAnyOffer,
    /// Open runs of the old generation are kept and their proofs checked.
    RunsKept,
    /// Who lost the race takes the other's change for its own.
    AnyChangeWillDo,
    /// Who lost the race sends what it had prepared, with the generation it had counted then.
    GenerationKept,
}

/// Where a newcomer stands.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Visit {
    /// Outside.
    Knocks,
    /// It was offered a run of this generation.
    Offered(u8),
    /// Its proof of this generation is on its way.
    Proved(u8),
    /// The doorkeeper found its proof right.
    Proven(u8),
    /// The run is gone and it waits.
    Abandoned,
    /// In: what was proved, and the generation then in force.
    In(u8, u8),
    /// It counts a failed guess.
    Failed,
}

/// What a moderator wants and has been told.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Wish {
    /// Nothing yet.
    No,
    /// Clicked; the generation its commit was prepared for.
    Wanted(u8),
    /// Shown as set, for this generation.
    Shown(u8),
}

/// The room and those at its door: J first, X second.
#[derive(Clone, Debug, Hash, PartialEq, Eq)]
pub struct State {
    /// Whose password is in force, by generation: 0 the old one, 1 and 2 the moderators'.
    texts: Vec<u8>,
    doorkeeper_sees: u8,
    /// The generation for which J last typed a password; J types what is in force.
    j_knows: u8,
    visits: [Visit; 2],
    wishes: [Wish; 2],
}

impl State {
    fn pw_gen(&self) -> u8 {
        self.texts.len() as u8 - 1
    }

    /// J is in.
    #[must_use]
    pub fn j_is_in(&self) -> bool {
        matches!(self.visits[0], Visit::In(..))
    }
}

/// One step. 0 is J and 1 is X; moderators are 0 and 1.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The doorkeeper answers a knock.
    Offers(usize),
    /// The newcomer proves.
    Proves(usize),
    /// Its proof arrives.
    ProofArrives(usize),
    /// The Add is committed on the doorkeeper's epoch.
    Admits(usize),
    /// It has waited long enough.
    TimesOut(usize),
    /// J is told the password that is in force.
    JIsTold,
    /// A moderator clicks.
    Wants(usize),
    /// Its commit wins the slot.
    Wins(usize),
    /// The doorkeeper takes in the log.
    DoorkeeperReads,
}

/// One design.
#[derive(Clone, Debug)]
pub struct Design(pub Mistake);

impl Design {
    fn knows(&self, state: &State, who: usize) -> u8 {
        if who == 0 { state.j_knows } else { 0 }
    }

    fn rebase(&self, next: &mut State) {
        next.doorkeeper_sees = next.pw_gen();
        let now = next.doorkeeper_sees;
        for visit in &mut next.visits {
            *visit = match *visit {
                Visit::Offered(of) if of != now && self.0 != Mistake::RunsKept => Visit::Knocks,
                // Void, with Tag_A: a new visit begins, and no guess has failed.
                Visit::Proven(of) if of != now && self.0 == Mistake::NoVoid => Visit::Abandoned,
                Visit::Proven(of) if of != now && self.0 != Mistake::AddWithoutGeneration => Visit::Knocks,
                same => same,
            }
        }
    }

    fn prove(&self, state: &State, who: usize, of: u8) -> Visit {
        let own = self.knows(state, who);
        if own == of || self.0 == Mistake::AnswersAnyOffer { Visit::Proved(of) } else { Visit::Knocks }
    }

    fn proof_arrives(&self, state: &State, who: usize, of: u8) -> Visit {
        let kept = of == state.doorkeeper_sees || self.0 == Mistake::RunsKept;
        let right = self.knows(state, who) == of;
        match (kept, right) {
            (true, true) => Visit::Proven(of),
            (true, false) => Visit::Failed,
            // Its run went at the rebase; the doorkeeper knows the old password, and says Void.
            (false, _) if self.0 == Mistake::NoVoid => Visit::Abandoned,
            (false, _) => Visit::Knocks,
        }
    }

    fn win(&self, next: &mut State, moderator: usize, prepared: u8) {
        let now = next.pw_gen();
        let fresh = prepared == now + 1;
        next.wishes[moderator] = match self.0 {
            Mistake::AnyChangeWillDo if !fresh => Wish::Shown(now),
            // A step of nothing: the commit is judged good and changes no text.
            Mistake::GenerationKept if !fresh => Wish::Shown(prepared),
            _ => {
                next.texts.push(moderator as u8 + 1);
                Wish::Shown(now + 1)
            }
        };
    }
}

impl Model for Design {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let (visits, wishes) = ([Visit::Knocks; 2], [Wish::No; 2]);
        vec![State { texts: vec![0], doorkeeper_sees: 0, j_knows: 0, visits, wishes }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let current = state.doorkeeper_sees == state.pw_gen();
        for (who, visit) in state.visits.iter().enumerate() {
            match visit {
                Visit::Knocks => actions.push(Action::Offers(who)),
                Visit::Offered(_) => actions.push(Action::Proves(who)),
                Visit::Proved(_) => actions.push(Action::ProofArrives(who)),
                // Receivers refuse the Add of another generation, so it is never in the log.
                Visit::Proven(of) if current && (*of == state.pw_gen() || self.0 == Mistake::AddWithoutGeneration) => {
                    actions.push(Action::Admits(who));
                }
                Visit::Abandoned => actions.push(Action::TimesOut(who)),
                Visit::Proven(_) | Visit::In(..) | Visit::Failed => {}
            }
        }
        for (moderator, wish) in state.wishes.iter().enumerate() {
            match wish {
                Wish::No => actions.push(Action::Wants(moderator)),
                Wish::Wanted(_) => actions.push(Action::Wins(moderator)),
                Wish::Shown(_) => {}
            }
        }
        if state.j_knows != state.pw_gen() && state.visits[0] == Visit::Knocks {
            actions.push(Action::JIsTold);
        }
        if !current {
            actions.push(Action::DoorkeeperReads);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Offers(who) => next.visits[who] = Visit::Offered(state.doorkeeper_sees),
            Action::Proves(who) => {
                let Visit::Offered(of) = state.visits[who] else { return None };
                next.visits[who] = self.prove(state, who, of);
            }
            Action::ProofArrives(who) => {
                let Visit::Proved(of) = state.visits[who] else { return None };
                next.visits[who] = self.proof_arrives(state, who, of);
            }
            Action::Admits(who) => {
                let Visit::Proven(of) = state.visits[who] else { return None };
                next.visits[who] = Visit::In(of, state.pw_gen());
            }
            Action::TimesOut(who) => next.visits[who] = Visit::Failed,
            Action::JIsTold => next.j_knows = state.pw_gen(),
            Action::Wants(moderator) => next.wishes[moderator] = Wish::Wanted(state.pw_gen() + 1),
            Action::Wins(moderator) => {
                let Wish::Wanted(prepared) = state.wishes[moderator] else { return None };
                self.win(&mut next, moderator, prepared);
            }
            Action::DoorkeeperReads => self.rebase(&mut next),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NO_LATE_ENTRY, |_, state: &State| {
                !state.visits.iter().any(|visit| matches!(visit, Visit::In(proved, now) if proved != now))
            }),
            Property::always(OLD_STAYS_OUT, |_, state: &State| !matches!(state.visits[1], Visit::In(_, now) if now > 0)),
            Property::always(NOT_BLAMED, |_, state: &State| state.visits[0] != Visit::Failed),
            Property::always(SCREEN_IS_TRUE, |_, state: &State| {
                state.wishes.iter().zip(1..).all(|(wish, own)| match wish {
                    Wish::Shown(of) => state.texts.get(usize::from(*of)) == Some(&own),
                    _ => true,
                })
            }),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, explore, stuck};

    fn broken_by(mistake: Mistake, property: &str) -> bool {
        explore(Design(mistake)).of(property) == Some(Outcome::Violated)
    }

    #[test]
    fn a_change_with_runs_open_lets_nobody_in_late_and_blames_nobody() {
        let explored = explore(Design(Mistake::None));
        for property in [NO_LATE_ENTRY, OLD_STAYS_OUT, NOT_BLAMED, SCREEN_IS_TRUE] {
            assert_eq!(explored.of(property), Some(Outcome::Holds), "{property}");
        }
    }

    #[test]
    fn who_is_told_the_password_gets_in_whatever_happened_before() {
        assert_eq!(stuck(&Design(Mistake::None), |_| true, State::j_is_in), 0);
    }

    #[test]
    fn an_add_that_names_no_generation_carries_the_old_password_over_the_change() {
        assert!(broken_by(Mistake::AddWithoutGeneration, NO_LATE_ENTRY));
        assert!(broken_by(Mistake::AddWithoutGeneration, OLD_STAYS_OUT));
    }

    #[test]
    fn without_void_a_change_is_a_failed_guess() {
        assert!(broken_by(Mistake::NoVoid, NOT_BLAMED));
    }

    #[test]
    fn an_offer_of_another_generation_that_is_answered_is_a_failed_guess() {
        assert!(broken_by(Mistake::AnswersAnyOffer, NOT_BLAMED));
    }

    #[test]
    fn runs_that_outlive_the_password_keep_newcomers_waiting_for_ever() {
        assert!(stuck(&Design(Mistake::RunsKept), |_| true, State::j_is_in) > 0);
    }

    #[test]
    fn a_change_that_lost_the_race_is_resolved_anew_or_the_screen_lies() {
        assert!(broken_by(Mistake::AnyChangeWillDo, SCREEN_IS_TRUE));
        assert!(broken_by(Mistake::GenerationKept, SCREEN_IS_TRUE));
    }
}
