//! The door without a password, from both sides: what somebody who waits sees, and who waits.
//!
//! Invariant: words and guests are the engine's last word; what the person here has not compared is never shown as compared.

use super::state::Meeting;
use crate::model::{Guest, MeetingCommand, MemberId, Words};
use crate::ui::view::prelude::*;
use web_sys::MediaStream;

/// A bundle of handles, cleared for each meeting.
#[derive(Clone, Copy)]
pub(crate) struct Waiting {
    /// The words at our own door; they stay when we are let in, to be compared.
    pub(crate) words: RwSignal<Option<Words>>,
    /// What somebody inside wrote to those who wait.
    pub(crate) line: RwSignal<Option<String>>,
    /// For who was let in without a password: whether it is certain which room this is.
    pub(crate) verified: RwSignal<Option<bool>>,
    /// The person says that the words differ.
    pub(crate) differ: RwSignal<bool>,
    /// Who waits at this person's door.
    pub(crate) guests: RwSignal<Vec<Guest>>,
    /// Our own camera, to be seen by ourselves while we wait.
    pub(crate) picture: RwSignal<Option<MediaStream>>,
}

impl Waiting {
    pub(super) fn new() -> Self {
        Self {
            words: RwSignal::new(None),
            line: RwSignal::new(None),
            verified: RwSignal::new(None),
            differ: RwSignal::new(false),
            guests: RwSignal::new(Vec::new()),
            picture: RwSignal::new(None),
        }
    }

    pub(super) fn clear(self) {
        self.words.set(None);
        self.line.set(None);
        self.verified.set(None);
        self.differ.set(false);
        self.guests.set(Vec::new());
        self.picture.set(None);
    }

    /// The new list, and the names of those who were not on the old one.
    pub(super) fn guests_are(self, guests: Vec<Guest>) -> Vec<String> {
        let known: Vec<MemberId> = self.guests.with_untracked(|guests| guests.iter().map(|guest| guest.id).collect());
        let new = guests.iter().filter(|guest| !known.contains(&guest.id)).map(|guest| guest.name.clone()).collect();
        self.guests.set(guests);
        new
    }
}

impl Meeting {
    /// Lets these in; `compared` when the words were the same.
    pub(crate) fn admit(self, guests: Vec<MemberId>, compared: bool) {
        self.command(MeetingCommand::Admit { guests, compared });
    }

    /// Does not let this one in.
    pub(crate) fn refuse(self, guest: MemberId) {
        self.command(MeetingCommand::Refuse(guest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_new_at_the_door_is_said() {
        let owner = Owner::new();
        owner.set();
        let guest = |id: u8, name: &str| Guest {
            id: MemberId([id; 16]),
            name: name.into(),
            words: Words { words: Vec::new(), french: false },
        };
        let waiting = Waiting::new();
        assert_eq!(waiting.guests_are(vec![guest(1, "Fatou")]), ["Fatou"]);
        assert_eq!(waiting.guests_are(vec![guest(1, "Fatou"), guest(2, "Karim")]), ["Karim"]);
        assert!(waiting.guests_are(vec![guest(2, "Karim")]).is_empty());
    }
}
