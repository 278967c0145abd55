//! What journeys share that look at the page before and after a meeting.
//!
//! Invariant: a page that was shown at a size was no wider than that.

use super::participant::Participant;
use serde_json::json;
use thirtyfour::prelude::*;

/// What [`Participant::kept_by_the_browser`] says when there is nothing.
pub const NOTHING_KEPT: &str = r#""[{},{},\"\"]""#;

impl Participant {
    /// Everything that this site keeps in the browser's storages and cookies, as text.
    pub async fn kept_by_the_browser(&self) -> String {
        self.evaluate("return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]);").await.to_string()
    }

    /// Opens "Rooms visited", as a click on its title does.
    ///
    /// # Panics
    /// When there is no such list.
    pub async fn unfold_rooms(&self) {
        let title = self.driver().find(By::Css("details.visited > summary")).await.expect("there is a list to unfold");
        title.click().await.expect("it can be clicked");
    }

    /// Takes a picture of the page at a size in CSS pixels (a phone's below 500), dark or light, without motion. Chromium only.
    ///
    /// # Panics
    /// When something stands out sideways there.
    pub async fn shown_at(&self, width: u32, height: u32, dark: bool, name: &str) {
        let cdp = self.driver().cdp();
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        cdp.send_raw("Emulation.setDeviceMetricsOverride", size).await.expect("Chromium takes a size");
        let scheme = json!({ "features": [{ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } },
            { "name": "prefers-reduced-motion", "value": "reduce" }] });
        cdp.send_raw("Emulation.setEmulatedMedia", scheme).await.expect("Chromium takes a colour scheme");
        let wide = self.evaluate("return document.documentElement.scrollWidth - document.documentElement.clientWidth;").await;
        assert_eq!(wide, json!(0), "{name}: nothing stands out sideways at {width} px");
        self.screenshot(name).await;
    }
}
