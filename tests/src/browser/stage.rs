//! One test's host and the people in front of it.
//!
//! Invariant: a stage is torn down whole: browsers first, then the host, then the files.

use super::engine::Engine;
use super::host::{Host, program};
use super::participant::Participant;
use super::process::Scratch;
use crate::impairment::{ADDRESS, Proxy};
use std::path::PathBuf;

/// A host and a directory for films, tones, profiles and logs.
#[derive(Debug)]
pub struct Stage {
    /// The host under test, if there is one.
    host: Option<Host>,
    /// What people type into the address bar: the host, or something that a test has put in front of it.
    pub front: String,
    /// Whether cameras show drawn people instead of codes.
    pub portraits: bool,
    /// The port of a [`Border`](super::border::Border) that everything of every browser passes.
    pub border: Option<u16>,
    /// Chromium believes every certificate: the host has one that nobody vouches for.
    pub any_certificate: bool,
    /// Where this test keeps its files.
    pub scratch: Scratch,
    name: &'static str,
}

impl Stage {
    /// A host of its own for the test `name`.
    pub async fn new(name: &'static str) -> Self {
        let scratch = Scratch::new(name);
        let host = Host::start(&log_path(name)).await;
        Self { front: host.url(), host: Some(host), portraits: false, border: None, any_certificate: false, scratch, name }
    }

    /// A stage in front of something that is not ours.
    pub fn without_host(name: &'static str, front: &str) -> Self {
        Self {
            front: front.to_owned(),
            host: None,
            portraits: false,
            border: None,
            any_certificate: false,
            scratch: Scratch::new(name),
            name,
        }
    }

    /// A stage around another host.
    pub fn around(name: &'static str, host: Host) -> Self {
        Self {
            front: host.url(),
            host: Some(host),
            portraits: false,
            border: None,
            any_certificate: false,
            scratch: Scratch::new(name),
            name,
        }
    }

    /// A host of its own for the test `name`, whose media port can be reached through a proxy only: UDP alone, and as good a network as
    /// the proxy is told to be. `seed` decides what it takes away.
    ///
    /// # Panics
    /// When the proxy's port is taken.
    pub async fn behind_a_proxy(name: &'static str, seed: u64) -> (Self, Proxy) {
        let host = Host::start_program(program(), &log_path(name), &["--public-address", &ADDRESS.to_string()]).await;
        let proxy = Proxy::before(host.udp_port(), seed).await.expect("the proxy's port is free");
        (Self::around(name, host), proxy)
    }

    /// The host.
    ///
    /// # Panics
    /// On a stage without one.
    pub fn host(&mut self) -> &mut Host {
        self.host.as_mut().expect("this stage has a host")
    }

    /// Somebody with a browser, not yet at the portal. `number` decides film and tone.
    pub async fn person(&self, engine: Engine, number: u8, name: &str) -> Participant {
        Participant::start(self, engine, number, name).await
    }

    /// The test's name.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// Where the tests of this run put what a person may want to look at afterwards.
///
/// # Panics
/// When the directory cannot be made.
pub fn keepsakes(folder: &str) -> PathBuf {
    let target = std::env::var_os("INCAMERA_TEST_OUTPUT").map_or_else(std::env::temp_dir, PathBuf::from);
    let path = target.join(folder);
    std::fs::create_dir_all(&path).expect("a test can make a directory for its output");
    path
}

/// The host's log of a test, emptied.
pub fn log_path(name: &str) -> PathBuf {
    let path = keepsakes("test-logs").join(format!("{name}.host.log"));
    let _ = std::fs::remove_file(&path);
    path
}
