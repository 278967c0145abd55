//! Settings: camera and microphone, language, appearance, shortcuts.
//!
//! Invariant: everything here works at once and is remembered nowhere: with the page it is gone.

use crate::engine::devices;
use crate::model::MeetingCommand;
use crate::ui::{
    app::Ui,
    i18n::Tongue,
    meeting::{Meeting, Open},
    parts::{button, switch},
    portal::device_choice,
    theme::Theme,
};
use leptos::{ev, html, prelude::*, task::spawn_local};

/// What stands in the dialog.
pub(super) fn content(ui: Ui, meeting: Meeting) -> AnyView {
    let devices_now = ui.preview.devices;
    spawn_local(async move {
        let found = devices::list().await;
        let _ = devices_now.try_set(found);
    });
    let use_camera = move |id: String| meeting.command(MeetingCommand::UseDevices { audio: None, video: Some(id) });
    let use_microphone = move |id: String| meeting.command(MeetingCommand::UseDevices { audio: Some(id), video: None });
    let devices = (
        labelled(ui, "camera", device_choice(ui, true, use_camera)),
        labelled(ui, "microphone", device_choice(ui, false, use_microphone)),
    );
    let list = button("btn btn-link", None, ui.t("settings-list"), move || meeting.open_dialog(Open::Shortcuts));
    let quality = button("btn btn-link", None, ui.t("settings-quality"), move || meeting.open_dialog(Open::Quality));
    let links = html::div().class("rowbtns").child((quality, list));
    html::div().class("stack settings").child((devices, language(ui), appearance(ui), shortcuts(ui), links)).into_any()
}

fn labelled(ui: Ui, words: &'static str, control: AnyView) -> AnyView {
    html::div().class("field").child((html::span().class("label").aria_hidden("true").child(ui.t(words)), control)).into_any()
}

fn language(ui: Ui) -> AnyView {
    let choice = |tongue: Tongue| {
        html::button()
            .attr("type", "button")
            .lang(tongue.tag())
            .attr("aria-pressed", move || if ui.tongue.get() == tongue { "true" } else { "false" })
            .on(ev::click, move |_| ui.tongue.set(tongue))
            .child(tongue.own_name())
    };
    let seg = html::div()
        .class("seg")
        .role("group")
        .aria_label(ui.t("language"))
        .child(Tongue::ALL.map(choice).into_iter().collect_view());
    html::div().class("setting").child((html::span().class("label").aria_hidden("true").child(ui.t("language")), seg)).into_any()
}

fn appearance(ui: Ui) -> AnyView {
    let choice = |theme: Theme| {
        html::button()
            .attr("type", "button")
            .attr("aria-pressed", move || if ui.theme.get() == theme { "true" } else { "false" })
            .on(ev::click, move |_| ui.theme.set(theme))
            .child(ui.t(theme.words()))
    };
    let seg =
        html::div().class("seg").role("group").aria_label(ui.t("theme")).child(Theme::ALL.map(choice).into_iter().collect_view());
    html::div().class("setting").child((html::span().class("label").aria_hidden("true").child(ui.t("theme")), seg)).into_any()
}

fn shortcuts(ui: Ui) -> AnyView {
    let hint = Some(ui.t("settings-shortcuts-hint"));
    switch(ui.t("settings-shortcuts"), hint, ui.shortcuts.into(), move |on| ui.shortcuts.set(on))
}
