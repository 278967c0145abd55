//! `cargo xtask`: everything that builds, runs and checks Incamera, in Rust, with nothing to install first.
//!
//! Invariant: a task either does the whole of what its name says or ends with a sentence that tells why not, and a
//! status other than 0. What CI runs is what this program runs.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on standard output")]

mod bench;
mod checks;
mod client;
#[path = "../../crypto/build/common.rs"]
mod common;
mod container;
mod fuzz;
#[allow(dead_code, reason = "only the places are needed here; the crate reads what is written")]
#[path = "../../crypto/src/password/golomb.rs"]
mod golomb;
mod host;
mod instructions;
mod invariants;
mod machine;
mod notices;
mod package;
mod places;
mod reproducible;
mod signature;
mod steps;
mod tally;
mod test;
mod tools;
mod tree;
mod units;

use std::process::ExitCode;

/// What a task ends with: its value, or a sentence for the person at the terminal.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const HELP: &str = "\
cargo xtask run [--quick] [-- HOST ARGUMENTS]   build client and host, start the host, print its address
cargo xtask build                               build client and host with optimisation
cargo xtask client [--quick] [--leaking | --few-voices]   build the browser client only
cargo xtask test [PART ...]                     every check that CI runs, or the named parts of it
cargo xtask bench [NAME ...] [--json]           the figures: sfu, host, door, flood, frames, group, join, client, instructions
cargo xtask bench sfu --peer janus [--json]     the host beside Janus (apt install janus), under the same load from outside
cargo xtask load [-- ARGUMENTS]                 rooms full of real members at a host of their own (-- --help says more)
cargo xtask package --sign KEY                  what a release hands out: Debian package, static program, image, lists, signed sums
cargo xtask machine                             that Debian package on a Debian of its own, from its installation to a meeting, a reboot and its end (root)
cargo xtask container                           that image, built and run as docs/hosting/en/container.md says it (podman or docker)
cargo xtask reproducible [--package]            build the program (all of that) twice, in two folders and at two times, and compare it
cargo xtask screenshots                         take the pictures of the documentation again

--quick builds without optimisation and packs lightly: for work on the client.
--leaking builds the client that the blind-host audit must catch. Never serve it to anybody.
--few-voices builds the client in which heralds pass voices on from four people on: a test's.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((task, rest)) => dispatch(task, rest),
        None => Err(HELP.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(task: &str, rest: &[String]) -> Outcome {
    match task {
        "run" => host::run(rest),
        "build" => host::task(rest),
        "client" => client::task(rest),
        "test" => test::run(rest),
        "bench" => bench::run(rest),
        "load" => host::load(rest),
        "package" => package::task(rest),
        "machine" => machine::task(rest),
        "container" => container::task(rest),
        "reproducible" => reproducible::task(rest),
        "screenshots" => test::screenshots(),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no task `{other}`\n\n{HELP}").into()),
    }
}
