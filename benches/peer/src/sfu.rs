//! What a forwarded packet costs the host, and how that grows: the scenarios.
//!
//! **Invariant:** each figure is the median of three runs by its ratio to the limit, each run with a host of its own; the limit is taken in
//! the same run.

use crate::outside::{Ours, Plan, Run, measure};
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

/// Gives those named by `wanted`, or all, one by one.
pub(crate) fn figures(wanted: &[String], mut show: impl FnMut(Value)) {
    let failed = |plan: &Plan, error: Failure| json!({"bench": "host", "scenario": plan.name, "error": error.to_string()});
    for plan in PLANS.iter().filter(|plan| wanted.is_empty() || wanted.iter().any(|name| plan.name == name.as_str())) {
        show(figure(plan).unwrap_or_else(|error| failed(plan, error)));
    }
}

fn figure(plan: &Plan) -> Result<Value, Failure> {
    // The clients share what the host leaves.
    pin(1)?;
    let runs = (0..RUNS).map(|_| measure(&mut Ours::start()?, plan)).collect::<Result<Vec<Run>, _>>()?;
    Ok(median(runs).json(plan))
}

fn median(mut runs: Vec<Run>) -> Run {
    runs.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    runs.swap_remove(RUNS / 2)
}
