//! The top: which room, its state in words, and the way to check it.
//!
//! Invariant: one pill, always in the same place; the norm is quiet, the exception is said.

use super::apart;
use super::open::{Open, Panel};
use super::spotlight::View;
use super::state::Meeting;
use super::together;
use crate::model::Phase;
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon, mark, small_icon},
    parts::icon_button,
};
use leptos::ev;

/// What the pill says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Protected, nobody has compared all who are here.
    Closed,
    /// Protected, and everyone is compared.
    Compared,
    /// Nobody else is here, as far as this device can tell.
    Alone,
    /// No connection to the server.
    Cut,
    /// Members see different rooms.
    Split,
}

impl State {
    fn of(meeting: Meeting) -> Self {
        match () {
            () if meeting.phase.get() == Phase::Reconnecting => Self::Cut,
            () if meeting.split.get() => Self::Split,
            () if meeting.people.with(Vec::len) <= 1 => Self::Alone,
            () if meeting.all_compared() => Self::Compared,
            () => Self::Closed,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Closed => "state",
            Self::Compared => "state ok",
            Self::Alone => "state alone",
            Self::Cut | Self::Split => "state cut",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Closed | Self::Compared => "state-closed",
            Self::Alone => "state-alone",
            Self::Cut => "state-cut",
            Self::Split => "state-split",
        }
    }

    fn sign(self) -> Icon {
        match self {
            Self::Closed | Self::Compared => Icon::Door,
            Self::Alone => Icon::People,
            Self::Cut => Icon::Offline,
            Self::Split => Icon::Warn,
        }
    }
}

/// The header of the meeting.
pub(super) fn top(ui: Ui, meeting: Meeting) -> AnyView {
    let title = html::h1().class("sr").child(ui.t("meeting"));
    let room = html::div().class("meet-room no-phone").child((mark(), html::span().child(move || ui.draft.room.get())));
    let participants = move || {
        let open = meeting.panel.get() == Some(Panel::Participants);
        html::button()
            .attr("type", "button")
            .class("ib only-phone")
            .aria_label(ui.t("participants"))
            .attr("aria-expanded", if open { "true" } else { "false" })
            .on(ev::click, move |_| meeting.toggle_panel(Panel::Participants))
            .child(icon(Icon::People))
    };
    let invite = icon_button(Icon::Invite, "ib only-phone", ui.t("bar-invite"), move || meeting.open_dialog(Open::Invite));
    let push = html::div().class("push").child((
        together::timer_chip(ui, meeting),
        invite,
        view(ui, meeting),
        small_window(ui, meeting),
        full_screen(ui),
        participants,
    ));
    html::header().class("meet-top").id("area-top").child((title, room, pill(ui, meeting), push)).into_any()
}

fn pill(ui: Ui, meeting: Meeting) -> AnyView {
    let state = Memo::new(move || State::of(meeting));
    let now = html::span()
        .class("state-now")
        .child((move || icon(state.get().sign()), html::span().child(move || ui.t(state.get().words())())));
    let sign = move || icon(if state.get() == State::Compared { Icon::Check } else { Icon::SafetyCode });
    let code = html::button()
        .attr("type", "button")
        .class("state-code")
        .attr("title", move || (state.get() == State::Compared).then(|| ui.t("safety-compared")()))
        .on(ev::click, move |_| meeting.open_dialog(Open::SafetyCode(None)))
        .child((sign, html::span().child(ui.t("safety-code"))));
    html::div().class(move || state.get().class()).child((now, code)).into_any()
}

/// Everyone, or who speaks; of no use alone.
fn view(ui: Ui, meeting: Meeting) -> AnyView {
    let choice = move |view: View, sign: Icon, words: &'static str| {
        html::button()
            .attr("type", "button")
            .attr("aria-pressed", move || if meeting.spotlight.view.get() == view { "true" } else { "false" })
            .on(ev::click, move |_| meeting.spotlight.look_at(view))
            .child((small_icon(sign), ui.t(words)))
    };
    let choices = move || {
        (meeting.people.with(Vec::len) > 1).then(|| {
            let both =
                (choice(View::Everyone, Icon::Everyone, "view-everyone"), choice(View::Speaker, Icon::Speaker, "view-speaker"));
            html::div().class("seg no-phone").role("group").aria_label(ui.t("view")).child(both)
        })
    };
    choices.into_any()
}

/// A window that stays on top, where the browser has one for us.
fn small_window(ui: Ui, meeting: Meeting) -> Option<AnyView> {
    let words = move || ui.t(if meeting.apart.is_open() { "apart-close" } else { "apart" })();
    let act = move || apart::toggle(ui, meeting);
    (apart::way() != apart::Way::Browser).then(|| icon_button(Icon::Window, "ib no-phone", words, act))
}

fn full_screen(ui: Ui) -> AnyView {
    icon_button(Icon::Fullscreen, "ib no-phone", ui.t("full-screen"), toggle_full_screen)
}

/// Whole screen, or back.
pub(in crate::ui) fn toggle_full_screen() {
    let document = browser::document();
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(root) = document.document_element() {
        // Some phones have no full screen: then the button has no effect, which the browser's own menu explains.
        let _ = root.request_fullscreen();
    }
}
