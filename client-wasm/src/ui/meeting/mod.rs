//! The meeting on screen.
//!
//! Invariant: top, tiles, panel and bar are always there, in that order for the keyboard; what is exceptional comes between top and
//! tiles as a banner, and what passes comes above the bar as a note.

use super::{
    announce::Happening,
    app::Ui,
    browser,
    dialog::give_focus_back,
    dialogs::dialogs,
    icons::{Icon, icon},
    keys,
    parts::{button, icon_button},
};
use crate::model::{MeetingCommand, Phase};
use crate::ui::view::prelude::*;

pub(crate) mod apart;
mod bar;
mod captions;
mod chat;
mod events;
mod film;
mod grid;
mod heights;
mod knocks;
mod lead;
mod menus;
mod more;
mod notices;
mod open;
mod people;
mod reach;
mod roles;
mod screen_tile;
mod shown;
mod sound;
mod spotlight;
mod state;
mod tile;
mod toasts;
mod together;
mod top;
mod views;
mod visitors;
mod waiting;
mod words;

pub(crate) use knocks::list as knocks;
pub(crate) use open::{Open, Panel};
pub(crate) use spotlight::View;
pub(crate) use state::{Meeting, shown_name};
pub(crate) use together::clock;
pub(super) use top::toggle_full_screen;
pub(crate) use views::Own;
pub(crate) use words::Change;

/// The page.
pub(super) fn meeting(ui: Ui) -> AnyView {
    let meeting = ui.meeting;
    arrive(ui, meeting);
    keys::listen(ui, meeting);
    chat::take_drops(meeting);
    meeting.follow_speakers();
    together::offer_to_lower(meeting);
    together::watch_timer(ui, meeting);
    meeting.follow_devices(ui);
    captions::listen(ui, meeting);
    let main = html::main()
        .class("meet-main")
        .id("area-tiles")
        .attr("tabindex", "-1")
        // Menus stand here, wherever they hang: whatever is on the page is in one of its areas.
        .child((
            move || banner(ui, meeting),
            grid::grid(ui, meeting),
            captions::captions(ui, meeting),
            menus::menus(ui, meeting),
        ));
    let side = move || meeting.panel.get().map(|panel| side(ui, meeting, panel));
    let page = html::div().class("meet").child((
        top::top(ui, meeting),
        main,
        side,
        bar::bar(ui, meeting),
        film::film(ui, meeting),
        toasts::toasts(ui, meeting),
    ));
    (page, dialogs(ui, meeting), ui.speech.urgent_region()).into_any()
}

/// Focus on the microphone; room, people and what is open are said.
fn arrive(ui: Ui, meeting: Meeting) {
    browser::focus_soon("microphone");
    let on = |on: bool| if on { "on" } else { "off" };
    let words = ui.say_now(
        "meeting-arrived",
        &[
            ("room", ui.draft.room.get_untracked().into()),
            ("people", meeting.count().max(1).into()),
            ("microphone", on(meeting.microphone.get_untracked()).into()),
            ("camera", on(meeting.camera.get_untracked()).into()),
        ],
    );
    ui.speech.politely(ui, Happening::Sentence(words), 1);
}

/// The one exceptional thing that everybody must know now, the gravest first.
fn banner(ui: Ui, meeting: Meeting) -> Option<AnyView> {
    if meeting.split.get() {
        let leave = button("btn btn-line", None, ui.t("leave"), move || ui.leave());
        return Some(strip("banner banner-stop", Icon::Warn, ui.t("split-title"), ui.t("split-body"), leave));
    }
    if meeting.phase.get() == Phase::Reconnecting {
        return Some(strip("banner banner-ask", Icon::Offline, ui.t("reconnecting"), ui.t("reconnecting-body"), ().into_any()));
    }
    if meeting.sound.held_back.get() {
        let hear = button("btn btn-primary", Some(Icon::SpeakerOn), ui.t("held-back-hear"), move || meeting.play_all());
        return Some(strip("banner banner-ask", Icon::SpeakerOff, ui.t("held-back"), ui.t("held-back-body"), hear));
    }
    if meeting.waiting.verified.get() == Some(false) {
        return Some(unverified(ui, meeting));
    }
    if meeting.lingering.get() {
        let still = move || {
            ui.t(match (meeting.microphone.get(), meeting.camera.get()) {
                (true, true) => "alone-left-body",
                (true, false) => "alone-left-mic",
                (false, true) => "alone-left-camera",
                (false, false) => "alone-left-closed",
            })()
        };
        let stay = button("btn btn-line", None, ui.t("stay"), move || meeting.lingering.set(false));
        let leave = button("btn btn-primary", None, ui.t("leave"), move || ui.leave());
        return Some(strip("banner", Icon::Door, ui.t("alone-left"), still, (stay, leave).into_any()));
    }
    if meeting.sound.weak.get() {
        let less = button("btn btn-line", Some(Icon::Quality), ui.t("quality-title"), move || meeting.open_dialog(Open::Quality));
        return Some(strip("banner banner-ask", Icon::Quality, ui.t("own-weak"), ui.t("own-weak-body"), less));
    }
    if meeting.sharing.get() && meeting.film.with(Option::is_none) {
        let stop = button("btn btn-primary", Some(Icon::ScreenOff), ui.t("screen-stop"), move || meeting.share_screen(false));
        return Some(strip("banner", Icon::Screen, ui.t("sharing-title"), ui.t("sharing-body"), stop));
    }
    if meeting.people.with(Vec::len) <= 1 {
        let invite = button("btn btn-primary", Some(Icon::Invite), ui.t("bar-invite"), move || meeting.open_dialog(Open::Invite));
        return Some(strip("banner", Icon::People, ui.t("alone-title"), ui.t("alone-body"), invite));
    }
    None
}

/// Who was let in without a password has yet to make sure which room this is: the words at the door say it.
fn unverified(ui: Ui, meeting: Meeting) -> AnyView {
    if meeting.waiting.differ.get() {
        let back = button("btn btn-line", None, ui.t("differ-back"), move || meeting.waiting.differ.set(false));
        let leave = button("btn btn-primary", None, ui.t("leave"), move || ui.leave());
        let choice = (back, leave).into_any();
        return strip("banner banner-stop", Icon::Warn, ui.t("differ-title"), ui.t("differ-body"), choice);
    }
    let body = move || {
        let words = meeting.waiting.words.with(|words| words.as_ref().map(|words| words.words.join(" · ")));
        ui.say("room-unverified-body", &[("words", words.unwrap_or_default().into())])
    };
    let same = button("btn btn-primary", None, ui.t("code-match"), move || meeting.command(MeetingCommand::ConfirmWords));
    let differ = button("btn btn-line", None, ui.t("code-differ"), move || meeting.waiting.differ.set(true));
    strip("banner banner-ask", Icon::Info, ui.t("room-unverified"), body, (differ, same).into_any())
}

fn strip(
    class: &'static str,
    sign: Icon,
    title: impl super::parts::Words,
    body: impl super::parts::Words,
    end: AnyView,
) -> AnyView {
    let words = html::div().class("grow").child((html::b().child(title), " ", body));
    html::div().class(class).child((icon(sign), words, html::div().class("end").child(end))).into_any()
}

/// The open panel; it takes the focus on its title, and gives it back to whoever opened it.
fn side(ui: Ui, meeting: Meeting, panel: Panel) -> AnyView {
    give_focus_back();
    let (words, content) = match panel {
        Panel::Chat => ("chat", chat::panel(ui, meeting)),
        Panel::Participants => ("participants", people::people(ui, meeting)),
        Panel::Votes => ("votes", together::votes_panel(ui, meeting)),
    };
    browser::focus_soon(if panel == Panel::Chat { "message" } else { "panel-title" });
    let count = move || {
        (panel == Panel::Participants)
            .then(|| html::span().class("quiet num").child((" ", move || meeting.people.with(Vec::len).to_string())))
    };
    let save = (panel == Panel::Chat).then(|| chat::save_button(ui, meeting));
    let title = html::h2().id("panel-title").attr("tabindex", "-1").child((ui.t(words), count));
    let close = icon_button(Icon::Close, "ib", ui.t("close"), move || meeting.panel.set(None));
    let section = html::section().class("panel").child((html::div().class("panel-head").child((title, save, close)), content));
    html::aside().class("meet-side").id("area-panel").aria_label(ui.t(words)).child(section).into_any()
}
