//! On the way in: finding the room, knocking, waiting to be let in, being let in.
//!
//! Invariant: while this page is on screen nobody sees or hears the person, and it says so.

use super::{
    app::Ui,
    icons::{Icon, chamber, icon},
    meeting::Meeting,
    parts::{button, icon_button, page_top, plays},
};
use crate::model::{Phase, Words};
use leptos::{html, prelude::*};

/// The page.
pub(crate) fn door(ui: Ui) -> AnyView {
    let phase = ui.meeting.phase;
    let title = move || ui.t(words(phase.get()).0)();
    let waits = Memo::new(move |_| phase.get() == Phase::Waiting);
    let middle = move || {
        if waits.get() {
            return waiting(ui, ui.meeting);
        }
        (move || words(phase.get()).1.map(|id| html::p().class("lead").child(ui.t(id)))).into_any()
    };
    let wait = html::p().class("waitline").child((html::span().class("lampdot"), ui.t("joining-nobody")));
    let stop = button("btn btn-line", None, ui.t("joining-stop"), move || ui.leave());
    let actions = html::div().class("actions divide").child((wait, stop));
    let card = html::div().class("card").child((html::div().role("status").child(html::h1().child(title)), middle, actions));
    html::div().class("page").child((chamber(true), page_top(ui), html::main().class("centre").child(card))).into_any()
}

/// Title, and what happens meanwhile.
fn words(phase: Phase) -> (&'static str, Option<&'static str>) {
    match phase {
        Phase::Connecting | Phase::Reconnecting => ("joining-connecting", None),
        Phase::Knocking => ("joining-knocking", Some("joining-knocking-body")),
        Phase::Waiting => ("joining-knocking", None),
        _ => ("joining-admitted", Some("joining-admitted-body")),
    }
}

/// Without a password: the words to tell, what somebody inside writes, and oneself.
fn waiting(ui: Ui, meeting: Meeting) -> AnyView {
    let shown = meeting.waiting.words;
    let lead = move || {
        let id = if shown.with(Option::is_some) { "waiting-lead" } else { "waiting-lead-nobody" };
        html::p().class("lead").child(ui.t(id))
    };
    let list = move || shown.get().map(|words| four(ui, &words));
    let told = html::div().class("stack").role("status").child((lead, list));
    let line = move || {
        meeting.waiting.line.get().map(|line| {
            let words = html::div().class("grow").child((html::b().child(ui.t("waiting-line")), " ", line));
            html::div().class("banner").child((icon(Icon::Chat), words))
        })
    };
    (told, html::div().role("status").child(line), myself(ui, meeting)).into_any()
}

fn four(ui: Ui, words: &Words) -> AnyView {
    let tag = if words.french { "fr" } else { "en" };
    let word = |(place, word): (usize, &String)| {
        html::li().child((html::span().aria_hidden("true").child((place + 1).to_string()), word.clone()))
    };
    let items = words.words.iter().enumerate().map(word).collect_view();
    html::ol().class("words words-lamp").lang(tag).aria_label(ui.t("code-list")).child(items).into_any()
}

/// Our own picture and the two switches: what the others will see once the door is open.
fn myself(ui: Ui, meeting: Meeting) -> AnyView {
    let picture = move || {
        let stream = meeting.waiting.picture.get().filter(|_| meeting.camera.get());
        stream.map(|_| {
            let stream = move || meeting.waiting.picture.get();
            let video = html::video()
                .attr("autoplay", "")
                .attr("playsinline", "")
                .prop("muted", true)
                .directive(move |element: web_sys::Element, ()| plays(element, stream), ());
            let figure = html::figure().class("tile mirror").aria_label(ui.t("preview-you")).child(video);
            html::div().class("pic").child(figure)
        })
    };
    let microphone = move || {
        let (class, sign, words) = match meeting.microphone.get() {
            true => ("ib", Icon::Mic, "microphone-mute"),
            false => ("ib off", Icon::MicOff, "microphone-unmute"),
        };
        icon_button(sign, class, ui.t(words), move || meeting.switch_microphone(!meeting.microphone.get_untracked()))
    };
    let camera = move || {
        let (class, sign, words) = match meeting.camera.get() {
            true => ("ib", Icon::Camera, "camera-turn-off"),
            false => ("ib off", Icon::CameraOff, "camera-turn-on"),
        };
        icon_button(sign, class, ui.t(words), move || meeting.switch_camera(!meeting.camera.get_untracked()))
    };
    html::div().class("knock-self").child((picture, html::div().class("rowbtns").child((microphone, camera)))).into_any()
}
