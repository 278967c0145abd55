//! The page as an app: what stays on the device so that it can be one, without a network and when the host has another version.
//!
//! Invariant: as in the other journeys, only what people see is asserted; besides, what their browser keeps.

use incamera_tests::browser::{Engine, LONG, NOTHING_KEPT, Participant, Stage, eventually};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Whether the page's worker is registered, and every address in its caches.
const WORKER: &str = "
const [done] = arguments;
(async () => {
  const registered = (await navigator.serviceWorker.getRegistrations()).filter(({ active }) => active).length;
  const names = await caches.keys();
  const all = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)));
  done([registered, all.flat().sort()]);
})();";

async fn wait_for_worker(person: &Participant, wanted: Value) {
    eventually(LONG, &format!("{} to keep exactly {wanted}", person.name), || async {
        let found = person.driver().execute_async(WORKER, vec![]).await.map_err(|error| error.to_string())?;
        if *found.json() == wanted { Ok(()) } else { Err(found.json().to_string()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_an_app_that_says_when_the_network_is_gone_and_is_never_an_old_one() {
    let mut stage = Stage::new("app").await;
    for engine in [Engine::BareChromium, Engine::Firefox] {
        let ada = stage.person(engine, 1, "Ada").await;
        ada.visit("#velvet-harbor").await;
        if engine == Engine::BareChromium {
            let cdp = ada.driver().cdp();
            let manifest = cdp.send_raw("Page.getAppManifest", json!({})).await.expect("Chromium reads the description");
            assert_eq!(manifest["errors"], json!([]), "{manifest}");
            let errors = cdp.send_raw("Page.getInstallabilityErrors", json!({})).await.expect("Chromium judges it");
            assert_eq!(errors["installabilityErrors"], json!([]), "it can be installed");
        }
        wait_for_worker(&ada, json!([0, []])).await;
        ada.unfold_rooms().await;
        ada.switch("Keep the rooms I visit on this device").await;
        // The client itself is never among it.
        wait_for_worker(&ada, json!([1, ["/offline.css", "/offline.html", "/offline.js"]])).await;
        ada.visit("#velvet-harbor").await;

        stage.host().crash();
        reload(&ada).await;
        ada.wait_for_text("No network").await;
        ada.wait_for_text("Pas de réseau").await;
        assert_eq!(ada.evaluate("return getComputedStyle(document.querySelector('main')).display;").await, json!("grid"));
        if engine == Engine::BareChromium {
            ada.shown_at(390, 844, true, "offline-phone").await;
            ada.shown_at(1280, 800, false, "offline-desktop").await;
        }

        // Another version of the host is another client, at once.
        let newer = newer_host(stage.host().tcp_port()).await;
        // The page goes on by itself.
        ada.wait_for_text("A newer client").await;
        newer.abort();
        let _ = newer.await;

        stage.host().begin().await;
        reload(&ada).await;
        ada.wait_for_text("You were invited to this room.").await;
        assert_eq!(ada.evaluate("return document.getElementById('room').value;").await, json!("velvet-harbor"));
        unfold_if_closed(&ada).await;
        ada.switch("Keep the rooms I visit on this device").await;
        wait_for_worker(&ada, json!([0, []])).await;
        assert_eq!(ada.kept_by_the_browser().await, NOTHING_KEPT);
    }
}

/// As a person does it; Firefox's driver passes the page's worker by when it reloads.
async fn reload(person: &Participant) {
    person.driver().execute("location.reload();", vec![]).await.expect("the page runs scripts");
}

async fn unfold_if_closed(person: &Participant) {
    if person.evaluate("return document.querySelector('details.visited').open;").await == json!(false) {
        person.unfold_rooms().await;
    }
}

/// A host of another version, in a few lines: whatever is asked for, it is this page.
async fn newer_host(port: u16) -> tokio::task::JoinHandle<()> {
    let listener = eventually(LONG, "the old host's port", || async {
        tokio::net::TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| error.to_string())
    })
    .await;
    tokio::spawn(async move {
        // Dropped with this task: then nobody answers at this port any more.
        let mut answers = tokio::task::JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            answers.spawn(async move {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked).await;
                let page = "<!doctype html><title>Newer</title><p>A newer client";
                let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n", page.len());
                let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n{page}").as_bytes()).await;
            });
        }
    })
}
