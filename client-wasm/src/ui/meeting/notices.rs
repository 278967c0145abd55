//! What people are told while they meet: notes that go away, and notes that stay until somebody has read them.
//!
//! Invariant: of each kind at most one note is on screen, the newest; none of them makes a sound, and none covers the bar.

use crate::model::{DeviceKind, MemberId, Notice, Refusal};
use crate::ui::browser;
use crate::ui::view::prelude::*;

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
    /// A moderator, by this name, has lowered our hand.
    HandLowered(String),
    /// We speak, and our hand is up.
    HandStillUp,
    /// Somebody asks something.
    VoteOpened { name: String, question: String },
    /// A vote is over.
    VoteClosed(String),
    /// Our open microphone gives nothing but zeros.
    Silent,
    /// We speak, and our microphone is closed.
    SpeaksClosed,
    /// Our microphone is gone, and the one of this name took its place.
    Switched(String),
    /// The loudspeaker that was chosen is gone.
    SpeakerGone,
    /// This browser cannot play the file that was to be shared.
    FilmRefused,
    /// Our filter for noise does not run in this browser.
    Unfiltered,
    /// The browser does not understand speech after all.
    NoCaptions,
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
            Self::HandLowered(_) => 16,
            Self::HandStillUp => 17,
            Self::VoteOpened { .. } | Self::VoteClosed(_) => 18,
            Self::Silent => 19,
            Self::SpeaksClosed => 20,
            Self::Switched(_) => 21,
            Self::SpeakerGone => 22,
            Self::FilmRefused => 23,
            Self::Unfiltered => 24,
            Self::NoCaptions => 25,
        }
    }

    /// Whether it waits for somebody to take it away.
    fn stays(&self) -> bool {
        match self {
            Self::WrongPassword(total) => *total >= STAYS_FROM,
            Self::DoorClosed | Self::Broken(_) | Self::Check(..) | Self::TriesBefore { .. } | Self::Lingering => true,
            Self::PutOut { .. } | Self::Muted(_) | Self::NotDone | Self::NewPassword => false,
            Self::HandLowered(_) | Self::HandStillUp | Self::VoteClosed(_) => false,
            Self::VoteOpened { .. } => true,
            Self::Forged(_) | Self::ForgedElsewhere { .. } | Self::Silent => true,
            Self::SpeaksClosed
            | Self::Switched(_)
            | Self::SpeakerGone
            | Self::FilmRefused
            | Self::Unfiltered
            | Self::NoCaptions => false,
            Self::Unvouched(_) | Self::Left(_) | Self::Owner(_) | Self::Healed | Self::Device(..) => false,
        }
    }
}

/// The notes on screen.
#[derive(Clone, Copy)]
pub(crate) struct Notices {
    pub(super) notes: RwSignal<Vec<(u32, Note)>>,
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

    /// A moderator has lowered our hand.
    pub(super) fn hand_lowered(self, by: String) {
        self.show(Note::HandLowered(by));
    }

    /// We speak with the hand up.
    pub(super) fn hand_still_up(self) {
        self.show(Note::HandStillUp);
    }

    /// Somebody asks something.
    pub(super) fn vote_opened(self, name: String, question: String) {
        self.show(Note::VoteOpened { name, question });
    }

    /// A vote is over.
    pub(super) fn vote_closed(self, question: String) {
        self.show(Note::VoteClosed(question));
    }

    /// Our hand is down: nothing is to be asked about it.
    pub(super) fn hand_is_down(self) {
        self.notes.maybe_update(|notes| {
            let before = notes.len();
            notes.retain(|(_, note)| *note != Note::HandStillUp);
            notes.len() != before
        });
    }

    /// Our open microphone gives nothing (true), or something again.
    pub(crate) fn silent(self, silent: bool) {
        if silent {
            return self.show(Note::Silent);
        }
        self.take_away(&Note::Silent);
    }

    /// We speak into a closed microphone.
    pub(crate) fn speaks_closed(self) {
        self.show(Note::SpeaksClosed);
    }

    /// Nobody speaks into a closed microphone any more: it is open.
    pub(crate) fn microphone_opened(self) {
        self.take_away(&Note::SpeaksClosed);
    }

    /// Another microphone took the place of ours.
    pub(crate) fn switched(self, label: String) {
        self.show(Note::Switched(label));
    }

    /// The loudspeaker that was chosen is gone.
    pub(crate) fn speaker_gone(self) {
        self.show(Note::SpeakerGone);
    }

    /// The browser does not understand speech after all.
    pub(super) fn no_captions(self) {
        self.show(Note::NoCaptions);
    }

    /// Our filter for noise does not run in this browser.
    pub(crate) fn unfiltered(self) {
        self.show(Note::Unfiltered);
    }

    /// This browser cannot play the file.
    pub(crate) fn film_refused(self) {
        self.show(Note::FilmRefused);
    }

    fn take_away(self, note: &Note) {
        if self.notes.with_untracked(|notes| notes.iter().any(|(_, there)| there == note)) {
            self.notes.update(|notes| notes.retain(|(_, other)| other != note));
        }
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

    pub(super) fn dismiss(self, id: u32) {
        // Another meeting may have begun, or the page be gone.
        let _ = self.notes.try_update(|notes| notes.retain(|(other, _)| *other != id));
    }
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
