//! Plain data between the user interface and the engine.
//!
//! Invariant: nothing here does anything. The interface sees a meeting only as a stream of [`MeetingEvent`]s and acts on it
//! only by [`MeetingCommand`]s, so that it holds no secret but the password it hands over once, and decides nothing about trust.
//! What crosses the port between the session worker and the page is serialisable; [`MeetingEvent::Stream`] never crosses it.

mod authority;
mod devices;
mod sound;
mod way;

pub use authority::{Govern, Typed};
pub use crypto::files::{FILE_BYTES, FileId, FileInfo, FileKind};
pub use crypto::group::{Admission, MemberId};
pub use crypto::session::{
    ANSWER_CHARACTERS, ANSWERS, Act, Choices, Countdown, Doubt, End, LABEL_CHARACTERS, News, Phase, QUESTION_CHARACTERS,
    Question, Reaction, Rule, Rules, Stage, TimerAct, Trouble, Vote, VoteAct, VoteId,
};
pub use crypto::session::{Content, Delivery, FileState, PostCommand, PostEvent, PostId};
pub use devices::{Device, DeviceKind, Missing, Pictures, Refusal};
pub use sound::{Arrival, Flow, MediaCommand, MediaEvent, Noise, SoundWishes};
pub use way::{Measured, Over, Taken};

use crypto::name::{Language, RoomName};
use serde::{Deserialize, Serialize};
use web_sys::{Blob, MediaStream};
use wire::Track;
use wire::permission::Token;

/// Everything the engine needs to bring a person into a room.
pub struct JoinRequest {
    /// The room, drawn or typed, normalised.
    pub room: RoomName,
    /// The password as typed; `None` when the field was empty.
    pub password: Option<Typed>,
    /// Without any password, ask the people inside to be let in.
    pub asking: bool,
    /// How the person wants to be called; sealed before it leaves the device. Never empty.
    pub person: String,
    /// The person's language; it becomes the room's when this person creates it.
    pub language: Language,
    /// Wrong passwords this person gave for this room so far, in this page.
    pub failed_tries: u8,
    /// What opens rooms on a host that lets only some open one.
    pub tokens: Vec<Token>,
    /// Without such, wait until somebody else opens the room.
    pub waits: bool,
    /// The stream of the preview with whatever tracks the person allowed; the engine takes it over.
    pub preview: Option<MediaStream>,
    /// Whether the microphone starts open.
    pub microphone_on: bool,
    /// Whether the camera starts open.
    pub camera_on: bool,
    /// Why there is no microphone in the preview, if there is none.
    pub trouble: Option<Refusal>,
    /// What is done to the microphone's sound.
    pub sound: SoundWishes,
    /// Which ways to the host may be taken. A person takes whichever there is; the doctor tries each.
    pub over: Over,
}

/// What the meeting tells the interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MeetingEvent {
    /// Where we are on the way in, inside, or out.
    Phase(Phase),
    /// Everyone in the group, in the order of arrival, oneself included. Always the whole list.
    People(Vec<Person>),
    /// A line of chat, one's own included.
    Chat {
        /// Who wrote it.
        from: MemberId,
        /// The text as sent.
        text: String,
    },
    /// Somebody (oneself included) began or stopped to speak; already smoothed over 600 ms.
    Speaking {
        /// Who.
        member: MemberId,
        /// True while they speak.
        speaking: bool,
    },
    /// A track cannot be authenticated (true), or can again (false). A veiled track is neither shown nor played.
    Veiled {
        /// Whose.
        member: MemberId,
        /// Which track.
        track: Track,
        /// True while nothing of it may be shown.
        veiled: bool,
    },
    /// The safety code that was asked for. `None` when it is no longer held, because the group changed underneath.
    SafetyCode(Option<ShownCode>),
    /// A member asks everybody to compare words now.
    SafetyCheck {
        /// Who asks.
        by: MemberId,
        /// For which epoch of the group.
        epoch: u64,
        /// They ask us alone.
        alone: bool,
    },
    /// The rules of the room, when they change.
    Rules(Rules),
    /// Our microphone was closed: a moderator asked for it, or (`None`) the rules of the room did.
    Muted {
        /// Who asked.
        by: Option<MemberId>,
    },
    /// Something people should know.
    Notice(Notice),
    /// Our own screen is shared (true), or no longer: by our own wish, or because the browser's own bar ended it.
    Sharing(bool),
    /// A device that was to be opened, or was open, failed.
    DeviceFailed {
        /// Which kind.
        kind: DeviceKind,
        /// Why.
        why: Refusal,
    },
    /// At the door without a password: four words that somebody inside sees too; `None` when they hold no more.
    Words(Option<Words>),
    /// At the door without a password: somebody inside writes to those who wait.
    WaitingLine(String),
    /// For who was let in without a password: whether it is certain which room this is.
    RoomVerified(bool),
    /// For who may open the door: who waits there. Always the whole list.
    Waiting(Vec<Guest>),
    /// One of what opens rooms is spent: the last.
    TokenSpent,
    /// What people do together: hands, reactions.
    Together(News),
    /// Something about sound, devices, or the way to the host.
    Media(MediaEvent),
    /// Something for us alone, or how far something of ours is.
    Post(PostEvent),
    /// A file that was fetched is here, whole and checked. Made in the page, like the next.
    #[serde(skip)]
    FileCame {
        /// Which.
        id: FileId,
        /// What is in it.
        blob: Blob,
    },
    /// A stream to play, or `None` when there is none any more. For oneself: the local camera. Made in the page, never serialised;
    /// these two stay the last: postcard counts variants, and a skipped one in between would shift those behind it.
    #[serde(skip)]
    Stream {
        /// Whose.
        member: MemberId,
        /// Which of that member's tracks.
        track: Track,
        /// The stream to put on a `video` or `audio` element.
        stream: Option<MediaStream>,
    },
}

/// One member of the group: one who holds its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The member's line.
    pub member: MemberId,
    /// True for oneself.
    pub me: bool,
    /// The name they announced; empty until they did.
    pub name: String,
    /// True until their first frame or announcement arrived.
    pub joining: bool,
    /// Whether they own the room.
    pub owner: bool,
    /// Whether they have a moderator's authority; the owner has.
    pub moderator: bool,
    /// Whether the rules let them speak.
    pub may_speak: bool,
    /// How they came in.
    pub admitted: Admission,
    /// Whether their microphone is open, as they say.
    pub microphone: bool,
    /// Why it gives nothing, where they did not choose that.
    pub trouble: Option<Trouble>,
    /// Whether much of what they send is lost on their own way, as they say.
    pub weak: bool,
    /// Whether their camera is open, as they say.
    pub camera: bool,
    /// Whether they share a screen, as they say.
    pub screen: bool,
    /// Whether the host says they are connected.
    pub connected: bool,
    /// Whether the person at this screen has compared words with them.
    pub verified: bool,
    /// What is held against sound and pictures that come in their name, where frames are signed.
    pub doubt: Option<Doubt>,
}

/// Four words that are on two screens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// In order.
    pub words: Vec<String>,
    /// True when they are French, false for English.
    pub french: bool,
}

/// Somebody who waits at the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// Who; another each time they ask.
    pub id: MemberId,
    /// What they call themselves.
    pub name: String,
    /// The words on their screen.
    pub words: Words,
}

/// A safety code on screen: 88 bits, the same for everyone in the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownCode {
    /// The epoch of the group it belongs to.
    pub epoch: u64,
    /// Eight words in the room's language.
    pub words: Vec<String>,
    /// The same bits as 27 digits, in groups of three separated by spaces.
    pub digits: String,
    /// True when the room's language is French, false for English.
    pub french: bool,
}

/// What people are told once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// Somebody gave a wrong password at the door.
    WrongPasswordTried {
        /// How often since the room began.
        total: u32,
    },
    /// After too many wrong passwords nobody else can come in by password.
    PasswordDoorClosed,
    /// Somebody came in after wrong tries of their own.
    FailedTriesBeforeJoin {
        /// Who.
        member: MemberId,
        /// How many.
        count: u32,
    },
    /// Members disagree about the group, or have not heard from each other for too long: the host may be lying.
    Split,
    /// They agree again.
    SplitHealed,
    /// Somebody left; keys have moved on.
    MemberLeft {
        /// The name they had.
        name: String,
    },
    /// Somebody was put out.
    PutOut {
        /// The name they had.
        name: String,
        /// Who did it.
        by: MemberId,
    },
    /// Something we wanted could not be done.
    NotDone,
    /// A moderator ended the meeting.
    EndedBy {
        /// The name they had.
        name: String,
    },
    /// Most have gone, or whoever had the chair: who is still here may still listen.
    Lingering,
    /// Somebody came in.
    MemberJoined {
        /// Their name.
        name: String,
    },
    /// The room belongs to this member now.
    OwnerIs(MemberId),
    /// A member makes commits that the others have to refuse.
    CommitterBroken {
        /// Who.
        member: MemberId,
    },
    /// Somebody in the room sends sound or pictures in this member's name.
    Forged {
        /// In whose name; it may be oneself.
        member: MemberId,
    },
    /// Sound and pictures of this member come without the member's word for them.
    Unvouched {
        /// Whose.
        member: MemberId,
    },
    /// Another member says that something was forged in somebody's name.
    ForgedElsewhere {
        /// In whose name; it may be oneself.
        member: MemberId,
        /// Who says so.
        by: MemberId,
    },
}

/// What the interface asks of the meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MeetingCommand {
    /// Send a line of chat to everyone.
    Chat(String),
    /// Open or close the microphone.
    Microphone(bool),
    /// Open or close the camera.
    Camera(bool),
    /// Share a screen, a window or a tab, whichever the person then chooses in the browser's own dialog; or share none.
    ShareScreen(bool),
    /// Spend this much on pictures.
    Pictures(Pictures),
    /// Use these devices (ids of [`Device`]); `None` leaves the kind as it is.
    UseDevices {
        /// Id of an audio input.
        audio: Option<String>,
        /// Id of a video input.
        video: Option<String>,
    },
    /// A picture's place is this high; 0 when it is not on screen.
    Height {
        /// Whose picture.
        member: MemberId,
        /// Camera or screen.
        track: Track,
        /// Height in device pixels.
        pixels: u16,
    },
    /// Hold a safety code and show it.
    ShowSafetyCode,
    /// No longer show it.
    HideSafetyCode,
    /// Ask everybody, or one, to compare words.
    StartSafetyCheck(Option<MemberId>),
    /// The person compared the code on screen with the others, or with one: whoever of them was in the room then is verified here.
    ConfirmSafetyCode(Option<MemberId>),
    /// Something with a moderator's authority.
    Govern(Govern),
    /// Ask one person, or everybody but the moderators, to be silent.
    Mute(Option<MemberId>),
    /// Leave: say so to the others, forget everything.
    Leave,
    /// Let these in who wait at the door.
    Admit {
        /// Whom.
        guests: Vec<MemberId>,
        /// The person at this screen has compared the words with them: they are verified here.
        compared: bool,
    },
    /// Do not let this one in.
    Refuse(MemberId),
    /// Write a line to those who wait.
    TellWaiting(String),
    /// The words at the door were the same: it is the right room.
    ConfirmWords,
    /// Leave; from a moderator: void the link first.
    Burn,
    /// Something people do together: hands, reactions.
    Together(Act),
    /// Something about sound and devices.
    Media(MediaCommand),
    /// Something for one member alone, or about a file.
    Post(PostCommand),
    /// Offer a file, to one or to all. It stays where the browser has it, and is read as others ask for it.
    #[serde(skip)]
    SendFile {
        /// To whom; to all if to nobody alone.
        to: Option<MemberId>,
        /// What it is; the id is fresh.
        file: FileInfo,
        /// What is in it.
        blob: Blob,
    },
}
