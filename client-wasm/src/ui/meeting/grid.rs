//! Everyone's tiles: how many fit, on how many pages, and how high each picture is asked for.
//!
//! Invariant: only pictures that are on screen are asked for, at the height they have there; sound is of everyone, always.

use super::{state::Meeting, tile::tile};
use crate::model::{MeetingCommand, MemberId};
use crate::ui::{
    announce::Happening,
    app::Ui,
    browser,
    icons::{Icon, icon},
    layout::{Layout, Space, layout},
    parts::plays,
};
use leptos::{ev, html, prelude::*};
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, ResizeObserver};
use wire::Track;

/// A layout that stood this long is worth asking the host for.
const STABLE_MILLIS: u32 = 400;
/// Distance of tiles; narrow screens have the smaller one (screens.css).
const GAP: f64 = 10.0;
const NARROW_GAP: f64 = 8.0;
const NARROW_BELOW: f64 = 640.0;

/// The tiles of the page on screen, the pager, and everyone's sound.
pub(super) fn grid(ui: Ui, meeting: Meeting) -> AnyView {
    let size = RwSignal::new((0.0_f64, 0.0_f64));
    let page = RwSignal::new(0_usize);
    let members = Memo::new(move |_| order(meeting));
    let plan = Memo::new(move |_| {
        let (width, height) = size.get();
        layout(members.with(Vec::len), Space::new(width, height, if width < NARROW_BELOW { NARROW_GAP } else { GAP }))
    });
    let current = Memo::new(move |_| page.get().min(plan.get().pages.saturating_sub(1)));
    let visible = Memo::new(move |_| {
        let Layout { per_page, .. } = plan.get();
        members.with(|members| members.iter().skip(current.get() * per_page).take(per_page).copied().collect::<Vec<_>>())
    });
    ask_for_heights(meeting, visible, plan);
    let tiles = For(ForProps::builder()
        .each(move || visible.get())
        .key(|member| *member)
        .children(move |member| tile(ui, meeting, member))
        .build());
    let area = html::div()
        .class("grid")
        .style(("--tile-w", move || format!("{}px", plan.get().width)))
        .style(("--tile-h", move || format!("{}px", plan.get().height)))
        .directive(move |element: Element, ()| observe(element, size), ())
        .child(tiles);
    (area, move || (plan.get().pages > 1).then(|| pager(ui, page, current, plan)), sounds(meeting)).into_any()
}

/// Oneself first, then by arrival.
fn order(meeting: Meeting) -> Vec<MemberId> {
    meeting.people.with(|people| {
        let (me, others): (Vec<_>, Vec<_>) = people.iter().partition(|person| person.me);
        me.into_iter().chain(others).map(|person| person.member).collect()
    })
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

/// After a moment of calm, tells the engine how high each picture stands; 0 for those on other pages.
fn ask_for_heights(meeting: Meeting, visible: Memo<Vec<MemberId>>, plan: Memo<Layout>) {
    let pause = StoredValue::new_local(None);
    let asked = StoredValue::new(BTreeMap::<MemberId, u16>::new());
    Effect::new(move || {
        let pixels = plan.get().height * browser::window().device_pixel_ratio();
        let pixels = pixels.clamp(0.0, f64::from(u16::MAX)) as u16;
        let shown = visible.get();
        let others = meeting.people.with(|people| people.iter().filter(|p| !p.me).map(|p| p.member).collect::<Vec<_>>());
        let timer = browser::after(STABLE_MILLIS, move || {
            let wanted: BTreeMap<_, _> =
                others.into_iter().map(|member| (member, if shown.contains(&member) { pixels } else { 0 })).collect();
            let before = asked.try_update_value(|asked| std::mem::replace(asked, wanted.clone())).unwrap_or_default();
            for (member, pixels) in wanted.into_iter().filter(|(member, pixels)| before.get(member) != Some(pixels)) {
                meeting.command(MeetingCommand::Height { member, track: Track::Camera, pixels });
            }
        });
        pause.set_value(Some(timer));
    });
}

/// Previous, "1 / 2", next; Page Up and Page Down do the same.
fn pager(ui: Ui, page: RwSignal<usize>, current: Memo<usize>, plan: Memo<Layout>) -> AnyView {
    let go = move |forward: bool| {
        let last = plan.get_untracked().pages.saturating_sub(1);
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
    let count = move || ui.say("page-of", &[("page", (current.get() + 1).into()), ("pages", plan.get().pages.into())]);
    let seg = html::div().class("seg").role("group").aria_label(ui.t("pages")).child((
        arrow(Icon::Back, "page-previous", false),
        html::span().class("num page-of").child(count),
        arrow(Icon::Next, "page-next", true),
    ));
    html::div().class("pager").child(seg).into_any()
}

/// Everyone else's sound, on whatever page their tile is; silent while it cannot be verified.
fn sounds(meeting: Meeting) -> AnyView {
    let others = move || meeting.people.with(|people| people.iter().filter(|p| !p.me).map(|p| p.member).collect::<Vec<_>>());
    let sound = move |member: MemberId| {
        let of = (member, Track::Audio);
        let stream = move || {
            let veiled = meeting.veiled.with(|veiled| veiled.contains(&of));
            (!veiled).then(|| meeting.streams.with(|streams| streams.get(&of).cloned())).flatten()
        };
        html::audio().attr("autoplay", "").directive(move |element: Element, ()| plays(element, stream), ())
    };
    let list = For(ForProps::builder().each(others).key(|member| *member).children(sound).build());
    html::div().attr("hidden", "").child(list).into_any()
}
