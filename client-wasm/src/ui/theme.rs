//! Light, dark, or like the device.
//!
//! Invariant: without a choice the device decides, also while the page is open.

use super::browser;
use crate::ui::view::prelude::*;

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

#[cfg(test)]
mod tests {
    const SHEETS: [(&str, &str); 5] = [
        ("tokens.css", include_str!("../../static/tokens.css")),
        ("components.css", include_str!("../../static/components.css")),
        ("screens.css", include_str!("../../static/screens.css")),
        ("app.css", include_str!("../../static/app.css")),
        ("offline.css", include_str!("../../static/offline.css")),
    ];

    /// Declarations as `(selector, property, value)`. At-rules count as selectors of nothing.
    fn declarations(sheet: &str) -> Vec<(String, String, String)> {
        let mut without_comments = String::new();
        for part in sheet.split("/*") {
            without_comments.push_str(part.split_once("*/").map_or(part, |(_, rest)| rest));
        }
        let mut all = Vec::new();
        for rule in without_comments.split('}') {
            let Some((selector, block)) = rule.rsplit_once('{') else { continue };
            let selector = selector.rsplit('{').next().unwrap_or_default().trim();
            for (property, value) in block.split(';').filter_map(|one| one.split_once(':')) {
                all.push((selector.to_owned(), property.trim().to_owned(), value.trim().to_owned()));
            }
        }
        all
    }

    /// The values of a shorthand: spaces inside of parentheses separate nothing.
    fn values(value: &str) -> Vec<String> {
        let mut depth = 0_i32;
        let mut all = vec![String::new()];
        for letter in value.trim_end_matches("!important").trim().chars() {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            match (letter, depth, all.last_mut()) {
                (' ', 0, _) => all.push(String::new()),
                (_, _, Some(last)) => last.push(letter),
                _ => {}
            }
        }
        all
    }

    /// Whether a declaration is tied to left or right, so that writing from right to left does not turn it.
    fn is_one_sided(property: &str, value: &str) -> bool {
        let sided = |text: &str| text.split('-').any(|part| part == "left" || part == "right");
        let values = values(value);
        match property {
            "text-align" | "float" | "clear" => sided(value),
            "margin" | "padding" | "inset" | "border-width" | "scroll-margin" => {
                matches!(&*values, [_, right, _, left] if right != left)
            }
            "border-radius" if value.contains('/') => false,
            "border-radius" => match &*values {
                [a, b, c, d] => a != b || c != d,
                [a, b, c] => a != b || b != c,
                [a, b] => a != b,
                _ => false,
            },
            "translate" => values.first().is_some_and(|x| x != "0" && x != "none"),
            _ => sided(property),
        }
    }

    #[test]
    fn what_is_drawn_turns_with_the_direction_of_writing() {
        for (name, sheet) in SHEETS {
            let all = declarations(sheet);
            assert!(all.len() > 20, "{name} was read");
            for (selector, property, value) in &all {
                if !is_one_sided(property, value) {
                    continue;
                }
                // What is moved sideways is moved the other way by a rule for right-to-left.
                let turned = |other: &(String, String, String)| other.0.starts_with("[dir=\"rtl\"]") && other.1 == "translate";
                let known = property == "translate" && (selector.starts_with("[dir=\"rtl\"]") || all.iter().any(turned));
                assert!(known, "{name}: {selector} {{ {property}: {value} }}");
            }
        }
    }

    #[test]
    fn one_sided_declarations_are_noticed() {
        for (property, value) in [
            ("margin-left", "1px"),
            ("left", "0"),
            ("padding-right", "0"),
            ("border-left", "0"),
            ("text-align", "right"),
            ("padding", "1px 2px 1px 3px"),
            ("margin", "0 -.6rem 0 calc(1px + 2px)"),
            ("border-radius", "1px 2px 2px 1px"),
            ("border-top-left-radius", "0"),
            ("translate", "-50% 0"),
        ] {
            assert!(is_one_sided(property, value), "{property}: {value}");
        }
        for (property, value) in [
            ("margin-inline-start", "1px"),
            ("padding", "1px 2px 3px"),
            ("padding", "1px max(2px, 3px) 4px max(2px, 3px)"),
            ("border-radius", "2px 2px 0 0"),
            ("translate", "0 2px"),
            ("text-align", "start"),
        ] {
            assert!(!is_one_sided(property, value), "{property}: {value}");
        }
    }
}
