//! Everyone's tiles: how many fit, on how many pages, and which one is large.
//!
//! Invariant: sound is of everyone, always; pictures are of whoever is on screen ([`heights`](super::heights)).

use super::{
    apart,
    heights::{self, Places},
    reach,
    shown::{self, Shown},
    sound::plays_sound,
    state::Meeting,
    tile::{Spot, tile},
    views::Own,
    visitors::{self, Visitors},
};
use crate::browser::task;
use crate::fraction::px;
use crate::model::MemberId;
use crate::ui::view::prelude::*;
use crate::ui::{
    announce::Happening,
    app::Ui,
    browser,
    icons::{Icon, icon},
    layout::{self, Layout, Rect, Space, Stage},
};
use leptos::ev;
use wasm_bindgen::JsCast;
use web_sys::{Element, ResizeObserver};
use wire::Track;

/// Distance of tiles; narrow screens have the smaller one (screens.css).
const GAP: f64 = 10.0;
const NARROW_GAP: f64 = 8.0;
const NARROW_BELOW: f64 = 640.0;

/// A phone on its side has no more height than this for tiles.
const LOW_BELOW: f64 = 380.0;

/// How often is looked whether somebody speaks on another page, in milliseconds.
const LOOK_MILLIS: u32 = 300;

/// How the place for tiles is used.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Plan {
    /// All of one size.
    Even(Layout),
    /// So many large, the others small on so many pages.
    Stage { stage: Stage, large: usize, pages: usize, gap: f64 },
}

/// Height of the pager in CSS pixels: its buttons, which a finger may meet, and their frame.
const PAGER: f64 = 50.0;

impl Plan {
    /// The plan for `large` large tiles and `others` in a place of this size. The pager takes room of it only where not all tiles fit
    /// without one.
    fn of(large: usize, others: usize, space: Space) -> Self {
        let whole = Self::without_pager(large, others, space);
        if whole.pages() == 1 {
            return whole;
        }
        Self::without_pager(large, others, Space { height: (space.height - PAGER).max(0.0), ..space })
    }

    fn without_pager(large: usize, others: usize, space: Space) -> Self {
        if large == 0 {
            return Self::Even(layout::layout(others, space));
        }
        let stage = layout::stage(others, space);
        Self::Stage { stage, large, pages: others.div_ceil(stage.film.max(1)).max(1), gap: space.gap }
    }

    fn pages(self) -> usize {
        match self {
            Self::Even(layout) => layout.pages,
            Self::Stage { pages, .. } => pages,
        }
    }

    /// Width and height of the tiles that are not large, in CSS pixels.
    fn tile(self) -> (f64, f64) {
        match self {
            Self::Even(layout) => (layout.width, layout.height),
            Self::Stage { stage, .. } => (stage.width, stage.height),
        }
    }

    /// Tiles of a full row, where all have one size.
    fn columns(self) -> usize {
        match self {
            Self::Even(layout) => layout.columns.max(1),
            Self::Stage { .. } => 1,
        }
    }

    /// The tiles of a page out of all that are not large.
    fn page(self, page: usize, others: &[Shown]) -> &[Shown] {
        let count = match self {
            Self::Even(layout) => layout.per_page,
            Self::Stage { stage, .. } => stage.film,
        };
        let from = (page * count).min(others.len());
        others.get(from..(from + count).min(others.len())).unwrap_or_default()
    }

    /// Where the large tile of this number stands.
    fn large(self, at: usize) -> Rect {
        match self {
            Self::Even(_) => Rect::default(),
            Self::Stage { stage, large, gap, .. } => layout::large_place(at, large, stage, gap),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Even(_) => "grid",
            Self::Stage { stage, .. } if stage.below => "grid staged below",
            Self::Stage { .. } => "grid staged",
        }
    }
}

/// What stands where: all of it follows from who is here, the person's wishes and the size of the place.
#[derive(Clone, Copy)]
struct Standing {
    size: RwSignal<(f64, f64)>,
    page: RwSignal<usize>,
    large: Memo<Vec<Shown>>,
    others: Memo<Vec<Shown>>,
    plan: Memo<Plan>,
    current: Memo<usize>,
    film: Memo<Vec<Shown>>,
    /// Oneself, where one's own picture stands in a corner.
    corner: Memo<Option<Shown>>,
}

impl Standing {
    fn of(meeting: Meeting) -> Self {
        let (size, page) = (RwSignal::new((0.0_f64, 0.0_f64)), RwSignal::new(0_usize));
        let (views, people) = (meeting.views, meeting.people);
        Effect::new(move || {
            let (width, height) = size.get();
            views.settle_own(people.with(Vec::len), width < NARROW_BELOW || height < LOW_BELOW);
        });
        let elsewhere = move |shown: &Shown| views.own() != Own::Tile && !shown.screen && meeting.is_me(shown.member);
        let large = Memo::new(move || {
            people
                .with(|people| meeting.spotlight.large(people))
                .into_iter()
                .filter(|shown| !elsewhere(shown))
                .collect::<Vec<_>>()
        });
        let others = Memo::new(move || {
            let order = people.with(|people| large.with(|large| shown::order(people, large, views.own() == Own::Tile)));
            views.exchanged.with(|exchanged| visitors::exchange(order, exchanged))
        });
        let plan = Memo::new(move || {
            let (width, height) = size.get();
            let gap = if width < NARROW_BELOW { NARROW_GAP } else { GAP };
            Plan::of(large.with(Vec::len), others.with(Vec::len), Space::new(width, height, gap, views.many.get()))
        });
        let current = Memo::new(move || page.get().min(plan.get().pages().saturating_sub(1)));
        let film = Memo::new(move || others.with(|others| plan.get().page(current.get(), others).to_vec()));
        let corner = Memo::new(move || {
            let me = people.with(|people| people.iter().find(|person| person.me).map(|person| person.member));
            me.filter(|_| views.own() == Own::Small).map(|member| Shown { member, screen: false })
        });
        Self { size, page, large, others, plan, current, film, corner }
    }

    /// All tiles on screen.
    fn visible(self) -> Vec<Shown> {
        let both = [self.large, self.film].map(|tiles| tiles.get());
        both.into_iter().flatten().chain(self.corner.get()).collect()
    }

    /// Where a tile stands.
    fn spot(self, shown: Shown) -> Memo<Spot> {
        Memo::new(move || {
            let at = self.large.with(|large| large.iter().position(|other| *other == shown));
            match at {
                Some(at) => Spot::Large(self.plan.get().large(at)),
                None if self.corner.get() == Some(shown) => Spot::Corner,
                None => Spot::Row,
            }
        })
    }

    /// Heights of the pictures on screen, in CSS pixels.
    fn heights(self) -> crypto::sorted::SortedMap<Shown, f64> {
        let plan = self.plan.get();
        let large = self.large.get().into_iter().enumerate().map(|(at, shown)| (shown, plan.large(at).height));
        large.chain(self.film.get().into_iter().map(|shown| (shown, plan.tile().1))).collect()
    }

    /// The next page, or the one before; which one it is now is said.
    fn turn(self, ui: Ui, forward: bool) {
        let pages = self.plan.get_untracked().pages();
        let at = self.current.get_untracked();
        let next = if forward { (at + 1).min(pages.saturating_sub(1)) } else { at.saturating_sub(1) };
        if pages > 1 {
            self.page.set(next);
            let words = ui.say_now("said-page", &[("page", (next + 1).into()), ("pages", pages.into())]);
            ui.speech.politely(ui, Happening::Sentence(words), 0);
        }
    }

    /// Whoever speaks on another page comes to this one.
    fn follow_visitors(self, meeting: Meeting) {
        let looks = StoredValue::new(Visitors::default());
        browser::every(LOOK_MILLIS, move || {
            if self.plan.get_untracked().pages() <= 1 {
                return;
            }
            let speakers: Vec<MemberId> = meeting.speaking.with_untracked(|all| all.iter().copied().collect());
            let (page, mut others) = (self.film.get_untracked(), self.others.get_untracked());
            others.retain(|shown| !page.contains(shown));
            let page: Vec<Shown> = page.into_iter().filter(|shown| !meeting.is_me(shown.member)).collect();
            let now = js_sys::Date::now();
            if let Some(both) = looks.try_update_value(|looks| looks.look(now, &speakers, &page, &others)).flatten() {
                meeting.views.exchanged.update(|exchanged| {
                    let is_here =
                        |shown: &Shown| meeting.people.with_untracked(|all| all.iter().any(|one| one.member == shown.member));
                    exchanged.retain(|(one, other)| is_here(one) && is_here(other));
                    exchanged.push(both);
                });
            }
        });
    }
}

/// The tiles of the page on screen, the pager, and everyone's sound.
pub(super) fn grid(ui: Ui, meeting: Meeting) -> AnyView {
    let standing = Standing::of(meeting);
    let Standing { size, plan, film, .. } = standing;
    standing.follow_visitors(meeting);
    heights::ask(meeting, move || Places {
        covered: size.get().0 < NARROW_BELOW && meeting.panel.get().is_some(),
        heights: standing.heights(),
        apart: apart::place(meeting),
    });
    let visible = Memo::new(move || standing.visible());
    let stop = Memo::new(move || {
        let wanted = meeting.views.stop.get();
        visible.with(|visible| wanted.filter(|wanted| visible.contains(wanted)).or_else(|| visible.first().copied()))
    });
    let tiles = keyed(move || visible.get(), |shown| *shown, move |shown| tile(ui, meeting, shown, standing.spot(shown), stop));
    let begun = reach::Begun::new(None);
    let area = html::div()
        .class(move || plan.get().class())
        .style(("--pager", move || if plan.get().pages() > 1 { px(PAGER) } else { "0px".to_owned() }))
        .style(("--tile-w", move || px(plan.get().tile().0)))
        .style(("--tile-h", move || px(plan.get().tile().1)))
        .style(("--columns", move || plan.get().columns().to_string()))
        .style(("--film", move || film.with(Vec::len).max(1).to_string()))
        .directive(move |element| observe(element, size))
        .on(ev::keydown, |event| reach::arrow(&event))
        .on(ev::pointerdown, move |event| reach::begin(begun, &event))
        .on(ev::pointercancel, move |_| begun.set_value(None))
        .on(ev::pointerup, move |event| {
            if let Some(forward) = reach::end(begun, &event) {
                standing.turn(ui, forward);
            }
        })
        .child(tiles);
    (area, move || (plan.get().pages() > 1).then(|| pager(ui, standing)), sounds(ui, meeting)).into_any()
}

/// Keeps `size` at the size of the element, in CSS pixels.
fn observe(element: Element, size: RwSignal<(f64, f64)>) {
    let measured = element.clone();
    let closure = task::callback(move || {
        let now = (f64::from(measured.client_width()), f64::from(measured.client_height()));
        if size.try_get_untracked().is_some_and(|before| before != now) {
            size.set(now);
        }
    });
    let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) else { return };
    observer.observe(&element);
    let kept = StoredValue::new(Some((observer, closure)));
    on_cleanup(move || {
        kept.try_update_value(|kept| {
            if let Some((observer, _)) = kept.take() {
                observer.disconnect();
            }
        });
    });
}

/// Previous, "1 / 2", next; Page Up and Page Down do the same, and a finger that goes sideways.
fn pager(ui: Ui, standing: Standing) -> AnyView {
    let Standing { current, plan, .. } = standing;
    let go = move |forward: bool| standing.turn(ui, forward);
    let keys = window_event_listener(ev::keydown, move |event| match event.key().as_str() {
        "PageUp" if reach::turns_pages(&event) => go(false),
        "PageDown" if reach::turns_pages(&event) => go(true),
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
fn sounds(ui: Ui, meeting: Meeting) -> AnyView {
    let others =
        move || meeting.streams.with(|streams| streams.keys().filter(|(_, track)| track.is_audio()).copied().collect::<Vec<_>>());
    let sound = move |of: (MemberId, Track)| {
        let stream = move || {
            let veiled = meeting.veiled.with(|veiled| veiled.contains(&of));
            (!veiled).then(|| meeting.streams.with(|streams| streams.get(&of).cloned())).flatten()
        };
        html::audio().attr("autoplay", "").directive(move |element| plays_sound(ui, meeting, element, stream))
    };
    let list = keyed(others, |of| *of, sound);
    html::div().attr("hidden", "").child(list).into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pager_is_there_only_when_tiles_do_not_fit_without_it() {
        for (large, others, height) in (0..3).flat_map(|large| {
            (1..40).flat_map(move |others| (200..900).step_by(7).map(move |height| (large, others, f64::from(height))))
        }) {
            let space = Space::new(1_256.0, height, GAP, false);
            let plan = Plan::of(large, others, space);
            let fit = Plan::without_pager(large, others, space).pages() == 1;
            assert_eq!(plan.pages() == 1, fit, "{others} in {height}");
            if let (Plan::Stage { stage, pages, .. }, false) = (plan, fit) {
                assert!(stage.film * pages >= others);
                let film = stage.film as f64;
                assert!(stage.film == 1 || film * stage.height + (film - 1.0) * GAP <= height - PAGER, "{others} in {height}");
            }
        }
        // Five small tiles are 635 pixels high: they fit into 640, and do not beside a pager.
        assert_eq!(Plan::of(1, 5, Space::new(1_256.0, 640.0, GAP, false)).pages(), 1);
        assert_eq!(Plan::of(1, 6, Space::new(1_256.0, 640.0, GAP, false)).pages(), 2);
    }

    #[test]
    fn every_tile_is_on_one_page_and_on_one_only() {
        let all: Vec<Shown> = (0..49).map(|id| Shown { member: MemberId([id; 16]), screen: false }).collect();
        for (large, width) in [(0, 1_256.0), (1, 1_256.0), (2, 374.0), (0, 374.0)] {
            let plan = Plan::of(large, all.len(), Space::new(width, 646.0, GAP, false));
            let seen: Vec<Shown> = (0..plan.pages()).flat_map(|page| plan.page(page, &all).to_vec()).collect();
            assert_eq!(seen, all);
            assert_eq!(plan.page(plan.pages(), &all), []);
        }
    }
}
