//! The notes on screen, above the bar: their signs, their words, and what one can do about them.
//!
//! Invariant: a note has at most one button besides the one that puts it away.

use super::knocks::knock;
use super::notices::Note;
use super::open::{Open, Panel};
use super::state::Meeting;
use crate::model::{DeviceKind, Refusal};
use crate::ui::view::prelude::*;
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
    parts::{button, icon_button},
};

/// The notes, above the bar.
pub(super) fn toasts(ui: Ui, meeting: Meeting) -> AnyView {
    let notices = meeting.notices;
    let each = move || notices.notes.get();
    let list = keyed(each, |(id, _)| *id, move |(id, note)| toast(ui, meeting, id, note));
    let class = move || if meeting.waiting.guests.with(Vec::is_empty) { "toasts" } else { "toasts toasts-wide" };
    html::section().class(class).aria_label(ui.t("notes")).child((knock(ui, meeting), list)).into_any()
}

fn toast(ui: Ui, meeting: Meeting, id: u32, note: Note) -> AnyView {
    let asks_to_compare = matches!(note, Note::Check(..));
    let sign = sign(&note);
    let deed = deed(ui, meeting, id, &note).map(|deed| html::div().class("toast-row").child(deed));
    let (title, body) = (note.clone(), note);
    let body = move || body_words(ui, &body).map(|words| html::p().class("soft").child(words));
    let text = html::div().class("grow").child((html::b().child(move || title_words(ui, &title)), body, deed));
    let close = icon_button(Icon::Close, "ib", ui.t("dismiss"), move || {
        meeting.notices.dismiss(id);
        if asks_to_compare {
            meeting.let_go_of_words();
        }
    });
    html::div().class("toast").child((icon(sign), text, close)).into_any()
}

fn sign(note: &Note) -> Icon {
    match note {
        Note::Left(_) | Note::Lingering | Note::NewPassword => Icon::Door,
        Note::PutOut { .. } => Icon::Remove,
        Note::Owner(_) => Icon::Lamp,
        Note::Healed => Icon::Check,
        Note::HandLowered(_) | Note::HandStillUp => Icon::Hand,
        Note::VoteOpened { .. } | Note::VoteClosed(_) => Icon::Vote,
        Note::Check(..) => Icon::SafetyCode,
        Note::Muted(_) | Note::Device(DeviceKind::Microphone, _) | Note::Silent | Note::SpeaksClosed => Icon::MicOff,
        Note::Switched(_) | Note::Unfiltered => Icon::Mic,
        Note::Device(DeviceKind::Camera, _) => Icon::CameraOff,
        Note::Device(DeviceKind::Screen, _) => Icon::ScreenOff,
        _ => Icon::Warn,
    }
}

/// The button of a note, where there is something that one can do about it.
fn deed(ui: Ui, meeting: Meeting, id: u32, note: &Note) -> Option<AnyView> {
    let (sign, words) = match note {
        Note::Check(..) | Note::TriesBefore { .. } => (Icon::SafetyCode, "code-open"),
        Note::Lingering => (Icon::Leave, "leave"),
        Note::HandStillUp => (Icon::Hand, "hand-lower"),
        Note::VoteOpened { .. } => (Icon::Vote, "vote-answer-now"),
        Note::VoteClosed(_) => (Icon::Vote, "vote-see"),
        Note::SpeaksClosed => (Icon::Mic, "microphone-unmute"),
        Note::Silent | Note::SpeakerGone => (Icon::Settings, "settings"),
        _ => return None,
    };
    let note = note.clone();
    Some(button("btn btn-line", Some(sign), ui.t(words), move || act(ui, meeting, id, &note)))
}

/// What the button does. A note that asked for this and nothing else is read with it.
fn act(ui: Ui, meeting: Meeting, id: u32, note: &Note) {
    match *note {
        Note::Check(_, with) => meeting.open_dialog(Open::SafetyCode(with)),
        Note::TriesBefore { .. } => meeting.open_dialog(Open::SafetyCode(None)),
        Note::VoteOpened { .. } | Note::VoteClosed(_) => meeting.panel.set(Some(Panel::Votes)),
        Note::Lingering => return ui.leave(),
        Note::HandStillUp => return meeting.raise_hand(false),
        Note::SpeaksClosed => return meeting.switch_microphone(true),
        _ => return meeting.open_dialog(Open::Settings),
    }
    meeting.notices.dismiss(id);
}

fn title_words(ui: Ui, note: &Note) -> String {
    match note {
        Note::WrongPassword(total) if *total <= 1 => ui.say("wrong-password-first", &[]),
        Note::WrongPassword(total) => ui.say("wrong-password-again", &[("count", (*total).into())]),
        Note::DoorClosed => ui.say("door-closed", &[]),
        Note::TriesBefore { name, count } => {
            ui.say("tries-before", &[("name", name.as_str().into()), ("count", (*count).into())])
        }
        Note::Left(name) => ui.say("left-title", &[("name", name.as_str().into())]),
        Note::PutOut { name, by: None } => ui.say("put-out-you", &[("name", name.as_str().into())]),
        Note::PutOut { name, by: Some(by) } => {
            ui.say("put-out-by", &[("name", name.as_str().into()), ("by", by.as_str().into())])
        }
        Note::Muted(None) => ui.say("muted-rule", &[]),
        Note::Muted(Some(name)) => ui.say("muted-by", &[("name", name.as_str().into())]),
        Note::NotDone => ui.say("not-done", &[]),
        Note::Lingering => ui.say("lingering-title", &[]),
        Note::NewPassword => ui.say("new-password", &[]),
        Note::Owner(None) => ui.say("owner-you", &[]),
        Note::Owner(Some(name)) => ui.say("owner-is", &[("name", name.as_str().into())]),
        Note::Healed => ui.say("split-healed", &[]),
        Note::Broken(name) => ui.say("committer-broken", &[("name", name.as_str().into())]),
        Note::Check(name, None) => ui.say("code-check", &[("name", name.as_str().into())]),
        Note::Check(name, Some(_)) => ui.say("code-check-alone", &[("name", name.as_str().into())]),
        Note::Forged(None) => ui.say("forged-you", &[]),
        Note::Forged(Some(name)) => ui.say("forged", &[("name", name.as_str().into())]),
        Note::ForgedElsewhere { name: None, by } => ui.say("forged-elsewhere-you", &[("by", by.as_str().into())]),
        Note::ForgedElsewhere { name: Some(name), by } => {
            ui.say("forged-elsewhere", &[("name", name.as_str().into()), ("by", by.as_str().into())])
        }
        Note::Unvouched(name) => ui.say("unvouched", &[("name", name.as_str().into())]),
        Note::HandLowered(name) => ui.say("hand-lowered-by", &[("name", name.as_str().into())]),
        Note::HandStillUp => ui.say("hand-still-up", &[]),
        Note::VoteOpened { name, .. } => ui.say("vote-opened", &[("name", name.as_str().into())]),
        Note::VoteClosed(_) => ui.say("vote-closed", &[]),
        Note::Device(DeviceKind::Microphone, _) => ui.say("device-failed-microphone", &[]),
        Note::Device(DeviceKind::Camera, _) => ui.say("device-failed-camera", &[]),
        Note::Device(DeviceKind::Screen, _) => ui.say("device-failed-screen", &[]),
        Note::Silent => ui.say("own-silent", &[]),
        Note::SpeaksClosed => ui.say("own-closed", &[]),
        Note::Switched(_) => ui.say("switched-microphone", &[]),
        Note::SpeakerGone => ui.say("speaker-gone", &[]),
        Note::FilmRefused => ui.say("film-refused", &[]),
        Note::Unfiltered => ui.say("unfiltered", &[]),
        Note::NoCaptions => ui.say("captions-failed", &[]),
    }
}

fn body_words(ui: Ui, note: &Note) -> Option<String> {
    Some(match note {
        Note::WrongPassword(total) if *total <= 1 => ui.say("wrong-password-body", &[]),
        Note::WrongPassword(_) => ui.say("wrong-password-again-body", &[]),
        Note::DoorClosed => ui.say("door-closed-body", &[]),
        Note::TriesBefore { name, .. } => ui.say("tries-before-body", &[("name", name.as_str().into())]),
        Note::Left(name) => ui.say("left-body", &[("name", name.as_str().into())]),
        Note::PutOut { name, .. } => ui.say("left-body", &[("name", name.as_str().into())]),
        Note::Muted(None) => ui.say("muted-rule-body", &[]),
        Note::Muted(Some(_)) => ui.say("muted-by-body", &[]),
        Note::NotDone => ui.say("not-done-body", &[]),
        Note::Lingering => ui.say("lingering-body", &[]),
        Note::NewPassword => ui.say("new-password-body", &[]),
        Note::Broken(name) => ui.say("committer-broken-body", &[("name", name.as_str().into())]),
        Note::Forged(None) | Note::ForgedElsewhere { name: None, .. } => ui.say("forged-you-body", &[]),
        Note::Forged(Some(name)) => ui.say("forged-body", &[("name", name.as_str().into())]),
        Note::ForgedElsewhere { .. } => ui.say("forged-elsewhere-body", &[]),
        Note::Unvouched(name) => ui.say("unvouched-body", &[("name", name.as_str().into())]),
        Note::Device(_, Refusal::NotAllowed) => ui.say("device-failed-not-allowed", &[]),
        Note::Device(_, Refusal::NotFound) => ui.say("device-failed-not-found", &[]),
        Note::Device(_, Refusal::Busy) => ui.say("device-failed-busy", &[]),
        Note::VoteOpened { question, .. } | Note::VoteClosed(question) => question.clone(),
        Note::HandLowered(_) | Note::HandStillUp => return None,
        Note::Silent => ui.say("own-silent-body", &[]),
        Note::SpeaksClosed if browser::is_touch_only() => ui.say("own-closed-body-touch", &[]),
        Note::SpeaksClosed => ui.say("own-closed-body", &[]),
        Note::Switched(label) if label.is_empty() => return None,
        Note::Switched(label) => ui.say("switched-to", &[("device", label.as_str().into())]),
        Note::SpeakerGone => ui.say("speaker-gone-body", &[]),
        Note::FilmRefused => ui.say("film-refused-body", &[]),
        Note::Unfiltered => ui.say("unfiltered-body", &[]),
        Note::NoCaptions => ui.say("captions-failed-body", &[]),
        Note::Owner(_) | Note::Healed | Note::Check(..) => return None,
    })
}
