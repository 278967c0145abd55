//! The bar: microphone, camera, screen, hand, reactions, more; chat, participants, invitation; leave.
//!
//! Invariant: a button's name says what pressing it will do, and what is closed is said by sign, colour and word.

use super::open::{Menu, Open, Panel};
use super::state::Meeting;
use super::{more, together};
use crate::engine::devices;
use crate::model::{Pictures, Rule};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
    parts::Words,
};
use leptos::ev;

/// The whole bar.
pub(super) fn bar(ui: Ui, meeting: Meeting) -> AnyView {
    let mine = html::div().class("group").role("group").aria_label(ui.t("controls")).child((
        microphone(ui, meeting),
        camera(ui, meeting),
        devices::can_share().then(|| screen(ui, meeting)),
        together::hand_button(ui, meeting),
        together::react_button(ui, meeting),
        more::button(ui, meeting),
    ));
    let participants =
        panel_button(meeting, Panel::Participants, Icon::People, ui.t("participants"), ui.t("bar-participants"), "no-phone");
    let invite =
        control(Icon::Invite, "ctl no-phone", ui.t("bar-invite"), ui.t("bar-invite"), move || meeting.open_dialog(Open::Invite));
    let leaving = move || meeting.menu.get().is_some_and(|(menu, _)| menu == Menu::Leave);
    let leave = html::button()
        .attr("type", "button")
        .class("ctl ctl-leave")
        .aria_label(ui.t("leave"))
        .attr("aria-haspopup", "menu")
        .attr("aria-expanded", move || if leaving() { "true" } else { "false" })
        .on(ev::click, move |_| meeting.open_menu(Menu::Leave))
        .child((icon(Icon::Leave), html::span().child(ui.t("bar-leave"))));
    let gap = html::span().class("gap-x").aria_hidden("true");
    let rooms = html::div().class("group end").role("group").aria_label(ui.t("panels")).child((
        chat(ui, meeting),
        participants,
        invite,
        gap,
        leave,
    ));
    html::footer().class("meet-bar").id("area-bar").child((time(ui, meeting), mine, rooms)).into_any()
}

/// An icon above a word; the name may say more than the word.
fn control(sign: Icon, class: &'static str, name: impl Words, word: impl Words, act: impl Fn() + 'static) -> AnyView {
    html::button()
        .attr("type", "button")
        .class(class)
        .aria_label(name)
        .on(ev::click, move |_| act())
        .child((icon(sign), html::span().child(word)))
        .into_any()
}

/// How long we have been here, and with how many.
fn time(ui: Ui, meeting: Meeting) -> AnyView {
    let seconds = RwSignal::new(0_u64);
    browser::every(1000, move || {
        let elapsed = (js_sys::Date::now() - meeting.since.get_untracked()).max(0.0) / 1000.0;
        seconds.set(elapsed as u64);
    });
    let count = move || ui.say("people-count", &[("count", meeting.people.with(Vec::len).into())]);
    let clock =
        html::p().class("time num").child((html::b().child(move || together::clock(seconds.get())), html::span().child(count)));
    html::div().class("group no-phone").child(clock).into_any()
}

pub(super) fn microphone(ui: Ui, meeting: Meeting) -> AnyView {
    let on = meeting.microphone;
    let allowed = move || meeting.myself().is_none_or(|me| me.may_speak);
    let name = move || {
        ui.t(match (on.get(), allowed()) {
            (_, false) => "microphone-not-allowed",
            (true, _) => "microphone-mute",
            (false, _) => "microphone-unmute",
        })()
    };
    let word = move || ui.t(if on.get() { "bar-mute" } else { "bar-unmute" })();
    html::button()
        .attr("type", "button")
        .id("microphone")
        .class(move || if on.get() { "ctl" } else { "ctl off" })
        .aria_label(name)
        .prop("disabled", move || !allowed())
        .on(ev::click, move |_| meeting.switch_microphone(!on.get_untracked()))
        .child((move || icon(if on.get() { Icon::Mic } else { Icon::MicOff }), html::span().child(word)))
        .into_any()
}

pub(super) fn camera(ui: Ui, meeting: Meeting) -> AnyView {
    let on = meeting.camera;
    let name = move || ui.t(if on.get() { "camera-turn-off" } else { "camera-turn-on" })();
    html::button()
        .attr("type", "button")
        .class(move || if on.get() { "ctl" } else { "ctl off" })
        .aria_label(name)
        .prop("disabled", move || no_pictures(meeting))
        .on(ev::click, move |_| meeting.switch_camera(!on.get_untracked()))
        .child((move || icon(if on.get() { Icon::Camera } else { Icon::CameraOff }), html::span().child(ui.t("bar-camera"))))
        .into_any()
}

/// Shares a screen, or stops; who wants no pictures sends none either.
fn screen(ui: Ui, meeting: Meeting) -> AnyView {
    let on = meeting.sharing;
    let name = move || ui.t(if on.get() { "screen-stop" } else { "screen-share" })();
    html::button()
        .attr("type", "button")
        .class(move || if on.get() { "ctl no-phone on" } else { "ctl no-phone" })
        .aria_label(name)
        .prop("disabled", move || no_pictures(meeting) || !meeting.may(Rule::ModeratorsShare))
        .on(ev::click, move |_| meeting.share_screen(!on.get_untracked()))
        .child((move || icon(if on.get() { Icon::ScreenOff } else { Icon::Screen }), html::span().child(ui.t("bar-share"))))
        .into_any()
}

fn no_pictures(meeting: Meeting) -> bool {
    meeting.pictures.get() == Pictures::None
}

/// Chat; the number of unread messages is part of its name.
fn chat(ui: Ui, meeting: Meeting) -> AnyView {
    let unread = meeting.chat.unread;
    let name = move || match unread.get() {
        0 => ui.t("chat")(),
        count => ui.say("chat-button", &[("count", count.into())]),
    };
    let count =
        move || (unread.get() > 0).then(|| html::span().class("count").aria_hidden("true").child(unread.get().to_string()));
    let open = move || meeting.panel.get() == Some(Panel::Chat);
    html::button()
        .attr("type", "button")
        .class(move || if open() { "ctl on" } else { "ctl" })
        .aria_label(name)
        .attr("aria-expanded", move || if open() { "true" } else { "false" })
        .on(ev::click, move |_| meeting.toggle_panel(Panel::Chat))
        .child((icon(Icon::Chat), html::span().child(ui.t("bar-chat")), " ", count))
        .into_any()
}

fn panel_button(meeting: Meeting, panel: Panel, sign: Icon, name: impl Words, word: impl Words, class: &'static str) -> AnyView {
    let open = move || meeting.panel.get() == Some(panel);
    html::button()
        .attr("type", "button")
        .class(move || format!("ctl {class}{}", if open() { " on" } else { "" }))
        .aria_label(name)
        .attr("aria-expanded", move || if open() { "true" } else { "false" })
        .on(ev::click, move |_| meeting.toggle_panel(panel))
        .child((icon(sign), html::span().child(word)))
        .into_any()
}
