//! Keys and fingers among the tiles.
//!
//! Invariant: of all tiles on screen one is a stop of Tab; arrows go from there to whatever stands on that side, in whichever direction
//! people read.

use crate::ui::browser;
use crate::ui::view::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, PointerEvent};

/// A finger that went so far sideways, in CSS pixels, turned the page.
const SWIPE: f64 = 60.0;

/// The class of what Tab stops at.
pub(super) const STOP: &str = "tile-more";

/// Goes to the tile that the key points at.
pub(super) fn arrow(event: &KeyboardEvent) {
    let Some(area) = event.current_target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let Ok(found) = area.query_selector_all(&format!(".{STOP}")) else { return };
    let all: Vec<HtmlElement> = (0..found.length()).filter_map(|at| found.item(at)?.dyn_into().ok()).collect();
    let Some(at) = all.iter().position(|one| browser::focused().as_ref() == Some(one)) else { return };
    let middles: Vec<(f64, f64)> =
        all.iter().map(|one| middle(one.closest(".tile").ok().flatten().as_ref().unwrap_or(one))).collect();
    let next = next(&event.key(), at, &middles).and_then(|next| all.get(next));
    if let Some(next) = next {
        let _ = next.focus();
        event.prevent_default();
    }
}

fn middle(element: &Element) -> (f64, f64) {
    let place = element.get_bounding_client_rect();
    (place.left() + place.width() / 2.0, place.top() + place.height() / 2.0)
}

/// Which of these middles a key leads to from the one at `at`.
fn next(key: &str, at: usize, middles: &[(f64, f64)]) -> Option<usize> {
    let &(x, y) = middles.get(at)?;
    let ahead: fn(f64, f64) -> (f64, f64) = match key {
        "ArrowRight" => |x, y| (x, y),
        "ArrowLeft" => |x, y| (-x, y),
        "ArrowDown" => |x, y| (y, x),
        "ArrowUp" => |x, y| (-y, x),
        "Home" => return Some(0),
        "End" => return middles.len().checked_sub(1),
        _ => return None,
    };
    let far = middles.iter().enumerate().filter_map(|(other, &(there_x, there_y))| {
        let (along, aside) = ahead(there_x - x, there_y - y);
        (along > 1.0).then_some((other, along + 3.0 * aside.abs()))
    });
    far.min_by(|one, other| one.1.total_cmp(&other.1)).map(|(other, _)| other)
}

/// Whether Page Up and Page Down are the tiles' here: not where something else scrolls.
pub(super) fn turns_pages(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let elsewhere = target
        .is_some_and(|target| target.closest("input, textarea, select, aside, dialog, [role=menu]").ok().flatten().is_some());
    !elsewhere && !event.ctrl_key() && !event.alt_key() && !event.meta_key()
}

/// Where a finger began, if one did.
pub(super) type Begun = StoredValue<Option<(f64, f64)>>;

/// A pointer came down.
pub(super) fn begin(begun: Begun, event: &PointerEvent) {
    begun.set_value((event.pointer_type() == "touch" && event.is_primary()).then(|| at(event)));
}

/// It went up again: whether it turned the page, and which way; true is forward.
pub(super) fn end(begun: Begun, event: &PointerEvent) -> Option<bool> {
    let from = begun.try_update_value(Option::take).flatten()?;
    swipe(from, at(event), browser::reads_leftwards())
}

#[allow(clippy::useless_conversion, reason = "these are fractions in a browser, and whole numbers where only tests run")]
fn at(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

/// Which way a finger turned the page, if it did.
fn swipe(from: (f64, f64), to: (f64, f64), leftwards: bool) -> Option<bool> {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    (x.abs() >= SWIPE && x.abs() > 2.0 * y.abs()).then_some((x < 0.0) != leftwards)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_lead_to_what_stands_there() {
        // Three above, two below in the middle.
        let middles = [(100.0, 50.0), (300.0, 50.0), (500.0, 50.0), (200.0, 150.0), (400.0, 150.0)];
        assert_eq!([next("ArrowRight", 0, &middles), next("ArrowLeft", 0, &middles)], [Some(1), None]);
        assert_eq!([next("ArrowDown", 2, &middles), next("ArrowUp", 3, &middles)], [Some(4), Some(0)]);
        assert_eq!([next("Home", 4, &middles), next("End", 0, &middles), next("x", 0, &middles)], [Some(0), Some(4), None]);
        assert_eq!(next("ArrowDown", 9, &middles), None);
    }

    #[test]
    fn a_finger_turns_the_page_only_sideways_and_as_people_read() {
        assert_eq!(swipe((300.0, 10.0), (200.0, 20.0), false), Some(true));
        assert_eq!(swipe((300.0, 10.0), (200.0, 20.0), true), Some(false));
        assert_eq!(swipe((200.0, 10.0), (300.0, 20.0), false), Some(false));
        assert_eq!([swipe((300.0, 0.0), (260.0, 0.0), false), swipe((300.0, 0.0), (200.0, 80.0), false)], [None, None]);
    }
}
