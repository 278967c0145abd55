//! What keeps a page from answering.
//!
//! Invariant: what is counted is the browser's own account of its main thread (Long Tasks API: whatever took more than 50 ms); the page
//! under test takes no part in it. Chromium only: Firefox keeps no such account.

use super::engine::Engine;
use super::participant::Participant;
use serde_json::json;

/// Notes every long task from now on, `[begin, duration]` in milliseconds of the page's clock.
const WATCH: &str = "
const tasks = (window.incameraLongTasks = []);
window.incameraLongTaskWatch?.disconnect();
window.incameraLongTaskWatch = new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) tasks.push([startTime, duration]);
});
window.incameraLongTaskWatch.observe({ type: 'longtask', buffered: arguments[0] });";

const TOLD: &str = "
for (const { startTime, duration } of window.incameraLongTaskWatch.takeRecords()) window.incameraLongTasks.push([startTime, duration]);
return window.incameraLongTasks;";

impl Participant {
    /// From now on notes what keeps the page's main thread for more than 50 ms; with `since_load` also what did so since it was loaded.
    ///
    /// # Panics
    /// In Firefox, and when the page runs no script.
    pub async fn watch_long_tasks(&self, since_load: bool) {
        assert_ne!(self.engine, Engine::Firefox, "Firefox keeps no account of long tasks");
        self.driver().execute(WATCH, vec![json!(since_load)]).await.expect("the page runs scripts");
    }

    /// What has kept it since: when it began and how long it took, in milliseconds, in that order.
    ///
    /// # Panics
    /// Without [`Participant::watch_long_tasks`] before.
    pub async fn long_tasks(&self) -> Vec<(f64, f64)> {
        let told = self.driver().execute(TOLD, vec![]).await.expect("the page watches itself");
        serde_json::from_value(told.json().clone()).expect("pairs of numbers")
    }

    /// The longest of [`Participant::long_tasks`] in milliseconds; 0 when nothing took 50 ms.
    ///
    /// # Panics
    /// Without [`Participant::watch_long_tasks`] before.
    pub async fn longest_task(&self) -> f64 {
        self.long_tasks().await.into_iter().map(|(_, duration)| duration).fold(0.0, f64::max)
    }

    /// The same in milliseconds since 1970.
    ///
    /// # Panics
    /// Without [`Participant::watch_long_tasks`] before.
    pub async fn long_tasks_since_1970(&self) -> Vec<(f64, f64)> {
        let origin = self.driver().execute("return performance.timeOrigin;", vec![]).await.expect("the page has a clock");
        let origin = origin.json().as_f64().expect("a number");
        self.long_tasks().await.into_iter().map(|(began, took)| (origin + began, took)).collect()
    }
}
