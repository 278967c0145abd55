//! Everyone's tiles: how many fit, on how many pages, and which one is large.
//!
//! Invariant: sound is of everyone, always; pictures are of whoever is on screen ([`heights`](super::heights)).

use super::{
    heights::{self, Places},
    shown::{self, Shown},
    state::Meeting,
    tile::tile,
};
use crate::model::MemberId;
use crate::ui::{
    announce::Happening,
    app::Ui,
    icons::{Icon, icon},
    layout::{self, Layout, Space, Stage},
    parts::plays,
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, ResizeObserver};
use wire::Track;

/// Distance of tiles; narrow screens have the smaller one (screens.css).
const GAP: f64 = 10.0;
const NARROW_GAP: f64 = 8.0;
const NARROW_BELOW: f64 = 640.0;

/// How the place for tiles is used.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Plan {
    /// All of one size.
    Even(Layout),
    /// One large, the others small.
    Stage(Stage, usize),
}

/// Height of the pager in CSS pixels: its buttons, which a finger may meet, and their frame.
const PAGER: f64 = 50.0;

impl Plan {
    /// The plan for a place of this size. The pager takes room of it only where not all tiles fit without one.
    fn of(tiles: usize, large: bool, space: Space) -> Self {
        let whole = Self::without_pager(tiles, large, space);
        if whole.pages() == 1 {
            return whole;
        }
        Self::without_pager(tiles, large, Space { height: (space.height - PAGER).max(0.0), ..space })
    }

    fn without_pager(tiles: usize, large: bool, space: Space) -> Self {
        if !large {
            return Self::Even(layout::layout(tiles, space));
        }
        let others = tiles.saturating_sub(1);
        let stage = layout::stage(others, space);
        Self::Stage(stage, others.div_ceil(stage.film.max(1)).max(1))
    }

    fn pages(self) -> usize {
        match self {
            Self::Even(layout) => layout.pages,
            Self::Stage(_, pages) => pages,
        }
    }

    /// Width and height of the tiles that are not large, in CSS pixels.
    fn tile(self) -> (f64, f64) {
        match self {
            Self::Even(layout) => (layout.width, layout.height),
            Self::Stage(stage, _) => (stage.width, stage.height),
        }
    }

    /// The tiles of a page; the large one, which is the first of all, is on every page.
    fn page(self, page: usize, all: &[Shown]) -> Vec<Shown> {
        let (always, paged, count) = match self {
            Self::Even(layout) => (&[][..], all, layout.per_page),
            Self::Stage(stage, _) => {
                let (large, film) = all.split_at(all.len().min(1));
                (large, film, stage.film)
            }
        };
        always.iter().chain(paged.iter().skip(page * count).take(count)).copied().collect()
    }

    /// The height of a tile's place in CSS pixels.
    fn height(self, at: usize) -> f64 {
        match self {
            Self::Stage(stage, _) if at == 0 => stage.large,
            other => other.tile().1,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Even(_) => "grid",
            Self::Stage(stage, _) if stage.below => "grid staged below",
            Self::Stage(..) => "grid staged",
        }
    }
}

/// The tiles of the page on screen, the pager, and everyone's sound.
pub(super) fn grid(ui: Ui, meeting: Meeting) -> AnyView {
    let size = RwSignal::new((0.0_f64, 0.0_f64));
    let page = RwSignal::new(0_usize);
    let large = Memo::new(move |_| meeting.people.with(|people| meeting.spotlight.large(people)));
    let all = Memo::new(move |_| meeting.people.with(|people| shown::order(people, large.get())));
    let plan = Memo::new(move |_| {
        let (width, height) = size.get();
        let space = Space::new(width, height, if width < NARROW_BELOW { NARROW_GAP } else { GAP });
        Plan::of(all.with(Vec::len), large.get().is_some(), space)
    });
    let current = Memo::new(move |_| page.get().min(plan.get().pages().saturating_sub(1)));
    let visible = Memo::new(move |_| all.with(|all| plan.get().page(current.get(), all)));
    heights::ask(meeting, move || {
        let narrow = size.get().0 < NARROW_BELOW;
        let height = |(at, shown): (usize, &Shown)| (*shown, plan.get().height(at));
        Places {
            covered: narrow && meeting.panel.get().is_some(),
            heights: visible.with(|all| all.iter().enumerate().map(height).collect()),
        }
    });
    let tiles = For(ForProps::builder()
        .each(move || visible.get())
        .key(|shown| *shown)
        .children(move |shown| tile(ui, meeting, shown, Memo::new(move |_| large.get() == Some(shown))))
        .build());
    let area = html::div()
        .class(move || plan.get().class())
        .style(("--pager", move || if plan.get().pages() > 1 { format!("{PAGER}px") } else { "0px".to_owned() }))
        .style(("--tile-w", move || format!("{}px", plan.get().tile().0)))
        .style(("--tile-h", move || format!("{}px", plan.get().tile().1)))
        .style(("--film", move || visible.with(Vec::len).saturating_sub(1).max(1).to_string()))
        .directive(move |element: Element, ()| observe(element, size), ())
        .child(tiles);
    (area, move || (plan.get().pages() > 1).then(|| pager(ui, page, current, plan)), sounds(meeting)).into_any()
}

/// Keeps `size` at the size of the element, in CSS pixels.
fn observe(element: Element, size: RwSignal<(f64, f64)>) {
    let measured = element.clone();
    let closure = Closure::<dyn Fn()>::new(move || {
        let now = (f64::from(measured.client_width()), f64::from(measured.client_height()));
        if size.try_get_untracked().is_some_and(|before| before != now) {
            size.set(now);
        }
    });
    let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) else { return };
    observer.observe(&element);
    let kept = StoredValue::new_local(Some((observer, closure)));
    on_cleanup(move || {
        kept.try_update_value(|kept| {
            if let Some((observer, _)) = kept.take() {
                observer.disconnect();
            }
        });
    });
}

/// Previous, "1 / 2", next; Page Up and Page Down do the same.
fn pager(ui: Ui, page: RwSignal<usize>, current: Memo<usize>, plan: Memo<Plan>) -> AnyView {
    let go = move |forward: bool| {
        let last = plan.get_untracked().pages().saturating_sub(1);
        let at = current.get_untracked();
        let next = if forward { (at + 1).min(last) } else { at.saturating_sub(1) };
        page.set(next);
        let words = ui.say_now("said-page", &[("page", (next + 1).into()), ("pages", (last + 1).into())]);
        ui.speech.politely(ui, Happening::Sentence(words), 0);
    };
    let keys = window_event_listener(ev::keydown, move |event| match event.key().as_str() {
        "PageUp" => go(false),
        "PageDown" => go(true),
        _ => {}
    });
    on_cleanup(move || keys.remove());
    let arrow = move |sign: Icon, words: &'static str, forward: bool| {
        html::button().attr("type", "button").aria_label(ui.t(words)).on(ev::click, move |_| go(forward)).child(icon(sign))
    };
    let count = move || ui.say("page-of", &[("page", (current.get() + 1).into()), ("pages", plan.get().pages().into())]);
    let seg = html::div().class("seg").role("group").aria_label(ui.t("pages")).child((
        arrow(Icon::Back, "page-previous", false),
        html::span().class("num page-of").child(count),
        arrow(Icon::Next, "page-next", true),
    ));
    html::div().class("pager").child(seg).into_any()
}

/// Everyone else's sound, that of their screens too, on whatever page their tile is; silent while it cannot be verified.
fn sounds(meeting: Meeting) -> AnyView {
    let others =
        move || meeting.streams.with(|streams| streams.keys().filter(|(_, track)| track.is_audio()).copied().collect::<Vec<_>>());
    let sound = move |of: (MemberId, Track)| {
        let stream = move || {
            let veiled = meeting.veiled.with(|veiled| veiled.contains(&of));
            (!veiled).then(|| meeting.streams.with(|streams| streams.get(&of).cloned())).flatten()
        };
        html::audio().attr("autoplay", "").directive(move |element: Element, ()| plays(element, stream), ())
    };
    let list = For(ForProps::builder().each(others).key(|of| *of).children(sound).build());
    html::div().attr("hidden", "").child(list).into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pager_is_there_only_when_tiles_do_not_fit_without_it() {
        for (large, tiles, height) in [false, true].into_iter().flat_map(|large| {
            (1..40).flat_map(move |tiles| (200..900).step_by(7).map(move |height| (large, tiles, f64::from(height))))
        }) {
            let space = Space::new(1_256.0, height, GAP);
            let plan = Plan::of(tiles, large, space);
            let fit = Plan::without_pager(tiles, large, space).pages() == 1;
            assert_eq!(plan.pages() == 1, fit, "{tiles} in {height}");
            if let (Plan::Stage(stage, pages), false) = (plan, fit) {
                assert!(stage.film * pages >= tiles - 1);
                let film = stage.film as f64;
                assert!(stage.film == 1 || film * stage.height + (film - 1.0) * GAP <= height - PAGER, "{tiles} in {height}");
            }
        }
        // Five small tiles are 635 pixels high: they fit into 640, and do not beside a pager.
        assert_eq!(Plan::of(6, true, Space::new(1_256.0, 640.0, GAP)).pages(), 1);
        assert_eq!(Plan::of(7, true, Space::new(1_256.0, 640.0, GAP)).pages(), 2);
    }
}
