//! A thousand meetings in which everything goes wrong that can, each from a seed, each shrunk when it fails.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest::{collection::vec, prelude::any};
use incamera_tests::world::{Act, World, guesser_is_in, play, settled};

/// Seeds in one run. `INCAMERA_SEEDS` sets another number for a long night.
fn seeds() -> u32 {
    std::env::var("INCAMERA_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

/// How long the survivors of a storm get to find each other again, milliseconds of their own time.
const PATIENCE: u64 = 120_000;

fn storm(seed: u64, acts: &[Act]) -> Result<(), String> {
    let mut world = World::new(seed, 4, 400);
    for act in acts {
        play(&mut world, *act);
        if guesser_is_in(&world) {
            return Err("somebody came in with a wrong password".into());
        }
    }
    if world.run_while_not(PATIENCE, |world| settled(world).is_ok()) { Ok(()) } else { settled(&world) }
}

#[test]
fn a_thousand_stormy_meetings_keep_every_property() {
    let config = Config { cases: seeds(), failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, b"incamera/1 a thousand meetings..");
    let outcome = TestRunner::new_with_rng(config, rng).run(&(any::<u64>(), vec(Act::any(4), 4..16)), |(seed, acts)| {
        storm(seed, &acts).map_err(proptest::test_runner::TestCaseError::fail)
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}
