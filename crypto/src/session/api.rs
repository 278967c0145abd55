//! What a session is given and what it gives: plain values, no behaviour.
//!
//! **Invariant:** nothing in here can be forged by the host into something it is not. Who is in the room
//! ([`Person`]) comes from the MLS tree; what the host alone says is only a hint ([`Person::connected`], [`Person::tracks`]).

use super::phase::Phase;
use super::post::{PostCommand, PostEvent};
use super::rules::{Govern, Rules};
use super::together::{Act, News};
use crate::admission::waiting::Words;
use crate::frames::{EpochKeys, FrameReport};
use crate::group::{Admission, MemberId};
use crate::name::Language;
use crate::password::{NewPassword, Secrets};
use crate::safety::SafetyCode;
use serde::{Deserialize, Serialize};
use wire::permission::Token;
use wire::{FromHost, LayersWanted, Offer, ParticipantId, RelayAccess, Subscription, ToHost, Track};

/// Milliseconds since an arbitrary start, never going back.
pub type Millis = u64;

/// What a member shows and plays. The host never learns it from here: it travels sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    /// The microphone is open.
    pub microphone: bool,
    /// The camera is open.
    pub camera: bool,
    /// A screen is shared.
    pub screen: bool,
    /// The shared screen has sound.
    pub screen_sound: bool,
    /// Why there is nothing to hear, where the member did not choose that.
    pub trouble: Option<Trouble>,
    /// Much of what it sends is lost on its own way to the host.
    pub weak: bool,
}

/// What is wrong with a member's microphone, as its own browser says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    /// Person or browser do not allow it.
    NotAllowed,
    /// There is none.
    NotFound,
    /// Something else uses it, or it failed.
    Busy,
    /// It is open and gives nothing but zeros: switched off at the device itself.
    Silent,
}

/// What a session is made of.
pub struct Setup {
    /// Everything derived from the room's name and password. Without [`Secrets::prs`] the session asks to be let in instead of proving
    /// a password.
    pub secrets: Secrets,
    /// The person's own name, cut to [`NAME_CHARACTERS`](super::NAME_CHARACTERS).
    pub person: String,
    /// The room's language, should this person turn out to be the first.
    pub language: Language,
    /// Fresh and uniform; the only randomness the session ever gets.
    pub entropy: [u8; 32],
    /// How microphone and camera stand at the start.
    pub media: Devices,
    /// How many sessions of this person at this room ended with a wrong password so far
    /// ([`End::WrongPassword`]); after three the page stops asking.
    pub failed_tries: u8,
    /// What opens rooms on a host that lets only some open them. The last is spent first, and only when the host asks for one
    /// ([`Event::TokenSpent`]).
    pub tokens: Vec<Token>,
    /// Without a token, wait at a room that nobody has opened until somebody does.
    pub waits: bool,
}

/// What happens to a session.
#[derive(Debug)]
pub enum Input {
    /// The socket asked for by [`Output::OpenSocket`] is open.
    SocketOpened,
    /// The socket asked for last has closed or could not be opened. Not reported for sockets already given up.
    SocketClosed,
    /// A message of the host.
    Host(FromHost),
    /// The host spoke another version of the envelopes ([`wire::DecodeError::OtherVersion`]).
    OtherVersion,
    /// The network is there again. A member opens another socket at once, whatever has become of the old one.
    NetworkIsBack,
    /// The moment of the last [`Output::Wait`] has come. Too early or too often does no harm.
    Timeout,
    /// Something the person or the engine wants.
    Do(Command),
}

/// What the person or the engine wants.
#[derive(Clone, Debug)]
pub enum Command {
    /// Say something to everybody; cut to [`CHAT_CHARACTERS`](super::CHAT_CHARACTERS).
    Chat(String),
    /// Microphone or camera were opened or closed, or a screen is shared or no longer.
    Devices(Devices),
    /// Describe the PeerConnection to the host; answered by [`Event::Answer`]. Dropped unless the phase is
    /// [`Phase::Joined`] or [`Phase::AloneOrApart`]: say it again when that phase is told after a reconnection.
    Offer(Offer),
    /// Say what the receiving sections show. Dropped like [`Command::Offer`].
    Subscribe(Vec<Subscription>),
    /// Ask the host for the use of its relay; answered by [`Event::Relay`]. Dropped like [`Command::Offer`].
    SeekRelay,
    /// Show the safety code of this moment; it is held until [`Command::HideSafetyCode`].
    ShowSafetyCode,
    /// Let go of the code.
    HideSafetyCode,
    /// Ask everybody, or one, to look at the code now.
    StartSafetyCheck(Option<MemberId>),
    /// The person compared the code that is shown, with everybody or with one: those of them who were in the room at its epoch are verified, on
    /// this screen.
    ConfirmSafetyCode(Option<MemberId>),
    /// Do something with a moderator's authority; what cannot be done is told by [`Notice::NotDone`].
    Govern(Govern),
    /// Ask somebody, or everybody but the moderators, to be silent. Moderators only.
    Mute(Option<MemberId>),
    /// What a password is worth in the generation that [`Event::OtherPassword`] named.
    Password(NewPassword),
    /// What the frame worker has sealed and opened. Ten times a second in a room whose frames are signed, never in another
    /// ([`FrameReports`](crate::frames::FrameReports)).
    Frames(FrameReport),
    /// The frame worker was started anew: its replay windows are gone, so the keys move on before it opens anything.
    FrameWorkerRestarted,
    /// Leave for good.
    Leave,
    /// A moderator's yes to those who wait. `compared`: the person has compared the words, so they are verified on this screen.
    Admit {
        /// Whom, as [`Event::Waiting`] named them.
        guests: Vec<MemberId>,
        /// The words were the same.
        compared: bool,
    },
    /// A moderator's no.
    Refuse(MemberId),
    /// A moderator's line for everybody who waits; cut to [`LINE_CHARACTERS`](crate::admission::waiting::LINE_CHARACTERS).
    TellWaiting(String),
    /// Who came by the waiting room, or is in it, has compared the words of [`Event::Words`] with the moderator.
    ConfirmWords,
    /// Leave for good; from a moderator: void the link first, for all who hold it. Those who stay get other keys.
    Burn,
    /// Hands, reactions.
    Together(Act),
    /// Something for one member alone, or a file.
    Post(PostCommand),
}

/// What is held against frames that came in a member's name, although they opened: some member sealed them. The worse is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Doubt {
    /// The member's word for them has not come: it is held back, or was never given.
    Unvouched,
    /// The member's own word speaks against them: somebody else in the room made them.
    Forged,
}

/// What a session wants done, in order.
pub enum Output {
    /// Open a socket to the host, giving up any that is there.
    OpenSocket,
    /// Close the socket. The session is over.
    CloseSocket,
    /// Send to the host.
    Send(ToHost),
    /// Give the frame worker the keys of a new epoch.
    Keys(EpochKeys, KeyChange),
    /// Stop (`true`) or go on (`false`) sealing frames: somebody is about to be removed and is still among the key holders.
    PauseSealing(bool),
    /// Tell the screen.
    Event(Event),
    /// Nothing more for now. Come back with [`Input::Timeout`] at this moment, or only with other input.
    Wait(Option<Millis>),
}

/// Why the keys changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyChange {
    /// Somebody was removed: old opening keys go after 300 ms instead of 2 s.
    pub removal: bool,
    /// The keys are of another group than the ones before: older ones are worth nothing any more.
    pub new_group: bool,
}

/// What the screen should know.
#[derive(Clone, Debug)]
pub enum Event {
    /// How far we are.
    Phase(Phase),
    /// The roster: the MLS tree in order of leaves.
    People(Vec<Person>),
    /// Somebody said something; ourselves included.
    Chat {
        /// Who.
        from: MemberId,
        /// What.
        text: String,
    },
    /// The host's answer to the oldest offer not yet answered.
    Answer {
        /// Session description.
        sdp: String,
    },
    /// The host says which layers of a picture of ours somebody wants. A host that lies can only keep back what it could drop anyway.
    LayersWanted(LayersWanted),
    /// The offer could not be used.
    OfferRefused,
    /// How the host's relay is used, or that it has none (no ways).
    Relay(RelayAccess),
    /// The code that is shown, or none.
    SafetyCode(Option<ShownCode>),
    /// Somebody asks everybody to compare the code of this epoch; [`Event::SafetyCode`] with that code comes first.
    SafetyCheck {
        /// Who asks.
        by: MemberId,
        /// Of which epoch.
        epoch: u64,
        /// It asks us alone.
        alone: bool,
    },
    /// The rules of the room, when they change.
    Rules(Rules),
    /// Our microphone is to be closed: a moderator asks for it, or (`None`) the rules do.
    Muted {
        /// Who asks.
        by: Option<MemberId>,
    },
    /// The door is held with a password of this generation. Derive ours for it and answer with [`Command::Password`].
    OtherPassword {
        /// [`NewPassword::pw_gen`].
        pw_gen: u32,
    },
    /// Something worth a word.
    Notice(Notice),
    /// In the waiting room: the words that are on a moderator's screen, too; `None` when they hold no more. Whoever waits tells them to
    /// the moderator.
    Words(Option<Words>),
    /// In the waiting room: a moderator writes to those who wait.
    WaitingLine(String),
    /// For who came by the waiting room: whether it has made sure which room this is. False until the words, or the safety code, were
    /// compared.
    RoomVerified(bool),
    /// For moderators: who waits, in the order of coming. Empty for everybody else.
    Waiting(Vec<Guest>),
    /// The last of [`Setup::tokens`] that was left is spent. It must not be shown again: that would tie two rooms together.
    TokenSpent,
    /// Hands, reactions.
    Together(News),
    /// Something for us alone, or about a file.
    Post(PostEvent),
}

/// Somebody who waits to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// What it will be called once it is in.
    pub id: MemberId,
    /// What it calls itself. Nobody has checked that.
    pub name: String,
    /// The words on its screen.
    pub words: Words,
    /// Since when.
    pub since: Millis,
}

/// The code on the screen, held while it is there although epochs move on.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownCode {
    /// The epoch it belongs to.
    pub epoch: u64,
    /// The code.
    pub code: SafetyCode,
    /// The room's language.
    pub language: Language,
}

impl core::fmt::Debug for ShownCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ShownCode(epoch {})", self.epoch)
    }
}

/// One session's place in its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// MLS group id.
    pub group: Vec<u8>,
    /// MLS epoch.
    pub epoch: u64,
    /// Ourselves.
    pub me: MemberId,
    /// The tree, in order of leaves.
    pub members: Vec<MemberId>,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who, for as long as the meeting lasts.
    pub member: MemberId,
    /// The place in the tree of this epoch: frames name it.
    pub leaf: u32,
    /// Ourselves.
    pub me: bool,
    /// What it calls itself; empty until it did.
    pub name: String,
    /// It has not yet said anything signed.
    pub joining: bool,
    /// It owns the room.
    pub owner: bool,
    /// It has a moderator's authority; so has the owner.
    pub moderator: bool,
    /// The rules let it speak.
    pub may_speak: bool,
    /// How it came in.
    pub admitted: Admission,
    /// What it says it shows and plays.
    pub devices: Devices,
    /// Its seat at the host, as it says itself.
    pub participant: Option<ParticipantId>,
    /// Neither silent nor said to be away by the host.
    pub connected: bool,
    /// What the host says it sends, and the rules let it show.
    pub tracks: Vec<Track>,
    /// The person at this screen has compared codes, or the words of the waiting room, with it.
    pub verified: bool,
    /// What comes in its name may not be its own; at present, or a few seconds ago.
    pub doubt: Option<Doubt>,
}

/// Something worth a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Somebody tried a wrong password at some member's door.
    WrongPasswordTried {
        /// All wrong tries of this password so far, as far as known.
        total: u32,
    },
    /// Ten wrong tries: nobody gets in by password any more.
    PasswordDoorClosed,
    /// A newcomer says that this many of its tries failed before: its own typing errors, or guesses made at it.
    FailedTriesBeforeJoin {
        /// Who.
        member: MemberId,
        /// How many.
        count: u32,
    },
    /// We hear nobody for 15 s, or members disagree about the group: the host may be keeping us apart.
    Split,
    /// We hear each other again.
    SplitHealed,
    /// Somebody left or was lost.
    MemberLeft {
        /// The name, empty if none was ever told.
        name: String,
    },
    /// Somebody was put out by a moderator.
    PutOut {
        /// The name, empty if none was ever told.
        name: String,
        /// Who did it.
        by: MemberId,
    },
    /// Somebody came and said its name.
    MemberJoined {
        /// The name.
        name: String,
    },
    /// Something we wanted could not be done: we may not, or it has been overtaken.
    NotDone,
    /// A moderator ended the meeting.
    EndedBy {
        /// The name, empty if none was ever told.
        name: String,
    },
    /// Most have gone, or the owner has: those who are still here may still listen.
    Lingering,
    /// The room has another owner.
    OwnerIs(MemberId),
    /// This member made a commit that members refuse or cannot follow.
    CommitterBroken {
        /// Who.
        member: MemberId,
    },
    /// Somebody in the room sends frames in this member's name. Who, nobody can tell.
    Forged {
        /// In whose name; ourselves included.
        member: MemberId,
    },
    /// What is seen or heard of this member, it does not vouch for, or its word does not come.
    Unvouched {
        /// Whose.
        member: MemberId,
    },
    /// Another member says that it was brought forged frames in somebody's name.
    ForgedElsewhere {
        /// In whose name; ourselves included.
        member: MemberId,
        /// Who says so.
        by: MemberId,
    },
}
