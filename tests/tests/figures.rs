//! Figures that only real browsers can give. `cargo xtask bench join` and `cargo xtask bench page` run this.
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

/// How much slower than this machine the page is to run.
const THROTTLED: u32 = 4;
const LOADS: usize = 5;

/// When a stranger's first visit shows something, and when it can be used, on a machine four times as slow, with nothing cached.
#[tokio::test(flavor = "multi_thread")]
async fn page() {
    let stage = Stage::new("figures-page").await;
    let stranger = stage.person(Engine::BareChromium, 0, "Stranger").await;
    let cdp = |command: &'static str, arguments: serde_json::Value| {
        let stranger = &stranger;
        async move { stranger.driver().cdp().send_raw(command, arguments).await.expect("Chromium takes the command") }
    };
    cdp("Network.enable", serde_json::json!({})).await;
    cdp("Network.setCacheDisabled", serde_json::json!({ "cacheDisabled": true })).await;
    cdp("Emulation.setCPUThrottlingRate", serde_json::json!({ "rate": THROTTLED })).await;
    let (mut painted, mut ready) = (Vec::new(), Vec::new());
    for _ in 0..LOADS {
        stranger.driver().goto("about:blank").await.expect("an empty page opens");
        stranger.visit("").await;
        painted.extend(stranger.marks("first-contentful-paint").await.first());
        ready.push(usable(&stranger).await);
    }
    painted.sort_by(f64::total_cmp);
    ready.sort_by(f64::total_cmp);
    let (first_paint_ms, interactive_ms) = (painted[LOADS / 2].round(), ready[LOADS / 2].round());
    println!(
        "{}",
        serde_json::json!({
            "bench": "page", "cpu_throttling": THROTTLED, "first_paint_ms": first_paint_ms, "interactive_ms": interactive_ms,
        })
    );
    println!("{}", busy_in_a_call().await);
}

/// The page has its form, and nothing kept it from answering since.
async fn usable(person: &Participant) -> f64 {
    person.watch_long_tasks(true).await;
    let ready = eventually(LONG, "the page to be ready", || async {
        person.marks("incamera-ready").await.first().copied().ok_or_else(|| "no mark".to_owned())
    })
    .await;
    person.long_tasks().await.into_iter().map(|(began, took)| began + took).fold(ready, f64::max)
}

/// How long one of four people's page was kept from answering, while they talk, write, look around and come and go.
async fn busy_in_a_call() -> serde_json::Value {
    let stage = Stage::new("figures-call").await;
    let mut people = Vec::new();
    for (number, name) in (0..).zip(["Ann", "Ben", "Cleo", "Dan"]) {
        let person = stage.person(Engine::SmallChromium, number, name).await;
        person.join("figures call", Some(PASSWORD)).await;
        people.push(person);
    }
    let ann = &people[0];
    ann.wait_for_tiles(&["Ann", "Ben", "Cleo", "Dan"], LONG).await;
    ann.watch_long_tasks(false).await;
    let cores = ann.watch_cores();
    for round in 0..3 {
        people[1].say(&format!("Line {round}")).await;
        ann.open("Chat").await;
        ann.wait_for_text(&format!("Line {round}")).await;
        ann.open("Participants").await;
        ann.menu("More", "Settings").await;
        ann.escape().await;
        people[3].leave().await;
        ann.wait_for_tiles(&["Ann", "Ben", "Cleo"], LONG).await;
        people[3].join("figures call", Some(PASSWORD)).await;
        ann.wait_for_tiles(&["Ann", "Ben", "Cleo", "Dan"], LONG).await;
        eventually(LONG, "Dan's picture", || async { ann.look_at("Dan").await.map(|_| ()) }).await;
    }
    let (tasks, ran) = (ann.long_tasks_since_1970().await, cores.seen());
    let by_the_clock: Vec<f64> = tasks.iter().map(|&(_, took)| took).collect();
    let at_work: Vec<f64> = tasks.iter().map(|&(began, took)| ran.between(began, began + took)).collect();
    let over = |times: &[f64]| times.iter().filter(|&&time| time > 50.0).count();
    let longest = |times: &[f64]| times.iter().fold(0.0, |longest: f64, &time| longest.max(time)).round();
    serde_json::json!({
        "bench": "page", "in_a_call_of": 4,
        "tasks_over_50_ms": over(&at_work), "longest_ms": longest(&at_work),
        "by_the_clock_over_50_ms": over(&by_the_clock), "by_the_clock_longest_ms": longest(&by_the_clock),
    })
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
