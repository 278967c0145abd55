//! `incamera-bench-sfu [--peer=janus] [SCENARIO ...]`: what a forwarded packet costs a host, measured from outside.
//!
//! **Invariant:** standard output carries result lines only, each a JSON object with units in its names. `INCAMERA_BENCH_HOST` names the
//! program that is measured; `cargo xtask bench host` builds it. Linux only: the kernel's accounts of CPU time and memory are read.
#![expect(clippy::print_stdout, reason = "figures are printed")]

mod http;
mod janus;
mod outside;
mod sfu;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    sfu::figures(&words, |result| println!("{result}"));
}
