//! The host says what it likes to a member alone in its group and to a newcomer at the door: envelopes, letters, joins, log entries.
#![no_main]

use crypto::name::Language;
use crypto::password::{LinkSecret, Prs, Secrets};
use crypto::session::{Devices, Input, Output, Session, Setup};
use libfuzzer_sys::fuzz_target;
use wire::{Entered, FromHost, Incarnation, Nonce, ParticipantId, RoomId, RoomStanding};

fn session(standing: RoomStanding) -> Session {
    let (room, link, prs) = (RoomId([1; 16]), LinkSecret::from_bytes([2; 32]), Some(Prs::from_bytes([3; 64]).into()));
    let secrets = Secrets { room, link, prs, has_password: true, pw_gen: 0 };
    let (person, language) = ("P".to_string(), Language::English);
    let setup = Setup {
        secrets,
        person,
        language,
        entropy: [4; 32],
        media: Devices::default(),
        failed_tries: 0,
        tokens: Vec::new(),
        waits: false,
    };
    let mut session = Session::new(setup, 0);
    let (you, incarnation) = (ParticipantId([5; 16]), Incarnation([6; 8]));
    session.handle(0, Input::SocketOpened);
    session.handle(0, Input::Host(FromHost::Challenge(Nonce([7; 32]))));
    session.handle(0, Input::Host(FromHost::Entered(Entered { you, incarnation, standing, members: vec![] })));
    session.handle(0, Input::Host(FromHost::Created));
    session
}

fuzz_target!(|script: &[u8]| {
    for standing in [RoomStanding::Empty, RoomStanding::Occupied] {
        let (mut session, mut now, mut rest) = (session(standing), 0, script);
        while let [passed, length, tail @ ..] = rest {
            now += u64::from(*passed) * 40;
            let (message, tail) = tail.split_at(tail.len().min(usize::from(*length) * 4));
            rest = tail;
            match wire::decode::<FromHost>(message) {
                Ok(message) => session.handle(now, Input::Host(message)),
                Err(_) => session.handle(now, Input::Timeout),
            }
            while !matches!(session.poll(), Output::Wait(_)) {}
        }
        if let Some(view) = session.group_view() {
            assert_eq!(view.members.len(), 1, "the host admitted somebody");
        }
    }
});
