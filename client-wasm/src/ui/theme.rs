//! Light, dark, or like the device.
//!
//! Invariant: without a choice the device decides, also while the page is open.

use super::browser;
use leptos::prelude::*;

/// How the page looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the device is set.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// In the order they are offered.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The message that names it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::System => "theme-system",
            Self::Light => "theme-light",
            Self::Dark => "theme-dark",
        }
    }
}

/// Keeps the document's attribute at the choice.
pub(crate) fn follow(theme: RwSignal<Theme>) {
    Effect::new(move || {
        let Some(root) = browser::document().document_element() else { return };
        let _ = match theme.get() {
            Theme::System => root.remove_attribute("data-theme"),
            Theme::Light => root.set_attribute("data-theme", "light"),
            Theme::Dark => root.set_attribute("data-theme", "dark"),
        };
    });
}
