//! Sound in the settings: microphone and its level, loudspeaker and a sound to try it with, and what is done to one's own voice.
//!
//! Invariant: a choice that this browser does not offer is not on screen.

use crate::engine::{
    filter,
    outputs::{self, TestSound},
};
use crate::model::{Device, MediaCommand, MeetingCommand, Noise, SoundWishes};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    icons::{Icon, small_icon},
    meeting::Meeting,
    parts::{NO_WORDS, button, switch},
    portal::{device_choice, lamps, lamps_of},
};
use leptos::{ev, task::spawn_local};

/// The choice of microphone, with its level: open or closed, it shows whether the device hears.
pub(super) fn microphone(ui: Ui, meeting: Meeting) -> AnyView {
    let choose = move |id: String| meeting.command(MeetingCommand::UseDevices { audio: Some(id), video: None });
    meeting.watch_level();
    let lit = Signal::derive(move || lamps(meeting.sound.level.get()));
    let level = html::div().class("device-level").child((html::span().child(ui.t("level-try")), lamps_of(ui, lit)));
    (device_choice(ui, false, choose), level).into_any()
}

/// The choice of loudspeaker, and the button to try it: in the settings, and before joining.
pub(crate) fn speaker(ui: Ui) -> AnyView {
    let playing = StoredValue::new(None::<TestSound>);
    let asked = RwSignal::new(false);
    let test = move || {
        let speaker = ui.preview.speaker.get_untracked();
        playing.set_value(TestSound::play(speaker.as_deref().unwrap_or_default()));
        asked.set(true);
    };
    let choice = outputs::can_choose().then(|| choice(ui));
    let ask = (outputs::can_choose() && outputs::can_ask()).then(|| {
        button("btn btn-line", None, ui.t("speaker-choose"), move || {
            spawn_local(async move {
                if let Some(chosen) = outputs::ask().await {
                    let id = chosen.id.clone();
                    ui.preview.outputs.update(|all| {
                        all.retain(|device| device.id != id);
                        all.push(chosen);
                    });
                    ui.preview.speaker.set(Some(id));
                }
            });
        })
    });
    let words = move || ui.t(if asked.get() { "speaker-heard" } else { "speaker-hint" })();
    let row = html::div()
        .class("rowbtns speaker-test")
        .child((button("btn btn-line", Some(Icon::SpeakerOn), ui.t("speaker-test"), test), ask));
    let hint = html::p().class("small quiet").role("status").child(words);
    (choice, row, hint).into_any()
}

fn choice(ui: Ui) -> AnyView {
    let preview = ui.preview;
    let usual = move || preview.outputs.with(|all| all.iter().any(|device| device.id == "default"));
    let options = move || {
        let first = (!usual()).then(|| html::option().attr("value", "").child(ui.t("speaker-usual")));
        let others = preview.outputs.get().into_iter().enumerate().map(|(at, device)| option(ui, device, at + 1));
        (first, others.collect_view())
    };
    let select = html::select()
        .aria_label(ui.t("speaker"))
        .on(ev::change, move |event| {
            let id = event_target_value(&event);
            preview.speaker.set((!id.is_empty()).then_some(id));
        })
        .child(options);
    html::div().class("input").child((small_icon(Icon::SpeakerOn), select, small_icon(Icon::Down))).into_any()
}

fn option(ui: Ui, Device { id, label, .. }: Device, number: usize) -> AnyView {
    let words = move || if label.is_empty() { ui.say("speaker-unnamed", &[("number", number.into())]) } else { label.clone() };
    let selected = {
        let id = id.clone();
        move || ui.preview.speaker.with(|chosen| chosen.as_deref() == Some(id.as_str()))
    };
    html::option().attr("value", id).prop("selected", selected).child(words).into_any()
}

/// Echo, volume, noise.
pub(super) fn voice(ui: Ui, meeting: Meeting) -> AnyView {
    let sound = ui.preview.sound;
    let change = move |change: &dyn Fn(&mut SoundWishes)| {
        sound.update(|wishes| change(wishes));
        meeting.command(MeetingCommand::Media(MediaCommand::Sound(sound.get_untracked())));
    };
    let echo = switch(ui.t("voice-echo"), Some(ui.t("voice-echo-hint")), Signal::derive(move || sound.get().echo), move |on| {
        change(&|wishes| wishes.echo = on);
    });
    let even = switch(ui.t("voice-even"), NO_WORDS, Signal::derive(move || sound.get().even), move |on| {
        change(&|wishes| wishes.even = on)
    });
    let one = |(noise, words): (Noise, &'static str)| {
        html::button()
            .attr("type", "button")
            .attr("aria-pressed", move || if sound.get().noise == noise { "true" } else { "false" })
            .on(ev::click, move |_| change(&|wishes| wishes.noise = noise))
            .child(ui.t(words))
    };
    let all = [(Noise::Off, "noise-off"), (Noise::Browser, "noise-browser"), (Noise::Filter, "noise-filter")];
    let all = all.into_iter().filter(|(noise, _)| *noise != Noise::Filter || filter::can_run());
    let seg = html::div().class("seg").role("group").aria_label(ui.t("noise")).child(all.map(one).collect_view());
    let noise = html::div().class("setting").child((html::span().class("label").aria_hidden("true").child(ui.t("noise")), seg));
    let hint =
        move || (sound.get().noise == Noise::Filter).then(|| html::p().class("small quiet").child(ui.t("noise-filter-hint")));
    (echo, even, noise, hint).into_any()
}
