//! What can be open beside the tiles: a panel, a dialog, a menu.
//!
//! Invariant: of each kind at most one.

use super::shown::Shown;
use crate::model::MemberId;

/// A side panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Panel {
    /// Messages.
    Chat,
    /// Who is in the room.
    Participants,
    /// Questions and what came of them.
    Votes,
}

/// A dialog of the meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    /// The eight words, for all or for one.
    SafetyCode(Option<MemberId>),
    /// Link, message, QR code.
    Invite,
    /// Devices, language, appearance.
    Settings,
    /// What pictures may cost.
    Quality,
    /// The list of keys.
    Shortcuts,
    /// The countdown.
    Timer,
    /// Who waits at the door.
    Door,
    /// Rules and password, for moderators.
    Rules,
    /// Before this person is put out.
    Remove(MemberId),
    /// Before the meeting is ended for all.
    End,
}

/// A menu of the meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Menu {
    /// What can be done with this person.
    Person(MemberId),
    /// How one goes.
    Leave,
    /// How to react to what is said.
    React,
    /// What is not needed every minute.
    More,
    /// How this tile stands, and what can be done with whoever it shows.
    Tile(Shown),
}
