//! What this screen looks at, for the host: the height of every picture's place in device pixels.
//!
//! Invariant: 0 for whatever nobody can see: another page, a panel that covers the tiles, a browser tab in the background (but for what
//! stands in a small window of its own).

use super::{shown::Shown, state::Meeting};
use crate::fraction::within;
use crate::model::MeetingCommand;
use crate::ui::browser;
use crate::ui::view::prelude::*;
use crypto::sorted::SortedMap;
use web_sys::VisibilityState;

/// A layout that stood this long is worth asking the host for.
const STABLE_MILLIS: u32 = 400;

/// Where pictures stand at the moment.
pub(super) struct Places {
    /// Something lies over all of them.
    pub(super) covered: bool,
    /// Height of each picture's place in CSS pixels.
    pub(super) heights: SortedMap<Shown, f64>,
    /// The picture in the small window, which is seen whatever becomes of the page.
    pub(super) apart: Option<(Shown, f64)>,
}

/// Tells the engine whenever what this screen looks at is another and stays so for a moment. What comes back into sight is asked for at
/// once: somebody waits for it.
pub(super) fn ask(meeting: Meeting, places: impl Fn() -> Places + 'static) {
    let visible = RwSignal::new(is_visible());
    let listener = window_event_listener_untyped("visibilitychange", move |_| visible.set(is_visible()));
    on_cleanup(move || listener.remove());
    let pause = StoredValue::new(None);
    let asked = StoredValue::new(SortedMap::<Shown, u16>::new());
    let mut was_seen = true;
    Effect::new(move || {
        let Places { covered, heights, apart } = places();
        let seen = visible.get() && !covered;
        let ratio = browser::window().device_pixel_ratio();
        let pixels = move |height: f64| within(height * ratio, 0.0, f64::from(u16::MAX)) as u16;
        let shown: SortedMap<Shown, u16> = heights.into_iter().map(|(shown, height)| (shown, pixels(height))).collect();
        let apart = apart.map(|(shown, height)| (shown, pixels(height)));
        let all = meeting.people.with(|people| {
            let others = people.iter().filter(|person| !person.me);
            others.flat_map(|p| [false, true].map(|screen| Shown { member: p.member, screen })).collect::<Vec<_>>()
        });
        let tell = move || {
            let there = |one: Shown| if seen { shown.get(&one).copied().unwrap_or_default() } else { 0 };
            let height = |one: Shown| there(one).max(apart.filter(|(other, _)| *other == one).map_or(0, |(_, height)| height));
            let wanted: SortedMap<Shown, u16> = all.into_iter().map(|one| (one, height(one))).collect();
            let before = asked.try_update_value(|asked| std::mem::replace(asked, wanted.clone())).unwrap_or_default();
            for (one, pixels) in wanted.into_iter().filter(|(one, pixels)| before.get(one) != Some(pixels)) {
                meeting.command(MeetingCommand::Height { member: one.member, track: one.track(), pixels });
            }
        };
        let pause_for = if seen && !was_seen { 0 } else { STABLE_MILLIS };
        was_seen = seen;
        pause.set_value(Some(browser::after(pause_for, tell)));
    });
}

fn is_visible() -> bool {
    browser::document().visibility_state() != VisibilityState::Hidden
}
