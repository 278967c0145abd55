//! What a forwarded packet costs the host, and how that grows: the scenarios.
//!
//! **Invariant:** each figure is the median of three runs by its ratio to the limit, each run with a server of its own, in turn where there are
//! several; the limit is taken in the same run.

use crate::janus::Janus;
use crate::outside::{Ours, Plan, Run, Server, measure};
use incamera_bench_peer::{Failure, Load, pin};
use serde_json::{Value, json};

/// Runs of each scenario, of which the median counts.
const RUNS: usize = 3;

/// The scenarios of PERFORMANCE.md.
const PLANS: [Plan; 6] = [
    Plan { name: "8x4", rooms: 8, publishers: 4, receivers: 4, load: Load::MEETING },
    Plan { name: "1x50", rooms: 1, publishers: 1, receivers: 50, load: Load::MEETING },
    Plan { name: "1x100", rooms: 1, publishers: 1, receivers: 100, load: Load::MEETING },
    Plan { name: "1x300", rooms: 1, publishers: 1, receivers: 300, load: Load::MEETING },
    Plan { name: "1x500", rooms: 1, publishers: 1, receivers: 500, load: Load::MEETING },
    Plan { name: "1x1000", rooms: 1, publishers: 1, receivers: 1_000, load: Load::HALF },
];

/// The word that asks for the other server, and the scenarios that it is known to carry.
const PEER: (&str, [&str; 3]) = ("--peer=janus", ["8x4", "1x50", "1x100"]);

/// The word that asks for the same with a second thread, among which a large room is split, and the scenarios in which it is large enough.
const SPLIT: (&str, [&str; 3]) = ("--split", ["1x50", "1x100", "1x300"]);

/// A server's name, and how it is started.
type Contender = (&'static str, fn() -> Result<Box<dyn Server>, Failure>);

const OURS: Contender = ("ours", || Ok(Box::new(Ours::start(1)?)));
const TWO: Contender = ("ours_2_threads", || Ok(Box::new(Ours::start(2)?)));
/// As its package has it, and as its documentation would have it on one core.
const JANUS: [Contender; 2] =
    [("janus", || Ok(Box::new(Janus::start(None)?))), ("janus_event_loops_1", || Ok(Box::new(Janus::start(Some(1))?)))];

/// Gives those named by `wanted`, or all, one by one. With `--peer=janus` each is measured with Janus too, in turn; with `--split` on two threads.
pub(crate) fn figures(wanted: &[String], mut show: impl FnMut(Value)) {
    let asked = |word: &str| wanted.iter().any(|other| other == word);
    let names: Vec<&str> = wanted.iter().map(String::as_str).filter(|word| !word.starts_with("--")).collect();
    let (contenders, carried) = match (asked(PEER.0), asked(SPLIT.0)) {
        (true, _) => ([&[OURS], &JANUS[..]].concat(), PEER.1.to_vec()),
        (_, true) => (vec![OURS, TWO], SPLIT.1.to_vec()),
        _ => (vec![OURS], Vec::new()),
    };
    let names = if names.is_empty() { carried } else { names };
    let failed = |plan: &Plan, error: Failure| json!({"bench": "host", "scenario": plan.name, "error": error.to_string()});
    for plan in PLANS.iter().filter(|plan| names.is_empty() || names.contains(&plan.name)) {
        let lines = figure(plan, &contenders).unwrap_or_else(|error| vec![failed(plan, error)]);
        lines.into_iter().for_each(&mut show);
    }
}

/// One line for each.
fn figure(plan: &Plan, contenders: &[Contender]) -> Result<Vec<Value>, Failure> {
    // The clients share what the server leaves.
    pin(1)?;
    let mut runs: Vec<Vec<Run>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..RUNS {
        // The others first: what they lack is told before anything is measured.
        for ((_, start), runs) in contenders.iter().zip(&mut runs).rev() {
            runs.push(measure(&mut *start()?, plan)?);
        }
    }
    let medians: Vec<Run> = runs.into_iter().map(median).collect();
    let ours = medians.first().map_or(f64::NAN, |ours| ours.us_per_packet);
    let line = |((name, _), run): (&Contender, &Run)| {
        let mut line = run.json(plan, name);
        line["times_ours"] = (run.us_per_packet / ours).into();
        line
    };
    Ok(contenders.iter().zip(&medians).map(line).collect())
}

fn median(mut runs: Vec<Run>) -> Run {
    runs.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    runs.swap_remove(RUNS / 2)
}
