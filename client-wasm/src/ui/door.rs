//! On the way in: finding the room, knocking, waiting to be let in, being let in.
//!
//! Invariant: while this page is on screen nobody sees or hears the person, and it says so.

use super::{
    app::Ui,
    icons::{Icon, chamber, icon},
    meeting::Meeting,
    parts::{button, camera_switch, microphone_switch, mirror, page_top, word_list},
};
use crate::model::Phase;
use crate::ui::view::prelude::*;

/// The page.
pub(crate) fn door(ui: Ui) -> AnyView {
    let phase = ui.meeting.phase;
    let words = move || words(phase.get(), ui.opener.waits.get());
    let title = move || ui.t(words().0)();
    let waits = Memo::new(move || phase.get() == Phase::Waiting);
    let middle = move || {
        if waits.get() {
            return waiting(ui, ui.meeting);
        }
        (move || words().1.map(|id| html::p().class("lead").child(ui.t(id)))).into_any()
    };
    let wait = html::p().class("waitline").child((html::span().class("lampdot"), ui.t("joining-nobody")));
    let stop = button("btn btn-line", None, ui.t("joining-stop"), move || ui.leave());
    let actions = html::div().class("actions divide").child((wait, stop));
    let card = html::div().class("card").child((html::div().role("status").child(html::h1().child(title)), middle, actions));
    html::div().class("page").child((chamber(true), page_top(ui), html::main().class("centre").child(card))).into_any()
}

/// Title, and what happens meanwhile.
/// `unopened`: the person waits for somebody to open the room.
fn words(phase: Phase, unopened: bool) -> (&'static str, Option<&'static str>) {
    match phase {
        Phase::Connecting if unopened => ("joining-unopened", Some("joining-unopened-body")),
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
    let list = move || shown.get().map(|shown| word_list(ui, "words words-lamp", shown.words, shown.french));
    let told = html::div().class("stack").role("status").child((lead, list));
    let line = move || {
        meeting.waiting.line.get().map(|line| {
            let words = html::div().class("grow").child((html::b().child(ui.t("waiting-line")), " ", line));
            html::div().class("banner").child((icon(Icon::Chat), words))
        })
    };
    (told, html::div().role("status").child(line), myself(ui, meeting)).into_any()
}

/// Our own picture and the two switches: what the others will see once the door is open.
fn myself(ui: Ui, meeting: Meeting) -> AnyView {
    let picture = move || {
        let stream = meeting.waiting.picture.get().filter(|_| meeting.camera.get());
        stream.map(|_| html::div().class("pic").child(mirror(ui, move || meeting.waiting.picture.get())))
    };
    let microphone = move || {
        let on = meeting.microphone.get();
        microphone_switch(ui, on, move || meeting.switch_microphone(!on))
    };
    let camera = move || {
        let on = meeting.camera.get();
        camera_switch(ui, on, move || meeting.switch_camera(!on))
    };
    html::div().class("knock-self").child((picture, html::div().class("rowbtns").child((microphone, camera)))).into_any()
}
