//! How browsers and their drivers are started.
//!
//! Invariant: a browser has a profile of its own, fake devices of its own, and talks to nobody but the page.

use super::engine::Engine;
use super::material::{self, Size, tone_of};
use super::process::free_tcp_port;
use super::stage::Stage;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use thirtyfour::common::capabilities::firefox::FirefoxPreferences;
use thirtyfour::prelude::*;
use thirtyfour::{Capabilities, LoggingPrefsLogLevel};

/// Title of the tab that a [`Engine::SharingChromium`] shares.
pub(super) const SHARED_TITLE: &str = "Shared by a test";

/// The driver of an engine, listening on `port`.
pub(super) fn driver_command(engine: Engine, port: u16, profile: &Path) -> Command {
    if matches!(engine, Engine::Firefox | Engine::StrictFirefox) {
        let program = std::env::var_os("INCAMERA_GECKODRIVER").unwrap_or_else(|| "geckodriver".into());
        let mut command = Command::new(program);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--websocket-port"]);
        command.arg(free_tcp_port().to_string()).arg("--profile-root").arg(profile);
        return command;
    }
    let program = std::env::var_os("INCAMERA_CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
    let mut command = Command::new(program);
    command.arg(format!("--port={port}")).arg("--log-level=WARNING");
    command
}

/// Where a browser with this profile saves files.
pub(super) fn downloads(profile: &Path) -> PathBuf {
    profile.join("downloads")
}

/// What Chromium is started with.
pub(super) fn chromium(stage: &Stage, engine: Engine, number: u8, profile: &Path) -> Capabilities {
    let mut capabilities = DesiredCapabilities::chrome();
    let mut flags: Vec<String> = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--allow-loopback-in-peer-connection",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
        "--autoplay-policy=no-user-gesture-required",
        "--window-size=1280,800",
        "--lang=en-US",
    ]
    .map(str::to_owned)
    .to_vec();
    flags.push(format!("--user-data-dir={}", profile.display()));
    if engine == Engine::SharingChromium {
        // The fake dialogs would share a fake screen; these accept for the person what the real ones ask.
        flags.push("--auto-accept-camera-and-microphone-capture".into());
        flags.push(format!("--auto-select-tab-capture-source-by-title={SHARED_TITLE}"));
    } else {
        flags.push("--use-fake-ui-for-media-stream".into());
    }
    if engine != Engine::BareChromium {
        let size = match engine {
            Engine::SmallChromium | Engine::NoisyChromium => material::SMALL,
            Engine::LargeChromium => material::LARGE,
            Engine::FullChromium => material::FULL,
            _ => material::MEDIUM,
        };
        let (film, tone) = devices(stage, number, size);
        let tone = match engine {
            Engine::DeadChromium => made(stage, "silence.wav", material::silence),
            Engine::NoisyChromium => made(stage, "noisy.wav", material::noisy_voice),
            _ => tone,
        };
        flags.push("--use-fake-device-for-media-stream".into());
        flags.push(format!("--use-file-for-fake-video-capture={}", film.display()));
        flags.push(format!("--use-file-for-fake-audio-capture={}", tone.display()));
    }
    if let Some(port) = stage.border {
        flags.push(format!("--proxy-server=127.0.0.1:{port}"));
        flags.push("--proxy-bypass-list=<-loopback>".into());
    }
    if stage.any_certificate {
        flags.push("--ignore-certificate-errors".into());
    }
    for flag in &flags {
        capabilities.add_arg(flag).expect("capabilities take flags");
    }
    let saving = json!({ "download.default_directory": downloads(profile), "download.prompt_for_download": false });
    capabilities.add_experimental_option("prefs", saving).expect("capabilities take preferences");
    capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).expect("capabilities take a log level");
    capabilities.into()
}

/// Film and tone of a participant, made when first asked for.
fn devices(stage: &Stage, number: u8, size: Size) -> (PathBuf, PathBuf) {
    let film = stage.scratch.path(&format!("film-{number}-{}.y4m", size.0));
    let tone = stage.scratch.path(&format!("tone-{number}.wav"));
    if !film.exists() {
        let make = if stage.portraits { material::portrait } else { material::film };
        make(&film, number, size).expect("a test can write a film");
        material::tone(&tone, number).expect("a test can write a tone");
    }
    (film, tone)
}

/// What another microphone gives.
fn made(stage: &Stage, name: &str, make: fn(&Path) -> std::io::Result<()>) -> PathBuf {
    let sound = stage.scratch.path(name);
    make(&sound).expect("a test can write a file");
    sound
}

/// What Firefox is started with.
pub(super) fn firefox(stage: &Stage, engine: Engine, number: u8, profile: &Path) -> Capabilities {
    let strict = engine == Engine::StrictFirefox;
    let mut preferences = FirefoxPreferences::new();
    let mut set = |name: &str, value: Value| preferences.set(name, value).expect("preferences take values");
    set("media.navigator.streams.fake", json!(!strict));
    set("media.navigator.permission.disabled", json!(true));
    set("media.navigator.audio.fake_frequency", json!(tone_of(number)));
    set("media.peerconnection.ice.loopback", json!(true));
    set("media.peerconnection.ice.obfuscate_host_addresses", json!(false));
    set("media.autoplay.default", json!(i32::from(strict)));
    set("media.autoplay.blocking_policy", json!(if strict { 2 } else { 0 }));
    set("media.autoplay.block-webaudio", json!(false));
    set("intl.accept_languages", json!("en-US"));
    set("browser.download.folderList", json!(2));
    set("browser.download.dir", json!(downloads(profile)));
    set("browser.download.useDownloadDir", json!(true));
    if let Some(port) = stage.border {
        set("network.proxy.type", json!(1));
        for kind in ["http", "ssl"] {
            set(&format!("network.proxy.{kind}"), json!("127.0.0.1"));
            set(&format!("network.proxy.{kind}_port"), json!(port));
        }
        set("network.proxy.allow_hijacking_localhost", json!(true));
        set("network.proxy.no_proxies_on", json!(""));
    }
    // What the page says on its console goes into the driver's log.
    set("devtools.console.stdout.content", json!(true));
    let mut capabilities = DesiredCapabilities::firefox();
    capabilities.set_preferences(preferences).expect("capabilities take preferences");
    capabilities.set_headless().expect("Firefox runs headless");
    for argument in ["--width=1280", "--height=800"] {
        capabilities.add_arg(argument).expect("capabilities take arguments");
    }
    capabilities.into()
}
