//! What the browser calls itself, to choose words by: where to click, and whether this is a browser at all.
//!
//! **Invariant:** nothing is allowed, refused or done differently by it. Whoever lies about it, or is read wrongly, reads advice that fits
//! another browser, and that is all.

/// The text that this browser sends of itself.
pub(crate) fn own() -> String {
    web_sys::window().and_then(|window| window.navigator().user_agent().ok()).unwrap_or_default()
}

/// How a browser's settings are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Chrome, Edge and their relatives on a computer.
    Chromium,
    /// The same on Android, and Firefox there: both keep a site's permissions beside the address.
    Android,
    /// Firefox on a computer.
    Firefox,
    /// Safari on a Mac.
    Safari,
    /// Safari on iPhone and iPad.
    Ios,
    /// Any other browser on iPhone and iPad.
    OtherIos,
}

impl Family {
    /// By the header's text.
    pub(crate) fn of(agent: &str) -> Self {
        let has = |mark: &str| agent.contains(mark);
        match () {
            () if is_ios(agent) && (has("CriOS") || has("FxiOS") || has("EdgiOS") || has("OPT/")) => Self::OtherIos,
            () if is_ios(agent) => Self::Ios,
            () if has("Android") => Self::Android,
            () if has("Firefox/") => Self::Firefox,
            () if has("Safari/") && !has("Chrom") => Self::Safari,
            () => Self::Chromium,
        }
    }
}

/// Whether this is an iPhone or an iPad that says so.
pub(crate) fn is_ios(agent: &str) -> bool {
    ["iPhone", "iPad", "iPod"].iter().any(|device| agent.contains(device))
}

/// Apps that show links in a window of their own, by the marks they put into the header.
const APPS: [(&str, &str); 14] = [
    ("Instagram", "Instagram"),
    ("FBAN/Messenger", "Messenger"),
    ("FB_IAB/Orca", "Messenger"),
    ("FBAN", "Facebook"),
    ("FBAV", "Facebook"),
    ("FB_IAB", "Facebook"),
    ("LinkedInApp", "LinkedIn"),
    ("MicroMessenger", "WeChat"),
    (" Line/", "LINE"),
    ("Snapchat", "Snapchat"),
    ("Twitter", "X"),
    ("TikTok", "TikTok"),
    ("musical_ly", "TikTok"),
    ("Pinterest", "Pinterest"),
];

/// The app in which this page is shown, if it is not a browser: by its name where it gives one, else empty.
pub(crate) fn inside_app(agent: &str) -> Option<&'static str> {
    if let Some((_, app)) = APPS.iter().find(|(mark, _)| agent.contains(mark)) {
        return Some(app);
    }
    // Android's WebView says `; wv)`; that of iOS leaves out what every browser there ends with.
    let unnamed = agent.contains("; wv)") || is_ios(agent) && agent.contains("AppleWebKit") && !agent.contains("Safari/");
    unnamed.then_some("")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
    const ANDROID: &str =
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36";
    const EDGE: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0";
    const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0";
    const FIREFOX_ANDROID: &str = "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0";
    const SAFARI: &str =
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15";
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 \
        Mobile/15E148 Safari/604.1";
    const CHROME_IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
        CriOS/141.0.0.0 Mobile/15E148 Safari/604.1";

    #[test]
    fn browsers_are_told_apart_and_are_no_apps() {
        for (agent, family) in [
            (CHROME, Family::Chromium),
            (EDGE, Family::Chromium),
            (ANDROID, Family::Android),
            (FIREFOX, Family::Firefox),
            (FIREFOX_ANDROID, Family::Android),
            (SAFARI, Family::Safari),
            (IPHONE, Family::Ios),
            (CHROME_IPHONE, Family::OtherIos),
            ("", Family::Chromium),
        ] {
            assert_eq!(Family::of(agent), family, "{agent}");
            assert_eq!(inside_app(agent), None, "{agent}");
        }
    }

    #[test]
    fn apps_are_known_by_their_marks() {
        let webkit =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
        let android = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
            Chrome/141.0.0.0 Mobile Safari/537.36";
        for (agent, app) in [
            (format!("{webkit} [FBAN/FBIOS;FBAV/480.0;FBDV/iPhone15,2]"), "Facebook"),
            (format!("{webkit} [FBAN/MessengerForiOS;FBAV/480.0]"), "Messenger"),
            (format!("{android} [FB_IAB/FB4A;FBAV/480.0;]"), "Facebook"),
            (format!("{android} [FB_IAB/Orca-Android;FBAV/480.0;]"), "Messenger"),
            (format!("{webkit} Instagram 350.0 (iPhone15,2; iOS 18_6)"), "Instagram"),
            (format!("{android} Instagram 350.0 Android"), "Instagram"),
            (format!("{webkit} [LinkedInApp]/9.30"), "LinkedIn"),
            (format!("{android} MMWEBID/1 MicroMessenger/8.0.50"), "WeChat"),
            (format!("{webkit} Safari Line/14.0.0"), "LINE"),
            (webkit.to_owned(), ""),
            (android.to_owned(), ""),
        ] {
            assert_eq!(inside_app(&agent), Some(app), "{agent}");
        }
    }
}
