//! Figures that only real browsers can give. `cargo xtask bench join` runs this.
//!
//! Invariant: what is measured is what a person waits for: from pressing "Join" to the first frame of somebody else that
//! was opened, on a page that was loaded before, Argon2id included.
#![expect(clippy::print_stdout, reason = "figures are printed")]

use incamera_tests::browser::page::serve;
use incamera_tests::browser::{Engine, LONG, Participant, Stage, eventually};
use std::path::PathBuf;
use std::time::Duration;

/// Joins measured for each size of meeting.
const JOINS: usize = 20;
const PASSWORD: &str = "lanterns over cold water";

#[tokio::test(flavor = "multi_thread")]
async fn join() {
    for people in [2, 4] {
        let mut times = times_to_first_frame(people).await;
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].round();
        println!("{}", serde_json::json!({"bench": "join", "people": people, "p50_ms": at(0.5), "p95_ms": at(0.95)}));
        assert!(times.iter().all(|&time| time > 0.0), "{times:?}");
    }
}

/// One after the other, somebody joins a meeting of `people - 1`, and leaves again.
async fn times_to_first_frame(people: u8) -> Vec<f64> {
    let stage = Stage::new("figures").await;
    let mut inside = Vec::new();
    for number in 1..people {
        let person = stage.person(Engine::SmallChromium, number, &format!("Person {number}")).await;
        person.join("figures", Some(PASSWORD)).await;
        inside.push(person);
    }
    let names: Vec<&str> = inside.iter().map(|person| person.name.as_str()).collect();
    let joiner = stage.person(Engine::SmallChromium, people, "Joiner").await;
    let mut times = Vec::new();
    for _ in 0..JOINS {
        inside[0].wait_for_tiles(&names, LONG).await;
        joiner.join("figures", Some(PASSWORD)).await;
        times.push(time_to_first_frame(&joiner).await);
        joiner.leave().await;
    }
    times
}

async fn time_to_first_frame(joiner: &Participant) -> f64 {
    eventually(LONG, "a first frame", || async {
        let (pressed, seen) = (joiner.marks("incamera-joining").await, joiner.marks("incamera-first-frame").await);
        match (pressed.first(), seen.first()) {
            (Some(pressed), Some(seen)) => Ok(seen - pressed),
            _ => Err(format!("marks: {pressed:?}, {seen:?}")),
        }
    })
    .await
}

/// Shows what a worker finds as the page's title: the page itself stays free to be asked.
const PAGE: &str = r#"<!doctype html><title>wait</title><link rel="icon" href="data:,"><script type="module">
    const worker = new Worker("./worker.js" + location.search, { type: "module" });
    worker.onmessage = (message) => { document.title = message.data; };
</script>"#;

/// Runs the part of the module that the page's address names.
const WORKER: &str = r#"
    import start, { frames, group, group_names } from "./bench.js";
    await start({ module_or_path: "bench_bg.wasm" });
    const named = (filled) => {
        const figures = group(100, filled), line = { members: 100, tree: filled ? "filled" : "flat" };
        group_names().forEach((name, at) => { line[name] = figures[at]; });
        return line;
    };
    const found = location.search === "?group" ? [named(false), named(true)] : [...frames()];
    postMessage(JSON.stringify(found));
"#;

/// How long the module may take, which does with a hundred members in WebAssembly what others do in minutes.
const PATIENCE: Duration = Duration::from_secs(900);

/// What one part of the module finds, in a page that does nothing else. `None` when there is no module.
async fn found<T: serde::de::DeserializeOwned>(part: &str) -> Option<T> {
    let folder = std::env::var_os("INCAMERA_BENCH_MODULE").map(PathBuf::from)?;
    let files = move |path: &str| match path {
        "/" => Some(("text/html", PAGE.into())),
        "/worker.js" => Some(("text/javascript", WORKER.into())),
        "/bench.js" => Some(("text/javascript", std::fs::read(folder.join("bench.js")).ok()?)),
        "/bench_bg.wasm" => Some(("application/wasm", std::fs::read(folder.join("bench_bg.wasm")).ok()?)),
        _ => None,
    };
    let stage = Stage::without_host("figures-wasm", &serve(None, files).await);
    let page = stage.person(Engine::BareChromium, 0, "Page").await;
    page.driver().goto(&format!("{}?{part}", stage.front)).await.expect("the page opens");
    let results = eventually(PATIENCE, "the page to finish", || async {
        let title = page.driver().title().await.unwrap_or_default();
        let complaints = page.complaints().await;
        assert!(complaints.is_empty(), "{complaints:?}");
        serde_json::from_str::<T>(&title).map_err(|_| title)
    });
    Some(results.await)
}

/// Sealing and opening a frame as WebAssembly.
#[tokio::test(flavor = "multi_thread")]
async fn frames() {
    let Some(results) = found::<Vec<f64>>("frames").await else {
        return println!("no module to measure: `cargo xtask bench frames` builds it");
    };
    for figures in results.chunks_exact(3) {
        let (bytes, us, signed) = (figures[0] as u64, figures[1], figures[2]);
        let line =
            serde_json::json!({"bench": "frames", "runtime": "wasm", "bytes": bytes, "seal_open_us": us, "signed_us": signed});
        println!("{line}");
        assert!(us > 0.0 && signed > 0.0);
    }
}

/// Joining and removing in a group of a hundred as WebAssembly.
#[tokio::test(flavor = "multi_thread")]
async fn group() {
    let Some(results) = found::<Vec<serde_json::Map<String, serde_json::Value>>>("group").await else {
        return println!("no module to measure: `cargo xtask bench group` builds it");
    };
    for figures in results {
        let mut line = serde_json::Map::from_iter([("bench".to_owned(), "group".into()), ("runtime".to_owned(), "wasm".into())]);
        line.extend(figures);
        println!("{}", serde_json::Value::from(line.clone()));
        assert!(line["join_ms"].as_f64().is_some_and(|ms| ms > 0.0));
    }
}
