//! The tables of Unicode that names and passwords need, a fifth of what the crates carry that they come from (decision 0047).
//!
//! Invariant: **each function gives what the crate gives that its table was asked of** (`unicode-normalization`, `precis-profiles`), for
//! every code point: the build script asks, and tests compare. Members must derive the same bytes whatever they run on, so nothing
//! here is left to the platform.

pub(crate) mod freeform;
pub(crate) mod normal;
mod numbers;
mod sequences;
mod steps;
