//! What people do to a meeting, as values that a failing test can shrink.

use super::World;
use super::network::Millis;
use crypto::session::{Command, Phase};
use proptest::prelude::*;

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Opens a tab and joins with the right password.
    Arrive(usize),
    /// Tries a wrong password.
    Guess(usize),
    /// Leaves by the button.
    Leave(usize),
    /// Closes the tab.
    Kill(usize),
    /// Loses the socket.
    Cut(usize),
    /// The host is restarted.
    RestartHost,
    /// The frame worker is restarted.
    RestartFrameWorker(usize),
    /// Writes a line.
    Chat(usize),
    /// Makes a few frames.
    Speak(usize),
    /// Time goes by, milliseconds.
    Wait(Millis),
}

impl Act {
    /// Any act of one of `people`.
    pub fn any(people: usize) -> impl Strategy<Value = Self> {
        let who = 0..people;
        prop_oneof![
            6 => who.clone().prop_map(Self::Arrive),
            1 => who.clone().prop_map(Self::Guess),
            2 => who.clone().prop_map(Self::Leave),
            2 => who.clone().prop_map(Self::Kill),
            3 => who.clone().prop_map(Self::Cut),
            1 => Just(Self::RestartHost),
            1 => who.clone().prop_map(Self::RestartFrameWorker),
            2 => who.clone().prop_map(Self::Chat),
            8 => who.prop_map(Self::Speak),
            10 => (0u64..9_000).prop_map(Self::Wait),
        ]
    }
}

/// Lets one thing happen.
pub fn play(world: &mut World, act: Act) {
    match act {
        Act::Arrive(who) if !world.people[who].is_trying() => {
            world.people[who].knows_password = true;
            world.arrive(who);
        }
        Act::Guess(who) if !world.people[who].is_trying() => {
            world.people[who].knows_password = false;
            world.arrive(who);
        }
        Act::Leave(who) => world.click(who, Command::Leave),
        Act::Kill(who) => world.kill_tab(who),
        Act::Cut(who) => world.cut_wire_of(who),
        Act::RestartHost => world.restart_host(),
        Act::RestartFrameWorker(who) => world.restart_frame_worker(who),
        Act::Chat(who) => world.click(who, Command::Chat(format!("a line of person {who}"))),
        Act::Speak(who) => (0..3).for_each(|_| world.speak(who)),
        Act::Wait(millis) => world.run_until(world.now + millis),
        Act::Arrive(_) | Act::Guess(_) => {}
    }
}

/// After the storm: everybody who is trying and knows the password is in one meeting, hears everybody else, and nobody is on
/// the roster who could have been removed. (Members who vanish without a word go by the owner's hand or by statements of more
/// than half of the others; where too few are left for that, the dead stay, and the screen calls them away.)
///
/// # Errors
/// What is wrong.
pub fn settled(world: &World) -> Result<(), String> {
    let inside: Vec<_> = world.people.iter().filter(|person| person.is_trying() && person.knows_password).collect();
    let alive: Vec<_> = inside.iter().filter_map(|person| person.session.as_ref()?.group_view()).map(|view| view.me).collect();
    for person in &inside {
        if !matches!(person.phase, Phase::Joined | Phase::AloneOrApart) {
            return Err(format!("person {} is {:?}", person.number, person.phase));
        }
        if let Some(missing) = alive.iter().find(|id| !person.roster.iter().any(|row| row.member == **id)) {
            return Err(format!("person {} does not see {missing:?}", person.number));
        }
        let dead = person.roster.iter().filter(|row| !alive.contains(&row.member)).count();
        let owner_lives = person.roster.iter().any(|row| row.owner && alive.contains(&row.member));
        if dead > 0 && (owner_lives || alive.len() > (person.roster.len() - 1) / 2) {
            return Err(format!("person {} still sees {dead} who are gone", person.number));
        }
        if person.paused {
            return Err(format!("person {} is not sealing", person.number));
        }
    }
    let epochs: Vec<_> = inside.iter().filter_map(|person| person.keys.as_ref().map(|keys| keys.epoch)).collect();
    if epochs.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(format!("epochs differ: {epochs:?}"));
    }
    Ok(())
}

/// True when a guesser got in.
pub fn guesser_is_in(world: &World) -> bool {
    world.people.iter().any(|person| !person.knows_password && matches!(person.phase, Phase::Joined) && person.roster.len() > 1)
}
