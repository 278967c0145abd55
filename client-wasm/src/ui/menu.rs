//! Menus: a short list of things to do, beside the button that opened it; a sheet at the bottom on phones.
//!
//! Invariant: a menu is worked by arrows, Home, End, Escape and Enter alone (WAI-ARIA "menu button"), and whoever opened it has the
//! focus again when it is gone.

use super::{
    browser,
    dialog::give_focus_back,
    icons::{Icon, icon},
    parts::Words,
};
use crate::fraction::px;
use crate::ui::view::prelude::*;
use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// One thing to do.
pub(crate) struct Item {
    view: AnyView,
}

impl Item {
    /// With a second line in small, if there is one.
    pub(crate) fn new(
        sign: Icon,
        class: &'static str,
        words: impl Words,
        small: Option<String>,
        act: impl Fn() + 'static,
    ) -> Self {
        let small = small.map(|small| html::small().child(small));
        let view = html::button()
            .attr("type", "button")
            .role("menuitem")
            .attr("tabindex", "-1")
            .class(class)
            .on(ev::click, move |_| act())
            .child((icon(sign), html::span().child((words, small))))
            .into_any();
        Self { view }
    }

    /// A line between what is harmless and what is not.
    pub(crate) fn line() -> Self {
        Self { view: html::hr().into_any() }
    }
}

/// A menu is no wider than this, in CSS pixels (`.menu` in components.css).
const WIDEST: f64 = 320.0;

/// Where a menu hangs: the corner of its button, in CSS pixels from the end of the line and from above or below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    end: f64,
    /// From above, or, where there is less room below than above, from below.
    vertical: Result<f64, f64>,
}

impl Place {
    /// Beside what has the focus now: the button that was pressed.
    pub(crate) fn beside_focus() -> Self {
        let size = |value: Result<wasm_bindgen::JsValue, _>| value.ok().and_then(|value| value.as_f64()).unwrap_or_default();
        let (width, height) = (size(browser::window().inner_width()), size(browser::window().inner_height()));
        let Some(button) = browser::focused() else { return Self { end: 12.0, vertical: Err(84.0) } };
        let corner = button.get_bounding_client_rect();
        let vertical = if corner.bottom() * 2.0 > height { Err(height - corner.top() + 6.0) } else { Ok(corner.bottom() + 6.0) };
        let end = if browser::reads_leftwards() { corner.left() } else { width - corner.right() };
        // Where the button stands near the other side, the menu goes no further than its own width allows.
        Self { end: end.min(width - WIDEST - 8.0).max(8.0), vertical }
    }

    fn apply(self, element: &HtmlElement) {
        let style = element.style();
        let (near, far, distance) = match self.vertical {
            Ok(above) => ("top", "bottom", above),
            Err(below) => ("bottom", "top", below),
        };
        for (property, value) in [
            ("inset-inline-end", px(self.end)),
            ("inset-inline-start", "auto".into()),
            (near, px(distance)),
            (far, "auto".into()),
        ] {
            // A property of ours and a number: cannot fail.
            let _ = style.set_property(property, &value);
        }
    }
}

/// The menu and the ground around it, which closes it.
pub(crate) fn menu(place: Place, label: String, items: Vec<Item>, close: impl Fn() + Clone + 'static) -> AnyView {
    hung("menu menu-free", place, label, items, close)
}

/// The same with its items in a row.
pub(crate) fn menu_row(place: Place, label: String, items: Vec<Item>, close: impl Fn() + Clone + 'static) -> AnyView {
    hung("menu menu-free menu-row", place, label, items, close)
}

fn hung(class: &'static str, place: Place, label: String, items: Vec<Item>, close: impl Fn() + Clone + 'static) -> AnyView {
    give_focus_back();
    let (by_ground, by_key, by_choice) = (close.clone(), close.clone(), close);
    let ground = html::div().class("menu-ground").on(ev::click, move |_| by_ground());
    let list = html::div()
        .class(class)
        .role("menu")
        .aria_label(label)
        .directive(move |element| settle(element, place))
        .on(ev::keydown, move |event| key(&event, &by_key))
        .on(ev::click, move |event| {
            let chosen = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if chosen.is_some_and(|target| target.closest("button").ok().flatten().is_some()) {
                by_choice();
            }
        })
        .child(items.into_iter().map(|item| item.view).collect_view());
    (ground, list).into_any()
}

fn settle(element: Element, place: Place) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        place.apply(element);
    }
    browser::after(0, move || focus(&buttons(&element), 0)).forget();
}

fn buttons(menu: &Element) -> Vec<HtmlElement> {
    let Ok(found) = menu.query_selector_all("button") else { return Vec::new() };
    let all = (0..found.length()).filter_map(|at| found.item(at)?.dyn_into::<HtmlElement>().ok());
    // Some are for phones alone.
    all.filter(|button| button.offset_parent().is_some()).collect()
}

fn focus(buttons: &[HtmlElement], at: usize) {
    if let Some(button) = buttons.get(at) {
        let _ = button.focus();
    }
}

fn key(event: &KeyboardEvent, close: &impl Fn()) {
    let Some(menu) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let all = buttons(&menu);
    let now = all.iter().position(|button| browser::focused().as_ref() == Some(button)).unwrap_or_default();
    match event.key().as_str() {
        "Escape" | "Tab" => close(),
        other => match next(other, browser::reads_leftwards(), now, all.len()) {
            Some(at) => focus(&all, at),
            None => return,
        },
    }
    event.prevent_default();
    event.stop_propagation();
}

/// Which of so many items a key leads to; at the ends it goes round. Items beside each other stand as the page is read.
fn next(key: &str, leftwards: bool, now: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match (key, leftwards) {
        ("ArrowDown", _) | ("ArrowRight", false) | ("ArrowLeft", true) => Some(if now >= last { 0 } else { now + 1 }),
        ("ArrowUp", _) | ("ArrowLeft", false) | ("ArrowRight", true) => Some(if now == 0 { last } else { now - 1 }),
        ("Home", _) => Some(0),
        ("End", _) => Some(last),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_round_and_letters_go_nowhere() {
        let next_of_3 = |key, now| next(key, false, now, 3);
        assert_eq!(
            [next_of_3("ArrowDown", 2), next_of_3("ArrowUp", 0), next_of_3("End", 0), next_of_3("Home", 2)],
            [Some(0), Some(2), Some(2), Some(0)]
        );
        assert_eq!((next_of_3("m", 0), next("ArrowDown", false, 0, 0)), (None, None));
    }

    #[test]
    fn arrows_lead_where_they_point_whichever_way_the_page_is_read() {
        let both = |key| [next(key, false, 1, 3), next(key, true, 1, 3)];
        assert_eq!([both("ArrowRight"), both("ArrowLeft")], [[Some(2), Some(0)], [Some(0), Some(2)]]);
        assert_eq!([both("ArrowDown"), both("ArrowUp")], [[Some(2), Some(2)], [Some(0), Some(0)]]);
    }
}
