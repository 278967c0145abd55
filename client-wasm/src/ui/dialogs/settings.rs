//! Settings: camera, microphone and loudspeaker, language, appearance, shortcuts.
//!
//! Invariant: everything here works at once and is remembered nowhere: with the page it is gone.

use super::sound;
use crate::model::MeetingCommand;
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    blur::blur_switch,
    browser,
    i18n::Tongue,
    icons::Icon,
    layout::MANY_FROM,
    meeting::{Meeting, Open, Own, apart},
    parts::{button, hint, switch},
    portal::device_choice,
    theme::Theme,
};
use leptos::ev;

/// What stands in the dialog.
pub(super) fn content(ui: Ui, meeting: Meeting) -> AnyView {
    ui.preview.list_devices();
    let use_camera = move |id: String| meeting.command(MeetingCommand::UseDevices { audio: None, video: Some(id) });
    let devices = (
        labelled(ui, "camera", device_choice(ui, true, use_camera)),
        blur_switch(ui, move || meeting.own_picture()),
        labelled(ui, "microphone", sound::microphone(ui, meeting)),
        labelled(ui, "speaker", sound::speaker(ui)),
        sound::voice(ui, meeting),
    );
    let list = (!browser::is_touch_only())
        .then(|| button("btn btn-link", None, ui.t("settings-list"), move || meeting.open_dialog(Open::Shortcuts)));
    let quality = button("btn btn-link", None, ui.t("settings-quality"), move || meeting.open_dialog(Open::Quality));
    let links = html::div().class("rowbtns").child((quality, list));
    html::div()
        .class("stack settings")
        .child(devices)
        .child((
            own(ui, meeting),
            mirror(ui, meeting),
            many(ui, meeting),
            of_the_browser(ui),
            language(ui),
            appearance(ui),
            shortcuts(ui),
            links,
        ))
        .into_any()
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
            .on(ev::click, move |_| ui.speak(tongue))
            .child(tongue.locale().name)
    };
    let seg = html::div().class("seg").role("group").aria_label(ui.t("language")).child(Tongue::all().map(choice).collect_view());
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

/// Where one's own picture is.
fn own(ui: Ui, meeting: Meeting) -> AnyView {
    let choice = |own: Own| {
        html::button()
            .attr("type", "button")
            .attr("aria-pressed", move || if meeting.views.own() == own { "true" } else { "false" })
            .on(ev::click, move |_| meeting.put_own(ui, own))
            .child(ui.t(own.words()))
    };
    let seg =
        html::div().class("seg").role("group").aria_label(ui.t("own")).child(Own::ALL.map(choice).into_iter().collect_view());
    html::div().class("setting").child((html::span().class("label").aria_hidden("true").child(ui.t("own")), seg)).into_any()
}

fn mirror(ui: Ui, meeting: Meeting) -> AnyView {
    let mirrored = meeting.views.mirrored;
    switch(ui.t("own-mirror"), Some(ui.t("own-mirror-hint")), mirrored.into(), move |on| mirrored.set(on))
}

/// More tiles on a page: offered where there is room for them.
fn many(ui: Ui, meeting: Meeting) -> Option<AnyView> {
    let width = browser::window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or_default();
    let many = meeting.views.many;
    (width >= MANY_FROM).then(|| switch(ui.t("many"), Some(ui.t("many-hint")), many.into(), move |on| many.set(on)))
}

/// Where the browser's own button is the only way to a small window.
fn of_the_browser(ui: Ui) -> Option<AnyView> {
    (apart::way() == apart::Way::Browser).then(|| hint("hint", Some(Icon::Info), ui.t("apart-browser")))
}

fn shortcuts(ui: Ui) -> AnyView {
    let hint = Some(ui.t("settings-shortcuts-hint"));
    switch(ui.t("settings-shortcuts"), hint, ui.shortcuts.into(), move |on| ui.shortcuts.set(on))
}
