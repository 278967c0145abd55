//! What the group's keys cost in a large room.
//!
//! Invariant: times are CPU of this thread. The kernel counts it in ticks of some milliseconds, so what stands for all turns is their mean.

use crate::crowd;
use incamera_bench_peer::thread_cpu;
use serde_json::{Map, Value, json};

/// Members, and whether everybody has moved its own keys.
const GROUPS: [(usize, bool); 6] = [(100, false), (500, false), (1_000, false), (100, true), (500, true), (1_000, true)];

/// One line for each group.
pub(crate) fn run() -> Vec<Value> {
    GROUPS.into_iter().map(|(members, filled)| one(members, filled)).collect()
}

fn mean(turns: &[f64]) -> f64 {
    turns.iter().sum::<f64>() / turns.len() as f64
}

fn one(members: usize, filled: bool) -> Value {
    let mut line = Map::new();
    line.insert("bench".into(), "group".into());
    line.insert("runtime".into(), "native".into());
    line.insert("members".into(), members.into());
    line.insert("tree".into(), if filled { "filled" } else { "flat" }.into());
    let figures = crowd::figures(members, filled, || thread_cpu().unwrap_or(f64::NAN) / 1_000.0, mean);
    line.extend(crowd::NAMES.into_iter().zip(figures).map(|(name, figure)| (name.to_owned(), json!(figure))));
    line.into()
}
