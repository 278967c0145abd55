//! What people are told while they meet: notes that go away, and notes that stay until somebody has read them.
//!
//! Invariant: of each kind at most one note is on screen, the newest; none of them makes a sound, and none covers the bar.

use super::knocks::knock;
use super::open::Open;
use super::state::Meeting;
use crate::model::{DeviceKind, MemberId, Notice, Refusal};
use crate::ui::{
    app::Ui,
    browser,
    icons::{Icon, icon},
    parts::{button, icon_button},
};
use leptos::{html, prelude::*};

/// How long a note stays that goes away by itself: two readings of its two sentences.
const SHORT_MILLIS: u32 = 12_000;
/// From this many wrong passwords on, the note stays.
const STAYS_FROM: u32 = 3;

/// What a note says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Wrong passwords at the door, so many in all.
    WrongPassword(u32),
    /// Nobody comes in by password any more.
    DoorClosed,
    /// Somebody came in after wrong tries.
    TriesBefore { name: String, count: u32 },
    /// Somebody left.
    Left(String),
    /// Somebody was put out, by: oneself, or a name.
    PutOut { name: String, by: Option<String> },
    /// Our microphone was closed, by: the rules, or a name.
    Muted(Option<String>),
    /// What we wanted of the room was not done.
    NotDone,
    /// Most have gone: who is still here may still listen.
    Lingering,
    /// The password is another one, or there is none any more.
    NewPassword,
    /// The chair is now with: oneself, or a name.
    Owner(Option<String>),
    /// All see the same room again.
    Healed,
    /// A member whose commits are refused.
    Broken(String),
    /// Somebody asks to compare words: all, or (by whom) us alone.
    Check(String, Option<MemberId>),
    /// Somebody in the room sends in the name of: oneself, or a name.
    Forged(Option<String>),
    /// Somebody says that this was done to them.
    ForgedElsewhere { name: Option<String>, by: String },
    /// Somebody does not vouch for what comes in their name.
    Unvouched(String),
    /// A device of ours failed.
    Device(DeviceKind, Refusal),
}

impl Note {
    /// Whether `other` goes when this one comes: notes of one kind, a slip of the pen once its author is inside, and hearsay.
    fn replaces(&self, other: &Self) -> bool {
        let explained = match (self, other) {
            (Self::TriesBefore { .. }, Self::WrongPassword(_)) => !other.stays(),
            (Self::Forged(whose), Self::ForgedElsewhere { name, .. }) => whose == name,
            (Self::Forged(whose), Self::Unvouched(name)) => whose.as_ref() == Some(name),
            _ => false,
        };
        explained || self.kind() == other.kind()
    }

    /// Notes of one kind replace each other.
    fn kind(&self) -> u8 {
        match self {
            Self::WrongPassword(_) | Self::DoorClosed => 0,
            Self::TriesBefore { .. } => 1,
            Self::Left(_) => 2,
            Self::Owner(_) => 3,
            Self::Healed => 4,
            Self::Broken(_) => 5,
            Self::Check(..) => 6,
            Self::Device(..) => 7,
            Self::PutOut { .. } => 8,
            Self::Muted(_) => 9,
            Self::NotDone => 10,
            Self::Lingering => 11,
            Self::NewPassword => 12,
            Self::Forged(_) => 13,
            Self::ForgedElsewhere { .. } => 14,
            Self::Unvouched(_) => 15,
        }
    }

    /// Whether it waits for somebody to take it away.
    fn stays(&self) -> bool {
        match self {
            Self::WrongPassword(total) => *total >= STAYS_FROM,
            Self::DoorClosed | Self::Broken(_) | Self::Check(..) | Self::TriesBefore { .. } | Self::Lingering => true,
            Self::PutOut { .. } | Self::Muted(_) | Self::NotDone | Self::NewPassword => false,
            Self::Forged(_) | Self::ForgedElsewhere { .. } => true,
            Self::Unvouched(_) | Self::Left(_) | Self::Owner(_) | Self::Healed | Self::Device(..) => false,
        }
    }
}

/// The notes on screen.
#[derive(Clone, Copy)]
pub(crate) struct Notices {
    notes: RwSignal<Vec<(u32, Note)>>,
    last: StoredValue<u32>,
}

impl Notices {
    pub(crate) fn new() -> Self {
        Self { notes: RwSignal::new(Vec::new()), last: StoredValue::new(0) }
    }

    /// Takes all notes away.
    pub(crate) fn clear(self) {
        self.notes.update(Vec::clear);
    }

    /// Turns a notice of the engine into a note, if it is one. `name` names a member, `me` says whether it is oneself.
    pub(crate) fn take(self, notice: Notice, name: impl Fn(MemberId) -> String, me: impl Fn(MemberId) -> bool) {
        let note = match notice {
            Notice::WrongPasswordTried { total } => Note::WrongPassword(total),
            Notice::PasswordDoorClosed => Note::DoorClosed,
            Notice::FailedTriesBeforeJoin { member, count } => Note::TriesBefore { name: name(member), count },
            Notice::MemberLeft { name } => Note::Left(name),
            Notice::OwnerIs(member) => Note::Owner((!me(member)).then(|| name(member))),
            Notice::SplitHealed => Note::Healed,
            Notice::CommitterBroken { member } => Note::Broken(name(member)),
            Notice::PutOut { name: gone, by } => Note::PutOut { name: gone, by: (!me(by)).then(|| name(by)) },
            Notice::NotDone => Note::NotDone,
            Notice::Lingering => Note::Lingering,
            Notice::Forged { member } => Note::Forged((!me(member)).then(|| name(member))),
            Notice::ForgedElsewhere { member, by } => {
                Note::ForgedElsewhere { name: (!me(member)).then(|| name(member)), by: name(by) }
            }
            Notice::Unvouched { member } if me(member) => return,
            Notice::Unvouched { member } => Note::Unvouched(name(member)),
            Notice::MemberJoined { .. } | Notice::Split | Notice::EndedBy { .. } => return,
        };
        self.show(note);
    }

    /// Somebody asks everyone to compare words.
    pub(crate) fn safety_check(self, name: String, alone: Option<MemberId>) {
        self.show(Note::Check(name, alone));
    }

    /// Our microphone was closed by somebody, or by the rules.
    pub(crate) fn muted(self, by: Option<String>) {
        self.show(Note::Muted(by));
    }

    /// People come in by another password from now on.
    pub(crate) fn new_password(self) {
        self.show(Note::NewPassword);
    }

    /// A device of ours does not open, or is gone.
    pub(crate) fn device_failed(self, kind: DeviceKind, why: Refusal) {
        self.show(Note::Device(kind, why));
    }

    fn show(self, note: Note) {
        let id = self
            .last
            .try_update_value(|last| {
                *last += 1;
                *last
            })
            .unwrap_or_default();
        if !note.stays() {
            browser::after(SHORT_MILLIS, move || self.dismiss(id)).forget();
        }
        self.notes.update(|notes| {
            notes.retain(|(_, other)| !note.replaces(other));
            notes.push((id, note));
        });
    }

    fn dismiss(self, id: u32) {
        // Another meeting may have begun, or the page be gone.
        let _ = self.notes.try_update(|notes| notes.retain(|(other, _)| *other != id));
    }
}

/// The notes, above the bar.
pub(super) fn toasts(ui: Ui, meeting: Meeting) -> AnyView {
    let notices = meeting.notices;
    let each = move || notices.notes.get();
    let list =
        For(ForProps::builder().each(each).key(|(id, _)| *id).children(move |(id, note)| toast(ui, meeting, id, note)).build());
    let class = move || if meeting.waiting.guests.with(Vec::is_empty) { "toasts" } else { "toasts toasts-wide" };
    html::section().class(class).aria_label(ui.t("notes")).child((knock(ui, meeting), list)).into_any()
}

fn toast(ui: Ui, meeting: Meeting, id: u32, note: Note) -> AnyView {
    let notices = meeting.notices;
    let asks_to_compare = matches!(note, Note::Check(..));
    let sign = match note {
        Note::Left(_) | Note::Lingering | Note::NewPassword => Icon::Door,
        Note::PutOut { .. } => Icon::Remove,
        Note::Muted(_) => Icon::MicOff,
        Note::Owner(_) => Icon::Lamp,
        Note::Healed => Icon::Check,
        Note::Check(..) => Icon::SafetyCode,
        Note::Device(DeviceKind::Microphone, _) => Icon::MicOff,
        Note::Device(DeviceKind::Camera, _) => Icon::CameraOff,
        Note::Device(DeviceKind::Screen, _) => Icon::ScreenOff,
        _ => Icon::Warn,
    };
    let with = if let Note::Check(_, with) = note { with } else { None };
    let compare = matches!(note, Note::Check(..) | Note::TriesBefore { .. }).then(|| {
        let act = move || {
            notices.dismiss(id);
            meeting.open_dialog(Open::SafetyCode(with));
        };
        html::div().class("toast-row").child(button("btn btn-line", Some(Icon::SafetyCode), ui.t("code-open"), act))
    });
    let leave = matches!(note, Note::Lingering).then(|| {
        html::div().class("toast-row").child(button("btn btn-line", Some(Icon::Leave), ui.t("leave"), move || ui.leave()))
    });
    let (title, body) = (note.clone(), note);
    let body = move || body_words(ui, &body).map(|words| html::p().class("soft").child(words));
    let compare = (compare, leave);
    let text = html::div().class("grow").child((html::b().child(move || title_words(ui, &title)), body, compare));
    let close = icon_button(Icon::Close, "ib", ui.t("dismiss"), move || {
        notices.dismiss(id);
        if asks_to_compare {
            meeting.let_go_of_words();
        }
    });
    html::div().class("toast").child((icon(sign), text, close)).into_any()
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
        Note::Device(DeviceKind::Microphone, _) => ui.say("device-failed-microphone", &[]),
        Note::Device(DeviceKind::Camera, _) => ui.say("device-failed-camera", &[]),
        Note::Device(DeviceKind::Screen, _) => ui.say("device-failed-screen", &[]),
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
        Note::Owner(_) | Note::Healed | Note::Check(..) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_third_wrong_password_the_note_stays() {
        let stays: Vec<bool> = (1..=4).map(|total| Note::WrongPassword(total).stays()).collect();
        assert_eq!(stays, [false, false, true, true]);
    }

    #[test]
    fn a_slip_is_explained_by_its_author_but_guessing_is_not() {
        let came = Note::TriesBefore { name: "Karim".into(), count: 1 };
        assert!(came.replaces(&Note::WrongPassword(1)));
        assert!(!came.replaces(&Note::WrongPassword(3)));
    }

    #[test]
    fn what_one_saw_oneself_replaces_what_others_say_of_the_same_person() {
        let elsewhere = |name: &str| Note::ForgedElsewhere { name: Some(name.into()), by: "Fatou".into() };
        let forged = Note::Forged(Some("Karim".into()));
        assert!(forged.replaces(&elsewhere("Karim")) && !forged.replaces(&elsewhere("Nora")));
        assert!(!elsewhere("Karim").replaces(&forged));
        assert!(forged.stays() && !Note::Unvouched("Karim".into()).stays());
    }

    #[test]
    fn a_closed_door_replaces_the_count_of_tries() {
        assert_eq!(Note::DoorClosed.kind(), Note::WrongPassword(9).kind());
        assert_ne!(Note::Healed.kind(), Note::Left(String::new()).kind());
    }
}
