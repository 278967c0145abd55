//! The menu "More": what is not needed every minute, and on phones what the bar has no room for.
//!
//! Invariant: on every screen everything can be reached: what the bar of a phone lacks stands here.

use super::apart::{self, Way};
use super::captions;
use super::film;
use super::open::{Menu, Open, Panel};
use super::spotlight::View;
use super::state::Meeting;
use super::top::toggle_full_screen;
use crate::engine::{devices, film as engine_film};
use crate::model::{Pictures, Rule};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
    menu::Item,
};
use leptos::ev;

/// The button.
pub(super) fn button(ui: Ui, meeting: Meeting) -> AnyView {
    let open = move || meeting.menu.get().is_some_and(|(menu, _)| menu == Menu::More);
    let name = move || match meeting.votes_to_answer() {
        0 => ui.t("more")(),
        count => ui.say("more-votes", &[("count", count.into())]),
    };
    let waiting = move || {
        let count = meeting.votes_to_answer();
        (count > 0).then(|| html::span().class("count").aria_hidden("true").child(count.to_string()))
    };
    html::button()
        .attr("type", "button")
        .class("ctl")
        .aria_label(name)
        .attr("aria-haspopup", "menu")
        .attr("aria-expanded", move || if open() { "true" } else { "false" })
        .on(ev::click, move |_| meeting.open_menu(Menu::More))
        .child((icon(Icon::More), html::span().child(ui.t("more")), waiting))
        .into_any()
}

/// What stands in it.
pub(super) fn items(ui: Ui, meeting: Meeting) -> Vec<Item> {
    let dialog = move |open: Open| move || meeting.open_dialog(open);
    let mut items = vec![Item::new(Icon::Smile, "only-phone", ui.t("react"), None, move || open_next(meeting, Menu::React))];
    if devices::can_share() && meeting.pictures.get_untracked() != Pictures::None && meeting.may(Rule::ModeratorsShare) {
        let sharing = meeting.sharing.get_untracked();
        let (sign, words) = if sharing { (Icon::ScreenOff, "screen-stop") } else { (Icon::Screen, "screen-share") };
        items.push(Item::new(sign, "only-phone", ui.t(words), None, move || meeting.share_screen(!sharing)));
    }
    let small = |id| Some(ui.say_now(id, &[]));
    if meeting.people.with_untracked(Vec::len) > 1 {
        let speaker = meeting.spotlight.view.get_untracked() == View::Everyone;
        let (sign, words, view) = match speaker {
            true => (Icon::Speaker, "view-speaker", View::Speaker),
            false => (Icon::Everyone, "view-everyone", View::Everyone),
        };
        items.push(Item::new(sign, "only-phone", ui.t(words), None, move || meeting.spotlight.look_at(view)));
    }
    if browser::document().fullscreen_enabled() {
        items.push(Item::new(Icon::Fullscreen, "only-phone", ui.t("full-screen"), None, toggle_full_screen));
    }
    if apart::way() != Way::Browser {
        let words = ui.t(if meeting.apart.is_open() { "apart-close" } else { "apart" });
        items.push(Item::new(Icon::Window, "", words, small("apart-small"), move || apart::toggle(ui, meeting)));
    }
    let free = !meeting.sharing.get_untracked() && meeting.pictures.get_untracked() != Pictures::None;
    if engine_film::can_share() && free && meeting.may(Rule::ModeratorsShare) {
        items.push(Item::new(Icon::Screen, "", ui.t("film-share"), small("film-share-small"), film::choose));
    }
    items.extend(captions::item(ui, meeting));
    items.extend([
        Item::new(Icon::Vote, "", ui.t("votes"), None, move || open_panel(meeting, Panel::Votes)),
        Item::new(Icon::Clock, "", ui.t("timer"), None, dialog(Open::Timer)),
        Item::new(Icon::Quality, "", ui.t("quality-title"), small("more-quality-small"), dialog(Open::Quality)),
        Item::new(Icon::Settings, "", ui.t("settings"), small("more-settings-small"), dialog(Open::Settings)),
        Item::new(Icon::SafetyCode, "", ui.t("safety-code"), None, dialog(Open::SafetyCode(None))),
    ]);
    if meeting.moderates() {
        items.push(Item::new(Icon::Lock, "", ui.t("rules-open"), None, dialog(Open::Rules)));
    }
    if !browser::is_touch_only() {
        items.push(Item::line());
        items.push(Item::new(Icon::Info, "", ui.t("keys-title"), None, dialog(Open::Shortcuts)));
    }
    items
}

/// Opens a panel, once the menu has given the focus back: the panel takes it.
fn open_panel(meeting: Meeting, panel: Panel) {
    browser::after(0, move || browser::after(0, move || meeting.panel.set(Some(panel))).forget()).forget();
}

/// Opens another menu in the place of the one that is closing, once that has given the focus back.
fn open_next(meeting: Meeting, menu: Menu) {
    let Some((_, place)) = meeting.menu.get_untracked() else { return };
    browser::after(0, move || browser::after(0, move || meeting.menu.set(Some((menu, place)))).forget()).forget();
}
