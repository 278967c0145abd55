//! A thousand meetings in which everything goes wrong that can, each from a seed, each shrunk when it fails.

#![expect(clippy::print_stdout, reason = "the test says how stormy it was")]

use incamera_tests::world::{Act, World, guesser_is_in, play, settled};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest::{collection::vec, prelude::any};
use std::cell::RefCell;

/// Seeds in one run. `INCAMERA_SEEDS` sets another number for a long night.
fn seeds() -> u32 {
    std::env::var("INCAMERA_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

/// How long the survivors of a storm get to find each other again, milliseconds of their own time.
const PATIENCE: u64 = 120_000;

/// What a storm came to, so that a thousand quiet evenings do not pass for storms.
#[derive(Default)]
struct Harvest {
    opened: u64,
    kept_out: u64,
    epochs: u64,
    met: u64,
}

fn storm(seed: u64, acts: &[Act], harvest: &mut Harvest) -> Result<(), String> {
    let mut world = World::new(seed, 4, 400);
    if seed.is_multiple_of(2) {
        // Half of the meetings are under way when the storm comes.
        for who in 0..4 {
            play(&mut world, Act::Arrive(who));
            play(&mut world, Act::Wait(1_500));
        }
    }
    for act in acts {
        play(&mut world, *act);
        if guesser_is_in(&world) {
            return Err("somebody came in with a wrong password".into());
        }
    }
    if !world.run_while_not(PATIENCE, |world| settled(world).is_ok()) {
        return settled(&world);
    }
    harvest.opened += world.watch.opened;
    harvest.kept_out += world.watch.kept_out;
    harvest.epochs += world.watch.epochs();
    harvest.met += u64::from(world.people.iter().any(|person| person.roster.len() > 1));
    Ok(())
}

/// As many meetings as `cases`, from one fixed beginning. The same beginning gives the same meetings.
fn storms(beginning: u8, cases: u32) -> Harvest {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[beginning; 32]);
    let harvest = RefCell::new(Harvest::default());
    let outcome = TestRunner::new_with_rng(config, rng).run(&(any::<u64>(), vec(Act::any(4), 8..32)), |(seed, acts)| {
        storm(seed, &acts, &mut harvest.borrow_mut()).map_err(proptest::test_runner::TestCaseError::fail)
    });
    assert!(outcome.is_ok(), "{outcome:?}");
    harvest.into_inner()
}

#[test]
fn a_thousand_stormy_meetings_keep_every_property() {
    let cases = seeds();
    let halves = std::thread::scope(|scope| {
        let threads = [1, 2].map(|beginning| scope.spawn(move || storms(beginning, cases.div_ceil(2))));
        threads.map(|thread| thread.join().expect("each half says what went wrong"))
    });
    let sum = |of: fn(&Harvest) -> u64| halves.iter().map(of).sum::<u64>();
    let (opened, kept_out, epochs, met) = (sum(|h| h.opened), sum(|h| h.kept_out), sum(|h| h.epochs), sum(|h| h.met));
    println!("{opened} frames opened, {kept_out} kept out, {epochs} epochs, {met} meetings of several people at the end");
    let cases = u64::from(cases);
    assert!(epochs > 4 * cases && met > cases / 2 && opened > 5 * cases && kept_out > 2 * cases, "too quiet to prove anything");
}
