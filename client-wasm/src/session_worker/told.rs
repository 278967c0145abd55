//! From what the session says to what the page is told.
//!
//! **Invariant:** every event of the session arrives in the page, in order; nothing is added.

use crate::{
    engine::port::{FromSession, Seated},
    model,
};
use crypto::{admission::waiting::Words, name::Language, session};

/// Tells the page what an event means to it.
pub(super) fn tell(event: session::Event, tell: impl Fn(&FromSession)) {
    use model::MeetingEvent as Told;
    let told = match event {
        session::Event::Phase(phase) => Told::Phase(phase),
        session::Event::People(people) => {
            tell(&FromSession::Roster(people.iter().map(seated).collect()));
            Told::People(people.into_iter().map(person).collect())
        }
        session::Event::Chat { from, text } => Told::Chat { from, text },
        session::Event::Answer { sdp } => return tell(&FromSession::Answer(sdp)),
        session::Event::LayersWanted(wanted) => return tell(&FromSession::LayersWanted(wanted)),
        session::Event::Relay(access) => return tell(&FromSession::Relay(access)),
        session::Event::OfferRefused => return tell(&FromSession::OfferRefused),
        session::Event::SafetyCode(code) => Told::SafetyCode(code.map(|code| shown(&code))),
        session::Event::SafetyCheck { by, epoch, alone } => Told::SafetyCheck { by, epoch, alone },
        session::Event::Words(shown) => Told::Words(shown.map(words)),
        session::Event::WaitingLine(line) => Told::WaitingLine(line),
        session::Event::RoomVerified(verified) => Told::RoomVerified(verified),
        session::Event::TokenSpent => Told::TokenSpent,
        session::Event::Waiting(guests) => Told::Waiting(guests.into_iter().map(guest).collect()),
        // The worker has looked at it already.
        session::Event::Post(post) => Told::Post(post),
        session::Event::Rules(rules) => Told::Rules(rules),
        session::Event::Together(news) => Told::Together(news),
        session::Event::Muted { by } => Told::Muted { by },
        // The worker answers it by itself.
        session::Event::OtherPassword { .. } => return,
        session::Event::Notice(notice) => Told::Notice(notice_of(notice)),
    };
    tell(&FromSession::Event(told));
}

fn seated(person: &session::Person) -> Seated {
    Seated {
        member: person.member,
        me: person.me,
        leaf: person.leaf,
        participant: person.participant,
        tracks: person.tracks.clone(),
        screen: person.devices.screen,
        screen_sound: person.devices.screen_sound,
        connected: person.connected,
    }
}

fn person(person: session::Person) -> model::Person {
    model::Person {
        member: person.member,
        me: person.me,
        name: person.name,
        joining: person.joining,
        owner: person.owner,
        moderator: person.moderator,
        may_speak: person.may_speak,
        admitted: person.admitted,
        microphone: person.devices.microphone,
        trouble: person.devices.trouble,
        weak: person.devices.weak,
        camera: person.devices.camera,
        screen: person.devices.screen,
        connected: person.connected,
        verified: person.verified,
        doubt: person.doubt,
    }
}

fn words(words: Words) -> model::Words {
    let spelled = words.spelled().iter().map(|&word| word.to_owned()).collect();
    model::Words { words: spelled, french: matches!(words.language(), Language::French) }
}

fn guest(guest: session::Guest) -> model::Guest {
    model::Guest { id: guest.id, name: guest.name, words: words(guest.words) }
}

fn shown(code: &session::ShownCode) -> model::ShownCode {
    model::ShownCode {
        epoch: code.epoch,
        words: code.code.words(code.language).iter().map(|&word| word.to_owned()).collect(),
        digits: code.code.digits(),
        french: matches!(code.language, Language::French),
    }
}

fn notice_of(notice: session::Notice) -> model::Notice {
    match notice {
        session::Notice::WrongPasswordTried { total } => model::Notice::WrongPasswordTried { total },
        session::Notice::PasswordDoorClosed => model::Notice::PasswordDoorClosed,
        session::Notice::FailedTriesBeforeJoin { member, count } => model::Notice::FailedTriesBeforeJoin { member, count },
        session::Notice::Split => model::Notice::Split,
        session::Notice::SplitHealed => model::Notice::SplitHealed,
        session::Notice::MemberLeft { name } => model::Notice::MemberLeft { name },
        session::Notice::MemberJoined { name } => model::Notice::MemberJoined { name },
        session::Notice::PutOut { name, by } => model::Notice::PutOut { name, by },
        session::Notice::NotDone => model::Notice::NotDone,
        session::Notice::EndedBy { name } => model::Notice::EndedBy { name },
        session::Notice::Lingering => model::Notice::Lingering,
        session::Notice::OwnerIs(who) => model::Notice::OwnerIs(who),
        session::Notice::CommitterBroken { member } => model::Notice::CommitterBroken { member },
        session::Notice::Forged { member } => model::Notice::Forged { member },
        session::Notice::Unvouched { member } => model::Notice::Unvouched { member },
        session::Notice::ForgedElsewhere { member, by } => model::Notice::ForgedElsewhere { member, by },
    }
}
