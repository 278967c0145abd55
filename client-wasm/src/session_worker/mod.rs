//! The session worker.

/// Runs until the worker is terminated.
pub(crate) fn run() {}
