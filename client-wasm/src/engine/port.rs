//! What page, session worker and frame worker say to each other. All messages are postcard bytes ([`crate::browser::bytes`]),
//! except that the first message to each worker carries the compiled module and one end of the port that joins the two workers,
//! and that the session worker gets such a port again when the frame worker was started anew.
//!
//! ```text
//!   page ── ToSession ──▶ session worker ── Keys ──────────▶ frame worker ◀── ToFrames ── page
//!   page ◀── FromSession ── session worker ◀── FrameReport ── frame worker ── FromFrames ──▶ page
//! ```
//!
//! **Invariant:** [`Keys`] travels on the workers' own port only. No other message here has a place for a key. On the same port, the other way,
//! go the hashes of signed frames (`crypto::frames::FrameReport`).

use crate::model::{Act, Govern, MeetingEvent, MemberId, PostCommand, Trouble, Typed};
use crypto::files::FileId;
use serde::{Deserialize, Serialize};
use wire::permission::Token;
use wire::{LayersWanted, Offer, ParticipantId, RelayAccess, Subscription, Track};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Page to session worker.
#[derive(Serialize, Deserialize)]
pub(crate) enum ToSession {
    /// Derive the key of this room's name, if no newer one is asked for before the worker gets to it.
    Prepare(String),
    /// Begin a meeting. One worker holds one meeting.
    Join(Join),
    /// Say this to everybody.
    Chat(String),
    /// Our devices are on or off now.
    Devices(Devices),
    /// Describe our PeerConnection to the host.
    Offer(Offer),
    /// Fill or empty our receiving sections.
    Subscribe(Vec<Subscription>),
    /// Ask the host for the use of its relay.
    SeekRelay,
    /// Hold a safety code and show it.
    ShowSafetyCode,
    /// No longer.
    HideSafetyCode,
    /// The network is there again: do not wait to reconnect.
    NetworkIsBack,
    /// Ask everybody, or one, to compare.
    StartSafetyCheck(Option<MemberId>),
    /// The code on screen was compared and is the same.
    ConfirmSafetyCode(Option<MemberId>),
    /// Something with a moderator's authority.
    Govern(Govern),
    /// Ask one person, or everybody but the moderators, to be silent.
    Mute(Option<MemberId>),
    /// Say goodbye and end.
    Leave,
    /// Let these in who wait; whether the words were compared.
    Admit(Vec<MemberId>, bool),
    /// Do not let this one in.
    Refuse(MemberId),
    /// Write a line to those who wait.
    TellWaiting(String),
    /// The words at the door were the same.
    ConfirmWords,
    /// The same; from a moderator, void the link first.
    Burn,
    /// Hands, reactions.
    Together(Act),
    /// Something for one member alone, or a file, which then comes beside the message.
    Post(PostCommand),
}

/// What a meeting begins with.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Join {
    /// The normalised name.
    pub(crate) room: String,
    /// As typed.
    pub(crate) password: Option<Typed>,
    /// Ask to be let in, whatever was typed.
    pub(crate) asking: bool,
    /// What to be called.
    pub(crate) person: String,
    /// French if true, else English.
    pub(crate) french: bool,
    /// Wrong passwords so far.
    pub(crate) failed_tries: u8,
    /// What opens rooms, where only some may.
    pub(crate) tokens: Vec<Token>,
    /// Wait until somebody opens the room.
    #[zeroize(skip)]
    pub(crate) waits: bool,
    /// What is on from the start.
    #[zeroize(skip)]
    pub(crate) devices: Devices,
}

/// Which of our devices are open, as we tell the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Devices {
    /// The others can hear us.
    pub(crate) microphone: bool,
    /// The others can see us.
    pub(crate) camera: bool,
    /// The others can see our screen.
    pub(crate) screen: bool,
    /// And hear it.
    pub(crate) screen_sound: bool,
    /// Why our microphone gives nothing, where we did not choose that.
    pub(crate) trouble: Option<Trouble>,
    /// Our way to the host is weak.
    pub(crate) weak: bool,
}

/// Session worker to page.
#[derive(Serialize, Deserialize)]
pub(crate) enum FromSession {
    /// Something the interface is to know.
    Event(MeetingEvent),
    /// Everybody's place in group and host. Always the whole list, sent before the `People` it belongs to.
    Roster(Vec<Seated>),
    /// The host's answer to our last offer.
    Answer(String),
    /// The host could not use our last offer.
    OfferRefused,
    /// Which layers of a picture of ours somebody wants.
    LayersWanted(LayersWanted),
    /// How the host's relay is used.
    Relay(RelayAccess),
    /// A file is here; it comes beside the message.
    File(FileId),
}

/// A member's place in the group and at the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seated {
    /// The member's line.
    pub(crate) member: MemberId,
    /// Oneself.
    pub(crate) me: bool,
    /// Leaf in the group.
    pub(crate) leaf: u32,
    /// Seat at the host, if it is known.
    pub(crate) participant: Option<ParticipantId>,
    /// What they send, as the host says.
    pub(crate) tracks: Vec<Track>,
    /// They share a screen, as they say themselves.
    pub(crate) screen: bool,
    /// Their screen has sound.
    pub(crate) screen_sound: bool,
    /// They have a connection, as far as we know.
    pub(crate) connected: bool,
}

/// Session worker to frame worker.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) enum Keys {
    /// Keys of an epoch: `crypto::frames::EpochKeys::to_bytes`.
    Epoch {
        /// The keys.
        bytes: Vec<u8>,
        /// Whether the epoch began with a removal: then old opening keys live shorter.
        removal: bool,
        /// Whether the keys are of another group: then older ones are worth nothing.
        new_group: bool,
    },
    /// Seal nothing (true) because somebody is about to be removed, or seal again.
    Pause(bool),
}

/// Page to frame worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ToFrames {
    /// From now on this seat shows this leaf's stream, or nobody's.
    Seat {
        /// Which seat.
        seat: u16,
        /// Leaf and number of the stream.
        source: Option<(u32, u8)>,
    },
    /// How loud we are, 0 to 100; goes into each of our sound frames until the next one.
    Level(u8),
    /// From now on we are a herald: of these leaves, leaving to that one what it passes on; or we are none.
    Herald(Option<(Vec<u32>, Option<u32>)>),
}

/// Frame worker to page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FromFrames {
    /// Module and handlers are in place: transforms may be made.
    Ready,
    /// The first frame of another member was opened.
    FirstFrame,
    /// Loudest level of each leaf that was heard since the last report; ten a second, even when empty.
    Levels(Vec<(u32, u8)>),
    /// What this seat receives cannot be authenticated, or can again.
    Veiled {
        /// Which seat.
        seat: u16,
        /// Nothing of it may be shown.
        veiled: bool,
    },
}

/// Number of a track's stream (PROTOCOL.md §8).
pub(crate) fn stream_of(track: Track) -> u8 {
    match track {
        Track::Audio => 0,
        Track::Camera => 1,
        Track::Screen => 2,
        Track::ScreenAudio => 3,
        Track::Herald => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Content, Delivery, Guest, News, Notice, Phase, PostEvent, PostId, Rule, Rules, ShownCode, Words};

    #[test]
    fn every_event_of_the_session_crosses_the_port() {
        let member = MemberId([7; 16]);
        let code = ShownCode { epoch: 3, words: vec!["arch".into()], digits: "123".into(), french: true };
        let words = Words { words: vec!["arch".into()], french: false };
        for event in [
            MeetingEvent::Words(Some(words.clone())),
            MeetingEvent::WaitingLine("a".into()),
            MeetingEvent::RoomVerified(true),
            MeetingEvent::TokenSpent,
            MeetingEvent::Waiting(vec![Guest { id: member, name: "Fatou".into(), words }]),
            MeetingEvent::Phase(Phase::Joined),
            MeetingEvent::Rules(Rules { on: vec![Rule::Locked], ..Rules::default() }),
            MeetingEvent::Muted { by: Some(member) },
            MeetingEvent::People(Vec::new()),
            MeetingEvent::Chat { from: member, text: "a".into() },
            MeetingEvent::SafetyCode(Some(code)),
            MeetingEvent::SafetyCheck { by: member, epoch: 3, alone: true },
            MeetingEvent::Notice(Notice::MemberJoined { name: "Ann".into() }),
            MeetingEvent::Together(News::Hands(vec![member])),
            MeetingEvent::Post(PostEvent::Delivery { id: PostId([1; 8]), delivery: Delivery::Away }),
            MeetingEvent::Post(PostEvent::Said { id: PostId([1; 8]), with: member, mine: true, what: Content::Text("a".into()) }),
        ] {
            let bytes = postcard::to_allocvec(&FromSession::Event(event.clone())).unwrap();
            let Ok(FromSession::Event(came)) = postcard::from_bytes(&bytes) else { panic!("{event:?} did not come") };
            assert_eq!(came, event);
        }
    }
}
